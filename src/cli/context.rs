//! Settings turned into what commands work with: view, clock, sources.

use std::io::IsTerminal;
use std::sync::Arc;
use std::time::Duration;

use super::args::GlobalArgs;
use super::failure::Failure;
use super::messages;
use super::progress::ProgressLine;
use crate::auth::{self, AuthError};
use crate::clock::{Clock, SystemClock};
use crate::legacy;
use crate::model::report::Warning;
use crate::model::{Command, Field, FieldSet, HvWindow, Provider};
use crate::net::{Http, HttpOptions, Retry};
use crate::provider::{Account, Limits, Ranking, Sources, Timeout};
use crate::render::{GreeksLayout, Terminal, View, default_fields};
use crate::secret::{Credentials, Secret};
use crate::settings::{ColorChoice, Environment, HvWindows, Layer, SettingOrigin, Settings, load};
use crate::store::{AccountMark, CacheFolder, CacheKind, SharedFile, SlotOptions, Slots, Store};
use crate::tastytrade;
use dxlink::{FeedOptions, Pacing};

/// dxFeed's public delayed stream (`docs/reference/dxlink-protocol.md`, "14. Endpoints, entitlement, limits").
const DXFEED_DEMO: &str = "wss://demo.dxfeed.com/market-data/dxlink-ws";

/// What every command works with.
pub(super) struct Context {
    pub(super) settings: Settings,
    pub(super) global: GlobalArgs,
    pub(super) view: View,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) progress: ProgressLine,
    /// What is kept between runs; `None` where nothing is.
    pub(super) store: Option<Store>,
    /// Where runs agree on the account's stream sessions; `None` without a home.
    locks: Option<Store>,
    /// What other runs are told of this one.
    pub(super) command: &'static str,
}

impl Context {
    /// Resolves the settings and looks at the terminal; no network.
    pub(super) fn load(global: &GlobalArgs) -> Result<Self, Failure> {
        Self::with(global, global.layer())
    }

    /// The same for a command with settings among its own options; `typed` holds those and the global ones.
    pub(super) fn with(global: &GlobalArgs, typed: Layer) -> Result<Self, Failure> {
        let environment = Environment::capture();
        let settings = load(&environment, global.files(), typed)?;
        let view = view(&settings, &environment);
        let is_quiet = global.quiet || global.no_progress || global.verbose > 0;
        let progress = ProgressLine::new(
            std::io::stderr().is_terminal() && !is_quiet && !environment.is_dumb_terminal(),
        );
        messages::start_logging(global.verbose, &progress);
        let locks = environment.cache_dir.map(Store::at);
        let keeps = settings.cache.enabled && !global.demo;
        let context = Self {
            store: locks.clone().filter(|_| keeps),
            locks,
            command: "",
            settings,
            global: global.clone(),
            view,
            clock: Arc::new(SystemClock),
            progress,
        };
        for warning in &context.settings.warnings {
            context.warn(&warning.to_string());
        }
        Ok(context)
    }

    /// Says something worth knowing, unless asked to be quiet.
    pub(super) fn warn(&self, message: &str) {
        if !self.global.quiet {
            self.progress
                .suspend(|| messages::warning(message, self.global.color));
        }
    }

    /// The folder of everything kept, whether or not this run keeps anything; `None` without a home.
    pub(super) fn folder(&self) -> Option<&Store> {
        self.locks.as_ref()
    }

    /// What the store had to warn of so far.
    pub(super) fn store_warnings(&self) -> Vec<Warning> {
        let store = self.store.iter();
        store
            .flat_map(Store::warnings)
            .map(|message| Warning {
                code: "cache",
                message,
            })
            .collect()
    }

    /// How long a run may take.
    pub(super) fn limits(&self) -> Limits {
        let timeout = self.settings.run.timeout;
        let listen = self.settings.dxlink.listen;
        let settle = self.settings.run.settle;
        let is_usual = |name| *self.settings.origin(name) == SettingOrigin::Default;
        Limits {
            listen,
            // Nothing of the built-in market is silent; where it seems so, the machine is busy.
            settle: if self.global.demo && is_usual("settle_seconds") {
                listen
            } else {
                settle
            },
            timeout: if is_usual("timeout_seconds") {
                Timeout::Planned(timeout)
            } else {
                Timeout::Fixed(timeout)
            },
            full_listen: self.global.full_listen,
        }
    }

