//! What a compiled expression comes to on a row: Kleene's three-valued logic, without allocation.
//!
//! A missing cell makes a comparison unknown, and so does a division by zero or a result beyond the numbers; only
//! `is null` looks through. `!` over unknown stays unknown, so a row never passes because something is missing.

use std::cmp::Ordering;
use std::ops::Not;

use jiff::civil::Date;

use crate::model::{Row, Value};

use super::expr::{Condition, Dated, Numeric, Operand, Textual};
use super::lexer::{Arithmetic, Comparison};

/// The outcome of a test on a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Truth {
    /// It holds.
    Pass,
    /// It does not hold.
    Fail,
    /// Something it needs is missing.
    Unknown,
}

impl Truth {
    /// The word used in `--explain`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Unknown => "unknown",
        }
    }

    /// Both hold: one failure decides, else one unknown does.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Fail, _) | (_, Self::Fail) => Self::Fail,
            (Self::Pass, Self::Pass) => Self::Pass,
            _ => Self::Unknown,
        }
    }

    /// At least one holds: one pass decides, else one unknown does.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        !((!self).and(!other))
    }
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::Pass } else { Self::Fail }
    }
}

impl Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::Pass => Self::Fail,
            Self::Fail => Self::Pass,
            Self::Unknown => Self::Unknown,
        }
    }
}

impl Condition {
    pub(super) fn truth(&self, row: &Row) -> Truth {
        match self {
            Self::Literal(flag) => Truth::from(*flag),
            Self::Cell(field) => match row.value(*field) {
                Some(Value::Flag(flag)) => Truth::from(*flag),
                _ => Truth::Unknown,
            },
            Self::Not(inner) => !inner.truth(row),
            Self::All(parts) => until(Truth::Fail, Truth::and, parts.iter().map(|p| p.truth(row))),
            Self::Any(parts) => until(Truth::Pass, Truth::or, parts.iter().map(|p| p.truth(row))),
            Self::Numbers(comparison, left, right) => {
                comparison.judge(left.value(row), right.value(row))
            }
            Self::Dates(comparison, left, right) => comparison.judge(left.day(row), right.day(row)),
            Self::SameText(left, right) => match (left.text(row), right.text(row)) {
                (Some(left), Some(right)) => Truth::from(same_text(left, right)),
                _ => Truth::Unknown,
            },
            Self::SameTruth(left, right) => match (left.truth(row), right.truth(row)) {
                (Truth::Unknown, _) | (_, Truth::Unknown) => Truth::Unknown,
                (left, right) => Truth::from(left == right),
            },
            Self::Missing(operand) => Truth::from(operand.is_missing(row)),
        }
    }
}

/// Joins truths until the one that decides turns up; it cannot be changed by what follows.
fn until(
    decisive: Truth,
    join: fn(Truth, Truth) -> Truth,
    truths: impl Iterator<Item = Truth>,
) -> Truth {
    let mut joined = !decisive;
    for truth in truths {
        joined = join(joined, truth);
        if joined == decisive {
            break;
        }
    }
    joined
}

impl Comparison {
    fn judge<T: PartialOrd>(self, left: Option<T>, right: Option<T>) -> Truth {
        let (Some(left), Some(right)) = (left, right) else {
            return Truth::Unknown;
        };
        let Some(order) = left.partial_cmp(&right) else {
            return Truth::Unknown;
        };
        Truth::from(match self {
            Self::Below => order == Ordering::Less,
            Self::AtMost => order != Ordering::Greater,
            Self::Above => order == Ordering::Greater,
            Self::AtLeast => order != Ordering::Less,
            Self::Equal => order == Ordering::Equal,
            Self::Different => order != Ordering::Equal,
        })
    }
}

