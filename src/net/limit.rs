//! A rate budget: one ceiling over all requests and one per class of endpoint. What the classes are is the caller's.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::error::NetError;
use super::rations::{Ration, Rations, earliest};
use super::schedule::Nanos;
use super::shared_rates::{SharedFault, SharedRates, SharedState};
use crate::clock::Clock;

/// Pause between two looks at rations that another process is at.
const PAUSE: Duration = Duration::from_millis(1);

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
pub struct Pacer {
    /// What they were before anything was reserved.
    blank: Rations,
    /// What this process has reserved, in nanoseconds since `began`. Never locked across an await.
    own: Mutex<Rations>,
    began: Instant,
    shared: Option<SharedRates>,
}

impl Pacer {
    /// A pacer for the classes in the table. A class that is not in it has only the overall ceiling.
    pub fn new(overall: Rate, classes: impl IntoIterator<Item = (&'static str, Rate)>) -> Self {
        let blank = Rations::new(overall, classes);
        Self {
            own: Mutex::new(blank.clone()),
            blank,
            began: Instant::now(),
            shared: None,
        }
    }

    /// The same pacer, its ceilings held together with every other process that has the same state. Where the state is
    /// of no use, this process keeps to the ceilings on its own.
    #[must_use]
    pub fn sharing(self, state: Arc<dyn SharedState>, clock: Arc<dyn Clock>) -> Self {
        Self {
            shared: Some(SharedRates::new(state, clock)),
            ..self
        }
    }

    /// Waits for the next slot of the class: the earliest instant that its ceiling and the overall one allow. Whoever
    /// stops waiting gives the slot back.
    ///
    /// # Errors
    ///
    /// `RateBudget`, at once and at no cost, when that slot lies past the deadline.
    pub async fn acquire(&self, class: &str, deadline: Instant) -> Result<(), NetError> {
        let reservation = self.reserve(class, deadline).await?;
        let slot = self.instant(reservation.at);
        // A sleep of no length still lasts until the timer's next tick.
        if slot > Instant::now() {
            tokio::time::sleep_until(slot).await;
        }
        reservation.use_up();
        Ok(())
    }

    async fn reserve<'a>(
        &'a self,
        class: &'a str,
        deadline: Instant,
    ) -> Result<Reservation<'a>, NetError> {
        if let Some(shared) = &self.shared {
            let end = deadline.min(Instant::now() + shared.patience());
            loop {
                match self.reserve_shared(shared, class, deadline) {
                    Ok(outcome) => return outcome,
                    Err(SharedFault::Busy) if Instant::now() < end => {
                        tokio::time::sleep(PAUSE).await;
                    }
                    Err(fault) => {
                        shared.give_up(fault);
                        break;
                    }
                }
            }
        }
        let mut own = self.own();
        let now = self.now();
        own.settle(now);
        let limits: Vec<&Ration> = own.of(class).collect();
        let at = earliest(&limits, now);
        self.in_time(now, at, deadline)?;
        own.reserve(class, at);
        Ok(Reservation::new(self, class, at, None))
    }

    /// The same against the rations of all processes.
    fn reserve_shared<'a>(
        &'a self,
        shared: &SharedRates,
        class: &'a str,
        deadline: Instant,
    ) -> Result<Result<Reservation<'a>, NetError>, SharedFault> {
        let mut own = self.own();
        shared.update(
            || self.now(),
            self.blank.clone(),
            |all, moment| {
                own.settle(moment.own);
                let limits: Vec<&Ration> = own.of(class).chain(all.of(class)).collect();
                let at = earliest(&limits, moment.own);
                if let Err(late) = self.in_time(moment.own, at, deadline) {
                    return (Err(late), false);
                }
                own.reserve(class, at);
                all.reserve(class, at);
                let wall = Some(moment.to_wall(at));
                (Ok(Reservation::new(self, class, at, wall)), true)
            },
        )
    }

    /// Takes a slot without waiting for it and says where it lies, in nanoseconds on the clock of all processes; `None`
    /// for one of this process alone.
    #[cfg(test)]
    pub(super) async fn shared_slot(
        &self,
        class: &str,
        deadline: Instant,
    ) -> Result<Option<Nanos>, NetError> {
        let reservation = self.reserve(class, deadline).await?;
        let wall = reservation.wall;
        reservation.use_up();
        Ok(wall)
    }

    fn in_time(&self, now: Nanos, at: Nanos, deadline: Instant) -> Result<(), NetError> {
        if self.instant(at) <= deadline {
            return Ok(());
        }
        let wait = Duration::from_nanos(u64::try_from(at - now).unwrap_or_default());
        Err(NetError::RateBudget { wait })
    }

    fn instant(&self, at: Nanos) -> Instant {
        self.began + Duration::from_nanos(u64::try_from(at).unwrap_or_default())
    }

    fn now(&self) -> Nanos {
        Nanos::try_from(self.began.elapsed().as_nanos()).unwrap_or(Nanos::MAX)
    }

    fn own(&self) -> MutexGuard<'_, Rations> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A slot that is waited for; given back when the wait is given up.
