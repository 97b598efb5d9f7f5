//! How one value is read from what a layer holds, and shown again.
//!
//! Every kind of value is read from text as well, because environment variables have nothing else.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::choice::{ChoiceError, ColorChoice, HvWindows, Providers};
use super::duration::{DurationError, parse_duration};
use super::endpoint::{EndpointError, StreamUrl, WebUrl};
use super::field_selection::{FieldSelection, FieldSelectionError};
use super::keys::Range;
use crate::model::{Estimator, OutputFormat};

/// A value as a layer holds it, before anyone knows what it should be.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Raw {
    /// True or false.
    Switch(bool),
    /// Any number.
    Number(f64),
    /// Text, also every value from the environment.
    Text(String),
    /// A list.
    List(Vec<Raw>),
    /// A table; layers flatten it into dotted names.
    Table(std::collections::BTreeMap<String, Raw>),
    /// Nothing: the same as not being there.
    Null(()),
}

impl Raw {
    /// Text and list as one comma separated text.
    fn words(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.clone()),
            Self::Number(number) => Some(number.to_string()),
            Self::List(items) => items
                .iter()
                .map(Self::words)
                .collect::<Option<Vec<_>>>()
                .map(|words| words.join(",")),
            _ => None,
        }
    }

    /// The value for an error message: short, printable, and without a password from an address.
    pub(super) fn shown(&self) -> String {
        let text = self.to_string();
        if text.contains("://") && text.contains('@') {
            return "(redacted)".to_owned();
        }
        text.chars().filter(|c| !c.is_control()).take(60).collect()
    }
}

impl fmt::Display for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Switch(on) => on.fmt(f),
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => f.write_str(text),
            Self::List(items) => {
                let items: Vec<_> = items.iter().map(Self::to_string).collect();
                f.write_str(&items.join(","))
            }
            Self::Table(_) => f.write_str("a table"),
            Self::Null(()) => f.write_str("null"),
        }
    }
}

/// A type a setting can have.
pub(super) trait Setting: Sized {
    /// What the documentation calls such a value.
    const KIND: &'static str;

    /// The unit of a range, with a leading space.
    const UNIT: &'static str = "";

    /// Reads it.
    fn read(raw: &Raw) -> Result<Self, Refusal>;

    /// The number that a range applies to.
    fn measure(&self) -> Option<f64> {
        None
    }

    /// The value as `config show --json` writes it.
    fn json(&self) -> Value;
}

