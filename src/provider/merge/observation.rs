//! What providers say: one value at a time.

use jiff::Timestamp;

use crate::model::{Field, Value};

/// One value from one provider.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// Which field.
    pub field: Field,
    /// The value, in the field's unit.
    pub value: Value,
    /// When the provider says it was made.
    pub at: Option<Timestamp>,
}

/// Number cells that share a time; absent ones are left out.
pub fn numbers(cells: &[(Field, Option<f64>)], at: Option<Timestamp>) -> Vec<Observation> {
    cells
        .iter()
        .filter_map(|(field, number)| {
            Some(Observation {
                field: *field,
                value: Value::number((*number)?)?,
                at,
            })
        })
        .collect()
}

/// Cells without a time of their own; absent ones are left out.
pub fn values<const N: usize>(cells: [(Field, Option<Value>); N]) -> Vec<Observation> {
    cells
        .into_iter()
        .filter_map(|(field, value)| {
            Some(Observation {
                field,
                value: value?,
                at: None,
            })
        })
        .collect()
}
