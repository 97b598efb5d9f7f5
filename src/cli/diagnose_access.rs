//! `volq diagnose-access`: the way from credentials to the first event, layer by layer.

use std::io;

use clap::Args;
use tokio_util::sync::CancellationToken;

use super::answer::{block_on, until_interrupted};
use super::args::GlobalArgs;
use super::backend;
use super::context::Context;
use super::failure::{ExitStatus, Failure, FailureKind};
use crate::clock::{Clock, SystemClock};
use crate::diagnose::{Findings, Input, diagnose, diagnose_settings};
use crate::model::OutputFormat;
use crate::render::{GreeksLayout, Terminal, View, render_diagnosis};

/// The way from credentials to the first event, layer by layer
///
/// Each layer is tried the way quote does it, later ones also when one they do not need has failed. A failure comes with
/// the server's own words and what to do. Facts of the login are shown, tokens never are. The exit code is that of the
/// first layer that fails. Tokens kept by earlier runs are neither used nor replaced.
///
/// Example: volq diagnose-access --json | jq -r '.layers[] | select(.status == "fail") | .hint'
#[derive(Args, Clone, Copy, Debug)]
pub struct DiagnoseAccessArgs {}

/// Makes the findings and prints them. Settings that do not hold are a finding too.
pub(super) fn run(_args: DiagnoseAccessArgs, global: &GlobalArgs) -> Result<ExitStatus, Failure> {
    let failure = match Context::load(global) {
        Ok(mut context) => {
            // The login itself is what is tested: a kept token would hide that it does not work any more.
            context.store = None;
            context.command = "diagnose-access";
            return block_on(found(&context));
        }
        Err(failure) => failure,
    };
    if failure.kind != FailureKind::Settings {
        return Err(failure);
    }
    let findings = diagnose_settings(&failure.error.to_string(), SystemClock.now());
    print(&findings, typed(global))
}

async fn found(context: &Context) -> Result<ExitStatus, Failure> {
    let backend = backend::open(context).await?;
    let input = Input {
        settings: &context.settings,
        sources: backend.sources(),
        rest_url: backend.rest_url(context),
        limits: context.limits(),
    };
    let cancel = CancellationToken::new();
    let work = Box::pin(diagnose(input, &cancel));
    match until_interrupted(&cancel, work).await {
        Some(findings) => print(&findings, context.view),
        None => Ok(ExitStatus::Interrupted),
    }
}

fn print(findings: &Findings, view: View) -> Result<ExitStatus, Failure> {
    render_diagnosis(&findings.diagnosis, view, &mut io::stdout().lock())?;
    let failure = findings.failure();
    Ok(failure.map_or(ExitStatus::Done, FailureKind::exit_status))
}

/// The view as far as it was typed, for when no settings can be asked.
fn typed(global: &GlobalArgs) -> View {
    let format = if global.json {
        OutputFormat::Json
    } else {
        global.output.unwrap_or_default()
    };
    View {
        format,
        terminal: Terminal::default(),
        greeks: GreeksLayout::default(),
    }
}
