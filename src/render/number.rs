//! How numbers are written: rounded for eyes, exact for machines. No other file formats a number.

use std::time::Duration;

use crate::model::report::Completeness;
use crate::model::value::round_to;
use crate::model::{FieldInfo, Unit};

/// The number as a table shows it, to the decimals of its field.
///
/// Small prices carry more decimals where those say something, because a currency future at 1.08455 or an option at
/// 0.0525 is not told apart from its neighbours otherwise. Counts from ten thousand up are shortened.
pub(super) fn for_eyes(value: f64, info: &FieldInfo) -> String {
    match info.unit {
        Unit::Price => price(value, info.decimals.into()),
        Unit::Count => count(value),
        _ => fixed(value, info.decimals.into()),
    }
}

/// The shortest decimal text that reads back as the same number; a whole number has no decimal point.
pub(super) fn exact(value: f64) -> String {
    whole(value).map_or_else(|| value.to_string(), |whole| whole.to_string())
}

/// The number as an integer, if it is one and every integer near it can be told apart.
#[expect(
    clippy::cast_possible_truncation,
    reason = "whole and below 2^53 fits exactly"
)]
pub(super) fn whole(value: f64) -> Option<i64> {
    const FIRST_AMBIGUOUS: f64 = 9_007_199_254_740_992.0;
    (value.fract() == 0.0 && value.abs() < FIRST_AMBIGUOUS).then_some(value as i64)
}

/// Completeness in percent with one decimal, which reads 100 only when nothing is missing.
pub(super) fn completeness(counted: &Completeness) -> f64 {
    let percent = round_to(counted.percent(), 1);
    if counted.fields_present < counted.fields_wanted {
        percent.min(99.9)
    } else {
        percent
    }
}

/// Whole milliseconds.
pub(super) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// A time span for eyes: milliseconds below a second, seconds from there.
pub(super) fn span(time: Duration) -> String {
    if time < Duration::from_secs(1) {
        format!("{} ms", time.as_millis())
    } else {
        format!("{:.2} s", time.as_secs_f64())
    }
}

/// Exactly `decimals` places, and no sign in front of a zero.
pub(super) fn fixed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(digits) if digits.bytes().all(|byte| matches!(byte, b'0' | b'.')) => digits.to_owned(),
        _ => text,
    }
}

fn price(value: f64, decimals: usize) -> String {
    let most = match value.abs() {
        tiny if tiny < 0.01 => 8,
        small if small < 10.0 => 4,
        _ => decimals,
    };
    let mut text = fixed(value, most.max(decimals));
    let surplus = most.saturating_sub(decimals);
    let zeros = text.bytes().rev().take_while(|byte| *byte == b'0').count();
    text.truncate(text.len() - zeros.min(surplus));
    text
}

fn count(value: f64) -> String {
    const SCALES: [(f64, char); 4] = [(1e12, 'T'), (1e9, 'B'), (1e6, 'M'), (1e3, 'k')];
    if value.abs() < 10_000.0 {
        return whole(value).map_or_else(|| fixed(value, 2), grouped);
    }
    // Rounded before the scale is chosen: 999 999 is 1.00M and not 1000k.
    let rounded = significant(value, 3);
    let (unit, suffix) = SCALES
        .into_iter()
        .find(|(unit, _)| rounded.abs() >= *unit)
        .unwrap_or((1.0, ' '));
    let scaled = rounded / unit;
    let decimals = match scaled.abs() {
        ones if ones < 10.0 => 2,
        tens if tens < 100.0 => 1,
        _ => 0,
    };
    format!("{scaled:.decimals$}{suffix}")
}

fn significant(value: f64, digits: usize) -> f64 {
    let text = format!("{value:.*e}", digits.saturating_sub(1));
    text.parse().unwrap_or(value)
}

fn grouped(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let sign = if value < 0 { "-" } else { "" };
    match digits.len().checked_sub(3) {
        Some(split @ 1..) => format!("{sign}{},{}", &digits[..split], &digits[split..]),
        _ => format!("{sign}{digits}"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Field;

    fn shown(field: Field, value: f64) -> String {
        for_eyes(value, field.info())
    }

    #[test]
    fn prices_show_the_decimals_that_say_something() {
        for (value, text) in [
            (601.23, "601.23"),
            (601.2345, "601.23"),
            (25.0, "25.00"),
            (5.25, "5.25"),
            (1.08455, "1.0845"),
            (0.5, "0.50"),
            (0.0525, "0.0525"),
            (0.006_572_5, "0.0065725"),
            (0.0, "0.00"),
            (-0.25, "-0.25"),
            (-1e-12, "0.00"),
        ] {
            assert_eq!(shown(Field::Bid, value), text, "{value}");
        }
    }

    #[test]
    fn other_numbers_keep_the_decimals_of_their_field() {
        assert_eq!(shown(Field::Iv, 21.349), "21.3");
        assert_eq!(shown(Field::Gamma, 0.01), "0.0100");
        assert_eq!(shown(Field::EarningsDays, 12.0), "12");
        assert_eq!(shown(Field::ChgPct, -0.004), "0.00");
    }

    #[test]
    fn counts_are_grouped_and_then_shortened() {
        for (value, text) in [
            (0.0, "0"),
            (12.0, "12"),
            (0.53, "0.53"),
            (9_876.0, "9,876"),
            (-1_234.0, "-1,234"),
            (12_345.0, "12.3k"),
            (99_960.0, "100k"),
            (999_999.0, "1.00M"),
            (61_234_567.0, "61.2M"),
            (2.95e12, "2.95T"),
        ] {
            assert_eq!(shown(Field::Volume, value), text, "{value}");
        }
    }

    #[test]
    fn whole_numbers_have_no_decimal_point() {
        assert_eq!(exact(12.0), "12");
        assert_eq!(exact(-0.0), "0");
        assert_eq!(exact(0.1 + 0.2), "0.30000000000000004");
        assert_eq!(whole(9_007_199_254_740_992.0), None);
        assert_eq!(whole(f64::NAN), None);
    }

    #[test]
    fn completeness_reads_100_only_when_nothing_is_missing() {
        let of = |fields_present, fields_wanted| {
            completeness(&Completeness {
                fields_wanted,
                fields_present,
                ..Completeness::default()
            })
        };
        assert_eq!(of(74, 75), 98.7);
        assert_eq!(of(99_999, 100_000), 99.9);
        assert_eq!(of(75, 75), 100.0);
        assert_eq!(of(0, 0), 100.0);
    }

    #[test]
    fn spans_change_unit_at_a_second() {
        assert_eq!(span(Duration::from_millis(812)), "812 ms");
        assert_eq!(span(Duration::from_millis(1840)), "1.84 s");
    }

    proptest! {
        #[test]
        fn exact_text_reads_back_as_the_same_number(value in proptest::num::f64::NORMAL | proptest::num::f64::ZERO) {
            prop_assert_eq!(exact(value).parse::<f64>().unwrap(), value);
        }

        #[test]
        fn no_field_shows_a_negative_zero(index in 0..Field::ALL.len(), value in -1e4..1e4f64, scale in -12i32..3) {
            let text = shown(Field::ALL[index], value * 10f64.powi(scale));
            let says_something = text.bytes().any(|byte| (b'1'..=b'9').contains(&byte));
            prop_assert!(says_something || !text.starts_with('-'), "{}", text);
        }

        #[test]
        fn a_shown_price_is_within_half_a_cent(value in -1e6..1e6f64) {
            let read: f64 = shown(Field::Last, value).parse().unwrap();
            prop_assert!((read - value).abs() <= 0.005 + 1e-9);
        }
    }
}
