//! `volq screen`: a universe, filtered, scored and ranked.

use clap::Args;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::answer::{CommandResult, finish, run_question, until_interrupted};
use super::args::{HistoryArgs, SymbolArgs};
use super::context::Context;
use super::demand::Demand;
use super::failure::{ExitStatus, Failure, UsageError};
use super::symbols::SymbolListError;
use super::{backend, messages, symbols};
use crate::model::{Command, Field, FieldSet, Row, Symbol, Thresholds};
use crate::provider::{Engine, Question, atm_spreads};
use crate::render::waterfall;
use crate::screen::{
    Overrides, Profile, Rejected, Rule, ScreenOptions, Screened, SortKeys, appraise, may_pass,
    screen,
};

/// A universe of symbols, filtered, scored and ranked
///
/// Example: volq screen --file universe.csv --profile balanced --where 'ivr > 30 && earnings_days > 7' --top 20
#[derive(Args, Debug)]
#[expect(
    clippy::doc_markdown,
    reason = "the comments are the help text, which has no markup"
)]
pub struct ScreenArgs {
    #[command(flatten)]
    symbols: SymbolArgs,

    #[command(flatten)]
    pub(super) history: HistoryArgs,

    /// Keep rows for which the expression is true; repeatable, all must hold
    ///
    /// Comparison, arithmetic, &&, ||, !, parentheses, in, is null. `volq fields` lists the names. A row for which it cannot
    /// be decided does not pass and is counted apart. Example: --where 'ivr > 30 && iv / hv30 > 1.2'
    #[arg(long = "where", value_name = "EXPR", help_heading = "Filter")]
    conditions: Vec<String>,

    /// Named set of rules: balanced, broad, high_quality, aggressive or one of your own
    #[arg(long, value_name = "NAME", help_heading = "Filter")]
    profile: Option<String>,

    /// Order of the rows: field names, - before a name for descending [default: -score where score or rank is shown]
    #[arg(
        long,
        value_name = "KEYS",
        help_heading = "Filter",
        allow_hyphen_values = true
    )]
    sort: Option<String>,

    /// Most passing rows to show
    #[arg(long, value_name = "N", help_heading = "Filter")]
    top: Option<usize>,

    /// Show rejected rows as well, each with its reasons
    #[arg(long, help_heading = "Filter")]
    all: bool,

    /// Volatility risk premium must exceed this
    #[arg(long, value_name = "X", help_heading = "Filter")]
    min_vrp: Option<f64>,

    /// Implied volatility percentile must reach this, %
    #[arg(long, value_name = "PCT", help_heading = "Filter")]
    min_ivp: Option<f64>,

    /// Liquidity rating must reach this, 0 to 5
    #[arg(long, value_name = "N", help_heading = "Filter")]
    min_liq: Option<f64>,

    /// Price must reach this, $; futures are exempt
    #[arg(long, value_name = "USD", help_heading = "Filter")]
    min_price: Option<f64>,

    /// Spread of the at-the-money options must not exceed this, % of their mid
    #[arg(long, value_name = "PCT", help_heading = "Filter")]
    max_spread: Option<f64>,

    /// Drop companies that report earnings within so many days
    #[arg(long, value_name = "DAYS", help_heading = "Filter")]
    skip_earnings: Option<u32>,

    /// Symbols to drop, separated by commas
    #[arg(
        long,
        value_name = "SYMBOLS",
        help_heading = "Filter",
        value_delimiter = ','
    )]
    exclude: Vec<Symbol>,

    /// Symbols you hold, separated by commas: marked, not dropped
    #[arg(
        long,
        value_name = "SYMBOLS",
        help_heading = "Filter",
        value_delimiter = ','
    )]
    held: Vec<Symbol>,

    /// Exit 8 when no row passes
    #[arg(long, help_heading = "Filter")]
    fail_empty: bool,

    /// Say on stderr how many rows each rule cut
    #[arg(long, help_heading = "Filter")]
    waterfall: bool,
}

pub(super) async fn run(args: ScreenArgs, context: Context) -> Result<ExitStatus, Failure> {
    let began = Instant::now();
    let plan = plan(&args, &context)?;
    let named_universe = read_universe(&args, &context)?;
    let backend = backend::open(&context).await?;
    let universe = named_universe.unwrap_or_else(|| backend.universe());
    let mut engine = Engine::new(backend.sources(), context.limits(), began);
    let targets = universe
        .into_iter()
        .map(|symbol| plan.demand.target(symbol));
    let question = Question {
        targets: targets.collect(),
        ..Question::default()
    };
    if context.global.plan {
        return super::plan::run(&context, Command::Screen, engine, question);
    }
    let cancel = CancellationToken::new();
    let work = async {
        let mut found = run_question(&context, &mut engine, question, began, &cancel).await;
        if !found.interrupted {
            let spreads = fetch_spreads(&context, &engine, &plan, &mut found.rows);
            cancel.run_until_cancelled(spreads).await;
        }
        context.progress.finish();
        (found.rows, engine.close().await)
    };
    let Some((universe, mut collected)) = until_interrupted(&cancel, work).await else {
        return Ok(ExitStatus::Interrupted);
    };
    collected.interrupted |= cancel.is_cancelled();
    let Screened { rows, mut meta } = screen(universe.clone(), &plan.rules, &plan.options);
    meta.profile.clone_from(&args.profile);
    if args.waterfall && !context.global.quiet {
        messages::note(&waterfall(&meta, context.view.terminal));
    }
    let is_empty = meta.passed == 0;
    let answer = CommandResult {
        command: Command::Screen,
        rows,
        collected,
        counting: plan.demand.counting,
        universe: Some(universe),
        screen: Some(meta),
        began,
        demo: backend.is_built_in(),
    };
    let status = finish(&context, answer)?;
    Ok(
        if args.fail_empty && is_empty && status == ExitStatus::Done {
            ExitStatus::Gate
        } else {
            status
        },
    )
}