    /// Which sources are used, best first. The public demo stream comes without an account, so without REST.
    fn ranking(&self) -> Ranking {
        let mut order = self.settings.providers();
        if self.global.dxfeed_demo {
            order.retain(|source| *source == Provider::Dxlink);
        }
        Ranking::new(order).estimating(self.settings.history.estimator)
    }

    /// The columns that were asked for, if any were.
    pub(super) fn fields(&self, command: Command) -> Option<Vec<Field>> {
        let selection = self.settings.output.fields.as_ref();
        let windows: Vec<Field> = self.window_fields(command).collect();
        if selection.is_none() && windows.is_empty() {
            return None;
        }
        let default = default_fields(command, self.view.format);
        let columns = selection.map(|selection| selection.apply(&default));
        Some(with_windows(columns.unwrap_or(default), &windows))
    }

    /// Fields that were named as columns and so have to be there.
    pub(super) fn named_fields(&self, command: Command) -> FieldSet {
        self.settings
            .output
            .fields
            .iter()
            .flat_map(crate::settings::FieldSelection::named)
            .chain(self.window_fields(command))
            .collect()
    }

    /// The windows of historical volatility that were asked for, as fields of a command.
    fn window_fields(&self, command: Command) -> impl Iterator<Item = Field> {
        let windows = self.settings.history.windows.iter();
        windows
            .flat_map(HvWindows::windows)
            .map(|window| window.field())
            .filter(move |field| field.info().commands.contains(&command))
    }

    /// The sources as the settings describe them.
    pub(super) fn sources(&self) -> Sources {
        let settings = &self.settings;
        let http = HttpOptions::default();
        let base_url = settings.rest.base_url.as_str();
        let mut slots = None;
        let credentials = settings.credentials.clone();
        let account = credentials
            .ok_or_else(|| AuthError::Missing {
                variables: settings.missing_credentials.clone(),
            })
            .map(|credentials| {
                let mark = AccountMark::new(
                    base_url,
                    &credentials.client_secret,
                    &credentials.refresh_token,
                );
                slots = self.slots(&mark);
                let store = self.store.as_ref();
                let cache_folder = store.map(|store| store.cache_folder(CacheKind::Tokens, &mark));
                let rate = settings.rest.requests_per_second;
                let rates = self.locks.as_ref().map(|locks| locks.rates(&mark));
                self.account(base_url, credentials, rate, cache_folder, rates)
            });
        let legacy = legacy::Options {
            base_url: settings.legacy.base_url.as_str().to_owned(),
            requests_per_second: settings.legacy.requests_per_second,
            ..legacy::Options::default()
        };
        Sources {
            ranking: self.ranking(),
            account,
            slots,
            open_stream: self.global.dxfeed_demo.then(|| DXFEED_DEMO.to_owned()),
            stream_url: settings
                .dxlink
                .url
                .as_ref()
                .map(|url| url.as_str().to_owned()),
            feed: self.feed(),
            bars: self.kept_bars(),
            legacy: Arc::new(legacy::ChartClient::new(
                &http,
                legacy,
                Arc::clone(&self.clock),
            )),
            demo: false,
            clock: Arc::clone(&self.clock),
        }
    }

    /// Where the bars of the stream in use are kept. They are everybody's, but another market has others.
    fn kept_bars(&self) -> Option<CacheFolder> {
        let market = match &self.settings.dxlink.url {
            _ if self.global.dxfeed_demo => DXFEED_DEMO,
            Some(url) => url.as_str(),
            None => self.settings.rest.base_url.as_str(),
        };
        let mark = AccountMark::of_server(market);
        Some(self.store.as_ref()?.cache_folder(CacheKind::Candles, &mark))
    }

