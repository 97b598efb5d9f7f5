//! What the tests of this room share: the sources of a run against canned servers. The clock stands on 2026-11-20.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::run::Input;
use super::window::Window;
use crate::auth::{AuthError, Login};
use crate::clock::FixedClock;
use crate::legacy;
use crate::model::Provider;
use crate::net::{Http, HttpOptions, Retry};
use crate::provider::{Account, Limits, Ranking, Sources, Timeout};
use crate::secret::{Credentials, Secret};
use crate::settings::{Layer, SettingOrigin, Settings, resolve};
use crate::tastytrade::{RestClient, RestClientOptions};
use dxlink::FeedOptions;

/// Everything a diagnosis is made from, with each server at the same address.
pub(super) struct TestSetup {
    settings: Settings,
    sources: Sources,
    url: String,
    cancel: CancellationToken,
}

impl TestSetup {
    pub(super) fn new(url: &str) -> Self {
        let clock = Arc::new(FixedClock("2026-11-20T15:00:00Z".parse().unwrap()));
        let retry = Retry {
            tries: 1,
            start: Duration::ZERO,
            ceiling: Duration::ZERO,
        };
        let http = Http::new(HttpOptions::default());
        let credentials = Credentials {
            client_secret: Secret::new("secret-abc"),
            refresh_token: Secret::new("refresh-xyz"),
            client_id: None,
        };
        let login = Login::new(http.clone(), clock.clone(), url, credentials, retry, None);
        let options = RestClientOptions {
            base_url: url.to_owned(),
            requests_per_second: 50_000.0,
            batch_size: 50,
            retry,
            cache_folder: None,
            rates: None,
        };
        let client = RestClient::new(http.clone(), login.clone(), clock.clone(), &options);
        let charts = legacy::Options {
            base_url: url.to_owned(),
            ..legacy::Options::default()
        };
        let sources = Sources {
            ranking: Ranking::new(Provider::ALL.to_vec()),
            account: Ok(Account {
                login,
                client,
                http,
            }),
            slots: None,
            open_stream: None,
            stream_url: None,
            feed: FeedOptions {
                longest_pause: Duration::from_secs(5),
                ..FeedOptions::default()
            },
            bars: None,
            legacy: Arc::new(legacy::ChartClient::new(
                &HttpOptions::default(),
                charts,
                clock.clone(),
            )),
            demo: false,
            clock,
        };
        Self {
            settings: settings(),
            sources,
            url: url.to_owned(),
            cancel: CancellationToken::new(),
        }
    }

    /// The same with a login that has taken place.
    pub(super) fn logged_in(url: &str) -> Self {
        let setup = Self::new(url);
        if let Ok(account) = &setup.sources.account {
            let token = Secret::new("token-1");
            account.login.adopt(token, Duration::from_mins(10));
        }
        setup
    }

    /// Takes the credentials away.
    pub(super) fn log_out(&mut self) {
        self.sources.account = Err(AuthError::Missing {
            variables: vec!["TT_CLIENT_SECRET", "TT_REFRESH_TOKEN"],
        });
    }

    /// Leaves only these sources in use.
    pub(super) fn rank(&mut self, order: &[Provider]) {
        self.sources.ranking = Ranking::new(order.to_vec());
    }

    pub(super) fn input(&self) -> Input<'_> {
        Input {
            settings: &self.settings,
            sources: &self.sources,
            rest_url: self.url.clone(),
            limits: Limits {
                listen: Duration::from_secs(5),
                settle: Duration::from_secs(1),
                timeout: Timeout::Fixed(Duration::from_secs(20)),
                full_listen: false,
            },
        }
    }

    pub(super) fn window(&self) -> Window<'_> {
        Window {
            end: Instant::now() + Duration::from_secs(20),
            cancel: &self.cancel,
        }
    }
}

/// Settings that hold the login and nothing else.
fn settings() -> Settings {
    let variables = [
        ("TT_CLIENT_SECRET", "secret-abc"),
        ("TT_REFRESH_TOKEN", "refresh-xyz"),
    ];
    let variables = variables.map(|(name, text)| (name.to_owned(), text.to_owned()));
    let origin = |name: &str| SettingOrigin::Environment(name.to_owned());
    resolve(&[Layer::from_variables(&variables.into(), origin)]).unwrap()
}
