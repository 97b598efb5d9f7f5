//! Whether and when to connect again (dxlink-protocol §3, §15). Knows losses and attempts, and neither sockets nor tokens.

use std::time::Duration;

use crate::backoff::Backoff;
use crate::error::{Loss, Retry};
use crate::options::FeedOptions;

/// First pause before connecting again.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// A connection that was authorised for this long was a good one: pauses, attempts and chances start over.
const STABLE: Duration = Duration::from_secs(30);

/// When to try again.
pub(super) struct Patience {
    backoff: Backoff,
    attempts: u32,
    allowed: u32,
    second_chance: bool,
}

impl Patience {
    pub(super) fn new(options: &FeedOptions) -> Self {
        let backoff = Backoff::new(
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
    pub(super) fn replaces_old_grant(&mut self, loss: &Loss) -> bool {
        loss.may_be_an_old_grant() && std::mem::take(&mut self.second_chance)
    }

    /// The pause before the next attempt, if there is to be one. `lived` is how long the connection was authorised; the
    /// way there does not count, or a slow server would be taken for a good one.
    pub(super) fn after(&mut self, loss: &Loss, lived: Duration) -> Option<Duration> {
        if lived >= STABLE {
            self.backoff.reset();
            self.attempts = 0;
            self.second_chance = true;
        }
        let may = match loss.retry() {
            Retry::Never => false,
            Retry::Once => std::mem::take(&mut self.second_chance),
            Retry::WithBackoff => true,
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

    fn patience(reconnects: u32) -> Patience {
        Patience::new(&FeedOptions {
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

    /// dxlink-protocol §17: 92, 93.
    #[test]
    fn attempts_are_counted_until_a_connection_lasted() {
        let mut patience = patience(2);
        assert!(patience.after(&bye(), Duration::ZERO).is_some());
        assert!(patience.after(&bye(), Duration::ZERO).is_some());
        assert_eq!(patience.after(&bye(), Duration::ZERO), None);
        assert!(
            patience.after(&bye(), STABLE).is_some(),
            "a connection that lasted starts the count over"
        );
    }

    /// dxlink-protocol §17: 18.
    #[test]
    fn a_doubtful_token_gets_one_second_chance_between_good_connections() {
        let mut patience = patience(5);
        let doubt = || Loss::SessionNotFound {
            message: "Session not found: api".to_owned(),
        };
        assert!(patience.after(&doubt(), Duration::ZERO).is_some());
        assert_eq!(patience.after(&doubt(), Duration::ZERO), None);
        assert!(patience.after(&bye(), STABLE).is_some());
        assert!(patience.after(&doubt(), Duration::ZERO).is_some());
        assert_eq!(patience.after(&doubt(), Duration::ZERO), None);
    }

    #[test]
    fn an_old_grant_is_replaced_once_even_where_nothing_is_tried_again() {
        let mut patience = patience(0);
        let refused = Loss::TokenRefused {
            message: "no".to_owned(),
        };
        assert!(!patience.replaces_old_grant(&bye()));
        assert!(patience.replaces_old_grant(&refused));
        assert!(!patience.replaces_old_grant(&refused));
    }

    /// dxlink-protocol §17: 92.
    #[test]
    fn pauses_keep_under_the_ceiling_and_above_the_floor() {
        let mut patience = patience(50);
        for _ in 0..50 {
            let pause = patience.after(&bye(), Duration::ZERO).unwrap();
            assert!(
                pause >= Duration::from_millis(50) && pause <= Duration::from_secs(5),
                "{pause:?}"
            );
        }
    }
}
