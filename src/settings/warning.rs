//! What is odd about the settings without being wrong enough to stop.

use std::path::PathBuf;

use crate::model::report;

use super::origin::SettingOrigin;

/// Something a user should look at.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsWarning {
    /// A name that is no setting; `config check` makes it an error.
    #[error("no setting is named '{name}' ({origin}){}", suggestion(.near))]
    UnknownKey {
        /// The name as it was found.
        name: String,
        /// Real names that look like it.
        near: Vec<String>,
        /// Where it was found.
        origin: SettingOrigin,
    },
    /// A line that was skipped. Its text may be a secret and is not kept.
    #[error("env-file {}, line {line}: {why}; the line is ignored", .path.display())]
    EnvFileLine {
        /// The file that the warning is about.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Secrets that other users of the machine can read.
    #[error("env-file {} holds secrets and other users can read it; run chmod 600 on it", .path.display())]
    EnvFileExposed {
        /// The file that the warning is about.
        path: PathBuf,
    },
}

impl SettingsWarning {
    /// A stable word to branch on.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownKey { .. } => "unknown_setting",
            Self::EnvFileLine { .. } => "env_file_line",
            Self::EnvFileExposed { .. } => "env_file_exposed",
        }
    }
}

impl From<&SettingsWarning> for report::Warning {
    fn from(warning: &SettingsWarning) -> Self {
        Self {
            code: warning.code(),
            message: warning.to_string(),
        }
    }
}

fn suggestion(near: &[String]) -> String {
    if near.is_empty() {
        String::new()
    } else {
        format!("; did you mean {}?", near.join(", "))
    }
}
