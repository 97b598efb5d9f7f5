//! A few attempts inside one deadline. Knows no status codes: errors say themselves whether they pass.
//!
//! See `docs/reference/tastytrade-rest.md`, "5. Errors and how to react".

use std::fmt::Display;
use std::time::Duration;

use tokio::time::Instant;

use super::backoff::Backoff;

/// What a retry must know about an error.
pub trait Transient {
    /// Whether the same request may succeed a moment later.
    fn is_transient(&self) -> bool;

    /// Whether nothing was sent for want of a slot.
    fn is_out_of_budget(&self) -> bool {
        false
    }

    /// How long the server asked to be left alone.
    fn retry_after(&self) -> Option<Duration> {
        None
    }
}

/// How often and how patiently to try.
#[derive(Clone, Copy, Debug)]
pub struct Retry {
    /// Attempts in total, the first one included.
    pub tries: u32,
    /// Pause before the second attempt; it doubles from there.
    pub start: Duration,
    /// Longest pause.
    pub ceiling: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            tries: 3,
            start: Duration::from_millis(500),
            ceiling: Duration::from_secs(30),
        }
    }
}

impl Retry {
    /// Runs `attempt` until it succeeds, fails for good or has no time left. It never sleeps past the deadline: when
    /// the next pause would, the last error is the answer, at once.
    ///
    /// # Errors
    ///
    /// The error of the last attempt; of the one before it where the last was not sent for want of a slot.
    pub async fn run<T, E, F, A>(&self, deadline: Instant, mut attempt: F) -> Result<T, E>
    where
        E: Transient + Display,
        F: FnMut() -> A,
        A: Future<Output = Result<T, E>>,
    {
        let mut backoff = Backoff::new(self.start, self.ceiling);
        let mut tried = 1;
        let mut before = None;
        loop {
            let error = match attempt().await {
                Ok(value) => return Ok(value),
                Err(error) if error.is_out_of_budget() => return Err(before.unwrap_or(error)),
                Err(error) => error,
            };
            let pause = error.retry_after().unwrap_or_default().max(backoff.pause());
            if !error.is_transient() || tried >= self.tries || Instant::now() + pause >= deadline {
                return Err(error);
            }
            tracing::debug!(%error, tried, ?pause, "trying again");
            tokio::time::sleep(pause).await;
            tried += 1;
            before = Some(error);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Debug, PartialEq, thiserror::Error)]
    #[error("attempt failed")]
    struct Fault {
        passes: bool,
        after: Option<Duration>,
    }

    impl Transient for Fault {
        fn is_transient(&self) -> bool {
            self.passes
        }

        fn retry_after(&self) -> Option<Duration> {
            self.after
        }
    }

    const PASSING: Fault = Fault {
        passes: true,
        after: None,
    };

    #[tokio::test(start_paused = true)]
    async fn an_attempt_without_a_slot_does_not_hide_what_went_wrong_before() {
        #[derive(Debug, PartialEq, thiserror::Error)]
        #[error("attempt failed")]
        enum Outcome {
            Failed,
            NoSlot,
        }
        impl Transient for Outcome {
            fn is_transient(&self) -> bool {
                *self == Self::Failed
            }
            fn is_out_of_budget(&self) -> bool {
                *self == Self::NoSlot
            }
        }
        for (failures, expected) in [(0, Outcome::NoSlot), (1, Outcome::Failed)] {
            let mut left = failures;
            let deadline = Instant::now() + Duration::from_secs(30);
            let outcome: Result<(), Outcome> = Retry::default()
                .run(deadline, || {
                    left -= 1;
                    std::future::ready(Err(match left {
                        0 => Outcome::Failed,
                        _ => Outcome::NoSlot,
                    }))
                })
                .await;
            assert_eq!(outcome, Err(expected));
        }
    }

    async fn attempts(fault: Fault, deadline: Duration) -> (u32, Duration) {
        let (started, mut count) = (Instant::now(), 0);
        let outcome: Result<(), Fault> = Retry::default()
            .run(started + deadline, || {
                count += 1;
                std::future::ready(Err(fault.clone()))
            })
            .await;
        assert_eq!(outcome, Err(fault.clone()));
        (count, started.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn tries_three_times_with_growing_pauses() {
        let (count, took) = attempts(PASSING, Duration::from_secs(30)).await;
        assert_eq!(count, 3);
        assert!(
            (Duration::from_millis(740)..Duration::from_millis(1510)).contains(&took),
            "{took:?}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_lasting_error_is_not_tried_again() {
        let lasting = Fault {
            passes: false,
            after: None,
        };
        assert_eq!(
            attempts(lasting, Duration::from_secs(30)).await,
            (1, Duration::ZERO)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn fails_at_once_when_the_pause_would_pass_the_deadline() {
        let busy = Fault {
            passes: true,
            after: Some(Duration::from_secs(20)),
        };
        assert_eq!(
            attempts(busy, Duration::from_secs(10)).await,
            (1, Duration::ZERO)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn the_servers_own_pause_is_kept() {
        let busy = Fault {
            passes: true,
            after: Some(Duration::from_secs(4)),
        };
        let (count, took) = attempts(busy, Duration::from_secs(30)).await;
        assert_eq!((count, took.as_secs()), (3, 8));
    }

    #[tokio::test(start_paused = true)]
    async fn a_later_success_counts() {
        let mut left = 2;
        let deadline = Instant::now() + Duration::from_secs(5);
        let outcome = Retry::default()
            .run(deadline, || {
                left -= 1;
                std::future::ready(if left == 0 { Ok("done") } else { Err(PASSING) })
            })
            .await;
        assert_eq!(outcome, Ok("done"));
    }
}