    /// The same sources, with the built-in market behind all of them. It is ours, so it may be asked fast.
    pub(super) fn market_sources(&self, base_url: &str) -> Sources {
        const FAST: f64 = 10_000.0;
        let credentials = Credentials {
            client_secret: Secret::new("built-in-market"),
            refresh_token: Secret::new("built-in-market"),
            client_id: None,
        };
        let legacy = legacy::Options {
            base_url: base_url.to_owned(),
            requests_per_second: FAST,
            burst: 1_000,
            requests_per_run: 10_000,
        };
        Sources {
            account: Ok(self.account(base_url, credentials, FAST, None, None)),
            slots: None,
            open_stream: None,
            stream_url: None,
            legacy: Arc::new(legacy::ChartClient::new(
                &HttpOptions::default(),
                legacy,
                Arc::clone(&self.clock),
            )),
            demo: true,
            ..self.sources()
        }
    }

    /// The stream sessions of an account, for one run of this command.
    fn slots(&self, account: &AccountMark) -> Option<Slots> {
        let options = SlotOptions {
            count: self.settings.dxlink.max_sessions,
            wait: self.settings.dxlink.wait_slot,
            command: self.command,
        };
        let locks = self.locks.as_ref()?;
        Some(locks.slots(account, options, Arc::clone(&self.clock)))
    }

    fn account(
        &self,
        base_url: &str,
        credentials: Credentials,
        requests_per_second: f64,
        cache_folder: Option<CacheFolder>,
        rates: Option<SharedFile>,
    ) -> Account {
        let http = Http::new(HttpOptions::default());
        let retry = Retry::default();
        let login = auth::Login::new(
            http.clone(),
            Arc::clone(&self.clock),
            base_url,
            credentials,
            retry,
            cache_folder.clone(),
        );
        let options = tastytrade::RestClientOptions {
            base_url: base_url.to_owned(),
            requests_per_second,
            batch_size: self.settings.rest.batch_size as usize,
            retry,
            cache_folder,
            rates,
        };
        let client = tastytrade::RestClient::new(
            http.clone(),
            login.clone(),
            Arc::clone(&self.clock),
            &options,
        );
        Account {
            login,
            client,
            http,
        }
    }

    fn feed(&self) -> FeedOptions {
        let dxlink = &self.settings.dxlink;
        FeedOptions {
            client: concat!("volq/", env!("CARGO_PKG_VERSION")),
            aggregation_seconds: dxlink.aggregation.as_secs_f64(),
            ready_timeout: dxlink.ready_timeout,
            reconnects: if dxlink.reconnect {
                dxlink.reconnect_max_attempts
            } else {
                0
            },
            longest_pause: dxlink.reconnect_delay.max(Duration::from_millis(50)),
            pacing: Pacing::default(),
        }
    }
}

/// Puts further windows of historical volatility behind those already among the columns, else at the end.
fn with_windows(mut columns: Vec<Field>, windows: &[Field]) -> Vec<Field> {
    let missing: Vec<Field> = windows
        .iter()
        .copied()
        .filter(|field| !columns.contains(field))
        .collect();
    let last = columns
        .iter()
        .rposition(|field| HvWindow::of(*field).is_some());
    let place = last.map_or(columns.len(), |place| place + 1);
    columns.splice(place..place, missing);
    columns
}

fn view(settings: &Settings, environment: &Environment) -> View {
    let is_tty = std::io::stdout().is_terminal();
    let color = match settings.output.color {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => {
            environment.forces_color()
                || is_tty && !environment.no_color() && !environment.is_dumb_terminal()
        }
    };
    let width = environment
        .columns()
        .or_else(|| is_tty.then(comfy_width).flatten());
    View {
        format: settings.output.format,
        terminal: Terminal {
            width,
            is_tty,
            color,
        },
        greeks: GreeksLayout::default(),
    }
}

/// The width of the terminal, as the table library sees it.
fn comfy_width() -> Option<u16> {
    comfy_table::Table::new().width()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_stand_behind_the_other_windows() {
        use Field::{Hv20, Hv30, Hv90, Hv180, Symbol, Vrp};
        let added = |columns: &[Field]| with_windows(columns.to_vec(), &[Hv20, Hv90, Hv180]);
        assert_eq!(
            added(&[Symbol, Hv30, Hv90, Vrp]),
            [Symbol, Hv30, Hv90, Hv20, Hv180, Vrp]
        );
        assert_eq!(added(&[Symbol]), [Symbol, Hv20, Hv90, Hv180]);
    }
}
