//! From a raw chart to clean daily closes and a quote. Pure; the present moment is an argument.
//!
//! See `docs/reference/legacy-sources.md`, "1.2 Rules for clean daily closes".

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::{Date, Weekday};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, ToSpan};

use super::mapping::YahooSymbol;
use super::wire::{Chart, ChartMeta};
use crate::model::Symbol;
use crate::model::history::is_closed;
use crate::model::market::{DailyChart, DailyClose};
use crate::model::value::round_to;

/// How many closes the longest volatility window takes; what looks odd before them is not worth a word.
const WINDOW: usize = 67;

/// Weekdays from one close to the next beyond which something is missing; no holiday has ever been that long.
const LONGEST_STEP: usize = 5;

/// A move in one day that is rather a split the closes were not adjusted for.
const SUSPICIOUS_MOVE: f64 = 0.4;

/// Cleans a chart. Closes end with the session before today's, whether or not today's is over: that is what
/// tastytrade's own figures use (`docs/reference/legacy-sources.md`, "5. Historical volatility from closes").
pub(super) fn daily_chart(
    symbol: &Symbol,
    yahoo: &YahooSymbol,
    chart: &Chart,
    now: Timestamp,
) -> DailyChart {
    let meta = &chart.meta;
    let zone = zone_of(meta);
    let today = day_in(&zone, now);
    let bars = bars_by_day(chart, &zone);
    let last_at = meta.regular_market_time.and_then(instant);
    // On a Saturday the last trade is Friday's, and its change counts from Thursday.
    let quoted_day = last_at.map_or(today, |at| day_in(&zone, at));
    let prev_close = bars.iter().rfind(|bar| bar.date < quoted_day);
    let price = |raw: f64| (raw > 0.0).then(|| without_noise(raw / yahoo.divisor(), meta));
    let closes: Vec<DailyClose> = bars
        .iter()
        .filter(|bar| is_closed(bar.date, today))
        .map(|bar| DailyClose {
            close: bar.close / yahoo.divisor(),
            ..*bar
        })
        .collect();
    DailyChart {
        symbol: symbol.clone(),
        source_symbol: yahoo.as_str().to_owned(),
        name: word(meta.long_name.as_deref()).or_else(|| word(meta.short_name.as_deref())),
        class: word(meta.instrument_type.as_deref()),
        last: meta.regular_market_price.0.and_then(price),
        last_at,
        high: meta.regular_market_day_high.0.and_then(price),
        low: meta.regular_market_day_low.0.and_then(price),
        volume: meta.regular_market_volume.0.filter(|count| *count >= 0.0),
        prev_close: prev_close.and_then(|bar| price(bar.close)),
        doubts: doubts(yahoo, &closes, &split_days(chart, &zone)),
        closes,
    }
}

/// One close per day of the exchange, ascending, rows without a price left out. Of several rows of one day the latest
/// counts: the live price comes as an extra row.
fn bars_by_day(chart: &Chart, zone: &TimeZone) -> Vec<DailyClose> {
    let opens = chart.timestamp.as_deref().unwrap_or_default();
    let mut rows: Vec<(Timestamp, f64)> = opens
        .iter()
        .zip(chart.closes())
        .filter_map(|(open, close)| {
            let close = close.0.filter(|close| *close > 0.0)?;
            Some((open.and_then(instant)?, close))
        })
        .collect();
    rows.sort_by_key(|(open, _)| *open);
    let by_day: BTreeMap<Date, f64> = rows
        .into_iter()
        .map(|(open, close)| (day_in(zone, open), close))
        .collect();
    by_day
        .into_iter()
        .map(|(date, close)| DailyClose { date, close })
        .collect()
}

fn split_days(chart: &Chart, zone: &TimeZone) -> Vec<Date> {
    chart
        .splits()
        .filter_map(instant)
        .map(|at| day_in(zone, at))
        .collect()
}

/// What a reader of these closes should know.
fn doubts(yahoo: &YahooSymbol, closes: &[DailyClose], splits: &[Date]) -> Vec<String> {
    let window = &closes[closes.len().saturating_sub(WINDOW)..];
    let steps = window.windows(2).map(|pair| (pair[0], pair[1]));
    let about_steps = steps.flat_map(|(before, after)| {
        let change = after.close / before.close - 1.0;
        let split = splits
            .iter()
            .any(|day| before.date < *day && *day <= after.date);
        let gap = is_gap(before.date, after.date)
            .then(|| format!("no closes between {} and {}", before.date, after.date));
        let jump = (change.abs() > SUSPICIOUS_MOVE && !split).then(|| {
            format!(
                "the close moves by {:+.0} % on {} without a split event; it may be an unadjusted split",
                change * 100.0,
                after.date
            )
        });
        gap.into_iter().chain(jump)
    });
    let about_all = yahoo.approximate().map(ToOwned::to_owned);
    about_all.into_iter().chain(about_steps).collect()
}

/// Whether more weekdays than a holiday explains lie between two closes.
fn is_gap(before: Date, after: Date) -> bool {
    before
        .series(1.day())
        .skip(1)
        .take_while(|day| *day <= after)
        .filter(|day| !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday))
        .nth(LONGEST_STEP)
        .is_some()
}

