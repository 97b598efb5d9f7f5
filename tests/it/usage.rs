//! Mistakes of usage are found before anything connects, and what needs no market contacts none.

use crate::harness::{Finished, Harness};

/// Runs volq with these arguments, after which the market must not have been contacted.
#[track_caller]
fn alone(arguments: &[&str]) -> Finished {
    let market = Harness::new();
    let mut command = market.command("");
    command.args(arguments);
    let finished = market.run(command, "");
    let record = market.record();
    assert!(
        record.requests.is_empty() && record.counts.is_empty(),
        "{arguments:?}: {record:?}"
    );
    finished
}

#[test]
fn no_symbol_is_a_usage_error() {
    for arguments in [
        &["quote"][..],
        &["quote", "-"],
        &["quote", ","],
        &["quote", "--file", "-"],
        &["screen"],
    ] {
        let finished = alone(arguments).exits(2);
        assert!(finished.stderr.contains("no symbol"), "{}", finished.stderr);
        assert_eq!(finished.stdout, "");
    }
}

#[test]
fn a_symbol_that_is_none_is_a_usage_error_with_its_place() {
    let finished = alone(&["quote", "SPY", "A!B"]).exits(2);
    assert_eq!(
        finished.stderr.matches("'A!B'").count(),
        1,
        "{}",
        finished.stderr
    );

    let market = Harness::new();
    market.write("list.txt", "SPY\n\nA!B\n");
    let finished = market.volq("quote --file list.txt").exits(2);
    assert!(
        finished.stderr.contains("list.txt, line 3"),
        "{}",
        finished.stderr
    );
    assert!(market.record().requests.is_empty());
}

#[test]
fn a_list_that_is_not_there_is_a_usage_error() {
    let finished = alone(&["quote", "--file", "missing.txt"]).exits(2);
    assert!(
        finished.stderr.contains("missing.txt"),
        "{}",
        finished.stderr
    );
}

#[test]
fn a_broken_expression_shows_where_it_breaks() {
    for (text, column) in [("ivr > ", 6), ("ivrr > 30", 0), ("iv && (hv30 > 3", 15)] {
        let finished = alone(&["screen", "SPY", "--where", text]).exits(2);
        let lines: Vec<&str> = finished.stderr.lines().collect();
        let shown = lines
            .iter()
            .position(|line| line.trim_end() == format!("  {}", text.trim_end()))
            .unwrap_or_else(|| panic!("{text:?} is not shown: {}", finished.stderr));
        let caret = lines[shown + 1].find('^').unwrap();
        assert!(caret.abs_diff(column + 2) <= 1, "{}", finished.stderr);
    }
}

#[test]
fn an_unknown_name_lists_the_near_ones() {
    for arguments in [
        &["screen", "SPY", "--where", "ivrr > 30"][..],
        &["screen", "SPY", "--sort", "-ivrr"],
        &["quote", "SPY", "--fields", "symbol,ivrr"],
        &["quote", "SPY", "--fields", "+ivrr"],
    ] {
        let finished = alone(arguments).exits(2);
        assert!(
            finished.stderr.contains("ivrr") && finished.stderr.contains("did you mean ivr"),
            "{}",
            finished.stderr
        );
    }
}

#[test]
fn an_unknown_profile_lists_the_known_ones() {
    let finished = alone(&["screen", "SPY", "--profile", "balance"]).exits(2);
    for name in ["balanced", "broad", "high_quality", "aggressive"] {
        assert!(finished.stderr.contains(name), "{}", finished.stderr);
    }
}

#[test]
fn settings_that_cannot_be_are_usage_errors() {
    for arguments in [
        &["quote", "SPY", "--listen", "2h"][..],
        &["quote", "SPY", "--listen", "soon"],
        &["quote", "SPY", "--provider", "yahoo"],
        &["quote", "SPY", "-o", "yaml"],
        &["quote", "SPY", "--min-completeness", "101"],
        &["quote", "SPY", "--config", "missing.toml"],
        &["quote", "SPY", "--env-file", "missing.env"],
        &["quote", "SPY", "--no-such-option"],
        &["no-such-command"],
        &[],
    ] {
        let finished = alone(arguments).exits(2);
        assert_ne!(finished.stderr, "", "{arguments:?}");
    }
}

#[test]
fn failures_of_usage_are_documents_where_json_was_asked_for() {
    for (arguments, code) in [
        (&["quote", "--json"][..], "symbols"),
        (&["quote", "-o", "json", "A!B"], "symbols"),
        (&["quote", "--output=json", "A!B"], "symbols"),
        (
            &["screen", "SPY", "--json", "--where", "ivr >"],
            "expression",
        ),
        (
            &["screen", "SPY", "-o", "json", "--sort", "ivrr"],
            "expression",
        ),
        (&["quote", "SPY", "--json", "--fields", "bidd"], "usage"),
        (&["screen", "-o", "json", "--listen", "soon"], "usage"),
        (&["quote", "SPY", "--json", "--listen", "2h"], "settings"),
        (
            &["quote", "SPY", "--json", "--config", "none.toml"],
            "settings",
        ),
    ] {
        let finished = alone(arguments).exits(2);
        let document = finished.json();
        assert_eq!(document["error"]["code"], code, "{arguments:?}");
        assert_eq!(document["error"]["retryable"], false);
        assert_eq!(document["rows"].as_array().unwrap().len(), 0);
        assert!(finished.stderr.contains("error"), "people are told too");
    }
}

#[test]
fn a_format_that_is_set_elsewhere_holds_for_failures_too() {
    let market = Harness::new();
    let mut command = market.command("quote A!B");
    command.env("VOLQ_OUTPUT_FORMAT", "json");
    let finished = market.run(command, "").exits(2);
    assert_eq!(finished.json()["error"]["code"], "symbols");

    let mut command = market.command("quote A!B -o csv");
    command.env("VOLQ_OUTPUT_FORMAT", "json");
    assert_eq!(market.run(command, "").exits(2).stdout, "");
}

#[test]
fn what_needs_no_market_contacts_none() {
    for arguments in [
        &["--help"][..],
        &["--version"],
        &["quote", "--help"],
        &["fields"],
        &["fields", "--json"],
        &["schema", "quote"],
        &["config", "show"],
        &["config", "path"],
        &["config", "check"],
        &["completions", "bash"],
        &["man"],
    ] {
        let finished = alone(arguments).exits(0);
        assert_ne!(finished.stdout, "", "{arguments:?}");
        assert_eq!(finished.stderr, "", "{arguments:?}");
    }
}

#[test]
fn help_works_however_broken_the_settings_are() {
    let market = Harness::new();
    market.write("config/volq/config.toml", "this is = = no toml");
    market.volq("quote --help").exits(0);
    market.volq("--version").exits(0);
    market.volq("quote SPY").exits(2);
    assert!(market.record().requests.is_empty());
}

#[test]
fn fields_lists_every_column_a_quote_has() {
    let market = Harness::new();
    let listed: serde_json::Value =
        serde_json::from_str(&market.volq("fields --json").exits(0).stdout).unwrap();
    let text = listed.to_string();
    let row = market.volq("quote SPY --json").exits(0).row("SPY");
    for name in row
        .as_object()
        .unwrap()
        .keys()
        .filter(|name| *name != "sources")
    {
        assert!(text.contains(&format!("\"{name}\"")), "{name}");
    }
}
