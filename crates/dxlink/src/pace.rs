//! How many subscription changes may leave when, and what follows when the server finds them too many.
//!
//! See `docs/reference/dxlink-protocol.md`, "7.5 Batching and size practice" and "14. Endpoints, entitlement, limits".
//!
//! The limit is one of the session, so all its channels share one pace. Knows neither keys nor messages.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// Into how many parts the window is cut after a complaint, so that the changes are spread over it.
const PARTS: usize = 12;

/// How often the rate may be halved.
const HALVINGS: u32 = 6;

/// What servers accept.
#[derive(Clone, Copy, Debug)]
pub struct Pacing {
    /// Most changes within the window.
    pub changes: usize,
    /// The span in which changes are counted.
    pub window: Duration,
    /// Pause after the first complaint; doubles with each further one.
    pub first_pause: Duration,
    /// Longest pause after a complaint.
    pub longest_pause: Duration,
}

impl Default for Pacing {
    /// The server refuses at 10,000 a minute, without saying which ones.
    fn default() -> Self {
        Self {
            changes: 9_000,
            window: Duration::from_mins(1),
            first_pause: Duration::from_secs(10),
            longest_pause: Duration::from_mins(1),
        }
    }
}

/// The changes of the last window, and what the server said about them.
#[derive(Debug)]
pub struct Pace {
    pacing: Pacing,
    sent: VecDeque<(Instant, usize)>,
    /// How often the rate was halved.
    halvings: u32,
    refusal: Option<Refusal>,
}

#[derive(Clone, Copy, Debug)]
struct Refusal {
    pause: Duration,
    until: Instant,
}

impl Pace {
    /// Nothing has been sent yet.
    pub fn new(pacing: Pacing) -> Self {
        Self {
            pacing,
            sent: VecDeque::new(),
            halvings: 0,
            refusal: None,
        }
    }

    /// How many changes may be sent now, at least one.
    ///
    /// # Errors
    /// When to ask again, if none may.
    pub fn allowance(&mut self, now: Instant) -> Result<usize, Instant> {
        if let Some(refusal) = self.refusal.filter(|refusal| now < refusal.until) {
            return Err(refusal.until);
        }
        let window = self.pacing.window;
        while self.sent.front().is_some_and(|(at, _)| now >= *at + window) {
            self.sent.pop_front();
        }
        let most = self.most();
        let left = self.left(now, window, most)?;
        if self.halvings == 0 {
            return Ok(left);
        }
        let parts = u32::try_from(PARTS).unwrap_or(1);
        Ok(left.min(self.left(now, window / parts, most.div_ceil(PARTS))?))
    }

    /// Notes that changes were sent.
    pub fn on_sent(&mut self, now: Instant, changes: usize) {
        if changes > 0 {
            self.sent.push_back((now, changes));
        }
    }

    /// The server found the changes too many: none for a while, then fewer. Gives how long the pause is; a complaint that
    /// comes within a pause is about what was sent before it, and changes nothing.
    pub fn on_refused(&mut self, now: Instant) -> Option<Duration> {
        let Pacing {
            window,
            first_pause,
            longest_pause,
            ..
        } = self.pacing;
        let pause = match self.refusal {
            Some(last) if now < last.until => return None,
            // Nothing to complain about for so long means that the last pause had its effect.
            Some(last) if now < last.until + window + longest_pause => {
                (last.pause * 2).min(longest_pause)
            }
            _ => first_pause,
        };
        self.halvings = (self.halvings + 1).min(HALVINGS);
        let until = now + pause;
        self.refusal = Some(Refusal { pause, until });
        Some(pause)
    }

    /// Most changes within the window, as things stand.
    fn most(&self) -> usize {
        (self.pacing.changes >> self.halvings).max(1)
    }

    /// What is left of `most` changes in the last `span`, or when something will be.
    fn left(&self, now: Instant, span: Duration, most: usize) -> Result<usize, Instant> {
        let mut used = 0;
        for (at, changes) in self.sent.iter().rev() {
            if now >= *at + span {
                break;
            }
            used += changes;
            if used >= most {
                return Err(*at + span);
            }
        }
        Ok(most - used)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn pace(changes: usize) -> Pace {
        Pace::new(Pacing {
            changes,
            ..Pacing::default()
        })
    }

    #[test]
    fn the_windows_changes_are_rationed() {
        let (mut pace, start) = (pace(100), Instant::now());
        assert_eq!(pace.allowance(start), Ok(100));
        pace.on_sent(start, 60);
        pace.on_sent(start + SECOND, 40);
        assert_eq!(pace.allowance(start + SECOND), Err(start + 60 * SECOND));
        assert_eq!(pace.allowance(start + 60 * SECOND), Ok(60));
    }

    #[test]
    fn pauses_double_up_to_the_longest_and_start_over_after_a_calm() {
        let (mut pace, mut now) = (pace(9_000), Instant::now());
        for seconds in [10, 20, 40, 60, 60] {
            let pause = seconds * SECOND;
            assert_eq!(pace.on_refused(now), Some(pause));
            assert_eq!(pace.on_refused(now + SECOND), None, "the same burst");
            assert_eq!(pace.allowance(now + SECOND), Err(now + pause));
            now += pause;
        }
        assert_eq!(pace.on_refused(now + 120 * SECOND), Some(10 * SECOND));
    }

    #[test]
    fn after_a_complaint_changes_are_fewer_and_spread_over_the_window() {
        let (mut pace, start) = (pace(2_400), Instant::now());
        pace.on_refused(start);
        let mut now = start + 10 * SECOND;
        let began = now;
        let mut sent = 0;
        while now < began + 60 * SECOND {
            match pace.allowance(now) {
                Ok(changes) => {
                    assert!(changes <= 100, "{changes} at once");
                    pace.on_sent(now, changes);
                    sent += changes;
                }
                Err(until) => now = until,
            }
        }
        assert_eq!(sent, 1_200);
    }
}
