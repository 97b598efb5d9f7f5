//! What each provider did, as a report tells it.

use super::source::Shared;
use crate::model::report::{ProviderReport, ProviderStatus, Timing, Warning};
use crate::model::{Provider, Symbol};
use dxlink::Stats;

/// Symbols that one warning names.
const NAMED: usize = 5;

/// What a provider did; its requests are counted by whoever makes them.
pub(super) fn of(provider: Provider, run: &Shared, stats: Stats) -> ProviderReport {
    let activity = &run.activities[provider as usize];
    let mut report = ProviderReport::new(provider, status(provider, run));
    report.detail = activity.failure.as_ref().map(ToString::to_string);
    report.first_event = activity.first;
    if provider == Provider::Dxlink {
        report.connections = stats.connections;
        report.reconnects = stats.connections.saturating_sub(1);
        report.events = stats.events;
    }
    report
}

fn status(provider: Provider, run: &Shared) -> ProviderStatus {
    let activity = &run.activities[provider as usize];
    if !run.table.ranking().uses(provider) {
        ProviderStatus::Disabled
    } else if !activity.asked && activity.failure.is_none() {
        ProviderStatus::Skipped
    } else if activity.first.is_none() && activity.failure.is_some() {
        ProviderStatus::Failed
    } else if activity.failure.is_some() || run.table.has_lacking(provider) {
        ProviderStatus::Partial
    } else {
        ProviderStatus::Ok
    }
}

/// How long the phases took, those of the stream last.
pub(super) fn timings(run: &Shared, stats: Stats) -> Vec<Timing> {
    let from_start = |at: tokio::time::Instant| at.saturating_duration_since(run.began);
    let stream = [
        ("quote_token", run.diagnostics.took()),
        ("stream_ready", stats.ready.map(from_start)),
        ("first_event", stats.first_event.map(from_start)),
    ];
    let stream = stream
        .into_iter()
        .filter_map(|(phase, took)| Some(Timing { phase, took: took? }));
    run.timings.iter().cloned().chain(stream).collect()
}

/// Things worth knowing, with one warning per kind of doubt about charts, however many symbols it holds for.
pub(super) fn warnings(run: &Shared) -> Vec<Warning> {
    let doubts = run.doubts.iter().map(|(doubt, symbols)| {
        let named: Vec<&str> = symbols.iter().take(NAMED).map(Symbol::as_str).collect();
        let more = match symbols.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        Warning {
            code: "legacy_doubt",
            message: format!("{}{more}: {doubt}", named.join(", ")),
        }
    });
    run.warnings.iter().cloned().chain(doubts).collect()
}
