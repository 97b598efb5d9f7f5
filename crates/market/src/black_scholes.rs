//! European options by the generalised formula of Black, Scholes and Merton with a cost of carry (Haug, *The Complete
//! Guide to Option Pricing Formulas*); units as the stream sends them.
//!
//! See `docs/reference/tastytrade-rest.md`, "7.3 `GET /market-data/by-type`".
//!
//! Early exercise is not modelled.

use std::f64::consts::TAU;

use super::option::Right;

/// What the value of an option depends on; prices, time and volatility above zero.
#[derive(Clone, Copy, Debug)]
pub(super) struct Inputs {
    pub(super) right: Right,
    /// Price of the underlying.
    pub(super) spot: f64,
    pub(super) strike: f64,
    /// Years to expiration.
    pub(super) years: f64,
    /// Implied volatility, annual fraction.
    pub(super) volatility: f64,
    /// Riskless rate, continuous annual fraction.
    pub(super) rate: f64,
    /// Cost of carry, continuous annual fraction: the rate less the dividend yield; zero for an option on a future.
    pub(super) carry: f64,
}

/// The value of an option and what moves it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Valuation {
    pub(super) price: f64,
    /// Per $1 of the underlying; negative for puts.
    pub(super) delta: f64,
    /// Change of delta per $1 of the underlying.
    pub(super) gamma: f64,
    /// $ per calendar day.
    pub(super) theta: f64,
    /// $ per volatility point.
    pub(super) vega: f64,
    /// $ per point of the rate, with spot and dividend yield held.
    pub(super) rho: f64,
}

impl Inputs {
    pub(super) fn value(&self) -> Valuation {
        let Self {
            right,
            spot,
            strike,
            years,
            volatility,
            rate,
            carry,
        } = *self;
        let sign = match right {
            Right::Call => 1.0,
            Right::Put => -1.0,
        };
        let root = years.sqrt();
        let d1 = ((spot / strike).ln() + (carry + volatility * volatility / 2.0) * years)
            / (volatility * root);
        let d2 = d1 - volatility * root;
        let discount = (-rate * years).exp();
        let growth = ((carry - rate) * years).exp();
        let delta = sign * growth * cumulative(sign * d1);
        let exercised = sign * strike * discount * cumulative(sign * d2);
        let density = growth * density(d1);
        let per_year = -spot * density * volatility / (2.0 * root)
            - (carry - rate) * spot * delta
            - rate * exercised;
        Valuation {
            price: spot * delta - exercised,
            delta,
            gamma: density / (spot * volatility * root),
            theta: per_year / 365.0,
            vega: spot * density * root / 100.0,
            rho: years * exercised / 100.0,
        }
    }
}

/// The standard normal density.
fn density(x: f64) -> f64 {
    (-x * x / 2.0).exp() / TAU.sqrt()
}

/// The probability that a standard normal draw is at most `x`: Hart's rational approximation with a continued fraction
/// in the tail, as West gives it ("Better approximations to cumulative normal functions", 2005).
fn cumulative(x: f64) -> f64 {
    /// Beyond it the tail is nothing.
    const NOTHING: f64 = 37.0;
    const HART_ENDS: f64 = 7.071_067_811_865_47;
    const ABOVE: [f64; 7] = [
        3.526_249_659_989_11e-2,
        0.700_383_064_443_688,
        6.373_962_203_531_65,
        33.912_866_078_383,
        112.079_291_497_871,
        221.213_596_169_931,
        220.206_867_912_376,
    ];
    const BELOW: [f64; 8] = [
        8.838_834_764_831_84e-2,
        1.755_667_163_182_64,
        16.064_177_579_207,
        86.780_732_202_946_1,
        296.564_248_779_674,
        637.333_633_378_831,
        793.826_512_519_948,
        440.413_735_824_752,
    ];
    let far = x.abs();
    let polynomial = |terms: &[f64]| terms.iter().fold(0.0, |sum, term| sum * far + term);
    let tail = if far > NOTHING {
        0.0
    } else if far < HART_ENDS {
        (-far * far / 2.0).exp() * polynomial(&ABOVE) / polynomial(&BELOW)
    } else {
        let fraction = [4.0, 3.0, 2.0, 1.0]
            .iter()
            .fold(far + 0.65, |below, above| far + above / below);
        density(far) / fraction
    };
    if x > 0.0 { 1.0 - tail } else { tail }
}

#[cfg(test)]
mod tests {
    use super::Right::{Call, Put};
    use super::*;

