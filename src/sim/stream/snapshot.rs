//! Candle history as snapshots with BEGIN, END and SNIP, and candle symbols in normal form (dxlink-protocol §10, §11).

use std::sync::Arc;

use super::delivery::Event;
use super::subscriptions::Key;
use crate::sim::market::Market;
use crate::sim::wire::{Candle, Wire};

const REMOVE: i64 = 0x02;
const BEGIN: i64 = 0x04;
const END: i64 = 0x08;
const SNIP: i64 = 0x10;

/// The snapshot of daily bars from `from` (milliseconds) on: newest first, closed by a placeholder at `from` unless a
/// bar stands exactly there, or cut after `most_rows` with SNIP.
pub(super) fn candles(
    market: &Market,
    key: &Key,
    from: i64,
    tick: u64,
    most_rows: usize,
) -> Vec<Event> {
    let Some(symbol) = daily(&key.symbol) else {
        return Vec::new();
    };
    let bars = market.candles(symbol.base, from, tick);
    if bars.is_empty() && market.event("Trade", symbol.base, tick).is_none() {
        return Vec::new();
    }
    let mut rows: Vec<(Candle, i64)> = bars.into_iter().rev().map(|bar| (bar, 0)).collect();
    let closing = if rows.len() > most_rows {
        rows.truncate(most_rows);
        SNIP
    } else {
        if rows.last().is_none_or(|(bar, _)| bar.time != from) {
            rows.push((Candle::removed(from), REMOVE));
        }
        END
    };
    if let Some((_, flags)) = rows.last_mut() {
        *flags |= closing;
    }
    if let Some((_, flags)) = rows.first_mut() {
        *flags |= BEGIN;
    }
    rows.iter()
        .map(|(bar, flags)| Event {
            kind: key.kind.clone(),
            symbol: symbol.normal.clone(),
            values: bar.fields(*flags),
        })
        .collect()
}

/// The bar that is still moving.
pub(super) fn live_candle(market: &Market, key: &Key, tick: u64) -> Option<Event> {
    /// Long enough to hold the last session of any week.
    const A_FORTNIGHT_MS: i64 = 14 * 86_400_000;
    let symbol = daily(&key.symbol)?;
    let since = market.time_ms(tick) - A_FORTNIGHT_MS;
    let bar = market.candles(symbol.base, since, tick).pop()?;
    Some(Event {
        kind: key.kind.clone(),
        symbol: symbol.normal,
        values: bar.fields(0),
    })
}

/// A series that consists of its present value alone.
pub(super) fn of_one(mut event: Event) -> Event {
    for (name, value) in &mut event.values {
        if *name == "eventFlags" {
            *value = Wire::Integer(BEGIN | END);
        }
    }
    event
}

/// A candle symbol of daily bars.
struct Daily<'a> {
    base: &'a str,
    /// The form in which the server echoes the symbol.
    normal: Arc<str>,
}

/// Reads a candle symbol; `None` when its period is not the day, the only one the market has bars for.
fn daily(symbol: &str) -> Option<Daily<'_>> {
    let (base, attributes) = symbol.strip_suffix('}')?.split_once('{')?;
    let mut pairs: Vec<(&str, String)> = attributes
        .split(',')
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, value)| (key, value.to_ascii_lowercase()))
        .filter(|(key, value)| !is_default(key, value))
        .collect();
    pairs.sort();
    let (_, period) = pairs.iter_mut().find(|(key, _)| key.is_empty())?;
    if !matches!(period.as_str(), "d" | "1d" | "day" | "1day") {
        return None;
    }
    "d".clone_into(period);
    let written: Vec<String> = pairs
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    Some(Daily {
        base,
        normal: format!("{base}{{{}}}", written.join(",")).into(),
    })
}

fn is_default(key: &str, value: &str) -> bool {
    matches!(
        (key, value),
        ("price", "last") | ("tho", "false") | ("a", "m") | ("pl" | "dt", "")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candle_symbols_are_echoed_in_normal_form() {
        for (asked, echoed) in [
            ("SPY{=d}", "SPY{=d}"),
            ("IBM{=1d}", "IBM{=d}"),
            ("SPY{price=last,=1Day,tho=false}", "SPY{=d}"),
            ("/ES:XCME{price=s,=d}", "/ES:XCME{=d,price=s}"),
        ] {
            assert_eq!(&*daily(asked).unwrap().normal, echoed, "{asked}");
        }
    }

    #[test]
    fn only_daily_bars_exist() {
        for asked in ["SPY", "SPY{=5m}", "SPY{tho=true}", "SPY{=d"] {
            assert!(daily(asked).is_none(), "{asked}");
        }
    }
}
