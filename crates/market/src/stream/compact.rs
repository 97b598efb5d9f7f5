//! Events laid out for `FEED_DATA`: rows without names, or objects with names.
//!
//! See `docs/reference/dxlink-protocol.md`, "7.6 FEED_DATA" and "8. JSON values".

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::delivery::Event;
use super::wire::Format;
use crate::wire::WireValue;

/// Keeps a message of the widest rows below the 64 KiB that clients accept.
const ROWS_PER_MESSAGE: usize = 64;

/// The announced field list of each event type.
pub(super) type Layouts = BTreeMap<Arc<str>, Vec<String>>;

/// Lays events out as the `data` of one message or several. Events of types without a list are left out.
pub(super) fn lay_out(
    events: &[Event],
    layouts: &Layouts,
    format: Format,
    one_pair: bool,
) -> Vec<Vec<Value>> {
    let known: Vec<&Event> = events
        .iter()
        .filter(|event| layouts.contains_key(&event.kind))
        .collect();
    let messages: Vec<&[&Event]> = if one_pair {
        known
            .chunk_by(|left, right| left.kind == right.kind)
            .flat_map(|run| run.chunks(ROWS_PER_MESSAGE))
            .collect()
    } else {
        known.chunks(ROWS_PER_MESSAGE).collect()
    };
    messages
        .into_iter()
        .map(|rows| match format {
            Format::Compact => compact(rows, layouts),
            Format::Full => rows
                .iter()
                .filter_map(|event| Some(full(event, layouts.get(&event.kind)?)))
                .collect(),
        })
        .collect()
}

/// Tags and value arrays in turn; neighbours of one type share an array.
fn compact(events: &[&Event], layouts: &Layouts) -> Vec<Value> {
    let mut data = Vec::new();
    for run in events.chunk_by(|left, right| left.kind == right.kind) {
        let mut values = Vec::new();
        for event in run {
            values.extend(row(event, layouts));
        }
        data.push(run[0].kind.as_ref().into());
        data.push(Value::Array(values));
    }
    data
}

/// One event as a row in the announced order; a column the server invented is null.
pub(super) fn row(event: &Event, layouts: &Layouts) -> Vec<Value> {
    let layout = layouts.get(&event.kind).map_or(&[][..], Vec::as_slice);
    layout
        .iter()
        .map(|name| match name.as_str() {
            "eventType" => event.kind.as_ref().into(),
            "eventSymbol" => event.symbol.as_ref().into(),
            name => find(event, name).map_or(Value::Null, json),
        })
        .collect()
}

/// One event as an object: the type first, which the Java client insists on, and values that are not available left out.
fn full(event: &Event, layout: &[String]) -> Value {
    let mut map = Map::new();
    map.insert("eventType".to_owned(), event.kind.as_ref().into());
    map.insert("eventSymbol".to_owned(), event.symbol.as_ref().into());
    for name in layout {
        match find(event, name) {
            None | Some(WireValue::NotAvailable) => {}
            Some(value) => {
                map.insert(name.clone(), json(value));
            }
        }
    }
    Value::Object(map)
}

fn find<'a>(event: &'a Event, name: &str) -> Option<&'a WireValue> {
    event
        .values
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, value)| value)
}

/// A value as JSON; what JSON numbers cannot say is written as text.
fn json(value: &WireValue) -> Value {
    match value {
        WireValue::Number(number) if number.is_finite() => (*number).into(),
        WireValue::Number(number) if *number == f64::INFINITY => "Infinity".into(),
        WireValue::Number(number) if *number == f64::NEG_INFINITY => "-Infinity".into(),
        WireValue::Number(_) | WireValue::NotAvailable => "NaN".into(),
        WireValue::Integer(number) => (*number).into(),
        WireValue::Text(text) => text.as_str().into(),
        WireValue::Flag(flag) => (*flag).into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(kind: &str, symbol: &str, price: f64) -> Event {
        Event {
            kind: kind.into(),
            symbol: symbol.into(),
            values: vec![
                ("price", WireValue::Number(price)),
                ("size", WireValue::NotAvailable),
                ("index", WireValue::Integer(7_235_129_486_797_176_832)),
            ],
        }
    }

    fn layouts() -> Layouts {
        let names = ["eventType", "eventSymbol", "price", "size", "index", "new"];
        ["Quote", "Trade"]
            .into_iter()
            .map(|kind| (kind.into(), names.map(str::to_owned).to_vec()))
            .collect()
    }

    #[test]
    fn rows_of_one_type_share_an_array_and_types_share_a_message() {
        let events = [
            event("Quote", "A", 1.5),
            event("Quote", "B", f64::NAN),
            event("Trade", "A", f64::INFINITY),
            event("Order", "A", 1.0),
        ];
        let index = 7_235_129_486_797_176_832_i64;
        assert_eq!(
            lay_out(&events, &layouts(), Format::Compact, false),
            [vec![
                json!("Quote"),
                json!([
                    "Quote", "A", 1.5, "NaN", index, null, "Quote", "B", "NaN", "NaN", index, null
                ]),
                json!("Trade"),
                json!(["Trade", "A", "Infinity", "NaN", index, null]),
            ]]
        );
    }

    #[test]
    fn one_pair_per_message_where_the_peer_reads_no_more() {
        let events = [event("Quote", "A", 1.5), event("Trade", "A", 1.5)];
        let messages = lay_out(&events, &layouts(), Format::Compact, true);
        assert_eq!(messages.len(), 2);
        assert!(messages.iter().all(|data| data.len() == 2));
    }

    #[test]
    fn full_events_start_with_their_type_and_leave_out_what_is_not_available() {
        let messages = lay_out(&[event("Quote", "A", 1.5)], &layouts(), Format::Full, false);
        insta::assert_snapshot!(
            Value::Array(messages[0].clone()),
            @r#"[{"eventType":"Quote","eventSymbol":"A","price":1.5,"index":7235129486797176832}]"#
        );
    }

    #[test]
    fn long_lists_are_cut_into_messages() {
        let events = vec![event("Quote", "A", 1.0); ROWS_PER_MESSAGE + 1];
        let messages = lay_out(&events, &layouts(), Format::Compact, false);
        let rows = |data: &[Value]| data[1].as_array().unwrap().len() / 6;
        assert_eq!(
            messages.iter().map(|data| rows(data)).collect::<Vec<_>>(),
            [ROWS_PER_MESSAGE, 1]
        );
    }
}
