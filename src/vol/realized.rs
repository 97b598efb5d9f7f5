//! Realised volatility from daily closes, by the recipe that reproduces tastytrade's own figures.
//!
//! See `docs/reference/tastytrade-rest.md`, "7.1 `GET /market-metrics`"; `docs/reference/legacy-sources.md`, "5.
//! Historical volatility from closes".
//!
//! The caller hands in clean closes of completed sessions; which bars are complete is not known here. An estimator is a
//! function from prices and a number of returns to [`Vol`]; those that need whole bars are in [`range`](super::range).

use crate::model::Vol;

/// Sessions in a year, for annualising.
const SESSIONS_PER_YEAR: f64 = 252.0;

/// Annualised sample deviation (ddof 1) of the last `returns` simple daily returns, closes oldest first.
///
/// `None` with fewer than `returns + 1` closes, for a window is never shortened silently; with fewer than two returns;
/// and when a close inside the window is not a positive finite number.
pub fn close_to_close(closes: &[f64], returns: usize) -> Option<Vol> {
    deviation(closes, returns, |before, after| after / before - 1.0)
}

/// The same of logarithmic daily returns: the logarithm of a close over the one before it, as textbooks have it.
pub fn close_to_close_log(closes: &[f64], returns: usize) -> Option<Vol> {
    deviation(closes, returns, |before, after| (after / before).ln())
}

fn deviation(closes: &[f64], returns: usize, change: impl Fn(f64, f64) -> f64) -> Option<Vol> {
    let first = closes.len().checked_sub(returns.checked_add(1)?)?;
    let window = &closes[first..];
    if !window.iter().all(|close| close.is_finite() && *close > 0.0) {
        return None;
    }
    let changes: Vec<f64> = window
        .windows(2)
        .map(|pair| change(pair[0], pair[1]))
        .collect();
    annualised(sample_variance(&changes)?)
}

/// The annual volatility that a variance of one session stands for. Rounding may leave a variance that is nothing a hair
/// below it.
pub(super) fn annualised(variance: f64) -> Option<Vol> {
    Vol::from_fraction((variance.max(0.0) * SESSIONS_PER_YEAR).sqrt())
}

/// `None` of nothing.
#[expect(
    clippy::cast_precision_loss,
    reason = "a window holds far fewer than 2^53 returns"
)]
pub(super) fn mean(samples: &[f64]) -> Option<f64> {
    (!samples.is_empty()).then(|| samples.iter().sum::<f64>() / samples.len() as f64)
}

