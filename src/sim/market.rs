//! The market itself: one consistent set of prices and volatilities that every endpoint and the stream read from.
//!
//! It is a function of a seed and a moment, and knows nothing of JSON, sockets or faults. Symbols are computed when they
//! are first asked for. A tick moves live prices; history, volatility and listings stay as they are for the whole run.

use std::collections::HashSet;
use std::sync::OnceLock;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::asset::{Asset, Assets};
use super::calendar::{hours, previous_session, session_until};
use super::expiry::{Expiry, expiries, strikes};
use super::history::{Bar, Days, History};
use super::price::{Price, Session};
use super::random::Draw;
use super::surface::{OptionQuote, Surface};

use crate::clock::new_york_date;
use crate::model::OptionContract;

/// Wall time between two ticks.
pub const TICK: SignedDuration = SignedDuration::from_millis(250);

/// A seeded market at a moment.
#[derive(Debug)]
pub struct Market {
    seed: u64,
    now: Timestamp,
    today: Date,
    session: Session,
    assets: Assets,
    days: Days,
    /// One slot for each asset, filled at the first question about it.
    histories: Vec<OnceLock<History>>,
    chains: Vec<OnceLock<Vec<Expiry>>>,
    halted: HashSet<String>,
    unknown: HashSet<String>,
}

impl Market {
    /// The market that a seed gives at a moment.
    pub fn new(seed: u64, now: Timestamp) -> Self {
        let today = new_york_date(now);
        let assets = Assets::on(today);
        // Before the opening bell the newest session is still yesterday's.
        let latest = session_until(today);
        let newest = if now < hours(latest).open {
            previous_session(latest)
        } else {
            latest
        };
        let session = if now < hours(newest).close {
            Session::Running
        } else {
            Session::Over
        };
        Self {
            seed,
            now,
            today,
            session,
            days: Days::until(newest),
            histories: assets.all.iter().map(|_| OnceLock::new()).collect(),
            chains: assets.all.iter().map(|_| OnceLock::new()).collect(),
            assets,
            halted: HashSet::new(),
            unknown: HashSet::new(),
        }
    }

    /// The same market with trading halted in some symbols.
    #[must_use]
    pub fn with_halted(mut self, symbols: impl IntoIterator<Item = String>) -> Self {
        self.halted.extend(symbols);
        self
    }

    /// The same market without some symbols, their options included.
    #[must_use]
    pub fn without(mut self, symbols: impl IntoIterator<Item = String>) -> Self {
        self.unknown.extend(symbols);
        self
    }

    /// Wall time of a tick in milliseconds since 1970.
    pub fn time_ms(&self, tick: u64) -> i64 {
        let elapsed = i64::try_from(tick).unwrap_or_default();
        self.now.as_millisecond() + elapsed * 250
    }

    /// Symbols of the universe in tastytrade's spelling, contracts of futures included.
    pub fn symbols(&self) -> impl Iterator<Item = &str> {
        self.assets.all.iter().map(|asset| asset.symbol.as_str())
    }

    pub(super) fn now(&self) -> Timestamp {
        self.now
    }

    pub(super) fn today(&self) -> Date {
        self.today
    }

    /// Draws that belong to this market.
    pub(super) fn draw(&self) -> Draw {
        Draw::new(self.seed)
    }

    pub(super) fn session(&self) -> Session {
        self.session
    }

    pub(super) fn is_halted(&self, symbol: &str) -> bool {
        self.halted.contains(symbol)
    }

    /// An asset by tastytrade's spelling; a futures root is its active contract.
    pub(super) fn asset(&self, symbol: &str) -> Option<Quoted<'_>> {
        self.quoted(self.assets.by_symbol(symbol)?)
    }

    /// An asset by the stream's spelling.
    pub(super) fn streamed(&self, streamer: &str) -> Option<Quoted<'_>> {
        self.quoted(self.assets.by_streamer(streamer)?)
    }

    /// All assets.
    pub(super) fn all(&self) -> impl Iterator<Item = Quoted<'_>> {
        (0..self.assets.all.len()).filter_map(|place| self.quoted(place))
    }

    fn quoted(&self, place: usize) -> Option<Quoted<'_>> {
        let asset = &self.assets.all[place];
        let known = !self.unknown.contains(&asset.symbol);
        known.then_some(Quoted {
            market: self,
            asset,
            place,
        })
    }

    /// A listed option with its underlying and expiration.
    pub(super) fn option(&self, contract: &OptionContract) -> Option<(Quoted<'_>, &Expiry)> {
        let underlying = self.asset(&contract.underlying())?;
        let expiry = underlying
            .expiries()
            .iter()
            .find(|expiry| expiry.lists(contract))?;
        Some((underlying, expiry))
    }
}

