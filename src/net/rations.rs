//! The rations of one login: one over all requests, and one for each class of them.

use std::collections::BTreeMap;

use super::limit::Rate;
use super::schedule::{Nanos, Schedule, Spacing};

/// One ration: how fast, and what it has given out.
#[derive(Clone, Debug)]
pub(super) struct Ration {
    pub(super) spacing: Spacing,
    pub(super) schedule: Schedule,
}

impl From<Rate> for Ration {
    fn from(rate: Rate) -> Self {
        Self {
            spacing: rate.into(),
            schedule: Schedule::default(),
        }
    }
}

/// All of them, on one clock.
#[derive(Clone, Debug)]
pub(super) struct Rations {
    pub(super) overall: Ration,
    pub(super) classes: BTreeMap<&'static str, Ration>,
}

impl Rations {
    pub(super) fn new(
        overall: Rate,
        classes: impl IntoIterator<Item = (&'static str, Rate)>,
    ) -> Self {
        let classes = classes.into_iter();
        Self {
            overall: overall.into(),
            classes: classes.map(|(class, rate)| (class, rate.into())).collect(),
        }
    }

    /// Counts what was reserved up to `now` as gone out.
    pub(super) fn settle(&mut self, now: Nanos) {
        for ration in self.classes.values_mut().chain([&mut self.overall]) {
            ration.schedule.settle(ration.spacing, now);
        }
    }

    /// The rations that a request of the class counts in.
    pub(super) fn of(&self, class: &str) -> impl Iterator<Item = &Ration> {
        self.classes.get(class).into_iter().chain([&self.overall])
    }

    /// Takes an instant for a request of the class.
    pub(super) fn reserve(&mut self, class: &str, at: Nanos) {
        self.change(class, |schedule| schedule.reserve(at));
    }

    /// Gives it back.
    pub(super) fn release(&mut self, class: &str, at: Nanos) {
        self.change(class, |schedule| schedule.release(at));
    }

    fn change(&mut self, class: &str, change: impl Fn(&mut Schedule)) {
        if let Some(ration) = self.classes.get_mut(class) {
            change(&mut ration.schedule);
        }
        change(&mut self.overall.schedule);
    }
}

/// The earliest instant from `from` on that all of the rations allow.
pub(super) fn earliest(rations: &[&Ration], from: Nanos) -> Nanos {
    let mut at = from;
    loop {
        let next = rations.iter().fold(at, |at, ration| {
            ration.schedule.earliest(ration.spacing, at)
        });
        if next == at {
            return at;
        }
        at = next;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CLASSES: [&str; 3] = ["a", "b", "c"];

    /// The time between two requests that come evenly in nanoseconds, and the burst.
    type Published = (Nanos, u32);

    fn rate((step, burst): Published) -> Rate {
        Rate::per_second(1e9 / f64::from(i32::try_from(step).unwrap())).with_burst(burst)
    }

    /// The ration as it is published: in any window no more than rate × its length + burst.
    fn is_kept((step, burst): Published, sorted: &[Nanos]) -> bool {
        (0..sorted.len()).all(|first| {
            (first..sorted.len()).all(|last| {
                let count = Nanos::try_from(last - first + 1).unwrap();
                (count - Nanos::from(burst)) * step <= sorted[last] - sorted[first]
            })
        })
    }

    fn with(gone: &[Nanos], at: Nanos) -> Vec<Nanos> {
        let mut all = [gone, &[at]].concat();
        all.sort_unstable();
        all
    }

    /// What happens to a request: the pause before it comes, its class, and whether it is given up while it waits.
    type Arrival = (Nanos, usize, bool);

    fn arrivals() -> impl Strategy<Value = Vec<Arrival>> {
        let pause = prop_oneof![3 => Just(0), 2 => 0..40i64, 1 => 0..400i64];
        prop::collection::vec((pause, 0..CLASSES.len(), prop::bool::weighted(0.15)), 1..40)
    }

    proptest! {
        #[test]
        fn every_ration_is_kept_and_nobody_waits_longer_than_needed(
            published in prop::collection::vec((1..90i64, 1..5u32), CLASSES.len()),
            all in (1..40i64, 1..9u32),
            arrivals in arrivals(),
        ) {
            let classes = CLASSES.into_iter().zip(published.iter().copied().map(rate));
            let mut rations = Rations::new(rate(all), classes);
            let mut gone = vec![Vec::new(); CLASSES.len()];
            let mut now = 0;
            for (pause, class, is_given_up) in arrivals {
                now += pause;
                rations.settle(now);
                let name = CLASSES[class];
                let limits: Vec<&Ration> = rations.of(name).collect();
                let at = earliest(&limits, now);
                let fits = |at| {
                    is_kept(published[class], &with(&gone[class], at))
                        && is_kept(all, &with(&gone.concat(), at))
                };
                prop_assert!(fits(at), "{at}");
                prop_assert!((now..at).all(|earlier| !fits(earlier)), "{at} where less would do");
                rations.reserve(name, at);
                if is_given_up && at > now {
                    rations.release(name, at);
                } else {
                    gone[class].push(at);
                }
            }
        }
    }
}
