//! The stream's part of a run: what is subscribed when, how far the connection is, and what its events say.

mod bars;
mod candles;
mod events;
mod opening;
mod state;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use tokio::time::Instant;

use self::events::{observations, supply_of};
use self::opening::stream_error;
use self::state::{Connecting, State};
use super::rest::futures;
use super::source::{
    Answer, Contracts, End, Request, Shared, Source, Stage, is_worth_asking, move_lines,
};
use crate::model::{FieldSet, Provider, Reason, StreamerSymbol, Supply};
use dxlink::{Changes, EventType, Loss, Notice, Stats, Subscription, limits};

pub(super) use self::bars::BarCache;
pub(super) use self::candles::Candles;

/// The supplies that are subscribed for their newest event.
const LIVE: [(Supply, EventType); 6] = [
    (Supply::Quote, EventType::Quote),
    (Supply::Trade, EventType::Trade),
    (Supply::Greeks, EventType::Greeks),
    (Supply::Summary, EventType::Summary),
    (Supply::Profile, EventType::Profile),
    (Supply::Underlying, EventType::Underlying),
];

/// The stream's part of a run.
#[derive(Debug)]
pub(super) struct Dxlink {
    state: State,
    stats: Stats,
    /// Why the last connection ended, until it is made good.
    lost: Option<Arc<Loss>>,
    /// What was asked about lines and is not subscribed yet.
    unsubscribed: Vec<(usize, Supply)>,
    /// What is subscribed.
    subscribed: HashSet<Subscription>,
    /// Lines by the stream's name for them.
    by_streamer: HashMap<Arc<str>, Vec<usize>>,
    /// When the last subscription was sent.
    last_sent: Option<Instant>,
    candles: Candles,
}

impl Dxlink {
    /// A stream that nobody has needed yet.
    pub(super) fn new(candles: Candles) -> Self {
        Self {
            state: State::Unneeded,
            stats: Stats::default(),
            lost: None,
            unsubscribed: Vec::new(),
            subscribed: HashSet::new(),
            by_streamer: HashMap::new(),
            last_sent: None,
            candles,
        }
    }

    /// Counters of the connection.
    pub(super) fn stats(&self) -> Stats {
        self.stats
    }

    /// How many entries its collections hold, for tests of what grows.
    #[cfg(test)]
    pub(super) fn collected(&self) -> usize {
        let lines: usize = self.by_streamer.values().map(|lines| 1 + lines.len()).sum();
        lines + self.unsubscribed.len() + self.subscribed.len() + self.candles.collected()
    }

    /// Whether the window of some subscription is still open.
    pub(super) fn is_listening(&self, run: &Shared) -> bool {
        if !self.state.is_live() {
            return matches!(
                self.state,
                State::AwaitsLogin { .. } | State::AwaitsSlot { .. }
            );
        }
        let waits_for_turn = !self.unsubscribed.is_empty();
        let last = self.last_sent.or_else(|| self.state.connecting());
        waits_for_turn || last.is_some_and(|at| run.now < at + run.limits.listen)
    }

    /// What is asked of lines: all that nobody ranks better for, and of the rest what is open.
    fn ask(&mut self, stage: Stage, lines: &[usize], run: &mut Shared) {
        for line in lines.iter().copied() {
            for (supply, _) in LIVE {
                if !is_worth_asking(stage, line, supply, run) {
                    continue;
                }
                self.need(run);
                if self.state == State::Over {
                    run.refuse(line, supply);
                    continue;
                }
                if is_waited_for(supply, line, run) {
                    run.table.ask(line, supply);
                } else {
                    run.table.ask_idly(line, supply);
                }
                self.unsubscribed.push((line, supply));
            }
        }
    }

    /// Subscribes what can be subscribed by now.
    fn subscribe(&mut self, run: &mut Shared) {
        if !self.state.is_live() {
            return;
        }
        let mut new = Vec::new();
        for (line, supply) in std::mem::take(&mut self.unsubscribed) {
            let Some(streamer) = streamer_of(line, run) else {
                if run.is_unresolved(line) && run.contracts != Contracts::Unasked {
                    self.unsubscribed.push((line, supply));
                } else {
                    run.table.refuse(
                        line,
                        Provider::Dxlink,
                        FieldSet::all(),
                        Reason::UnknownSymbol,
                    );
                }
                continue;
            };
            let item = Subscription::new(event_type_of(supply), &streamer);
            let lines = self.by_streamer.entry(streamer).or_default();
            if !lines.contains(&line) {
                lines.push(line);
            }
            if self.subscribed.insert(item.clone()) {
                new.push(item);
            }
        }
        if !new.is_empty() {
            run.request(Request::Subscribe(new));
        }
    }

