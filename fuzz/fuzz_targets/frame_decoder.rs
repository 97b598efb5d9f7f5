//! Any frames, one per line: they are read without a panic, and the short way through FEED_DATA leads where the general
//! one does.

#![no_main]

use std::collections::BTreeMap;

use dxlink::EventType;
use dxlink::event::SymbolId;
use dxlink::protocol::Message;
use dxlink::protocol::Names;
use dxlink::protocol::{Decoder, Frame};
use libfuzzer_sys::fuzz_target;

const CHANNEL: u64 = 1;

/// The symbols that are wanted.
struct Wanted;

impl Names for Wanted {
    fn find(&self, symbol: &str) -> Option<SymbolId> {
        const SYMBOLS: [&str; 4] = ["SPY", "AAPL", "BTC/USD:CXTALP", ".SPY261218C600"];
        let place = SYMBOLS.iter().position(|wanted| *wanted == symbol)?;
        u32::try_from(place).ok().map(SymbolId)
    }
}

fuzz_target!(|text: &str| {
    // With the field lists that were asked for, and with none but what the frames themselves bring.
    play(text, decoder(true), decoder(true));
    play(text, decoder(false), decoder(false));
});

fn decoder(knows_lists: bool) -> Decoder {
    let mut decoder = Decoder::default();
    decoder.open(CHANNEL);
    if knows_lists {
        let list = |fields: &[&str]| fields.iter().map(|field| (*field).to_owned()).collect();
        let lists: BTreeMap<String, Vec<String>> = EventType::ALL
            .iter()
            .map(|kind| (kind.name().to_owned(), list(kind.fields())))
            .collect();
        configure(&mut decoder, None, &lists);
    }
    decoder
}

fn configure(decoder: &mut Decoder, period: Option<f64>, lists: &BTreeMap<String, Vec<String>>) {
    if let Some(schema) = decoder.schema_mut(CHANNEL) {
        schema.merge(period, lists);
    }
}

fn play(text: &str, mut short: Decoder, mut general: Decoder) {
    for line in text.lines() {
        // A blank in front changes nothing in JSON, and the short way does not take it.
        let read = short.read(line, &Wanted).ok();
        let expected = general.read(&format!(" {line}"), &Wanted).ok();
        assert_eq!(read, expected, "{line}");
        assert_eq!(short.batch.len(), general.batch.len(), "{line}");
        if !short.batch.is_empty() {
            let rows = format!("{:?}", short.batch);
            assert_eq!(rows, format!("{:?}", general.batch), "{line}");
        }
        // A wanted row has at least a symbol, two quotes and what separates it from the next.
        assert!(
            short.batch.len() <= line.len() / 4,
            "{} rows: {line}",
            short.batch.len()
        );
        match read {
            Some(Frame::Control(Message::FeedConfig {
                channel: CHANNEL,
                aggregation_period,
                event_fields,
            })) => {
                configure(&mut short, aggregation_period, &event_fields);
                configure(&mut general, aggregation_period, &event_fields);
            }
            Some(Frame::Control(_)) | None => assert!(short.batch.is_empty(), "{line}"),
            Some(_) => {}
        }
        assert_eq!(short.faults, general.faults, "{line}");
    }
}
