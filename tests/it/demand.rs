//! What is asked for is what is wanted: nothing else is requested, subscribed or counted, and nothing else is waited for.

use std::time::Duration;

use market::Counter;

use crate::document::{completeness, number, reason, rows};
use crate::harness::Harness;

/// Nothing but a wait that should not be takes this long; every window below is longer.
const LATE: Duration = Duration::from_secs(20);

/// Windows that a run must not use up.
const LONG: &str = "--listen 40s --timeout 50s";

#[test]
fn a_screen_on_metrics_alone_opens_no_socket() {
    let market = Harness::new();
    let screen = market
        .volq("screen SPY QQQ /ES -v --where ivr>0 --fields symbol,ivr")
        .exits(0);
    assert!(
        screen.stderr.contains("no stream was opened"),
        "{}",
        screen.stderr
    );
    let record = market.record();
    assert_eq!(record.requests("market-metrics"), 1);
    for endpoint in [
        "market-data",
        "equities",
        "futures",
        "api-quote-tokens",
        "chart",
    ] {
        assert_eq!(record.requests(endpoint), 0, "{endpoint}");
    }
    assert_eq!(record.count(Counter::UpgradeAttempts), 0);
}

#[test]
fn bid_and_ask_subscribe_quotes_and_nothing_else() {
    let market = Harness::new();
    let quote = market
        .volq("quote SPY QQQ --provider dxlink --fields symbol,bid,ask --json")
        .exits(0);
    assert!(number(&quote.row("SPY"), "bid") > 0.0);
    let record = market.record();
    assert_eq!(record.count(Counter::SubscriptionsAdded), 2);
    assert!(record.series.is_empty(), "{:?}", record.series);
    assert_eq!(record.requests("market-metrics"), 0);
}

#[test]
fn what_instruments_are_is_asked_when_it_is_named() {
    let market = Harness::new();
    market.volq("quote SPY QQQ --json").exits(0);
    assert_eq!(market.record().requests("equities"), 0);
    let quote = market
        .volq("quote SPY QQQ --json --fields symbol,instrument")
        .exits(0);
    assert_eq!(quote.row("SPY")["instrument"], "etf");
    assert_eq!(market.record().requests("equities"), 1);
}

#[test]
fn a_fund_is_looked_up_only_where_its_lack_has_to_be_explained() {
    let market = Harness::new();
    let document = market
        .volq("quote SPY AAPL --json --fields symbol,sector")
        .exits(0)
        .json();
    assert_eq!(completeness(&document), 100.0, "a fund has no sector");
    assert_eq!(market.record().requests("equities"), 1);
    market
        .volq("quote AAPL --json --fields symbol,sector")
        .exits(0);
    assert_eq!(market.record().requests("equities"), 1, "AAPL has one");
}

#[test]
fn a_field_of_another_command_is_refused_before_anything_connects() {
    let market = Harness::new();
    for (line, owner) in [
        ("quote SPY --fields symbol,delta", "greeks"),
        ("quote SPY --fields +score", "screen"),
        ("greeks SPY --fields ivr", "quote"),
        ("screen SPY --where strike>3", "greeks"),
    ] {
        let refused = market.volq(line).exits(2);
        assert!(refused.stderr.contains(owner), "{line}: {}", refused.stderr);
    }
    assert_eq!(market.record().requests("oauth-token"), 0);
}

#[test]
fn a_spread_is_fetched_wherever_it_is_named() {
    let market = Harness::new();
    for line in [
        "screen SPY AAPL --sort atm_spread_pct --fields symbol,atm_spread_pct --json",
        "screen SPY AAPL --fields symbol,atm_spread_pct --json",
        "screen SPY AAPL --where atm_spread_pct<90 --fields symbol,atm_spread_pct --json",
    ] {
        let document = market.volq(line).exits(0).json();
        for row in rows(&document) {
            assert!(number(row, "atm_spread_pct") > 0.0, "{line}");
        }
    }
}

