//! Layer `credentials`: whether a login is there, and what its refresh token says about itself without the network.
//! Facts are shown, never the token.
//!
//! See `docs/reference/tastytrade-rest.md`, "3.3 What can be checked without the network".

use jiff::Timestamp;

use super::finding::Finding;
use crate::auth::{AuthError, BrokerEnvironment, TokenFacts, TokenKind};
use crate::provider::ProviderError;

const NAME: &str = "credentials";

/// Scopes with which quotes may be read.
const READING: [&str; 2] = ["read", "trade"];

/// Judges missing credentials.
pub(super) fn missing(error: &AuthError) -> Finding {
    Finding::of_error(NAME, &ProviderError::Login(error.clone()))
}

/// Judges credentials that are there, to be shown to the REST server at `rest_url`.
pub(super) fn check(facts: &TokenFacts, rest_url: &str, now: Timestamp) -> Finding {
    let description = describe(facts, now);
    match doubt(facts, rest_url) {
        Some((doubt, hint)) => {
            Finding::warn(NAME, format!("{description}; {doubt}")).with_hint(hint)
        }
        None => Finding::ok(NAME, description),
    }
}

/// The first thing about the token that is likely to be refused. The server has the last word, so it is no failure.
fn doubt(facts: &TokenFacts, rest_url: &str) -> Option<(String, &'static str)> {
    match facts.kind {
        TokenKind::Other => {
            return Some((
                "TT_REFRESH_TOKEN holds a token of another kind, probably an access token"
                    .to_owned(),
                "set TT_REFRESH_TOKEN to the refresh token that is shown when the grant is created",
            ));
        }
        TokenKind::Damaged => {
            return Some((
                "TT_REFRESH_TOKEN does not look like a refresh token".to_owned(),
                "copy the token again, whole, without quotes and line breaks",
            ));
        }
        TokenKind::Refresh | TokenKind::Untyped => {}
    }
    let scopes = &facts.scopes;
    if !scopes.is_empty() && !scopes.iter().any(|scope| READING.contains(&scope.as_str())) {
        return Some((
            "the grant does not permit reading".to_owned(),
            "create a new grant with the scope read",
        ));
    }
    let (issued, asked) = (facts.environment?, environment_of(rest_url)?);
    (issued != asked).then(|| {
        (
            format!(
                "the token is for {} and {rest_url} is {}",
                name(issued),
                name(asked)
            ),
            "use a grant of the environment that rest.base_url points to, or change rest.base_url",
        )
    })
}

fn describe(facts: &TokenFacts, now: Timestamp) -> String {
    let kind = match facts.kind {
        TokenKind::Refresh => "refresh token",
        TokenKind::Untyped => "token without a type",
        TokenKind::Other | TokenKind::Damaged => "client secret and token are set",
    };
    let mut parts = vec![kind.to_owned()];
    parts.extend(
        facts
            .environment
            .map(|environment| name(environment).to_owned()),
    );
    if !facts.scopes.is_empty() {
        parts.push(format!("scope {}", facts.scopes.join(" ")));
    }
    if let Some(age) = facts.age(now) {
        parts.push(match age.as_secs() / 86_400 {
            0 => "issued today".to_owned(),
            1 => "issued a day ago".to_owned(),
            days => format!("issued {days} days ago"),
        });
    }
    parts.join(", ")
}

/// Which of the broker's worlds an address belongs to, if it is the broker's.
fn environment_of(url: &str) -> Option<BrokerEnvironment> {
    if is_sandbox(url) {
        Some(BrokerEnvironment::Sandbox)
    } else {
        ["tastyworks.com", "tastytrade.com"]
            .iter()
            .any(|domain| url.trim_end_matches('/').ends_with(domain))
            .then_some(BrokerEnvironment::Production)
    }
}

/// Whether an address is the certification environment's, which lacks some endpoints.
pub(super) fn is_sandbox(url: &str) -> bool {
    url.contains("cert") || url.contains("sandbox")
}

fn name(environment: BrokerEnvironment) -> &'static str {
    match environment {
        BrokerEnvironment::Production => "production",
        BrokerEnvironment::Sandbox => "the sandbox",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FailureKind;
    use crate::model::diagnosis::LayerStatus;

    const LIVE: &str = "https://api.tastyworks.com";

    fn now() -> Timestamp {
        "2026-11-20T15:00:00Z".parse().unwrap()
    }

    fn facts(
        kind: TokenKind,
        environment: Option<BrokerEnvironment>,
        scopes: &[&str],
    ) -> TokenFacts {
        TokenFacts {
            kind,
            environment,
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            issued_at: "2026-11-08T15:00:00Z".parse().ok(),
        }
    }

    #[test]
    fn a_sound_token_tells_its_facts() {
        let sound = facts(
            TokenKind::Refresh,
            Some(BrokerEnvironment::Production),
            &["read", "openid"],
        );
        let found = check(&sound, LIVE, now());
        assert_eq!(found.layer.status, LayerStatus::Ok);
        insta::assert_snapshot!(
            found.layer.detail.unwrap(),
            @"refresh token, production, scope read openid, issued 12 days ago"
        );
    }

    #[test]
    fn every_doubt_is_a_warning_with_a_way_out() {
        let sandbox = Some(BrokerEnvironment::Sandbox);
        for (facts, said) in [
            (facts(TokenKind::Other, None, &[]), "access token"),
            (facts(TokenKind::Damaged, None, &[]), "does not look like"),
            (facts(TokenKind::Refresh, None, &["openid"]), "reading"),
            (facts(TokenKind::Refresh, sandbox, &["read"]), "sandbox"),
        ] {
            let found = check(&facts, LIVE, now());
            assert_eq!(found.layer.status, LayerStatus::Warn, "{said}");
            assert!(found.works() && found.layer.hint.is_some());
            assert!(found.layer.detail.unwrap().contains(said), "{said}");
        }
    }

    #[test]
    fn a_server_of_ones_own_belongs_to_no_world() {
        let sandbox = facts(
            TokenKind::Untyped,
            Some(BrokerEnvironment::Sandbox),
            &["trade"],
        );
        for url in ["http://127.0.0.1:9", "https://api.cert.tastyworks.com"] {
            assert_eq!(check(&sandbox, url, now()).layer.status, LayerStatus::Ok);
        }
    }

    #[test]
    fn missing_variables_are_named_with_every_way_out() {
        let found = missing(&AuthError::Missing {
            variables: vec!["TT_CLIENT_SECRET", "TT_REFRESH_TOKEN"],
        });
        assert_eq!(found.failure, Some(FailureKind::NoCredentials));
        let text = format!("{:?} {:?}", found.layer.detail, found.layer.hint);
        for word in [
            "TT_CLIENT_SECRET",
            "TT_REFRESH_TOKEN",
            "--env-file",
            "--demo",
        ] {
            assert!(text.contains(word), "{word}: {text}");
        }
    }
}
