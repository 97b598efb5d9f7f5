//! What a channel's client has subscribed to, and the violations of subscribing.
//!
//! See `docs/reference/dxlink-protocol.md`, "7.4 FEED_SUBSCRIPTION" and "7.5 Batching and size practice".
//!
//! Keeps what the client asked for even where a limit refused it: the client cannot know which items those were, so
//! removing or repeating them is no violation. Delivers nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tokio::time::Instant;

use super::budget::{Budget, Limit};
use super::delivery::{self, FeedContract};
use super::strict::{Rule, RuleViolation};
use super::wire::{FeedSubscription, Item};

/// Times below this are seconds taken for milliseconds: as milliseconds they lie in 1973 or earlier.
const EARLIEST_FROM_TIME: i64 = 100_000_000_000;

/// What makes two subscriptions the same. Time-series items of one symbol share a key whatever their `fromTime`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) kind: Arc<str>,
    pub(super) symbol: Arc<str>,
    source: Arc<str>,
}

impl Key {
    fn of(item: &Item) -> Self {
        Self {
            kind: item.kind.as_str().into(),
            symbol: item.symbol.as_str().into(),
            source: item.source.as_deref().unwrap_or("DEFAULT").into(),
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    from_time: Option<i64>,
    /// Refused by a limit: remembered, never delivered.
    refused: bool,
    /// A limit was hit after it was added, so the client may send it once more.
    may_repeat: bool,
}

/// What one `FEED_SUBSCRIPTION` did.
#[derive(Debug, Default)]
pub(super) struct Change {
    pub(super) violations: Vec<RuleViolation>,
    pub(super) limits: BTreeSet<Limit>,
    /// Accepted items, each of which is owed its first value.
    pub(super) fresh: Vec<(Key, Option<i64>)>,
    pub(super) removed: u64,
}

impl Change {
    fn note_violation(&mut self, rule: Rule, detail: impl Into<String>) {
        self.violations.push(RuleViolation::new(rule, detail));
    }

    fn refuse(&mut self, limit: Limit) {
        self.limits.insert(limit);
    }
}

/// The subscriptions of one channel.
#[derive(Debug, Default)]
pub(super) struct Subscriptions {
    entries: BTreeMap<Key, Entry>,
}

impl Subscriptions {
    /// The accepted subscriptions in key order, with the time their history starts.
    pub(super) fn active(&self) -> impl Iterator<Item = (&Key, Option<i64>)> {
        self.entries
            .iter()
            .filter(|(_, entry)| !entry.refused)
            .map(|(key, entry)| (key, entry.from_time))
    }

    /// Whether a subscription is accepted.
    pub(super) fn holds(&self, key: &Key) -> bool {
        self.entries.get(key).is_some_and(|entry| !entry.refused)
    }

    /// Applies one message: reset, then remove, then add.
    pub(super) fn apply(
        &mut self,
        request: &FeedSubscription,
        contract: FeedContract,
        budget: &mut Budget,
        now: Instant,
    ) -> Change {
        let mut change = Change::default();
        judge_shape(request, contract, &mut change);
        if request.reset {
            self.clear(budget);
        }
        for item in complete(request.remove.as_ref()) {
            self.remove(&Key::of(item), budget, now, &mut change);
        }
        for item in complete(request.add.as_ref()) {
            self.add(item, budget, now, &mut change);
        }
        if !change.limits.is_empty() {
            for entry in self.entries.values_mut() {
                entry.may_repeat = true;
            }
        }
        for limit in change.limits.clone() {
            change.note_violation(limit.rule(), limit.text());
        }
        change
    }

    /// Forgets everything, as a reset or the end of the channel does.
    pub(super) fn clear(&mut self, budget: &mut Budget) {
        for (key, entry) in std::mem::take(&mut self.entries) {
            if !entry.refused {
                budget.release(&key.kind);
            }
        }
    }

    fn remove(&mut self, key: &Key, budget: &mut Budget, now: Instant, change: &mut Change) {
        let Some(entry) = self.entries.get(key).copied() else {
            change.note_violation(Rule::UnknownRemove, format!("{} {}", key.kind, key.symbol));
            return;
        };
        if let Err(limit) = budget.change(now) {
            change.refuse(limit);
            return;
        }
        self.entries.remove(key);
        if !entry.refused {
            budget.release(&key.kind);
        }
        change.removed += 1;
    }

    fn add(&mut self, item: &Item, budget: &mut Budget, now: Instant, change: &mut Change) {
        let key = Key::of(item);
        let known = self.entries.get(&key).copied();
        if known.is_some_and(|entry| {
            !entry.refused && !entry.may_repeat && entry.from_time == item.from_time
        }) {
            change.note_violation(
                Rule::DoubledSubscription,
                format!("{} {}", key.kind, key.symbol),
            );
        }
        let is_held = known.is_some_and(|entry| !entry.refused);
        let admitted = budget.change(now).and_then(|()| {
            if is_held {
                Ok(())
            } else {
                budget.hold(&key.kind)
            }
        });
        if let Err(limit) = admitted {
            change.refuse(limit);
            self.entries.entry(key).or_insert(Entry {
                from_time: item.from_time,
                refused: true,
                may_repeat: true,
            });
            return;
        }
        change.fresh.push((key.clone(), item.from_time));
        self.entries.insert(
            key,
            Entry {
                from_time: item.from_time,
                refused: false,
                may_repeat: false,
            },
        );
    }
}

fn complete(items: Option<&Vec<Item>>) -> impl Iterator<Item = &Item> {
    items
        .into_iter()
        .flatten()
        .filter(|item| !item.kind.is_empty() && !item.symbol.is_empty())
}

/// Finds what is wrong with the message whatever the state of the channel.
fn judge_shape(request: &FeedSubscription, contract: FeedContract, change: &mut Change) {
    for (name, list) in [("add", &request.add), ("remove", &request.remove)] {
        let Some(items) = list else { continue };
        if items.is_empty() {
            change.note_violation(Rule::EmptyItems, name);
        }
        for item in items {
            judge_item(item, contract, change);
        }
    }
    for item in request.add.iter().flatten() {
        if contract == FeedContract::History && is_poor(item) {
            change.note_violation(
                Rule::HistoryItemTooPoor,
                format!("{} {}", item.kind, item.symbol),
            );
        }
        if item.from_time.is_some_and(|at| at < EARLIEST_FROM_TIME) {
            change.note_violation(
                Rule::FromTimeInSeconds,
                format!("{} {}", item.kind, item.symbol),
            );
        }
    }
}

fn judge_item(item: &Item, contract: FeedContract, change: &mut Change) {
    let named = || format!("{} {}", item.kind, item.symbol);
    if item.kind.is_empty() || item.symbol.is_empty() {
        change.note_violation(Rule::IncompleteItem, named());
    }
    if is_url_encoded(&item.symbol) {
        change.note_violation(Rule::EncodedSymbol, named());
    }
    let is_rich = item.from_time.is_some() || item.source.is_some();
    if contract == FeedContract::Ticker && is_rich {
        change.note_violation(Rule::TickerItemTooRich, named());
    }
}

/// Whether an item says neither from when its history starts nor is of a type that is kept by index without a time.
fn is_poor(item: &Item) -> bool {
    item.from_time.is_none() && !delivery::INDEXED.contains(&item.kind.as_str())
}

/// Whether a `%` and two hexadecimal digits stand in the symbol; no symbol of any venue has them.
fn is_url_encoded(symbol: &str) -> bool {
    symbol.as_bytes().windows(3).any(|window| {
        window[0] == b'%' && window[1].is_ascii_hexdigit() && window[2].is_ascii_hexdigit()
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::script::StreamFaults;

    fn item(number: u8) -> Item {
        Item {
            kind: if number.is_multiple_of(2) {
                "Quote"
            } else {
                "Candle"
            }
            .to_owned(),
            symbol: format!("S{}", number / 2),
            ..Item::default()
        }
    }

    fn request() -> impl Strategy<Value = FeedSubscription> {
        let items = || prop::option::of(prop::collection::vec((0..12_u8).prop_map(item), 0..6));
        (any::<bool>(), items(), items()).prop_map(|(reset, add, remove)| FeedSubscription {
            reset,
            add,
            remove,
        })
    }

    proptest! {
        #[test]
        fn what_is_active_never_exceeds_the_limits(requests in prop::collection::vec(request(), 1..20)) {
            let faults = StreamFaults {
                subscription_limit: Some(5),
                candle_limit: Some(2),
                ..StreamFaults::default()
            };
            let mut budget = Budget::new(&faults);
            let mut subscriptions = Subscriptions::default();
            for request in &requests {
                let change = subscriptions.apply(request, FeedContract::Auto, &mut budget, Instant::now());
                let active: Vec<Key> = subscriptions.active().map(|(key, _)| key.clone()).collect();
                let candles = active.iter().filter(|key| &*key.kind == "Candle").count();
                prop_assert!(active.len() <= 5 && candles <= 2);
                for (key, _) in &change.fresh {
                    prop_assert!(active.contains(key));
                }
            }
            // Whatever happened, a reset gives all the room back.
            subscriptions.clear(&mut budget);
            for _ in 0..5 {
                prop_assert_eq!(budget.hold("Quote"), Ok(()));
            }
        }
    }

    #[test]
    fn one_message_resets_then_removes_then_adds() {
        let mut budget = Budget::new(&StreamFaults::default());
        let mut subscriptions = Subscriptions::default();
        let mut apply = |reset, add: Vec<u8>, remove: Vec<u8>| {
            let list = |numbers: Vec<u8>| Some(numbers.into_iter().map(item).collect());
            let request = FeedSubscription {
                reset,
                add: list(add),
                remove: list(remove),
            };
            subscriptions.apply(&request, FeedContract::Auto, &mut budget, Instant::now());
            let symbols: Vec<String> = subscriptions
                .active()
                .map(|(key, _)| key.symbol.to_string())
                .collect();
            symbols.join(" ")
        };
        assert_eq!(apply(false, vec![0, 2], vec![]), "S0 S1");
        assert_eq!(apply(false, vec![2], vec![0, 2]), "S1");
        assert_eq!(apply(true, vec![4], vec![]), "S2");
    }
}
