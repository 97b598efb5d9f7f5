//! Every rule is broken once, alone.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::SinkExt;
use tokio_tungstenite::tungstenite::Message;

use super::*;
use crate::stream::strict::Rule;

/// A way to break one rule: from a stage on, these messages.
struct Case(Rule, Stage, StreamFaults, Vec<String>);

fn case<const N: usize>(rule: Rule, stage: Stage, messages: [&str; N]) -> Case {
    let messages = messages.map(str::to_owned).to_vec();
    Case(rule, stage, StreamFaults::default(), messages)
}

fn items(list: &str) -> String {
    add(list)
}

/// What is wrong with frames, the handshake and the login.
fn violations_of_the_connection() -> Vec<Case> {
    use Stage::{Fresh, LoggedIn, Met};
    let long = format!(
        r#"{{"type":"KEEPALIVE","channel":0,"pad":"{}"}}"#,
        "x".repeat(65_536)
    );
    vec![
        case(Rule::UnparsableJson, Met, [r#"{"type":"#]),
        case(Rule::MissingType, Met, [r#"{"channel":0}"#]),
        case(Rule::MissingChannel, Met, [r#"{"type":"KEEPALIVE"}"#]),
        case(
            Rule::UnknownMessage,
            Met,
            [r#"{"type":"HELLO","channel":0}"#],
        ),
        case(
            Rule::WrongChannel,
            Met,
            [r#"{"type":"KEEPALIVE","channel":1}"#],
        ),
        case(Rule::FrameTooLarge, Met, [long.as_str()]),
        case(
            Rule::MessageBeforeSetup,
            Fresh,
            [r#"{"type":"KEEPALIVE","channel":0}"#],
        ),
        case(
            Rule::SetupWithoutVersion,
            Fresh,
            [r#"{"type":"SETUP","channel":0,"keepaliveTimeout":60,"acceptKeepaliveTimeout":60}"#],
        ),
        case(
            Rule::SetupWithoutTimeouts,
            Fresh,
            [r#"{"type":"SETUP","channel":0,"version":"0.1-x/1","keepaliveTimeout":60}"#],
        ),
        case(
            Rule::EarlyAuth,
            Fresh,
            [SETUP, r#"{"type":"AUTH","channel":0,"token":"good"}"#],
        ),
        case(
            Rule::AuthWhileAuthorized,
            LoggedIn,
            [r#"{"type":"AUTH","channel":0,"token":"good"}"#],
        ),
        case(
            Rule::RejectedTokenRepeated,
            Met,
            [r#"{"type":"AUTH","channel":0,"token":"stale"}"#; 2],
        ),
        case(
            Rule::BearerPrefix,
            Met,
            [r#"{"type":"AUTH","channel":0,"token":"Bearer good"}"#],
        ),
    ]
}

/// What is wrong with channels and their setup.
fn violations_of_channels() -> Vec<Case> {
    use Stage::{LoggedIn, Met, Open};
    let cancel = r#"{"type":"CHANNEL_CANCEL","channel":1}"#;
    vec![
        case(Rule::ChannelBeforeAuthorized, Met, [REQUEST]),
        case(
            Rule::EvenChannel,
            LoggedIn,
            [
                r#"{"type":"CHANNEL_REQUEST","channel":2,"service":"FEED","parameters":{"contract":"AUTO"}}"#,
            ],
        ),
        case(Rule::ReusedChannel, Open, [cancel, REQUEST]),
        case(Rule::ChannelAlreadyOpen, Open, [REQUEST]),
        case(Rule::UnopenedChannel, LoggedIn, [FEED_SETUP]),
        case(Rule::UnopenedChannel, Open, [cancel, FEED_SETUP]),
        case(
            Rule::MissingContract,
            LoggedIn,
            [r#"{"type":"CHANNEL_REQUEST","channel":1,"service":"FEED","parameters":{}}"#],
        ),
        case(
            Rule::EmptyFieldList,
            Open,
            [r#"{"type":"FEED_SETUP","channel":1,"acceptEventFields":{"Quote":[]}}"#],
        ),
    ]
}

/// What is wrong with subscriptions.
fn violations_of_subscriptions() -> Vec<Case> {
    use Stage::{LoggedIn, Open};
    let ticker = REQUEST.replace("AUTO", "TICKER");
    let rich = items(r#"{"type":"Candle","symbol":"SPY{=d}","fromTime":1700000000000}"#);
    let history = REQUEST.replace("AUTO", "HISTORY");
    let poor = items(r#"{"type":"Candle","symbol":"SPY{=d}"}"#);
    let seconds = items(r#"{"type":"Candle","symbol":"SPY{=d}","fromTime":1700000000}"#);
    let spy = items(SPY_QUOTE);
    let remove = spy.replace("add", "remove");
    let limited = |rule, faults, count| Case(rule, Open, faults, vec![items(&quotes(count))]);
    let candle =
        |n| format!(r#"{{"type":"Candle","symbol":"X{n}{{=d}}","fromTime":1700000000000}}"#);
    vec![
        case(Rule::TickerItemTooRich, LoggedIn, [&ticker, &rich]),
        case(Rule::HistoryItemTooPoor, LoggedIn, [&history, &poor]),
        case(Rule::HistoryItemTooPoor, LoggedIn, [&history, &spy]),
        case(Rule::EmptyItems, Open, [&items("")]),
        case(Rule::IncompleteItem, Open, [&items(r#"{"type":"Quote"}"#)]),
        case(Rule::FromTimeInSeconds, Open, [&seconds]),
        case(Rule::UnknownRemove, Open, [&remove]),
        case(Rule::UnknownRemove, Open, [&spy, &remove, &remove]),
        case(
            Rule::UnknownRemove,
            Open,
            [&rich.replace("=d", "=1d"), &rich.replace("add", "remove")],
        ),
        case(Rule::DoubledSubscription, Open, [&spy, &spy]),
        case(
            Rule::DoubledSubscription,
            Open,
            [&items(&format!("{SPY_QUOTE},{SPY_QUOTE}"))],
        ),
        case(
            Rule::ChunkTooLarge,
            Open,
            [&items(&format!(
                r#"{{"type":"Quote","symbol":"{}"}}"#,
                "X".repeat(8_192)
            ))],
        ),
        case(
            Rule::EncodedSymbol,
            Open,
            [&items(r#"{"type":"Quote","symbol":"BRK%2FB"}"#)],
        ),
        limited(
            Rule::TooManySubscriptions,
            StreamFaults {
                subscription_limit: Some(2),
                ..StreamFaults::default()
            },
            3,
        ),
        limited(
            Rule::RateTooHigh,
            StreamFaults {
                subscription_rate: Some(2),
                ..StreamFaults::default()
            },
            3,
        ),
        Case(
            Rule::TooManyOfType,
            Open,
            StreamFaults {
                candle_limit: Some(1),
                ..StreamFaults::default()
            },
            vec![items(&[candle(1), candle(2)].join(","))],
        ),
    ]
}

/// Rules that need more than text messages; each has a test of its own below.
const SPECIAL: [Rule; 3] = [
    Rule::BinaryFrame,
    Rule::KeepaliveLate,
    Rule::MessageAfterClose,
];

fn violations() -> Vec<Case> {
    let mut all = violations_of_the_connection();
    all.extend(violations_of_channels());
    all.extend(violations_of_subscriptions());
    all
}

#[test]
fn every_rule_can_be_violated() {
    let tried: BTreeSet<Rule> = violations()
        .iter()
        .map(|case| case.0)
        .chain(SPECIAL)
        .collect();
    let all: BTreeSet<Rule> = Rule::ALL.iter().copied().collect();
    assert_eq!(tried, all);
}

#[tokio::test(start_paused = true)]
async fn every_violation_is_recorded_under_its_rule_and_no_other() {
    for Case(rule, stage, faults, messages) in violations() {
        let mut raw = Raw::at(stage, faults).await;
        for message in &messages {
            raw.send(message).await;
        }
        assert_eq!(raw.rules().await, [rule.name()], "{messages:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_binary_frame_is_a_violation_and_not_the_end() {
    let mut raw = Raw::at(Stage::Open, StreamFaults::default()).await;
    raw.socket.send(Message::binary(vec![1, 2])).await.unwrap();
    assert_eq!(raw.rules().await, [Rule::BinaryFrame.name()]);
    raw.subscribe(SPY_QUOTE).await;
    raw.skip_to("FEED_DATA").await;
}

#[tokio::test(start_paused = true)]
async fn a_silent_client_is_sent_away_with_bye() {
    let mut raw = Raw::at(Stage::LoggedIn, StreamFaults::default()).await;
    tokio::time::sleep(Duration::from_secs(59)).await;
    assert!(raw.rules().await.is_empty());
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(raw.rules().await, [Rule::KeepaliveLate.name()]);
    assert_eq!(raw.ending().await, Some((1000, "Bye".to_owned())));
}

#[tokio::test(start_paused = true)]
async fn pings_do_not_stand_in_for_keepalives() {
    let mut raw = Raw::at(Stage::LoggedIn, StreamFaults::default()).await;
    for _ in 0..6 {
        tokio::time::sleep(Duration::from_secs(10)).await;
        raw.socket
            .send(Message::Ping(vec![1].into()))
            .await
            .unwrap();
    }
    assert_eq!(raw.rules().await, [Rule::KeepaliveLate.name()]);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_talks_to_a_closed_connection_is_noticed() {
    let mut raw = Raw::at(Stage::LoggedIn, StreamFaults::default()).await;
    raw.stopping.cancel();
    raw.send(r#"{"type":"KEEPALIVE","channel":0}"#).await;
    assert!(raw.rules().await.is_empty(), "it may have been on its way");
    tokio::time::sleep(Duration::from_secs(2)).await;
    raw.send(r#"{"type":"KEEPALIVE","channel":0}"#).await;
    assert_eq!(raw.rules().await, [Rule::MessageAfterClose.name()]);
}

#[tokio::test(start_paused = true)]
async fn what_looks_like_a_sin_and_is_none() {
    let spy = add(SPY_QUOTE);
    let again = spy.replace("\"add\"", "\"reset\":true,\"add\"");
    let remove = spy.replace("add", "remove");
    let swap = format!(
        r#"{{"type":"FEED_SUBSCRIPTION","channel":1,"remove":[{SPY_QUOTE}],"add":[{SPY_QUOTE}]}}"#
    );
    let since = |from: i64| {
        add(&format!(
            r#"{{"type":"Candle","symbol":"SPY{{=d}}","fromTime":{from}}}"#
        ))
    };
    let mut raw = Raw::at(Stage::Open, StreamFaults::default()).await;
    for message in [
        &spy,
        &again,
        &swap,
        &remove,
        &spy,
        SETUP,
        &since(1_700_000_000_000).replace("=d", "=1Day,price=last"),
        &since(1_700_000_000_000),
        &since(1_690_000_000_000),
        r#"{"type":"ERROR","channel":0,"error":"TIMEOUT","message":"x"}"#,
        r#"{"type":"CHANNEL_CANCEL","channel":1}"#,
        r#"{"type":"CHANNEL_REQUEST","channel":3,"service":"FEED","parameters":{"contract":"AUTO"}}"#,
    ] {
        raw.send(message).await;
    }
    assert!(raw.rules().await.is_empty(), "{:?}", raw.rules().await);
}
