//! Made-up stocks, any number of them, for runs over universes larger than the table's.
//!
//! Each is a function of the market's seed and its number.

use super::random::Draw;
use super::universe::{Class, Listing};

/// The most there can be: all names of an X and four letters.
pub(super) const MOST: usize = 26 * 26 * 26 * 26;

/// Sectors with an industry of each.
const BRANCHES: [(&str, &str); 5] = [
    ("Energy", "Oil & Gas"),
    ("Healthcare", "Biotechnology"),
    ("Industrials", "Machinery"),
    ("Technology", "Software"),
    ("Utilities", "Electric Utilities"),
];

/// The symbol of a made-up stock, counted from 0: `XAAAA`, `XAAAB`, … `XZZZZ`. Numbers from 456 976 on begin anew.
pub fn extra_symbol(number: usize) -> String {
    let letter = |place: u32| {
        let digit = number / 26_usize.pow(place) % 26;
        char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"[digit])
    };
    std::iter::once('X')
        .chain([3, 2, 1, 0].map(letter))
        .collect()
}

/// What is typical of a made-up stock.
pub(super) fn listing(market: Draw, number: usize) -> Listing {
    let symbol = extra_symbol(number);
    let draw = market.word("synthetic").word(&symbol);
    let between = |what: &str, low, high| draw.word(what).between(low, high);
    let pick = |what: &str, of: u64| draw.word(what).bits() % of;
    let vol = between("vol", 0.16, 0.7);
    let pays = pick("pays", 2) == 0;
    let (sector, industry) = BRANCHES[number % BRANCHES.len()];
    Listing {
        walk: symbol.clone(),
        name: format!("Made-up Corporation {}", number + 1),
        class: Class::Equity,
        level: between("level", 2.0, 6.2).exp(),
        vol,
        iv: vol * between("iv", 1.02, 1.25),
        volume: between("volume", -1.5, 3.0).exp(),
        beta: between("beta", 0.4, 1.8),
        liquidity: [1, 2, 3, 4][number % 4],
        dividend_yield: if pays {
            between("yield", 0.004, 0.045)
        } else {
            0.0
        },
        dividends: if pays { 4 } else { 0 },
        shares: between("shares", 3.0, 7.5).exp(),
        listed: if pick("listed", 2) == 0 {
            "XNAS"
        } else {
            "XNYS"
        }
        .to_owned(),
        sector: Some(sector.to_owned()),
        industry: Some(industry.to_owned()),
        symbol,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::universe::Universe;
    use super::*;

    #[test]
    fn names_are_in_order_and_nobody_elses() {
        assert_eq!(extra_symbol(0), "XAAAA");
        assert_eq!(extra_symbol(27), "XAABB");
        assert_eq!(extra_symbol(MOST - 1), "XZZZZ");
        let names: HashSet<String> = (0..20_000).map(extra_symbol).collect();
        assert_eq!(names.len(), 20_000);
        let listings = &Universe::embedded().listings;
        assert!(
            listings
                .iter()
                .all(|listing| !names.contains(&listing.symbol))
        );
    }

    #[test]
    fn a_made_up_stock_depends_on_its_seed_and_number_alone() {
        let level = |seed, number| listing(Draw::new(seed), number).level;
        assert_eq!(level(1, 5), level(1, 5));
        assert_ne!(level(1, 5), level(2, 5));
        assert_ne!(level(1, 5), level(1, 6));
    }
}
