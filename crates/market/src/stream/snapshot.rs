//! Candle history as snapshots with BEGIN, END and SNIP, and candle symbols in normal form.
//!
//! See `docs/reference/dxlink-protocol.md`, "10. Indexed events, snapshots, eventFlags" and "11. Candle symbols".

use std::sync::Arc;

use super::delivery::Event;
use super::subscriptions::Key;
use crate::market::Market;
use crate::wire::{Candle, WireValue};

pub(super) const PENDING: i64 = 0x01;
pub(super) const REMOVE: i64 = 0x02;
pub(super) const BEGIN: i64 = 0x04;
pub(super) const END: i64 = 0x08;
const SNIP: i64 = 0x10;

/// A bar with the flags under which it is sent.
pub(super) type Row = (Candle, i64);

/// The daily bars behind a candle subscription.
pub(super) struct Bars {
    /// The form in which the server echoes the symbol.
    symbol: Arc<str>,
    /// Oldest first.
    pub(super) bars: Vec<Candle>,
}

impl Bars {
    /// The bars from `from` (milliseconds) on; `None` when the market has no such symbol or period.
    pub(super) fn of(market: &Market, key: &Key, from: i64, tick: u64) -> Option<Self> {
        let symbol = daily(&key.symbol)?;
        let bars = market.candles(symbol.base, from, tick);
        if bars.is_empty() && !market.has_candles(symbol.base) {
            return None;
        }
        Some(Self {
            symbol: symbol.normal,
            bars,
        })
    }

    /// Rows as events, under the symbol's normal form.
    pub(super) fn events(&self, key: &Key, rows: &[Row]) -> Vec<Event> {
        rows.iter()
            .map(|(bar, flags)| Event {
                kind: key.kind.clone(),
                symbol: self.symbol.clone(),
                values: bar.fields(*flags),
            })
            .collect()
    }
}

/// The base of a candle symbol of daily bars.
pub(super) fn base(symbol: &str) -> Option<&str> {
    daily(symbol).map(|symbol| symbol.base)
}

/// A snapshot of bars: newest first, closed by a placeholder at `from` unless a bar stands exactly there, or cut after
/// `most_rows` with SNIP.
pub(super) fn rows(bars: &[Candle], from: i64, most_rows: usize) -> Vec<Row> {
    let mut rows: Vec<Row> = bars.iter().rev().map(|bar| (bar.clone(), 0)).collect();
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
    rows
}

/// The bar that is still moving, unless it lies before `from` (milliseconds).
pub(super) fn live_candle(
    market: &Market,
    key: &Key,
    from: Option<i64>,
    tick: u64,
) -> Option<Event> {
    /// Long enough to hold the last session of any week.
    const A_FORTNIGHT_MS: i64 = 14 * 86_400_000;
    let recent = market.time_ms(tick) - A_FORTNIGHT_MS;
    let since = from.map_or(recent, |from| from.max(recent));
    let found = Bars::of(market, key, since, tick)?;
    let newest = (found.bars.last()?.clone(), 0);
    found.events(key, &[newest]).pop()
}

/// A series that consists of its present value alone.
pub(super) fn of_one(mut event: Event) -> Event {
    for (name, value) in &mut event.values {
        if *name == "eventFlags" {
            *value = WireValue::Integer(BEGIN | END);
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
