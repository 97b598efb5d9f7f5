//! Ranges as they are typed: `20..60`, both ends included, and days, which may also be one number.

use std::ops::RangeInclusive;
use std::str::FromStr;

/// Days that are wanted: near a number of them, or within a range.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Days {
    /// As near as there is.
    Near(i32),
    /// From and to, both included.
    Within(RangeInclusive<i32>),
}

impl FromStr for Days {
    type Err = RangeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let days = |text: &str| text.trim().parse::<u16>().map(i32::from);
        let expected = RangeError {
            expected: "days such as 45, or a range of days such as 20..60",
        };
        match ends(text) {
            Some((low, high)) => match (days(low), days(high)) {
                (Ok(low), Ok(high)) if low <= high => Ok(Self::Within(low..=high)),
                _ => Err(expected),
            },
            None => days(text).map(Self::Near).map_err(|_| expected),
        }
    }
}

/// A range of numbers that are not negative.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct NumberRange(pub(super) RangeInclusive<f64>);

impl FromStr for NumberRange {
    type Err = RangeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = |text: &str| text.trim().parse::<f64>().ok().filter(|n| n.is_finite());
        ends(text)
            .and_then(|(low, high)| number(low).zip(number(high)))
            .filter(|(low, high)| *low >= 0.0 && low <= high)
            .map(|(low, high)| Self(low..=high))
            .ok_or(RangeError {
                expected: "a range such as 0.16..0.35, the smaller number first",
            })
    }
}

fn ends(text: &str) -> Option<(&str, &str)> {
    text.split_once("..")
}

/// A text that is no range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}")]
pub(super) struct RangeError {
    expected: &'static str,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn days_are_a_number_or_a_range() {
        assert_eq!("45".parse(), Ok(Days::Near(45)));
        assert_eq!("20..60".parse(), Ok(Days::Within(20..=60)));
        assert_eq!("0 .. 0".parse(), Ok(Days::Within(0..=0)));
        for text in [
            "",
            "-1",
            "4.5",
            "60..20",
            "20..",
            "..60",
            "20..60..90",
            "soon",
        ] {
            assert!(text.parse::<Days>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_span_has_two_ends_in_order() {
        assert_eq!("0.16..0.35".parse(), Ok(NumberRange(0.16..=0.35)));
        assert_eq!(".2...3".parse(), Ok(NumberRange(0.2..=0.3)));
        for text in ["0.3", "0.35..0.16", "-0.3..0.2", "nan..1", "0..inf", "a..b"] {
            assert!(text.parse::<NumberRange>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parsers_panic(text in "[0-9.a-z-]{0,12}") {
            let _ = text.parse::<Days>();
            let _ = text.parse::<NumberRange>();
        }
    }
}