/// An asset together with the market that prices it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quoted<'a> {
    pub(super) market: &'a Market,
    pub(super) asset: &'a Asset,
    place: usize,
}

impl<'a> Quoted<'a> {
    pub(super) fn history(&self) -> &'a History {
        let market = self.market;
        market.histories[self.place]
            .get_or_init(|| History::of(market.seed, self.asset, &market.days))
    }

    pub(super) fn price(&self, tick: u64) -> Price {
        let market = self.market;
        super::price::at(
            market.seed,
            self.asset,
            self.history(),
            market.session,
            tick,
        )
    }

    /// Daily bars up to the present one, which moves with the tick.
    pub(super) fn bars(&self, tick: u64) -> Vec<Bar> {
        let mut bars = self.history().bars.clone();
        let price = self.price(tick);
        if let Some(live) = bars.last_mut() {
            live.close = price.regular;
            live.high = price.high;
            live.low = price.low;
            live.volume = price.volume;
        }
        bars
    }

    /// Closes of completed sessions before today, oldest first: what realised volatility is computed from.
    pub(super) fn completed_closes(&self) -> Vec<f64> {
        self.history()
            .bars
            .iter()
            .filter(|bar| bar.date < self.market.today)
            .map(|bar| bar.close)
            .collect()
    }

    /// The volatility index, annual fraction.
    pub(super) fn iv(&self) -> Option<f64> {
        self.history().ivs.last().copied()
    }

    /// Listed expirations by date. Strikes are centred on the previous close, so a chain holds for the whole session.
    pub(super) fn expiries(&self) -> &'a [Expiry] {
        let market = self.market;
        market.chains[self.place].get_or_init(|| {
            let mut listed = expiries(self.asset, market.today, market.now);
            let centre = self.history().previous().close;
            if let Some(iv) = self.iv() {
                let surface = self.surface_at(centre, iv);
                for expiry in &mut listed {
                    expiry.strikes = strikes(self.asset, centre, surface.deviation(expiry));
                }
            }
            listed
        })
    }

    /// Implied volatilities and option prices at a tick; `None` where no options are listed.
    pub(super) fn surface(&self, tick: u64) -> Option<Surface<'a>> {
        Some(self.surface_at(self.price(tick).last, self.iv()?))
    }

    fn surface_at(&self, spot: f64, iv: f64) -> Surface<'a> {
        Surface {
            seed: self.market.seed,
            asset: self.asset,
            spot,
            previous_close: self.history().previous().close,
            iv,
            now: self.market.now,
        }
    }

    /// The quote of one of this underlying's listed options.
    pub(super) fn option_quote(
        &self,
        contract: &OptionContract,
        expiry: &Expiry,
        tick: u64,
    ) -> Option<OptionQuote> {
        self.surface(tick)?.quote(contract, expiry)
    }
}

#[cfg(test)]
mod tests {
    use super::super::surface::RATE;
    use super::super::{Wire, fields};
    use super::*;

    use crate::model::Right;

    fn friday() -> Timestamp {
        "2026-11-20T15:30:00Z".parse().unwrap()
    }

