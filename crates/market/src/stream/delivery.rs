//! How a subscription is served: contract resolution, first values and live updates.
//!
//! See `docs/reference/dxlink-protocol.md`, "7.1 Parameters and contracts" and "10. Indexed events, snapshots,
//! eventFlags".
//!
//! Turns the market's rows into events; knows no field list and no message.

use std::sync::Arc;

use super::snapshot::{self, Bars};
use super::subscriptions::Key;
use crate::market::Market;
use crate::wire::WireValue;

/// The contract of a FEED channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FeedContract {
    Auto,
    Ticker,
    Stream,
    History,
}

impl FeedContract {
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "AUTO" => Self::Auto,
            "TICKER" => Self::Ticker,
            "STREAM" => Self::Stream,
            "HISTORY" => Self::History,
            _ => return None,
        })
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Auto => "AUTO",
            Self::Ticker => "TICKER",
            Self::Stream => "STREAM",
            Self::History => "HISTORY",
        }
    }
}

/// How one item of a channel is delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Delivery {
    /// The newest value, replaced by each update.
    Latest,
    /// A snapshot from this moment on (milliseconds), then updates by index.
    Series(i64),
    /// Nothing the market has.
    Nothing,
}

/// Event types that are series in time when asked with `fromTime`.
const TIME_SERIES: [&str; 5] = ["Candle", "Greeks", "TheoPrice", "Underlying", "TimeAndSale"];

/// Event types that are kept by index without being series in time.
pub(super) const INDEXED: [&str; 3] = ["Series", "Order", "OptionSale"];

/// Chooses the delivery of an item by the channel's contract, its type and the presence of `fromTime`.
pub(super) fn resolve(contract: FeedContract, kind: &str, from_time: Option<i64>) -> Delivery {
    let is_series = TIME_SERIES.contains(&kind);
    match (contract, from_time) {
        (FeedContract::Auto | FeedContract::History, Some(from)) if is_series => {
            Delivery::Series(from)
        }
        (FeedContract::History, _) => Delivery::Nothing,
        _ => Delivery::Latest,
    }
}

/// One event before it is laid out.
#[derive(Clone, Debug)]
pub(super) struct Event {
    pub(super) kind: Arc<str>,
    pub(super) symbol: Arc<str>,
    pub(super) values: Vec<(&'static str, WireValue)>,
}

/// The events a fresh subscription is owed at once; empty for what the market does not know.
pub(super) fn first(
    market: &Market,
    key: &Key,
    delivery: Delivery,
    tick: u64,
    most_rows: usize,
) -> Vec<Event> {
    match delivery {
        Delivery::Nothing => Vec::new(),
        Delivery::Latest => update(market, key, None, tick).into_iter().collect(),
        Delivery::Series(from) if &*key.kind == "Candle" => Bars::of(market, key, from, tick)
            .map_or_else(Vec::new, |found| {
                found.events(key, &snapshot::rows(&found.bars, from, most_rows))
            }),
        Delivery::Series(_) => update(market, key, None, tick)
            .map(snapshot::of_one)
            .into_iter()
            .collect(),
    }
}

/// The present value of a subscription as an update; nothing when it lies before the subscription's start.
pub(super) fn update(market: &Market, key: &Key, from: Option<i64>, tick: u64) -> Option<Event> {
    if &*key.kind == "Candle" {
        return snapshot::live_candle(market, key, from, tick);
    }
    Some(Event {
        kind: key.kind.clone(),
        symbol: key.symbol.clone(),
        values: market.event(&key.kind, &key.symbol, tick)?,
    })
}

/// Whether events of this type keep moving after the first value.
pub(super) fn is_live(kind: &str) -> bool {
    !matches!(kind, "Summary" | "Profile")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auto_is_resolved_by_type_and_from_time() {
        for (kind, from, expected) in [
            ("Quote", None, Delivery::Latest),
            ("Candle", None, Delivery::Latest),
            ("Candle", Some(7), Delivery::Series(7)),
            ("Greeks", None, Delivery::Latest),
            ("Greeks", Some(7), Delivery::Series(7)),
            ("Quote", Some(7), Delivery::Latest),
        ] {
            assert_eq!(resolve(FeedContract::Auto, kind, from), expected, "{kind}");
        }
    }

    #[test]
    fn a_ticker_never_has_a_history_and_a_history_never_a_plain_value() {
        assert_eq!(
            resolve(FeedContract::Ticker, "Candle", Some(7)),
            Delivery::Latest
        );
        assert_eq!(
            resolve(FeedContract::History, "Quote", None),
            Delivery::Nothing
        );
    }
}
