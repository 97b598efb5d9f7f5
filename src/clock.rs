//! Wall time as an argument, so that everything that depends on "today" can be tested on any day.
//!
//! Deadlines do not come from here: they are monotonic [`tokio::time::Instant`]s.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// Tells the time of day.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// A clock that stands still, for tests and replays.
#[derive(Clone, Copy, Debug)]
pub struct FixedClock(pub Timestamp);

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// The moment as New York sees it: the time zone in which US sessions and expirations are dated.
///
/// The zone is bundled with the binary; should it be missing all the same, UTC is the nearest honest answer.
pub fn new_york(at: Timestamp) -> Zoned {
    at.to_zoned(TimeZone::get("America/New_York").unwrap_or(TimeZone::UTC))
}

/// The calendar day in New York.
pub fn new_york_date(at: Timestamp) -> Date {
    new_york(at).date()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_is_new_yorks() {
        let late_evening: Timestamp = "2026-11-21T02:30:00Z".parse().unwrap();
        assert_eq!(new_york_date(late_evening), jiff::civil::date(2026, 11, 20));
    }
}
