//! The token call: what is sent, and what each answer means.
//!
//! See `docs/reference/tastytrade-rest.md`, "3.1 Token call" and "3.2 Token errors".

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::error::{AuthError, RefusalReason};
use crate::net::HttpResponse;
use crate::secret::{Credentials, Secret};

/// Life of a token whose answer does not state one.
const USUAL_LIFE: Duration = Duration::from_mins(15);
const SHORTEST_LIFE: Duration = Duration::from_secs(30);
const LONGEST_LIFE: Duration = Duration::from_hours(24);

/// The body of the token call.
pub(super) fn body(credentials: &Credentials) -> Secret {
    let mut body = json!({
        "grant_type": "refresh_token",
        "refresh_token": credentials.refresh_token.expose(),
        "client_secret": credentials.client_secret.expose(),
    });
    if let Some(client_id) = &credentials.client_id {
        body["client_id"] = Value::from(client_id.expose());
    }
    Secret::new(body.to_string())
}

/// A granted token.
#[derive(Debug)]
pub(super) struct Granted {
    pub(super) token: Secret,
    pub(super) life: Duration,
    /// A new refresh token, should the server ever rotate it.
    pub(super) refresh_token: Option<Secret>,
}

#[derive(serde::Deserialize)]
struct GrantedWire {
    access_token: String,
    #[serde(default)]
    expires_in: Value,
    #[serde(default)]
    refresh_token: Option<String>,
}

/// Reads the answer of the token call.
pub(super) fn read(
    answer: &HttpResponse,
    credentials: &Credentials,
    now: Timestamp,
) -> Result<Granted, AuthError> {
    if answer.is_success() {
        return granted(&answer.body).ok_or(AuthError::Malformed);
    }
    let status = answer.status;
    if status == 429 || status >= 500 {
        return Err(AuthError::Server {
            status,
            retry_after: answer.retry_after(now),
        });
    }
    Err(match serde_json::from_slice::<Value>(&answer.body) {
        Ok(body) => refused(&body, status, credentials),
        Err(_) => AuthError::Blocked {
            status,
            excerpt: answer.excerpt(|text| credentials.redact(text)),
        },
    })
}

fn granted(body: &[u8]) -> Option<Granted> {
    let wire: GrantedWire = serde_json::from_slice(body).ok()?;
    let seconds = wire
        .expires_in
        .as_f64()
        .or_else(|| wire.expires_in.as_str()?.trim().parse().ok());
    let life = seconds
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .unwrap_or(USUAL_LIFE)
        .clamp(SHORTEST_LIFE, LONGEST_LIFE);
    Some(Granted {
        token: Secret::new(wire.access_token),
        life,
        refresh_token: wire
            .refresh_token
            .filter(|token| !token.is_empty())
            .map(Secret::new),
    })
}

/// `error` is a word here, and an object with `code` and `message` should another service answer.
fn refused(body: &Value, status: u16, credentials: &Credentials) -> AuthError {
    let error = &body["error"];
    let description = [
        &body["error_description"],
        &error["message"],
        &error["code"],
        error,
    ]
    .into_iter()
    .find_map(Value::as_str)
    .unwrap_or("no reason given");
    let shown = |text: &str| -> String {
        let text = credentials.redact(text);
        text.chars().filter(|c| !c.is_control()).take(300).collect()
    };
    let code = [error, &error["code"]].into_iter().find_map(Value::as_str);
    AuthError::Refused {
        reason: RefusalReason::of(description),
        description: shown(description),
        code: code.map(shown),
        status,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn credentials() -> Credentials {
        Credentials {
            client_secret: Secret::new("secret-abc"),
            refresh_token: Secret::new("refresh-xyz"),
            client_id: None,
        }
    }

    fn life(expires_in: &str) -> Duration {
        let body = format!(r#"{{"access_token":"t","token_type":"Bearer"{expires_in}}}"#);
        granted(body.as_bytes()).unwrap().life
    }

    #[test]
    fn the_life_of_a_token_is_kept_within_reason() {
        assert_eq!(life(r#","expires_in":900"#), Duration::from_mins(15));
        assert_eq!(life(r#","expires_in":"900""#), Duration::from_mins(15));
        assert_eq!(life(""), USUAL_LIFE);
        assert_eq!(life(r#","expires_in":null"#), USUAL_LIFE);
        assert_eq!(life(r#","expires_in":0"#), SHORTEST_LIFE);
        assert_eq!(life(r#","expires_in":1e12"#), LONGEST_LIFE);
        assert_eq!(life(r#","expires_in":-5"#), USUAL_LIFE);
    }

    #[test]
    fn refusals_are_read_in_both_shapes() {
        for (body, reason) in [
            (
                json!({"error": "invalid_grant", "error_description": "Grant revoked"}),
                RefusalReason::GrantRevoked,
            ),
            (
                json!({"error": "invalid_client", "error_description": "Client secret mismatch"}),
                RefusalReason::ClientSecretMismatch,
            ),
            (
                json!({"error": {"code": "invalid_grant", "message": "Invalid JWT"}}),
                RefusalReason::InvalidJwt,
            ),
            (json!({"error": "invalid_scope"}), RefusalReason::Other),
            (json!([]), RefusalReason::Other),
        ] {
            let error = refused(&body, 400, &credentials());
            assert!(
                matches!(&error, AuthError::Refused { reason: found, .. } if *found == reason),
                "{error:?}"
            );
            let code = [&body["error"], &body["error"]["code"]];
            assert_eq!(
                error.server_code(),
                code.into_iter().find_map(Value::as_str)
            );
        }
    }

    #[test]
    fn an_echoed_secret_does_not_reach_the_error() {
        let body = json!({"error": "x", "error_description": "bad refresh-xyz with secret-abc"});
        let error = refused(&body, 400, &credentials());
        assert_eq!(
            error.to_string(),
            "the token request was refused with HTTP 400: bad (redacted) with (redacted)"
        );
    }

    #[test]
    fn the_client_id_is_sent_only_when_there_is_one() {
        let mut credentials = credentials();
        assert!(!body(&credentials).expose().contains("client_id"));
        credentials.client_id = Some(Secret::new("id"));
        assert!(body(&credentials).expose().contains(r#""client_id":"id""#));
    }

    proptest! {
        #[test]
        fn no_answer_makes_the_reader_panic(body in "\\PC{0,80}") {
            let _ = granted(body.as_bytes());
            if let Ok(value) = serde_json::from_str::<Value>(&body) {
                let _ = refused(&value, 400, &credentials());
            }
        }
    }
}
