//! Everything with a price of its own: listings, and the dated contracts of each futures product.

use std::collections::HashMap;

use jiff::civil::{Date, Weekday, date};

use super::calendar::{
    days_between, nth_weekday, session_until, third_friday, tomorrow, yesterday,
};
use super::universe::{Class, Expires, Listing, Product, Universe};

/// Months of futures contracts, January first.
const MONTHS: &str = "FGHJKMNQUVXZ";

/// Contracts listed of each product.
const LISTED_CONTRACTS: usize = 4;

/// A contract this close to its end has handed the lead to the next one.
const ROLL_DAYS: i64 = 8;

/// What an asset is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Listing(&'static Listing),
    Contract(&'static Product, Contract),
}

/// The part of a futures contract that its product does not tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Contract {
    pub(super) expiration: Date,
    pub(super) active: bool,
    pub(super) next_active: bool,
}

/// Something with a price.
#[derive(Clone, Debug)]
pub(super) struct Asset {
    /// tastytrade's spelling.
    pub(super) symbol: String,
    /// The stream's spelling.
    pub(super) streamer: String,
    pub(super) kind: Kind,
    /// Typical price.
    pub(super) level: f64,
}

impl Asset {
    pub(super) fn walk(&self) -> &'static str {
        match self.kind {
            Kind::Listing(listing) => &listing.walk,
            Kind::Contract(product, _) => &product.walk,
        }
    }

    /// Realised volatility, annual fraction.
    pub(super) fn vol(&self) -> f64 {
        match self.kind {
            Kind::Listing(listing) => listing.vol,
            Kind::Contract(product, _) => product.vol,
        }
    }

    /// Typical implied volatility, annual fraction; `None` where no options are listed.
    pub(super) fn iv(&self) -> Option<f64> {
        let iv = match self.kind {
            Kind::Listing(listing) => listing.iv,
            Kind::Contract(product, _) => product.iv,
        };
        (iv > 0.0).then_some(iv)
    }

    pub(super) fn beta(&self) -> f64 {
        match self.kind {
            Kind::Listing(listing) => listing.beta,
            Kind::Contract(product, _) => product.beta,
        }
    }

    /// Liquidity rating 0–5.
    pub(super) fn liquidity(&self) -> u8 {
        match self.kind {
            Kind::Listing(listing) => listing.liquidity,
            Kind::Contract(product, _) => product.liquidity,
        }
    }

    /// Smallest price step.
    pub(super) fn tick_size(&self) -> f64 {
        match self.kind {
            Kind::Listing(_) => 0.01,
            Kind::Contract(product, _) => product.tick,
        }
    }

    /// Average daily volume in shares, contracts or coins; `None` for an index.
    pub(super) fn volume(&self) -> Option<f64> {
        match self.kind {
            Kind::Listing(listing) if listing.class == Class::Index => None,
            Kind::Listing(listing) => Some(listing.volume * 1e6),
            Kind::Contract(product, contract) => {
                let share = if contract.active { 1.0 } else { 0.08 };
                Some(product.volume * share)
            }
        }
    }

    pub(super) fn name(&self) -> String {
        match self.kind {
            Kind::Listing(listing) => listing.name.clone(),
            Kind::Contract(product, contract) => {
                format!("{} {}", product.name, contract.expiration.strftime("%b %Y"))
            }
        }
    }

    pub(super) fn is_index(&self) -> bool {
        matches!(self.kind, Kind::Listing(listing) if listing.class == Class::Index)
    }

    pub(super) fn listing(&self) -> Option<&'static Listing> {
        match self.kind {
            Kind::Listing(listing) => Some(listing),
            Kind::Contract(..) => None,
        }
    }

    /// The `instrument-type` of by-type rows.
    pub(super) fn instrument_type(&self) -> &'static str {
        match self.kind {
            Kind::Contract(..) => "Future",
            Kind::Listing(listing) => match listing.class {
                Class::Equity | Class::Etf => "Equity",
                Class::Index => "Index",
                Class::Crypto => "Cryptocurrency",
            },
        }
    }
}

/// All assets of a day with the ways to find one.
#[derive(Debug)]
pub(super) struct Assets {
    pub(super) all: Vec<Asset>,
    by_symbol: HashMap<String, usize>,
    by_streamer: HashMap<String, usize>,
}

impl Assets {
    pub(super) fn on(today: Date) -> Self {
        let universe = Universe::embedded();
        let mut all: Vec<Asset> = universe.listings.iter().map(of_listing).collect();
        for product in &universe.products {
            all.extend(contracts(product, today));
        }
        let index = |name: fn(&Asset) -> &String| -> HashMap<String, usize> {
            all.iter()
                .enumerate()
                .map(|(place, asset)| (name(asset).clone(), place))
                .collect()
        };
        let mut by_symbol = index(|asset| &asset.symbol);
        let mut by_streamer = index(|asset| &asset.streamer);
        for (place, asset) in all.iter().enumerate() {
            if let Kind::Contract(product, contract) = asset.kind
                && contract.active
            {
                by_symbol.insert(format!("/{}", product.root), place);
                by_streamer.insert(format!("/{}:{}", product.root, product.venue), place);
            }
        }
        Self {
            all,
            by_symbol,
            by_streamer,
        }
    }