    fn on_changes(&mut self, changes: Changes, run: &mut Shared) {
        self.stats = changes.stats;
        for sent in &changes.sent {
            self.last_sent = self.last_sent.max(Some(sent.at));
            for (line, supply) in self.asked_by(&sent.items, run) {
                run.table.sent(line, supply, sent.at);
            }
        }
        self.candles.on_series(changes.series, run);
        for change in changes.events {
            let Some(supply) = supply_of(change.event.event_type()) else {
                continue;
            };
            let said = observations(&change.event);
            for line in self.lines_for(&change.symbol, supply, run) {
                run.offer(line, Provider::Dxlink, said.iter().cloned());
                run.table.conclude_supply(line, supply, Reason::NotProvided);
            }
        }
        for notice in changes.notices {
            self.on_notice(notice, run);
        }
    }

    fn on_notice(&mut self, notice: Notice, run: &mut Shared) {
        match notice {
            Notice::Failed(loss) => {
                let error = stream_error(loss, run);
                self.over(error, run);
            }
            Notice::Complaint {
                code,
                message,
                maybe_refused,
            } => {
                self.doubt(&maybe_refused, run);
                run.warn(
                    "stream_complaint",
                    format!("the stream complains: {code}: {message}"),
                );
            }
            Notice::Rationed { waiting } => {
                run.warn(
                    "subscription_limit",
                    format!(
                        "the stream takes a limited number of subscriptions a minute; {} had to wait",
                        waiting.len()
                    ),
                );
                self.doubt(&waiting, run);
                run.table.rationed(run.now);
            }
            Notice::HistoryRefused { reason } => {
                run.warn(
                    "history_refused",
                    format!("the stream gives no history: {reason}"),
                );
            }
            Notice::Lost(loss) => {
                self.lost = Some(loss);
                let since = self.state.connecting().unwrap_or(run.now);
                self.state = State::Live {
                    connecting: Some(Connecting { since }),
                };
                run.table.connecting(Some(since));
            }
            Notice::ChannelOpened => {
                self.state = State::Live { connecting: None };
                run.table.connecting(None);
                // A loss that is not made good is told as the failure it then becomes.
                if let Some(loss) = self.lost.take() {
                    run.warn(
                        "stream_lost",
                        format!("the stream was lost and connected again: {loss}"),
                    );
                }
            }
            Notice::Connected | Notice::SetUp | Notice::Authorised | Notice::Reconnecting(_) => {}
        }
    }

    /// A session has no room for these.
    fn on_refused(&mut self, refused: &[Subscription], run: &mut Shared) {
        if refused.is_empty() {
            return;
        }
        for (line, supply) in self.asked_by(refused, run) {
            run.table
                .conclude_supply(line, supply, Reason::RefusedByLimit);
        }
        let types: BTreeSet<EventType> = refused.iter().map(|item| item.event_type).collect();
        let names: Vec<&str> = types.into_iter().map(EventType::name).collect();
        run.warn(
            "subscription_limit",
            format!(
                "a stream session holds {} subscriptions; {} more ({}) were left out",
                limits::LIVE,
                refused.len(),
                names.join(", "),
            ),
        );
    }

    /// What these subscriptions were asked for: lines, each with a supply.
    fn asked_by(&self, items: &[Subscription], run: &Shared) -> Vec<(usize, Supply)> {
        let known = items
            .iter()
            .filter_map(|item| Some((item, supply_of(item.event_type)?)));
        let asked = known.flat_map(|(item, supply)| {
            let lines = self.lines_for(&item.symbol, supply, run).into_iter();
            lines.map(move |line| (line, supply))
        });
        asked.collect()
    }

    /// The lines about which a supply was asked under a name on the stream.
    fn lines_for(&self, streamer: &str, supply: Supply, run: &Shared) -> Vec<usize> {
        let lines = self
            .by_streamer
            .get(streamer)
            .into_iter()
            .flatten()
            .copied();
        lines
            .filter(|line| run.table.is_asked(*line, supply))
            .collect()
    }

    /// The stream may have refused these because of a limit.
    fn doubt(&self, items: &[Subscription], run: &mut Shared) {
        for (line, supply) in self.asked_by(items, run) {
            run.table.doubt(line, supply);
        }
    }
}

impl Source for Dxlink {
    fn step(&mut self, stage: Stage, lines: &[usize], run: &mut Shared) {
        if !run.table.ranking().uses(Provider::Dxlink) {
            return;
        }
        self.on_login(run);
        self.ask(stage, lines, run);
        let is_over = self.state == State::Over;
        if self.candles.want(stage, lines, is_over, run) {
            self.need(run);
        }
    }

