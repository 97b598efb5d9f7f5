//! A filter over 10,000 rows, one cell in ten missing.

#![expect(
    clippy::expect_used,
    reason = "a benchmark that cannot be set up must stop"
)]

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use volq::model::{Field, Row, Value};
use volq::screen::{Filter, Truth};

const ROWS: u32 = 10_000;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    filters(&mut criterion);
    criterion.final_summary();
}

fn filters(criterion: &mut Criterion) {
    let rows = universe();
    let mut group = criterion.benchmark_group("filter");
    group.throughput(Throughput::Elements(ROWS.into()));
    for (name, expression) in [
        ("two_comparisons", "ivr > 50 && iv / hv30 > 1.2"),
        (
            "seven_comparisons",
            "ivr > 20 && ivp >= 30 && iv / hv30 > 0.5 && vrp > 0.2 && beta < 90 && mark >= 5 && !(volume < 10)",
        ),
    ] {
        let filter = Filter::compile(expression).expect("the expression is right");
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let passes = |row: &&Row| filter.evaluate(row) == Truth::Pass;
                black_box(&rows).iter().filter(passes).count()
            });
        });
    }
    group.finish();
    criterion.bench_function("filter/compile", |bencher| {
        bencher.iter(|| Filter::compile(black_box("ivr > 50 && iv / hv30 > 1.2")));
    });
}

/// Rows with every number filled from a fixed sequence between 0 and 100.
fn universe() -> Vec<Row> {
    let mut state = 1_u32;
    let mut next = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(state >> 8) / f64::from(1 << 24)
    };
    let symbol: volq::model::Symbol = "SPY".parse().expect("the symbol is right");
    (0..ROWS)
        .map(|_| {
            let mut row = Row::new(symbol.clone());
            for field in Field::ALL {
                if field.info().unit.is_numeric() && next() > 0.1 {
                    row.set_computed(*field, Value::Number(100.0 * next()));
                }
            }
            row
        })
        .collect()
}
