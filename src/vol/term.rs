//! Implied volatility across expirations: interpolation, slope, expected move.
//!
//! See `docs/reference/tastytrade-rest.md`, "10. Quantities that volq derives".
//!
//! Which day is today comes in as an argument; expirations may come in any order.

use jiff::civil::Date;

use crate::model::Vol;
use crate::model::market::ExpirationVol;

/// Calendar days in a year, for annualising over calendar time.
const DAYS_PER_YEAR: f64 = 365.0;

/// The expirations that still have time left: those after `today`.
pub fn usable(
    today: Date,
    expirations: &[ExpirationVol],
) -> impl Iterator<Item = ExpirationVol> + '_ {
    expirations
        .iter()
        .copied()
        .filter(move |expiration| expiration.date > today)
}

/// The usable expiration nearest to `days` calendar days from now, the earlier one of two equally near.
pub fn nearest(today: Date, expirations: &[ExpirationVol], days: i32) -> Option<ExpirationVol> {
    nearest_of(usable(today, expirations), today, days)
}

fn nearest_of(
    expirations: impl Iterator<Item = ExpirationVol>,
    today: Date,
    days: i32,
) -> Option<ExpirationVol> {
    expirations.min_by_key(|expiration| {
        let distance = days_between(today, expiration.date).abs_diff(days);
        (distance, expiration.date)
    })
}

/// The implied volatility `days` calendar days from now, linear in total variance between the two usable expirations
/// around it.
///
/// `None` before the first and after the last expiration: nothing is extrapolated.
pub fn interpolated(today: Date, expirations: &[ExpirationVol], days: i32) -> Option<Vol> {
    let dte = |expiration: &ExpirationVol| days_between(today, expiration.date);
    let near = usable(today, expirations)
        .filter(|expiration| dte(expiration) <= days)
        .max_by_key(|expiration| expiration.date)?;
    let far = usable(today, expirations)
        .filter(|expiration| dte(expiration) >= days)
        .min_by_key(|expiration| expiration.date)?;
    if near.date == far.date {
        return Some(near.iv);
    }
    let variance = |expiration: &ExpirationVol| {
        expiration.iv.fraction() * expiration.iv.fraction() * f64::from(dte(expiration))
    };
    let weight = f64::from(days - dte(&near)) / f64::from(dte(&far) - dte(&near));
    let total = variance(&near) * (1.0 - weight) + variance(&far) * weight;
    Vol::from_fraction((total / f64::from(days)).sqrt())
}

/// Slope of implied volatility in percent points per year, between the expiration nearest to 30 days and the one after
/// it that is nearest to 60 days; positive when later is dearer.
pub fn slope(today: Date, expirations: &[ExpirationVol]) -> Option<f64> {
    let near = nearest(today, expirations, 30)?;
    let later = usable(today, expirations).filter(|expiration| expiration.date > near.date);
    let far = nearest_of(later, today, 60)?;
    let years = f64::from(days_between(near.date, far.date)) / DAYS_PER_YEAR;
    Some((far.iv.percent() - near.iv.percent()) / years)
}

/// One standard deviation of the price over `days` calendar days, in the currency of the price: `S·σ·√(d/365)`.
pub fn expected_move(price: f64, iv: Vol, days: i32) -> Option<f64> {
    if price <= 0.0 || days < 0 {
        return None;
    }
    let distance = price * iv.fraction() * (f64::from(days) / DAYS_PER_YEAR).sqrt();
    distance.is_finite().then_some(distance)
}

