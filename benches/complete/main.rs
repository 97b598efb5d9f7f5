//! From nothing to the first quote of every symbol, over a line with a known delay: round trips and what comes on top.
//!
//! Market and line are in another process: this program starts itself anew for them. Symbols are options, one event type.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark that cannot be set up must stop; it prints its figures"
)]

mod client;
#[path = "../support/line.rs"]
mod line;
#[path = "../support/login.rs"]
mod login;
#[path = "../support/market.rs"]
mod market;

use std::time::Duration;

use market::Market;

/// One way, milliseconds.
const DELAYS: [u64; 2] = [0, 20];

const SYMBOLS: [usize; 4] = [1, 100, 1_000, 5_000];

const ROUNDS: usize = 5;

/// Round trips without anything kept: access token, quote token, upgrade, SETUP, AUTH, channel, subscription.
const COLD: u32 = 7;

/// Round trips with both tokens kept.
const WARM: u32 = 5;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let [market::ROLE, words @ ..] = &words[..] {
        return market::serve(words);
    }
    println!(
        "{:>9}{:>9}{:>7}{:>7}{:>12}{:>10}{:>9}{:>9}{:>13}",
        "one way",
        "symbols",
        "tokens",
        "trips",
        "a trip, ms",
        "median",
        "least",
        "most",
        "beyond trips"
    );
    for delay in DELAYS {
        compare(delay);
    }
}

fn compare(delay: u64) {
    let market = Market::start(Duration::from_millis(delay), "{}");
    let trip = market.round_trip;
    let symbols = login::option_symbols(market.direct, *SYMBOLS.last().expect("some"));
    for count in SYMBOLS {
        let mut times = [Vec::new(), Vec::new()];
        for _ in 0..ROUNDS {
            let folder = tempfile::tempdir().expect("a folder");
            // The second run finds the tokens of the first.
            for (times, trips) in times.iter_mut().zip([COLD, WARM]) {
                let took = client::run(market.delayed, &symbols[..count], folder.path());
                times.push((took, trips));
            }
        }
        for (mut times, tokens) in times.into_iter().zip(["none", "kept"]) {
            times.sort();
            let milliseconds = |took: Duration| took.as_secs_f64() * 1e3;
            let (median, trips) = times[times.len() / 2];
            println!(
                "{delay:>6} ms{count:>9}{tokens:>7}{trips:>7}{:>12.2}{:>10.1}{:>9.1}{:>9.1}{:>13.1}",
                milliseconds(trip),
                milliseconds(median),
                milliseconds(times[0].0),
                milliseconds(times[times.len() - 1].0),
                milliseconds(median) - milliseconds(trip) * f64::from(trips),
            );
        }
    }
}