/// Why a value cannot be what it should be.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// Another kind of value.
    #[error("expected {0}")]
    Expected(&'static str),
    /// A number beyond its limits.
    #[error("out of range, allowed is {range}{unit}")]
    OutOfRange {
        /// What is allowed.
        range: Range,
        /// The unit of the limits with a leading space; empty for plain numbers.
        unit: &'static str,
    },
    /// Not a span of time.
    #[error(transparent)]
    Duration(#[from] DurationError),
    /// Not an accepted address.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// Not one of the words.
    #[error(transparent)]
    Choice(#[from] ChoiceError),
    /// Not a selection of columns.
    #[error(transparent)]
    Fields(#[from] FieldSelectionError),
}

impl Setting for bool {
    const KIND: &'static str = "true or false";

    fn read(raw: &Raw) -> Result<Self, Refusal> {
        match raw {
            Raw::Switch(on) => Ok(*on),
            Raw::Text(text) => match text.trim().to_ascii_lowercase().as_str() {
                "true" | "yes" | "on" | "1" => Ok(true),
                "false" | "no" | "off" | "0" => Ok(false),
                _ => Err(Refusal::Expected(Self::KIND)),
            },
            _ => Err(Refusal::Expected(Self::KIND)),
        }
    }

    fn json(&self) -> Value {
        Value::from(*self)
    }
}

impl Setting for f64 {
    const KIND: &'static str = "a number";

    fn read(raw: &Raw) -> Result<Self, Refusal> {
        let number = match raw {
            Raw::Number(number) => Some(*number),
            Raw::Text(text) => text.trim().parse().ok(),
            _ => None,
        };
        number
            .filter(|number: &f64| number.is_finite())
            .ok_or(Refusal::Expected(Self::KIND))
    }

    fn measure(&self) -> Option<f64> {
        Some(*self)
    }

    fn json(&self) -> Value {
        Value::from(*self)
    }
}

impl Setting for u32 {
    const KIND: &'static str = "a whole number";

    fn read(raw: &Raw) -> Result<Self, Refusal> {
        // Through its text, so that a fraction, a sign or an excess is refused rather than rounded away.
        match raw {
            Raw::Number(_) | Raw::Text(_) => raw.to_string().trim().parse().ok(),
            _ => None,
        }
        .ok_or(Refusal::Expected(Self::KIND))
    }

    fn measure(&self) -> Option<f64> {
        Some(f64::from(*self))
    }

    fn json(&self) -> Value {
        Value::from(*self)
    }
}

impl Setting for Duration {
    const KIND: &'static str = "seconds";
    const UNIT: &'static str = " seconds";

    fn read(raw: &Raw) -> Result<Self, Refusal> {
        match raw {
            Raw::Number(seconds) => Self::try_from_secs_f64(*seconds).map_err(|_| DurationError),
            Raw::Text(text) => parse_duration(text),
            _ => Err(DurationError),
        }
        .map_err(Refusal::from)
    }

    fn measure(&self) -> Option<f64> {
        Some(self.as_secs_f64())
    }

    fn json(&self) -> Value {
        Value::from(self.as_secs_f64())
    }
}

/// A setting that may be left open; the empty text leaves it open.
impl<T: Setting> Setting for Option<T> {
    const KIND: &'static str = T::KIND;
    const UNIT: &'static str = T::UNIT;

    fn read(raw: &Raw) -> Result<Self, Refusal> {
        match raw {
            Raw::Text(text) if text.trim().is_empty() => Ok(None),
            _ => T::read(raw).map(Some),
        }
    }

    fn measure(&self) -> Option<f64> {
        self.as_ref().and_then(T::measure)
    }

    fn json(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::json)
    }
}

macro_rules! worded {
    ($($type:ty, $kind:literal;)*) => {
        $(impl Setting for $type {
            const KIND: &'static str = $kind;

            fn read(raw: &Raw) -> Result<Self, Refusal> {
                let words = raw.words().ok_or(Refusal::Expected(Self::KIND))?;
                Ok(Self::from_str(&words)?)
            }

            fn json(&self) -> Value {
                Value::from(self.to_string())
            }
        })*
    };
}

worded! {
    OutputFormat, "a format";
    ColorChoice, "auto, always or never";
    Providers, "a list of providers";
    Estimator, "an estimator";
    HvWindows, "a list of windows";
    FieldSelection, "a list of fields";
    WebUrl, "an address";
    StreamUrl, "an address";
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(text: &str) -> Raw {
        Raw::Text(text.to_owned())
    }

    #[test]
    fn text_reads_as_every_kind() {
        assert_eq!(bool::read(&text("Yes")), Ok(true));
        assert_eq!(u32::read(&text(" 7 ")), Ok(7));
        assert_eq!(f64::read(&text("0.5")), Ok(0.5));
        assert_eq!(
            Duration::read(&text("500ms")),
            Ok(Duration::from_millis(500))
        );
        assert_eq!(Option::<WebUrl>::read(&text("")), Ok(None));
    }

    #[test]
    fn another_kind_is_refused() {
        assert!(bool::read(&Raw::Number(1.0)).is_err());
        assert!(f64::read(&Raw::Number(f64::NAN)).is_err());
        assert!(f64::read(&Raw::Switch(true)).is_err());
        assert!(Duration::read(&Raw::Number(-1.0)).is_err());
        for number in [1.5, -1.0, 5e9, f64::INFINITY] {
            assert!(u32::read(&Raw::Number(number)).is_err(), "{number}");
        }
    }

    #[test]
    fn a_list_reads_like_its_words() {
        let list = Raw::List(vec![text("rest"), text("legacy")]);
        assert_eq!(Providers::read(&list).unwrap().to_string(), "rest,legacy");
        assert!(Providers::read(&Raw::List(vec![Raw::Number(1.0)])).is_err());
    }

    #[test]
    fn a_password_in_an_address_is_not_shown() {
        assert_eq!(text("https://me:pw@example.com").shown(), "(redacted)");
        assert_eq!(text("a\nb").shown(), "ab");
    }

    proptest! {
        #[test]
        fn reading_text_never_panics(any in ".{0,60}") {
            let raw = text(&any);
            let _ = (bool::read(&raw), u32::read(&raw), f64::read(&raw), Duration::read(&raw));
            let _ = (WebUrl::read(&raw), StreamUrl::read(&raw), FieldSelection::read(&raw));
        }
    }
}
