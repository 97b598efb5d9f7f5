//! One series: how far it is, the bars that are held of it, and what of them the reader has not seen.
//!
//! See `docs/reference/dxlink-protocol.md`, "10. Indexed events, snapshots, eventFlags" and "15. Reconnection".
//!
//! Knows nothing of other series; whose turn it is, the store decides.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::time::Instant;

use super::{SeriesFailure, SeriesNews, SeriesRequest};
use crate::candle_symbol::CandleSymbol;
use crate::event::{Candle, EventType, Millis};
use crate::snapshot::{Indexed, Receiver, TooManyRows, Transaction};
use crate::subscription::Subscription;

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
pub(super) enum Stage {
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
pub(super) enum RowOutcome {
    /// The bars are as the server says.
    Applied,
    /// The older bars do not fit the new ones: all of them are to be asked for.
    Mismatch,
}

/// What the reader has not seen.
#[derive(Debug, PartialEq)]
pub(super) enum Unread {
    Nothing,
    /// The bars with these indices, or that there are none.
    Some(BTreeSet<i64>),
    All,
    Failure(SeriesFailure),
}

#[derive(Debug)]
pub(super) struct Series {
    pub(super) symbol: CandleSymbol,
    pub(super) from: Millis,
    pub(super) timeout: Duration,
    /// The order of asking.
    pub(super) number: u64,
    pub(super) stage: Stage,
    /// The start that the server was asked for: later than `from` when older bars are here already.
    pub(super) asked: Millis,
    /// Until when a transaction must be whole, if one is waited for.
    pub(super) deadline: Option<Instant>,
    pub(super) receiver: Receiver<Candle>,
    pub(super) bars: BTreeMap<i64, Candle>,
    /// Whether the server kept older bars back; `None` as long as there was no whole snapshot.
    pub(super) truncated: Option<bool>,
    pub(super) unread: Unread,
}

impl Series {
    pub(super) fn new(request: SeriesRequest, number: u64, bars: usize) -> Self {
        Self {
            symbol: request.symbol,
            from: request.from,
            timeout: request.timeout,
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

    pub(super) fn subscription(&self) -> Subscription {
        Subscription::series(EventType::Candle, self.symbol.as_str(), self.asked)
    }

    /// Back into the queue, without what was half there.
    pub(super) fn requeue(&mut self) {
        self.stage = Stage::Queued;
        self.deadline = None;
        self.receiver.reset();
    }

    /// Where to go on: the newest bar may have been open, the one before it was closed.
    pub(super) fn resumption(&self) -> Millis {
        let closed = self.bars.values().rev().nth(1);
        match (self.truncated, closed) {
            (Some(_), Some(bar)) => bar.time.max(self.from),
            _ => self.from,
        }
    }

    pub(super) fn take(
        &mut self,
        row: Candle,
        now: Instant,
        limit: usize,
    ) -> Result<RowOutcome, TooManyRows> {
        let taken = match self.receiver.take(row)? {
            Some(Transaction::Snapshot { rows, truncated }) => self.replace(rows, truncated),
            Some(Transaction::Update { upserts, removed }) => {
                self.change(upserts, &removed, limit);
                RowOutcome::Applied
            }
            None => RowOutcome::Applied,
        };
        if taken == RowOutcome::Mismatch {
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
                .then(|| self.deadline.unwrap_or(now + self.timeout));
        }
        Ok(taken)
    }

    fn replace(&mut self, rows: Vec<Candle>, truncated: bool) -> RowOutcome {
        let before = self.truncated.unwrap_or(false);
        // Bars older than what was asked for are still good, unless the server left a gap behind them.
        if self.asked > self.from && !truncated {
            if !self.fits(&rows) {
                self.bars.clear();
                self.truncated = None;
                self.unread = Unread::Nothing;
                self.requeue();
                return RowOutcome::Mismatch;
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
        RowOutcome::Applied
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

    pub(super) fn fail(&mut self, failure: SeriesFailure) {
        self.stage = Stage::Failed;
        self.deadline = None;
        self.receiver.reset();
        self.bars = BTreeMap::new();
        self.unread = Unread::Failure(failure);
    }

    pub(super) fn news(&mut self) -> Option<SeriesNews> {
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