impl Numeric {
    fn value(&self, row: &Row) -> Option<f64> {
        match self {
            Self::Literal(number) => Some(*number),
            Self::Cell(field) => row.number(*field),
            Self::Negate(inner) => inner.value(row).map(|number| -number),
            Self::Abs(inner) => inner.value(row).map(f64::abs),
            Self::Join(arithmetic, left, right) => {
                arithmetic.apply(left.value(row)?, right.value(row)?)
            }
            Self::Least(parts) => extreme(parts, row, f64::min),
            Self::Greatest(parts) => extreme(parts, row, f64::max),
        }
    }
}

/// The least or greatest of several numbers; unknown as soon as one of them is.
fn extreme(parts: &[Numeric], row: &Row, choose: fn(f64, f64) -> f64) -> Option<f64> {
    let (first, others) = parts.split_first()?;
    others.iter().try_fold(first.value(row)?, |best, part| {
        part.value(row).map(|number| choose(best, number))
    })
}

impl Arithmetic {
    fn apply(self, left: f64, right: f64) -> Option<f64> {
        let result = match self {
            Self::Add => left + right,
            Self::Subtract => left - right,
            Self::Multiply => left * right,
            Self::Divide => left / right,
        };
        result.is_finite().then_some(result)
    }
}

impl Textual {
    fn text<'a>(&'a self, row: &'a Row) -> Option<&'a str> {
        match self {
            Self::Literal(text) => Some(text),
            Self::Cell(field) => match row.value(*field) {
                Some(Value::Text(text)) => Some(text),
                _ => None,
            },
        }
    }
}

impl Dated {
    fn day(&self, row: &Row) -> Option<Date> {
        match self {
            Self::Literal(date) => Some(*date),
            Self::Cell(field) => match row.value(*field) {
                Some(Value::Date(date)) => Some(*date),
                _ => None,
            },
        }
    }
}

impl Operand {
    fn is_missing(&self, row: &Row) -> bool {
        match self {
            Self::Number(number) => number.value(row).is_none(),
            Self::Text(text) => text.text(row).is_none(),
            Self::Date(date) => date.day(row).is_none(),
            Self::Condition(condition) => condition.truth(row) == Truth::Unknown,
        }
    }
}

fn same_text(left: &str, right: &str) -> bool {
    left.eq_ignore_ascii_case(right)
        || left
            .chars()
            .flat_map(char::to_lowercase)
            .eq(right.chars().flat_map(char::to_lowercase))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: [Truth; 3] = [Truth::Pass, Truth::Fail, Truth::Unknown];

    #[test]
    fn and_or_not_follow_kleenes_tables() {
        use Truth::{Fail as F, Pass as P, Unknown as U};
        let table = |join: fn(Truth, Truth) -> Truth| ALL.map(|a| ALL.map(|b| join(a, b)));
        assert_eq!(table(Truth::and), [[P, F, U], [F, F, F], [U, F, U]]);
        assert_eq!(table(Truth::or), [[P, P, P], [P, F, U], [P, U, U]]);
        assert_eq!(ALL.map(Not::not), [F, P, U]);
    }

    #[test]
    fn a_division_that_has_no_result_is_none() {
        assert_eq!(Arithmetic::Divide.apply(1.0, 0.0), None);
        assert_eq!(Arithmetic::Divide.apply(0.0, 0.0), None);
        assert_eq!(Arithmetic::Multiply.apply(1e300, 1e300), None);
    }

    #[test]
    fn texts_are_equal_in_any_case_and_alphabet() {
        assert!(same_text("Spy", "sPY"));
        assert!(same_text("NESTLÉ", "nestlé"));
        assert!(!same_text("SPY", "SPYG"));
    }

    proptest! {
        #[test]
        fn stopping_early_changes_nothing(picks in prop::collection::vec(0_usize..3, 0..8)) {
            let truths = || picks.iter().map(|at| ALL[*at]);
            prop_assert_eq!(
                until(Truth::Fail, Truth::and, truths()),
                truths().fold(Truth::Pass, Truth::and)
            );
            prop_assert_eq!(
                until(Truth::Pass, Truth::or, truths()),
                truths().fold(Truth::Fail, Truth::or)
            );
        }
    }
}
