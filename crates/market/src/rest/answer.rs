//! Answers before they are put on the wire, and the shapes they have.
//!
//! See `docs/reference/tastytrade-rest.md`, "4. Response conventions" and "5. Errors and how to react".

use hyper::StatusCode;
use serde_json::{Map, Value, json};

/// A whole answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) content_type: &'static str,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(super) fn json(status: StatusCode, body: &Value) -> Self {
        Self::new(status, "application/json; charset=utf-8", body.to_string())
    }

    /// A success in the usual envelope.
    pub(super) fn data(context: &str, data: &Value) -> Self {
        Self::json(StatusCode::OK, &json!({"data": data, "context": context}))
    }

    /// A list in the usual envelope.
    pub(super) fn items(context: &str, items: &[Value]) -> Self {
        Self::data(context, &json!({ "items": items }))
    }

    /// A refusal with a code and words.
    pub(super) fn error(status: StatusCode, code: &str, message: &str) -> Self {
        Self::json(
            status,
            &json!({"error": {"code": code, "message": message}}),
        )
    }

    pub(super) fn html(status: StatusCode, body: impl Into<String>) -> Self {
        Self::new(status, "text/html", body.into())
    }

    pub(super) fn text(status: StatusCode, body: impl Into<String>) -> Self {
        Self::new(status, "text/plain", body.into())
    }

    fn new(status: StatusCode, content_type: &'static str, body: String) -> Self {
        Self {
            status,
            content_type,
            headers: Vec::new(),
            body,
        }
    }
}

/// A JSON object whose absent values are left out.
#[derive(Debug, Default)]
pub(super) struct Object(Map<String, Value>);

impl Object {
    /// Adds a value if there is one.
    pub(super) fn put(&mut self, key: &str, value: impl Into<Option<Value>>) -> &mut Self {
        if let Some(value) = value.into() {
            self.0.insert(key.to_owned(), value);
        }
        self
    }

    /// Adds a decimal if there is one.
    pub(super) fn decimal(&mut self, key: &str, number: impl Into<Option<f64>>) -> &mut Self {
        self.put(key, number.into().map(decimal))
    }

    /// Adds a text.
    pub(super) fn text(&mut self, key: &str, text: impl Into<String>) -> &mut Self {
        self.put(key, Value::String(text.into()))
    }

    pub(super) fn build(&mut self) -> Value {
        Value::Object(std::mem::take(&mut self.0))
    }
}

/// A decimal as this API writes it: a string with at least one decimal place and no exponent.
pub(super) fn decimal(number: f64) -> Value {
    let text = number.to_string();
    Value::String(if text.contains('.') {
        text
    } else {
        format!("{text}.0")
    })
}

/// A decimal with a fixed number of places, as percent points come.
pub(super) fn fixed(number: f64, places: usize) -> Value {
    Value::String(format!("{number:.places$}"))
}

/// A moment as this API writes it.
pub(super) fn time(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// A moment with an explicit offset, the other way this API writes it.
pub(super) fn offset_time(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3f+00:00").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_strings_without_exponent() {
        for (number, text) in [
            (312.0, "312.0"),
            (0.27, "0.27"),
            (1e-7, "0.0000001"),
            (1e17, "100000000000000000.0"),
            (-0.5, "-0.5"),
        ] {
            assert_eq!(decimal(number), text);
        }
    }

    #[test]
    fn times_are_written_both_ways() {
        let at: jiff::Timestamp = "2026-11-20T15:30:00.5Z".parse().unwrap();
        assert_eq!(time(at), "2026-11-20T15:30:00.500Z");
        assert_eq!(offset_time(at), "2026-11-20T15:30:00.500+00:00");
    }
}
