//! How connections end and how they are made again.
//!
//! See `docs/reference/dxlink-protocol.md`, "14. Endpoints, entitlement, limits" and "15. Reconnection".

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use dxlink::{EventType, FeedOptions, Notice};
use market::{CloseFault, Counter, Script, StreamFaults, StreamRule};

use crate::feed::{Listener, impatient, options};
use crate::harness::Harness;
use crate::scripted_server::{Say, ScriptedServer, kind, polite};
use crate::stream_handshake::{market, market_at_first};

/// SETUP, AUTH_STATE, AUTHORIZED, CHANNEL_OPENED, two FEED_CONFIG and the first data.
const UP_TO_DATA: u64 = 7;

fn closing(code: u16, reason: &str, abrupt: bool) -> StreamFaults {
    StreamFaults {
        close: Some(CloseFault {
            after_frames: UP_TO_DATA,
            code,
            reason: reason.to_owned(),
            abrupt,
        }),
        ..StreamFaults::default()
    }
}

/// Checklist 89, 91.
#[test]
fn every_end_is_told_and_the_connection_is_made_again() {
    for (code, reason, abrupt, told) in [
        (1000, "Bye", false, "code 1000, Bye"),
        (
            1012,
            "Reconnection is required",
            false,
            "code 1012, Reconnection is required",
        ),
        (1009, "", false, "code 1009"),
        (1001, "", true, "code 1006"),
    ] {
        let market = market_at_first(closing(code, reason, abrupt));
        let mut line = Listener::to(&market, options());
        line.subscribe(EventType::Quote, &["SPY", "QQQ"]);
        let losses = line.losses(1);
        assert!(losses[0].contains(told), "{code}: {losses:?}");
        line.until("both symbols on the new connection", |seen| {
            seen.events.len() >= 4 || (seen.stats.connections == 2 && seen.stats.events >= 4)
        });
        let record = market.record();
        assert_eq!(record.count(Counter::StreamLogins), 2);
        assert_eq!(record.count(Counter::SubscriptionsAdded), 4, "each once");
        assert_eq!(line.tokens_taken(), 2);
    }
}

/// Checklist 90.
#[test]
fn a_wrong_address_is_told_and_not_tried_again() {
    for status in [400, 401, 404] {
        let market = market(StreamFaults {
            refuse_upgrade: Some(status),
            ..StreamFaults::default()
        });
        let mut line = Listener::to(&market, options());
        line.subscribe(EventType::Quote, &["SPY"]);
        let failure = line.failure();
        assert!(
            failure.contains(&format!("HTTP status {status}")),
            "{failure}"
        );
        assert_eq!(market.record().count(Counter::UpgradeAttempts), 1);
    }
}

/// Checklist 90.
#[test]
fn an_incident_is_waited_out() {
    let market = market_at_first(StreamFaults {
        refuse_upgrade: Some(502),
        ..StreamFaults::default()
    });
    let mut line = Listener::to(&market, options());
    line.quote("SPY");
    let losses = line.lost();
    assert!(losses[0].contains("HTTP status 502"), "{losses:?}");
    assert_eq!(market.record().count(Counter::UpgradeAttempts), 2);
}

/// Checklist 91.
#[test]
fn a_new_connection_starts_from_the_beginning_with_another_token() {
    let server = ScriptedServer::polite_but("FEED_SUBSCRIPTION", |connection, message| {
        let mut line = polite(message);
        if connection == 1 && message.to_string().contains("QQQ") {
            line.push(Say::Drop);
        }
        line
    });
    let mut line = Listener::to_scripted_server(&server, options());
    line.quote("SPY");
    line.quote("QQQ");
    line.losses(1);
    line.until("both again", |seen| seen.stats.events >= 4);
    assert_eq!(
        server.kinds(2),
        [
            "SETUP",
            "AUTH",
            "CHANNEL_REQUEST",
            "FEED_SETUP",
            "FEED_SUBSCRIPTION"
        ]
    );
    let logins = server.all("AUTH");
    assert_ne!(logins[0]["token"], logins[1]["token"]);
    let replay = server.all("FEED_SUBSCRIPTION").pop().unwrap();
    assert_eq!(replay["reset"], true);
    assert_eq!(replay["add"].as_array().unwrap().len(), 2, "{replay}");
}

/// The pauses announced so far.
fn pauses(line: &Listener<'_>) -> Vec<Duration> {
    let notices = line.notices.iter().filter_map(|notice| match notice {
        Notice::Reconnecting(pause) => Some(*pause),
        _ => None,
    });
    notices.collect()
}

/// Checklist 92.
#[test]
fn pauses_grow_up_to_a_ceiling_although_every_connection_is_accepted() {
    let market = market(StreamFaults {
        drop_after_upgrade: true,
        ..StreamFaults::default()
    });
    let options = FeedOptions {
        reconnects: 4,
        longest_pause: Duration::from_millis(900),
        ..options()
    };
    let mut line = Listener::to(&market, options);
    line.subscribe(EventType::Quote, &["SPY"]);
    let began = Instant::now();
    line.failure();
    assert_eq!(market.record().count(Counter::UpgradeAttempts), 5);
    let pauses = pauses(&line);
    let in_between = |pause: Duration, least, most| {
        (Duration::from_millis(least)..=Duration::from_millis(most)).contains(&pause)
    };
    assert_eq!(pauses.len(), 4);
    assert!(in_between(pauses[0], 250, 500), "{pauses:?}");
    assert!(
        pauses[1..].iter().all(|pause| in_between(*pause, 450, 900)),
        "{pauses:?}"
    );
    assert!(began.elapsed() >= pauses.iter().sum::<Duration>());
}

