//! What should be subscribed, and what the server has been told of it (dxlink-protocol §7.4 and §7.5).
//!
//! The ledger outlives connections. Every key is in it once however many users it has, and after a connection is opened
//! anew it is told whole, exactly once, in the order in which the keys came.

use std::collections::{HashMap, VecDeque};
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::event::EventType;

/// Most bytes of one subscription message; servers close the connection at about 64 KB.
pub const MESSAGE_BYTES: usize = 8 * 1024;

/// Most items of one subscription message.
pub const MESSAGE_ITEMS: usize = 500;

/// Most changes within [`WINDOW`]; the server refuses at 10,000 without saying which ones.
pub const CHANGES: usize = 9_000;

/// The span in which changes are counted.
pub const WINDOW: Duration = Duration::from_mins(1);

/// Room for what stands around the items of a message.
const ENVELOPE_BYTES: usize = 128;

/// One thing to hear about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Subscription {
    /// Which type of event.
    pub event_type: EventType,
    /// Whose, as the stream spells it.
    pub symbol: Arc<str>,
}

impl Subscription {
    /// Asks for the newest event of a type.
    pub fn new(event_type: EventType, symbol: &str) -> Self {
        Self {
            event_type,
            symbol: Arc::from(symbol),
        }
    }

    fn json(&self) -> String {
        let mut item = String::with_capacity(self.symbol.len() + 40);
        // Symbols are escaped as JSON demands and never URL-encoded.
        let symbol = serde_json::to_string(&*self.symbol).unwrap_or_default();
        let _ = write!(
            item,
            r#"{{"type":"{}","symbol":{symbol}}}"#,
            self.event_type.name()
        );
        item
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Add,
    Remove,
}

#[derive(Debug)]
struct Entry {
    users: u32,
    /// Whether the server of the present channel has been told to add it.
    told: bool,
}

/// The next thing to do about subscriptions.
#[derive(Debug, PartialEq)]
pub enum Next {
    /// Send this message.
    Send {
        /// The frame.
        text: String,
        /// How many keys it adds.
        added: usize,
    },
    /// The minute's changes are used up; ask again then.
    Wait(Instant),
    /// The server knows everything.
    Nothing,
}

/// The wanted subscriptions and the way to tell them.
#[derive(Debug, Default)]
pub struct Ledger {
    entries: HashMap<Subscription, Entry>,
    /// Every wanted key, oldest first; keys nobody wants any more are passed over and dropped at the next replay.
    order: Vec<Subscription>,
    pending: VecDeque<(Change, Subscription)>,
    channel: Option<u64>,
    /// Whether the next message is the first of its channel and so starts from nothing.
    fresh: bool,
    sent: VecDeque<(Instant, usize)>,
}

impl Ledger {
    /// Adds a user of a key; gives whether the key is new.
    pub fn add(&mut self, key: &Subscription) -> bool {
        let entry = self.entries.entry(key.clone()).or_insert(Entry {
            users: 0,
            told: false,
        });
        entry.users += 1;
        if entry.users > 1 {
            return false;
        }
        self.order.push(key.clone());
        if self.channel.is_some() {
            self.enqueue(Change::Add, key);
        }
        true
    }

    /// Takes a user of a key away; gives whether it was the last one.
    pub fn remove(&mut self, key: &Subscription) -> bool {
        let Some(entry) = self.entries.get_mut(key).filter(|entry| entry.users > 0) else {
            return false;
        };
        entry.users -= 1;
        if entry.users > 0 {
            return false;
        }
        if self.channel.is_some() {
            self.enqueue(Change::Remove, key);
        } else {
            self.entries.remove(key);
        }
        self.order.retain(|other| other != key);
        true
    }

    /// How many keys are wanted.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether nothing is wanted.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// The wanted keys, oldest first.
    pub fn wanted(&self) -> &[Subscription] {
        &self.order
    }

    /// A channel is ready and knows nothing: everything wanted is to be told.
    pub fn channel_opened(&mut self, channel: u64) {
        self.channel_closed();
        self.channel = Some(channel);
        self.fresh = true;
        self.pending = self
            .order
            .iter()
            .map(|key| (Change::Add, key.clone()))
            .collect();
    }

    /// The channel is gone, and with it all that it was told.
    pub fn channel_closed(&mut self) {
        self.channel = None;
        self.pending.clear();
        self.entries.retain(|_, entry| entry.users > 0);
        for entry in self.entries.values_mut() {
            entry.told = false;
        }
    }

    /// Keys the channel is about to be told to add.
    pub fn pending_additions(&self) -> impl Iterator<Item = &Subscription> {
        self.pending
            .iter()
            .filter(|(change, _)| *change == Change::Add)
            .map(|(_, key)| key)
    }

