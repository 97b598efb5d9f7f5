//! Layers in, final settings out; nothing is read from anywhere else.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::model::{Provider, Thresholds};
use crate::secret::Credentials;

use super::credentials::FoundLogin;
use super::error::{BadValue, SettingsError};
use super::keys::{Cache, Dxlink, History, Key, Legacy, Output, Range, Rest, Run, Sections};
use super::layer::Layer;
use super::origin::SettingOrigin;
use super::profile;
use super::setting::{Raw, Refusal, Setting};
use super::warning::SettingsWarning;

/// Every setting with its final value.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The run as a whole.
    pub run: Run,
    /// The stream.
    pub dxlink: Dxlink,
    /// tastytrade's REST API.
    pub rest: Rest,
    /// The keyless fallback.
    pub legacy: Legacy,
    /// What is kept between runs.
    pub cache: Cache,
    /// Historical volatility.
    pub history: History,
    /// What is printed.
    pub output: Output,
    /// The user's own screening profiles and changes to built-in ones, by name.
    pub profiles: BTreeMap<String, Thresholds>,
    /// The login, if it is complete.
    pub credentials: Option<Credentials>,
    /// Variables that a complete login lacks.
    pub missing_credentials: Vec<&'static str>,
    /// Every value with its origin, in the order of the documentation; credentials come last and redacted.
    pub entries: Vec<Entry>,
    /// What a user should look at.
    pub warnings: Vec<SettingsWarning>,
}

/// One effective value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Dotted name, or the variable of a credential.
    pub name: String,
    /// The value; null when it is left open.
    pub value: Value,
    /// The layer that decided it.
    pub origin: SettingOrigin,
}

impl Settings {
    /// The sources to use, best first: those in the list that are not switched off. Never empty.
    pub fn providers(&self) -> Vec<Provider> {
        let sources = self.run.providers.sources().iter().copied();
        sources.filter(|source| self.is_enabled(*source)).collect()
    }

    /// Who decided the setting with this dotted name, or the credential in this variable.
    pub fn origin(&self, name: &str) -> &SettingOrigin {
        self.entries
            .iter()
            .find(|entry| entry.name == name)
            .map_or(&SettingOrigin::Default, |entry| &entry.origin)
    }

    fn is_enabled(&self, source: Provider) -> bool {
        match source {
            Provider::Dxlink => self.dxlink.enabled,
            Provider::Rest => self.rest.enabled,
            Provider::Legacy => self.legacy.enabled,
        }
    }
}

/// Settles every value: the first layer that has it decides, the default if none has.
///
/// # Errors
/// The first value that is of another kind, out of range or not allowed, with its origin.
pub fn resolve(layers: &[Layer]) -> Result<Settings, SettingsError> {
    let mut values = Values {
        layers,
        entries: Vec::with_capacity(Key::ALL.len()),
    };
    let sections = Sections::read(&mut values)?;
    let profiles = profiles(layers, &mut values)?;
    let login = FoundLogin::new(layers);
    let mut entries = values.entries;
    entries.extend(login.origins().map(|(variable, origin)| Entry {
        name: variable.to_owned(),
        value: Value::from("(redacted)"),
        origin: origin.clone(),
    }));
    let settings = Settings {
        run: sections.run,
        dxlink: sections.dxlink,
        rest: sections.rest,
        legacy: sections.legacy,
        cache: sections.cache,
        history: sections.history,
        output: sections.output,
        profiles,
        credentials: login.credentials(),
        missing_credentials: login.missing(),
        entries,
        warnings: layers.iter().flat_map(Layer::warnings).cloned().collect(),
    };
    check(&settings, &login)?;
    Ok(settings)
}

/// Rules that hold between settings.
fn check(settings: &Settings, login: &FoundLogin<'_>) -> Result<(), SettingsError> {
    if settings.providers().is_empty() {
        return Err(SettingsError::NoProvider {
            providers: settings.run.providers.to_string(),
            origin: settings.origin("providers").clone(),
        });
    }
    let rest = ("rest.base_url", settings.rest.base_url.host());
    let stream = settings.dxlink.url.as_ref();
    let stream = stream.map(|url| ("dxlink.url", url.host()));
    [rest]
        .into_iter()
        .chain(stream)
        .try_for_each(|(name, host)| login.guard(name, host, settings.origin(name)))
}

