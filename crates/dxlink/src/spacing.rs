//! When a subscription message may leave, so that many calls share few messages and a call that comes alone does not wait.
//! Pure; what servers accept in a minute is another matter ([`pace`](crate::pace)).

use std::time::Duration;

use tokio::time::Instant;

/// The time between messages, in the long run.
const INTERVAL: Duration = Duration::from_millis(50);

/// How many messages may leave at once after a calm.
const BURST: u32 = 6;

/// The messages of a connection.
#[derive(Debug, Default)]
pub(crate) struct MessageSpacing {
    /// When every message so far has had its interval.
    settled: Option<Instant>,
}

impl MessageSpacing {
    /// Notes that a message, or several in a row, has left.
    pub(crate) fn on_sent(&mut self, now: Instant) {
        let begin = self.settled.map_or(now, |settled| settled.max(now));
        self.settled = Some(begin + INTERVAL);
    }

    /// When the next message may leave.
    pub(crate) fn ready_at(&self, now: Instant) -> Instant {
        let ahead = INTERVAL * (BURST - 1);
        self.settled
            .and_then(|settled| settled.checked_sub(ahead))
            .map_or(now, |ready| ready.max(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_calm_a_few_messages_leave_at_once() {
        let (mut spacing, now) = (MessageSpacing::default(), Instant::now());
        for _ in 0..BURST {
            assert_eq!(spacing.ready_at(now), now);
            spacing.on_sent(now);
        }
        assert_eq!(spacing.ready_at(now), now + INTERVAL);
        let calm = now + INTERVAL * BURST;
        assert_eq!(spacing.ready_at(calm), calm);
    }

    #[test]
    fn in_the_long_run_there_is_an_interval_between_them() {
        let (mut spacing, start) = (MessageSpacing::default(), Instant::now());
        let (mut now, mut sent) = (start, 0);
        while now < start + Duration::from_secs(1) {
            now = spacing.ready_at(now);
            spacing.on_sent(now);
            sent += 1;
        }
        assert_eq!(sent, 20 + BURST);
    }
}
