//! Addresses of servers, checked before anything connects.
//!
//! What may be asked at all is the network's rule ([`net::check_url`]); a setting is narrower, and says so in its own
//! words.

use std::fmt;
use std::str::FromStr;

use crate::net::{self, NetError, Url};

/// The base address of an HTTP service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebUrl(Url);

/// The address of a WebSocket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamUrl(Url);

impl WebUrl {
    /// The address without a trailing slash, ready for a path to be appended.
    pub fn as_str(&self) -> &str {
        self.0.as_str().trim_end_matches('/')
    }

    /// The server, as the address names it.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }
}

impl StreamUrl {
    /// The whole address.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The server, as the address names it.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }
}

impl FromStr for WebUrl {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = checked(text, "https", "http")?;
        if url.query().is_some() {
            return Err(EndpointError::Query);
        }
        Ok(Self(url))
    }
}

impl FromStr for StreamUrl {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        checked(text, "wss", "ws").map(Self)
    }
}

impl fmt::Display for WebUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for StreamUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What the network accepts, with one pair of schemes and without a fragment.
fn checked(text: &str, encrypted: &'static str, plain: &'static str) -> Result<Url, EndpointError> {
    let url = net::check_url(text).map_err(|error| match error {
        NetError::UserInfo { .. } => EndpointError::UserInfo,
        NetError::Plaintext { scheme, .. } if scheme == plain => {
            EndpointError::Plain { encrypted, plain }
        }
        NetError::Plaintext { .. } | NetError::Scheme { .. } => EndpointError::Scheme { encrypted },
        _ => EndpointError::NotAUrl { encrypted },
    })?;
    if ![encrypted, plain].contains(&url.scheme()) {
        return Err(EndpointError::Scheme { encrypted });
    }
    if url.fragment().is_some() {
        return Err(EndpointError::Fragment);
    }
    Ok(url)
}

/// An address that is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// Not an address, or one without a server.
    #[error("expected an address such as {encrypted}://example.com")]
    NotAUrl {
        /// The scheme it should have.
        encrypted: &'static str,
    },
    /// Another scheme altogether.
    #[error("the address must begin with {encrypted}://")]
    Scheme {
        /// The scheme it should have.
        encrypted: &'static str,
    },
    /// Plain text to another machine.
    #[error("plain {plain}:// is for loopback addresses only; use {encrypted}://")]
    Plain {
        /// The scheme it should have.
        encrypted: &'static str,
        /// The scheme it has.
        plain: &'static str,
    },
    /// A name or a password before the server.
    #[error("the address must not hold a name or a password")]
    UserInfo,
    /// Something after `#`.
    #[error("the address must not hold a fragment")]
    Fragment,
    /// Something after `?` in a base address.
    #[error("the address must not hold a query")]
    Query,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn encrypted_addresses_are_accepted_anywhere() {
        let url: WebUrl = "https://api.tastyworks.com/".parse().unwrap();
        assert_eq!(url.as_str(), "https://api.tastyworks.com");
        let url: StreamUrl = "wss://demo.dxfeed.com/dxlink-ws".parse().unwrap();
        assert_eq!(url.as_str(), "wss://demo.dxfeed.com/dxlink-ws");
        assert_eq!(url.host(), "demo.dxfeed.com");
    }

    #[test]
    fn plain_addresses_are_for_loopback_only() {
        for host in [
            "127.0.0.1:8080",
            "127.9.9.9",
            "[::1]:9",
            "localhost:80",
            "LOCALHOST",
        ] {
            assert!(format!("http://{host}").parse::<WebUrl>().is_ok(), "{host}");
            assert!(
                format!("ws://{host}").parse::<StreamUrl>().is_ok(),
                "{host}"
            );
        }
        for host in [
            "10.0.0.1",
            "128.0.0.1",
            "example.com",
            "localhost.example.com",
            "127.0.0.1.example.com",
            "[::ffff:127.0.0.1]",
            "0.0.0.0",
        ] {
            assert_eq!(
                format!("http://{host}").parse::<WebUrl>(),
                Err(EndpointError::Plain {
                    encrypted: "https",
                    plain: "http"
                }),
                "{host}"
            );
        }
    }

    #[test]
    fn everything_else_is_refused_with_its_reason() {
        for (text, reason) in [
            (
                "api.tastyworks.com",
                EndpointError::NotAUrl { encrypted: "https" },
            ),
            ("", EndpointError::NotAUrl { encrypted: "https" }),
            (
                "ftp://example.com",
                EndpointError::Scheme { encrypted: "https" },
            ),
            (
                "wss://example.com",
                EndpointError::Scheme { encrypted: "https" },
            ),
            ("https://me:pw@example.com", EndpointError::UserInfo),
            ("http://me@127.0.0.1", EndpointError::UserInfo),
            ("https://example.com/#x", EndpointError::Fragment),
            ("https://example.com/?x=1", EndpointError::Query),
        ] {
            assert_eq!(text.parse::<WebUrl>(), Err(reason), "{text}");
        }
    }

    proptest! {
        #[test]
        fn plain_text_never_leaves_the_machine(host in "[a-z0-9.\\[\\]:@/?#-]{1,30}") {
            if let Ok(url) = format!("http://{host}").parse::<WebUrl>() {
                prop_assert!(net::is_loopback_host(url.host()), "{}", url);
            }
        }
    }
}
