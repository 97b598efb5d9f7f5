//! Rows as a table for eyes: the columns that fit, one line per row.

use std::io::{self, Write};

use crate::model::report::Report;
use crate::model::{Command, Field, Row};

use super::cell::shown;
use super::chain;
use super::columns::{hidden_to_fit, shown_fields};
use super::grid::{Align, Column, GAP, Grid};
use super::terminal::{GreeksLayout, View};

/// A table laid out, and which fields it shows and hides.
pub(super) struct Sheet {
    /// Lines of text without line ends.
    pub(super) lines: Vec<String>,
    /// Fields that are shown.
    pub(super) shown: Vec<Field>,
    /// Fields of the command's selection that found no place.
    pub(super) hidden: Vec<Field>,
}

/// Writes the table, or the sentence that stands for an empty one.
pub(super) fn write(report: &Report, view: View, out: &mut dyn Write) -> io::Result<()> {
    if report.rows.is_empty() {
        // A failed run has its own sentence, which the caller says.
        return match report.error {
            Some(_) => Ok(()),
            None => writeln!(out, "{}", nothing(report.command)),
        };
    }
    for line in sheet(report, view).lines {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

/// Lays the table out.
pub(super) fn sheet(report: &Report, view: View) -> Sheet {
    if report.command == Command::Greeks && view.greeks == GreeksLayout::SideBySide {
        chain::sheet(report, view)
    } else {
        let rows: Vec<&Row> = report.rows.iter().collect();
        long(report, &rows, view)
    }
}

/// One row per line.
pub(super) fn long(report: &Report, rows: &[&Row], view: View) -> Sheet {
    let width = view.terminal.width.map(usize::from);
    let mut shown = shown_fields(report);
    let mut grid = grid(rows, &shown, width.is_some());
    let hidden = match width {
        // Columns that were asked for are shown, wide or not.
        Some(width) if report.fields.is_none() => {
            let sizes = shown.iter().copied().zip(grid.sizes());
            hidden_to_fit(
                report.command,
                &sizes.collect::<Vec<_>>(),
                width + usize::from(GAP),
            )
        }
        _ => Vec::new(),
    };
    if !hidden.is_empty() {
        shown.retain(|field| !hidden.contains(field));
        grid = self::grid(rows, &shown, true);
    }
    if let Some(width) = view.terminal.width {
        grid.stretch(width);
    }
    Sheet {
        lines: grid.lines(view.terminal.color),
        shown,
        hidden,
    }
}

/// The cells of rows under the names of their fields.
pub(super) fn grid(rows: &[&Row], fields: &[Field], capped: bool) -> Grid {
    let columns = fields.iter().map(|field| {
        let mut column = column(*field);
        column.cap = cap(*field).filter(|_| capped);
        column
    });
    let rows = rows
        .iter()
        .map(|row| fields.iter().map(|field| shown(row, *field)).collect());
    Grid::new(columns.collect(), rows.collect())
}

/// The column of a field, named as everywhere else.
pub(super) fn column(field: Field) -> Column {
    let align = if field.info().unit.is_numeric() {
        Align::Right
    } else {
        Align::Left
    };
    Column::new(field.name(), align)
}

/// The most text a column takes from its neighbours. The last column may use what is left of the line.
fn cap(field: Field) -> Option<u16> {
    match field {
        Field::Name => Some(32),
        Field::Sector | Field::Industry | Field::Reasons => Some(24),
        _ => None,
    }
}

fn nothing(command: Command) -> &'static str {
    match command {
        Command::Screen => "no symbol passed; --all shows why",
        Command::Quote => "no symbol to show",
        Command::Greeks => "no option matches the selection",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FailureKind;
    use crate::model::report::ErrorInfo;
    use crate::model::{Origin, OutputFormat, Reason, Value};
    use crate::render::Terminal;
    use crate::render::testing::{cell, fill, report, row, text, wide};

    fn quotes() -> Report {
        let mut spy = row("SPY");
        fill(
            &mut spy,
            Origin::DXLINK,
            &[
                (Field::Bid, 601.23),
                (Field::Ask, 601.25),
                (Field::Last, 601.24),
                (Field::Volume, 61_234_567.0),
            ],
        );
        fill(
            &mut spy,
            Origin::REST,
            &[
                (Field::Iv, 14.21),
                (Field::Ivr, 22.3),
                (Field::Ivp, 41.0),
                (Field::Hv30, 11.0),
                (Field::Hv90, 12.62),
                (Field::Liq, 5.0),
            ],
        );
        fill(
            &mut spy,
            Origin::Computed,
            &[
                (Field::ChgPct, 0.31),
                (Field::Vrp, 1.126),
                (Field::Age, 0.42),
            ],
        );
        spy.set_computed(Field::Basis, Value::Text("live".into()));
        spy.set_missing(Field::EarningsDays, Reason::NotApplicable);

        let mut brk = row("BRK/B");
        brk.set(Field::Last, cell(478.5, Origin::LEGACY, false));
        brk.set(Field::Volume, cell(9_876.0, Origin::LEGACY, false));
        brk.set(Field::Hv30, cell(18.04, Origin::LEGACY, false));
        brk.set_computed(Field::ChgPct, Value::Number(-1.2));
        brk.set_computed(Field::EarningsDays, Value::Number(12.0));
        brk.set_computed(Field::Age, Value::Number(61_200.0));
        brk.set_computed(Field::Basis, Value::Text("prev-close".into()));
        report(Command::Quote, vec![spy, brk])
    }

    #[test]
    fn a_wide_terminal_shows_the_whole_selection() {
        insta::assert_snapshot!(text(&quotes(), OutputFormat::Table, wide(200)), @"
        symbol     bid     ask    last   chg_pct    iv   ivr   ivp  hv30   hv90   vrp  liq  earnings_days  volume       age  basis
        SPY     601.23  601.25  601.24      0.31  14.2  22.3  41.0  11.0   12.6  1.13    5              –   61.2M       0.4  live
        BRK/B        –       –  478.50~    -1.20     –     –     –  18.0~     –     –    –             12   9,876~  61200.0  prev-close
        ");
    }

    #[test]
    fn a_usual_terminal_loses_the_least_important_columns() {
        insta::assert_snapshot!(text(&quotes(), OutputFormat::Table, wide(100)), @"
        symbol     bid     ask    last   chg_pct    iv   ivr  hv30    vrp  liq  earnings_days  basis
        SPY     601.23  601.25  601.24      0.31  14.2  22.3  11.0   1.13    5              –  live
        BRK/B        –       –  478.50~    -1.20     –     –  18.0~     –    –             12  prev-close
        ");
    }

    #[test]
    fn a_narrow_terminal_keeps_the_essence() {
        insta::assert_snapshot!(text(&quotes(), OutputFormat::Table, wide(60)), @"
        symbol    last   chg_pct    iv   ivr  hv30    vrp
        SPY     601.24      0.31  14.2  22.3  11.0   1.13
        BRK/B   478.50~    -1.20     –     –  18.0~     –
        ");
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        for width in 30..=200 {
            let written = text(&quotes(), OutputFormat::Table, wide(width));
            for line in written.lines() {
                assert!(line.chars().count() <= width.into(), "{width}: {line}");
            }
        }
    }

    #[test]
    fn an_unknown_width_hides_nothing() {
        assert_eq!(
            text(&quotes(), OutputFormat::Table, Terminal::default()),
            text(&quotes(), OutputFormat::Table, wide(500))
        );
    }

    #[test]
    fn asked_for_columns_are_shown_in_their_order_whatever_the_width() {
        let mut report = quotes();
        report.rows[0].set_computed(
            Field::Name,
            Value::Text("SPDR S&P 500 ETF Trust, units of beneficial interest".into()),
        );
        report.rows[1].set_computed(Field::Name, Value::Text("バークシャー".into()));
        report.fields = Some(vec![Field::Last, Field::Symbol, Field::Name, Field::Volume]);
        insta::assert_snapshot!(text(&report, OutputFormat::Table, wide(20)), @"
          last   symbol  name                              volume
        601.24   SPY     SPDR S&P 500 ETF Trust, units o…   61.2M
        478.50~  BRK/B   バークシャー                       9,876~
        ");
    }

    #[test]
    fn rejected_rows_bring_their_reasons_within_the_line() {
        let mut passed = row("SPY");
        let mut cut = row("XYZ");
        for (row, rank, score) in [(&mut passed, 1.0, 74.0), (&mut cut, 2.0, 12.0)] {
            row.set_computed(Field::Rank, Value::Number(rank));
            row.set_computed(Field::Score, Value::Number(score));
            row.set_computed(Field::Signal, Value::Text("RICH".into()));
        }
        passed.set_computed(Field::Reasons, Value::List(Vec::new()));
        cut.set_computed(
            Field::Reasons,
            Value::List(vec![
                "vrp 0.94 is not > 1.10".into(),
                "ivp is missing: not_provided".into(),
                "liq 2 is not >= 4".into(),
            ]),
        );
        let report = report(Command::Screen, vec![passed, cut]);
        insta::assert_snapshot!(text(&report, OutputFormat::Table, wide(80)), @"
        symbol  score  signal  mark  iv  ivp  vrp  reasons
        SPY        74  RICH       –   –    –    –
        XYZ        12  RICH       –   –    –    –  vrp 0.94 is not > 1.10; ivp is…
        ");
    }

    #[test]
    fn an_empty_answer_is_a_sentence() {
        let mut report = report(Command::Screen, Vec::new());
        assert_eq!(
            text(&report, OutputFormat::Table, wide(80)),
            "no symbol passed; --all shows why\n"
        );
        report.error = Some(ErrorInfo {
            kind: FailureKind::AuthRefused,
            message: "refused".to_owned(),
            hint: None,
        });
        assert_eq!(text(&report, OutputFormat::Table, wide(80)), "");
    }

    #[test]
    fn colour_comes_only_when_wanted() {
        let mut terminal = wide(120);
        assert!(!text(&quotes(), OutputFormat::Table, terminal).contains('\u{1b}'));
        terminal.color = true;
        assert!(text(&quotes(), OutputFormat::Table, terminal).contains('\u{1b}'));
    }
}
