//! Decoding and storing allocates nothing once the buffers have grown.
//!
//! See `docs/reference/dxlink-protocol.md`, "7.6 FEED_DATA".

#![expect(
    clippy::unwrap_used,
    reason = "a frame that cannot be read must fail the test"
)]

#[path = "../benches/corpus.rs"]
mod corpus;

use allocation_counter::measure;
use corpus::Shape;
use dxlink::protocol::{Decoder, Frame, Table};
use dxlink::{EventType, Faults};

const WANTED: &[EventType] = &[
    EventType::Quote,
    EventType::Greeks,
    EventType::Trade,
    EventType::Summary,
];

fn take(decoder: &mut Decoder, table: &mut Table, frames: &[String]) -> u64 {
    frames
        .iter()
        .map(|frame| {
            let read = decoder.read(frame, table.symbols()).unwrap();
            assert!(matches!(read, Frame::Data(_)));
            table.store(&mut decoder.batch)
        })
        .sum()
}

/// Allocations while the frames are taken a second time.
fn allocations_when_warm(frames: &[String], shape: Shape) -> u64 {
    let (mut decoder, mut table) = (corpus::decoder(shape), corpus::table(WANTED));
    let first = take(&mut decoder, &mut table, frames);
    let mut second = 0;
    let info = measure(|| second = take(&mut decoder, &mut table, frames));
    assert!(first > 0);
    assert_eq!(first, second);
    assert_eq!(decoder.faults, Faults::default());
    info.count_total
}

#[test]
fn quotes_and_greeks_allocate_nothing_whatever_the_frame_holds() {
    for per_frame in [1, 10, 100, 1000] {
        for shape in [Shape::Asked, Shape::Prices] {
            let corpus = corpus::Corpus::new(per_frame, shape);
            let allocations = allocations_when_warm(&corpus.frames, shape);
            assert_eq!(allocations, 0, "{per_frame} of {shape:?}");
        }
    }
}

#[test]
fn trades_and_summaries_allocate_nothing() {
    let rows = |tag: &str, values: &str| {
        let rows: Vec<_> = corpus::symbols()
            .iter()
            .map(|symbol| format!(r#""{tag}","{symbol}",{values}"#))
            .collect();
        format!(r#""{tag}",[{}]"#, rows.join(","))
    };
    let frame = corpus::envelope(&[
        rows("Trade", r#"12.35,"NaN",1.3743299E7,1785542396498,20665"#),
        rows("Summary", r#"20665,12.1,12.9,11.8,"NaN",12.02,18345"#),
    ]);
    assert_eq!(allocations_when_warm(&[frame], Shape::Asked), 0);
}

#[test]
fn the_counter_counts() {
    let info = measure(|| drop(std::hint::black_box(vec![0_u8; 16])));
    assert_eq!(info.count_total, 1);
}
