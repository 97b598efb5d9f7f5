//! Options that every command understands.
//!
//! Parsing only records: no file, no environment and no terminal is looked at here, so that `--help` works however
//! broken the rest of the world is. What was typed becomes the top layer of the settings.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{ArgAction, Args};

use crate::model::{Estimator, OutputFormat};
use crate::settings::choice::ChoiceError;
use crate::settings::setting::Raw;
use crate::settings::{
    ColorChoice, FieldSelection, Files, HvWindows, Layer, Providers, SettingOrigin, parse_duration,
};

/// Options before or after any command.
#[derive(Args, Clone, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own on the command line"
)]
pub struct GlobalArgs {
    /// Sources to use, in order of rank [default: dxlink,rest,legacy]
    ///
    /// A field comes from the first source that has it. Sources left out are not asked.
    #[arg(
        long,
        global = true,
        value_name = "LIST",
        help_heading = "Source",
        value_parser = str::parse::<Providers>
    )]
    pub provider: Option<Providers>,

    /// Open no stream: no socket, no quote token
    ///
    /// The same as dxlink.enabled = false in the settings.
    #[arg(long, global = true, help_heading = "Source")]
    pub no_stream: bool,

    /// Use the built-in simulated market: no account, no network
    ///
    /// Every output says that its numbers are simulated.
    #[arg(
        long,
        global = true,
        help_heading = "Source",
        conflicts_with = "dxfeed_demo"
    )]
    pub demo: bool,

    /// Use dxFeed's public delayed stream instead of an account
    ///
    /// Stream only: there is no login, and no REST data.
    #[arg(long, global = true, help_heading = "Source")]
    pub dxfeed_demo: bool,

    /// Format: table, json, ndjson, csv, tsv, markdown [default: table]
    #[arg(
        short,
        long,
        global = true,
        value_name = "FMT",
        help_heading = "Output",
        value_parser = words::<OutputFormat>(OutputFormat::NAMES),
        hide_possible_values = true,
        overrides_with = "json"
    )]
    pub output: Option<OutputFormat>,

    /// Print JSON, the same as -o json
    #[arg(
        long,
        global = true,
        help_heading = "Output",
        overrides_with = "output"
    )]
    pub json: bool,

    /// Columns in their order, or changes such as +vrp,-beta
    ///
    /// A list of names replaces the command's own columns in every format; names with a leading + or - change them.
    /// `volq fields` prints every name.
    #[arg(
        long,
        global = true,
        value_name = "FIELDS",
        help_heading = "Output",
        allow_hyphen_values = true,
        value_parser = str::parse::<FieldSelection>
    )]
    pub fields: Option<FieldSelection>,

    /// Exit 7 when less of the wanted data is there [default: 98]
    ///
    /// Rows are printed all the same. 0 disables the gate.
    #[arg(
        long,
        global = true,
        value_name = "PCT",
        help_heading = "Output",
        overrides_with = "strict"
    )]
    pub min_completeness: Option<f64>,

    /// Exit 7 unless everything is there, optional fields included
    #[arg(
        long,
        global = true,
        help_heading = "Output",
        overrides_with = "min_completeness"
    )]
    pub strict: bool,

    /// When to colour: auto, always, never [default: auto]
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        help_heading = "Output",
        value_parser = words::<ColorChoice>(ColorChoice::NAMES),
        hide_possible_values = true
    )]
    pub color: Option<ColorChoice>,

    /// Print errors only on stderr
    #[arg(
        short,
        long,
        global = true,
        help_heading = "Output",
        overrides_with = "verbose"
    )]
    pub quiet: bool,

    /// Tell more on stderr; -vv and -vvv tell still more
    #[arg(
        short,
        long,
        global = true,
        help_heading = "Output",
        action = ArgAction::Count,
        overrides_with = "quiet"
    )]
    pub verbose: u8,

    /// Show no progress bar
    #[arg(long, global = true, help_heading = "Output")]
    pub no_progress: bool,

    /// Print a table of phases on stderr
    #[arg(long, global = true, help_heading = "Output")]
    pub timings: bool,

    /// Longest wait for an event of the stream: 500ms, 5s, 2m [default: 5s]
    ///
    /// It counts from the event's own subscription. The run ends earlier, as soon as everything is in, or once it settles (--settle). A bare number is seconds.
    #[arg(
        long,
        global = true,
        value_name = "DUR",
        help_heading = "Connection",
        value_parser = parse_duration
    )]
    pub listen: Option<Duration>,

    /// Longest wait for a better source that stays silent [default: 1s]
    ///
    /// Silence is per field. Once some source has given a value or a final no for every wanted field of a symbol, a better
    /// one that stays silent is waited for no longer than this, from its subscription on, or from the login where there
    /// is no connection yet. Once the stream has been silent about a field for so long, the next source is asked.
    #[arg(
        long,
        global = true,
        value_name = "DUR",
        help_heading = "Connection",
        value_parser = parse_duration
    )]
    pub settle: Option<Duration>,

    /// Longest wait for a stream session when all are in use [default: 2s]
    ///
    /// A broker allows few streams at once, so runs take turns: see `dxlink.max_sessions`. The time to settle begins
    /// after the wait. A run that gets no session goes on without the stream and says who holds them.
    #[arg(
        long,
        global = true,
        value_name = "DUR",
        help_heading = "Connection",
        value_parser = parse_duration
    )]
    pub wait_slot: Option<Duration>,

    /// Longest run of the whole command [default: 30s]
    ///
    /// Where it is not given and the requests take longer, by the rations of the sources, it is twice their least time,
    /// ten minutes at most. What was not reached by then is missing because nobody was asked.
    #[arg(
        long,
        global = true,
        value_name = "DUR",
        help_heading = "Connection",
        value_parser = parse_duration
    )]
    pub timeout: Option<Duration>,

    /// Print what would be asked, and connect to nothing
    ///
    /// It counts requests, subscriptions and their bytes; what the answers leave open is asked later and is not in it.
    #[arg(long, global = true, help_heading = "Connection")]
    pub plan: bool,

    /// Stay until the last subscription's window closes
    ///
    /// The last value of each field wins.
    #[arg(long, global = true, help_heading = "Connection")]
    pub full_listen: bool,

    /// Keep nothing between runs, and use nothing kept
    ///
    /// The same as cache.enabled = false in the settings: each run logs in anew.
    #[arg(long, global = true, help_heading = "Connection")]
    pub no_cache: bool,

    /// Settings file laid over your own, TOML or JSON
    #[arg(long, global = true, value_name = "FILE", help_heading = "Connection")]
    pub config: Option<PathBuf>,

    /// File of variables read in place of .env.tastytrade
    ///
    /// Lines are of the form export NAME='value'. The real environment outranks them.
    #[arg(long, global = true, value_name = "FILE", help_heading = "Connection")]
    pub env_file: Option<PathBuf>,
}

