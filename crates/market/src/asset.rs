//! Everything with a price of its own: listings, and the dated contracts of each futures product.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use jiff::civil::{Date, Weekday, date};

use super::calendar::{
    days_between, nth_weekday, previous_session, session_until, third_friday, tomorrow, yesterday,
};
use super::universe::{Class, Expires, Listing, Product, Universe};

/// Months of futures contracts, January first.
const MONTHS: &str = "FGHJKMNQUVXZ";

/// Contracts listed of each product.
const LISTED_CONTRACTS: usize = 4;

/// Contracts of each product that have expired and whose bars are still there.
const EXPIRED_CONTRACTS: usize = 1;

/// Sessions before its end from which on a contract has bars. Long enough that a leading contract and the one before it
/// together always have more than the 67 closes of the longest usual window, and short enough that one alone seldom has.
const SESSIONS_OF_A_CONTRACT: usize = 80;

/// A contract this close to its end has handed the lead to the next one.
const ROLL_DAYS: i64 = 8;

/// What an asset is.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Listing(Arc<Listing>),
    Contract(&'static Product, Contract),
}

/// Where a contract stands among those of its product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Turn {
    Expired,
    /// Still listed, but no longer leading.
    Led,
    /// The active month.
    Leads,
    /// The next active month.
    Next,
    Later,
}

/// The part of a futures contract that its product does not tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Contract {
    pub(super) expiration: Date,
    pub(super) turn: Turn,
}

impl Contract {
    pub(super) fn leads(self) -> bool {
        self.turn == Turn::Leads
    }

    /// Whether it ends before the leading contract does.
    pub(super) fn is_earlier(self) -> bool {
        self.turn < Turn::Leads
    }

    /// The first session with a bar.
    pub(super) fn first_session(self) -> Date {
        (0..SESSIONS_OF_A_CONTRACT).fold(session_until(self.expiration), |day, _| {
            previous_session(day)
        })
    }
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
    pub(super) fn walk(&self) -> &str {
        match &self.kind {
            Kind::Listing(listing) => &listing.walk,
            Kind::Contract(product, _) => &product.walk,
        }
    }

    /// Realised volatility, annual fraction.
    pub(super) fn vol(&self) -> f64 {
        match &self.kind {
            Kind::Listing(listing) => listing.vol,
            Kind::Contract(product, _) => product.vol,
        }
    }

    /// Typical implied volatility, annual fraction; `None` where no options are listed.
    pub(super) fn iv(&self) -> Option<f64> {
        let iv = match &self.kind {
            Kind::Listing(listing) => listing.iv,
            Kind::Contract(product, _) => product.iv,
        };
        (iv > 0.0).then_some(iv)
    }

    pub(super) fn beta(&self) -> f64 {
        match &self.kind {
            Kind::Listing(listing) => listing.beta,
            Kind::Contract(product, _) => product.beta,
        }
    }

    /// Liquidity rating 0–5.
    pub(super) fn liquidity(&self) -> u8 {
        match &self.kind {
            Kind::Listing(listing) => listing.liquidity,
            Kind::Contract(product, _) => product.liquidity,
        }
    }

    /// Smallest price step.
    pub(super) fn tick_size(&self) -> f64 {
        match &self.kind {
            Kind::Listing(_) => 0.01,
            Kind::Contract(product, _) => product.tick,
        }
    }

    /// Average daily volume in shares, contracts or coins; `None` for an index.
    pub(super) fn volume(&self) -> Option<f64> {
        match &self.kind {
            Kind::Listing(listing) if listing.class == Class::Index => None,
            Kind::Listing(listing) => Some(listing.volume * 1e6),
            Kind::Contract(product, contract) => {
                let leads_or_led = matches!(contract.turn, Turn::Leads | Turn::Expired);
                let share = if leads_or_led { 1.0 } else { 0.08 };
                Some(product.volume * share)
            }
        }
    }

    pub(super) fn name(&self) -> String {
        match &self.kind {
            Kind::Listing(listing) => listing.name.clone(),
            Kind::Contract(product, contract) => {
                format!("{} {}", product.name, contract.expiration.strftime("%b %Y"))
            }
        }
    }

    pub(super) fn is_index(&self) -> bool {
        matches!(&self.kind, Kind::Listing(listing) if listing.class == Class::Index)
    }

    /// Whether it can be traded: all but contracts that have expired.
    pub(super) fn is_listed(&self) -> bool {
        !matches!(&self.kind, Kind::Contract(_, contract) if contract.turn == Turn::Expired)
    }

    pub(super) fn listing(&self) -> Option<&Listing> {
        match &self.kind {
            Kind::Listing(listing) => Some(listing),
            Kind::Contract(..) => None,
        }
    }

