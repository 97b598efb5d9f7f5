//! The limits of a session: what may be held, and how a server says that it is too much.
//!
//! See `docs/reference/dxlink-protocol.md`, "14. Endpoints, entitlement, limits".

pub use crate::subscription_set::{MESSAGE_BYTES, MESSAGE_ITEMS};

use crate::event::EventType;

/// Most subscriptions of a session, all channels together; the server refuses more without saying which ones.
pub const SESSION: usize = 25_000;

/// Most series of a session. The documented limit is 100, and servers have been seen to refuse just there.
pub const SERIES: usize = 80;

/// Most subscriptions that are no series.
pub const LIVE: usize = SESSION - SERIES;

/// A limit that a server says was exceeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Too many changes in too short a time.
    Rate,
    /// Too many subscriptions, of one type if it is named.
    Size(Option<EventType>),
}

impl Limit {
    /// The limit that an ERROR is about, if it is about one that concerns this client.
    pub fn of_error(code: &str, message: &str) -> Option<Self> {
        if code != "BAD_ACTION" {
            return None;
        }
        let message = message.to_ascii_lowercase();
        if message.contains("subscription rate is too high") {
            return Some(Self::Rate);
        }
        if !(message.contains("subscription size") && message.contains("too big")) {
            return None;
        }
        match message.split('\'').nth(1) {
            None => Some(Self::Size(None)),
            Some(named) => EventType::ALL
                .iter()
                .find(|event_type| event_type.name().eq_ignore_ascii_case(named))
                .map(|event_type| Self::Size(Some(*event_type))),
        }
    }

    /// Whether subscriptions of a type may have been refused.
    pub fn concerns(self, event_type: EventType) -> bool {
        match self {
            Self::Rate | Self::Size(None) => true,
            Self::Size(Some(named)) => named == event_type,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checklist 72, 73. The words are those of real servers.
    #[test]
    fn limits_are_distinguished_by_the_words_of_the_server() {
        let of = |words| Limit::of_error("BAD_ACTION", words);
        assert_eq!(of("Your subscription rate is too high"), Some(Limit::Rate));
        assert_eq!(
            of("Your subscription size is too big"),
            Some(Limit::Size(None))
        );
        let candles = of("Your subscription size for event type 'Candle' is too big").unwrap();
        assert_eq!(candles, Limit::Size(Some(EventType::Candle)));
        assert!(candles.concerns(EventType::Candle) && !candles.concerns(EventType::Quote));
        assert_eq!(
            of("Your subscription size for event type 'Order' is too big"),
            None,
            "none of these is ever subscribed"
        );
        assert_eq!(of("Something else"), None);
        assert_eq!(
            Limit::of_error("UNKNOWN", "Your subscription rate is too high"),
            None
        );
    }
}
