//! What a user waits for: whole commands of the real program, from its start to its end, with the rations of real use.
//!
//! The built-in market runs in another process behind a line with a delay; this program starts itself anew for it.
//! Arguments are in [`arguments`], commands in [`cases`].

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark that cannot be set up must stop; it prints its figures"
)]

mod arguments;
mod bound;
mod cases;
#[path = "../support/line.rs"]
mod line;
#[path = "../support/login.rs"]
mod login;
mod machine;
#[path = "../support/market.rs"]
mod market;
mod record;
mod run;
mod scenario;
mod table;
mod universe;

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use arguments::Arguments;
use cases::Case;
use market::Market;
use record::Record;
use run::Run;
use scenario::Scenario;
use table::{Cell, Table};
use universe::Universe;

/// A case has no further round once its runs took this long together.
const ENOUGH: Duration = Duration::from_secs(20);

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    if let [market::ROLE, words @ ..] = &words[..] {
        return market::serve(words);
    }
    let arguments = Arguments::read(&words);
    println!("{}", machine::about(&arguments.binary));
    let mut universe = None;
    let mut table = Table::new(arguments.markdown);
    for delay in &arguments.delays {
        let mut bench = Bench::new(*delay, &arguments);
        let healthy = bench.market(Scenario::Healthy, &Universe::default());
        let universe = universe.get_or_insert_with(|| {
            let universe = Universe::of(healthy);
            println!("{universe}\n");
            table.head();
            universe
        });
        for case in cases::all(universe) {
            // What needs no market is the same at every delay.
            let again = case.scenario.is_none() && Some(delay) != arguments.delays.first();
            if arguments.wants(&case.name) && !again {
                bench.measure(&case, universe, &mut table);
            }
        }
    }
}

/// The measurements at one delay.
struct Bench<'a> {
    arguments: &'a Arguments,
    one_way: Duration,
    markets: BTreeMap<Scenario, Market>,
    /// Medians so far, milliseconds, by case and whether tokens were kept.
    medians: HashMap<(String, bool), f64>,
}

/// A run and what the market saw of it.
type Seen = (Run, Record);

impl<'a> Bench<'a> {
    fn new(delay: u64, arguments: &'a Arguments) -> Self {
        Self {
            arguments,
            one_way: Duration::from_millis(delay),
            markets: BTreeMap::new(),
            medians: HashMap::new(),
        }
    }

    fn market(&mut self, scenario: Scenario, universe: &Universe) -> &mut Market {
        let start = || Market::start(self.one_way, &scenario.script(universe));
        self.markets.entry(scenario).or_insert_with(start)
    }

    /// Runs a case until there are rounds enough and prints what it took, without and with what a run before kept.
    fn measure(&mut self, case: &Case, universe: &Universe, table: &mut Table) {
        let mut seen: [Vec<Seen>; 2] = [Vec::new(), Vec::new()];
        let began = Instant::now();
        while seen[0].len() < self.arguments.rounds
            && (seen[0].is_empty() || began.elapsed() < ENOUGH)
        {
            let folder = tempfile::tempdir().expect("a folder");
            case.write_symbols(folder.path());
            for seen in seen.iter_mut().take(if case.kept { 2 } else { 1 }) {
                seen.push(self.run(case, universe, folder.path()));
            }
        }
        for (seen, kept) in seen.iter().zip([false, true]) {
            if !seen.is_empty() {
                self.report(case, kept, seen, table);
            }
        }
    }

    /// One run, and a pause in which the market hears the last of it and every ration fills up again.
    fn run(&mut self, case: &Case, universe: &Universe, home: &std::path::Path) -> Seen {
        let mut words = case.words.clone();
        if !words.iter().any(|word| word == "--timeout") && case.scenario.is_some() {
            words.extend(self.arguments.more.iter().cloned());
        }
        let binary = &self.arguments.binary;
        let Some(scenario) = case.scenario else {
            return (run::run(binary, &words, home, None), Record::default());
        };
        let pause = self.arguments.pause;
        let market = self.market(scenario, universe);
        let before = Record::of(market);
        let port = market.delayed;
        let run = run::run(&self.arguments.binary, &words, home, Some(port));
        std::thread::sleep(pause);
        let market = self.market(scenario, universe);
        (run, Record::of(market).since(&before))
    }

    fn report(&mut self, case: &Case, kept: bool, seen: &[Seen], table: &mut Table) {
        let trip = case
            .scenario
            .and_then(|scenario| self.markets.get(&scenario))
            .map_or(Duration::ZERO, |market| market.round_trip);
        let cell = Cell::of(seen);
        let place = bound::Place {
            kept,
            delayed: !self.one_way.is_zero(),
            trip_ms: trip.as_secs_f64() * 1e3,
            chains: cell.chains(),
        };
        let base = case.bound.base().map(|name| (name.to_owned(), kept));
        let base = base.and_then(|key| self.medians.get(&key).copied());
        let bound = case.bound.milliseconds(&place, base);
        table.row(case, self.one_way, kept, &cell, bound);
        self.medians
            .insert((case.name.clone(), kept), cell.median_ms());
    }
}
