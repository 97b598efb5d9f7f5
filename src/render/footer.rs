//! What is to be said about a table: how complete it is, who supplied it, what is missing and what is hidden.
//!
//! The caller puts it under the table, or on stderr where stdout has to hold data alone.

use std::collections::BTreeSet;

use crate::model::report::{MissingField, ProviderStatus, Report, ScreenMeta};
use crate::model::{Field, Origin, OutputFormat, Reason, Symbol};

use super::cell::is_marked;
use super::columns::shown_fields;
use super::number;
use super::table;
use super::terminal::View;

/// Symbols whose gaps are told; the rest is counted.
const MOST_MISSING: usize = 3;

/// The lines that belong to a report in this view, each with a line end.
pub fn footer(report: &Report, view: View) -> String {
    let mut lines = vec![summary(report)];
    lines.extend(report.meta.screen.as_ref().map(universe));
    lines.extend(missing(report));
    if !report.rows.is_empty() {
        lines.extend(columns(report, view));
    }
    let text = lines.join("\n");
    if view.terminal.color {
        format!("\u{1b}[2m{text}\u{1b}[0m\n")
    } else {
        text + "\n"
    }
}

fn summary(report: &Report) -> String {
    let meta = &report.meta;
    let counted = &meta.completeness;
    let mut parts = vec![format!(
        "{} % complete, {} of {} symbols",
        number::exact(number::completeness(counted)),
        counted.symbols_complete,
        counted.symbols_wanted
    )];
    let used = meta.providers.iter().filter(|provider| {
        !matches!(
            provider.status,
            ProviderStatus::Skipped | ProviderStatus::Disabled
        )
    });
    parts.extend(used.map(|provider| format!("{} {}", provider.provider, provider.status.name())));
    parts.push(number::span(meta.elapsed));
    if meta.demo {
        parts.push("built-in market, not real prices".to_owned());
    }
    parts.join(" · ")
}

fn universe(screen: &ScreenMeta) -> String {
    let profile = screen.profile.as_deref().unwrap_or("no profile");
    format!(
        "{} of {} passed, {} rejected, {} unknown · {profile}",
        screen.passed, screen.universe, screen.rejected, screen.unknown
    )
}

/// One line per symbol that lacks what a reader came for: its first gap, and how many more there are.
fn missing(report: &Report) -> Vec<String> {
    let counts = |missing: &&MissingField| {
        let asked = |fields: &Vec<Field>| fields.contains(&missing.field);
        missing.reason != Reason::NotApplicable
            && (ESSENTIAL.contains(&missing.field) || report.fields.as_ref().is_some_and(asked))
    };
    let mut symbols: Vec<(&Symbol, &MissingField, usize)> = Vec::new();
    for missing in report.meta.completeness.missing.iter().filter(counts) {
        match symbols.last_mut() {
            Some((symbol, _, more)) if **symbol == missing.symbol => *more += 1,
            _ => symbols.push((&missing.symbol, missing, 0)),
        }
    }
    let mut lines: Vec<String> = symbols
        .iter()
        .take(MOST_MISSING)
        .map(|(symbol, first, more)| {
            let more = match more {
                0 => String::new(),
                more => format!(" (+{more})"),
            };
            format!("missing {symbol}: {} {}{more}", first.field, first.reason)
        })
        .collect();
    if let Some(rest @ 1..) = symbols.len().checked_sub(MOST_MISSING) {
        lines.push(format!(
            "missing in {rest} more {}; --json lists every gap",
            if rest == 1 { "symbol" } else { "symbols" }
        ));
    }
    lines
}

/// What makes a row useful: its price, its volatility and, for an option, its greeks.
const ESSENTIAL: [Field; 8] = [
    Field::Mark,
    Field::Iv,
    Field::Hv30,
    Field::Hv90,
    Field::Delta,
    Field::Gamma,
    Field::Theta,
    Field::Vega,
];

fn columns(report: &Report, view: View) -> Vec<String> {
    let (shown, hidden) = match view.format {
        OutputFormat::Table => {
            let sheet = table::sheet(report, view);
            (sheet.shown, sheet.hidden)
        }
        OutputFormat::Markdown => (shown_fields(report), Vec::new()),
        OutputFormat::Json | OutputFormat::Ndjson | OutputFormat::Csv | OutputFormat::Tsv => {
            return Vec::new();
        }
    };
    let mut lines = Vec::new();
    let marks = legend(report, &shown);
    if !marks.is_empty() {
        lines.push(format!("not from the first source: {marks}"));
    }
    if !hidden.is_empty() {
        let names: Vec<_> = hidden.iter().rev().map(|field| field.name()).collect();
        lines.push(format!(
            "hidden for width: {} – use --fields or a wider terminal",
            names.join(", ")
        ));
    }
    lines
}

