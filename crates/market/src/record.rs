//! What the server saw: counters for tests, and every breach of a rule that a polite client keeps.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::script::Endpoint;

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

/// A request, the keyless chart's included; the stream's upgrade is not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// What was asked.
    pub endpoint: Endpoint,
    /// When it had arrived whole, counted from the start of the record, before any scripted delay.
    pub at: Duration,
}

/// Requests whose arrival is remembered; a server may run for months.
const MOST_ARRIVALS: usize = 100_000;

/// Histories that are remembered; a server may run for months.
const MOST_SERIES: usize = 10_000;

/// Everything that was seen up to a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// Breaches, in order.
    pub violations: Vec<Violation>,
    /// Histories asked for, in order; only the first ten thousand.
    pub series: Vec<Series>,
    /// When each request arrived, in order, refused ones included; only the first hundred thousand.
    pub arrivals: Vec<Arrival>,
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

    /// Requests to an endpoint, named as in [`Endpoint`].
    pub fn requests(&self, endpoint: &str) -> u64 {
        self.requests.get(endpoint).copied().unwrap_or_default()
    }

    /// The least burst with which a rate covers what arrived at an endpoint, or at all of them for [`Endpoint::Any`]: no
    /// window of t seconds holds more than `per_second` × t + this many requests, and one window holds that many. Zero
    /// without requests.
    pub fn burst(&self, endpoint: Endpoint, per_second: f64) -> f64 {
        let asked = |arrival: &&Arrival| endpoint == Endpoint::Any || arrival.endpoint == endpoint;
        let (mut count, mut least, mut burst) = (0.0, f64::INFINITY, 0.0_f64);
        for arrival in self.arrivals.iter().filter(asked) {
            // How far the requests before this one, and those up to it, are ahead of the rate.
            let allowed = per_second * arrival.at.as_secs_f64();
            least = least.min(count - allowed);
            count += 1.0;
            burst = burst.max(count - allowed - least);
        }
        burst
    }
}

/// A handle that writes to one record from any task.
#[derive(Clone, Debug)]
pub struct Recorder {
    started: Instant,
    // A plain mutex: it is held for a push or an addition, never across an await.
    record: Arc<Mutex<Record>>,
}

impl Default for Recorder {
    /// An empty record that starts now.
    fn default() -> Self {
        Self {
            started: Instant::now(),
            record: Arc::default(),
        }
    }
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

    /// Notes a request and tells how many of its endpoint there were, this one included.
    pub(super) fn request(&self, endpoint: Endpoint) -> u64 {
        let mut record = self.record();
        // Read under the lock, so that arrivals are in the order of time.
        let at = self.started.elapsed();
        if record.arrivals.len() < MOST_ARRIVALS {
            record.arrivals.push(Arrival { endpoint, at });
        }
        let name = endpoint.name().to_owned();
        let count = record.requests.entry(name).or_default();
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

#[cfg(test)]
mod tests {
    use super::*;

    fn record(arrivals: &[(Endpoint, u64)]) -> Record {
        let arrivals = arrivals.iter().map(|&(endpoint, ms)| Arrival {
            endpoint,
            at: Duration::from_millis(ms),
        });
        Record {
            arrivals: arrivals.collect(),
            ..Record::default()
        }
    }

    /// The same by looking at every window.
    fn burst_of_all_windows(record: &Record, per_second: f64) -> f64 {
        let times: Vec<f64> = record
            .arrivals
            .iter()
            .map(|arrival| arrival.at.as_secs_f64())
            .collect();
        let mut burst = 0.0_f64;
        for (first, from) in times.iter().enumerate() {
            let mut count = 0.0;
            for to in &times[first..] {
                count += 1.0;
                burst = burst.max(count - per_second * (to - from));
            }
        }
        burst
    }

    #[test]
    fn a_burst_is_what_a_rate_leaves_over() {
        use Endpoint::{Chart, Equities};
        let steady = record(&[(Equities, 0), (Equities, 500), (Equities, 1000)]);
        assert_eq!(steady.burst(Equities, 2.0), 1.0);
        assert_eq!(steady.burst(Equities, 1.0), 2.0);
        let eager = record(&[
            (Equities, 0),
            (Equities, 5000),
            (Equities, 5000),
            (Equities, 5100),
        ]);
        assert!((eager.burst(Equities, 2.0) - 2.8).abs() < 1e-9);
        assert_eq!(eager.burst(Chart, 2.0), 0.0);
        let mixed = record(&[(Chart, 0), (Equities, 0)]);
        assert_eq!(mixed.burst(Chart, 1.0), 1.0);
        assert_eq!(mixed.burst(Endpoint::Any, 1.0), 2.0);
    }

    proptest::proptest! {
        #[test]
        fn one_pass_finds_the_fullest_window(mut times in proptest::collection::vec(0_u64..9000, 0..40), rate in 0.2..9.0) {
            times.sort_unstable();
            let arrivals: Vec<_> = times.into_iter().map(|ms| (Endpoint::Futures, ms)).collect();
            let record = record(&arrivals);
            let found = record.burst(Endpoint::Futures, rate);
            proptest::prop_assert!((found - burst_of_all_windows(&record, rate)).abs() < 1e-9);
        }
    }
}
