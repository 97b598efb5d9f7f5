//! From what a run found to output and exit code; the same way for every command that prints rows.

use std::ffi::OsString;
use std::io::{self, Write};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::args::GlobalArgs;
use super::context::Context;
use super::failure::{self, ExitStatus, Failure, FailureKind};
use super::messages;
use crate::clock::{Clock, SystemClock};
use crate::model::report::{ErrorInfo, Meta, Report, ScreenMeta, Warning};
use crate::model::{Command, Field, FieldSet, Origin, OutputFormat, Provider, Row};
use crate::provider::{Collected, Counting, Engine, Found, ProviderError, Question, completeness};
use crate::render::{GreeksLayout, Terminal, View, footer, render_report, timings};
use crate::settings::Layer;

/// Runs a command that prints rows, with what was typed as settings. Its failures are an envelope too, where JSON was
/// asked for.
pub(super) fn command<F>(
    command: Command,
    global: &GlobalArgs,
    typed: Layer,
    run: impl FnOnce(Context) -> F,
) -> ExitStatus
where
    F: Future<Output = Result<ExitStatus, Failure>>,
{
    // Before there are settings, only what was typed tells the format.
    let mut is_json = global.json || global.output == Some(OutputFormat::Json);
    let outcome = Context::with(global, typed).and_then(|mut context| {
        context.command = command.name();
        is_json = context.view.format == OutputFormat::Json;
        block_on(run(context))
    });
    outcome.unwrap_or_else(|failure| {
        if is_json && !failure.is_closed_pipe() {
            print_failed(command, failure.info());
        }
        failure.report(global)
    })
}

/// Prints the envelope of a command line that cannot be understood, where its words ask for JSON.
pub(super) fn not_understood(args: &[OsString], error: &clap::Error) {
    let words: Vec<&str> = args.iter().filter_map(|arg| arg.to_str()).collect();
    let asks_for_json = words
        .iter()
        .any(|word| matches!(*word, "--json" | "--output=json" | "-ojson"))
        || words
            .windows(2)
            .any(|pair| matches!(pair, ["-o" | "--output", "json"]));
    let named = |command: &Command| words.contains(&command.name());
    let Some(command) = Command::ALL.into_iter().find(named) else {
        return;
    };
    if !asks_for_json || !error.use_stderr() {
        return;
    }
    let rendered = error.render().to_string();
    let message = rendered.lines().next().unwrap_or_default();
    let info = ErrorInfo {
        kind: FailureKind::Usage,
        message: message.trim_start_matches("error: ").to_owned(),
        hint: Some(format!(
            "`volq {} --help` lists every option",
            command.name()
        )),
    };
    print_failed(command, info);
}

/// Runs a future on a runtime of its own; one thread is enough to decode what any exchange sends.
pub(super) fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(work)
}

/// Does some work and cancels the token at the first Ctrl-C; the second one ends the wait for a clean end.
pub(super) async fn until_interrupted<T>(
    cancel: &CancellationToken,
    work: impl Future<Output = T>,
) -> Option<T> {
    let mut work = std::pin::pin!(work);
    loop {
        tokio::select! {
            biased;
            done = &mut work => return Some(done),
            signal = interrupt() => {
                if signal.is_err() || cancel.is_cancelled() {
                    return None;
                }
                cancel.cancel();
            }
        }
    }
}

/// Ctrl-C, and where there is such a thing the signal that asks a program to end.
async fn interrupt() -> io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            signal = tokio::signal::ctrl_c() => signal,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}

/// Asks a question, with progress on the terminal.
pub(super) async fn run_question(
    context: &Context,
    engine: &mut Engine,
    question: Question,
    began: Instant,
    cancel: &CancellationToken,
) -> Found {
    let progress = context.progress.clone();
    let mut step = move |so_far| progress.step(began, so_far);
    engine
        .ask(question, context.limits(), cancel, &mut step)
        .await
}

/// What a command hands over to be printed.
pub(super) struct CommandResult {
    pub(super) command: Command,
    pub(super) rows: Vec<Row>,
    pub(super) collected: Collected,
    pub(super) counting: Counting,
    /// Completeness is measured over these where they are not the rows.
    pub(super) universe: Option<Vec<Row>>,
    pub(super) screen: Option<ScreenMeta>,
    pub(super) began: Instant,
    pub(super) demo: bool,
}

