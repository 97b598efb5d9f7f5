//! What the REST side can answer instead of data, with the questions callers ask about it.
//!
//! See `docs/reference/tastytrade-rest.md`, "5. Errors and how to react".

use std::time::Duration;

use super::fault::ServerFault;
use crate::auth::AuthError;
use crate::net::{NetError, Transient};

/// A request that brought no data.
#[derive(Debug, thiserror::Error)]
pub enum TastyError {
    /// The access token was refused twice, the second time fresh from the server.
    #[error("the access token was refused: {0}")]
    Unauthorized(ServerFault),
    /// Logged in, but the login has no opened account, so there are no quotes for it.
    #[error("this login may not see quotes: {0}")]
    NotEntitled(ServerFault),
    /// Logged in, but not allowed: a scope, or an endpoint that is not open to API users.
    #[error("not permitted: {0}")]
    Forbidden(ServerFault),
    /// No such route or symbol.
    #[error("not found: {0}")]
    NotFound(ServerFault),
    /// The server dislikes a parameter.
    #[error("the request is not valid: {0}")]
    Validation(ServerFault),
    /// Too many requests, after every attempt.
    #[error("rate limited: {fault}")]
    RateLimited {
        /// The server's words.
        fault: ServerFault,
        /// How long it asked to be left alone.
        retry_after: Option<Duration>,
    },
    /// The server is in trouble, after every attempt.
    #[error("the server failed: {fault}")]
    Server {
        /// The server's words.
        fault: ServerFault,
        /// How long it asked to be left alone.
        retry_after: Option<Duration>,
    },
    /// Any other refusal.
    #[error("refused: {0}")]
    Refused(ServerFault),
    /// Something in front of the server said no, and not in JSON: a firewall, or a `User-Agent` it dislikes.
    #[error("blocked in front of the server: {0}")]
    Blocked(ServerFault),
    /// A success that is not JSON.
    #[error("the answer is not JSON: {excerpt}")]
    NotJson {
        /// What it is instead; of a page the first words, markup taken off.
        excerpt: String,
    },
    /// A success that lacks what it is for.
    #[error("the answer has no {what}")]
    Incomplete {
        /// What should have been there.
        what: &'static str,
    },
    /// No answer.
    #[error(transparent)]
    Net(#[from] NetError),
    /// No access token to ask with.
    #[error(transparent)]
    Auth(#[from] AuthError),
}

impl TastyError {
    /// Whether logging in is the problem: credentials or token refused, or the way to them blocked.
    pub fn is_auth(&self) -> bool {
        match self {
            Self::Unauthorized(_) | Self::Blocked(_) => true,
            Self::Auth(error) => !error.is_network(),
            _ => false,
        }
    }

    /// Whether the login works and is not allowed to see this.
    pub fn is_entitlement(&self) -> bool {
        matches!(self, Self::NotEntitled(_) | Self::Forbidden(_))
    }

    /// Whether a later run may succeed without anything being changed.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::RateLimited { .. } | Self::Server { .. } => true,
            Self::Net(error) => error.is_retryable() || error.is_deadline(),
            Self::Auth(error) => error.is_network(),
            _ => false,
        }
    }

    /// Whether the caller's deadline is what ended the wait.
    pub fn is_deadline(&self) -> bool {
        match self {
            Self::Net(error) => error.is_deadline(),
            Self::Auth(error) => error.is_deadline(),
            _ => false,
        }
    }

    /// Whether half of the same symbols may fare better: too long, or one of them is poison.
    pub(super) fn is_worth_splitting(&self) -> bool {
        match self {
            Self::Refused(fault) => matches!(fault.status, 400 | 413 | 414),
            Self::Validation(_) | Self::NotFound(_) | Self::Server { .. } => true,
            _ => false,
        }
    }

    /// Whether the request is too long for the server, whatever is in it.
    pub(super) fn is_too_long(&self) -> bool {
        matches!(self, Self::Refused(fault) if matches!(fault.status, 413 | 414))
    }

    /// Whether the server was not asked at all, because the next slot of the request's ration lies past the deadline.
    pub fn is_out_of_budget(&self) -> bool {
        matches!(self, Self::Net(error) if error.is_out_of_budget())
    }

    /// What the server said, if it was asked.
    pub fn fault(&self) -> Option<&ServerFault> {
        match self {
            Self::Unauthorized(fault)
            | Self::NotEntitled(fault)
            | Self::Forbidden(fault)
            | Self::NotFound(fault)
            | Self::Validation(fault)
            | Self::RateLimited { fault, .. }
            | Self::Server { fault, .. }
            | Self::Refused(fault)
            | Self::Blocked(fault) => Some(fault),
            Self::NotJson { .. } | Self::Incomplete { .. } | Self::Net(_) | Self::Auth(_) => None,
        }
    }

    /// The HTTP status, if there was an answer that was not a success.
    pub fn http_status(&self) -> Option<u16> {
        match self {
            Self::Auth(error) => error.http_status(),
            _ => self.fault().map(|fault| fault.status),
        }
    }

    /// The server's own code, `not_permitted` for instance.
    pub fn server_code(&self) -> Option<&str> {
        match self {
            Self::Auth(error) => error.server_code(),
            _ => self.fault()?.code.as_deref(),
        }
    }
}

impl Transient for TastyError {
    /// The login has its own retries, so its failures are not tried again here.
    fn is_transient(&self) -> bool {
        match self {
            Self::RateLimited { .. } | Self::Server { .. } => true,
            Self::Net(error) => error.is_retryable(),
            _ => false,
        }
    }

    fn is_out_of_budget(&self) -> bool {
        self.is_out_of_budget()
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after, .. } | Self::Server { retry_after, .. } => {
                *retry_after
            }
            _ => None,
        }
    }
}
