//! `volq fields`: every field, from the table the program itself works with.

use clap::Args;

use super::context::Context;
use super::failure::{ExitStatus, Failure};
use crate::render::render_fields;

/// Every field: name, unit, meaning, sources, commands
///
/// Example: volq fields --json | jq -r '.fields[].name'
#[derive(Args, Debug)]
pub struct FieldsArgs {}

pub(super) fn run(_: &FieldsArgs, context: &Context) -> Result<ExitStatus, Failure> {
    render_fields(context.view, &mut std::io::stdout().lock())?;
    Ok(ExitStatus::Done)
}
