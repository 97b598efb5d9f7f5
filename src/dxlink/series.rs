//! Which series of bars are followed, how far each is, and what of it the reader has not seen yet (dxlink-protocol §10,
//! §14 and §15).
//!
//! The book outlives connections and knows neither messages nor sockets: it says what to tell the server and is told
//! what came. Few series load at a time, the next one starts when one is through, and none is waited for longer than its
//! patience. A reader that does not come costs no more memory than the series themselves: it finds the bars as they are
//! then, and nothing of them is ever dropped.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use tokio::time::Instant;

use super::candle_symbol::CandleSymbol;
use super::event::{Candle, EventType, Millis, SymbolId};
use super::ledger::Subscription;
use super::limits::SERIES;
use super::snapshot::{Indexed, Receiver, TooManyRows, Transaction};

/// A series to follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesRequest {
    /// Whose bars, and which.
    pub symbol: CandleSymbol,
    /// The start of the first bar wanted.
    pub from: Millis,
    /// The longest wait for the whole of it, from the moment the server was asked.
    pub patience: Duration,
}

/// Something new about a series.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesChange {
    /// Which series.
    pub symbol: CandleSymbol,
    /// What is new.
    pub news: SeriesNews,
}

/// What is new about a series.
#[derive(Clone, Debug, PartialEq)]
pub enum SeriesNews {
    /// All its bars: what was known before is void.
    Snapshot {
        /// Ascending in time; possibly none.
        bars: Vec<Candle>,
        /// Whether the server has older bars that it will not send.
        truncated: bool,
    },
    /// Some of its bars. Before the first snapshot they are no history yet.
    Update {
        /// New and changed bars, ascending in time.
        bars: Vec<Candle>,
        /// Indices of bars that are gone.
        removed: Vec<i64>,
    },
    /// It is not followed any more.
    Failed(SeriesFailure),
}

/// Why a series is not followed any more.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SeriesFailure {
    /// The server did not complete it. No data, no entitlement and no such symbol look the same.
    #[error("no complete history came within {} s", after.as_secs_f64())]
    Overdue {
        /// How long was waited.
        after: Duration,
    },
    /// The server gives no history at all.
    #[error("the stream gives no history: {reason}")]
    Refused {
        /// Why, redacted.
        reason: String,
    },
    /// It has more bars than are kept.
    #[error("the history has more than {limit} bars")]
    TooLong {
        /// How many are kept.
        limit: usize,
    },
    /// There was no room for it beside the others for as long as its patience.
    #[error("no more than {limit} histories can be followed at a time")]
    NoRoom {
        /// How many fit.
        limit: usize,
    },
    /// The connection is gone for good.
    #[error("the stream is gone: {reason}")]
    Lost {
        /// Why, redacted.
        reason: String,
    },
}

/// How much of everything there may be.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Series that load at the same time.
    pub loading: usize,
    /// Series that the server is asked for at the same time. It refuses the hundredth without saying which one
    /// (dxlink-protocol §14).
    pub told: usize,
    /// Bars of one series. A lifetime of days has fewer.
    pub bars: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            loading: 18,
            told: SERIES,
            bars: 12_000,
        }
    }
}

/// Something to tell the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Ask for this, or for this start instead of another one.
    Follow(Subscription),
    /// Take this back.
    Release(Subscription),
}

impl Indexed for Candle {
    fn index(&self) -> i64 {
        self.index
    }

    fn flags(&self) -> i64 {
        self.event_flags
    }

    fn clear_flags(&mut self) {
        self.event_flags = 0;
    }
}

/// How far a series is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// It waits for its turn.
    Queued,
    /// The server is asked and has not sent everything yet.
    Loading,
    /// Everything is there; changes follow.
    Live,
    /// It has failed and is only here to say so.
    Failed,
}

/// What follows from a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Taken {
    /// The bars are as the server says.
    Well,
    /// The older bars do not fit the new ones: all of them are to be asked for.
    Again,
}

/// What the reader has not seen.
#[derive(Debug, PartialEq)]
enum Unread {
    Nothing,
    /// The bars with these indices, or that there are none.
    Some(BTreeSet<i64>),
    All,
    Failure(SeriesFailure),
}

