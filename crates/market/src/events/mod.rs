//! Events of the stream, made from the market.
//!
//! See `docs/reference/dxlink-protocol.md`, "9. Event types".

mod shapes;
#[cfg(test)]
mod tests;

use crate::asset::Kind;
use crate::calendar::{day_id, hours};
use crate::expiry::Expiry;
use crate::history::Bar;
use crate::market::Market;
use crate::number::round_to;
use crate::option::OptionSymbol;
use crate::price::{Price, Session};
use crate::quoted::Quoted;
use crate::surface::OptionQuote;
use crate::wire::{Candle, Fields, WireValue, index_of};

use shapes::{Day, Print, Profile, Sides, series_head};

impl Market {
    /// One event's fields without `eventType` and `eventSymbol`, as of a tick.
    ///
    /// `None` when the symbol is unknown or has no such event: a real server stays silent then.
    pub fn event(&self, event_type: &str, streamer_symbol: &str, tick: u64) -> Option<Fields> {
        if let Some(contract) = OptionSymbol::from_streamer(streamer_symbol) {
            return self.option_event(event_type, &contract, tick);
        }
        let of = self
            .streamed(streamer_symbol)
            .filter(|of| of.asset.is_listed())?;
        let price = of.price(tick);
        let asset = Underlying { of, price, tick };
        match event_type {
            "Quote" => asset.quote(),
            "Trade" => Some(asset.trade()),
            "TradeETH" => asset.extended_trade(),
            "Summary" => Some(asset.summary()),
            "Profile" => Some(asset.profile()),
            "Underlying" => asset.underlying(),
            _ => None,
        }
    }

    /// Daily bars at or after a time, oldest first; the last one may be live. Empty for an unknown symbol.
    ///
    /// A dated contract has those of its own life; a root without a date has the leading contract's as far back as
    /// history goes.
    pub fn candles(&self, base_symbol: &str, from_ms: i64, tick: u64) -> Vec<Candle> {
        let Some(asset) = self.streamed(base_symbol) else {
            return Vec::new();
        };
        let ivs = &asset.history().ivs;
        let bars = asset.bars(tick);
        let life = match asset.asset.kind {
            Kind::Contract(_, contract) if base_symbol == asset.asset.streamer => {
                asset.life(contract, &bars)
            }
            _ => 0..bars.len(),
        };
        let first = life.start;
        bars[life]
            .iter()
            .zip(first..)
            .map(|(bar, place)| candle(bar, ivs.get(place).copied()))
            .filter(|candle| candle.time >= from_ms)
            .collect()
    }

    /// Whether there are daily bars of a symbol, at whatever time.
    pub(super) fn has_candles(&self, base_symbol: &str) -> bool {
        self.streamed(base_symbol).is_some()
    }

    fn option_event(&self, event_type: &str, contract: &OptionSymbol, tick: u64) -> Option<Fields> {
        let (underlying, expiry) = self.option(contract)?;
        let option = Listed {
            quote: underlying.option_quote(contract, expiry, tick)?,
            underlying,
            contract,
            expiry,
            tick,
        };
        match event_type {
            "Quote" => Some(option.quote()),
            "Trade" => Some(option.trade()),
            "Summary" => Some(option.summary()),
            "Profile" => Some(option.profile()),
            "Greeks" => Some(option.greeks()),
            _ => None,
        }
    }
}

/// A stock, fund, index, future or coin at a tick.
struct Underlying<'a> {
    of: Quoted<'a>,
    price: Price,
    tick: u64,
}

