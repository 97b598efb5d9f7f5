//! What is printed in which format: stdout is data, and one format says the same as the other.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::document::{number, rows};
use crate::harness::{Finished, Harness};

const SYMBOLS: [&str; 3] = ["SPY", "AAPL", "SPX"];
const LINE: &str = "quote SPY AAPL SPX";

fn keys(row: &Value) -> Vec<&str> {
    row.as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

/// Records of a delimited output, the header first.
fn records(finished: &Finished, delimiter: u8) -> Vec<Vec<String>> {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .delimiter(delimiter)
        .from_reader(finished.stdout.as_bytes())
        .records()
        .map(|record| record.unwrap().iter().map(str::to_owned).collect())
        .collect()
}

#[test]
fn json_carries_every_field_of_the_command() {
    let market = Harness::new();
    let document = market.volq(&format!("{LINE} --json")).exits(0).json();
    let first: BTreeSet<&str> = keys(&rows(&document)[0]).into_iter().collect();
    for name in [
        "symbol",
        "bid",
        "iv",
        "vrp",
        "beta",
        "earnings_date",
        "sources",
    ] {
        assert!(first.contains(name), "{name}");
    }
    for row in rows(&document) {
        assert_eq!(keys(row).into_iter().collect::<BTreeSet<_>>(), first);
    }
    assert_eq!(document["meta"]["command"], "quote");
    assert_eq!(document["meta"]["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(document["meta"]["demo"], false);
    let phases = document["meta"]["timings"].as_array().unwrap();
    for phase in ["oauth", "stream_ready"] {
        assert!(
            phases.iter().any(|timing| timing["phase"] == phase),
            "{phase}"
        );
    }
}

#[test]
fn ndjson_is_one_row_a_line_and_nothing_else() {
    let market = Harness::new();
    let output = market.volq(&format!("{LINE} -o ndjson")).exits(0);
    let lines: Vec<Value> = output
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let symbols: Vec<&Value> = lines.iter().map(|row| &row["symbol"]).collect();
    assert_eq!(symbols, SYMBOLS);
    let document = market.volq(&format!("{LINE} --json")).exits(0).json();
    assert_eq!(keys(&lines[0]), keys(&rows(&document)[0]));
    assert!(output.stdout.ends_with("}\n"));
}

#[test]
fn csv_and_tsv_are_a_header_and_rows_with_empty_cells_for_null() {
    let market = Harness::new();
    let document = market.volq(&format!("{LINE} --json")).exits(0).json();
    for (format, delimiter) in [("csv", b','), ("tsv", b'\t')] {
        let output = market.volq(&format!("{LINE} -o {format}")).exits(0);
        let records = records(&output, delimiter);
        assert_eq!(records.len(), 4);
        let expected: Vec<&str> = keys(&rows(&document)[0])
            .into_iter()
            .filter(|key| *key != "sources")
            .collect();
        assert_eq!(records[0], expected);
        let column = |name: &str| records[0].iter().position(|other| other == name).unwrap();
        assert_eq!(records[1][column("symbol")], "SPY");
        let iv: f64 = records[1][column("iv")].parse().unwrap();
        assert_eq!(iv, number(&rows(&document)[0], "iv"));
        assert_eq!(records[3][column("bid")], "", "an index has no bid");
        assert!(
            !output.stdout.contains("null") && !output.stdout.contains("NaN"),
            "{}",
            output.stdout
        );
    }
}

#[test]
fn markdown_is_a_table() {
    let market = Harness::new();
    let output = market
        .volq(&format!("{LINE} -o markdown --fields symbol,iv"))
        .exits(0);
    let lines: Vec<&str> = output.stdout.lines().collect();
    assert_eq!(lines.len(), 5, "{}", output.stdout);
    assert!(
        lines
            .iter()
            .all(|line| line.starts_with('|') && line.ends_with('|'))
    );
    assert!(lines[0].contains("symbol") && lines[1].contains("---"));
}

#[test]
fn a_table_in_a_pipe_has_no_colour_and_nothing_but_rows() {
    let market = Harness::new();
    let output = market.volq(LINE).exits(0);
    assert!(!output.stdout.contains('\u{1b}') && !output.stderr.contains('\u{1b}'));
    assert_eq!(output.stdout.lines().count(), 4, "{}", output.stdout);
    assert!(output.stderr.contains("% complete"), "{}", output.stderr);
}

#[test]
fn colour_is_a_wish_that_can_be_forced_and_forbidden() {
    let market = Harness::new();
    let mut command = market.command("quote SPY QQQ --color always");
    command.env("NO_COLOR", "1");
    let output = market.run(command, "").exits(0);
    assert!(output.stdout.contains('\u{1b}'), "{}", output.stdout);

    let mut command = market.command("quote SPY QQQ");
    command.env("CLICOLOR_FORCE", "1");
    assert!(market.run(command, "").exits(0).stdout.contains('\u{1b}'));

    let mut command = market.command("quote SPY QQQ --color never");
    command.env("CLICOLOR_FORCE", "1");
    assert!(!market.run(command, "").exits(0).stdout.contains('\u{1b}'));

    let json = market.volq("quote SPY --json --color always").exits(0);
    assert!(!json.stdout.contains('\u{1b}'), "data is never coloured");
}

#[test]
fn named_columns_come_in_their_order_in_every_format() {
    let market = Harness::new();
    let with = |format: &str| {
        market
            .volq(&format!("{LINE} --fields iv,symbol,bid -o {format}"))
            .exits(0)
    };
    let document = with("json").json();
    assert_eq!(
        keys(&rows(&document)[0]),
        ["iv", "symbol", "bid", "sources"]
    );
    let line: Value = serde_json::from_str(with("ndjson").stdout.lines().next().unwrap()).unwrap();
    assert_eq!(keys(&line), ["iv", "symbol", "bid", "sources"]);
    assert_eq!(records(&with("csv"), b',')[0], ["iv", "symbol", "bid"]);
    assert_eq!(records(&with("tsv"), b'\t')[0], ["iv", "symbol", "bid"]);
    let table = with("table");
    let header: Vec<&str> = table
        .stdout
        .lines()
        .next()
        .unwrap()
        .split_whitespace()
        .collect();
    assert_eq!(header, ["iv", "symbol", "bid"]);
}

#[test]
fn columns_may_be_edited() {
    let market = Harness::new();
    let default = records(&market.volq("quote SPY -o csv").exits(0), b',');
    let edited = records(
        &market
            .volq("quote SPY -o csv --fields -beta,-name")
            .exits(0),
        b',',
    );
    let expected: Vec<&String> = default[0]
        .iter()
        .filter(|name| !["beta", "name"].contains(&name.as_str()))
        .collect();
    assert_eq!(edited[0].iter().collect::<Vec<_>>(), expected);

    let table = market.volq("quote SPY --fields +vtr,-bid").exits(0);
    let header: Vec<&str> = table
        .stdout
        .lines()
        .next()
        .unwrap()
        .split_whitespace()
        .collect();
    assert!(header.contains(&"vtr") && !header.contains(&"bid") && header.contains(&"ask"));
}

#[test]
fn price_is_another_name_of_mark() {
    let market = Harness::new();
    let row = market.volq("quote SPY --json").exits(0).row("SPY");
    let csv = market.volq("quote SPY -o csv --fields price").exits(0);
    let records = records(&csv, b',');
    assert_eq!(records[1][0].parse::<f64>().unwrap(), number(&row, "mark"));
}

#[test]
fn what_was_asked_for_last_holds() {
    let market = Harness::new();
    let output = market
        .volq("quote SPY --json -o csv --fields symbol")
        .exits(0);
    assert_eq!(output.stdout, "symbol\nSPY\n");
    market.volq("quote SPY -o csv --json").exits(0).json();
}

#[test]
fn a_failed_run_prints_a_whole_document_or_an_empty_table() {
    let script = r#"{"rest": [{"endpoint": "any", "fault": {"reply": {"status": 502}}}]}"#;
    let market = Harness::scripted(script);
    let json = market.volq("quote SPY QQQ --json").exits(5);
    assert_eq!(json.json()["error"]["code"], "network");
    let csv = market
        .volq("quote SPY QQQ -o csv --fields symbol,bid")
        .exits(5);
    assert_eq!(records(&csv, b',')[0], ["symbol", "bid"]);
    assert!(csv.stderr.contains("error"));
    let ndjson = market.volq("quote SPY QQQ -o ndjson").exits(5);
    for line in ndjson.stdout.lines() {
        assert!(serde_json::from_str::<Value>(line).unwrap()["bid"].is_null());
    }
}

#[test]
fn the_demo_says_that_it_is_one() {
    let market = Harness::new();
    let mut command = market.command("quote SPY --demo --json");
    command
        .env_remove("TT_CLIENT_SECRET")
        .env_remove("TT_REFRESH_TOKEN");
    let output = market.run(command, "").exits(0);
    assert_eq!(output.json()["meta"]["demo"], true);
    assert_eq!(output.row("SPY")["basis"], "demo");
    assert!(market.record().requests.is_empty(), "it has its own market");
    let table = market.volq("quote SPY --demo").exits(0);
    assert!(table.stderr.contains("not real prices"), "{}", table.stderr);
}
