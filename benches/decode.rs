//! FEED_DATA frames from text to records, and on into the table of newest values.

#![expect(
    clippy::expect_used,
    clippy::cast_precision_loss,
    reason = "a benchmark that cannot be set up must stop; its sums are read by nobody"
)]

mod corpus;

use std::fmt;
use std::hint::black_box;

use corpus::{Corpus, Shape};
use criterion::{BenchmarkId, Criterion, Throughput};
use dxlink::protocol::Frame;
use dxlink::{EventType, Faults};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    for (name, shape, keep) in [
        ("decode", Shape::Asked, false),
        ("decode_prices", Shape::Prices, false),
        ("decode_and_store", Shape::Asked, true),
    ] {
        frames(&mut criterion, name, shape, keep);
    }
    yardstick(&mut criterion);
    criterion.final_summary();
}

fn frames(criterion: &mut Criterion, name: &str, shape: Shape, keep: bool) {
    let mut table = corpus::table(&[EventType::Quote, EventType::Greeks]);
    let mut decoder = corpus::decoder(shape);
    let mut group = criterion.benchmark_group(name);
    group.sample_size(40);
    for per_frame in [1, 10, 100, 1000] {
        let corpus = Corpus::new(per_frame, shape);
        group.throughput(throughput(&corpus));
        let id = BenchmarkId::from_parameter(per_frame);
        group.bench_with_input(id, &corpus.frames, |bencher, frames| {
            bencher.iter(|| {
                for frame in frames {
                    let read = decoder.read(black_box(frame), table.symbols());
                    assert!(matches!(read, Ok(Frame::Data(_))));
                    if keep {
                        table.store(&mut decoder.batch);
                    }
                    black_box(&decoder.batch);
                }
            });
        });
    }
    assert_eq!(decoder.faults, Faults::default());
    group.finish();
}

/// What `serde_json` alone takes for the same text, when every value is added up and nothing is kept.
fn yardstick(criterion: &mut Criterion) {
    let corpus = Corpus::new(100, Shape::Asked);
    let mut group = criterion.benchmark_group("yardstick");
    group.throughput(throughput(&corpus));
    group.bench_function("100", |bencher| {
        bencher.iter(|| {
            let mut sum = 0.0;
            for frame in &corpus.frames {
                let mut json = serde_json::Deserializer::from_str(black_box(frame));
                let read = AddUp(&mut sum).deserialize(&mut json);
                read.expect("the frame is right");
            }
            sum
        });
    });
    group.finish();
}

fn throughput(corpus: &Corpus) -> Throughput {
    Throughput::ElementsAndBytes {
        elements: corpus.events,
        bytes: corpus.frames.iter().map(|frame| frame.len() as u64).sum(),
    }
}

struct AddUp<'a>(&'a mut f64);

impl<'de> DeserializeSeed<'de> for AddUp<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for AddUp<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a message")
    }

    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        *self.0 += number;
        Ok(())
    }

    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        *self.0 += number as f64;
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        *self.0 += text.len() as f64;
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(AddUp(self.0))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_key_seed(AddUp(self.0))?.is_some() {
            map.next_value_seed(AddUp(self.0))?;
        }
        Ok(())
    }
}
