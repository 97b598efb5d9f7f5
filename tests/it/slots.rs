//! Stream sessions of an account, shared by processes: taken, waited for, given back, and never fought over.
//!
//! See `docs/reference/dxlink-protocol.md`, "14. Endpoints, entitlement, limits".

use std::process::Child;
use std::time::{Duration, Instant};

use market::Counter;
use serde_json::Value;

use crate::document::{provider, status, warnings};
use crate::harness::Harness;

/// A run that keeps its session until it is told to stop.
const HOLDING: &str = "quote SPY --json --full-listen --listen 50s --timeout 55s";

/// A market for an account with this many sessions.
fn market(sessions: u32) -> Harness {
    let market = Harness::new();
    let settings = format!("[dxlink]\nmax_sessions = {sessions}\n");
    market.write("config/volq/config.toml", &settings);
    market
}

/// Takes sessions and holds them.
fn holders(market: &Harness, count: u64) -> Vec<Child> {
    let before = market.record().count(Counter::StreamLogins);
    let children = (0..count).map(|_| market.spawn(HOLDING)).collect();
    market.until("every holder is on the stream", |record| {
        record.count(Counter::StreamLogins) == before + count
    });
    children
}

/// Ends holders the hard way, as a machine out of memory would.
fn end(market: &Harness, children: Vec<Child>) {
    for mut child in children {
        child.kill().unwrap();
        market.wait(child);
    }
}

/// Why the stream was of no use.
fn detail(document: &Value) -> String {
    assert_eq!(status(document, "dxlink"), "failed");
    let detail = provider(document, "dxlink")["detail"].as_str();
    detail.unwrap().to_owned()
}

#[test]
fn a_run_without_a_session_goes_on_and_says_who_holds_them() {
    let market = market(2);
    let held = holders(&market, 2);
    let third = market
        .volq("quote SPY --json --full-listen --wait-slot 0")
        .exits(0);
    let document = third.json();
    assert_eq!(third.row("SPY")["sources"]["bid"], "rest");
    let said = detail(&document);
    assert!(
        said.starts_with("all 2 stream sessions are in use: "),
        "{said}"
    );
    for child in &held {
        let holder = format!("volq quote (process {}, since 20", child.id());
        assert!(said.contains(&holder), "{holder} in {said}");
    }
    let told = warnings(&document, "dxlink_failed");
    assert!(
        told.len() == 1 && told[0].contains("--wait-slot"),
        "{told:?}"
    );
    let record = market.record();
    assert_eq!(record.count(Counter::UpgradeAttempts), 2);
    end(&market, held);
    let fourth = market.volq("quote SPY --json --wait-slot 0").exits(0);
    assert_eq!(fourth.row("SPY")["sources"]["bid"], "dxlink");
}

#[test]
fn a_sixth_run_waits_and_then_says_who_holds_the_sessions() {
    let market = market(5);
    let held = holders(&market, 5);
    let sixth = market.volq("quote SPY --json --wait-slot 300ms").exits(0);
    let said = detail(&sixth.json());
    assert!(
        said.contains("all 5 stream sessions are in use after "),
        "{said}"
    );
    for child in &held {
        let holder = format!("(process {}, ", child.id());
        assert!(said.contains(&holder), "{holder} in {said}");
    }
    assert_eq!(market.record().count(Counter::UpgradeAttempts), 5);
    end(&market, held);
}

#[test]
fn bars_are_waited_for_from_the_session_on() {
    let market = market(1);
    let held = holders(&market, 1);
    let began = Instant::now();
    let waiting = market.spawn("quote /ES --json --wait-slot 50s --listen 6s --timeout 58s");
    market.until("the wait is longer than the time to listen", |_| {
        began.elapsed() > Duration::from_secs(7)
    });
    end(&market, held);
    let second = market.wait(waiting).exits(0);
    assert_eq!(second.row("/ES")["sources"]["hv30"], "dxlink");
}

#[test]
fn a_run_that_waits_gets_the_session_of_one_that_ends() {
    let market = market(1);
    let held = holders(&market, 1);
    let before = market.record().requests("market-metrics");
    // It listens for less long than it may have to wait: the time to listen begins with the session.
    let waiting = market.spawn("quote SPY --json --wait-slot 50s --listen 20s --timeout 55s");
    market.until("the second run is under way", |record| {
        record.requests("market-metrics") > before
    });
    assert_eq!(market.record().count(Counter::UpgradeAttempts), 1);
    end(&market, held);
    let second = market.wait(waiting).exits(0);
    let document = second.json();
    assert_eq!(second.row("SPY")["sources"]["bid"], "dxlink");
    assert_eq!(second.stderr, "");
    let timings = document["meta"]["timings"].as_array().unwrap();
    assert!(
        timings
            .iter()
            .any(|timing| timing["phase"] == "session_slot")
    );
}

#[test]
fn a_session_is_given_back_at_the_end_of_a_run() {
    let market = market(1);
    for _ in 0..3 {
        let quote = market.volq("quote SPY --json --wait-slot 0").exits(0);
        assert_eq!(quote.row("SPY")["sources"]["bid"], "dxlink");
        assert_eq!(quote.stderr, "");
    }
}

#[test]
fn without_a_session_the_stream_alone_is_no_source() {
    let market = market(1);
    let held = holders(&market, 1);
    let quote = market
        .volq("quote SPY --json --provider dxlink --wait-slot 0")
        .exits(5);
    let document = quote.json();
    assert_eq!(document["error"]["code"], "no_session");
    assert_eq!(document["error"]["retryable"], true);
    end(&market, held);
}

#[test]
fn whoever_opens_no_stream_of_the_account_needs_no_session() {
    let market = market(1);
    let held = holders(&market, 1);
    for line in ["quote SPY --json --no-stream", "quote SPY --json --demo"] {
        let quote = market.volq(line).exits(0);
        assert!(
            warnings(&quote.json(), "dxlink_failed").is_empty(),
            "{line}"
        );
    }
    end(&market, held);
}

#[test]
fn sessions_are_counted_without_a_cache_and_per_account() {
    let market = market(1);
    let held = holders(&market, 1);
    let line = "quote SPY --json --no-cache --wait-slot 0";
    let same = market.volq(line).exits(0);
    detail(&same.json());
    let mut command = market.command(line);
    // The same market under another name is another account.
    let url = market.server().base_url().replace("127.0.0.1", "localhost");
    command.env("API_BASE_URL", url);
    let other = market.run(command, "").exits(0);
    assert_eq!(other.row("SPY")["sources"]["bid"], "dxlink");
    end(&market, held);
}

#[test]
fn a_diagnosis_takes_a_session_and_tells_which() {
    let market = market(3);
    let connect = |line: &str, code| {
        let document = market.volq(line).exits(code).json();
        let layers = document["layers"].as_array().unwrap();
        let layer = layers
            .iter()
            .find(|layer| layer["name"] == "stream_connect");
        layer.unwrap().clone()
    };
    let held = holders(&market, 2);
    let found = connect("diagnose-access --json", 0);
    let said = found["detail"].as_str().unwrap();
    assert!(said.ends_with("session 3 of 3"), "{said}");
    let third = holders(&market, 1);
    let found = connect("diagnose-access --json --wait-slot 0", 5);
    assert_eq!(found["status"], "fail");
    let said = found["detail"].as_str().unwrap();
    assert!(said.contains(&third[0].id().to_string()), "{said}");
    assert!(found["hint"].as_str().unwrap().contains("--wait-slot"));
    end(&market, held);
    end(&market, third);
}
