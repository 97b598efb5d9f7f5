//! A pipe table for issues and notes, aligned in its source as well as rendered.

use std::io::{self, Write};

use crate::model::Row;
use crate::model::report::Report;

use super::columns::shown_fields;
use super::table;

/// Writes the header and the rows with the cells of a table, none hidden and none cut.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let rows: Vec<&Row> = report.rows.iter().collect();
    for line in table::grid(&rows, &shown_fields(report), false).piped() {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::model::{Command, Field, Origin, OutputFormat, Value};
    use crate::render::Terminal;
    use crate::render::testing::{cell, report, row, text, wide};

    #[test]
    fn cells_are_aligned_and_pipes_escaped() {
        let mut spy = row("SPY");
        spy.set_computed(Field::Name, Value::Text("a|b".into()));
        spy.set(Field::Last, cell(601.2, Origin::LEGACY, false));
        let mut report = report(Command::Quote, vec![spy, row("/ES")]);
        report.fields = Some(vec![Field::Symbol, Field::Name, Field::Last]);
        insta::assert_snapshot!(text(&report, OutputFormat::Markdown, Terminal::default()), @r"
        | symbol | name |   last  |
        |--------|------|--------:|
        | SPY    | a\|b | 601.20~ |
        | /ES    | –    |      –  |
        ");
    }

    #[test]
    fn the_width_of_the_terminal_does_not_matter() {
        let report = report(Command::Quote, vec![row("SPY")]);
        assert_eq!(
            text(&report, OutputFormat::Markdown, wide(20)),
            text(&report, OutputFormat::Markdown, Terminal::default())
        );
    }
}
