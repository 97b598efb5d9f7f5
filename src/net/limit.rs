//! A rate budget: one ceiling over all requests and one per class of endpoint. What the classes are is the caller's.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::error::NetError;

/// A ceiling on requests.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Requests per second, on average.
    pub per_second: f64,
    /// How many may go out at once after a quiet time.
    pub burst: u32,
}

impl Rate {
    /// Evenly spaced requests, no burst.
    pub fn per_second(per_second: f64) -> Self {
        Self {
            per_second,
            burst: 1,
        }
    }

    /// The same ceiling, `burst` of them at once.
    #[must_use]
    pub fn with_burst(self, burst: u32) -> Self {
        Self { burst, ..self }
    }

    /// From the first to the last of so many requests, made as fast as the ceiling allows after a quiet time.
    pub fn least_time(self, requests: usize) -> Duration {
        let burst = usize::try_from(self.burst).unwrap_or(usize::MAX);
        let waiting = u32::try_from(requests.saturating_sub(burst)).unwrap_or(u32::MAX);
        Duration::try_from_secs_f64(f64::from(waiting) / self.per_second).unwrap_or(Duration::MAX)
    }

    /// The same shape, `factor` times as fast.
    #[must_use]
    pub fn scaled(self, factor: f64) -> Self {
        Self {
            per_second: self.per_second * factor,
            ..self
        }
    }
}

/// Hands out slots so that no class, and all classes together, stay below their ceilings.
#[derive(Debug)]
pub struct Pacer<K> {
    overall: Mutex<Bucket>,
    classes: HashMap<K, Mutex<Bucket>>,
}

impl<K: Eq + Hash> Pacer<K> {
    /// A pacer for the classes in the table. A class that is not in it has only the overall ceiling.
    pub fn new(overall: Rate, classes: impl IntoIterator<Item = (K, Rate)>) -> Self {
        Self {
            overall: Mutex::new(Bucket::new(overall)),
            classes: classes
                .into_iter()
                .map(|(class, rate)| (class, Mutex::new(Bucket::new(rate))))
                .collect(),
        }
    }

    /// Waits for the next slot of the class.
    ///
    /// # Errors
    ///
    /// `RateBudget`, at once, when that slot lies past the deadline.
    pub async fn acquire(&self, class: &K, deadline: Instant) -> Result<(), NetError> {
        if let Some(bucket) = self.classes.get(class) {
            tokio::time::sleep_until(reserve(bucket, deadline)?).await;
        }
        tokio::time::sleep_until(reserve(&self.overall, deadline)?).await;
        Ok(())
    }
}

fn reserve(bucket: &Mutex<Bucket>, deadline: Instant) -> Result<Instant, NetError> {
    bucket
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .reserve(Instant::now(), deadline)
}

/// Generic cell rate algorithm: one instant says everything about the past.
#[derive(Debug)]
struct Bucket {
    spacing: Duration,
    /// How far ahead of the even spacing a burst may run.
    tolerance: Duration,
    /// When the next request would be due if all came evenly spaced.
    due: Option<Instant>,
}

impl Bucket {
    fn new(rate: Rate) -> Self {
        let spacing = Duration::try_from_secs_f64(rate.per_second.recip()).unwrap_or_default();
        Self {
            spacing,
            tolerance: spacing * rate.burst.saturating_sub(1),
            due: None,
        }
    }

    fn reserve(&mut self, now: Instant, deadline: Instant) -> Result<Instant, NetError> {
        let due = self.due.map_or(now, |due| due.max(now));
        let slot = due
            .checked_sub(self.tolerance)
            .map_or(now, |at| at.max(now));
        if slot > deadline {
            return Err(NetError::RateBudget { wait: slot - now });
        }
        self.due = Some(due + self.spacing);
        Ok(slot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn times(pacer: &Pacer<&str>, class: &'static str, count: usize) -> Vec<u128> {
        let started = Instant::now();
        let mut times = Vec::new();
        for _ in 0..count {
            let deadline = started + Duration::from_mins(1);
            pacer.acquire(&class, deadline).await.unwrap();
            times.push(started.elapsed().as_millis());
        }
        times
    }

    #[tokio::test(start_paused = true)]
    async fn a_class_is_evenly_spaced() {
        let pacer = Pacer::new(Rate::per_second(50.0), [("quotes", Rate::per_second(2.0))]);
        assert_eq!(times(&pacer, "quotes", 4).await, [0, 500, 1000, 1500]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_goes_out_at_once_and_is_paid_back() {
        let pacer = Pacer::new(
            Rate::per_second(1000.0),
            [("metrics", Rate::per_second(2.0).with_burst(3))],
        );
        assert_eq!(times(&pacer, "metrics", 5).await, [0, 1, 2, 500, 1000]);
    }

    #[tokio::test(start_paused = true)]
    async fn all_classes_share_the_overall_ceiling() {
        let pacer = Pacer::new(Rate::per_second(10.0), [("a", Rate::per_second(10.0))]);
        assert_eq!(times(&pacer, "a", 2).await, [0, 100]);
        assert_eq!(times(&pacer, "unlisted", 2).await, [100, 200]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_slot_past_the_deadline_is_refused_at_once_and_costs_nothing() {
        let pacer = Pacer::new(Rate::per_second(1.0), [("a", Rate::per_second(100.0))]);
        let started = Instant::now();
        pacer.acquire(&"a", started).await.unwrap();
        let soon = started + Duration::from_millis(300);
        let refused = pacer.acquire(&"b", soon).await.unwrap_err();
        assert!(matches!(refused, NetError::RateBudget { wait } if wait == Duration::from_secs(1)));
        assert_eq!(started.elapsed(), Duration::ZERO);
        assert_eq!(times(&pacer, "b", 1).await, [1000]);
    }

    #[tokio::test(start_paused = true)]
    async fn ten_callers_at_once_are_paced_like_ten_in_a_row() {
        let pacer = Pacer::new(Rate::per_second(20.0), [("a", Rate::per_second(4.0))]);
        let started = Instant::now();
        let deadline = started + Duration::from_mins(1);
        let all = futures_util::future::join_all((0..10).map(|_| pacer.acquire(&"a", deadline)));
        assert!(all.await.iter().all(Result::is_ok));
        assert_eq!(started.elapsed().as_millis(), 2250);
    }
}
