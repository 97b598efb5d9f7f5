//! The commands that are measured.

use std::path::Path;

use crate::bound::{Bound, REST, STREAM};
use crate::scenario::{GAPS_OF, Scenario};
use crate::universe::Universe;

const COUNTS: [usize; 5] = [1, 4, 100, 1_000, 5_000];

const SCREENED: [usize; 3] = [100, 1_000, 5_000];

/// Up to so many symbols are typed, more are read from a file.
const TYPED: usize = 100;

/// The file of symbols in a run's home.
const FILE: &str = "symbols.txt";

/// KiB of memory that 100 symbols may take, and bid and ask of 5,000.
const MEMORY_OF_100: u64 = 12 * 1_024;
const MEMORY_OF_5_000: u64 = 40 * 1_024;

/// A command and what it is held against.
pub(crate) struct Case {
    pub(crate) name: String,
    /// The arguments of the program.
    pub(crate) words: Vec<String>,
    /// What the program finds in its file of symbols.
    file: Option<String>,
    /// The market it is run against; none for what needs none.
    pub(crate) scenario: Option<Scenario>,
    /// Whether a second run finds what the first one kept.
    pub(crate) kept: bool,
    pub(crate) bound: Bound,
    /// Most memory, KiB.
    pub(crate) memory_kib: Option<u64>,
}

impl Case {
    /// A command about some symbols.
    fn about(name: &str, command: &str, symbols: &[String], scenario: Scenario) -> Self {
        let mut words: Vec<String> = shell_words(command);
        let typed = symbols.len() <= TYPED;
        if typed {
            words.extend(symbols.iter().cloned());
        } else {
            words.extend(["--file".to_owned(), FILE.to_owned()]);
        }
        Self {
            name: name.to_owned(),
            words,
            file: (!typed).then(|| symbols.join("\n")),
            scenario: Some(scenario),
            kept: true,
            bound: Bound::None,
            memory_kib: None,
        }
    }

    /// A command that needs no market.
    fn alone(command: &str) -> Self {
        Self {
            name: command.to_owned(),
            words: shell_words(command),
            file: None,
            scenario: None,
            kept: false,
            bound: Bound::None,
            memory_kib: None,
        }
    }

    fn within(mut self, bound: Bound) -> Self {
        self.bound = bound;
        self
    }

    fn in_memory(mut self, kib: Option<u64>) -> Self {
        self.memory_kib = kib;
        self
    }

    /// Leaves the file of symbols where the program looks for it.
    pub(crate) fn write_symbols(&self, home: &Path) {
        if let Some(text) = &self.file {
            std::fs::write(home.join(FILE), text).expect("a file");
        }
    }
}

/// Words between blanks; an apostrophe begins and ends a word with blanks.
fn shell_words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (place, part) in command.split('\'').enumerate() {
        if place % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

/// All cases; those that others are held against come before them.
pub(crate) fn all(universe: &Universe) -> Vec<Case> {
    let mut cases = Vec::new();
    for count in COUNTS {
        cases.extend(quotes(universe, count));
    }
    for count in SCREENED {
        cases.extend(screens(universe, count));
    }
    cases.extend(troubles(universe));
    cases.push(
        Case::about(
            "quote --timeout 2s, 5000",
            "quote --timeout 2s",
            universe.first(5_000),
            Scenario::Healthy,
        )
        .within(Bound::Timeout(2_000.0)),
    );
    cases.extend(
        [
            "--version",
            "quote SPY QQQ AAPL /ES --demo",
            "screen --demo",
        ]
        .map(Case::alone),
    );
    cases
}

/// Trips, and milliseconds without and with kept tokens.
fn trips(cold: impl Into<Option<f64>>, kept: impl Into<Option<f64>>) -> Bound {
    Bound::Trips {
        ms: [cold.into(), kept.into()],
        delayed_ms: None,
    }
}

fn quotes(universe: &Universe, count: usize) -> impl Iterator<Item = Case> {
    let of_100 = Bound::Trips {
        ms: [Some(60.0), Some(30.0)],
        delayed_ms: Some(40.0),
    };
    let default = match count {
        4 => trips(None, 15.0),
        100 => of_100,
        1_000 => trips(1_000.0, 1_000.0),
        _ => Bound::None,
    };
    let prices = match count {
        4 => trips(None, 15.0),
        100 => of_100,
        5_000 => trips(150.0, 150.0),
        _ => Bound::None,
    };
    let of_100 = (count == 100).then_some(MEMORY_OF_100);
    let of_prices = of_100.or((count == 5_000).then_some(MEMORY_OF_5_000));
    [
        ("quote", default, of_100),
        ("quote --json", default, of_100),
        ("quote --fields symbol,bid,ask", prices, of_prices),
        (
            "quote --provider dxlink --fields symbol,bid,ask",
            prices,
            of_prices,
        ),
    ]
    .into_iter()
    .map(move |(command, bound, memory)| {
        let name = format!("{command}, {count}");
        Case::about(&name, command, universe.first(count), Scenario::Healthy)
            .within(bound)
            .in_memory(memory)
    })
}

fn screens(universe: &Universe, count: usize) -> impl Iterator<Item = Case> {
    let ration = match count {
        1_000 => Some(1_000.0),
        5_000 => Some(4_000.0),
        _ => None,
    };
    [
        ("screen --where 'ivr > 30' --fields symbol,ivr", REST),
        ("screen --profile balanced", STREAM),
    ]
    .into_iter()
    .map(move |(command, trips)| {
        let name = format!("{command}, {count}");
        let bound = ration.map_or(Bound::None, |ms| Bound::Rations { trips, ms });
        Case::about(&name, command, universe.first(count), Scenario::Healthy).within(bound)
    })
}

/// What is silent, unknown, refused or missing.
fn troubles(universe: &Universe) -> [Case; 5] {
    const BASE: &str = "quote SPX SPY";
    let typed = |command: &str| Case::about(command, command, &[], Scenario::Healthy);
    let of_100 = |name: &str, scenario| {
        Case::about(name, "quote", universe.first(100), scenario)
            .within(Bound::Settled { base: "quote, 100" })
    };
    [
        typed(BASE),
        typed("quote SPX NOSUCH SPY").within(Bound::Settled { base: BASE }),
        of_100("quote, 100, one in twenty silent", Scenario::Silent),
        of_100("quote, 100, stream refused", Scenario::Refused),
        Case::about(
            "quote, 2000, with gaps",
            "quote",
            universe.first(GAPS_OF),
            Scenario::Gaps,
        )
        .within(trips(3_000.0, 3_000.0)),
    ]
}
