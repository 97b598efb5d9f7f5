//! Commands: the composition root, and the only room that knows all the others.
//!
//! One command, one file, holding its arguments, its help and its function. `context` turns settings into clients,
//! [`failure`] turns every error into an exit code and a hint, [`answer`] turns what a run found into output.

pub mod answer;
pub mod args;
mod backend;
mod built_in;
pub mod cache;
mod completions;
pub mod config;
mod context;
mod demand;
mod diagnose_access;
pub mod failure;
mod fields;
mod greeks;
mod messages;
pub mod options;
mod plan;
mod progress;
mod quote;
mod range;
mod schema;
mod screen;
#[cfg(feature = "demo")]
mod simulate;
pub mod symbols;

use std::ffi::OsString;

use clap::{Parser, Subcommand};

use args::GlobalArgs;
use context::Context;
use failure::{ExitStatus, Failure};

/// What do these symbols cost, how rich is their volatility, how do you know, and what is missing
///
/// volq merges tastytrade's DXLink stream, tastytrade's REST API and a keyless fallback into one answer, field by field,
/// within a bounded time.
///
/// Example: volq screen --demo --top 10, which needs no account
#[derive(Parser, Debug)]
#[command(
    name = "volq",
    version,
    args_override_self = true,
    max_term_width = 100,
    propagate_version = true
)]
#[command(after_help = "Exit codes:
  0 done          3 authentication  6 no data      130 interrupted
  1 internal      4 not entitled    7 incomplete
  2 usage         5 network         8 gate")]
pub struct Cli {
    /// Options that every command understands.
    #[command(flatten)]
    pub global: GlobalArgs,
    /// The command.
    #[command(subcommand)]
    pub command: CliCommand,
}

/// The commands, in the order of the help. Their help stands in their files, beside their arguments.
#[derive(Subcommand, Debug)]
#[expect(
    missing_docs,
    reason = "a comment here would replace the help text of the command's own file"
)]
pub enum CliCommand {
    Quote(quote::QuoteArgs),
    Greeks(greeks::GreeksArgs),
    Screen(screen::ScreenArgs),
    DiagnoseAccess(diagnose_access::DiagnoseAccessArgs),
    Fields(fields::FieldsArgs),
    Config(config::ConfigArgs),
    Cache(cache::CacheArgs),
    #[cfg(feature = "demo")]
    Simulate(simulate::SimulateArgs),
    Completions(completions::CompletionsArgs),
    Man(completions::ManArgs),
    Schema(schema::SchemaArgs),
}

/// Runs the program with these arguments and gives its exit code.
pub fn run(args: impl IntoIterator<Item = OsString>) -> u8 {
    let args: Vec<OsString> = args.into_iter().collect();
    match Cli::try_parse_from(&args) {
        Ok(cli) => dispatch(cli).code(),
        Err(error) => {
            answer::not_understood(&args, &error);
            failure::clap(&error).code()
        }
    }
}

fn dispatch(cli: Cli) -> ExitStatus {
    let Cli { global, command } = cli;
    let outcome = match command {
        CliCommand::Quote(args) => {
            let mut typed = global.layer();
            args.history.set(&mut typed);
            return answer::command(crate::model::Command::Quote, &global, typed, |context| {
                quote::run(args, context)
            });
        }
        CliCommand::Greeks(args) => {
            let typed = global.layer();
            return answer::command(crate::model::Command::Greeks, &global, typed, |context| {
                greeks::run(args, context)
            });
        }
        CliCommand::Screen(args) => {
            let mut typed = global.layer();
            args.history.set(&mut typed);
            return answer::command(crate::model::Command::Screen, &global, typed, |context| {
                screen::run(args, context)
            });
        }
        CliCommand::DiagnoseAccess(args) => diagnose_access::run(args, &global),
        CliCommand::Fields(args) => {
            Context::load(&global).and_then(|context| fields::run(&args, &context))
        }
        CliCommand::Config(args) => config_command(&args, &global),
        CliCommand::Cache(args) => {
            Context::load(&global).and_then(|context| cache::run(&args, &context))
        }
        #[cfg(feature = "demo")]
        CliCommand::Simulate(args) => {
            Context::load(&global).and_then(|context| simulate::run(args, &context))
        }
        CliCommand::Completions(args) => completions::completions(&args),
        CliCommand::Man(args) => completions::man(&args),
        CliCommand::Schema(args) => schema::run(&args),
    };
    outcome.unwrap_or_else(|failure| failure.report(&global))
}

fn config_command(args: &config::ConfigArgs, global: &GlobalArgs) -> Result<ExitStatus, Failure> {
    use config::ConfigAction;
    let environment = crate::settings::Environment::capture();
    let text = match args.action {
        ConfigAction::Show => {
            let context = Context::load(global)?;
            if context.view.format == crate::model::OutputFormat::Json {
                format!("{:#}\n", config::show_json(&context.settings))
            } else {
                config::show_table(&context.settings)
            }
        }
        ConfigAction::Check => {
            config::check(&Context::load(global)?.settings)?;
            "settings are fine\n".to_owned()
        }
        ConfigAction::Path => format!(
            "{}\n",
            config::path(&environment, global.config.as_deref())?.display()
        ),
        ConfigAction::Init => {
            let path = config::path(&environment, global.config.as_deref())?;
            config::init(&path)?;
            format!("wrote {}\n", path.display())
        }
    };
    messages::data(&text)?;
    Ok(ExitStatus::Done)
}
