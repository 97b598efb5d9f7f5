//! Estimators that read whole bars: highs and lows say more about a day than its close does.
//!
//! With u, d and c for the logarithms of high, low and close over the open, and means over the n bars of the window:
//!
//! | estimator | variance of a session | source |
//! |---|---|---|
//! | Parkinson | mean of (u − d)² / (4 ln 2) | M. Parkinson, J. of Business 53 (1980) 61 |
//! | Garman-Klass | mean of (u − d)² / 2 − (2 ln 2 − 1) c² | M. Garman, M. Klass, J. of Business 53 (1980) 67 |
//! | Rogers-Satchell | mean of u (u − c) + d (d − c) | L. Rogers, S. Satchell, Ann. Appl. Prob. 1 (1991) 504 |
//! | Yang-Zhang | V(o) + k V(c) + (1 − k) Rogers-Satchell | D. Yang, Q. Zhang, J. of Business 73 (2000) 477 |
//!
//! There o is the logarithm of the open over the previous close, V the variance with ddof 1, and
//! k = 0.34 / (1.34 + (n + 1) / (n − 1)). The first three look at the session alone and miss what happens overnight;
//! Parkinson and Garman-Klass also take a drift for volatility. All are annualised with 252 sessions.
//!
//! `None` with fewer bars than [`Estimator::bars`](crate::model::Estimator::bars) says, and when a bar inside the window
//! lacks a price or contradicts itself.

use std::f64::consts::LN_2;

use super::realized::{annualised, mean, sample_variance};
use crate::model::{DailyBar, Vol};

/// Parkinson's estimator over the last `returns` bars, oldest first.
pub fn parkinson(bars: &[DailyBar], returns: usize) -> Option<Vol> {
    let shapes = shapes(last(bars, returns)?)?;
    annualised(mean_of(&shapes, |s| {
        (s.up - s.down) * (s.up - s.down) / (4.0 * LN_2)
    })?)
}

/// Garman and Klass's practical estimator over the last `returns` bars, oldest first.
pub fn garman_klass(bars: &[DailyBar], returns: usize) -> Option<Vol> {
    let shapes = shapes(last(bars, returns)?)?;
    annualised(mean_of(&shapes, |s| {
        let range = s.up - s.down;
        0.5 * range * range - (2.0 * LN_2 - 1.0) * s.close * s.close
    })?)
}

/// Rogers and Satchell's estimator over the last `returns` bars, oldest first.
pub fn rogers_satchell(bars: &[DailyBar], returns: usize) -> Option<Vol> {
    let shapes = shapes(last(bars, returns)?)?;
    annualised(mean_of(&shapes, Shape::rogers_satchell)?)
}

/// Yang and Zhang's estimator over the last `returns` bars and the close before them, oldest first; it takes two returns
/// at the least.
#[expect(
    clippy::cast_precision_loss,
    reason = "a window holds far fewer than 2^53 returns"
)]
pub fn yang_zhang(bars: &[DailyBar], returns: usize) -> Option<Vol> {
    let window = last(bars, returns.checked_add(1)?)?;
    let shapes = shapes(&window[1..])?;
    let overnight: Vec<f64> = window
        .windows(2)
        .map(|pair| Some((sound(pair[1].open?)? / sound(pair[0].close)?).ln()))
        .collect::<Option<_>>()?;
    let session: Vec<f64> = shapes.iter().map(|shape| shape.close).collect();
    let n = returns as f64;
    // The two variances exist from two returns on, and so does k.
    let (overnight, session) = (sample_variance(&overnight)?, sample_variance(&session)?);
    let k = 0.34 / (1.34 + (n + 1.0) / (n - 1.0));
    let within = mean_of(&shapes, Shape::rogers_satchell)?;
    annualised(overnight + k * session + (1.0 - k) * within)
}

/// Logarithms of a bar's prices over its open.
#[derive(Clone, Copy, Debug)]
struct Shape {
    up: f64,
    down: f64,
    close: f64,
}

impl Shape {
    /// `None` for a bar without all four prices, or whose range does not hold its open and close.
    fn of(bar: &DailyBar) -> Option<Self> {
        let (open, high) = (sound(bar.open?)?, sound(bar.high?)?);
        let (low, close) = (sound(bar.low?)?, sound(bar.close)?);
        (low <= open.min(close) && open.max(close) <= high).then(|| Self {
            up: (high / open).ln(),
            down: (low / open).ln(),
            close: (close / open).ln(),
        })
    }

    fn rogers_satchell(&self) -> f64 {
        self.up * (self.up - self.close) + self.down * (self.down - self.close)
    }
}

fn sound(price: f64) -> Option<f64> {
    (price.is_finite() && price > 0.0).then_some(price)
}