/// Prints an answer and decides how the process ends.
pub(super) fn finish(context: &Context, answer: CommandResult) -> Result<ExitStatus, Failure> {
    let measured = answer.universe.as_ref().unwrap_or(&answer.rows);
    let completeness = completeness(measured, &answer.counting);
    let gate = if context.global.strict {
        100.0
    } else {
        context.settings.output.min_completeness
    };
    // Where nothing is wanted, nothing is missing.
    let named = answer.counting.named;
    let has_data =
        completeness.fields_wanted == 0 || measured.iter().any(|row| has_data(row, named));
    let (status, error) = verdict(
        &answer.collected,
        has_data,
        completeness.percent() + 1e-9 >= gate,
    );
    let mut warnings: Vec<Warning> = context
        .settings
        .warnings
        .iter()
        .map(Warning::from)
        .collect();
    warnings.extend(context.store_warnings());
    warnings.extend(source_warnings(
        &answer.collected,
        error.is_some(),
        measured,
    ));
    let report = Report {
        command: answer.command,
        as_of: context.clock.now(),
        rows: answer.rows,
        fields: context.fields(answer.command),
        meta: Meta {
            demo: answer.demo,
            elapsed: answer.began.elapsed(),
            providers: answer.collected.providers,
            completeness,
            timings: answer.collected.timings,
            warnings,
            screen: answer.screen,
        },
        error,
    };
    print(&report, context.view)?;
    print_messages(context, &report);
    Ok(status)
}

/// How a run ends, and the error if nothing could be answered.
fn verdict(
    collected: &Collected,
    has_data: bool,
    is_complete: bool,
) -> (ExitStatus, Option<ErrorInfo>) {
    if collected.interrupted {
        let error = ErrorInfo {
            kind: FailureKind::Interrupted,
            message: "broken off; the rows are what had arrived".to_owned(),
            hint: None,
        };
        return (ExitStatus::Interrupted, Some(error));
    }
    if has_data {
        return (
            if is_complete {
                ExitStatus::Done
            } else {
                ExitStatus::Partial
            },
            None,
        );
    }
    let somebody_answered = collected.providers.iter().any(|provider| {
        use crate::model::report::ProviderStatus::{Ok, Partial};
        matches!(provider.status, Ok | Partial)
            && !collected
                .failures
                .iter()
                .any(|(failed, _)| *failed == provider.provider)
    });
    if let Some((source, error)) = collected.failures.first().filter(|_| !somebody_answered) {
        let info = failure::of_source(*source, error);
        return (info.kind.exit_status(), Some(info));
    }
    let error = ErrorInfo {
        kind: FailureKind::NoData,
        message: "the sources answered, but have nothing for any of these symbols".to_owned(),
        hint: Some("check the spelling: futures begin with a slash, /ES; share classes have one inside, BRK/B".to_owned()),
    };
    (ExitStatus::NoData, Some(error))
}

/// Whether a provider supplied a number for the row, or anything that was named. What volq computed is no data: an option
/// says its own strike.
fn has_data(row: &Row, named: FieldSet) -> bool {
    row.cells().any(|(field, cell)| {
        let is_data = field.info().unit.is_numeric() || named.contains(field);
        is_data && cell.origin != Origin::Computed
    })
}

/// One warning per reason that sources failed for, and one when the last rank had to help.
fn source_warnings(collected: &Collected, is_failure: bool, rows: &[Row]) -> Vec<Warning> {
    let mut warnings = collected.warnings.clone();
    let mut reported: Vec<(String, Vec<Provider>, &ProviderError)> = Vec::new();
    for (source, error) in &collected.failures {
        let message = error.to_string();
        match reported.iter_mut().find(|(other, _, _)| *other == message) {
            Some((_, sources, _)) => sources.push(*source),
            None => reported.push((message, vec![*source], error)),
        }
    }
    // The first failure is the error itself when nothing could be answered.
    for (message, sources, error) in reported.into_iter().skip(usize::from(is_failure)) {
        let names: Vec<&str> = sources.iter().map(|source| source.name()).collect();
        let code = sources[0].info().failed_code;
        let hint = failure::hint(error).map_or_else(String::new, |hint| format!("; {hint}"));
        warnings.push(Warning {
            code,
            message: format!("{}: {message}{hint}", names.join(", ")),
        });
    }
    let helped = rows.iter().filter(|row| {
        Field::ALL
            .iter()
            .any(|f| row.cell(*f).is_some_and(|c| c.origin == Origin::LEGACY))
    });
    let helped = helped.count();
    if helped > 0 {
        let message = format!(
            "the keyless daily chart filled gaps of {helped} of {} symbols",
            rows.len()
        );
        warnings.push(Warning {
            code: "legacy_used",
            message,
        });
    }
    warnings
}

