//! One FEED channel: its configuration, its subscriptions and the data they bring.
//!
//! See `docs/reference/dxlink-protocol.md`, "7. FEED service".
//!
//! Pure: it is handed the market and the moment, and hands back messages.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::budget::Budget;
use super::channels::Moment;
use super::compact::{self, Layouts};
use super::delivery::{self, Delivery, Event, FeedContract};
use super::layout;
use super::play;
use super::scheduled_delivery::{ScheduledDeliveries, ScheduledMessage};
use super::snapshot::{self, Bars};
use super::strict::{Rule, RuleViolation};
use super::subscriptions::{Change, Key, Subscriptions};
use super::wire::{FeedSetup, FeedSubscription, Format, Outgoing, PeriodWish, error, message};
use crate::market::Market;
use crate::random::Draw;
use crate::script::{FeedConfigFault, Junk, SnapshotRule, StreamFaults};

/// The period a client gets that wishes none, and the shortest there is, in seconds.
const SHORTEST_PERIOD: f64 = 0.1;
/// The longest period there is, in seconds.
const LONGEST_PERIOD: f64 = 60.0;
/// Most keys that are updated in one period, except on a STREAM channel; the others have their turn in the next.
const UPDATES_PER_PERIOD: usize = 100;
/// How often the script's `repeated` sends each configuration.
const REPETITIONS: usize = 100;
/// The longest history sent before it is cut with SNIP.
const MOST_ROWS: usize = 8_000;

/// What a message for a channel brings.
#[derive(Debug, Default)]
pub(super) struct ChannelAnswer {
    pub(super) messages: Vec<Outgoing>,
    pub(super) violations: Vec<RuleViolation>,
    /// Series that were asked for, each with its `fromTime`.
    pub(super) series: Vec<(String, i64)>,
    pub(super) added: u64,
    pub(super) removed: u64,
    pub(super) events: u64,
    /// The connection goes away after the messages.
    pub(super) cuts: bool,
}

impl ChannelAnswer {
    fn append(&mut self, other: Self) {
        self.messages.extend(other.messages);
        self.events += other.events;
        self.cuts |= other.cuts;
    }
}

/// An open FEED channel.
#[derive(Debug)]
pub(super) struct Feed {
    channel: u64,
    contract: FeedContract,
    period: f64,
    format: Format,
    wishes: BTreeMap<String, Vec<String>>,
    layouts: Layouts,
    subscriptions: Subscriptions,
    /// Where the round of updates goes on.
    turn: usize,
    last_tick: u64,
    next_update: Option<Instant>,
    /// Scripted snapshots on their way.
    scheduled: ScheduledDeliveries,
    spoilt: bool,
    faults: Arc<StreamFaults>,
}

impl Feed {
    pub(super) fn new(channel: u64, contract: FeedContract, faults: Arc<StreamFaults>) -> Self {
        Self {
            channel,
            contract,
            period: SHORTEST_PERIOD,
            format: Format::Full,
            wishes: BTreeMap::new(),
            layouts: Layouts::new(),
            subscriptions: Subscriptions::default(),
            turn: 0,
            last_tick: 0,
            next_update: None,
            scheduled: ScheduledDeliveries::default(),
            spoilt: false,
            faults,
        }
    }

    /// Takes a `FEED_SETUP` and answers with the facts, without field lists: those come when a type is first used.
    pub(super) fn setup(&mut self, wish: &FeedSetup) -> ChannelAnswer {
        let mut answer = ChannelAnswer::default();
        match wish.period {
            Some(PeriodWish::Seconds(seconds)) => {
                self.period = seconds.clamp(SHORTEST_PERIOD, LONGEST_PERIOD);
            }
            Some(PeriodWish::Default) => self.period = SHORTEST_PERIOD,
            None => {}
        }
        if let Some(format) = wish.format {
            self.format = format;
        }
        for (kind, names) in &wish.fields {
            if names.is_empty() {
                answer
                    .violations
                    .push(RuleViolation::new(Rule::EmptyFieldList, kind));
            } else {
                self.wishes.insert(kind.clone(), names.clone());
            }
        }
        let changed: Vec<Arc<str>> = self
            .layouts
            .keys()
            .filter(|kind| wish.fields.iter().any(|(named, _)| **named == ***kind))
            .cloned()
            .collect();
        let fields = changed.iter().filter_map(|kind| self.announce(kind));
        let fields = fields.collect::<Map<String, Value>>();
        answer.messages = self.config(fields);
        answer
    }

