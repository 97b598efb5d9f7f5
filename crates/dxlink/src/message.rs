//! The messages of the protocol but FEED_DATA, as types (dxlink-protocol §2–§7).
//!
//! What the server sends is read leniently: unknown keys and unknown types are passed over. What the client sends always has
//! `type` and `channel` first, because one official implementation insists on it.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::event::EventType;
use crate::token::Token;
use crate::value::{Scalar, ScalarSeed};

/// The channel of everything that concerns the connection itself.
pub(crate) const CONNECTION: u64 = 0;

/// A message of the server.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "type")]
pub enum Message {
    /// The server's timeouts.
    #[serde(rename = "SETUP")]
    Setup(SetupAnswer),
    /// Whether the connection may be used.
    #[serde(rename = "AUTH_STATE")]
    AuthState {
        /// 0 for the connection.
        channel: u64,
        /// `AUTHORIZED` or `UNAUTHORIZED`.
        state: AuthState,
    },
    /// A sign of life.
    #[serde(rename = "KEEPALIVE")]
    Keepalive {},
    /// Something went wrong; closes nothing by itself.
    #[serde(rename = "ERROR")]
    Error {
        /// 0, or the channel it is about.
        #[serde(default)]
        channel: u64,
        /// `UNAUTHORIZED`, `BAD_ACTION`, … an open set.
        #[serde(default)]
        error: String,
        /// The server's words; may echo a token.
        #[serde(default)]
        message: String,
    },
    /// A channel is ready.
    #[serde(rename = "CHANNEL_OPENED")]
    ChannelOpened {
        /// The id of the channel.
        channel: u64,
    },
    /// A channel is gone.
    #[serde(rename = "CHANNEL_CLOSED")]
    ChannelClosed {
        /// The id of the channel.
        channel: u64,
    },
    /// How rows will look.
    #[serde(rename = "FEED_CONFIG", rename_all = "camelCase")]
    FeedConfig {
        /// The id of the channel.
        channel: u64,
        /// Seconds between deliveries.
        #[serde(default, deserialize_with = "lenient_number")]
        aggregation_period: Option<f64>,
        /// Field lists by event type.
        #[serde(default)]
        event_fields: BTreeMap<String, Vec<String>>,
    },
    /// A type this client does not know.
    #[serde(other)]
    Unknown,
}

impl Message {
    /// The type as the wire spells it, for error messages.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Setup(_) => "SETUP",
            Self::AuthState { .. } => "AUTH_STATE",
            Self::Keepalive {} => "KEEPALIVE",
            Self::Error { .. } => "ERROR",
            Self::ChannelOpened { .. } => "CHANNEL_OPENED",
            Self::ChannelClosed { .. } => "CHANNEL_CLOSED",
            Self::FeedConfig { .. } => "FEED_CONFIG",
            Self::Unknown => "an unknown message",
        }
    }
}

/// The server's SETUP.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SetupAnswer {
    /// 0 for the connection.
    pub channel: u64,
    /// Seconds; absent, zero and nonsense read as absent.
    #[serde(default, deserialize_with = "lenient_number")]
    pub keepalive_timeout: Option<f64>,
    /// Seconds; absent, zero and nonsense read as absent.
    #[serde(default, deserialize_with = "lenient_number")]
    pub accept_keepalive_timeout: Option<f64>,
    /// Free text, shown and never interpreted.
    #[serde(default)]
    pub version: String,
}

/// The two states of authorisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum AuthState {
    /// The connection may be used.
    #[serde(rename = "AUTHORIZED")]
    Authorized,
    /// Before AUTH: a token is needed. After AUTH: it was refused.
    #[serde(rename = "UNAUTHORIZED")]
    Unauthorized,
}

fn lenient_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    use serde::de::DeserializeSeed;
    Ok(match ScalarSeed.deserialize(deserializer)? {
        Scalar::Number(number) => Some(number),
        #[expect(clippy::cast_precision_loss, reason = "seconds stay far below 2^53")]
        Scalar::Whole(number) => Some(number as f64),
        _ => None,
    }
    .filter(|number| number.is_finite() && *number > 0.0))
}

