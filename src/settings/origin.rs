//! Where the value of a setting came from.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// The place that decided a value, as `config show` and error messages name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingOrigin {
    /// Nobody set it.
    Default,
    /// A configuration file.
    File(Arc<Path>),
    /// A variable in an env-file.
    EnvFile {
        /// The file that holds the variable.
        path: Arc<Path>,
        /// The variable that the file sets.
        variable: String,
    },
    /// A variable of the process environment.
    Environment(String),
    /// A command-line flag, spelled with its dashes.
    Flag(&'static str),
}

impl fmt::Display for SettingOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "config file {}", path.display()),
            Self::EnvFile { path, variable } => {
                write!(f, "env-file {} ({variable})", path.display())
            }
            Self::Environment(variable) => write!(f, "environment {variable}"),
            Self::Flag(flag) => write!(f, "flag {flag}"),
        }
    }
}