fn profiles(
    layers: &[Layer],
    values: &mut Values<'_>,
) -> Result<BTreeMap<String, Thresholds>, SettingsError> {
    let names: BTreeSet<&str> = layers.iter().flat_map(Layer::profiles).collect();
    names
        .into_iter()
        .map(|name| Ok((name.to_owned(), profile::read(name, values)?)))
        .collect()
}

/// The layers, highest first, and what was taken from them so far.
pub(super) struct Values<'a> {
    layers: &'a [Layer],
    entries: Vec<Entry>,
}

impl Values<'_> {
    /// Takes a setting of the table.
    pub(super) fn take<T: Setting>(&mut self, key: &Key) -> Result<T, SettingsError> {
        let default = || (Raw::Text(key.default.to_owned()), SettingOrigin::Default);
        let (raw, origin) = self.find(key.name).unwrap_or_else(default);
        self.settle(key.name, &raw, origin, key.range)
    }

    /// Takes a setting that has no default of its own.
    pub(super) fn take_if_set<T: Setting>(
        &mut self,
        name: &str,
        range: Range,
    ) -> Result<Option<T>, SettingsError> {
        self.find(name)
            .map(|(raw, origin)| self.settle(name, &raw, origin, Some(range)))
            .transpose()
    }

    fn find(&self, name: &str) -> Option<(Raw, SettingOrigin)> {
        self.layers
            .iter()
            .find_map(|layer| layer.value(name))
            .cloned()
    }

    fn settle<T: Setting>(
        &mut self,
        name: &str,
        raw: &Raw,
        origin: SettingOrigin,
        range: Option<Range>,
    ) -> Result<T, SettingsError> {
        let value = match T::read(raw).and_then(|value| within(value, range)) {
            Ok(value) => value,
            Err(why) => {
                return Err(SettingsError::from(Box::new(BadValue {
                    name: name.to_owned(),
                    value: raw.shown(),
                    origin,
                    why,
                })));
            }
        };
        self.entries.push(Entry {
            name: name.to_owned(),
            value: value.json(),
            origin,
        });
        Ok(value)
    }
}