impl GlobalArgs {
    /// What was typed, as the top layer of the settings.
    pub fn layer(&self) -> Layer {
        let text = |value: &dyn ToString| Raw::Text(value.to_string());
        let seconds = |duration: Duration| Raw::Number(duration.as_secs_f64());
        let typed = [
            (
                "providers",
                "--provider",
                self.provider.as_ref().map(|value| text(value)),
            ),
            (
                "dxlink.enabled",
                "--no-stream",
                self.no_stream.then_some(Raw::Switch(false)),
            ),
            (
                "cache.enabled",
                "--no-cache",
                self.no_cache.then_some(Raw::Switch(false)),
            ),
            (
                "output.format",
                "--output",
                self.output.as_ref().map(|value| text(value)),
            ),
            (
                "output.format",
                "--json",
                self.json.then(|| text(&OutputFormat::Json)),
            ),
            (
                "output.fields",
                "--fields",
                self.fields.as_ref().map(|value| text(value)),
            ),
            (
                "output.min_completeness",
                "--min-completeness",
                self.min_completeness.map(Raw::Number),
            ),
            (
                "output.min_completeness",
                "--strict",
                self.strict.then_some(Raw::Number(100.0)),
            ),
            (
                "output.color",
                "--color",
                self.color.as_ref().map(|value| text(value)),
            ),
            (
                "dxlink.listen_duration_seconds",
                "--listen",
                self.listen.map(seconds),
            ),
            (
                "dxlink.wait_slot_seconds",
                "--wait-slot",
                self.wait_slot.map(seconds),
            ),
            ("timeout_seconds", "--timeout", self.timeout.map(seconds)),
            ("settle_seconds", "--settle", self.settle.map(seconds)),
        ];
        let mut layer = Layer::default();
        for (name, flag, value) in typed {
            if let Some(value) = value {
                layer.set(name, value, SettingOrigin::Flag(flag));
            }
        }
        layer
    }

