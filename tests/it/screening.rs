//! `volq screen`: which rows pass, in which order, and what is said about the others.

use serde_json::Value;

use crate::document::{completeness, number, rows, status, symbols};
use crate::harness::{Finished, Harness};

/// A universe with funds, stocks, indices and futures.
const UNIVERSE: &str =
    "SPY QQQ IWM DIA AAPL MSFT NVDA AMZN META TSLA VZ KO F BAC EEM XLU CRWD MU SPX /ES";

/// Runs a screen of the universe with one more argument that may hold blanks.
fn screen(market: &Harness, line: &str, option: &[&str]) -> Finished {
    let mut command = market.command(&format!("screen {UNIVERSE} --json {line}"));
    command.args(option);
    market.run(command, "")
}

fn count(document: &Value, key: &str) -> u64 {
    document["meta"][key].as_u64().unwrap()
}

#[test]
fn a_condition_keeps_exactly_the_rows_it_holds_for() {
    let market = Harness::new();
    let quoted = market
        .volq(&format!("quote {UNIVERSE} --json"))
        .exits(0)
        .json();
    let mut ranks: Vec<f64> = rows(&quoted).iter().map(|row| number(row, "ivr")).collect();
    ranks.sort_by(f64::total_cmp);
    let middle = ranks[ranks.len() / 2];
    let holds = |row: &&Value| number(row, "ivr") >= middle && number(row, "liq") >= 4.0;
    let mut expected: Vec<&str> = rows(&quoted)
        .iter()
        .filter(holds)
        .map(|row| row["symbol"].as_str().unwrap())
        .collect();
    expected.sort_unstable();

    let (rank, liquid) = (format!("ivr >= {middle}"), "!(liq < 4)");
    for conditions in [
        &["--where", &format!("{rank} && liq >= 4")][..],
        &["--where", &rank, "--where", liquid],
    ] {
        let document = screen(&market, "", conditions).exits(0).json();
        let mut passed = symbols(&document);
        passed.sort_unstable();
        assert_eq!(passed, expected, "{conditions:?}");
        assert_eq!(count(&document, "passed"), expected.len() as u64);
    }
}

#[test]
fn the_universe_is_counted_and_measured_as_a_whole() {
    let market = Harness::new();
    let document = screen(&market, "", &["--where", "iv > 1000"])
        .exits(0)
        .json();
    assert_eq!(rows(&document).len(), 0, "no match is still success");
    assert_eq!(count(&document, "universe"), 20);
    assert_eq!(
        count(&document, "passed") + count(&document, "rejected") + count(&document, "unknown"),
        20
    );
    let counted = &document["meta"]["completeness"];
    assert_eq!(counted["symbols_wanted"], 20);
    assert_eq!(counted["symbols_complete"], 20);
    assert_eq!(document["error"], Value::Null);
}

#[test]
fn an_empty_result_can_be_made_a_failure() {
    let market = Harness::new();
    let none = screen(&market, "--fail-empty", &["--where", "iv > 1000"]).exits(8);
    assert_eq!(rows(&none.json()).len(), 0);
    screen(&market, "--fail-empty", &["--where", "iv > 1"]).exits(0);
}

#[test]
fn rows_come_richest_first_unless_told_otherwise() {
    let market = Harness::new();
    let numbers = |document: &Value, field: &str| -> Vec<f64> {
        rows(document)
            .iter()
            .map(|row| number(row, field))
            .collect()
    };
    let document = screen(&market, "", &[]).exits(0).json();
    let scores = numbers(&document, "score");
    assert!(scores.iter().rev().is_sorted(), "{scores:?}");
    assert!(scores.iter().all(|score| (0.0..=100.0).contains(score)));
    let ranks: Vec<f64> = (1..=20).map(f64::from).collect();
    assert_eq!(numbers(&document, "rank"), ranks);

    let ascending = screen(&market, "--sort iv", &[]).exits(0).json();
    assert!(numbers(&ascending, "iv").is_sorted());
    let descending = screen(&market, "--sort -iv", &[]).exits(0).json();
    assert!(numbers(&descending, "iv").iter().rev().is_sorted());
    let by_name = screen(&market, "--sort -liq,symbol", &[]).exits(0).json();
    let keys: Vec<(i64, &str)> = rows(&by_name)
        .iter()
        .map(|row| {
            (
                -row["liq"].as_i64().unwrap(),
                row["symbol"].as_str().unwrap(),
            )
        })
        .collect();
    assert!(keys.is_sorted(), "{keys:?}");
}

#[test]
fn the_best_few_are_the_first_of_all() {
    let market = Harness::new();
    let all = screen(&market, "", &[]).exits(0).json();
    let few = screen(&market, "--top 3", &[]).exits(0).json();
    assert_eq!(symbols(&few), symbols(&all)[..3]);
    assert_eq!(count(&few, "universe"), 20);
    assert_eq!(
        symbols(&screen(&market, "--top 0", &[]).exits(0).json()).len(),
        0
    );
}

#[test]
fn all_keeps_the_rejected_rows_with_their_reasons() {
    let market = Harness::new();
    let condition = ["--where", "ivr > 45"];
    let passed = screen(&market, "", &condition).exits(0).json();
    let all = screen(&market, "--all", &condition).exits(0).json();
    assert_eq!(rows(&all).len(), 20);
    for row in rows(&all) {
        let reasons = row["reasons"].as_array().unwrap();
        let is_in = symbols(&passed).contains(&row["symbol"].as_str().unwrap());
        assert_eq!(reasons.is_empty(), is_in, "{row:#}");
        for reason in reasons {
            assert!(reason.as_str().unwrap().contains("ivr > 45"), "{reason}");
        }
    }
}

