//! Messages as they stand on the wire: what a client says, read leniently, and what the server says, built with `type`
//! and `channel` first.
//!
//! See `docs/reference/dxlink-protocol.md`, "1. Transport and message envelope".
//!
//! Judges nothing: a missing version or an empty list is read as such and left to the strict rules.

use serde_json::{Map, Value};

use super::strict::Rule;

/// A client message with its channel.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Incoming {
    pub(super) channel: u64,
    pub(super) kind: String,
    pub(super) message: ClientMessage,
}

/// What a client can say.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ClientMessage {
    Setup(Setup),
    Auth { token: String },
    Keepalive,
    Error,
    ChannelRequest { service: String, contract: String },
    ChannelCancel,
    FeedSetup(FeedSetup),
    FeedSubscription(FeedSubscription),
    Unknown,
}

/// The payload of SETUP.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Setup {
    pub(super) version: String,
    pub(super) keepalive: Option<f64>,
    pub(super) accept_keepalive: Option<f64>,
}

/// The payload of `FEED_SETUP`: wishes, each optional.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct FeedSetup {
    pub(super) period: Option<PeriodWish>,
    pub(super) format: Option<Format>,
    pub(super) fields: Vec<(String, Vec<String>)>,
}

/// The wished aggregation period.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum PeriodWish {
    /// Back to what the server likes; written `"NaN"`.
    Default,
    Seconds(f64),
}

/// How events are laid out in `FEED_DATA` (`docs/reference/dxlink-protocol.md`, "7.6 FEED_DATA").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// Objects with named fields.
    Full,
    /// Rows without names, in the order of the announced field list.
    Compact,
}

impl Format {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Full => "FULL",
            Self::Compact => "COMPACT",
        }
    }
}

/// The payload of `FEED_SUBSCRIPTION`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct FeedSubscription {
    pub(super) reset: bool,
    pub(super) add: Option<Vec<Item>>,
    pub(super) remove: Option<Vec<Item>>,
}

/// One subscription item; `kind` and `symbol` are empty when the client left them out.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Item {
    pub(super) kind: String,
    pub(super) symbol: String,
    pub(super) source: Option<String>,
    pub(super) from_time: Option<i64>,
}

/// Reads one text frame; the error is the rule it breaks.
pub(super) fn parse(text: &str) -> Result<Incoming, Rule> {
    let Ok(Value::Object(map)) = serde_json::from_str(text) else {
        return Err(Rule::UnparsableJson);
    };
    let kind = map
        .get("type")
        .and_then(Value::as_str)
        .ok_or(Rule::MissingType)?;
    let channel = map
        .get("channel")
        .and_then(Value::as_u64)
        .ok_or(Rule::MissingChannel)?;
    Ok(Incoming {
        channel,
        kind: kind.to_owned(),
        message: payload(kind, &map),
    })
}

fn payload(kind: &str, map: &Map<String, Value>) -> ClientMessage {
    match kind {
        "SETUP" => ClientMessage::Setup(Setup {
            version: text(map, "version"),
            keepalive: number(map, "keepaliveTimeout"),
            accept_keepalive: number(map, "acceptKeepaliveTimeout"),
        }),
        "AUTH" => ClientMessage::Auth {
            token: text(map, "token"),
        },
        "KEEPALIVE" => ClientMessage::Keepalive,
        "ERROR" => ClientMessage::Error,
        "CHANNEL_REQUEST" => ClientMessage::ChannelRequest {
            service: text(map, "service"),
            contract: map
                .get("parameters")
                .and_then(|parameters| parameters.get("contract"))
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
        },
        "CHANNEL_CANCEL" => ClientMessage::ChannelCancel,
        "FEED_SETUP" => ClientMessage::FeedSetup(feed_setup(map)),
        "FEED_SUBSCRIPTION" => ClientMessage::FeedSubscription(FeedSubscription {
            reset: map.get("reset").and_then(Value::as_bool).unwrap_or(false),
            add: items(map.get("add")),
            remove: items(map.get("remove")),
        }),
        _ => ClientMessage::Unknown,
    }
}

fn feed_setup(map: &Map<String, Value>) -> FeedSetup {
    let period = match map.get("acceptAggregationPeriod") {
        Some(Value::Number(seconds)) => seconds.as_f64().map(PeriodWish::Seconds),
        Some(Value::String(_)) => Some(PeriodWish::Default),
        _ => None,
    };
    let format = match map.get("acceptDataFormat").and_then(Value::as_str) {
        Some("FULL") => Some(Format::Full),
        Some("COMPACT") => Some(Format::Compact),
        _ => None,
    };
    let fields = map
        .get("acceptEventFields")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(kind, names)| (kind.clone(), strings(names)))
        .collect();
    FeedSetup {
        period,
        format,
        fields,
    }
}