struct Reservation<'a> {
    pacer: &'a Pacer,
    class: &'a str,
    at: Nanos,
    /// The same instant as the other processes know it.
    wall: Option<Nanos>,
    is_used: bool,
}

impl<'a> Reservation<'a> {
    fn new(pacer: &'a Pacer, class: &'a str, at: Nanos, wall: Option<Nanos>) -> Self {
        Self {
            pacer,
            class,
            at,
            wall,
            is_used: false,
        }
    }

    fn use_up(mut self) {
        self.is_used = true;
    }
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        if self.is_used {
            return;
        }
        let pacer = self.pacer;
        pacer.own().release(self.class, self.at);
        if let (Some(shared), Some(wall)) = (&pacer.shared, self.wall) {
            // One that cannot be given back now is a slot that nobody uses.
            let _ = shared.update(
                || pacer.now(),
                pacer.blank.clone(),
                |all, moment| {
                    all.release(self.class, moment.to_own(wall));
                    ((), true)
                },
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn times(pacer: &Pacer, class: &'static str, count: usize) -> Vec<u128> {
        let started = Instant::now();
        let mut times = Vec::new();
        for _ in 0..count {
            let deadline = started + Duration::from_mins(1);
            pacer.acquire(class, deadline).await.unwrap();
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
        pacer.acquire("a", started).await.unwrap();
        let soon = started + Duration::from_millis(300);
        let refused = pacer.acquire("b", soon).await.unwrap_err();
        assert!(matches!(refused, NetError::RateBudget { wait } if wait == Duration::from_secs(1)));
        assert_eq!(started.elapsed(), Duration::ZERO);
        assert_eq!(times(&pacer, "b", 1).await, [1000]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_crowd_of_others_does_not_push_the_requests_of_a_class_together() {
        let pacer = Pacer::new(
            Rate::per_second(10.0),
            [
                ("equities", Rate::per_second(2.0)),
                ("metrics", Rate::per_second(100.0)),
            ],
        );
        let deadline = Instant::now() + Duration::from_mins(1);
        let others = (0..8).map(|_| pacer.acquire("metrics", deadline));
        let others = futures_util::future::join_all(others);
        let (_, equities) = tokio::join!(others, times(&pacer, "equities", 4));
        assert!(
            equities.windows(2).all(|two| two[1] - two[0] >= 500),
            "{equities:?}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn ten_callers_at_once_are_paced_like_ten_in_a_row() {
        let pacer = Pacer::new(Rate::per_second(20.0), [("a", Rate::per_second(4.0))]);
        let started = Instant::now();
        let deadline = started + Duration::from_mins(1);
        let all = futures_util::future::join_all((0..10).map(|_| pacer.acquire("a", deadline)));
        assert!(all.await.iter().all(Result::is_ok));
        assert_eq!(started.elapsed().as_millis(), 2250);
    }
}
