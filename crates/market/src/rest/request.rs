//! A request taken apart: which endpoint, which symbols, which headers.

use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, USER_AGENT};
use hyper::{HeaderMap, Method, Uri};

use crate::script::Endpoint;

/// Everything an endpoint needs to know about a request.
#[derive(Debug)]
pub(crate) struct RestRequest {
    pub(super) endpoint: Endpoint,
    pub(super) uri: Uri,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// The variable segment of the path, decoded.
    pub(super) name: String,
    pub(super) query: Query,
}

impl RestRequest {
    pub(crate) fn new(method: &Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Self {
        let (endpoint, name) = route(method, uri.path());
        Self {
            endpoint,
            name,
            query: Query::parse(uri.query().unwrap_or_default()),
            uri,
            headers,
            body,
        }
    }

    pub(crate) fn endpoint(&self) -> Endpoint {
        self.endpoint
    }

    pub(super) fn path(&self) -> &str {
        self.uri.path()
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(super) fn user_agent(&self) -> Option<&str> {
        self.header(USER_AGENT.as_str())
    }

    /// The text after `Bearer `.
    pub(super) fn bearer(&self) -> Option<&str> {
        self.header(AUTHORIZATION.as_str())?.strip_prefix("Bearer ")
    }
}

/// Finds the endpoint of a path and its variable segment.
fn route(method: &Method, path: &str) -> (Endpoint, String) {
    let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
    if method == Method::POST {
        let endpoint = match segments.as_slice() {
            ["oauth", "token"] => Endpoint::OauthToken,
            _ => Endpoint::Unknown,
        };
        return (endpoint, String::new());
    }
    if method != Method::GET {
        return (Endpoint::Unknown, String::new());
    }
    let (endpoint, name) = match segments.as_slice() {
        ["api-quote-tokens"] => (Endpoint::ApiQuoteTokens, ""),
        ["market-metrics"] => (Endpoint::MarketMetrics, ""),
        ["market-data", "by-type"] => (Endpoint::MarketData, ""),
        ["instruments", "futures"] => (Endpoint::Futures, ""),
        ["instruments", "equities"] => (Endpoint::Equities, ""),
        ["option-chains", symbol, "nested"] => (Endpoint::OptionChain, *symbol),
        ["customers", "me"] => (Endpoint::Customer, ""),
        ["customers", "me", "accounts"] => (Endpoint::Accounts, ""),
        ["market-time", "equities", "sessions", "current"] => (Endpoint::Session, ""),
        ["public-watchlists" | "watchlists", name] => (Endpoint::Watchlist, *name),
        ["v8", "finance", "chart", symbol] => (Endpoint::Chart, *symbol),
        _ => (Endpoint::Unknown, ""),
    };
    (endpoint, decode(name))
}

/// Decoded pairs of a query string or a form, in order.
#[derive(Debug, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(super) fn parse(text: &str) -> Self {
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        Self(
            pairs
                .map(|pair| {
                    let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
                    let plain = |text: &str| decode(&text.replace('+', " "));
                    (plain(key), plain(value))
                })
                .collect(),
        )
    }

    /// The value of a key; the last one where it is repeated.
    pub(crate) fn value(&self, key: &str) -> Option<&str> {
        let mut values = self.values(key);
        values.next_back()
    }

    /// All values of a key.
    pub(super) fn values(&self, key: &str) -> impl DoubleEndedIterator<Item = &str> {
        self.0
            .iter()
            .filter(move |(name, _)| name == key)
            .map(|(_, value)| value.as_str())
    }

    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// A number; `None` when it is absent or none.
    pub(super) fn number<T: std::str::FromStr>(&self, key: &str) -> Option<T> {
        self.value(key)?.parse().ok()
    }
}

/// Decodes `%41`; what is no escape stays as it is.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let escaped = tail
            .first_chunk::<2>()
            .filter(|_| byte == b'%')
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(escaped.unwrap_or(byte));
        rest = if escaped.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_plus_signs_are_decoded() {
        let query = Query::parse(
            "equity-option=SPY%20%20%20261218C00600000&symbols=BRK%2FB,%2FES&a+b=1+2&bad=%zz",
        );
        assert_eq!(query.value("equity-option"), Some("SPY   261218C00600000"));
        assert_eq!(query.value("symbols"), Some("BRK/B,/ES"));
        assert_eq!(query.value("a b"), Some("1 2"));
        assert_eq!(query.value("bad"), Some("%zz"));
    }

    #[test]
    fn variable_segments_are_decoded() {
        let routed = |path: &str| route(&Method::GET, path);
        assert_eq!(
            routed("/option-chains/BRK%2FB/nested"),
            (Endpoint::OptionChain, "BRK/B".to_owned())
        );
        assert_eq!(
            routed("/v8/finance/chart/%5EGSPC"),
            (Endpoint::Chart, "^GSPC".to_owned())
        );
        assert_eq!(routed("/quote-streamer-tokens").0, Endpoint::Unknown);
        assert_eq!(route(&Method::POST, "/market-metrics").0, Endpoint::Unknown);
    }
}
