//! The history channel's side of the bookkeeping: the series that are followed and the set of what the channel is
//! told about them.
//!
//! Which series load when is the [`Book`]'s business, how that is told the [`SubscriptionSet`]'s; here the one is carried over to
//! the other.

use tokio::time::Instant;

use crate::candle_symbol::CandleSymbol;
use crate::event::Batch;
use crate::series::{Book, SeriesChange, SeriesFailure, SeriesRequest, Wish};
use crate::subscription_set::SubscriptionSet;
use crate::table::Table;

/// The series and what the channel knows of them.
#[derive(Debug, Default)]
pub struct History {
    /// What the channel is told.
    pub subscriptions: SubscriptionSet,
    book: Book,
    /// Why there will never be a series, if that is so.
    over: Option<SeriesFailure>,
}

impl History {
    /// Follows series, each from its own start.
    pub fn follow(&mut self, requests: Vec<SeriesRequest>, table: &mut Table) {
        for request in requests {
            let id = table.intern(&request.symbol.shared());
            self.book.follow(id, request);
        }
        if let Some(failure) = &self.over {
            self.book.fail_all(failure);
        }
    }

    /// Follows series no longer.
    pub fn unfollow(&mut self, symbols: &[CandleSymbol], table: &mut Table) {
        for symbol in symbols {
            self.book.unfollow(table.intern(&symbol.shared()));
        }
    }

    /// Whether there is a reason to have the channel.
    pub fn is_wanted(&self) -> bool {
        self.book.is_wanted()
    }

    /// The channel is ready and knows nothing.
    pub fn opened(&mut self, channel: u64) {
        self.subscriptions.channel_opened(channel);
        self.book.opened();
    }

    /// The channel is gone. The book decides anew what the next one is told, and when.
    pub fn closed(&mut self) {
        self.subscriptions.channel_closed();
        self.subscriptions.reset();
        self.book.closed();
    }

    /// There is no channel on this connection. A later wish asks for it again.
    pub fn refused(&mut self, reason: String) {
        self.book.fail_all(&SeriesFailure::Refused { reason });
    }

    /// The server holds too many series. Which one it did not take it does not say.
    pub(super) fn limited(&mut self, reason: &str) {
        self.told();
        let reason = reason.to_owned();
        self.book.fail_silent(&SeriesFailure::Limited { reason });
    }

    /// There will be no further connection.
    pub fn end(&mut self, reason: String) {
        let failure = SeriesFailure::Lost { reason };
        self.book.fail_all(&failure);
        self.over = Some(failure);
    }

    /// Looks at the clock and puts into the set what the channel is to be told.
    pub fn settle(&mut self, now: Instant) {
        self.told();
        let subscriptions = &mut self.subscriptions;
        self.book.on_time(now);
        for wish in self.book.wishes(now) {
            match wish {
                Wish::Follow(item) if subscriptions.restart(&item) => {}
                Wish::Follow(item) => drop(subscriptions.add(&item)),
                Wish::Release(item) => drop(subscriptions.remove(&item)),
            }
        }
    }

    /// Starts the timeouts of series that the channel has been told of.
    pub(super) fn told(&mut self) {
        let subscriptions = &self.subscriptions;
        self.book.told(|item| subscriptions.sent_at(item));
    }

    /// The next moment at which something is overdue.
    pub fn deadline(&self) -> Option<Instant> {
        self.book.deadline()
    }

    /// Takes over the rows of a frame of the channel; gives how many were wanted.
    pub fn store(&mut self, batch: &mut Batch, now: Instant) -> u64 {
        let mut stored = 0;
        for (id, candle) in batch.candles.drain(..) {
            stored += u64::from(self.book.take_row(id, candle, now));
        }
        stored
    }

    /// Whether there is something the reader has not seen.
    pub fn has_unread(&self) -> bool {
        self.book.has_unread()
    }

    /// Everything that is new since the last call.
    pub fn take_changes(&mut self) -> Vec<SeriesChange> {
        self.book.take_changes()
    }
}
