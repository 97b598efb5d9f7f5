//! `GET /option-chains/{symbol}/nested`.
//!
//! See `docs/reference/tastytrade-rest.md`, "7.5 Equity option chains".

use serde_json::Value;
use tokio::time::Instant;

use super::client::RestClient;
use super::error::TastyError;
use super::limits::Endpoint;
use super::record::JsonRecord;
use crate::model::option::Strike;
use crate::model::{Expiration, OptionChain, StrikePair, Symbol};
use crate::net::percent_encoded;

impl RestClient {
    /// The listed options of a stock, fund or index with standard deliverables, all roots merged.
    ///
    /// # Errors
    ///
    /// Those of [`TastyError`]; `NotFound` where there are no options at all.
    pub async fn option_chain(
        &self,
        underlying: &Symbol,
        deadline: Instant,
    ) -> Result<OptionChain, TastyError> {
        let path = format!(
            "/option-chains/{}/nested",
            percent_encoded(underlying.as_str())
        );
        let document = self.get(Endpoint::OptionChains, &path, deadline).await?;
        Ok(parse(underlying, &document))
    }
}

/// Reads the whole answer. Neither items nor dates nor strikes come in any order.
fn parse(underlying: &Symbol, document: &Value) -> OptionChain {
    let mut expirations: Vec<Expiration> = JsonRecord::items(document)
        .filter(|root| is_standard(*root))
        .flat_map(|root| {
            root.list("expirations")
                .filter_map(move |listed| expiration(root, listed))
        })
        .collect();
    expirations.sort_by(|a, b| (a.date, &a.root).cmp(&(b.date, &b.root)));
    OptionChain {
        underlying: underlying.clone(),
        expirations,
    }
}

/// Adjusted chains deliver something else than a hundred shares, so their prices are not comparable.
fn is_standard(root: JsonRecord<'_>) -> bool {
    root.text("option-chain-type")
        .is_none_or(|kind| kind == "Standard")
}

fn expiration(root: JsonRecord<'_>, listed: JsonRecord<'_>) -> Option<Expiration> {
    let mut strikes: Vec<StrikePair> = listed.list("strikes").filter_map(pair).collect();
    strikes.sort_by_key(|pair| pair.strike);
    let text = |key| listed.text(key).unwrap_or_default().to_owned();
    Some(Expiration {
        root: root.text("root-symbol").unwrap_or_default().to_owned(),
        date: listed.date("expiration-date")?,
        kind: text("expiration-type"),
        settlement: text("settlement-type"),
        strikes,
    })
}

fn pair(listed: JsonRecord<'_>) -> Option<StrikePair> {
    Some(StrikePair {
        strike: Strike::parse(&listed.decimal("strike-price")?)?,
        call: listed.symbol("call")?,
        call_streamer: listed.streamer("call-streamer-symbol"),
        put: listed.symbol("put")?,
        put_streamer: listed.streamer("put-streamer-symbol"),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::test_support::{client, json_reply, mangled, soon, target};
    use super::*;
    use crate::net::responder::Responder;

    const FIXTURE: &str = include_str!("../../fixtures/http_tastytrade_option_chain.json");

    fn decoded() -> OptionChain {
        let underlying = "SPX".parse().unwrap();
        parse(&underlying, &serde_json::from_str(FIXTURE).unwrap())
    }

    #[test]
    fn roots_are_merged_and_sorted_and_adjusted_ones_left_out() {
        let listed: Vec<String> = decoded()
            .expirations
            .iter()
            .map(|e| format!("{} {} {} {}", e.date, e.root, e.kind, e.settlement))
            .collect();
        assert_eq!(
            listed,
            [
                "2026-12-18 SPX Regular AM",
                "2026-12-18 SPXW Weekly PM",
                "2026-12-24 SPXW Weekly PM"
            ]
        );
    }

    #[test]
    fn strikes_are_sorted_as_numbers_and_may_lack_a_stream_symbol() {
        let chain = decoded();
        let strikes = &chain.expirations[2].strikes;
        assert_eq!(strikes[0].strike.to_string(), "995");
        assert_eq!(
            strikes[0].call_streamer.as_ref().unwrap().as_str(),
            ".SPXW261224C995"
        );
        assert_eq!(strikes[1].strike.to_string(), "6010");
        assert_eq!(strikes[1].call_streamer, None);
        assert_eq!(strikes[1].put.as_str(), "SPXW  261224P06010000");
    }

    #[test]
    fn a_strike_without_price_or_side_is_left_out() {
        let chain = decoded();
        let strikes = &chain.expirations[1].strikes;
        assert_eq!(strikes.len(), 1);
        assert_eq!(strikes[0].strike.price(), 6000.0);
    }

    #[tokio::test]
    async fn a_share_class_is_encoded_into_the_path() {
        let server = Responder::start(vec![json_reply(200, r#"{"data":{"items":[]}}"#)]).await;
        let chain = client(&server)
            .option_chain(&"BRK/B".parse().unwrap(), soon())
            .await
            .unwrap();
        assert_eq!(target(&server.seen()[0]), "/option-chains/BRK%2FB/nested");
        assert_eq!(chain.expirations, []);
    }

    proptest! {
        #[test]
        fn no_mangled_answer_makes_the_parser_panic(document in mangled(FIXTURE)) {
            let chain = parse(&"SPX".parse().unwrap(), &document);
            prop_assert!(chain.expirations.is_sorted_by_key(|expiration| expiration.date));
        }
    }
}
