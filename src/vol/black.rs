//! European options by Black and Scholes with a continuous yield, which is Black's model of 1976 when the yield equals
//! the rate. Formulas and worked examples: Hull, *Options, Futures, and Other Derivatives*; units
//! are those of `volq fields`.
//!
//! Early exercise is not modelled: on American options these are the usual approximations.

use crate::model::{Right, Vol};

use super::normal::{cdf, pdf};

/// Calendar days in a year, for theta.
const DAYS_PER_YEAR: f64 = 365.0;

/// Percent points in one, for vega and rho.
const POINTS: f64 = 100.0;

/// Everything the price of a European option depends on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EuropeanOption {
    /// Call or put.
    pub right: Right,
    /// Price of the underlying; for an option on a future, the future's.
    pub spot: f64,
    /// Strike price.
    pub strike: f64,
    /// Time to expiration in years.
    pub years: f64,
    /// Implied volatility.
    pub vol: Vol,
    /// Riskless rate, continuous annual fraction.
    pub rate: f64,
    /// Dividend yield, continuous annual fraction; for an option on a future, the riskless rate.
    pub dividend_yield: f64,
}

/// Price and sensitivities of one option.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Greeks {
    /// Model price.
    pub theo: f64,
    /// Per $1 of the underlying; negative for puts.
    pub delta: f64,
    /// Change of delta per $1 of the underlying.
    pub gamma: f64,
    /// $ per calendar day that passes.
    pub theta: f64,
    /// $ per volatility point.
    pub vega: f64,
    /// $ per 1 % of interest rate, spot and yield held. Options on futures are quoted the same way on the stream, so
    /// there is no second convention for them.
    pub rho: f64,
}

impl EuropeanOption {
    /// The model price; with no time or no volatility left, the discounted value of exercise.
    ///
    /// `None` when an input is not finite, a price is not positive or the time is negative.
    pub fn price(&self) -> Option<f64> {
        let terms = self.terms()?;
        finite(terms.asset() - terms.cash())
    }

    /// Price and greeks together.
    ///
    /// `None` where [`price`](Self::price) is, and when no time or no volatility is left: the sensitivities jump there.
    pub fn greeks(&self) -> Option<Greeks> {
        let terms = self.terms()?;
        if terms.deviation == 0.0 {
            return None;
        }
        let (asset, cash) = (terms.asset(), terms.cash());
        let density = terms.spot * pdf(terms.d1);
        let root_years = self.years.sqrt();
        let decay = -density * self.vol.fraction() / (2.0 * root_years);
        let carry = self.dividend_yield * asset - self.rate * cash;
        Some(Greeks {
            theo: finite(asset - cash)?,
            delta: finite(asset / self.spot)?,
            gamma: finite(density / (self.spot * self.spot * terms.deviation))?,
            theta: finite((decay + carry) / DAYS_PER_YEAR)?,
            vega: finite(density * root_years / POINTS)?,
            rho: finite(self.years * cash / POINTS)?,
        })
    }

    /// Risk-neutral probability, 0 to 1, to expire in the money.
    pub fn prob_itm(&self) -> Option<f64> {
        let terms = self.terms()?;
        finite(cdf(terms.sign * terms.d2))
    }

    /// Probability, 0 to 1, to touch the strike before expiration: by reflection twice that of ending beyond it.
    pub fn prob_touch(&self) -> Option<f64> {
        self.prob_itm().map(|itm| (2.0 * itm).min(1.0))
    }

    fn terms(&self) -> Option<Terms> {
        let all = [self.spot, self.strike, self.years, self.rate];
        let sound = all.iter().all(|input| input.is_finite())
            && self.dividend_yield.is_finite()
            && self.spot > 0.0
            && self.strike > 0.0
            && self.years >= 0.0;
        if !sound {
            return None;
        }
        let deviation = self.vol.fraction() * self.years.sqrt();
        let drift = (self.spot / self.strike).ln() + (self.rate - self.dividend_yield) * self.years;
        // Without deviation the outcome is certain; exactly at the strike asset and cash cancel whatever the odds.
        let centre = if drift == 0.0 { 0.0 } else { drift / deviation };
        Some(Terms {
            sign: match self.right {
                Right::Call => 1.0,
                Right::Put => -1.0,
            },
            spot: self.spot * (-self.dividend_yield * self.years).exp(),
            strike: self.strike * (-self.rate * self.years).exp(),
            deviation,
            d1: centre + deviation / 2.0,
            d2: centre - deviation / 2.0,
        })
    }
}

