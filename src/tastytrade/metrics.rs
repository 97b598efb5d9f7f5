//! `GET /market-metrics`: volatility, liquidity, earnings and dividends of underlyings.
//!
//! See `docs/reference/tastytrade-rest.md`, "7.1 `GET /market-metrics`".
//!
//! The endpoint mixes units. The index, ranks, percentile, yield and per-expiration volatilities are fractions; fields
//! that name a number of days of history are percent points.

use std::collections::BTreeMap;

use futures_util::stream::Stream;
use serde_json::Value;
use tokio::time::Instant;

use super::batch::{self, BatchStage, Portion};
use super::client::RestClient;
use super::error::TastyError;
use super::limits::Endpoint;
use super::record::JsonRecord;
use crate::model::market::{ExpirationVol, Metrics};
use crate::model::{Symbol, Vol};
use crate::net::{Retry, percent_encoded};

impl RestClient {
    /// Metrics of underlyings and futures roots, a portion per request as it is answered.
    pub fn market_metrics(
        &self,
        symbols: &[Symbol],
        deadline: Instant,
    ) -> impl Stream<Item = Portion<Metrics>> + use<> {
        let client = self.clone();
        batch::portions(symbols, self.inner.batch_size, move |part, stage| {
            let client = client.clone();
            async move { client.metrics_of(&part, stage, deadline).await }
        })
    }

    async fn metrics_of(
        &self,
        symbols: &[Symbol],
        stage: BatchStage,
        deadline: Instant,
    ) -> Result<Vec<Metrics>, TastyError> {
        let list: Vec<String> = symbols
            .iter()
            .map(|s| percent_encoded(s.as_str()))
            .collect();
        let path = format!("/market-metrics?symbols={}", list.join(","));
        let retry = self.retry_at(stage);
        let document = self
            .get_with(retry, Endpoint::MarketMetrics, &path, deadline)
            .await?;
        Ok(parse(&document))
    }

    /// Attempts of a request in a batch: halves of a failed one are asked once.
    pub(super) fn retry_at(&self, stage: BatchStage) -> Retry {
        match stage {
            BatchStage::First => self.retry(),
            BatchStage::Halved => Retry {
                tries: 1,
                ..self.retry()
            },
        }
    }
}

/// Reads the whole answer; items without a symbol are left out.
fn parse(document: &Value) -> Vec<Metrics> {
    JsonRecord::items(document).filter_map(metrics).collect()
}

fn metrics(item: JsonRecord<'_>) -> Option<Metrics> {
    let fraction = |key| item.number(key).and_then(Vol::from_fraction);
    let percent = |key| item.number(key).and_then(Vol::from_percent);
    let earnings = item.record("earnings");
    Some(Metrics {
        symbol: item.symbol("symbol")?,
        iv_index: fraction("implied-volatility-index"),
        iv_change_5d: item.number("implied-volatility-index-5-day-change"),
        iv_rank: item
            .number("implied-volatility-index-rank")
            .or_else(|| item.number("tos-implied-volatility-index-rank")),
        iv_percentile: item.number("implied-volatility-percentile"),
        iv_updated_at: item.time("implied-volatility-updated-at"),
        hv30: percent("historical-volatility-30-day"),
        hv60: percent("historical-volatility-60-day"),
        hv90: percent("historical-volatility-90-day"),
        expirations: expirations(item),
        liquidity_rating: item.number("liquidity-rating"),
        liquidity_rank: item.number("liquidity-rank"),
        beta: item.number("beta"),
        corr_spy: item.number("corr-spy-3month"),
        borrow_rate: item.number("borrow-rate"),
        dividend_yield: item.number("dividend-yield"),
        ex_dividend: item.date("dividend-ex-date"),
        earnings_date: earnings.and_then(|earnings| earnings.date("expected-report-date")),
        earnings_time: earnings.and_then(|earnings| earnings.name("time-of-day")),
        market_cap: item.number("market-cap"),
        sector: item.name("sector"),
        industry: item.name("industry"),
        updated_at: item.time("updated-at"),
    })
}

