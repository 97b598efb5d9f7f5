//! Rows and values on the wire, good ones and others.
//!
//! See `docs/reference/dxlink-protocol.md`, "7.6 FEED_DATA" and "8. JSON values".

use dxlink::event::{Candle, Double, Quote, Trade};
use dxlink::{Event, EventType};
use market::{Junk, StreamFaults};
use serde_json::{Value, json};

use crate::feed::{Listener, once, options};
use crate::scripted_server::{Say, ScriptedServer, data, polite, say, text};
use crate::stream_handshake::market;

/// A scripted server that announces lists for four types and then says something.
fn says(then: impl Fn(&Value) -> Vec<Say> + Send + Sync + 'static) -> ScriptedServer {
    ScriptedServer::polite_but("FEED_SUBSCRIPTION", move |_, message| {
        let fields = json!({
            "Quote": ["eventType", "eventSymbol", "bidPrice", "askPrice", "bidSize", "askSize"],
            "Trade": ["eventSymbol", "price", "size", "dayVolume", "dayId"],
            "TradeETH": ["eventSymbol", "price", "extendedTradingHours"],
            "Candle": ["eventSymbol", "eventFlags", "index", "close", "volume"],
        });
        let mut line = vec![say(&json!({
            "type": "FEED_CONFIG", "channel": message["channel"], "dataFormat": "COMPACT", "eventFields": fields,
        }))];
        line.extend(then(message));
        line
    })
}

fn trade(line: &Listener<'_>, symbol: &str) -> Trade {
    match line.newest(EventType::Trade, symbol) {
        Some(Event::Trade(trade)) => trade.clone(),
        other => panic!("{other:?}"),
    }
}

fn quote(line: &Listener<'_>, symbol: &str) -> Quote {
    match line.newest(EventType::Quote, symbol) {
        Some(Event::Quote(quote)) => quote.clone(),
        other => panic!("{other:?}"),
    }
}

/// Checklist 51, 52.
#[test]
fn all_rows_of_all_pairs_are_decoded() {
    let server = says(|message| {
        vec![data(
            message,
            &json!([
                "Trade",
                ["A", 1, 10, 100, 1, "B", 2, 20, 200, 2, "A", 3, 30, 300, 3],
                "Quote",
                ["Quote", "A", 5, 6, 7, 8],
                "Trade",
                ["C", 4, 40, 400, 4],
                "Quote",
                [],
            ]),
        )]
    });
    let mut line = Listener::to_scripted_server(&server, once());
    line.subscribe(EventType::Trade, &["A", "B", "C"]);
    line.subscribe(EventType::Quote, &["A"]);
    line.heard(EventType::Trade, "C");
    assert_eq!(trade(&line, "A").price, Double(3.0), "the later row wins");
    assert_eq!(trade(&line, "B").day_id, 2);
    assert_eq!(quote(&line, "A").ask_size, Double(8.0));
    assert_eq!(line.stats.events, 5);
}

/// Checklist 53, 58.
#[test]
fn a_crooked_array_and_an_unknown_type_cost_nothing_else() {
    let market = market(StreamFaults {
        junk: vec![Junk::RowLength, Junk::UnknownTag],
        ..StreamFaults::default()
    });
    let mut line = Listener::to(&market, once());
    line.quote("SPY");
    line.quote("QQQ");
    assert_eq!(line.events.len(), 2);
    assert_eq!(
        (line.stats.faults.arrays, line.stats.faults.unknown_types),
        (1, 1)
    );
}

/// Checklist 54, 55.
#[test]
fn unusual_values_are_values_or_not_available_and_never_zero() {
    let server = says(|message| {
        vec![
            data(
                message,
                &json!([
                    "Quote", ["Quote", "A", "NaN", "Infinity", "-Infinity", null],
                    "Trade", ["A", "\u{0}", true, {"nested": [1]}, 20665.0, "B", 1.5, 100.0, 0, 1.5],
                    "TradeETH", ["A", 9, true],
                ]),
            ),
            text(
                r#"{"type":"FEED_DATA","channel":1,"data":["Trade",["C",1e2,100.0,1.3743299E7,2.0665e4]]}"#,
            ),
        ]
    });
    let mut line = Listener::to_scripted_server(&server, once());
    line.subscribe(EventType::Trade, &["A", "B", "C"]);
    line.subscribe(EventType::Quote, &["A"]);
    line.subscribe(EventType::TradeEth, &["A"]);
    line.heard(EventType::Trade, "C");
    let odd = quote(&line, "A");
    for value in [odd.bid_price, odd.ask_price, odd.bid_size, odd.ask_size] {
        assert_eq!(value.available(), None);
    }
    let strange = trade(&line, "A");
    for value in [strange.price, strange.size, strange.day_volume] {
        assert_eq!(value.available(), None);
    }
    assert_eq!(strange.day_id, 20_665);
    assert_eq!(
        (trade(&line, "B").price, trade(&line, "B").day_volume),
        (Double(1.5), Double(0.0)),
        "a whole number with a fraction costs only itself, and zero is zero"
    );
    let exponents = trade(&line, "C");
    assert_eq!(
        (exponents.price, exponents.day_volume, exponents.day_id),
        (Double(100.0), Double(13_743_299.0), 20_665)
    );
    let Some(Event::TradeEth(extended)) = line.newest(EventType::TradeEth, "A") else {
        panic!("{:?}", line.events)
    };
    assert_eq!(extended.extended, Some(true));
}

