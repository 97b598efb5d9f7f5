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
use super::expiry::{Expiry, expiries, lists, strikes};
use super::history::{Bar, Days, History};
use super::price::{Price, Session};
use super::random::Draw;
use super::surface::{OptionQuote, Surface};

use crate::clock::new_york_date;
use crate::model::{OptionContract, Strike};

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
    pub(super) fn option(&self, contract: &OptionContract) -> Option<(Quoted<'_>, Expiry)> {
        let underlying = self.asset(&contract.underlying())?;
        let expiry = underlying
            .expiries()
            .into_iter()
            .find(|expiry| expiry.date == contract.expiration && expiry.root == contract.root)?;
        underlying
            .lists(contract, &expiry)
            .then_some((underlying, expiry))
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

    pub(super) fn expiries(&self) -> Vec<Expiry> {
        expiries(self.asset, self.market.today, self.market.now)
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

    /// Listed strikes of an expiration, ascending. They are centred on the previous close and so hold for the session.
    pub(super) fn strikes(&self, expiry: &Expiry) -> Vec<Strike> {
        self.grid(expiry)
            .map(|(centre, deviation)| strikes(self.asset, centre, deviation))
            .unwrap_or_default()
    }

    fn lists(&self, contract: &OptionContract, expiry: &Expiry) -> bool {
        self.grid(expiry)
            .is_some_and(|(centre, deviation)| lists(self.asset, centre, deviation, contract))
    }

    fn grid(&self, expiry: &Expiry) -> Option<(f64, f64)> {
        let centre = self.history().previous().close;
        let surface = self.surface_at(centre, self.iv()?);
        Some((centre, surface.deviation(expiry)))
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