#[test]
fn a_row_whose_value_is_missing_is_unknown_and_does_not_pass() {
    let market = Harness::scripted(
        r#"{"data": {"metrics-without": [{"keys": ["beta"], "symbols": ["AAPL"]}]}}"#,
    );
    for condition in ["beta > 0 || beta <= 0", "!(beta > 3)", "beta != 1e9"] {
        let mut command = market.command("screen AAPL MSFT --json --min-completeness 0");
        command.args(["--where", condition]);
        let document = market.run(command, "").exits(0).json();
        assert_eq!(symbols(&document), ["MSFT"], "{condition}");
        assert_eq!(count(&document, "unknown"), 1);
        assert_eq!(count(&document, "rejected"), 0);
    }
}

#[test]
fn a_field_of_a_condition_counts_as_wanted() {
    let market = Harness::scripted(
        r#"{"data": {"metrics-without": [{"keys": ["beta"], "symbols": ["AAPL"]}]}}"#,
    );
    for option in [&["--where", "beta > 0"][..], &["--sort", "-beta"]] {
        let mut command = market.command("screen AAPL MSFT --json");
        command.args(option);
        let document = market.run(command, "").exits(7).json();
        assert_eq!(completeness(&document), 90.0, "9 of 10: {option:?}");
    }
    market.volq("screen AAPL MSFT --json").exits(0);
}

#[test]
fn excluded_symbols_go_and_held_ones_are_marked() {
    let market = Harness::new();
    let document = screen(&market, "--exclude spy,QQQ --held aapl", &[])
        .exits(0)
        .json();
    let passed = symbols(&document);
    assert!(!passed.contains(&"SPY") && !passed.contains(&"QQQ"));
    for row in rows(&document) {
        assert_eq!(row["held"], row["symbol"] == "AAPL");
    }
}

#[test]
fn earnings_ahead_can_be_skipped() {
    let market = Harness::new();
    let all = screen(&market, "", &[]).exits(0).json();
    let days = |row: &Value| row["earnings_days"].as_f64();
    let nearest = rows(&all)
        .iter()
        .filter_map(days)
        .fold(f64::INFINITY, f64::min);
    let line = format!("--skip-earnings {nearest}");
    let kept = screen(&market, &line, &[]).exits(0).json();
    assert!(rows(&kept).len() < 20);
    assert!(
        rows(&kept)
            .iter()
            .all(|row| days(row).is_none_or(|days| days > nearest))
    );
    assert!(symbols(&kept).contains(&"SPY"), "a fund reports nothing");
}

#[test]
fn the_waterfall_says_what_each_rule_cut() {
    let market = Harness::new();
    let run = screen(
        &market,
        "--waterfall",
        &["--where", "ivr > 45", "--where", "liq >= 5"],
    )
    .exits(0);
    let document = run.json();
    let steps = document["meta"]["waterfall"].as_array().unwrap();
    assert_eq!(steps.len(), 2);
    let cut: u64 = steps.iter().map(|step| step["cut"].as_u64().unwrap()).sum();
    assert_eq!(
        cut,
        count(&document, "rejected") + count(&document, "unknown"),
        "every lost row is cut once"
    );
    for step in steps {
        assert!(step["cut_alone"].as_u64() >= step["cut"].as_u64(), "{step}");
    }
    for words in ["ivr > 45", "liq >= 5"] {
        assert!(run.stderr.contains(words), "{}", run.stderr);
    }
    let without = screen(&market, "", &["--where", "ivr > 45"]).exits(0);
    assert!(!without.stderr.contains("ivr"), "{}", without.stderr);
}

#[test]
fn a_universe_comes_from_arguments_files_and_stdin() {
    let market = Harness::new();
    market.write("universe.csv", "symbol,name\nSPY,Fund\nAAPL,Apple\n");
    let by_file = market
        .volq("screen --file universe.csv --sort symbol --json")
        .exits(0);
    assert_eq!(symbols(&by_file.json()), ["AAPL", "SPY"]);
    let by_stdin = market
        .volq_with_stdin("screen - QQQ --sort symbol --json", "SPY\nAAPL\n")
        .exits(0);
    assert_eq!(symbols(&by_stdin.json()), ["AAPL", "QQQ", "SPY"]);
}

#[test]
fn the_demo_needs_no_universe() {
    let market = Harness::new();
    let run = market.volq("screen --demo --json").exits(0);
    let document = run.json();
    assert!(count(&document, "universe") > 100);
    assert_eq!(count(&document, "passed"), rows(&document).len() as u64);
    assert_eq!(document["meta"]["demo"], true);
    assert!(market.record().requests.is_empty());
}

#[test]
fn a_screen_without_stream_still_screens() {
    let market = Harness::scripted(r#"{"stream": [{"faults": {"refuse-upgrade": 502}}]}"#);
    let document = screen(&market, "--listen 2s", &["--where", "iv > 1"])
        .exits(0)
        .json();
    assert!(!rows(&document).is_empty());
    assert_eq!(status(&document, "dxlink"), "failed");
}

#[test]
fn a_screen_with_everything_down_is_a_network_failure() {
    let market = Harness::scripted(
        r#"{"rest": [{"endpoint": "any", "fault": {"reply": {"status": 502}}}]}"#,
    );
    let failed = market.volq("screen SPY QQQ --json --fail-empty").exits(5);
    let document = failed.json();
    assert_eq!(document["error"]["code"], "network");
    assert_eq!(count(&document, "universe"), 2);
}
