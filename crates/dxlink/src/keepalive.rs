//! The two clocks of a connection: we must not be silent, and neither must the server.
//!
//! See `docs/reference/dxlink-protocol.md`, "4. Keepalive".
//!
//! The sources disagree about which of the two timeouts in SETUP means what. The outbound rule taken here is safe under
//! every reading; the inbound rule is that of the two official clients.

use std::time::Duration;

use tokio::time::Instant;

/// Seconds the client announces for both directions, and the default where the server announces nothing.
pub(crate) const ANNOUNCED: u32 = 60;

const DEFAULT: Duration = Duration::from_secs(ANNOUNCED as u64);
const LONGEST_SILENCE: Duration = Duration::from_secs(30);
/// Nothing is done more often than this, whatever a server announces.
const GRAIN: Duration = Duration::from_millis(200);
/// No server is waited for longer, whatever it announces.
const LONGEST_TIMEOUT: Duration = Duration::from_hours(24);

/// What a clock demands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Nothing yet.
    Nothing,
    /// A KEEPALIVE must go out.
    Send,
    /// The server has been silent for this long and is to be given up.
    GiveUp(Duration),
}

/// The clocks of one connection.
#[derive(Clone, Copy, Debug)]
pub struct Keepalive {
    outbound: Duration,
    inbound: Duration,
    last_sent: Instant,
    last_received: Instant,
}

impl Keepalive {
    /// Starts both clocks, with defaults until the server's SETUP arrives.
    pub fn start(now: Instant) -> Self {
        let mut clocks = Self {
            outbound: DEFAULT,
            inbound: DEFAULT,
            last_sent: now,
            last_received: now,
        };
        clocks.negotiate(None, None);
        clocks
    }

    /// Takes over the server's timeouts, in seconds; absent ones count as the default.
    pub fn negotiate(&mut self, keepalive: Option<f64>, accept_keepalive: Option<f64>) {
        let duration = |seconds: Option<f64>| {
            seconds
                .and_then(|s| Duration::try_from_secs_f64(s).ok())
                .filter(|d| !d.is_zero())
                .map(|d| d.min(LONGEST_TIMEOUT))
        };
        let shortest = [duration(keepalive), duration(accept_keepalive)]
            .into_iter()
            .flatten()
            .fold(DEFAULT, Duration::min);
        self.outbound = (shortest / 2).clamp(GRAIN, LONGEST_SILENCE);
        self.inbound = duration(keepalive).unwrap_or(DEFAULT).max(GRAIN);
    }

    /// Notes that something was sent.
    pub fn on_sent(&mut self, now: Instant) {
        self.last_sent = now;
    }

    /// Notes that a message arrived.
    pub fn on_received(&mut self, now: Instant) {
        self.last_received = now;
    }

    /// When [`Keepalive::due`] should be asked next.
    pub fn next(&self) -> Instant {
        (self.last_sent + self.outbound).min(self.last_received + self.inbound)
    }

    /// What is due now.
    pub fn due(&self, now: Instant) -> Due {
        if now >= self.last_received + self.inbound {
            return Due::GiveUp(self.inbound);
        }
        if now >= self.last_sent + self.outbound {
            Due::Send
        } else {
            Due::Nothing
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Checklist 22.
    #[test]
    fn an_idle_connection_says_something_every_half_minute() {
        let start = Instant::now();
        let mut clocks = Keepalive::start(start);
        clocks.negotiate(Some(60.0), Some(60.0));
        assert_eq!(
            clocks.due(start),
            Due::Nothing,
            "nothing is due right after connecting"
        );
        assert_eq!(clocks.due(start + 30 * SECOND), Due::Send);
    }

    /// Checklist 23, 25.
    #[test]
    fn receiving_alone_does_not_count_as_saying_something() {
        let start = Instant::now();
        let mut clocks = Keepalive::start(start);
        clocks.on_received(start + 29 * SECOND);
        assert_eq!(clocks.due(start + 30 * SECOND), Due::Send);
        clocks.on_sent(start + 30 * SECOND);
        assert_eq!(clocks.due(start + 59 * SECOND), Due::Nothing);
    }

    /// Checklist 24.
    #[test]
    fn a_short_timeout_in_either_field_is_honoured() {
        for (keepalive, accept) in [
            (Some(3.0), None),
            (None, Some(3.0)),
            (Some(60.0), Some(3.0)),
        ] {
            let start = Instant::now();
            let mut clocks = Keepalive::start(start);
            clocks.negotiate(keepalive, accept);
            assert_eq!(clocks.due(start + Duration::from_millis(1500)), Due::Send);
        }
    }

    /// Checklist 27, 28.
    #[test]
    fn a_silent_server_is_given_up_at_its_own_timeout() {
        let start = Instant::now();
        let mut clocks = Keepalive::start(start);
        clocks.negotiate(Some(2.0), None);
        clocks.on_received(start + SECOND);
        assert_eq!(
            clocks.due(start + 2 * SECOND),
            Due::Send,
            "any message re-arms the inbound clock"
        );
        assert_eq!(clocks.due(start + 3 * SECOND), Due::GiveUp(2 * SECOND));
    }

    /// Checklist 6.
    #[test]
    fn no_timeout_makes_a_busy_loop() {
        let start = Instant::now();
        let mut clocks = Keepalive::start(start);
        clocks.negotiate(Some(f64::NAN), Some(-1.0));
        assert_eq!(clocks.due(start + 29 * SECOND), Due::Nothing);
        clocks.negotiate(Some(1e300), None);
        assert_eq!(clocks.due(start + 29 * SECOND), Due::Nothing);
        clocks.negotiate(Some(1e-9), Some(1e-9));
        assert_eq!(clocks.next(), start + GRAIN);
    }

    #[test]
    fn a_timeout_beyond_all_clocks_is_cut() {
        let start = Instant::now();
        let mut clocks = Keepalive::start(start);
        for seconds in [1e6, 1e10, 1.8e19] {
            clocks.negotiate(Some(seconds), Some(seconds));
            assert_eq!(clocks.next(), start + LONGEST_SILENCE);
            let due = clocks.due(start + LONGEST_TIMEOUT);
            assert_eq!(due, Due::GiveUp(LONGEST_TIMEOUT), "{seconds}");
        }
    }
}