    fn contracts<'a>(asset: &Quoted<'a>) -> Vec<(&'a Expiry, OptionContract)> {
        let mut listed = Vec::new();
        for expiry in asset.expiries() {
            for &strike in &expiry.strikes {
                for right in [Right::Call, Right::Put] {
                    let contract = OptionContract {
                        root: expiry.root.clone(),
                        expiration: expiry.date,
                        right,
                        strike,
                    };
                    listed.push((expiry, contract));
                }
            }
        }
        listed
    }

    fn number(fields: &[(&'static str, Wire)], name: &str) -> f64 {
        match fields.iter().find(|(field, _)| *field == name) {
            Some((_, Wire::Number(number))) => *number,
            other => panic!("{name}: {other:?}"),
        }
    }

    #[test]
    fn a_seed_and_a_moment_decide_everything() {
        let (one, same) = (Market::new(4, friday()), Market::new(4, friday()));
        let other = Market::new(5, friday());
        let mut differing = 0;
        for symbol in ["SPY", "AAPL", "VIX", "/ESZ26:XCME", ".SPY261218C680"] {
            for event_type in [
                "Quote",
                "Trade",
                "Summary",
                "Profile",
                "Greeks",
                "Underlying",
            ] {
                for tick in [0, 9] {
                    let event = one.event(event_type, symbol, tick);
                    assert_eq!(event, same.event(event_type, symbol, tick));
                    differing += usize::from(event != other.event(event_type, symbol, tick));
                }
            }
        }
        assert!(differing > 20, "{differing}");
    }

    #[test]
    fn events_have_the_announced_fields_in_the_announced_order() {
        let market = Market::new(1, friday());
        for (event_type, symbol) in [
            ("Quote", "SPY"),
            ("Trade", "SPY"),
            ("TradeETH", "SPY"),
            ("Summary", "/ESZ26:XCME"),
            ("Profile", "AAPL"),
            ("Greeks", ".SPY261218C680"),
            ("Underlying", "SPX"),
        ] {
            let event = market.event(event_type, symbol, 0).unwrap();
            let names: Vec<&str> = event.iter().map(|(name, _)| *name).collect();
            assert_eq!(names, fields(event_type).unwrap()[2..], "{event_type}");
        }
        let candle = &market.candles("SPY", 0, 0)[0];
        let names: Vec<&str> = candle.fields(0).iter().map(|(name, _)| *name).collect();
        assert_eq!(names, fields("Candle").unwrap()[2..]);
    }

    #[test]
    fn what_does_not_exist_is_silent() {
        let market = Market::new(1, friday()).without(["QQQ".to_owned()]);
        for (event_type, symbol) in [
            ("Quote", "NOSUCH"),
            ("Quote", "QQQ"),
            ("Quote", ".QQQ261218C600"),
            ("Quote", ".SPY261218C680.5"),
            ("Quote", ".SPY261219C680"),
            ("Quote", "/ESZ6"),
            ("Quote", "VIX"),
            ("Greeks", "SPY"),
            ("TradeETH", "SPX"),
            ("TheoPrice", ".SPY261218C680"),
        ] {
            assert_eq!(
                market.event(event_type, symbol, 0),
                None,
                "{event_type} {symbol}"
            );
        }
        assert!(market.candles("QQQ", 0, 0).is_empty());
    }

    #[test]
    fn an_index_is_quoted_without_numbers() {
        let quote = Market::new(1, friday()).event("Quote", "SPX", 0).unwrap();
        for name in ["bidPrice", "bidSize", "askPrice", "askSize"] {
            assert!(quote.contains(&(name, Wire::NotAvailable)), "{name}");
        }
    }

    #[test]
    fn puts_and_calls_agree_with_the_forward() {
        let market = Market::new(1, friday());
        for symbol in ["SPY", "AAPL", "BRK/B", "SPX"] {
            let asset = market.asset(symbol).unwrap();
            let surface = asset.surface(3).unwrap();
            let dividend_yield = asset.asset.listing().unwrap().dividend_yield;
            for (expiry, call) in contracts(&asset) {
                if call.right == Right::Put {
                    continue;
                }
                let put = OptionContract {
                    right: Right::Put,
                    ..call.clone()
                };
                let years = surface.years(expiry);
                let forward = surface.spot * (-dividend_yield * years).exp()
                    - call.strike.price() * (-RATE * years).exp();
                let price = |contract| asset.option_quote(contract, expiry, 3).unwrap().theo;
                let difference = price(&call) - price(&put);
                assert!((difference - forward).abs() < 1e-6, "{}", call.occ());
            }
        }
    }

    #[test]
    fn the_book_of_an_option_holds_its_model_price() {
        let market = Market::new(1, friday());
        for symbol in ["SPY", "TSLA", "F", "VIX", "BIL"] {
            let asset = market.asset(symbol).unwrap();
            let listed = contracts(&asset);
            assert!(listed.len() > 100, "{symbol} {}", listed.len());
            for (expiry, contract) in listed {
                let quote = asset.option_quote(&contract, expiry, 0).unwrap();
                assert!(
                    quote.bid <= quote.theo && quote.theo <= quote.ask,
                    "{quote:?}"
                );
                assert!(quote.volatility > 0.0 && quote.bid < quote.ask);
            }
        }
    }

    #[test]
    fn greeks_are_the_slopes_of_the_price() {
        let market = Market::new(1, friday());
        let asset = market.asset("AAPL").unwrap();
        let contract = OptionContract::from_streamer(".AAPL261218C315").unwrap();
        let (_, expiry) = market.option(&contract).unwrap();
        let surface = asset.surface(0).unwrap();
        let quote = surface.quote(&contract, expiry).unwrap();
        // A parallel move of spot and previous close with the strike's volatility held is what delta is about.
        let vol = quote.volatility;
        let bumped = |spot: f64, vol: f64| {
            crate::vol::black::EuropeanOption {
                right: Right::Call,
                spot,
                strike: 315.0,
                years: surface.years(expiry),
                vol: crate::model::Vol::from_fraction(vol).unwrap(),
                rate: RATE,
                dividend_yield: asset.asset.listing().unwrap().dividend_yield,
            }
            .price()
            .unwrap()
        };
        let spot = surface.spot;
        let delta = (bumped(spot + 0.01, vol) - bumped(spot - 0.01, vol)) / 0.02;
        let vega = bumped(spot, vol + 0.005) - bumped(spot, vol - 0.005);
        assert!((quote.delta - delta).abs() < 1e-5);
        assert!((quote.vega - vega).abs() < 1e-4);
    }

    #[test]
    fn the_volatility_index_lies_between_its_neighbouring_expirations() {
        let market = Market::new(1, friday());
        let asset = market.asset("NVDA").unwrap();
        let surface = asset.surface(0).unwrap();
        let vols: Vec<f64> = asset
            .expiries()
            .iter()
            .map(|expiry| surface.at_the_money(expiry))
            .collect();
        let low = vols.iter().copied().fold(f64::INFINITY, f64::min);
        let high = vols.iter().copied().fold(0.0, f64::max);
        assert!(low < surface.iv && surface.iv < high);
        let event = market.event("Underlying", "NVDA", 0).unwrap();
        assert!((number(&event, "volatility") - surface.iv).abs() < 1e-9);
    }

    #[test]
    fn before_the_opening_bell_and_on_weekends_yesterday_is_the_newest_session() {
        for (moment, newest, completed) in [
            ("2026-11-20T14:00:00Z", "2026-11-19", "2026-11-19"),
            ("2026-11-20T15:30:00Z", "2026-11-20", "2026-11-19"),
            ("2026-11-20T22:30:00Z", "2026-11-20", "2026-11-19"),
            ("2026-11-21T15:30:00Z", "2026-11-20", "2026-11-20"),
        ] {
            let market = Market::new(1, moment.parse().unwrap());
            let asset = market.asset("SPY").unwrap();
            assert_eq!(asset.price(0).session.to_string(), newest, "{moment}");
            let closes = asset.completed_closes();
            let last = asset
                .history()
                .bars
                .iter()
                .find(|bar| bar.date.to_string() == completed)
                .unwrap();
            assert_eq!(closes.last(), Some(&last.close), "{moment}");
        }
    }

    #[test]
    fn every_day_has_a_market() {
        for moment in [
            "2025-01-02T15:00:00Z",
            "2026-07-03T15:00:00Z",
            "2026-11-19T22:00:00Z",
            "2026-12-18T20:59:59Z",
            "2026-12-31T23:59:59Z",
            "2028-02-29T15:00:00Z",
            "2036-03-10T04:00:00Z",
        ] {
            let market = Market::new(2, moment.parse().unwrap());
            for asset in market.all() {
                let (symbol, price) = (&asset.asset.symbol, asset.price(7));
                let away = (price.last / asset.asset.level).ln().abs();
                assert!(
                    away < 2.5 * asset.asset.vol().max(0.1),
                    "{moment} {symbol} {price:?}"
                );
                assert!(asset.completed_closes().len() >= 300, "{moment} {symbol}");
                let has_options = asset.iv().is_some() && asset.asset.listing().is_some();
                assert_eq!(
                    asset.expiries().is_empty(),
                    !has_options,
                    "{moment} {symbol}"
                );
                assert!(
                    asset
                        .expiries()
                        .iter()
                        .all(|expiry| expiry.strikes.len() >= 5)
                );
            }
        }
    }
}
