//! What comes on the history channel, row by row.
//!
//! Order and flags of the rows mean something there (dxlink-protocol §10), so nothing is merged, and what a reader leaves
//! lying is bounded by dropping rows and saying how many.

use std::collections::HashSet;

use super::event::{Batch, Event, SymbolId};
use super::ledger::{Ledger, Subscription};
use super::table::{Change, Table};

/// Most rows kept for a reader that does not come.
const ROWS: usize = 100_000;

/// The series wanted and their rows.
#[derive(Debug, Default)]
pub(super) struct History {
    /// What is wanted on the channel.
    pub(super) ledger: Ledger,
    wanted: HashSet<SymbolId>,
    rows: Vec<Change>,
    /// Rows that nobody fetched in time.
    pub(super) lost: u64,
}

impl History {
    /// Whether there is a reason to have the channel.
    pub(super) fn is_wanted(&self) -> bool {
        !self.ledger.is_empty()
    }

    /// Adds a user of a series, or gives it another start.
    pub(super) fn add(&mut self, item: &Subscription, table: &mut Table) {
        self.ledger.add(item);
        self.wanted.insert(table.intern(&item.symbol));
    }

    /// Takes a user of a series away.
    pub(super) fn remove(&mut self, item: &Subscription, table: &mut Table) {
        if self.ledger.remove(item) {
            self.wanted.remove(&table.intern(&item.symbol));
        }
    }

    /// Takes over the rows of a frame of the channel; gives how many were wanted.
    pub(super) fn store(&mut self, batch: &mut Batch, table: &Table) -> u64 {
        let mut stored = 0;
        for (id, candle) in batch.candles.drain(..) {
            let Some(symbol) = table.name(id).filter(|_| self.wanted.contains(&id)) else {
                continue;
            };
            stored += 1;
            if self.rows.len() < ROWS {
                self.rows.push(Change {
                    symbol: symbol.clone(),
                    event: Event::Candle(candle),
                });
            } else {
                self.lost += 1;
            }
        }
        stored
    }

    /// Whether there is something the reader has not seen.
    pub(super) fn has_unread(&self) -> bool {
        !self.rows.is_empty()
    }

    /// Every row since the last call, in the order of the wire.
    pub(super) fn take(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.rows)
    }
}