/// The exchange's time zone by name, else by its offset; a name the zone database lacks is no reason to fail.
fn zone_of(meta: &ChartMeta) -> TimeZone {
    let named = meta
        .exchange_timezone_name
        .as_deref()
        .and_then(|name| TimeZone::get(name).ok());
    let by_offset = || {
        let offset = Offset::from_seconds(meta.gmtoffset?).ok()?;
        Some(offset.to_time_zone())
    };
    named.or_else(by_offset).unwrap_or(TimeZone::UTC)
}

fn instant(epoch_seconds: i64) -> Option<Timestamp> {
    Timestamp::from_second(epoch_seconds).ok()
}

fn day_in(zone: &TimeZone, at: Timestamp) -> Date {
    zone.to_datetime(at).date()
}

/// Takes off what single precision added, `165.2100067138672`. Closes for volatility are left as they are.
fn without_noise(price: f64, meta: &ChartMeta) -> f64 {
    round_to(price, i32::from(meta.price_hint.unwrap_or(2)) + 2)
}

fn word(text: Option<&str>) -> Option<Arc<str>> {
    let text = text?.trim();
    (!text.is_empty()).then(|| Arc::from(text))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::super::wire::decode;
    use super::*;

    /// Friday, eleven o'clock in New York.
    const NOW: &str = "2026-11-20T16:00:00Z";

    fn cleaned(body: &[u8], ours: &str, now: &str) -> Option<DailyChart> {
        let symbol: Symbol = ours.parse().unwrap();
        let yahoo = YahooSymbol::of(&symbol).unwrap();
        let chart = decode(200, body, yahoo.as_str()).ok()?;
        Some(daily_chart(&symbol, &yahoo, &chart, now.parse().unwrap()))
    }

    macro_rules! fixture {
        ($name:literal) => {
            fixture!($name, "EXMP", NOW)
        };
        ($name:literal, $ours:expr, $now:expr) => {
            cleaned(
                include_bytes!(concat!("../../fixtures/http_yahoo_", $name, ".json")),
                $ours,
                $now,
            )
            .unwrap()
        };
    }

    fn closes(chart: &DailyChart) -> Vec<f64> {
        chart.closes.iter().map(|close| close.close).collect()
    }

    #[test]
    fn the_live_bar_is_a_quote_and_not_a_close() {
        let chart = fixture!("live");
        assert_eq!(closes(&chart), [100.5, 101.25, 99.75, 102.0]);
        assert_eq!(chart.closes[3].date, date(2026, 11, 19));
        assert_eq!(chart.last, Some(103.5));
        assert_eq!(chart.last_at, "2026-11-20T15:59:00Z".parse().ok());
        assert_eq!((chart.high, chart.low), (Some(104.5), Some(102.5)));
        assert_eq!(chart.volume, Some(1_200_300.0));
        assert_eq!(chart.name.as_deref(), Some("Example Incorporated"));
        assert_eq!(chart.class.as_deref(), Some("EQUITY"));
        assert!(chart.doubts.is_empty(), "{:?}", chart.doubts);
    }

    #[test]
    fn the_change_counts_from_the_session_before_the_quote() {
        // Never from meta's close before the first bar, 77.7.
        assert_eq!(fixture!("live").prev_close, Some(102.0));
        let evening = fixture!("live", "EXMP", "2026-11-21T01:00:00Z");
        assert_eq!(evening.prev_close, Some(102.0));
        let saturday = fixture!("live", "EXMP", "2026-11-21T16:00:00Z");
        assert_eq!(saturday.prev_close, Some(102.0));
    }

    #[test]
    fn todays_close_counts_from_tomorrow_on() {
        let evening = fixture!("live", "EXMP", "2026-11-21T01:00:00Z");
        assert_eq!(closes(&evening).len(), 4);
        let next_day = fixture!("live", "EXMP", "2026-11-21T16:00:00Z");
        assert_eq!(closes(&next_day), [100.5, 101.25, 99.75, 102.0, 103.5]);
    }

    #[test]
    fn a_second_row_for_the_live_day_changes_no_close() {
        assert_eq!(
            closes(&fixture!("live_duplicate")),
            closes(&fixture!("live"))
        );
        let next_day = fixture!("live_duplicate", "EXMP", "2026-11-21T16:00:00Z");
        assert_eq!(closes(&next_day), [100.5, 101.25, 99.75, 102.0, 103.75]);
    }

    #[test]
    fn rows_without_a_price_are_left_out() {
        assert_eq!(closes(&fixture!("null_bar")), [100.5, 99.75, 102.0]);
        assert_eq!(closes(&fixture!("infinity")), [100.5, 101.25, 102.0]);
        let no_last = fixture!("null_last_close", "EXMP", "2026-11-21T16:00:00Z");
        assert_eq!(closes(&no_last), [100.5, 101.25, 99.75, 102.0]);
        assert_eq!(no_last.last, Some(103.5));
        assert_eq!(no_last.prev_close, Some(102.0));
    }

    #[test]
    fn order_and_adjclose_do_not_matter() {
        let plain = fixture!("live");
        assert_eq!(fixture!("unsorted"), plain);
        assert_eq!(fixture!("no_adjclose"), plain);
    }

    #[test]
    fn noise_of_single_precision_is_taken_off_the_quote() {
        let chart = fixture!("float_noise");
        assert_eq!(chart.last, Some(165.21));
        assert_eq!((chart.high, chart.low), (Some(166.3), Some(164.1)));
        assert_eq!(chart.prev_close, Some(164.7));
        assert_ne!(chart.closes[3].close, 164.7, "closes are left as sent");
    }

    #[test]
    fn cents_stay_cents_and_a_future_is_a_doubt() {
        let chart = fixture!("usx", "/ZC", NOW);
        assert_eq!(chart.last, Some(431.25));
        assert_eq!(chart.source_symbol, "ZC=F");
        assert_eq!(chart.name.as_deref(), Some("Corn Futures"));
        insta::assert_snapshot!(
            chart.doubts.join("\n"),
            @"the chart is a continuous front month: its price may be another month's, and the days it rolls on distort its volatility"
        );
    }

    #[test]
    fn the_small_dow_is_a_hundredth_of_the_large_one() {
        let chart = fixture!("djx", "DJX", NOW);
        assert_eq!(chart.last, Some(441.2345));
        assert_eq!(chart.prev_close, Some(440.501));
        assert_eq!(closes(&chart), [440.01, 439.505, 442.0025, 440.501]);
    }

    #[test]
    fn twenty_two_closes_are_not_made_to_look_like_more() {
        assert_eq!(fixture!("22_closes").closes.len(), 22);
        let more = fixture!("23_closes");
        assert_eq!(more.closes.len(), 23);
        assert!(more.doubts.is_empty(), "{:?}", more.doubts);
        // The window spans the end of summer time; its first and last bar open at different UTC hours.
        assert_eq!(more.closes[0].date, date(2026, 10, 20));
        assert_eq!(more.closes[22].date, date(2026, 11, 19));
    }

    #[test]
    fn a_fall_to_a_quarter_is_doubted_unless_a_split_explains_it() {
        assert_eq!(fixture!("split").doubts, Vec::<String>::new());
        insta::assert_snapshot!(
            fixture!("unadjusted_split").doubts.join("\n"),
            @"the close moves by -75 % on 2026-11-18 without a split event; it may be an unadjusted split"
        );
    }

    #[test]
    fn a_holiday_is_no_gap_and_a_lost_week_is() {
        let after = "2026-09-12T16:00:00Z";
        let holiday = fixture!("holiday", "EXMP", after);
        assert_eq!(holiday.closes.len(), 9);
        assert_eq!(holiday.doubts, Vec::<String>::new());
        insta::assert_snapshot!(
            fixture!("gap").doubts.join("\n"),
            @"no closes between 2026-11-05 and 2026-11-16"
        );
    }

    #[test]
    fn an_unknown_time_zone_falls_back_to_the_offset() {
        let text = include_str!("../../fixtures/http_yahoo_live.json");
        let moved = text
            .replace("America/New_York", "Mars/Olympus")
            .replace("\"gmtoffset\":-18000", "\"gmtoffset\":36000");
        let chart = cleaned(moved.as_bytes(), "EXMP", NOW).unwrap();
        // 14:30 UTC is already the next day ten hours further east.
        assert_eq!(chart.closes[0].date, date(2026, 11, 17));
    }

    proptest! {
        #[test]
        fn no_mangled_payload_makes_it_panic(
            at in 0usize..1200,
            cut in 0usize..40,
            put in "[0-9eE.,:\\[\\]{}\"a-z-]{0,24}",
        ) {
            let mut body = include_str!("../../fixtures/http_yahoo_split.json").to_owned();
            body.replace_range(at..at + cut, &put);
            let _ = cleaned(body.as_bytes(), "EXMP", NOW);
        }

        #[test]
        fn whatever_comes_closes_ascend_are_positive_and_end_before_today(
            rows in prop::collection::vec(
                (prop::option::of(any::<i64>()), prop::option::of(any::<f64>())),
                0..30,
            ),
            recent in prop::collection::vec((1_700_000_000i64..1_900_000_000, 0.01f64..1e6), 1..60),
        ) {
            let recent = recent.into_iter().map(|(at, close)| (Some(at), Some(close)));
            let (opens, prices): (Vec<_>, Vec<_>) = rows.into_iter().chain(recent).unzip();
            let body = serde_json::json!({"chart": {"result": [{
                "timestamp": opens,
                "indicators": {"quote": [{"close": prices}]},
            }], "error": null}});
            let chart = cleaned(body.to_string().as_bytes(), "EXMP", NOW).unwrap();
            prop_assert!(chart.closes.is_sorted_by(|a, b| a.date < b.date));
            prop_assert!(chart.closes.iter().all(|bar| bar.close > 0.0 && bar.close.is_finite()));
            prop_assert!(chart.closes.iter().all(|bar| bar.date < date(2026, 11, 20)));
        }
    }
}