fn last(bars: &[DailyBar], count: usize) -> Option<&[DailyBar]> {
    bars.get(bars.len().checked_sub(count)?..)
}

fn shapes(bars: &[DailyBar]) -> Option<Vec<Shape>> {
    bars.iter().map(Shape::of).collect()
}

fn mean_of(shapes: &[Shape], variance: impl Fn(&Shape) -> f64) -> Option<f64> {
    let variances: Vec<f64> = shapes.iter().map(variance).collect();
    mean(&variances)
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    type Estimate = fn(&[DailyBar], usize) -> Option<Vol>;

    const ALL: [Estimate; 4] = [parkinson, garman_klass, rogers_satchell, yang_zhang];

    /// Bars from open, high, low and close.
    fn bars(prices: &[[f64; 4]]) -> Vec<DailyBar> {
        let day = |n: usize| date(2026, 1, 1) + i64::try_from(n).unwrap().days();
        prices
            .iter()
            .enumerate()
            .map(|(n, [open, high, low, close])| DailyBar {
                date: day(n),
                open: Some(*open),
                high: Some(*high),
                low: Some(*low),
                close: *close,
            })
            .collect()
    }

    /// Annual variance over 252, so that hand-worked figures need no root.
    fn daily(vol: Option<Vol>) -> f64 {
        let fraction = vol.unwrap().fraction();
        fraction * fraction / 252.0
    }

    #[track_caller]
    fn close_to(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-14, "{found} {expected}");
    }

    /// Every price is 100 times a power of two, so every logarithm is a whole multiple of l = ln 2.
    ///
    /// | bar | u | d | c | o | (u−d)² / 4l | (u−d)²/2 − (2l−1)c² | u(u−c) + d(d−c) |
    /// |---|---|---|---|---|---|---|---|
    /// | 2 | l | −l | 0 | 0 | l | 2l² | 2l² |
    /// | 3 | l | 0 | l | l | l/4 | l²/2 − 2l³ + l² | 0 |
    #[test]
    fn two_days_worked_by_hand_come_out() {
        let bars = bars(&[
            [100.0, 100.0, 100.0, 100.0],
            [100.0, 200.0, 50.0, 100.0],
            [200.0, 400.0, 200.0, 400.0],
        ]);
        let l = LN_2;
        close_to(daily(parkinson(&bars, 2)), 5.0 / 8.0 * l);
        close_to(daily(garman_klass(&bars, 2)), (3.5 - 2.0 * l) / 2.0 * l * l);
        close_to(daily(rogers_satchell(&bars, 2)), l * l);
        // V(0, l) = l²/2 twice, and k = 0.34 / (1.34 + 3).
        let k = 0.34 / 4.34;
        let expected = (0.5 + k * 0.5 + (1.0 - k)) * l * l;
        close_to(daily(yang_zhang(&bars, 2)), expected);
    }

    #[test]
    fn parkinson_sees_only_the_range() {
        let range = 1.02_f64;
        let bars = bars(
            &(0..22)
                .map(|n| {
                    let low = 50.0 + f64::from(n);
                    [low, low * range, low, low * range.sqrt()]
                })
                .collect::<Vec<_>>(),
        );
        let expected = range.ln() / (4.0 * LN_2).sqrt() * 252.0_f64.sqrt();
        let found = parkinson(&bars, 22).unwrap().fraction();
        assert!((found - expected).abs() < 1e-12);
    }

    #[test]
    fn a_trend_without_turns_is_no_volatility_to_rogers_and_satchell() {
        let rising = |growth: f64| {
            let prices = (0..23).map(|n| {
                let open = 100.0 * growth.powi(n);
                [open, open * growth, open, open * growth]
            });
            bars(&prices.collect::<Vec<_>>())
        };
        let trend = rising(1.01);
        assert!(rogers_satchell(&trend, 22).unwrap().fraction() < 1e-9);
        // Without gaps and with equal days Yang and Zhang's three parts are nothing as well.
        assert!(yang_zhang(&trend, 22).unwrap().fraction() < 1e-7);
        assert!(parkinson(&trend, 22).unwrap().fraction() > 0.05);
        assert!(garman_klass(&trend, 22).unwrap().fraction() > 0.05);
    }

    #[test]
    fn only_yang_and_zhang_see_the_night() {
        let jumpy = bars(
            &(0..23)
                .map(|n| {
                    let price = if n % 2 == 0 { 100.0 } else { 110.0 };
                    [price; 4]
                })
                .collect::<Vec<_>>(),
        );
        for estimate in [parkinson, garman_klass, rogers_satchell] {
            assert_eq!(daily(estimate(&jumpy, 22)), 0.0);
        }
        let night = 1.1_f64.ln();
        // Twenty-two steps of plus and minus the same size: their mean is nothing.
        let expected = 22.0 * night * night / 21.0;
        close_to(daily(yang_zhang(&jumpy, 22)), expected);
    }

    #[test]
    fn a_window_is_never_shortened() {
        let bars = bars(&[[100.0, 101.0, 99.0, 100.5]; 22]);
        for estimate in [parkinson, garman_klass, rogers_satchell] {
            assert!(estimate(&bars, 22).is_some());
            assert_eq!(estimate(&bars, 23), None);
            assert_eq!(estimate(&bars, 0), None);
        }
        assert!(yang_zhang(&bars, 21).is_some());
        assert_eq!(yang_zhang(&bars, 22), None, "the close before is missing");
        assert_eq!(yang_zhang(&bars, 1), None);
        assert_eq!(yang_zhang(&bars, usize::MAX), None);
    }

    #[test]
    fn a_broken_bar_spoils_only_the_windows_it_is_in() {
        let sound = [100.0, 101.0, 99.0, 100.5];
        for broken in [
            [100.0, 99.5, 99.0, 99.2],
            [100.0, 101.0, 100.2, 100.5],
            [f64::NAN, 101.0, 99.0, 100.5],
            [100.0, f64::INFINITY, 99.0, 100.5],
            [100.0, 101.0, 0.0, 100.5],
            [100.0, 101.0, -1.0, 100.5],
        ] {
            let mut prices = [sound; 30];
            prices[5] = broken;
            let mut bars = bars(&prices);
            for estimate in ALL {
                assert!(estimate(&bars, 22).is_some());
                assert_eq!(estimate(&bars, 25), None, "{broken:?}");
            }
            bars[5] = DailyBar {
                open: None,
                ..bars[4]
            };
            assert_eq!(rogers_satchell(&bars, 25), None);
        }
    }

    /// A bar from four numbers: the middle two are open and close, whichever way round.
    fn any_bars(count: usize) -> impl Strategy<Value = Vec<DailyBar>> {
        let bar = (prop::array::uniform4(1.0..1000.0_f64), any::<bool>());
        prop::collection::vec(bar, count).prop_map(|days| {
            let prices = days.into_iter().map(|(mut four, rises)| {
                four.sort_by(f64::total_cmp);
                let [low, a, b, high] = four;
                if rises {
                    [a, high, low, b]
                } else {
                    [b, high, low, a]
                }
            });
            bars(&prices.collect::<Vec<_>>())
        })
    }

    fn scaled(bars: &[DailyBar], scale: f64) -> Vec<DailyBar> {
        let by = |price: Option<f64>| price.map(|price| price * scale);
        bars.iter()
            .map(|bar| DailyBar {
                open: by(bar.open),
                high: by(bar.high),
                low: by(bar.low),
                close: bar.close * scale,
                ..*bar
            })
            .collect()
    }

    proptest! {
        #[test]
        fn the_price_level_does_not_matter(bars in any_bars(23), scale in 0.001..1000.0) {
            for estimate in ALL {
                let here = estimate(&bars, 22).unwrap().fraction();
                let there = estimate(&scaled(&bars, scale), 22).unwrap().fraction();
                prop_assert!((here - there).abs() <= 1e-9 * here.max(1e-3));
            }
        }

        #[test]
        fn bars_before_the_window_do_not_matter(older in any_bars(9), window in any_bars(23)) {
            let all = [older, window.clone()].concat();
            for estimate in ALL {
                prop_assert_eq!(estimate(&all, 22), estimate(&window, 22));
            }
        }

        /// Garman and Klass's is Parkinson's with the square of the session's own return taken off.
        #[test]
        fn garman_klass_follows_from_parkinson(bars in any_bars(22)) {
            let returns: Vec<f64> = bars.iter().map(|bar| (bar.close / bar.open.unwrap()).ln()).collect();
            let squares = returns.iter().map(|r| r * r).sum::<f64>() / 22.0;
            let expected = 2.0 * LN_2 * daily(parkinson(&bars, 22)) - (2.0 * LN_2 - 1.0) * squares;
            prop_assert!((daily(garman_klass(&bars, 22)) - expected).abs() < 1e-9);
        }

        /// Seen upside down, every rise is a fall and every high a low; no estimator has a preferred direction.
        #[test]
        fn up_and_down_are_the_same(bars in any_bars(23)) {
            let flip = |price: Option<f64>| price.map(f64::recip);
            let mirrored: Vec<DailyBar> = bars
                .iter()
                .map(|bar| DailyBar {
                    open: flip(bar.open),
                    high: flip(bar.low),
                    low: flip(bar.high),
                    close: bar.close.recip(),
                    ..*bar
                })
                .collect();
            for estimate in ALL {
                let (here, there) = (daily(estimate(&bars, 22)), daily(estimate(&mirrored, 22)));
                prop_assert!((here - there).abs() < 1e-9 * here.max(1.0));
            }
        }
    }
}
