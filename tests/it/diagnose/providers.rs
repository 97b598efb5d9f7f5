//! Sources that are switched off are not asked and not judged.

use market::Counter;

use super::{Diagnosis, STREAM};
use crate::harness::Harness;

#[test]
fn without_the_stream_no_quote_token_is_asked_for() {
    for options in ["--no-stream", "--provider rest,legacy"] {
        let market = Harness::new();
        Diagnosis::of(&market, options)
            .succeeds()
            .all(
                &["oauth", "customer", "rest_metrics", "rest_quotes", "legacy"],
                "ok",
            )
            .all(&["quote_token"], "skip")
            .all(&STREAM, "skip");
        let record = market.record();
        assert_eq!(record.requests("api-quote-tokens"), 0, "{options}");
        assert_eq!(record.count(Counter::UpgradeAttempts), 0, "{options}");
    }
}

#[test]
fn the_stream_alone_is_judged_alone() {
    let market = Harness::new();
    let found = Diagnosis::of(&market, "--provider dxlink")
        .succeeds()
        .all(&["oauth", "quote_token"], "ok")
        .all(&STREAM, "ok")
        .all(&["rest_metrics", "rest_quotes", "legacy"], "skip");
    assert!(
        found.verdict.contains("quote would use dxlink,"),
        "{}",
        found.verdict
    );
    let record = market.record();
    for endpoint in ["market-metrics", "market-data", "chart"] {
        assert_eq!(record.requests(endpoint), 0, "{endpoint}");
    }
}

#[test]
fn the_chart_alone_needs_no_login() {
    let market = Harness::new();
    let mut command = market.command("diagnose-access --json --provider legacy");
    command
        .env_remove("TT_CLIENT_SECRET")
        .env_remove("TT_REFRESH_TOKEN");
    Diagnosis::from(&market, command)
        .succeeds()
        .all(
            &[
                "credentials",
                "rest_reachable",
                "oauth",
                "customer",
                "quote_token",
            ],
            "skip",
        )
        .all(&STREAM, "skip")
        .all(&["legacy"], "ok");
    let record = market.record();
    assert_eq!((record.requests("chart"), record.requests.len()), (1, 1));
}

#[test]
fn a_failure_of_a_source_that_is_switched_off_does_not_count() {
    let market = Harness::scripted(
        r#"{"stream": [{"faults": {"refuse-upgrade": 502}}],
            "rest": [{"endpoint": "chart", "fault": {"reply": {"status": 429}}}]}"#,
    );
    Diagnosis::of(&market, "--provider rest")
        .succeeds()
        .all(&["legacy"], "skip");
}