/// Checklist 93.
#[test]
fn a_connection_that_leads_nowhere_counts_as_an_attempt() {
    let silent = StreamFaults {
        silent: true,
        ..StreamFaults::default()
    };
    let mid_replay = StreamFaults {
        close: Some(CloseFault {
            after_frames: 4,
            code: 1001,
            reason: String::new(),
            abrupt: true,
        }),
        ..StreamFaults::default()
    };
    let market = Harness::with(Script {
        stream: vec![
            StreamRule::on(1, closing(1012, "", false)),
            StreamRule::on(2, silent),
            StreamRule::on(3, mid_replay),
        ],
        ..Script::default()
    });
    let mut line = Listener::to(&market, impatient());
    line.subscribe(EventType::Quote, &["SPY", "QQQ"]);
    line.until("the data of the fourth connection", |seen| {
        seen.stats.connections == 4 && seen.stats.events >= 4
    });
    assert_eq!(line.lost().len(), 3);
    assert!(line.lost()[1].contains("did not send SETUP"));

    let market = Harness::with(Script {
        stream: vec![StreamRule::always(StreamFaults {
            silent: true,
            ..StreamFaults::default()
        })],
        ..Script::default()
    });
    let options = FeedOptions {
        reconnects: 2,
        ..impatient()
    };
    let mut line = Listener::to(&market, options);
    line.subscribe(EventType::Quote, &["SPY"]);
    line.failure();
    assert_eq!(line.lost().len(), 3);
}

/// Checklist 94.
#[test]
fn closing_says_goodbye_and_stays_closed() {
    let server = ScriptedServer::new(|_, message| polite(message));
    let mut line = Listener::to_scripted_server(&server, options());
    line.quote("SPY");
    line.close();
    line.close();
    server.hears("<close>", 1);
    assert_eq!(server.all("<close>")[0]["code"], 1000);
    line.subscribe(EventType::Quote, &["QQQ"]);
    line.listen(Duration::from_millis(300));
    assert_eq!(server.all("SETUP").len(), 1);
    assert_eq!(line.lost(), [""; 0]);
}

/// Checklist 94. The pause would take minutes.
#[test]
fn closing_ends_a_pause() {
    let market = market(StreamFaults {
        refuse_upgrade: Some(503),
        ..StreamFaults::default()
    });
    let options = FeedOptions {
        reconnects: 1_000,
        longest_pause: Duration::from_mins(30),
        ..options()
    };
    let mut line = Listener::to(&market, options);
    line.subscribe(EventType::Quote, &["SPY"]);
    line.until("a pause", |seen| !pauses(seen).is_empty());
    let began = Instant::now();
    line.close();
    assert!(began.elapsed() < Duration::from_secs(10));
    let attempts = market.record().count(Counter::UpgradeAttempts);
    line.listen(Duration::from_millis(700));
    assert_eq!(market.record().count(Counter::UpgradeAttempts), attempts);
}

/// Checklist 95.
#[test]
fn what_is_replayed_is_what_is_wanted_by_then() {
    let open = Arc::new(AtomicBool::new(false));
    let door = Arc::clone(&open);
    let server = ScriptedServer::new(move |connection, message| match kind(message) {
        "SETUP" if connection > 1 && !door.load(Ordering::SeqCst) => vec![Say::Drop],
        "FEED_SUBSCRIPTION" if connection == 1 => {
            let mut line = polite(message);
            line.push(Say::Drop);
            line
        }
        _ => polite(message),
    });
    let options = FeedOptions {
        reconnects: 1_000,
        ..options()
    };
    let mut line = Listener::to_scripted_server(&server, options);
    line.subscribe(EventType::Quote, &["KEPT", "LEFT"]);
    line.losses(1);
    line.unsubscribe(EventType::Quote, &["LEFT"]);
    line.subscribe(EventType::Quote, &["NEW"]);
    open.store(true, Ordering::SeqCst);
    line.heard(EventType::Quote, "NEW");
    let replay = server.all("FEED_SUBSCRIPTION").pop().unwrap();
    let symbols: Vec<_> = replay["add"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["symbol"].as_str().unwrap())
        .collect();
    assert_eq!(symbols, ["KEPT", "NEW"]);
    assert!(replay["remove"].is_null(), "{replay}");
    assert_eq!(server.all("FEED_SUBSCRIPTION").len(), 2);
}

/// Checklist 96.
#[test]
fn the_listener_is_told_of_the_gap_and_its_end() {
    let market = market_at_first(closing(1000, "Bye", false));
    let mut line = Listener::to(&market, options());
    line.subscribe(EventType::Quote, &["SPY"]);
    line.until("a second channel", |seen| seen.notices.len() >= 10);
    let told: Vec<&str> = line
        .notices
        .iter()
        .map(|notice| match notice {
            Notice::Connected => "connected",
            Notice::SetUp => "set up",
            Notice::Authorised => "authorised",
            Notice::ChannelOpened => "open",
            Notice::Lost(_) => "lost",
            Notice::Reconnecting(_) => "reconnecting",
            Notice::Complaint { .. } => "complaint",
            Notice::Failed(_) => "failed",
            Notice::Rationed { .. } => "rationed",
            Notice::HistoryRefused { .. } => "history refused",
        })
        .collect();
    let good = ["connected", "set up", "authorised", "open"];
    assert_eq!(
        told,
        [&good[..], &["lost", "reconnecting"], &good[..]].concat()
    );
}
