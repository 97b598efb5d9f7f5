//! `GET /market-data/by-type`: quotes of anything, with greeks for options.
//!
//! See `docs/reference/tastytrade-rest.md`, "7.3 `GET /market-data/by-type`".

use futures_util::stream::Stream;
use serde_json::Value;
use tokio::time::Instant;

use super::batch::{self, About, BatchStage, Portion};
use super::client::RestClient;
use super::error::TastyError;
use super::limits::Endpoint;
use super::record::JsonRecord;
use crate::model::market::{MarketData, OptionGreeks};
use crate::model::{Symbol, SymbolKind, Vol};
use crate::net::percent_encoded;

/// Symbols in one request, all types together.
pub(super) const AT_MOST: usize = 100;

/// The bucket a symbol is asked in; in the wrong one it is silently left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MarketDataKind {
    /// Stocks and funds.
    Equity,
    /// Cash indices.
    Index,
    /// Options on stocks, funds and indices.
    EquityOption,
    /// Dated futures contracts.
    Future,
    /// Options on futures, in tastytrade spelling.
    FutureOption,
    /// Crypto pairs.
    Cryptocurrency,
}

impl MarketDataKind {
    /// The bucket the spelling of a symbol suggests; `None` for a futures root, which must be resolved first.
    pub fn of(symbol: &Symbol) -> Option<Self> {
        match symbol.kind() {
            SymbolKind::Equity => Some(Self::Equity),
            SymbolKind::Index => Some(Self::Index),
            SymbolKind::EquityOption => Some(Self::EquityOption),
            SymbolKind::Future => Some(Self::Future),
            SymbolKind::FutureOption => Some(Self::FutureOption),
            SymbolKind::Crypto => Some(Self::Cryptocurrency),
            SymbolKind::FutureRoot => None,
        }
    }

    fn key(self) -> &'static str {
        match self {
            Self::Equity => "equity",
            Self::Index => "index",
            Self::EquityOption => "equity-option",
            Self::Future => "future",
            Self::FutureOption => "future-option",
            Self::Cryptocurrency => "cryptocurrency",
        }
    }
}

impl About for (MarketDataKind, Symbol) {
    fn symbol(&self) -> &Symbol {
        &self.1
    }
}

impl RestClient {
    /// Quotes, a portion per request as it is answered. What is asked as a stock and not known as one is asked once
    /// more as an index.
    pub fn market_data(
        &self,
        asked: &[(MarketDataKind, Symbol)],
        deadline: Instant,
    ) -> impl Stream<Item = Portion<MarketData>> + use<> {
        let client = self.clone();
        batch::portions(asked, AT_MOST, move |part, stage| {
            let client = client.clone();
            async move { client.quotes_of(&part, stage, deadline).await }
        })
    }

    async fn quotes_of(
        &self,
        asked: &[(MarketDataKind, Symbol)],
        stage: BatchStage,
        deadline: Instant,
    ) -> Result<Vec<MarketData>, TastyError> {
        let mut rows = self.quotes_once(asked, stage, deadline).await?;
        let as_index = unknown_stocks(asked, &rows);
        if !as_index.is_empty() {
            match self
                .quotes_once(&as_index, BatchStage::Halved, deadline)
                .await
            {
                Ok(indices) => rows.extend(indices),
                Err(error) => tracing::debug!(%error, "no second look among the indices"),
            }
        }
        Ok(rows)
    }

    async fn quotes_once(
        &self,
        asked: &[(MarketDataKind, Symbol)],
        stage: BatchStage,
        deadline: Instant,
    ) -> Result<Vec<MarketData>, TastyError> {
        let query: Vec<String> = asked
            .iter()
            .map(|(kind, symbol)| format!("{}={}", kind.key(), percent_encoded(symbol.as_str())))
            .collect();
        let path = format!("/market-data/by-type?{}", query.join("&"));
        let retry = self.retry_at(stage);
        let document = self
            .get_with(retry, Endpoint::MarketData, &path, deadline)
            .await?;
        Ok(parse(&document))
    }
}

fn unknown_stocks(
    asked: &[(MarketDataKind, Symbol)],
    rows: &[MarketData],
) -> Vec<(MarketDataKind, Symbol)> {
    asked
        .iter()
        .filter(|(kind, symbol)| {
            *kind == MarketDataKind::Equity && rows.iter().all(|row| row.symbol != *symbol)
        })
        .map(|(_, symbol)| (MarketDataKind::Index, symbol.clone()))
        .collect()
}

/// Reads the whole answer; rows without a symbol are left out.
fn parse(document: &Value) -> Vec<MarketData> {
    JsonRecord::items(document).filter_map(row).collect()
}