/// Variance around the mean with ddof 1. The mean is taken first: one pass over squares would cancel on quiet series.
#[expect(
    clippy::cast_precision_loss,
    reason = "a window holds far fewer than 2^53 returns"
)]
pub(super) fn sample_variance(samples: &[f64]) -> Option<f64> {
    if samples.len() < 2 {
        return None;
    }
    let mean = mean(samples)?;
    let squares: f64 = samples.iter().map(|x| (x - mean) * (x - mean)).sum();
    Some(squares / (samples.len() as f64 - 1.0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::HvWindow;

    /// Split-adjusted closes from 2023-03-02 to 2023-06-06 (`docs/reference/legacy-sources.md`, "6. Golden vector for
    /// the HV recipe").
    const AAPL: [f64; 67] = [
        145.91, 151.03, 153.83, 151.60, 152.87, 150.59, 148.50, 150.47, 152.59, 152.99, 155.85,
        155.00, 157.40, 159.28, 157.83, 158.93, 160.25, 158.28, 157.65, 160.77, 162.36, 164.90,
        166.17, 165.63, 163.76, 164.66, 162.03, 160.80, 160.10, 165.56, 165.21, 165.23, 166.47,
        167.63, 166.65, 165.02, 165.33, 163.77, 163.76, 168.41, 169.68, 169.59, 168.54, 167.45,
        165.79, 173.57, 173.50, 171.77, 173.56, 173.75, 172.57, 172.07, 172.07, 172.69, 175.05,
        175.16, 174.20, 171.56, 171.84, 172.99, 175.43, 177.30, 177.25, 180.09, 180.95, 179.58,
        179.21,
    ];
    const TSLA: [f64; 67] = [
        190.90, 197.79, 193.81, 187.71, 182.00, 172.92, 173.44, 174.48, 183.26, 180.45, 184.13,
        180.13, 183.25, 197.58, 191.15, 192.22, 190.41, 191.81, 189.19, 193.88, 195.28, 207.46,
        194.77, 192.58, 185.52, 185.06, 184.51, 186.79, 180.54, 185.90, 185.00, 187.04, 184.31,
        180.59, 162.99, 165.08, 162.55, 160.67, 153.75, 160.19, 164.31, 161.83, 160.31, 160.61,
        161.20, 170.06, 171.79, 169.15, 168.54, 172.08, 167.98, 166.35, 166.52, 173.86, 176.89,
        180.14, 188.87, 185.77, 182.90, 184.47, 193.17, 201.16, 203.93, 207.52, 213.97, 217.61,
        221.31,
    ];

    #[test]
    fn the_published_figures_come_out_to_four_decimals() {
        let percents = |closes: &[f64]| {
            HvWindow::PUBLISHED.map(|window| {
                let vol = close_to_close(closes, window.returns()).unwrap();
                format!("{:.4}", vol.percent())
            })
        };
        assert_eq!(percents(&AAPL), ["20.0169", "19.5512", "20.2364"]);
        // The table has 48.4208 for the last one, computed before the closes were rounded to cents. From the closes
        // as printed exact arithmetic gives 48.420851, see the next test.
        assert_eq!(percents(&TSLA), ["36.6256", "44.9849", "48.4209"]);
    }

    /// The published table (`docs/reference/legacy-sources.md`, "6. Golden vector for the HV recipe"), from the closes
    /// as printed there.
    #[test]
    fn logarithmic_returns_come_out_to_four_decimals() {
        for (closes, percents) in [
            (AAPL, ["19.7362", "19.3301", "20.0531"]),
            (TSLA, ["36.0762", "45.4019", "48.5435"]),
        ] {
            for (window, percent) in HvWindow::PUBLISHED.into_iter().zip(percents) {
                let vol = close_to_close_log(&closes, window.returns()).unwrap();
                assert_eq!(format!("{:.4}", vol.percent()), percent, "{window:?}");
            }
        }
    }

    #[test]
    fn nothing_is_lost_against_arithmetic_of_fifty_digits() {
        let exact = [
            (
                AAPL,
                [20.016_883_814_641, 19.551_170_019_530, 20.236_368_145_918],
            ),
            (
                TSLA,
                [36.625_647_114_249, 44.984_943_169_126, 48.420_851_345_114],
            ),
        ];
        for (closes, percents) in exact {
            for (window, percent) in HvWindow::PUBLISHED.into_iter().zip(percents) {
                let vol = close_to_close(&closes, window.returns()).unwrap();
                assert!(
                    (vol.fraction() * 100.0 - percent).abs() < 1e-11,
                    "{window:?}"
                );
            }
        }
    }

    #[test]
    fn a_window_needs_one_close_more_than_returns() {
        assert_eq!(close_to_close(&AAPL[..22], 22), None);
        assert!(close_to_close(&AAPL[..23], 22).is_some());
        assert_eq!(close_to_close(&AAPL[1..], 66), None);
    }

    #[test]
    fn one_return_has_no_deviation() {
        assert_eq!(close_to_close(&AAPL, 1), None);
        assert_eq!(close_to_close(&AAPL, 0), None);
        assert_eq!(close_to_close(&[], usize::MAX), None);
    }

    #[test]
    fn a_price_that_never_moves_has_no_volatility() {
        let still = [17.3; 23];
        let vol = close_to_close(&still, 22).unwrap();
        assert_eq!(vol.fraction(), 0.0);
    }

    #[test]
    fn a_broken_close_spoils_only_the_windows_it_is_in() {
        for broken in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let mut closes = AAPL;
            closes[30] = broken;
            assert!(close_to_close(&closes, 22).is_some());
            assert_eq!(close_to_close(&closes, 44), None);
        }
    }

    #[test]
    fn the_order_of_closes_matters() {
        let mut swapped = AAPL;
        swapped.swap(50, 60);
        let before = close_to_close(&AAPL, 22).unwrap();
        assert!(close_to_close(&swapped, 22).unwrap() > before);
    }

    proptest! {
        #[test]
        fn the_price_level_does_not_matter(
            closes in prop::collection::vec(1.0..1000.0, 23),
            scale in 0.001..1000.0,
        ) {
            let scaled: Vec<f64> = closes.iter().map(|close| close * scale).collect();
            let here = close_to_close(&closes, 22).unwrap().fraction();
            let there = close_to_close(&scaled, 22).unwrap().fraction();
            prop_assert!((here - there).abs() <= 1e-9 * here);
        }

        #[test]
        fn closes_before_the_window_do_not_matter(
            older in prop::collection::vec(1.0..1000.0, 0..40),
            window in prop::collection::vec(1.0..1000.0, 23),
        ) {
            let all = [older, window.clone()].concat();
            prop_assert_eq!(
                close_to_close(&all, 22),
                close_to_close(&window, 22)
            );
        }

        #[test]
        fn steady_growth_has_no_volatility(growth in 0.98..1.02) {
            let closes: Vec<f64> = std::iter::successors(Some(100.0), |close| Some(close * growth))
                .take(23)
                .collect();
            let vol = close_to_close(&closes, 22).unwrap();
            prop_assert!(vol.fraction() < 1e-12);
        }
    }
}
