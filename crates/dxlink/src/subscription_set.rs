//! What should be subscribed on one channel, and what of it has been sent to the server.
//!
//! See `docs/reference/dxlink-protocol.md`, "7.4 FEED_SUBSCRIPTION" and "7.5 Batching and size practice".
//!
//! The set outlives connections. Every key is in it once however many users it has, and a channel that is opened anew is
//! sent everything, exactly once. What is queued leaves in the order of what it is worth to a reader.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::time::Duration;

use tokio::time::Instant;

use crate::event::Millis;
use crate::pace::Pace;
use crate::subscription::{Key, Subscription};

/// Most bytes of one subscription message; servers close the connection at about 64 KB.
pub const MESSAGE_BYTES: usize = 8 * 1024;

/// Most items of one subscription message.
pub const MESSAGE_ITEMS: usize = 500;

/// What a message may shrink to; below it the messages are not what the server objects to.
const SMALLEST_MESSAGE: usize = 1024;

/// Room for what stands around the items of a message, bytes.
const ENVELOPE_BYTES: usize = 128;

#[derive(Debug)]
struct Entry {
    users: u32,
    /// Where the series starts that is wanted.
    from: Option<Millis>,
    /// The order of asking.
    number: u64,
    /// The addition that the present channel was sent, if there was one.
    sent: Option<SentAddition>,
    /// Where in the queue its change is, if one is to be sent.
    queued: Option<Place>,
}

#[derive(Clone, Copy, Debug)]
struct SentAddition {
    from: Option<Millis>,
    at: Instant,
    /// The server may have refused it.
    is_doubtful: bool,
}

/// Whose turn it is: lower ranks first, then the order of asking.
type Place = (u8, u64);

/// Removals make room for what is added.
const REMOVALS: u8 = 0;

/// What is to be sent about a key; to remove and add it again starts a series anew.
#[derive(Clone, Debug)]
struct QueuedChange {
    key: Key,
    remove: bool,
    add: bool,
}

/// The next thing to do about subscriptions.
#[derive(Debug, PartialEq)]
pub enum Next {
    /// Send this message.
    Send {
        /// The frame.
        text: String,
    },
    /// Nothing may be changed before then.
    Wait(Instant),
    /// The server knows everything.
    Nothing,
}

/// The wanted subscriptions of a channel and the way to send them.
#[derive(Debug)]
pub struct SubscriptionSet {
    entries: HashMap<Key, Entry>,
    queue: BTreeMap<Place, QueuedChange>,
    /// How many keys are wanted.
    wanted: usize,
    /// The order of asking.
    asked: u64,
    channel: Option<u64>,
    /// The next message starts from nothing: it is the first of its channel, or everything was taken back.
    fresh: bool,
    /// A message is due though it may have nothing but the reset.
    reset_due: bool,
    message_bytes: usize,
    /// What the last message adds.
    last_additions: Vec<Subscription>,
}

impl Default for SubscriptionSet {
    fn default() -> Self {
        Self {
            entries: HashMap::new(),
            queue: BTreeMap::new(),
            wanted: 0,
            asked: 0,
            channel: None,
            fresh: false,
            reset_due: false,
            message_bytes: MESSAGE_BYTES,
            last_additions: Vec::new(),
        }
    }
}

impl SubscriptionSet {
    /// Adds a user of a key; gives whether the key is new. A series that has another start from now on is sent again.
    pub fn add(&mut self, item: &Subscription) -> bool {
        let key = item.key();
        let asked = self.asked;
        let entry = self.entries.entry(key.clone()).or_insert(Entry {
            users: 0,
            from: None,
            number: asked,
            sent: None,
            queued: None,
        });
        self.asked += 1;
        entry.users += 1;
        entry.from = item.from;
        let is_new = entry.users == 1;
        self.wanted += usize::from(is_new);
        self.plan_addition(key);
        is_new
    }

    /// Lets a wanted series start elsewhere, without another user; gives whether there is such a series.
    pub fn restart(&mut self, item: &Subscription) -> bool {
        let key = item.key();
        let Some(entry) = self
            .entries
            .get_mut(&key)
            .filter(|entry| entry.users > 0 && entry.from.is_some())
        else {
            return false;
        };
        entry.from = item.from;
        self.plan_addition(key);
        true
    }

