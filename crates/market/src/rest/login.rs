//! The token call and the quote token.
//!
//! See `docs/reference/tastytrade-rest.md`, "3. Authentication" and "7.4 `GET /api-quote-tokens`".

use hyper::StatusCode;
use serde_json::{Value, json};

use super::RestService;
use super::answer::{Answer, Object, time};
use super::request::{Query, RestRequest};
use crate::record::Counter;
use crate::script::GrantRefusal;

impl RestService {
    pub(super) fn oauth_token(&self, request: &RestRequest) -> Answer {
        let Some(form) = Form::read(request) else {
            return oauth_error("invalid_request", "Request body is not readable");
        };
        if form.grant_type != "refresh_token" {
            self.note_violation("grant-type", form.grant_type);
            return oauth_error("unsupported_grant_type", "Unsupported grant type");
        }
        if form.refresh_token.is_empty() {
            return refused(GrantRefusal::InvalidJwt);
        }
        if let Some(expected) = &self.credentials {
            if form.refresh_token != expected.refresh_token {
                return refused(GrantRefusal::GrantRevoked);
            }
            if form.client_secret != expected.client_secret {
                return refused(GrantRefusal::ClientSecretMismatch);
            }
        }
        self.recorder.count(Counter::OauthLogins, 1);
        let token = self.tokens.issue_access(self.script.data.token_requests);
        Answer::json(
            StatusCode::OK,
            &json!({"access_token": token, "token_type": "Bearer", "expires_in": self.token_seconds}),
        )
    }

    pub(super) fn api_quote_tokens(&self) -> Answer {
        self.recorder.count(Counter::QuoteTokens, 1);
        let level = self.script.data.quote_token_level.as_deref();
        let issued = self.moment();
        let expires = issued.saturating_add(jiff::SignedDuration::from_hours(24));
        let mut data = Object::default();
        data.text("token", self.tokens.issue_quote())
            .text("dxlink-url", self.stream_url.as_str())
            .text("level", level.unwrap_or("api"))
            .text("issued-at", time(issued))
            .text("expires-at", time(expires.unwrap_or(issued)));
        Answer::data("/api-quote-tokens", &data.build())
    }
}

/// The refusal of a refresh grant.
pub(super) fn refused(why: GrantRefusal) -> Answer {
    oauth_error("invalid_grant", why.description())
}

/// The refusal of a login without a customer record.
pub(super) fn customer_not_found(status: StatusCode) -> Answer {
    Answer::error(
        status,
        "quote_streamer.customer_not_found_error",
        "You must be a customer to access a quote stream.",
    )
}

/// The flat error shape that only this endpoint has.
fn oauth_error(error: &str, description: &str) -> Answer {
    Answer::json(
        StatusCode::BAD_REQUEST,
        &json!({"error": error, "error_description": description}),
    )
}

struct Form {
    grant_type: String,
    refresh_token: String,
    client_secret: String,
}

impl Form {
    /// Reads both accepted encodings; `None` for anything else.
    fn read(request: &RestRequest) -> Option<Self> {
        let kind = request.header("content-type")?;
        let text = std::str::from_utf8(&request.body).ok()?;
        if kind.starts_with("application/json") {
            let body: Value = serde_json::from_str(text).ok()?;
            let field = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
            return Some(Self {
                grant_type: field("grant_type"),
                refresh_token: field("refresh_token"),
                client_secret: field("client_secret"),
            });
        }
        if !kind.starts_with("application/x-www-form-urlencoded") {
            return None;
        }
        let body = Query::parse(text);
        let field = |key: &str| body.value(key).unwrap_or_default().to_owned();
        Some(Self {
            grant_type: field("grant_type"),
            refresh_token: field("refresh_token"),
            client_secret: field("client_secret"),
        })
    }
}
