//! Historical volatility from daily bars: which bars are needed for which line, where they come from, and what they say.
//!
//! Pure bookkeeping around pure parts: [`stitch`] joins contracts, [`cache`] is what is kept between runs, [`requests`]
//! leads a line to its bars. It says what to ask and is told what came; it knows no stream and no merge table.

mod cache;
mod requests;
mod stitch;

pub(in crate::provider) use cache::BarCache;
pub(super) use requests::{Availability, BarRequest, BarRequests, LineBars};

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::super::merge::Observation;
use crate::model::history::is_closed;
use crate::model::{DailyBar, Estimator, FieldSet, HvWindow, Origin, Value};
use crate::vol;
use dxlink::event::Candle;

/// How many bars the longest of the wanted windows takes; 0 when none is wanted.
pub(super) fn bars_for(wants: FieldSet, estimator: Estimator) -> usize {
    let wanted = wants.iter().filter_map(HvWindow::of);
    wanted
        .map(|window| estimator.bars(window.returns()))
        .max()
        .unwrap_or(0)
}

/// What the bars of a line say, each with the word for where it is from.
pub(super) fn observations(found: &LineBars, estimator: Estimator) -> Vec<(Origin, Observation)> {
    let windows = HvWindow::ALL.iter().filter_map(|window| {
        let vol = vol::history::of_bars(estimator, &found.bars, *window)?;
        let is_own = estimator.bars(window.returns()) <= found.own;
        let origin = if is_own {
            found.origin
        } else {
            Origin::Stitched
        };
        let said = Observation {
            field: window.field(),
            value: Value::number(vol.percent())?,
            at: None,
        };
        Some((origin, said))
    });
    windows.collect()
}

/// The sessions among candles that are over and have a close, one per day, ascending. A daily candle begins at midnight
/// UTC of its day (`docs/reference/dxlink-protocol.md`, "11. Candle symbols").
pub(super) fn closed_bars(candles: &[Candle], today: Date) -> Vec<DailyBar> {
    let mut bars: Vec<DailyBar> = candles
        .iter()
        .filter_map(bar)
        .filter(|bar| is_closed(bar.date, today))
        .collect();
    bars.sort_by_key(|bar| bar.date);
    // Of two that claim one day the later counts.
    bars.reverse();
    bars.dedup_by_key(|bar| bar.date);
    bars.reverse();
    bars
}

fn bar(candle: &Candle) -> Option<DailyBar> {
    let start = candle.time.timestamp()?;
    Some(DailyBar {
        date: start.to_zoned(TimeZone::UTC).date(),
        open: candle.open.available(),
        high: candle.high.available(),
        low: candle.low.available(),
        close: candle.close.available().filter(|close| *close > 0.0)?,
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::model::{Field, Reason};
    use dxlink::event::{Double, Millis};

    const DAY_MS: i64 = 86_400_000;

    /// A candle that begins so many days after 2026-11-16, a Monday.
    fn candle(day: i64, close: f64) -> Candle {
        let monday = 1_794_787_200_000;
        Candle {
            time: Millis(monday + day * DAY_MS),
            index: day,
            open: Double(close - 1.0),
            high: Double(close + 1.0),
            low: Double(f64::NAN),
            close: Double(close),
            ..Candle::default()
        }
    }

    #[test]
    fn only_sessions_before_todays_count() {
        let candles = [
            candle(2, 12.0),
            candle(0, 10.0),
            candle(1, 11.0),
            candle(3, 13.0),
        ];
        let days = |today| -> Vec<Date> {
            closed_bars(&candles, today)
                .iter()
                .map(|bar| bar.date)
                .collect()
        };
        let [monday, tuesday, wednesday] = [16, 17, 18].map(|day| date(2026, 11, day));
        assert_eq!(days(date(2026, 11, 19)), [monday, tuesday, wednesday]);
        // A session of futures begins the evening before, under the next day's date.
        assert_eq!(days(tuesday), [monday]);
    }

    #[test]
    fn what_is_not_available_is_absent() {
        let bars = closed_bars(&[candle(0, 10.0)], date(2026, 11, 20));
        assert_eq!(
            (bars[0].open, bars[0].low, bars[0].close),
            (Some(9.0), None, 10.0)
        );
        let broken = [candle(0, f64::NAN), candle(1, 0.0), candle(2, -3.0)];
        assert_eq!(closed_bars(&broken, date(2026, 11, 20)), []);
    }

    #[test]
    fn of_two_candles_of_a_day_the_later_counts() {
        let mut later = candle(0, 11.0);
        later.time = Millis(later.time.0 + 1000);
        let bars = closed_bars(&[candle(0, 10.0), later], date(2026, 11, 20));
        assert_eq!(bars.iter().map(|bar| bar.close).collect::<Vec<_>>(), [11.0]);
    }

    #[test]
    fn only_windows_that_reach_into_another_contract_are_stitched() {
        use Origin::{Cached, Stitched};
        let candles: Vec<Candle> = (0..50)
            .map(|day: i64| candle(day, if day % 2 == 0 { 10.0 } else { 11.0 }))
            .collect();
        let found = LineBars {
            line: 0,
            bars: closed_bars(&candles, date(2027, 6, 1)),
            own: 23,
            origin: Origin::Cached,
            lacking: Reason::ShortHistory,
            is_cut: false,
        };
        let said: Vec<_> = observations(&found, Estimator::Close)
            .into_iter()
            .map(|(origin, said)| (said.field, origin))
            .collect();
        assert_eq!(
            said,
            [
                (Field::Hv10, Cached),
                (Field::Hv20, Cached),
                (Field::Hv30, Cached),
                (Field::Hv45, Stitched),
                (Field::Hv60, Stitched),
            ]
        );
    }

    #[test]
    fn the_longest_wanted_window_decides() {
        let usual = FieldSet::of(&[Field::Hv30, Field::Hv90, Field::Iv]);
        assert_eq!(bars_for(usual, Estimator::Close), 67);
        assert_eq!(bars_for(usual, Estimator::Parkinson), 66);
        assert_eq!(bars_for(FieldSet::of(&[Field::Iv]), Estimator::Close), 0);
        assert_eq!(bars_for(FieldSet::all(), Estimator::YangZhang), 269);
    }
}
