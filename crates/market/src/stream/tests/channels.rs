//! Several channels on one connection.

use serde_json::json;

use super::*;

/// Channel 1 for the newest values and channel 3 for history, as a client that separates them opens both.
async fn two_channels(faults: StreamFaults) -> Raw {
    let mut raw = Raw::at(Stage::LoggedIn, faults).await;
    for (channel, contract) in [(1, "TICKER"), (3, "HISTORY")] {
        let request = json!({"type": "CHANNEL_REQUEST", "channel": channel, "service": "FEED",
            "parameters": {"contract": contract}});
        raw.send(&request.to_string()).await;
        let opened = raw.expect("CHANNEL_OPENED").await;
        assert_eq!(opened["parameters"]["contract"], contract);
    }
    raw
}

fn setup(channel: u64, seconds: f64, kind: &str, fields: &[&str]) -> String {
    json!({"type": "FEED_SETUP", "channel": channel, "acceptAggregationPeriod": seconds,
        "acceptDataFormat": "COMPACT", "acceptEventFields": {kind: fields}})
    .to_string()
}

fn candles(channel: u64, verb: &str) -> String {
    json!({"type": "FEED_SUBSCRIPTION", "channel": channel,
        verb: [{"type": "Candle", "symbol": "SPY{=d}", "fromTime": 1_793_491_200_000_i64}]})
    .to_string()
}

fn plain_candle(verb: &str) -> String {
    json!({"type": "FEED_SUBSCRIPTION", "channel": 1, verb: [{"type": "Candle", "symbol": "SPY{=d}"}]})
        .to_string()
}

#[tokio::test(start_paused = true)]
async fn each_channel_has_its_own_fields_period_and_contract() {
    let mut raw = two_channels(StreamFaults::default()).await;
    raw.send(&setup(1, 0.5, "Candle", &["eventSymbol", "close"]))
        .await;
    raw.send(&setup(3, 2.0, "Candle", &["eventFlags", "time"]))
        .await;
    for (channel, seconds) in [(1, 0.5), (3, 2.0)] {
        let config = raw.expect("FEED_CONFIG").await;
        assert_eq!(
            (&config["channel"], &config["aggregationPeriod"]),
            (&json!(channel), &json!(seconds))
        );
    }
    raw.send(&plain_candle("add")).await;
    let fields = raw.expect("FEED_CONFIG").await["eventFields"]["Candle"].clone();
    assert_eq!(fields, json!(["eventSymbol", "close"]));
    let newest = raw.expect("FEED_DATA").await;
    assert_eq!(
        newest["data"][1].as_array().unwrap().len(),
        2,
        "one row: {newest}"
    );
    raw.send(&candles(3, "add")).await;
    let fields = raw.skip_to("FEED_CONFIG").await["eventFields"]["Candle"].clone();
    assert_eq!(fields, json!(["eventFlags", "time"]));
    let snapshot = raw.expect("FEED_DATA").await;
    assert_eq!(
        (&snapshot["channel"], &snapshot["data"][1][0]),
        (&json!(3), &json!(4))
    );
    assert!(raw.rules().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_ends_on_one_channel_goes_on_on_the_other() {
    let reset =
        |channel: u64| json!({"type": "FEED_SUBSCRIPTION", "channel": channel, "reset": true});
    let cancel = |channel: u64| json!({"type": "CHANNEL_CANCEL", "channel": channel});
    for (ending, left) in [(cancel(3), 1), (reset(3), 1), (cancel(1), 3), (reset(1), 3)] {
        let mut raw = two_channels(StreamFaults::default()).await;
        raw.send(&setup(1, 0.1, "Candle", &["close"])).await;
        raw.send(&setup(3, 0.1, "Candle", &["close"])).await;
        raw.send(&plain_candle("add")).await;
        raw.send(&candles(3, "add")).await;
        raw.send(&ending.to_string()).await;
        // What was said before the ending was heard is on its way; a message after the ending marks the place.
        raw.send(&setup(left, 0.2, "Candle", &["close"])).await;
        loop {
            let config = raw.skip_to("FEED_CONFIG").await;
            if config["aggregationPeriod"] == json!(0.2) {
                break;
            }
        }
        for _ in 0..5 {
            assert_eq!(
                raw.skip_to("FEED_DATA").await["channel"],
                json!(left),
                "{ending}"
            );
        }
        assert!(raw.rules().await.is_empty(), "{ending}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_channel_is_confirmed_and_takes_nothing_more() {
    let mut raw = two_channels(StreamFaults::default()).await;
    raw.send(r#"{"type":"CHANNEL_CANCEL","channel":3}"#).await;
    assert_eq!(raw.expect("CHANNEL_CLOSED").await["channel"], 3);
    raw.send(&candles(3, "add")).await;
    let error = raw.expect("ERROR").await;
    assert_eq!(
        (&error["channel"], &error["error"]),
        (&json!(3), &json!("BAD_ACTION"))
    );
    assert_eq!(raw.rules().await, ["unopened-channel"]);
    raw.send(&plain_candle("add")).await;
    raw.skip_to("FEED_DATA").await;
}

#[tokio::test(start_paused = true)]
async fn limits_count_over_all_channels_and_a_cancelled_one_gives_its_share_back() {
    let faults = StreamFaults {
        candle_limit: Some(1),
        ..StreamFaults::default()
    };
    let mut raw = two_channels(faults).await;
    raw.send(&candles(3, "add")).await;
    raw.send(&plain_candle("add")).await;
    let error = raw.skip_to("ERROR").await;
    assert_eq!(
        error["message"],
        "Your subscription size for event type 'Candle' is too big"
    );
    raw.send(r#"{"type":"CHANNEL_CANCEL","channel":3}"#).await;
    raw.skip_to("CHANNEL_CLOSED").await;
    raw.send(&plain_candle("add")).await;
    assert_eq!(raw.skip_to("FEED_DATA").await["channel"], 1);
    assert_eq!(raw.rules().await, ["too-many-of-type"]);
}

#[tokio::test(start_paused = true)]
async fn a_stream_merges_nothing_and_a_ticker_everything() {
    for (contract, events) in [("TICKER", 1), ("STREAM", 40)] {
        let mut raw = Raw::at(Stage::LoggedIn, StreamFaults::default()).await;
        raw.send(&REQUEST.replace("AUTO", contract)).await;
        raw.send(&setup(1, 2.0, "Quote", &["bidSize"])).await;
        raw.subscribe(SPY_QUOTE).await;
        raw.skip_to("FEED_DATA").await;
        // The market of these tests moves every 50 ms.
        let update = raw.expect("FEED_DATA").await;
        assert_eq!(
            update["data"][1].as_array().unwrap().len(),
            events,
            "{contract}"
        );
    }
}
