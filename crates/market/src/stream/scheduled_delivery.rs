//! Scripted candle snapshots on their way: what of them is due, and in which order.
//!
//! See `docs/reference/dxlink-protocol.md`, "10. Indexed events, snapshots, eventFlags".
//!
//! Snapshots under way at the same time take turns, message by message. Knows no message and no market.

use std::collections::{BTreeMap, VecDeque};

use tokio::time::Instant;

use super::delivery::Event;
use super::subscriptions::Key;

/// Events that leave in one message.
#[derive(Clone, Debug)]
pub(super) struct ScheduledMessage {
    pub(super) due: Instant,
    pub(super) events: Vec<Event>,
    /// The connection goes away after these.
    pub(super) cuts: bool,
}

/// What is still to be delivered of each subscription.
#[derive(Debug, Default)]
pub(super) struct ScheduledDeliveries {
    pending: BTreeMap<Key, VecDeque<ScheduledMessage>>,
}

impl ScheduledDeliveries {
    /// Takes what a subscription brings over time, soonest first, in place of what it brought before.
    pub(super) fn schedule(&mut self, key: Key, messages: VecDeque<ScheduledMessage>) {
        self.pending.insert(key, messages);
    }

    /// Drops what nobody waits for any more.
    pub(super) fn retain(&mut self, is_wanted: impl Fn(&Key) -> bool) {
        self.pending.retain(|key, _| is_wanted(key));
    }

    /// When the next message is due.
    pub(super) fn due(&self) -> Option<Instant> {
        self.pending
            .values()
            .filter_map(|queue| queue.front().map(|message| message.due))
            .min()
    }

    /// The messages that are due, by time; of those due together each subscription's first, then each one's second.
    pub(super) fn take_due(&mut self, now: Instant) -> Vec<ScheduledMessage> {
        let mut delivered = Vec::new();
        for queue in self.pending.values_mut() {
            let is_due = |message: &&ScheduledMessage| message.due <= now;
            let count = queue.iter().take_while(is_due).count();
            delivered.extend(queue.drain(..count).enumerate());
        }
        delivered.sort_by_key(|(turn, message)| (message.due, *turn));
        delivered.into_iter().map(|(_, message)| message).collect()
    }
}
