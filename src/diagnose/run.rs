//! The layers in their order, each tried as far as the ones it depends on allow.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::finding::Finding;
use super::login::NOT_NEEDED;
use super::window::Window;
use super::{broker, clock, credentials, legacy, settings, verdict};
use crate::auth::TokenFacts;
use crate::model::diagnosis::{Diagnosis, LayerStatus};
use crate::model::{FailureKind, Provider};
use crate::provider::{Limits, Sources};
use crate::settings::Settings;

/// Every layer that follows the settings, for when they do not hold.
const AFTER_SETTINGS: [&str; 14] = [
    "credentials",
    "rest_reachable",
    "oauth",
    "customer",
    "quote_token",
    "stream_connect",
    "stream_setup",
    "stream_auth",
    "stream_channel",
    "events",
    "rest_metrics",
    "rest_quotes",
    "legacy",
    "clock",
];

/// What is diagnosed: the very things that `quote` would run on.
pub struct Input<'a> {
    /// The settings in force.
    pub settings: &'a Settings,
    /// Login, clients and stream made from them.
    pub sources: &'a Sources,
    /// The REST server that the sources ask.
    pub rest_url: String,
    /// How long it may take; `listen` counts from the moment the channel is open.
    pub limits: Limits,
}

impl Input<'_> {
    /// Whether a source in use needs the broker's login.
    pub(super) fn needs_login(&self) -> bool {
        let sources = self.sources;
        let streams = sources.ranking.uses(Provider::Dxlink) && sources.open_stream.is_none();
        streams || sources.ranking.uses(Provider::Rest)
    }
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Findings {
    /// Every layer and the verdict.
    pub diagnosis: Diagnosis,
    /// The first layer that failed.
    pub failing: Option<Failing>,
    /// Whether the user broke it off.
    pub interrupted: bool,
}

/// A layer that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failing {
    /// The name of the layer.
    pub layer: &'static str,
    /// What kind of failure it is.
    pub kind: FailureKind,
}

impl Failing {
    /// The failure of a layer that fails the command.
    fn of(finding: &Finding) -> Option<Self> {
        let kind = finding.failure?;
        (finding.layer.status == LayerStatus::Fail).then_some(Self {
            layer: finding.layer.name,
            kind,
        })
    }
}

impl Findings {
    /// The failure that the command ends with, if it ends with one.
    pub fn failure(&self) -> Option<FailureKind> {
        if self.interrupted {
            return Some(FailureKind::Interrupted);
        }
        self.failing.map(|failing| failing.kind)
    }
}

/// Tries every layer; `cancel` breaks it off with what was found so far.
pub async fn diagnose(input: Input<'_>, cancel: &CancellationToken) -> Findings {
    let window = Window {
        end: Instant::now() + input.limits.timeout.for_plan(Duration::ZERO),
        cancel,
    };
    let as_of = input.sources.clock.now();
    let order = input.sources.ranking.order();
    let mut findings = vec![
        settings::check(input.settings, order),
        credentials(&input, as_of),
    ];
    let (broker, legacy) = tokio::join!(
        Box::pin(broker::visit(&input, &findings[1], &window)),
        Box::pin(legacy::check(&input, &window)),
    );
    findings.extend(broker.findings);
    findings.push(legacy);
    findings.push(clock::check(broker.time));
    let verdict = verdict::verdict(&findings, order);
    concluded(findings, verdict, as_of, &input, cancel)
}

/// The findings about settings that do not hold, for the reason in `why`: nothing else can be tried.
pub fn diagnose_settings(why: &str, as_of: Timestamp) -> Findings {
    let refused = settings::refused(why);
    let failing = Failing::of(&refused);
    let skipped = AFTER_SETTINGS.map(|name| Finding::skip(name, "needs settings").layer);
    Findings {
        diagnosis: Diagnosis {
            as_of,
            demo: false,
            layers: std::iter::once(refused.layer).chain(skipped).collect(),
            verdict: "The settings do not hold, so nothing else was tried.".to_owned(),
        },
        failing,
        interrupted: false,
    }
}

fn concluded(
    findings: Vec<Finding>,
    verdict: String,
    as_of: Timestamp,
    input: &Input<'_>,
    cancel: &CancellationToken,
) -> Findings {
    let failing = findings.iter().find_map(Failing::of);
    Findings {
        diagnosis: Diagnosis {
            as_of,
            demo: input.sources.demo,
            layers: findings.into_iter().map(|finding| finding.layer).collect(),
            verdict,
        },
        failing,
        interrupted: cancel.is_cancelled(),
    }
}