    /// The `instrument-type` of by-type rows.
    pub(super) fn instrument_type(&self) -> &'static str {
        match &self.kind {
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
    /// Those that are listed come first.
    pub(super) all: Vec<Asset>,
    by_symbol: HashMap<String, usize>,
    by_streamer: HashMap<String, usize>,
}

impl Assets {
    /// Those of the tables, and further stocks.
    pub(super) fn on(today: Date, further: impl IntoIterator<Item = Listing>) -> Self {
        let universe = Universe::embedded();
        let further = further.into_iter().map(Arc::new);
        let listings = universe.listings.iter().cloned().chain(further);
        let mut all: Vec<Asset> = listings.map(of_listing).collect();
        let products = universe.products.iter();
        let contracts = products.flat_map(|product| contracts(product, today));
        let (listed, expired): (Vec<Asset>, Vec<Asset>) = contracts.partition(Asset::is_listed);
        all.extend(listed);
        all.extend(expired);
        let mut by_symbol: HashMap<String, usize> = all
            .iter()
            .enumerate()
            .filter(|(_, asset)| asset.is_listed())
            .map(|(place, asset)| (asset.symbol.clone(), place))
            .collect();
        let mut by_streamer: HashMap<String, usize> = all
            .iter()
            .enumerate()
            .map(|(place, asset)| (asset.streamer.clone(), place))
            .collect();
        for (place, asset) in all.iter().enumerate() {
            if let Kind::Contract(product, contract) = asset.kind
                && contract.leads()
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

fn of_listing(listing: Arc<Listing>) -> Asset {
    let streamer = match listing.class {
        Class::Crypto => format!("{}:{}", listing.symbol, listing.listed),
        Class::Equity | Class::Etf | Class::Index => listing.symbol.clone(),
    };
    Asset {
        symbol: listing.symbol.clone(),
        streamer,
        level: listing.level,
        kind: Kind::Listing(listing),
    }
}

fn contracts(product: &'static Product, today: Date) -> Vec<Asset> {
    let this_month = today.year() * 12 + i16::from(today.month()) - 1;
    let cycle: Vec<(i16, i8, Date)> = (this_month - 15..this_month + 48)
        .map(|number| (number / 12, i8::try_from(number % 12 + 1).unwrap_or(1)))
        .filter(|(_, month)| product.months.contains(code(*month)))
        .map(|(year, month)| (year, month, expiration(product.expires, year, month)))
        .collect();
    let expired = cycle.partition_point(|(.., expiration)| *expiration < today);
    let kept = cycle
        .get(expired.saturating_sub(EXPIRED_CONTRACTS)..)
        .unwrap_or_default();
    let kept = &kept[..kept.len().min(EXPIRED_CONTRACTS + LISTED_CONTRACTS)];
    let active = kept
        .iter()
        .position(|(.., expiration)| days_between(today, *expiration) > ROLL_DAYS)
        .unwrap_or_default();
    let lead = kept.get(active).map_or(today, |(.., lead)| *lead);
    kept.iter()
        .enumerate()
        .map(|(place, &(year, month, expiration))| {
            let turn = match place.cmp(&active) {
                Ordering::Less if expiration < today => Turn::Expired,
                Ordering::Less => Turn::Led,
                Ordering::Equal => Turn::Leads,
                Ordering::Greater if place == active + 1 => Turn::Next,
                Ordering::Greater => Turn::Later,
            };
            let contract = Contract { expiration, turn };
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
        let assets = Assets::on(date(2026, 11, 20), []);
        for product in &Universe::embedded().products {
            let contracts: Vec<Contract> = assets
                .all
                .iter()
                .filter_map(|asset| match asset.kind {
                    Kind::Contract(of, contract) if of.root == product.root => Some(contract),
                    _ => None,
                })
                .filter(|contract| contract.turn != Turn::Expired)
                .collect();
            assert_eq!(contracts.len(), LISTED_CONTRACTS, "{}", product.root);
            assert_eq!(contracts.iter().filter(|c| c.leads()).count(), 1);
            assert_eq!(contracts.iter().filter(|c| c.turn == Turn::Next).count(), 1);
        }
    }

    /// Whatever the day: two contracts overlap on a completed session and together have the 67 closes of 66 returns.
    #[test]
    fn a_leading_contract_and_the_one_before_it_have_a_quarters_closes() {
        let mut today = date(2026, 1, 1);
        let mut alone = 0;
        while today < date(2028, 1, 1) {
            for product in &Universe::embedded().products {
                let contracts = contracts(product, today);
                let lead = contracts
                    .iter()
                    .position(|asset| matches!(asset.kind, Kind::Contract(_, c) if c.leads()))
                    .unwrap();
                let [earlier, lead] = [lead - 1, lead].map(|place| match contracts[place].kind {
                    Kind::Contract(_, contract) => contract,
                    Kind::Listing(_) => unreachable!(),
                });
                let newest = previous_session(today);
                let sessions_since = |first: Date| {
                    std::iter::successors(Some(newest), |day| Some(previous_session(*day)))
                        .take_while(|day| *day >= first)
                        .count()
                };
                let named = format!("{} on {today}", product.root);
                assert!(earlier.is_earlier(), "{named}");
                assert!(sessions_since(earlier.first_session()) >= 67, "{named}");
                let joined = lead.first_session()..=newest.min(earlier.expiration);
                assert!(!joined.is_empty(), "{named}");
                alone += usize::from(sessions_since(lead.first_session()) >= 67);
            }
            today = today.saturating_add(jiff::ToSpan::days(9));
        }
        assert!(alone > 0, "some contracts need no other");
    }

    #[test]
    fn contracts_are_spelled_with_one_digit_here_and_two_on_the_stream() {
        let assets = Assets::on(date(2026, 11, 20), []);
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
