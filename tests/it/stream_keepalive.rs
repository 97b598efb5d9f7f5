//! Neither side may be silent for too long.
//!
//! See `docs/reference/dxlink-protocol.md`, "4. Keepalive".

use std::time::{Duration, Instant};

use dxlink::EventType;
use market::{Counter, MidSession, MidSessionAct, StreamFaults};
use serde_json::json;

use crate::feed::{Listener, once, options};
use crate::scripted_server::{Say, ScriptedServer, data, pause, polite, say, setup, state};
use crate::stream_handshake::{market, market_at_first};

/// A polite scripted server whose SETUP names a timeout.
fn short(
    seconds: f64,
    then: impl Fn(&serde_json::Value) -> Vec<Say> + Send + Sync + 'static,
) -> ScriptedServer {
    ScriptedServer::new(
        move |_, message| match crate::scripted_server::kind(message) {
            "SETUP" => vec![setup(seconds), state("AUTHORIZED")],
            "FEED_SUBSCRIPTION" => then(message),
            _ => polite(message),
        },
    )
}

fn keepalive() -> Say {
    say(&json!({"type": "KEEPALIVE", "channel": 0}))
}

/// Checklist 22, 24, 28. The market notes a client that was silent for too long, and its own keepalives are
/// all that keeps the connection.
#[test]
fn a_short_timeout_is_kept_in_either_field() {
    for (keepalive_timeout, accept_keepalive_timeout) in [(Some(2.0), None), (None, Some(2.0))] {
        let market = market(StreamFaults {
            keepalive_timeout,
            accept_keepalive_timeout,
            ..StreamFaults::default()
        });
        let mut line = Listener::to(&market, once());
        line.quote("SPY");
        market.until("keepalives", |record| {
            record.count(Counter::KeepalivesReceived) >= 2
        });
        line.listen(Duration::ZERO);
        assert_eq!(line.lost(), [""; 0]);
    }
}

/// Checklist 23.
#[test]
fn a_client_that_talks_anyway_sends_no_keepalive() {
    let server = short(3.0, polite);
    let mut line = Listener::to_scripted_server(&server, once());
    let end = Instant::now() + Duration::from_millis(2_500);
    for number in 0.. {
        line.quote(&format!("S{number}"));
        if Instant::now() > end {
            break;
        }
        line.listen(Duration::from_millis(100));
    }
    assert_eq!(server.all("KEEPALIVE").len(), 0);
}

/// Checklist 25.
#[test]
fn receiving_is_no_sign_of_life_of_ones_own() {
    let server = short(1.0, |message| {
        let row = data(
            message,
            &json!([{"eventType": "Quote", "eventSymbol": "SPY", "bidPrice": 1}]),
        );
        (0..100).flat_map(|_| [row.clone(), pause(20)]).collect()
    });
    let mut line = Listener::to_scripted_server(&server, once());
    line.subscribe(EventType::Quote, &["SPY"]);
    server.hears("KEEPALIVE", 2);
    line.listen(Duration::ZERO);
    assert_eq!(line.lost(), [""; 0]);
}

/// Checklist 26.
#[test]
fn the_servers_keepalive_is_neither_answered_nor_passed_on() {
    let server = short(60.0, |message| {
        let mut line = vec![keepalive(); 5];
        line.extend(polite(message));
        line
    });
    let mut line = Listener::to_scripted_server(&server, once());
    line.quote("SPY");
    line.listen(Duration::from_millis(100));
    assert_eq!(line.events.len(), 1);
    assert_eq!(line.notices.len(), 4, "{:?}", line.notices);
    assert_eq!(line.stats.ignored, 0);
    assert_eq!(server.all("KEEPALIVE").len(), 0);
}

/// Checklist 27.
#[test]
fn a_server_that_falls_silent_is_left_and_asked_again() {
    let market = market_at_first(StreamFaults {
        keepalive_timeout: Some(1.0),
        mid_session: vec![MidSession {
            after_ms: 300,
            act: MidSessionAct::Silence,
        }],
        ..StreamFaults::default()
    });
    let mut line = Listener::to(&market, options());
    line.quote("SPY");
    assert_eq!(
        line.losses(1),
        ["the server has been silent for 1 s".to_owned()]
    );
    line.until("the second connection's data", |seen| {
        seen.events.len() >= 2
    });
    assert_eq!(market.record().count(Counter::StreamConnections), 2);
}

/// Checklist 27. The server is told why.
#[test]
fn a_silent_server_is_told_timeout_and_the_socket_is_closed() {
    let server = short(1.0, |_| Vec::new());
    let mut line = Listener::to_scripted_server(&server, once());
    line.subscribe(EventType::Quote, &["SPY"]);
    assert_eq!(line.failure(), "the server has been silent for 1 s");
    server.hears("<close>", 1);
    let errors = server.all("ERROR");
    assert_eq!(
        (&errors[0]["channel"], &errors[0]["error"]),
        (&json!(0), &json!("TIMEOUT"))
    );
}

/// Checklist 28.
#[test]
fn any_message_of_the_server_starts_its_clock_anew() {
    let server = short(2.0, |message| {
        let mut line = polite(message);
        for _ in 0..4 {
            let stranger = say(&json!({"type": "NOVELTY", "channel": 5}));
            line.extend([pause(700), stranger]);
        }
        line.extend(polite(
            &json!({"type": "FEED_SUBSCRIPTION", "channel": 1, "add": [{"symbol": "LAST"}]}),
        ));
        line
    });
    let mut line = Listener::to_scripted_server(&server, once());
    line.subscribe(EventType::Quote, &["SPY", "LAST"]);
    line.until("the end of the quiet", |seen| seen.events.len() >= 3);
    assert_eq!(line.lost(), [""; 0]);
}

/// Checklist 29.
#[test]
fn pings_between_messages_disturb_nothing() {
    let market = market(StreamFaults {
        ping_frames: true,
        ..StreamFaults::default()
    });
    let mut line = Listener::to(&market, once());
    line.quote("SPY");
    assert_eq!((line.stats.malformed, line.stats.ignored), (0, 0));
}

/// Checklist 29. Each ping is answered with a pong.
#[test]
fn a_ping_is_answered() {
    let server = ScriptedServer::new(|_, message| {
        let line = polite(message).into_iter();
        line.flat_map(|next| [Say::Ping, next]).collect()
    });
    Listener::to_scripted_server(&server, once()).quote("SPY");
    server.hears("<pong>", 1);
}
