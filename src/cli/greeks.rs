//! `volq greeks`: options with their greeks, given by symbol or selected from a chain.

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use jiff::civil::Date;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::answer::{CommandResult, finish, run_question, until_interrupted};
use super::args::SymbolArgs;
use super::context::Context;
use super::demand::Demand;
use super::failure::{ExitStatus, Failure};
use super::options::{self, Chosen, OptionFilter};
use super::range::{Days, NumberRange};
use super::{backend, plan, symbols};
use crate::clock::new_york_date;
use crate::model::report::Warning;
use crate::model::{Command, Field, FieldSet, Right, Row, Symbol};
use crate::provider::{Collected, Engine, Expirations, Listing, Question, Selection, Target};
use crate::render::GreeksLayout;

/// Calendar days of the expiration that is taken when nothing else is said.
const MONTH: i32 = 30;

/// Strikes on each side of the money when nothing else is said.
const STRIKES: usize = 5;

/// Options with their greeks, named or selected from the chain of an underlying
///
/// An underlying stands for options of its chain, SPY for the five strikes on each side of the money in the standard
/// expiration nearest to 30 days. Options are named in any spelling: 'SPY 2026-12-18 600 C', .SPY261218C600 or
/// SPY261218C00600000.
///
/// Example: volq greeks SPY --dte 45 --delta 0.16..0.35 --right put
#[derive(Args, Debug)]
pub struct GreeksArgs {
    #[command(flatten)]
    symbols: SymbolArgs,

    /// Expiration nearest to so many days, or all in a range such as 20..60 [default: 30]
    #[arg(
        long,
        value_name = "DAYS",
        help_heading = "Selection",
        conflicts_with = "expiration"
    )]
    dte: Option<Days>,

    /// Expiration of this day, whether standard or not
    #[arg(long, value_name = "DATE", help_heading = "Selection")]
    expiration: Option<Date>,

    /// Count weeklies and all other expirations beside the standard ones
    #[arg(long, help_heading = "Selection", conflicts_with = "expiration")]
    weeklies: bool,

    /// Strikes on each side of the one at the money [default: 5]
    ///
    /// With --delta or --moneyness and without this, every strike is looked at.
    #[arg(long, value_name = "N", help_heading = "Selection")]
    strikes: Option<usize>,

    /// Only the strike at the money
    #[arg(
        long,
        help_heading = "Selection",
        conflicts_with_all = ["strikes", "delta", "moneyness"]
    )]
    atm: bool,

    /// Range of delta without its sign, such as 0.16..0.35
    #[arg(long, value_name = "RANGE", help_heading = "Selection")]
    delta: Option<NumberRange>,

    /// Range of strike divided by price of the underlying, such as 0.8..1.2
    #[arg(long, value_name = "RANGE", help_heading = "Selection")]
    moneyness: Option<NumberRange>,

    /// Only one side: call or put
    #[arg(
        long,
        value_name = "RIGHT",
        help_heading = "Selection",
        hide_possible_values = true,
        value_parser = PossibleValuesParser::new(["call", "put"]).map(|word| right(&word))
    )]
    right: Option<Right>,

    /// One option per line in the table
    #[arg(long, help_heading = "Output")]
    long: bool,
}

fn right(word: &str) -> Right {
    if word == Right::Call.name() {
        Right::Call
    } else {
        Right::Put
    }
}

impl GreeksArgs {
    /// Whether anything was said about which options of an underlying are wanted.
    fn is_selecting(&self) -> bool {
        self.dte.is_some()
            || self.expiration.is_some()
            || self.weeklies
            || self.strikes.is_some()
            || self.atm
            || self.delta.is_some()
            || self.moneyness.is_some()
            || self.right.is_some()
    }

    fn filter(&self) -> OptionFilter {
        let weeklies = self.weeklies;
        let expirations = match (self.expiration, &self.dte) {
            (Some(date), _) => Expirations::On(date),
            (None, Some(Days::Within(days))) => Expirations::Within {
                days: days.clone(),
                weeklies,
            },
            (None, Some(Days::Near(days))) => Expirations::Nearest {
                days: *days,
                weeklies,
            },
            (None, None) => Expirations::Nearest {
                days: MONTH,
                weeklies,
            },
        };
        let is_measured = self.delta.is_some() || self.moneyness.is_some();
        let around = match self.strikes {
            _ if self.atm => Some(0),
            None if is_measured => None,
            strikes => Some(strikes.unwrap_or(STRIKES)),
        };
        OptionFilter {
            selection: Selection {
                expirations,
                around,
                moneyness: self.moneyness.clone().map(|span| span.0),
                right: self.right,
            },
            delta: self.delta.clone().map(|span| span.0),
        }
    }
}

