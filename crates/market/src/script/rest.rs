//! Faults of requests.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// The endpoints of the server, by the names that rules and records use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Endpoint {
    /// Every endpoint; only in rules.
    Any,
    /// `POST /oauth/token`.
    OauthToken,
    /// `GET /api-quote-tokens`.
    ApiQuoteTokens,
    /// `GET /market-metrics`.
    MarketMetrics,
    /// `GET /market-data/by-type`.
    MarketData,
    /// `GET /instruments/futures`.
    Futures,
    /// `GET /instruments/equities`.
    Equities,
    /// `GET /option-chains/{symbol}/nested`.
    OptionChain,
    /// `GET /customers/me`.
    Customer,
    /// `GET /customers/me/accounts`.
    Accounts,
    /// `GET /market-time/equities/sessions/current`.
    Session,
    /// `GET /public-watchlists/{name}` and `GET /watchlists/{name}`.
    Watchlist,
    /// `GET /v8/finance/chart/{symbol}`.
    Chart,
    /// Everything else.
    Unknown,
}

impl Endpoint {
    /// The name in records, the same as in scripts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::OauthToken => "oauth-token",
            Self::ApiQuoteTokens => "api-quote-tokens",
            Self::MarketMetrics => "market-metrics",
            Self::MarketData => "market-data",
            Self::Futures => "futures",
            Self::Equities => "equities",
            Self::OptionChain => "option-chain",
            Self::Customer => "customer",
            Self::Accounts => "accounts",
            Self::Session => "session",
            Self::Watchlist => "watchlist",
            Self::Chart => "chart",
            Self::Unknown => "unknown",
        }
    }
}

/// What happens to which requests.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RestRule {
    /// The endpoint that the fault is at.
    pub endpoint: Endpoint,
    /// From which request to that endpoint on, counted from 1.
    #[serde(default = "one")]
    pub first: u64,
    /// For how many of them; all when absent.
    #[serde(default)]
    pub times: Option<u64>,
    /// Milliseconds before the answer.
    #[serde(default)]
    pub delay_ms: u64,
    /// What goes wrong; only the delay when absent.
    #[serde(default)]
    pub fault: Option<RestFault>,
}

fn one() -> u64 {
    1
}

impl RestRule {
    /// A fault of every request to an endpoint.
    pub fn always(endpoint: Endpoint, fault: RestFault) -> Self {
        Self {
            endpoint,
            first: 1,
            times: None,
            delay_ms: 0,
            fault: Some(fault),
        }
    }

    /// A fault of the first `times` requests to an endpoint.
    pub fn times(endpoint: Endpoint, times: u64, fault: RestFault) -> Self {
        Self {
            times: Some(times),
            ..Self::always(endpoint, fault)
        }
    }

    /// A delay before every answer of an endpoint.
    pub fn delay(endpoint: Endpoint, delay_ms: u64) -> Self {
        Self {
            endpoint,
            first: 1,
            times: None,
            delay_ms,
            fault: None,
        }
    }

    pub(super) fn matches(&self, endpoint: Endpoint, nth: u64) -> bool {
        let here = self.endpoint == Endpoint::Any || self.endpoint == endpoint;
        let begun = nth.checked_sub(self.first);
        here && begun.is_some_and(|past| self.times.is_none_or(|times| past < times))
    }
}

/// What can go wrong with a request.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum RestFault {
    /// Another answer than the right one.
    Reply {
        /// HTTP status.
        status: u16,
        /// Body; empty when absent.
        #[serde(default)]
        body: ReplyBody,
        /// Headers besides the content type, `Retry-After` for instance.
        #[serde(default)]
        headers: BTreeMap<String, String>,
    },
    /// The connection goes away without an answer.
    Drop,
    /// The right answer, cut after some bytes, after which the connection goes away.
    CutOff {
        /// Bytes of the body that arrive.
        keep: usize,
    },
    /// The right answer's first bytes, and then nothing more on an open connection.
    Stall {
        /// Bytes of the body that arrive.
        keep: usize,
    },
    /// The right answer, complete as far as HTTP can tell, but its text ends early.
    Truncate {
        /// Bytes of the body that are left.
        keep: usize,
    },
    /// No answer on an open connection.
    Hang,
    /// The refresh grant is refused.
    TokenRefused(GrantRefusal),
    /// The login has no customer record.
    CustomerNotFound {
        /// HTTP status; 403 and 404 have been reported.
        status: u16,
    },
    /// The access token counts as expired from this request on.
    ExpireToken,
}

/// The body of a scripted answer.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReplyBody {
    /// Nothing.
    #[default]
    Empty,
    /// `application/json`.
    Json(Value),
    /// `text/html`.
    Html(String),
    /// `text/plain`.
    Text(String),
}

/// The reasons a refresh grant is refused for (tastytrade-rest §3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GrantRefusal {
    /// The grant was deleted or belongs to the other environment.
    GrantRevoked,
    /// The secret does not belong to the grant.
    ClientSecretMismatch,
    /// The refresh token is damaged.
    InvalidJwt,
}

impl GrantRefusal {
    /// The server's words.
    pub fn description(self) -> &'static str {
        match self {
            Self::GrantRevoked => "Grant revoked",
            Self::ClientSecretMismatch => "Client secret mismatch",
            Self::InvalidJwt => "Invalid JWT",
        }
    }
}
