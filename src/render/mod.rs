//! Tables, JSON, NDJSON, CSV and Markdown out of reports, and the schemas that describe them.
//!
//! The room takes typed records, what is known of the terminal and a writer. It knows no source of data, no option
//! parser and no environment; nothing here prints on its own. Every format reads its columns from the one field table
//! of the model, so names, units and order agree everywhere.

mod cell;
mod chain;
mod columns;
mod csv;
mod diagnosis;
mod fields;
mod footer;
mod grid;
mod json;
mod markdown;
mod meta;
mod number;
mod schema;
mod table;
mod tallies;
mod terminal;

use std::io::{self, BufWriter, Write};

use crate::model::OutputFormat;
use crate::model::report::Report;

pub use self::columns::default_fields;
pub use self::diagnosis::render_diagnosis;
pub use self::fields::render_fields;
pub use self::footer::footer;
pub use self::schema::{SCHEMAS, schema};
pub use self::tallies::{timings, waterfall};
pub use self::terminal::{GreeksLayout, Terminal, View};

/// Writes a report in the format of the view.
///
/// A table is the rows alone; what is to be said about them comes from [`footer()`], so that the caller decides where
/// it goes.
///
/// # Errors
///
/// Whatever the writer reports, with its kind kept: a closed pipe is [`io::ErrorKind::BrokenPipe`].
pub fn render_report(report: &Report, view: View, out: &mut dyn Write) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    match view.format {
        OutputFormat::Table => table::write(report, view, &mut out),
        OutputFormat::Json => json::write(report, &mut out),
        OutputFormat::Ndjson => json::write_lines(report, &mut out),
        OutputFormat::Csv => csv::write(report, csv::Delimiter::Comma, &mut out),
        OutputFormat::Tsv => csv::write(report, csv::Delimiter::Tab, &mut out),
        OutputFormat::Markdown => markdown::write(report, &mut out),
    }?;
    out.flush()
}

#[cfg(test)]
mod testing;
