//! `--plan`: what a command would ask, without asking it.

use std::io::{self, Write};

use serde::Serialize;

use super::context::Context;
use super::failure::{ExitStatus, Failure};
use crate::model::{Command, OutputFormat};
use crate::provider::{Engine, Plan, Question};

/// Prints what a question would cost.
pub(super) fn run(
    context: &Context,
    command: Command,
    engine: Engine,
    question: Question,
) -> Result<ExitStatus, Failure> {
    let symbols = question.targets.len();
    let limits = context.limits();
    let plan = engine.plan(question, limits);
    let document = Document::of(command, symbols, &plan, limits.timeout.for_plan(plan.least));
    let mut out = io::stdout().lock();
    if context.view.format == OutputFormat::Json {
        serde_json::to_writer_pretty(&mut out, &document).map_err(io::Error::from)?;
        writeln!(out)?;
    } else {
        out.write_all(document.text().as_bytes())?;
    }
    out.flush()?;
    Ok(ExitStatus::Done)
}

/// The plan as JSON writes it.
#[derive(Serialize)]
struct Document {
    schema: &'static str,
    command: &'static str,
    symbols: usize,
    requests: Vec<Requests>,
    subscriptions: Vec<Subscriptions>,
    messages: usize,
    message_bytes: usize,
    least_ms: u128,
    timeout_ms: u128,
}

#[derive(Serialize)]
struct Requests {
    endpoint: &'static str,
    symbols: usize,
    count: usize,
    least_ms: u128,
}

#[derive(Serialize)]
struct Subscriptions {
    event: &'static str,
    count: usize,
}

impl Document {
    fn of(command: Command, symbols: usize, plan: &Plan, timeout: std::time::Duration) -> Self {
        let requests = plan.requests.iter().map(|of| Requests {
            endpoint: of.endpoint,
            symbols: of.symbols,
            count: of.requests,
            least_ms: of.least.as_millis(),
        });
        let subscriptions = plan.subscriptions.iter().map(|of| Subscriptions {
            event: of.event_type.name(),
            count: of.count,
        });
        Self {
            schema: "volq.plan/1",
            command: command.name(),
            symbols,
            requests: requests.collect(),
            subscriptions: subscriptions.collect(),
            messages: plan.messages,
            message_bytes: plan.bytes,
            least_ms: plan.least.as_millis(),
            timeout_ms: timeout.as_millis(),
        }
    }

    fn text(&self) -> String {
        let mut lines = vec![format!(
            "{} of {} would ask",
            self.command,
            counted(self.symbols, "symbol")
        )];
        for of in &self.requests {
            let (requests, symbols) = (counted(of.count, "request"), counted(of.symbols, "symbol"));
            lines.push(format!(
                "  {:<22} {requests} for {symbols}, {} at least",
                of.endpoint,
                seconds(of.least_ms)
            ));
        }
        let types: Vec<String> = self
            .subscriptions
            .iter()
            .map(|of| format!("{} {}", of.event, of.count))
            .collect();
        if types.is_empty() {
            lines.push("  no stream".to_owned());
        } else {
            lines.push(format!(
                "  stream                 {} in {}, {} bytes",
                types.join(", "),
                counted(self.messages, "message"),
                self.message_bytes
            ));
        }
        lines.push(format!(
            "{} at least by the rations, {} at most; nothing was asked",
            seconds(self.least_ms),
            seconds(self.timeout_ms)
        ));
        lines.join("\n") + "\n"
    }
}

fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a run lasts far less than 2^53 ms"
)]
fn seconds(milliseconds: u128) -> String {
    format!("{:.1} s", milliseconds as f64 / 1000.0)
}
