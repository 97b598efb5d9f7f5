//! Error bodies in all their shapes → [`ServerFault`] → [`TastyError`].
//!
//! See `docs/reference/tastytrade-rest.md`, "5. Errors and how to react".

use std::fmt;

use jiff::Timestamp;
use serde_json::Value;

use super::error::TastyError;
use crate::net::HttpResponse;

/// The code of a login without an opened account; it comes with 403 and with 404.
const NOT_A_CUSTOMER: &str = "quote_streamer.customer_not_found_error";

/// What a server said when it said no. Texts are redacted and bounded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerFault {
    /// HTTP status.
    pub status: u16,
    /// The server's code, `validation_error` for instance.
    pub code: Option<String>,
    /// The server's words, details included; of a page, its first words.
    pub message: String,
    /// What the broker's support asks for.
    pub support_id: Option<String>,
}

impl fmt::Display for ServerFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HTTP {}", self.status)?;
        if let Some(code) = &self.code {
            write!(f, " {code}")?;
        }
        if self.message.is_empty() {
            return Ok(());
        }
        write!(f, ": {}", self.message)
    }
}

/// Reads an answer that is no success; `redact` takes out what must not be repeated.
pub(super) fn error_of(
    answer: &HttpResponse,
    now: Timestamp,
    redact: impl Fn(&str) -> String,
) -> TastyError {
    let body: Option<Value> = serde_json::from_slice(&answer.body).ok();
    let fault = match &body {
        Some(body) => from_json(answer.status, body, &redact),
        None => from_page(answer, &redact),
    };
    let retry_after = answer.retry_after(now);
    if fault.code.as_deref() == Some(NOT_A_CUSTOMER) {
        return TastyError::NotEntitled(fault);
    }
    match answer.status {
        401 | 403 if body.is_none() => TastyError::Blocked(fault),
        401 => TastyError::Unauthorized(fault),
        403 => TastyError::Forbidden(fault),
        404 => TastyError::NotFound(fault),
        422 => TastyError::Validation(fault),
        429 => TastyError::RateLimited { fault, retry_after },
        500.. => TastyError::Server { fault, retry_after },
        _ if fault.code.as_deref() == Some("validation_error") => TastyError::Validation(fault),
        _ => TastyError::Refused(fault),
    }
}

fn from_page(answer: &HttpResponse, redact: impl Fn(&str) -> String) -> ServerFault {
    ServerFault {
        status: answer.status,
        code: None,
        message: answer.excerpt(redact),
        support_id: None,
    }
}

/// `error` is an object or a word, its `code` a word or a number, its details `code: message` or `domain: reason`.
fn from_json(status: u16, body: &Value, redact: impl Fn(&str) -> String) -> ServerFault {
    let error = &body["error"];
    let code = word(&error["code"]).or_else(|| word(error));
    let mut message = [&error["message"], &body["error_description"]]
        .into_iter()
        .find_map(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    let support_id = support_id(&message);
    for detail in error["errors"].as_array().into_iter().flatten().take(5) {
        let subject = word(&detail["domain"]).or_else(|| word(&detail["code"]));
        let what = word(&detail["reason"]).or_else(|| word(&detail["message"]));
        let parts: Vec<String> = subject.into_iter().chain(what).collect();
        if !parts.is_empty() {
            message = format!("{message} ({})", parts.join(": "));
        }
    }
    ServerFault {
        status,
        code: code.map(|code| redact(&code)),
        message: redact(&message)
            .trim()
            .chars()
            .filter(|c| !c.is_control())
            .take(500)
            .collect(),
        support_id,
    }
}

fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn support_id(message: &str) -> Option<String> {
    let (_, tail) = message.split_once("support identifier:")?;
    let id: String = tail
        .trim_start()
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || *c == '-')
        .take(64)
        .collect();
    (!id.is_empty()).then_some(id)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fault(body: &Value) -> ServerFault {
        from_json(400, body, |text| text.replace("token-1", "(redacted)"))
    }

    #[test]
    fn every_shape_of_an_error_is_read() {
        for (body, shown) in [
            (
                json!({"error": {"code": "not_permitted", "message": "User not permitted access"}}),
                "HTTP 400 not_permitted: User not permitted access",
            ),
            (
                json!({"error": {"code": 406, "message": "The requested version is not supported."}}),
                "HTTP 400 406: The requested version is not supported.",
            ),
            (
                json!({"error": {"code": "validation_error", "message": "Request validation failed",
                    "errors": [{"domain": "symbol", "reason": "is missing"}]}}),
                "HTTP 400 validation_error: Request validation failed (symbol: is missing)",
            ),
            (
                json!({"error": {"code": "preflight_check_failure", "message": "One or more preflight checks failed",
                    "errors": [{"code": "margin", "message": "too low"}, null, 7]}}),
                "HTTP 400 preflight_check_failure: One or more preflight checks failed (margin: too low)",
            ),
            (
                json!({"error": "invalid_grant", "error_description": "Grant revoked token-1"}),
                "HTTP 400 invalid_grant: Grant revoked (redacted)",
            ),
            (json!([1, 2]), "HTTP 400"),
            (json!({"error": null}), "HTTP 400"),
        ] {
            assert_eq!(fault(&body).to_string(), shown);
        }
    }

    #[test]
    fn the_support_identifier_is_kept() {
        let body = json!({"error": {"code": "unauthorized",
            "message": "Unauthorized. Unique customer support identifier: 76c0d3aa-11"}});
        assert_eq!(fault(&body).support_id.as_deref(), Some("76c0d3aa-11"));
    }
}
