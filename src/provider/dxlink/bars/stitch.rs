//! One history out of two futures contracts.
//!
//! The later contract's bars count from its first one on. Where both have a close for the first time, prices of the
//! earlier contract are multiplied by the ratio of the two closes, and its bars before that day go in front:
//!
//! scaled(t) = earlier(t) · later.close(j) / earlier.close(j) for t < j, the first day both have.
//!
//! So every return lies within one contract, however far apart their prices are; only the level of old prices is made up,
//! and no estimator sees a level.

use crate::model::DailyBar;

/// The later contract's bars with the earlier one's in front, both oldest first. `None` when they have no day in common:
/// a return across contracts is not made up.
pub(super) fn stitch(later: &[DailyBar], earlier: &[DailyBar]) -> Option<Joined> {
    let (junction, there) = later.iter().enumerate().find_map(|(place, bar)| {
        let at = earlier.binary_search_by_key(&bar.date, |bar| bar.date);
        Some((place, at.ok()?))
    })?;
    let ratio = later[junction].close / earlier[there].close;
    let before = earlier[..there].iter().map(|bar| scaled(bar, ratio));
    Some(Joined {
        bars: before.chain(later[junction..].iter().copied()).collect(),
        later: later.len() - junction,
    })
}

/// A history of two contracts.
#[derive(Debug, PartialEq)]
pub(super) struct Joined {
    /// Oldest first.
    pub(super) bars: Vec<DailyBar>,
    /// How many of them, the last ones, are the later contract's.
    pub(super) later: usize,
}

fn scaled(bar: &DailyBar, ratio: f64) -> DailyBar {
    let by = |price: Option<f64>| price.map(|price| price * ratio);
    DailyBar {
        date: bar.date,
        open: by(bar.open),
        high: by(bar.high),
        low: by(bar.low),
        close: bar.close * ratio,
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::{Date, date};
    use proptest::prelude::*;

    use super::*;

    fn day(number: usize) -> Date {
        date(2026, 9, 1) + i64::try_from(number).unwrap().days()
    }

    fn bar(number: usize, close: f64) -> DailyBar {
        DailyBar {
            date: day(number),
            open: Some(close - 1.0),
            high: Some(close + 2.0),
            low: Some(close - 2.0),
            close,
        }
    }

    fn bars(first: usize, closes: &[f64]) -> Vec<DailyBar> {
        let numbered = closes.iter().enumerate();
        numbered.map(|(n, close)| bar(first + n, *close)).collect()
    }

    fn closes(bars: &[DailyBar]) -> Vec<f64> {
        bars.iter().map(|bar| bar.close).collect()
    }

    #[test]
    fn older_prices_are_brought_to_the_later_contracts_level() {
        let earlier = bars(0, &[50.0, 52.0, 51.0, 53.0]);
        let later = bars(2, &[102.0, 107.0, 105.0]);
        let joined = stitch(&later, &earlier).unwrap().bars;
        assert_eq!(closes(&joined), [100.0, 104.0, 102.0, 107.0, 105.0]);
        assert_eq!(joined[0].date, day(0));
        let first = joined[0];
        assert_eq!(
            (first.open, first.high, first.low),
            (Some(98.0), Some(104.0), Some(96.0))
        );
        // Days that both have are the later contract's own.
        assert_eq!(joined[2..], later);
    }

    #[test]
    fn contracts_that_never_met_are_not_joined() {
        assert_eq!(stitch(&bars(5, &[1.0, 2.0]), &bars(0, &[1.0, 2.0])), None);
        assert_eq!(stitch(&[], &bars(0, &[1.0])), None);
        assert_eq!(stitch(&bars(0, &[1.0]), &[]), None);
    }

    #[test]
    fn an_earlier_contract_without_older_bars_adds_nothing() {
        let later = bars(0, &[3.0, 4.0]);
        let joined = stitch(&later, &bars(0, &[1.0, 2.0])).unwrap();
        assert_eq!((joined.later, joined.bars), (2, later));
    }

    /// When the later contract's first days have no counterpart, they are dropped rather than joined over a gap.
    #[test]
    fn the_join_is_on_a_day_that_both_have() {
        let later = bars(0, &[10.0, 20.0, 30.0]);
        let mut earlier = bars(0, &[1.0, 2.0, 3.0]);
        earlier[0].date = day(0) - 3.days();
        let joined = stitch(&later, &earlier).unwrap().bars;
        assert_eq!(closes(&joined), [10.0, 20.0, 30.0]);
        assert_eq!(joined[0].date, day(0) - 3.days());
    }

    proptest! {
        /// Every return of the joined series is one of the two contracts' own.
        #[test]
        fn no_return_lies_across_contracts(
            old in prop::collection::vec(1.0..1000.0_f64, 2..30),
            new in prop::collection::vec(1.0..1000.0_f64, 2..30),
            first in 0usize..40,
        ) {
            let (earlier, later) = (bars(0, &old), bars(first, &new));
            let Some(joined) = stitch(&later, &earlier) else {
                prop_assert!(first >= old.len());
                return Ok(());
            };
            for pair in joined.bars.windows(2) {
                let own = if pair[1].date <= later[0].date { &earlier } else { &later };
                let close = |date: Date| own.iter().find(|bar| bar.date == date).unwrap().close;
                let (found, expected) = (pair[1].close / pair[0].close, close(pair[1].date) / close(pair[0].date));
                prop_assert!((found / expected - 1.0).abs() < 1e-12);
            }
        }
    }
}
