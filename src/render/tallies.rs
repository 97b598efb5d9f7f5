//! Small tables beside a report: what each rule of a screen cut, and how long the phases of a run took.

use crate::model::report::{ScreenMeta, Timing};

use super::cell::Shown;
use super::grid::{Align, Column, Grid};
use super::number;
use super::terminal::Terminal;

/// What every rule cut, in order and alone; each line with a line end.
pub fn waterfall(screen: &ScreenMeta, terminal: Terminal) -> String {
    let columns = vec![
        Column::new("rule", Align::Left),
        Column::new("cut", Align::Right),
        Column::new("left", Align::Right),
        Column::new("alone", Align::Right),
        Column::new("unknown", Align::Right),
    ];
    let mut left = screen.universe;
    let mut rows = vec![line("universe", &["", &left.to_string(), "", ""])];
    for step in &screen.waterfall {
        left = left.saturating_sub(step.cut);
        let counts = [step.cut, left, step.cut_alone, step.unknown].map(|count| count.to_string());
        rows.push(line(&step.rule, &counts.each_ref().map(String::as_str)));
    }
    text(&Grid::new(columns, rows), terminal)
}

/// How long each phase took; each line with a line end.
pub fn timings(timings: &[Timing], terminal: Terminal) -> String {
    let columns = vec![
        Column::new("phase", Align::Left),
        Column::new("ms", Align::Right),
    ];
    let rows = timings.iter().map(|timing| {
        let ms = number::millis(timing.took).to_string();
        line(timing.phase, &[&ms])
    });
    text(&Grid::new(columns, rows.collect()), terminal)
}

fn line(first: &str, rest: &[&str]) -> Vec<Shown> {
    let cells = [first].into_iter().chain(rest.iter().copied());
    cells.map(Shown::plain).collect()
}

fn text(grid: &Grid, terminal: Terminal) -> String {
    let lines = grid.lines(terminal.color).into_iter();
    lines.map(|line| line + "\n").collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::report::WaterfallStep;

    #[test]
    fn the_waterfall_counts_down() {
        let step = |rule: &str, cut, cut_alone, unknown| WaterfallStep {
            rule: rule.to_owned(),
            cut,
            cut_alone,
            unknown,
        };
        let screen = ScreenMeta {
            universe: 500,
            waterfall: vec![
                step("price >= 25", 120, 120, 3),
                step("vrp > 1.10", 210, 290, 12),
            ],
            ..ScreenMeta::default()
        };
        insta::assert_snapshot!(waterfall(&screen, Terminal::default()), @"
        rule         cut  left  alone  unknown
        universe           500
        price >= 25  120   380    120        3
        vrp > 1.10   210   170    290       12
        ");
    }

    #[test]
    fn phases_are_listed_in_milliseconds() {
        let phases = [
            ("oauth", Duration::ZERO),
            ("stream_ready", Duration::from_micros(260_900)),
        ]
        .map(|(phase, took)| Timing { phase, took });
        insta::assert_snapshot!(timings(&phases, Terminal::default()), @"
        phase          ms
        oauth           0
        stream_ready  260
        ");
    }
}
