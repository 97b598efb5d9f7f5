//! Every way a command can end, as an exit code, a message and a hint.
//!
//! Errors come in through total `From` impls, so that a new error cannot miss its [`FailureKind`], which decides the exit
//! code; `anyhow` carries the chain of causes for printing and decides nothing.

use std::io;

use super::args::GlobalArgs;
use super::config::ConfigError;
use super::messages;
use super::options::OptionsError;
use super::symbols::SymbolListError;
use crate::model::field::UnknownField;
use crate::model::report::ErrorInfo;
use crate::model::{Command, Field, Provider};
pub use crate::model::{ExitStatus, FailureKind};
use crate::provider::{ListingError, ProviderError};
use crate::screen::ScreenError;
use crate::settings::SettingsError;
use crate::store::StoreError;

/// A command that could not do what it was asked.
#[derive(Debug)]
pub struct Failure {
    /// Its kind, from which the exit code follows.
    pub kind: FailureKind,
    /// What failed, with its causes.
    pub error: anyhow::Error,
    /// What to do.
    pub hint: Option<String>,
}

impl Failure {
    fn new(kind: FailureKind, error: impl Into<anyhow::Error>) -> Self {
        Self {
            kind,
            error: error.into(),
            hint: None,
        }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Says on stderr what failed, why, and what to do; gives how the process ends. A closed pipe is nobody's failure.
    pub fn report(&self, global: &GlobalArgs) -> ExitStatus {
        if !self.is_closed_pipe() {
            messages::error(&self.message(), self.hint.as_deref(), global.color);
        }
        self.kind.exit_status()
    }

    /// What failed with its causes. Many messages already name their cause, and nobody wants to read it twice.
    fn message(&self) -> String {
        self.error
            .chain()
            .map(ToString::to_string)
            .fold(String::new(), |message, cause| {
                if message.is_empty() || message.contains(&cause) {
                    return if message.is_empty() { cause } else { message };
                }
                format!("{message}: {cause}")
            })
    }

    /// Whether the reader of stdout went away.
    pub fn is_closed_pipe(&self) -> bool {
        self.kind == FailureKind::ClosedPipe
    }

    /// The same for the JSON envelope.
    pub fn info(&self) -> ErrorInfo {
        ErrorInfo {
            kind: self.kind,
            message: self.message(),
            hint: self.hint.clone(),
        }
    }
}

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Self {
        Self::new(FailureKind::Settings, error)
            .hint("`volq config show` lists every setting with its origin")
    }
}

impl From<SymbolListError> for Failure {
    fn from(error: SymbolListError) -> Self {
        let hint = match &error {
            SymbolListError::Empty => {
                "name some, as in `volq quote SPY QQQ`, or a file of them with --file; - is stdin"
            }
            SymbolListError::NotASymbol { .. } => {
                "put quotes around a symbol with blanks or a dollar sign inside; # begins a comment in a file"
            }
            SymbolListError::StillOpen { .. } => {
                "close the pipe, or let --timeout wait longer for it"
            }
            SymbolListError::Read { .. } | SymbolListError::TooLarge { .. } => {
                "--file takes a list of symbols: one per line, or in the first column of a CSV file"
            }
        };
        Self::new(FailureKind::Symbols, error).hint(hint)
    }
}

impl From<ScreenError> for Failure {
    fn from(error: ScreenError) -> Self {
        Self::new(FailureKind::Expression, error)
            .hint("`volq fields` lists every name that can be used")
    }
}

impl From<UnknownField> for Failure {
    fn from(error: UnknownField) -> Self {
        Self::new(FailureKind::Field, error).hint("`volq fields` lists every name that can be used")
    }
}

