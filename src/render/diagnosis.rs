//! The findings of `volq diagnose-access`: a list for eyes, a document for scripts.

use std::io::{self, Write};

use serde::Serialize;

use crate::model::diagnosis::{Diagnosis, DiagnosisLayer, LayerStatus};

use super::cell::{Shown, Tone};
use super::grid::{Align, Column, Grid};
use super::json;
use super::number;
use super::terminal::View;
use crate::model::OutputFormat;

/// Writes the findings: a document for `json` and `ndjson`, else the list.
///
/// # Errors
///
/// Whatever the writer reports, with its kind kept.
pub fn render_diagnosis(diagnosis: &Diagnosis, view: View, out: &mut dyn Write) -> io::Result<()> {
    match view.format {
        OutputFormat::Json => json::write_pretty(&Document::of(diagnosis), out),
        OutputFormat::Ndjson => json::write_line(&Document::of(diagnosis), out),
        OutputFormat::Table | OutputFormat::Markdown | OutputFormat::Csv | OutputFormat::Tsv => {
            write_list(diagnosis, view, out)
        }
    }
}

fn write_list(diagnosis: &Diagnosis, view: View, out: &mut dyn Write) -> io::Result<()> {
    let columns = [Align::Left, Align::Left, Align::Right, Align::Left];
    let columns = columns.map(|align| Column::new("", align));
    let rows = diagnosis.layers.iter().flat_map(layer_rows);
    let grid = Grid::new(columns.to_vec(), rows.collect());
    for line in grid.wrapped(view.terminal.width, view.terminal.color) {
        writeln!(out, "{line}")?;
    }
    writeln!(out, "\n{}", diagnosis.verdict)?;
    if diagnosis.demo {
        writeln!(out, "built-in market, not a real account")?;
    }
    Ok(())
}

/// The finding, and below it what to do.
fn layer_rows(layer: &DiagnosisLayer) -> Vec<Vec<Shown>> {
    let tone = match layer.status {
        LayerStatus::Ok => Tone::Good,
        LayerStatus::Warn => Tone::Care,
        LayerStatus::Fail => Tone::Bad,
        LayerStatus::Skip => Tone::Dim,
    };
    let took = layer.took.map(number::span).unwrap_or_default();
    let mut rows = vec![vec![
        Shown::new(layer.status.name(), tone),
        Shown::plain(layer.name),
        Shown::new(&took, Tone::Dim),
        Shown::plain(&finding(layer)),
    ]];
    if let Some(hint) = &layer.hint {
        let mut row = vec![Shown::default(); 3];
        row.push(Shown::plain(&format!("→ {hint}")));
        rows.push(row);
    }
    rows
}

fn finding(layer: &DiagnosisLayer) -> String {
    let status = layer.http_status.map(|status| format!("HTTP {status}"));
    let facts: Vec<String> = status
        .into_iter()
        .chain(layer.server_code.clone())
        .collect();
    let detail = layer.detail.as_deref().unwrap_or_default();
    match (detail, facts.as_slice()) {
        (detail, []) => detail.to_owned(),
        ("", facts) => facts.join(", "),
        (detail, facts) => format!("{detail} ({})", facts.join(", ")),
    }
}

#[derive(Serialize)]
struct Document<'a> {
    schema: String,
    as_of: String,
    demo: bool,
    layers: Vec<LayerView<'a>>,
    verdict: &'a str,
}

#[derive(Serialize)]
struct LayerView<'a> {
    name: &'static str,
    status: &'static str,
    ms: Option<u64>,
    detail: Option<&'a str>,
    hint: Option<&'a str>,
    http_status: Option<u16>,
    server_code: Option<&'a str>,
}

impl<'a> Document<'a> {
    fn of(diagnosis: &'a Diagnosis) -> Self {
        let layers = diagnosis.layers.iter().map(|layer| LayerView {
            name: layer.name,
            status: layer.status.name(),
            ms: layer.took.map(number::millis),
            detail: layer.detail.as_deref(),
            hint: layer.hint.as_deref(),
            http_status: layer.http_status,
            server_code: layer.server_code.as_deref(),
        });
        Self {
            schema: json::schema_name("diagnose"),
            as_of: json::moment(diagnosis.as_of),
            demo: diagnosis.demo,
            layers: layers.collect(),
            verdict: &diagnosis.verdict,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::render::Terminal;
    use crate::render::schema::testing::assert_valid;
    use crate::render::testing::{view, wide};

    fn refused() -> Diagnosis {
        let mut oauth = DiagnosisLayer::new("oauth", LayerStatus::Fail);
        oauth.took = Some(Duration::from_millis(120));
        oauth.detail = Some("the server refused the refresh token: Grant revoked".to_owned());
        oauth.hint = Some(
            "create a new grant at my.tastytrade.com and set TT_REFRESH_TOKEN to its token"
                .to_owned(),
        );
        oauth.http_status = Some(400);
        oauth.server_code = Some("invalid_grant".to_owned());
        let mut settings = DiagnosisLayer::new("settings", LayerStatus::Ok);
        settings.detail = Some("defaults and environment".to_owned());
        Diagnosis {
            as_of: "2026-11-20T15:30:00Z".parse().unwrap(),
            demo: false,
            layers: vec![
                settings,
                oauth,
                DiagnosisLayer::new("customer", LayerStatus::Skip),
            ],
            verdict: "The login is refused; quotes and metrics need a new refresh token."
                .to_owned(),
        }
    }

    fn text(format: OutputFormat, terminal: Terminal) -> String {
        let mut out = Vec::new();
        render_diagnosis(&refused(), view(format, terminal), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_failure_says_what_to_do() {
        insta::assert_snapshot!(text(OutputFormat::Table, wide(80)), @"
        ok    settings          defaults and environment
        fail  oauth     120 ms  the server refused the refresh token: Grant revoked
                                (HTTP 400, invalid_grant)
                                → create a new grant at my.tastytrade.com and set
                                TT_REFRESH_TOKEN to its token
        skip  customer

        The login is refused; quotes and metrics need a new refresh token.
        ");
    }

    #[test]
    fn an_unknown_width_wraps_nothing() {
        assert_eq!(
            text(OutputFormat::Table, Terminal::default())
                .lines()
                .count(),
            6
        );
    }

    #[test]
    fn the_document_keeps_its_order_and_fits_its_schema() {
        let written = text(OutputFormat::Json, wide(80));
        assert_valid("diagnose", &written);
        insta::assert_snapshot!(text(OutputFormat::Ndjson, wide(80)), @r#"{"schema":"volq.diagnose/1","as_of":"2026-11-20T15:30:00.000Z","demo":false,"layers":[{"name":"settings","status":"ok","ms":null,"detail":"defaults and environment","hint":null,"http_status":null,"server_code":null},{"name":"oauth","status":"fail","ms":120,"detail":"the server refused the refresh token: Grant revoked","hint":"create a new grant at my.tastytrade.com and set TT_REFRESH_TOKEN to its token","http_status":400,"server_code":"invalid_grant"},{"name":"customer","status":"skip","ms":null,"detail":null,"hint":null,"http_status":null,"server_code":null}],"verdict":"The login is refused; quotes and metrics need a new refresh token."}"#);
    }
}