fn items(value: Option<&Value>) -> Option<Vec<Item>> {
    let read = |item: &Value| {
        let Some(map) = item.as_object() else {
            return Item::default();
        };
        Item {
            kind: text(map, "type"),
            symbol: text(map, "symbol"),
            source: map.get("source").and_then(Value::as_str).map(str::to_owned),
            from_time: map.get("fromTime").and_then(whole),
        }
    };
    Some(value?.as_array()?.iter().map(read).collect())
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "times written with a fraction are cut to milliseconds"
)]
fn whole(value: &Value) -> Option<i64> {
    value
        .as_i64()
        .or_else(|| value.as_f64().map(|at| at as i64))
}

fn strings(value: &Value) -> Vec<String> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|name| name.as_str().map(str::to_owned))
        .collect()
}

fn text(map: &Map<String, Value>, key: &str) -> String {
    map.get(key)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

fn number(map: &Map<String, Value>, key: &str) -> Option<f64> {
    map.get(key)
        .and_then(Value::as_f64)
        .filter(|seconds| *seconds > 0.0)
}

/// A server message ready to be sent; the kind stays beside the text so that delays can name it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Outgoing {
    pub(super) kind: &'static str,
    pub(super) text: String,
}

/// Not a message: the end of the connection, in its place among the messages.
pub(super) fn cut() -> Outgoing {
    Outgoing {
        kind: CUT,
        text: String::new(),
    }
}

/// The name under which [`cut`] stands among the messages.
pub(super) const CUT: &str = "CUT";

/// Builds a server message. `rest` is an object; its keys follow `type` and `channel`, which the Java client insists on.
#[expect(
    clippy::needless_pass_by_value,
    reason = "callers build the payload in place with `json!`"
)]
pub(super) fn message(kind: &'static str, channel: u64, rest: Value) -> Outgoing {
    let mut map = Map::new();
    map.insert("type".to_owned(), kind.into());
    map.insert("channel".to_owned(), channel.into());
    for (key, value) in rest.as_object().into_iter().flatten() {
        map.insert(key.clone(), value.clone());
    }
    Outgoing {
        kind,
        text: Value::Object(map).to_string(),
    }
}

/// Builds an ERROR.
pub(super) fn error(channel: u64, code: &str, text: &str) -> Outgoing {
    message(
        "ERROR",
        channel,
        serde_json::json!({"error": code, "message": text}),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(text: &str) -> ClientMessage {
        parse(text).unwrap().message
    }

    #[test]
    fn the_java_clients_messages_are_read() {
        assert_eq!(
            said(
                r#"{"type":"SETUP","channel":0,"version":"0.1","keepaliveTimeout":30.0,"acceptKeepaliveTimeout":60.0,"agent":{"name":"dxlink-java","version":"1.0"}}"#
            ),
            ClientMessage::Setup(Setup {
                version: "0.1".into(),
                keepalive: Some(30.0),
                accept_keepalive: Some(60.0),
            })
        );
        assert_eq!(
            said(r#"{"type":"FEED_SETUP","channel":1,"acceptAggregationPeriod":"NaN"}"#),
            ClientMessage::FeedSetup(FeedSetup {
                period: Some(PeriodWish::Default),
                ..FeedSetup::default()
            })
        );
        assert_eq!(
            said(
                r#"{"type":"FEED_SUBSCRIPTION","channel":1,"reset":false,"add":[{"type":"Order","symbol":"AAPL","source":"NTV"}]}"#
            ),
            ClientMessage::FeedSubscription(FeedSubscription {
                add: Some(vec![Item {
                    kind: "Order".into(),
                    symbol: "AAPL".into(),
                    source: Some("NTV".into()),
                    from_time: None,
                }]),
                ..FeedSubscription::default()
            })
        );
    }

    #[test]
    fn what_is_no_message_names_its_rule() {
        for (text, rule) in [
            ("{", Rule::UnparsableJson),
            ("[]", Rule::UnparsableJson),
            (r#"{"channel":0}"#, Rule::MissingType),
            (r#"{"type":"AUTH"}"#, Rule::MissingChannel),
            (r#"{"type":"AUTH","channel":"0"}"#, Rule::MissingChannel),
        ] {
            assert_eq!(parse(text), Err(rule), "{text}");
        }
    }

    #[test]
    fn type_and_channel_stand_first() {
        assert_eq!(
            message("AUTH_STATE", 0, json!({"state": "UNAUTHORIZED"})).text,
            r#"{"type":"AUTH_STATE","channel":0,"state":"UNAUTHORIZED"}"#
        );
    }
}
