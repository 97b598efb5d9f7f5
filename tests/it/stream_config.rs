//! How rows look is the server's word, whenever and however it gives it.
//!
//! See `docs/reference/dxlink-protocol.md`, "7.2 FEED_SETUP (wishes)" and "7.3 FEED_CONFIG (facts)".

use std::time::Duration;

use dxlink::Faults;
use dxlink::event::{Quote, Summary, Trade};
use dxlink::{Event, EventType, Subscription};
use market::{Counter, FeedConfigFault, FieldsFault, Script, StreamFaults, StreamRule};
use serde_json::{Value, json};

use crate::feed::{Listener, once};
use crate::harness::Harness;
use crate::scripted_server::{Say, ScriptedServer, data, kind, polite, say};
use crate::stream_handshake::market;

fn configured(feed_config: FeedConfigFault) -> StreamFaults {
    StreamFaults {
        feed_config,
        ..StreamFaults::default()
    }
}

fn laid_out(fields: FieldsFault) -> StreamFaults {
    StreamFaults {
        fields,
        ..StreamFaults::default()
    }
}

/// A market whose streams have these faults, one after the other, and none after the last.
fn one_after_the_other(faults: &[StreamFaults]) -> Harness {
    let rules = (1..).zip(faults);
    Harness::with(Script {
        stream: rules
            .map(|(number, faults)| StreamRule::on(number, faults.clone()))
            .collect(),
        ..Script::default()
    })
}

/// Quote, Trade and Summary of SPY and QQQ on the market's next stream, which must need no word beyond the usual.
fn events(market: &Harness) -> Vec<Event> {
    let before = market.record();
    let mut line = Listener::to(market, once());
    let types = [EventType::Quote, EventType::Trade, EventType::Summary];
    market.runtime().block_on(
        line.feed.subscribe(
            types
                .iter()
                .flat_map(|wanted| ["SPY", "QQQ"].map(|symbol| Subscription::new(*wanted, symbol)))
                .collect(),
        ),
    );
    let mut events = Vec::new();
    for event_type in types {
        for symbol in ["SPY", "QQQ"] {
            line.heard(event_type, symbol);
            events.push(line.newest(event_type, symbol).unwrap().clone());
        }
    }
    line.close();
    assert_eq!(line.stats.faults, Faults::default());
    let after = market.record();
    let counted = |what| after.count(what) - before.count(what);
    assert_eq!(counted(Counter::SubscriptionsAdded), 6);
    // SETUP, AUTH, CHANNEL_REQUEST, FEED_SETUP and one subscription.
    assert_eq!(counted(Counter::FramesReceived), 5);
    events
}

/// Expects that a market with these faults is understood as well as a healthy one.
#[track_caller]
fn change_nothing(faults: &[StreamFaults]) {
    let market = one_after_the_other(faults);
    let bent: Vec<_> = faults.iter().map(|_| events(&market)).collect();
    let healthy = events(&market);
    let Event::Quote(quote) = &healthy[0] else {
        panic!("{healthy:?}")
    };
    assert!(quote.bid_price.available().is_some() && quote.ask_size.available().is_some());
    for (bent, faults) in bent.iter().zip(faults) {
        assert_eq!(bent, &healthy, "{faults:?}");
    }
}

/// Checklist 37, 40, 50. No configuration brings another message.
#[test]
fn a_configuration_may_be_late_in_parts_or_repeated() {
    change_nothing(&[
        configured(FeedConfigFault::Normal),
        configured(FeedConfigFault::Partial),
        configured(FeedConfigFault::Repeated),
    ]);
}

/// Checklist 41, 43, 44.
#[test]
fn values_land_in_their_fields_by_name() {
    change_nothing(&[
        laid_out(FieldsFault::Reordered),
        laid_out(FieldsFault::Extra),
        laid_out(FieldsFault::WithoutType),
    ]);
}

/// Checklist 42. The last field of each list is left out.
#[test]
fn a_field_that_is_left_out_reads_as_not_provided() {
    let market = one_after_the_other(&[laid_out(FieldsFault::Trimmed)]);
    let (trimmed, whole) = (events(&market), events(&market));
    for (trimmed, whole) in trimmed.into_iter().zip(whole) {
        let expected = match whole {
            Event::Quote(quote) => Event::Quote(Quote {
                ask_time: Quote::default().ask_time,
                ..quote
            }),
            Event::Trade(trade) => Event::Trade(Trade {
                day_id: Trade::default().day_id,
                ..trade
            }),
            Event::Summary(summary) => Event::Summary(Summary {
                open_interest: Summary::default().open_interest,
                ..summary
            }),
            other => panic!("{other:?}"),
        };
        assert_eq!(trimmed, expected);
    }
}

/// Checklist 48. Whole events need no configuration either.
#[test]
fn whole_events_are_decoded_although_rows_were_asked_for() {
    let full_format = StreamFaults {
        full_format: true,
        ..StreamFaults::default()
    };
    let unannounced = StreamFaults {
        feed_config: FeedConfigFault::Absent,
        ..full_format.clone()
    };
    change_nothing(&[full_format, unannounced]);
}

