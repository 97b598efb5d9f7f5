//! Bars kept between runs: one file per symbol, of sessions that are over.
//!
//! What is over does not change, so a later run asks only for what came after. Two things do change it, a correction and
//! a split, and both show in the last bar that was kept: when the answer disagrees there, everything is fetched anew.

use std::fmt::Write;

use jiff::civil::{Date, Weekday};
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use crate::model::DailyBar;
use crate::store::{CacheEntry, CacheFolder};

/// Bars kept of one symbol; the longest window takes 269.
const MOST: usize = 400;

/// Relative difference between two prices that are the same: the last digits of a number that was computed twice.
const TOLERANCE: f64 = 1e-6;

/// Calendar days after which what is kept is of no use: nearly all of a usual history is newer then.
const LIFE: i64 = 60;

/// A price history as far as it is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub(in crate::provider::dxlink) struct KnownHistory {
    /// Sessions from this day on were asked for; a symbol may have none so old.
    pub(super) from: Date,
    /// All sessions before this day are here.
    pub(super) until: Date,
    /// The daily bars, the oldest first.
    pub(super) bars: Vec<DailyBar>,
}

/// Day, open, high, low, close.
type Line = (Date, Option<f64>, Option<f64>, Option<f64>, f64);

/// The form on disk.
#[derive(Clone, Serialize, Deserialize)]
struct Written {
    from: Date,
    until: Date,
    bars: Vec<Line>,
}

impl From<Written> for KnownHistory {
    fn from(written: Written) -> Self {
        let bars = written.bars.into_iter();
        Self {
            from: written.from,
            until: written.until,
            bars: bars
                .map(|(date, open, high, low, close)| DailyBar {
                    date,
                    open,
                    high,
                    low,
                    close,
                })
                .collect(),
        }
    }
}

impl From<KnownHistory> for Written {
    fn from(held: KnownHistory) -> Self {
        let bars = held.bars.into_iter();
        Self {
            from: held.from,
            until: held.until,
            bars: bars
                .map(|bar| (bar.date, bar.open, bar.high, bar.low, bar.close))
                .collect(),
        }
    }
}

impl KnownHistory {
    /// Whether every session of these days, both included, is here. On which weekdays exchanges were closed is not known
    /// here, so each counts as one that may have had a session.
    pub(super) fn covers(&self, from: Date, through: Date) -> bool {
        let is_weekday = |day: &Date| !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
        let mut unknown = self.until.series(1.day()).take_while(|day| *day <= through);
        self.from <= from && !unknown.any(|day| is_weekday(&day))
    }

    /// What is here with newer bars behind it, which have to begin with the last one here; `None` when that one is not
    /// among them or is another one now.
    pub(super) fn extended(mut self, newer: &[DailyBar], until: Date) -> Option<Self> {
        let last = self.bars.pop()?;
        let confirmed = newer.iter().position(|bar| is_same(bar, &last))?;
        self.bars.extend_from_slice(&newer[confirmed..]);
        self.until = until;
        Some(self.trimmed())
    }

    fn trimmed(mut self) -> Self {
        let excess = self.bars.len().saturating_sub(MOST);
        if excess > 0 {
            self.bars.drain(..excess);
            self.from = self.bars[0].date;
        }
        self
    }

    /// Whether it can be what was written: days ascend, and closes are prices.
    fn is_sound(&self) -> bool {
        self.bars.is_sorted_by(|a, b| a.date < b.date)
            && self
                .bars
                .iter()
                .all(|bar| bar.close.is_finite() && bar.close > 0.0)
    }
}

fn is_same(one: &DailyBar, other: &DailyBar) -> bool {
    let near = |a: f64, b: f64| (a - b).abs() <= TOLERANCE * a.abs().max(b.abs());
    let both = |a: Option<f64>, b: Option<f64>| match (a, b) {
        (Some(a), Some(b)) => near(a, b),
        (None, None) => true,
        _ => false,
    };
    one.date == other.date
        && near(one.close, other.close)
        && both(one.open, other.open)
        && both(one.high, other.high)
        && both(one.low, other.low)
}

/// Where bars are kept.
#[derive(Clone, Debug)]
pub(in crate::provider) struct BarCache {
    cache_folder: CacheFolder,
    now: Timestamp,
}

impl BarCache {
    /// The bars in this cache folder, as of a moment.
    pub(in crate::provider) fn new(cache_folder: CacheFolder, now: Timestamp) -> Self {
        Self { cache_folder, now }
    }