fn row(item: JsonRecord<'_>) -> Option<MarketData> {
    Some(MarketData {
        symbol: item.symbol("symbol")?,
        instrument_type: item.name("instrument-type").unwrap_or_default(),
        updated_at: item.time("updated-at"),
        bid: item.number("bid"),
        ask: item.number("ask"),
        bid_size: item.number("bid-size"),
        ask_size: item.number("ask-size"),
        last: item.number("last"),
        open: item.number("open"),
        high: item.number("day-high-price"),
        low: item.number("day-low-price"),
        prev_close: item.number("prev-close"),
        volume: item.number("volume"),
        halted: item.flag("is-trading-halted"),
        open_interest: item.number("open-interest"),
        greeks: OptionGreeks {
            iv: item.number("volatility").and_then(Vol::from_fraction),
            delta: item.number("delta"),
            gamma: item.number("gamma"),
            theta: item.number("theta"),
            vega: item.number("vega"),
            rho: item.number("rho"),
            theo: item.number("theo-price"),
        },
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::test_support::{client, json_reply, mangled, soon, target};
    use super::*;
    use crate::net::responder::Responder;

    const FIXTURE: &str = include_str!("../../fixtures/http_tastytrade_market_data.json");

    fn decoded() -> Vec<MarketData> {
        parse(&serde_json::from_str(FIXTURE).unwrap())
    }

    #[test]
    fn a_recorded_stock_decodes_whole() {
        assert_eq!(
            decoded()[1],
            MarketData {
                symbol: "AAPL".parse().unwrap(),
                instrument_type: "Equity".into(),
                updated_at: "2026-08-24T17:58:51.035Z".parse().ok(),
                bid: Some(312.01),
                ask: Some(312.02),
                bid_size: Some(240.0),
                ask_size: Some(80.0),
                last: Some(312.0151),
                open: Some(311.47),
                high: Some(313.36),
                low: Some(309.97),
                prev_close: Some(309.35),
                volume: Some(16_006_738.789_447),
                halted: Some(false),
                open_interest: None,
                greeks: OptionGreeks::default(),
            }
        );
    }

    #[test]
    fn an_index_has_no_sides_and_an_option_has_greeks() {
        let rows = decoded();
        assert_eq!((rows[0].bid, rows[0].ask), (None, None));
        assert_eq!(rows[0].last, Some(15.8));
        let greeks = rows[3].greeks;
        assert_eq!(greeks.iv, Vol::from_fraction(0.235_349_124));
        assert_eq!(greeks.theta, Some(-0.540_852_829));
        assert_eq!(greeks.vega, Some(2.347_970_638));
        assert_eq!(greeks.theo, Some(801.768_086_004));
        assert_eq!(rows[2].open_interest, Some(510.0));
        assert_eq!(rows[2].symbol.kind(), SymbolKind::EquityOption);
        assert_eq!(rows[3].symbol.kind(), SymbolKind::FutureOption);
    }

    #[test]
    fn camel_case_with_numbers_is_read_too() {
        let row = &decoded()[4];
        assert_eq!(
            (row.bid, row.bid_size, row.ask_size),
            (Some(657.23), Some(8.0), Some(1.0))
        );
        assert_eq!((row.high, row.prev_close), (Some(659.11), Some(657.63)));
        assert_eq!(row.halted, Some(true));
        assert!(row.updated_at.is_some());
    }

    #[tokio::test]
    async fn an_unknown_stock_is_asked_once_more_as_an_index() {
        let server = Responder::answering(|request, _| {
            Some(if target(request).contains("index=VIX") {
                json_reply(
                    200,
                    r#"{"data":{"items":[{"symbol":"VIX","last":"15.8"}]}}"#,
                )
            } else {
                json_reply(
                    200,
                    r#"{"data":{"items":[{"symbol":"BRK/B","last":"500"}]}}"#,
                )
            })
        })
        .await;
        let asked: Vec<_> = ["BRK/B", "VIX"]
            .map(|s| (MarketDataKind::Equity, s.parse().unwrap()))
            .into();
        let portion = Portion::all(client(&server).market_data(&asked, soon())).await;
        let targets: Vec<String> = server.seen().iter().map(|seen| target(seen)).collect();
        assert_eq!(
            targets,
            [
                "/market-data/by-type?equity=BRK%2FB&equity=VIX",
                "/market-data/by-type?index=VIX"
            ]
        );
        assert_eq!((portion.items.len(), portion.absent.len()), (2, 0));
    }

    #[tokio::test]
    async fn kinds_share_a_request_of_at_most_a_hundred_symbols() {
        let server = Responder::answering(|_, _| Some(json_reply(200, r#"{"data":{}}"#))).await;
        let asked: Vec<_> = (0..101)
            .map(|n| (MarketDataKind::Index, format!("I{n}").parse().unwrap()))
            .chain([(
                MarketDataKind::EquityOption,
                "SPY   261218C00600000".parse().unwrap(),
            )])
            .collect();
        let portion = Portion::all(client(&server).market_data(&asked, soon())).await;
        let mut targets: Vec<String> = server.seen().iter().map(|seen| target(seen)).collect();
        targets.sort_by_key(String::len);
        assert_eq!(
            targets[0],
            "/market-data/by-type?index=I100&equity-option=SPY%20%20%20261218C00600000"
        );
        assert_eq!(targets[1].matches("index=").count(), 100);
        assert_eq!(portion.absent.len(), 102);
    }

    #[test]
    fn a_futures_root_has_no_bucket() {
        assert_eq!(MarketDataKind::of(&"/ES".parse().unwrap()), None);
        assert_eq!(
            MarketDataKind::of(&"/ESZ6".parse().unwrap()),
            Some(MarketDataKind::Future)
        );
    }

    proptest! {
        #[test]
        fn no_mangled_answer_makes_the_parser_panic(document in mangled(FIXTURE)) {
            for row in parse(&document) {
                prop_assert!(row.bid.is_none_or(f64::is_finite));
            }
        }
    }
}
