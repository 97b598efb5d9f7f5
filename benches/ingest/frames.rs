//! The frames of the flood: distinct, so that no processor learns them by heart, and with a last word for every symbol.

use std::fmt::Write as _;

/// Symbols, all of them subscribed.
pub(crate) const SYMBOLS: usize = 5_000;

/// Events of one frame.
pub(crate) const PER_FRAME: usize = 100;

/// Frames that differ from each other; about 7 MB.
const DISTINCT: usize = 1_200;

/// How often they are sent.
const TIMES: usize = 60;

/// Columns of a row.
pub(crate) const FIELDS: &[&str] = &[
    "eventType",
    "eventSymbol",
    "bidPrice",
    "askPrice",
    "bidSize",
    "askSize",
];

pub(crate) const CHANNEL: u64 = 1;

/// Events of the whole flood.
pub(crate) const EVENTS: u64 = (DISTINCT * TIMES * PER_FRAME + SYMBOLS) as u64;

/// Options in stream spelling.
pub(crate) fn symbol(number: usize) -> String {
    const ROOTS: [&str; 5] = ["SPY", "QQQ", "NVDA", "AAPL", "F"];
    const EXPIRIES: [&str; 5] = ["261218", "270115", "270219", "270319", "270618"];
    let (root, number) = (ROOTS[number % 5], number / 5);
    let (expiry, number) = (EXPIRIES[number % 5], number / 5);
    let (right, strike) = (["C", "P"][number % 2], 5 + 5 * (number / 2));
    format!(".{root}{expiry}{right}{strike}")
}

/// The last bid of a symbol; none like it is sent before.
pub(crate) fn last_bid(number: usize) -> f64 {
    10_000.25 + number as f64
}

/// The flood as it goes over the wire, WebSocket headers included: a part to be sent [`TIMES`] times, then the end.
pub(crate) struct Flood {
    pub(crate) part: Vec<u8>,
    pub(crate) times: usize,
    pub(crate) end: Vec<u8>,
}

impl Flood {
    pub(crate) fn new() -> Self {
        let symbols: Vec<String> = (0..SYMBOLS).map(symbol).collect();
        let mut numbers = Numbers(1);
        let mut part = Vec::new();
        for _ in 0..DISTINCT {
            let rows = (0..PER_FRAME).map(|_| {
                let symbol = usize::try_from(numbers.below(SYMBOLS as u64));
                numbers.row(&symbols[symbol.expect("a place in the list")])
            });
            push(&mut part, &text(rows));
        }
        let mut end = Vec::new();
        for frame in 0..SYMBOLS / PER_FRAME {
            let rows = (0..PER_FRAME).map(|row| {
                let number = frame * PER_FRAME + row;
                let (bid, symbol) = (last_bid(number), &symbols[number]);
                format!(r#""Quote","{symbol}",{bid},{},7,9"#, bid + 0.25)
            });
            push(&mut end, &text(rows));
        }
        Self {
            part,
            times: TIMES,
            end,
        }
    }

    /// Bytes of the whole flood.
    pub(crate) fn len(&self) -> u64 {
        (self.part.len() * self.times + self.end.len()) as u64
    }

    pub(crate) fn summary(&self) -> String {
        format!(
            "{EVENTS} quotes of {SYMBOLS} symbols, {PER_FRAME} a frame, {} MB; {:.1} MB of them distinct, {:.1} bytes an event",
            self.len() / 1_000_000,
            self.part.len() as f64 / 1e6,
            self.len() as f64 / EVENTS as f64,
        )
    }
}

fn text(rows: impl Iterator<Item = String>) -> String {
    let rows: Vec<String> = rows.collect();
    let rows = rows.join(",");
    format!(r#"{{"type":"FEED_DATA","channel":{CHANNEL},"data":["Quote",[{rows}]]}}"#)
}

/// A text message in one frame, as servers send it: without a mask.
fn push(wire: &mut Vec<u8>, text: &str) {
    let length = u16::try_from(text.len()).expect("a frame below 64 KiB");
    wire.extend([0x81, 126]);
    wire.extend(length.to_be_bytes());
    wire.extend(text.as_bytes());
}

/// A fixed sequence (Knuth's MMIX generator), so that runs can be compared.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    /// Prices of 1 to 9,999 dollars in cents; one size in fifty is not available.
    fn row(&mut self, symbol: &str) -> String {
        let highest = 10_u64.pow(3 + u32::try_from(self.below(4)).expect("small"));
        let bid = 100 + self.below(highest);
        let ask = bid + 1 + self.below(10);
        let mut row = format!(r#""Quote","{symbol}""#);
        for cents in [bid, ask] {
            // Servers print doubles: the shortest text that leads back to the same one, and never an integer.
            write!(row, ",{:?}", cents as f64 / 100.0).expect("a text grows");
        }
        for _ in 0..2 {
            match self.below(50) {
                0 => row.push_str(",\"NaN\""),
                _ => write!(row, ",{}", 1 + self.below(2000)).expect("a text grows"),
            }
        }
        row
    }
}
