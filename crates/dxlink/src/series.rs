//! Series of bars: what is asked for, what becomes of it, and who sees to it.
//!
//! See `docs/reference/dxlink-protocol.md`, "10. Indexed events, snapshots, eventFlags", "14. Endpoints, entitlement,
//! limits" and "15. Reconnection".
//!
//! Here is what a handle says and hears. `one` is a single series and the bars that are held of it; `store` knows whose
//! turn it is and how long anybody waits. None of them knows messages or sockets.

use std::time::Duration;

use crate::candle_symbol::CandleSymbol;
use crate::event::{Candle, Millis};

mod one;
mod store;

pub(crate) use store::{SeriesCommand, SeriesStore};

/// A series to follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesRequest {
    /// Whose bars, and which.
    pub symbol: CandleSymbol,
    /// The start of the first bar wanted.
    pub from: Millis,
    /// The longest wait for the whole of it, from the moment the server was asked.
    pub timeout: Duration,
}

/// Something new about a series.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesChange {
    /// The candle symbol that names the series.
    pub symbol: CandleSymbol,
    /// What is new.
    pub news: SeriesNews,
}

/// What is new about a series.
#[derive(Clone, Debug, PartialEq)]
pub enum SeriesNews {
    /// All its bars: what was known before is void.
    Snapshot {
        /// Ascending in time; possibly none.
        bars: Vec<Candle>,
        /// Whether the server has older bars that it will not send.
        truncated: bool,
    },
    /// Some of its bars. Before the first snapshot they are no history yet.
    Update {
        /// New and changed bars, ascending in time.
        bars: Vec<Candle>,
        /// Indices of bars that are gone.
        removed: Vec<i64>,
    },
    /// It is not followed any more.
    Failed(SeriesFailure),
}

/// Why a series is not followed any more.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SeriesFailure {
    /// The server did not complete it. No data, no entitlement and no such symbol look the same.
    #[error("no complete history came within {} s", after.as_secs_f64())]
    Overdue {
        /// How long was waited.
        after: Duration,
    },
    /// The server gives no history at all.
    #[error("the stream gives no history: {reason}")]
    Refused {
        /// Why, redacted.
        reason: String,
    },
    /// The server has no room for it.
    #[error("the stream takes no more histories: {reason}")]
    Limited {
        /// The server's words, redacted.
        reason: String,
    },
    /// It has more bars than are kept.
    #[error("the history has more than {limit} bars")]
    TooLong {
        /// How many are kept.
        limit: usize,
    },
    /// There was no room for it beside the others within its timeout.
    #[error("no more than {limit} histories can be followed at a time")]
    NoRoom {
        /// How many fit.
        limit: usize,
    },
    /// The connection is gone for good.
    #[error("the stream is gone: {reason}")]
    Lost {
        /// Why, redacted.
        reason: String,
    },
}
