//! Finds the files, reads them, and stacks the layers. The only place in this room that reads a file.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::env::Environment;
use super::env_file;
use super::error::SettingsError;
use super::file;
use super::layer::Layer;
use super::origin::SettingOrigin;
use super::resolve::{Settings, resolve};
use super::warning::SettingsWarning;
use crate::capped::{self, CappedError};

/// Name of the env-file that is looked for in the working directory and in the configuration directory.
pub const ENV_FILE: &str = ".env.tastytrade";

/// Names of the configuration file, the first that exists counts.
const CONFIG_FILES: [&str; 2] = ["config.toml", "config.json"];

/// Larger files are no settings; the cap keeps a slip such as `--config /dev/zero` short.
const SIZE_LIMIT: u64 = 1 << 20;

/// Files that were named on the command line.
#[derive(Clone, Copy, Debug, Default)]
pub struct Files<'a> {
    /// `--config`: laid over the configuration file of the user.
    pub config: Option<&'a Path>,
    /// `--env-file`: read in place of those that would be looked for.
    pub env_file: Option<&'a Path>,
}

/// Reads every layer and resolves them: flags, environment, env-file, named file, the user's file, defaults.
///
/// # Errors
/// Whatever [`resolve()`] refuses, and files that were named or found but cannot be read or understood.
pub fn load(
    environment: &Environment,
    files: Files<'_>,
    flags: Layer,
) -> Result<Settings, SettingsError> {
    let mut layers = vec![
        flags,
        Layer::from_variables(&environment.variables, |name| {
            SettingOrigin::Environment(name.to_owned())
        }),
    ];
    if let Some(path) = env_file_path(environment, files.env_file) {
        layers.push(env_file_layer(&path)?);
    }
    let named = files.config.map(|path| environment.working_dir.join(path));
    let own = own_config(environment).filter(|own| named.as_ref() != Some(own));
    for path in named.into_iter().chain(own) {
        let (text, _) = read(&path)?;
        layers.push(file::parse(&text, &path)?);
    }
    resolve(&layers)
}

/// The configuration file that counts: the named one, else the user's own, whether or not it exists yet. `None` when
/// there is no home to keep one in.
pub fn config_path(environment: &Environment, named: Option<&Path>) -> Option<PathBuf> {
    named
        .map(|path| environment.working_dir.join(path))
        .or_else(|| own_config(environment))
        .or_else(|| Some(environment.config_dir.as_ref()?.join(CONFIG_FILES[0])))
}

fn own_config(environment: &Environment) -> Option<PathBuf> {
    let dir = environment.config_dir.as_ref()?;
    CONFIG_FILES
        .iter()
        .map(|name| dir.join(name))
        .find(|path| path.exists())
}

fn env_file_path(environment: &Environment, named: Option<&Path>) -> Option<PathBuf> {
    let found = || {
        [
            Some(&environment.working_dir),
            environment.config_dir.as_ref(),
        ]
        .into_iter()
        .flatten()
        .map(|dir| dir.join(ENV_FILE))
        .find(|path| path.exists())
    };
    named
        .map(|path| environment.working_dir.join(path))
        .or_else(found)
}

fn env_file_layer(path: &Path) -> Result<Layer, SettingsError> {
    let (text, exposed) = read(path)?;
    let parsed = env_file::parse(&text);
    let shared: Arc<Path> = Arc::from(path);
    let mut layer = Layer::from_variables(&parsed.variables, |name| SettingOrigin::EnvFile {
        path: Arc::clone(&shared),
        variable: name.to_owned(),
    });
    for bad in parsed.bad_lines {
        layer.warn(SettingsWarning::EnvFileLine {
            path: path.to_owned(),
            line: bad.line,
            why: bad.why,
        });
    }
    if exposed && layer.holds_secrets() {
        layer.warn(SettingsWarning::EnvFileExposed {
            path: path.to_owned(),
        });
    }
    Ok(layer)
}

/// The text of a file, and whether other users can read it.
fn read(path: &Path) -> Result<(String, bool), SettingsError> {
    let failed = |error: CappedError| {
        let path = path.to_owned();
        match error {
            CappedError::TooLarge { limit } => SettingsError::TooLarge { path, limit },
            CappedError::Io(source) => SettingsError::Read { path, source },
        }
    };
    let file = File::open(path).map_err(|source| failed(source.into()))?;
    let exposed = file.metadata().is_ok_and(|metadata| is_exposed(&metadata));
    let text = capped::read_text(file, SIZE_LIMIT).map_err(failed)?;
    Ok((text, exposed))
}

#[cfg(unix)]
fn is_exposed(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.is_file() && metadata.permissions().mode() & 0o044 != 0
}

