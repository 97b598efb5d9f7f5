//! `volq schema`: the JSON Schema of a command's output.

use clap::Args;

use super::failure::{ExitStatus, Failure};
use super::messages;
use crate::render::{SCHEMAS, schema};

/// JSON Schema of a command's output
///
/// Example: volq schema quote > quote.schema.json
#[derive(Args, Debug)]
pub struct SchemaArgs {
    /// Which output: quote, greeks, screen or diagnose
    #[arg(value_name = "COMMAND", value_parser = clap::builder::PossibleValuesParser::new(SCHEMAS), hide_possible_values = true)]
    command: String,
}

pub(super) fn run(args: &SchemaArgs) -> Result<ExitStatus, Failure> {
    if let Some(schema) = schema(&args.command) {
        messages::data(&format!("{schema:#}\n"))?;
    }
    Ok(ExitStatus::Done)
}
