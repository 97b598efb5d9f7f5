//! The handshake, channels and what a healthy session looks like.

use futures_util::SinkExt;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use super::*;
use crate::record::Counter;
use crate::script::AuthFault;

#[tokio::test(start_paused = true)]
async fn a_session_from_setup_to_data() {
    let mut raw = Raw::at(Stage::Fresh, StreamFaults::default()).await;
    raw.send(SETUP).await;
    assert_eq!(
        raw.next().await.unwrap().to_string(),
        r#"{"type":"SETUP","channel":0,"keepaliveTimeout":60,"acceptKeepaliveTimeout":60,"version":"1.0-1.2.3-sim"}"#
    );
    assert_eq!(
        raw.next().await.unwrap().to_string(),
        r#"{"type":"AUTH_STATE","channel":0,"state":"UNAUTHORIZED"}"#
    );
    raw.send(&raw.auth()).await;
    assert_eq!(
        raw.next().await.unwrap().to_string(),
        r#"{"type":"AUTH_STATE","channel":0,"state":"AUTHORIZED","userId":"sim"}"#
    );
    raw.send(REQUEST).await;
    assert_eq!(
        raw.next().await.unwrap().to_string(),
        r#"{"type":"CHANNEL_OPENED","channel":1,"service":"FEED","parameters":{"contract":"AUTO","subFormat":"LIST"}}"#
    );
    raw.send(FEED_SETUP).await;
    assert_eq!(
        raw.next().await.unwrap().to_string(),
        r#"{"type":"FEED_CONFIG","channel":1,"dataFormat":"COMPACT","aggregationPeriod":0.1}"#
    );
    raw.subscribe(&format!("{SPY_QUOTE},{SPY_TRADE}")).await;
    assert_eq!(
        raw.next().await.unwrap().to_string(),
        r#"{"type":"FEED_CONFIG","channel":1,"dataFormat":"COMPACT","aggregationPeriod":0.1,"eventFields":{"Quote":["eventType","eventSymbol","bidPrice","askPrice"],"Trade":["eventType","eventSymbol","price","size"]}}"#
    );
    let data = raw.expect("FEED_DATA").await["data"].clone();
    assert_eq!((&data[0], &data[2]), (&json!("Quote"), &json!("Trade")));
    assert_eq!(data[1].as_array().unwrap().len(), 4);
    assert_eq!(data[1][1], "SPY");
    assert!(data[1][2].as_f64().unwrap() < data[1][3].as_f64().unwrap());
    assert!(raw.rules().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn updates_go_on_for_as_long_as_the_client_listens() {
    let mut raw = Raw::at(Stage::Open, StreamFaults::default()).await;
    raw.subscribe(SPY_QUOTE).await;
    let first = raw.skip_to("FEED_DATA").await;
    let began = tokio::time::Instant::now();
    let mut prices = vec![first["data"][1][2].clone()];
    for _ in 0..50 {
        prices.push(raw.expect("FEED_DATA").await["data"][1][2].clone());
    }
    assert_eq!(began.elapsed().as_millis(), 5_000, "one every 0.1 s");
    prices.dedup();
    assert!(prices.len() > 5, "the price moves: {prices:?}");
    raw.send(&add(SPY_QUOTE).replace("add", "remove")).await;
    assert!(raw.rules().await.is_empty());
    // What had left before the removal may still arrive.
    while raw
        .next()
        .await
        .is_some_and(|message| message["type"] == "FEED_DATA")
    {}
    assert!(raw.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn an_unknown_symbol_is_silent() {
    let mut raw = Raw::at(Stage::Open, StreamFaults::default()).await;
    raw.subscribe(r#"{"type":"Quote","symbol":"NOSUCH"}"#).await;
    raw.expect("FEED_CONFIG").await;
    assert!(raw.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn the_server_keeps_an_idle_session_alive() {
    let mut raw = Raw::at(Stage::LoggedIn, StreamFaults::default()).await;
    let began = tokio::time::Instant::now();
    let wait = tokio::time::timeout(Duration::from_secs(40), raw.socket.next());
    let message = wait.await.unwrap().unwrap().unwrap();
    assert_eq!(
        message.to_text().unwrap(),
        r#"{"type":"KEEPALIVE","channel":0}"#
    );
    assert_eq!(began.elapsed().as_secs(), 30);
}

#[tokio::test(start_paused = true)]
async fn a_wrong_token_may_be_followed_by_a_good_one() {
    let mut raw = Raw::at(Stage::Met, StreamFaults::default()).await;
    raw.send(r#"{"type":"AUTH","channel":0,"token":"stale"}"#)
        .await;
    assert_eq!(raw.expect("AUTH_STATE").await["state"], "UNAUTHORIZED");
    assert!(raw.tokens.was_rejected("stale"));
    raw.send(&raw.auth()).await;
    assert_eq!(raw.expect("AUTH_STATE").await["state"], "AUTHORIZED");
    assert_eq!(raw.recorder.snapshot().count(Counter::StreamLogins), 1);
}

#[tokio::test(start_paused = true)]
async fn refused_messages_are_answered_on_their_channel() {
    let mut raw = Raw::at(Stage::Met, StreamFaults::default()).await;
    raw.send(REQUEST).await;
    let error = raw.expect("ERROR").await;
    assert_eq!(
        (&error["channel"], &error["error"]),
        (&json!(1), &json!("UNAUTHORIZED"))
    );
    raw.send("{").await;
    assert_eq!(raw.expect("ERROR").await["error"], "INVALID_MESSAGE");
    raw.send(&raw.auth()).await;
    raw.expect("AUTH_STATE").await;
    raw.send(FEED_SETUP).await;
    assert_eq!(raw.expect("ERROR").await["error"], "BAD_ACTION");
    raw.send(&REQUEST.replace("FEED", "DOM")).await;
    assert_eq!(raw.expect("ERROR").await["error"], "BAD_ACTION");
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_channel_is_closed_and_its_neighbour_lives() {
    let mut raw = Raw::at(Stage::Open, StreamFaults::default()).await;
    for message in [REQUEST, FEED_SETUP, &add(SPY_QUOTE)] {
        raw.send(&message.replace(r#""channel":1"#, r#""channel":3"#))
            .await;
    }
    raw.subscribe(SPY_QUOTE).await;
    raw.skip_to("FEED_DATA").await;
    raw.send(r#"{"type":"CHANNEL_CANCEL","channel":1}"#).await;
    assert_eq!(raw.skip_to("CHANNEL_CLOSED").await["channel"], 1);
    for _ in 0..5 {
        assert_eq!(raw.expect("FEED_DATA").await["channel"], 3);
    }
    assert!(raw.rules().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_server_that_stops_says_bye() {
    let mut raw = Raw::at(Stage::Open, StreamFaults::default()).await;
    raw.stopping.cancel();
    assert_eq!(raw.ending().await, Some((1000, "Bye".to_owned())));
}

/// Messages of the Java client, byte for byte (`docs/reference/dxlink-protocol.md`, "16. Simulator notes").
#[tokio::test(start_paused = true)]
async fn the_java_clients_messages_are_accepted() {
    let mut raw = Raw::at(Stage::Fresh, StreamFaults::default()).await;
    raw.send(r#"{"type":"SETUP","channel":0,"version":"0.1","keepaliveTimeout":30.0,"acceptKeepaliveTimeout":60.0,"agent":{"name":"dxlink-java","version":"1.0"}}"#).await;
    raw.expect("SETUP").await;
    raw.expect("AUTH_STATE").await;
    raw.send(&raw.auth()).await;
    raw.expect("AUTH_STATE").await;
    for message in [
        r#"{"type":"KEEPALIVE","channel":0}"#,
        r#"{"type":"CHANNEL_REQUEST","channel":1,"service":"FEED","parameters":{"contract":"TICKER"}}"#,
        r#"{"type":"FEED_SETUP","channel":1,"acceptAggregationPeriod":"NaN"}"#,
        r#"{"type":"CHANNEL_REQUEST","channel":5,"service":"FEED","parameters":{"contract":"HISTORY"}}"#,
        r#"{"type":"FEED_SETUP","channel":5,"acceptAggregationPeriod":0.1}"#,
        r#"{"type":"FEED_SETUP","channel":1,"acceptAggregationPeriod":1.0,"acceptDataFormat":"COMPACT","acceptEventFields":{"Quote":["eventSymbol","bidPrice","askPrice"]}}"#,
        r#"{"type":"FEED_SUBSCRIPTION","channel":5,"reset":false,"add":[{"type":"Order","symbol":"AAPL","source":"NTV"}]}"#,
        r#"{"type":"FEED_SUBSCRIPTION","channel":5,"reset":false,"add":[{"type":"Candle","symbol":"AAPL{=d}","fromTime":1700000000000}]}"#,
        r#"{"type":"FEED_SUBSCRIPTION","channel":1,"reset":false,"add":[{"type":"Quote","symbol":"AAPL"}]}"#,
        r#"{"type":"FEED_SUBSCRIPTION","channel":1,"reset":false,"remove":[{"type":"Quote","symbol":"AAPL"}]}"#,
    ] {
        raw.send(message).await;
    }
    assert!(raw.rules().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn official_clients_work_against_the_compatible_profile() {
    let mut raw = Raw::at(
        Stage::Fresh,
        StreamFaults {
            peer_compatible: true,
            ..StreamFaults::default()
        },
    )
    .await;
    raw.send(SETUP).await;
    raw.send(&raw.auth()).await;
    raw.expect("SETUP").await;
    assert_eq!(raw.expect("AUTH_STATE").await["state"], "UNAUTHORIZED");
    assert_eq!(raw.expect("AUTH_STATE").await["state"], "AUTHORIZED");
    raw.send(REQUEST).await;
    raw.send(FEED_SETUP).await;
    raw.subscribe(&format!("{SPY_QUOTE},{SPY_TRADE}")).await;
    for kind in ["Quote", "Trade"] {
        let data = raw.skip_to("FEED_DATA").await["data"].clone();
        assert_eq!(data.as_array().unwrap().len(), 2);
        assert_eq!(data[0], kind);
    }
    assert!(raw.rules().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_early_token_is_not_found_and_a_later_one_is() {
    let mut raw = Raw::at(Stage::Fresh, StreamFaults::default()).await;
    raw.send(SETUP).await;
    raw.send(&raw.auth()).await;
    raw.expect("SETUP").await;
    raw.expect("AUTH_STATE").await;
    let error = raw.expect("ERROR").await;
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("Session not found")
    );
    raw.send(&raw.auth()).await;
    assert_eq!(raw.expect("AUTH_STATE").await["state"], "AUTHORIZED");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_ends_the_connection() {
    let mut raw = Raw::at(Stage::Open, StreamFaults::default()).await;
    raw.socket.send(Message::Close(None)).await.unwrap();
    while raw.frame().await.flatten().is_some() {}
    assert!(raw.rules().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn every_way_to_refuse_a_token() {
    let at = |auth| StreamFaults {
        auth,
        ..StreamFaults::default()
    };
    let mut raw = Raw::at(Stage::Met, at(AuthFault::StateUnauthorized)).await;
    raw.send(&raw.auth()).await;
    assert_eq!(raw.expect("AUTH_STATE").await["state"], "UNAUTHORIZED");

    let mut raw = Raw::at(Stage::Met, at(AuthFault::ErrorUnauthorized)).await;
    raw.send(&raw.auth()).await;
    assert_eq!(raw.expect("ERROR").await["error"], "UNAUTHORIZED");

    let mut raw = Raw::at(Stage::Met, at(AuthFault::Exception)).await;
    raw.send(&raw.auth()).await;
    let text = raw.expect("ERROR").await["message"].to_string();
    assert!(text.contains("Session not found: api") && text.contains(&raw.token));

    let mut raw = Raw::at(Stage::Met, at(AuthFault::Close)).await;
    raw.send(&raw.auth()).await;
    assert_eq!(raw.ending().await, Some((1000, String::new())));
    assert!(raw.rules().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn no_message_is_larger_than_the_java_client_takes() {
    let market = Market::new(7, "2026-11-20T16:00:00Z".parse().unwrap());
    let symbols: Vec<&str> = market.symbols().collect();
    for format in ["COMPACT", "FULL"] {
        let mut raw = Raw::at(Stage::LoggedIn, StreamFaults::default()).await;
        raw.send(REQUEST).await;
        raw.send(&format!(
            r#"{{"type":"FEED_SETUP","channel":1,"acceptDataFormat":"{format}"}}"#
        ))
        .await;
        for kind in ["Profile", "Summary", "Trade", "Quote", "Underlying"] {
            let item = |symbol: &&str| format!(r#"{{"type":"{kind}","symbol":"{symbol}"}}"#);
            let items: Vec<String> = symbols.iter().map(item).collect();
            raw.subscribe(&items.join(",")).await;
            let first = raw.skip_to("FEED_DATA").await.to_string();
            assert!(first.len() <= 65_536, "{kind}: {} bytes", first.len());
        }
    }
}