/// The marks that occur among the shown cells.
fn legend(report: &Report, shown: &[Field]) -> String {
    let cells = report
        .rows
        .iter()
        .flat_map(|row| shown.iter().filter_map(|field| row.cell(*field)));
    let marked: BTreeSet<Origin> = cells
        .filter(|cell| is_marked(cell))
        .map(|cell| cell.origin)
        .collect();
    let words = marked
        .into_iter()
        .map(|source| format!("{} {source}", source.mark()));
    words.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Command;
    use crate::model::report::Completeness;
    use crate::render::testing::{cell, report, row, view, wide};

    fn gap(symbol: &str, field: Field, reason: Reason) -> MissingField {
        MissingField {
            symbol: symbol.parse().unwrap(),
            field,
            reason,
        }
    }

    fn gappy() -> Report {
        let mut spy = row("SPY");
        spy.set(Field::Last, cell(601.0, Origin::LEGACY, false));
        spy.set(Field::Iv, cell(14.0, Origin::DXLINK, false));
        let mut report = report(Command::Quote, vec![spy]);
        report.meta.demo = true;
        report.meta.completeness = Completeness {
            fields_wanted: 75,
            fields_present: 70,
            symbols_wanted: 6,
            symbols_complete: 1,
            missing: vec![
                gap("SPY", Field::Beta, Reason::NotProvided),
                gap("XYZ", Field::Mark, Reason::NoEventBeforeDeadline),
                gap("XYZ", Field::Iv, Reason::NotProvided),
                gap("/ES", Field::Hv30, Reason::NotApplicable),
                gap("ABC", Field::Iv, Reason::NotEntitled),
                gap("DEF", Field::Iv, Reason::NotEntitled),
                gap("GHI", Field::Iv, Reason::NotEntitled),
                gap("JKL", Field::Iv, Reason::NotEntitled),
            ],
        };
        report
    }

    #[test]
    fn tells_sources_gaps_marks_and_hidden_columns() {
        insta::assert_snapshot!(footer(&gappy(), view(OutputFormat::Table, wide(80))), @"
        93.3 % complete, 1 of 6 symbols · dxlink ok · rest partial · 812 ms · built-in market, not real prices
        missing XYZ: mark no_event_before_deadline (+1)
        missing ABC: iv not_entitled
        missing DEF: iv not_entitled
        missing in 2 more symbols; --json lists every gap
        not from the first source: + dxlink, ~ legacy
        hidden for width: liq, hv90, ivp, age, volume – use --fields or a wider terminal
        ");
    }

    #[test]
    fn machine_formats_have_no_columns_to_explain() {
        let said = footer(&gappy(), view(OutputFormat::Json, wide(80)));
        assert!(
            !said.contains("hidden") && !said.contains("first source"),
            "{said}"
        );
    }

    #[test]
    fn an_asked_for_field_is_essential() {
        let mut report = gappy();
        report.fields = Some(vec![Field::Symbol, Field::Beta]);
        let said = footer(&report, view(OutputFormat::Table, wide(80)));
        assert!(said.contains("missing SPY: beta not_provided\n"), "{said}");
    }

    #[test]
    fn a_universe_is_counted() {
        let mut report = report(Command::Screen, Vec::new());
        report.meta.screen = Some(ScreenMeta {
            universe: 500,
            passed: 0,
            rejected: 482,
            unknown: 18,
            profile: Some("balanced".to_owned()),
            ..ScreenMeta::default()
        });
        insta::assert_snapshot!(footer(&report, view(OutputFormat::Table, wide(80))), @"
        100 % complete, 0 of 0 symbols · dxlink ok · rest partial · 812 ms
        0 of 500 passed, 482 rejected, 18 unknown · balanced
        ");
    }

    #[test]
    fn colour_only_when_wanted() {
        let mut terminal = wide(80);
        assert!(!footer(&gappy(), view(OutputFormat::Table, terminal)).contains('\u{1b}'));
        terminal.color = true;
        assert!(footer(&gappy(), view(OutputFormat::Table, terminal)).contains('\u{1b}'));
    }
}