/// A message of the client.
#[derive(Debug, Serialize)]
#[serde(tag = "type")]
pub enum Outbound<'a> {
    /// Opens the conversation.
    #[serde(rename = "SETUP", rename_all = "camelCase")]
    Setup {
        /// 0.
        channel: u64,
        /// Protocol and implementation.
        version: &'a str,
        /// Seconds.
        keepalive_timeout: u32,
        /// Seconds.
        accept_keepalive_timeout: u32,
    },
    /// Presents the token.
    #[serde(rename = "AUTH")]
    Auth {
        /// 0.
        channel: u64,
        /// The token, unchanged.
        #[serde(serialize_with = "exposed")]
        token: &'a Token,
    },
    /// A sign of life.
    #[serde(rename = "KEEPALIVE")]
    Keepalive {
        /// 0.
        channel: u64,
    },
    /// Says why the client is about to leave.
    #[serde(rename = "ERROR")]
    Error {
        /// 0.
        channel: u64,
        /// Error code.
        error: &'a str,
        /// One sentence.
        message: &'a str,
    },
    /// Asks for a channel.
    #[serde(rename = "CHANNEL_REQUEST")]
    ChannelRequest {
        /// Odd, never used before on this connection.
        channel: u64,
        /// `FEED`.
        service: &'a str,
        /// Contract.
        parameters: ChannelParameters,
    },
    /// Gives a channel back.
    #[serde(rename = "CHANNEL_CANCEL")]
    ChannelCancel {
        /// The id of the channel.
        channel: u64,
    },
    /// Says how rows should look.
    #[serde(rename = "FEED_SETUP", rename_all = "camelCase")]
    FeedSetup {
        /// The id of the channel.
        channel: u64,
        /// Seconds between deliveries.
        accept_aggregation_period: f64,
        /// `COMPACT`.
        accept_data_format: &'a str,
        /// Field lists by event type.
        accept_event_fields: BTreeMap<&'static str, &'static [&'static str]>,
    },
}

impl Outbound<'_> {
    /// The frame's text.
    pub fn text(&self) -> String {
        // Only maps with non-text keys and failing `Serialize` impls can fail here; there are none.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The wish for rows of the given types.
    pub fn feed_setup(channel: u64, aggregation_seconds: f64, types: &[EventType]) -> Self {
        Self::FeedSetup {
            channel,
            accept_aggregation_period: aggregation_seconds,
            accept_data_format: "COMPACT",
            accept_event_fields: types.iter().map(|t| (t.name(), t.fields())).collect(),
        }
    }

    /// The request for a feed channel with a contract.
    pub fn feed_channel(channel: u64, contract: &'static str) -> Self {
        Self::ChannelRequest {
            channel,
            service: "FEED",
            parameters: ChannelParameters { contract },
        }
    }
}

/// Parameters of a channel request.
#[derive(Debug, Serialize)]
pub struct ChannelParameters {
    /// Delivery contract.
    pub contract: &'static str,
}

fn exposed<S: Serializer>(secret: &Token, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Message {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn recorded_server_messages_are_read() {
        let setup = parsed(
            r#"{"type":"SETUP","channel":0,"keepaliveTimeout":60,"acceptKeepaliveTimeout":60.0,"version":"1.0-1.2.1-20240722-153442"}"#,
        );
        let Message::Setup(setup) = setup else {
            panic!("{setup:?}")
        };
        assert_eq!(
            (setup.keepalive_timeout, setup.accept_keepalive_timeout),
            (Some(60.0), Some(60.0))
        );
        assert_eq!(
            parsed(r#"{"channel":0,"userId":"u","state":"AUTHORIZED","type":"AUTH_STATE"}"#),
            Message::AuthState {
                channel: 0,
                state: AuthState::Authorized
            }
        );
        assert_eq!(
            parsed(
                r#"{"type":"CHANNEL_OPENED","channel":1,"service":"FEED","parameters":{"contract":"AUTO","subFormat":"LIST"}}"#
            ),
            Message::ChannelOpened { channel: 1 }
        );
        assert_eq!(
            parsed(r#"{"type":"NOVELTY","channel":9,"x":[1]}"#),
            Message::Unknown
        );
    }

    #[test]
    fn odd_timeouts_read_as_absent() {
        for odd in ["0", "-1", "null", "\"NaN\"", "[1]", "\"60\""] {
            let text = format!(r#"{{"type":"SETUP","channel":0,"keepaliveTimeout":{odd}}}"#);
            let Message::Setup(setup) = parsed(&text) else {
                panic!("{text}")
            };
            assert_eq!(setup.keepalive_timeout, None, "{odd}");
        }
    }

    #[test]
    fn sent_messages_begin_with_type_and_channel() {
        let token = Token::new("opaque-token");
        for (message, start) in [
            (
                Outbound::Auth {
                    channel: 0,
                    token: &token,
                },
                r#"{"type":"AUTH","channel":0,"token":"opaque-token"}"#,
            ),
            (
                Outbound::Keepalive { channel: 0 },
                r#"{"type":"KEEPALIVE","channel":0}"#,
            ),
            (
                Outbound::feed_channel(1, "TICKER"),
                r#"{"type":"CHANNEL_REQUEST","channel":1,"service":"FEED","parameters":{"contract":"TICKER"}}"#,
            ),
            (
                Outbound::feed_setup(1, 0.1, &[EventType::Quote]),
                r#"{"type":"FEED_SETUP","channel":1,"acceptAggregationPeriod":0.1,"acceptDataFormat":"COMPACT","acceptEventFields":{"Quote":["eventType","eventSymbol","bidPrice","#,
            ),
        ] {
            assert!(message.text().starts_with(start), "{}", message.text());
        }
    }

    #[test]
    fn a_token_is_not_in_debug_output() {
        let token = Token::new("opaque-token");
        assert!(
            !format!(
                "{:?}",
                Outbound::Auth {
                    channel: 0,
                    token: &token
                }
            )
            .contains("opaque")
        );
    }
}
