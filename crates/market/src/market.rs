//! The market itself: one consistent set of prices and volatilities that every endpoint and the stream read from.
//!
//! It is a function of a seed and a moment, and knows nothing of JSON, sockets or faults. Symbols are computed when they
//! are first asked for. A tick moves live prices; history, volatility and listings stay as they are for the whole run.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::asset::{Assets, Kind};
use super::calendar::{hours, new_york_date, previous_session, session_until};
use super::expiry::{self, Expiry};
use super::history::{Days, History, Recent};
use super::option::OptionSymbol;
use super::price::Session;
use super::quoted::Quoted;
use super::random::Draw;
use super::script::ContractHistory;
use super::synthetic;

/// Wall time between two ticks.
pub const TICK: SignedDuration = SignedDuration::from_millis(250);

/// A seeded market at a moment.
#[derive(Debug)]
pub struct Market {
    pub(super) seed: u64,
    pub(super) now: Timestamp,
    pub(super) today: Date,
    pub(super) session: Session,
    assets: Assets,
    /// The underlying of each option root.
    option_roots: HashMap<String, usize>,
    pub(super) days: Days,
    /// One slot for each asset, filled at the first question about it.
    pub(super) recents: Vec<OnceLock<Recent>>,
    pub(super) histories: Vec<OnceLock<History>>,
    pub(super) chains: Vec<OnceLock<Vec<Expiry>>>,
    halted: HashSet<String>,
    unknown: HashSet<String>,
    /// The most bars that leading and later contracts have.
    pub(super) contract_bars: Option<usize>,
}

impl Market {
    /// The market that a seed gives at a moment.
    pub fn new(seed: u64, now: Timestamp) -> Self {
        Self::with_extra_symbols(seed, now, 0)
    }

    /// The same with made-up stocks besides, at most 456 976, named by [`extra_symbol`](crate::extra_symbol). What all the
    /// others do does not depend on them.
    pub fn with_extra_symbols(seed: u64, now: Timestamp, count: usize) -> Self {
        let today = new_york_date(now);
        let numbers = 0..count.min(synthetic::MOST);
        let assets = Assets::on(
            today,
            numbers.map(|number| synthetic::listing(Draw::new(seed), number)),
        );
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
            days: Days::until(newest, seed),
            recents: assets.all.iter().map(|_| OnceLock::new()).collect(),
            histories: assets.all.iter().map(|_| OnceLock::new()).collect(),
            chains: assets.all.iter().map(|_| OnceLock::new()).collect(),
            option_roots: option_roots(&assets),
            assets,
            halted: HashSet::new(),
            unknown: HashSet::new(),
            contract_bars: None,
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

    /// The same market with another history of futures contracts; call it before anything is asked of the market.
    #[must_use]
    pub fn with_contracts(mut self, history: &ContractHistory) -> Self {
        self.contract_bars = history.bars;
        if let Some(ratio) = history.earlier_level {
            for asset in &mut self.assets.all {
                if matches!(asset.kind, Kind::Contract(_, contract) if contract.is_earlier()) {
                    asset.level *= ratio;
                }
            }
        }
        self
    }

    /// Wall time of a tick in milliseconds since 1970.
    pub fn time_ms(&self, tick: u64) -> i64 {
        let elapsed = i64::try_from(tick).unwrap_or_default();
        self.now.as_millisecond() + elapsed * 250
    }

    /// Symbols of the universe in tastytrade's spelling, contracts of futures included.
    pub fn symbols(&self) -> impl Iterator<Item = &str> {
        let listed = self.assets.all.iter().filter(|asset| asset.is_listed());
        listed.map(|asset| asset.symbol.as_str())
    }

    /// Where a symbol in the stream's spelling stands in [`symbols`](Self::symbols), an option where its underlying does.
    pub(super) fn position(&self, streamer: &str) -> Option<usize> {
        match OptionSymbol::from_streamer(streamer) {
            Some(option) => self.option_roots.get(&option.root).copied(),
            None => self.assets.by_streamer(streamer),
        }
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

    /// All assets that are listed.
    pub(super) fn all(&self) -> impl Iterator<Item = Quoted<'_>> {
        (0..self.assets.all.len())
            .filter_map(|place| self.quoted(place))
            .filter(|quoted| quoted.asset.is_listed())
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
    pub(super) fn option(&self, contract: &OptionSymbol) -> Option<(Quoted<'_>, &Expiry)> {
        let underlying = self.quoted(*self.option_roots.get(&contract.root)?)?;
        let expiry = underlying
            .expiries()
            .iter()
            .find(|expiry| expiry.lists(contract))?;
        Some((underlying, expiry))
    }
}

fn option_roots(assets: &Assets) -> HashMap<String, usize> {
    let listings = assets.all.iter().enumerate();
    listings
        .filter_map(|(place, asset)| Some((place, asset.listing()?)))
        .flat_map(|(place, listing)| expiry::option_roots(listing).map(|root| (root, place)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::{WireValue, fields};
    use super::*;

    fn friday() -> Timestamp {
        "2026-11-20T15:30:00Z".parse().unwrap()
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
            ("Quote", "/ESU26:XCME"),
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
            assert!(quote.contains(&(name, WireValue::NotAvailable)), "{name}");
        }
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
