//! One condition a row must meet, with a name and an explanation of its outcome.

use crate::model::value::round_to;
use crate::model::{Field, FieldSet, Row, Value};

use super::error::ScreenError;
use super::eval::Truth;
use super::filter::Filter;

/// A named filter: a threshold of a profile, or a `--where` expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    name: &'static str,
    text: String,
    filter: Filter,
}

impl Rule {
    /// The name of the rules that are expressions of the user's own.
    pub const OWN: &'static str = "where";

    /// A rule that reads as its expression does.
    ///
    /// # Errors
    /// As [`Filter::compile`].
    pub fn compile(name: &'static str, expression: &str) -> Result<Self, ScreenError> {
        Ok(Self::new(name, Filter::compile(expression)?))
    }

    /// A rule from a filter that is compiled already.
    pub fn new(name: &'static str, filter: Filter) -> Self {
        Self {
            name,
            text: filter.text().to_owned(),
            filter,
        }
    }

    /// The same rule in shorter words than its expression.
    #[must_use]
    pub(super) fn worded(self, text: String) -> Self {
        Self { text, ..self }
    }

    /// The option that sets it: `min_vrp`, `where`, …
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What it demands, such as `vrp > 1.1`.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The fields it looks at.
    pub fn fields(&self) -> FieldSet {
        self.filter.fields()
    }

    /// The fields that have to be asked for so that it can be decided. What the symbol alone says of an instrument is enough
    /// for the rules of a profile; an expression of the user's own wants to know it whatever it costs.
    pub fn needs(&self) -> FieldSet {
        let mut fields = self.fields();
        if self.name != Self::OWN {
            fields.remove(Field::Instrument);
        }
        fields
    }

    /// The fields it looks at that cost requests beyond the usual ones.
    pub fn costly_fields(&self) -> FieldSet {
        let costly = |field: &Field| field.info().cost == crate::model::Cost::Late;
        self.fields().iter().filter(costly).collect()
    }

    /// Whether deciding it costs requests beyond the usual ones, so that cheaper rules should come first.
    pub fn is_costly(&self) -> bool {
        !self.costly_fields().is_empty()
    }

    /// Whether a row meets it.
    pub fn evaluate(&self, row: &Row) -> Truth {
        self.filter.evaluate(row)
    }

    /// The outcome on a row with everything that led to it.
    pub fn explain(&self, row: &Row) -> Explanation {
        let found: Vec<String> = self
            .fields()
            .iter()
            .map(|field| found(row, field))
            .collect();
        Explanation {
            name: self.name,
            threshold: self.text.clone(),
            value: found.join(", "),
            truth: self.evaluate(row),
        }
    }

    /// Why a row does not pass; `None` when it does.
    pub(super) fn objection(&self, row: &Row) -> Option<String> {
        let Explanation {
            threshold,
            value,
            truth,
            ..
        } = self.explain(row);
        match truth {
            Truth::Pass => None,
            Truth::Fail => Some(format!("{threshold} ({value})")),
            Truth::Unknown => Some(format!("unknown: {threshold} ({value})")),
        }
    }
}

/// How one rule came out on one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The option that sets the rule.
    pub name: &'static str,
    /// What the rule demands: `vrp > 1.1`.
    pub threshold: String,
    /// What the row has: `vrp 0.95`, or `vrp missing: short_history`.
    pub value: String,
    /// Whether the row passes.
    pub truth: Truth,
}

/// A field and its content; four decimals show on which side of a threshold a number is.
fn found(row: &Row, field: Field) -> String {
    match (row.value(field), row.reason(field)) {
        (Some(Value::Number(number)), _) => format!("{field} {}", round_to(*number, 4)),
        (Some(value), _) => format!("{field} {value}"),
        (None, Some(reason)) => format!("{field} missing: {reason}"),
        (None, None) => format!("{field} missing"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Reason;

    #[test]
    fn an_explanation_has_the_value_and_the_threshold() {
        let rule = Rule::compile("where", "iv / hv30 > 1.2 && halted = false").unwrap();
        let mut row = Row::new("SPY".parse().unwrap());
        row.set_computed(Field::Iv, Value::Number(21.0 + 1e-9));
        row.set_computed(Field::Halted, Value::Flag(false));
        row.set_missing(Field::Hv30, Reason::ShortHistory);
        assert_eq!(
            rule.explain(&row),
            Explanation {
                name: "where",
                threshold: "iv / hv30 > 1.2 && halted = false".to_owned(),
                value: "halted false, iv 21, hv30 missing: short_history".to_owned(),
                truth: Truth::Unknown,
            }
        );
    }

    #[test]
    fn only_fields_that_cost_chains_make_a_rule_costly() {
        let costly = |text| Rule::compile("where", text).unwrap().is_costly();
        assert!(costly("iv > 20 && atm_spread_pct < 1"));
        assert!(!costly("iv > 20 && put_call < 1"));
        assert!(!costly("iv > 20"));
    }
}
