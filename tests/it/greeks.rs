//! `volq greeks`: options by name, by selection, and what is left when sources fail.
//!
//! Which options are listed depends on the day, so the tests ask the market first and say nothing of their own about it.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::harness::{Finished, Harness};

fn rows(finished: &Finished) -> Vec<Value> {
    finished.json()["rows"].as_array().unwrap().clone()
}

fn number(row: &Value, field: &str) -> f64 {
    row[field]
        .as_f64()
        .unwrap_or_else(|| panic!("no {field} in {row}"))
}

fn text<'a>(row: &'a Value, field: &str) -> &'a str {
    row[field]
        .as_str()
        .unwrap_or_else(|| panic!("no {field} in {row}"))
}

/// The distinct values of a field, in the order of the rows.
fn distinct(rows: &[Value], field: &str) -> Vec<Value> {
    let mut values: Vec<Value> = rows.iter().map(|row| row[field].clone()).collect();
    values.dedup();
    values
}

/// Rows of a selection that must succeed.
fn select(market: &Harness, selection: &str) -> Vec<Value> {
    let line = format!("greeks {selection} --json");
    rows(&market.volq(&line).exits(0))
}

/// The call at the money of a month.
fn one_call(market: &Harness) -> Value {
    select(market, "SPY --atm --right call").remove(0)
}

#[test]
fn every_spelling_names_the_same_option() {
    let market = Harness::new();
    let call = one_call(&market);
    let padded = text(&call, "symbol").to_owned();
    let readable = format!(
        "SPY {} {} C",
        text(&call, "expiration"),
        number(&call, "strike")
    );
    let compact = padded.replace(' ', "");
    for spelling in [
        padded.as_str(),
        &compact,
        &compact.to_lowercase(),
        text(&call, "streamer_symbol"),
        &readable,
    ] {
        let mut command = market.command("greeks --json");
        command.arg(spelling);
        let named = market.run(command, "").exits(0);
        let rows = rows(&named);
        assert_eq!(rows.len(), 1, "{spelling}");
        assert_eq!(rows[0]["symbol"], padded.as_str(), "{spelling}");
        for field in ["iv", "delta", "gamma", "theta", "vega", "rho"] {
            assert_eq!(rows[0]["sources"][field], "dxlink", "{spelling} {field}");
        }
        for field in ["intrinsic", "extrinsic", "prob_itm", "prob_touch"] {
            number(&rows[0], field);
        }
    }
}

#[test]
fn the_nearest_standard_expiration_is_taken() {
    let market = Harness::new();
    let listed = select(&market, "SPY --dte 0..900 --atm --right call");
    for (wanted, line) in [(30.0, "SPY --atm"), (45.0, "SPY --atm --dte 45")] {
        let nearest = listed
            .iter()
            .map(|row| number(row, "dte"))
            .min_by(|a, b| (a - wanted).abs().total_cmp(&(b - wanted).abs()))
            .unwrap();
        let chosen = select(&market, line);
        assert_eq!(chosen.len(), 2, "a call and a put");
        assert_eq!(distinct(&chosen, "dte"), [nearest], "{line}");
    }
}

#[test]
fn a_range_takes_every_expiration_in_it() {
    let market = Harness::new();
    let standard = distinct(&select(&market, "SPY --dte 0..900 --atm"), "expiration");
    let all = distinct(
        &select(&market, "SPY --dte 0..900 --weeklies --atm"),
        "expiration",
    );
    assert!(standard.len() > 4 && all.len() > standard.len());
    assert!(standard.iter().all(|date| all.contains(date)));
    let within = select(&market, "SPY --dte 20..200 --weeklies --atm");
    let days: Vec<f64> = within.iter().map(|row| number(row, "dte")).collect();
    assert!(days.iter().all(|days| (20.0..=200.0).contains(days)));
    assert!(days.is_sorted());
}

