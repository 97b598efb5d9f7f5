//! What a feed channel is for, and what follows from that for what is asked of the server.

use crate::event::EventType;

/// What a channel is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The newest value of everything subscribed; always there.
    Live,
    /// Series with everything that belongs to them; there while one is wanted.
    History,
}

impl Role {
    /// Both, in the order in which they are served.
    pub const ALL: [Self; 2] = [Self::Live, Self::History];

    /// The contract to ask for (`docs/reference/dxlink-protocol.md`, "7.1 Parameters and contracts").
    pub const fn contract(self) -> &'static str {
        match self {
            Self::Live => "TICKER",
            Self::History => "HISTORY",
        }
    }

    /// What to put before "channel" for readers; the channel of live data is the one that is always meant.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Live => "",
            Self::History => "history ",
        }
    }

    /// The event types whose rows are described to the server.
    pub const fn types(self) -> &'static [EventType] {
        match self {
            Self::Live => EventType::ALL,
            Self::History => &[EventType::Candle],
        }
    }
}
