//! Faults of streams.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::snapshots::SnapshotRule;

/// What happens to which stream connections.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StreamRule {
    /// The connection, counted from 1; every one when absent.
    #[serde(default)]
    pub connection: Option<u64>,
    /// What goes wrong on it.
    pub faults: StreamFaults,
}

impl StreamRule {
    /// Faults of every connection.
    pub fn always(faults: StreamFaults) -> Self {
        Self {
            connection: None,
            faults,
        }
    }

    /// Faults of one connection, counted from 1.
    pub fn on(connection: u64, faults: StreamFaults) -> Self {
        Self {
            connection: Some(connection),
            faults,
        }
    }
}

/// Faults of one stream connection; the default is none.
#[expect(
    clippy::struct_excessive_bools,
    reason = "a script file is a flat list of switches"
)]
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct StreamFaults {
    /// HTTP status instead of the upgrade.
    pub refuse_upgrade: Option<u16>,
    /// The connection goes away right after the upgrade.
    pub drop_after_upgrade: bool,
    /// The server never says anything.
    pub silent: bool,
    /// Milliseconds before a message of a name: `SETUP`, `AUTH_STATE`, `AUTHORIZED`, `CHANNEL_OPENED`, `FEED_CONFIG` or
    /// `FEED_DATA`.
    pub delay_ms: BTreeMap<String, u64>,
    /// Names of messages that never leave.
    pub withhold: Vec<String>,
    /// Each message waits up to this many milliseconds, by `seed`.
    pub frame_jitter_ms: u64,
    /// Seed of everything random.
    pub seed: u64,
    /// No login is needed.
    pub no_auth: bool,
    /// How a login is refused.
    pub auth: AuthFault,
    /// Seconds in the server's SETUP; 60 when absent.
    pub keepalive_timeout: Option<f64>,
    /// Seconds in the server's SETUP; 60 when absent.
    pub accept_keepalive_timeout: Option<f64>,
    /// The server's SETUP names no timeouts.
    pub omit_timeouts: bool,
    /// Stream symbols that never deliver.
    pub silent_symbols: Vec<String>,
    /// Event types that never deliver.
    pub silent_types: Vec<String>,
    /// Share of the symbols, 0 to 1, that never deliver; `seed` chooses them.
    pub silent_share: f64,
    /// Every so many of the market's symbols, in the order of [`Market::symbols`](crate::Market::symbols), one never
    /// delivers, its candles and options included: of each run of that many symbols the last.
    pub silent_one_in: Option<u64>,
    /// Channels open, but nothing is ever delivered.
    pub no_events: bool,
    /// The server ends the connection.
    pub close: Option<CloseFault>,
    /// What happens to the feed's configuration.
    pub feed_config: FeedConfigFault,
    /// What the announced field lists look like.
    pub fields: FieldsFault,
    /// FULL although COMPACT was asked for.
    pub full_format: bool,
    /// One pair of tag and values in each message.
    pub one_pair_per_message: bool,
    /// What the official JavaScript and Python clients need: AUTH before the server asks is no breach, and each
    /// message has one pair of tag and values.
    pub peer_compatible: bool,
    /// A WebSocket ping before every message.
    pub ping_frames: bool,
    /// Every message in three WebSocket fragments.
    pub fragments: bool,
    /// Frames that no client can use, before the first data.
    pub junk: Vec<Junk>,
    /// Every request for a channel is answered with `ERROR`.
    pub refuse_channels: bool,
    /// Rows of a snapshot before it is cut short; 8 000 when absent.
    pub snapshot_limit: Option<usize>,
    /// How candle snapshots are sent, in order: the first rule that matches a symbol decides.
    pub snapshots: Vec<SnapshotRule>,
    /// Bytes of the largest frame a client may send before it is closed with 1009; 65 536 when absent.
    pub largest_frame: Option<usize>,
    /// Subscriptions a session may have; 25 000 when absent.
    pub subscription_limit: Option<u64>,
    /// Candle, Order and Series subscriptions a session may have, of each; 100 when absent.
    pub candle_limit: Option<u64>,
    /// Changes of subscriptions in `subscription_window_ms`; 10 000 when absent.
    pub subscription_rate: Option<u64>,
    /// Milliseconds over which those changes are counted; a minute when absent.
    pub subscription_window_ms: Option<u64>,
    /// What happens after the login.
    pub mid_session: Vec<MidSession>,
}

/// How a login is refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuthFault {
    /// It is not.
    #[default]
    None,
    /// `AUTH_STATE` with `UNAUTHORIZED`.
    StateUnauthorized,
    /// `ERROR` with `UNAUTHORIZED`.
    ErrorUnauthorized,
    /// The connection is closed.
    Close,
    /// `ERROR` with the text of an expired session.
    Exception,
}

/// How the server ends a connection.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CloseFault {
    /// Messages that the server sends before.
    pub after_frames: u64,
    /// Close code.
    #[serde(default = "going_away")]
    pub code: u16,
    /// Close reason.
    #[serde(default)]
    pub reason: String,
    /// Without a close frame.
    #[serde(default)]
    pub abrupt: bool,
}

fn going_away() -> u16 {
    1000
}

/// What happens to the feed's configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FeedConfigFault {
    /// Nothing: one without fields at once, one with fields after the subscription.
    #[default]
    Normal,
    /// None is ever sent, and data comes without one.
    Absent,
    /// The fields arrive only after the first data.
    Late,
    /// Each message announces the fields of one event type and nothing else.
    Partial,
    /// Each message comes a hundred times.
    Repeated,
}

/// What the announced field lists look like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FieldsFault {
    /// As the client asked.
    #[default]
    AsAsked,
    /// In another order.
    Reordered,
    /// Some of the wanted fields are left out.
    Trimmed,
    /// With fields that nobody knows.
    Extra,
    /// Without `eventType`.
    WithoutType,
    /// Without `eventSymbol`.
    WithoutSymbol,
}

/// A frame that no client can use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Junk {
    /// A message type that nobody knows.
    UnknownType,
    /// Data for a channel that nobody opened.
    UnknownChannel,
    /// Half a message.
    TruncatedJson,
    /// An array in place of an object.
    JsonArray,
    /// A message without `type`.
    MissingType,
    /// A message without `channel`.
    MissingChannel,
    /// The token NaN, which is not JSON.
    BareNan,
    /// A binary frame.
    Binary,
    /// A row with one value too many, beside good ones.
    RowLength,
    /// An event type that nobody knows, beside good ones.
    UnknownTag,
}

/// Something that happens after the login.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct MidSession {
    /// Milliseconds after the first AUTHORIZED.
    pub after_ms: u64,
    /// The act that the server performs.
    pub act: MidSessionAct,
}

/// What can happen after the login.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MidSessionAct {
    /// The token has ended: UNAUTHORIZED, and every channel is dead.
    Unauthorized,
    /// AUTHORIZED once more.
    Authorized,
    /// SETUP once more.
    Setup,
    /// The server closes every channel.
    CloseChannels,
    /// `ERROR` on every channel, which goes on.
    ChannelErrors,
    /// Nothing is said any more; the socket stays open.
    Silence,
    /// Nothing is said and nothing is read any more.
    Deafen,
}
