//! Which series are followed and whose turn it is, over all connections.
//!
//! See `docs/reference/dxlink-protocol.md`, "14. Endpoints, entitlement, limits" and "15. Reconnection".
//!
//! The store says what to ask the server for and takes in what came. Few series load at a time, the next one starts when one
//! is through, and none is waited for longer than its timeout. A reader that does not come costs no more memory than
//! the series themselves: it finds the bars as they are then, and nothing of them is ever dropped.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use tokio::time::Instant;

use super::one::{RowOutcome, Series, Stage, Unread};
use super::{SeriesChange, SeriesFailure, SeriesRequest};
use crate::event::{Candle, SymbolId};
use crate::limits::SERIES;
use crate::snapshot::TooManyRows;
use crate::subscription::Subscription;

/// How much of everything there may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SeriesLimits {
    /// Series that load at the same time.
    pub loading: usize,
    /// Series that the server is asked for at the same time. It refuses the hundredth without saying which one
    /// (`docs/reference/dxlink-protocol.md`, "14. Endpoints, entitlement, limits").
    pub requested: usize,
    /// Bars of one series. A lifetime of days has fewer.
    pub bars: usize,
}

impl Default for SeriesLimits {
    fn default() -> Self {
        Self {
            loading: 18,
            requested: SERIES,
            bars: 12_000,
        }
    }
}

/// Something to ask of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SeriesCommand {
    /// Ask for this, or for this start instead of another one.
    Follow(Subscription),
    /// Take this back.
    Release(Subscription),
}

/// The series that are followed.
#[derive(Debug, Default)]
pub(crate) struct SeriesStore {
    limits: SeriesLimits,
    series: HashMap<SymbolId, Series>,
    /// Whose turn is next, in the order of asking.
    queue: BTreeMap<u64, SymbolId>,
    /// What the server is asked for.
    requested: BTreeSet<SymbolId>,
    /// What the server is to be asked for no longer.
    released: Vec<Subscription>,
    /// What has news, the oldest first.
    unread: Vec<SymbolId>,
    /// How many were ever asked for.
    asked: u64,
    is_open: bool,
    /// Since when the queue stands still because nothing leaves.
    full_since: Option<Instant>,
}