fn within<T: Setting>(value: T, range: Option<Range>) -> Result<T, Refusal> {
    let outside = |range: &Range| {
        value
            .measure()
            .is_some_and(|number| !(range.min..=range.max).contains(&number))
    };
    match range.filter(outside) {
        Some(range) => Err(Refusal::OutOfRange {
            range,
            unit: T::UNIT,
        }),
        None => Ok(value),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;
    use std::time::Duration;

    use proptest::prelude::*;

    use super::super::file;
    use super::*;

    fn variables(pairs: &[(&str, &str)], origin: impl Fn(&str) -> SettingOrigin) -> Layer {
        let variables = pairs
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect();
        Layer::from_variables(&variables, origin)
    }

    fn environment(pairs: &[(&str, &str)]) -> Layer {
        variables(pairs, |name| SettingOrigin::Environment(name.to_owned()))
    }

    fn env_file(pairs: &[(&str, &str)]) -> Layer {
        variables(pairs, |name| SettingOrigin::EnvFile {
            path: Arc::from(Path::new(".env.tastytrade")),
            variable: name.to_owned(),
        })
    }

    fn from_file(text: &str) -> Layer {
        file::parse(text, Path::new("runtime_config.json")).unwrap()
    }

    fn refusal(layer: Layer) -> String {
        resolve(&[layer]).unwrap_err().to_string()
    }

    #[test]
    fn without_any_layer_the_defaults_hold() {
        let settings = resolve(&[]).unwrap();
        assert_eq!(settings.run.timeout, Duration::from_secs(30));
        assert_eq!(settings.dxlink.listen, Duration::from_secs(5));
        assert_eq!(settings.dxlink.url, None);
        assert_eq!(
            settings.rest.base_url.as_str(),
            "https://api.tastyworks.com"
        );
        assert_eq!(settings.rest.batch_size, 200);
        assert_eq!(settings.output.min_completeness, 98.0);
        assert_eq!(
            settings.providers(),
            [Provider::Dxlink, Provider::Rest, Provider::Legacy]
        );
        assert_eq!(settings.entries.len(), Key::ALL.len());
        assert!(settings.warnings.is_empty());
    }

    #[test]
    fn the_file_of_an_existing_deployment_works_unchanged() {
        let settings = resolve(&[from_file(
            r#"{"dxlink": {"enabled": true, "reconnect_on_disconnect": true, "reconnect_max_attempts": 5, "reconnect_delay_seconds": 5,
            "listen_duration_seconds": 5, "cache_events": true, "quote_buffer_size": 1000}}"#,
        )])
        .unwrap();
        assert!(settings.warnings.is_empty());
        assert!(
            settings.dxlink.enabled && settings.dxlink.reconnect && settings.dxlink.cache_events
        );
        assert_eq!(settings.dxlink.reconnect_max_attempts, 5);
        assert_eq!(settings.dxlink.reconnect_delay, Duration::from_secs(5));
        assert_eq!(settings.dxlink.listen, Duration::from_secs(5));
        assert_eq!(settings.dxlink.quote_buffer_size, 1000);
        assert_eq!(
            settings.origin("dxlink.quote_buffer_size").to_string(),
            "config file runtime_config.json"
        );
    }

    #[test]
    fn a_number_beyond_its_range_names_range_and_origin() {
        insta::assert_snapshot!(
            refusal(environment(&[("VOLQ_DXLINK_LISTEN_DURATION_SECONDS", "2h")])),
            @"dxlink.listen_duration_seconds cannot be '2h' (environment VOLQ_DXLINK_LISTEN_DURATION_SECONDS): out of range, allowed is 0.05 to 3600 seconds"
        );
        insta::assert_snapshot!(
            refusal(from_file(r#"{"rest": {"batch_size": 0}}"#)),
            @"rest.batch_size cannot be '0' (config file runtime_config.json): out of range, allowed is 1 to 500"
        );
        insta::assert_snapshot!(
            refusal(from_file(r#"{"screen": {"profiles": {"mine": {"min_liq": 6}}}}"#)),
            @"screen.profiles.mine.min_liq cannot be '6' (config file runtime_config.json): out of range, allowed is 0 to 5"
        );
    }

    #[test]
    fn a_value_of_another_kind_names_its_origin() {
        insta::assert_snapshot!(
            refusal(env_file(&[("VOLQ_DXLINK_ENABLED", "maybe")])),
            @"dxlink.enabled cannot be 'maybe' (env-file .env.tastytrade (VOLQ_DXLINK_ENABLED)): expected true or false"
        );
        insta::assert_snapshot!(
            refusal(environment(&[("API_BASE_URL", "http://example.com")])),
            @"rest.base_url cannot be 'http://example.com' (environment API_BASE_URL): plain http:// is for loopback addresses only; use https://"
        );
        let with_password = refusal(environment(&[("DXLINK_URL", "wss://me:hush@example.com")]));
        assert!(!with_password.contains("hush"), "{with_password}");
    }

    #[test]
    fn a_source_that_is_switched_off_is_no_provider() {
        let off = from_file(r#"{"dxlink": {"enabled": false}}"#);
        let settings = resolve(std::slice::from_ref(&off)).unwrap();
        assert_eq!(settings.providers(), [Provider::Rest, Provider::Legacy]);
        let only = environment(&[("VOLQ_PROVIDERS", "dxlink")]);
        insta::assert_snapshot!(
            resolve(&[only, off]).unwrap_err(),
            @"no provider is left: the list is 'dxlink' (environment VOLQ_PROVIDERS) and the settings switch each of them off"
        );
    }

    #[test]
    fn profiles_gather_thresholds_from_every_layer() {
        let settings = resolve(&[
            environment(&[("VOLQ_SCREEN_PROFILES_MINE_MIN_VRP", "1.5")]),
            from_file(r#"{"screen": {"profiles": {"mine": {"min_vrp": 1.1, "max_spread": 4}, "other": {"min_vtr": 0.9}}}}"#),
        ])
        .unwrap();
        let mine = settings.profiles["mine"];
        assert_eq!((mine.min_vrp, mine.max_spread), (Some(1.5), Some(4.0)));
        assert_eq!(mine.min_ivp, None);
        assert_eq!(settings.profiles["other"].min_vtr, Some(0.9));
    }

    #[test]
    fn a_login_is_complete_or_names_what_is_missing() {
        let missing = |variables: &[(&str, &str)]| {
            let settings = resolve(&[environment(variables)]).unwrap();
            settings.missing_credentials.join(", ")
        };
        assert_eq!(missing(&[]), "TT_CLIENT_SECRET, TT_REFRESH_TOKEN");
        let blank = [("TT_CLIENT_SECRET", " "), ("TT_REFRESH_TOKEN", "abcdef")];
        assert_eq!(missing(&blank), "TT_CLIENT_SECRET");
        let half = environment(&[("TT_REFRESH_TOKEN", "token-text")]);
        let settings = resolve(std::slice::from_ref(&half)).unwrap();
        assert_eq!(settings.credentials, None);
        assert_eq!(settings.missing_credentials, ["TT_CLIENT_SECRET"]);
        let rest = env_file(&[
            ("TT_CLIENT_SECRET", "secret-text"),
            ("TT_REFRESH_TOKEN", "lower"),
        ]);
        let settings = resolve(&[half, rest]).unwrap();
        let credentials = settings.credentials.as_ref().unwrap();
        assert_eq!(credentials.refresh_token.expose(), "token-text");
        assert!(settings.missing_credentials.is_empty());
        assert_eq!(
            settings.origin("TT_CLIENT_SECRET").to_string(),
            "env-file .env.tastytrade (TT_CLIENT_SECRET)"
        );
        let debug = format!("{settings:?}");
        assert!(!debug.contains("secret-text") && !debug.contains("token-text"));
    }

    #[test]
    fn an_env_file_cannot_send_a_login_it_does_not_hold_elsewhere() {
        let login = [("TT_CLIENT_SECRET", "a"), ("TT_REFRESH_TOKEN", "b")];
        for (name, address) in [
            ("API_BASE_URL", "https://collect.example"),
            ("DXLINK_URL", "wss://collect.example"),
        ] {
            let planted = env_file(&[(name, address)]);
            let error = resolve(&[environment(&login), planted]).unwrap_err();
            assert!(matches!(error, SettingsError::Redirected { .. }), "{error}");
            let whole = env_file(&[login[0], login[1], (name, address)]);
            assert!(resolve(&[whole]).is_ok());
        }
        for address in ["https://api.cert.tastyworks.com", "http://127.0.0.1:9"] {
            let harmless = env_file(&[("API_BASE_URL", address)]);
            assert!(resolve(&[environment(&login), harmless]).is_ok());
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_resolving_panic(index in 0..Key::ALL.len(), text in ".{0,30}") {
            let _ = resolve(&[environment(&[(&Key::ALL[index].variable(), &text)])]);
        }

        #[test]
        fn what_is_accepted_is_within_its_range(index in 0..Key::ALL.len(), number in -10.0..1e7_f64) {
            let key = &Key::ALL[index];
            let layer = environment(&[(&key.variable(), &number.to_string())]);
            if let (Ok(settings), Some(range)) = (resolve(&[layer]), key.range) {
                let entry = settings.entries.iter().find(|entry| entry.name == key.name).unwrap();
                let accepted = entry.value.as_f64().unwrap();
                prop_assert!((range.min..=range.max).contains(&accepted), "{} {accepted}", key.name);
            }
        }
    }
}
