//! The state of the history channel: the series that are followed and the set of their subscriptions.
//!
//! Which series load when the [`SeriesStore`] decides, what is sent for it the [`SubscriptionSet`]; here the one is carried
//! over to the other.

use tokio::time::Instant;

use crate::candle_symbol::CandleSymbol;
use crate::event::Batch;
use crate::series::{SeriesChange, SeriesCommand, SeriesFailure, SeriesRequest, SeriesStore};
use crate::subscription_set::SubscriptionSet;
use crate::table::Table;

/// The series and what the channel knows of them.
#[derive(Debug, Default)]
pub struct History {
    /// What the channel is sent.
    pub subscriptions: SubscriptionSet,
    store: SeriesStore,
    /// Why there will never be a series, if that is so.
    over: Option<SeriesFailure>,
}

impl History {
    /// Follows series, each from its own start.
    pub fn follow(&mut self, requests: Vec<SeriesRequest>, table: &mut Table) {
        for request in requests {
            let id = table.intern(&request.symbol.shared());
            self.store.follow(id, request);
        }
        if let Some(failure) = &self.over {
            self.store.fail_all(failure);
        }
    }

    /// Follows series no longer.
    pub fn unfollow(&mut self, symbols: &[CandleSymbol], table: &mut Table) {
        for symbol in symbols {
            self.store.unfollow(table.intern(&symbol.shared()));
        }
    }

    /// Whether there is a reason to have the channel.
    pub fn is_wanted(&self) -> bool {
        self.store.is_wanted()
    }

    /// The channel is open and has been sent nothing.
    pub fn on_opened(&mut self, channel: u64) {
        self.subscriptions.channel_opened(channel);
        self.store.on_opened();
    }

    /// The channel is gone. The store decides anew what the next one is asked for, and when.
    pub fn on_closed(&mut self) {
        self.subscriptions.channel_closed();
        self.subscriptions.reset();
        self.store.on_closed();
    }

    /// There is no channel on this connection. A later wish asks for it again.
    pub fn on_refused(&mut self, reason: String) {
        self.store.fail_all(&SeriesFailure::Refused { reason });
    }

    /// The server holds too many series. Which one it did not take it does not say.
    pub(super) fn on_limited(&mut self, reason: &str) {
        self.start_timeouts();
        let reason = reason.to_owned();
        self.store.fail_silent(&SeriesFailure::Limited { reason });
    }

    /// There will be no further connection.
    pub fn on_end(&mut self, reason: String) {
        let failure = SeriesFailure::Lost { reason };
        self.store.fail_all(&failure);
        self.over = Some(failure);
    }

    /// Looks at the clock and puts into the set what the channel is to be sent.
    pub fn update(&mut self, now: Instant) {
        self.start_timeouts();
        let subscriptions = &mut self.subscriptions;
        self.store.on_time(now);
        for command in self.store.commands(now) {
            match command {
                SeriesCommand::Follow(item) if subscriptions.restart(&item) => {}
                SeriesCommand::Follow(item) => drop(subscriptions.add(&item)),
                SeriesCommand::Release(item) => drop(subscriptions.remove(&item)),
            }
        }
    }

    /// Starts the timeouts of series whose subscriptions have been sent.
    pub(super) fn start_timeouts(&mut self) {
        let subscriptions = &self.subscriptions;
        self.store.on_sent(|item| subscriptions.sent_at(item));
    }

    /// The next moment at which something is overdue.
    pub fn deadline(&self) -> Option<Instant> {
        self.store.deadline()
    }

    /// Takes over the rows of a frame of the channel; gives how many were wanted.
    pub fn store(&mut self, batch: &mut Batch, now: Instant) -> u64 {
        let mut stored = 0;
        for (id, candle) in batch.candles.drain(..) {
            stored += u64::from(self.store.take_row(id, candle, now));
        }
        stored
    }

    /// Whether there is something the reader has not seen.
    pub fn has_unread(&self) -> bool {
        self.store.has_unread()
    }

    /// Everything that is new since the last call.
    pub fn take_changes(&mut self) -> Vec<SeriesChange> {
        self.store.take_changes()
    }
}
