//! From an open socket to an authorised connection.
//!
//! See `docs/reference/dxlink-protocol.md`, "2. SETUP" and "3. AUTH and AUTH_STATE".

use std::time::Duration;

use dxlink::{EventType, Notice};
use market::{Counter, Script, StreamFaults, StreamRule};
use serde_json::{Value, json};

use crate::feed::{Listener, impatient, once, options};
use crate::harness::Harness;
use crate::scripted_server::{self, ScriptedServer, kind, pause, polite, say, state, text};

/// A market whose streams all have the same faults.
pub(crate) fn market(faults: StreamFaults) -> Harness {
    Harness::with(Script {
        stream: vec![StreamRule::always(faults)],
        ..Script::default()
    })
}

/// A market whose first stream has faults and whose others have none.
pub(crate) fn market_at_first(faults: StreamFaults) -> Harness {
    Harness::with(Script {
        stream: vec![StreamRule::on(1, faults)],
        ..Script::default()
    })
}

/// A delay of one kind of message.
fn delayed(name: &str, milliseconds: u64) -> StreamFaults {
    StreamFaults {
        delay_ms: [(name.to_owned(), milliseconds)].into(),
        ..StreamFaults::default()
    }
}

/// Checklist 1, 3, 9.
#[test]
fn setup_comes_first_and_the_token_goes_out_once_as_it_is() {
    let server = ScriptedServer::new(|_, message| polite(message));
    let mut line = Listener::to_scripted_server(&server, once());
    line.quote("SPY");
    let heard = server.heard();
    let setup = &heard[0].message;
    assert_eq!(
        (&setup["type"], &setup["channel"]),
        (&json!("SETUP"), &json!(0))
    );
    assert_ne!(setup["version"].as_str().unwrap(), "");
    for timeout in ["keepaliveTimeout", "acceptKeepaliveTimeout"] {
        assert!(setup[timeout].as_f64().unwrap() > 0.0, "{setup}");
    }
    let logins = server.all("AUTH");
    assert_eq!(
        logins,
        [json!({"type": "AUTH", "channel": 0, "token": line.tokens.last()})]
    );
    let kinds = [
        "SETUP",
        "AUTH",
        "CHANNEL_REQUEST",
        "FEED_SETUP",
        "FEED_SUBSCRIPTION",
    ];
    assert_eq!(server.kinds(1), kinds);
}

/// Checklist 2.
#[test]
fn a_server_that_asks_for_no_token_gets_none() {
    let market = market(StreamFaults {
        no_auth: true,
        ..StreamFaults::default()
    });
    Listener::to(&market, once()).quote("SPY");
    assert_eq!(market.record().count(Counter::StreamLogins), 0);
}

/// Checklist 4. The market notes an AUTH or a channel request that leaves too early.
#[test]
fn nothing_leaves_before_a_late_first_state() {
    let market = market(delayed("AUTH_STATE", 700));
    let mut line = Listener::to(&market, once());
    line.subscribe(EventType::Quote, &["SPY"]);
    line.until("the socket", |seen| !seen.notices.is_empty());
    market.until("SETUP", |record| record.count(Counter::FramesReceived) > 0);
    assert_eq!(market.record().count(Counter::FramesReceived), 1);
    line.heard(EventType::Quote, "SPY");
}

/// Checklist 5.
#[test]
fn what_is_asked_before_the_login_waits_for_it() {
    let market = market(delayed("AUTHORIZED", 500));
    let mut line = Listener::to(&market, once());
    line.subscribe(EventType::Quote, &["SPY"]);
    line.subscribe(EventType::Trade, &["SPY", "QQQ"]);
    line.heard(EventType::Quote, "SPY");
    line.heard(EventType::Trade, "QQQ");
    let record = market.record();
    assert_eq!(record.count(Counter::SubscriptionsAdded), 3);
    // SETUP, AUTH, CHANNEL_REQUEST, FEED_SETUP and one subscription.
    assert_eq!(record.count(Counter::FramesReceived), 5);
}

/// Checklist 6.
#[test]
fn useless_timeouts_are_replaced_and_make_no_busy_loop() {
    let setups = [
        json!({"type": "SETUP", "channel": 0}),
        json!({"type": "SETUP", "channel": 0, "keepaliveTimeout": 0, "acceptKeepaliveTimeout": 0}),
        json!({"type": "SETUP", "channel": 0, "keepaliveTimeout": -5, "acceptKeepaliveTimeout": "NaN"}),
        json!({"type": "SETUP", "channel": 0, "keepaliveTimeout": 60.0, "acceptKeepaliveTimeout": 6e1}),
        json!({"type": "SETUP", "channel": 0, "keepaliveTimeout": 1e300, "acceptKeepaliveTimeout": 1e-6}),
    ];
    for answer in setups {
        let told = answer.clone();
        let server =
            ScriptedServer::polite_but("SETUP", move |_, _| vec![say(&told), state("AUTHORIZED")]);
        let mut line = Listener::to_scripted_server(&server, once());
        line.quote("SPY");
        line.listen(Duration::from_millis(300));
        assert_eq!(line.lost(), [""; 0], "{answer}");
        let count = server.kinds(1).len();
        assert!(count <= 7, "{count} messages after {answer}");
    }
}