/// Checklist 38.
#[test]
fn a_configuration_right_after_the_channel_is_taken() {
    let server = ScriptedServer::new(|_, message| match kind(message) {
        "CHANNEL_REQUEST" => {
            let mut line = polite(message);
            line.push(crate::scripted_server::quote_fields(message));
            line
        }
        "FEED_SETUP" => Vec::new(),
        "FEED_SUBSCRIPTION" => crate::scripted_server::quotes(message)
            .into_iter()
            .collect(),
        _ => polite(message),
    });
    let mut line = Listener::to_scripted_server(&server, once());
    assert_eq!(line.quote("SPY").ask_price.available(), Some(2.0));
}

/// Checklist 39, 47.
#[test]
fn without_any_configuration_the_subscription_is_sent_and_rows_are_dropped() {
    let market = market(configured(FeedConfigFault::Absent));
    let mut line = Listener::to(&market, once());
    line.subscribe(EventType::Quote, &["SPY"]);
    market.until("the rows", |record| record.count(Counter::EventsSent) == 1);
    line.listen(Duration::from_millis(200));
    assert!(line.events.is_empty());
    assert_eq!(line.lost(), [""; 0]);
    line.close();
}

/// Checklist 47.
#[test]
fn rows_before_their_list_are_dropped_and_later_ones_are_decoded() {
    let market = market(configured(FeedConfigFault::Late));
    let mut line = Listener::to(&market, once());
    line.subscribe(EventType::Quote, &["SPY"]);
    market.until("the rows", |record| record.count(Counter::EventsSent) == 1);
    line.quote("QQQ");
    assert!(line.newest(EventType::Quote, "SPY").is_none());
    assert_eq!(line.stats.faults.without_schema, 1);
}

/// A configuration with nothing but one type's list.
fn list(message: &Value, event_type: &str, fields: &[&str]) -> Say {
    say(&json!({
        "type": "FEED_CONFIG", "channel": message["channel"], "eventFields": {event_type: fields},
    }))
}

/// Checklist 40, 45.
#[test]
fn a_new_list_holds_for_its_type_from_the_next_message_on() {
    let server = ScriptedServer::polite_but("FEED_SUBSCRIPTION", |_, message| {
        let quote = |row: Value| data(message, &json!(["Quote", row]));
        vec![
            crate::scripted_server::quote_fields(message),
            quote(json!(["Quote", "A", 1, 2])),
            list(message, "Trade", &["eventSymbol", "price"]),
            quote(json!(["Quote", "B", 3, 4])),
            list(message, "Quote", &["askPrice", "eventSymbol", "askSize"]),
            quote(json!([6, "C", 60])),
            data(message, &json!(["Trade", ["A", 7.5]])),
        ]
    });
    let mut line = Listener::to_scripted_server(&server, once());
    line.subscribe(EventType::Quote, &["A", "B", "C"]);
    line.subscribe(EventType::Trade, &["A"]);
    line.heard(EventType::Trade, "A");
    let prices = |symbol: &str| match line.newest(EventType::Quote, symbol) {
        Some(Event::Quote(quote)) => (quote.bid_price.available(), quote.ask_price.available()),
        other => panic!("{other:?}"),
    };
    assert_eq!(prices("A"), (Some(1.0), Some(2.0)));
    assert_eq!(prices("B"), (Some(3.0), Some(4.0)));
    assert_eq!(prices("C"), (None, Some(6.0)));
    assert_eq!(line.stats.aggregation_period, Some(0.1));
}

/// Checklist 46.
#[test]
fn a_list_without_symbols_makes_its_type_unusable_and_nothing_is_guessed() {
    let server = ScriptedServer::polite_but("FEED_SUBSCRIPTION", |_, message| {
        vec![
            list(message, "Quote", &["eventType", "bidPrice", "askPrice"]),
            data(message, &json!(["Quote", ["Quote", 1, 2]])),
            list(message, "Trade", &["eventSymbol", "price"]),
            data(message, &json!(["Trade", ["SPY", 7.5]])),
        ]
    });
    let mut line = Listener::to_scripted_server(&server, once());
    line.subscribe(EventType::Quote, &["SPY"]);
    line.subscribe(EventType::Trade, &["SPY"]);
    line.heard(EventType::Trade, "SPY");
    assert_eq!(line.events.len(), 1);
    assert_eq!(line.stats.faults.without_schema, 1);
}

/// Checklist 46. The user is told which type it is.
#[test]
fn an_unusable_type_is_named_to_the_user() {
    let market = market(laid_out(FieldsFault::WithoutSymbol));
    let finished = market
        .volq("quote SPY --provider dxlink -v --listen 1s --json")
        .exits(6);
    let told = "Quote rows cannot be used: the server's field list lacks eventSymbol";
    assert!(finished.stderr.contains(told), "{}", finished.stderr);
}

/// Checklist 49.
#[test]
fn the_period_is_the_one_the_server_applies() {
    for (wish, applied) in [(0.001, 0.1), (0.5, 0.5), (900.0, 60.0)] {
        let market = market(StreamFaults::default());
        let mut options = once();
        options.aggregation_seconds = wish;
        let mut line = Listener::to(&market, options);
        line.quote("SPY");
        assert_eq!(line.stats.aggregation_period, Some(applied));
    }
}
