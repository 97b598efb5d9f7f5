//! REST is down, slow or has gaps: the stream keeps its prices and has histories, the rest says why not.

use market::Counter;

use crate::document::{completeness, number, reason, rows, status, symbols, warnings};
use crate::harness::{Finished, Harness};

const EVERYTHING_BUT_LOGIN: &str =
    r#"{"endpoint": "oauth-token"}, {"endpoint": "api-quote-tokens"}, {"endpoint": "chart"}"#;

/// Every request to the broker beyond the two logins is answered with this status.
fn answering(status: u16) -> Harness {
    Harness::scripted(&format!(
        r#"{{"rest": [{EVERYTHING_BUT_LOGIN}, {{"endpoint": "any", "fault": {{"reply": {{"status": {status}, "body": {{"html": "<h1>no</h1>"}}}}}}}}]}}"#
    ))
}

fn lines_about<'a>(finished: &'a Finished, what: &str) -> Vec<&'a str> {
    finished
        .stderr
        .lines()
        .filter(|line| line.contains("warning") && line.contains(what))
        .collect()
}

#[test]
fn rest_down_leaves_streamed_prices_and_volatility_from_closes() {
    for http_status in [500, 502, 503] {
        let market = answering(http_status);
        let quote = market
            .volq("quote SPY AAPL --json --min-completeness 0")
            .exits(0);
        let document = quote.json();
        for row in rows(&document) {
            assert_eq!(row["sources"]["bid"], "dxlink");
            for field in ["hv30", "hv60", "hv90"] {
                assert_eq!(row["sources"][field], "dxlink");
            }
            assert!(row["ivr"].is_null());
        }
        assert_eq!(reason(&document, "SPY", "ivr"), "provider_failed");
        assert_eq!(status(&document, "rest"), "failed");
        assert_eq!(status(&document, "dxlink"), "ok");
        assert_eq!(market.record().series.len(), 2, "one history per symbol");
        assert_eq!(market.record().requests("chart"), 0);
        assert_eq!(warnings(&document, "rest_failed").len(), 1);
        assert_eq!(lines_about(&quote, &http_status.to_string()).len(), 1);
    }
}

#[test]
fn a_passing_fault_is_asked_again_and_not_told() {
    let market = Harness::scripted(
        r#"{"rest": [{"endpoint": "market-metrics", "times": 1, "fault": {"reply": {"status": 503}}}]}"#,
    );
    let quote = market.volq("quote SPY --json").exits(0);
    assert_eq!(market.record().requests("market-metrics"), 2);
    assert_eq!(quote.row("SPY")["sources"]["iv"], "rest");
    assert_eq!(quote.stderr, "");
}

#[test]
fn a_token_that_expires_on_the_way_is_renewed_once() {
    let market = Harness::scripted(
        r#"{"rest": [{"endpoint": "market-metrics", "times": 1, "fault": "expire-token"}]}"#,
    )
    // Requests that are under way when the token expires show it once more.
    .expecting_violations();
    let quote = market.volq("quote SPY --json").exits(0);
    assert_eq!(quote.row("SPY")["sources"]["ivr"], "rest");
    assert_eq!(market.record().count(Counter::OauthLogins), 2);
}

#[test]
fn a_broker_out_of_reach_leaves_the_chart() {
    let market = Harness::new();
    let mut command = market.command("quote SPY --json");
    command.env("API_BASE_URL", "http://127.0.0.1:9");
    let quote = market.run(command, "").exits(7);
    let row = quote.row("SPY");
    assert!(number(&row, "mark") > 0.0);
    assert_eq!(row["sources"]["last"], "legacy");
    assert_eq!(row["sources"]["hv90"], "legacy");
    let document = quote.json();
    for source in ["dxlink", "rest"] {
        assert_eq!(status(&document, source), "failed");
    }
    assert_eq!(reason(&document, "SPY", "iv"), "provider_failed");
    assert_eq!(
        lines_about(&quote, "login").len(),
        1,
        "one reason for both: {}",
        quote.stderr
    );
}

#[test]
fn a_broker_out_of_reach_and_no_chart_is_a_network_failure() {
    let market = Harness::new();
    let mut command = market.command("quote SPY QQQ --provider dxlink,rest --json");
    command.env("API_BASE_URL", "http://127.0.0.1:9");
    let quote = market.run(command, "").exits(5);
    let document = quote.json();
    assert_eq!(document["error"]["code"], "network");
    assert_eq!(document["error"]["retryable"], true);
    assert_eq!(
        symbols(&document),
        ["SPY", "QQQ"],
        "rows say what is missing"
    );
    assert_eq!(reason(&document, "QQQ", "bid"), "provider_failed");
    assert_eq!(completeness(&document), 0.0);
}