/// Checklist 7.
#[test]
fn setup_and_state_may_come_in_any_order() {
    for turned in [false, true] {
        let server = ScriptedServer::polite_but("SETUP", move |_, message| {
            let mut line = polite(message);
            if turned {
                line.reverse();
            }
            line
        });
        Listener::to_scripted_server(&server, once()).quote("SPY");
        assert_eq!(server.all("AUTH").len(), 1);
    }
}

/// Checklist 8.
#[test]
fn a_second_setup_changes_the_clocks_and_nothing_else() {
    let server = ScriptedServer::polite_but("FEED_SUBSCRIPTION", |_, message| {
        let mut line = polite(message);
        line.push(say(&json!({
            "type": "SETUP", "channel": 0, "keepaliveTimeout": 60, "acceptKeepaliveTimeout": 1,
        })));
        line
    });
    let mut line = Listener::to_scripted_server(&server, once());
    line.quote("SPY");
    server.hears("KEEPALIVE", 2);
    let kinds = server.kinds(1);
    assert_eq!(
        kinds[..5],
        [
            "SETUP",
            "AUTH",
            "CHANNEL_REQUEST",
            "FEED_SETUP",
            "FEED_SUBSCRIPTION"
        ]
    );
    assert!(
        kinds[5..].iter().all(|kind| kind == "KEEPALIVE"),
        "{kinds:?}"
    );
}

/// A server that stops talking after so many of its messages on the way to the login.
fn falls_silent_at(step: &'static str) -> ScriptedServer {
    ScriptedServer::new(move |_, message| match (step, kind(message)) {
        ("SETUP", _) | ("the answer to AUTH", "AUTH") => Vec::new(),
        ("AUTH_STATE", "SETUP") => polite(message).into_iter().take(1).collect(),
        _ => polite(message),
    })
}

/// Checklist 10, 11, 12.
#[test]
fn an_answer_that_never_comes_is_named_and_tried_again() {
    for step in ["SETUP", "AUTH_STATE", "the answer to AUTH"] {
        let server = falls_silent_at(step);
        let mut options = impatient();
        options.reconnects = 1;
        let mut line = Listener::to_scripted_server(&server, options);
        line.subscribe(EventType::Quote, &["SPY"]);
        assert_eq!(
            line.failure(),
            format!("the server did not send {step} within 0.5 s")
        );
        assert_eq!(line.lost().len(), 2, "one more attempt");
        server.hears("<close>", 2);
        let complaints = server.all("ERROR");
        let told: Vec<&Value> = complaints.iter().map(|error| &error["error"]).collect();
        assert_eq!(told, ["TIMEOUT", "TIMEOUT"]);
        assert!(complaints.iter().all(|error| error["channel"] == 0));
        let taken = line.tokens_taken();
        assert_eq!(taken, 2, "each attempt has a token of its own");
    }
}

/// Checklist 13.
#[test]
fn a_first_message_that_is_no_setup_is_named_with_what_was_expected() {
    for (first, got) in [
        ("<html>not here</html>", "not a JSON message"),
        (r#"["SETUP", 0]"#, "not a JSON message"),
        (r#"{"version":"1.0"}"#, "without type or channel"),
        (r#"{"type":"CHANNEL_OPENED","channel":1}"#, "CHANNEL_OPENED"),
        (r#"{"type":"SETUP","channel":7}"#, "SETUP"),
    ] {
        let server = ScriptedServer::polite_but("SETUP", move |_, _| vec![text(first)]);
        let mut line = Listener::to_scripted_server(&server, once());
        line.subscribe(EventType::Quote, &["SPY"]);
        let failure = line.failure();
        assert!(
            failure.starts_with("expected SETUP on channel 0 from the server, got ")
                && failure.contains(got),
            "{first}: {failure}"
        );
        server.hears("ERROR", 1);
        assert_eq!(server.all("ERROR")[0]["error"], "INVALID_MESSAGE");
    }
}

/// Checklist 14.
#[test]
fn another_protocol_version_is_reported_and_not_tried_again() {
    let server = ScriptedServer::polite_but("SETUP", |_, _| {
        vec![scripted_server::error(
            0,
            "UNSUPPORTED_PROTOCOL",
            "speak 2.0",
        )]
    });
    let mut line = Listener::to_scripted_server(&server, options());
    line.subscribe(EventType::Quote, &["SPY"]);
    assert_eq!(
        line.failure(),
        "the server does not support this protocol version: speak 2.0"
    );
    assert_eq!(server.all("SETUP").len(), 1);
}

/// Checklist 21.
#[test]
fn a_repeated_authorisation_asks_for_nothing_twice() {
    let server = ScriptedServer::new(|_, message| match kind(message) {
        "AUTH" => vec![state("AUTHORIZED"), state("AUTHORIZED")],
        "CHANNEL_REQUEST" | "FEED_SUBSCRIPTION" => {
            let mut line = polite(message);
            line.extend([state("AUTHORIZED"), pause(20), state("AUTHORIZED")]);
            line
        }
        _ => polite(message),
    });
    let mut line = Listener::to_scripted_server(&server, once());
    line.quote("SPY");
    line.quote("QQQ");
    assert_eq!(server.all("CHANNEL_REQUEST").len(), 1);
    assert_eq!(server.all("AUTH").len(), 1);
    assert_eq!(server.all("FEED_SUBSCRIPTION").len(), 2);
    let opened = line
        .notices
        .iter()
        .filter(|notice| matches!(notice, Notice::ChannelOpened));
    assert_eq!(opened.count(), 1);
}
