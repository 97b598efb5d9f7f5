//! Recorded, broken and mangled frames.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::event::{Double, EventType, Millis, SymbolId};

/// Finds every symbol by its place in a list.
struct Listed(&'static [&'static str]);

impl Names for Listed {
    fn find(&self, symbol: &str) -> Option<SymbolId> {
        self.0
            .iter()
            .position(|name| *name == symbol)
            .map(|at| SymbolId(u32::try_from(at).unwrap()))
    }
}

const NAMES: Listed = Listed(&["SPY", "AAPL", "AMZN", "BTC/USD:CXTALP"]);

fn decoder(fields: &[(&str, &[&str])]) -> Decoder {
    let mut decoder = Decoder::default();
    decoder.open(3);
    let lists: BTreeMap<_, _> = fields
        .iter()
        .map(|(t, f)| ((*t).to_owned(), f.iter().map(|f| (*f).to_owned()).collect()))
        .collect();
    decoder.schema_mut(3).unwrap().merge(None, &lists);
    decoder
}

const QUOTE: (&str, &[&str]) = (
    "Quote",
    &["eventSymbol", "eventType", "bidPrice", "askPrice"],
);
const TRADE: (&str, &[&str]) = (
    "Trade",
    &["eventType", "eventSymbol", "price", "dayVolume", "size"],
);

#[test]
fn a_captured_compact_message_is_decoded() {
    let mut decoder = decoder(&[TRADE]);
    let text = r#"{"type":"FEED_DATA","channel":3,"data":["Trade",["Trade","SPY",559.36,1.3743299E7,100.0,"Trade","BTC/USD:CXTALP",58356.71,"NaN","NaN"]]}"#;
    assert_eq!(decoder.read(text, &NAMES).unwrap(), Frame::Data(3));
    let [(spy, first), (btc, second)] = &decoder.batch.trades[..] else {
        panic!("{:?}", decoder.batch)
    };
    assert_eq!(
        (spy.0, first.price, first.day_volume),
        (0, Double(559.36), Double(13_743_299.0))
    );
    assert_eq!(
        (btc.0, second.price, second.size.available()),
        (3, Double(58_356.71), None)
    );
    assert_eq!(decoder.faults, Faults::default());
}

#[test]
fn several_pairs_and_the_same_tag_twice_are_all_decoded() {
    let mut decoder = decoder(&[
        QUOTE,
        ("Trade", &["eventSymbol", "eventType", "price", "size"]),
    ]);
    let text = r#"{"type":"FEED_DATA","channel":3,"data":["Quote",["AAPL","Quote",123,123.5,"AMZN","Quote",321,321],"Trade",["AAPL","Trade",321,22],"Quote",["SPY","Quote",1,2]]}"#;
    decoder.read(text, &NAMES).unwrap();
    assert_eq!(
        (decoder.batch.quotes.len(), decoder.batch.trades.len()),
        (3, 1)
    );
    assert_eq!(decoder.batch.quotes[0].1.ask_price, Double(123.5));
}

#[test]
fn an_array_that_does_not_fit_is_dropped_alone() {
    let mut decoder = decoder(&[QUOTE, TRADE]);
    let text = r#"{"type":"FEED_DATA","channel":3,"data":["Quote",["AAPL","Quote",1,2,"AMZN","Quote",3],"Trade",["Trade","SPY",5,6,7]]}"#;
    decoder.read(text, &NAMES).unwrap();
    assert!(
        decoder.batch.quotes.is_empty(),
        "a shift is silent, so the whole array goes"
    );
    assert_eq!(decoder.batch.trades.len(), 1);
    assert_eq!(decoder.faults.arrays, 1);
}

#[test]
fn a_type_that_contradicts_its_tag_is_column_drift() {
    let mut decoder = decoder(&[QUOTE]);
    decoder
        .read(
            r#"{"type":"FEED_DATA","channel":3,"data":["Quote",["AAPL","Trade",1,2]]}"#,
            &NAMES,
        )
        .unwrap();
    assert!(decoder.batch.is_empty());
    assert_eq!(decoder.faults.arrays, 1);
}

#[test]
fn unknown_types_unknown_symbols_and_missing_schemas_cost_nothing_else() {
    let mut decoder = decoder(&[QUOTE]);
    let text = r#"{"type":"FEED_DATA","channel":3,"data":["Order",[1,[2],{"x":3}],"Summary",["SPY",1],"Quote",["TSLA","Quote",1,2,"SPY","Quote",1,2],"Quote",[]]}"#;
    decoder.read(text, &NAMES).unwrap();
    assert_eq!(decoder.batch.len(), 1);
    let expected = Faults {
        unknown_types: 1,
        without_schema: 1,
        unrequested: 1,
        ..Faults::default()
    };
    assert_eq!(decoder.faults, expected);
}

#[test]
fn full_events_are_read_whatever_was_announced() {
    let mut decoder = decoder(&[QUOTE]);
    let text = r#"{"type":"FEED_DATA","channel":3,"data":[{"bidPrice":123.45,"eventType":"Quote","eventSymbol":"AAPL","bidTime":1785542396498},{"eventType":"Order","eventSymbol":"AAPL"}]}"#;
    decoder.read(text, &NAMES).unwrap();
    let (_, quote) = &decoder.batch.quotes[0];
    assert_eq!(
        (quote.bid_price, quote.ask_price.available()),
        (Double(123.45), None)
    );
    assert_eq!(quote.bid_time, Millis(1_785_542_396_498));
    assert_eq!(decoder.faults.unknown_types, 1);
}

