//! The JSON document and its rows, written as they are walked.
//!
//! Key order is part of the contract. The views below borrow from the report and hold no second copy of it.

use std::io::{self, Write};

use jiff::Timestamp;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::model::report::Report;
use crate::model::{Field, Row, Value};

use super::columns::data_fields;
use super::meta::{ErrorView, MetaView};
use super::number;

/// Writes the whole document, indented, with a line end.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let fields = data_fields(report);
    let document = Document {
        schema: schema_name(report.command.name()),
        as_of: moment(report.as_of),
        rows: Rows {
            rows: &report.rows,
            fields: &fields,
        },
        meta: MetaView::of(&report.meta, report.command),
        error: report.error.as_ref().map(ErrorView::of),
    };
    write_pretty(&document, out)
}

/// Writes one row object per line.
pub(super) fn write_lines(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let fields = data_fields(report);
    for row in &report.rows {
        let fields = &fields;
        write_line(&RowView { row, fields }, out)?;
    }
    Ok(())
}

/// Writes any document, indented, with a line end.
pub(super) fn write_pretty(document: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, document)?;
    writeln!(out)
}

/// Writes any object on one line.
pub(super) fn write_line(object: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer(&mut *out, object)?;
    writeln!(out)
}

/// The name in a document's `schema` key.
pub(super) fn schema_name(name: &str) -> String {
    format!("volq.{name}/1")
}

/// A moment as every document writes it: UTC with milliseconds.
pub(super) fn moment(at: Timestamp) -> String {
    format!("{at:.3}")
}

#[derive(Serialize)]
struct Document<'a> {
    schema: String,
    as_of: String,
    rows: Rows<'a>,
    meta: MetaView<'a>,
    error: Option<ErrorView<'a>>,
}

struct Rows<'a> {
    rows: &'a [Row],
    fields: &'a [Field],
}

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fields = self.fields;
        serializer.collect_seq(self.rows.iter().map(|row| RowView { row, fields }))
    }
}

/// A row: its fields in order, then where each present one came from.
struct RowView<'a> {
    row: &'a Row,
    fields: &'a [Field],
}

impl Serialize for RowView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.fields.len() + 1))?;
        for field in self.fields {
            map.serialize_entry(field.name(), &self.row.value(*field).map(ValueView))?;
        }
        map.serialize_entry("sources", &SourcesView(self))?;
        map.end()
    }
}

struct SourcesView<'a>(&'a RowView<'a>);

impl Serialize for SourcesView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let RowView { row, fields } = self.0;
        let sources = fields.iter().filter_map(|field| {
            // What the user typed comes from no source.
            let is_asked = *field == Field::Symbol;
            let cell = row.cell(*field).filter(|_| !is_asked)?;
            Some((field.name(), cell.origin.name()))
        });
        serializer.collect_map(sources)
    }
}

struct ValueView<'a>(&'a Value);

impl Serialize for ValueView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Number(number) => NumberView(*number).serialize(serializer),
            Value::Text(text) => serializer.serialize_str(text),
            Value::Date(date) => serializer.collect_str(date),
            Value::Flag(flag) => serializer.serialize_bool(*flag),
            Value::List(words) => serializer.collect_seq(words.iter().map(AsRef::<str>::as_ref)),
        }
    }
}

/// A number without a decimal point it does not need.
pub(super) struct NumberView(pub(super) f64);

