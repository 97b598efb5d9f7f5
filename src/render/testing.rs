//! Reports for the tests of this room.

use std::time::Duration;

use crate::model::report::{Meta, ProviderReport, ProviderStatus, Report};
use crate::model::{Cell, Command, Field, Origin, OutputFormat, Provider, Row, Value};

use super::{GreeksLayout, Terminal, View, render_report};

pub(super) fn row(symbol: &str) -> Row {
    Row::new(symbol.parse().unwrap())
}

pub(super) fn cell(number: f64, origin: Origin, first_rank: bool) -> Cell {
    Cell {
        value: Value::Number(number),
        origin,
        first_rank,
        at: None,
    }
}

pub(super) fn report(command: Command, rows: Vec<Row>) -> Report {
    Report {
        command,
        as_of: "2026-11-20T15:30:00.123Z".parse().unwrap(),
        rows,
        fields: None,
        meta: Meta {
            elapsed: Duration::from_millis(812),
            providers: vec![
                ProviderReport::new(Provider::Dxlink, ProviderStatus::Ok),
                ProviderReport::new(Provider::Rest, ProviderStatus::Partial),
                ProviderReport::new(Provider::Legacy, ProviderStatus::Skipped),
            ],
            ..Meta::default()
        },
        error: None,
    }
}

pub(super) fn view(format: OutputFormat, terminal: Terminal) -> View {
    View {
        format,
        terminal,
        greeks: GreeksLayout::SideBySide,
    }
}

/// A terminal of a width, without colour.
pub(super) fn wide(width: u16) -> Terminal {
    Terminal {
        width: Some(width),
        is_tty: true,
        color: false,
    }
}

/// What a report reads as.
pub(super) fn text(report: &Report, format: OutputFormat, terminal: Terminal) -> String {
    let mut out = Vec::new();
    render_report(report, view(format, terminal), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Fills number fields from one source of first rank.
pub(super) fn fill(row: &mut Row, origin: Origin, numbers: &[(Field, f64)]) {
    for (field, number) in numbers {
        row.set(*field, cell(*number, origin, true));
    }
}
