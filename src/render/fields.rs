//! `volq fields`: every field with its unit, its sources and the commands that carry it.

use std::io::{self, Write};

use serde::Serialize;

use crate::model::{Cost, Field, Origin, OutputFormat};

use super::cell::Shown;
use super::csv::{self, Delimiter};
use super::grid::{Align, Column, Grid};
use super::json;
use super::terminal::View;

/// Writes the list of fields in any format.
///
/// # Errors
///
/// Whatever the writer reports, with its kind kept.
pub fn render_fields(view: View, out: &mut dyn Write) -> io::Result<()> {
    let mut entries = Field::ALL.iter().copied().map(Entry::of);
    match view.format {
        OutputFormat::Json => json::write_pretty(
            &Document {
                schema: json::schema_name("fields"),
                fields: entries.collect(),
            },
            out,
        ),
        OutputFormat::Ndjson => entries.try_for_each(|entry| json::write_line(&entry, out)),
        OutputFormat::Csv => csv::write_records(Delimiter::Comma, records(entries), out),
        OutputFormat::Tsv => csv::write_records(Delimiter::Tab, records(entries), out),
        OutputFormat::Table => write_lines(
            &grid(entries).wrapped(view.terminal.width, view.terminal.color),
            out,
        ),
        OutputFormat::Markdown => write_lines(&grid(entries).piped(), out),
    }
}

#[derive(Serialize)]
struct Document {
    schema: String,
    fields: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    name: &'static str,
    unit: &'static str,
    sources: Vec<&'static str>,
    commands: Vec<&'static str>,
    on_request: bool,
    about: &'static str,
}

impl Entry {
    fn of(field: Field) -> Self {
        let info = field.info();
        Self {
            name: info.name,
            unit: info.unit.label(),
            sources: info.origins().into_iter().map(Origin::name).collect(),
            commands: info.commands.iter().map(|command| command.name()).collect(),
            on_request: matches!(info.cost, Cost::Named | Cost::Late),
            about: info.about,
        }
    }

    fn cells(&self) -> [String; 5] {
        let about = if self.on_request {
            format!("{} (only when named)", self.about)
        } else {
            self.about.to_owned()
        };
        [
            self.name.to_owned(),
            self.unit.to_owned(),
            self.sources.join(" "),
            self.commands.join(" "),
            about,
        ]
    }
}

const TITLES: [&str; 5] = ["field", "unit", "sources", "commands", "about"];

fn records(entries: impl Iterator<Item = Entry>) -> impl Iterator<Item = Vec<String>> {
    let titles = TITLES.map(str::to_owned).to_vec();
    std::iter::once(titles).chain(entries.map(|entry| entry.cells().to_vec()))
}

fn grid(entries: impl Iterator<Item = Entry>) -> Grid {
    let columns = TITLES.map(|title| Column::new(title, Align::Left)).to_vec();
    let rows = entries.map(|entry| {
        entry
            .cells()
            .iter()
            .map(|cell| Shown::plain(cell))
            .collect()
    });
    Grid::new(columns, rows.collect())
}

fn write_lines(lines: &[String], out: &mut dyn Write) -> io::Result<()> {
    lines.iter().try_for_each(|line| writeln!(out, "{line}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Unit;
    use crate::render::testing::{view, wide};

    fn text(format: OutputFormat) -> String {
        let mut out = Vec::new();
        render_fields(view(format, wide(200)), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_format_lists_every_field() {
        for format in OutputFormat::ALL {
            let written = text(format);
            for field in Field::ALL {
                assert!(written.contains(field.name()), "{format}: {field}");
            }
        }
    }

    #[test]
    fn the_table_reads_in_one_line_per_field() {
        let written = text(OutputFormat::Table);
        let first: Vec<&str> = written.lines().take(3).collect();
        insta::assert_snapshot!(first.join("\n"), @"
        field            unit    sources               commands             about
        symbol           text                          quote greeks screen  symbol as asked, normalised
        name             text    dxlink rest legacy    quote screen         name of the instrument (only when named)
        ");
    }

    #[test]
    fn json_carries_units_and_sources() {
        let document: serde_json::Value = serde_json::from_str(&text(OutputFormat::Json)).unwrap();
        assert_eq!(document["schema"], "volq.fields/1");
        let iv = document["fields"]
            .as_array()
            .unwrap()
            .iter()
            .find(|entry| entry["name"] == "iv")
            .unwrap();
        assert_eq!(iv["unit"], Unit::Percent.label());
        assert_eq!(iv["sources"], serde_json::json!(["rest", "dxlink"]));
    }
}
