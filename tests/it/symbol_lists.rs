//! Where symbols come from and how they may be spelled, and symbols that nobody knows.

use crate::document::{number, reason, rows, symbols};
use crate::harness::{Finished, Harness};

#[track_caller]
fn answered(finished: &Finished, expected: &[&str]) {
    assert_eq!(symbols(&finished.json()), expected);
}

#[test]
fn symbols_come_from_a_file_with_comments_and_header() {
    let market = Harness::new();
    market.write("list.txt", "# mine\nSymbol\nqqq # growth\n\nSPY\nQQQ\n");
    let quote = market.volq("quote --file list.txt --json").exits(0);
    answered(&quote, &["QQQ", "SPY"]);
}

#[test]
fn symbols_come_from_the_first_column_of_a_csv_file() {
    let market = Harness::new();
    market.write(
        "universe.csv",
        "Ticker,Name,Weight\r\nAAPL,\"Apple, Inc.\",7\r\nBRK.B,Berkshire,2\r\n\"/ES\",E-mini,0\r\n",
    );
    let quote = market.volq("quote --file universe.csv --json").exits(0);
    answered(&quote, &["AAPL", "BRK/B", "/ES"]);
}

#[test]
fn symbols_come_from_stdin() {
    let market = Harness::new();
    let quote = market
        .volq_with_stdin("quote - --json", "spy\n# not this\nqqq,ignored\n")
        .exits(0);
    answered(&quote, &["SPY", "QQQ"]);
    let quote = market
        .volq_with_stdin("quote --file - --json", "AAPL\n")
        .exits(0);
    answered(&quote, &["AAPL"]);
}

#[test]
fn all_places_may_be_mixed_and_duplicates_collapse() {
    let market = Harness::new();
    market.write("list.txt", "SPY\nDIA\n");
    let quote = market
        .volq_with_stdin("quote IWM,spy - QQQ --file list.txt --json", "QQQ\nAAPL\n")
        .exits(0);
    answered(&quote, &["IWM", "SPY", "QQQ", "AAPL", "DIA"]);
}

#[test]
fn every_kind_of_underlying_is_understood() {
    let market = Harness::new();
    let quote = market
        .volq("quote spy BRK.B brk-b SPX vix /es BTC/USD --json")
        .exits(0);
    let document = quote.json();
    assert_eq!(
        symbols(&document),
        ["SPY", "BRK/B", "SPX", "VIX", "/ES", "BTC/USD"]
    );
    for row in rows(&document) {
        assert!(number(row, "mark") > 0.0, "{row:#}");
    }
}

#[test]
fn an_unknown_symbol_costs_the_known_ones_nothing() {
    let market = Harness::scripted(r#"{"data": {"unknown": ["AMD"]}}"#);
    let quote = market
        .volq("quote SPY ZZZZ AMD QQQ --listen 1s --json --min-completeness 0")
        .exits(0);
    let document = quote.json();
    assert_eq!(symbols(&document), ["SPY", "ZZZZ", "AMD", "QQQ"]);
    for symbol in ["SPY", "QQQ"] {
        let row = quote.row(symbol);
        assert_eq!(row["sources"]["bid"], "dxlink");
        assert_eq!(row["sources"]["ivr"], "rest");
    }
    for symbol in ["ZZZZ", "AMD"] {
        let row = quote.row(symbol);
        for field in ["bid", "last", "mark", "iv", "hv30"] {
            assert!(row[field].is_null(), "{symbol} {field}");
            assert_eq!(
                reason(&document, symbol, field),
                "unknown_symbol",
                "{symbol} {field}"
            );
        }
    }
}

#[test]
fn an_unknown_symbol_lowers_completeness() {
    let market = Harness::new();
    let quote = market.volq("quote SPY ZZZZ --listen 1s --json").exits(7);
    let counted = &quote.json()["meta"]["completeness"];
    assert_eq!(counted["symbols_wanted"], 2);
    assert_eq!(counted["symbols_complete"], 1);
    assert_eq!(counted["percent"], 50.0);
}

#[test]
fn only_unknown_symbols_are_no_data() {
    let market = Harness::new();
    let quote = market.volq("quote ZZZZ YYYY --listen 1s --json").exits(6);
    let document = quote.json();
    assert_eq!(document["error"]["code"], "no_data");
    assert_eq!(document["error"]["retryable"], false);
    assert_eq!(symbols(&document), ["ZZZZ", "YYYY"]);
    assert_eq!(reason(&document, "YYYY", "mark"), "unknown_symbol");
}

/// A pipe that nobody writes to and nobody closes.
#[cfg(unix)]
#[test]
fn a_list_that_stays_open_is_a_usage_error_that_names_it() {
    let market = Harness::new();
    let pipe = market.home().join("list.fifo");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let refused = market
        .volq("quote SPY --file list.fifo --timeout 500ms")
        .exits(2);
    assert!(
        refused
            .stderr
            .contains("list.fifo was still open after 0.5 s"),
        "{}",
        refused.stderr
    );
    assert_eq!(market.record().requests("oauth-token"), 0);
    let child = market
        .command("quote - --timeout 500ms")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn();
    let mut child = child.unwrap();
    let open = child.stdin.take();
    let refused = market.wait(child).exits(2);
    assert!(
        refused.stderr.contains("stdin was still open"),
        "{}",
        refused.stderr
    );
    drop(open);
}