    /// Worked examples of Hull and Haug and two extremes, to more digits than books print. Spot, strike, years, rate, carry,
    /// volatility; price, delta, gamma, vega, theta, rho.
    const EXAMPLES: [([f64; 6], Right, [f64; 6]); 8] = [
        (
            [42.0, 40.0, 0.5, 0.1, 0.1, 0.2],
            Call,
            [
                4.759_422_392_871_53,
                0.779_131_290_942_669,
                0.049_962_670_405_911_9,
                0.088_134_150_596_028_5,
                -0.012_490_663_546_829_1,
                0.139_820_459_133_603,
            ],
        ),
        (
            [42.0, 40.0, 0.5, 0.1, 0.1, 0.2],
            Put,
            [
                0.808_599_372_900_094,
                -0.220_868_709_057_331,
                0.049_962_670_405_911_9,
                0.088_134_150_596_028_5,
                -0.002_066_231_497_506_22,
                -0.050_425_425_766_54,
            ],
        ),
        (
            [49.0, 50.0, 0.384_6, 0.05, 0.05, 0.2],
            Call,
            [
                2.400_461_086_965_66,
                0.521_601_633_971_576,
                0.065_545_377_252_478_7,
                0.121_052_427_542_438,
                -0.011_795_588_943_961_9,
                0.089_065_740_988_009_5,
            ],
        ),
        (
            [930.0, 900.0, 2.0 / 12.0, 0.08, 0.05, 0.2],
            Call,
            [
                51.832_956_796_490_8,
                0.703_418_008_601_192,
                0.004_507_403_861_694_34,
                1.299_484_533_326_48,
                -0.291_866_774_947_465,
                1.003_909_652_004_36,
            ],
        ),
        (
            [20.0, 20.0, 4.0 / 12.0, 0.09, 0.0, 0.25],
            Put,
            [
                1.116_641_456_558_94,
                -0.457_306_730_360_281,
                0.133_764_502_661_346,
                0.044_588_167_553_781_9,
                -0.004_305_639_868_976_75,
                -0.034_209_253_545_881_8,
            ],
        ),
        (
            [100.0, 95.0, 0.5, 0.1, 0.05, 0.2],
            Put,
            [
                2.464_787_646_755_82,
                -0.264_181_599_636_072,
                0.022_839_574_296_27,
                0.228_395_742_962_7,
                -0.008_220_624_921_638_5,
                -0.144_414_738_051_815,
            ],
        ),
        (
            [600.0, 602.0, 3.0 / 8760.0, 0.04, 0.04, 0.25],
            Call,
            [
                0.386_398_294_420_113,
                0.237_606_993_336_576,
                0.111_378_873_671_099,
                0.034_329_104_898_626_3,
                -3.448_491_618_378_53,
                0.000_486_910_266_121_662,
            ],
        ),
        (
            [100.0, 140.0, 0.75, 0.045, 0.03, 0.45],
            Put,
            [
                41.778_494_575_657_8,
                -0.721_174_131_427_315,
                0.008_399_805_482_470_21,
                0.283_493_435_033_37,
                -0.012_222_598_358_396,
                -0.854_219_307_887_919,
            ],
        ),
    ];

    #[test]
    fn published_probabilities_come_out() {
        // Abramowitz and Stegun, table 26.1.
        for (x, probability) in [
            (0.0, 0.5),
            (0.5, 0.691_462_461_274_013),
            (1.0, 0.841_344_746_068_543),
            (1.96, 0.975_002_104_851_780),
            (-3.0, 0.001_349_898_031_630),
        ] {
            assert!((cumulative(x) - probability).abs() < 1e-14, "{x}");
        }
        // The far tail to a part in ten million: it is worth nothing in cents.
        assert!((cumulative(-8.0) / 6.220_960_574_271_785e-16 - 1.0).abs() < 1e-7);
        assert_eq!(cumulative(-40.0), 0.0);
        assert_eq!(cumulative(40.0), 1.0);
    }

    #[test]
    fn published_values_and_greeks_come_out() {
        for (inputs, right, expected) in EXAMPLES {
            let [spot, strike, years, rate, carry, volatility] = inputs;
            let value = Inputs {
                right,
                spot,
                strike,
                years,
                volatility,
                rate,
                carry,
            }
            .value();
            let Valuation {
                price,
                delta,
                gamma,
                theta,
                vega,
                rho,
            } = value;
            let found = [price, delta, gamma, vega, theta, rho];
            for (found, expected) in found.into_iter().zip(expected) {
                let off = (found - expected).abs() / expected.abs();
                assert!(off < 1e-11, "{inputs:?} {right:?}: {found} {expected}");
            }
        }
    }
}