    /// The place of a symbol in tastytrade's spelling; a root is its active contract.
    pub(super) fn by_symbol(&self, symbol: &str) -> Option<usize> {
        self.by_symbol.get(symbol).copied()
    }

    /// The place of a symbol in the stream's spelling.
    pub(super) fn by_streamer(&self, streamer: &str) -> Option<usize> {
        self.by_streamer.get(streamer).copied()
    }
}

fn of_listing(listing: &'static Listing) -> Asset {
    let streamer = match listing.class {
        Class::Crypto => format!("{}:{}", listing.symbol, listing.listed),
        Class::Equity | Class::Etf | Class::Index => listing.symbol.clone(),
    };
    Asset {
        symbol: listing.symbol.clone(),
        streamer,
        kind: Kind::Listing(listing),
        level: listing.level,
    }
}

fn contracts(product: &'static Product, today: Date) -> Vec<Asset> {
    let months = (0..48).map(|ahead| {
        let months = i16::from(today.month()) - 1 + ahead;
        let month = i8::try_from(months % 12 + 1).unwrap_or(1);
        (today.year() + months / 12, month)
    });
    let listed: Vec<(i16, i8, Date)> = months
        .filter(|(_, month)| product.months.contains(code(*month)))
        .map(|(year, month)| (year, month, expiration(product.expires, year, month)))
        .filter(|(.., expiration)| *expiration >= today)
        .take(LISTED_CONTRACTS)
        .collect();
    let active = listed
        .iter()
        .position(|(.., expiration)| days_between(today, *expiration) > ROLL_DAYS)
        .unwrap_or_default();
    let lead = listed.get(active).map_or(today, |(.., lead)| *lead);
    listed
        .iter()
        .enumerate()
        .map(|(place, &(year, month, expiration))| {
            let contract = Contract {
                expiration,
                active: place == active,
                next_active: place == active + 1,
            };
            of_contract(product, contract, (year, month), lead)
        })
        .collect()
}

#[expect(clippy::cast_precision_loss, reason = "days between contracts are few")]
fn of_contract(
    product: &'static Product,
    contract: Contract,
    (year, month): (i16, i8),
    lead: Date,
) -> Asset {
    let root = &product.root;
    let letter = code(month);
    let years = days_between(lead, contract.expiration) as f64 / 365.0;
    Asset {
        symbol: format!("/{root}{letter}{}", year % 10),
        streamer: format!("/{root}{letter}{:02}:{}", year % 100, product.venue),
        kind: Kind::Contract(product, contract),
        level: product.level * (product.carry * years).exp(),
    }
}

fn code(month: i8) -> char {
    let place = usize::try_from(month - 1).unwrap_or_default();
    MONTHS.chars().nth(place).unwrap_or('F')
}

fn expiration(rule: Expires, year: i16, month: i8) -> Date {
    let first = date(year, month, 1);
    match rule {
        Expires::ThirdFriday => third_friday(year, month),
        Expires::MidMonth => session_until(nth_weekday(year, month, 3, Weekday::Wednesday)),
        Expires::EndOfMonth => session_until(yesterday(session_until(first.last_of_month()))),
        Expires::BeforeMonth => {
            let month_before = yesterday(first).first_of_month();
            session_until(nth_weekday(
                month_before.year(),
                month_before.month(),
                3,
                Weekday::Friday,
            ))
        }
    }
    .max(tomorrow(date(1970, 1, 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_product_lists_contracts_and_one_of_them_leads() {
        let assets = Assets::on(date(2026, 11, 20));
        for product in &Universe::embedded().products {
            let contracts: Vec<Contract> = assets
                .all
                .iter()
                .filter_map(|asset| match asset.kind {
                    Kind::Contract(of, contract) if of.root == product.root => Some(contract),
                    _ => None,
                })
                .collect();
            assert_eq!(contracts.len(), LISTED_CONTRACTS, "{}", product.root);
            assert_eq!(contracts.iter().filter(|c| c.active).count(), 1);
            assert_eq!(contracts.iter().filter(|c| c.next_active).count(), 1);
        }
    }

    #[test]
    fn contracts_are_spelled_with_one_digit_here_and_two_on_the_stream() {
        let assets = Assets::on(date(2026, 11, 20));
        let lead = &assets.all[assets.by_symbol("/ES").unwrap()];
        assert_eq!(
            (lead.symbol.as_str(), lead.streamer.as_str()),
            ("/ESZ6", "/ESZ26:XCME")
        );
        assert_eq!(assets.by_streamer("/ES:XCME"), assets.by_symbol("/ESZ6"));
        // Crude for January is what trades in late November.
        assert_eq!(assets.all[assets.by_symbol("/CL").unwrap()].symbol, "/CLF7");
        assert_eq!(assets.by_streamer("/ESZ6"), None);
    }
}
