//! Lenient reading of JSON objects: decimals as text or number, keys in kebab, camel or snake case, absence as a
//! missing key, `null`, `""` or `"NaN"`. A value that cannot be read is absent; it never costs the document.
//!
//! See `docs/reference/tastytrade-rest.md`, "4. Response conventions".

use std::str::FromStr;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Map, Value};

use crate::model::{StreamerSymbol, Symbol};

/// One JSON object.
#[derive(Clone, Copy)]
pub(super) struct JsonRecord<'a>(&'a Map<String, Value>);

impl<'a> JsonRecord<'a> {
    /// The object, if the value is one.
    pub(super) fn new(value: &'a Value) -> Option<Self> {
        value.as_object().map(Self)
    }

    /// The objects of `data.items`; an answer without them has none.
    pub(super) fn items(document: &'a Value) -> impl Iterator<Item = Self> {
        Self::new(&document["data"])
            .into_iter()
            .flat_map(|data| data.list("items"))
    }

    /// The value of a key, which is given in kebab case; `null` is absent.
    fn value(self, key: &str) -> Option<&'a Value> {
        self.0
            .get(key)
            .or_else(|| self.0.get(&camel(key)))
            .or_else(|| self.0.get(&key.replace('-', "_")))
            .filter(|value| !value.is_null())
    }

    /// A finite number.
    pub(super) fn number(self, key: &str) -> Option<f64> {
        let value = self.value(key)?;
        let number = match value {
            Value::String(text) => text.trim().parse().ok(),
            other => other.as_f64(),
        };
        if number.is_none() && value != "" {
            tracing::debug!(key, "a number cannot be read");
        }
        number.filter(|number: &f64| number.is_finite())
    }

    /// A text that is not empty.
    pub(super) fn text(self, key: &str) -> Option<&'a str> {
        let text = self.value(key)?.as_str()?.trim();
        (!text.is_empty()).then_some(text)
    }

    /// A text to keep.
    pub(super) fn name(self, key: &str) -> Option<Arc<str>> {
        self.text(key).map(Arc::from)
    }

    /// A yes or no; some are sent as words.
    pub(super) fn flag(self, key: &str) -> Option<bool> {
        match self.value(key)? {
            Value::Bool(flag) => Some(*flag),
            Value::String(word) => word.trim().to_ascii_lowercase().parse().ok(),
            _ => None,
        }
    }

    /// A day; of a full time, its day.
    pub(super) fn date(self, key: &str) -> Option<Date> {
        self.text(key)?.get(..10)?.parse().ok()
    }

    /// A moment: RFC 3339, or milliseconds since 1970.
    pub(super) fn time(self, key: &str) -> Option<Timestamp> {
        match self.value(key)? {
            Value::String(text) => text.trim().parse().ok(),
            other => Timestamp::from_millisecond(other.as_i64()?).ok(),
        }
    }

    /// A symbol in the broker's spelling.
    pub(super) fn symbol(self, key: &str) -> Option<Symbol> {
        self.parsed(key)
    }

    /// A symbol in the stream's spelling.
    pub(super) fn streamer(self, key: &str) -> Option<StreamerSymbol> {
        self.text(key).map(StreamerSymbol::new)
    }

    /// Anything that reads itself from a text.
    pub(super) fn parsed<T: FromStr>(self, key: &str) -> Option<T> {
        self.text(key)?.parse().ok()
    }

    /// A decimal as text, whichever way it was sent.
    pub(super) fn decimal(self, key: &str) -> Option<String> {
        match self.value(key)? {
            Value::String(text) => Some(text.trim().to_owned()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// An object inside this one.
    pub(super) fn record(self, key: &str) -> Option<Self> {
        Self::new(self.value(key)?)
    }

    /// The texts of a list; what is no text is left out.
    pub(super) fn words(self, key: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        self.value(key)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
    }

    /// The objects of a list; what is no object is left out.
    pub(super) fn list(self, key: &str) -> impl Iterator<Item = Self> + use<'a> {
        self.value(key)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Self::new)
    }
}

fn camel(kebab: &str) -> String {
    let mut words = kebab.split('-');
    let mut camel = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        camel.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        camel.push_str(letters.as_str());
    }
    camel
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_come_in_every_dress() {
        let value = json!({
            "text": "0.261833862", "int": 4, "float": 1.5, "big": 4_514_709_583_000_i64, "padded": " 7 ",
            "null": null, "empty": "", "nan": "NaN", "inf": "Infinity", "word": "n/a", "list": [1], "flag": true,
        });
        let record = JsonRecord::new(&value).unwrap();
        for (key, number) in [
            ("text", 0.261_833_862),
            ("int", 4.0),
            ("float", 1.5),
            ("big", 4_514_709_583_000.0),
            ("padded", 7.0),
        ] {
            assert_eq!(record.number(key), Some(number), "{key}");
        }
        for key in [
            "null", "empty", "nan", "inf", "word", "list", "flag", "missing",
        ] {
            assert_eq!(record.number(key), None, "{key}");
        }
    }

    #[test]
    fn keys_are_kebab_first_then_camel_then_snake() {
        let value = json!({"bid-size": 1, "bidSize": 2, "askSize": 3, "instrument_type": "Equity", "year-low-price": null, "yearLowPrice": 9});
        let record = JsonRecord::new(&value).unwrap();
        assert_eq!(record.number("bid-size"), Some(1.0));
        assert_eq!(record.number("ask-size"), Some(3.0));
        assert_eq!(record.text("instrument-type"), Some("Equity"));
        assert_eq!(
            record.number("year-low-price"),
            None,
            "a null is an answer, not a reason to look on"
        );
    }

    #[test]
    fn times_come_with_any_offset_or_as_milliseconds() {
        let value = json!({"z": "2026-08-24T17:57:01.000Z", "offset": "2026-08-24T12:57:01-05:00", "ms": 1_787_594_221_000_i64,
            "date": "2026-08-24", "long": "2026-08-24T00:00:00Z", "bad": "2026-13-45"});
        let record = JsonRecord::new(&value).unwrap();
        assert_eq!(record.time("z"), record.time("offset"));
        assert_eq!(record.time("z"), record.time("ms"));
        assert_eq!(record.date("date"), record.date("long"));
        assert_eq!(record.date("bad"), None);
        assert_eq!(record.time("date"), None);
    }

    #[test]
    fn flags_may_be_words() {
        let value = json!({"a": true, "b": "False", "c": 1, "d": ""});
        let record = JsonRecord::new(&value).unwrap();
        let flags: Vec<_> = ["a", "b", "c", "d"].map(|key| record.flag(key)).into();
        assert_eq!(flags, [Some(true), Some(false), None, None]);
    }

    proptest! {
        #[test]
        fn no_text_makes_a_reader_panic(text in "\\PC{0,24}") {
            let value = json!({"k": text});
            let record = JsonRecord::new(&value).unwrap();
            let _ = (record.number("k"), record.date("k"), record.time("k"), record.flag("k"), record.symbol("k"));
        }
    }
}
