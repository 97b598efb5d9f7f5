//! One text frame: its envelope, and the fast way into FEED_DATA (dxlink-protocol §1).
//!
//! FEED_DATA is decoded in the same pass that reads the envelope. Every other message is small and rare and is parsed a
//! second time into [`Message`].

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::decode::{DataSeed, Faults, Names};
use super::event::Batch;
use super::message::Message;
use super::schema::Schema;
use super::value::{Scalar, ScalarSeed, TextSeed};

/// What a frame was.
#[derive(Debug, PartialEq)]
pub enum Frame {
    /// Events, now in the batch.
    Data,
    /// Events of a channel volq does not hold.
    ForeignData,
    /// Any other message.
    Control(Message),
}

/// A frame that is no message.
#[derive(Debug, thiserror::Error)]
pub enum Malformed {
    /// Not a JSON object, or one that breaks off.
    #[error("not a JSON message: {0}")]
    Json(#[from] serde_json::Error),
    /// `type` or `channel` is missing.
    #[error("a message without type or channel")]
    Envelope,
}

/// Turns frames into rows and messages. Keeps its buffers from frame to frame.
#[derive(Debug, Default)]
pub struct Decoder {
    channel: Option<(u64, Schema)>,
    /// The rows of the frame read last.
    pub batch: Batch,
    /// Everything that could not be used since the decoder was made.
    pub faults: Faults,
}

impl Decoder {
    /// Starts reading a new channel, about which nothing is known yet.
    pub fn open(&mut self, channel: u64) {
        self.channel = Some((channel, Schema::default()));
    }

    /// Forgets the channel: late data of it is foreign from now on.
    pub fn close(&mut self) {
        self.channel = None;
    }

    /// The schema of the channel, if it is the open one.
    pub fn schema_mut(&mut self, channel: u64) -> Option<&mut Schema> {
        self.channel
            .as_mut()
            .filter(|(open, _)| *open == channel)
            .map(|(_, schema)| schema)
    }

    /// Reads one frame. Rows of a FEED_DATA are in [`Decoder::batch`] afterwards.
    ///
    /// # Errors
    /// [`Malformed`] when the text is no message; the batch is empty then.
    pub fn read(&mut self, text: &str, names: &impl Names) -> Result<Frame, Malformed> {
        self.batch.clear();
        let envelope = self
            .envelope(text, names)
            .inspect_err(|_| self.batch.clear())?;
        match (envelope.kind, envelope.channel) {
            (Some(Kind::FeedData), Some(_)) if envelope.decoded => Ok(Frame::Data),
            (Some(Kind::FeedData), Some(_)) => Ok(Frame::ForeignData),
            (Some(Kind::Other), Some(_)) => Ok(Frame::Control(serde_json::from_str(text)?)),
            _ => Err(Malformed::Envelope),
        }
    }

    fn envelope(&mut self, text: &str, names: &impl Names) -> Result<Envelope, serde_json::Error> {
        let mut json = serde_json::Deserializer::from_str(text);
        let envelope = json.deserialize_map(EnvelopeVisitor {
            decoder: self,
            names,
        })?;
        json.end()?;
        Ok(envelope)
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    FeedData,
    Other,
}

#[derive(Default)]
struct Envelope {
    kind: Option<Kind>,
    channel: Option<u64>,
    decoded: bool,
}

enum Key {
    Type,
    Channel,
    Data,
    Other,
}

struct EnvelopeVisitor<'a, N> {
    decoder: &'a mut Decoder,
    names: &'a N,
}

impl<N: Names> EnvelopeVisitor<'_, N> {
    /// Decodes `data` if it belongs to the open channel; tells whether it did.
    fn data<'de, D: Deserializer<'de>>(
        &mut self,
        channel: Option<u64>,
        data: D,
    ) -> Result<bool, D::Error> {
        let Decoder {
            channel: open,
            batch,
            faults,
        } = &mut *self.decoder;
        match open {
            Some((id, schema)) if channel == Some(*id) => DataSeed {
                schema,
                names: self.names,
                batch,
                faults,
            }
            .deserialize(data)
            .map(|()| true),
            _ => <IgnoredAny as serde::Deserialize>::deserialize(data).map(|_| false),
        }
    }
}

/// Hands a value that follows a key to [`EnvelopeVisitor::data`].
struct DataHere<'v, 'a, N>(&'v mut EnvelopeVisitor<'a, N>, Option<u64>);

impl<'de, N: Names> DeserializeSeed<'de> for DataHere<'_, '_, N> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        self.0.data(self.1, deserializer)
    }
}

impl<'de, N: Names> Visitor<'de> for EnvelopeVisitor<'_, N> {
    type Value = Envelope;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a message object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Envelope, A::Error> {
        let mut envelope = Envelope::default();
        let mut waiting: Option<&'de RawValue> = None;
        while let Some(key) = map.next_key_seed(TextSeed(key))? {
            match key {
                Key::Type => envelope.kind = map.next_value_seed(TextSeed(kind))?,
                Key::Channel => envelope.channel = channel(&map.next_value_seed(ScalarSeed)?),
                // Real servers write the envelope first, so that rows can be decoded as they pass by …
                Key::Data
                    if envelope.kind == Some(Kind::FeedData) && envelope.channel.is_some() =>
                {
                    envelope.decoded =
                        map.next_value_seed(DataHere(&mut self, envelope.channel))?;
                }
                // … but key order is free in JSON.
                Key::Data => waiting = Some(map.next_value()?),
                Key::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        if let Some(data) = waiting.filter(|_| envelope.kind == Some(Kind::FeedData)) {
            envelope.decoded = self
                .data(envelope.channel, data)
                .map_err(serde::de::Error::custom)?;
        }
        Ok(envelope)
    }
}

fn key(text: Option<&str>) -> Key {
    match text {
        Some("type") => Key::Type,
        Some("channel") => Key::Channel,
        Some("data") => Key::Data,
        _ => Key::Other,
    }
}

fn kind(text: Option<&str>) -> Option<Kind> {
    text.map(|text| {
        if text == "FEED_DATA" {
            Kind::FeedData
        } else {
            Kind::Other
        }
    })
}

fn channel(value: &Scalar) -> Option<u64> {
    match value {
        Scalar::Whole(number) => u64::try_from(*number).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::super::event::{Double, EventType, Millis, SymbolId};
    use super::*;

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
        assert_eq!(decoder.read(text, &NAMES).unwrap(), Frame::Data);
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
        assert_eq!(decoder.read(text, &NAMES).unwrap(), Frame::Data);
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

    proptest! {
        #[test]
        fn mangled_frames_never_panic(line in 0usize..64, cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0u8..4), 0..6)) {
            let lines: Vec<&str> = RECORDED.lines().collect();
            let mut bytes = lines[line % lines.len()].as_bytes().to_vec();
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
            if let Ok(text) = std::str::from_utf8(&bytes) {
                let mut decoder = all_types();
                if decoder.read(text, &NAMES).is_err() {
                    prop_assert!(decoder.batch.is_empty());
                }
            }
        }

        #[test]
        fn any_text_is_a_message_or_an_error(text in "\\PC{0,200}") {
            let _ = all_types().read(&text, &NAMES);
        }
    }
}
