//! Candle history and series.

use super::*;

const DAY_MS: i64 = 86_400_000;

/// Rows of the candle snapshot as (flags, time).
async fn snapshot(from: i64, faults: StreamFaults) -> Vec<(i64, i64)> {
    let mut raw = Raw::at(Stage::LoggedIn, faults).await;
    raw.send(REQUEST).await;
    raw.send(r#"{"type":"FEED_SETUP","channel":1,"acceptDataFormat":"COMPACT","acceptEventFields":{"Candle":["eventFlags","eventSymbol","time"]}}"#).await;
    raw.subscribe(&format!(
        r#"{{"type":"Candle","symbol":"SPY{{=1d}}","fromTime":{from}}}"#
    ))
    .await;
    let mut rows: Vec<(i64, i64)> = Vec::new();
    loop {
        let data = raw.skip_to("FEED_DATA").await;
        for row in data["data"][1].as_array().unwrap().chunks(3) {
            assert_eq!(row[1], "SPY{=d}", "the normal form");
            rows.push((row[0].as_i64().unwrap(), row[2].as_i64().unwrap()));
        }
        if rows.last().is_some_and(|(flags, _)| flags & 0x18 != 0) {
            return rows;
        }
    }
}

const NOV_1: i64 = 1_793_491_200_000;

#[tokio::test(start_paused = true)]
async fn a_snapshot_runs_from_the_newest_bar_to_a_placeholder() {
    let from = NOV_1 + 1;
    let rows = snapshot(from, StreamFaults::default()).await;
    assert!(rows.len() > 10);
    assert_eq!(rows[0].0, 0x04);
    assert_eq!(*rows.last().unwrap(), (0x0a, from));
    assert!(rows.windows(2).all(|pair| pair[0].1 > pair[1].1));
    assert!(rows[1..rows.len() - 1].iter().all(|(flags, _)| *flags == 0));
}

#[tokio::test(start_paused = true)]
async fn a_bar_that_stands_at_the_start_ends_the_snapshot_itself() {
    let rows = snapshot(NOV_1, StreamFaults::default()).await;
    let oldest = rows[rows.len() - 2].1;
    let rows = snapshot(oldest, StreamFaults::default()).await;
    assert_eq!(*rows.last().unwrap(), (0x08, oldest));
}

#[tokio::test(start_paused = true)]
async fn an_empty_snapshot_is_one_row() {
    let future = NOV_1 + 400 * DAY_MS;
    assert_eq!(
        snapshot(future, StreamFaults::default()).await,
        [(0x0e, future)]
    );
}

#[tokio::test(start_paused = true)]
async fn a_long_snapshot_is_snipped() {
    let faults = StreamFaults {
        snapshot_limit: Some(5),
        ..StreamFaults::default()
    };
    let rows = snapshot(NOV_1 - 300 * DAY_MS, faults).await;
    let flags: Vec<i64> = rows.iter().map(|(flags, _)| *flags).collect();
    assert_eq!(flags, [0x04, 0, 0, 0, 0x10]);
}

#[tokio::test(start_paused = true)]
async fn the_live_bar_keeps_its_index() {
    let mut raw = Raw::at(Stage::LoggedIn, StreamFaults::default()).await;
    raw.send(REQUEST).await;
    raw.send(r#"{"type":"FEED_SETUP","channel":1,"acceptDataFormat":"COMPACT","acceptEventFields":{"Candle":["eventFlags","index"]}}"#).await;
    raw.subscribe(&format!(
        r#"{{"type":"Candle","symbol":"SPY{{=d}}","fromTime":{NOV_1}}}"#
    ))
    .await;
    let first = raw.skip_to("FEED_DATA").await["data"][1][1].clone();
    let update = raw.skip_to("FEED_DATA").await["data"][1].clone();
    assert_eq!((update[0].as_i64(), &update[1]), (Some(0), &first));
}

#[tokio::test(start_paused = true)]
async fn unknown_candles_are_silent() {
    let mut raw = Raw::at(Stage::Open, StreamFaults::default()).await;
    for symbol in ["NOSUCH{=d}", "SPY{=5m}", "SPY"] {
        raw.subscribe(&format!(
            r#"{{"type":"Candle","symbol":"{symbol}","fromTime":{NOV_1}}}"#
        ))
        .await;
    }
    raw.expect("FEED_CONFIG").await;
    assert!(raw.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_series_of_one_value_is_a_whole_snapshot() {
    let mut raw = Raw::at(Stage::LoggedIn, StreamFaults::default()).await;
    raw.send(REQUEST).await;
    raw.send(r#"{"type":"FEED_SETUP","channel":1,"acceptDataFormat":"COMPACT","acceptEventFields":{"Underlying":["eventFlags"]}}"#).await;
    raw.subscribe(&format!(
        r#"{{"type":"Underlying","symbol":"SPY","fromTime":{NOV_1}}}"#
    ))
    .await;
    assert_eq!(raw.skip_to("FEED_DATA").await["data"][1][0], 0x0c);
}
