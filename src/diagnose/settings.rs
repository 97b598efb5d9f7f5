//! Layer `settings`: what is in force and who decided it.

use std::collections::BTreeSet;

use super::finding::Finding;
use crate::model::{FailureKind, Provider};
use crate::settings::{SettingOrigin, Settings};

const NAME: &str = "settings";

/// Judges settings that hold; `order` are the sources in use, best first.
pub(super) fn check(settings: &Settings, order: &[Provider]) -> Finding {
    let sources: Vec<_> = order.iter().map(|source| source.name()).collect();
    let facts = format!("{}; {}", sources.join(", "), origins(settings));
    if settings.warnings.is_empty() {
        return Finding::ok(NAME, facts);
    }
    let warnings: Vec<_> = settings.warnings.iter().map(ToString::to_string).collect();
    Finding::warn(NAME, format!("{facts}; {}", warnings.join("; ")))
        .with_hint("volq config show lists every setting with its origin")
}

/// Judges settings that do not hold.
pub(super) fn refused(why: &str) -> Finding {
    Finding::fail(NAME, FailureKind::Settings, why)
        .with_hint("correct it there; volq config init writes a file that explains every setting")
}

/// The places that decided something.
fn origins(settings: &Settings) -> String {
    let places: BTreeSet<String> = settings
        .entries
        .iter()
        .map(|entry| &entry.origin)
        .filter(|origin| **origin != SettingOrigin::Default)
        .map(|origin| match origin {
            // A place that holds many variables is named once.
            SettingOrigin::Environment(_) => "the environment".to_owned(),
            SettingOrigin::EnvFile { path, .. } => format!("env-file {}", path.display()),
            other => other.to_string(),
        })
        .collect();
    if places.is_empty() {
        "all settings are the defaults".to_owned()
    } else {
        let places: Vec<_> = places.into_iter().collect();
        format!("set by {}", places.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;
    use std::sync::Arc;

    use super::*;
    use crate::model::diagnosis::LayerStatus;
    use crate::settings::{Layer, SettingsError, resolve};

    fn settings(pairs: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        let variables: BTreeMap<String, String> = pairs
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect();
        resolve(&[Layer::from_variables(&variables, |variable| {
            SettingOrigin::EnvFile {
                path: Arc::from(Path::new(".env.tastytrade")),
                variable: variable.to_owned(),
            }
        })])
    }

    fn checked(pairs: &[(&str, &str)]) -> Finding {
        let settings = settings(pairs).unwrap();
        check(&settings, &settings.providers())
    }

    fn detail(finding: Finding) -> String {
        finding.layer.detail.unwrap()
    }

    #[test]
    fn each_place_is_named_once_and_no_secret_is() {
        let found = checked(&[
            ("TT_CLIENT_SECRET", "hush-hush"),
            ("TT_REFRESH_TOKEN", "hush-hush"),
            ("VOLQ_DXLINK_ENABLED", "off"),
        ]);
        assert_eq!(found.layer.status, LayerStatus::Ok);
        insta::assert_snapshot!(detail(found), @"rest, legacy; set by env-file .env.tastytrade");
        insta::assert_snapshot!(
            detail(checked(&[])),
            @"dxlink, rest, legacy; all settings are the defaults"
        );
    }

    #[test]
    fn an_unknown_name_is_a_warning_and_a_wrong_value_a_failure() {
        let found = checked(&[("VOLQ_FOO", "1")]);
        assert_eq!(found.layer.status, LayerStatus::Warn);
        assert!(detail(found).contains("no setting is named 'VOLQ_FOO'"));
        let error = settings(&[("VOLQ_REST_BATCH_SIZE", "0")]).unwrap_err();
        let found = refused(&error.to_string());
        assert_eq!(found.failure, Some(FailureKind::Settings));
        assert!(detail(found).contains("rest.batch_size cannot be '0'"));
    }
}
