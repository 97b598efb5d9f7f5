//! One subscription: a type of event and a symbol, and how the wire spells it.
//!
//! See `docs/reference/dxlink-protocol.md`, "7.4 FEED_SUBSCRIPTION".

use std::fmt::Write as _;
use std::sync::Arc;

use crate::event::{EventType, Millis};

/// One thing to be sent events of.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Subscription {
    /// Which type of event.
    pub event_type: EventType,
    /// Whose, as the stream spells it.
    pub symbol: Arc<str>,
    /// Where a series starts; `None` for the newest event alone.
    pub(crate) from: Option<Millis>,
}

impl Subscription {
    /// Asks for the newest event of a type.
    pub fn new(event_type: EventType, symbol: &str) -> Self {
        Self {
            event_type,
            symbol: Arc::from(symbol),
            from: None,
        }
    }

    /// Asks for the events of a type since a moment, and those to come.
    pub(crate) fn series(event_type: EventType, symbol: &str, from: Millis) -> Self {
        Self {
            from: Some(from),
            ..Self::new(event_type, symbol)
        }
    }

    /// How early it is sent among others: lower comes first.
    pub fn rank(&self) -> u8 {
        rank(self.event_type)
    }

    pub(crate) fn key(&self) -> Key {
        Key {
            event_type: self.event_type,
            symbol: Arc::clone(&self.symbol),
        }
    }
}

/// What the server distinguishes subscriptions by: a series has the same key whatever its start
/// (`docs/reference/dxlink-protocol.md`, "7.4 FEED_SUBSCRIPTION").
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    event_type: EventType,
    symbol: Arc<str>,
}

impl Key {
    /// The subscription to this key from a start.
    pub(crate) fn subscription(&self, from: Option<Millis>) -> Subscription {
        Subscription {
            event_type: self.event_type,
            symbol: Arc::clone(&self.symbol),
            from,
        }
    }

    /// How early it is sent among others: lower comes first.
    pub(crate) fn rank(&self) -> u8 {
        rank(self.event_type)
    }

    /// The item of a subscription message.
    pub(crate) fn item(&self, from: Option<Millis>) -> String {
        let mut item = String::with_capacity(self.symbol.len() + 64);
        // Symbols are escaped as JSON demands and never URL-encoded.
        let symbol = serde_json::to_string(&*self.symbol).unwrap_or_default();
        let _ = write!(
            item,
            r#"{{"type":"{}","symbol":{symbol}"#,
            self.event_type.name()
        );
        if let Some(Millis(from)) = from {
            let _ = write!(item, r#","fromTime":{from}"#);
        }
        item.push('}');
        item
    }
}

fn rank(event_type: EventType) -> u8 {
    match event_type {
        EventType::Quote => 1,
        EventType::Trade => 2,
        EventType::Greeks => 3,
        EventType::Summary => 4,
        EventType::Profile => 5,
        EventType::TradeEth | EventType::Candle | EventType::Underlying => 6,
    }
}
