//! What a refresh token says about itself, read without the network and without its signature.
//!
//! See `docs/reference/tastytrade-rest.md`, "3.3 What can be checked without the network".
//!
//! Only facts that may be shown leave this file: no subject, no client id, no claim verbatim.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use crate::secret::Secret;

/// What the text that is meant to be a refresh token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// A refresh token.
    Refresh,
    /// A token of another type: usually an access token pasted by mistake.
    Other,
    /// A token that does not state its type.
    Untyped,
    /// No token at all: cut off, with quotes or a line break, or something else entirely.
    Damaged,
}

/// Which of the broker's two worlds issued a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrokerEnvironment {
    /// Real accounts.
    Production,
    /// The certification environment.
    Sandbox,
}

/// The facts of a refresh token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenFacts {
    /// What it is.
    pub kind: TokenKind,
    /// Who issued it, where the issuer is known.
    pub environment: Option<BrokerEnvironment>,
    /// What it permits, `read` for instance.
    pub scopes: Vec<String>,
    /// When it was issued.
    pub issued_at: Option<Timestamp>,
}

impl TokenFacts {
    /// Reads the facts of a token. Never fails: what cannot be read is damaged.
    pub fn of(token: &Secret) -> Self {
        decode(token.expose()).unwrap_or(Self {
            kind: TokenKind::Damaged,
            environment: None,
            scopes: Vec::new(),
            issued_at: None,
        })
    }

    /// How long ago it was issued.
    pub fn age(&self, now: Timestamp) -> Option<Duration> {
        Duration::try_from(now.duration_since(self.issued_at?)).ok()
    }
}

fn decode(token: &str) -> Option<TokenFacts> {
    let mut parts = token.split('.');
    let (header, claims, _signature) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let (header, claims) = (json_part(header)?, json_part(claims)?);
    Some(TokenFacts {
        kind: match header["typ"].as_str() {
            None => TokenKind::Untyped,
            Some("rt+jwt") => TokenKind::Refresh,
            Some(_) => TokenKind::Other,
        },
        environment: claims["iss"].as_str().and_then(environment),
        scopes: scopes(&claims["scope"]),
        issued_at: claims["iat"]
            .as_i64()
            .and_then(|seconds| Timestamp::from_second(seconds).ok()),
    })
}

fn json_part(part: &str) -> Option<Value> {
    let value: Value = serde_json::from_slice(&base64url(part)?).ok()?;
    value.is_object().then_some(value)
}

fn environment(issuer: &str) -> Option<BrokerEnvironment> {
    if !issuer.contains("tasty") {
        None
    } else if issuer.contains("cert") || issuer.contains("sandbox") {
        Some(BrokerEnvironment::Sandbox)
    } else {
        Some(BrokerEnvironment::Production)
    }
}

/// Scopes as one text with spaces or as a list; words that do not look like a scope are left out.
fn scopes(claim: &Value) -> Vec<String> {
    let listed = claim
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str);
    let spelled = claim.as_str().into_iter().flat_map(str::split_whitespace);
    listed
        .chain(spelled)
        .filter(|word| {
            (1..=16).contains(&word.len())
                && word.chars().all(|c| c.is_ascii_lowercase() || c == '_')
        })
        .map(str::to_owned)
        .collect()
}

/// Decodes base64 in the alphabet of URLs; padding is optional, anything else is refused.
fn base64url(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=');
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    let (mut bits, mut count) = (0_u32, 0_u32);
    for c in text.bytes() {
        let sextet = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(sextet);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(((bits >> count) & 0xFF) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn encode(bytes: &[u8]) -> String {
        const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let mut text = String::new();
        for chunk in bytes.chunks(3) {
            let mut block = [0; 4];
            block[1..=chunk.len()].copy_from_slice(chunk);
            let bits = u32::from_be_bytes(block);
            for place in 0..=chunk.len() {
                text.push(ALPHABET[(bits >> (18 - 6 * place) & 63) as usize] as char);
            }
        }
        text
    }

    fn token(header: &str, claims: &str) -> Secret {
        Secret::new(format!(
            "{}.{}.c2ln",
            encode(header.as_bytes()),
            encode(claims.as_bytes())
        ))
    }

    #[test]
    fn published_base64_vectors_decode() {
        // RFC 4648, section 10.
        for (text, bytes) in [
            ("", ""),
            ("Zg==", "f"),
            ("Zm8", "fo"),
            ("Zm9vYmFy", "foobar"),
        ] {
            assert_eq!(base64url(text).as_deref(), Some(bytes.as_bytes()));
        }
        assert_eq!(base64url("-_-_").as_deref(), Some(&[0xFB, 0xFF, 0xBF][..]));
    }

    #[test]
    fn a_refresh_token_tells_scope_environment_and_age() {
        let facts = TokenFacts::of(&token(
            r#"{"alg":"EdDSA","typ":"rt+jwt"}"#,
            r#"{"iss":"https://api.tastytrade.com","aud":"client-7","scope":"read openid","iat":1795000000,"sub":"U000123"}"#,
        ));
        let now = Timestamp::from_second(1_795_086_400).unwrap();
        assert_eq!(facts.kind, TokenKind::Refresh);
        assert_eq!(facts.environment, Some(BrokerEnvironment::Production));
        assert_eq!(facts.scopes, ["read", "openid"]);
        assert_eq!(facts.age(now), Some(Duration::from_hours(24)));
        let shown = format!("{facts:?}");
        assert!(!shown.contains("U000123") && !shown.contains("client-7"));
    }

    #[test]
    fn a_pasted_access_token_is_told_apart() {
        let facts = TokenFacts::of(&token(
            r#"{"typ":"at+jwt"}"#,
            r#"{"iss":"https://api.cert.tastyworks.com","scope":["read"]}"#,
        ));
        assert_eq!(facts.kind, TokenKind::Other);
        assert_eq!(facts.environment, Some(BrokerEnvironment::Sandbox));
        assert_eq!(facts.scopes, ["read"]);
        assert_eq!(facts.age(Timestamp::UNIX_EPOCH), None);
        assert_eq!(TokenFacts::of(&token("{}", "{}")).kind, TokenKind::Untyped);
    }

    #[test]
    fn damage_is_seen() {
        let whole = token(r#"{"typ":"rt+jwt"}"#, "{}");
        for text in [
            String::new(),
            "client-secret".to_owned(),
            format!("'{}'", whole.expose()),
            whole.expose().replace('.', "\n."),
            whole.expose()[..10].to_owned(),
        ] {
            assert_eq!(
                TokenFacts::of(&Secret::new(text.as_str())).kind,
                TokenKind::Damaged,
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn decoding_undoes_encoding(bytes: Vec<u8>) {
            prop_assert_eq!(base64url(&encode(&bytes)), Some(bytes));
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "[A-Za-z0-9._=-]{0,60}") {
            let _ = TokenFacts::of(&Secret::new(text));
        }
    }
}