impl Underlying<'_> {
    /// Indices have a quote without numbers, and the volatility index has none at all.
    fn quote(&self) -> Option<Fields> {
        let book = self.price.book;
        if book.is_none() && self.of.asset.symbol == "VIX" {
            return None;
        }
        let sides = Sides {
            time: self.of.market.time_ms(self.tick) / 1000 * 1000,
            bid: (book.map(|b| b.bid), book.map(|b| b.bid_size)),
            ask: (book.map(|b| b.ask), book.map(|b| b.ask_size)),
        };
        Some(sides.quote())
    }

    fn trade(&self) -> Fields {
        let price = &self.price;
        let time = match self.of.market.session() {
            Session::Running => self.of.market.time_ms(self.tick),
            Session::Over => hours(price.session).close.as_millisecond(),
        };
        Print {
            time,
            price: price.regular,
            previous_close: price.previous_close,
            size: (!self.of.asset.is_index()).then_some(100.0),
            day: day_id(price.session),
            volume: price.volume,
            extended: false,
        }
        .fields()
    }

    /// Only stocks and funds trade outside the session under a name of their own.
    fn extended_trade(&self) -> Option<Fields> {
        let listing = self.of.asset.listing()?;
        if self.of.asset.is_index() || listing.shares == 0.0 {
            return None;
        }
        let price = &self.price;
        let (time, last, extended) = match self.of.market.session() {
            Session::Running => (
                hours(price.session).open.as_millisecond() - 1000,
                price.open,
                false,
            ),
            Session::Over => (self.of.market.time_ms(self.tick), price.last, true),
        };
        Some(
            Print {
                time,
                price: last,
                previous_close: price.previous_close,
                size: Some(100.0),
                day: day_id(price.session),
                volume: price.volume.map(|volume| (volume * 0.02).round()),
                extended,
            }
            .fields(),
        )
    }

    fn summary(&self) -> Fields {
        let price = &self.price;
        let open_interest = match self.of.asset.kind {
            Kind::Contract(product, _) => WireValue::Number((product.volume * 1.6).round()),
            Kind::Listing(_) => WireValue::Integer(0),
        };
        Day {
            session: (day_id(price.session), day_id(price.previous_session)),
            open: Some(price.open),
            range: Some((price.high, price.low)),
            close: price.close,
            previous_close: price.previous_close,
            previous_volume: self.of.recent().previous.volume,
            open_interest,
        }
        .fields()
    }

    fn profile(&self) -> Fields {
        let asset = self.of.asset;
        let (low, high) = year_range(&self.of);
        let listing = asset.listing().filter(|listing| listing.dividends > 0);
        let halted = self.of.market.is_halted(&asset.symbol);
        let shares = asset
            .listing()
            .filter(|listing| listing.shares > 0.0)
            .map(|listing| listing.shares * 1e6);
        let dividend = crate::corporate::dividend(&self.of);
        Profile {
            description: asset.name(),
            halted_at: halted.then(|| self.of.market.time_ms(0) - 600_000),
            range: Some((high, low)),
            beta: Some(asset.beta()),
            dividend_frequency: listing.map(|listing| f64::from(listing.dividends)),
            dividend: dividend.map(|dividend| (dividend.amount, day_id(dividend.ex_date))),
            shares,
        }
        .fields()
    }

    fn underlying(&self) -> Option<Fields> {
        let surface = self.of.surface(self.tick)?;
        let expiries = self.of.expiries();
        let regular: Vec<f64> = expiries
            .iter()
            .filter(|expiry| expiry.kind == "Regular")
            .map(|expiry| surface.at_the_money(expiry))
            .collect();
        let draw = self
            .of
            .market
            .draw()
            .word("flow")
            .word(&self.of.asset.symbol);
        let size = 900.0 * 4.0_f64.powi(i32::from(self.of.asset.liquidity()));
        let calls = (size * draw.word("calls").between(0.5, 1.5)).round();
        let puts = (calls * draw.word("puts").between(0.5, 1.6)).round();
        let time = self.of.market.time_ms(self.tick);
        let mut fields = series_head(time);
        fields.extend([
            ("volatility", WireValue::Number(round_to(surface.iv, 9))),
            (
                "frontVolatility",
                WireValue::maybe(regular.first().copied()),
            ),
            ("backVolatility", WireValue::maybe(regular.get(1).copied())),
            ("callVolume", WireValue::Number(calls)),
            ("putVolume", WireValue::Number(puts)),
            ("putCallRatio", WireValue::Number(round_to(puts / calls, 6))),
        ]);
        Some(fields)
    }
}

/// A listed option at a tick.
struct Listed<'a> {
    underlying: Quoted<'a>,
    contract: &'a OptionSymbol,
    expiry: &'a Expiry,
    quote: OptionQuote,
    tick: u64,
}

impl Listed<'_> {
    fn quote(&self) -> Fields {
        Sides {
            time: self.underlying.market.time_ms(self.tick) / 1000 * 1000,
            bid: (Some(self.quote.bid), Some(self.quote.bid_size)),
            ask: (Some(self.quote.ask), Some(self.quote.ask_size)),
        }
        .quote()
    }

    fn trade(&self) -> Fields {
        let price = self.underlying.price(self.tick);
        let opened = hours(price.session).open.as_millisecond();
        Print {
            time: (self.underlying.market.time_ms(self.tick) - 45_000).max(opened),
            price: self.quote.last,
            previous_close: self.quote.previous_close,
            size: Some(1.0),
            day: day_id(price.session),
            volume: Some(self.quote.volume),
            extended: false,
        }
        .fields()
    }

    fn summary(&self) -> Fields {
        let price = self.underlying.price(self.tick);
        Day {
            session: (day_id(price.session), day_id(price.previous_session)),
            open: None,
            range: None,
            close: None,
            previous_close: self.quote.previous_close,
            previous_volume: Some(self.quote.volume),
            open_interest: WireValue::Integer(self.quote.open_interest),
        }
        .fields()
    }

    fn profile(&self) -> Fields {
        Profile {
            description: format!(
                "{} {} {} {}",
                self.contract.root,
                self.expiry.date,
                self.contract.strike,
                self.contract.right.word()
            ),
            halted_at: None,
            range: None,
            beta: None,
            dividend_frequency: None,
            dividend: None,
            shares: None,
        }
        .fields()
    }

    fn greeks(&self) -> Fields {
        let quote = &self.quote;
        let mut fields = series_head(self.underlying.market.time_ms(self.tick));
        fields.extend([
            ("price", WireValue::Number(quote.theo)),
            ("volatility", WireValue::Number(quote.volatility)),
            ("delta", WireValue::Number(quote.delta)),
            ("gamma", WireValue::Number(quote.gamma)),
            ("theta", WireValue::Number(quote.theta)),
            ("rho", WireValue::Number(quote.rho)),
            ("vega", WireValue::Number(quote.vega)),
        ]);
        fields
    }
}

/// Lowest and highest price of the last 252 sessions.
pub(super) fn year_range(asset: &Quoted<'_>) -> (f64, f64) {
    let bars = &asset.history().bars;
    let year = &bars[bars.len().saturating_sub(252)..];
    year.iter().fold((f64::INFINITY, 0.0), |(low, high), bar| {
        (bar.low.min(low), bar.high.max(high))
    })
}

fn candle(bar: &Bar, iv: Option<f64>) -> Candle {
    // Daily bars start at midnight UTC of their day (`docs/reference/dxlink-protocol.md`, "11. Candle symbols").
    let time = day_id(bar.date) * 86_400_000;
    Candle {
        index: index_of(time),
        time,
        count: 1000 + day_id(bar.date) % 9000,
        open: WireValue::Number(bar.open),
        high: WireValue::Number(bar.high),
        low: WireValue::Number(bar.low),
        close: WireValue::Number(bar.close),
        volume: WireValue::maybe(bar.volume),
        imp_volatility: WireValue::maybe(iv.map(|iv| round_to(iv, 6))),
    }
}
