//! Which columns a report shows: all of a command's fields for machines, a selection for eyes, and what goes first when
//! the terminal is narrow.

use crate::model::report::Report;
use crate::model::{Command, Field, OutputFormat, Reason, Value};

/// The columns a command shows in a format when `--fields` names none; what `--fields +a,-b` edits.
pub fn default_fields(command: Command, format: OutputFormat) -> Vec<Field> {
    if format.is_for_eyes() {
        table_columns(command).to_vec()
    } else {
        command.fields().collect()
    }
}

/// The columns of machine formats: those asked for, else every field of the command.
pub(super) fn data_fields(report: &Report) -> Vec<Field> {
    report
        .fields
        .clone()
        .unwrap_or_else(|| report.command.fields().collect())
}

/// The columns a table may show: those asked for, else the command's selection without columns that say nothing.
pub(super) fn shown_fields(report: &Report) -> Vec<Field> {
    report.fields.clone().unwrap_or_else(|| {
        let selection = table_columns(report.command).iter().copied();
        selection
            .filter(|field| says_something(report, *field))
            .collect()
    })
}

/// The fields to hide so that the rest fits, least important first. `sizes` gives every field its columns of text;
/// fields without a place in the order of importance always stay. A bid without its ask misleads, so fields that
/// belong together go together.
pub(super) fn hidden_to_fit(
    command: Command,
    sizes: &[(Field, usize)],
    available: usize,
) -> Vec<Field> {
    let mut total: usize = sizes.iter().map(|(_, size)| size).sum();
    let mut hidden = Vec::new();
    for together in importance(command).iter().rev() {
        if total <= available {
            break;
        }
        for field in together.iter().rev() {
            if let Some((_, size)) = sizes.iter().find(|(shown, _)| shown == field) {
                total -= size;
                hidden.push(*field);
            }
        }
    }
    hidden
}

fn table_columns(command: Command) -> &'static [Field] {
    match command {
        Command::Quote => QUOTE,
        Command::Greeks => GREEKS,
        Command::Screen => SCREEN,
    }
}

/// The fields that may be hidden, most important first. The symbol is not among them.
fn importance(command: Command) -> &'static [&'static [Field]] {
    match command {
        Command::Quote => QUOTE_IMPORTANCE,
        Command::Greeks => GREEKS_IMPORTANCE,
        Command::Screen => SCREEN_IMPORTANCE,
    }
}

/// A column is worth its place unless it makes no sense for any row, or lists reasons and there are none.
pub(super) fn says_something(report: &Report, field: Field) -> bool {
    let mut rows = report.rows.iter();
    if field == Field::Reasons {
        return rows.any(
            |row| matches!(row.value(field), Some(Value::List(reasons)) if !reasons.is_empty()),
        );
    }
    report.rows.is_empty() || rows.any(|row| row.reason(field) != Some(Reason::NotApplicable))
}

const QUOTE: &[Field] = &[
    Field::Symbol,
    Field::Bid,
    Field::Ask,
    Field::Last,
    Field::ChgPct,
    Field::Iv,
    Field::Ivr,
    Field::Ivp,
    Field::Hv30,
    Field::Hv90,
    Field::Vrp,
    Field::Liq,
    Field::EarningsDays,
    Field::Volume,
    Field::Age,
    Field::Basis,
];

const QUOTE_IMPORTANCE: &[&[Field]] = &[
    &[Field::Last],
    &[Field::Iv],
    &[Field::Ivr],
    &[Field::ChgPct],
    &[Field::Hv30],
    &[Field::Vrp],
    &[Field::Bid, Field::Ask],
    &[Field::EarningsDays],
    &[Field::Basis],
    &[Field::Liq],
    &[Field::Hv90],
    &[Field::Ivp],
    &[Field::Age],
    &[Field::Volume],
];

const GREEKS: &[Field] = &[
    Field::Symbol,
    Field::Expiration,
    Field::Dte,
    Field::Strike,
    Field::Right,
    Field::Bid,
    Field::Ask,
    Field::Mark,
    Field::Iv,
    Field::Delta,
    Field::Gamma,
    Field::Theta,
    Field::Vega,
    Field::Volume,
    Field::OpenInterest,
];

const GREEKS_IMPORTANCE: &[&[Field]] = &[
    &[Field::Iv],
    &[Field::Delta],
    &[Field::Bid, Field::Ask],
    &[Field::Theta],
    &[Field::Mark],
    &[Field::Vega],
    &[Field::Gamma],
    &[Field::Dte],
    &[Field::OpenInterest],
    &[Field::Volume],
    &[Field::Expiration, Field::Strike, Field::Right],
];

const SCREEN: &[Field] = &[
    Field::Rank,
    Field::Symbol,
    Field::Score,
    Field::Signal,
    Field::Mark,
    Field::ChgPct,
    Field::Iv,
    Field::Ivr,
    Field::Ivp,
    Field::Hv30,
    Field::Hv90,
    Field::Vrp,
    Field::VrpT,
    Field::Liq,
    Field::EarningsDays,
    Field::Reasons,
];

const SCREEN_IMPORTANCE: &[&[Field]] = &[
    &[Field::Score],
    &[Field::Signal],
    &[Field::Reasons],
    &[Field::Mark],
    &[Field::Iv],
    &[Field::Vrp],
    &[Field::Ivp],
    &[Field::EarningsDays],
    &[Field::Ivr],
    &[Field::Hv30],
    &[Field::Liq],
    &[Field::VrpT],
    &[Field::ChgPct],
    &[Field::Hv90],
    &[Field::Rank],
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::testing::{report, row};

    #[test]
    fn all_but_the_symbol_can_be_hidden() {
        for command in Command::ALL {
            let mut orderly = importance(command).concat();
            let mut shown: Vec<_> = table_columns(command).to_vec();
            shown.retain(|field| *field != Field::Symbol);
            orderly.sort_unstable();
            shown.sort_unstable();
            assert_eq!(orderly, shown, "{command:?}");
        }
    }

    #[test]
    fn every_column_belongs_to_its_command() {
        for command in Command::ALL {
            for field in table_columns(command) {
                assert!(field.info().commands.contains(&command), "{field}");
            }
        }
    }

    #[test]
    fn the_least_important_goes_first_and_only_as_many_as_needed() {
        let sizes: Vec<_> = QUOTE.iter().map(|field| (*field, 8)).collect();
        assert_eq!(
            hidden_to_fit(Command::Quote, &sizes, 8 * 14),
            [Field::Volume, Field::Age]
        );
        assert!(hidden_to_fit(Command::Quote, &sizes, 8 * 16).is_empty());
        assert_eq!(hidden_to_fit(Command::Quote, &sizes, 0).len(), 15);
    }

    #[test]
    fn bid_and_ask_go_together() {
        let sizes: Vec<_> = QUOTE.iter().map(|field| (*field, 8)).collect();
        for columns in 1..16 {
            let hidden = hidden_to_fit(Command::Quote, &sizes, 8 * columns);
            assert_eq!(
                hidden.contains(&Field::Bid),
                hidden.contains(&Field::Ask),
                "{columns}"
            );
        }
    }

    #[test]
    fn a_column_that_fits_no_row_is_left_out() {
        let mut report = report(Command::Quote, vec![row("SPY"), row("/ES")]);
        for row in &mut report.rows {
            row.set_missing(Field::Liq, Reason::NotApplicable);
        }
        report.rows[0].set_missing(Field::Ivr, Reason::NotApplicable);
        let shown = shown_fields(&report);
        assert!(!shown.contains(&Field::Liq));
        assert!(shown.contains(&Field::Ivr));
    }
}
