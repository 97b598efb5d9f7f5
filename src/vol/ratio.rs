//! How rich implied volatility is against realised volatility.

use crate::model::Vol;
use crate::model::value::round_to;

/// Realised volatility below this counts as this much: without a floor a bond fund at 1 % would top every ranking.
const FLOOR: f64 = 0.05;

/// Volatility risk premium, a ratio: implied over realised, realised floored at 5 %. `vrp` takes `hv90`, the tactical
/// `vrp_t` takes `hv30`.
pub fn risk_premium(iv: Vol, hv: Vol) -> f64 {
    iv.fraction() / hv.fraction().max(FLOOR)
}

/// Volatility trend, a ratio: `hv30` over `hv90`; `None` when `hv90` is zero.
pub fn trend(hv30: Vol, hv90: Vol) -> Option<f64> {
    let ratio = hv30.fraction() / hv90.fraction();
    ratio.is_finite().then_some(ratio)
}

/// Implied less realised, in percent points.
pub fn difference_points(iv: Vol, hv: Vol) -> f64 {
    // Both figures have few decimals; the subtraction must not add any.
    round_to(iv.percent() - hv.percent(), 9)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vol(percent: f64) -> Vol {
        Vol::from_percent(percent).unwrap()
    }

    #[test]
    fn the_premium_is_a_plain_ratio_above_the_floor() {
        assert!((risk_premium(vol(26.53), vol(31.53)) - 26.53 / 31.53).abs() < 1e-12);
    }

    #[test]
    fn a_quiet_instrument_is_measured_against_the_floor() {
        assert!((risk_premium(vol(4.0), vol(1.0)) - 0.8).abs() < 1e-12);
        assert!((risk_premium(vol(4.0), vol(0.0)) - 0.8).abs() < 1e-12);
        assert!((risk_premium(vol(4.0), vol(5.0)) - 0.8).abs() < 1e-12);
    }

    #[test]
    fn a_trend_needs_something_to_compare_with() {
        assert_eq!(trend(vol(10.0), vol(20.0)), Some(0.5));
        assert_eq!(trend(vol(10.0), vol(0.0)), None);
        assert_eq!(trend(vol(0.0), vol(0.0)), None);
        assert_eq!(trend(vol(0.0), vol(10.0)), Some(0.0));
    }

    #[test]
    fn the_difference_agrees_with_published_rows() {
        // Three complete rows, exact to two decimals (`docs/reference/tastytrade-rest.md`, "7.1 `GET /market-metrics`").
        for (iv, hv, points) in [
            (26.53, 33.89, -7.36),
            (21.87, 20.02, 1.85),
            (54.91, 36.63, 18.28),
        ] {
            assert_eq!(difference_points(vol(iv), vol(hv)), points);
        }
    }
}