    /// The files that were named.
    pub fn files(&self) -> Files<'_> {
        Files {
            config: self.config.as_deref(),
            env_file: self.env_file.as_deref(),
        }
    }
}

/// Symbols of a command, as typed.
#[derive(Args, Clone, Debug, Default)]
pub struct SymbolArgs {
    /// Symbols, separated by spaces or commas; - reads them from stdin
    ///
    /// SPY, BRK/B, SPX, /ES, /ESZ6, BTC/USD, .SPY261218C600 or 'SPY 2026-12-18 600 C'. Duplicates collapse.
    #[arg(value_name = "SYMBOL")]
    pub symbols: Vec<String>,

    /// Read symbols from a file: one per line or first CSV column
    ///
    /// Text after # is a comment, a header line is skipped, - is stdin.
    #[arg(long, value_name = "PATH")]
    pub file: Option<PathBuf>,
}

/// How historical volatility is wanted; options of the commands that show it.
#[derive(Args, Clone, Debug, Default)]
pub struct HistoryArgs {
    /// Estimator of historical volatility [default: close]
    ///
    /// close is tastytrade's own recipe: simple returns from close to close. log, parkinson, garman-klass,
    /// rogers-satchell and yang-zhang are computed from daily bars, for hv30, hv60 and hv90 too.
    #[arg(
        long,
        value_name = "NAME",
        help_heading = "History",
        value_parser = words::<Estimator>(Estimator::NAMES),
        hide_possible_values = true
    )]
    pub hv_estimator: Option<Estimator>,

    /// Windows of historical volatility to show as well, calendar days
    ///
    /// Out of 10, 20, 30, 45, 60, 90, 120, 150, 180, 270 and 365, separated by commas: 20,60 adds hv20 and hv60.
    #[arg(
        long,
        value_name = "DAYS",
        help_heading = "History",
        value_parser = str::parse::<HvWindows>
    )]
    pub hv_window: Option<HvWindows>,
}

impl HistoryArgs {
    /// Puts what was typed into a layer of the settings.
    pub fn set(&self, layer: &mut Layer) {
        if let Some(estimator) = self.hv_estimator {
            let value = Raw::Text(estimator.to_string());
            layer.set(
                "history.estimator",
                value,
                SettingOrigin::Flag("--hv-estimator"),
            );
        }
        if let Some(windows) = &self.hv_window {
            let value = Raw::Text(windows.to_string());
            layer.set("history.windows", value, SettingOrigin::Flag("--hv-window"));
        }
    }
}

/// A parser for one word out of a set, which help and completion list.
fn words<T>(names: &'static [&'static str]) -> impl TypedValueParser<Value = T>
where
    T: std::str::FromStr<Err = ChoiceError> + Clone + Send + Sync + 'static,
{
    PossibleValuesParser::new(names).try_map(|word| word.parse::<T>())
}

#[cfg(test)]
mod tests;
