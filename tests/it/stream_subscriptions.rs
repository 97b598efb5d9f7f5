//! What the server is told to send, and what it does not send.
//!
//! See `docs/reference/dxlink-protocol.md`, "7.4 FEED_SUBSCRIPTION", "7.5 Batching and size practice" and "14.
//! Endpoints, entitlement, limits".
//!
//! The market notes doubled, unknown and empty items and messages that are too large; the harness looks for such notes.

use std::collections::BTreeSet;
use std::time::Duration;

use dxlink::{EventType, Subscription};
use market::{Counter, StreamFaults};
use serde_json::{Value, json};

use crate::feed::{Listener, once, options};
use crate::harness::Harness;
use crate::scripted_server::{Say, ScriptedServer, data, kind, pause, polite};
use crate::stream_handshake::market;

/// The largest subscription message a polite client sends, bytes.
const MESSAGE_CAP: usize = 8 * 1024;

/// The symbols of all `add` or `remove` lists, in order.
fn symbols(messages: &[Value], list: &str) -> Vec<String> {
    let items = messages
        .iter()
        .flat_map(|message| message[list].as_array().into_iter().flatten());
    items
        .map(|item| item["symbol"].as_str().unwrap().to_owned())
        .collect()
}

/// Checklist 61, 63. As many as may be changed within a minute; the subscription set's own tests go beyond.
#[test]
fn thousands_of_symbols_leave_in_small_messages() {
    let names: Vec<String> = (0..4_500).map(|n| format!(".SPXW261218P{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let market = Harness::new();
    let line = Listener::to(&market, once());
    line.subscribe(EventType::Quote, &names);
    line.subscribe(EventType::Greeks, &names);
    market.until("all subscriptions", |record| {
        record.count(Counter::SubscriptionsAdded) >= 9_000
    });
    line.close();
    assert_eq!(market.record().count(Counter::SubscriptionsAdded), 9_000);

    let server = ScriptedServer::polite_but("FEED_SUBSCRIPTION", |_, _| Vec::new());
    let line = Listener::to_scripted_server(&server, once());
    line.subscribe(EventType::Quote, &names);
    server.until("all subscriptions", |heard| {
        let told = heard.iter().map(|heard| heard.message.clone());
        symbols(&told.collect::<Vec<_>>(), "add").len() >= names.len()
    });
    let messages = server.all("FEED_SUBSCRIPTION");
    assert!(messages.iter().all(|message| {
        message.to_string().len() <= MESSAGE_CAP && message["add"] != json!([])
    }));
    assert_eq!(symbols(&messages, "add"), names);
    let resets = messages.iter().filter(|message| message["reset"] == true);
    assert_eq!(resets.count(), 1);
}

/// Checklist 62.
#[test]
fn many_small_calls_become_few_messages() {
    let server = ScriptedServer::new(|_, message| polite(message));
    let mut line = Listener::to_scripted_server(&server, once());
    line.quote("FIRST");
    let names: Vec<String> = (0..200).map(|number| format!("S{number}")).collect();
    for name in &names {
        line.subscribe(EventType::Quote, &[name]);
    }
    line.heard(EventType::Quote, "S199");
    let messages = server.all("FEED_SUBSCRIPTION");
    assert_eq!(symbols(&messages[1..], "add"), names);
    // One, had nothing else run on the machine.
    assert!(messages.len() <= 40, "{} messages", messages.len());
}

/// Checklist 64, 65.
#[test]
fn a_key_leaves_with_its_last_user_under_the_name_it_came_with() {
    let market = Harness::new();
    let mut line = Listener::to(&market, once());
    let name = "SPY{=d,tho=true}";
    line.subscribe(EventType::Candle, &[name]);
    line.quote("SPY");
    line.quote("SPY");
    line.unsubscribe(EventType::Quote, &["SPY"]);
    line.quote("QQQ");
    assert_eq!(market.record().count(Counter::SubscriptionsAdded), 3);
    assert_eq!(market.record().count(Counter::SubscriptionsRemoved), 0);
    line.unsubscribe(EventType::Quote, &["SPY"]);
    line.unsubscribe(EventType::Candle, &[name]);
    market.until("both removals", |record| {
        record.count(Counter::SubscriptionsRemoved) == 2
    });
}

/// Checklist 63, 66.
#[test]
fn calls_that_undo_each_other_leave_the_last_word() {
    let market = Harness::new();
    let mut line = Listener::to(&market, once());
    line.quote("SPY");
    for _ in 0..20 {
        line.subscribe(EventType::Quote, &["AAPL"]);
        line.unsubscribe(EventType::Quote, &["AAPL"]);
        line.unsubscribe(EventType::Quote, &["SPY"]);
        line.subscribe(EventType::Quote, &["SPY"]);
    }
    line.unsubscribe(EventType::Quote, &["NEVER"]);
    line.quote("QQQ");
    let record = market.record();
    let (added, removed) = (
        record.count(Counter::SubscriptionsAdded),
        record.count(Counter::SubscriptionsRemoved),
    );
    assert_eq!(
        added - removed,
        2,
        "SPY and QQQ: {added} added, {removed} removed"
    );
}

/// Checklist 71.
#[test]
fn events_of_a_removed_key_are_ignored() {
    let server = ScriptedServer::polite_but("FEED_SUBSCRIPTION", |_, message| {
        let mut line = polite(message);
        if message["remove"].is_array() {
            line.push(data(
                message,
                &json!(["Quote", ["Quote", "OLD", 9, 9, "Quote", "KEPT", 9, 9]]),
            ));
        }
        line
    });
    let mut line = Listener::to_scripted_server(&server, once());
    line.quote("OLD");
    line.quote("KEPT");
    line.unsubscribe(EventType::Quote, &["OLD"]);
    line.until("one more of the other", |seen| seen.events.len() >= 3);
    assert_eq!(&*line.events.last().unwrap().symbol, "KEPT");
    assert_eq!(line.lost(), [""; 0]);
}

/// What a server holds at the end of a connection, as type and symbol, from all that it was told.
fn held(server: &ScriptedServer, connection: usize) -> BTreeSet<(u64, String)> {
    let mut held = BTreeSet::new();
    for heard in server.heard() {
        let message = &heard.message;
        if heard.kind() != "FEED_SUBSCRIPTION" || heard.connection != connection {
            continue;
        }
        let channel = message["channel"].as_u64().unwrap();
        if message["reset"] == true {
            held.retain(|(other, _)| *other != channel);
        }
        for symbol in symbols(std::slice::from_ref(message), "remove") {
            held.remove(&(channel, symbol));
        }
        for symbol in symbols(std::slice::from_ref(message), "add") {
            held.insert((channel, symbol));
        }
    }
    held
}

/// Checklist 67, 100.
#[test]
fn a_reset_empties_both_sides_and_nothing_returns() {
    let server = ScriptedServer::new(|connection, message| {
        if connection == 1 && message["add"][0]["symbol"] == "LAST" {
            return vec![Say::Drop];
        }
        polite(message)
    });
    let mut line = Listener::to_scripted_server(&server, options());
    line.quote("SPY");
    line.quote("QQQ");
    line.follow("SPY", 1_666_600_000_000);
    server.until("the series", |heard| {
        heard
            .iter()
            .any(|heard| heard.message["add"][0]["fromTime"].is_i64())
    });
    line.reset();
    line.quote("IWM");
    let reset = server
        .all("FEED_SUBSCRIPTION")
        .into_iter()
        .rfind(|message| message["reset"] == true);
    let reset = reset.unwrap();
    assert!(
        reset["remove"].is_null() && reset["channel"] == 1,
        "{reset}"
    );
    let series = (3, "SPY".to_owned());
    let quote = (1, "IWM".to_owned());
    assert_eq!(
        held(&server, 1),
        BTreeSet::from([quote.clone(), series.clone()])
    );
    assert!(server.all("CHANNEL_CANCEL").is_empty());
    line.subscribe(EventType::Quote, &["LAST"]);
    line.losses(1);
    line.unsubscribe(EventType::Quote, &["LAST"]);
    let left = BTreeSet::from([quote, series]);
    server.until("the replay of what is left", |_| held(&server, 2) == left);
}

/// Checklist 67. A reset that no server hears is not forgotten.
#[test]
fn a_reset_without_connection_holds_for_the_next() {
    let server = ScriptedServer::new(|connection, message| match (connection, kind(message)) {
        (1, "FEED_SUBSCRIPTION") => vec![Say::Drop],
        (2, "SETUP") => {
            let mut line = vec![pause(300)];
            line.extend(polite(message));
            line
        }
        _ => polite(message),
    });
    let mut line = Listener::to_scripted_server(&server, options());
    line.subscribe(EventType::Quote, &["SPY", "QQQ"]);
    line.losses(1);
    line.reset();
    line.quote("IWM");
    let left = BTreeSet::from([(1, "IWM".to_owned())]);
    assert_eq!(held(&server, 2), left);
    assert_eq!(line.newest(EventType::Quote, "SPY"), None);
}

/// Checklist 74.
#[test]
fn a_symbol_that_never_delivers_is_missing_with_a_reason() {
    let market = market(StreamFaults {
        silent_symbols: vec!["QQQ".to_owned()],
        ..StreamFaults::default()
    });
    let finished = market
        .volq("quote SPY QQQ --provider dxlink --listen 1500ms --json")
        .exits(7);
    assert!(finished.row("SPY")["bid"].is_number());
    assert!(finished.row("QQQ")["bid"].is_null());
    let document = finished.json();
    let missing = document["meta"]["completeness"]["missing"]
        .as_array()
        .unwrap();
    assert!(missing.iter().any(|entry| {
        entry["symbol"] == "QQQ"
            && entry["field"] == "bid"
            && entry["reason"] == "no_event_before_deadline"
    }));
    assert!(
        !missing
            .iter()
            .any(|entry| entry["symbol"] == "SPY" && entry["field"] == "bid")
    );
}

/// A hundred callers at once share one connection.
#[test]
fn a_hundred_calls_at_once_start_one_connection() {
    let market = Harness::new();
    let line = Listener::to(&market, once());
    let feed = line.feed.clone();
    market.runtime().block_on(async {
        let mut calls = tokio::task::JoinSet::new();
        for number in 0..100 {
            let feed = feed.clone();
            calls.spawn(async move {
                let symbol = format!("S{number}");
                feed.subscribe(vec![Subscription::new(EventType::Quote, &symbol)])
                    .await;
            });
        }
        assert_eq!(calls.join_all().await.len(), 100);
    });
    market.until("all subscriptions", |record| {
        record.count(Counter::SubscriptionsAdded) == 100
    });
    line.close();
    assert_eq!(market.record().count(Counter::UpgradeAttempts), 1);
}

/// Connecting a second time changes nothing, and neither does subscribing nothing.
#[test]
fn a_second_connect_changes_nothing() {
    let market = Harness::new();
    let mut line = Listener::to(&market, once());
    let feed = line.feed.clone();
    market.runtime().block_on(async {
        feed.connect().await;
        feed.connect().await;
    });
    line.quote("SPY");
    market.runtime().block_on(feed.connect());
    line.quote("QQQ");
    let record = market.record();
    assert_eq!(record.count(Counter::UpgradeAttempts), 1);
    assert_eq!(record.count(Counter::StreamLogins), 1);
}

/// Without anything to subscribe there is no reason to connect.
#[test]
fn nothing_to_subscribe_opens_no_connection() {
    let market = Harness::new();
    let mut line = Listener::to(&market, once());
    line.subscribe(EventType::Quote, &[]);
    line.subscribe(EventType::Quote, &["SPY"][..0]);
    line.listen(Duration::from_millis(200));
    assert_eq!(line.tokens_taken(), 0);
    line.close();
    assert_eq!(market.record().count(Counter::UpgradeAttempts), 0);
}
