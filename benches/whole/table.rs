//! The table of what was measured.

use std::time::Duration;

use crate::Seen;
use crate::cases::Case;

/// Titles and widths; a width of 0 is the end of the line, negative ones are flush left.
const COLUMNS: [(&str, i8); 17] = [
    ("command, symbols", -58),
    ("one way", 8),
    ("tokens", 7),
    ("rounds", 7),
    ("median ms", 10),
    ("min", 9),
    ("max", 9),
    ("cpu ms", 8),
    ("peak KiB", 9),
    ("exit", 7),
    ("requests", 9),
    ("subscribed", 11),
    ("over rate", 10),
    ("violations", 11),
    ("bound ms", 9),
    ("verdict", -15),
    ("requests by endpoint", 0),
];

/// What the rounds of a case took; counts are the greatest of the rounds.
pub(crate) struct Cell<'a> {
    seen: &'a [Seen],
    /// Ascending, milliseconds.
    walls: Vec<f64>,
    cpus: Vec<f64>,
}

impl<'a> Cell<'a> {
    /// Of one round or more.
    pub(crate) fn of(seen: &'a [Seen]) -> Self {
        let sorted = |of: fn(&Seen) -> Duration| {
            let figures = seen.iter().map(|seen| of(seen).as_secs_f64() * 1e3);
            let mut figures: Vec<f64> = figures.collect();
            figures.sort_by(f64::total_cmp);
            figures
        };
        Self {
            seen,
            walls: sorted(|(run, _)| run.wall),
            cpus: sorted(|(run, _)| run.cpu),
        }
    }

    pub(crate) fn median_ms(&self) -> f64 {
        self.walls[self.walls.len() / 2]
    }

    /// Requests for chains.
    pub(crate) fn chains(&self) -> u64 {
        self.most(|(_, record)| record.requests.get("option-chain").copied().unwrap_or(0))
    }

    fn most(&self, of: fn(&Seen) -> u64) -> u64 {
        self.seen.iter().map(of).max().unwrap_or_default()
    }

    /// Every exit code that occurred.
    fn exits(&self) -> String {
        let mut exits: Vec<&str> = self.seen.iter().map(|(run, _)| &*run.exit).collect();
        exits.sort_unstable();
        exits.dedup();
        exits.join("/")
    }

    fn verdict(&self, case: &Case, bound: Option<f64>) -> &'static str {
        let slow = bound.is_some_and(|bound| self.median_ms() > bound);
        let large = case
            .memory_kib
            .is_some_and(|most| self.most(|(run, _)| run.peak_kib) > most);
        match (slow, large) {
            (true, true) => "MISSED, memory",
            (true, false) => "MISSED",
            (false, true) => "MISSED memory",
            (false, false) if bound.is_none() && case.memory_kib.is_none() => "",
            (false, false) => "met",
        }
    }
}

/// Prints row by row, so that a bench that is broken off has shown what it had.
pub(crate) struct Table {
    markdown: bool,
}

impl Table {
    pub(crate) fn new(markdown: bool) -> Self {
        Self { markdown }
    }

    pub(crate) fn head(&self) {
        self.line(&COLUMNS.map(|(title, _)| title.to_owned()));
        if self.markdown {
            let rules = COLUMNS.map(|(_, width)| if width > 0 { "--:" } else { "---" });
            println!("|{}|", rules.join("|"));
        }
    }

    pub(crate) fn row(
        &self,
        case: &Case,
        one_way: Duration,
        kept: bool,
        cell: &Cell<'_>,
        bound: Option<f64>,
    ) {
        let alone = case.scenario.is_none();
        let (_, last) = &cell.seen[cell.seen.len() - 1];
        let or_dash = |text: String| if alone { "–".to_owned() } else { text };
        let count = |of: fn(&Seen) -> u64| or_dash(cell.most(of).to_string());
        self.line(&[
            case.name.clone(),
            or_dash(one_way.as_millis().to_string()),
            or_dash(if kept { "kept" } else { "none" }.to_owned()),
            cell.seen.len().to_string(),
            shown(cell.median_ms()),
            shown(cell.walls[0]),
            shown(cell.walls[cell.walls.len() - 1]),
            shown(cell.cpus[cell.cpus.len() / 2]),
            cell.most(|(run, _)| run.peak_kib).to_string(),
            cell.exits(),
            count(|(_, record)| record.all_requests()),
            count(|(_, record)| record.subscriptions),
            count(|(_, record)| record.over_rate),
            count(|(_, record)| record.all_violations()),
            bound.map_or_else(|| "–".to_owned(), shown),
            cell.verdict(case, bound).to_owned(),
            last.to_string(),
        ]);
    }

    fn line(&self, cells: &[String; COLUMNS.len()]) {
        if self.markdown {
            println!("| {} |", cells.join(" | "));
            return;
        }
        let padded = cells.iter().zip(COLUMNS).map(|(cell, (_, width))| {
            let places = usize::from(width.unsigned_abs());
            match width {
                0 => format!(" {cell}"),
                1.. => format!("{cell:>places$}"),
                _ => format!(" {cell:<places$}"),
            }
        });
        let line: String = padded.collect();
        println!("{}", line.trim());
    }
}

/// Three figures or more.
fn shown(milliseconds: f64) -> String {
    let places = if milliseconds < 10.0 {
        2
    } else {
        usize::from(milliseconds < 1_000.0)
    };
    format!("{milliseconds:.places$}")
}
