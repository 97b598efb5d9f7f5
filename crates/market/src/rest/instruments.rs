//! `/instruments/futures` and `/instruments/equities`.
//!
//! See `docs/reference/tastytrade-rest.md`, "7.7 Futures" and "7.8 Equities".

use serde_json::{Value, json};

use super::RestService;
use super::answer::{Answer, Object, decimal, offset_time};
use super::request::RestRequest;
use crate::asset::{Asset, Contract, Kind, Turn};
use crate::calendar::{at, day_id};
use crate::random::shuffle;
use crate::universe::{Class, Expires, Listing, Product};

/// Entries of a page unless `per-page` says otherwise.
const PER_PAGE: usize = 25;

impl RestService {
    pub(super) fn futures(&self, request: &RestRequest) -> Answer {
        self.note_dialect(request, &["product-code", "symbol"]);
        let products: Vec<&str> = request.query.values("product-code[]").collect();
        let symbols: Vec<&str> = request.query.values("symbol[]").collect();
        let exchange = request.query.value("exchange");
        let wanted = |asset: &Asset, product: &Product| {
            (products.is_empty() || products.contains(&product.root.as_str()))
                && (symbols.is_empty() || symbols.contains(&asset.symbol.as_str()))
                && exchange.is_none_or(|exchange| exchange == product.exchange)
        };
        let mut items: Vec<Value> = self
            .market
            .all()
            .filter_map(|quoted| match quoted.asset.kind {
                Kind::Contract(product, contract) if wanted(quoted.asset, product) => {
                    Some(future(quoted.asset, product, contract))
                }
                _ => None,
            })
            .collect();
        shuffle(self.market.draw().word("futures"), &mut items);
        page(request, items)
    }

    pub(super) fn equities(&self, request: &RestRequest) -> Answer {
        self.note_dialect(request, &["symbol"]);
        let mut items: Vec<Value> = request
            .query
            .values("symbol[]")
            .filter_map(|symbol| {
                let listing = self.market.asset(symbol)?.asset.listing()?;
                (listing.class != Class::Crypto).then(|| equity(listing))
            })
            .collect();
        shuffle(self.market.draw().word("equities"), &mut items);
        page(request, items)
    }

    /// Arrays of the instrument endpoints are repeated keys with `[]`.
    fn note_dialect(&self, request: &RestRequest, keys: &[&str]) {
        for key in keys {
            if request.query.value(key).is_some() {
                self.note_violation("array-dialect", format!("{key} without []"));
            }
        }
    }
}

/// One page of a list with the words about the others.
fn page(request: &RestRequest, items: Vec<Value>) -> Answer {
    let per_page = request
        .query
        .number("per-page")
        .unwrap_or(PER_PAGE)
        .clamp(1, 1000);
    let offset: usize = request.query.number("page-offset").unwrap_or_default();
    let total = items.len();
    let shown: Vec<Value> = items
        .into_iter()
        .skip(offset.saturating_mul(per_page))
        .take(per_page)
        .collect();
    let pagination = json!({
        "per-page": per_page, "page-offset": offset, "item-offset": offset.saturating_mul(per_page),
        "total-items": total, "total-pages": total.div_ceil(per_page), "current-item-count": shown.len(),
        "previous-link": null, "next-link": null, "paging-link-template": null,
    });
    let body = json!({
        "data": {"items": shown}, "api-version": "v1", "context": request.path(), "pagination": pagination,
    });
    Answer::json(hyper::StatusCode::OK, &body)
}

fn future(asset: &Asset, product: &Product, contract: Contract) -> Value {
    let end = offset_time(at(contract.expiration, 9, 30));
    let day = contract.expiration.to_string();
    let mut item = Object::default();
    item.text("symbol", asset.symbol.as_str())
        .text("product-code", product.root.as_str())
        .decimal("contract-size", product.multiplier)
        .decimal("tick-size", product.tick)
        .decimal("notional-multiplier", product.multiplier)
        .decimal("main-fraction", 0.0)
        .decimal("sub-fraction", 0.0)
        .decimal("display-factor", 0.01)
        .text("last-trade-date", day.as_str())
        .text("expiration-date", day.as_str())
        .text("closing-only-date", day)
        .put("active", json!(true))
        .put("active-month", json!(contract.leads()))
        .put("next-active-month", json!(contract.turn == Turn::Next))
        .put("is-closing-only", json!(false))
        .put("is-tradeable", json!(true))
        .put(
            "back-month-first-calendar-symbol",
            json!(contract.turn == Turn::Next),
        )
        .text("security-id", day_id(contract.expiration).to_string())
        .text("stops-trading-at", end.as_str())
        .text("expires-at", end)
        .text("product-group", product.group.as_str())
        .text("exchange", product.exchange.as_str())
        .text("exchange-symbol", &asset.symbol[1..])
        .text("streamer-exchange-code", product.venue.as_str())
        .text("streamer-symbol", asset.streamer.as_str())
        .put(
            "future-etf-equivalent",
            product
                .etf
                .as_ref()
                .map(|etf| json!({"symbol": etf, "share-quantity": 500})),
        )
        .put("future-product", future_product(product))
        .put("tick-sizes", json!([{"value": decimal(product.tick)}]))
        .put(
            "option-tick-sizes",
            json!([{"value": decimal(product.tick)}]),
        );
    item.build()
}

fn future_product(product: &Product) -> Value {
    let months: Vec<String> = product.months.chars().map(String::from).collect();
    let cash_settled = product.expires == Expires::ThirdFriday;
    json!({
        "root-symbol": format!("/{}", product.root), "code": product.root, "description": product.name,
        "clearing-code": product.root, "clearing-exchange-code": product.venue,
        "exchange": product.exchange, "market-sector": product.sector, "product-type": "Financial",
        "notional-multiplier": decimal(product.multiplier), "tick-size": decimal(product.tick),
        "display-factor": "0.01", "active-months": months, "listed-months": months, "supported": true,
        "streamer-exchange-code": product.venue, "small-notional": false, "first-notice": !cash_settled,
        "back-month-first-calendar-symbol": false, "cash-settled": cash_settled,
        "roll": {"name": "expanded_offering", "active-count": 6, "business-days-offset": 4,
            "cash-settled": cash_settled, "first-notice": !cash_settled},
    })
}

fn equity(listing: &Listing) -> Value {
    let is_index = listing.class == Class::Index;
    json!({
        "id": 700 + listing.name.len(), "symbol": listing.symbol, "instrument-type": "Equity", "active": true,
        "description": listing.name, "short-description": listing.name.to_uppercase(),
        "listed-market": listing.listed, "streamer-symbol": listing.symbol,
        "is-index": is_index, "is-etf": listing.class == Class::Etf,
        "is-closing-only": false, "is-options-closing-only": false, "is-illiquid": listing.liquidity < 2,
        "is-fraud-risk": false, "bypass-manual-review": false, "overnight-trading-permitted": !is_index,
        "lendability": "Easy To Borrow", "market-time-instrument-collection": "Equity",
        "tick-sizes": [{"value": "0.0001", "threshold": "1.0"}, {"value": "0.01"}],
    })
}
