//! What is known before anything connects: whether a login is there, and what its refresh token says about itself.
//!
//! See `docs/reference/tastytrade-rest.md`, "3.3 What can be checked without the network".

use jiff::Timestamp;
use market::Counter;

use super::{Diagnosis, STREAM};
use crate::harness::Harness;

const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn base64url(text: &str) -> String {
    let digits = text.as_bytes().chunks(3).flat_map(|chunk| {
        let mut block = [0; 4];
        block[1..=chunk.len()].copy_from_slice(chunk);
        let bits = u32::from_be_bytes(block);
        (0..=chunk.len()).map(move |place| ALPHABET[(bits >> (18 - 6 * place) & 63) as usize])
    });
    digits.map(char::from).collect()
}

fn token(kind: &str, claims: &str) -> String {
    let header = format!(r#"{{"alg":"EdDSA","typ":"{kind}"}}"#);
    let signature = "c2lnbmF0dXJlLW9mLXRoZS10b2tlbg";
    format!("{}.{}.{signature}", base64url(&header), base64url(claims))
}

/// A diagnosis with another refresh token, which the market refuses.
#[track_caller]
fn with_token(token: &str) -> Diagnosis {
    let market = Harness::new();
    let mut command = market.command("diagnose-access --json -vv");
    command.env("TT_REFRESH_TOKEN", token);
    let found = Diagnosis::from(&market, command);
    for part in token.split('.').chain([token]) {
        assert!(!found.run.stdout.contains(part), "{}", found.run.stdout);
        assert!(!found.run.stderr.contains(part), "{}", found.run.stderr);
    }
    found
}

#[track_caller]
fn without(variables: &[&str], options: &str) -> (Harness, Diagnosis) {
    let market = Harness::new();
    let mut command = market.command(&format!("diagnose-access --json {options}"));
    for variable in variables {
        command.env_remove(variable);
    }
    let found = Diagnosis::from(&market, command);
    (market, found)
}

#[test]
fn without_credentials_both_variables_are_named_and_the_rest_is_tried() {
    let (market, found) = without(&["TT_CLIENT_SECRET", "TT_REFRESH_TOKEN"], "");
    let found = found
        .fails_at("credentials", 3)
        .all(&["settings", "rest_reachable", "legacy", "clock"], "ok")
        .all(&["oauth", "customer", "quote_token"], "skip")
        .all(&["rest_metrics", "rest_quotes"], "skip")
        .all(&STREAM, "skip");
    for variable in ["TT_CLIENT_SECRET", "TT_REFRESH_TOKEN"] {
        assert!(found.detail("credentials").contains(variable));
        assert!(found.hint("credentials").contains(variable));
    }
    assert!(found.hint("credentials").contains("--demo"));
    assert!(
        found.verdict.contains("quote would use legacy"),
        "{}",
        found.verdict
    );
    assert_eq!(market.record().requests("oauth-token"), 0);
}

#[test]
fn only_the_missing_variable_is_named() {
    let (_market, found) = without(&["TT_REFRESH_TOKEN"], "");
    let found = found.fails_at("credentials", 3);
    let said = format!(
        "{} {}",
        found.detail("credentials"),
        found.hint("credentials")
    );
    assert!(
        said.contains("TT_REFRESH_TOKEN") && !said.contains("TT_CLIENT_SECRET"),
        "{said}"
    );
}

#[test]
fn the_built_in_market_needs_no_credentials() {
    let (market, found) = without(&["TT_CLIENT_SECRET", "TT_REFRESH_TOKEN"], "--demo");
    let found = found.succeeds();
    assert_eq!(found.run.json()["demo"], true);
    assert_eq!(market.record().requests.len(), 0, "the broker is not asked");
}

#[test]
fn facts_of_the_refresh_token_are_shown_and_the_token_never() {
    let issued = Timestamp::now().as_second() - 3 * 86_400 - 60;
    let found = with_token(&token(
        "rt+jwt",
        &format!(
            r#"{{"iss":"https://api.tastytrade.com","aud":"client-51aa","sub":"U000123","scope":"read openid","iat":{issued}}}"#
        ),
    ));
    assert_eq!(found.status("credentials"), "ok");
    let detail = found.detail("credentials");
    for fact in ["refresh token", "production", "read openid", "3 days"] {
        assert!(detail.contains(fact), "{fact}: {detail}");
    }
    for claim in ["U000123", "client-51aa"] {
        assert!(!found.run.stdout.contains(claim) && !found.run.stderr.contains(claim));
    }
}

#[test]
fn a_token_that_will_not_do_is_doubted_before_the_server_refuses_it() {
    let readable = r#"{"scope":"read"}"#;
    let whole = token("rt+jwt", readable);
    for (token, word) in [
        (token("at+jwt", readable), "access token"),
        (token("rt+jwt", r#"{"scope":"openid"}"#), "reading"),
        (whole[..whole.len() / 2].to_owned(), "does not look like"),
        (format!("\u{2018}{whole}\u{2019}"), "does not look like"),
    ] {
        let found = with_token(&token).fails_at("oauth", 3);
        assert_eq!(found.status("credentials"), "warn", "{word}");
        assert!(
            found.detail("credentials").contains(word),
            "{}",
            found.run.stdout
        );
        assert_ne!(found.hint("credentials"), "", "{word}");
    }
}

#[test]
fn one_login_serves_the_whole_diagnosis() {
    let market = Harness::new();
    Diagnosis::of(&market, "").succeeds();
    let record = market.record();
    assert_eq!(record.requests("oauth-token"), 1);
    assert_eq!(record.count(Counter::OauthLogins), 1);
    assert_eq!(record.count(Counter::QuoteTokens), 1);
    assert_eq!(record.count(Counter::StreamConnections), 1);
}