    /// Whether the channel has something to be told.
    pub fn is_pending(&self) -> bool {
        self.channel.is_some() && !self.pending.is_empty()
    }

    /// The next message, within the size and rate that servers accept.
    pub fn next(&mut self, now: Instant) -> Next {
        let Some(channel) = self.channel else {
            return Next::Nothing;
        };
        if self.pending.is_empty() {
            return Next::Nothing;
        }
        let budget = self.budget(now);
        if budget == 0 {
            return self
                .sent
                .front()
                .map_or(Next::Nothing, |(first, _)| Next::Wait(*first + WINDOW));
        }
        let (add, remove) = self.take_chunk(budget.min(MESSAGE_ITEMS));
        let changes = add.len() + remove.len();
        if changes == 0 {
            return Next::Nothing;
        }
        self.sent.push_back((now, changes));
        let reset = std::mem::take(&mut self.fresh);
        Next::Send {
            text: message(channel, reset, &add, &remove),
            added: add.len(),
        }
    }

    /// Queues a change. A change that undoes one still waiting takes it back instead, so that the server sees the final
    /// state and no key twice.
    fn enqueue(&mut self, change: Change, key: &Subscription) {
        let told = self.entries.get(key).is_some_and(|entry| entry.told);
        self.pending.retain(|(_, other)| other != key);
        let is_needed = match change {
            Change::Add => !told,
            Change::Remove => told,
        };
        if is_needed {
            self.pending.push_back((change, key.clone()));
        } else if change == Change::Remove {
            self.entries.remove(key);
        }
    }

    fn budget(&mut self, now: Instant) -> usize {
        while self.sent.front().is_some_and(|(at, _)| now >= *at + WINDOW) {
            self.sent.pop_front();
        }
        CHANGES.saturating_sub(self.sent.iter().map(|(_, changes)| changes).sum())
    }

