//! FEED_DATA frames as a busy option feed sends them: half Quote, half Greeks, COMPACT, with the field lists volq asks for.
//!
//! Everything comes from a fixed sequence, so that runs can be compared; no two frames are alike, so that the processor
//! cannot learn them by heart.

#![expect(
    clippy::expect_used,
    clippy::cast_possible_truncation,
    reason = "a string takes whatever is written to it; places in a list are small"
)]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use dxlink::EventType;
use dxlink::protocol::{Decoder, Table};

/// Text of a corpus, in bytes, give or take a frame.
const SIZE: usize = 4 << 20;
const CHANNEL: u64 = 3;

/// Which columns the server granted.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape {
    /// All that volq asks for: 8 of a Quote, 12 of Greeks, about 113 bytes an event.
    Asked,
    /// Without times and indices: 6 of a Quote, 8 of Greeks, about 80 bytes an event.
    Prices,
}

impl Shape {
    /// The columns of a type that are left out.
    fn without(self) -> &'static [&'static str] {
        match self {
            Self::Asked => &[],
            Self::Prices => &["bidTime", "askTime", "eventFlags", "index", "time", "rho"],
        }
    }
}

/// Frames with a number of events each.
pub(crate) struct Corpus {
    /// The frames, as they come out of the socket.
    pub(crate) frames: Vec<String>,
    /// Events in all of them.
    pub(crate) events: u64,
}

impl Corpus {
    /// Frames of `per_frame` events, until [`SIZE`] is reached.
    pub(crate) fn new(per_frame: u64, shape: Shape) -> Self {
        let symbols = symbols();
        let mut numbers = Numbers(per_frame | 1);
        let mut corpus = Self {
            frames: Vec::new(),
            events: 0,
        };
        let mut size = 0;
        while size < SIZE {
            // A frame of a single event takes turns.
            let quotes = per_frame.midpoint(corpus.events % 2);
            let frame = frame(&symbols, (&mut numbers, shape), quotes, per_frame - quotes);
            size += frame.len();
            corpus.events += per_frame;
            corpus.frames.push(frame);
        }
        corpus
    }
}

/// 4,800 options in stream spelling.
pub(crate) fn symbols() -> Vec<Arc<str>> {
    let mut symbols = Vec::new();
    for root in ["SPY", "QQQ", "NVDA", "AAPL"] {
        for expiry in ["261218", "270115", "270219", "270319", "270618", "271217"] {
            for strike in 0..100 {
                let strike = 400 + 5 * strike;
                symbols.push(format!(".{root}{expiry}C{strike}").into());
                symbols.push(format!(".{root}{expiry}P{strike}").into());
            }
        }
    }
    symbols
}

/// A decoder with an open channel and the field lists of a shape.
pub(crate) fn decoder(shape: Shape) -> Decoder {
    let mut decoder = Decoder::default();
    decoder.open(CHANNEL);
    let lists: BTreeMap<_, _> = EventType::ALL
        .iter()
        .map(|event_type| {
            let granted = event_type
                .fields()
                .iter()
                .filter(|field| !shape.without().contains(field));
            let fields = granted.map(|&field| field.to_owned());
            (event_type.name().to_owned(), fields.collect())
        })
        .collect();
    if let Some(schema) = decoder.schema_mut(CHANNEL) {
        schema.merge(Some(0.1), &lists);
    }
    decoder
}

/// A table that wants these types of all [`symbols`].
pub(crate) fn table(event_types: &[EventType]) -> Table {
    let mut table = Table::default();
    for symbol in symbols() {
        for event_type in event_types {
            table.want(*event_type, &symbol, true);
        }
    }
    table
}

/// The frame around pairs of tag and rows.
pub(crate) fn envelope(pairs: &[String]) -> String {
    let data = pairs.join(",");
    format!(r#"{{"type":"FEED_DATA","channel":{CHANNEL},"data":[{data}]}}"#)
}

fn frame(
    symbols: &[Arc<str>],
    (numbers, shape): (&mut Numbers, Shape),
    quotes: u64,
    greeks: u64,
) -> String {
    let mut pairs = Vec::new();
    for (tag, row, count) in [
        ("Quote", quote as fn(&mut Numbers, Shape) -> String, quotes),
        ("Greeks", self::greeks, greeks),
    ] {
        if count > 0 {
            let mut rows = String::new();
            for at in 0..count {
                let comma = if at == 0 { "" } else { "," };
                let symbol = &symbols[numbers.below(symbols.len() as u64) as usize];
                let values = row(numbers, shape);
                write!(rows, r#"{comma}"{tag}","{symbol}",{values}"#).expect("a string grows");
            }
            pairs.push(format!(r#""{tag}",[{rows}]"#));
        }
    }
    envelope(&pairs)
}

fn quote(numbers: &mut Numbers, shape: Shape) -> String {
    let mut price = || {
        let digits = 4 + numbers.below(3);
        numbers.double(digits, 2)
    };
    let (bid, ask) = (price(), price());
    let (bid_size, ask_size) = (numbers.size(), numbers.size());
    if matches!(shape, Shape::Prices) {
        return format!("{bid},{ask},{bid_size},{ask_size}");
    }
    let (bid_time, ask_time) = (numbers.seconds(), numbers.seconds());
    format!("{bid},{ask},{bid_size},{ask_size},{bid_time}000,{ask_time}000")
}

/// Flags, index and time, then seven doubles; or six doubles alone.
fn greeks(numbers: &mut Numbers, shape: Shape) -> String {
    let double = |numbers: &mut Numbers| {
        let digits = 4 + numbers.below(14);
        numbers.double(digits, digits - 1)
    };
    let (head, doubles) = match shape {
        Shape::Prices => (double(numbers), 5),
        Shape::Asked => {
            let (seconds, millis) = (numbers.seconds(), numbers.below(1000));
            let index = (seconds << 32) + (millis << 22);
            (format!("0,{index},{seconds}{millis:03}"), 7)
        }
    };
    let mut values = head;
    for _ in 0..doubles {
        let value = double(numbers);
        write!(values, ",{value}").expect("a string grows");
    }
    values
}

/// A fixed sequence (Knuth's MMIX generator) and the numbers made of it.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    /// A decimal fraction with about this many digits, or in 2 of 100 cases what stands for "not available".
    fn double(&mut self, digits: u64, decimals: u64) -> String {
        if self.below(100) < 2 {
            return "\"NaN\"".to_owned();
        }
        let mut text = String::new();
        for at in 0..digits {
            if at == digits - decimals {
                text.push('.');
            }
            // The first and the last digit count, so neither is a zero.
            let digit = if at == 0 || at + 1 == digits {
                1 + self.below(9)
            } else {
                self.below(10)
            };
            write!(text, "{digit}").expect("a string grows");
        }
        // Servers print doubles: the shortest text that leads back to the same one.
        text.parse::<f64>()
            .map_or(text, |number| number.to_string())
    }

    fn size(&mut self) -> u64 {
        1 + self.below(2000)
    }

    /// A second of a trading day.
    fn seconds(&mut self) -> u64 {
        1_785_504_600 + self.below(23_400)
    }
}
