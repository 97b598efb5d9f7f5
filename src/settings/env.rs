//! The process environment as one value, so that everything after it is pure.
//!
//! This is the only file that may ask the process for a variable.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use etcetera::BaseStrategy;

use super::layer::Layer;

/// Variables beside the settings that volq looks at: the conventions of terminals.
const TERMINAL: [&str; 4] = ["NO_COLOR", "CLICOLOR_FORCE", "TERM", "COLUMNS"];

/// What volq wants to know of the process environment, taken once.
#[derive(Clone, Default)]
pub struct Environment {
    /// The variables volq reads; no others are kept.
    pub variables: BTreeMap<String, String>,
    /// Where relative paths begin; empty when it cannot be told.
    pub working_dir: PathBuf,
    /// volq's own configuration directory, unless there is no home.
    pub config_dir: Option<PathBuf>,
    /// volq's own cache directory, unless there is no home.
    pub cache_dir: Option<PathBuf>,
}

impl Environment {
    /// Takes the snapshot.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the environment"
    )]
    pub fn capture() -> Self {
        let variables = std::env::vars_os()
            .map(|(name, text)| (lossy(name), lossy(text)))
            .filter(|(name, _)| Layer::reads(name) || TERMINAL.contains(&name.as_str()))
            .collect();
        // XDG_CONFIG_HOME, XDG_CACHE_HOME and HOME are honoured in there.
        let base = etcetera::choose_base_strategy().ok();
        Self {
            variables,
            working_dir: std::env::current_dir().unwrap_or_default(),
            config_dir: base.as_ref().map(|base| base.config_dir().join("volq")),
            cache_dir: base.as_ref().map(|base| base.cache_dir().join("volq")),
        }
    }

    /// Whether `NO_COLOR` asks for plain text.
    pub fn no_color(&self) -> bool {
        self.text("NO_COLOR").is_some()
    }

    /// Whether `CLICOLOR_FORCE` asks for colour even without a terminal.
    pub fn forces_color(&self) -> bool {
        self.text("CLICOLOR_FORCE").is_some_and(|text| text != "0")
    }

    /// Whether `TERM` names a terminal without any abilities.
    pub fn is_dumb_terminal(&self) -> bool {
        self.text("TERM") == Some("dumb")
    }

    /// The width that `COLUMNS` asks for, in characters.
    pub fn columns(&self) -> Option<u16> {
        self.text("COLUMNS")?.trim().parse().ok()
    }

    fn text(&self, variable: &str) -> Option<&str> {
        self.variables
            .get(variable)
            .map(String::as_str)
            .filter(|text| !text.is_empty())
    }
}

fn lossy(text: std::ffi::OsString) -> String {
    text.into_string()
        .unwrap_or_else(|text| text.to_string_lossy().into_owned())
}

/// Names the variables and keeps their texts to itself.
impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment")
            .field("variables", &self.variables.keys())
            .field("working_dir", &self.working_dir)
            .field("config_dir", &self.config_dir)
            .field("cache_dir", &self.cache_dir)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Environment {
        Environment {
            variables: pairs
                .iter()
                .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
                .collect(),
            ..Environment::default()
        }
    }

    #[test]
    fn terminal_conventions_are_read() {
        let set = environment(&[
            ("NO_COLOR", "1"),
            ("CLICOLOR_FORCE", "1"),
            ("TERM", "dumb"),
            ("COLUMNS", "72"),
        ]);
        assert!(set.no_color() && set.forces_color() && set.is_dumb_terminal());
        assert_eq!(set.columns(), Some(72));
        let unset = environment(&[
            ("NO_COLOR", ""),
            ("CLICOLOR_FORCE", "0"),
            ("COLUMNS", "wide"),
        ]);
        assert!(!unset.no_color() && !unset.forces_color() && !unset.is_dumb_terminal());
        assert_eq!(unset.columns(), None);
    }

    #[test]
    fn debug_output_holds_no_secret() {
        let text = format!("{:?}", environment(&[("TT_CLIENT_SECRET", "hush-hush")]));
        assert!(text.contains("TT_CLIENT_SECRET") && !text.contains("hush"));
    }

    #[test]
    fn a_snapshot_keeps_only_what_is_read() {
        for name in Environment::capture().variables.keys() {
            assert!(
                Layer::reads(name) || TERMINAL.contains(&name.as_str()),
                "{name}"
            );
        }
    }
}
