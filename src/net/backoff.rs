//! Growing, jittered pauses between attempts of an HTTP request.

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

/// No pause is shorter: a server that fails at once must not be asked in a tight loop.
const SHORTEST: Duration = Duration::from_millis(50);

/// An endless series of pauses that double from `start` up to `ceiling`, each cut by up to a half at random.
///
/// The jitter keeps several jobs that lost the same server from coming back in step; it is taken off, never added, so
/// the ceiling holds.
#[derive(Debug)]
pub struct Backoff {
    ceiling: Duration,
    /// The next pause, before anything is taken off.
    next: Duration,
}

impl Backoff {
    /// A series that starts at `start` and stays at `ceiling` once there.
    pub fn new(start: Duration, ceiling: Duration) -> Self {
        let start = start.min(ceiling);
        Self {
            ceiling,
            next: start,
        }
    }

    /// The next pause.
    pub fn pause(&mut self) -> Duration {
        let half = self.next / 2;
        self.next = self.next.saturating_mul(2).min(self.ceiling);
        (half + half.mul_f64(random_fraction())).max(SHORTEST)
    }
}

/// Between nothing and one, another one each time. The standard library seeds its maps at random, which is random enough
/// to keep jobs apart.
fn random_fraction() -> f64 {
    let bits = RandomState::new().hash_one(()) >> 32;
    f64::from(u32::try_from(bits).unwrap_or_default()) / f64::from(u32::MAX)
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
    fn pauses_differ() {
        let one = || Backoff::new(Duration::from_mins(1), Duration::from_mins(1)).pause();
        let pauses: std::collections::HashSet<Duration> = (0..20).map(|_| one()).collect();
        assert!(pauses.len() > 10, "{pauses:?}");
    }

    #[test]
    fn there_is_always_a_pause() {
        let mut backoff = Backoff::new(Duration::ZERO, Duration::ZERO);
        assert_eq!(backoff.pause(), SHORTEST);
    }
}
