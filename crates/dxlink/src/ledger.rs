//! What should be subscribed on one channel, and what the server has been told of it (dxlink-protocol §7.4 and §7.5).
//!
//! The ledger outlives connections. Every key is in it once however many users it has, and a channel that is opened anew
//! is told everything, exactly once. What waits to be told leaves in the order of what it is worth to a reader.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::event::{EventType, Millis};
use crate::pace::Pace;

/// Most bytes of one subscription message; servers close the connection at about 64 KB.
pub(crate) const MESSAGE_BYTES: usize = 8 * 1024;

/// Most items of one subscription message.
pub(crate) const MESSAGE_ITEMS: usize = 500;

/// What a message may shrink to; below it the messages are not what the server objects to.
const SMALLEST_MESSAGE: usize = 1024;

/// Room for what stands around the items of a message, bytes.
const ENVELOPE_BYTES: usize = 128;

/// One thing to hear about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Subscription {
    /// Which type of event.
    pub event_type: EventType,
    /// Whose, as the stream spells it.
    pub symbol: Arc<str>,
    /// Where a series starts; `None` for the newest event alone.
    pub(super) from: Option<Millis>,
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
    pub(super) fn series(event_type: EventType, symbol: &str, from: Millis) -> Self {
        Self {
            from: Some(from),
            ..Self::new(event_type, symbol)
        }
    }

    /// How early it is told among others: lower comes first.
    pub fn rank(&self) -> u8 {
        rank(self.event_type)
    }

    fn key(&self) -> Key {
        Key {
            event_type: self.event_type,
            symbol: Arc::clone(&self.symbol),
        }
    }
}

/// What the server tells subscriptions apart by: a series has the same key whatever its start (dxlink-protocol §7.4).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    event_type: EventType,
    symbol: Arc<str>,
}