/// Standard chains only, one entry per date; where a date settles in the morning and in the evening, the evening counts.
fn expirations(item: JsonRecord<'_>) -> Vec<ExpirationVol> {
    let mut by_date = BTreeMap::new();
    for expiration in item.list("option-expiration-implied-volatilities") {
        let is_standard = expiration
            .text("option-chain-type")
            .is_none_or(|kind| kind == "Standard");
        let iv = expiration
            .number("implied-volatility")
            .and_then(Vol::from_fraction);
        let (Some(date), Some(iv), true) = (expiration.date("expiration-date"), iv, is_standard)
        else {
            continue;
        };
        let is_evening = expiration.text("settlement-type") == Some("PM");
        if is_evening || !by_date.contains_key(&date) {
            by_date.insert(date, iv);
        }
    }
    by_date
        .into_iter()
        .map(|(date, iv)| ExpirationVol { date, iv })
        .collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::super::test_support::{client, json_reply, mangled, soon, target};
    use super::*;
    use crate::net::responder::Responder;

    const FIXTURE: &str = include_str!("../../fixtures/http_tastytrade_market_metrics.json");

    fn decoded() -> Vec<Metrics> {
        parse(&serde_json::from_str(FIXTURE).unwrap())
    }

    #[test]
    fn a_recorded_item_decodes_whole() {
        let iv = |date, fraction| ExpirationVol {
            date,
            iv: Vol::from_fraction(fraction).unwrap(),
        };
        assert_eq!(
            decoded()[1],
            Metrics {
                symbol: "AAPL".parse().unwrap(),
                iv_index: Vol::from_fraction(0.261_833_862),
                iv_change_5d: Some(-0.000_167_047),
                iv_rank: Some(0.427_330_631),
                iv_percentile: Some(0.330_776_021),
                iv_updated_at: "2026-08-24T17:57:01Z".parse().ok(),
                hv30: Vol::from_percent(33.89),
                hv60: Vol::from_percent(34.94),
                hv90: Vol::from_percent(31.53),
                expirations: vec![
                    iv(date(2026, 8, 24), 0.374_500_134),
                    iv(date(2026, 10, 16), 0.281),
                    iv(date(2026, 11, 20), 0.29),
                ],
                liquidity_rating: Some(4.0),
                liquidity_rank: Some(0.396_082_599),
                beta: Some(1.080_855_512),
                corr_spy: Some(0.27),
                borrow_rate: Some(0.0),
                dividend_yield: Some(0.003_491_191),
                ex_dividend: Some(date(2026, 8, 10)),
                earnings_date: Some(date(2026, 7, 30)),
                earnings_time: Some("AMC".into()),
                market_cap: Some(4_514_709_583_000.0),
                sector: None,
                industry: None,
                updated_at: "2026-08-24T17:57:02Z".parse().ok(),
            }
        );
    }

    #[test]
    fn the_index_is_a_fraction_and_history_is_percent_points() {
        let tsla = &decoded()[0];
        assert_eq!(tsla.iv_index.unwrap().percent(), 55.09);
        assert_eq!(tsla.hv30.unwrap().percent(), 36.63);
        assert_eq!(tsla.earnings_date, None);
    }

    #[test]
    fn broken_items_cost_nothing_but_themselves() {
        let items = decoded();
        assert_eq!(items.len(), 3);
        let root = &items[2];
        assert_eq!(root.symbol.as_str(), "/ES");
        assert_eq!(root.iv_index.unwrap().percent(), 14.23);
        assert_eq!(root.liquidity_rating, Some(5.0));
        assert_eq!((root.hv30, root.hv60, root.hv90), (None, None, None));
        assert_eq!(root.beta, None);
    }

    #[tokio::test]
    async fn symbols_go_out_as_one_encoded_list() {
        let server = Responder::start(vec![json_reply(200, FIXTURE)]).await;
        let asked: Vec<Symbol> = ["AAPL", "BRK/B", "/ES"].map(|s| s.parse().unwrap()).into();
        let portion = Portion::all(client(&server).market_metrics(&asked, soon())).await;
        assert_eq!(
            target(&server.seen()[0]),
            "/market-metrics?symbols=AAPL,BRK%2FB,%2FES"
        );
        assert_eq!(portion.items.len(), 2);
        assert_eq!(portion.absent, ["BRK/B".parse().unwrap()]);
    }

    #[tokio::test]
    async fn the_second_batch_is_not_lost_with_the_first() {
        let server = Responder::answering(|request, _| {
            Some(if request.contains("S0,") {
                json_reply(403, "{}")
            } else {
                json_reply(200, r#"{"data":{"items":[{"symbol":"S50"}]}}"#)
            })
        })
        .await;
        let asked: Vec<Symbol> = (0..51).map(|n| format!("S{n}").parse().unwrap()).collect();
        let portion = Portion::all(client(&server).market_metrics(&asked, soon())).await;
        assert_eq!((portion.items.len(), portion.failed.len()), (1, 50));
        assert!(portion.failed[0].1.is_entitlement());
    }

    proptest! {
        #[test]
        fn no_mangled_answer_makes_the_parser_panic(document in mangled(FIXTURE)) {
            for item in parse(&document) {
                prop_assert!(item.beta.is_none_or(f64::is_finite));
            }
        }
    }
}