fn print(report: &Report, view: View) -> io::Result<()> {
    let mut out = io::stdout().lock();
    render_report(report, view, &mut out)?;
    if view.format.is_for_eyes() && view.terminal.is_tty {
        out.write_all(footer(report, view).as_bytes())?;
    }
    out.flush()
}

/// Says on stderr what belongs there: the error, warnings, and what a table says beneath itself when it is piped.
fn print_messages(context: &Context, report: &Report) {
    if let Some(error) = &report.error {
        messages::error(&error.message, error.hint.as_deref(), context.global.color);
    }
    if context.global.quiet {
        return;
    }
    let settings = context.settings.warnings.len();
    for warning in report.meta.warnings.iter().skip(settings) {
        messages::warning(&warning.message, context.global.color);
    }
    let view = context.view;
    if view.format.is_for_eyes() && !view.terminal.is_tty
        || view.format == OutputFormat::Ndjson && context.global.verbose > 0
    {
        messages::note(&footer(report, view));
    }
    if context.global.timings {
        messages::note(&timings(&report.meta.timings, view.terminal));
    }
}

/// Prints the envelope of a run that came to nothing.
fn print_failed(command: Command, error: ErrorInfo) {
    let view = View {
        format: OutputFormat::Json,
        terminal: Terminal::default(),
        greeks: GreeksLayout::default(),
    };
    // A pipe that closes now has the same meaning as one that closed before.
    let _ = print(&failed(command, error), view);
}

fn failed(command: Command, error: ErrorInfo) -> Report {
    let screen = (command == Command::Screen).then(ScreenMeta::default);
    Report {
        command,
        as_of: SystemClock.now(),
        rows: Vec::new(),
        fields: None,
        meta: Meta {
            screen,
            ..Meta::default()
        },
        error: Some(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Cell, Value};

    fn row(field: Field, value: Value, origin: Origin) -> Row {
        let mut row = Row::new("SPY 2040-12-21 1 C".parse().unwrap());
        let cell = Cell {
            value,
            origin,
            first_rank: true,
            at: None,
        };
        row.set(field, cell);
        row
    }

    #[test]
    fn what_volq_computes_is_no_data_and_what_anybody_sent_is() {
        let price = |origin| row(Field::Last, Value::Number(1.0), origin);
        let has = |origin| has_data(&price(origin), FieldSet::EMPTY);
        assert!(!has(Origin::Computed));
        for origin in Origin::ALL.into_iter().filter(|of| *of != Origin::Computed) {
            assert!(has(origin), "{origin}");
        }
    }

    #[test]
    fn strike_and_days_are_read_off_the_symbol() {
        let mut row = Row::new("SPY 2040-12-21 1 C".parse().unwrap());
        for field in [Field::Strike, Field::Dte] {
            row.set_computed(field, Value::Number(1.0));
        }
        let named = FieldSet::of(&[Field::Symbol, Field::Strike, Field::Dte]);
        assert!(!has_data(&row, named));
    }

    #[test]
    fn a_word_is_data_where_it_was_named() {
        let name = row(Field::Name, Value::Text("A name".into()), Origin::DXLINK);
        assert!(has_data(&name, FieldSet::of(&[Field::Name])));
        assert!(!has_data(&name, FieldSet::EMPTY));
    }

    #[test]
    fn a_run_without_data_ends_as_no_data_and_one_with_some_as_partial() {
        let ends = |has_data, is_complete| verdict(&Collected::default(), has_data, is_complete).0;
        assert_eq!(ends(false, false).code(), 6);
        assert_eq!(ends(true, false).code(), 7);
        assert_eq!(ends(true, true).code(), 0);
    }
}
