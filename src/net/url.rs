//! Which URLs may be asked: encrypted ones anywhere, plain ones on this machine only.

use std::net::IpAddr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
pub use reqwest::Url;

use super::error::NetError;

/// What has, or could have, a meaning in a URL.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Reads a URL and refuses those that would leak: plain `http` or `ws` to another machine, and embedded passwords.
///
/// # Errors
///
/// `NotAUrl`, `Scheme`, `Plaintext` or `UserInfo`; none of them repeats a password.
pub fn check_url(text: &str) -> Result<Url, NetError> {
    let url = Url::parse(text.trim()).map_err(|source| NetError::NotAUrl {
        text: shown(text),
        source,
    })?;
    let scheme = url.scheme();
    if url.host_str().is_none_or(str::is_empty)
        || !matches!(scheme, "http" | "https" | "ws" | "wss")
    {
        return Err(NetError::Scheme {
            scheme: scheme.to_owned(),
        });
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(NetError::UserInfo {
            host: host_of(&url),
        });
    }
    if matches!(scheme, "http" | "ws") && !is_loopback(&url) {
        return Err(NetError::Plaintext {
            scheme: scheme.to_owned(),
            host: host_of(&url),
        });
    }
    Ok(url)
}

/// Percent-encodes a text for a path segment or a query value: everything but letters, digits and `-._~`.
pub fn percent_encoded(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// Whether the URL points at this machine.
pub fn is_loopback(url: &Url) -> bool {
    is_loopback_host(url.host_str().unwrap_or_default())
}

/// Whether a host, as a URL spells it, is this machine: `localhost`, `127.0.0.0/8` or `[::1]`. No name is looked up.
pub fn is_loopback_host(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || address
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// Host and, where it is not the usual one, port: the part of a URL that errors and logs may show.
pub(super) fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// What was given, short and without what stands before an `@`.
fn shown(text: &str) -> String {
    let tail = text.rsplit('@').next().unwrap_or_default();
    tail.chars().filter(|c| !c.is_control()).take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encrypted_urls_go_anywhere_and_plain_ones_stay_on_this_machine() {
        for fine in [
            "https://api.tastyworks.com",
            "wss://tasty-openapi-ws.dxfeed.com/realtime",
            "http://127.0.0.1:8080/x",
            "http://127.9.9.9",
            "ws://[::1]:9/ws",
            "http://localhost:1",
        ] {
            assert!(check_url(fine).is_ok(), "{fine}");
        }
        for plain in [
            "http://api.tastyworks.com",
            "ws://10.0.0.1/ws",
            "http://localhost.example.com",
            "http://127.0.0.1.example.com",
            "http://[::ffff:8.8.8.8]/",
        ] {
            assert!(
                matches!(check_url(plain), Err(NetError::Plaintext { .. })),
                "{plain}"
            );
        }
    }

    #[test]
    fn other_schemes_and_no_urls_are_refused() {
        for wrong in ["file:///etc/passwd", "data:text/plain,x", "ftp://host/x"] {
            assert!(
                matches!(check_url(wrong), Err(NetError::Scheme { .. })),
                "{wrong}"
            );
        }
        for wrong in ["", "api.tastyworks.com", "https://"] {
            assert!(
                matches!(check_url(wrong), Err(NetError::NotAUrl { .. })),
                "{wrong}"
            );
        }
    }

    #[test]
    fn symbols_are_encoded_for_paths_and_queries() {
        for (symbol, wire) in [
            ("BRK/B", "BRK%2FB"),
            ("SPY   261218C00600000", "SPY%20%20%20261218C00600000"),
            ("./ESZ5 EW4V5 251024C5850", ".%2FESZ5%20EW4V5%20251024C5850"),
            ("é&=?#", "%C3%A9%26%3D%3F%23"),
            ("a-b_c~d.e", "a-b_c~d.e"),
        ] {
            assert_eq!(percent_encoded(symbol), wire);
        }
    }

    #[test]
    fn passwords_in_urls_are_refused_and_not_repeated() {
        for url in ["https://user:hunter2@host/x", "https//user:hunter2@host/x"] {
            let error = check_url(url).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
        }
    }
}