impl SeriesStore {
    /// A store with other limits than the usual ones.
    #[cfg(test)]
    pub(crate) fn new(limits: SeriesLimits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// Follows a series. One that is followed already starts where it is asked for now.
    pub(crate) fn follow(&mut self, id: SymbolId, request: SeriesRequest) {
        let known = self.series.get_mut(&id);
        if let Some(series) = known.filter(|series| series.stage != Stage::Failed) {
            series.timeout = request.timeout;
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
    pub(crate) fn unfollow(&mut self, id: SymbolId) {
        if let Some(series) = self.series.remove(&id) {
            self.leave(id, &series);
        }
    }

    fn leave(&mut self, id: SymbolId, series: &Series) {
        self.queue.remove(&series.number);
        if self.requested.remove(&id) {
            self.released.push(series.subscription());
        }
    }

    /// Whether a series is wanted from the server.
    pub(crate) fn is_wanted(&self) -> bool {
        !(self.queue.is_empty() && self.requested.is_empty())
    }

    /// The channel is open.
    pub(crate) fn on_opened(&mut self) {
        self.is_open = true;
    }

    /// The channel is gone, and with it all that was asked for. What it had begun is void.
    pub(crate) fn on_closed(&mut self) {
        self.is_open = false;
        self.full_since = None;
        self.released.clear();
        for id in std::mem::take(&mut self.requested) {
            if let Some(series) = self.series.get_mut(&id) {
                series.requeue();
                self.queue.insert(series.number, id);
            }
        }
    }

    /// Gives up every series.
    pub(crate) fn fail_all(&mut self, failure: &SeriesFailure) {
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
    pub(crate) fn fail_silent(&mut self, failure: &SeriesFailure) {
        let is_silent = |series: &Series| {
            let is_loading = series.stage == Stage::Loading && series.deadline.is_some();
            is_loading && series.bars.is_empty() && !series.receiver.is_pending()
        };
        let silent: Vec<SymbolId> = self
            .requested
            .iter()
            .copied()
            .filter(|id| self.series.get(id).is_some_and(is_silent))
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
        self.mark_unread(id);
    }

    /// What is to be asked of the server now.
    pub(crate) fn commands(&mut self, now: Instant) -> Vec<SeriesCommand> {
        let mut commands: Vec<SeriesCommand> = self
            .released
            .drain(..)
            .map(SeriesCommand::Release)
            .collect();
        let mut loading = self.loading().count();
        while self.is_open && loading < self.limits.loading {
            let Some(next) = self.queue.first_entry() else {
                break;
            };
            if self.requested.len() >= self.limits.requested && !self.requested.contains(next.get())
            {
                break;
            }
            let id = next.remove();
            if let Some(series) = self.series.get_mut(&id) {
                series.stage = Stage::Loading;
                series.asked = series.resumption();
                commands.push(SeriesCommand::Follow(series.subscription()));
                self.requested.insert(id);
                loading += 1;
            }
        }
        let is_full = self.is_open && loading == 0 && !self.queue.is_empty();
        self.full_since = is_full.then(|| self.full_since.unwrap_or(now));
        commands
    }

    fn loading(&self) -> impl Iterator<Item = &Series> {
        let requested = self.requested.iter().filter_map(|id| self.series.get(id));
        requested.filter(|series| series.stage == Stage::Loading)
    }

    /// Takes in the moments at which the subscriptions were sent: timeouts count from then.
    pub(crate) fn on_sent(&mut self, sent_at: impl Fn(&Subscription) -> Option<Instant>) {
        for id in &self.requested {
            let Some(series) = self.series.get_mut(id) else {
                continue;
            };
            if series.stage == Stage::Loading {
                // What is about to be sent once more has its whole time again.
                let sent = sent_at(&series.subscription());
                series.deadline = sent.map(|at| series.deadline.unwrap_or(at + series.timeout));
            }
        }
    }

    /// The next moment at which something is overdue.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        let requested = self
            .requested
            .iter()
            .filter_map(|id| self.series.get(id)?.deadline);
        requested
            .chain(self.queued_deadlines().map(|(_, _, at)| at))
            .min()
    }

    /// Until when the queued may wait, as far as they wait for room.
    fn queued_deadlines(&self) -> impl Iterator<Item = (SymbolId, SeriesFailure, Instant)> {
        let limit = self.limits.requested;
        self.full_since
            .into_iter()
            .flat_map(move |since| self.queue.values().map(move |id| (*id, since)))
            .filter_map(move |(id, since)| {
                let deadline = since + self.series.get(&id)?.timeout;
                Some((id, SeriesFailure::NoRoom { limit }, deadline))
            })
    }

    /// Gives up what is overdue.
    pub(crate) fn on_time(&mut self, now: Instant) {
        let requested = self.requested.iter().filter_map(|id| {
            let series = self.series.get(id)?;
            let after = series.timeout;
            Some((*id, SeriesFailure::Overdue { after }, series.deadline?))
        });
        let overdue: Vec<_> = requested
            .chain(self.queued_deadlines())
            .filter(|(_, _, deadline)| now >= *deadline)
            .collect();
        for (id, failure, _) in overdue {
            self.fail(id, failure);
        }
    }

    /// Takes in a row; gives whether anybody waits for it.
    pub(crate) fn take_row(&mut self, id: SymbolId, row: Candle, now: Instant) -> bool {
        let limit = self.limits.bars;
        let known = self.series.get_mut(&id);
        let Some(series) =
            known.filter(|series| matches!(series.stage, Stage::Loading | Stage::Live))
        else {
            return false;
        };
        match series.take(row, now, limit) {
            Ok(RowOutcome::Mismatch) => drop(self.queue.insert(series.number, id)),
            Ok(RowOutcome::Applied) if series.unread == Unread::Nothing => {}
            Ok(RowOutcome::Applied) => self.mark_unread(id),
            Err(TooManyRows { limit }) => self.fail(id, SeriesFailure::TooLong { limit }),
        }
        true
    }

    fn mark_unread(&mut self, id: SymbolId) {
        if !self.unread.contains(&id) {
            self.unread.push(id);
        }
    }

    /// Whether there is something the reader has not seen.
    pub(crate) fn has_unread(&self) -> bool {
        !self.unread.is_empty()
    }

    /// Everything that is new since the last call.
    pub(crate) fn take_changes(&mut self) -> Vec<SeriesChange> {
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
