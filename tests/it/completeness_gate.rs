//! How much of what was wanted has to be there: `--min-completeness`, `--strict` and exit code 7.

use crate::document::{completeness, reason};
use crate::harness::Harness;

/// A market in which one of two symbols has no implied volatility: 7 of 8 core fields.
fn without_one_iv() -> Harness {
    Harness::scripted(
        r#"{"data": {"metrics-without": [{"keys": ["implied-volatility-index"], "symbols": ["AAPL"]}]},
            "stream": [{"faults": {"silent-types": ["Underlying"]}}]}"#,
    )
}

#[test]
fn below_the_gate_the_rows_are_printed_and_the_code_is_seven() {
    let market = without_one_iv();
    let quote = market.volq("quote SPY AAPL --json --listen 2s").exits(7);
    let document = quote.json();
    let counted = &document["meta"]["completeness"];
    assert_eq!(counted["fields_wanted"], 8);
    assert_eq!(counted["fields_present"], 7);
    assert_eq!(counted["symbols_complete"], 1);
    assert_eq!(completeness(&document), 87.5);
    assert_eq!(document["error"], serde_json::Value::Null);
    assert_eq!(quote.row("AAPL")["sources"]["bid"], "dxlink");
}

#[test]
fn the_gate_can_be_moved() {
    let market = without_one_iv();
    for (gate, code) in [("0", 0), ("87.5", 0), ("88", 7), ("100", 7)] {
        let line = format!("quote SPY AAPL --json --listen 2s --min-completeness {gate}");
        market.volq(&line).exits(code);
    }
}

#[test]
fn a_field_that_nobody_asked_for_does_not_count() {
    let market = Harness::scripted(
        r#"{"data": {"metrics-without": [{"keys": ["beta"], "symbols": ["AAPL"]}]}}"#,
    );
    let document = market.volq("quote SPY AAPL --json").exits(0).json();
    assert_eq!(completeness(&document), 100.0);
    assert_eq!(
        reason(&document, "AAPL", "beta"),
        "not_provided",
        "listed all the same"
    );
    assert_eq!(document["meta"]["completeness"]["fields_wanted"], 8);
}

#[test]
fn a_field_that_was_named_counts() {
    let market = Harness::scripted(
        r#"{"data": {"metrics-without": [{"keys": ["beta"], "symbols": ["AAPL"]}]}}"#,
    );
    let document = market
        .volq("quote SPY AAPL --json --fields beta")
        .exits(7)
        .json();
    let counted = &document["meta"]["completeness"];
    assert_eq!(
        counted["fields_wanted"], 2,
        "a list says all that is wanted: beta of two symbols"
    );
    assert_eq!(counted["fields_present"], 1);
}

#[test]
fn a_field_that_was_added_counts_beside_the_core() {
    let market = Harness::scripted(
        r#"{"data": {"metrics-without": [{"keys": ["beta"], "symbols": ["AAPL"]}]}}"#,
    );
    let document = market
        .volq("quote SPY AAPL --json --fields +beta")
        .exits(7)
        .json();
    let counted = &document["meta"]["completeness"];
    assert_eq!(counted["fields_wanted"], 10);
    assert_eq!(counted["fields_present"], 9);
}

#[test]
fn strict_counts_every_field_that_applies() {
    let market = Harness::scripted(
        r#"{"data": {"metrics-without": [{"keys": ["beta"], "symbols": ["AAPL"]}]}}"#,
    );
    let document = market.volq("quote AAPL --json --strict").exits(7).json();
    assert!(completeness(&document) < 100.0);
    assert!(
        document["meta"]["completeness"]["fields_wanted"]
            .as_u64()
            .unwrap()
            > 30
    );
}

#[test]
fn the_core_of_a_pair_of_currencies_is_its_price() {
    let market = Harness::new();
    let document = market.volq("quote BTC/USD --json").exits(0).json();
    assert_eq!(document["meta"]["completeness"]["fields_wanted"], 1);
}

#[test]
fn the_gate_is_a_setting_too() {
    let market = without_one_iv();
    let mut command = market.command("quote SPY AAPL --json --listen 2s");
    command.env("VOLQ_OUTPUT_MIN_COMPLETENESS", "50");
    market.run(command, "").exits(0);
}