#[cfg(not(unix))]
fn is_exposed(_: &std::fs::Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Duration;

    use tempfile::TempDir;

    use super::super::setting::Raw;
    use super::*;

    /// A working directory and a configuration directory of their own.
    struct Place {
        _dir: TempDir,
        environment: Environment,
    }

    impl Place {
        fn new() -> Self {
            let dir = TempDir::new().unwrap();
            let (work, config) = (dir.path().join("work"), dir.path().join("config"));
            fs::create_dir(&work).unwrap();
            fs::create_dir(&config).unwrap();
            let environment = Environment {
                working_dir: work,
                config_dir: Some(config),
                ..Environment::default()
            };
            Self {
                _dir: dir,
                environment,
            }
        }

        fn variable(mut self, name: &str, text: &str) -> Self {
            self.environment.variables.insert(name.into(), text.into());
            self
        }

        fn work(self, name: &str, text: &str) -> Self {
            fs::write(self.environment.working_dir.join(name), text).unwrap();
            self
        }

        fn config(self, name: &str, text: &str) -> Self {
            fs::write(
                self.environment.config_dir.as_ref().unwrap().join(name),
                text,
            )
            .unwrap();
            self
        }

        fn load(&self, files: Files<'_>) -> Result<Settings, SettingsError> {
            load(&self.environment, files, Layer::default())
        }

        fn settings(&self) -> Settings {
            self.load(Files::default()).unwrap()
        }
    }

    #[test]
    fn every_layer_outranks_the_next() {
        // Each step adds a higher layer; the others stay in place below it.
        type Step = fn(Place) -> Place;
        let steps: [(&str, Step); 5] = [
            ("default", |place| place),
            ("config file", |place| {
                place.config("config.toml", "timeout_seconds = 11")
            }),
            ("named.json", |place| {
                place.work("named.json", r#"{"timeout_seconds": 12}"#)
            }),
            ("env-file", |place| {
                place.work(ENV_FILE, "VOLQ_TIMEOUT_SECONDS=13")
            }),
            ("environment", |place| {
                place.variable("VOLQ_TIMEOUT_SECONDS", "14")
            }),
        ];
        let mut place = Place::new();
        for (index, (origin, step)) in steps.into_iter().enumerate() {
            place = step(place);
            let named = (index >= 2).then_some(Path::new("named.json"));
            let files = Files {
                config: named,
                env_file: None,
            };
            let settings = place.load(files).unwrap();
            let expected = if index == 0 { 30 } else { 10 + index as u64 };
            assert_eq!(settings.run.timeout, Duration::from_secs(expected));
            let shown = settings.origin("timeout_seconds").to_string();
            assert!(shown.contains(origin), "{shown}");
        }
        let mut flags = Layer::default();
        flags.set(
            "timeout_seconds",
            Raw::Number(15.0),
            SettingOrigin::Flag("--timeout"),
        );
        let settings = load(&place.environment, Files::default(), flags).unwrap();
        assert_eq!(settings.run.timeout, Duration::from_secs(15));
        assert_eq!(
            *settings.origin("timeout_seconds"),
            SettingOrigin::Flag("--timeout")
        );
    }

    #[test]
    fn toml_is_looked_for_before_json() {
        let place = Place::new().config("config.json", r#"{"timeout_seconds": 2}"#);
        assert_eq!(place.settings().run.timeout, Duration::from_secs(2));
        let place = place.config("config.toml", "timeout_seconds = 1");
        assert_eq!(place.settings().run.timeout, Duration::from_secs(1));
    }

    #[test]
    fn an_env_file_is_looked_for_here_and_then_at_home() {
        let place = Place::new().config(ENV_FILE, "export TT_CLIENT_SECRET='home'");
        assert_eq!(place.settings().missing_credentials, ["TT_REFRESH_TOKEN"]);
        let place = place.work(ENV_FILE, "TT_CLIENT_SECRET=here\nTT_REFRESH_TOKEN=token");
        let credentials = place.settings().credentials.unwrap();
        assert_eq!(credentials.client_secret.expose(), "here");
        let place = place.work(
            "other.env",
            "TT_CLIENT_SECRET=other\nTT_REFRESH_TOKEN=token",
        );
        let files = Files {
            config: None,
            env_file: Some(Path::new("other.env")),
        };
        let credentials = place.load(files).unwrap().credentials.unwrap();
        assert_eq!(credentials.client_secret.expose(), "other");
    }

    #[test]
    fn a_named_file_must_be_there() {
        let missing = Some(Path::new("missing"));
        for (config, env_file) in [(missing, None), (None, missing)] {
            let error = Place::new().load(Files { config, env_file }).unwrap_err();
            assert!(matches!(error, SettingsError::Read { .. }), "{error}");
        }
    }

    #[test]
    fn a_huge_file_is_no_settings_file() {
        let place = Place::new().config("config.toml", &"# \n".repeat(400_000));
        let error = place.load(Files::default()).unwrap_err();
        assert!(matches!(error, SettingsError::TooLarge { .. }), "{error}");
    }

    #[test]
    fn bad_lines_are_warned_of_by_number() {
        let place = Place::new().work(ENV_FILE, "A=1\nhush hush\n");
        let warnings = place.settings().warnings;
        assert!(
            warnings[0]
                .to_string()
                .ends_with("line 2: there is no '='; the line is ignored"),
            "{}",
            warnings[0]
        );
    }

    #[cfg(unix)]
    #[test]
    fn secrets_that_others_can_read_are_warned_of() {
        use std::os::unix::fs::PermissionsExt;
        let place = Place::new().work(ENV_FILE, "TT_CLIENT_SECRET=x");
        let path = place.environment.working_dir.join(ENV_FILE);
        let codes = |mode| {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let warnings = place.settings().warnings;
            warnings
                .iter()
                .map(SettingsWarning::code)
                .collect::<Vec<_>>()
        };
        assert_eq!(codes(0o644), ["env_file_exposed"]);
        assert!(codes(0o600).is_empty());
    }

    #[test]
    fn the_path_is_where_the_file_is_or_would_be() {
        let place = Place::new();
        let environment = &place.environment;
        let dir = environment.config_dir.clone().unwrap();
        assert_eq!(
            config_path(environment, None),
            Some(dir.join("config.toml"))
        );
        fs::write(dir.join("config.json"), "{}").unwrap();
        assert_eq!(
            config_path(environment, None),
            Some(dir.join("config.json"))
        );
        let named = config_path(environment, Some(Path::new("x.toml")));
        assert_eq!(named, Some(environment.working_dir.join("x.toml")));
        assert_eq!(config_path(&Environment::default(), None), None);
    }
}
