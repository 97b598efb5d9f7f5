//! `volq config`: the effective settings, whether they hold, where they are kept, and a file to start from.
//!
//! Nothing is printed here; every function returns what the command says.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::model::Thresholds;
use crate::settings::{
    Entry, Environment, Key, Settings, SettingsError, SettingsWarning, config_path, resolve,
};

/// Show, check, locate or create the settings
///
/// Example: volq config show --json | jq '.settings[] | select(.origin != "default")'
#[derive(Args, Clone, Debug)]
pub struct ConfigArgs {
    /// What to do.
    #[command(subcommand)]
    pub action: ConfigAction,
}

/// What `volq config` can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Subcommand)]
pub enum ConfigAction {
    /// Show every setting in force and where it comes from
    ///
    /// Example: volq config show | grep -v default
    Show,
    /// Fail when a setting is unknown or not allowed
    ///
    /// Example: volq config check --config new.toml && mv new.toml "$(volq config path)"
    Check,
    /// Print where the settings file is, or would be
    ///
    /// Example: $EDITOR "$(volq config path)"
    Path,
    /// Write a settings file that explains every key
    ///
    /// Example: volq config init --config volq.toml
    Init,
}

/// The effective settings as aligned text: name, value, origin.
pub fn show_table(settings: &Settings) -> String {
    let rows: Vec<[String; 3]> = std::iter::once(["SETTING", "VALUE", "ORIGIN"].map(str::to_owned))
        .chain(settings.entries.iter().map(|entry| {
            [
                entry.name.clone(),
                shown(&entry.value),
                entry.origin.to_string(),
            ]
        }))
        .collect();
    let width = |column: usize| {
        rows.iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or_default()
    };
    let (names, values) = (width(0), width(1));
    let mut text = String::new();
    for [name, value, origin] in &rows {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{name:names$}  {value:values$}  {origin}");
    }
    text
}

/// The effective settings as one document, `volq.config/1`.
pub fn show_json(settings: &Settings) -> Value {
    let entry = |entry: &Entry| {
        json!({
            "name": entry.name,
            "value": entry.value,
            "origin": entry.origin.to_string(),
        })
    };
    let warning =
        |warning: &SettingsWarning| json!({"code": warning.code(), "message": warning.to_string()});
    json!({
        "schema": "volq.config/1",
        "settings": settings.entries.iter().map(entry).collect::<Vec<_>>(),
        "warnings": settings.warnings.iter().map(warning).collect::<Vec<_>>(),
    })
}

/// Fails on names that other commands only warn of.
///
/// # Errors
/// [`ConfigError::Unknown`] with all of them.
pub fn check(settings: &Settings) -> Result<(), ConfigError> {
    let unknown: Vec<SettingsWarning> = settings
        .warnings
        .iter()
        .filter(|warning| matches!(warning, SettingsWarning::UnknownKey { .. }))
        .cloned()
        .collect();
    if unknown.is_empty() {
        Ok(())
    } else {
        Err(ConfigError::Unknown(unknown))
    }
}

/// Where the settings file is, or would be.
///
/// # Errors
/// [`ConfigError::NoHome`] when none was named and there is no home.
pub fn path(environment: &Environment, named: Option<&Path>) -> Result<PathBuf, ConfigError> {
    config_path(environment, named).ok_or(ConfigError::NoHome)
}

/// Writes the commented template, readable by its owner alone. An existing file is left as it is.
///
/// # Errors
/// [`ConfigError::Exists`] or [`ConfigError::Write`].
pub fn init(path: &Path) -> Result<(), ConfigError> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::AlreadyExists => ConfigError::Exists(path.to_owned()),
        _ => ConfigError::Write {
            path: path.to_owned(),
            source,
        },
    };
    let text = template()?;
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir).map_err(failed)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)
}

/// A TOML file in which every key is explained, with its default, and commented out.
///
/// # Errors
/// None that a table with sound defaults can have.
pub fn template() -> Result<String, SettingsError> {
    let defaults = resolve(&[])?;
    let mut text = String::from(
        "# Settings of volq. Each key stands here with its default; take away the # to change it.\n",
    );
    let mut section = "";
    for (key, entry) in Key::ALL.iter().zip(&defaults.entries) {
        let (own, name) = key.name.split_once('.').unwrap_or(("", key.name));
        if own != section {
            section = own;
            let _ = writeln!(text, "\n[{section}]");
        }
        let _ = writeln!(text, "# {}{}", key.about, limits(key));
        let _ = writeln!(text, "# {name} = {}", literal(&entry.value));
    }
    text.push_str("\n# A screening profile of your own, or changes to a built-in one:\n# [screen.profiles.mine]\n");
    for threshold in Thresholds::ALL {
        let _ = writeln!(text, "# {} = 1 # {}", threshold.name, threshold.about);
    }
    Ok(text)
}

fn limits(key: &Key) -> String {
    key.range
        .map_or_else(String::new, |range| format!(" ({range}{})", key.unit))
}

/// A value as TOML writes it: JSON's texts, numbers and switches are the same there.
fn literal(value: &Value) -> String {
    match value {
        Value::Null => "\"\"".to_owned(),
        Value::String(_) => value.to_string(),
        _ => shown(value),
    }
}

/// A value as people read it.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        Value::Number(number) => number
            .as_f64()
            .map_or_else(|| number.to_string(), |number| number.to_string()),
        other => other.to_string(),
    }
}

