//! The service channels of a session: which are open, which have been, and who ended them.
//!
//! See `docs/reference/dxlink-protocol.md`, "6. Channels".

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;
use tokio::time::Instant;

use super::budget::Budget;
use super::delivery::FeedContract;
use super::feed::{ChannelAnswer, Feed};
use super::strict::{Rule, RuleViolation};
use super::wire::{FeedSetup, FeedSubscription, Outgoing, error, message};
use crate::market::Market;
use crate::script::StreamFaults;

/// A moment: monotonic time for deadlines, and the market's tick.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    pub(super) now: Instant,
    pub(super) tick: u64,
}

/// Who ended a channel; after the server's end the client's last messages may still be on their way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum EndedBy {
    Client,
    Server,
}

/// All channels of a session and the limits they share.
pub(super) struct Channels {
    open: BTreeMap<u64, Feed>,
    ended: BTreeMap<u64, EndedBy>,
    budget: Budget,
    market: Arc<Market>,
    faults: Arc<StreamFaults>,
}

impl Channels {
    pub(super) fn new(market: Arc<Market>, faults: Arc<StreamFaults>) -> Self {
        Self {
            open: BTreeMap::new(),
            ended: BTreeMap::new(),
            budget: Budget::new(&faults),
            market,
            faults,
        }
    }

    /// Takes a `CHANNEL_REQUEST` of an authorized client.
    pub(super) fn request(&mut self, channel: u64, service: &str, contract: &str) -> ChannelAnswer {
        let mut answer = ChannelAnswer::default();
        let named = format!("channel {channel}");
        if channel.is_multiple_of(2) {
            answer.note_violation(Rule::EvenChannel, &named);
        }
        let taken = if self.open.contains_key(&channel) {
            Some(Rule::ChannelAlreadyOpen)
        } else {
            let was_open = self.ended.contains_key(&channel);
            was_open.then_some(Rule::ReusedChannel)
        };
        if let Some(rule) = taken {
            answer.note_violation(rule, &named);
            return answer.say(refusal(channel, "channel id is taken"));
        }
        if service != "FEED" || self.faults.refuse_channels {
            self.ended.insert(channel, EndedBy::Server);
            return answer.say(refusal(channel, "service is not available"));
        }
        let Some(contract) = FeedContract::named(contract) else {
            answer.note_violation(Rule::MissingContract, &named);
            self.ended.insert(channel, EndedBy::Server);
            return answer.say(refusal(channel, "contract is required"));
        };
        let feed = Feed::new(channel, contract, Arc::clone(&self.faults));
        self.open.insert(channel, feed);
        let parameters = json!({"contract": contract.name(), "subFormat": "LIST"});
        let body = json!({"service": "FEED", "parameters": parameters});
        answer.say(message("CHANNEL_OPENED", channel, body))
    }

    /// Takes a `CHANNEL_CANCEL`.
    pub(super) fn cancel(&mut self, channel: u64) -> ChannelAnswer {
        if self.open.contains_key(&channel) {
            self.end(channel, EndedBy::Client)
        } else {
            self.unopened(channel)
        }
    }

    /// Takes a `FEED_SETUP`.
    pub(super) fn setup(&mut self, channel: u64, wish: &FeedSetup) -> ChannelAnswer {
        match self.open.get_mut(&channel) {
            Some(feed) => feed.setup(wish),
            None => self.unopened(channel),
        }
    }

    /// Takes a `FEED_SUBSCRIPTION`.
    pub(super) fn subscribe(
        &mut self,
        channel: u64,
        request: &FeedSubscription,
        at: Moment,
    ) -> ChannelAnswer {
        match self.open.get_mut(&channel) {
            Some(feed) => feed.subscribe(request, &mut self.budget, &self.market, at),
            None => self.unopened(channel),
        }
    }

    /// When a channel next has something to bring.
    pub(super) fn due(&self, is_live: bool) -> Option<Instant> {
        self.open
            .values()
            .filter_map(|feed| feed.due(is_live))
            .min()
    }

    /// Brings what is due on each channel.
    pub(super) fn advance(&mut self, is_live: bool, at: Moment) -> Vec<ChannelAnswer> {
        self.open
            .values_mut()
            .filter(|feed| feed.due(is_live).is_some_and(|due| due <= at.now))
            .map(|feed| feed.advance(&self.market, is_live, at))
            .collect()
    }

    /// Closes every channel from the server's side.
    pub(super) fn close_all(&mut self) -> Vec<ChannelAnswer> {
        let open: Vec<u64> = self.open.keys().copied().collect();
        open.into_iter()
            .map(|channel| self.end(channel, EndedBy::Server))
            .collect()
    }

    /// Drops every channel without a word: with the login they are dead, and the client must know that.
    pub(super) fn forget_all(&mut self) {
        self.close_all();
    }

    /// An ERROR for every open channel.
    pub(super) fn troubles(&self) -> Vec<Outgoing> {
        self.open
            .keys()
            .map(|channel| error(*channel, "UNKNOWN", "upstream is unsettled"))
            .collect()
    }

    fn end(&mut self, channel: u64, by: EndedBy) -> ChannelAnswer {
        if let Some(feed) = self.open.remove(&channel) {
            feed.close(&mut self.budget);
        }
        self.ended.insert(channel, by);
        ChannelAnswer::default().say(message("CHANNEL_CLOSED", channel, json!({})))
    }

    fn unopened(&self, channel: u64) -> ChannelAnswer {
        let mut answer = ChannelAnswer::default();
        if self.ended.get(&channel) == Some(&EndedBy::Server) {
            return answer;
        }
        answer.note_violation(Rule::UnopenedChannel, &format!("channel {channel}"));
        answer.say(refusal(channel, "channel is not open"))
    }
}

fn refusal(channel: u64, text: &str) -> Outgoing {
    error(channel, "BAD_ACTION", text)
}

impl ChannelAnswer {
    fn note_violation(&mut self, rule: Rule, detail: &str) {
        self.violations.push(RuleViolation::new(rule, detail));
    }

    fn say(mut self, message: Outgoing) -> Self {
        self.messages.push(message);
        self
    }
}
