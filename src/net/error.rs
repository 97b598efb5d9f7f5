//! What can go wrong between this machine and a server. Knows hosts, never whole URLs: a query may name what a user
//! holds, and a path may hold an account.

use std::error::Error;
use std::io;
use std::time::Duration;

use super::url::{Url, host_of};

/// A request that got no answer, or a URL that must not be asked.
#[derive(Debug, thiserror::Error)]
pub enum NetError {
    /// The text is no URL.
    #[error("'{text}' is not a URL")]
    NotAUrl {
        /// What was given, shortened.
        text: String,
        /// What the parser disliked.
        #[source]
        source: <Url as std::str::FromStr>::Err,
    },
    /// The URL has no host, or a scheme other than http, https, ws and wss.
    #[error("a URL with the scheme '{scheme}' cannot be used, only https and wss")]
    Scheme {
        /// The scheme that was given.
        scheme: String,
    },
    /// The URL would send tokens in the clear.
    #[error("'{scheme}://{host}' is not encrypted, which is accepted for loopback addresses only")]
    Plaintext {
        /// `http` or `ws`.
        scheme: String,
        /// The host that is not this machine.
        host: String,
    },
    /// The URL carries a user name or a password.
    #[error("the URL of {host} holds a user name or a password")]
    UserInfo {
        /// The host that the URL names.
        host: String,
    },
    /// A header value has characters that no header can carry, a line break for instance.
    #[error("the {name} header has a character that cannot be sent")]
    Header {
        /// Name of the header.
        name: &'static str,
    },
    /// TLS cannot be set up on this machine.
    #[error("TLS cannot be set up")]
    Tls(#[source] rustls::Error),
    /// The HTTP client cannot be built.
    #[error("the HTTP client cannot be built")]
    Client(#[source] reqwest::Error),
    /// The deadline came before the answer.
    #[error("{host} did not answer before the deadline")]
    Deadline {
        /// The host that was asked.
        host: String,
    },
    /// The connect or read timeout ran out.
    #[error("{host} did not answer in time")]
    Timeout {
        /// The host that was asked.
        host: String,
        /// The client's own words.
        #[source]
        source: reqwest::Error,
    },
    /// No connection: name not found, refused, or TLS failed.
    #[error("cannot connect to {host}")]
    Connect {
        /// The host that was asked.
        host: String,
        /// The client's own words.
        #[source]
        source: reqwest::Error,
    },
    /// The connection broke while the request or the answer was under way.
    #[error("the exchange with {host} broke off")]
    Transfer {
        /// The host that was asked.
        host: String,
        /// The client's own words.
        #[source]
        source: reqwest::Error,
    },
    /// The answer is larger than any may be.
    #[error("the answer of {host} is larger than {limit} bytes")]
    BodyTooLarge {
        /// The host that was asked.
        host: String,
        /// The limit in bytes.
        limit: usize,
    },
    /// The rate budget has no slot before the deadline.
    #[error("the rate budget has its next slot in {wait:?}, after the deadline")]
    RateBudget {
        /// How long the wait would be.
        wait: Duration,
    },
}

impl NetError {
    /// Classifies a failure of the HTTP client, its URL taken off.
    pub(super) fn transport(url: &Url, source: reqwest::Error) -> Self {
        let (host, source) = (host_of(url), source.without_url());
        if source.is_builder() {
            Self::Client(source)
        } else if source.is_timeout() {
            Self::Timeout { host, source }
        } else if source.is_connect() {
            Self::Connect { host, source }
        } else {
            Self::Transfer { host, source }
        }
    }

    /// Whether time ran out: the deadline or one of the client's own timeouts.
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::Deadline { .. } | Self::Timeout { .. })
    }

    /// Whether the deadline itself is what ended the wait, so that nothing more can be tried.
    pub fn is_deadline(&self) -> bool {
        matches!(self, Self::Deadline { .. } | Self::RateBudget { .. })
    }

    /// Whether nothing was sent, because the rate budget has no slot before the deadline.
    pub fn is_out_of_budget(&self) -> bool {
        matches!(self, Self::RateBudget { .. })
    }

    /// Whether no connection came about.
    pub fn is_connect(&self) -> bool {
        match self {
            Self::Connect { .. } => true,
            Self::Timeout { source, .. } => source.is_connect(),
            _ => false,
        }
    }

    /// Whether the host's name could not be resolved.
    pub fn is_dns(&self) -> bool {
        matches!(self, Self::Connect { source, .. } if source.is_dns())
    }

    /// Whether TLS is what failed, be it on this machine or on the certificate of the server.
    pub fn is_tls(&self) -> bool {
        match self {
            Self::Tls(_) => true,
            Self::Connect { source, .. } | Self::Transfer { source, .. } => names_tls(source),
            _ => false,
        }
    }

    /// Whether the fault is in what was asked (a URL from the settings, a token with a line break), not in the network.
    pub fn is_refused_locally(&self) -> bool {
        matches!(
            self,
            Self::NotAUrl { .. }
                | Self::Scheme { .. }
                | Self::Plaintext { .. }
                | Self::UserInfo { .. }
                | Self::Header { .. }
        )
    }

    /// Whether the same request may succeed a moment later.
    pub fn is_retryable(&self) -> bool {
        matches!(
            self,
            Self::Timeout { .. } | Self::Connect { .. } | Self::Transfer { .. }
        )
    }
}

/// Whether an error comes from TLS. I/O errors pass over what they wrap when asked for their source, so they are asked
/// for what they wrap.
fn names_tls(error: &(dyn Error + 'static)) -> bool {
    let beneath = match error.downcast_ref::<io::Error>() {
        Some(error) => error
            .get_ref()
            .map(|wrapped| wrapped as &(dyn Error + 'static)),
        None => error.source(),
    };
    error.is::<rustls::Error>() || beneath.is_some_and(names_tls)
}