    /// What is kept of a symbol.
    pub(super) fn read(&self, streamer: &str) -> Option<KnownHistory> {
        let kept: CacheEntry<KnownHistory> = self.cache_folder.read(&name(streamer), self.now)?;
        Some(kept.value).filter(KnownHistory::is_sound)
    }

    /// Keeps it in place of what was kept before.
    pub(super) fn write(&self, streamer: &str, held: &KnownHistory) {
        let end = self.now.checked_add((24 * LIFE).hours()).ok();
        let kept = CacheEntry::new(held.clone().trimmed(), self.now, end);
        self.cache_folder.write(&name(streamer), &kept);
    }
}

/// The name of a symbol's file. Symbols differ in case where some file systems do not, and some look like devices.
fn name(streamer: &str) -> String {
    let mut name = String::from("day-");
    for byte in streamer.bytes() {
        if byte.is_ascii_uppercase() || byte.is_ascii_digit() {
            name.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(name, "%{byte:02X}");
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    /// Weekdays from Monday 2026-11-02 on.
    fn bar(number: i64, close: f64) -> DailyBar {
        DailyBar {
            date: date(2026, 11, 2) + (number / 5 * 7 + number % 5).days(),
            open: Some(close),
            high: None,
            low: Some(close - 0.1),
            close,
        }
    }

    fn held(count: i64) -> KnownHistory {
        let bars: Vec<DailyBar> = (0..count).map(|n| bar(n, 100.0)).collect();
        KnownHistory {
            from: date(2026, 11, 1),
            until: bars.last().unwrap().date + 1.day(),
            bars,
        }
    }

    #[test]
    fn nothing_is_missing_over_a_weekend() {
        // Through Friday the thirteenth.
        let held = held(10);
        let asks = |through: Date| !held.covers(date(2026, 11, 1), through);
        assert!(!asks(date(2026, 11, 13)));
        assert!(!asks(date(2026, 11, 15)), "Sunday");
        assert!(asks(date(2026, 11, 16)), "Monday");
        assert!(
            !held.covers(date(2026, 10, 30), date(2026, 11, 13)),
            "older"
        );
    }

    #[test]
    fn newer_bars_go_behind_the_one_they_share() {
        let newer = [bar(9, 100.0), bar(10, 101.0)];
        let until = date(2026, 11, 17);
        let longer = held(10).extended(&newer, until).unwrap();
        assert_eq!(longer.bars.len(), 11);
        assert_eq!(longer.bars[9..], newer);
        assert_eq!(longer.until, until);
    }

    #[test]
    fn a_last_bar_that_changed_voids_all_of_them() {
        let until = date(2026, 11, 17);
        let mut corrected = bar(9, 100.0);
        corrected.low = Some(99.8);
        let mut widened = bar(9, 100.0);
        widened.high = Some(100.5);
        for newer in [
            vec![],
            vec![bar(10, 101.0)],
            vec![bar(9, 50.0), bar(10, 50.5)],
            vec![bar(9, 100.0 * (1.0 + 3e-6))],
            vec![corrected],
            vec![widened],
        ] {
            assert_eq!(held(10).extended(&newer, until), None, "{newer:?}");
        }
        let noise = [bar(9, 100.0 * (1.0 + 1e-9))];
        assert!(held(10).extended(&noise, until).is_some());
    }

    #[test]
    fn names_of_files_differ_where_symbols_do() {
        assert_eq!(name("SPY"), "day-SPY");
        assert_eq!(name("/ESZ26:XCME"), "day-%2FESZ26%3AXCME");
        assert_eq!(name("BACpL"), "day-BAC%70L");
    }

    proptest! {
        #[test]
        fn what_was_written_reads_back(closes in prop::collection::vec(1e-3..1e6_f64, 0..50)) {
            let bars = closes.iter().enumerate().map(|(n, close)| bar(i64::try_from(n).unwrap(), *close));
            let held = KnownHistory { bars: bars.collect(), ..held(1) };
            let text = serde_json::to_string(&held).unwrap();
            let read: KnownHistory = serde_json::from_str(&text).unwrap();
            prop_assert!(read.is_sound());
            prop_assert_eq!(read, held);
        }

        #[test]
        fn it_never_grows_beyond_its_bound(count in 1i64..900) {
            let trimmed = held(count).trimmed();
            prop_assert!(trimmed.bars.len() <= MOST);
            prop_assert_eq!(trimmed.bars.last().copied(), held(count).bars.last().copied());
            prop_assert!(trimmed.from <= trimmed.bars[0].date);
        }
    }
}
