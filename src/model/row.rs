//! One line of output: a cell or a reason for every field.

use std::fmt;

use jiff::Timestamp;

use super::field::{Field, FieldSet};
use super::provider::Origin;
use super::symbol::Symbol;
use super::value::Value;

/// Why a value is missing.
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
    /// Too few daily closes.
    ShortHistory,
    /// Time or ration ran out before anybody was asked.
    NotAsked,
    /// The user broke the run off.
    Interrupted,
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
            Self::ShortHistory => "short_history",
            Self::NotAsked => "not_asked",
            Self::Interrupted => "interrupted",
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
    pub origin: Origin,
    /// Whether the source is the best ranked one for this field; a table marks those that are not.
    pub first_rank: bool,
    /// When the source says the value was made, if it says so.
    pub at: Option<Timestamp>,
}

/// One symbol's line. It takes room for the cells that are there, not for every field.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The symbol as asked, normalised.
    pub symbol: Symbol,
    /// By field, ascending.
    cells: Vec<(Field, Cell)>,
    /// Why fields are missing, where that is not [`Reason::NotProvided`]; no field is in two of them.
    reasons: Vec<(Reason, FieldSet)>,
}

impl Row {
    /// A row in which everything is missing because nothing answered yet.
    pub fn new(symbol: Symbol) -> Self {
        let mut row = Self {
            symbol,
            cells: Vec::new(),
            reasons: Vec::new(),
        };
        if let Some(text) = Value::text(row.symbol.as_str()) {
            row.set_computed(Field::Symbol, text);
        }
        row
    }

    /// Puts a cell in place.
    pub fn set(&mut self, field: Field, cell: Cell) {
        self.forget_reason(field);
        match self.place(field) {
            Ok(at) => self.cells[at].1 = cell,
            Err(at) => self.cells.insert(at, (field, cell)),
        }
    }

    /// Puts a calculated value in place.
    pub fn set_computed(&mut self, field: Field, value: Value) {
        self.set(
            field,
            Cell {
                value,
                origin: Origin::Computed,
                first_rank: true,
                at: None,
            },
        );
    }

    /// Says why a field is missing.
    pub fn set_missing(&mut self, field: Field, reason: Reason) {
        if let Ok(at) = self.place(field) {
            self.cells.remove(at);
        }
        self.forget_reason(field);
        if reason == Reason::NotProvided {
            return;
        }
        match self.reasons.iter_mut().find(|(other, _)| *other == reason) {
            Some((_, fields)) => fields.insert(field),
            None => self.reasons.push((reason, FieldSet::of(&[field]))),
        }
    }

    /// The cell, if there is one.
    pub fn cell(&self, field: Field) -> Option<&Cell> {
        let at = self.place(field).ok()?;
        Some(&self.cells[at].1)
    }

    /// The cells that are there, by field.
    pub fn cells(&self) -> impl Iterator<Item = (Field, &Cell)> {
        self.cells.iter().map(|(field, cell)| (*field, cell))
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
        if self.place(field).is_ok() {
            return None;
        }
        let told = self
            .reasons
            .iter()
            .find(|(_, fields)| fields.contains(field));
        Some(told.map_or(Reason::NotProvided, |(reason, _)| *reason))
    }

    fn place(&self, field: Field) -> Result<usize, usize> {
        self.cells.binary_search_by_key(&field, |(field, _)| *field)
    }

    fn forget_reason(&mut self, field: Field) {
        for (_, fields) in &mut self.reasons {
            fields.remove(field);
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
