//! What one session may hold and change: subscriptions in all, per event type, and changes per rolling minute.
//!
//! See `docs/reference/dxlink-protocol.md`, "14. Endpoints, entitlement, limits".

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;

use super::strict::Rule;
use crate::script::StreamFaults;

/// The window over which changes are counted, unless the script has another.
const WINDOW: Duration = Duration::from_mins(1);

/// Event types that are limited on their own.
const SCARCE: [&str; 3] = ["Candle", "Order", "Series"];

/// A limit that refuses a subscription.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Limit {
    Rate,
    Size,
    TypeSize(String),
}

impl Limit {
    pub(super) fn rule(&self) -> Rule {
        match self {
            Self::Rate => Rule::RateTooHigh,
            Self::Size => Rule::TooManySubscriptions,
            Self::TypeSize(_) => Rule::TooManyOfType,
        }
    }

    /// The text of the ERROR, word for word what the real server says.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Rate => "Your subscription rate is too high".to_owned(),
            Self::Size => "Your subscription size is too big".to_owned(),
            Self::TypeSize(kind) => {
                format!("Your subscription size for event type '{kind}' is too big")
            }
        }
    }
}

/// The running account of one session.
#[derive(Debug)]
pub(super) struct Budget {
    size: usize,
    size_limit: usize,
    of_type: HashMap<String, usize>,
    type_limit: usize,
    changes: VecDeque<Instant>,
    rate_limit: usize,
    window: Duration,
}

impl Budget {
    pub(super) fn new(faults: &StreamFaults) -> Self {
        let limit = |scripted: Option<u64>, usual: usize| {
            scripted.map_or(usual, |limit| usize::try_from(limit).unwrap_or(usize::MAX))
        };
        Self {
            size: 0,
            size_limit: limit(faults.subscription_limit, 25_000),
            of_type: HashMap::new(),
            type_limit: limit(faults.candle_limit, 100),
            changes: VecDeque::new(),
            rate_limit: limit(faults.subscription_rate, 10_000),
            window: faults
                .subscription_window_ms
                .map_or(WINDOW, Duration::from_millis),
        }
    }

    /// Spends one change; refused changes are not counted, or a client that waits a minute could never recover.
    pub(super) fn change(&mut self, now: Instant) -> Result<(), Limit> {
        while self
            .changes
            .front()
            .is_some_and(|at| now.duration_since(*at) >= self.window)
        {
            self.changes.pop_front();
        }
        if self.changes.len() >= self.rate_limit {
            return Err(Limit::Rate);
        }
        self.changes.push_back(now);
        Ok(())
    }

    /// Makes room for one more subscription.
    pub(super) fn hold(&mut self, kind: &str) -> Result<(), Limit> {
        if self.size >= self.size_limit {
            return Err(Limit::Size);
        }
        let held = self.of_type.entry(kind.to_owned()).or_default();
        if SCARCE.contains(&kind) && *held >= self.type_limit {
            return Err(Limit::TypeSize(kind.to_owned()));
        }
        *held += 1;
        self.size += 1;
        Ok(())
    }

    /// Gives back the room of one subscription.
    pub(super) fn release(&mut self, kind: &str) {
        if let Some(held) = self.of_type.get_mut(kind) {
            *held = held.saturating_sub(1);
        }
        self.size = self.size.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(size: u64, of_type: u64, rate: u64) -> Budget {
        Budget::new(&StreamFaults {
            subscription_limit: Some(size),
            candle_limit: Some(of_type),
            subscription_rate: Some(rate),
            ..StreamFaults::default()
        })
    }

    #[test]
    fn the_minute_rolls() {
        let mut budget = budget(9, 9, 2);
        let start = Instant::now();
        assert_eq!(budget.change(start), Ok(()));
        assert_eq!(budget.change(start + WINDOW / 2), Ok(()));
        assert_eq!(budget.change(start + WINDOW / 2), Err(Limit::Rate));
        assert_eq!(budget.change(start + WINDOW), Ok(()));
        assert_eq!(budget.change(start + WINDOW), Err(Limit::Rate));
    }

    #[test]
    fn room_is_counted_per_session_and_per_scarce_type() {
        let mut budget = budget(3, 1, 9);
        assert_eq!(budget.hold("Candle"), Ok(()));
        assert_eq!(
            budget.hold("Candle"),
            Err(Limit::TypeSize("Candle".to_owned()))
        );
        assert_eq!(budget.hold("Quote"), Ok(()));
        assert_eq!(budget.hold("Quote"), Ok(()));
        assert_eq!(budget.hold("Quote"), Err(Limit::Size));
        budget.release("Candle");
        assert_eq!(budget.hold("Candle"), Ok(()));
    }
}
