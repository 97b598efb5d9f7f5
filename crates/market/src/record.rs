//! What the server saw: counters for tests, and every breach of a rule that a polite client keeps.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The part of the server that saw a breach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The broker's REST endpoints.
    Rest,
    /// The DXLink stream.
    Stream,
    /// The keyless chart endpoint.
    Chart,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rest => "rest",
            Self::Stream => "stream",
            Self::Chart => "chart",
        })
    }
}

/// A breach of a documented rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Where it was seen.
    pub place: Place,
    /// Short name of the rule, `user-agent` for instance.
    pub rule: &'static str,
    /// What was seen instead.
    pub detail: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.place, self.rule, self.detail)
    }
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Counter {
    /// Token calls that were granted.
    OauthLogins,
    /// Quote tokens handed out.
    QuoteTokens,
    /// Requests that came faster than the documented rate of their endpoint.
    OverRate,
    /// Requests to upgrade to a stream, refused ones included.
    UpgradeAttempts,
    /// Streams that were opened.
    StreamConnections,
    /// Successful logins on a stream.
    StreamLogins,
    /// Streams that the client ended with a close frame.
    StreamsClosed,
    /// Events sent, one for each row.
    EventsSent,
    /// Entries of `add` lists.
    SubscriptionsAdded,
    /// Entries of `remove` lists.
    SubscriptionsRemoved,
    /// Messages received on streams.
    FramesReceived,
    /// Keepalives received on streams.
    KeepalivesReceived,
}

/// A history that a stream was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// Its symbol as subscribed, `SPY{=d}` for instance.
    pub symbol: String,
    /// Start of the first bar wanted, milliseconds since 1970.
    pub from_ms: i64,
}

/// Histories that are remembered; a server may run for months.
const MOST_SERIES: usize = 10_000;

/// Everything that was seen up to a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// Breaches, in order.
    pub violations: Vec<Violation>,
    /// Histories asked for, in order; only the first ten thousand.
    pub series: Vec<Series>,
    /// Requests by endpoint name, refused ones included.
    pub requests: BTreeMap<String, u64>,
    /// Counts of everything else; what never happened is absent.
    pub counts: BTreeMap<Counter, u64>,
}

impl Record {
    /// How often something happened.
    pub fn count(&self, counter: Counter) -> u64 {
        self.counts.get(&counter).copied().unwrap_or_default()
    }

    /// Requests to an endpoint, named as in [`Endpoint`](super::script::Endpoint).
    pub fn requests(&self, endpoint: &str) -> u64 {
        self.requests.get(endpoint).copied().unwrap_or_default()
    }
}

/// A handle that writes to one record from any task.
#[derive(Clone, Debug, Default)]
pub struct Recorder {
    // A plain mutex: it is held for a push or an addition, never across an await.
    record: Arc<Mutex<Record>>,
}

impl Recorder {
    /// Notes a breach.
    pub fn violation(&self, place: Place, rule: &'static str, detail: impl Into<String>) {
        let detail = detail.into();
        tracing::debug!(?place, rule, %detail, "the client broke a rule");
        self.record().violations.push(Violation {
            place,
            rule,
            detail,
        });
    }

    /// Notes a history that was asked for.
    pub fn series(&self, series: Series) {
        let mut record = self.record();
        if record.series.len() < MOST_SERIES {
            record.series.push(series);
        }
    }

    /// Adds to a counter.
    pub fn count(&self, counter: Counter, by: u64) {
        *self.record().counts.entry(counter).or_default() += by;
    }

    /// Counts a request and tells how many of its endpoint there were, this one included.
    pub(super) fn request(&self, endpoint: &str) -> u64 {
        let mut record = self.record();
        let count = record.requests.entry(endpoint.to_owned()).or_default();
        *count += 1;
        *count
    }

    /// What was seen so far.
    pub fn snapshot(&self) -> Record {
        self.record().clone()
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
