//! Ctrl-C: what was gathered is printed, the stream is closed properly, and the exit code says so.

use std::process::{Child, Command};

use market::Counter;

use crate::document::{rows, symbols};
use crate::harness::Harness;

/// SPY streams but has no candles, so its gap sends volq to a chart that never answers; QQQ is silent.
const WAITING: &str = r#"{
    "rest": [{"endpoint": "chart", "fault": "hang"}],
    "stream": [{"faults": {"silent-symbols": ["QQQ"], "snapshots": [{"symbols": ["SPY"], "shape": "empty"}]}}],
    "data": {"metrics-without": [{"keys": ["historical-volatility-30-day"], "symbols": ["SPY"]}]}}"#;

fn send(signal: &str, child: &Child) {
    let sent = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
}

/// A run that waits, and has taken in what REST said about SPY.
fn waiting(market: &Harness, line: &str) -> Child {
    let child = market.spawn(line);
    market.until(
        "a login on the stream and a question to the chart",
        |record| record.count(Counter::StreamLogins) == 1 && record.requests("chart") == 1,
    );
    child
}

#[test]
fn an_interrupted_run_prints_what_it_has() {
    for signal in ["-INT", "-TERM"] {
        let market = Harness::scripted(WAITING);
        let child = waiting(
            &market,
            "quote SPY QQQ --json --listen 40s --settle 40s --timeout 50s",
        );
        send(signal, &child);
        let broken_off = market.wait(child).exits(130);
        let document = broken_off.json();
        assert_eq!(symbols(&document), ["SPY", "QQQ"]);
        assert_eq!(broken_off.row("SPY")["sources"]["iv"], "rest");
        assert!(broken_off.row("SPY")["hv30"].is_null());
        assert_eq!(document["error"]["code"], "interrupted");
    }
}

#[test]
fn an_interrupted_run_says_goodbye_to_the_stream() {
    let market = Harness::scripted(WAITING);
    let child = waiting(
        &market,
        "quote SPY QQQ --json --listen 40s --settle 40s --timeout 50s",
    );
    send("-INT", &child);
    market.wait(child).exits(130);
    market.until("the stream was closed in order", |record| {
        record.count(Counter::StreamsClosed) == 1
    });
}

#[test]
fn a_finished_run_says_goodbye_to_the_stream() {
    let market = Harness::new();
    market.volq("quote SPY --json").exits(0);
    market.until("the stream was closed in order", |record| {
        record.count(Counter::StreamsClosed) == 1
    });
}

#[test]
fn an_interrupted_screen_is_a_whole_document_too() {
    let market = Harness::scripted(WAITING);
    let child = waiting(
        &market,
        "screen SPY QQQ --json --listen 40s --settle 40s --timeout 50s",
    );
    send("-INT", &child);
    let broken_off = market.wait(child).exits(130);
    let document = broken_off.json();
    assert_eq!(document["error"]["code"], "interrupted");
    assert_eq!(document["meta"]["universe"], 2);
    assert!(rows(&document).len() <= 2);
}
