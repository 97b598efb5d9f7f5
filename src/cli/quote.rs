//! `volq quote`: one row per symbol, prices and volatility merged.

use clap::Args;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::answer::{Answer, collect, give, until_interrupted};
use super::args::{HistoryArgs, SymbolArgs};
use super::context::Context;
use super::failure::{ExitStatus, Failure};
use super::{market, symbols};
use crate::model::{Command, FieldSet};
use crate::provider::{Counting, Target};

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
    let symbols = symbols::read(&args.symbols, &mut std::io::stdin())?;
    let listed: FieldSet = Command::Quote.fields().collect();
    let named = context.named_fields(Command::Quote);
    let targets = symbols
        .into_iter()
        .map(|symbol| Target {
            symbol,
            wants: listed.union(named),
        })
        .collect();
    let market = market::open(&context).await?;
    let cancel = CancellationToken::new();
    let work = collect(&context, market.sources(), targets, began, &cancel);
    let Some(mut collected) = until_interrupted(&cancel, work).await else {
        return Ok(ExitStatus::Interrupted);
    };
    let counting = Counting {
        listed,
        named,
        strict: context.global.strict,
    };
    let rows = std::mem::take(&mut collected.rows);
    let demo = market.is_built_in();
    give(
        &context,
        Answer {
            command: Command::Quote,
            rows,
            collected,
            counting,
            universe: None,
            screen: None,
            began,
            demo,
        },
    )
}
