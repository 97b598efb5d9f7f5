//! What an open channel delivers, by event type and class of instrument.

use std::time::Duration;

use super::{Diagnosis, OTHERS, STREAM, stream_market};
use crate::harness::Harness;

/// Every class of instrument with an event type that is expected of it.
const PARTS: [&str; 9] = [
    "events.equity.quote",
    "events.equity.trade",
    "events.equity.summary",
    "events.equity.profile",
    "events.index.trade",
    "events.index.summary",
    "events.future.quote",
    "events.future.trade",
    "events.option.greeks",
];

#[test]
fn every_part_of_a_healthy_stream_shows_what_came() {
    let market = Harness::new();
    let found = Diagnosis::of(&market, "").succeeds().all(&PARTS, "ok");
    for (part, symbol) in [
        ("events.equity.quote", "SPY:"),
        ("events.index.trade", "SPX:"),
        ("events.future.quote", "/ES"),
        ("events.option.greeks", ".SPY"),
    ] {
        assert!(
            found.detail(part).starts_with(symbol),
            "{}",
            found.detail(part)
        );
    }
}

#[test]
fn a_complete_stream_is_not_listened_to_any_longer() {
    let market = Harness::new();
    let found = Diagnosis::of(&market, "--listen 40s --timeout 50s").succeeds();
    assert!(
        found.run.took < Duration::from_secs(30),
        "{:?}",
        found.run.took
    );
}

#[test]
fn silence_on_an_open_channel_is_no_data_with_its_possible_causes() {
    let market = stream_market(r#""no-events": true"#);
    let found = Diagnosis::of(&market, "--listen 500ms")
        .fails_at("events", 6)
        .all(&STREAM[..4], "ok")
        .all(&PARTS, "warn")
        .all(&OTHERS, "ok");
    assert!(
        found.detail("events").contains("0.5 s"),
        "{}",
        found.detail("events")
    );
    for cause in ["entitlement", "closed market"] {
        assert!(
            found.hint("events").contains(cause),
            "{}",
            found.hint("events")
        );
    }
}

#[test]
fn silence_for_a_login_without_live_prices_is_no_entitlement() {
    for data in [
        r#"{"quote-token-level": "demo"}"#,
        r#"{"oddities": ["delayed-quotes"]}"#,
    ] {
        let market = Harness::scripted(&format!(
            r#"{{"stream": [{{"faults": {{"no-events": true}}}}], "data": {data}}}"#
        ));
        let found = Diagnosis::of(&market, "--listen 500ms")
            .fails_at("events", 4)
            .all(&OTHERS, "ok");
        assert!(
            found.hint("events").contains("live prices"),
            "{}",
            found.hint("events")
        );
    }
}

#[test]
fn one_silent_type_is_a_warning_that_names_it() {
    let market = stream_market(r#""silent-types": ["Greeks"]"#);
    let found = Diagnosis::of(&market, "--listen 2s")
        .succeeds()
        .all(&PARTS[..8], "ok")
        .all(&["events", "events.option.greeks"], "warn");
    assert!(
        found.detail("events").contains("8 of 9"),
        "{}",
        found.detail("events")
    );
    assert!(found.detail("events.option.greeks").contains("silent"));
    assert!(found.hint("events").contains("entitlement"));
    assert!(found.verdict.ends_with("greeks rest."), "{}", found.verdict);
}

#[test]
fn one_silent_class_is_a_warning_that_names_it() {
    let market = stream_market(r#""silent-symbols": ["SPX"]"#);
    Diagnosis::of(&market, "--listen 2s")
        .succeeds()
        .all(
            &["events", "events.index.trade", "events.index.summary"],
            "warn",
        )
        .all(&["events.equity.quote", "events.future.quote"], "ok");
}
