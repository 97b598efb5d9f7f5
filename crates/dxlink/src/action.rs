//! What the session asks of the owner of the socket.

use std::collections::BTreeMap;

use crate::role::Role;

/// What the owner of the socket has to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Send this frame.
    Send(String),
    /// Use the server's timeouts from now on, seconds.
    Timeouts {
        /// `keepaliveTimeout` of the server's SETUP.
        keepalive: Option<f64>,
        /// `acceptKeepaliveTimeout` of the server's SETUP.
        accept_keepalive: Option<f64>,
    },
    /// The connection may be used.
    Authorised,
    /// A channel is ready for subscriptions.
    ChannelOpened {
        /// What it is for.
        role: Role,
        /// The id that the channel gets.
        channel: u64,
    },
    /// A channel is gone, and with it all that was sent to it; what comes of it from now on is nobody's.
    ChannelLost {
        /// What it was for.
        role: Role,
        /// The id that the channel gets.
        channel: u64,
    },
    /// There will be no history on this connection.
    HistoryRefused {
        /// Why, in one sentence, redacted.
        reason: String,
    },
    /// The server described its rows.
    Configured {
        /// What the channel is for.
        role: Role,
        /// The id of the channel that is meant.
        channel: u64,
        /// Seconds between deliveries.
        aggregation_period: Option<f64>,
        /// Field lists by event type.
        event_fields: BTreeMap<String, Vec<String>>,
    },
    /// The server complained about something without ending anything.
    Complaint {
        /// Channel it is about.
        channel: u64,
        /// What that channel is for, if it is one of ours.
        role: Option<Role>,
        /// Error code.
        code: String,
        /// The server's words, redacted.
        message: String,
    },
    /// A message that concerns nothing this client holds.
    Ignored,
}
