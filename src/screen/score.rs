//! How rich a row's volatility is, from 0 to 100.
//!
//! Four views of richness are each mapped to points on a straight line between a poor and a rich value, and their
//! weighted mean is the score. A part that is missing is left out and the weights of the others are scaled up, which
//! is to assume that it would have agreed with them: it neither lifts nor lowers the row. With the same parts present
//! the score never falls when one of them rises.

use crate::model::value::round_to;
use crate::model::{Field, Reason, Row};

/// The richness of one row and what it is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// 0 to 100, one decimal.
    pub total: f64,
    /// The parts that were there.
    pub parts: Vec<ScorePart>,
}

/// One view of richness.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScorePart {
    /// The field it looks at.
    pub field: Field,
    /// 0 to 100.
    pub points: f64,
    /// Its share in the total; the shares of all parts present add up to 1.
    pub weight: f64,
}

impl Score {
    /// Scores a row, which must have `iv` and at least one of the parts; what is missing otherwise is the error.
    ///
    /// # Errors
    /// The reason for which `iv`, or else the first part, is missing.
    pub fn of(row: &Row) -> Result<Self, Reason> {
        if let Some(reason) = row.reason(Field::Iv) {
            return Err(reason);
        }
        let present: Vec<(&Scale, f64)> = SCALES
            .iter()
            .filter_map(|scale| Some((scale, row.number(scale.field)?)))
            .collect();
        if present.is_empty() {
            return Err(row.reason(SCALES[0].field).unwrap_or(Reason::NotProvided));
        }
        let weights: f64 = present.iter().map(|(scale, _)| scale.weight).sum();
        let parts: Vec<ScorePart> = present
            .into_iter()
            .map(|(scale, number)| ScorePart {
                field: scale.field,
                points: scale.points(number),
                weight: scale.weight / weights,
            })
            .collect();
        let total: f64 = parts.iter().map(|part| part.points * part.weight).sum();
        Ok(Self {
            total: round_to(total.min(100.0), 1),
            parts,
        })
    }
}

/// How a field becomes points.
struct Scale {
    field: Field,
    /// At or below it: no points.
    poor: f64,
    /// At or above it: 100 points.
    rich: f64,
    weight: f64,
}

impl Scale {
    fn points(&self, number: f64) -> f64 {
        let share = (number - self.poor) / (self.rich - self.poor);
        100.0 * share.clamp(0.0, 1.0)
    }
}

/// The premium over realised volatility counts for 60 %, the place in the symbol's own year for 40 %; of each, the
/// steadier measure weighs more. Sellers are paid for nothing at a ratio of 0.8 and very well at 1.6.
const SCALES: [Scale; 4] = [
    Scale {
        field: Field::Vrp,
        poor: 0.8,
        rich: 1.6,
        weight: 0.35,
    },
    Scale {
        field: Field::VrpT,
        poor: 0.8,
        rich: 1.6,
        weight: 0.25,
    },
    Scale {
        field: Field::Ivp,
        poor: 0.0,
        rich: 100.0,
        weight: 0.25,
    },
    Scale {
        field: Field::Ivr,
        poor: 0.0,
        rich: 100.0,
        weight: 0.15,
    },
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Value;

    const PARTS: [Field; 4] = [Field::Vrp, Field::VrpT, Field::Ivp, Field::Ivr];

    fn row(parts: [Option<f64>; 4]) -> Row {
        let mut row = Row::new("SPY".parse().unwrap());
        row.set_computed(Field::Iv, Value::Number(20.0));
        for (field, number) in PARTS.into_iter().zip(parts) {
            match number {
                Some(number) => row.set_computed(field, Value::Number(number)),
                None => row.set_missing(field, Reason::ShortHistory),
            }
        }
        row
    }

    fn total(parts: [Option<f64>; 4]) -> f64 {
        Score::of(&row(parts)).unwrap().total
    }

    #[test]
    fn the_ends_of_the_scale_are_reached() {
        assert_eq!(total([Some(0.5), Some(0.8), Some(0.0), Some(-3.0)]), 0.0);
        assert_eq!(
            total([Some(1.6), Some(9.0), Some(100.0), Some(120.0)]),
            100.0
        );
        assert_eq!(total([Some(1.2), Some(1.2), Some(50.0), Some(50.0)]), 50.0);
    }

    #[test]
    fn the_parts_explain_the_total() {
        let score = Score::of(&row([Some(1.6), None, Some(50.0), None])).unwrap();
        let fields: Vec<Field> = score.parts.iter().map(|part| part.field).collect();
        assert_eq!(fields, [Field::Vrp, Field::Ivp]);
        // (0.35 · 100 + 0.25 · 50) / 0.60
        assert_eq!(score.total, 79.2);
    }

    #[test]
    fn without_iv_or_any_part_there_is_no_score() {
        let mut bare = row([None; 4]);
        assert_eq!(Score::of(&bare), Err(Reason::ShortHistory));
        bare.set_computed(Field::Ivr, Value::Number(50.0));
        assert!(Score::of(&bare).is_ok());
        bare.set_missing(Field::Iv, Reason::NotEntitled);
        assert_eq!(Score::of(&bare), Err(Reason::NotEntitled));
    }

    fn parts() -> impl Strategy<Value = [Option<f64>; 4]> {
        let ratio = || prop::option::of(0.0..3.0);
        let percent = || prop::option::of(-10.0..110.0);
        (ratio(), ratio(), percent(), percent()).prop_map(|(a, b, c, d)| [a, b, c, d])
    }

    proptest! {
        #[test]
        fn a_richer_part_never_lowers_the_score(parts in parts(), at in 0_usize..4, step in 0.0..50.0) {
            prop_assume!(parts[at].is_some());
            let mut richer = parts;
            richer[at] = parts[at].map(|number| number + step);
            prop_assert!(total(richer) >= total(parts));
        }

        #[test]
        fn a_missing_part_keeps_the_score_within_the_others(parts in parts()) {
            prop_assume!(parts.iter().any(Option::is_some));
            let score = Score::of(&row(parts)).unwrap();
            let points = || score.parts.iter().map(|part| part.points);
            let (low, high) = (points().fold(100.0, f64::min), points().fold(0.0, f64::max));
            prop_assert!(score.total >= low - 0.051 && score.total <= high + 0.051);
        }
    }
}
