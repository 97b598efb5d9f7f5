//! Pauses between attempts to connect: they double, and chance cuts each of them.

use std::time::Duration;

/// No pause is shorter: a server that fails at once must not be asked in a tight loop.
const SHORTEST: Duration = Duration::from_millis(50);

/// An endless series of pauses that double from `start` up to `ceiling`, each cut by up to a half at random.
///
/// The jitter keeps several clients that lost the same server from coming back in step; it is taken off, never added, so
/// the ceiling holds.
#[derive(Debug)]
pub(crate) struct ReconnectBackoff {
    start: Duration,
    ceiling: Duration,
    next: Duration,
}

impl ReconnectBackoff {
    /// A series that starts at `start` and stays at `ceiling` once there.
    pub(crate) fn new(start: Duration, ceiling: Duration) -> Self {
        let start = start.min(ceiling);
        Self {
            start,
            ceiling,
            next: start,
        }
    }

    /// The next pause.
    pub(crate) fn pause(&mut self) -> Duration {
        let whole = self.next;
        self.next = whole.saturating_mul(2).min(self.ceiling);
        whole.mul_f64(1.0 - fastrand::f64() / 2.0).max(SHORTEST)
    }

    /// Starts over, after an attempt that succeeded.
    pub(crate) fn reset(&mut self) {
        self.next = self.start;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_pause_lies_between_half_its_step_and_its_step(start in 100u64..2_000, ceiling in 100u64..60_000) {
            let (start, ceiling) = (Duration::from_millis(start), Duration::from_millis(ceiling));
            let mut backoff = ReconnectBackoff::new(start, ceiling);
            let slack = Duration::from_millis(1);
            for step in 0..12u32 {
                let full = (start * 2u32.pow(step)).min(ceiling);
                let pause = backoff.pause();
                prop_assert!(pause <= full + slack && pause + slack >= full / 2, "{pause:?} of {full:?}");
            }
        }
    }

    #[test]
    fn pauses_differ_by_chance() {
        let pause =
            || ReconnectBackoff::new(Duration::from_secs(1), Duration::from_secs(1)).pause();
        let first = pause();
        assert!((0..100).any(|_| pause() != first));
    }

    #[test]
    fn a_reset_starts_over() {
        let mut backoff =
            ReconnectBackoff::new(Duration::from_millis(500), Duration::from_secs(30));
        for _ in 0..6 {
            backoff.pause();
        }
        backoff.reset();
        assert!(backoff.pause() <= Duration::from_millis(500));
    }

    #[test]
    fn there_is_always_a_pause() {
        let mut backoff = ReconnectBackoff::new(Duration::ZERO, Duration::ZERO);
        assert_eq!(backoff.pause(), SHORTEST);
    }
}