impl Serialize for NumberView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match number::whole(self.0) {
            Some(whole) => serializer.serialize_i64(whole),
            None => serializer.serialize_f64(self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::model::FailureKind;
    use proptest::prelude::*;

    use super::*;
    use crate::model::report::{
        Completeness, ErrorInfo, MissingField, ProviderReport, ProviderStatus, Timing, Warning,
    };
    use crate::model::{Cell, Command, Origin, OutputFormat, Provider, Reason};
    use crate::render::Terminal;
    use crate::render::schema::testing::assert_valid;
    use crate::render::testing::{cell, report, row, text};

    fn json(report: &Report) -> String {
        text(report, OutputFormat::Json, Terminal::default())
    }

    fn one_gap() -> Report {
        let mut spy = row("SPY");
        spy.set(Field::Bid, cell(601.0, Origin::DXLINK, true));
        spy.set(Field::Iv, cell(14.2, Origin::REST, true));
        let mut report = report(Command::Quote, vec![spy]);
        report.fields = Some(vec![Field::Symbol, Field::Iv, Field::Bid, Field::Beta]);
        let meta = &mut report.meta;
        meta.providers.truncate(1);
        meta.providers[0].first_event = Some(std::time::Duration::from_millis(310));
        meta.completeness = Completeness {
            fields_wanted: 3,
            fields_present: 2,
            symbols_wanted: 1,
            symbols_complete: 0,
            missing: vec![MissingField {
                symbol: "SPY".parse().unwrap(),
                field: Field::Beta,
                reason: Reason::NotProvided,
            }],
        };
        meta.timings.push(Timing {
            phase: "oauth",
            took: std::time::Duration::ZERO,
        });
        meta.warnings.push(Warning {
            code: "legacy_used",
            message: "the fallback supplied \"hv30\"".to_owned(),
        });
        report
    }

    #[test]
    fn the_document_keeps_its_order() {
        insta::assert_snapshot!(json(&one_gap()), @r#"
        {
          "schema": "volq.quote/1",
          "as_of": "2026-11-20T15:30:00.123Z",
          "rows": [
            {
              "symbol": "SPY",
              "iv": 14.2,
              "bid": 601,
              "beta": null,
              "sources": {
                "iv": "rest",
                "bid": "dxlink"
              }
            }
          ],
          "meta": {
            "version": "0.1.0",
            "command": "quote",
            "demo": false,
            "elapsed_ms": 812,
            "providers": [
              {
                "name": "dxlink",
                "status": "ok",
                "detail": null,
                "connections": 0,
                "reconnects": 0,
                "events": 0,
                "requests": 0,
                "first_event_ms": 310
              }
            ],
            "completeness": {
              "percent": 66.7,
              "fields_wanted": 3,
              "fields_present": 2,
              "symbols_wanted": 1,
              "symbols_complete": 0,
              "missing": [
                {
                  "symbol": "SPY",
                  "field": "beta",
                  "reason": "not_provided"
                }
              ]
            },
            "timings": [
              {
                "phase": "oauth",
                "ms": 0
              }
            ],
            "warnings": [
              {
                "code": "legacy_used",
                "message": "the fallback supplied \"hv30\""
              }
            ]
          },
          "error": null
        }
        "#);
    }

    #[test]
    fn a_row_has_every_field_of_its_command() {
        for command in Command::ALL {
            let written = json(&report(command, vec![row("SPY")]));
            assert_valid(command.name(), &written);
            let document: serde_json::Value = serde_json::from_str(&written).unwrap();
            let keys: Vec<&str> = document["rows"][0]
                .as_object()
                .unwrap()
                .keys()
                .map(String::as_str)
                .collect();
            let mut wanted: Vec<&str> = command.fields().map(Field::name).collect();
            wanted.push("sources");
            assert_eq!(keys, wanted);
        }
    }

    #[test]
    fn a_failed_run_is_a_whole_document() {
        for command in Command::ALL {
            let mut report = report(command, Vec::new());
            report.error = Some(ErrorInfo {
                kind: FailureKind::AuthRefused,
                message: "the login was refused".to_owned(),
                hint: None,
            });
            assert_valid(command.name(), &json(&report));
        }
    }

    #[test]
    fn lines_are_rows_and_nothing_else() {
        let mut report = one_gap();
        report.rows.push(row("XYZ"));
        insta::assert_snapshot!(text(&report, OutputFormat::Ndjson, Terminal::default()), @r#"
        {"symbol":"SPY","iv":14.2,"bid":601,"beta":null,"sources":{"iv":"rest","bid":"dxlink"}}
        {"symbol":"XYZ","iv":null,"bid":null,"beta":null,"sources":{}}
        "#);
    }

    fn value(field: Field) -> BoxedStrategy<Value> {
        use crate::model::Unit;
        let words = "\\PC{0,12}|[\u{0}-\u{1f}\"\\\\]{0,4}";
        match field.info().unit {
            Unit::Text => words.prop_map(|text| Value::Text(text.into())).boxed(),
            Unit::Date => (0i32..30_000)
                .prop_map(|days| {
                    let first = jiff::civil::date(1990, 1, 1);
                    Value::Date(first + jiff::Span::new().days(days))
                })
                .boxed(),
            Unit::Flag => any::<bool>().prop_map(Value::Flag).boxed(),
            Unit::List => prop::collection::vec(words, 0..3)
                .prop_map(|list| Value::List(list.into_iter().map(Into::into).collect()))
                .boxed(),
            _ => (prop::num::f64::NORMAL | prop::num::f64::ZERO)
                .prop_map(Value::Number)
                .boxed(),
        }
    }

    fn rows(command: Command) -> impl Strategy<Value = Vec<Row>> {
        let fields: Vec<Field> = command.fields().skip(1).collect();
        let field = prop::sample::select(fields);
        let cells = field.prop_flat_map(|field| (Just(field), value(field), any::<bool>()));
        let filled = prop::collection::vec(cells, 0..12).prop_map(|cells| {
            let mut row = row("SPY");
            for (field, value, first_rank) in cells {
                row.set(
                    field,
                    Cell {
                        value,
                        origin: Origin::REST,
                        first_rank,
                        at: None,
                    },
                );
            }
            row
        });
        prop::collection::vec(filled, 0..4)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn any_rows_fit_the_schema_and_read_back(rows in rows(Command::Screen)) {
            let report = report(Command::Screen, rows);
            let written = json(&report);
            assert_valid("screen", &written);
            let document: serde_json::Value = serde_json::from_str(&written).unwrap();
            for (index, row) in report.rows.iter().enumerate() {
                for field in Command::Screen.fields() {
                    let read = &document["rows"][index][field.name()];
                    prop_assert_eq!(read.as_f64(), row.number(field));
                    prop_assert_eq!(read.is_null(), row.value(field).is_none());
                }
            }
        }

        #[test]
        fn any_rows_can_be_shown(rows in rows(Command::Quote), width in 1u16..220) {
            let terminal = crate::render::testing::wide(width);
            let mut report = report(Command::Quote, rows);
            report.meta.providers.push(ProviderReport::new(Provider::Legacy, ProviderStatus::Ok));
            for format in OutputFormat::ALL {
                let written = text(&report, format, terminal);
                let escaped = written.contains('\u{1b}') && format.is_for_eyes();
                prop_assert!(!escaped, "{}", format);
            }
        }
    }
}
