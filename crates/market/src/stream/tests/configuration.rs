//! Field lists, formats and periods, and what scripts do to them.

use serde_json::json;

use super::*;
use crate::script::{FeedConfigFault, FieldsFault};

async fn open(faults: StreamFaults) -> Raw {
    let mut raw = Raw::at(Stage::LoggedIn, faults).await;
    raw.send(REQUEST).await;
    raw.expect("CHANNEL_OPENED").await;
    raw.send(FEED_SETUP).await;
    raw
}

fn config(feed_config: FeedConfigFault) -> StreamFaults {
    StreamFaults {
        feed_config,
        ..StreamFaults::default()
    }
}

/// The types of the messages that arrive up to the first data and one more.
async fn order(raw: &mut Raw) -> Vec<String> {
    let mut kinds = Vec::new();
    loop {
        let kind = raw.next().await.unwrap()["type"]
            .as_str()
            .unwrap()
            .to_owned();
        let is_after_data = kinds.last().is_some_and(|last| last == "FEED_DATA");
        kinds.push(kind);
        if is_after_data {
            return kinds;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_configuration_can_be_absent_late_or_repeated() {
    let mut raw = open(config(FeedConfigFault::Absent)).await;
    raw.subscribe(SPY_QUOTE).await;
    assert_eq!(order(&mut raw).await, ["FEED_DATA", "FEED_DATA"]);

    let mut raw = open(config(FeedConfigFault::Late)).await;
    raw.expect("FEED_CONFIG").await;
    raw.subscribe(SPY_QUOTE).await;
    assert_eq!(order(&mut raw).await, ["FEED_DATA", "FEED_CONFIG"]);

    let mut raw = open(config(FeedConfigFault::Repeated)).await;
    raw.subscribe(SPY_QUOTE).await;
    let kinds = order(&mut raw).await;
    let configs = kinds.iter().filter(|kind| *kind == "FEED_CONFIG").count();
    assert_eq!(configs, 200, "once for the setup, once for the type");
}

#[tokio::test(start_paused = true)]
async fn a_partial_configuration_names_one_type_and_nothing_else() {
    let mut raw = open(config(FeedConfigFault::Partial)).await;
    raw.expect("FEED_CONFIG").await;
    raw.subscribe(&format!("{SPY_QUOTE},{SPY_TRADE}")).await;
    for kind in ["Quote", "Trade"] {
        let config = raw.expect("FEED_CONFIG").await;
        assert_eq!(config.as_object().unwrap().len(), 3, "{config}");
        assert!(config["eventFields"][kind].is_array(), "{config}");
    }
    raw.expect("FEED_DATA").await;
}

#[tokio::test(start_paused = true)]
async fn rows_follow_the_announced_list_however_bent() {
    for (fields, expected) in [
        (
            FieldsFault::AsAsked,
            "eventType eventSymbol bidPrice askPrice",
        ),
        (
            FieldsFault::Reordered,
            "askPrice bidPrice eventSymbol eventType",
        ),
        (FieldsFault::Trimmed, "eventType eventSymbol bidPrice"),
        (FieldsFault::WithoutType, "eventSymbol bidPrice askPrice"),
        (FieldsFault::WithoutSymbol, "eventType bidPrice askPrice"),
        (
            FieldsFault::Extra,
            "eventType eventSymbol venueNote bidPrice askPrice attachment",
        ),
    ] {
        let faults = StreamFaults {
            fields,
            ..StreamFaults::default()
        };
        let mut raw = Raw::at(Stage::Open, faults).await;
        raw.subscribe(SPY_QUOTE).await;
        let config = raw.expect("FEED_CONFIG").await;
        let names: Vec<&str> = config["eventFields"]["Quote"]
            .as_array()
            .unwrap()
            .iter()
            .map(|name| name.as_str().unwrap())
            .collect();
        assert_eq!(names.join(" "), expected);
        let row = raw.expect("FEED_DATA").await["data"][1].clone();
        assert_eq!(row.as_array().unwrap().len(), names.len());
        for (name, value) in names.iter().zip(row.as_array().unwrap()) {
            match *name {
                "eventType" => assert_eq!(value, "Quote"),
                "eventSymbol" => assert_eq!(value, "SPY"),
                "bidPrice" | "askPrice" => assert!(value.is_number()),
                _ => assert!(value.is_null()),
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn full_data_comes_when_asked_and_when_scripted() {
    let asked = FEED_SETUP.replace("COMPACT", "FULL");
    let scripted = StreamFaults {
        full_format: true,
        ..StreamFaults::default()
    };
    for (faults, setup) in [(StreamFaults::default(), &*asked), (scripted, FEED_SETUP)] {
        let mut raw = Raw::at(Stage::LoggedIn, faults).await;
        raw.send(REQUEST).await;
        raw.send(setup).await;
        assert_eq!(raw.skip_to("FEED_CONFIG").await["dataFormat"], "FULL");
        raw.subscribe(SPY_QUOTE).await;
        let event = raw.skip_to("FEED_DATA").await["data"][0].clone();
        let keys: Vec<&String> = event.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["eventType", "eventSymbol", "bidPrice", "askPrice"]);
    }
}

#[tokio::test(start_paused = true)]
async fn the_period_is_clamped_and_reported() {
    let mut raw = Raw::at(Stage::Open, StreamFaults::default()).await;
    for (wish, applied) in [
        ("0", 0.1),
        ("5", 5.0),
        ("1e9", 60.0),
        (r#""NaN""#, 0.1),
        ("2", 2.0),
    ] {
        raw.send(&format!(
            r#"{{"type":"FEED_SETUP","channel":1,"acceptAggregationPeriod":{wish}}}"#
        ))
        .await;
        assert_eq!(
            raw.expect("FEED_CONFIG").await["aggregationPeriod"],
            json!(applied)
        );
    }
    raw.subscribe(SPY_QUOTE).await;
    raw.skip_to("FEED_DATA").await;
    let began = tokio::time::Instant::now();
    raw.expect("FEED_DATA").await;
    assert_eq!(began.elapsed().as_secs(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_new_wish_for_a_used_type_is_announced_before_it_applies() {
    let mut raw = Raw::at(Stage::Open, StreamFaults::default()).await;
    raw.subscribe(SPY_QUOTE).await;
    raw.skip_to("FEED_DATA").await;
    raw.send(r#"{"type":"FEED_SETUP","channel":1,"acceptEventFields":{"Quote":["eventSymbol","askPrice"],"Summary":["eventSymbol"]}}"#).await;
    let config = raw.skip_to("FEED_CONFIG").await;
    assert_eq!(
        config["eventFields"],
        json!({"Quote": ["eventSymbol", "askPrice"]})
    );
    let data = raw.expect("FEED_DATA").await;
    assert_eq!(data["data"][1].as_array().unwrap().len(), 2);
}