pub(super) async fn run(args: GreeksArgs, mut context: Context) -> Result<ExitStatus, Failure> {
    let began = Instant::now();
    let symbols = symbols::read(&args.symbols, symbols::stdin, context.settings.run.timeout)?;
    options::check(&symbols, args.is_selecting())?;
    if args.long {
        context.view.greeks = GreeksLayout::Long;
    }
    let filter = args.filter();
    let read = filter
        .delta
        .as_ref()
        .map_or(FieldSet::EMPTY, |_| FieldSet::of(&[Field::Delta]));
    let demand = Demand::of(&context, Command::Greeks, FieldSet::EMPTY)?;
    let backend = backend::open(&context).await?;
    let underlyings = options::underlyings(&symbols);
    if let Some(first) = underlyings.first() {
        options::check_account(backend.sources(), first)?;
    }
    let mut engine = Engine::new(backend.sources(), context.limits(), began);
    if context.global.plan {
        let question = first_question(&symbols, &underlyings, demand.wants);
        return plan::run(&context, Command::Greeks, engine, question);
    }
    let cancel = CancellationToken::new();
    let work = async {
        let listings = list(&context, &mut engine, &underlyings, began, &cancel).await;
        let today = new_york_date(context.clock.now());
        let chosen = match listings {
            Some(listings) => options::choose(&symbols, listings, &filter, today)?,
            None => Chosen::default(),
        };
        let question = Question {
            targets: targets(&chosen, demand.wants.union(read)),
            ..Question::default()
        };
        let found = run_question(&context, &mut engine, question, began, &cancel).await;
        context.progress.finish();
        Ok::<_, Failure>((chosen, found, engine.close().await))
    };
    let Some(found) = until_interrupted(&cancel, work).await else {
        return Ok(ExitStatus::Interrupted);
    };
    let (chosen, found, mut collected) = found?;
    let mut measured = found.rows;
    measured.truncate(chosen.options.len());
    let rows = wanted(&measured, &chosen, &filter, &mut collected);
    measured.extend(chosen.gaps());
    warn_of_refused(&chosen, &mut collected);
    finish(
        &context,
        CommandResult {
            command: Command::Greeks,
            rows,
            collected,
            counting: demand.counting,
            universe: Some(measured),
            screen: None,
            began,
            demo: backend.is_built_in(),
        },
    )
}

/// What is asked before options are chosen: the chains, or the options themselves where all are named.
fn first_question(symbols: &[Symbol], underlyings: &[Symbol], wants: FieldSet) -> Question {
    if !underlyings.is_empty() {
        return Listing::question(underlyings);
    }
    let chosen = Chosen {
        options: symbols.to_vec(),
        ..Chosen::default()
    };
    Question {
        targets: targets(&chosen, wants),
        ..Question::default()
    }
}

/// What is listed of the underlyings; `None` when the user broke it off.
async fn list(
    context: &Context,
    engine: &mut Engine,
    underlyings: &[Symbol],
    began: Instant,
    cancel: &CancellationToken,
) -> Option<Vec<Listing>> {
    if underlyings.is_empty() {
        return Some(Vec::new());
    }
    let question = Listing::question(underlyings);
    let found = run_question(context, engine, question, began, cancel).await;
    (!found.interrupted).then(|| Listing::all(found))
}

/// The options, and after them the underlyings, which are asked for their price alone and not shown.
fn targets(chosen: &Chosen, wants: FieldSet) -> Vec<Target> {
    let price = FieldSet::of(&[Field::Bid, Field::Ask, Field::Last]);
    let options = chosen.options.iter().map(|option| Target {
        symbol: option.clone(),
        wants,
        explained: FieldSet::EMPTY,
    });
    let underlyings = chosen.underlyings().into_iter().map(|symbol| Target {
        symbol,
        wants: price,
        explained: FieldSet::EMPTY,
    });
    options.chain(underlyings).collect()
}