#[derive(Debug)]
struct Series {
    symbol: CandleSymbol,
    from: Millis,
    patience: Duration,
    /// The order of asking.
    number: u64,
    stage: Stage,
    /// The start that the server was asked for: later than `from` when older bars are here already.
    asked: Millis,
    /// Until when a transaction must be whole, if one is waited for.
    deadline: Option<Instant>,
    receiver: Receiver<Candle>,
    bars: BTreeMap<i64, Candle>,
    /// Whether the server kept older bars back; `None` as long as there was no whole snapshot.
    truncated: Option<bool>,
    unread: Unread,
}

impl Series {
    fn new(request: SeriesRequest, number: u64, bars: usize) -> Self {
        Self {
            symbol: request.symbol,
            from: request.from,
            patience: request.patience,
            number,
            stage: Stage::Queued,
            asked: request.from,
            deadline: None,
            receiver: Receiver::new(bars),
            bars: BTreeMap::new(),
            truncated: None,
            unread: Unread::Nothing,
        }
    }

    fn subscription(&self) -> Subscription {
        Subscription::series(EventType::Candle, self.symbol.as_str(), self.asked)
    }

    /// Back into the queue, without what was half there.
    fn requeue(&mut self) {
        self.stage = Stage::Queued;
        self.deadline = None;
        self.receiver.reset();
    }

    /// Where to go on: the newest bar may have been open, the one before it was closed.
    fn resumption(&self) -> Millis {
        let closed = self.bars.values().rev().nth(1);
        match (self.truncated, closed) {
            (Some(_), Some(bar)) => bar.time.max(self.from),
            _ => self.from,
        }
    }

    fn take(&mut self, row: Candle, now: Instant, limit: usize) -> Result<Taken, TooManyRows> {
        let taken = match self.receiver.take(row)? {
            Some(Transaction::Snapshot { rows, truncated }) => self.replace(rows, truncated),
            Some(Transaction::Update { upserts, removed }) => {
                self.change(upserts, &removed, limit);
                Taken::Well
            }
            None => Taken::Well,
        };
        if taken == Taken::Again {
            return Ok(taken);
        }
        if self.bars.len() > limit
            || matches!(&self.unread, Unread::Some(some) if some.len() > limit)
        {
            return Err(TooManyRows { limit });
        }
        // What was begun must come to an end, also when everything has been there before.
        if self.stage == Stage::Live {
            self.deadline = self
                .receiver
                .is_pending()
                .then(|| self.deadline.unwrap_or(now + self.patience));
        }
        Ok(taken)
    }

    fn replace(&mut self, rows: Vec<Candle>, truncated: bool) -> Taken {
        let before = self.truncated.unwrap_or(false);
        // Bars older than what was asked for are still good, unless the server left a gap behind them.
        if self.asked > self.from && !truncated {
            if !self.fits(&rows) {
                self.bars.clear();
                self.truncated = None;
                self.unread = Unread::Nothing;
                self.requeue();
                return Taken::Again;
            }
            let asked = self.asked;
            self.bars.retain(|_, bar| bar.time < asked);
            self.truncated = Some(before);
        } else {
            self.bars.clear();
            self.truncated = Some(truncated);
        }
        self.bars
            .extend(rows.into_iter().map(|bar| (bar.index, bar)));
        self.unread = Unread::All;
        self.stage = Stage::Live;
        self.deadline = None;
        Taken::Well
    }

    /// Whether rows go on where the bars end. The bar that both have was closed: if it is another one now, a split or a
    /// correction changed all that is older, too.
    fn fits(&self, rows: &[Candle]) -> bool {
        let common = self.bars.values().rev().find(|bar| bar.time == self.asked);
        common.is_some_and(|bar| {
            rows.iter()
                .any(|row| row.index == bar.index && row.close == bar.close)
        })
    }

    fn change(&mut self, upserts: Vec<Candle>, removed: &[i64], limit: usize) {
        if self.unread == Unread::Nothing {
            self.unread = Unread::Some(BTreeSet::new());
        }
        if let Unread::Some(indices) = &mut self.unread {
            indices.extend(removed.iter().chain(upserts.iter().map(|bar| &bar.index)));
            if indices.len() > limit && self.truncated.is_some() {
                self.unread = Unread::All;
            }
        }
        for index in removed {
            self.bars.remove(index);
        }
        self.bars
            .extend(upserts.into_iter().map(|bar| (bar.index, bar)));
    }

    fn fail(&mut self, failure: SeriesFailure) {
        self.stage = Stage::Failed;
        self.deadline = None;
        self.receiver.reset();
        self.bars = BTreeMap::new();
        self.unread = Unread::Failure(failure);
    }

