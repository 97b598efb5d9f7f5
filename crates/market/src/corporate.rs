//! Dividends and earnings of a stock: dates by rule, amounts by the yield of the table.

use jiff::ToSpan;
use jiff::civil::Date;

use super::calendar::{day_id, session_from, session_until};
use super::number::round_to;
use super::quoted::Quoted;
use super::universe::Class;

/// Days between two earnings reports.
const QUARTER: i64 = 91;

/// The last dividend whose ex-date has come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Dividend {
    /// Currency per payment.
    pub(super) amount: f64,
    pub(super) ex_date: Date,
    pub(super) pay_date: Date,
}

/// The next earnings report.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Earnings {
    pub(super) date: Date,
    pub(super) quarter_end: Date,
    pub(super) estimated: bool,
    /// `BTO` or `AMC`.
    pub(super) time_of_day: &'static str,
    pub(super) consensus: f64,
    pub(super) last_actual: f64,
}

/// The last dividend; `None` for what pays none.
pub(super) fn dividend(asset: &Quoted<'_>) -> Option<Dividend> {
    let listing = asset.asset.listing()?;
    if listing.dividends == 0 {
        return None;
    }
    let payments = i64::from(listing.dividends);
    let today = asset.market.today();
    let since = days_since_mark(asset, "dividend", 365 / payments);
    let ex_date = session_until(today.saturating_sub(since.days()));
    let yearly = listing.dividend_yield * listing.level;
    Some(Dividend {
        amount: round_to(yearly / f64::from(listing.dividends), 2).max(0.01),
        ex_date,
        pay_date: session_from(ex_date.saturating_add(10.days())),
    })
}

/// The next earnings report; `None` for what is not a company.
pub(super) fn earnings(asset: &Quoted<'_>) -> Option<Earnings> {
    let listing = asset.asset.listing()?;
    if listing.class != Class::Equity {
        return None;
    }
    let draw = asset.market.draw().word("earnings").word(&listing.walk);
    let ahead = (QUARTER - days_since_mark(asset, "earnings", QUARTER)) % QUARTER;
    let today = asset.market.today();
    let date = session_from(today.saturating_add(ahead.days()));
    let quarter_end = date.saturating_sub(40.days()).last_of_month();
    let consensus = round_to(listing.level * draw.word("eps").between(0.004, 0.014), 2);
    Some(Earnings {
        date,
        quarter_end,
        estimated: ahead > 30,
        time_of_day: if draw.bits().is_multiple_of(2) {
            "BTO"
        } else {
            "AMC"
        },
        consensus,
        last_actual: round_to(consensus * draw.word("actual").between(0.92, 1.1), 2),
    })
}

/// Days since the last of a series of marks that lie `every` days apart, at a phase of the symbol's own.
fn days_since_mark(asset: &Quoted<'_>, series: &str, every: i64) -> i64 {
    let draw = asset.market.draw().word(series).word(asset.asset.walk());
    let phase = i64::try_from(draw.bits() % 1024).unwrap_or_default();
    (day_id(asset.market.today()) + phase).rem_euclid(every)
}
