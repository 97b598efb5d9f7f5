//! `GET /instruments/equities` and `/instruments/futures`.
//!
//! See `docs/reference/tastytrade-rest.md`, "7.7 Futures" and "7.8 Equities".

use futures_util::stream::Stream;
use serde_json::Value;
use tokio::time::Instant;

use super::batch::{self, BatchStage, Portion};
use super::client::RestClient;
use super::error::TastyError;
use super::limits::Endpoint;
use super::record::JsonRecord;
use crate::model::Symbol;
use crate::model::instrument::{EquityInstrument, FutureContract, InstrumentClass};
use crate::net::percent_encoded;

/// Stocks in one request.
pub(super) const AT_MOST: usize = 50;

impl RestClient {
    /// What stocks, funds and indices are, a portion per request as it is answered.
    pub fn equities(
        &self,
        symbols: &[Symbol],
        deadline: Instant,
    ) -> impl Stream<Item = Portion<EquityInstrument>> + use<> {
        let client = self.clone();
        batch::portions(symbols, AT_MOST, move |part, stage| {
            let client = client.clone();
            async move { client.equities_of(&part, stage, deadline).await }
        })
    }

    async fn equities_of(
        &self,
        symbols: &[Symbol],
        stage: BatchStage,
        deadline: Instant,
    ) -> Result<Vec<EquityInstrument>, TastyError> {
        let path = format!(
            "/instruments/equities?{}&per-page=250",
            repeated("symbol", symbols.iter().map(Symbol::as_str))
        );
        let retry = self.retry_at(stage);
        let pages = self
            .pages(retry, Endpoint::Equities, &path, deadline)
            .await?;
        Ok(pages.iter().flat_map(parse_equities).collect())
    }

    /// The listed contracts of futures products, given by code without slash (`ES`). Their order means nothing.
    ///
    /// # Errors
    ///
    /// Those of [`TastyError`]; an unknown product has no contracts.
    pub async fn futures(
        &self,
        products: &[&str],
        deadline: Instant,
    ) -> Result<Vec<FutureContract>, TastyError> {
        if products.is_empty() {
            return Ok(Vec::new());
        }
        let path = format!(
            "/instruments/futures?{}&per-page=250",
            repeated("product-code", products.iter().copied())
        );
        let pages = self
            .pages(self.retry(), Endpoint::Futures, &path, deadline)
            .await?;
        Ok(pages.iter().flat_map(parse_futures).collect())
    }
}

fn repeated<'a>(key: &str, values: impl Iterator<Item = &'a str>) -> String {
    let pairs: Vec<String> = values
        .map(|value| format!("{key}[]={}", percent_encoded(value)))
        .collect();
    pairs.join("&")
}

fn parse_equities(document: &Value) -> Vec<EquityInstrument> {
    JsonRecord::items(document).filter_map(equity).collect()
}

fn equity(item: JsonRecord<'_>) -> Option<EquityInstrument> {
    let is = |key| item.flag(key).unwrap_or(false);
    Some(EquityInstrument {
        symbol: item.symbol("symbol")?,
        class: if is("is-index") {
            InstrumentClass::Index
        } else if is("is-etf") {
            InstrumentClass::Etf
        } else {
            InstrumentClass::Equity
        },
        description: item
            .name("description")
            .or_else(|| item.name("short-description")),
        streamer: item.streamer("streamer-symbol"),
    })
}

fn parse_futures(document: &Value) -> Vec<FutureContract> {
    JsonRecord::items(document).filter_map(future).collect()
}

fn future(item: JsonRecord<'_>) -> Option<FutureContract> {
    let product = item.record("future-product");
    let is = |key| item.flag(key);
    Some(FutureContract {
        symbol: item.symbol("symbol")?,
        product: item
            .text("product-code")
            .or_else(|| product?.text("code"))?
            .to_owned(),
        description: product.and_then(|product| product.name("description")),
        streamer: item.streamer("streamer-symbol"),
        expiration: item.date("expiration-date"),
        active_month: is("active-month").unwrap_or(false),
        tradeable: is("is-tradeable").unwrap_or(true) && is("active").unwrap_or(true),
        closing_only: is("is-closing-only").unwrap_or(false),
        active_months: product.map(active_months).unwrap_or_default(),
    })
}

fn active_months(product: JsonRecord<'_>) -> String {
    product.words("active-months").collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::super::test_support::{client, json_reply, mangled, soon, target};
    use super::*;
    use crate::model::StreamerSymbol;
    use crate::net::responder::Responder;

    const EQUITIES: &str = include_str!("../../fixtures/http_tastytrade_equities.json");
    const FUTURES: &str = include_str!("../../fixtures/http_tastytrade_futures.json");

    #[tokio::test]
    async fn a_recorded_future_decodes_whole() {
        let server = Responder::start(vec![json_reply(200, FUTURES)]).await;
        let contracts = client(&server)
            .futures(&["ES", "CL"], soon())
            .await
            .unwrap();
        assert_eq!(
            target(&server.seen()[0]),
            "/instruments/futures?product-code[]=ES&product-code[]=CL&per-page=250"
        );
        assert_eq!(contracts.len(), 3, "a contract without a product is no use");
        assert_eq!(
            contracts[1],
            FutureContract {
                symbol: "/ESZ6".parse().unwrap(),
                product: "ES".to_owned(),
                description: Some("E Mini S&P".into()),
                streamer: Some(StreamerSymbol::new("/ESZ26:XCME")),
                expiration: Some(date(2026, 12, 18)),
                active_month: false,
                tradeable: true,
                closing_only: false,
                active_months: "HMUZ".to_owned(),
            }
        );
        assert!(contracts[2].closing_only && !contracts[2].tradeable);
        let active = FutureContract::active(&contracts, "ES", date(2026, 11, 20)).unwrap();
        assert_eq!(active.symbol.as_str(), "/ESH7");
    }

    #[tokio::test]
    async fn no_product_needs_no_request() {
        let server = Responder::start(Vec::new()).await;
        assert_eq!(client(&server).futures(&[], soon()).await.unwrap(), []);
    }

    #[tokio::test]
    async fn stocks_funds_and_indices_are_told_apart() {
        let server = Responder::start(vec![json_reply(200, EQUITIES)]).await;
        let asked: Vec<Symbol> = ["AAPL", "SPX", "SPY", "BRK/B", "XYZ"]
            .map(|s| s.parse().unwrap())
            .into();
        let portion = Portion::all(client(&server).equities(&asked, soon())).await;
        assert!(target(&server.seen()[0]).starts_with(
            "/instruments/equities?symbol[]=AAPL&symbol[]=SPX&symbol[]=SPY&symbol[]=BRK%2FB&"
        ));
        let found: Vec<_> = portion
            .items
            .iter()
            .map(|item| (item.class.name(), item.description.as_deref()))
            .collect();
        assert_eq!(
            found,
            [
                ("equity", Some("APPLE INC")),
                ("index", Some("S & P 500 INDEX")),
                ("etf", Some("SPDR S&P 500")),
                ("equity", None),
            ]
        );
        assert_eq!(portion.absent, ["XYZ".parse().unwrap()]);
    }

    proptest! {
        #[test]
        fn no_mangled_answer_makes_the_parsers_panic(equities in mangled(EQUITIES), futures in mangled(FUTURES)) {
            prop_assert!(parse_equities(&equities).len() <= 5);
            prop_assert!(parse_futures(&futures).len() <= 5);
        }
    }
}
