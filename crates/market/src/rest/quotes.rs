//! `/market-data/by-type`: one row for each known symbol, in no particular order.
//!
//! See `docs/reference/tastytrade-rest.md`, "7.3 `GET /market-data/by-type`".

use hyper::StatusCode;
use serde_json::{Value, json};

use super::RestService;
use super::answer::{Answer, Object, time};
use super::request::RestRequest;
use crate::asset::Asset;
use crate::events::year_range;
use crate::number::round_to;
use crate::option::OptionSymbol;
use crate::price::{Price, TopOfBook};
use crate::quoted::Quoted;
use crate::random::shuffle;
use crate::script::Oddity;
use crate::surface::OptionQuote;

/// Symbols that one request may name over all types.
const LIMIT: usize = 100;

/// Query keys with the `instrument-type` each stands for.
const TYPES: [(&str, &str); 6] = [
    ("index", "Index"),
    ("equity", "Equity"),
    ("equity-option", "Equity Option"),
    ("future", "Future"),
    ("future-option", "Future Option"),
    ("cryptocurrency", "Cryptocurrency"),
];

impl RestService {
    pub(super) fn market_data(&self, request: &RestRequest) -> Answer {
        let wanted = wanted(request);
        if wanted.len() > LIMIT {
            self.note_violation(
                "symbols-per-request",
                format!("{} in one request", wanted.len()),
            );
            return Answer::error(
                StatusCode::BAD_REQUEST,
                "validation_error",
                "Maximum of 100 symbols per request",
            );
        }
        let mut rows: Vec<Value> = wanted
            .iter()
            .filter_map(|(kind, symbol)| self.row(kind, symbol))
            .map(|row| self.restyled(row))
            .collect();
        shuffle(self.market.draw().word(request.path()), &mut rows);
        Answer::items("/market-data/by-type", &rows)
    }

    fn row(&self, kind: &'static str, symbol: &str) -> Option<Value> {
        if kind == "Equity Option" {
            return self.option_row(symbol);
        }
        let asset = self.market.asset(symbol)?;
        // A root is not a contract; the one index that answers as an equity was recorded so.
        let fits = asset.asset.symbol == symbol
            && (asset.asset.instrument_type() == kind || (symbol == "SPX" && kind == "Equity"));
        fits.then(|| self.asset_row(kind, &asset))
    }

    fn asset_row(&self, kind: &str, asset: &Quoted<'_>) -> Value {
        let price = asset.price(self.ticker.tick());
        let symbol = asset.asset.symbol.as_str();
        let bare = self.script.data.without_book.iter().any(|s| s == symbol);
        let mut row = Object::default();
        self.head(&mut row, symbol, kind);
        put_book(&mut row, price.book.filter(|_| !bare), price.mark());
        row.decimal("last", price.last)
            .decimal("last-mkt", price.regular)
            .decimal("beta", round_to(asset.asset.beta(), 9))
            .decimal("open", price.open)
            .decimal("day-high-price", price.high)
            .decimal("day-low-price", price.low)
            .decimal("close", price.close);
        put_days(&mut row, &price, price.previous_close);
        put_halt(
            &mut row,
            self.market.is_halted(symbol),
            self.market.time_ms(0),
        );
        let (low, high) = year_range(asset);
        row.decimal("year-low-price", low)
            .decimal("year-high-price", high)
            .decimal("volume", price.volume.map(fractional));
        put_dividend(&mut row, asset);
        row.build()
    }

    fn option_row(&self, symbol: &str) -> Option<Value> {
        let contract = OptionSymbol::from_occ(symbol)?;
        let (underlying, expiry) = self.market.option(&contract)?;
        let tick = self.ticker.tick();
        let quote = underlying.option_quote(&contract, expiry, tick)?;
        let bare = self.script.data.without_book.iter().any(|s| s == symbol);
        let book = TopOfBook {
            bid: quote.bid,
            ask: quote.ask,
            bid_size: quote.bid_size,
            ask_size: quote.ask_size,
        };
        let mut row = Object::default();
        self.head(&mut row, symbol, "Equity Option");
        put_book(&mut row, (!bare).then_some(book), book.mid());
        row.decimal("last", quote.last)
            .decimal("last-mkt", quote.last);
        put_days(&mut row, &underlying.price(tick), quote.previous_close);
        put_halt(&mut row, false, 0);
        row.decimal("volume", quote.volume);
        self.put_greeks(&mut row, &quote);
        row.decimal("tick-size", 0.01)
            .put("open-interest", json!(quote.open_interest));
        Some(row.build())
    }

    fn head(&self, row: &mut Object, symbol: &str, kind: &str) {
        row.text("symbol", symbol)
            .text("instrument-type", kind)
            .text("updated-at", time(self.moment()));
    }