    /// Takes a `FEED_SUBSCRIPTION`: judges it, applies it, and brings the first values.
    pub(super) fn subscribe(
        &mut self,
        request: &FeedSubscription,
        budget: &mut Budget,
        market: &Market,
        Moment { now, tick }: Moment,
    ) -> ChannelAnswer {
        let Change {
            violations,
            limits,
            fresh,
            removed,
        } = self
            .subscriptions
            .apply(request, self.contract, budget, now);
        let mut messages: Vec<Outgoing> = limits
            .iter()
            .map(|limit| error(self.channel, "BAD_ACTION", &limit.text()))
            .collect();
        let (config, late) = self.introduce(&fresh);
        messages.extend(config);
        let mut events = Vec::new();
        for (key, from) in &fresh {
            if !self.delivers(market, key) {
                continue;
            }
            match self.scheduled_messages(market, key, *from, Moment { now, tick }) {
                Some(messages) => self.scheduled.schedule(key.clone(), messages),
                None => events.extend(self.first(market, key, *from, tick)),
            }
        }
        let subscriptions = &self.subscriptions;
        self.scheduled.retain(|key| subscriptions.holds(key));
        messages.extend(self.data(&events));
        if !fresh.is_empty() {
            self.last_tick = tick;
            self.next_update = Some(now + Duration::from_secs_f64(self.period));
        }
        let mut answer = ChannelAnswer {
            messages,
            violations,
            series: fresh
                .iter()
                .filter_map(|(key, from)| Some((key.symbol.to_string(), (*from)?)))
                .collect(),
            added: fresh.len() as u64,
            removed,
            events: events.len() as u64,
            cuts: false,
        };
        answer.append(self.deliver(now));
        answer.messages.extend(late);
        answer
    }

    /// When the next scripted rows are due or, in a market that moves, the next updates.
    pub(super) fn due(&self, is_live: bool) -> Option<Instant> {
        let update = self.next_update.filter(|_| is_live);
        update.into_iter().chain(self.scheduled.due()).min()
    }

    /// Brings the scripted rows that are due, and the updates of a period in a market that moves.
    pub(super) fn advance(&mut self, market: &Market, is_live: bool, at: Moment) -> ChannelAnswer {
        let mut answer = self.deliver(at.now);
        if is_live && self.next_update.is_some_and(|due| due <= at.now) {
            answer.append(self.update(market, at));
        }
        answer
    }

    /// Brings the updates of one period, if the market moved since the last.
    fn update(&mut self, market: &Market, Moment { now, tick }: Moment) -> ChannelAnswer {
        self.next_update = Some(now + Duration::from_secs_f64(self.period));
        if tick == self.last_tick {
            return ChannelAnswer::default();
        }
        // What happened since the last update is one value to all but a STREAM channel.
        let missed = self.last_tick + 1..=tick;
        let (ticks, most_keys) = match self.contract {
            FeedContract::Stream => (missed, usize::MAX),
            _ => (tick..=tick, UPDATES_PER_PERIOD),
        };
        self.last_tick = tick;
        let live: Vec<(&Key, Option<i64>)> = self
            .subscriptions
            .active()
            .filter(|(key, from)| {
                delivery::is_live(&key.kind)
                    && delivery::resolve(self.contract, &key.kind, *from) != Delivery::Nothing
                    && self.delivers(market, key)
                    && self.rule(key, *from).is_none()
            })
            .collect();
        let count = live.len();
        let turn: Vec<_> = live
            .iter()
            .cycle()
            .skip(self.turn % count.max(1))
            .take(count.min(most_keys))
            .collect();
        let mut events: Vec<Event> = ticks
            .flat_map(|tick| turn.iter().map(move |entry| (tick, entry)))
            .filter_map(|(tick, (key, from))| delivery::update(market, key, *from, tick))
            .collect();
        self.turn = (self.turn + UPDATES_PER_PERIOD) % count.max(1);
        events.sort_by(|left, right| left.kind.cmp(&right.kind));
        ChannelAnswer {
            messages: self.data(&events),
            events: events.len() as u64,
            ..ChannelAnswer::default()
        }
    }

    /// The scripted rows whose moment has come.
    fn deliver(&mut self, now: Instant) -> ChannelAnswer {
        let mut answer = ChannelAnswer::default();
        for message in self.scheduled.take_due(now) {
            answer.messages.extend(self.data(&message.events));
            answer.events += message.events.len() as u64;
            if message.cuts {
                answer.cuts = true;
                break;
            }
        }
        answer
    }

    /// The script's rule about a candle history, with the time the history starts.
    fn rule(&self, key: &Key, from: Option<i64>) -> Option<(&SnapshotRule, i64)> {
        if &*key.kind != "Candle" {
            return None;
        }
        let Delivery::Series(from) = delivery::resolve(self.contract, &key.kind, from) else {
            return None;
        };
        let base = snapshot::base(&key.symbol)?;
        let rule = self
            .faults
            .snapshots
            .iter()
            .find(|rule| rule.matches(base))?;
        Some((rule, from))
    }

    /// What a candle history brings over time under the script's rule about it; `None` when there is no such rule.
    fn scheduled_messages(
        &self,
        market: &Market,
        key: &Key,
        from: Option<i64>,
        Moment { now, tick }: Moment,
    ) -> Option<VecDeque<ScheduledMessage>> {
        let (rule, from) = self.rule(key, from)?;
        let Some(found) = Bars::of(market, key, from, tick) else {
            return Some(VecDeque::new());
        };
        let scenes = play::scenes(rule, found.bars.clone(), from, self.most_rows());
        let messages = scenes.into_iter().map(|scene| ScheduledMessage {
            due: now + scene.after,
            events: found.events(key, &scene.rows),
            cuts: scene.cuts,
        });
        Some(messages.collect())
    }

