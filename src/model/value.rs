//! What a cell can hold, and the one type a volatility has inside the code.

use std::fmt;
use std::sync::Arc;

use jiff::civil::Date;

/// An annualised volatility as a fraction: `Vol::from_fraction(0.21)` is 21 % a year.
///
/// Sources disagree about units (tastytrade sends some fields as fractions and some as percent points), so the unit is
/// named where a value enters and where it leaves, and nowhere in between.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Vol(f64);

impl Vol {
    /// Takes an annual fraction; `None` when it is not a finite number at or above zero.
    pub fn from_fraction(fraction: f64) -> Option<Self> {
        (fraction.is_finite() && fraction >= 0.0).then_some(Self(fraction))
    }

    /// Takes percent points (26.5 is 26.5 %); `None` when it is not a finite number at or above zero.
    pub fn from_percent(percent: f64) -> Option<Self> {
        Self::from_fraction(percent / 100.0)
    }

    /// The annual fraction, the unit of every formula.
    pub fn fraction(self) -> f64 {
        self.0
    }

    /// Percent points, the unit of every output.
    pub fn percent(self) -> f64 {
        // `0.265 * 100.0` is 26.500000000000004; the wire gave at most nine decimals, so nothing real is lost.
        round_to(self.0 * 100.0, 9)
    }
}

/// Rounds to `decimals` places, to take off the noise of a unit change and nothing else.
pub fn round_to(value: f64, decimals: i32) -> f64 {
    let scale = 10_f64.powi(decimals);
    let scaled = (value * scale).round() / scale;
    if scaled.is_finite() { scaled } else { value }
}

/// The content of one cell, already in the unit of its field.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A number; always finite.
    Number(f64),
    /// A word or a name.
    Text(Arc<str>),
    /// A calendar day.
    Date(Date),
    /// A yes or no.
    Flag(bool),
    /// Several words, such as the reasons a row was rejected for.
    List(Vec<Arc<str>>),
}

impl Value {
    /// A number cell, or `None` for NaN and the infinities: absent is absent.
    pub fn number(number: f64) -> Option<Self> {
        number.is_finite().then_some(Self::Number(number))
    }

    /// A text cell, or `None` for an empty text.
    pub fn text(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self::Text(Arc::from(text)))
    }

    /// The number, if this is one.
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text),
            Self::Date(date) => write!(f, "{date}"),
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::List(words) => f.write_str(&words.join("; ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_named_not_guessed() {
        // A quiet bond fund at 1.2 % and a wild stock at 300 %.
        assert_eq!(Vol::from_percent(1.2).unwrap().percent(), 1.2);
        assert_eq!(Vol::from_fraction(3.0).unwrap().percent(), 300.0);
    }

    #[test]
    fn what_is_not_a_volatility_is_absent() {
        for wrong in [f64::NAN, f64::INFINITY, -0.1] {
            assert_eq!(Vol::from_fraction(wrong), None);
        }
    }

    #[test]
    fn a_cell_never_holds_a_number_that_is_none() {
        assert_eq!(Value::number(f64::NAN), None);
        assert_eq!(Value::text("  "), None);
    }
}