    fn put_greeks(&self, row: &mut Object, quote: &OptionQuote) {
        if self.script.data.has(Oddity::OptionsWithoutGreeks) {
            return;
        }
        // Greeks belong to the model price, which was once seen five times the mid.
        let stale = if self.script.data.has(Oddity::StaleGreeks) {
            5.0
        } else {
            1.0
        };
        row.decimal("volatility", quote.volatility)
            .decimal("delta", quote.delta)
            .decimal("gamma", quote.gamma)
            .decimal("theta", quote.theta)
            .decimal("rho", quote.rho)
            .decimal("vega", quote.vega)
            .decimal("theo-price", round_to(quote.theo * stale, 9))
            .decimal("dx-mark", round_to(quote.theo * stale, 9));
    }

    /// Spells a row the other ways that were seen.
    fn restyled(&self, row: Value) -> Value {
        let data = &self.script.data;
        let Value::Object(fields) = row else {
            return row;
        };
        fields
            .into_iter()
            .map(|(key, value)| {
                let key = if data.has(Oddity::CamelCase) {
                    camel(&key)
                } else {
                    key
                };
                let number = value
                    .as_str()
                    .filter(|_| data.has(Oddity::DecimalsAsNumbers))
                    .and_then(|text| text.parse::<f64>().ok());
                (key, number.map_or(value, |number| json!(number)))
            })
            .collect()
    }
}

/// Every symbol asked for with its type: repeated keys, keys with `[]` and comma lists are all understood.
fn wanted(request: &RestRequest) -> Vec<(&'static str, &str)> {
    request
        .query
        .pairs()
        .filter_map(|(key, value)| {
            let key = key.strip_suffix("[]").unwrap_or(key);
            let (_, kind) = TYPES.iter().find(|(name, _)| *name == key)?;
            Some((*kind, value))
        })
        .flat_map(|(kind, value)| value.split(',').map(move |symbol| (kind, symbol)))
        .filter(|(_, symbol)| !symbol.is_empty())
        .collect()
}

fn put_book(row: &mut Object, book: Option<TopOfBook>, mark: f64) {
    let size = |size: Option<f64>| size.unwrap_or_default();
    row.decimal("bid", book.map(|book| book.bid))
        .decimal("bid-size", size(book.map(|book| book.bid_size)))
        .decimal("ask", book.map(|book| book.ask))
        .decimal("ask-size", size(book.map(|book| book.ask_size)))
        .decimal("mid", book.map(|book| book.mid()))
        .decimal("mark", mark);
}

fn put_days(row: &mut Object, price: &Price, previous_close: f64) {
    row.text("close-price-type", "Regular")
        .decimal("prev-close", previous_close)
        .text("prev-close-price-type", "Final")
        .text("summary-date", price.session.to_string())
        .text("prev-close-date", price.previous_session.to_string());
}

fn put_halt(row: &mut Object, halted: bool, now_ms: i64) {
    let start = if halted { now_ms - 600_000 } else { -1 };
    row.put("is-trading-halted", json!(halted))
        .put("halt-start-time", json!(start))
        .put("halt-end-time", json!(-1));
}

fn put_dividend(row: &mut Object, asset: &Quoted<'_>) {
    let Some(dividend) = crate::corporate::dividend(asset) else {
        return;
    };
    let frequency = payments(asset.asset);
    row.decimal("dividend-amount", dividend.amount)
        .decimal("dividend-frequency", frequency);
}

fn payments(asset: &Asset) -> Option<f64> {
    asset.listing().map(|listing| f64::from(listing.dividends))
}

/// Volumes of stocks come with a fraction.
fn fractional(volume: f64) -> f64 {
    round_to(volume + 0.789_447, 6)
}

fn camel(key: &str) -> String {
    let mut words = key.split('-');
    let mut camel = words.next().unwrap_or_default().to_owned();
    for word in words {
        let (first, rest) = word.split_at(1.min(word.len()));
        camel.push_str(&first.to_ascii_uppercase());
        camel.push_str(rest);
    }
    camel
}

#[cfg(test)]
mod tests {
    use hyper::{HeaderMap, Method};

    use super::*;

    #[test]
    fn three_dialects_of_arrays_mean_the_same() {
        let expected = [("Equity", "AAPL"), ("Equity", "SPY"), ("Index", "VIX")];
        for query in [
            "equity=AAPL&equity=SPY&index=VIX",
            "equity=AAPL,SPY&index=VIX",
            "equity[]=AAPL&equity%5B%5D=SPY&index[]=VIX",
        ] {
            let uri = format!("/market-data/by-type?{query}").parse().unwrap();
            let request = RestRequest::new(
                &Method::GET,
                uri,
                HeaderMap::new(),
                hyper::body::Bytes::new(),
            );
            assert_eq!(wanted(&request), expected, "{query}");
        }
    }

    #[test]
    fn keys_turn_into_camel_case() {
        assert_eq!(camel("day-high-price"), "dayHighPrice");
        assert_eq!(camel("bid"), "bid");
    }
}
