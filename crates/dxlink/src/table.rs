//! The newest event per type and symbol, and which of them the reader has not seen yet.
//!
//! Memory is bounded by what is subscribed: a flood of events overwrites, it never queues. A reader that comes late finds
//! the newest values, which is all that a quote is worth.

use std::sync::Arc;

use crate::decode::Names;
use crate::event::{
    Batch, Candle, Event, EventType, Greeks, Profile, Quote, Record, Summary, SymbolId, Trade,
    TradeEth, Underlying,
};
use crate::names::Symbols;

/// A changed value.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Whose, as the stream spells it.
    pub symbol: Arc<str>,
    /// The newest event.
    pub event: Event,
}

/// One type's newest events, by symbol.
#[derive(Debug)]
struct Newest<T> {
    cells: Vec<Cell<T>>,
    /// Symbols whose value is new to the reader.
    unread: Vec<SymbolId>,
}

#[derive(Debug, Default)]
struct Cell<T> {
    value: T,
    state: State,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// Nobody asked for it: what comes is dropped.
    #[default]
    Unwanted,
    /// Asked for; nothing came yet.
    Silent,
    /// Asked for; the reader has seen what there is.
    Read,
    /// Asked for; there is something new.
    Unread,
}

impl<T> Default for Newest<T> {
    fn default() -> Self {
        Self {
            cells: Vec::new(),
            unread: Vec::new(),
        }
    }
}

impl<T: Record> Newest<T> {
    fn want(&mut self, id: SymbolId, wanted: bool) {
        let at = id.0 as usize;
        if wanted && self.cells.len() <= at {
            self.cells.resize_with(at + 1, Cell::default);
        }
        if let Some(cell) = self.cells.get_mut(at) {
            *cell = Cell {
                value: T::default(),
                state: if wanted {
                    State::Silent
                } else {
                    State::Unwanted
                },
            };
        }
    }

    /// Whether a symbol is wanted and nothing came for it.
    fn is_silent(&self, id: SymbolId) -> bool {
        self.cells
            .get(id.0 as usize)
            .is_some_and(|cell| cell.state == State::Silent)
    }

    /// Moves rows in; gives how many were wanted.
    fn store(&mut self, rows: &mut Vec<(SymbolId, T)>) -> u64 {
        let mut stored = 0;
        for (id, record) in rows.drain(..) {
            let Some(cell) = self.cells.get_mut(id.0 as usize) else {
                continue;
            };
            if cell.state == State::Unwanted {
                continue;
            }
            if cell.state != State::Unread {
                cell.state = State::Unread;
                self.unread.push(id);
            }
            cell.value = record;
            stored += 1;
        }
        stored
    }

    fn take(&mut self, names: &[Arc<str>], into: &mut Vec<Change>)
    where
        Event: From<T>,
    {
        into.reserve(self.unread.len());
        for id in self.unread.drain(..) {
            let (Some(cell), Some(symbol)) =
                (self.cells.get_mut(id.0 as usize), names.get(id.0 as usize))
            else {
                continue;
            };
            if cell.state == State::Unread {
                cell.state = State::Read;
                into.push(Change {
                    symbol: Arc::clone(symbol),
                    event: cell.value.clone().into(),
                });
            }
        }
    }
}

/// The newest events of everything subscribed.
#[derive(Debug, Default)]
pub struct Table {
    symbols: Symbols,
    quotes: Newest<Quote>,
    trades: Newest<Trade>,
    extended_trades: Newest<TradeEth>,
    summaries: Newest<Summary>,
    profiles: Newest<Profile>,
    greeks: Newest<Greeks>,
    candles: Newest<Candle>,
    underlyings: Newest<Underlying>,
}

impl Table {
    /// Makes room for a subscription, or stops keeping what it brings.
    pub fn want(&mut self, event_type: EventType, symbol: &Arc<str>, wanted: bool) {
        let id = self.symbols.intern(symbol);
        match event_type {
            EventType::Quote => self.quotes.want(id, wanted),
            EventType::Trade => self.trades.want(id, wanted),
            EventType::TradeEth => self.extended_trades.want(id, wanted),
            EventType::Summary => self.summaries.want(id, wanted),
            EventType::Profile => self.profiles.want(id, wanted),
            EventType::Greeks => self.greeks.want(id, wanted),
            EventType::Candle => self.candles.want(id, wanted),
            EventType::Underlying => self.underlyings.want(id, wanted),
        }
    }

    /// Whether a subscription has brought nothing yet.
    pub fn is_silent(&self, event_type: EventType, symbol: &str) -> bool {
        let Some(id) = self.symbols.find(symbol) else {
            return false;
        };
        match event_type {
            EventType::Quote => self.quotes.is_silent(id),
            EventType::Trade => self.trades.is_silent(id),
            EventType::TradeEth => self.extended_trades.is_silent(id),
            EventType::Summary => self.summaries.is_silent(id),
            EventType::Profile => self.profiles.is_silent(id),
            EventType::Greeks => self.greeks.is_silent(id),
            EventType::Candle => self.candles.is_silent(id),
            EventType::Underlying => self.underlyings.is_silent(id),
        }
    }