    fn most_rows(&self) -> usize {
        self.faults.snapshot_limit.unwrap_or(MOST_ROWS)
    }

    /// Gives back what the channel held.
    pub(super) fn close(mut self, budget: &mut Budget) {
        self.subscriptions.clear(budget);
    }

    fn first(&self, market: &Market, key: &Key, from: Option<i64>, tick: u64) -> Vec<Event> {
        let how = delivery::resolve(self.contract, &key.kind, from);
        delivery::first(market, key, how, tick, self.most_rows())
    }

    /// Whether the script lets this subscription deliver.
    fn delivers(&self, market: &Market, key: &Key) -> bool {
        let faults = &self.faults;
        let draw = Draw::new(faults.seed).word("silent").word(&key.symbol);
        !faults.no_events
            && !faults
                .silent_symbols
                .iter()
                .any(|name| **name == *key.symbol)
            && !faults.silent_types.iter().any(|name| **name == *key.kind)
            && draw.uniform() >= faults.silent_share
            && !self.is_one_in(market, &key.symbol)
    }

    /// Whether the script silences the symbol for its place in the market's list.
    fn is_one_in(&self, market: &Market, symbol: &str) -> bool {
        let Some(every) = self.faults.silent_one_in.filter(|every| *every > 0) else {
            return false;
        };
        let position = market.position(snapshot::base(symbol).unwrap_or(symbol));
        position.is_some_and(|position| (position as u64 + 1).is_multiple_of(every))
    }

    /// Announces the field lists of types used for the first time: before their data, or after it if the script says so.
    fn introduce(&mut self, fresh: &[(Key, Option<i64>)]) -> (Vec<Outgoing>, Vec<Outgoing>) {
        let mut fields = Map::new();
        for (key, _) in fresh {
            if !self.layouts.contains_key(&key.kind) {
                fields.extend(self.announce(&key.kind));
            }
        }
        if fields.is_empty() {
            return (Vec::new(), Vec::new());
        }
        let config = self.config(fields);
        if self.faults.feed_config == FeedConfigFault::Late {
            (Vec::new(), config)
        } else {
            (config, Vec::new())
        }
    }

    /// Settles the list of one type and returns it as an entry of `eventFields`.
    fn announce(&mut self, kind: &Arc<str>) -> Option<(String, Value)> {
        let wish = self.wishes.get(&**kind).map(Vec::as_slice);
        let list = layout::negotiate(kind, wish, self.faults.fields)?;
        self.layouts.insert(kind.clone(), list.clone());
        Some((kind.to_string(), list.into()))
    }

    fn config(&self, fields: Map<String, Value>) -> Vec<Outgoing> {
        let format = self.format();
        let whole = |fields: Map<String, Value>| {
            let mut body = json!({"dataFormat": format.name(), "aggregationPeriod": self.period});
            if !fields.is_empty() {
                body["eventFields"] = Value::Object(fields);
            }
            message("FEED_CONFIG", self.channel, body)
        };
        match self.faults.feed_config {
            FeedConfigFault::Absent => Vec::new(),
            FeedConfigFault::Partial if !fields.is_empty() => fields
                .into_iter()
                .map(|(kind, list)| {
                    message(
                        "FEED_CONFIG",
                        self.channel,
                        json!({"eventFields": {kind: list}}),
                    )
                })
                .collect(),
            FeedConfigFault::Repeated => vec![whole(fields); REPETITIONS],
            _ => vec![whole(fields)],
        }
    }

    fn format(&self) -> Format {
        if self.faults.full_format {
            Format::Full
        } else {
            self.format
        }
    }

    fn data(&mut self, events: &[Event]) -> Vec<Outgoing> {
        let format = self.format();
        let one_pair = self.faults.one_pair_per_message || self.faults.peer_compatible;
        let mut messages = compact::lay_out(events, &self.layouts, format, one_pair);
        if format == Format::Compact
            && !self.spoilt
            && let (Some(first), Some(event)) = (messages.first_mut(), events.first())
        {
            self.spoilt = true;
            self.spoil(first, event);
        }
        messages
            .into_iter()
            .map(|data| message("FEED_DATA", self.channel, json!({"data": data})))
            .collect()
    }

    /// Adds the broken pairs that the script asks for to the channel's first data.
    fn spoil(&self, data: &mut Vec<Value>, event: &Event) {
        if self.faults.junk.contains(&Junk::RowLength) {
            let mut row = compact::row(event, &self.layouts);
            row.push("one too many".into());
            data.extend([event.kind.as_ref().into(), Value::Array(row)]);
        }
        if self.faults.junk.contains(&Junk::UnknownTag) {
            data.extend([json!("Mystery"), json!(["Mystery", 1, 2.5])]);
        }
    }
}
