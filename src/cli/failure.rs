//! Every way a command can end, as an exit code, a message and a hint.
//!
//! Errors that keep a command from its work come in through total `From` impls, so that a new error cannot miss a code;
//! [`of_source`] says what a failed provider comes to where nobody else could answer. A run that has come to an end is
//! judged elsewhere, with the codes of this file: by its completeness in `answer`, by its first failed layer in
//! `diagnose_access`. `anyhow` carries the chain of causes for printing; two causes are looked for in it, a closed pipe,
//! and for `diagnose_access` wrong settings.

use std::io;

use super::args::GlobalArgs;
use super::config::ConfigError;
use super::options::OptionsError;
use super::symbols::SymbolListError;
use super::talk;
use crate::diagnose;
use crate::model::field::UnknownField;
use crate::model::report::ErrorInfo;
use crate::model::{Command, Field, Provider};
use crate::provider::{FailureKind, ListingError, ProviderError};
use crate::screen::ScreenError;
use crate::settings::SettingsError;
use crate::store::StoreError;

/// How the process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitStatus {
    /// Done; complete enough.
    Done,
    /// Something inside volq went wrong.
    Internal,
    /// Usage or settings.
    Usage,
    /// Credentials missing, refused or expired.
    Auth,
    /// Logged in, but not allowed, and nothing else could answer.
    NotEntitled,
    /// Nothing reachable, or rate limited beyond the budget.
    Network,
    /// Sources answered, but no symbol got anything.
    NoData,
    /// Less complete than wanted.
    Partial,
    /// A condition the user set was not met.
    Gate,
    /// Broken off by the user.
    Interrupted,
}

impl ExitStatus {
    /// Every way to end, by code.
    pub const ALL: [Self; 10] = [
        Self::Done,
        Self::Internal,
        Self::Usage,
        Self::Auth,
        Self::NotEntitled,
        Self::Network,
        Self::NoData,
        Self::Partial,
        Self::Gate,
        Self::Interrupted,
    ];

    /// The process exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Internal => 1,
            Self::Usage => 2,
            Self::Auth => 3,
            Self::NotEntitled => 4,
            Self::Network => 5,
            Self::NoData => 6,
            Self::Partial => 7,
            Self::Gate => 8,
            Self::Interrupted => 130,
        }
    }
}

/// A command that could not do what it was asked.
#[derive(Debug)]
pub struct Failure {
    /// How the process ends.
    pub status: ExitStatus,
    /// A stable word to branch on.
    pub code: &'static str,
    /// What failed, with its causes.
    pub error: anyhow::Error,
    /// What to do.
    pub hint: Option<String>,
}

impl Failure {
    fn new(status: ExitStatus, code: &'static str, error: impl Into<anyhow::Error>) -> Self {
        Self {
            status,
            code,
            error: error.into(),
            hint: None,
        }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Says on stderr what failed, why, and what to do; gives how the process ends. A closed pipe is nobody's failure.
    pub fn tell(&self, global: &GlobalArgs) -> ExitStatus {
        if self.is_closed_pipe() {
            return ExitStatus::Done;
        }
        talk::error(&self.message(), self.hint.as_deref(), global.color);
        self.status
    }

    /// What failed with its causes. Many messages already name their cause, and nobody wants to read it twice.
    fn message(&self) -> String {
        self.error
            .chain()
            .map(ToString::to_string)
            .fold(String::new(), |told, cause| {
                if told.is_empty() || told.contains(&cause) {
                    return if told.is_empty() { cause } else { told };
                }
                format!("{told}: {cause}")
            })
    }

    /// Whether the reader of stdout went away.
    pub fn is_closed_pipe(&self) -> bool {
        self.error
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// The same for the JSON envelope.
    pub fn info(&self) -> ErrorInfo {
        ErrorInfo {
            code: self.code,
            message: self.message(),
            hint: self.hint.clone(),
            retryable: self.status == ExitStatus::Network,
        }
    }
}

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Self {
        Self::new(ExitStatus::Usage, "settings", error)
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
            SymbolListError::Read { .. } | SymbolListError::TooLarge { .. } => {
                "--file takes a list of symbols: one per line, or in the first column of a CSV file"
            }
        };
        Self::new(ExitStatus::Usage, "symbols", error).hint(hint)
    }
}

impl From<ScreenError> for Failure {
    fn from(error: ScreenError) -> Self {
        Self::new(ExitStatus::Usage, "expression", error)
            .hint("`volq fields` lists every name that can be used")
    }
}

impl From<UnknownField> for Failure {
    fn from(error: UnknownField) -> Self {
        Self::new(ExitStatus::Usage, "field", error)
            .hint("`volq fields` lists every name that can be used")
    }
}