/// What `volq config` can fail with, beside the settings themselves: usage errors.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Names that are no settings.
    #[error("{}", .0.iter().map(SettingsWarning::to_string).collect::<Vec<_>>().join("\n"))]
    Unknown(Vec<SettingsWarning>),
    /// Nowhere to keep a file.
    #[error("there is no home directory to keep a settings file in")]
    NoHome,
    /// A file is there already.
    #[error("{} exists already", .0.display())]
    Exists(PathBuf),
    /// The file cannot be written.
    #[error("cannot write {}: {source}", .path.display())]
    Write {
        /// The file that was to be written.
        path: PathBuf,
        /// Why it cannot be written.
        source: io::Error,
    },
    /// The settings themselves.
    #[error(transparent)]
    Settings(#[from] SettingsError),
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::settings::{Layer, SettingOrigin, file};

    use super::*;

    fn settings(pairs: &[(&str, &str)]) -> Settings {
        let variables: BTreeMap<String, String> = pairs
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect();
        let layer = Layer::from_variables(&variables, |name| {
            SettingOrigin::Environment(name.to_owned())
        });
        resolve(&[layer]).unwrap()
    }

    /// The template with every setting switched on.
    fn uncommented() -> String {
        let is_setting = |line: &str| {
            line.split_once(" = ")
                .is_some_and(|(name, _)| !name.contains(' '))
        };
        template()
            .unwrap()
            .lines()
            .map(|line| match line.strip_prefix("# ") {
                Some(rest) if is_setting(rest) || rest.starts_with('[') => format!("{rest}\n"),
                _ => format!("{line}\n"),
            })
            .collect()
    }

    #[test]
    fn the_template_says_what_holds_anyway() {
        let path = Path::new("config.toml");
        let untouched = file::parse(&template().unwrap(), path).unwrap();
        let switched_on = file::parse(&uncommented(), path).unwrap();
        let defaults = resolve(&[]).unwrap();
        let untouched = resolve(&[untouched]).unwrap();
        assert_eq!(untouched.entries, defaults.entries);
        let switched_on = resolve(&[switched_on]).unwrap();
        assert!(
            switched_on.warnings.is_empty(),
            "{:?}",
            switched_on.warnings
        );
        for (entry, default) in switched_on.entries.iter().zip(&defaults.entries) {
            assert_eq!(entry.value, default.value, "{}", entry.name);
            assert_ne!(entry.origin, SettingOrigin::Default, "{}", entry.name);
        }
        assert_eq!(switched_on.profiles["mine"].min_vtr, Some(1.0));
    }

    #[test]
    fn the_template_explains_each_key() {
        let text = template().unwrap();
        assert!(text.contains("\n[dxlink]\n# use the stream\n# enabled = true\n"));
        assert!(text.contains(
            "# longest wait for an event, counted from its own subscription (0.05 to 3600 seconds)\n# listen_duration_seconds = 5\n"
        ));
        assert!(text.contains("# base_url = \"https://api.tastyworks.com\"\n"));
    }

    #[test]
    fn secrets_are_not_shown() {
        let settings = settings(&[
            ("TT_CLIENT_SECRET", "hush-hush"),
            ("VOLQ_DXLINK_LISTEN_DURATION_SECONDS", "2m"),
        ]);
        let table = show_table(&settings);
        let json = show_json(&settings).to_string();
        assert!(!table.contains("hush") && !json.contains("hush"));
        let line = |name: &str| {
            let line = table.lines().find(|line| line.starts_with(name)).unwrap();
            line.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        insta::assert_snapshot!(line("TT_CLIENT_SECRET"), @"TT_CLIENT_SECRET (redacted) environment TT_CLIENT_SECRET");
        insta::assert_snapshot!(line("dxlink.listen"), @"dxlink.listen_duration_seconds 120 environment VOLQ_DXLINK_LISTEN_DURATION_SECONDS");
        insta::assert_snapshot!(line("dxlink.url"), @"dxlink.url - default");
    }

    #[test]
    fn json_keeps_kinds_apart() {
        let document = show_json(&settings(&[("VOLQ_DXLINK_ENABLED", "off")]));
        assert_eq!(document["schema"], "volq.config/1");
        let entries = document["settings"].as_array().unwrap();
        let value = |name: &str| {
            let entry = entries.iter().find(|entry| entry["name"] == name).unwrap();
            entry["value"].clone()
        };
        assert_eq!(value("dxlink.enabled"), false);
        assert_eq!(value("rest.batch_size"), 200);
        assert_eq!(value("dxlink.url"), Value::Null);
    }

    #[test]
    fn an_unknown_name_fails_the_check_alone() {
        assert!(check(&settings(&[])).is_ok());
        let error = check(&settings(&[("VOLQ_FOO", "1"), ("VOLQ_REST_ENABLE", "1")])).unwrap_err();
        insta::assert_snapshot!(error, @r"
        no setting is named 'VOLQ_FOO' (environment VOLQ_FOO)
        no setting is named 'VOLQ_REST_ENABLE' (environment VOLQ_REST_ENABLE); did you mean VOLQ_REST_ENABLED, VOLQ_CACHE_ENABLED, VOLQ_LEGACY_ENABLED?
        ");
    }

    #[test]
    fn init_writes_once_and_for_the_owner_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("volq/config.toml");
        init(&path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), template().unwrap());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        fs::write(&path, "timeout_seconds = 1").unwrap();
        assert!(matches!(init(&path), Err(ConfigError::Exists(_))));
        assert_eq!(fs::read_to_string(&path).unwrap(), "timeout_seconds = 1");
    }

    #[test]
    fn without_a_home_there_is_no_path() {
        assert!(matches!(
            path(&Environment::default(), None),
            Err(ConfigError::NoHome)
        ));
    }
}
