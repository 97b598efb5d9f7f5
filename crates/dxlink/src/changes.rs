//! What a feed hands over: events, series, what happened to the connection, counters.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::decode::Faults;
use crate::error::Loss;
use crate::series::SeriesChange;
use crate::subscription::Subscription;
use crate::table::Change;

/// Counters of a feed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stats {
    /// Connections that were opened.
    pub connections: u32,
    /// Events taken over.
    pub events: u64,
    /// Frames that were no messages.
    pub malformed: u64,
    /// Messages that concern nothing this client holds.
    pub ignored: u64,
    /// Events and values that could not be used.
    pub faults: Faults,
    /// When the channel was first open.
    pub ready: Option<Instant>,
    /// When the first event arrived.
    pub first_event: Option<Instant>,
    /// Seconds between deliveries of live data, as the server applies them.
    pub aggregation_period: Option<f64>,
}

/// Something that happened to the connection.
#[derive(Clone, Debug)]
pub enum Notice {
    /// The WebSocket is open.
    Connected,
    /// The server has introduced itself with its SETUP.
    SetUp,
    /// The token was accepted, or none was needed.
    Authorised,
    /// The channel of live data is open.
    ChannelOpened,
    /// There will be no series on this connection; live data goes on.
    HistoryRefused {
        /// Why, in one sentence, redacted.
        reason: String,
    },
    /// The connection is gone; there may be a gap in what was seen.
    Lost(Arc<Loss>),
    /// The connection is being made again after a pause.
    Reconnecting(Duration),
    /// The server complained about something.
    Complaint {
        /// Error code.
        code: String,
        /// The server's words, redacted.
        message: String,
        /// When it is about a limit: what may have been refused because of it, sent lately and silent so far. The
        /// server does not say (`docs/reference/dxlink-protocol.md`, "14. Endpoints, entitlement, limits").
        maybe_refused: Vec<Subscription>,
    },
    /// More is wanted than may be sent at once; the rest follows bit by bit.
    Rationed {
        /// What has not been sent yet.
        waiting: Vec<Subscription>,
    },
    /// There will be no further attempt.
    Failed(Arc<Loss>),
}

/// A subscription message that has left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// When the whole of it was handed to the connection: waits for what it adds count from then.
    pub at: Instant,
    /// What it told the server to add, in the order of the message; no series.
    pub items: Vec<Subscription>,
}

/// Everything new since the last look.
#[derive(Clone, Debug)]
pub struct Changes {
    /// The newest event of each type and symbol that changed.
    pub events: Vec<Change>,
    /// What is new about the series that are followed.
    pub series: Vec<SeriesChange>,
    /// The messages that told the server to add something, oldest first. What is subscribed when a connection is lost is
    /// sent, and stands here, once more; so does what a complaint about the rate may have cost. A reader that does not
    /// look finds the newest ones, with up to twice as many items as a session holds.
    pub sent: Vec<Sent>,
    /// What happened to the connection, oldest first.
    pub notices: Vec<Notice>,
    /// Counters so far.
    pub stats: Stats,
}

impl Changes {
    /// Adds what is newer. Of events with the same type and symbol the newer one stays.
    pub(crate) fn append(&mut self, newer: Self) {
        let key = |change: &Change| (change.event.event_type(), Arc::clone(&change.symbol));
        let known: HashSet<_> = newer.events.iter().map(key).collect();
        self.events.retain(|change| !known.contains(&key(change)));
        self.events.extend(newer.events);
        self.series.extend(newer.series);
        self.sent.extend(newer.sent);
        self.notices.extend(newer.notices);
        self.stats = newer.stats;
    }
}
