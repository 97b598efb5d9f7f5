//! The names the market knows and what is typical of each, read from two tables in the binary.
//!
//! Levels are plausible for November 2026; nothing here moves.

use std::sync::{Arc, LazyLock};

use serde::Deserialize;

/// The class of a listing, as the table spells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Class {
    Equity,
    Etf,
    Index,
    Crypto,
}

/// A line of `fixtures/universe.csv`: a stock, a fund, an index or a crypto pair.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Listing {
    pub(super) symbol: String,
    /// Names with the same walk move together.
    pub(super) walk: String,
    pub(super) name: String,
    pub(super) class: Class,
    /// Typical price.
    pub(super) level: f64,
    /// Typical realised volatility, annual fraction.
    pub(super) vol: f64,
    /// Typical implied volatility, annual fraction; 0 where no options are listed.
    pub(super) iv: f64,
    /// Average daily volume in millions.
    pub(super) volume: f64,
    pub(super) beta: f64,
    /// Liquidity rating 0–5.
    pub(super) liquidity: u8,
    /// Annual fraction of the price.
    pub(super) dividend_yield: f64,
    /// Payments a year.
    pub(super) dividends: u8,
    /// Shares outstanding in millions.
    pub(super) shares: f64,
    pub(super) listed: String,
    pub(super) sector: Option<String>,
    pub(super) industry: Option<String>,
}

/// When the contracts of a product expire within their month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Expires {
    ThirdFriday,
    MidMonth,
    EndOfMonth,
    /// About the 20th of the month before, as energy contracts do.
    BeforeMonth,
}

/// A line of `fixtures/futures.csv`: a product with dated contracts.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Product {
    /// Product code without slash.
    pub(super) root: String,
    pub(super) walk: String,
    pub(super) name: String,
    pub(super) exchange: String,
    /// Venue suffix on the stream.
    pub(super) venue: String,
    /// Typical price of the active contract.
    pub(super) level: f64,
    pub(super) vol: f64,
    pub(super) iv: f64,
    pub(super) tick: f64,
    pub(super) multiplier: f64,
    /// Month codes that are listed.
    pub(super) months: String,
    pub(super) expires: Expires,
    /// Annual fraction by which later contracts are dearer.
    pub(super) carry: f64,
    pub(super) beta: f64,
    pub(super) liquidity: u8,
    /// Average daily volume in contracts.
    pub(super) volume: f64,
    pub(super) sector: String,
    pub(super) group: String,
    pub(super) etf: Option<String>,
}

/// Both tables.
#[derive(Debug)]
pub(super) struct Universe {
    pub(super) listings: Vec<Arc<Listing>>,
    pub(super) products: Vec<Product>,
}

impl Universe {
    /// The universe of this build, read once.
    pub(super) fn embedded() -> &'static Self {
        static EMBEDDED: LazyLock<Universe> = LazyLock::new(|| {
            Universe::read(
                include_str!("../fixtures/universe.csv"),
                include_str!("../fixtures/futures.csv"),
            )
        });
        &EMBEDDED
    }

    /// Reads both tables; a line that does not parse is left out, and a unit test holds the count of the lines.
    fn read(listings: &str, products: &str) -> Self {
        Self {
            listings: lines(listings).into_iter().map(Arc::new).collect(),
            products: lines(products),
        }
    }
}

fn lines<T: for<'de> Deserialize<'de>>(table: &str) -> Vec<T> {
    csv::Reader::from_reader(table.as_bytes())
        .deserialize()
        .filter_map(Result::ok)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_both_tables_is_read() {
        let lines = |table: &str| table.lines().count() - 1;
        let universe = Universe::embedded();
        assert_eq!(
            universe.listings.len(),
            lines(include_str!("../fixtures/universe.csv"))
        );
        assert_eq!(
            universe.products.len(),
            lines(include_str!("../fixtures/futures.csv"))
        );
        assert!(universe.listings.len() >= 120);
    }

    #[test]
    fn what_moves_together_has_one_volatility() {
        let universe = Universe::embedded();
        let of_walk = |walk: &str| {
            universe
                .listings
                .iter()
                .filter(|listing| listing.walk == walk)
                .map(|listing| listing.vol)
                .collect::<Vec<_>>()
        };
        for listing in &universe.listings {
            assert!(
                of_walk(&listing.walk).iter().all(|vol| *vol == listing.vol),
                "{}",
                listing.symbol
            );
        }
    }
}
