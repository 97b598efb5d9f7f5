//! What volq says: data on stdout, everything else on stderr.
//!
//! Rows and documents go to stdout past this file: commands hand it to the renderers as their writer. clap prints its own
//! messages, and the progress line is on stderr too; it makes room for what is said here.

use std::fmt::{self, Write as _};
use std::io::{self, IsTerminal, Write};

use anstyle::{AnsiColor, Style};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, MakeWriter};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use super::progress::ProgressLine;
use crate::settings::ColorChoice;

/// Writes data to stdout.
///
/// # Errors
/// A closed pipe among them, which callers take for success.
pub(super) fn data(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Says what failed and what to do. With stderr gone there is nobody to tell.
pub(super) fn error(message: &str, hint: Option<&str>, color: Option<ColorChoice>) {
    let red = style(color, AnsiColor::Red);
    let mut text = format!("volq: {red}error{red:#}: {message}\n");
    if let Some(hint) = hint {
        let cyan = style(color, AnsiColor::Cyan);
        let _ = writeln!(text, "\n{cyan}hint{cyan:#}: {hint}");
    }
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Says something worth knowing.
pub(super) fn warning(message: &str, color: Option<ColorChoice>) {
    let yellow = style(color, AnsiColor::Yellow);
    let _ = writeln!(
        io::stderr().lock(),
        "volq: {yellow}warning{yellow:#}: {message}"
    );
}

/// Says something as it is.
pub(super) fn note(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

fn style(color: Option<ColorChoice>, which: AnsiColor) -> Style {
    let wanted = match color.unwrap_or(ColorChoice::Auto) {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => io::stderr().is_terminal(),
    };
    if wanted {
        Style::new().bold().fg_color(Some(which.into()))
    } else {
        Style::new()
    }
}

/// Lets the rooms' lifecycle lines through to stderr: `-v` the steps, `-vv` the details.
pub(super) fn start_logging(verbosity: u8, progress: &ProgressLine) {
    let level = match verbosity {
        0 => Level::ERROR,
        1 => Level::INFO,
        2 => Level::DEBUG,
        _ => Level::TRACE,
    };
    let ours = tracing_subscriber::filter::Targets::new()
        .with_target("volq", level)
        .with_target("dxlink", level);
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .event_format(Line)
        .with_writer(AroundProgress(progress.clone()));
    // A second call, as in tests, finds the first one's subscriber in place.
    let _ = tracing_subscriber::registry()
        .with(ours)
        .with(lines)
        .try_init();
}

/// One line per event: `volq: connected`.
struct Line;

impl<S, N> FormatEvent<S, N> for Line
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        write!(writer, "volq: ")?;
        context
            .field_format()
            .format_fields(writer.by_ref(), event)?;
        writeln!(writer)
    }
}

/// Takes the progress line away while a log line is written.
struct AroundProgress(ProgressLine);

impl<'a> MakeWriter<'a> for AroundProgress {
    type Writer = Suspended<'a>;

    fn make_writer(&'a self) -> Suspended<'a> {
        Suspended(&self.0)
    }
}

/// Writes to stderr with the progress line out of the way.
struct Suspended<'a>(&'a ProgressLine);

impl Write for Suspended<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.suspend(|| io::stderr().lock().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().lock().flush()
    }
}
