//! Comma and tab separated rows, quoted as RFC 4180 says. Lines end in a bare line feed, which every reader of the
//! format takes and which keeps `cut` and `awk` free of carriage returns.

use std::io::{self, Write};

use crate::model::report::Report;
use crate::model::{Field, Row, Value};

use super::columns::data_fields;
use super::number;

/// What stands between two cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Delimiter {
    /// CSV.
    Comma,
    /// TSV.
    Tab,
}

/// Writes the header and the rows; an absent value is an empty cell.
pub(super) fn write(report: &Report, delimiter: Delimiter, out: &mut dyn Write) -> io::Result<()> {
    let fields = data_fields(report);
    let header = fields.iter().map(|field| field.name().to_owned());
    let rows = report.rows.iter().map(|row| {
        let cells = fields.iter().map(|field| cell(row, *field));
        cells.collect()
    });
    write_records(
        delimiter,
        std::iter::once(header.collect()).chain(rows),
        out,
    )
}

/// Writes ready-made records.
pub(super) fn write_records(
    delimiter: Delimiter,
    records: impl IntoIterator<Item = Vec<String>>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut writer = ::csv::WriterBuilder::new()
        .delimiter(match delimiter {
            Delimiter::Comma => b',',
            Delimiter::Tab => b'\t',
        })
        .from_writer(out);
    for record in records {
        writer.write_record(record).map_err(io_error)?;
    }
    writer.flush()
}

fn cell(row: &Row, field: Field) -> String {
    match row.value(field) {
        None => String::new(),
        Some(Value::Number(number)) => number::exact(*number),
        Some(value) => value.to_string(),
    }
}

/// Keeps the kind of the writer's error, which the library's own conversion loses.
fn io_error(error: ::csv::Error) -> io::Error {
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) => error,
        kind => io::Error::other(format!("{kind:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Command, Origin, OutputFormat};
    use crate::render::Terminal;
    use crate::render::testing::{cell, report, row, text};

    fn quoted() -> Report {
        let mut spy = row("SPY");
        spy.set_computed(Field::Name, Value::Text("SPDR \"S&P\", 500\tTrust".into()));
        spy.set(Field::Bid, cell(601.0, Origin::DXLINK, true));
        spy.set(Field::Ask, cell(0.1 + 0.2, Origin::DXLINK, true));
        spy.set_computed(Field::Halted, Value::Flag(false));
        let mut report = report(Command::Quote, vec![spy, row("XYZ")]);
        report.fields = Some(vec![
            Field::Symbol,
            Field::Name,
            Field::Bid,
            Field::Ask,
            Field::Halted,
            Field::Iv,
        ]);
        report
    }

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        insta::assert_snapshot!(text(&quoted(), OutputFormat::Csv, Terminal::default()), @r#"
        symbol,name,bid,ask,halted,iv
        SPY,"SPDR ""S&P"", 500	Trust",601,0.30000000000000004,false,
        XYZ,,,,,
        "#);
    }

    #[test]
    fn tabs_separate_and_are_quoted() {
        let written = text(&quoted(), OutputFormat::Tsv, Terminal::default());
        let mut lines = written.lines();
        assert_eq!(lines.next(), Some("symbol\tname\tbid\task\thalted\tiv"));
        assert_eq!(
            lines.next(),
            Some("SPY\t\"SPDR \"\"S&P\"\", 500\tTrust\"\t601\t0.30000000000000004\tfalse\t")
        );
    }

    #[test]
    fn without_rows_the_header_stands_alone() {
        let mut report = quoted();
        report.rows.clear();
        let written = text(&report, OutputFormat::Csv, Terminal::default());
        assert_eq!(written, "symbol,name,bid,ask,halted,iv\n");
    }

    #[test]
    fn a_closed_pipe_is_told_as_such() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        for format in OutputFormat::ALL {
            let view = crate::render::testing::view(format, Terminal::default());
            let error = crate::render::render_report(&quoted(), view, &mut Closed).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::BrokenPipe, "{format}");
        }
    }
}
