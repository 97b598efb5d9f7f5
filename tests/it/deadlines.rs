//! How long a run takes: it ends early when everything is in, at the window when something is silent, and never later.
//!
//! Times are compared with windows that are far apart, so that a busy machine changes nothing.

use std::time::Duration;

use market::Counter;

use crate::document::{completeness, number, provider, reason, rows, status};
use crate::harness::Harness;

/// Nothing but a missed deadline takes this long.
const LATE: Duration = Duration::from_secs(20);

#[test]
fn a_run_ends_as_soon_as_everything_is_in() {
    let market = Harness::scripted(
        r#"{"rest": [{"endpoint": "any", "delay-ms": 300}],
            "stream": [{"faults": {"delay-ms": {"SETUP": 300, "FEED_DATA": 300}}}]}"#,
    );
    let quote = market
        .volq("quote SPY QQQ AAPL /ES --json --listen 40s --timeout 50s")
        .exits(0);
    assert_eq!(completeness(&quote.json()), 100.0);
    assert!(quote.took < LATE, "{:?}", quote.took);
}

#[test]
fn a_silent_symbol_ends_the_run_at_the_window() {
    let market = Harness::scripted(r#"{"stream": [{"faults": {"silent-symbols": ["QQQ"]}}]}"#);
    let quote = market
        .volq(
            "quote SPY QQQ --provider dxlink --listen 1s --timeout 50s --json --min-completeness 0",
        )
        .exits(0);
    let document = quote.json();
    assert_eq!(reason(&document, "QQQ", "bid"), "no_event_before_deadline");
    assert!(number(&quote.row("SPY"), "bid") > 0.0);
    assert!(quote.took >= Duration::from_secs(1) && quote.took < LATE);
    assert!(document["meta"]["elapsed_ms"].as_u64().unwrap() >= 1000);
    assert_eq!(status(&document, "dxlink"), "partial");
}

#[test]
fn a_silent_symbol_ends_the_run_although_others_keep_talking() {
    let market = Harness::live(r#"{"stream": [{"faults": {"silent-symbols": ["QQQ"]}}]}"#);
    let quote = market
        .volq(
            "quote SPY QQQ --provider dxlink --listen 2s --timeout 50s --json --min-completeness 0",
        )
        .exits(0);
    let document = quote.json();
    assert_eq!(reason(&document, "QQQ", "last"), "no_event_before_deadline");
    assert!(quote.took >= Duration::from_secs(2) && quote.took < LATE);
    let events = provider(&document, "dxlink")["events"].as_u64().unwrap();
    assert!(events > 4, "the market moved meanwhile: {events}");
}

#[test]
fn a_window_is_used_up_when_asked() {
    let market = Harness::live("{}");
    let quote = market
        .volq("quote SPY --listen 2s --full-listen --json")
        .exits(0);
    assert!(quote.took >= Duration::from_secs(2) && quote.took < LATE);
    let document = quote.json();
    let events = provider(&document, "dxlink")["events"].as_u64().unwrap();
    assert!(events > 4, "{events}");
    assert_eq!(completeness(&document), 100.0);
}

#[test]
fn a_server_that_never_speaks_costs_the_window_and_no_more() {
    let market = Harness::scripted(r#"{"stream": [{"faults": {"silent": true}}]}"#);
    let quote = market
        .volq("quote SPY --listen 1s --timeout 50s --json")
        .exits(0);
    assert!(quote.took < LATE, "{:?}", quote.took);
    let document = quote.json();
    assert_eq!(status(&document, "dxlink"), "failed");
    assert_eq!(quote.row("SPY")["sources"]["bid"], "rest");
}

#[test]
fn requests_that_never_return_end_at_the_timeout() {
    for fault in [r#""hang""#, r#"{"stall": {"keep": 10}}"#] {
        let script = format!(r#"{{"rest": [{{"endpoint": "market-metrics", "fault": {fault}}}]}}"#);
        let market = Harness::scripted(&script);
        let quote = market.volq("quote SPY --timeout 2s --json").exits(7);
        assert!(quote.took < LATE, "{:?}", quote.took);
        let row = quote.row("SPY");
        assert_eq!(row["sources"]["bid"], "dxlink", "{fault}");
        assert!(row["ivr"].is_null());
        assert_eq!(
            reason(&quote.json(), "SPY", "ivr"),
            "provider_failed",
            "{fault}"
        );
    }
}

#[test]
fn a_login_that_never_returns_leaves_time_for_nobody() {
    let market = Harness::scripted(r#"{"rest": [{"endpoint": "oauth-token", "fault": "hang"}]}"#);
    let quote = market
        .volq("quote SPY --provider dxlink,rest --timeout 1s --json")
        .exits(5);
    assert!(quote.took < LATE, "{:?}", quote.took);
    assert_eq!(quote.json()["error"]["code"], "network");
    assert_eq!(quote.json()["error"]["retryable"], true);
}

#[test]
fn all_symbols_silent_is_no_reason_to_wait_longer() {
    let market = Harness::scripted(r#"{"stream": [{"faults": {"no-events": true}}]}"#);
    let quote = market
        .volq("quote SPY QQQ AAPL --listen 1s --timeout 50s --json")
        .exits(0);
    assert!(quote.took < LATE, "{:?}", quote.took);
    let document = quote.json();
    for row in rows(&document) {
        assert_eq!(row["sources"]["bid"], "rest");
    }
    assert_ne!(status(&document, "dxlink"), "ok");
    assert_eq!(market.record().count(Counter::StreamConnections), 1);
}

#[test]
fn a_reply_that_drips_is_not_waited_for_beyond_the_timeout() {
    let market = Harness::scripted(r#"{"rest": [{"endpoint": "chart", "fault": "hang"}]}"#);
    let quote = market
        .volq("quote SPY --provider legacy --timeout 1s --json")
        .exits(5);
    assert!(quote.took < LATE, "{:?}", quote.took);
}
