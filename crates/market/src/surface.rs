//! Implied volatility over time and strike, and options priced from it with one model.

use jiff::Timestamp;

use super::asset::Asset;
use super::black_scholes::Inputs;
use super::expiry::Expiry;
use super::history::to_tick;
use super::number::round_to;
use super::option::{OptionSymbol, Right};
use super::random::Draw;

/// Riskless rate, continuous annual fraction.
pub(super) const RATE: f64 = 0.0375;

const SECONDS_PER_YEAR: f64 = 365.0 * 86_400.0;

/// The volatility index is quoted for this many days.
const INDEX_DAYS: f64 = 30.0;

/// A quoted option.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct OptionQuote {
    pub(super) bid: f64,
    pub(super) ask: f64,
    pub(super) bid_size: f64,
    pub(super) ask_size: f64,
    pub(super) last: f64,
    pub(super) previous_close: f64,
    pub(super) volume: f64,
    pub(super) open_interest: i64,
    /// Implied volatility of this strike, annual fraction.
    pub(super) volatility: f64,
    pub(super) theo: f64,
    pub(super) delta: f64,
    pub(super) gamma: f64,
    pub(super) theta: f64,
    pub(super) vega: f64,
    pub(super) rho: f64,
}

/// What an option's price depends on besides its own terms.
#[derive(Clone, Copy, Debug)]
pub(super) struct Surface<'a> {
    pub(super) seed: u64,
    pub(super) asset: &'a Asset,
    pub(super) spot: f64,
    /// The underlying's previous close.
    pub(super) previous_close: f64,
    /// The volatility index, annual fraction.
    pub(super) iv: f64,
    pub(super) now: Timestamp,
}

impl Surface<'_> {
    /// Years to settlement, at least an hour.
    pub(super) fn years(&self, expiry: &Expiry) -> f64 {
        let left = expiry.settles.duration_since(self.now).as_secs_f64();
        left.max(3600.0) / SECONDS_PER_YEAR
    }

    /// At-the-money volatility of an expiration; exactly the index at thirty days.
    pub(super) fn at_the_money(&self, expiry: &Expiry) -> f64 {
        let tilt = Draw::new(self.seed)
            .word("term")
            .word(self.asset.walk())
            .between(-0.16, 0.06);
        let days = self.years(expiry) * 365.0;
        let bend = (-days / INDEX_DAYS).exp() - (-1.0_f64).exp();
        round_to(self.iv * (1.0 + tilt * bend), 9)
    }

    /// One standard deviation of the logarithm of the price until an expiration.
    pub(super) fn deviation(&self, expiry: &Expiry) -> f64 {
        self.at_the_money(expiry) * self.years(expiry).sqrt()
    }

    /// A listed option's quote.
    pub(super) fn quote(&self, contract: &OptionSymbol, expiry: &Expiry) -> OptionQuote {
        let volatility = self.volatility(contract, expiry);
        let model = self.model(contract, expiry, volatility);
        let value = model.value();
        let before = Inputs {
            spot: self.previous_close,
            years: model.years + 1.0 / 365.0,
            ..model
        };
        let draw = Draw::new(self.seed).word("option").word(&contract.occ());
        let (bid, ask) = self.book(value.price);
        let shown = |value: f64| round_to(value, 9);
        let interest = self.interest(contract, expiry);
        OptionQuote {
            bid,
            ask,
            bid_size: draw.word("bid").between(1.0, 180.0).floor(),
            ask_size: draw.word("ask").between(1.0, 180.0).floor(),
            last: step_nearest(value.price),
            previous_close: step_nearest(before.value().price),
            volume: (interest * draw.word("volume").between(0.01, 0.35)).floor(),
            open_interest: whole(interest * draw.word("open").between(0.5, 1.5)),
            volatility,
            theo: shown(value.price),
            delta: shown(value.delta),
            gamma: shown(value.gamma),
            theta: shown(value.theta),
            vega: shown(value.vega),
            rho: shown(value.rho),
        }
    }

    fn model(&self, contract: &OptionSymbol, expiry: &Expiry, volatility: f64) -> Inputs {
        let dividend_yield = self
            .asset
            .listing()
            .map_or(RATE, |listing| listing.dividend_yield);
        Inputs {
            right: contract.right,
            spot: self.spot,
            strike: contract.strike.price(),
            years: self.years(expiry),
            volatility,
            rate: RATE,
            carry: RATE - dividend_yield,
        }
    }

    /// The smile: puts below the money are dearer than calls above it, both wings rise.
    fn volatility(&self, contract: &OptionSymbol, expiry: &Expiry) -> f64 {
        let distance = (contract.strike.price() / self.spot).ln() / self.deviation(expiry);
        let distance = distance.clamp(-4.0, 4.0);
        let skew = -0.055 * distance + 0.014 * distance * distance;
        round_to(self.at_the_money(expiry) * (1.0 + skew), 9)
    }

    fn book(&self, theo: f64) -> (f64, f64) {
        let share = match self.asset.liquidity() {
            5.. => 0.006,
            4 => 0.015,
            3 => 0.04,
            _ => 0.09,
        };
        let step = tick_size(theo);
        let half = (theo * share / 2.0).max(step / 2.0);
        let bid = ((theo - half) / step).floor().max(0.0) * step;
        let ask = ((theo + half) / step).ceil().max(1.0) * step;
        (round_to(bid, 2), round_to(ask, 2))
    }

    /// Contracts that people hold: most at the money and near expirations.
    fn interest(&self, contract: &OptionSymbol, expiry: &Expiry) -> f64 {
        let distance = (contract.strike.price() / self.spot).ln() / self.deviation(expiry);
        let right = match contract.right {
            Right::Call => 1.0,
            Right::Put => 1.15,
        };
        let size = 400.0 * 3.0_f64.powi(i32::from(self.asset.liquidity()));
        right * size * (-distance * distance / 4.0).exp() / (1.0 + 4.0 * self.years(expiry))
    }
}

/// The price step of an option, as the `tick-sizes` of the chain say.
fn tick_size(price: f64) -> f64 {
    if price < 3.0 { 0.01 } else { 0.05 }
}

fn step_nearest(price: f64) -> f64 {
    to_tick(price, tick_size(price))
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "open interest is far below 2^53 contracts"
)]
fn whole(number: f64) -> i64 {
    number as i64
}