#[test]
fn a_plan_asks_nothing() {
    let market = Harness::new();
    let plan = market.volq("quote SPY QQQ --plan -o json").exits(0);
    let document: serde_json::Value = serde_json::from_str(&plan.stdout).unwrap();
    assert_eq!(document["schema"], "volq.plan/1");
    let metrics = &document["requests"][1];
    assert_eq!(
        (&metrics["endpoint"], &metrics["count"]),
        (&"/market-metrics".into(), &1.into())
    );
    let quotes = &document["subscriptions"][0];
    assert_eq!(
        (&quotes["event"], &quotes["count"]),
        (&"Quote".into(), &2.into())
    );
    assert_eq!(market.record().requests("oauth-token"), 0);
    let text = market.volq("quote SPY QQQ --plan").exits(0).stdout;
    assert!(text.contains("nothing was asked"), "{text}");
}

#[test]
fn a_plan_counts_what_the_rations_take() {
    let market = Harness::new();
    let symbols: Vec<String> = (0..2_000).map(|n| format!("X{n}")).collect();
    let mut command = market.command("quote - --plan -o json");
    command.env("VOLQ_REST_REQUESTS_PER_SECOND", "10");
    let plan = market.run(command, &symbols.join("\n")).exits(0);
    let document: serde_json::Value = serde_json::from_str(&plan.stdout).unwrap();
    // Ten batches of two hundred, four at once and then five a second.
    assert_eq!(document["least_ms"], 1_200);
    assert_eq!(document["timeout_ms"], 30_000);
}

#[test]
fn a_silent_stream_keeps_what_rest_has_answered_until_it_settles() {
    let market = Harness::scripted(r#"{"stream": [{"faults": {"no-events": true}}]}"#);
    let quote = market
        .volq(&format!("quote SPY QQQ --json {LONG}"))
        .exits(0);
    assert!(quote.took < LATE, "{:?}", quote.took);
    assert_eq!(quote.row("SPY")["sources"]["bid"], "rest");
    let patient = market
        .volq("quote SPY --json --listen 40s --timeout 50s --settle 3s")
        .exits(0);
    assert!(patient.took >= Duration::from_secs(3), "{:?}", patient.took);
}

#[test]
fn a_refused_stream_costs_what_rest_has_answered_no_more_than_the_time_to_settle() {
    let market = Harness::scripted(r#"{"stream": [{"faults": {"refuse-upgrade": 503}}]}"#);
    let quote = market
        .volq(&format!("quote SPY QQQ --json {LONG}"))
        .exits(0);
    assert!(quote.took < LATE, "{:?}", quote.took);
    assert_eq!(quote.row("SPY")["sources"]["bid"], "rest");
}

#[test]
fn an_unknown_symbol_is_settled_once_nobody_knows_it() {
    let market = Harness::new();
    let quote = market
        .volq(&format!("quote SPX NOSUCH SPY --json {LONG}"))
        .exits(7);
    assert!(quote.took < LATE, "{:?}", quote.took);
    let document = quote.json();
    for field in ["bid", "last", "iv", "hv30"] {
        assert_eq!(
            reason(&document, "NOSUCH", field),
            "unknown_symbol",
            "{field}"
        );
    }
    assert!(number(&quote.row("SPY"), "bid") > 0.0);
}

#[test]
fn chains_and_options_are_two_rounds_of_one_connection() {
    let market = Harness::new();
    market.volq("greeks SPY AAPL --json").exits(0);
    let record = market.record();
    assert_eq!(record.requests("oauth-token"), 1);
    assert_eq!(record.requests("api-quote-tokens"), 1);
    assert_eq!(record.count(Counter::StreamConnections), 1);
    assert_eq!(record.requests("option-chain"), 2);
}

#[test]
fn time_that_is_up_says_what_nobody_was_asked_for() {
    let market = Harness::new();
    let symbols: Vec<String> = (0..3_000).map(|n| format!("X{n}")).collect();
    let line = "quote - --json --provider rest --fields symbol,ivr --timeout 1s";
    let mut command = market.command(line);
    command.env("VOLQ_REST_REQUESTS_PER_SECOND", "10");
    let quote = market.run(command, &symbols.join("\n"));
    assert!(quote.took < LATE, "{:?}", quote.took);
    assert_eq!(reason(&quote.json(), "X2999", "ivr"), "not_asked");
}
