//! From the WebSocket to the open channel.
//!
//! See `docs/reference/dxlink-protocol.md`, "2. SETUP", "3. AUTH and AUTH_STATE" and "6. Channels".

use std::time::Duration;

use market::Counter;

use super::{Diagnosis, OTHERS, STREAM, stream_market};
use crate::harness::Harness;

/// A diagnosis of a stream that does not come to an open channel: what follows is skipped, the rest works.
#[track_caller]
fn stopped(market: &Harness, layer: &str, code: i32) -> Diagnosis {
    let mut command = market.command("diagnose-access --json");
    command.env("VOLQ_DXLINK_READY_TIMEOUT_SECONDS", "2");
    let place = STREAM.iter().position(|name| *name == layer).unwrap();
    let found = Diagnosis::from(market, command)
        .fails_at(layer, code)
        .all(&STREAM[..place], "ok")
        .all(&STREAM[place + 1..], "skip")
        .all(&["oauth", "quote_token"], "ok")
        .all(&OTHERS, "ok");
    assert!(
        found.verdict.contains("quote would use rest + legacy"),
        "{}",
        found.verdict
    );
    assert_eq!(
        market.record().count(Counter::UpgradeAttempts),
        1,
        "a diagnosis wants the first failure, not a lucky attempt"
    );
    found
}

#[test]
fn a_refused_upgrade_is_told_by_its_status() {
    for (status, code, hint) in [
        (401, 3, "login"),
        (404, 5, "DXLINK_URL"),
        (502, 5, "try again"),
    ] {
        let market = stream_market(&format!(r#""refuse-upgrade": {status}"#));
        let found = stopped(&market, "stream_connect", code);
        assert_eq!(found.layer("stream_connect")["http_status"], status);
        assert!(
            found.hint("stream_connect").contains(hint),
            "{}",
            found.run.stdout
        );
    }
}

#[test]
fn a_connection_that_is_taken_and_dropped_never_introduces_itself() {
    let market = stream_market(r#""drop-after-upgrade": true"#);
    let found = stopped(&market, "stream_setup", 5);
    assert!(
        found
            .detail("stream_setup")
            .contains("closed the connection")
    );
}

#[test]
fn a_silent_server_is_given_up_in_time() {
    let market = stream_market(r#""silent": true"#);
    let found = stopped(&market, "stream_setup", 5);
    assert!(found.detail("stream_setup").contains("SETUP"));
    assert!(found.detail("stream_setup").contains("2 s"));
    assert!(
        found.run.took < Duration::from_secs(25),
        "{:?}",
        found.run.took
    );
}

#[test]
fn the_time_of_the_whole_run_bounds_a_silent_server_too() {
    let market = stream_market(r#""silent": true"#);
    let mut command = market.command("diagnose-access --json --timeout 2s --provider dxlink");
    command.env("VOLQ_DXLINK_READY_TIMEOUT_SECONDS", "50");
    let found = Diagnosis::from(&market, command).fails_at("stream_setup", 5);
    assert!(found.hint("stream_setup").contains("--timeout"));
    assert!(
        found.run.took < Duration::from_secs(25),
        "{:?}",
        found.run.took
    );
}

#[test]
fn a_token_that_the_stream_refuses_fails_the_login_there_however_it_is_said() {
    for (fault, words) in [
        ("state-unauthorized", "UNAUTHORIZED"),
        ("error-unauthorized", "token is not valid"),
        ("close", "closed the connection"),
        ("exception", "Session not found"),
    ] {
        let market = stream_market(&format!(r#""auth": "{fault}""#));
        let found = stopped(&market, "stream_auth", 3);
        assert!(
            found.detail("stream_auth").contains(words),
            "{}",
            found.run.stdout
        );
        assert!(
            found.hint("stream_auth").contains("quote token"),
            "{}",
            found.run.stdout
        );
    }
}

#[test]
fn a_refused_channel_is_told_in_the_servers_words() {
    let market = stream_market(r#""refuse-channels": true"#);
    let found = stopped(&market, "stream_channel", 5);
    assert_eq!(found.layer("stream_channel")["server_code"], "BAD_ACTION");
    assert!(
        found
            .detail("stream_channel")
            .contains("service is not available")
    );
    assert!(found.hint("stream_channel").contains("support"));
}

#[test]
fn a_channel_that_is_not_opened_is_given_up_in_time() {
    let market = stream_market(r#""withhold": ["CHANNEL_OPENED"]"#);
    let found = stopped(&market, "stream_channel", 5);
    assert!(found.detail("stream_channel").contains("CHANNEL_OPENED"));
    assert!(
        found.run.took < Duration::from_secs(25),
        "{:?}",
        found.run.took
    );
}
