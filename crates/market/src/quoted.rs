//! An asset with the market around it: its history, its price at a tick and the options listed on it.

use std::ops::Range;

use super::asset::{Asset, Contract};
use super::expiry::{Expiry, expiries, strikes};
use super::history::{Bar, History, Recent};
use super::market::Market;
use super::option::OptionSymbol;
use super::price::Price;
use super::surface::{OptionQuote, Surface};

/// An asset together with the market that prices it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quoted<'a> {
    pub(super) market: &'a Market,
    pub(super) asset: &'a Asset,
    pub(super) place: usize,
}

impl<'a> Quoted<'a> {
    pub(super) fn history(&self) -> &'a History {
        let market = self.market;
        market.histories[self.place]
            .get_or_init(|| History::of(market.seed, self.asset, &market.days))
    }

    /// What its present price needs of its history.
    pub(super) fn recent(&self) -> &'a Recent {
        let market = self.market;
        market.recents[self.place].get_or_init(|| Recent::of(market.seed, self.asset, &market.days))
    }

    pub(super) fn price(&self, tick: u64) -> Price {
        let market = self.market;
        super::price::at(market.seed, self.asset, self.recent(), market.session, tick)
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

    /// Which of the bars lie in the life of a contract.
    pub(super) fn life(&self, contract: Contract, bars: &[Bar]) -> Range<usize> {
        let end = bars.partition_point(|bar| bar.date <= contract.expiration);
        let listed = bars.partition_point(|bar| bar.date < contract.first_session());
        let most = self.market.contract_bars.filter(|_| !contract.is_earlier());
        let first = most.map_or(0, |most| end.saturating_sub(most));
        listed.max(first).min(end)..end
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
        self.recent().iv
    }

    /// Listed expirations by date. Strikes are centred on the previous close, so a chain holds for the whole session.
    pub(super) fn expiries(&self) -> &'a [Expiry] {
        let market = self.market;
        market.chains[self.place].get_or_init(|| {
            let mut listed = expiries(self.asset, market.today, market.now);
            let centre = self.recent().previous.close;
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
            previous_close: self.recent().previous.close,
            iv,
            now: self.market.now,
        }
    }

    /// The quote of one of this underlying's listed options.
    pub(super) fn option_quote(
        &self,
        contract: &OptionSymbol,
        expiry: &Expiry,
        tick: u64,
    ) -> Option<OptionQuote> {
        Some(self.surface(tick)?.quote(contract, expiry))
    }
}

#[cfg(test)]
mod tests {
    use super::super::black_scholes::Inputs;
    use super::super::option::Right;
    use super::super::surface::RATE;
    use super::super::wire::WireValue;
    use super::*;

    fn market() -> Market {
        Market::new(1, "2026-11-20T15:30:00Z".parse().unwrap())
    }

    fn contracts<'a>(asset: &Quoted<'a>) -> Vec<(&'a Expiry, OptionSymbol)> {
        let mut listed = Vec::new();
        for expiry in asset.expiries() {
            for &strike in &expiry.strikes {
                for right in [Right::Call, Right::Put] {
                    let contract = OptionSymbol {
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

    fn number(fields: &[(&'static str, WireValue)], name: &str) -> f64 {
        match fields.iter().find(|(field, _)| *field == name) {
            Some((_, WireValue::Number(number))) => *number,
            other => panic!("{name}: {other:?}"),
        }
    }

    #[test]
    fn puts_and_calls_agree_with_the_forward() {
        let market = market();
        for symbol in ["SPY", "AAPL", "BRK/B", "SPX"] {
            let asset = market.asset(symbol).unwrap();
            let surface = asset.surface(3).unwrap();
            let dividend_yield = asset.asset.listing().unwrap().dividend_yield;
            for (expiry, call) in contracts(&asset) {
                if call.right == Right::Put {
                    continue;
                }
                let put = OptionSymbol {
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
        let market = market();
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
        let market = market();
        let asset = market.asset("AAPL").unwrap();
        let contract = OptionSymbol::from_streamer(".AAPL261218C315").unwrap();
        let (_, expiry) = market.option(&contract).unwrap();
        let surface = asset.surface(0).unwrap();
        let quote = surface.quote(&contract, expiry);
        // A parallel move of spot and previous close with the strike's volatility held is what delta is about.
        let vol = quote.volatility;
        let bumped = |spot: f64, volatility: f64| {
            Inputs {
                right: Right::Call,
                spot,
                strike: 315.0,
                years: surface.years(expiry),
                volatility,
                rate: RATE,
                carry: RATE - asset.asset.listing().unwrap().dividend_yield,
            }
            .value()
            .price
        };
        let spot = surface.spot;
        let delta = (bumped(spot + 0.01, vol) - bumped(spot - 0.01, vol)) / 0.02;
        let vega = bumped(spot, vol + 0.005) - bumped(spot, vol - 0.005);
        assert!((quote.delta - delta).abs() < 1e-5);
        assert!((quote.vega - vega).abs() < 1e-4);
    }

    #[test]
    fn the_volatility_index_lies_between_its_neighbouring_expirations() {
        let market = market();
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
}
