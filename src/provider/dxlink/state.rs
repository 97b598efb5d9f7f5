//! How far the stream is. Each state holds what it knows and nothing else.

use tokio::time::Instant;

use crate::store::SlotsTaken;

/// How far the stream is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Nothing was asked of it yet.
    Unneeded,
    /// It needs the account's login.
    AwaitsLogin {
        /// When it came to be needed.
        since: Instant,
    },
    /// It needs one of the account's sessions.
    AwaitsSlot {
        /// The moment at which the state began.
        since: Instant,
        /// Who holds them all, if one has to be waited for.
        taken: Option<SlotsTaken>,
    },
    /// The feed runs; it connects, and connects again, by itself.
    Live {
        /// The connection that is being made, while there is none.
        connecting: Option<Connecting>,
    },
    /// It will say nothing more.
    Over,
}

/// A connection that is being made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Connecting {
    /// When that began.
    pub(super) since: Instant,
}

impl State {
    /// Whether the feed runs.
    pub(super) fn is_live(&self) -> bool {
        matches!(self, Self::Live { .. })
    }

    /// Since when a connection is being made.
    pub(super) fn connecting(&self) -> Option<Instant> {
        match self {
            Self::Live { connecting } => connecting.as_ref().map(|connecting| connecting.since),
            _ => None,
        }
    }
}
