//! A token that is refused, in every shape, and one that ends early.
//!
//! See `docs/reference/dxlink-protocol.md`, "3. AUTH and AUTH_STATE".

use dxlink::{EventType, Notice};
use market::{AuthFault, Counter, MidSession, MidSessionAct, Script, StreamFaults, StreamRule};
use serde_json::json;

use crate::feed::{Listener, once, options};
use crate::harness::{Finished, Harness};
use crate::scripted_server::{Say, ScriptedServer, error, kind, polite, say, state};
use crate::stream_handshake::{market, market_at_first};

fn refusing(auth: AuthFault) -> StreamFaults {
    StreamFaults {
        auth,
        ..StreamFaults::default()
    }
}

/// Checklist 15, 16.
#[test]
fn a_refused_token_ends_all_attempts() {
    for (auth, words) in [
        (AuthFault::StateUnauthorized, "UNAUTHORIZED"),
        (AuthFault::ErrorUnauthorized, "token is not valid"),
    ] {
        let market = market(refusing(auth));
        let mut line = Listener::to(&market, options());
        line.subscribe(EventType::Quote, &["SPY"]);
        assert_eq!(
            line.failure(),
            format!("the stream refused the token: {words}")
        );
        assert_eq!(market.record().count(Counter::UpgradeAttempts), 1);
    }
}

/// Checklist 17.
#[test]
fn a_socket_closed_on_the_token_may_be_a_refusal_and_is_tried_once_more() {
    let market = market(refusing(AuthFault::Close));
    let mut line = Listener::to(&market, options());
    line.subscribe(EventType::Quote, &["SPY"]);
    let failure = line.failure();
    assert!(
        failure.contains("which may mean it was refused"),
        "{failure}"
    );
    assert_eq!(market.record().count(Counter::UpgradeAttempts), 2);
    assert_eq!(line.tokens_taken(), 2);
}

/// Checklist 18. The market notes a token that is shown again after it was refused.
#[test]
fn a_session_that_is_not_found_is_tried_once_more_with_a_fresh_token() {
    let market = market(refusing(AuthFault::Exception));
    let mut line = Listener::to(&market, options());
    line.subscribe(EventType::Quote, &["SPY"]);
    let failure = line.failure();
    assert!(failure.contains("Session not found"), "{failure}");
    assert_eq!(market.record().count(Counter::UpgradeAttempts), 2);

    let market = market_at_first(refusing(AuthFault::Exception));
    let mut line = Listener::to(&market, options());
    line.quote("SPY");
    assert_eq!(line.stats.connections, 2);
    assert_eq!(line.tokens_taken(), 2);
}

/// Checklist 19.
#[test]
fn a_token_that_ends_early_is_replaced_and_the_subscriptions_come_back() {
    let market = market_at_first(StreamFaults {
        mid_session: vec![MidSession {
            after_ms: 400,
            act: MidSessionAct::Unauthorized,
        }],
        ..StreamFaults::default()
    });
    let mut line = Listener::to(&market, options());
    line.quote("SPY");
    line.quote("QQQ");
    assert_eq!(
        line.losses(1),
        ["the stream withdrew the authorisation".to_owned()]
    );
    let before = line.events.len();
    line.until("both symbols again", |seen| seen.events.len() >= before + 2);
    let record = market.record();
    assert_eq!(record.count(Counter::StreamLogins), 2);
    assert_eq!(record.count(Counter::SubscriptionsAdded), 4);
    assert_eq!(line.tokens_taken(), 2);
}

/// Checklist 19. An ERROR on the connection says the same as the state.
#[test]
fn an_error_that_withdraws_the_authorisation_rebuilds_the_session() {
    let server = ScriptedServer::polite_but("FEED_SUBSCRIPTION", |connection, message| {
        let mut line = polite(message);
        if connection == 1 {
            line.push(error(0, "UNAUTHORIZED", "expired"));
        }
        line
    });
    let mut line = Listener::to_scripted_server(&server, options());
    line.quote("SPY");
    line.until("two connections", |seen| seen.stats.connections == 2);
    server.hears("FEED_SUBSCRIPTION", 2);
    let logins = server.all("AUTH");
    assert_ne!(logins[0]["token"], logins[1]["token"]);
}

/// Every place in which a server can echo a token, while the client waits for the judgement on it.
fn echoes(token: &str) -> Vec<(&'static str, Vec<Say>)> {
    let words = format!("no such token: {token}");
    vec![
        ("an ERROR's words", vec![error(0, "UNAUTHORIZED", &words)]),
        ("an ERROR's code", vec![error(0, token, "refused")]),
        ("a close reason", vec![Say::Close(1008, words)]),
        ("a state", vec![state(token); 12]),
        (
            "a complaint",
            vec![
                state("AUTHORIZED"),
                error(7, "BAD_ACTION", token),
                error(7, token, ""),
                Say::Close(1000, token.to_owned()),
            ],
        ),
        (
            "a type",
            vec![say(&json!({"type": token, "channel": 0})), Say::Drop],
        ),
    ]
}

/// Checklist 20.
#[test]
fn a_token_that_the_server_echoes_is_in_no_notice() {
    for number in 0..echoes("").len() {
        let server = ScriptedServer::new(move |_, message| match kind(message) {
            "AUTH" => echoes(message["token"].as_str().unwrap()).remove(number).1,
            "CHANNEL_REQUEST" => Vec::new(),
            _ => polite(message),
        });
        let place = echoes("").remove(number).0;
        let mut line = Listener::to_scripted_server(&server, once());
        line.subscribe(EventType::Quote, &["SPY"]);
        let failure = line.failure();
        assert!(!failure.contains("scripted-token"), "{place}: {failure}");
        let all = format!("{:?}", line.notices);
        assert!(!all.contains("scripted-token"), "{place}: {all}");
        assert!(
            line.notices
                .iter()
                .any(|notice| matches!(notice, Notice::Lost(_))),
            "{place}"
        );
    }
}

/// Runs a quote that listens to the stream alone, with the most talk there is.
fn talkative(market: &Harness) -> Finished {
    market.volq("quote SPY --provider dxlink -vvv --listen 10s --min-completeness 0 --json")
}

/// Checklist 20. The harness looks for every token in both streams.
#[test]
fn no_output_of_the_program_holds_a_token() {
    for auth in [
        AuthFault::None,
        AuthFault::StateUnauthorized,
        AuthFault::ErrorUnauthorized,
        AuthFault::Close,
        AuthFault::Exception,
    ] {
        let market = market(refusing(auth));
        let finished = talkative(&market);
        let code = if auth == AuthFault::None { 0 } else { 3 };
        assert!(!market.server().tokens().issued().is_empty());
        let finished = finished.exits(code);
        assert!(!finished.stderr.is_empty(), "{auth:?}");
    }
}

/// Checklist 18.
#[test]
fn the_program_survives_a_session_that_is_not_found_at_first() {
    let market = Harness::with(Script {
        stream: vec![StreamRule::on(1, refusing(AuthFault::Exception))],
        ..Script::default()
    });
    let finished = talkative(&market).exits(0);
    assert!(
        finished.stderr.contains("Session not found"),
        "{}",
        finished.stderr
    );
    let record = market.record();
    assert_eq!(record.count(Counter::QuoteTokens), 2);
    assert_eq!(record.count(Counter::StreamLogins), 1);
}
