//! What is said on stderr, to whom it is said, and a reader of stdout who goes away.

use crate::harness::Harness;

const SIX: &str = "SPY QQQ IWM AAPL MSFT NVDA";

#[test]
fn a_quiet_run_says_nothing() {
    let market = Harness::scripted(
        r#"{"stream": [{"faults": {"refuse-upgrade": 502}}],
            "data": {"metrics-without": [{"keys": ["historical-volatility-30-day"], "symbols": ["SPY"]}]}}"#,
    );
    for format in ["table", "json", "csv"] {
        let line = format!("quote SPY --quiet --listen 1s -o {format} --timings");
        let quiet = market.volq(&line).exits(0);
        assert!(
            !quiet.stderr.contains("warning") && !quiet.stderr.contains("complete"),
            "{}",
            quiet.stderr
        );
        assert_ne!(quiet.stdout, "");
    }
    assert_eq!(market.volq("quote SPY -q --listen 1s").exits(0).stderr, "");
}

#[test]
fn a_quiet_failure_still_says_what_failed() {
    let market = Harness::new();
    let failed = market.volq("quote A!B --quiet").exits(2);
    assert!(failed.stderr.contains("A!B"), "{}", failed.stderr);
}

#[test]
fn a_good_run_in_a_machine_format_says_nothing() {
    let market = Harness::new();
    for format in ["json", "ndjson", "csv", "tsv"] {
        let run = market.volq(&format!("quote SPY QQQ -o {format}")).exits(0);
        assert_eq!(run.stderr, "", "{format}");
    }
}

#[test]
fn the_steps_of_the_stream_are_told_in_order() {
    let market = Harness::new();
    let run = market.volq(&format!("quote {SIX} --json -v")).exits(0);
    let steps = [
        "connected",
        "authorised",
        "channel open",
        "subscribing to 6 symbols: SPY, QQQ, IWM",
        "first event",
    ];
    let lines: Vec<&str> = run.stderr.lines().collect();
    let places: Vec<usize> = steps
        .iter()
        .map(|step| {
            lines
                .iter()
                .position(|line| line.contains(step))
                .unwrap_or_else(|| panic!("{step} is not told: {}", run.stderr))
        })
        .collect();
    assert!(places.is_sorted(), "{}", run.stderr);
    let subscribing = lines[places[3]];
    assert!(
        subscribing.ends_with('…') && !subscribing.contains("NVDA"),
        "{subscribing}"
    );
    run.json();
}

#[test]
fn a_refused_stream_is_told_among_the_steps() {
    let market = Harness::scripted(r#"{"stream": [{"faults": {"refuse-upgrade": 503}}]}"#);
    let run = market.volq("quote SPY --json -v --listen 1s").exits(0);
    assert!(run.stderr.contains("503"), "{}", run.stderr);
    assert!(!run.stderr.contains("authorised"));
}

#[test]
fn timings_are_a_table_on_stderr() {
    let market = Harness::new();
    let run = market.volq("quote SPY --json --timings").exits(0);
    for phase in ["oauth", "stream_ready", "rest_metrics"] {
        assert!(run.stderr.contains(phase), "{phase}: {}", run.stderr);
    }
    run.json();
}

#[test]
fn rows_as_lines_leave_what_is_said_about_them_to_stderr() {
    let market = Harness::new();
    let run = market.volq("quote SPY -o ndjson -v").exits(0);
    assert_eq!(run.stdout.lines().count(), 1);
    assert!(run.stderr.contains("% complete"), "{}", run.stderr);
}

#[test]
fn a_closed_pipe_is_success_and_silent() {
    let market = Harness::new();
    let mut shell = std::process::Command::new("bash");
    let inner = market.command("");
    shell
        .env_clear()
        .envs(
            inner
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .current_dir(market.home())
        .arg("-c")
        .arg(format!(
            "'{}' screen --demo -o ndjson 2>err.txt | head -n 1; echo \"${{PIPESTATUS[0]}}\"",
            env!("CARGO_BIN_EXE_volq")
        ));
    let run = market.run(shell, "").exits(0);
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(lines.len(), 2, "{}", run.stdout);
    assert!(serde_json::from_str::<serde_json::Value>(lines[0]).is_ok());
    assert_eq!(lines[1], "0", "the exit code of volq");
    let said = std::fs::read_to_string(market.home().join("err.txt")).unwrap();
    assert!(!said.contains("error") && !said.contains("panic"), "{said}");
}
