//! The stream is refused, dies or stays silent: REST fills in, the reason is told once, nothing else changes.

use market::Counter;

use crate::document::{completeness, number, provider, reason, rows, status, warnings};
use crate::harness::{Finished, Harness};

/// Faults of every connection, each of which makes the stream useless.
const USELESS: [&str; 9] = [
    r#"{"refuse-upgrade": 502}"#,
    r#"{"refuse-upgrade": 404}"#,
    r#"{"refuse-upgrade": 401}"#,
    r#"{"drop-after-upgrade": true}"#,
    r#"{"auth": "state-unauthorized"}"#,
    r#"{"auth": "error-unauthorized"}"#,
    r#"{"auth": "close"}"#,
    r#"{"auth": "exception"}"#,
    r#"{"refuse-channels": true}"#,
];

fn with_stream(faults: &str) -> Harness {
    Harness::scripted(&format!(r#"{{"stream": [{{"faults": {faults}}}]}}"#))
}

fn with_quote_token(fault: &str) -> Harness {
    Harness::scripted(&format!(
        r#"{{"rest": [{{"endpoint": "api-quote-tokens", "fault": {fault}}}]}}"#
    ))
}

/// The lines of stderr that speak of the stream.
fn lines_about_the_stream(finished: &Finished) -> Vec<&str> {
    finished
        .stderr
        .lines()
        .filter(|line| line.contains("dxlink") || line.contains("stream"))
        .collect()
}

#[test]
fn a_useless_stream_is_told_once_and_costs_the_other_sources_nothing() {
    for faults in USELESS {
        let market = with_stream(faults);
        let quote = market.volq("quote SPY AAPL --listen 1s --json").exits(0);
        let document = quote.json();
        assert_eq!(completeness(&document), 100.0, "{faults}");
        for row in rows(&document) {
            assert_eq!(row["sources"]["bid"], "rest", "{faults}");
            assert_eq!(row["sources"]["iv"], "rest", "{faults}");
            assert!(number(row, "mark") > 0.0);
        }
        assert_eq!(status(&document, "dxlink"), "failed", "{faults}");
        assert!(provider(&document, "dxlink")["detail"].is_string());
        assert_eq!(status(&document, "rest"), "ok", "{faults}");
        assert_eq!(document["error"], serde_json::Value::Null);
        let told = lines_about_the_stream(&quote);
        assert_eq!(told.len(), 1, "{faults}: {}", quote.stderr);
        assert_eq!(warnings(&document, "dxlink_failed").len(), 1, "{faults}");
    }
}

#[test]
fn the_http_status_of_a_refused_stream_is_told() {
    for code in ["502", "404"] {
        let market = with_stream(&format!(r#"{{"refuse-upgrade": {code}}}"#));
        let quote = market.volq("quote SPY --listen 2s --json").exits(0);
        let document = quote.json();
        let detail = provider(&document, "dxlink")["detail"].as_str().unwrap();
        assert!(detail.contains(code), "{detail}");
        assert!(lines_about_the_stream(&quote)[0].contains(code));
    }
}

#[test]
fn a_stream_that_comes_back_within_the_window_is_as_good_as_any() {
    let market = Harness::scripted(
        r#"{"stream": [{"connection": 1, "faults": {"drop-after-upgrade": true}}]}"#,
    );
    let quote = market.volq("quote SPY QQQ --listen 20s --json").exits(0);
    let document = quote.json();
    assert_eq!(quote.row("SPY")["sources"]["bid"], "dxlink");
    assert_eq!(market.record().count(Counter::UpgradeAttempts), 2);
    assert_eq!(provider(&document, "dxlink")["reconnects"], 1);
}

#[test]
fn no_reconnect_is_tried_when_it_is_switched_off() {
    let market = with_stream(r#"{"drop-after-upgrade": true}"#);
    let mut command = market.command("quote SPY --listen 20s --json");
    command.env("VOLQ_DXLINK_RECONNECT_ON_DISCONNECT", "false");
    let quote = market.run(command, "").exits(0);
    assert_eq!(market.record().count(Counter::UpgradeAttempts), 1);
    assert_eq!(quote.row("SPY")["sources"]["bid"], "rest");
}

#[test]
fn a_customer_without_quote_streaming_gets_rest_prices() {
    for http_status in [403, 404] {
        let fault = format!(r#"{{"customer-not-found": {{"status": {http_status}}}}}"#);
        let market = with_quote_token(&fault);
        let quote = market.volq("quote SPY AAPL --json").exits(0);
        let document = quote.json();
        assert_eq!(completeness(&document), 100.0);
        assert_eq!(quote.row("SPY")["sources"]["bid"], "rest");
        assert_eq!(status(&document, "dxlink"), "failed");
        let said = lines_about_the_stream(&quote);
        assert_eq!(said.len(), 1, "{}", quote.stderr);
        assert!(
            said[0].contains("You must be a customer to access a quote stream"),
            "the server's own words: {}",
            said[0]
        );
        let record = market.record();
        assert_eq!(
            record.requests("api-quote-tokens"),
            1,
            "asking again is no use"
        );
        assert_eq!(record.count(Counter::UpgradeAttempts), 0);
    }
}

#[test]
fn a_customer_without_any_quotes_is_not_entitled() {
    for http_status in [403, 404] {
        let fault = format!(r#"{{"customer-not-found": {{"status": {http_status}}}}}"#);
        let market = with_quote_token(&fault);
        let quote = market.volq("quote SPY --provider dxlink --json").exits(4);
        let document = quote.json();
        assert_eq!(document["error"]["code"], "not_entitled");
        assert_eq!(document["error"]["retryable"], false);
        assert_eq!(reason(&document, "SPY", "bid"), "not_entitled");
        assert!(
            document["error"]["hint"]
                .as_str()
                .unwrap()
                .contains("account"),
            "{document:#}"
        );
    }
}

#[test]
fn nothing_permitted_anywhere_is_not_entitled_as_well() {
    let market = Harness::scripted(
        r#"{"rest": [
            {"endpoint": "oauth-token"},
            {"endpoint": "api-quote-tokens", "fault": {"customer-not-found": {"status": 403}}},
            {"endpoint": "any", "fault": {"reply": {"status": 403,
                "body": {"json": {"error": {"code": "not_permitted", "message": "User not permitted access"}}}}}}]}"#,
    );
    let quote = market
        .volq("quote SPY --provider dxlink,rest --json")
        .exits(4);
    assert_eq!(quote.json()["error"]["code"], "not_entitled");
}

#[test]
fn a_stream_alone_that_cannot_be_reached_is_a_network_failure() {
    for faults in [
        r#"{"refuse-upgrade": 502}"#,
        r#"{"drop-after-upgrade": true}"#,
    ] {
        let market = with_stream(faults);
        let quote = market
            .volq("quote SPY --provider dxlink --listen 1s --json")
            .exits(5);
        let document = quote.json();
        assert_eq!(document["error"]["code"], "network");
        assert_eq!(document["error"]["retryable"], true);
        assert_eq!(reason(&document, "SPY", "bid"), "provider_failed");
    }
}

#[test]
fn a_stream_alone_that_refuses_the_token_is_an_authentication_failure() {
    for auth in ["state-unauthorized", "error-unauthorized"] {
        let market = with_stream(&format!(r#"{{"auth": "{auth}"}}"#));
        let quote = market
            .volq("quote SPY --provider dxlink --listen 2s --json")
            .exits(3);
        assert_eq!(quote.json()["error"]["code"], "auth_refused", "{auth}");
    }
}

#[test]
fn a_stream_address_of_ones_own_is_used() {
    let market = Harness::new();
    let mut command = market.command("quote SPY --listen 1s --json");
    // Nobody listens on the discard port.
    command.env("DXLINK_URL", "ws://127.0.0.1:9/realtime");
    let quote = market.run(command, "").exits(0);
    assert_eq!(status(&quote.json(), "dxlink"), "failed");
    assert_eq!(market.record().count(Counter::UpgradeAttempts), 0);
    assert_eq!(quote.row("SPY")["sources"]["bid"], "rest");
}