/// Checklist 56.
#[test]
fn keys_that_are_missing_in_whole_events_are_not_provided() {
    let server = says(|message| {
        vec![data(
            message,
            &json!([{"eventType": "Quote", "eventSymbol": "A", "askPrice": 2.5, "novelty": {}}]),
        )]
    });
    let mut line = Listener::to_scripted_server(&server, once());
    let quote = line.quote("A");
    assert_eq!(
        quote,
        Quote {
            ask_price: Double(2.5),
            ..Quote::default()
        }
    );
}

/// Checklist 57.
#[test]
fn an_index_keeps_all_its_digits() {
    let server = says(|message| {
        vec![data(
            message,
            &json!([
                "Candle",
                ["A{=d}", 10, 7_235_129_486_797_176_832_i64, "NaN", "NaN"]
            ]),
        )]
    });
    let mut line = Listener::to_scripted_server(&server, once());
    line.subscribe(EventType::Candle, &["A{=d}"]);
    line.heard(EventType::Candle, "A{=d}");
    let Some(Event::Candle(Candle {
        index, event_flags, ..
    })) = line.newest(EventType::Candle, "A{=d}")
    else {
        panic!("{:?}", line.events)
    };
    assert_eq!((*index, *event_flags), (7_235_129_486_797_176_832, 10));
}

/// Checklist 59.
#[test]
fn frames_that_are_no_messages_are_counted_and_passed_over() {
    let junk = vec![
        Junk::TruncatedJson,
        Junk::JsonArray,
        Junk::MissingType,
        Junk::MissingChannel,
        Junk::BareNan,
        Junk::Binary,
    ];
    let count = junk.len() as u64;
    let market = market(StreamFaults {
        junk,
        ..StreamFaults::default()
    });
    let mut line = Listener::to(&market, once());
    line.quote("SPY");
    assert_eq!(line.stats.malformed, count);
    line.quote("QQQ");
    assert_eq!(line.stats.connections, 1);
}

/// Checklist 59.
#[test]
fn too_many_unreadable_frames_in_a_row_end_the_connection() {
    let server = ScriptedServer::polite_but("FEED_SUBSCRIPTION", |connection, message| {
        if connection > 1 {
            return polite(message);
        }
        let mut line = vec![Say::Binary, text("{"), text("[]")];
        line.extend(vec![text(r#"{"type":"FEED_DATA""#); 40]);
        line
    });
    let mut line = Listener::to_scripted_server(&server, options());
    line.quote("SPY");
    let losses = line.lost();
    assert_eq!(losses.len(), 1);
    assert!(
        losses[0].contains("frames in a row could not be read"),
        "{losses:?}"
    );
    assert_eq!(server.all("ERROR")[0]["error"], "INVALID_MESSAGE");
}

/// Checklist 60.
#[test]
fn fragments_are_put_together() {
    let market = market(StreamFaults {
        fragments: true,
        ..StreamFaults::default()
    });
    let mut line = Listener::to(&market, once());
    line.quote("SPY");
    assert_eq!(line.stats.malformed, 0);
}

/// Checklist 60.
#[test]
fn a_message_of_60_kib_is_decoded() {
    let server = says(|message| {
        let rows: Vec<Value> = (0..2_000)
            .flat_map(|number| {
                let symbol = json!(format!("SYMBOL-{number}"));
                [symbol, json!(number), json!(1.25), json!("NaN"), json!(1)]
            })
            .collect();
        let message = data(message, &json!(["Trade", rows]));
        assert!(matches!(&message, Say::Text(text) if text.len() > 60 * 1024));
        vec![message]
    });
    let mut line = Listener::to_scripted_server(&server, once());
    line.subscribe(EventType::Trade, &["SYMBOL-0", "SYMBOL-1999"]);
    line.heard(EventType::Trade, "SYMBOL-1999");
    assert_eq!(trade(&line, "SYMBOL-1999").price, Double(1_999.0));
}