#[test]
fn a_late_envelope_is_read_too() {
    let mut decoder = decoder(&[QUOTE]);
    let text = r#"{"data":["Quote",["SPY","Quote",1,2]],"channel":3,"type":"FEED_DATA"}"#;
    assert_eq!(decoder.read(text, &NAMES).unwrap(), Frame::Data(3));
    assert_eq!(decoder.batch.len(), 1);
}

#[test]
fn data_of_another_channel_is_foreign() {
    let mut decoder = decoder(&[QUOTE]);
    let text = r#"{"type":"FEED_DATA","channel":5,"data":["Quote",["SPY","Quote",1,2]]}"#;
    assert_eq!(decoder.read(text, &NAMES).unwrap(), Frame::ForeignData);
    assert!(decoder.batch.is_empty());
}

#[test]
fn a_broken_frame_leaves_no_rows_behind() {
    let mut decoder = decoder(&[QUOTE]);
    for text in [
        r#"{"type":"FEED_DATA","channel":3,"data":["Quote",["SPY","Quote",1,2]]"#,
        r#"{"type":"FEED_DATA","channel":3,"data":["Quote",["SPY","Quote",NaN,2]]}"#,
        r#"["Quote"]"#,
        r#"{"channel":3}"#,
        r#"{"type":"KEEPALIVE"}"#,
        "",
    ] {
        assert!(decoder.read(text, &NAMES).is_err(), "{text}");
        assert!(decoder.batch.is_empty(), "{text}");
    }
}

#[test]
fn an_escaped_symbol_is_the_same_symbol() {
    let mut decoder = decoder(&[QUOTE]);
    let text = r#"{"type":"FEED_DATA","channel":3,"data":["Quote",["S\u0050Y","Quote",1,2]]}"#;
    decoder.read(text, &NAMES).unwrap();
    assert_eq!(decoder.batch.quotes[0].0, SymbolId(0));
}

/// Frames as recorded, one per line, from `fixtures/`.
const RECORDED: &str = include_str!("../../fixtures/ws_frames.ndjson");

#[test]
fn recorded_frames_are_all_readable() {
    for line in RECORDED.lines() {
        let mut decoder = decoder(&[QUOTE, TRADE]);
        decoder
            .read(line, &NAMES)
            .unwrap_or_else(|error| panic!("{error}: {line}"));
    }
}

fn all_types() -> Decoder {
    let lists: Vec<_> = EventType::ALL
        .iter()
        .map(|t| (t.name(), t.fields()))
        .collect();
    decoder(&lists)
}

/// Frames in the form that servers write, with the field lists that are asked for.
const PLAIN: [&str; 4] = [
    r#"{"type":"FEED_DATA","channel":3,"data":["Quote",["Quote","SPY",601.23,601.25,100,200.0,1785542396000,0,"Quote","TSLA",1,2,"NaN","NaN",0,0]]}"#,
    r#"{"type":"FEED_DATA","channel":3,"data":["Greeks",["Greeks","AAPL",0,7235129486797176832,1785542396498,12.345678901234567,0.25,-0.5,1.5E-3,"-Infinity",0.1,null],"Profile",["Profile","AMZN","Amazon","ACTIVE",1.2]]}"#,
    r#"{"type":"FEED_DATA","channel":3,"data":["TradeETH",["TradeETH","AAPL",307.3554,600.0,11085372.061196,1785542396498,true],"Trade",["Trade","SPY",559.36,100.0,1.3743299E7,1785542396498,20665]]}"#,
    r#"{"type":"FEED_DATA","channel":3,"data":["Summary",["Summary","SPY",20665,1,2,3,"NaN",4,5],"Underlying",["Underlying","AAPL",1,0.2,0.3,0.4,100,200,2]]}"#,
];

#[test]
fn plain_frames_take_the_short_way() {
    for text in PLAIN {
        assert!(all_types().read_fast(text, &NAMES).is_some(), "{text}");
    }
}

type Cut = (prop::sample::Index, u8, u8);

fn cuts() -> impl Strategy<Value = Vec<Cut>> {
    prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0u8..4), 0..5)
}

/// A frame with bytes changed, cut off, put in or taken out.
fn mangled(line: &str, cuts: Vec<Cut>) -> String {
    let mut bytes = line.as_bytes().to_vec();
    for (at, byte, how) in cuts {
        if bytes.is_empty() {
            break;
        }
        let at = at.index(bytes.len());
        match how {
            0 => bytes[at] = byte,
            1 => bytes.truncate(at),
            2 => bytes.insert(at, byte),
            _ => drop(bytes.remove(at)),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

proptest! {
    #[test]
    fn mangled_frames_never_panic(line: prop::sample::Index, cuts in cuts()) {
        let lines: Vec<&str> = RECORDED.lines().chain(PLAIN).collect();
        let mut decoder = all_types();
        if decoder.read(&mangled(lines[line.index(lines.len())], cuts), &NAMES).is_err() {
            prop_assert!(decoder.batch.is_empty());
        }
    }

    #[test]
    fn the_short_way_leads_where_the_general_one_does(line: prop::sample::Index, cuts in cuts()) {
        let text = mangled(PLAIN[line.index(PLAIN.len())], cuts);
        let (mut short, mut general) = (all_types(), all_types());
        let read = short.read(&text, &NAMES).ok();
        prop_assert_eq!(&read, &general.read_generally(&text, &NAMES).ok());
        prop_assert_eq!(format!("{:?}", short.batch), format!("{:?}", general.batch));
        if read.is_some() {
            prop_assert_eq!(short.faults, general.faults);
        }
    }

    #[test]
    fn any_text_is_a_message_or_an_error(text in "\\PC{0,200}") {
        let _ = all_types().read(&text, &NAMES);
    }
}
