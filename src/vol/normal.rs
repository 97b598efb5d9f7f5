//! The standard normal distribution, as exact as a double allows in both tails.

use std::f64::consts::{FRAC_1_SQRT_2, TAU};

/// Density of the standard normal distribution at `x`.
pub fn pdf(x: f64) -> f64 {
    (-0.5 * x * x).exp() / TAU.sqrt()
}

/// Probability that a standard normal variable lies at or below `x`.
///
/// Written with the complementary error function: `1 - erf` would lose the left tail, where far options live.
pub fn cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x * FRAC_1_SQRT_2)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn published_values_come_out() {
        // Abramowitz and Stegun, table 26.1; the far tail from NIST's digital library (erfc asymptotics).
        for (x, probability) in [
            (0.0, 0.5),
            (0.5, 0.691_462_461_274_013),
            (1.0, 0.841_344_746_068_543),
            (1.96, 0.975_002_104_851_780),
            (-3.0, 0.001_349_898_031_630),
        ] {
            assert!((cdf(x) - probability).abs() < 1e-14, "{x}: {}", cdf(x));
        }
        assert!((cdf(-8.0) / 6.220_960_574_271_785e-16 - 1.0).abs() < 1e-12);
        assert!((pdf(0.0) - 0.398_942_280_401_433).abs() < 1e-14);
        assert!((pdf(1.0) - 0.241_970_724_519_143).abs() < 1e-14);
    }

    #[test]
    fn the_ends_are_certain() {
        assert_eq!(cdf(f64::INFINITY), 1.0);
        assert_eq!(cdf(f64::NEG_INFINITY), 0.0);
    }

    proptest! {
        #[test]
        fn both_tails_add_up_to_one(x in -40.0..40.0) {
            prop_assert!((cdf(x) + cdf(-x) - 1.0).abs() < 1e-15);
        }

        #[test]
        fn the_density_is_the_slope_of_the_distribution(x in -6.0..6.0) {
            let step = 1e-5;
            let slope = (cdf(x + step) - cdf(x - step)) / (2.0 * step);
            prop_assert!((slope - pdf(x)).abs() < 1e-9);
        }
    }
}