    /// Takes a user of a key away; gives whether it was the last one.
    pub fn remove(&mut self, item: &Subscription) -> bool {
        let key = item.key();
        let Some(entry) = self.entries.get_mut(&key).filter(|entry| entry.users > 0) else {
            return false;
        };
        entry.users -= 1;
        if entry.users > 0 {
            return false;
        }
        self.wanted -= 1;
        if entry.sent.is_some() {
            self.enqueue(key, true, false);
        } else {
            self.enqueue(key.clone(), false, false);
            self.entries.remove(&key);
        }
        true
    }

    /// Takes everything back; gives what was wanted. A single message says so to the server.
    pub fn reset(&mut self) -> Vec<Subscription> {
        // What was never sent anything has nothing to forget.
        self.reset_due |= self.channel.is_some() && !self.fresh;
        self.fresh |= self.reset_due;
        self.queue.clear();
        self.wanted = 0;
        self.entries
            .drain()
            .filter(|(_, entry)| entry.users > 0)
            .map(|(key, entry)| key.subscription(entry.from))
            .collect()
    }

    /// Whether a key is wanted.
    pub fn holds(&self, item: &Subscription) -> bool {
        self.entries
            .get(&item.key())
            .is_some_and(|entry| entry.users > 0)
    }

    /// How many keys are wanted.
    pub fn len(&self) -> usize {
        self.wanted
    }

    /// Whether nothing is wanted.
    pub fn is_empty(&self) -> bool {
        self.wanted == 0
    }

    /// A channel is ready and knows nothing: everything wanted is to be sent.
    pub fn channel_opened(&mut self, channel: u64) {
        self.channel_closed();
        self.channel = Some(channel);
        self.fresh = true;
        self.resend_all();
    }

    /// The channel is gone, and with it all that it was sent.
    pub fn channel_closed(&mut self) {
        self.channel = None;
        self.reset_due = false;
        self.queue.clear();
        self.entries.retain(|_, entry| entry.users > 0);
        for entry in self.entries.values_mut() {
            entry.sent = None;
            entry.queued = None;
        }
    }

    /// Everything wanted is sent once more: the server refused some of it and did not say what
    /// (`docs/reference/dxlink-protocol.md`, "14. Endpoints, entitlement, limits").
    pub fn resend_all(&mut self) {
        let keys: Vec<Key> = self
            .entries
            .iter()
            .filter(|(_, entry)| entry.users > 0)
            .map(|(key, _)| key.clone())
            .collect();
        for key in keys {
            if let Some(sent) = self
                .entries
                .get_mut(&key)
                .and_then(|entry| entry.sent.as_mut())
            {
                sent.is_doubtful = true;
            }
            let removes = self.queued_change(&key).is_some_and(|queued| queued.remove);
            self.enqueue(key, removes, true);
        }
    }

    /// Lets messages be half as large from now on: the server closed the connection over one.
    pub fn halve_messages(&mut self) {
        self.message_bytes = (self.message_bytes / 2).max(SMALLEST_MESSAGE);
    }

    /// The additions that the channel is about to be sent, in order.
    pub fn pending_additions(&self) -> impl Iterator<Item = Subscription> {
        let additions = self.queue.values().filter(|queued| queued.add);
        additions.filter_map(|queued| {
            let entry = self.entries.get(&queued.key)?;
            Some(queued.key.subscription(entry.from))
        })
    }

    /// What was sent as an addition within the last `span`.
    pub fn sent_within(&self, span: Duration, now: Instant) -> impl Iterator<Item = Subscription> {
        let is_recent = move |entry: &Entry| {
            let sent = entry.sent.filter(|sent| now <= sent.at + span);
            entry.users > 0 && sent.is_some()
        };
        self.entries
            .iter()
            .filter(move |(_, entry)| is_recent(entry))
            .map(|(key, entry)| key.subscription(entry.from))
    }

    /// When exactly this was sent as an addition; `None` if it was not, or if something else is about to be sent.
    pub fn sent_at(&self, item: &Subscription) -> Option<Instant> {
        let entry = self.entries.get(&item.key())?;
        let sent = entry.sent.filter(|sent| sent.from == item.from)?;
        entry.queued.is_none().then_some(sent.at)
    }

    /// Whether the channel is to be sent something.
    pub fn is_pending(&self) -> bool {
        self.channel.is_some() && (self.reset_due || !self.queue.is_empty())
    }

    /// Whether everything is to be taken back, which waits for nothing.
    pub fn is_reset_due(&self) -> bool {
        self.reset_due
    }