impl From<OptionsError> for Failure {
    fn from(error: OptionsError) -> Self {
        let usage = |hint: &str| (FailureKind::Usage, Some(hint.to_owned()));
        let no_data = |hint: &str| (FailureKind::NoData, Some(hint.to_owned()));
        let (kind, hint) = match &error {
            OptionsError::NoChain(symbol) if symbol.kind().is_future() => {
                usage("name options on futures as the stream does: ./EW4Z26C6000:XCME")
            }
            OptionsError::NoChain(_) => usage("there are options on stocks, funds and indices"),
            OptionsError::NothingToSelect => {
                usage("leave the selection out, or name an underlying: volq greeks SPY --dte 45")
            }
            OptionsError::NoAccount(_) => {
                usage("name options by symbol, .SPY261218C600 for instance")
            }
            OptionsError::TooMany { .. } => {
                usage("narrow it with --strikes, --dte, --moneyness or --right")
            }
            OptionsError::Listing {
                source: ListingError::Failed(error),
                ..
            } => (error.kind(), hint(error)),
            OptionsError::Listing {
                source: ListingError::Late,
                ..
            } => (
                FailureKind::Network,
                Some("--timeout 60s gives it more time".to_owned()),
            ),
            OptionsError::Listing { .. } => {
                no_data("check the spelling: share classes have a slash inside, BRK/B")
            }
            OptionsError::Selection { .. } => no_data(
                "widen it: --weeklies counts all expirations, --dte takes a range such as 20..60",
            ),
        };
        Self {
            hint,
            ..Self::new(kind, error)
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        let hint = match &error {
            ConfigError::Exists(_) => "it stays as it is; --config FILE names another one",
            ConfigError::NoHome | ConfigError::Write { .. } => "--config FILE names another place",
            ConfigError::Unknown(_) | ConfigError::Settings(_) => {
                "`volq config show` lists every setting with its origin"
            }
        };
        Self::new(FailureKind::Settings, error).hint(hint)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::new(FailureKind::Cache, error).hint("the folder can be deleted by hand")
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        let kind = match error.kind() {
            io::ErrorKind::BrokenPipe => FailureKind::ClosedPipe,
            _ => FailureKind::Output,
        };
        Self::new(kind, error)
    }
}

#[cfg(feature = "demo")]
impl From<market::ServerError> for Failure {
    fn from(error: market::ServerError) -> Self {
        Self::new(FailureKind::Simulate, error).hint("another port, or --port 0 for any free one")
    }
}

/// Something the user asked for that does not exist or does not fit.
#[derive(Debug, thiserror::Error)]
pub enum UsageError {
    /// No profile of that name.
    #[error("no profile is named '{name}'; there are {}", .known.join(", "))]
    UnknownProfile {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// A column that the command does not have.
    #[error("{field} is a field of {owners}, not of {command}", command = .command.name(), owners = owners(*.field))]
    ForeignField {
        /// The field that was named.
        field: Field,
        /// The command that lacks the field.
        command: Command,
    },
    /// A file that cannot be read.
    #[error("cannot read {path}")]
    File {
        /// The file that was named.
        path: String,
        /// Why it cannot be read.
        #[source]
        source: io::Error,
    },
    /// A script for the built-in market that is none.
    #[error("{path} is not a script")]
    Script {
        /// The file that was named.
        path: String,
        /// What is wrong in it.
        #[source]
        source: serde_json::Error,
    },
    /// Nowhere to keep anything.
    #[error("there is nowhere to keep anything: neither XDG_CACHE_HOME nor HOME is set")]
    NoHome,
    /// The program was built without the built-in market.
    #[error("this volq was built without the built-in market")]
    NoMarket,
}

/// The commands that have a field.
fn owners(field: Field) -> String {
    let commands = field.info().commands.iter();
    let names: Vec<&str> = commands.map(|command| command.name()).collect();
    names.join(" and ")
}

impl From<UsageError> for Failure {
    fn from(error: UsageError) -> Self {
        Self::new(FailureKind::Usage, error)
    }
}

/// Prints what clap has to say, to the stream it belongs to.
pub fn clap(error: &clap::Error) -> ExitStatus {
    // The reader may be gone already; there is nobody left to tell.
    let _ = error.print();
    if error.use_stderr() {
        ExitStatus::Usage
    } else {
        ExitStatus::Done
    }
}

/// The error of a run in which a source failed and nothing else could answer.
pub fn of_source(source: Provider, error: &ProviderError) -> ErrorInfo {
    ErrorInfo {
        kind: error.kind(),
        message: format!("{source}: {error}"),
        hint: hint(error),
    }
}

/// What to do about a source that failed, and how its diagnosis helps.
pub fn hint(error: &ProviderError) -> Option<String> {
    match (error.hint(), error.kind().diagnosis()) {
        (Some(hint), Some(diagnosis)) => Some(format!("{hint}; {diagnosis}")),
        (hint, diagnosis) => hint.or_else(|| diagnosis.map(str::to_owned)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::AuthError;

    #[test]
    fn missing_credentials_name_the_variables_and_the_demo() {
        let missing = AuthError::Missing {
            variables: vec!["TT_REFRESH_TOKEN"],
        };
        let info = of_source(Provider::Rest, &ProviderError::Login(missing));
        assert_eq!(info.kind.exit_status(), ExitStatus::Auth);
        assert!(info.message.contains("TT_REFRESH_TOKEN") && !info.kind.is_retryable());
        assert!(info.hint.unwrap().contains("--demo"));
    }

    #[test]
    fn a_closed_pipe_is_success() {
        let failure = Failure::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!(failure.report(&GlobalArgs::default()), ExitStatus::Done);
    }
}
