//! How fast the market lives: which tick it is now.

use std::time::Duration;

use tokio::time::Instant;

/// Counts ticks since the server started.
#[derive(Clone, Copy, Debug)]
pub struct Ticker {
    started: Instant,
    period: Option<Duration>,
}

impl Ticker {
    /// A ticker that starts now; without a period, or with one of zero, time stands still at tick 0.
    pub fn start(period: Option<Duration>) -> Self {
        Self {
            started: Instant::now(),
            period: period.filter(|period| !period.is_zero()),
        }
    }

    /// The present tick.
    pub fn tick(&self) -> u64 {
        self.period.map_or(0, |period| {
            let ticks = self.started.elapsed().as_nanos() / period.as_nanos();
            u64::try_from(ticks).unwrap_or(u64::MAX)
        })
    }

    /// The time between two ticks; `None` when time stands still.
    pub fn period(&self) -> Option<Duration> {
        self.period
    }
}