    fn news(&mut self) -> Option<SeriesNews> {
        match std::mem::replace(&mut self.unread, Unread::Nothing) {
            Unread::Nothing => None,
            Unread::All => Some(SeriesNews::Snapshot {
                bars: self.bars.values().cloned().collect(),
                truncated: self.truncated.unwrap_or(false),
            }),
            Unread::Some(indices) => {
                let (there, removed): (Vec<i64>, Vec<i64>) = indices
                    .into_iter()
                    .partition(|index| self.bars.contains_key(index));
                let bars = there.iter().filter_map(|index| self.bars.get(index));
                Some(SeriesNews::Update {
                    bars: bars.cloned().collect(),
                    removed,
                })
            }
            Unread::Failure(failure) => Some(SeriesNews::Failed(failure)),
        }
    }
}

/// The series that are followed.
#[derive(Debug, Default)]
pub struct Book {
    limits: Limits,
    series: HashMap<SymbolId, Series>,
    /// Whose turn is next, in the order of asking.
    queue: BTreeMap<u64, SymbolId>,
    /// What the server is asked for.
    told: BTreeSet<SymbolId>,
    /// What the server is to be told to forget.
    released: Vec<Subscription>,
    /// What has news, the oldest first.
    unread: Vec<SymbolId>,
    /// How many were ever asked for.
    asked: u64,
    is_open: bool,
    /// Since when the queue stands still because nothing leaves.
    full_since: Option<Instant>,
}

impl Book {
    /// A book with other limits than the usual ones.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// Follows a series. One that is followed already starts where it is asked for now.
    pub fn follow(&mut self, id: SymbolId, request: SeriesRequest) {
        let known = self.series.get_mut(&id);
        if let Some(series) = known.filter(|series| series.stage != Stage::Failed) {
            series.patience = request.patience;
            if series.from == request.from {
                return;
            }
            let number = series.number;
            *series = Series::new(request, number, self.limits.bars);
            self.queue.insert(number, id);
            return;
        }
        let series = Series::new(request, self.asked, self.limits.bars);
        self.queue.insert(self.asked, id);
        self.asked += 1;
        self.series.insert(id, series);
    }

    /// Follows a series no longer; what the reader has not seen of it is gone.
    pub fn unfollow(&mut self, id: SymbolId) {
        if let Some(series) = self.series.remove(&id) {
            self.leave(id, &series);
        }
    }

    fn leave(&mut self, id: SymbolId, series: &Series) {
        self.queue.remove(&series.number);
        if self.told.remove(&id) {
            self.released.push(series.subscription());
        }
    }

    /// Whether a series is wanted from the server.
    pub fn is_wanted(&self) -> bool {
        !(self.queue.is_empty() && self.told.is_empty())
    }

    /// The server can be told.
    pub fn opened(&mut self) {
        self.is_open = true;
    }

    /// The server cannot be told any more and has forgotten everything. What it had begun is void.
    pub fn closed(&mut self) {
        self.is_open = false;
        self.full_since = None;
        self.released.clear();
        for id in std::mem::take(&mut self.told) {
            if let Some(series) = self.series.get_mut(&id) {
                series.requeue();
                self.queue.insert(series.number, id);
            }
        }
    }

    /// Gives up every series.
    pub fn fail_all(&mut self, failure: &SeriesFailure) {
        let mut wanted: Vec<(u64, SymbolId)> = self
            .series
            .iter()
            .filter(|(_, series)| series.stage != Stage::Failed)
            .map(|(id, series)| (series.number, *id))
            .collect();
        wanted.sort_unstable();
        for (_, id) in wanted {
            self.fail(id, failure.clone());
        }
    }

    /// Gives up what the server was asked for and sent nothing of: it may have refused it without a word which one.
    pub fn fail_silent(&mut self, failure: &SeriesFailure) {
        let is_silent = |series: &Series| {
            let is_loading = series.stage == Stage::Loading && series.deadline.is_some();
            is_loading && series.bars.is_empty() && !series.receiver.is_pending()
        };
        let silent: Vec<SymbolId> = self
            .series
            .iter()
            .filter(|(_, series)| is_silent(series))
            .map(|(id, _)| *id)
            .collect();
        for id in silent {
            self.fail(id, failure.clone());
        }
    }

    fn fail(&mut self, id: SymbolId, failure: SeriesFailure) {
        let Some(mut series) = self.series.remove(&id) else {
            return;
        };
        self.leave(id, &series);
        series.fail(failure);
        self.series.insert(id, series);
        self.note(id);
    }

