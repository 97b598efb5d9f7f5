//! Scripted candle snapshots on their way: what of them is due, and in which order (dxlink-protocol §10).
//!
//! Snapshots under way at the same time take turns, message by message. Knows no message and no market.

use std::collections::{BTreeMap, VecDeque};

use tokio::time::Instant;

use super::delivery::Event;
use super::subscriptions::Key;

/// Events that leave in one message.
#[derive(Clone, Debug)]
pub(super) struct Parcel {
    pub(super) due: Instant,
    pub(super) events: Vec<Event>,
    /// The connection goes away after these.
    pub(super) cuts: bool,
}

/// What is still to be delivered of each subscription.
#[derive(Debug, Default)]
pub(super) struct Courier {
    bags: BTreeMap<Key, VecDeque<Parcel>>,
}

impl Courier {
    /// Takes what a subscription brings over time, soonest first, in place of what it brought before.
    pub(super) fn take_on(&mut self, key: Key, parcels: VecDeque<Parcel>) {
        self.bags.insert(key, parcels);
    }

    /// Drops what nobody waits for any more.
    pub(super) fn keep(&mut self, is_wanted: impl Fn(&Key) -> bool) {
        self.bags.retain(|key, _| is_wanted(key));
    }

    /// When the next parcel is due.
    pub(super) fn due(&self) -> Option<Instant> {
        self.bags
            .values()
            .filter_map(|bag| bag.front().map(|parcel| parcel.due))
            .min()
    }

    /// The parcels that are due, by time; of those due together each subscription's first, then each one's second.
    pub(super) fn deliver(&mut self, now: Instant) -> Vec<Parcel> {
        let mut delivered = Vec::new();
        for bag in self.bags.values_mut() {
            let is_due = |parcel: &&Parcel| parcel.due <= now;
            let count = bag.iter().take_while(is_due).count();
            delivered.extend(bag.drain(..count).enumerate());
        }
        delivered.sort_by_key(|(turn, parcel)| (parcel.due, *turn));
        delivered.into_iter().map(|(_, parcel)| parcel).collect()
    }
}
