//! Which options are listed: expirations of an underlying and the strikes of each.

use jiff::Timestamp;
use jiff::civil::{Date, Weekday};

use super::asset::Asset;
use super::calendar::{
    at, days_between, is_session, next_session, nth_weekday, session_until, third_friday,
};
use super::option::{OptionSymbol, Strike};
use super::universe::{Class, Listing};

/// When the settlement price of an expiration is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Settlement {
    Morning,
    Afternoon,
}

impl Settlement {
    /// The word of the chain endpoint.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Morning => "AM",
            Self::Afternoon => "PM",
        }
    }
}

/// A listed expiration of one root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Expiry {
    pub(super) root: String,
    pub(super) date: Date,
    /// `Regular` or `Weekly`.
    pub(super) kind: &'static str,
    pub(super) settlement: Settlement,
    /// The moment of settlement.
    pub(super) settles: Timestamp,
    /// The strikes, the lowest first.
    pub(super) strikes: Vec<Strike>,
}

impl Expiry {
    fn new(root: &str, date: Date, kind: &'static str, settlement: Settlement) -> Self {
        let settles = match settlement {
            Settlement::Morning => at(date, 9, 30),
            Settlement::Afternoon => at(date, 16, 0),
        };
        Self {
            root: root.to_owned(),
            date,
            kind,
            settlement,
            settles,
            strikes: Vec::new(),
        }
    }

    /// Whether a contract is on the list.
    pub(super) fn lists(&self, contract: &OptionSymbol) -> bool {
        self.date == contract.expiration
            && self.root == contract.root
            && self.strikes.binary_search(&contract.strike).is_ok()
    }
}

/// Expirations of an underlying that have not settled at `now`, by date and still without strikes; none where no options
/// are listed.
pub(super) fn expiries(asset: &Asset, today: Date, now: Timestamp) -> Vec<Expiry> {
    let Some(listing) = asset.listing() else {
        return Vec::new();
    };
    if asset.iv().is_none() {
        return Vec::new();
    }
    let roots = Roots::of(listing);
    let mut listed: Vec<Expiry> = monthly_dates(listing, today)
        .into_iter()
        .map(|date| Expiry::new(&roots.monthly, date, "Regular", roots.settlement))
        .collect();
    for date in weekly_dates(listing, today) {
        if roots.weekly == roots.monthly && listed.iter().any(|other| other.date == date) {
            continue;
        }
        listed.push(Expiry::new(
            &roots.weekly,
            date,
            "Weekly",
            Settlement::Afternoon,
        ));
    }
    listed.retain(|expiry| expiry.settles > now);
    listed.sort_by(|a, b| (a.date, &a.root).cmp(&(b.date, &b.root)));
    listed
}

/// The option roots of a listing.
pub(super) fn option_roots(listing: &Listing) -> [String; 2] {
    let Roots {
        monthly, weekly, ..
    } = Roots::of(listing);
    [monthly, weekly]
}

/// The option roots of an underlying: cash indices with morning settlement have a second one for everything else.
struct Roots {
    monthly: String,
    weekly: String,
    settlement: Settlement,
}

impl Roots {
    fn of(listing: &Listing) -> Self {
        let plain = listing.symbol.replace('/', "");
        let weekly = match listing.symbol.as_str() {
            "SPX" => "SPXW",
            "NDX" => "NDXP",
            "RUT" => "RUTW",
            "VIX" => "VIXW",
            _ => {
                return Self {
                    weekly: plain.clone(),
                    monthly: plain,
                    settlement: Settlement::Afternoon,
                };
            }
        };
        Self {
            monthly: plain,
            weekly: weekly.to_owned(),
            settlement: Settlement::Morning,
        }
    }
}

fn monthly_dates(listing: &Listing, today: Date) -> Vec<Date> {
    let third = |ahead: i16| {
        let months = i16::from(today.month()) - 1 + ahead;
        let month = i8::try_from(months % 12 + 1).unwrap_or(1);
        let year = today.year() + months / 12;
        if listing.symbol == "VIX" {
            // Thirty days before the next month's third Friday.
            session_until(nth_weekday(year, month, 3, Weekday::Wednesday))
        } else {
            third_friday(year, month)
        }
    };
    let mut dates: Vec<Date> = [0, 1, 2, 3, 4, 6, 9].map(third).into();
    dates.push(third_friday(today.year() + 1, 1));
    dates.push(third_friday(today.year() + 2, 1));
    dates.retain(|date| *date >= today);
    dates.sort_unstable();
    dates.dedup();
    dates
}

fn weekly_dates(listing: &Listing, today: Date) -> Vec<Date> {
    if listing.liquidity < 3 {
        return Vec::new();
    }
    let mut dates = Vec::new();
    let mut day = if is_session(today) {
        today
    } else {
        next_session(today)
    };
    let daily = matches!(
        listing.symbol.as_str(),
        "SPX" | "XSP" | "SPY" | "QQQ" | "IWM"
    );
    while days_between(today, day) <= 45 {
        let ends_the_week = next_session(day).weekday().to_monday_zero_offset()
            < day.weekday().to_monday_zero_offset();
        if ends_the_week || (daily && days_between(today, day) <= 10) {
            dates.push(day);
        }
        day = next_session(day);
    }
    dates
}

/// The strikes of an expiration, ascending: dense around the money, coarse further out.
pub(super) fn strikes(asset: &Asset, spot: f64, deviation: f64) -> Vec<Strike> {
    let (fine, coarse) = steps(asset, spot);
    let near = (spot * (0.6 * deviation).clamp(0.04, 0.12)).max(4.0 * fine);
    let far = (spot * (3.0 * deviation).clamp(0.22, 0.6)).max(8.0 * coarse);
    let mut listed: Vec<u32> = Vec::new();
    listed.extend(multiples(coarse, spot - far, spot + far));
    listed.extend(multiples(fine, spot - near, spot + near));
    listed.sort_unstable();
    listed.dedup();
    listed
        .into_iter()
        .filter_map(Strike::from_thousandths)
        .collect()
}

fn steps(asset: &Asset, spot: f64) -> (f64, f64) {
    let class = asset.listing().map(|listing| listing.class);
    match class {
        Some(Class::Etf) if spot >= 50.0 => (1.0, 5.0),
        Some(Class::Index) if spot >= 10_000.0 => (25.0, 100.0),
        Some(Class::Index) if spot >= 1000.0 => (5.0, 25.0),
        Some(Class::Index) if spot >= 100.0 => (1.0, 5.0),
        _ if spot < 30.0 => (0.5, 1.0),
        _ if spot < 75.0 => (1.0, 5.0),
        _ if spot < 250.0 => (2.5, 5.0),
        _ if spot < 1000.0 => (5.0, 10.0),
        _ => (10.0, 50.0),
    }
}

/// Multiples of a step between two prices, in thousandths.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "strikes are positive and far below 2^32 thousandths"
)]
fn multiples(step: f64, low: f64, high: f64) -> impl Iterator<Item = u32> {
    let first = (low / step).ceil().max(1.0) as u32;
    let last = (high / step).floor() as u32;
    let thousandths = (step * 1000.0).round() as u32;
    (first..=last).map(move |multiple| multiple * thousandths)
}