#[test]
fn a_weekly_is_found_by_its_day() {
    let market = Harness::new();
    let standard = distinct(&select(&market, "SPY --dte 0..900 --atm"), "expiration");
    let all = distinct(
        &select(&market, "SPY --dte 0..900 --weeklies --atm"),
        "expiration",
    );
    let weekly = all.iter().find(|date| !standard.contains(date)).unwrap();
    let day = weekly.as_str().unwrap();
    let chosen = select(&market, &format!("SPY --expiration {day} --atm"));
    assert_eq!(distinct(&chosen, "expiration"), [day]);
}

#[test]
fn strikes_lie_around_the_price() {
    let market = Harness::new();
    let price = number(&market.volq("quote SPY --json").exits(0).row("SPY"), "mark");
    let at_the_money = number(&select(&market, "SPY --atm")[0], "strike");
    let strikes: Vec<f64> = select(&market, "SPY --strikes 3 --right put")
        .iter()
        .map(|row| number(row, "strike"))
        .collect();
    assert_eq!(strikes.len(), 7);
    assert!(strikes.is_sorted());
    assert_eq!(strikes[3], at_the_money);
    for strike in &strikes {
        assert!((strike - price).abs() >= (at_the_money - price).abs());
    }
    assert_eq!(select(&market, "SPY").len(), 22, "five on each side");
}

#[test]
fn options_are_narrowed_by_delta_moneyness_and_right() {
    let market = Harness::new();
    let puts = select(&market, "SPY --delta 0.16..0.35 --right put");
    assert!(!puts.is_empty());
    assert!(puts.iter().all(|row| row["right"] == "put"));
    assert!(
        puts.iter()
            .all(|row| (-0.35..=-0.16).contains(&number(row, "delta")))
    );
    let price = number(&market.volq("quote SPY --json").exits(0).row("SPY"), "mark");
    let near = select(&market, "SPY --moneyness 0.98..1.02");
    assert!(near.len() > 10);
    assert!(
        near.iter()
            .all(|row| (0.98..=1.02).contains(&(number(row, "strike") / price)))
    );
}

#[test]
fn calls_and_puts_fit_together() {
    let market = Harness::new();
    let rows = select(&market, "SPY --strikes 8");
    let (calls, puts): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row["right"] == "call");
    assert_eq!((calls.len(), puts.len()), (17, 17));
    for (call, put) in calls.iter().zip(&puts) {
        assert_eq!(call["strike"], put["strike"]);
        let parity = number(call, "delta") - number(put, "delta");
        assert!((parity - 1.0).abs() < 0.05, "{call} {put}");
        assert_eq!(call["gamma"], put["gamma"]);
    }
    let falls = |rows: &[&Value], field| {
        rows.windows(2)
            .all(|two| number(two[0], field) > number(two[1], field))
    };
    assert!(falls(&calls, "delta") && falls(&puts, "delta"));
    assert!(falls(&calls, "mark"));
}

#[test]
fn an_index_brings_both_roots_and_its_own_price_stays_hidden() {
    let market = Harness::new();
    let chosen = market
        .volq("greeks SPX --dte 30 --weeklies --strikes 1 --json")
        .exits(0);
    let rows = rows(&chosen);
    assert!(rows.iter().all(|row| row["underlying"] == "SPX"));
    assert!(rows.iter().all(|row| row["instrument"] == "equity_option"));
    for row in &rows {
        number(row, "intrinsic");
        number(row, "prob_itm");
    }
    let completeness = &chosen.json()["meta"]["completeness"];
    assert_eq!(completeness["symbols_wanted"], rows.len());
    assert_eq!(completeness["percent"], 100.0);
    // Neither metrics nor instruments say anything about an option.
    let requests = market.record().requests;
    assert!(!requests.contains_key("market-metrics"), "{requests:?}");
    assert!(!requests.contains_key("equities"), "{requests:?}");
}

#[test]
fn named_options_and_underlyings_mix_in_their_order() {
    let market = Harness::new();
    let call = one_call(&market);
    let symbol = text(&call, "streamer_symbol");
    let rows = select(&market, &format!("QQQ {symbol} SPY BRK.B --atm"));
    assert_eq!(distinct(&rows, "underlying"), ["QQQ", "SPY", "BRK/B"]);
    let symbols: Vec<&str> = rows.iter().map(|row| text(row, "symbol")).collect();
    let unique: BTreeSet<&&str> = symbols.iter().collect();
    assert_eq!(
        unique.len(),
        symbols.len(),
        "the call is in both: {symbols:?}"
    );
    assert_eq!(symbols[2], text(&call, "symbol"));
}

