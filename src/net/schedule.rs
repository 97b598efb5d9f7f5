//! One ration as a schedule: which instants are taken, and which is the next that the ration allows.
//!
//! A generic cell rate algorithm, with one addition: a request may reserve an instant that lies ahead. What has gone out
//! needs one number; what is still to go out needs its instants, because a request of a slow class that waits for its
//! turn must not keep one of another class from going first.

use serde::{Deserialize, Serialize};

use super::limit::Rate;

/// Nanoseconds on the clock of whoever owns the schedule.
pub(super) type Nanos = i64;

/// A rate in the algorithm's own terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spacing {
    /// Between two requests that come evenly.
    step: Nanos,
    /// How far ahead of the even spacing a burst may run.
    tolerance: Nanos,
}

impl Spacing {
    /// The time between two requests that come evenly.
    pub(super) fn step(self) -> Nanos {
        self.step
    }

    /// The earliest instant of a request that is due at `due`.
    fn opens(self, due: Nanos) -> Nanos {
        due.saturating_sub(self.tolerance)
    }

    /// When the next request is due after one that was due at `due` and went out at `at`.
    fn after(self, due: Nanos, at: Nanos) -> Nanos {
        due.max(at).saturating_add(self.step)
    }
}

impl From<Rate> for Spacing {
    fn from(rate: Rate) -> Self {
        let step = std::time::Duration::try_from_secs_f64(rate.per_second.recip())
            .ok()
            .and_then(|step| Nanos::try_from(step.as_nanos()).ok())
            .unwrap_or_default();
        Self {
            step,
            tolerance: step.saturating_mul(rate.burst.saturating_sub(1).into()),
        }
    }
}

/// The requests of one ration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Schedule {
    /// When the next request would be due if those that have gone out had come evenly.
    due: Nanos,
    /// Instants that are taken and still ahead, in order.
    reserved: Vec<Nanos>,
}

impl Schedule {
    /// Counts what was reserved up to `now` as gone out.
    pub(super) fn settle(&mut self, spacing: Spacing, now: Nanos) {
        let passed = self.reserved.partition_point(|at| *at <= now);
        for at in self.reserved.drain(..passed) {
            self.due = spacing.after(self.due, at);
        }
    }

    /// The earliest instant from `from` on at which one more request keeps the ration, that of the reserved ones
    /// included.
    pub(super) fn earliest(&self, spacing: Spacing, from: Nanos) -> Nanos {
        let mut due = self.due;
        for (place, next) in self.reserved.iter().enumerate() {
            let at = from.max(spacing.opens(due));
            let rest = self.reserved.get(place..).unwrap_or_default();
            if at <= *next && keeps(spacing, spacing.after(due, at), rest) {
                return at;
            }
            due = spacing.after(due, *next);
        }
        from.max(spacing.opens(due))
    }

    /// Takes an instant.
    pub(super) fn reserve(&mut self, at: Nanos) {
        let place = self.reserved.partition_point(|other| *other <= at);
        self.reserved.insert(place, at);
    }

    /// Gives a reserved instant back.
    pub(super) fn release(&mut self, at: Nanos) {
        if let Ok(place) = self.reserved.binary_search(&at) {
            self.reserved.remove(place);
        }
    }

    /// The same schedule on a clock that shows `by` more. What lies beyond `latest` there is left out: no request is
    /// reserved that far ahead.
    pub(super) fn shifted(&self, by: Nanos, latest: Nanos) -> Self {
        let shift = |at: &Nanos| Some(at.saturating_add(by)).filter(|at| *at <= latest);
        let mut reserved: Vec<Nanos> = self.reserved.iter().filter_map(shift).collect();
        reserved.sort_unstable();
        Self {
            due: shift(&self.due).unwrap_or(Nanos::MIN),
            reserved,
        }
    }
}

/// Whether requests at these instants keep the ration when the first is due at `due`.
fn keeps(spacing: Spacing, mut due: Nanos, instants: &[Nanos]) -> bool {
    instants.iter().all(|at| {
        let fits = *at >= spacing.opens(due);
        due = spacing.after(due, *at);
        fits
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn another_clock_shows_the_same_schedule(reserved in prop::collection::vec(0..1_000i64, 0..9), by in -500..500i64) {
            let mut schedule = Schedule::default();
            for at in reserved {
                schedule.reserve(at);
            }
            let there = schedule.shifted(by, Nanos::MAX);
            prop_assert_eq!(there.shifted(-by, Nanos::MAX), schedule);
        }
    }

    #[test]
    fn a_slow_class_that_waits_leaves_room_for_a_fast_one() {
        let pace = Spacing {
            step: 100,
            tolerance: 0,
        };
        let mut overall = Schedule::default();
        for at in [500, 1_000, 1_500] {
            overall.reserve(at);
        }
        assert_eq!(overall.earliest(pace, 0), 0);
        assert_eq!(overall.earliest(pace, 400), 400);
        assert_eq!(overall.earliest(pace, 401), 600, "500 is taken");
        overall.settle(pace, 1_200);
        assert_eq!(overall.earliest(pace, 1_200), 1_200);
        assert_eq!(overall.reserved, [1_500]);
    }
}
