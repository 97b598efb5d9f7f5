//! What happens to subscriptions beyond the limits.

use super::*;

/// Subscribes to three symbols of which two fit, and returns the ERROR and the symbols that delivered.
async fn overflow(faults: StreamFaults) -> (String, String) {
    let mut raw = Raw::at(Stage::Open, faults).await;
    let items =
        ["AAPL", "MSFT", "SPY"].map(|name| format!(r#"{{"type":"Quote","symbol":"{name}"}}"#));
    raw.subscribe(&items.join(",")).await;
    let error = raw.expect("ERROR").await;
    assert_eq!(
        (error["channel"].as_u64(), error["error"].as_str()),
        (Some(1), Some("BAD_ACTION"))
    );
    let data = raw.skip_to("FEED_DATA").await;
    let values = data["data"][1].as_array().unwrap().clone();
    let symbols: Vec<&str> = values
        .chunks(4)
        .map(|row| row[1].as_str().unwrap())
        .collect();
    (
        error["message"].as_str().unwrap().to_owned(),
        symbols.join(" "),
    )
}

#[tokio::test(start_paused = true)]
async fn refused_items_do_not_deliver_and_accepted_ones_do() {
    let size = StreamFaults {
        subscription_limit: Some(2),
        ..StreamFaults::default()
    };
    let rate = StreamFaults {
        subscription_rate: Some(2),
        ..StreamFaults::default()
    };
    for (faults, text) in [
        (size, "Your subscription size is too big"),
        (rate, "Your subscription rate is too high"),
    ] {
        assert_eq!(
            overflow(faults).await,
            (text.to_owned(), "AAPL MSFT".to_owned())
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_client_may_send_everything_once_more() {
    let faults = StreamFaults {
        subscription_rate: Some(2),
        ..StreamFaults::default()
    };
    let mut raw = Raw::at(Stage::Open, faults).await;
    raw.subscribe(&quotes(3)).await;
    raw.skip_to("ERROR").await;
    for _ in 0..2 {
        tokio::time::sleep(Duration::from_secs(59)).await;
        raw.send(r#"{"type":"KEEPALIVE","channel":0}"#).await;
    }
    raw.subscribe(&quotes(2)).await;
    assert_eq!(raw.rules().await, ["rate-too-high"]);
    tokio::time::sleep(Duration::from_secs(59)).await;
    raw.subscribe(&quotes(1)).await;
    assert_eq!(
        raw.rules().await,
        ["rate-too-high", "doubled-subscription", "rate-too-high"]
    );
}

#[tokio::test(start_paused = true)]
async fn the_documented_limits_hold_by_default() {
    let mut raw = Raw::at(Stage::Open, StreamFaults::default()).await;
    for chunk in 0..101 {
        let items: Vec<String> = (0..100)
            .map(|n| format!(r#"{{"type":"Quote","symbol":"Y{chunk}Z{n}"}}"#))
            .collect();
        raw.subscribe(&items.join(",")).await;
    }
    assert_eq!(raw.rules().await, ["rate-too-high"]);
    let candles: Vec<String> = (0..101)
        .map(|n| format!(r#"{{"type":"Candle","symbol":"C{n}{{=d}}"}}"#))
        .collect();
    let mut raw = Raw::at(Stage::Open, StreamFaults::default()).await;
    raw.subscribe(&candles.join(",")).await;
    assert_eq!(raw.rules().await, ["too-many-of-type"]);
}

#[tokio::test(start_paused = true)]
async fn a_rate_can_be_small_and_its_window_short() {
    let faults = StreamFaults {
        subscription_rate: Some(2),
        subscription_window_ms: Some(500),
        ..StreamFaults::default()
    };
    let mut raw = Raw::at(Stage::Open, faults).await;
    raw.subscribe(&quotes(3)).await;
    assert_eq!(raw.rules().await, ["rate-too-high"]);
    tokio::time::sleep(Duration::from_millis(500)).await;
    // The whole set once more, paced: two changes, a pause, and the one that was refused.
    raw.subscribe(&quotes(2)).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    raw.subscribe(r#"{"type":"Quote","symbol":"X2"}"#).await;
    assert_eq!(raw.rules().await, ["rate-too-high"]);
}

#[tokio::test(start_paused = true)]
async fn a_frame_over_a_scripted_size_ends_the_connection_and_is_no_sin() {
    let faults = StreamFaults {
        largest_frame: Some(1_000),
        ..StreamFaults::default()
    };
    let keepalive = |pad: usize| {
        format!(
            r#"{{"type":"KEEPALIVE","channel":0,"pad":"{}"}}"#,
            "x".repeat(pad)
        )
    };
    let mut raw = Raw::at(Stage::LoggedIn, faults).await;
    raw.send(&keepalive(900)).await;
    raw.send(&keepalive(1_000)).await;
    assert_eq!(raw.ending().await, Some((1009, String::new())));
    assert!(raw.rules().await.is_empty());
}