    /// The number of a symbol, for whoever keeps its rows in a way of its own.
    pub fn intern(&mut self, symbol: &Arc<str>) -> SymbolId {
        self.symbols.intern(symbol)
    }

    /// The names to decode by.
    pub fn symbols(&self) -> &Symbols {
        &self.symbols
    }

    /// Takes over the rows of a frame; gives how many were wanted.
    pub fn store(&mut self, batch: &mut Batch) -> u64 {
        self.quotes.store(&mut batch.quotes)
            + self.trades.store(&mut batch.trades)
            + self.extended_trades.store(&mut batch.extended_trades)
            + self.summaries.store(&mut batch.summaries)
            + self.profiles.store(&mut batch.profiles)
            + self.greeks.store(&mut batch.greeks)
            + self.candles.store(&mut batch.candles)
            + self.underlyings.store(&mut batch.underlyings)
    }

    /// Whether there is something the reader has not seen.
    pub fn has_unread(&self) -> bool {
        !(self.quotes.unread.is_empty()
            && self.trades.unread.is_empty()
            && self.extended_trades.unread.is_empty()
            && self.summaries.unread.is_empty()
            && self.profiles.unread.is_empty()
            && self.greeks.unread.is_empty()
            && self.candles.unread.is_empty()
            && self.underlyings.unread.is_empty())
    }

    /// Everything that is new since the last call, the newest value of each.
    pub fn take_changes(&mut self) -> Vec<Change> {
        let mut changes = Vec::new();
        let names = self.symbols.names();
        self.quotes.take(names, &mut changes);
        self.trades.take(names, &mut changes);
        self.extended_trades.take(names, &mut changes);
        self.summaries.take(names, &mut changes);
        self.profiles.take(names, &mut changes);
        self.greeks.take(names, &mut changes);
        self.candles.take(names, &mut changes);
        self.underlyings.take(names, &mut changes);
        changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Double;

    fn table(symbols: &[&str]) -> Table {
        let mut table = Table::default();
        for symbol in symbols {
            table.want(EventType::Quote, &Arc::from(*symbol), true);
        }
        table
    }

    fn quotes(table: &Table, rows: &[(&str, f64)]) -> Batch {
        let mut batch = Batch::default();
        for (symbol, bid) in rows {
            let id = table.symbols().find(symbol).unwrap();
            batch.quotes.push((
                id,
                Quote {
                    bid_price: Double(*bid),
                    ..Quote::default()
                },
            ));
        }
        batch
    }

    #[test]
    fn a_late_reader_finds_the_newest_value_once() {
        let mut table = table(&["SPY", "QQQ"]);
        let mut batch = quotes(&table, &[("SPY", 1.0), ("QQQ", 5.0), ("SPY", 2.0)]);
        assert_eq!(table.store(&mut batch), 3);
        let changes = table.take_changes();
        assert_eq!(changes.len(), 2);
        let Event::Quote(quote) = &changes[0].event else {
            panic!("{changes:?}")
        };
        assert_eq!((&*changes[0].symbol, quote.bid_price), ("SPY", Double(2.0)));
        assert!(table.take_changes().is_empty());
    }

    #[test]
    fn what_nobody_wants_any_more_is_dropped() {
        let mut table = table(&["SPY"]);
        let mut batch = quotes(&table, &[("SPY", 1.0)]);
        table.want(EventType::Quote, &Arc::from("SPY"), false);
        assert_eq!(table.store(&mut batch), 0);
        assert!(table.take_changes().is_empty());
    }

    #[test]
    fn what_never_came_is_known() {
        let mut table = table(&["SPY", "QQQ"]);
        let mut batch = quotes(&table, &[("SPY", 1.0)]);
        table.store(&mut batch);
        table.take_changes();
        let silent = |symbol| table.is_silent(EventType::Quote, symbol);
        assert_eq!(
            (silent("SPY"), silent("QQQ"), silent("IWM")),
            (false, true, false)
        );
        assert!(!table.is_silent(EventType::Trade, "QQQ"), "nobody asked");
    }

    /// Checklist 97.
    #[test]
    fn a_flood_takes_no_more_room_than_the_subscription() {
        let mut table = table(&["SPY"]);
        for bid in 0..10_000 {
            let mut batch = quotes(&table, &[("SPY", f64::from(bid))]);
            table.store(&mut batch);
        }
        assert_eq!(table.quotes.unread.len(), 1);
        assert_eq!(table.take_changes().len(), 1);
    }
}