/// The parts that all formulas share, discounted.
struct Terms {
    sign: f64,
    spot: f64,
    strike: f64,
    deviation: f64,
    d1: f64,
    d2: f64,
}

impl Terms {
    /// Present value of the asset to be received; negative for a put, which delivers it.
    fn asset(&self) -> f64 {
        self.sign * self.spot * cdf(self.sign * self.d1)
    }

    /// Present value of the cash to be paid; negative for a put, which receives it.
    fn cash(&self) -> f64 {
        self.sign * self.strike * cdf(self.sign * self.d2)
    }
}

fn finite(number: f64) -> Option<f64> {
    number.is_finite().then_some(number)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn option(right: Right, spot: f64, strike: f64, years: f64, vol: f64) -> EuropeanOption {
        EuropeanOption {
            right,
            spot,
            strike,
            years,
            vol: Vol::from_fraction(vol).unwrap(),
            rate: 0.0,
            dividend_yield: 0.0,
        }
    }

    #[track_caller]
    fn assert_near(found: f64, expected: f64, tolerance: f64) {
        assert!(
            (found - expected).abs() <= tolerance,
            "{found} instead of {expected}"
        );
    }

    #[test]
    fn hulls_prices_come_out() {
        let stock = |right| EuropeanOption {
            rate: 0.1,
            ..option(right, 42.0, 40.0, 0.5, 0.2)
        };
        assert_near(stock(Right::Call).price().unwrap(), 4.76, 0.005);
        assert_near(stock(Right::Put).price().unwrap(), 0.81, 0.005);
        let index = EuropeanOption {
            rate: 0.08,
            dividend_yield: 0.03,
            ..option(Right::Call, 930.0, 900.0, 2.0 / 12.0, 0.2)
        };
        assert_near(index.price().unwrap(), 51.83, 0.005);
        let future = EuropeanOption {
            rate: 0.09,
            dividend_yield: 0.09,
            ..option(Right::Put, 20.0, 20.0, 4.0 / 12.0, 0.25)
        };
        assert_near(future.price().unwrap(), 1.12, 0.005);
    }

    #[test]
    fn hulls_greeks_come_out_in_our_units() {
        let greeks = EuropeanOption {
            rate: 0.05,
            ..option(Right::Call, 49.0, 50.0, 0.3846, 0.2)
        }
        .greeks()
        .unwrap();
        assert_near(greeks.theo, 2.40, 0.005);
        assert_near(greeks.delta, 0.522, 5e-4);
        assert_near(greeks.gamma, 0.066, 5e-4);
        assert_near(greeks.theta * 365.0, -4.31, 0.005);
        assert_near(greeks.vega * 100.0, 12.1, 0.05);
        assert_near(greeks.rho * 100.0, 8.91, 0.005);
    }

    #[test]
    fn an_option_on_a_future_agrees_with_a_recorded_row() {
        // `docs/reference/tastytrade-rest.md`, "7.3 `GET /market-data/by-type`";
        // the row does not name the future's price and the rate, these two fit it.
        let rate = 0.0525;
        let greeks = EuropeanOption {
            rate,
            dividend_yield: rate,
            ..option(Right::Call, 6644.955, 5850.0, 42.0 / 365.0, 0.235_349_124)
        }
        .greeks()
        .unwrap();
        assert_near(greeks.theo, 801.768, 0.005);
        assert_near(greeks.delta, 0.9433, 2e-4);
        assert_near(greeks.gamma, 0.000_196, 5e-7);
        assert_near(greeks.vega, 2.346, 2e-3);
        assert_near(greeks.theta, -0.541, 2e-3);
        assert_near(greeks.rho, 6.293, 4e-3);
    }

    #[test]
    fn at_expiration_only_exercise_is_left() {
        let expired = option(Right::Put, 95.0, 100.0, 0.0, 0.3);
        assert_eq!(expired.price(), Some(5.0));
        assert_eq!(expired.prob_itm(), Some(1.0));
        assert_eq!(expired.greeks(), None);
        let worthless = option(Right::Call, 95.0, 100.0, 0.0, 0.3);
        assert_eq!(worthless.price(), Some(0.0));
        assert_eq!(worthless.prob_touch(), Some(0.0));
        assert_eq!(option(Right::Call, 95.0, 95.0, 0.0, 0.3).price(), Some(0.0));
        assert_eq!(option(Right::Put, 95.0, 100.0, 1.0, 0.0).price(), Some(5.0));
    }

    #[test]
    fn impossible_inputs_have_no_price() {
        let good = option(Right::Call, 100.0, 100.0, 1.0, 0.2);
        let bad = [
            EuropeanOption { spot: 0.0, ..good },
            EuropeanOption {
                spot: f64::NAN,
                ..good
            },
            EuropeanOption {
                strike: -1.0,
                ..good
            },
            EuropeanOption {
                years: -0.1,
                ..good
            },
            EuropeanOption {
                rate: f64::INFINITY,
                ..good
            },
            EuropeanOption {
                dividend_yield: f64::NAN,
                ..good
            },
        ];
        for inputs in bad {
            assert_eq!(inputs.price(), None, "{inputs:?}");
            assert_eq!(inputs.greeks(), None, "{inputs:?}");
            assert_eq!(inputs.prob_itm(), None, "{inputs:?}");
        }
    }

    #[test]
    fn touching_is_twice_as_likely_as_ending_beyond() {
        let far = option(Right::Call, 100.0, 120.0, 0.25, 0.2);
        assert_near(
            far.prob_touch().unwrap(),
            2.0 * far.prob_itm().unwrap(),
            1e-15,
        );
        assert!(far.prob_touch().unwrap() < 0.1);
        let inside = option(Right::Put, 100.0, 120.0, 0.25, 0.2);
        assert_eq!(inside.prob_touch(), Some(1.0));
    }

    prop_compose! {
        fn any_option()(
            call: bool,
            spot in 50.0..200.0,
            strike in 50.0..200.0,
            years in 0.05..2.0,
            vol in 0.1..1.0,
            rate in -0.02..0.1,
            dividend_yield in 0.0..0.08,
        ) -> EuropeanOption {
            let right = if call { Right::Call } else { Right::Put };
            EuropeanOption { rate, dividend_yield, ..option(right, spot, strike, years, vol) }
        }
    }

    /// Central difference of the price over `step` in one input.
    fn slope(
        at: EuropeanOption,
        step: f64,
        moved: impl Fn(EuropeanOption, f64) -> EuropeanOption,
    ) -> f64 {
        let price = |step| moved(at, step).price().unwrap();
        (price(step) - price(-step)) / (2.0 * step)
    }

    proptest! {
        #[test]
        fn puts_and_calls_are_in_parity(option in any_option()) {
            let price = |right| EuropeanOption { right, ..option }.price().unwrap();
            let forward = option.spot * (-option.dividend_yield * option.years).exp()
                - option.strike * (-option.rate * option.years).exp();
            prop_assert!((price(Right::Call) - price(Right::Put) - forward).abs() < 1e-9);
        }

        #[test]
        fn a_price_stays_between_exercise_and_the_asset(option in any_option()) {
            let price = option.price().unwrap();
            let certain = EuropeanOption { vol: Vol::from_fraction(0.0).unwrap(), ..option };
            let ceiling = match option.right {
                Right::Call => option.spot * (-option.dividend_yield * option.years).exp(),
                Right::Put => option.strike * (-option.rate * option.years).exp(),
            };
            prop_assert!(price >= certain.price().unwrap() - 1e-9);
            prop_assert!(price <= ceiling + 1e-9);
        }

        #[test]
        fn greeks_are_the_slopes_of_the_price(option in any_option()) {
            let greeks = option.greeks().unwrap();
            let by_spot = |at: EuropeanOption, step| EuropeanOption { spot: at.spot + step, ..at };
            let delta = |spot| {
                slope(EuropeanOption { spot, ..option }, 1e-3, by_spot)
            };
            let gamma = (delta(option.spot + 0.05) - delta(option.spot - 0.05)) / 0.1;
            let theta = slope(option, 1e-5, |at, step| EuropeanOption {
                years: at.years - step,
                ..at
            });
            let vega = slope(option, 1e-5, |at, step| EuropeanOption {
                vol: Vol::from_fraction(at.vol.fraction() + step).unwrap(),
                ..at
            });
            let rho = slope(option, 1e-5, |at, step| EuropeanOption {
                rate: at.rate + step,
                ..at
            });
            prop_assert!((greeks.theo - option.price().unwrap()).abs() < 1e-12);
            prop_assert!((greeks.delta - delta(option.spot)).abs() < 1e-6);
            prop_assert!((greeks.gamma - gamma).abs() < 1e-5);
            prop_assert!((greeks.theta * 365.0 - theta).abs() < 1e-3);
            prop_assert!((greeks.vega * 100.0 - vega).abs() < 1e-3);
            prop_assert!((greeks.rho * 100.0 - rho).abs() < 1e-3);
        }
    }
}
