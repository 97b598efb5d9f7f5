//! The order of rows: `-score`, `ivr,-vrp`.

use std::cmp::Ordering;
use std::str::FromStr;

use crate::model::{Field, FieldSet, Row, Value};

use super::error::{Fault, Problem, ScreenError, Span};
use super::parser::usable_field;

/// What rows are sorted by, the most important first. The default is the score, highest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SortKeys(Vec<SortKey>);

/// One field to sort by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SortKey {
    /// The field that decides the order.
    pub field: Field,
    /// Which end comes first.
    pub direction: Direction,
}

/// Which end comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The lowest.
    Ascending,
    /// The highest.
    Descending,
}

impl SortKeys {
    /// The fields the order depends on.
    pub fn fields(&self) -> FieldSet {
        self.0.iter().map(|key| key.field).collect()
    }

    /// The keys, the most important first.
    pub fn keys(&self) -> &[SortKey] {
        &self.0
    }

    /// Which of two rows comes first. A row that lacks a value comes after those that have it, in either direction.
    pub fn order(&self, left: &Row, right: &Row) -> Ordering {
        self.0
            .iter()
            .map(|key| key.order(left.value(key.field), right.value(key.field)))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    }
}

impl SortKey {
    fn order(self, left: Option<&Value>, right: Option<&Value>) -> Ordering {
        match (left, right) {
            (Some(left), Some(right)) => match self.direction {
                Direction::Ascending => value_order(left, right),
                Direction::Descending => value_order(right, left),
            },
            // Presence, the other way round: what is there comes first.
            (left, right) => right.is_some().cmp(&left.is_some()),
        }
    }
}

/// The order of two values of one field, which have one type.
fn value_order(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            left.partial_cmp(right).unwrap_or(Ordering::Equal)
        }
        (Value::Text(left), Value::Text(right)) => left.cmp(right),
        (Value::Date(left), Value::Date(right)) => left.cmp(right),
        (Value::Flag(left), Value::Flag(right)) => left.cmp(right),
        _ => Ordering::Equal,
    }
}

impl Default for SortKeys {
    fn default() -> Self {
        Self(vec![SortKey {
            field: Field::Score,
            direction: Direction::Descending,
        }])
    }
}

impl FromStr for SortKeys {
    type Err = ScreenError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut keys = Vec::new();
        let mut start = 0;
        for part in text.split(',') {
            keys.push(key(part, start).map_err(|fault| ScreenError::new(text, fault))?);
            start += part.len() + 1;
        }
        Ok(Self(keys))
    }
}

/// Reads one key that begins at byte `start` of the whole list.
fn key(part: &str, start: usize) -> Result<SortKey, Fault> {
    let trimmed = part.trim();
    let (name, direction) = match trimmed.strip_prefix('-') {
        Some(name) => (name, Direction::Descending),
        None => (trimmed, Direction::Ascending),
    };
    let begin = start + part.len() - part.trim_start().len();
    let span = Span {
        start: begin,
        end: begin + trimmed.len(),
    };
    if name.is_empty() {
        let wanted = "a field to sort by";
        let found = if trimmed.is_empty() { "nothing" } else { "'-'" }.to_owned();
        return Err(Fault::new(span, Problem::Expected { wanted, found }));
    }
    let field = usable_field(name).map_err(|problem| Fault::new(span, problem))?;
    Ok(SortKey { field, direction })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn row(symbol: &str, cells: &[(Field, Value)]) -> Row {
        let mut row = Row::new(symbol.parse().unwrap());
        for (field, value) in cells {
            row.set_computed(*field, value.clone());
        }
        row
    }

    fn sorted(keys: &str) -> Vec<String> {
        let number = Value::Number;
        let day = |text: &str| Value::Date(text.parse().unwrap());
        let mut rows = [
            row(
                "C",
                &[(Field::Ivr, number(50.0)), (Field::Vrp, number(1.0))],
            ),
            row(
                "A",
                &[(Field::Ivr, number(50.0)), (Field::Vrp, number(2.0))],
            ),
            row("D", &[(Field::EarningsDate, day("2026-12-01"))]),
            row(
                "B",
                &[
                    (Field::Ivr, number(-5.0)),
                    (Field::EarningsDate, day("2026-11-30")),
                ],
            ),
        ];
        let keys: SortKeys = keys.parse().unwrap();
        rows.sort_by(|left, right| keys.order(left, right));
        rows.iter().map(|row| row.symbol.to_string()).collect()
    }

    #[test]
    fn keys_apply_in_turn_and_missing_values_come_last() {
        assert_eq!(sorted("ivr"), ["B", "C", "A", "D"]);
        assert_eq!(sorted("-ivr"), ["C", "A", "B", "D"]);
        assert_eq!(sorted("-ivr, -vrp"), ["A", "C", "B", "D"]);
        assert_eq!(sorted("-symbol"), ["D", "C", "B", "A"]);
        assert_eq!(sorted("-earnings_date"), ["D", "B", "C", "A"]);
    }

    #[test]
    fn the_fields_are_known_before_any_row_is() {
        let keys: SortKeys = "-score,price".parse().unwrap();
        assert_eq!(keys.fields(), FieldSet::of(&[Field::Score, Field::Mark]));
        assert_eq!(SortKeys::default(), "-score".parse().unwrap());
    }

    #[test]
    fn a_wrong_key_is_pointed_at() {
        let error = |text: &str| text.parse::<SortKeys>().unwrap_err().to_string();
        insta::assert_snapshot!(error("ivr, -scor"), @r"
        no field is named 'scor'; did you mean score, sector?
          ivr, -scor
               ^^^^^
        ");
        insta::assert_snapshot!(error("rank"), @r"
        rank is a result of the screen and cannot be used to make it
          rank
          ^^^^
        ");
        insta::assert_snapshot!(error("ivr,,vrp"), @r"
        expected a field to sort by, found nothing
          ivr,,vrp
              ^
        ");
    }

    proptest! {
        #[test]
        fn no_list_of_keys_makes_the_parser_panic(text in ".*") {
            if let Err(error) = text.parse::<SortKeys>() {
                prop_assert!(error.to_string().contains('^'));
            }
        }
    }
}
