//! `/option-chains/{symbol}/nested`: one item for each option root, nothing sorted.
//!
//! See `docs/reference/tastytrade-rest.md`, "7.5 Equity option chains".

use hyper::StatusCode;
use serde_json::{Value, json};

use super::RestService;
use super::answer::{Answer, Object, decimal};
use super::request::RestRequest;
use crate::calendar::days_between;
use crate::expiry::Expiry;
use crate::option::{OptionSymbol, Right, Strike};
use crate::quoted::Quoted;
use crate::random::shuffle;
use crate::script::Oddity;

impl RestService {
    pub(super) fn option_chain(&self, request: &RestRequest) -> Answer {
        let asset = self.market.asset(&request.name);
        let Some(asset) = asset.filter(|asset| asset.asset.listing().is_some()) else {
            return Answer::error(
                StatusCode::NOT_FOUND,
                "record_not_found",
                "Couldn't find a chain for the symbol",
            );
        };
        let expiries = asset.expiries();
        let mut roots: Vec<&str> = expiries.iter().map(|expiry| expiry.root.as_str()).collect();
        roots.sort_unstable();
        roots.dedup();
        let mut items: Vec<Value> = roots
            .iter()
            .map(|root| self.root_item(&asset, root, expiries, Deliverable::Standard))
            .collect();
        if self.script.data.has(Oddity::AdjustedChains)
            && let Some(root) = roots.first()
        {
            items.push(self.root_item(&asset, root, expiries, Deliverable::Adjusted));
        }
        Answer::items(request.path(), &items)
    }

    fn root_item(
        &self,
        asset: &Quoted<'_>,
        root: &str,
        expiries: &[Expiry],
        deliverable: Deliverable,
    ) -> Value {
        let (root_symbol, kind, shares) = match deliverable {
            Deliverable::Standard => (root.to_owned(), "Standard", 100),
            Deliverable::Adjusted => (format!("{root}1"), "1", 150),
        };
        let mut listed: Vec<Value> = expiries
            .iter()
            .filter(|expiry| expiry.root == root)
            .map(|expiry| self.expiration(expiry, &root_symbol))
            .collect();
        shuffle(self.market.draw().word(root), &mut listed);
        json!({
            "underlying-symbol": asset.asset.symbol, "root-symbol": root_symbol,
            "option-chain-type": kind, "shares-per-contract": shares,
            "tick-sizes": [{"value": "0.01", "threshold": "3.0"}, {"value": "0.05"}],
            "deliverables": [{
                "id": 108_514, "root-symbol": root_symbol, "deliverable-type": "Shares",
                "description": format!("{shares} shares of {}", asset.asset.symbol),
                "amount": format!("{shares}.0"), "symbol": asset.asset.symbol,
                "instrument-type": "Equity", "percent": "100",
            }],
            "expirations": listed,
        })
    }

    fn expiration(&self, expiry: &Expiry, root: &str) -> Value {
        let mut strikes: Vec<Value> = expiry
            .strikes
            .iter()
            .map(|&strike| self.strike(expiry, root, strike))
            .collect();
        shuffle(self.market.draw().word(&expiry.root), &mut strikes);
        json!({
            "expiration-type": expiry.kind, "expiration-date": expiry.date.to_string(),
            "days-to-expiration": days_between(self.market.today(), expiry.date),
            "settlement-type": expiry.settlement.word(), "strikes": strikes,
        })
    }

    fn strike(&self, expiry: &Expiry, root: &str, strike: Strike) -> Value {
        let contract = |right| OptionSymbol {
            root: root.to_owned(),
            expiration: expiry.date,
            right,
            strike,
        };
        let (call, put) = (contract(Right::Call), contract(Right::Put));
        let named = !self.script.data.has(Oddity::ChainsWithoutStreamerSymbols);
        let streamer = |contract: &OptionSymbol| named.then(|| json!(contract.streamer()));
        let mut item = Object::default();
        item.put("strike-price", decimal(strike.price()))
            .text("call", call.occ())
            .put("call-streamer-symbol", streamer(&call))
            .text("put", put.occ())
            .put("put-streamer-symbol", streamer(&put));
        item.build()
    }
}

/// What an exercised option delivers.
#[derive(Clone, Copy)]
enum Deliverable {
    Standard,
    /// After a corporate action.
    Adjusted,
}