/// What is to be screened by, known before anything connects.
struct Plan {
    rules: Vec<Rule>,
    options: ScreenOptions,
    demand: Demand,
}

fn plan(args: &ScreenArgs, context: &Context) -> Result<Plan, Failure> {
    let mut rules = profile_rules(args, context)?;
    for condition in &args.conditions {
        rules.push(Rule::compile(Rule::OWN, condition)?);
    }
    // Cheap rules first: what costs requests is fetched only for rows that they leave.
    rules.sort_by_key(Rule::is_costly);
    let sort = args
        .sort
        .as_deref()
        .map(str::parse::<SortKeys>)
        .transpose()?;
    let read_by_rules = rules
        .iter()
        .map(Rule::needs)
        .fold(FieldSet::EMPTY, FieldSet::union);
    let read_by_sort = sort.as_ref().map_or(FieldSet::EMPTY, SortKeys::fields);
    let mut demand = Demand::of(context, Command::Screen, read_by_rules.union(read_by_sort))?;
    // It exists only for rows that pass the other rules, so its absence elsewhere is no gap.
    demand.counting.named.remove(Field::AtmSpreadPct);
    let shows_place = demand.shown.contains(Field::Score) || demand.shown.contains(Field::Rank);
    let options = ScreenOptions {
        sort: sort.or_else(|| shows_place.then(SortKeys::default)),
        top: args.top,
        rejected: if args.all {
            Rejected::Keep
        } else {
            Rejected::Drop
        },
        held: args.held.clone(),
    };
    Ok(Plan {
        rules,
        options,
        demand,
    })
}

/// The rules of the profile with the flags laid over it; the flags alone where there is no profile.
fn profile_rules(args: &ScreenArgs, context: &Context) -> Result<Vec<Rule>, Failure> {
    let overrides = Overrides {
        thresholds: Thresholds {
            min_vrp: args.min_vrp,
            min_ivp: args.min_ivp,
            min_liq: args.min_liq,
            min_price: args.min_price,
            max_spread: args.max_spread,
            ..Thresholds::default()
        },
        skip_earnings: args.skip_earnings,
        exclude: args.exclude.clone(),
    };
    let profile = match &args.profile {
        Some(name) => profile(name, context)?,
        None => Profile {
            name: "none".to_owned(),
            thresholds: Thresholds::default(),
        },
    };
    Ok(profile.rules(&overrides)?)
}

fn profile(name: &str, context: &Context) -> Result<Profile, UsageError> {
    let own = context.settings.profiles.get(name).copied();
    let built_in = Profile::built_in(name);
    match (own, built_in) {
        (Some(own), Some(built_in)) => Ok(Profile {
            thresholds: own.or(built_in.thresholds),
            ..built_in
        }),
        (Some(own), None) => Ok(Profile {
            name: name.to_owned(),
            thresholds: own.or(Thresholds::COMMON),
        }),
        (None, Some(built_in)) => Ok(built_in),
        (None, None) => {
            let own = context.settings.profiles.keys().cloned();
            let known = Profile::names()
                .map(ToString::to_string)
                .chain(own)
                .collect();
            Err(UsageError::UnknownProfile {
                name: name.to_owned(),
                known,
            })
        }
    }
}

/// The symbols that were named; `None` stands for the whole built-in market.
fn read_universe(args: &ScreenArgs, context: &Context) -> Result<Option<Vec<Symbol>>, Failure> {
    match symbols::read(&args.symbols, symbols::stdin, context.settings.run.timeout) {
        Ok(symbols) => Ok(Some(symbols)),
        Err(SymbolListError::Empty) if context.global.demo && args.symbols.file.is_none() => {
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// Fills in the spread of the at-the-money options, where it is wanted, of rows that pass every rule that is free.
async fn fetch_spreads(context: &Context, engine: &Engine, plan: &Plan, rows: &mut [Row]) {
    appraise(rows, &[]);
    let is_wanted = plan.demand.wants.contains(Field::AtmSpreadPct);
    let wanted: Vec<usize> = (0..rows.len())
        .filter(|row| is_wanted && may_pass(&rows[*row], &plan.rules))
        .collect();
    if wanted.is_empty() {
        return;
    }
    if let Some(account) = engine.account() {
        atm_spreads(
            account,
            rows,
            &wanted,
            context.clock.now(),
            engine.ends_at(),
        )
        .await;
    }
}
