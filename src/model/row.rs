//! One line of output: a cell or a reason for every field.

use std::fmt;

use jiff::Timestamp;

use super::field::Field;
use super::symbol::Symbol;
use super::value::Value;

/// Where a value came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    /// The DXLink stream.
    Dxlink,
    /// tastytrade's REST API.
    Rest,
    /// The keyless fallback.
    Legacy,
    /// Calculated by volq from other cells or from the symbol itself.
    Computed,
    /// Kept from an earlier run.
    Cache,
    /// Daily bars of several futures contracts, joined by volq.
    Stitched,
}

impl Source {
    /// The word used in `sources`, `meta.providers` and `--provider`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dxlink => "dxlink",
            Self::Rest => "rest",
            Self::Legacy => "legacy",
            Self::Computed => "computed",
            Self::Cache => "cache",
            Self::Stitched => "stitched",
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why a value is missing (product §6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// The stream was asked and stayed silent until the window closed.
    NoEventBeforeDeadline,
    /// No source knows the symbol.
    UnknownSymbol,
    /// The source answered, without this value.
    NotProvided,
    /// Logged in, but not allowed to see it.
    NotEntitled,
    /// The field makes no sense for this instrument.
    NotApplicable,
    /// Every source that could have it failed.
    ProviderFailed,
    /// The server refused the subscription because of a limit.
    RefusedByLimit,
    /// It came, and could not be read.
    DecodeError,
    /// Too few daily closes.
    ShortHistory,
    /// The market is closed and the source has nothing outside hours.
    MarketClosed,
}

impl Reason {
    /// The word used in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::NoEventBeforeDeadline => "no_event_before_deadline",
            Self::UnknownSymbol => "unknown_symbol",
            Self::NotProvided => "not_provided",
            Self::NotEntitled => "not_entitled",
            Self::NotApplicable => "not_applicable",
            Self::ProviderFailed => "provider_failed",
            Self::RefusedByLimit => "refused_by_limit",
            Self::DecodeError => "decode_error",
            Self::ShortHistory => "short_history",
            Self::MarketClosed => "market_closed",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A value with its provenance.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// The value, in the unit of its field.
    pub value: Value,
    /// Who supplied it.
    pub source: Source,
    /// Whether the source is the best ranked one for this field; a table marks those that are not.
    pub first_rank: bool,
    /// When the source says the value was made, if it says so.
    pub at: Option<Timestamp>,
}

/// A field is either there or missing for a reason.
#[derive(Clone, Debug, PartialEq)]
enum Slot {
    Present(Cell),
    Missing(Reason),
}

/// One symbol's line.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The symbol as asked, normalised.
    pub symbol: Symbol,
    slots: Vec<Slot>,
}

impl Row {
    /// A row in which everything is missing because nothing answered yet.
    pub fn new(symbol: Symbol) -> Self {
        let mut row = Self {
            symbol,
            slots: vec![Slot::Missing(Reason::NotProvided); Field::ALL.len()],
        };
        if let Some(text) = Value::text(row.symbol.as_str()) {
            row.set(
                Field::Symbol,
                Cell {
                    value: text,
                    source: Source::Computed,
                    first_rank: true,
                    at: None,
                },
            );
        }
        row
    }

    /// Puts a cell in place.
    pub fn set(&mut self, field: Field, cell: Cell) {
        self.slots[field as usize] = Slot::Present(cell);
    }

    /// Puts a calculated value in place.
    pub fn set_computed(&mut self, field: Field, value: Value) {
        self.set(
            field,
            Cell {
                value,
                source: Source::Computed,
                first_rank: true,
                at: None,
            },
        );
    }

    /// Says why a field is missing.
    pub fn set_missing(&mut self, field: Field, reason: Reason) {
        self.slots[field as usize] = Slot::Missing(reason);
    }

    /// The cell, if there is one.
    pub fn cell(&self, field: Field) -> Option<&Cell> {
        match &self.slots[field as usize] {
            Slot::Present(cell) => Some(cell),
            Slot::Missing(_) => None,
        }
    }

    /// The value, if there is one.
    pub fn value(&self, field: Field) -> Option<&Value> {
        self.cell(field).map(|cell| &cell.value)
    }

    /// The number, if there is one.
    pub fn number(&self, field: Field) -> Option<f64> {
        self.value(field).and_then(Value::as_number)
    }

    /// Why the field is missing, if it is.
    pub fn reason(&self, field: Field) -> Option<Reason> {
        match &self.slots[field as usize] {
            Slot::Present(_) => None,
            Slot::Missing(reason) => Some(*reason),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_present_or_has_a_reason() {
        let mut row = Row::new("SPY".parse().unwrap());
        assert_eq!(row.reason(Field::Bid), Some(Reason::NotProvided));
        row.set_computed(Field::Bid, Value::Number(1.0));
        assert_eq!(
            (row.number(Field::Bid), row.reason(Field::Bid)),
            (Some(1.0), None)
        );
        row.set_missing(Field::Bid, Reason::UnknownSymbol);
        assert_eq!(
            (row.number(Field::Bid), row.reason(Field::Bid)),
            (None, Some(Reason::UnknownSymbol))
        );
    }

    #[test]
    fn the_symbol_is_always_there() {
        let row = Row::new("spy".parse().unwrap());
        assert_eq!(row.value(Field::Symbol), Some(&Value::Text("SPY".into())));
    }
}