impl Key {
    fn item(&self, from: Option<Millis>) -> String {
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

#[derive(Debug)]
struct Entry {
    users: u32,
    /// Where the series starts that is wanted.
    from: Option<Millis>,
    /// The order of asking.
    number: u64,
    /// What the server of the present channel was told, if it was told to add it.
    told: Option<Told>,
    /// What it is to be told.
    waiting: Option<Place>,
}

#[derive(Clone, Copy, Debug)]
struct Told {
    from: Option<Millis>,
    at: Instant,
    /// The server may have refused it.
    is_doubtful: bool,
}

/// Whose turn it is: lower ranks first, then the order of asking.
type Place = (u8, u64);

/// Removals make room for what is added.
const REMOVALS: u8 = 0;

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

/// What the server is to be told about a key; to remove and add it again starts a series anew.
#[derive(Clone, Debug)]
struct Waiting {
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

/// The wanted subscriptions of a channel and the way to tell them.
#[derive(Debug)]
pub struct Ledger {
    entries: HashMap<Key, Entry>,
    waiting: BTreeMap<Place, Waiting>,
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
}

impl Default for Ledger {
    fn default() -> Self {
        Self {
            entries: HashMap::new(),
            waiting: BTreeMap::new(),
            wanted: 0,
            asked: 0,
            channel: None,
            fresh: false,
            reset_due: false,
            message_bytes: MESSAGE_BYTES,
        }
    }
}

impl Ledger {
    /// Adds a user of a key; gives whether the key is new. A series that has another start from now on is told again.
    pub fn add(&mut self, item: &Subscription) -> bool {
        let key = item.key();
        let asked = self.asked;
        let entry = self.entries.entry(key.clone()).or_insert(Entry {
            users: 0,
            from: None,
            number: asked,
            told: None,
            waiting: None,
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
        if entry.told.is_some() {
            self.wait(key, true, false);
        } else {
            self.wait(key.clone(), false, false);
            self.entries.remove(&key);
        }
        true
    }

    /// Takes everything back; gives what was wanted. The server is told so with a single message.
    pub fn reset(&mut self) -> Vec<Subscription> {
        // What was never told anything has nothing to forget.
        self.reset_due |= self.channel.is_some() && !self.fresh;
        self.fresh |= self.reset_due;
        self.waiting.clear();
        self.wanted = 0;
        self.entries
            .drain()
            .filter(|(_, entry)| entry.users > 0)
            .map(|(key, entry)| subscription(&key, entry.from))
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

    /// A channel is ready and knows nothing: everything wanted is to be told.
    pub fn channel_opened(&mut self, channel: u64) {
        self.channel_closed();
        self.channel = Some(channel);
        self.fresh = true;
        self.tell_again();
    }

    /// The channel is gone, and with it all that it was told.
    pub fn channel_closed(&mut self) {
        self.channel = None;
        self.reset_due = false;
        self.waiting.clear();
        self.entries.retain(|_, entry| entry.users > 0);
        for entry in self.entries.values_mut() {
            entry.told = None;
            entry.waiting = None;
        }
    }

    /// Everything wanted is told once more: the server refused some of it and did not say what (dxlink-protocol §14).
    pub fn tell_again(&mut self) {
        let keys: Vec<Key> = self
            .entries
            .iter()
            .filter(|(_, entry)| entry.users > 0)
            .map(|(key, _)| key.clone())
            .collect();
        for key in keys {
            if let Some(told) = self
                .entries
                .get_mut(&key)
                .and_then(|entry| entry.told.as_mut())
            {
                told.is_doubtful = true;
            }
            let removes = self.waiting_for(&key).is_some_and(|waiting| waiting.remove);
            self.wait(key, removes, true);
        }
    }

    /// Lets messages be half as large from now on: the server closed the connection over one.
    pub fn halve_messages(&mut self) {
        self.message_bytes = (self.message_bytes / 2).max(SMALLEST_MESSAGE);
    }

    /// What the channel is about to be told to add, in order.
    pub fn pending_additions(&self) -> impl Iterator<Item = Subscription> {
        let additions = self.waiting.values().filter(|waiting| waiting.add);
        additions.filter_map(|waiting| {
            let entry = self.entries.get(&waiting.key)?;
            Some(subscription(&waiting.key, entry.from))
        })
    }

    /// What the server was told to add within the last `span`.
    pub fn told_within(&self, span: Duration, now: Instant) -> impl Iterator<Item = Subscription> {
        let is_recent = move |entry: &Entry| {
            let told = entry.told.filter(|told| now <= told.at + span);
            entry.users > 0 && told.is_some()
        };
        self.entries
            .iter()
            .filter(move |(_, entry)| is_recent(entry))
            .map(|(key, entry)| subscription(key, entry.from))
    }

    /// When the server was told to add exactly this; `None` if it was not, or is about to be told otherwise.
    pub fn told_at(&self, item: &Subscription) -> Option<Instant> {
        let entry = self.entries.get(&item.key())?;
        let told = entry.told.filter(|told| told.from == item.from)?;
        entry.waiting.is_none().then_some(told.at)
    }

    /// Whether the channel has something to be told.
    pub fn is_pending(&self) -> bool {
        self.channel.is_some() && (self.reset_due || !self.waiting.is_empty())
    }

    /// Whether everything is to be taken back, which waits for nothing.
    pub fn is_reset_due(&self) -> bool {
        self.reset_due
    }

    /// The next message, within the size and pace that servers accept.
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
        pace.sent(now, add.len() + remove.len());
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
        let is_told = entry
            .told
            .is_some_and(|told| told.from == entry.from && !told.is_doubtful);
        match self.waiting_for(&key).map(|waiting| waiting.remove) {
            // The removal was meant, so the series has to begin anew; without one there is nothing to begin.
            Some(true) => self.wait(key, is_series, is_series || !is_told),
            Some(false) | None => self.wait(key, false, !is_told),
        }
    }

    fn waiting_for(&self, key: &Key) -> Option<&Waiting> {
        self.waiting.get(&self.entries.get(key)?.waiting?)
    }

    /// Puts a key into the queue, or takes it out when nothing is to be said about it.
    fn wait(&mut self, key: Key, remove: bool, add: bool) {
        let Some(entry) = self.entries.get_mut(&key) else {
            return;
        };
        if let Some(place) = entry.waiting.take() {
            self.waiting.remove(&place);
        }
        if remove || add {
            let rank = if remove {
                REMOVALS
            } else {
                rank(key.event_type)
            };
            let place = (rank, entry.number);
            entry.waiting = Some(place);
            self.waiting.insert(place, Waiting { key, remove, add });
        }
    }

    fn take_chunk(&mut self, items: usize, now: Instant) -> (Vec<String>, Vec<String>) {
        let (mut add, mut remove) = (Vec::new(), Vec::new());
        let mut bytes = ENVELOPE_BYTES;
        while add.len() + remove.len() < items {
            let Some(first) = self.waiting.first_entry() else {
                break;
            };
            let Waiting {
                key,
                remove: removes,
                add: adds,
            } = first.get().clone();
            let Some(entry) = self.entries.get_mut(&key) else {
                first.remove();
                continue;
            };
            let from = match entry.told {
                Some(told) if removes => told.from,
                _ => entry.from,
            };
            let item = key.item(from);
            bytes += item.len() + 1;
            if bytes > self.message_bytes && !(add.is_empty() && remove.is_empty()) {
                break;
            }
            if removes {
                remove.push(item);
                entry.told = None;
                self.wait(key.clone(), false, adds);
                if !adds {
                    self.entries.remove(&key);
                }
            } else {
                add.push(item);
                entry.told = Some(Told {
                    from,
                    at: now,
                    is_doubtful: false,
                });
                self.wait(key, false, false);
            }
        }
        (add, remove)
    }
}

fn subscription(key: &Key, from: Option<Millis>) -> Subscription {
    Subscription {
        event_type: key.event_type,
        symbol: Arc::clone(&key.symbol),
        from,
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
