//! Whether and when to connect again. Knows losses and attempts, and neither sockets nor tokens.
//!
//! See `docs/reference/dxlink-protocol.md`, "3. AUTH and AUTH_STATE" and "15. Reconnection".

use std::time::Duration;

use crate::backoff::ReconnectBackoff;
use crate::error::{Loss, RetryAdvice};
use crate::options::FeedOptions;

/// First pause before connecting again.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// A connection that was authorised for this long was a good one: pauses, attempts and chances start over.
const STABLE: Duration = Duration::from_secs(30);

/// Whether and when there is another attempt.
pub(super) struct ReconnectPolicy {
    backoff: ReconnectBackoff,
    attempts: u32,
    allowed: u32,
    second_chance: bool,
}

impl ReconnectPolicy {
    pub(super) fn new(options: &FeedOptions) -> Self {
        let backoff = ReconnectBackoff::new(
            FIRST_PAUSE.min(options.longest_pause),
            options.longest_pause,
        );
        Self {
            backoff,
            attempts: 0,
            allowed: options.reconnects,
            second_chance: true,
        }
    }

    /// Whether to connect again at once after a connection with what an earlier run has left: it may have ended since,
    /// which says nothing about this login. That costs no attempt and worries nobody.
    pub(super) fn replaces_kept_access(&mut self, loss: &Loss) -> bool {
        loss.may_be_stale_access() && std::mem::take(&mut self.second_chance)
    }

    /// The pause before the next attempt, if there is to be one. `lived` is how long the connection was authorised; the
    /// way there does not count, or a slow server would be taken for a good one.
    pub(super) fn pause_after(&mut self, loss: &Loss, lived: Duration) -> Option<Duration> {
        if lived >= STABLE {
            self.backoff.reset();
            self.attempts = 0;
            self.second_chance = true;
        }
        let may = match loss.retry() {
            RetryAdvice::Never => false,
            RetryAdvice::Once => std::mem::take(&mut self.second_chance),
            RetryAdvice::WithBackoff => true,
        };
        if !may || self.attempts >= self.allowed {
            return None;
        }
        self.attempts += 1;
        Some(self.backoff.pause())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(reconnects: u32) -> ReconnectPolicy {
        ReconnectPolicy::new(&FeedOptions {
            reconnects,
            longest_pause: Duration::from_secs(5),
            ..FeedOptions::default()
        })
    }

    fn bye() -> Loss {
        Loss::Closed {
            code: 1000,
            reason: "Bye".to_owned(),
        }
    }

    /// Checklist 92, 93.
    #[test]
    fn attempts_are_counted_until_a_connection_lasted() {
        let mut policy = policy(2);
        assert!(policy.pause_after(&bye(), Duration::ZERO).is_some());
        assert!(policy.pause_after(&bye(), Duration::ZERO).is_some());
        assert_eq!(policy.pause_after(&bye(), Duration::ZERO), None);
        assert!(
            policy.pause_after(&bye(), STABLE).is_some(),
            "a connection that lasted starts the count over"
        );
    }

    /// Checklist 18.
    #[test]
    fn a_doubtful_token_gets_one_second_chance_between_good_connections() {
        let mut policy = policy(5);
        let doubt = || Loss::SessionNotFound {
            message: "Session not found: api".to_owned(),
        };
        assert!(policy.pause_after(&doubt(), Duration::ZERO).is_some());
        assert_eq!(policy.pause_after(&doubt(), Duration::ZERO), None);
        assert!(policy.pause_after(&bye(), STABLE).is_some());
        assert!(policy.pause_after(&doubt(), Duration::ZERO).is_some());
        assert_eq!(policy.pause_after(&doubt(), Duration::ZERO), None);
    }

    #[test]
    fn kept_access_is_replaced_once_even_where_nothing_is_tried_again() {
        let mut policy = policy(0);
        let refused = Loss::TokenRefused {
            message: "no".to_owned(),
        };
        assert!(!policy.replaces_kept_access(&bye()));
        assert!(policy.replaces_kept_access(&refused));
        assert!(!policy.replaces_kept_access(&refused));
    }

    /// Checklist 92.
    #[test]
    fn pauses_keep_under_the_ceiling_and_above_the_floor() {
        let mut policy = policy(50);
        for _ in 0..50 {
            let pause = policy.pause_after(&bye(), Duration::ZERO).unwrap();
            assert!(
                pause >= Duration::from_millis(50) && pause <= Duration::from_secs(5),
                "{pause:?}"
            );
        }
    }
}