impl From<OptionsError> for Failure {
    fn from(error: OptionsError) -> Self {
        let usage = |hint: &str| (ExitStatus::Usage, "usage", hint.to_owned());
        let no_data = |hint: &str| (ExitStatus::NoData, "no_data", hint.to_owned());
        let (status, code, hint) = match &error {
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
            } => {
                let (status, info) = of_source(Provider::Rest, error);
                (status, info.code, info.hint.unwrap_or_default())
            }
            OptionsError::Listing {
                source: ListingError::Late,
                ..
            } => (
                ExitStatus::Network,
                "network",
                "--timeout 60s gives it more time".to_owned(),
            ),
            OptionsError::Listing { .. } => {
                no_data("check the spelling: share classes have a slash inside, BRK/B")
            }
            OptionsError::Selection { .. } => no_data(
                "widen it: --weeklies counts all expirations, --dte takes a range such as 20..60",
            ),
        };
        Self::new(status, code, error).hint(hint)
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
        Self::new(ExitStatus::Usage, "settings", error).hint(hint)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::new(ExitStatus::Internal, "cache", error).hint("the folder can be deleted by hand")
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::new(ExitStatus::Internal, "output", error)
    }
}

#[cfg(feature = "demo")]
impl From<market::ServerError> for Failure {
    fn from(error: market::ServerError) -> Self {
        Self::new(ExitStatus::Usage, "simulate", error)
            .hint("another port, or --port 0 for any free one")
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
        /// The field.
        field: Field,
        /// The command.
        command: Command,
    },
    /// A file that cannot be read.
    #[error("cannot read {path}")]
    File {
        /// The file.
        path: String,
        /// Why it cannot be read.
        #[source]
        source: io::Error,
    },
    /// A script for the built-in market that is none.
    #[error("{path} is not a script")]
    Script {
        /// The file.
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
        Self::new(ExitStatus::Usage, "usage", error)
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

/// How a run ends in which a source failed and nothing else could answer.
pub fn of_source(source: Provider, error: &ProviderError) -> (ExitStatus, ErrorInfo) {
    let kind = error.kind();
    let (status, code) = match kind {
        FailureKind::NoCredentials => (ExitStatus::Auth, "no_credentials"),
        FailureKind::Auth => (ExitStatus::Auth, "auth_refused"),
        FailureKind::Entitlement => (ExitStatus::NotEntitled, "not_entitled"),
        FailureKind::RateLimited => (ExitStatus::Network, "rate_limited"),
        FailureKind::NoSession => (ExitStatus::Network, "no_session"),
        FailureKind::Untrusted | FailureKind::Network => (ExitStatus::Network, "network"),
    };
    let retryable = matches!(
        kind,
        FailureKind::RateLimited | FailureKind::NoSession | FailureKind::Network
    );
    let info = ErrorInfo {
        code,
        message: format!("{source}: {error}"),
        hint: Some(hint(source, kind)),
        retryable,
    };
    (status, info)
}

/// What to do about a source that failed.
pub fn hint(source: Provider, kind: FailureKind) -> String {
    match kind {
        FailureKind::NoCredentials => {
            "set TT_CLIENT_SECRET and TT_REFRESH_TOKEN (see README), or try --demo: no account needed".to_owned()
        }
        FailureKind::Auth => "`volq diagnose-access` tells which part of the login is refused, and why".to_owned(),
        FailureKind::Entitlement => {
            "quotes need an opened and funded tastytrade account; `volq diagnose-access` shows what this login may see".to_owned()
        }
        FailureKind::RateLimited if source == Provider::Legacy => {
            "HTTP 429 means too many requests or a blocked client; wait a quarter of an hour, or use --provider dxlink,rest".to_owned()
        }
        FailureKind::RateLimited => "wait a minute, or lower rest.requests_per_second".to_owned(),
        FailureKind::NoSession => {
            "wait for one of them to end: --wait-slot 20s does; dxlink.max_sessions says how many there are".to_owned()
        }
        FailureKind::Untrusted => diagnose::UNTRUSTED.to_owned(),
        FailureKind::Network => "`volq diagnose-access` tells how far the connection comes".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::AuthError;

    #[test]
    fn codes_are_those_of_the_contract() {
        let codes = ExitStatus::ALL.map(ExitStatus::code);
        assert_eq!(codes, [0, 1, 2, 3, 4, 5, 6, 7, 8, 130]);
    }

    #[test]
    fn missing_credentials_name_the_variables_and_the_demo() {
        let missing = AuthError::Missing {
            variables: vec!["TT_REFRESH_TOKEN"],
        };
        let (status, info) = of_source(Provider::Rest, &ProviderError::Login(missing));
        assert_eq!(status, ExitStatus::Auth);
        assert!(info.message.contains("TT_REFRESH_TOKEN") && !info.retryable);
        assert!(info.hint.unwrap().contains("--demo"));
    }

    #[test]
    fn a_closed_pipe_is_success() {
        let failure = Failure::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!(failure.tell(&GlobalArgs::default()), ExitStatus::Done);
    }
}