#[test]
fn without_the_stream_greeks_come_from_rest() {
    let market = Harness::scripted(r#"{"stream": [{"faults": {"refuse-upgrade": 502}}]}"#);
    let chosen = market
        .volq("greeks SPY --strikes 2 --listen 500ms --json")
        .exits(0);
    for row in rows(&chosen) {
        for field in ["bid", "iv", "delta", "theta", "vega"] {
            assert_eq!(row["sources"][field], "rest", "{field}");
        }
        number(&row, "extrinsic");
    }
    let warnings = chosen.json()["meta"]["warnings"].clone();
    let mut codes = warnings.as_array().unwrap().iter();
    assert!(
        codes.any(|warning| warning["code"] == "dxlink_failed"),
        "{warnings}"
    );
}

#[test]
fn without_rest_quotes_prices_and_strikes_come_from_the_stream() {
    let market = Harness::scripted(
        r#"{"rest": [{"endpoint": "market-data", "fault": {"reply": {"status": 403}}},
                     {"endpoint": "chart", "fault": {"reply": {"status": 403}}}]}"#,
    );
    let chosen = market.volq("greeks SPY --atm --json").exits(0);
    for row in rows(&chosen) {
        assert_eq!(row["sources"]["delta"], "dxlink");
        assert!((number(&row, "delta").abs() - 0.5).abs() < 0.1, "{row}");
    }
}

#[test]
fn a_silent_option_is_missing_for_a_reason() {
    let market = Harness::new();
    let call = one_call(&market);
    let silent = "SPY   401221C00001000";
    let line = format!(
        "greeks {} .SPY401221C1 --listen 500ms --json",
        text(&call, "streamer_symbol")
    );
    let both = market.volq(&line).exits(7);
    assert_eq!(both.row(silent)["delta"], Value::Null);
    let missing = both.json()["meta"]["completeness"]["missing"].clone();
    let delta = missing
        .as_array()
        .unwrap()
        .iter()
        .find(|gap| gap["field"] == "delta")
        .unwrap();
    assert_eq!(delta["symbol"], silent);
    assert_eq!(delta["reason"], "unknown_symbol");
}

#[test]
fn options_without_delta_are_left_out_of_a_range_and_counted() {
    let market = Harness::scripted(r#"{"data": {"oddities": ["options-without-greeks"]}}"#);
    let chosen = market
        .volq("greeks SPY --strikes 2 --delta 0.3..0.7 --no-stream --json")
        .exits(7);
    let document = chosen.json();
    assert_eq!(document["rows"].as_array().unwrap().len(), 0);
    assert_eq!(document["meta"]["completeness"]["symbols_wanted"], 10);
    assert_eq!(document["meta"]["warnings"][0]["code"], "no_delta");
}

#[test]
fn the_table_has_calls_left_and_puts_right() {
    let market = Harness::new();
    let mut command = market.command("greeks SPY --strikes 1");
    command.env("COLUMNS", "120");
    let table = market.run(command, "").exits(0).stdout;
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), 5, "{table}");
    assert!(
        lines[0].starts_with("SPY  20") && lines[0].ends_with(" d  calls left, puts right"),
        "{table}"
    );
    let header: Vec<&str> = lines[1].split_whitespace().collect();
    assert_eq!(
        header.join(" "),
        "vega theta gamma delta iv bid ask │ strike │ bid ask iv delta gamma theta vega"
    );
    let bars = |line: &str| -> Vec<usize> {
        let columns = line.chars().enumerate();
        columns
            .filter(|(_, c)| *c == '│')
            .map(|(at, _)| at)
            .collect()
    };
    for line in &lines[2..] {
        assert_eq!(bars(line), bars(lines[1]), "{table}");
        assert_eq!(line.split_whitespace().count(), header.len(), "{table}");
        assert!(line.chars().count() <= 120, "{table}");
    }
}

