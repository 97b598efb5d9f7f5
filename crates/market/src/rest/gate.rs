//! What every request must show before an endpoint looks at it, and the violations that are noted on the way.
//!
//! See `docs/reference/tastytrade-rest.md`, "2. Headers and API version", "5. Errors and how to react" and "6. Rate
//! limits, sizes, concurrency".

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hyper::StatusCode;
use serde_json::json;
use tokio::time::Instant;

use super::RestService;
use super::answer::Answer;
use super::request::RestRequest;
use crate::record::{Counter, Place};
use crate::script::Endpoint;
use crate::tokens::Standing;

impl RestService {
    /// The refusal that a request earns before its endpoint is asked, if any.
    pub(super) fn refusal(&self, request: &RestRequest) -> Option<Answer> {
        self.note_leaks(request);
        if self.rates.is_over(request.endpoint) {
            self.recorder.count(Counter::OverRate, 1);
        }
        if request.endpoint == Endpoint::Chart {
            return self.chart_refusal(request);
        }
        if !request.user_agent().is_some_and(is_product_and_version) {
            let shown = request.user_agent().unwrap_or("none");
            self.note_violation("user-agent", format!("{} with {shown}", request.path()));
            return Some(Answer::html(
                StatusCode::UNAUTHORIZED,
                "<html>\r\n<head><title>401 Authorization Required</title></head>\r\n<body>\r\n<center><h1>401 \
                 Authorization Required</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n",
            ));
        }
        if request.path() == "/quote-streamer-tokens" {
            self.note_violation(
                "quote-streamer-tokens",
                "users are put on delayed quotes for it",
            );
            return Some(Answer::error(
                StatusCode::FORBIDDEN,
                "not_permitted",
                "User not permitted access",
            ));
        }
        self.version_refusal(request)
            .or_else(|| self.token_refusal(request))
    }

    fn chart_refusal(&self, request: &RestRequest) -> Option<Answer> {
        if request.headers.contains_key(hyper::header::AUTHORIZATION) {
            self.recorder.violation(
                Place::Chart,
                "credentials-to-others",
                "the chart endpoint is not the broker's",
            );
        }
        let is_browser_like = request
            .user_agent()
            .is_some_and(|agent| agent.starts_with("Mozilla/"));
        (!is_browser_like).then(|| {
            self.recorder
                .violation(Place::Chart, "user-agent", "not browser-like");
            Answer::text(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests")
        })
    }

    fn version_refusal(&self, request: &RestRequest) -> Option<Answer> {
        let version = request.header("accept-version")?;
        if request.endpoint == Endpoint::OauthToken {
            self.note_violation("accept-version", "sent to the token endpoint");
        }
        let is_date = version.len() == 8 && version.chars().all(|c| c.is_ascii_digit());
        (!is_date || version < "20240501").then(|| {
            Answer::json(
                StatusCode::NOT_ACCEPTABLE,
                &json!({"error": {"code": 406, "message": "The requested version is not supported."}}),
            )
        })
    }

    fn token_refusal(&self, request: &RestRequest) -> Option<Answer> {
        // Whether a server is there may be asked without a token, by asking for nothing.
        if request.endpoint == Endpoint::OauthToken || request.path() == "/" {
            return None;
        }
        let Some(token) = request.bearer() else {
            self.note_violation(
                "bearer",
                format!("{} without an access token", request.path()),
            );
            return Some(unauthorized());
        };
        match self.tokens.present(token) {
            Standing::Good => return None,
            Standing::Expired => {}
            Standing::ExpiredAgain => {
                self.note_violation("expired-token", format!("{} shown again", request.path()));
            }
            Standing::Unknown => self.note_violation("unknown-token", request.path()),
        }
        Some(unauthorized())
    }

    fn note_leaks(&self, request: &RestRequest) {
        let url = request.uri.to_string();
        let mut secrets = self.tokens.issued();
        secrets.extend(self.credentials.iter().flat_map(|credentials| {
            [
                credentials.client_secret.clone(),
                credentials.refresh_token.clone(),
            ]
        }));
        let named = ["token", "access_token", "refresh_token", "client_secret"];
        if secrets.iter().any(|secret| url.contains(secret.as_str()))
            || named.iter().any(|key| request.query.value(key).is_some())
        {
            self.note_violation("token-in-url", request.path());
        }
        let body = String::from_utf8_lossy(&request.body);
        let carries = request.headers.contains_key(hyper::header::AUTHORIZATION)
            || body.contains("refresh_token");
        if request.path().starts_with(REDIRECT_TARGET) && carries {
            self.note_violation("redirected-credentials", request.path());
        }
    }

    /// Notes a breach of a REST rule.
    pub(super) fn note_violation(&self, rule: &'static str, detail: impl Into<String>) {
        self.recorder.violation(Place::Rest, rule, detail);
    }
}

/// Where scripted redirects should point: credentials that arrive there were carried along.
const REDIRECT_TARGET: &str = "/redirected";

fn unauthorized() -> Answer {
    Answer::error(
        StatusCode::UNAUTHORIZED,
        "unauthorized",
        "Unauthorized. Unique customer support identifier: 76c0d3e1a5b24f0f",
    )
}

/// `product/version`, with comments or further products after it.
fn is_product_and_version(agent: &str) -> bool {
    let first = agent.split(' ').next().unwrap_or_default();
    first.split_once('/').is_some_and(|(product, version)| {
        !product.is_empty() && version.starts_with(|c: char| c.is_ascii_digit())
    })
}

/// Request times of the last second by endpoint.
#[derive(Debug, Default)]
pub(super) struct Rates {
    // Held only to push and count, never across an await.
    recent: Mutex<HashMap<Endpoint, VecDeque<Instant>>>,
}

impl Rates {
    /// Notes a request and tells whether it came faster than its endpoint's published rate.
    fn is_over(&self, endpoint: Endpoint) -> bool {
        let Some(limit) = per_second(endpoint) else {
            return false;
        };
        let now = Instant::now();
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let times = recent.entry(endpoint).or_default();
        while times
            .front()
            .is_some_and(|first| now.duration_since(*first) >= Duration::from_secs(1))
        {
            times.pop_front();
        }
        times.push_back(now);
        times.len() > limit
    }
}

/// Published ceilings (`docs/reference/tastytrade-rest.md`, "6. Rate limits, sizes, concurrency").
fn per_second(endpoint: Endpoint) -> Option<usize> {
    match endpoint {
        Endpoint::MarketData | Endpoint::OptionChain | Endpoint::Equities => Some(2),
        Endpoint::Futures | Endpoint::Accounts | Endpoint::Chart => Some(1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_agent_needs_a_product_and_a_version() {
        for (agent, fits) in [
            ("volq/0.1.0", true),
            ("volq/0.1.0 (+https://example.org)", true),
            ("volq", false),
            ("", false),
            ("/1.0", false),
            ("volq/", false),
        ] {
            assert_eq!(is_product_and_version(agent), fits, "{agent}");
        }
    }
}
