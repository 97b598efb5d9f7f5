//! From the door of the REST API to the quote token.
//!
//! See `docs/reference/tastytrade-rest.md`, "3.2 Token errors", "5. Errors and how to react" and "7.4
//! `GET /api-quote-tokens`".

use std::time::Duration;

use super::{Diagnosis, OTHERS, STREAM, rest_market};
use crate::harness::Harness;

/// What stays away when the login fails.
const NEEDS_LOGIN: [&str; 4] = ["customer", "quote_token", "rest_metrics", "rest_quotes"];

fn refused(fault: &str) -> Diagnosis {
    let market = rest_market(&format!(
        r#"{{"endpoint": "oauth-token", "fault": {fault}}}"#
    ));
    let found = Diagnosis::of(&market, "")
        .all(&NEEDS_LOGIN, "skip")
        .all(&STREAM, "skip")
        .all(&["rest_reachable", "legacy", "clock"], "ok");
    assert_eq!(
        market.record().requests("oauth-token"),
        1,
        "a refused login is never tried again"
    );
    found
}

#[test]
fn each_refusal_of_the_grant_is_told_in_the_servers_words_with_its_own_way_out() {
    let mut hints = Vec::new();
    for (refusal, words, hint) in [
        ("grant-revoked", "Grant revoked", "create a new"),
        (
            "client-secret-mismatch",
            "Client secret mismatch",
            "TT_CLIENT_SECRET",
        ),
        ("invalid-jwt", "Invalid JWT", "line break"),
    ] {
        let found = refused(&format!(r#"{{"token-refused": "{refusal}"}}"#)).fails_at("oauth", 3);
        assert!(
            found.detail("oauth").contains(words),
            "{}",
            found.run.stdout
        );
        assert!(found.hint("oauth").contains(hint), "{}", found.run.stdout);
        assert_eq!(found.layer("oauth")["http_status"], 400);
        assert_eq!(found.layer("oauth")["server_code"], "invalid_grant");
        assert!(!hints.contains(&found.hint("oauth").to_owned()));
        hints.push(found.hint("oauth").to_owned());
    }
}

#[test]
fn a_firewall_in_front_of_the_login_is_not_taken_for_wrong_credentials() {
    for status in [401, 403] {
        let page = "<html><head><title>Request blocked</title></head></html>";
        let found = refused(&format!(
            r#"{{"reply": {{"status": {status}, "body": {{"html": "{page}"}}}}}}"#
        ))
        .fails_at("oauth", 3);
        assert_eq!(found.layer("oauth")["http_status"], status);
        let (detail, hint) = (found.detail("oauth"), found.hint("oauth"));
        assert!(
            detail.contains("Request blocked") && !detail.contains('<'),
            "{detail}"
        );
        assert!(hint.contains("firewall") && !hint.contains("TT_"), "{hint}");
    }
}

#[test]
fn a_login_that_hangs_ends_in_time_and_may_be_a_block() {
    let market = rest_market(r#"{"endpoint": "oauth-token", "fault": "hang"}"#);
    let found = Diagnosis::of(&market, "--timeout 1500ms")
        .fails_at("oauth", 5)
        .all(&["rest_reachable", "legacy"], "ok");
    assert!(
        found.hint("oauth").contains("eight hours"),
        "{}",
        found.run.stdout
    );
    assert!(
        found.run.took < Duration::from_secs(20),
        "{:?}",
        found.run.took
    );
}

#[test]
fn a_server_that_is_not_there_is_a_matter_of_the_network() {
    let market = Harness::new();
    // Nothing listens on port 1; the chart is still the market's.
    let mut command = market.command("diagnose-access --json");
    command.env("API_BASE_URL", "http://127.0.0.1:1");
    let found = Diagnosis::from(&market, command)
        .fails_at("rest_reachable", 5)
        .all(&["oauth", "clock"], "skip")
        .all(&NEEDS_LOGIN, "skip")
        .all(&["legacy"], "ok");
    assert!(found.hint("rest_reachable").contains("network"));
}

#[test]
fn a_login_without_an_account_is_not_entitled_whatever_the_status() {
    for status in [403, 404] {
        let market = rest_market(&format!(
            r#"{{"endpoint": "api-quote-tokens", "fault": {{"customer-not-found": {{"status": {status}}}}}}}"#
        ));
        let found = Diagnosis::of(&market, "")
            .fails_at("quote_token", 4)
            .all(&STREAM, "skip")
            .all(&OTHERS, "ok");
        let layer = found.layer("quote_token");
        assert_eq!(layer["http_status"], status);
        assert_eq!(
            layer["server_code"],
            "quote_streamer.customer_not_found_error"
        );
        assert!(found.detail("quote_token").contains("must be a customer"));
        assert!(found.hint("quote_token").contains("account"));
        assert!(
            found.verdict.contains("quote would use rest + legacy"),
            "{}",
            found.verdict
        );
    }
}

#[test]
fn a_token_that_is_refused_after_the_login_is_the_customers_failure() {
    let market = rest_market(
        r#"{"endpoint": "customer", "fault": {"reply": {"status": 401, "body": {"json": {"error": {"code": "unauthorized",
            "message": "Unauthorized. Unique customer support identifier: 76c0d3aa"}}}}}}"#,
    );
    let found = Diagnosis::of(&market, "")
        .fails_at("customer", 3)
        .all(&OTHERS, "ok");
    assert!(
        found.hint("customer").contains("76c0d3aa"),
        "{}",
        found.run.stdout
    );
}

#[test]
fn delayed_quotes_are_something_to_know() {
    let market = Harness::scripted(r#"{"data": {"oddities": ["delayed-quotes"]}}"#);
    let found = Diagnosis::of(&market, "").succeeds();
    assert_eq!(found.status("customer"), "warn");
    assert!(found.detail("customer").contains("delayed"));
    assert!(found.hint("customer").contains("agreements"));
    assert!(found.verdict.contains("customer"), "{}", found.verdict);
    for person in ["sim@example.invalid", "Sim", "5WX00042"] {
        assert!(!found.run.stdout.contains(person), "{person}");
    }
}

#[test]
fn a_quote_token_of_another_level_is_something_to_know() {
    let market = Harness::scripted(r#"{"data": {"quote-token-level": "demo"}}"#);
    let found = Diagnosis::of(&market, "").succeeds().all(&STREAM, "ok");
    assert_eq!(found.status("quote_token"), "warn");
    assert!(found.detail("quote_token").contains("level demo"));
    assert!(found.hint("quote_token").contains("delayed"));
}