#[test]
fn the_long_table_has_one_option_per_line() {
    let market = Harness::new();
    let table = market.volq("greeks SPY --strikes 1 --long").exits(0).stdout;
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), 7, "{table}");
    assert!(lines[0].starts_with("symbol"), "{table}");
    assert!(lines[1..].iter().all(|line| line.starts_with("SPY   ")));
}

#[test]
fn an_underlying_without_options_costs_the_others_nothing() {
    let market = Harness::new();
    let chosen = market.volq("greeks ZZZZ SPY --atm --json").exits(7);
    let document = chosen.json();
    assert_eq!(rows(&chosen).len(), 2);
    assert_eq!(document["meta"]["warnings"][0]["code"], "no_options");
    let missing = &document["meta"]["completeness"]["missing"];
    assert!(
        missing
            .as_array()
            .unwrap()
            .iter()
            .any(|gap| gap["symbol"] == "ZZZZ" && gap["field"] == "mark"),
        "{missing}"
    );
    assert!(
        chosen.stderr.contains("ZZZZ: no options are listed"),
        "{}",
        chosen.stderr
    );
}

#[test]
fn nothing_found_is_no_data() {
    let market = Harness::new();
    for line in [
        "greeks ZZZZ",
        "greeks SPY --expiration 2040-12-21",
        "greeks SPY --moneyness 7..9",
    ] {
        let failed = market.volq(&format!("{line} -o json")).exits(6);
        assert_eq!(failed.json()["error"]["code"], "no_data", "{line}");
    }
}

#[test]
fn what_cannot_be_selected_is_a_usage_error() {
    let market = Harness::new();
    for line in [
        "greeks",
        "greeks /ES",
        "greeks SPY /ESZ6",
        "greeks BTC/USD",
        "greeks .SPY401221C600 --dte 45",
        "greeks SPY --provider legacy",
        "greeks SPY --dte 60..20",
        "greeks SPY --atm --strikes 3",
        "greeks SPY --dte 0..900 --weeklies --moneyness 0..9",
    ] {
        let refused = market.volq(line).exits(2);
        assert!(
            refused.stderr.contains("error"),
            "{line}: {}",
            refused.stderr
        );
        assert_eq!(refused.stdout, "", "{line}");
    }
}

#[test]
fn a_chain_needs_a_login() {
    let market = Harness::new();
    let mut command = market.command("greeks SPY --json");
    command.env_remove("TT_CLIENT_SECRET");
    let failed = market.run(command, "").exits(3);
    let error = failed.json()["error"].clone();
    assert_eq!(error["code"], "no_credentials");
    assert!(text(&error, "message").contains("TT_CLIENT_SECRET"));
    assert!(text(&error, "hint").contains("--demo"));
}

#[test]
fn a_chain_that_never_comes_ends_with_the_time_limit() {
    let market = Harness::scripted(r#"{"rest": [{"endpoint": "option-chain", "fault": "hang"}]}"#);
    let failed = market.volq("greeks SPY --timeout 1s --json").exits(5);
    assert_eq!(failed.json()["error"]["code"], "network");
}

#[cfg(unix)]
#[test]
fn an_interruption_while_chains_are_looked_up_is_an_answer() {
    let market = Harness::scripted(r#"{"rest": [{"endpoint": "option-chain", "fault": "hang"}]}"#);
    let running = market.spawn("greeks SPY --json");
    market.until("the chain is asked for", |record| {
        record.requests.contains_key("option-chain")
    });
    std::process::Command::new("kill")
        .args(["-INT", &running.id().to_string()])
        .status()
        .unwrap();
    let ended = market.wait(running).exits(130);
    assert_eq!(ended.json()["error"]["code"], "interrupted");
}

#[test]
fn an_option_of_which_nobody_has_anything_is_no_data_though_its_symbol_tells_much() {
    let market = Harness::new();
    let greeks = market
        .volq("greeks .SPY401221C1 --listen 500ms --json")
        .exits(6);
    assert_eq!(greeks.json()["error"]["code"], "no_data");
    assert_eq!(number(&greeks.row("SPY   401221C00001000"), "strike"), 1.0);
}
