//! The `meta` and `error` parts of a JSON document as borrowed views; key order is part of the contract.

use serde::Serialize;

use crate::model::Command;
use crate::model::report::{Completeness, ErrorInfo, Meta, ScreenMeta};

use super::json::NumberView;
use super::number;

/// How an answer came about.
#[derive(Serialize)]
pub(super) struct MetaView<'a> {
    version: &'static str,
    command: &'static str,
    demo: bool,
    elapsed_ms: u64,
    providers: Vec<ProviderView<'a>>,
    completeness: CompletenessView<'a>,
    timings: Vec<TimingView>,
    warnings: Vec<WarningView<'a>>,
    #[serde(flatten)]
    screen: Option<ScreenView<'a>>,
}

impl<'a> MetaView<'a> {
    /// The view of a command's meta; only a screen has the keys of a universe.
    pub(super) fn of(meta: &'a Meta, command: Command) -> Self {
        // A screen that failed before it had a universe looked at no symbol, and its document says so.
        const NOTHING: &ScreenMeta = &ScreenMeta {
            universe: 0,
            passed: 0,
            rejected: 0,
            unknown: 0,
            waterfall: Vec::new(),
            profile: None,
            thresholds: Vec::new(),
        };
        Self {
            version: env!("CARGO_PKG_VERSION"),
            command: command.name(),
            demo: meta.demo,
            elapsed_ms: number::millis(meta.elapsed),
            providers: providers(meta),
            completeness: CompletenessView::of(&meta.completeness),
            timings: timings(meta),
            warnings: warnings(meta),
            screen: (command == Command::Screen)
                .then(|| ScreenView::of(meta.screen.as_ref().unwrap_or(NOTHING))),
        }
    }
}

#[derive(Serialize)]
struct ProviderView<'a> {
    name: &'static str,
    status: &'static str,
    detail: Option<&'a str>,
    connections: u32,
    reconnects: u32,
    events: u64,
    requests: u32,
    first_event_ms: Option<u64>,
}

fn providers(meta: &Meta) -> Vec<ProviderView<'_>> {
    let view = meta.providers.iter().map(|provider| ProviderView {
        name: provider.provider.name(),
        status: provider.status.name(),
        detail: provider.detail.as_deref(),
        connections: provider.connections,
        reconnects: provider.reconnects,
        events: provider.events,
        requests: provider.requests,
        first_event_ms: provider.first_event.map(number::millis),
    });
    view.collect()
}

#[derive(Serialize)]
struct CompletenessView<'a> {
    percent: NumberView,
    fields_wanted: usize,
    fields_present: usize,
    symbols_wanted: usize,
    symbols_complete: usize,
    missing: Vec<MissingView<'a>>,
}

#[derive(Serialize)]
struct MissingView<'a> {
    symbol: &'a str,
    field: &'static str,
    reason: &'static str,
}

impl<'a> CompletenessView<'a> {
    fn of(counted: &'a Completeness) -> Self {
        let missing = counted.missing.iter().map(|missing| MissingView {
            symbol: missing.symbol.as_str(),
            field: missing.field.name(),
            reason: missing.reason.name(),
        });
        Self {
            percent: NumberView(number::completeness(counted)),
            fields_wanted: counted.fields_wanted,
            fields_present: counted.fields_present,
            symbols_wanted: counted.symbols_wanted,
            symbols_complete: counted.symbols_complete,
            missing: missing.collect(),
        }
    }
}

#[derive(Serialize)]
struct TimingView {
    phase: &'static str,
    ms: u64,
}

fn timings(meta: &Meta) -> Vec<TimingView> {
    let view = meta.timings.iter().map(|timing| TimingView {
        phase: timing.phase,
        ms: number::millis(timing.took),
    });
    view.collect()
}

#[derive(Serialize)]
struct WarningView<'a> {
    code: &'static str,
    message: &'a str,
}

fn warnings(meta: &Meta) -> Vec<WarningView<'_>> {
    let view = meta.warnings.iter().map(|warning| WarningView {
        code: warning.code,
        message: &warning.message,
    });
    view.collect()
}

#[derive(Serialize)]
struct ScreenView<'a> {
    universe: usize,
    passed: usize,
    rejected: usize,
    unknown: usize,
    waterfall: Vec<StepView<'a>>,
    profile: Option<&'a str>,
    thresholds: &'a [String],
}

#[derive(Serialize)]
struct StepView<'a> {
    rule: &'a str,
    cut: usize,
    cut_alone: usize,
    unknown: usize,
}

impl<'a> ScreenView<'a> {
    fn of(screen: &'a ScreenMeta) -> Self {
        let steps = screen.waterfall.iter().map(|step| StepView {
            rule: &step.rule,
            cut: step.cut,
            cut_alone: step.cut_alone,
            unknown: step.unknown,
        });
        Self {
            universe: screen.universe,
            passed: screen.passed,
            rejected: screen.rejected,
            unknown: screen.unknown,
            waterfall: steps.collect(),
            profile: screen.profile.as_deref(),
            thresholds: &screen.thresholds,
        }
    }
}

/// Why a run failed.
#[derive(Serialize)]
pub(super) struct ErrorView<'a> {
    code: &'static str,
    message: &'a str,
    hint: Option<&'a str>,
    retryable: bool,
}

impl<'a> ErrorView<'a> {
    /// The view of an error.
    pub(super) fn of(error: &'a ErrorInfo) -> Self {
        Self {
            code: error.kind.code(),
            message: &error.message,
            hint: error.hint.as_deref(),
            retryable: error.kind.is_retryable(),
        }
    }
}