    /// What the server is to be told now.
    pub fn wishes(&mut self, now: Instant) -> Vec<Wish> {
        let mut wishes: Vec<Wish> = self.released.drain(..).map(Wish::Release).collect();
        let mut loading = self.loading().count();
        while self.is_open && loading < self.limits.loading {
            let Some(next) = self.queue.first_entry() else {
                break;
            };
            if self.told.len() >= self.limits.told && !self.told.contains(next.get()) {
                break;
            }
            let id = next.remove();
            if let Some(series) = self.series.get_mut(&id) {
                series.stage = Stage::Loading;
                series.asked = series.resumption();
                wishes.push(Wish::Follow(series.subscription()));
                self.told.insert(id);
                loading += 1;
            }
        }
        let is_full = self.is_open && loading == 0 && !self.queue.is_empty();
        self.full_since = is_full.then(|| self.full_since.unwrap_or(now));
        wishes
    }

    fn loading(&self) -> impl Iterator<Item = &Series> {
        let told = self.told.iter().filter_map(|id| self.series.get(id));
        told.filter(|series| series.stage == Stage::Loading)
    }

    /// Takes in the moments at which the server was told what it was asked for: patience counts from then.
    pub fn told(&mut self, told_at: impl Fn(&Subscription) -> Option<Instant>) {
        for id in &self.told {
            let Some(series) = self.series.get_mut(id) else {
                continue;
            };
            if series.stage == Stage::Loading && series.deadline.is_none() {
                series.deadline = told_at(&series.subscription()).map(|at| at + series.patience);
            }
        }
    }

    /// The next moment at which something is overdue.
    pub fn deadline(&self) -> Option<Instant> {
        let told = self
            .told
            .iter()
            .filter_map(|id| self.series.get(id)?.deadline);
        told.chain(self.queued_deadlines().map(|(_, _, at)| at))
            .min()
    }

    /// Until when the queued may wait, as far as they wait for room.
    fn queued_deadlines(&self) -> impl Iterator<Item = (SymbolId, SeriesFailure, Instant)> {
        let limit = self.limits.told;
        self.full_since
            .into_iter()
            .flat_map(move |since| self.queue.values().map(move |id| (*id, since)))
            .filter_map(move |(id, since)| {
                let deadline = since + self.series.get(&id)?.patience;
                Some((id, SeriesFailure::NoRoom { limit }, deadline))
            })
    }

    /// Gives up what is overdue.
    pub fn on_time(&mut self, now: Instant) {
        let told = self.told.iter().filter_map(|id| {
            let series = self.series.get(id)?;
            let after = series.patience;
            Some((*id, SeriesFailure::Overdue { after }, series.deadline?))
        });
        let overdue: Vec<_> = told
            .chain(self.queued_deadlines())
            .filter(|(_, _, deadline)| now >= *deadline)
            .collect();
        for (id, failure, _) in overdue {
            self.fail(id, failure);
        }
    }

    /// Takes in a row; gives whether anybody waits for it.
    pub fn take_row(&mut self, id: SymbolId, row: Candle, now: Instant) -> bool {
        let limit = self.limits.bars;
        let known = self.series.get_mut(&id);
        let Some(series) =
            known.filter(|series| matches!(series.stage, Stage::Loading | Stage::Live))
        else {
            return false;
        };
        match series.take(row, now, limit) {
            Ok(Taken::Again) => drop(self.queue.insert(series.number, id)),
            Ok(Taken::Well) if series.unread == Unread::Nothing => {}
            Ok(Taken::Well) => self.note(id),
            Err(TooManyRows { limit }) => self.fail(id, SeriesFailure::TooLong { limit }),
        }
        true
    }

    fn note(&mut self, id: SymbolId) {
        if !self.unread.contains(&id) {
            self.unread.push(id);
        }
    }

    /// Whether there is something the reader has not seen.
    pub fn has_unread(&self) -> bool {
        !self.unread.is_empty()
    }

    /// Everything that is new since the last call.
    pub fn take_changes(&mut self) -> Vec<SeriesChange> {
        let mut changes = Vec::new();
        for id in std::mem::take(&mut self.unread) {
            let Some(series) = self.series.get_mut(&id) else {
                continue;
            };
            let symbol = series.symbol.clone();
            changes.extend(series.news().map(|news| SeriesChange { symbol, news }));
            if series.stage == Stage::Failed {
                self.series.remove(&id);
            }
        }
        changes
    }
}

#[cfg(test)]
mod tests;
