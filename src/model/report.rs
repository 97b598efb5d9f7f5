//! The answer of one run: rows, and everything a reader needs to trust them.

use std::time::Duration;

use jiff::Timestamp;

use super::failure::FailureKind;
use super::field::{Command, Field};
use super::provider::Provider;
use super::row::{Reason, Row};
use super::symbol::Symbol;

/// What one command answers, in every output format.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The command that ran.
    pub command: Command,
    /// When the answer was put together.
    pub as_of: Timestamp,
    /// The rows, in output order.
    pub rows: Vec<Row>,
    /// Which columns were asked for explicitly, in order; `None` for the command's own choice.
    pub fields: Option<Vec<Field>>,
    /// How the answer came about.
    pub meta: Meta,
    /// Why the run failed, if it did; rows may still be there.
    pub error: Option<ErrorInfo>,
}

/// How an answer came about.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Meta {
    /// Whether it comes from the built-in market.
    pub demo: bool,
    /// Wall time of the run.
    pub elapsed: Duration,
    /// One entry per source, in rank order.
    pub providers: Vec<ProviderReport>,
    /// How much of what was wanted is there.
    pub completeness: Completeness,
    /// Phases of the run in the order they began.
    pub timings: Vec<Timing>,
    /// Things worth knowing that did not stop the run.
    pub warnings: Vec<Warning>,
    /// Only `screen`: what happened to the universe.
    pub screen: Option<ScreenMeta>,
}

/// What one source did.
#[derive(Clone, Debug, PartialEq)]
pub struct ProviderReport {
    /// The provider this is about.
    pub provider: Provider,
    /// How it went.
    pub status: ProviderStatus,
    /// The reason when it did not go well.
    pub detail: Option<String>,
    /// Stream connections that were opened.
    pub connections: u32,
    /// Stream connections after the first.
    pub reconnects: u32,
    /// Stream events received.
    pub events: u64,
    /// HTTP requests sent.
    pub requests: u32,
    /// From the start of the run to the source's first value.
    pub first_event: Option<Duration>,
}

impl ProviderReport {
    /// A source that has done nothing yet.
    pub fn new(provider: Provider, status: ProviderStatus) -> Self {
        Self {
            provider,
            status,
            detail: None,
            connections: 0,
            reconnects: 0,
            events: 0,
            requests: 0,
            first_event: None,
        }
    }
}

/// How a source did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderStatus {
    /// It gave all that was asked of it.
    Ok,
    /// It gave something, not all.
    Partial,
    /// It gave nothing because it failed.
    Failed,
    /// It was not needed.
    Skipped,
    /// It is switched off.
    Disabled,
}

impl ProviderStatus {
    /// The word used in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Partial => "partial",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Disabled => "disabled",
        }
    }
}

/// Core and asked-for fields, wanted against present.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Completeness {
    /// Counted fields over all rows.
    pub fields_wanted: usize,
    /// How many of them have a value.
    pub fields_present: usize,
    /// Rows.
    pub symbols_wanted: usize,
    /// Rows with every counted field.
    pub symbols_complete: usize,
    /// Every absent field, also those that do not count, in row order.
    pub missing: Vec<MissingField>,
}

impl Completeness {
    /// Present of wanted in percent; nothing wanted is 100 %.
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of cells stay far below 2^53"
    )]
    pub fn percent(&self) -> f64 {
        if self.fields_wanted == 0 {
            return 100.0;
        }
        100.0 * self.fields_present as f64 / self.fields_wanted as f64
    }
}

/// One absent field.
#[derive(Clone, Debug, PartialEq)]
pub struct MissingField {
    /// The symbol whose row has the gap.
    pub symbol: Symbol,
    /// The field without a value.
    pub field: Field,
    /// Why there is no value.
    pub reason: Reason,
}

/// How long one phase took.
#[derive(Clone, Debug, PartialEq)]
pub struct Timing {
    /// `oauth`, `quote_token`, `stream_ready`, `rest_metrics`, …
    pub phase: &'static str,
    /// How long the phase took.
    pub took: Duration,
}

/// Something worth knowing that did not stop the run.
#[derive(Clone, Debug, PartialEq)]
pub struct Warning {
    /// A stable word to branch on: `legacy_used`, `dxlink_failed`.
    pub code: &'static str,
    /// One sentence.
    pub message: String,
}

/// Why a run failed.
#[derive(Clone, Debug, PartialEq)]
pub struct ErrorInfo {
    /// Its kind, from which its code word follows and whether the same call may work later.
    pub kind: FailureKind,
    /// What failed and why.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

/// What happened to a universe.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScreenMeta {
    /// Symbols looked at.
    pub universe: usize,
    /// Rows that passed every rule.
    pub passed: usize,
    /// Rows that failed a rule.
    pub rejected: usize,
    /// Rows for which a rule could not be decided.
    pub unknown: usize,
    /// Per rule, in order: how many rows it cut.
    pub waterfall: Vec<WaterfallStep>,
    /// The profile in force.
    pub profile: Option<String>,
    /// The rules in force, as text.
    pub thresholds: Vec<String>,
}

/// How many rows one rule cut.
#[derive(Clone, Debug, PartialEq)]
pub struct WaterfallStep {
    /// The rule as text.
    pub rule: String,
    /// Rows it cut of those that the rules before it had left.
    pub cut: usize,
    /// Rows it would cut on its own.
    pub cut_alone: usize,
    /// Rows for which it could not be decided, on its own.
    pub unknown: usize,
}