    /// The last message has left; gives what it adds. Until it has, its additions count as sent when it was made.
    pub fn on_sent(&mut self, at: Instant) -> Vec<Subscription> {
        let additions = std::mem::take(&mut self.last_additions);
        for item in &additions {
            let entry = self.entries.get_mut(&item.key());
            if let Some(sent) = entry.and_then(|entry| entry.sent.as_mut()) {
                sent.at = at;
            }
        }
        additions
    }

    /// The next message, within the size and pace that servers accept. The owner says with [`SubscriptionSet::on_sent`]
    /// when it has left.
    pub fn next(&mut self, now: Instant, pace: &mut Pace) -> Next {
        let Some(channel) = self.channel.filter(|_| self.is_pending()) else {
            return Next::Nothing;
        };
        let allowed = match pace.allowance(now) {
            Ok(changes) => changes.min(MESSAGE_ITEMS),
            // To take everything back is no change of the kind that is counted.
            Err(_) if self.reset_due => 0,
            Err(until) => return Next::Wait(until),
        };
        let (add, remove) = self.take_chunk(allowed, now);
        pace.on_sent(now, add.len() + remove.len());
        self.reset_due = false;
        let reset = std::mem::take(&mut self.fresh);
        Next::Send {
            text: message(channel, reset, &add, &remove),
        }
    }

    /// Queues what is missing for the server to have the key as it is wanted.
    fn plan_addition(&mut self, key: Key) {
        if self.channel.is_none() {
            return;
        }
        let Some(entry) = self.entries.get(&key) else {
            return;
        };
        let is_series = entry.from.is_some();
        let is_sent = entry
            .sent
            .is_some_and(|sent| sent.from == entry.from && !sent.is_doubtful);
        match self.queued_change(&key).map(|queued| queued.remove) {
            // The removal was meant, so the series has to begin anew; without one there is nothing to begin.
            Some(true) => self.enqueue(key, is_series, is_series || !is_sent),
            Some(false) | None => self.enqueue(key, false, !is_sent),
        }
    }

    fn queued_change(&self, key: &Key) -> Option<&QueuedChange> {
        self.queue.get(&self.entries.get(key)?.queued?)
    }

    /// Puts a key into the queue, or takes it out when nothing is to be said about it.
    fn enqueue(&mut self, key: Key, remove: bool, add: bool) {
        let Some(entry) = self.entries.get_mut(&key) else {
            return;
        };
        if let Some(place) = entry.queued.take() {
            self.queue.remove(&place);
        }
        if remove || add {
            let rank = if remove { REMOVALS } else { key.rank() };
            let place = (rank, entry.number);
            entry.queued = Some(place);
            self.queue.insert(place, QueuedChange { key, remove, add });
        }
    }

    fn take_chunk(&mut self, items: usize, now: Instant) -> (Vec<String>, Vec<String>) {
        let (mut add, mut remove) = (Vec::new(), Vec::new());
        let mut bytes = ENVELOPE_BYTES;
        self.last_additions.clear();
        while add.len() + remove.len() < items {
            let Some(first) = self.queue.first_entry() else {
                break;
            };
            let QueuedChange {
                key,
                remove: removes,
                add: adds,
            } = first.get().clone();
            let Some(entry) = self.entries.get_mut(&key) else {
                first.remove();
                continue;
            };
            let from = match entry.sent {
                Some(sent) if removes => sent.from,
                _ => entry.from,
            };
            let item = key.item(from);
            bytes += item.len() + 1;
            if bytes > self.message_bytes && !(add.is_empty() && remove.is_empty()) {
                break;
            }
            if removes {
                remove.push(item);
                entry.sent = None;
                self.enqueue(key.clone(), false, adds);
                if !adds {
                    self.entries.remove(&key);
                }
            } else {
                add.push(item);
                self.last_additions.push(key.subscription(from));
                entry.sent = Some(SentAddition {
                    from,
                    at: now,
                    is_doubtful: false,
                });
                self.enqueue(key, false, false);
            }
        }
        (add, remove)
    }
}

/// Writes the message by hand: its items are already text, and none of the arrays may be empty.
fn message(channel: u64, reset: bool, add: &[String], remove: &[String]) -> String {
    let mut text = format!(r#"{{"type":"FEED_SUBSCRIPTION","channel":{channel}"#);
    if reset {
        text.push_str(r#","reset":true"#);
    }
    for (name, items) in [("remove", remove), ("add", add)] {
        if !items.is_empty() {
            let _ = write!(text, r#","{name}":[{}]"#, items.join(","));
        }
    }
    text.push('}');
    text
}

#[cfg(test)]
mod tests;
