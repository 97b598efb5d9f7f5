//! Growing, jittered pauses between attempts of an HTTP request.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

/// No pause is shorter: a server that fails at once must not be asked in a tight loop.
const SHORTEST: Duration = Duration::from_millis(50);

/// An endless series of pauses that double from `start` up to `ceiling`, each cut by up to a half at random.
///
/// The jitter keeps several jobs that lost the same server from coming back in step; it is taken off, never added, so
/// the ceiling holds.
#[derive(Debug)]
pub struct Backoff {
    shape: ExponentialBuilder,
    pauses: ExponentialBackoff,
}

impl Backoff {
    /// A series that starts at `start` and stays at `ceiling` once there.
    pub fn new(start: Duration, ceiling: Duration) -> Self {
        // backon adds between nothing and the whole pause, so half of it is handed in.
        let shape = ExponentialBuilder::new()
            .with_factor(2.0)
            .with_min_delay(start.min(ceiling) / 2)
            .with_max_delay(ceiling / 2)
            .without_max_times()
            .with_jitter();
        Self {
            shape,
            pauses: shape.build(),
        }
    }

    /// The next pause.
    pub fn pause(&mut self) -> Duration {
        self.pauses.next().unwrap_or_default().max(SHORTEST)
    }

    /// Starts over, after an attempt that succeeded.
    pub fn reset(&mut self) {
        self.pauses = self.shape.build();
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
            let mut backoff = Backoff::new(start, ceiling);
            let slack = Duration::from_millis(1);
            for step in 0..12u32 {
                let full = (start * 2u32.pow(step)).min(ceiling);
                let pause = backoff.pause();
                prop_assert!(pause <= full + slack && pause + slack >= full / 2, "{pause:?} of {full:?}");
            }
        }
    }

    #[test]
    fn a_reset_starts_over() {
        let mut backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(30));
        for _ in 0..6 {
            backoff.pause();
        }
        backoff.reset();
        assert!(backoff.pause() <= Duration::from_millis(500));
    }

    #[test]
    fn there_is_always_a_pause() {
        let mut backoff = Backoff::new(Duration::ZERO, Duration::ZERO);
        assert_eq!(backoff.pause(), SHORTEST);
    }
}