    fn take_chunk(&mut self, items: usize) -> (Vec<String>, Vec<String>) {
        let (mut add, mut remove) = (Vec::new(), Vec::new());
        let mut bytes = ENVELOPE_BYTES;
        while add.len() + remove.len() < items {
            let Some((change, key)) = self.pending.front() else {
                break;
            };
            let item = key.json();
            bytes += item.len() + 1;
            if bytes > MESSAGE_BYTES && !(add.is_empty() && remove.is_empty()) {
                break;
            }
            match change {
                Change::Add => {
                    if let Some(entry) = self.entries.get_mut(key) {
                        entry.told = true;
                    }
                    add.push(item);
                }
                Change::Remove => {
                    self.entries.remove(key);
                    remove.push(item);
                }
            }
            self.pending.pop_front();
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
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    fn quote(symbol: &str) -> Subscription {
        Subscription::new(EventType::Quote, symbol)
    }

    /// Everything there is to tell, however long it takes.
    fn sent(ledger: &mut Ledger) -> Vec<String> {
        let mut now = Instant::now();
        let mut messages = Vec::new();
        loop {
            match ledger.next(now) {
                Next::Send { text, .. } => messages.push(text),
                Next::Wait(until) => now = until,
                Next::Nothing => return messages,
            }
        }
    }

    #[test]
    fn what_came_before_the_channel_is_told_once_it_opens() {
        let mut ledger = Ledger::default();
        ledger.add(&quote("SPY"));
        ledger.add(&quote("BRK/B"));
        assert_eq!(ledger.next(Instant::now()), Next::Nothing);
        ledger.channel_opened(1);
        assert_eq!(
            sent(&mut ledger),
            [
                r#"{"type":"FEED_SUBSCRIPTION","channel":1,"reset":true,"add":[{"type":"Quote","symbol":"SPY"},{"type":"Quote","symbol":"BRK/B"}]}"#
            ]
        );
        assert!(!ledger.is_pending());
    }

    /// dxlink-protocol §17: 64.
    #[test]
    fn a_key_with_two_users_is_subscribed_once_and_leaves_with_the_last() {
        let mut ledger = Ledger::default();
        assert!(ledger.add(&quote("SPY")));
        assert!(!ledger.add(&quote("SPY")));
        ledger.channel_opened(1);
        assert_eq!(sent(&mut ledger).len(), 1);
        assert!(!ledger.remove(&quote("SPY")));
        assert!(sent(&mut ledger).is_empty());
        assert!(ledger.remove(&quote("SPY")));
        assert_eq!(
            sent(&mut ledger),
            [
                r#"{"type":"FEED_SUBSCRIPTION","channel":1,"remove":[{"type":"Quote","symbol":"SPY"}]}"#
            ]
        );
        assert!(
            !ledger.remove(&quote("SPY")),
            "what was never added cannot be removed"
        );
    }

    /// dxlink-protocol §17: 66.
    #[test]
    fn changes_that_undo_each_other_are_never_sent() {
        let mut ledger = Ledger::default();
        ledger.channel_opened(1);
        ledger.add(&quote("SPY"));
        ledger.remove(&quote("SPY"));
        assert!(sent(&mut ledger).is_empty());
        ledger.add(&quote("SPY"));
        assert_eq!(sent(&mut ledger).len(), 1);
        ledger.remove(&quote("SPY"));
        ledger.add(&quote("SPY"));
        assert!(sent(&mut ledger).is_empty(), "it is still subscribed");
        assert_eq!(ledger.wanted(), [quote("SPY")]);
    }

    /// dxlink-protocol §17: 95.
    #[test]
    fn a_new_connection_is_told_what_is_wanted_now() {
        let mut ledger = Ledger::default();
        for symbol in ["SPY", "QQQ", "IWM"] {
            ledger.add(&quote(symbol));
        }
        ledger.channel_opened(1);
        sent(&mut ledger);
        ledger.channel_closed();
        ledger.remove(&quote("QQQ"));
        ledger.add(&quote("DIA"));
        ledger.channel_opened(1);
        let [replay] = &sent(&mut ledger)[..] else {
            panic!("one message")
        };
        assert!(
            replay.contains(r#""reset":true"#) && !replay.contains("QQQ"),
            "{replay}"
        );
        assert_eq!(replay.matches("symbol").count(), 3);
    }

    /// dxlink-protocol §17: 61. More than a minute's changes.
    #[test]
    fn messages_stay_small_and_nothing_is_lost_or_doubled() {
        let mut ledger = Ledger::default();
        let keys: Vec<_> = (0..5_000)
            .map(|n| format!(".SPXW261218P{n}"))
            .flat_map(|symbol| {
                [EventType::Quote, EventType::Greeks].map(|t| Subscription::new(t, &symbol))
            })
            .collect();
        for key in &keys {
            ledger.add(key);
        }
        ledger.channel_opened(1);
        let messages = sent(&mut ledger);
        let mut told = HashSet::new();
        for (position, text) in messages.iter().enumerate() {
            assert!(text.len() <= MESSAGE_BYTES, "{} bytes", text.len());
            assert_eq!(text.contains("reset"), position == 0);
            let json: serde_json::Value = serde_json::from_str(text).unwrap();
            for item in json["add"].as_array().unwrap() {
                assert!(told.insert(item.to_string()));
            }
        }
        assert_eq!(told.len(), keys.len());
    }

    #[test]
    fn the_minutes_changes_are_rationed() {
        let mut ledger = Ledger::default();
        for n in 0..=CHANGES {
            ledger.add(&quote(&format!("S{n}")));
        }
        ledger.channel_opened(1);
        let start = Instant::now();
        let mut added = 0;
        let wait = loop {
            match ledger.next(start) {
                Next::Send { added: more, .. } => added += more,
                Next::Wait(until) => break until,
                Next::Nothing => panic!("one key is left"),
            }
        };
        assert_eq!((added, wait), (CHANGES, start + WINDOW));
        assert!(matches!(ledger.next(wait), Next::Send { added: 1, .. }));
    }

    proptest! {
        #[test]
        fn the_server_ends_up_with_exactly_what_is_wanted(steps in prop::collection::vec((0u8..3, 0u8..6), 0..60)) {
            let mut ledger = Ledger::default();
            let mut server: HashSet<String> = HashSet::new();
            ledger.channel_opened(1);
            for (what, which) in steps {
                let key = quote(&format!("S{which}"));
                match what {
                    0 => drop(ledger.add(&key)),
                    1 => drop(ledger.remove(&key)),
                    _ => deliver(&mut ledger, &mut server)?,
                }
            }
            deliver(&mut ledger, &mut server)?;
            let wanted: HashSet<String> = ledger.wanted().iter().map(|key| key.symbol.to_string()).collect();
            prop_assert_eq!(server, wanted);
        }
    }

    fn deliver(ledger: &mut Ledger, server: &mut HashSet<String>) -> Result<(), TestCaseError> {
        for text in sent(ledger) {
            let json: serde_json::Value = serde_json::from_str(&text).unwrap();
            let symbols = |name: &str| -> Vec<String> {
                json[name]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(|item| item["symbol"].as_str().unwrap().to_owned())
                    .collect()
            };
            for symbol in symbols("remove") {
                prop_assert!(
                    server.remove(&symbol),
                    "removed {} which was never added",
                    symbol
                );
            }
            for symbol in symbols("add") {
                prop_assert!(server.insert(symbol.clone()), "added {} twice", symbol);
            }
        }
        Ok(())
    }
}
