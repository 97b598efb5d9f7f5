//! Decimal rounding, so that the wire carries no dust of binary fractions.

/// The nearest number with that many decimals; a number too large to be scaled stays as it is.
pub(super) fn round_to(number: f64, decimals: i32) -> f64 {
    let unit = 10_f64.powi(decimals);
    let rounded = (number * unit).round() / unit;
    if rounded.is_finite() { rounded } else { number }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_rounded_to_the_nearest_decimal() {
        assert_eq!(round_to(0.265 * 100.0, 9), 26.5);
        assert_eq!(round_to(-1.005, 1), -1.0);
        assert_eq!(round_to(f64::MAX, 9), f64::MAX);
    }
}