#[test]
fn everything_down_is_a_network_failure() {
    let market = Harness::scripted(
        r#"{"rest": [{"endpoint": "any", "fault": {"reply": {"status": 502}}}],
            "stream": [{"faults": {"refuse-upgrade": 502}}]}"#,
    );
    let quote = market.volq("quote SPY QQQ --json").exits(5);
    let document = quote.json();
    assert_eq!(document["error"]["code"], "network");
    for source in ["dxlink", "rest", "legacy"] {
        assert_eq!(status(&document, source), "failed");
    }
}

#[test]
fn a_blocked_chart_is_not_asked_for_every_symbol() {
    let market = Harness::scripted(
        r#"{"rest": [{"endpoint": "chart", "fault": {"reply": {"status": 429, "body": {"text": "Too Many Requests"}}}}]}"#,
    );
    let mut command = market
        .command("quote SPY QQQ IWM DIA AAPL MSFT NVDA AMZN META TSLA --provider legacy --json");
    command.env("VOLQ_LEGACY_REQUESTS_PER_SECOND", "1");
    let quote = market.run(command, "").exits(5);
    let document = quote.json();
    assert_eq!(document["error"]["code"], "rate_limited");
    assert_eq!(document["error"]["retryable"], true);
    assert!(
        market.record().requests("chart") < 10,
        "{:?}",
        market.record()
    );
    assert_eq!(quote.stderr.matches("429").count(), 2, "error and hint");
}

#[test]
fn gaps_in_rest_are_filled_from_closes_where_closes_tell() {
    let market = Harness::scripted(
        r#"{"data": {"metrics-without": [
            {"keys": ["historical-volatility-30-day", "historical-volatility-60-day", "historical-volatility-90-day",
                      "implied-volatility-index-rank", "tos-implied-volatility-index-rank", "tw-implied-volatility-index-rank"],
             "share": 0.2, "symbols": ["SPY"]}]}}"#,
    );
    let quote = market
        .volq(
            "quote SPY QQQ IWM DIA AAPL MSFT NVDA AMZN META TSLA AVGO JPM XOM CVX HD PG KO PEP WMT NFLX --json",
        )
        .exits(0);
    let document = quote.json();
    assert_eq!(completeness(&document), 100.0);
    let (gaps, whole): (Vec<_>, Vec<_>) = rows(&document)
        .iter()
        .partition(|row| row["sources"]["hv30"] == "dxlink");
    assert!(
        !gaps.is_empty() && gaps.len() < whole.len(),
        "{}",
        gaps.len()
    );
    for row in &gaps {
        let symbol = row["symbol"].as_str().unwrap();
        assert!(row["ivr"].is_null(), "{symbol}");
        assert_eq!(reason(&document, symbol, "ivr"), "not_provided");
        for field in ["hv30", "hv60", "hv90"] {
            assert!(number(row, field) > 0.0);
            assert_eq!(row["sources"][field], "dxlink");
        }
        assert_eq!(row["sources"]["iv"], "rest");
    }
    for row in &whole {
        assert_eq!(row["sources"]["hv30"], "rest");
        assert_eq!(row["sources"]["ivr"], "rest");
    }
    assert_eq!(market.record().series.len(), gaps.len(), "and no other");
    assert_eq!(market.record().requests("chart"), 0);
}

#[test]
fn volatility_from_closes_is_that_of_rest() {
    let market = Harness::new();
    let of = |provider: &str| {
        let line = format!("quote SPY AAPL XLU --json --min-completeness 0 --provider {provider}");
        market.volq(&line).exits(0)
    };
    let (rest, legacy) = (of("rest"), of("legacy"));
    for symbol in ["SPY", "AAPL", "XLU"] {
        for field in ["hv30", "hv60", "hv90"] {
            let (sent, own) = (
                number(&rest.row(symbol), field),
                number(&legacy.row(symbol), field),
            );
            assert!((sent - own).abs() < 0.006, "{symbol} {field}: {sent} {own}");
        }
    }
}

#[test]
fn a_symbol_without_metrics_does_not_cost_its_neighbours_theirs() {
    let market = Harness::scripted(
        r#"{"data": {"metrics-without": [{"keys": ["implied-volatility-index"], "symbols": ["QQQ"]}]},
            "stream": [{"faults": {"silent-symbols": ["QQQ"]}}]}"#,
    );
    let quote = market
        .volq("quote SPY QQQ AAPL --listen 1s --json --min-completeness 0")
        .exits(0);
    for symbol in ["SPY", "AAPL"] {
        let row = quote.row(symbol);
        assert_eq!(row["sources"]["bid"], "dxlink");
        assert_eq!(row["sources"]["iv"], "rest");
    }
    let row = quote.row("QQQ");
    assert_eq!(row["sources"]["bid"], "rest");
    assert_eq!(row["sources"]["hv30"], "rest");
    assert!(row["iv"].is_null());
}
