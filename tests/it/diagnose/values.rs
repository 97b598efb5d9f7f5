//! REST and the legacy chart as sources of values.

use super::{Diagnosis, STREAM, rest_market};
use crate::harness::Harness;

const REFUSED: &str = r#"{"reply": {"status": 429, "body": {"text": "Too Many Requests"}}}"#;

#[test]
fn metrics_that_fail_do_not_touch_the_stream() {
    let market =
        rest_market(r#"{"endpoint": "market-metrics", "fault": {"reply": {"status": 500}}}"#);
    let found = Diagnosis::of(&market, "")
        .fails_at("rest_metrics", 5)
        .all(&STREAM, "ok")
        .all(&["rest_quotes", "legacy", "clock"], "ok");
    assert_eq!(found.layer("rest_metrics")["http_status"], 500);
    assert!(found.hint("rest_metrics").contains("try again"));
}

#[test]
fn quotes_without_a_price_of_today_are_delayed_or_of_a_closed_market() {
    let market = rest_market(
        r#"{"endpoint": "market-data", "fault": {"reply": {"status": 200, "body": {"json": {"data": {"items": [
            {"symbol": "SPY", "instrument-type": "Equity", "last": "600.5", "updated-at": "2024-05-01T14:00:00Z"}]}}}}}}"#,
    );
    let found = Diagnosis::of(&market, "").succeeds();
    assert_eq!(found.status("rest_quotes"), "warn");
    assert!(found.detail("rest_quotes").contains("600.5"));
    assert!(found.hint("rest_quotes").contains("delayed"));
}

#[test]
fn a_refused_chart_is_a_warning_where_others_are_in_use() {
    let market = rest_market(&format!(r#"{{"endpoint": "chart", "fault": {REFUSED}}}"#));
    let found = Diagnosis::of(&market, "")
        .succeeds()
        .all(&["legacy"], "warn")
        .all(&["events", "rest_metrics", "rest_quotes"], "ok");
    assert_eq!(found.layer("legacy")["http_status"], 429);
    assert!(
        found.hint("legacy").contains("wait"),
        "{}",
        found.hint("legacy")
    );
    assert!(!found.verdict.contains("+ legacy"), "{}", found.verdict);
}

#[test]
fn a_refused_chart_is_the_failure_where_nothing_else_is_in_use() {
    let market = rest_market(&format!(r#"{{"endpoint": "chart", "fault": {REFUSED}}}"#));
    let found = Diagnosis::of(&market, "--provider legacy");
    assert_eq!(found.first_failure(), Some("legacy"));
    assert_eq!(found.run.code, 5);
    assert!(
        found.verdict.contains("quote would use nothing"),
        "{}",
        found.verdict
    );
}

#[test]
fn the_first_failing_layer_decides_among_several() {
    let market = Harness::scripted(
        r#"{"stream": [{"faults": {"refuse-upgrade": 502}}],
            "rest": [{"endpoint": "market-data", "fault": {"reply": {"status": 403,
                "body": {"json": {"error": {"code": "not_permitted", "message": "User not permitted access"}}}}}}]}"#,
    );
    let found = Diagnosis::of(&market, "").fails_at("stream_connect", 5);
    assert_eq!(found.status("rest_quotes"), "fail");
    assert!(
        found.verdict.contains("stream_connect, rest_quotes"),
        "{}",
        found.verdict
    );
}

#[test]
fn refused_quotes_point_to_the_account_and_leave_the_stream_its_greeks() {
    let market = rest_market(
        r#"{"endpoint": "market-data", "fault": {"reply": {"status": 403,
            "body": {"json": {"error": {"code": "not_permitted", "message": "User not permitted access"}}}}}}"#,
    );
    let found = Diagnosis::of(&market, "")
        .fails_at("rest_quotes", 4)
        .all(&STREAM, "ok")
        .all(&["events.option.greeks", "rest_metrics", "legacy"], "ok");
    let layer = found.layer("rest_quotes");
    assert_eq!(layer["http_status"], 403);
    assert_eq!(layer["server_code"], "not_permitted");
    assert!(
        found
            .detail("rest_quotes")
            .contains("User not permitted access"),
        "{}",
        found.detail("rest_quotes")
    );
    assert!(
        found.hint("rest_quotes").contains("funded account"),
        "{}",
        found.hint("rest_quotes")
    );
    assert!(
        found.verdict.ends_with("greeks dxlink."),
        "{}",
        found.verdict
    );
}
