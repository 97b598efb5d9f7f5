//! `volq quote`: one row per symbol, prices and volatility merged.

use clap::Args;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::answer::{CommandResult, finish, run_question, until_interrupted};
use super::args::{HistoryArgs, SymbolArgs};
use super::context::Context;
use super::demand::Demand;
use super::failure::{ExitStatus, Failure};
use super::{backend, plan, symbols};
use crate::model::{Command, FieldSet};
use crate::provider::{Engine, Question};

/// Prices and volatility, one row per symbol
///
/// Example: volq quote SPY QQQ /ES --json | jq '.rows[] | {symbol, mark, iv}'
#[derive(Args, Debug)]
pub struct QuoteArgs {
    #[command(flatten)]
    symbols: SymbolArgs,

    #[command(flatten)]
    pub(super) history: HistoryArgs,
}

pub(super) async fn run(args: QuoteArgs, context: Context) -> Result<ExitStatus, Failure> {
    let began = Instant::now();
    let symbols = symbols::read(&args.symbols, symbols::stdin, context.settings.run.timeout)?;
    let demand = Demand::of(&context, Command::Quote, FieldSet::EMPTY)?;
    let backend = backend::open(&context).await?;
    let mut engine = Engine::new(backend.sources(), context.limits(), began);
    let question = Question {
        targets: symbols
            .into_iter()
            .map(|symbol| demand.target(symbol))
            .collect(),
        ..Question::default()
    };
    if context.global.plan {
        return plan::run(&context, Command::Quote, engine, question);
    }
    let cancel = CancellationToken::new();
    let work = async {
        let found = run_question(&context, &mut engine, question, began, &cancel).await;
        context.progress.finish();
        (found, engine.close().await)
    };
    let Some((found, collected)) = until_interrupted(&cancel, work).await else {
        return Ok(ExitStatus::Interrupted);
    };
    finish(
        &context,
        CommandResult {
            command: Command::Quote,
            rows: found.rows,
            collected,
            counting: demand.counting,
            universe: None,
            screen: None,
            began,
            demo: backend.is_built_in(),
        },
    )
}
