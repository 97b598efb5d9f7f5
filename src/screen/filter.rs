//! A filter expression as the rest of volq sees it: compiled once, asked of every row.

use crate::model::{Field, FieldSet, Row, Symbol};

use super::error::ScreenError;
use super::eval::Truth;
use super::expr::{self, Condition, Textual};
use super::parser;

/// A checked expression over the fields of a row.
///
/// Comparisons `< <= > >= = == !=`, `in (…)`, `is null`, arithmetic `+ - * /`, `abs min max`, `&& || !` and the words
/// `and or not`. Numbers are in the unit of their field and may end in `%`, `k`, `M`, `B` or `T`; dates are written
/// `'2026-12-18'`; texts are equal in any case; a flag is a condition by itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    text: String,
    condition: Condition,
    fields: FieldSet,
}

impl Filter {
    /// Reads and checks an expression.
    ///
    /// # Errors
    /// When it cannot be read, names no field, mixes types, or is too long or too deep; the error points at the place.
    pub fn compile(text: &str) -> Result<Self, ScreenError> {
        parser::parse(text)
            .and_then(|(node, fields)| {
                Ok(Self {
                    text: text.trim().to_owned(),
                    condition: expr::condition(&node)?,
                    fields,
                })
            })
            .map_err(|fault| ScreenError::new(text, fault))
    }

    /// A filter that drops the given symbols, however many there are.
    pub(super) fn without(symbols: &[Symbol]) -> Self {
        let named = |symbol: &Symbol| {
            Condition::SameText(
                Textual::Cell(Field::Symbol),
                Textual::Literal(symbol.as_str().into()),
            )
        };
        let any = Condition::Any(symbols.iter().map(named).collect());
        Self {
            text: "symbol is not excluded".to_owned(),
            condition: Condition::Not(Box::new(any)),
            fields: FieldSet::of(&[Field::Symbol]),
        }
    }

    /// Whether the row passes; unknown when something that decides is missing.
    pub fn evaluate(&self, row: &Row) -> Truth {
        self.condition.truth(row)
    }

    /// The fields it looks at.
    pub fn fields(&self) -> FieldSet {
        self.fields
    }

    /// The expression as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }
}

#[cfg(test)]
mod tests;
