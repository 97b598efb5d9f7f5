//! One layer of settings: what a single source says, under dotted names, each with its origin.

use std::collections::BTreeMap;

use crate::model::field::near;
use crate::secret::Secret;

use super::credentials;
use super::keys::{self, Key};
use super::origin::SettingOrigin;
use super::profile;
use super::setting::Raw;
use super::warning::SettingsWarning;

/// Variables that existing deployments use beside the `VOLQ_*` mirror, which outranks them.
const ALIASES: [(&str, &str); 3] = [
    ("API_BASE_URL", "rest.base_url"),
    ("LEGACY_BASE_URL", "legacy.base_url"),
    ("DXLINK_URL", "dxlink.url"),
];

const MIRROR: &str = "VOLQ_";

/// What one source of settings says; everything it is silent about is left to lower layers.
#[derive(Clone, Debug, Default)]
pub struct Layer {
    values: BTreeMap<String, (Raw, SettingOrigin)>,
    credentials: BTreeMap<&'static str, (Secret, SettingOrigin)>,
    warnings: Vec<SettingsWarning>,
}

impl Layer {
    /// Sets a value under its dotted name; a name that is no setting becomes a warning.
    pub fn set(&mut self, name: &str, value: Raw, origin: SettingOrigin) {
        if Key::named(name).is_some() || profile::profile_of(name).is_some() {
            self.values.insert(name.to_owned(), (value, origin));
        } else {
            let names = Key::ALL.iter().map(|key| key.name.to_owned());
            self.unknown(name, names.chain(profile::candidates(name)), origin);
        }
    }

    /// Reads the variables of an environment or of an env-file; those that mean nothing to volq are passed over.
    pub fn from_variables(
        variables: &BTreeMap<String, String>,
        origin: impl Fn(&str) -> SettingOrigin,
    ) -> Self {
        let mut layer = Self::default();
        // An empty variable is how a shell says "not set".
        let set = |variable: &str| {
            variables
                .get(variable)
                .filter(|text| !text.trim().is_empty())
        };
        for (variable, name) in ALIASES {
            if let Some(text) = set(variable) {
                layer.set(name, Raw::Text(text.clone()), origin(variable));
            }
        }
        for variable in credentials::VARIABLES {
            if let Some(text) = set(variable) {
                let secret = (Secret::new(text.trim()), origin(variable));
                layer.credentials.insert(variable, secret);
            }
        }
        for variable in variables.keys().filter(|name| name.starts_with(MIRROR)) {
            if let Some(text) = set(variable) {
                layer.set_mirror(variable, text, origin(variable));
            }
        }
        layer
    }

    /// Whether a variable can mean anything here.
    pub(super) fn reads(variable: &str) -> bool {
        variable.starts_with(MIRROR)
            || credentials::VARIABLES.contains(&variable)
            || ALIASES.iter().any(|(alias, _)| *alias == variable)
    }

    /// Notes something odd about the source.
    pub(super) fn warn(&mut self, warning: SettingsWarning) {
        self.warnings.push(warning);
    }

    /// The value under a dotted name.
    pub(super) fn value(&self, name: &str) -> Option<&(Raw, SettingOrigin)> {
        self.values.get(name)
    }

    /// The secret of one variable of the login.
    pub(super) fn credential(&self, variable: &str) -> Option<&(Secret, SettingOrigin)> {
        self.credentials.get(variable)
    }

    /// Profiles with at least one threshold here.
    pub(super) fn profiles(&self) -> impl Iterator<Item = &str> {
        self.values
            .keys()
            .filter_map(|name| profile::profile_of(name))
    }

    /// What was odd about the source.
    pub(super) fn warnings(&self) -> &[SettingsWarning] {
        &self.warnings
    }

    /// Whether any part of a login is in.
    pub(super) fn holds_secrets(&self) -> bool {
        !self.credentials.is_empty()
    }

    fn set_mirror(&mut self, variable: &str, text: &str, origin: SettingOrigin) {
        let key = Key::ALL.iter().find(|key| key.variable() == variable);
        let name = key
            .map(|key| key.name.to_owned())
            .or_else(|| profile::name_of_variable(variable));
        match name {
            Some(name) => self.set(&name, Raw::Text(text.to_owned()), origin),
            None => self.unknown(
                variable,
                Key::ALL.iter().map(|key| keys::variable(key.name)),
                origin,
            ),
        }
    }

    fn unknown(&mut self, name: &str, names: impl Iterator<Item = String>, origin: SettingOrigin) {
        self.warn(SettingsWarning::UnknownKey {
            name: name.chars().filter(|c| !c.is_control()).take(80).collect(),
            near: near(name, names),
            origin,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(pairs: &[(&str, &str)]) -> Layer {
        let variables = pairs
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect();
        Layer::from_variables(&variables, |name| {
            SettingOrigin::Environment(name.to_owned())
        })
    }

    #[test]
    fn every_key_has_a_working_mirror() {
        for key in Key::ALL {
            let layer = from(&[(&key.variable(), "1")]);
            assert!(layer.value(key.name).is_some(), "{}", key.name);
            assert!(layer.warnings().is_empty(), "{}", key.name);
        }
    }

    #[test]
    fn the_mirror_outranks_the_older_name() {
        let layer = from(&[
            ("API_BASE_URL", "https://a.example"),
            ("VOLQ_REST_BASE_URL", "https://b.example"),
        ]);
        let (value, origin) = layer.value("rest.base_url").unwrap();
        assert_eq!(*value, Raw::Text("https://b.example".to_owned()));
        assert_eq!(origin.to_string(), "environment VOLQ_REST_BASE_URL");
    }

    #[test]
    fn an_empty_variable_is_not_set() {
        let layer = from(&[
            ("TT_CLIENT_SECRET", ""),
            ("DXLINK_URL", " "),
            ("VOLQ_PROVIDERS", ""),
        ]);
        assert!(!layer.holds_secrets());
        assert!(layer.value("dxlink.url").is_none());
        assert!(layer.value("providers").is_none());
    }

    #[test]
    fn an_unknown_variable_is_named_with_its_neighbours() {
        let layer = from(&[("VOLQ_DXLINK_ENABLE", "0"), ("SOMETHING_ELSE", "1")]);
        insta::assert_snapshot!(
            layer.warnings()[0],
            @"no setting is named 'VOLQ_DXLINK_ENABLE' (environment VOLQ_DXLINK_ENABLE); did you mean VOLQ_DXLINK_ENABLED, VOLQ_DXLINK_URL?"
        );
        assert_eq!(layer.warnings().len(), 1);
    }

    #[test]
    fn debug_output_holds_no_secret() {
        let layer = from(&[("TT_REFRESH_TOKEN", "very-secret-token")]);
        assert!(layer.holds_secrets());
        assert!(!format!("{layer:?}").contains("very-secret"));
    }
}
