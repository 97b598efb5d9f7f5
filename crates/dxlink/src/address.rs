//! Which addresses may be connected to: encrypted ones anywhere, plain ones on this machine only.

use std::net::IpAddr;

use url::Url;

/// Most characters of a text that an error repeats.
const SHOWN: usize = 80;

/// Why an address is not connected to. No text of it repeats a password.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AddressError {
    /// The text is no URL.
    #[error("'{text}' is not a URL")]
    NotAUrl {
        /// What was given, shortened.
        text: String,
        /// What the parser disliked.
        #[source]
        source: url::ParseError,
    },
    /// The URL has no host, or a scheme other than ws and wss.
    #[error("a URL with the scheme '{scheme}' cannot be used, only wss")]
    Scheme {
        /// The scheme that was given.
        scheme: String,
    },
    /// The URL would send the token in the clear.
    #[error("'{scheme}://{host}' is not encrypted, which is accepted for loopback addresses only")]
    Plaintext {
        /// `ws`.
        scheme: String,
        /// The host that is not this machine.
        host: String,
    },
    /// The URL carries a user name or a password.
    #[error("the URL of {host} holds a user name or a password")]
    UserInfo {
        /// The host that the address names.
        host: String,
    },
    /// The address needs TLS, which cannot be set up on this machine.
    #[error("TLS cannot be set up")]
    Tls(#[source] rustls::Error),
}

/// An address that may be connected to.
#[derive(Clone, Debug)]
pub(crate) struct Address(Url);

impl Address {
    /// Reads a URL and refuses those that would leak: plain `ws` to another machine, and embedded passwords.
    pub(crate) fn parse(text: &str) -> Result<Self, AddressError> {
        let url = Url::parse(text.trim()).map_err(|source| AddressError::NotAUrl {
            text: shown(text),
            source,
        })?;
        let scheme = url.scheme();
        if url.host_str().is_none_or(str::is_empty) || !matches!(scheme, "ws" | "wss") {
            return Err(AddressError::Scheme {
                scheme: scheme.to_owned(),
            });
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(AddressError::UserInfo {
                host: named_host(&url),
            });
        }
        if scheme == "ws" && !is_loopback(&url) {
            return Err(AddressError::Plaintext {
                scheme: scheme.to_owned(),
                host: named_host(&url),
            });
        }
        Ok(Self(url))
    }

    /// The whole URL.
    pub(crate) fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The host, without the brackets of an IPv6 address.
    pub(crate) fn host(&self) -> &str {
        bare_host(&self.0)
    }

    pub(crate) fn port(&self) -> u16 {
        let usual = if self.is_encrypted() { 443 } else { 80 };
        self.0.port().unwrap_or(usual)
    }

    pub(crate) fn is_encrypted(&self) -> bool {
        self.0.scheme() == "wss"
    }

    /// Host and port, the part of an address that may be shown.
    pub(crate) fn authority(&self) -> String {
        format!("{}:{}", self.0.host_str().unwrap_or_default(), self.port())
    }
}

/// Whether the URL points at this machine: `localhost`, `127.0.0.0/8` or `[::1]`.
fn is_loopback(url: &Url) -> bool {
    let host = bare_host(url);
    host.eq_ignore_ascii_case("localhost")
        || host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

fn bare_host(url: &Url) -> &str {
    url.host_str().unwrap_or_default().trim_matches(['[', ']'])
}

/// The host and, where it is not the usual one, the port.
fn named_host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// What was given, short and without what stands before an `@`.
fn shown(text: &str) -> String {
    let tail = text.rsplit('@').next().unwrap_or_default();
    tail.chars()
        .filter(|c| !c.is_control())
        .take(SHOWN)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encrypted_addresses_go_anywhere_and_plain_ones_stay_on_this_machine() {
        for fine in [
            "wss://tasty-openapi-ws.dxfeed.com/realtime",
            "ws://127.9.9.9",
            "ws://[::1]:9/ws",
            "ws://localhost:1",
        ] {
            assert!(Address::parse(fine).is_ok(), "{fine}");
        }
        for plain in [
            "ws://10.0.0.1/ws",
            "ws://localhost.example.com",
            "ws://127.0.0.1.example.com",
            "ws://[::ffff:8.8.8.8]/",
        ] {
            let error = Address::parse(plain).unwrap_err();
            assert!(matches!(error, AddressError::Plaintext { .. }), "{plain}");
        }
    }

    #[test]
    fn other_schemes_and_no_urls_are_refused() {
        for wrong in ["file:///etc/passwd", "https://host/x", "data:text/plain,x"] {
            let error = Address::parse(wrong).unwrap_err();
            assert!(matches!(error, AddressError::Scheme { .. }), "{wrong}");
        }
        for wrong in ["", "demo.dxfeed.com", "wss://"] {
            let error = Address::parse(wrong).unwrap_err();
            assert!(matches!(error, AddressError::NotAUrl { .. }), "{wrong}");
        }
    }

    #[test]
    fn passwords_are_refused_and_not_repeated() {
        for url in ["wss://user:hunter2@host/x", "wss//user:hunter2@host/x"] {
            let error = Address::parse(url).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn only_host_and_port_are_shown() {
        let shown = |url| Address::parse(url).unwrap().authority();
        assert_eq!(shown("wss://host/path?query"), "host:443");
        assert_eq!(shown("ws://[::1]/"), "[::1]:80");
        assert_eq!(shown("ws://localhost:81"), "localhost:81");
        assert_eq!(Address::parse("ws://[::1]/").unwrap().host(), "::1");
    }
}
