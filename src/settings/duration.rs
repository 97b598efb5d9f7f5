//! Spans of time as people type them: `500ms`, `5s`, `2m`, `1h`; a bare number is seconds.

use std::time::Duration;

/// Reads a span of time; fractions are allowed.
///
/// # Errors
/// When the text is not a number with a known unit, or longer than a [`Duration`] can hold.
pub fn parse_duration(text: &str) -> Result<Duration, DurationError> {
    let trimmed = text.trim();
    let split = trimmed
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(trimmed.len());
    let (number, unit) = trimmed.split_at(split);
    let number: f64 = number.parse().map_err(|_| DurationError)?;
    let seconds = match unit.trim_start() {
        "ms" => number / 1000.0,
        "" | "s" => number,
        "m" => number * 60.0,
        "h" => number * 3600.0,
        _ => return Err(DurationError),
    };
    Duration::try_from_secs_f64(seconds).map_err(|_| DurationError)
}

/// A text that is no span of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a duration such as 500ms, 5s, 2m or 1h; a bare number is seconds")]
pub struct DurationError;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_unit_is_read() {
        for (text, millis) in [
            ("500ms", 500),
            ("5s", 5_000),
            ("5", 5_000),
            ("0.25", 250),
            (".5s", 500),
            ("2m", 120_000),
            ("1.5h", 5_400_000),
            (" 7 s ", 7_000),
            ("0", 0),
        ] {
            assert_eq!(
                parse_duration(text),
                Ok(Duration::from_millis(millis)),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in [
            "", "s", "-5", "5 min", "1e3", "inf", "NaN", "1.2.3", "5S", "1m30s",
        ] {
            assert_eq!(parse_duration(text), Err(DurationError), "{text}");
        }
        assert!(parse_duration(&"9".repeat(400)).is_err());
    }

    proptest! {
        #[test]
        fn reading_never_panics(text in ".{0,40}") {
            let _ = parse_duration(&text);
        }

        #[test]
        fn milliseconds_survive(millis in 0_u32..10_000_000) {
            prop_assert_eq!(
                parse_duration(&format!("{millis}ms")).map(|d| d.as_millis()),
                Ok(u128::from(millis))
            );
        }
    }
}
