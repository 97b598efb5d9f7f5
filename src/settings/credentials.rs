//! The login: which variables hold it, and where it may be sent.

use std::collections::BTreeMap;

use crate::net::is_loopback_host;
use crate::secret::{Credentials, Secret};

use super::error::SettingsError;
use super::layer::Layer;
use super::origin::SettingOrigin;

/// Variable of the OAuth client secret.
pub const CLIENT_SECRET: &str = "TT_CLIENT_SECRET";
/// Variable of the OAuth refresh token.
pub const REFRESH_TOKEN: &str = "TT_REFRESH_TOKEN";
/// Variable of the OAuth client id, which the token call does without.
pub const CLIENT_ID: &str = "TT_CLIENT_ID";

/// Every variable of a login, as `config show` lists them.
pub(super) const VARIABLES: [&str; 3] = [CLIENT_SECRET, REFRESH_TOKEN, CLIENT_ID];

/// What the layers hold of a login.
pub(super) struct FoundLogin<'a>(BTreeMap<&'static str, &'a (Secret, SettingOrigin)>);

impl<'a> FoundLogin<'a> {
    /// Takes each variable from the highest layer that has it.
    pub(super) fn new(layers: &'a [Layer]) -> Self {
        let found = VARIABLES.into_iter().filter_map(|variable| {
            let secret = layers.iter().find_map(|layer| layer.credential(variable))?;
            Some((variable, secret))
        });
        Self(found.collect())
    }

    /// The login, when both of its halves are there.
    pub(super) fn credentials(&self) -> Option<Credentials> {
        Some(Credentials {
            client_secret: self.secret(CLIENT_SECRET)?,
            refresh_token: self.secret(REFRESH_TOKEN)?,
            client_id: self.secret(CLIENT_ID),
        })
    }

    /// Required variables that nobody set.
    pub(super) fn missing(&self) -> Vec<&'static str> {
        [CLIENT_SECRET, REFRESH_TOKEN]
            .into_iter()
            .filter(|variable| !self.0.contains_key(variable))
            .collect()
    }

    /// Each variable that is set, with its origin.
    pub(super) fn origins(&self) -> impl Iterator<Item = (&'static str, &SettingOrigin)> {
        self.0
            .iter()
            .map(|(variable, (_, origin))| (*variable, origin))
    }

    /// Keeps an env-file that happens to lie in the working directory from sending a login it does not hold to a
    /// server of its own choice.
    ///
    /// # Errors
    /// [`SettingsError::Redirected`] when the address comes from an env-file, the server is neither this machine nor
    /// one of the broker's, and part of the login comes from elsewhere.
    pub(super) fn guard(
        &self,
        name: &'static str,
        host: &str,
        origin: &SettingOrigin,
    ) -> Result<(), SettingsError> {
        let from_env_file = matches!(origin, SettingOrigin::EnvFile { .. });
        let foreign_login = self
            .origins()
            .any(|(_, origin)| !matches!(origin, SettingOrigin::EnvFile { .. }));
        if from_env_file && foreign_login && !is_trusted(host) {
            return Err(SettingsError::Redirected {
                name,
                host: host.to_owned(),
                origin: origin.clone(),
            });
        }
        Ok(())
    }

    fn secret(&self, variable: &str) -> Option<Secret> {
        self.0.get(variable).map(|(secret, _)| secret.clone())
    }
}

fn is_trusted(host: &str) -> bool {
    let is_broker = ["tastyworks.com", "tastytrade.com", "dxfeed.com"]
        .iter()
        .any(|domain| {
            host.strip_suffix(domain)
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        });
    is_broker || is_loopback_host(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_brokers_own_domains_are_trusted() {
        for host in [
            "api.cert.tastyworks.com",
            "tastytrade.com",
            "127.0.0.1",
            "[::1]",
        ] {
            assert!(is_trusted(host), "{host}");
        }
        for host in [
            "eviltastyworks.com",
            "tastyworks.com.example.org",
            "10.0.0.1",
            "",
        ] {
            assert!(!is_trusted(host), "{host}");
        }
    }
}