fn credentials(input: &Input<'_>, now: Timestamp) -> Finding {
    const NAME: &str = "credentials";
    match (&input.sources.account, &input.settings.credentials) {
        _ if !input.needs_login() => Finding::skip(NAME, NOT_NEEDED),
        (Err(error), _) => credentials::missing(error),
        (Ok(_), Some(login)) if !input.sources.demo => {
            let facts = TokenFacts::of(&login.refresh_token);
            credentials::check(&facts, &input.rest_url, now)
        }
        (Ok(_), _) => Finding::ok(NAME, "those of the built-in market"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_support::TestSetup;
    use super::*;
    use crate::net::responder::{Responder, reply};
    use crate::settings::{Layer, SettingOrigin, resolve};

    const CHART: &str = include_str!("../../fixtures/http_yahoo_live.json");
    const NOT_A_CUSTOMER: &str = include_str!("../../fixtures/http_tastytrade_not_a_customer.json");

    /// Everything that is asked over HTTP answers as a login without an account has it.
    async fn without_an_account() -> Responder {
        Responder::answering(|request, _| {
            let path = request.split([' ', '?']).nth(1).unwrap_or_default();
            let (status, body) = match path {
                "/oauth/token" => (200, r#"{"access_token":"token-1","expires_in":900}"#),
                "/customers/me" => (200, r#"{"data":{"has-delayed-quotes":false}}"#),
                "/market-metrics" => (
                    200,
                    r#"{"data":{"items":[{"symbol":"SPY","implied-volatility-index":"0.142"}]}}"#,
                ),
                path if path.starts_with("/v8/") => (200, CHART),
                _ => (403, NOT_A_CUSTOMER),
            };
            Some(reply(status, "application/json", body))
        })
        .await
    }

    fn shown(findings: &Findings) -> String {
        let layers = &findings.diagnosis.layers;
        let lines: Vec<String> = layers
            .iter()
            .map(|layer| {
                let detail = layer.detail.as_deref().unwrap_or_default();
                format!("{} {}: {detail}", layer.status.name(), layer.name)
            })
            .collect();
        format!("{}\n{}", lines.join("\n"), findings.diagnosis.verdict)
    }

    #[tokio::test]
    async fn what_does_not_depend_on_a_failure_is_tried_all_the_same() {
        let server = without_an_account().await;
        let setup = TestSetup::new(&server.url(""));
        let findings = diagnose(setup.input(), &CancellationToken::new()).await;
        let shown = shown(&findings).replace(&server.url("")["http://".len()..], "HOST");
        insta::assert_snapshot!(shown, @r"
        ok settings: dxlink, rest, legacy; set by the environment
        warn credentials: client secret and token are set; TT_REFRESH_TOKEN does not look like a refresh token
        ok rest_reachable: HOST answers
        ok oauth: access token, to be used for 13 min
        ok customer: quotes are live
        fail quote_token: this login may not see quotes: HTTP 403 quote_streamer.customer_not_found_error: You must be a customer to access a quote stream.
        skip stream_connect: needs quote_token
        skip stream_setup: needs quote_token
        skip stream_auth: needs quote_token
        skip stream_channel: needs quote_token
        skip events: needs quote_token
        ok rest_metrics: SPY iv 14.2 %
        fail rest_quotes: this login may not see quotes: HTTP 403 quote_streamer.customer_not_found_error: You must be a customer to access a quote stream.
        ok legacy: SPY: 4 daily closes, the last of 2026-11-19
        skip clock: no server told the time
        Not everything works (quote_token, rest_quotes): quote would use rest + legacy, screen rest + legacy, greeks nothing.
        ");
        assert_eq!(
            findings.failing,
            Some(Failing {
                layer: "quote_token",
                kind: FailureKind::NotEntitled,
            })
        );
        let asked = server.seen();
        assert!(
            asked
                .iter()
                .all(|request| !request.contains("quote-streamer-tokens"))
        );
    }

    #[tokio::test]
    async fn without_credentials_the_rest_is_tried() {
        let server = without_an_account().await;
        let mut setup = TestSetup::new(&server.url(""));
        setup.log_out();
        let findings = diagnose(setup.input(), &CancellationToken::new()).await;
        assert_eq!(findings.failure(), Some(FailureKind::NoCredentials));
        let works = |name: &str| {
            let mut layers = findings.diagnosis.layers.iter();
            layers.any(|layer| layer.name == name && layer.status == LayerStatus::Ok)
        };
        assert!(works("rest_reachable") && works("legacy") && !works("rest_metrics"));
    }

    #[tokio::test]
    async fn a_diagnosis_that_is_broken_off_says_so_and_asks_nothing() {
        let server = without_an_account().await;
        let setup = TestSetup::new(&server.url(""));
        let cancel = CancellationToken::new();
        cancel.cancel();
        let findings = diagnose(setup.input(), &cancel).await;
        assert_eq!(findings.failure(), Some(FailureKind::Interrupted));
        assert!(server.seen().is_empty());
    }

    #[test]
    fn settings_that_do_not_hold_are_the_only_finding() {
        let variables = [("VOLQ_REST_BATCH_SIZE".to_owned(), "0".to_owned())];
        let layer = Layer::from_variables(&variables.into(), |name| {
            SettingOrigin::Environment(name.to_owned())
        });
        let error = resolve(&[layer]).unwrap_err();
        let findings = diagnose_settings(&error.to_string(), Timestamp::UNIX_EPOCH);
        assert_eq!(findings.failure(), Some(FailureKind::Settings));
        assert_eq!(findings.diagnosis.layers.len(), 1 + AFTER_SETTINGS.len());
    }
}