/// The rows that are shown: named options, and selected ones whose delta is within the range if there is one.
fn wanted(
    rows: &[Row],
    chosen: &Chosen,
    filter: &OptionFilter,
    collected: &mut Collected,
) -> Vec<Row> {
    let Some(range) = &filter.delta else {
        return rows.to_vec();
    };
    let is_selected = |row: &Row| !chosen.named.contains(&row.symbol);
    let unknown = rows
        .iter()
        .filter(|row| is_selected(row) && row.number(Field::Delta).is_none())
        .count();
    if unknown > 0 {
        collected.warnings.push(Warning {
            code: "no_delta",
            message: format!("{unknown} options were left out because their delta is not known"),
        });
    }
    let fits = |row: &&Row| {
        let delta = row.number(Field::Delta).map(f64::abs);
        !is_selected(row) || delta.is_some_and(|delta| range.contains(&delta))
    };
    rows.iter().filter(fits).cloned().collect()
}

/// What looking up chains did not find.
fn warn_of_refused(chosen: &Chosen, collected: &mut Collected) {
    let missed = chosen.refused.iter().map(|(_, error)| Warning {
        code: "no_options",
        message: error.to_string(),
    });
    collected.warnings.extend(missed);
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Probe {
        #[command(flatten)]
        greeks: GreeksArgs,
    }

    fn parsed(line: &str) -> GreeksArgs {
        Probe::try_parse_from(line.split(' ')).unwrap().greeks
    }

    #[test]
    fn five_strikes_on_each_side_a_month_away_unless_said_otherwise() {
        let args = parsed("greeks SPY");
        assert!(!args.is_selecting());
        let selection = args.filter().selection;
        assert_eq!(selection.around, Some(5));
        let month = Expirations::Nearest {
            days: 30,
            weeklies: false,
        };
        assert_eq!(selection.expirations, month);
    }

    #[test]
    fn what_is_measured_looks_at_every_strike() {
        let around = |line| parsed(line).filter().selection.around;
        assert_eq!(around("greeks SPY --delta 0.1..0.2"), None);
        assert_eq!(around("greeks SPY --moneyness 0.9..1.1"), None);
        assert_eq!(
            around("greeks SPY --moneyness 0.9..1.1 --strikes 3"),
            Some(3)
        );
        assert_eq!(around("greeks SPY --atm"), Some(0));
    }

    #[test]
    fn wishes_that_exclude_each_other_are_refused() {
        for line in [
            "greeks SPY --atm --strikes 3",
            "greeks SPY --atm --delta 0.1..0.2",
            "greeks SPY --dte 45 --expiration 2026-12-18",
            "greeks SPY --weeklies --expiration 2026-12-18",
            "greeks SPY --right both",
            "greeks SPY --dte 60..20",
            "greeks SPY --expiration 2026-13-18",
        ] {
            assert!(Probe::try_parse_from(line.split(' ')).is_err(), "{line}");
        }
    }

    fn row(symbol: &str, delta: Option<f64>) -> Row {
        let mut row = Row::new(symbol.parse().unwrap());
        if let Some(delta) = delta {
            row.set_computed(Field::Delta, crate::model::Value::Number(delta));
        }
        row
    }

    #[test]
    fn a_range_of_delta_drops_selected_options_and_no_named_ones() {
        let rows = [
            row(".SPY261218C600", Some(0.5)),
            row(".SPY261218P600", Some(-0.2)),
            row(".SPY261218C700", None),
            row(".SPY261218C500", Some(0.9)),
        ];
        let named: Symbol = ".SPY261218C500".parse().unwrap();
        let chosen = Chosen {
            named: std::iter::once(named).collect(),
            ..Chosen::default()
        };
        let mut collected = Collected::default();
        let filter = parsed("greeks SPY --delta 0.1..0.3").filter();
        let kept = wanted(&rows, &chosen, &filter, &mut collected);
        let kept: Vec<&str> = kept.iter().map(|row| row.symbol.as_str()).collect();
        assert_eq!(kept, ["SPY   261218P00600000", "SPY   261218C00500000"]);
        assert_eq!(collected.warnings[0].code, "no_delta");
    }
}
