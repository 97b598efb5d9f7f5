//! The findings of `volq diagnose-access`.

use std::time::Duration;

use jiff::Timestamp;

/// The whole way from credentials to the first event.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnosis {
    /// When it was made.
    pub as_of: Timestamp,
    /// Whether the built-in market was asked.
    pub demo: bool,
    /// Every layer, in order.
    pub layers: Vec<DiagnosisLayer>,
    /// One sentence.
    pub verdict: String,
}

/// One step on the way.
#[derive(Clone, Debug, PartialEq)]
pub struct DiagnosisLayer {
    /// `settings`, `credentials`, `oauth`, …
    pub name: &'static str,
    /// How it went.
    pub status: LayerStatus,
    /// How long it took; `None` where nothing was timed.
    pub took: Option<Duration>,
    /// The fact found, redacted.
    pub detail: Option<String>,
    /// What to do about it.
    pub hint: Option<String>,
    /// HTTP status of the answer, where there was one.
    pub http_status: Option<u16>,
    /// The server's own error code, where there was one.
    pub server_code: Option<String>,
}

impl DiagnosisLayer {
    /// A layer with nothing but its outcome.
    pub fn new(name: &'static str, status: LayerStatus) -> Self {
        Self {
            name,
            status,
            took: None,
            detail: None,
            hint: None,
            http_status: None,
            server_code: None,
        }
    }
}

/// How a step went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayerStatus {
    /// It works.
    Ok,
    /// It works, with something to know.
    Warn,
    /// It does not work.
    Fail,
    /// It could not or need not be tried.
    Skip,
}

impl LayerStatus {
    /// The word used in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
            Self::Skip => "skip",
        }
    }
}
