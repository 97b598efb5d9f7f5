//! Snapshots as scripts bend, pace, repeat and cut them.

use serde_json::json;
use tokio::time::Instant;

use super::*;

const FROM: i64 = 1_794_787_200_000; // 2026-11-16

/// A row as it arrived: symbol, flags, index and close.
#[derive(Clone, Debug, PartialEq)]
struct Row {
    symbol: String,
    flags: i64,
    index: i64,
    close: Option<f64>,
}

/// A connection with a channel for history and subscriptions to the daily bars of these symbols.
async fn following(symbols: &[&str], snapshots: Value) -> Raw {
    let faults = serde_json::from_value(json!({ "snapshots": snapshots })).unwrap();
    let mut raw = Raw::at(Stage::LoggedIn, faults).await;
    raw.send(&REQUEST.replace("AUTO", "HISTORY")).await;
    raw.send(
        r#"{"type":"FEED_SETUP","channel":1,"acceptDataFormat":"COMPACT","acceptEventFields":{"Candle":["eventSymbol","eventFlags","index","close"]}}"#,
    )
    .await;
    raw.subscribe(&items(symbols)).await;
    raw
}

fn items(symbols: &[&str]) -> String {
    let items: Vec<String> = symbols
        .iter()
        .map(|symbol| format!(r#"{{"type":"Candle","symbol":"{symbol}{{=d}}","fromTime":{FROM}}}"#))
        .collect();
    items.join(",")
}

impl Raw {
    /// The rows of the next message with data; `None` when there is none within ten seconds.
    async fn rows(&mut self) -> Option<Vec<Row>> {
        loop {
            let message = self.next().await?;
            if message["type"] != "FEED_DATA" {
                continue;
            }
            let values = message["data"][1].as_array().unwrap();
            let row = |row: &[Value]| Row {
                symbol: row[0].as_str().unwrap().to_owned(),
                flags: row[1].as_i64().unwrap(),
                index: row[2].as_i64().unwrap(),
                close: row[3].as_f64(),
            };
            return Some(values.chunks(4).map(row).collect());
        }
    }

    /// All rows until the server is silent for ten seconds.
    async fn all_rows(&mut self) -> Vec<Row> {
        let mut all = Vec::new();
        while let Some(rows) = self.rows().await {
            all.extend(rows);
        }
        all
    }
}

fn flags(rows: &[Row]) -> Vec<i64> {
    rows.iter().map(|row| row.flags).collect()
}

#[tokio::test(start_paused = true)]
async fn a_whole_snapshot_under_a_rule_is_the_usual_one_and_stands_still() {
    let usual = following(&["SPY"], json!([])).await.rows().await.unwrap();
    let mut raw = following(&["SPY"], json!([{}])).await;
    assert_eq!(raw.all_rows().await, usual);
    // Monday to Friday, the first of which stands at the start.
    assert_eq!(flags(&usual), [4, 0, 0, 0, 8]);
    assert!(raw.rules().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn shapes_reach_the_wire() {
    for (shape, expected) in [
        ("empty", vec![14]),
        ("unfinished", vec![4, 0, 0, 0]),
        ("begun-twice", vec![4, 0, 0, 4, 0, 0, 0, 8]),
        ("never-begun", vec![0, 0, 0, 0, 8]),
        ("end-pending", vec![4, 0, 0, 0, 9, 0]),
    ] {
        let mut raw = following(&["SPY"], json!([{"shape": shape}])).await;
        assert_eq!(flags(&raw.all_rows().await), expected, "{shape}");
    }
}

#[tokio::test(start_paused = true)]
async fn snapshots_under_way_take_turns_row_by_row() {
    let rule = json!([{"rows-per-message": 1, "pause-ms": 40}]);
    let mut raw = following(&["AAPL", "SPY"], rule).await;
    let began = Instant::now();
    let mut order = Vec::new();
    while order.len() < 10 {
        let rows = raw.rows().await.unwrap();
        assert_eq!(rows.len(), 1);
        order.push(rows[0].symbol.clone());
    }
    assert_eq!(order.concat(), "AAPL{=d}SPY{=d}".repeat(5));
    assert_eq!(began.elapsed().as_millis(), 4 * 40);
}

#[tokio::test(start_paused = true)]
async fn rules_are_by_symbol_and_the_first_that_matches_decides() {
    let rules = json!([{"symbols": ["AAPL"], "shape": "unfinished"}, {"shape": "empty"}]);
    let rows = following(&["AAPL", "SPY"], rules).await.all_rows().await;
    let of = |symbol: &str| -> Vec<i64> {
        rows.iter()
            .filter(|row| row.symbol == symbol)
            .map(|row| row.flags)
            .collect()
    };
    assert_eq!(
        (of("AAPL{=d}"), of("SPY{=d}")),
        (vec![4, 0, 0, 0], vec![14])
    );
}

#[tokio::test(start_paused = true)]
async fn a_connection_is_cut_in_mid_snapshot() {
    let rule = json!([{"rows-per-message": 2, "cut-after-rows": 3}]);
    let mut raw = following(&["SPY"], rule).await;
    assert_eq!(flags(&raw.rows().await.unwrap()), [4, 0]);
    assert_eq!(flags(&raw.rows().await.unwrap()), [0]);
    assert_eq!(raw.ending().await, None, "no close frame");
}

#[tokio::test(start_paused = true)]
async fn sequels_follow_in_time() {
    let then = json!([{"then": [
        {"after-ms": 100, "act": "live-bar"}, {"after-ms": 50, "act": "new-bar"}, {"act": {"split": 2}}]}]);
    let mut raw = following(&["SPY"], then).await;
    let snapshot = raw.rows().await.unwrap();
    let began = Instant::now();
    let live = raw.rows().await.unwrap();
    assert_eq!(began.elapsed().as_millis(), 100);
    assert_eq!((live[0].flags, live[0].index), (0, snapshot[0].index));
    let new = raw.rows().await.unwrap();
    assert_eq!(began.elapsed().as_millis(), 150);
    assert!(new[0].index > live[0].index);
    let split = raw.rows().await.unwrap();
    assert_eq!(began.elapsed().as_millis(), 150);
    assert_eq!(flags(&split), [4, 0, 0, 0, 0, 8]);
    assert_eq!(split[1].index, live[0].index);
    assert_eq!(split[1].close.unwrap(), live[0].close.unwrap() / 2.0);
}

#[tokio::test(start_paused = true)]
async fn a_removed_or_reset_candle_brings_nothing_more() {
    let removal = add(&items(&["SPY"])).replace("add", "remove");
    let reset = r#"{"type":"FEED_SUBSCRIPTION","channel":1,"reset":true}"#.to_owned();
    for ending in [removal, reset] {
        let rule = json!([{"rows-per-message": 1, "pause-ms": 1_000}]);
        let mut raw = following(&["SPY"], rule).await;
        raw.rows().await.unwrap();
        raw.send(&ending).await;
        assert_eq!(raw.all_rows().await, [], "{ending}");
    }
}

#[tokio::test(start_paused = true)]
async fn another_start_brings_another_snapshot_in_place_of_the_first() {
    let rule = json!([{"rows-per-message": 1, "pause-ms": 1_000}]);
    let mut raw = following(&["SPY"], rule).await;
    raw.rows().await.unwrap();
    let later = items(&["SPY"]).replace(&FROM.to_string(), &(FROM + 3 * 86_400_000).to_string());
    raw.subscribe(&later).await;
    assert_eq!(flags(&raw.all_rows().await), [4, 8], "Thursday and Friday");
    assert!(raw.rules().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn no_update_is_older_than_the_start() {
    let mut raw = Raw::at(Stage::Open, StreamFaults::default()).await;
    let future = items(&["SPY"]).replace(&FROM.to_string(), &(FROM + 30 * 86_400_000).to_string());
    raw.subscribe(&future).await;
    raw.skip_to("FEED_DATA").await;
    assert!(
        raw.next().await.is_none(),
        "the live bar lies before the start"
    );
}