    fn flush(&mut self, run: &mut Shared) {
        self.on_login(run);
        self.subscribe(run);
        let stream = self.candles.stream(&self.state);
        self.candles.go_on(stream, run);
    }

    fn on(&mut self, answer: Answer, run: &mut Shared) -> Option<Answer> {
        match answer {
            Answer::SlotAwaited(now_taken) => {
                if let State::AwaitsSlot { taken, .. } = &mut self.state {
                    *taken = Some(now_taken);
                }
            }
            Answer::Slot(slot) => self.on_slot(slot, run),
            Answer::Refused(items) => self.on_refused(&items, run),
            Answer::Stream(changes) => self.on_changes(*changes, run),
            other => return Some(other),
        }
        None
    }

    fn wakes_at(&self, run: &Shared) -> Option<Instant> {
        let full = self.last_sent.map(|at| at + run.limits.listen);
        let full = full.filter(|at| run.limits.full_listen && *at > run.now);
        [self.connected_by(run), full].into_iter().flatten().min()
    }

    fn on_time(&mut self, run: &mut Shared) {
        if self.connected_by(run).is_some_and(|by| by <= run.now)
            && let Some(error) = self.why_not_open(run)
        {
            self.over(error, run);
        }
    }

    fn retarget(&mut self, moved: &[Option<usize>], run: &mut Shared) {
        move_lines(&mut self.unsubscribed, moved);
        self.by_streamer.retain(|_, lines| {
            *lines = lines.iter().filter_map(|line| moved[*line]).collect();
            !lines.is_empty()
        });
        let dropped = self.drop_unwanted(run);
        if !dropped.is_empty() && self.state.is_live() {
            run.request(Request::Unsubscribe(dropped));
        }
        self.candles.retarget(moved, run);
    }

    fn end(&mut self, how: End, run: &mut Shared) {
        let silent = self.why_silent(run);
        match how {
            End::Interrupted => {}
            // What it has not said so far, it may still say in a round to come.
            End::Settled => self.candles.end(silent, run),
            End::OutOfTime => {
                self.finish(run);
                run.table.conclude_doubtful();
                self.candles.end(silent, run);
                run.table.conclude_all(Provider::Dxlink, silent);
            }
        }
    }
}

impl Dxlink {
    /// Drops what no line wants any more and gives what is to be unsubscribed.
    fn drop_unwanted(&mut self, run: &mut Shared) -> Vec<Subscription> {
        for line in 0..run.table.len() {
            for (supply, _) in LIVE {
                let is_unwanted = run.table.wanted_of(line, supply).is_empty();
                if is_unwanted && run.table.is_asked(line, supply) {
                    run.table.forget(line, supply);
                }
            }
        }
        let is_wanted = |item: &Subscription| {
            let supply = supply_of(item.event_type);
            supply.is_some_and(|supply| !self.lines_for(&item.symbol, supply, run).is_empty())
        };
        let all = self.subscribed.iter().cloned();
        let (kept, dropped): (HashSet<_>, HashSet<_>) = all.partition(is_wanted);
        self.subscribed = kept;
        dropped.into_iter().collect()
    }
}

/// What trades rarely may never send a Trade, so nobody waits for the Trade of an option beside its other events.
fn is_waited_for(supply: Supply, line: usize, run: &Shared) -> bool {
    let mut others = LIVE.iter().filter(|(other, _)| *other != supply);
    let is_optional = supply == Supply::Trade && run.table.kind(line).is_option();
    !is_optional || others.all(|(other, _)| run.table.wanted_of(line, *other).is_empty())
}

/// The name of a line on the stream, looked up when it is first needed.
fn streamer_of(line: usize, run: &mut Shared) -> Option<Arc<str>> {
    let symbol = run.table.symbol(line);
    if run.lines[line].streamer.is_none() {
        let derived = StreamerSymbol::of(symbol);
        // Only the broker knows which contract a root stands for; where it cannot be asked, the stream's own continuous
        // contract has to do.
        let derived = derived.or_else(|| {
            let is_known = run.contracts == Contracts::Known || run.means.is_open_stream;
            is_known.then(|| futures::derived_streamer(symbol, run.today()))?
        });
        run.lines[line].streamer = derived.map(|streamer| Arc::from(streamer.as_str()));
    }
    run.lines[line].streamer.clone()
}

fn event_type_of(supply: Supply) -> EventType {
    let found = LIVE.iter().find(|(other, _)| *other == supply);
    found.map_or(EventType::Candle, |(_, event_type)| *event_type)
}
