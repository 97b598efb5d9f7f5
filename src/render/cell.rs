//! One field of one row as text for eyes: number, mark of the source, tone. Shared by tables and Markdown.

use crate::model::{Cell, Field, Origin, Row, Value};

use super::number;

/// What stands where a value is missing.
pub(super) const MISSING: &str = "–";

/// What a cell wants to say beyond its text; only a terminal with colour shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Tone {
    /// Nothing.
    #[default]
    Plain,
    /// Present for completeness.
    Dim,
    /// Worth a look.
    Strong,
    /// Up, or in order.
    Good,
    /// Down, or broken.
    Bad,
    /// To be taken with care.
    Care,
}

/// A cell as it is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Shown {
    /// The text, without control characters.
    pub(super) text: String,
    /// The mark of a source that is not the best ranked one.
    pub(super) mark: Option<char>,
    /// What it wants to say.
    pub(super) tone: Tone,
}

impl Shown {
    /// A text in a tone.
    pub(super) fn new(text: &str, tone: Tone) -> Self {
        Self {
            text: printable(text),
            mark: None,
            tone,
        }
    }

    /// A text and nothing more.
    pub(super) fn plain(text: &str) -> Self {
        Self::new(text, Tone::Plain)
    }
}

/// The cell of a row, or the sign for a missing one.
pub(super) fn shown(row: &Row, field: Field) -> Shown {
    let Some(cell) = row.cell(field) else {
        return Shown::new(MISSING, Tone::Dim);
    };
    Shown {
        text: text(field, &cell.value),
        mark: mark(cell),
        tone: tone(field, &cell.value),
    }
}

/// Text without control characters: a name that comes from a server must not steer the terminal.
pub(super) fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// Whether a value says where it is from: when that is not the first source, and when several contracts made it.
pub(super) fn is_marked(cell: &Cell) -> bool {
    !cell.first_rank || cell.origin == Origin::Stitched
}

fn mark(cell: &Cell) -> Option<char> {
    is_marked(cell).then(|| cell.origin.mark())
}

fn text(field: Field, value: &Value) -> String {
    match value {
        Value::Number(number) => number::for_eyes(*number, field.info()),
        Value::Flag(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        Value::Text(_) | Value::Date(_) | Value::List(_) => printable(&value.to_string()),
    }
}

fn tone(field: Field, value: &Value) -> Tone {
    match (field, value) {
        (Field::Chg | Field::ChgPct, Value::Number(change)) if *change > 0.0 => Tone::Good,
        (Field::Chg | Field::ChgPct, Value::Number(change)) if *change < 0.0 => Tone::Bad,
        // Rank and percentile: the upper half is where volatility is worth selling, the lowest fifth is not.
        (Field::Ivr | Field::Ivp, Value::Number(rank)) if *rank >= 50.0 => Tone::Strong,
        (Field::Ivr | Field::Ivp, Value::Number(rank)) if *rank < 20.0 => Tone::Dim,
        (Field::Score, Value::Number(score)) if *score >= 70.0 => Tone::Strong,
        (Field::Basis, Value::Text(basis)) if &**basis != "live" => Tone::Care,
        (Field::Halted, Value::Flag(true)) => Tone::Bad,
        (Field::Reasons, _) => Tone::Dim,
        _ => Tone::Plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::testing::{cell, row};

    #[test]
    fn only_a_source_that_is_not_first_is_marked() {
        let mut row = row("SPY");
        row.set(Field::Last, cell(601.0, Origin::LEGACY, false));
        row.set(Field::Bid, cell(600.9, Origin::DXLINK, true));
        assert_eq!(shown(&row, Field::Last).mark, Some('~'));
        assert_eq!(shown(&row, Field::Bid).mark, None);
        assert_eq!(shown(&row, Field::Ask).text, MISSING);
    }

    #[test]
    fn a_name_cannot_steer_the_terminal() {
        let mut row = row("SPY");
        row.set_computed(Field::Name, Value::Text("\u{1b}[31mRED\nX".into()));
        assert_eq!(shown(&row, Field::Name).text, " [31mRED X");
    }

    #[test]
    fn tones_follow_the_meaning_of_a_field() {
        let of = |field, number| {
            let mut row = row("SPY");
            row.set_computed(field, Value::Number(number));
            shown(&row, field).tone
        };
        assert_eq!(of(Field::ChgPct, 0.5), Tone::Good);
        assert_eq!(of(Field::ChgPct, -0.5), Tone::Bad);
        assert_eq!(of(Field::ChgPct, 0.0), Tone::Plain);
        assert_eq!(of(Field::Ivr, 71.0), Tone::Strong);
        assert_eq!(of(Field::Ivp, 8.0), Tone::Dim);
        assert_eq!(of(Field::Hv30, 71.0), Tone::Plain);
    }
}
