//! How much of what was wanted is there (product §6).

use super::ranking::CORE;
use crate::model::report::{Completeness, MissingField};
use crate::model::{Field, FieldSet, Reason, Row};

/// The fields that completeness counts.
#[derive(Clone, Copy, Debug)]
pub struct Counting {
    /// Fields that are shown, whose absence is listed.
    pub listed: FieldSet,
    /// Fields that count because they were named: those of filters, sort keys and explicit columns.
    pub named: FieldSet,
    /// Whether the core fields count: not where a list of columns says all that is wanted.
    pub has_core: bool,
    /// Whether every listed field counts.
    pub strict: bool,
}

/// Counts present against wanted over all rows. What makes no sense for an instrument never counts.
pub fn completeness(rows: &[Row], counting: &Counting) -> Completeness {
    let mut total = Completeness {
        symbols_wanted: rows.len(),
        ..Completeness::default()
    };
    for row in rows {
        let counted = counted(row, counting);
        let mut complete = true;
        for field in counting.listed.union(counted).iter() {
            let reason = row.reason(field);
            let counts = counted.contains(field) && reason != Some(Reason::NotApplicable);
            total.fields_wanted += usize::from(counts);
            total.fields_present += usize::from(counts && reason.is_none());
            complete &= !counts || reason.is_none();
            if let Some(reason) = reason.filter(|reason| *reason != Reason::NotApplicable) {
                total.missing.push(MissingField {
                    symbol: row.symbol.clone(),
                    field,
                    reason,
                });
            }
        }
        total.symbols_complete += usize::from(complete);
    }
    total
}

fn counted(row: &Row, counting: &Counting) -> FieldSet {
    let mut counted = counting.named;
    if counting.has_core {
        counted = counted.union(CORE.that_apply_to(row.symbol.kind()));
    }
    if counting.strict {
        counted = counted.union(counting.listed);
    }
    // The symbol was given, and the others are filled in by screening: answers, not data.
    for field in [
        Field::Symbol,
        Field::Score,
        Field::Signal,
        Field::Rank,
        Field::Reasons,
        Field::Held,
    ] {
        counted.remove(field);
    }
    counted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Value;

    fn row(symbol: &str, present: &[Field]) -> Row {
        let mut row = Row::new(symbol.parse().unwrap());
        for field in present {
            row.set_computed(*field, Value::Number(1.0));
        }
        row
    }

    fn count(rows: &[Row], named: &[Field], strict: bool) -> (usize, usize, usize) {
        let counting = Counting {
            listed: FieldSet::of(&[Field::Mark, Field::Beta]),
            named: FieldSet::of(named),
            has_core: true,
            strict,
        };
        let counted = completeness(rows, &counting);
        (
            counted.fields_wanted,
            counted.fields_present,
            counted.symbols_complete,
        )
    }

    const CORE: [Field; 4] = [Field::Mark, Field::Iv, Field::Hv30, Field::Hv90];

    #[test]
    fn the_core_counts_and_the_rest_is_listed() {
        let rows = [row("SPY", &CORE), row("QQQ", &[Field::Mark])];
        assert_eq!(count(&rows, &[], false), (8, 5, 1));
        let counting = Counting {
            listed: FieldSet::of(&[Field::Beta]),
            named: FieldSet::EMPTY,
            has_core: true,
            strict: false,
        };
        let missing = completeness(&rows, &counting).missing;
        assert_eq!(
            missing.len(),
            5,
            "beta twice, and the core that QQQ lacks: {missing:?}"
        );
    }

    #[test]
    fn a_named_field_counts() {
        assert_eq!(count(&[row("SPY", &CORE)], &[Field::Ivr], false), (5, 4, 0));
    }

    #[test]
    fn strict_counts_everything_that_applies() {
        assert_eq!(count(&[row("SPY", &CORE)], &[], true), (5, 4, 0));
    }

    #[test]
    fn what_does_not_apply_never_counts() {
        let mut crypto = row("BTC/USD", &[Field::Mark]);
        crypto.set_missing(Field::Beta, Reason::NotApplicable);
        assert_eq!(count(&[crypto], &[Field::Beta], true), (1, 1, 1));
    }

    #[test]
    fn nothing_wanted_is_complete() {
        assert_eq!(Completeness::default().percent(), 100.0);
    }
}
