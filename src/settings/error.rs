//! What is wrong with the settings: every case is a usage error (exit 2).

use std::io;
use std::path::PathBuf;

use super::origin::SettingOrigin;
use super::setting::Refusal;

/// Why no settings could be made.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A value that is not what the setting takes, or out of its range.
    #[error(transparent)]
    Value(#[from] Box<BadValue>),
    /// A file that was asked for, or is there, and cannot be read.
    #[error("cannot read {}: {source}", .path.display())]
    Read {
        /// The file that the error is about.
        path: PathBuf,
        /// Why it cannot be read.
        source: io::Error,
    },
    /// A file of a size no settings have.
    #[error("{} is larger than {limit} bytes: it is no settings file", .path.display())]
    TooLarge {
        /// The file that the error is about.
        path: PathBuf,
        /// The largest accepted size.
        limit: u64,
    },
    /// A configuration file that is neither TOML nor JSON. Its text is not repeated: it may be the wrong file.
    #[error("{}, line {line}: {message}", .path.display())]
    Syntax {
        /// The file that the error is about.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// The parser's words.
        message: String,
    },
    /// Every provider in the list is switched off.
    #[error(
        "no provider is left: the list is '{providers}' ({origin}) and the settings switch each of them off"
    )]
    NoProvider {
        /// The list of providers as it was set.
        providers: String,
        /// Where it was set.
        origin: SettingOrigin,
    },
    /// An env-file that would send credentials from elsewhere to a server of its own choice.
    #[error("{name} ({origin}) would send credentials that the file does not hold to {host}")]
    Redirected {
        /// Dotted name of the address.
        name: &'static str,
        /// The server that the address names.
        host: String,
        /// The env-file that sets the address.
        origin: SettingOrigin,
    },
}

/// A value that a setting cannot have.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{name} cannot be '{value}' ({origin}): {why}")]
pub struct BadValue {
    /// Dotted name.
    pub name: String,
    /// The value, cut short.
    pub value: String,
    /// Where it was set.
    pub origin: SettingOrigin,
    /// What was expected.
    pub why: Refusal,
}