/// Calendar days from `from` to `to`, negative when `to` is earlier.
pub fn days_between(from: Date, to: Date) -> i32 {
    (to - from).get_days()
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    const TODAY: Date = date(2026, 11, 20);

    fn chain(points: &[(i32, f64)]) -> Vec<ExpirationVol> {
        points
            .iter()
            .map(|&(days, percent)| ExpirationVol {
                date: TODAY + days.days(),
                iv: Vol::from_percent(percent).unwrap(),
            })
            .collect()
    }

    #[test]
    fn today_and_the_past_are_not_usable() {
        let listed = chain(&[(-1, 50.0), (0, 40.0), (1, 30.0)]);
        let left: Vec<_> = usable(TODAY, &listed).collect();
        assert_eq!(left, listed[2..]);
    }

    #[test]
    fn the_earlier_of_two_equally_near_wins() {
        let listed = chain(&[(35, 30.0), (25, 20.0), (90, 10.0)]);
        assert_eq!(nearest(TODAY, &listed, 30), Some(listed[1]));
        assert_eq!(nearest(TODAY, &[], 30), None);
    }

    #[test]
    fn interpolation_is_linear_in_total_variance() {
        // σ²T: 0.20²·20 = 0.8 and 0.30²·40 = 3.6; halfway 2.2, and √(2.2/30) = 27.0801 %.
        let listed = chain(&[(40, 30.0), (20, 20.0)]);
        let vol = interpolated(TODAY, &listed, 30).unwrap();
        assert!((vol.percent() - 27.080_128_015).abs() < 1e-8, "{vol:?}");
    }

    #[test]
    fn nothing_is_extrapolated() {
        let listed = chain(&[(20, 20.0), (40, 30.0)]);
        assert_eq!(interpolated(TODAY, &listed, 19), None);
        assert_eq!(interpolated(TODAY, &listed, 41), None);
        assert_eq!(interpolated(TODAY, &listed, 0), None);
        assert_eq!(interpolated(TODAY, &listed, 20), Some(listed[0].iv));
        assert_eq!(interpolated(TODAY, &listed, 40), Some(listed[1].iv));
    }

    #[test]
    fn the_slope_is_per_year_between_the_months_around_30_and_60_days() {
        let listed = chain(&[(0, 90.0), (7, 50.0), (28, 20.0), (63, 21.4), (210, 25.0)]);
        let points = slope(TODAY, &listed).unwrap();
        assert!((points - 1.4 * 365.0 / 35.0).abs() < 1e-9, "{points}");
    }

    #[test]
    fn one_expiration_has_no_slope() {
        assert_eq!(slope(TODAY, &chain(&[(45, 20.0)])), None);
        assert_eq!(slope(TODAY, &chain(&[(-3, 30.0), (45, 20.0)])), None);
    }

    #[test]
    fn a_year_moves_the_price_by_its_volatility() {
        let vol = Vol::from_percent(20.0).unwrap();
        assert_eq!(expected_move(100.0, vol, 365), Some(20.0));
        assert_eq!(expected_move(100.0, vol, 0), Some(0.0));
        assert_eq!(expected_move(100.0, vol, -1), None);
        assert_eq!(expected_move(0.0, vol, 30), None);
        assert_eq!(expected_move(f64::NAN, vol, 30), None);
    }

    proptest! {
        #[test]
        fn a_flat_term_structure_stays_flat(
            percent in 1.0..300.0,
            near in 1..30,
            far in 61..400,
        ) {
            let listed = chain(&[(near, percent), (far, percent)]);
            let vol = interpolated(TODAY, &listed, 30).unwrap();
            prop_assert!((vol.percent() - percent).abs() < 1e-6);
            prop_assert!(slope(TODAY, &listed).unwrap().abs() < 1e-9);
        }

        #[test]
        fn total_variance_lies_between_its_neighbours(
            near_percent in 1.0..300.0,
            far_percent in 1.0..300.0,
            days in 20..=60,
        ) {
            let listed = chain(&[(20, near_percent), (60, far_percent)]);
            let vol = interpolated(TODAY, &listed, days).unwrap().percent();
            let total = vol * vol * f64::from(days);
            let ends = [near_percent * near_percent * 20.0, far_percent * far_percent * 60.0];
            let (low, high) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
            prop_assert!(total >= low * (1.0 - 1e-9) && total <= high * (1.0 + 1e-9));
        }
    }
}
