//! Historical volatility by the name of its estimator.

use super::{range, realized};
use crate::model::{DailyBar, Estimator, HvWindow, Vol};

/// The volatility over a window from bars of completed sessions, oldest first.
///
/// `None` with fewer bars than [`Estimator::bars`] says, and when one inside the window lacks what the estimator reads.
pub fn of_bars(estimator: Estimator, bars: &[DailyBar], window: HvWindow) -> Option<Vol> {
    let returns = window.returns();
    match estimator {
        Estimator::Close | Estimator::Log => {
            let closes: Vec<f64> = bars.iter().map(|bar| bar.close).collect();
            of_closes(estimator, &closes, window)
        }
        Estimator::Parkinson => range::parkinson(bars, returns),
        Estimator::GarmanKlass => range::garman_klass(bars, returns),
        Estimator::RogersSatchell => range::rogers_satchell(bars, returns),
        Estimator::YangZhang => range::yang_zhang(bars, returns),
    }
}

/// The same from closes alone; `None` for estimators that read whole bars.
pub fn of_closes(estimator: Estimator, closes: &[f64], window: HvWindow) -> Option<Vol> {
    match estimator {
        Estimator::Close => realized::close_to_close(closes, window.returns()),
        Estimator::Log => realized::close_to_close_log(closes, window.returns()),
        Estimator::Parkinson
        | Estimator::GarmanKlass
        | Estimator::RogersSatchell
        | Estimator::YangZhang => None,
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::date;

    use super::*;

    /// Uneven days, so that no two estimators agree by accident.
    fn bars(count: u8) -> Vec<DailyBar> {
        (0..count)
            .map(|n| {
                let wave = f64::from(u16::from(n) * 7 % 11);
                let (open, close) = (100.0 + wave, 101.0 + f64::from(u16::from(n) * 5 % 13));
                DailyBar {
                    date: date(2026, 1, 1) + i64::from(n).days(),
                    open: Some(open),
                    high: Some(open.max(close) + 0.1 * wave),
                    low: Some(open.min(close) - 0.2),
                    close,
                }
            })
            .collect()
    }

    #[test]
    fn each_takes_as_many_bars_as_it_says() {
        let window = HvWindow::Days30;
        for estimator in Estimator::ALL {
            let needed = estimator.bars(window.returns());
            let bars = bars(40);
            assert!(
                of_bars(estimator, &bars[..needed], window).is_some(),
                "{estimator:?}"
            );
            assert_eq!(
                of_bars(estimator, &bars[..needed - 1], window),
                None,
                "{estimator:?}"
            );
        }
    }

    #[test]
    fn each_is_an_estimate_of_its_own() {
        let bars = bars(40);
        let mut found: Vec<f64> = Estimator::ALL
            .iter()
            .map(|estimator| {
                of_bars(*estimator, &bars, HvWindow::Days30)
                    .unwrap()
                    .fraction()
            })
            .collect();
        found.sort_by(f64::total_cmp);
        assert!(
            found.windows(2).all(|pair| pair[1] - pair[0] > 1e-6),
            "{found:?}"
        );
    }

    #[test]
    fn closes_serve_those_that_need_no_more() {
        let closes: Vec<f64> = bars(40).iter().map(|bar| bar.close).collect();
        for estimator in Estimator::ALL {
            let vol = of_closes(estimator, &closes, HvWindow::Days30);
            assert_eq!(vol.is_some(), estimator.needs_only_closes());
            if vol.is_some() {
                assert_eq!(vol, of_bars(estimator, &bars(40), HvWindow::Days30));
            }
        }
    }
}
