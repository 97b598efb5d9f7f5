//! Why there is no access token. Server texts in here are redacted before they are stored.

use std::sync::Arc;
use std::time::Duration;

use crate::net::{NetError, Transient};

/// A login that did not come about. Cheap to clone: everybody who waited for the same token call gets the same answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AuthError {
    /// There are no credentials to log in with.
    #[error("not set: {}", variables.join(", "))]
    Missing {
        /// The environment variables that would hold them.
        variables: Vec<&'static str>,
    },
    /// The server knows the request and says no.
    #[error("the token request was refused with HTTP {status}: {description}")]
    Refused {
        /// What the description means.
        reason: RefusalReason,
        /// The server's words.
        description: String,
        /// The server's code, `invalid_grant` for instance.
        code: Option<String>,
        /// HTTP status.
        status: u16,
    },
    /// Something in front of the server said no, and not in JSON: a firewall, or a `User-Agent` it dislikes.
    #[error("the token request was blocked with HTTP {status}: {excerpt}")]
    Blocked {
        /// HTTP status.
        status: u16,
        /// The first words of the page.
        excerpt: String,
    },
    /// The server is in trouble or wants to be left alone, after every attempt.
    #[error("the token request failed with HTTP {status}")]
    Server {
        /// HTTP status, 429 or 5xx.
        status: u16,
        /// How long the server asked to be left alone.
        retry_after: Option<Duration>,
    },
    /// The answer is a success without a token. The reader's own words would quote the answer, so they are not kept.
    #[error("the token answer is no JSON document with an access token")]
    Malformed,
    /// No answer.
    #[error("the token request got no answer")]
    Net(#[source] Arc<NetError>),
}

/// What a refused token call means (`docs/reference/tastytrade-rest.md`, "3.2 Token errors").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalReason {
    /// The grant was deleted, or belongs to the other environment.
    GrantRevoked,
    /// The client secret does not belong to the grant.
    ClientSecretMismatch,
    /// The refresh token is damaged.
    InvalidJwt,
    /// Another refusal; the description says which.
    Other,
}

impl RefusalReason {
    pub(super) fn of(description: &str) -> Self {
        let text = description.to_ascii_lowercase();
        [
            ("grant revoked", Self::GrantRevoked),
            ("client secret mismatch", Self::ClientSecretMismatch),
            ("invalid jwt", Self::InvalidJwt),
        ]
        .into_iter()
        .find(|(words, _)| text.contains(words))
        .map_or(Self::Other, |(_, reason)| reason)
    }
}

impl AuthError {
    /// Whether asking again with the same credentials is pointless.
    pub fn is_final(&self) -> bool {
        matches!(
            self,
            Self::Missing { .. } | Self::Refused { .. } | Self::Blocked { .. }
        )
    }

    /// Whether the caller's deadline is what ended the wait.
    pub fn is_deadline(&self) -> bool {
        matches!(self, Self::Net(error) if error.is_deadline())
    }

    /// Whether the fault is between here and the server, or the server's, rather than in the credentials.
    pub fn is_network(&self) -> bool {
        matches!(self, Self::Net(_) | Self::Server { .. })
    }

    /// The HTTP status, if there was an answer.
    pub fn http_status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. }
            | Self::Blocked { status, .. }
            | Self::Server { status, .. } => Some(*status),
            Self::Missing { .. } | Self::Malformed | Self::Net(_) => None,
        }
    }

    /// The server's own code, `invalid_grant` for instance.
    pub fn server_code(&self) -> Option<&str> {
        match self {
            Self::Refused { code, .. } => code.as_deref(),
            _ => None,
        }
    }
}

impl From<NetError> for AuthError {
    fn from(error: NetError) -> Self {
        Self::Net(Arc::new(error))
    }
}

impl Transient for AuthError {
    fn is_transient(&self) -> bool {
        match self {
            Self::Net(error) => error.is_retryable(),
            Self::Server { .. } => true,
            _ => false,
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Server { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}
