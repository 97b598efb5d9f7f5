//! Layers `rest_reachable`, `oauth`, `customer` and `quote_token`: from the address of the broker's REST API to the key of
//! the stream. Nothing personal about the customer is told.

use std::sync::Arc;

use super::clock::TimeSample;
use super::credentials::is_sandbox;
use super::finding::Finding;
use super::run::Input;
use super::window::Window;
use crate::auth::Login;
use crate::model::{FailureKind, Provider};
use crate::net::{Http, HttpOptions, HttpRequest, NetError};
use crate::provider::{Account, ProviderError};
use crate::tastytrade::{CustomerFacts, QuoteToken, TastyError};

const REACHABLE: &str = "rest_reachable";
const OAUTH: &str = "oauth";
const CUSTOMER: &str = "customer";
const QUOTE_TOKEN: &str = "quote_token";

/// Why layers of a login are passed over.
pub(super) const NOT_NEEDED: &str = "no source in use needs a login";

/// The level of a quote token that means live prices.
const LIVE: &str = "api";

/// What was found on the way.
#[derive(Debug)]
pub(super) struct LoginFindings {
    pub(super) reachable: Finding,
    pub(super) oauth: Finding,
    pub(super) customer: Finding,
    pub(super) quote_token: Finding,
    /// What the server's clock said.
    pub(super) time: Option<TimeSample>,
    /// Whether the broker says that prices are delayed for this login, or are not the live ones.
    pub(super) is_limited: bool,
}

impl LoginFindings {
    /// The findings in order.
    pub(super) fn findings(self) -> [Finding; 4] {
        [self.reachable, self.oauth, self.customer, self.quote_token]
    }
}

/// Goes the way as far as it leads; `credentials` is what was found out about them before.
pub(super) async fn enter(
    input: &Input<'_>,
    window: &Window<'_>,
    credentials: &Finding,
) -> LoginFindings {
    if !input.needs_login() {
        return LoginFindings {
            reachable: Finding::skip(REACHABLE, NOT_NEEDED),
            oauth: Finding::skip(OAUTH, NOT_NEEDED),
            customer: Finding::skip(CUSTOMER, NOT_NEEDED),
            quote_token: Finding::skip(QUOTE_TOKEN, NOT_NEEDED),
            time: None,
            is_limited: false,
        };
    }
    let (reachable, time) = reach(input, window).await;
    let account = input.sources.account.as_ref();
    let blocked = credentials.blocks().or_else(|| reachable.blocks());
    let (oauth, open) = match (account, blocked) {
        (Ok(account), None) => {
            let oauth = log_in(account, window).await;
            let open = oauth.works().then_some(account);
            (oauth, open)
        }
        (_, why) => (Finding::skip(OAUTH, why.unwrap_or_default()), None),
    };
    let (customer, facts) = customer(open, window).await;
    let (quote_token, level) = quote_token(input, open, window).await;
    let is_delayed = facts.is_some_and(|facts| facts.has_delayed_quotes == Some(true));
    LoginFindings {
        reachable,
        oauth,
        customer,
        quote_token,
        time,
        is_limited: is_delayed || level.is_some_and(|level| level != LIVE),
    }
}

/// Asks for nothing, without a token: any answer at all means that the server is there.
async fn reach(input: &Input<'_>, window: &Window<'_>) -> (Finding, Option<TimeSample>) {
    let http = match &input.sources.account {
        Ok(account) => account.http.clone(),
        Err(_) => Http::new(HttpOptions::default()),
    };
    let url = format!("{}/", input.rest_url.trim_end_matches('/'));
    let asked = async { http.send(&HttpRequest::get(&url)?, window.deadline()).await };
    let Some((outcome, took)) = window.ask(Box::pin(asked)).await else {
        return (Finding::interrupted(REACHABLE), None);
    };
    let own = input.sources.clock.now();
    match outcome {
        Err(error) => (unreachable(error).taking(took), None),
        Ok(answer) => {
            let time = answer.date.map(|server| TimeSample { server, own, took });
            (answered(answer.status, &input.rest_url).taking(took), time)
        }
    }
}

fn unreachable(error: NetError) -> Finding {
    let is_setting = error.is_refused_locally();
    let rest = ProviderError::Rest(Arc::new(TastyError::Net(error)));
    let mut finding = Finding::of_error(REACHABLE, &rest);
    if is_setting {
        finding.failure = Some(FailureKind::Settings);
    }
    finding
}

fn answered(status: u16, url: &str) -> Finding {
    let host = url.split("://").last().unwrap_or(url);
    let mut finding = if status < 500 {
        Finding::ok(REACHABLE, format!("{host} answers"))
    } else if is_sandbox(url) {
        Finding::warn(REACHABLE, format!("{host} answers, in part"))
            .with_hint("the sandbox does not offer everything")
    } else {
        Finding::warn(REACHABLE, format!("{host} answers and is in trouble"))
            .with_hint("what follows may fail: try again in a few minutes")
    };
    if status >= 500 {
        finding.layer.http_status = Some(status);
    }
    finding
}

async fn log_in(account: &Account, window: &Window<'_>) -> Finding {
    let asked = account.login.access_token(window.deadline());
    match window.ask(asked).await {
        None => Finding::interrupted(OAUTH),
        Some((Ok(_), took)) => Finding::ok(OAUTH, life(&account.login)).taking(took),
        Some((Err(error), took)) => {
            Finding::of_error(OAUTH, &ProviderError::Login(error)).taking(took)
        }
    }
}

fn life(login: &Login) -> String {
    let usable = login.held().map_or(0, |(_, usable)| usable.as_secs());
    match usable / 60 {
        0 => format!("access token, to be used for {usable} s"),
        minutes => format!("access token, to be used for {minutes} min"),
    }
}

async fn customer(
    account: Option<&Account>,
    window: &Window<'_>,
) -> (Finding, Option<CustomerFacts>) {
    let Some(account) = account else {
        return (Finding::skip(CUSTOMER, "needs oauth"), None);
    };
    match window.ask(account.client.customer(window.deadline())).await {
        None => (Finding::interrupted(CUSTOMER), None),
        Some((Ok(facts), took)) => (told(facts).taking(took), Some(facts)),
        Some((Err(error), took)) => {
            let error = ProviderError::Rest(Arc::new(error));
            (Finding::of_error(CUSTOMER, &error).taking(took), None)
        }
    }
}

fn told(facts: CustomerFacts) -> Finding {
    let status = match facts.is_professional {
        Some(true) => ", professional",
        Some(false) => ", non-professional",
        None => "",
    };
    match facts.has_delayed_quotes {
        Some(true) => Finding::warn(CUSTOMER, format!("quotes are delayed{status}")).with_hint(
            "sign the market data agreements in the account's settings; until then prices are old",
        ),
        Some(false) => Finding::ok(CUSTOMER, format!("quotes are live{status}")),
        None => Finding::ok(CUSTOMER, format!("known to the broker{status}")),
    }
}

async fn quote_token(
    input: &Input<'_>,
    account: Option<&Account>,
    window: &Window<'_>,
) -> (Finding, Option<String>) {
    if !input.sources.ranking.uses(Provider::Dxlink) {
        return (Finding::skip(QUOTE_TOKEN, "switched off"), None);
    }
    if input.sources.open_stream.is_some() {
        let why = "the stream in use asks for none";
        return (Finding::skip(QUOTE_TOKEN, why), None);
    }
    let Some(account) = account else {
        return (Finding::skip(QUOTE_TOKEN, "needs oauth"), None);
    };
    let asked = account.client.quote_token(window.deadline());
    match window.ask(asked).await {
        None => (Finding::interrupted(QUOTE_TOKEN), None),
        Some((Ok(token), took)) => (granted(&token).taking(took), token.level),
        Some((Err(error), took)) => {
            let error = ProviderError::Rest(Arc::new(error));
            (Finding::of_error(QUOTE_TOKEN, &error).taking(took), None)
        }
    }
}

fn granted(token: &QuoteToken) -> Finding {
    let level = token.level.as_deref().unwrap_or("not stated");
    let detail = format!("level {level}, to be used until {:.0}", token.usable_until);
    if token.level.as_deref().is_none_or(|level| level == LIVE) {
        return Finding::ok(QUOTE_TOKEN, detail);
    }
    Finding::warn(QUOTE_TOKEN, detail).with_hint(
        "prices of this level are usually delayed; live ones come with a funded production account",
    )
}

#[cfg(test)]
mod tests {
    use super::super::test_support::TestSetup;
    use super::*;
    use crate::model::diagnosis::LayerStatus::{self, Fail, Ok as Fine, Skip, Warn};
    use crate::net::responder::{Responder, reply};

    const CUSTOMER_RECORD: &str = include_str!("../../fixtures/http_tastytrade_customer.json");
    const NOT_A_CUSTOMER: &str = include_str!("../../fixtures/http_tastytrade_not_a_customer.json");
    const DATED_TOKEN: &str = include_str!("../../fixtures/http_tastytrade_quote_token_dated.json");
    const GRANTED: &str = r#"{"access_token":"token-1","token_type":"Bearer","expires_in":900}"#;

    /// Goes the way to a server that answers each path as told, and everything else as it should.
    async fn entered(wrong: &'static str, status: u16, body: &'static str) -> LoginFindings {
        let server = Responder::answering(move |request, _| {
            let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
            let (status, body) = match path.as_str() {
                path if path == wrong => (status, body),
                "/oauth/token" => (200, GRANTED),
                "/customers/me" => (200, CUSTOMER_RECORD),
                "/api-quote-tokens" => (200, DATED_TOKEN),
                _ => (404, "{}"),
            };
            Some(reply(status, "application/json", body))
        })
        .await;
        let setup = TestSetup::new(&server.url(""));
        let ready = Finding::ok("credentials", "");
        enter(&setup.input(), &setup.window(), &ready).await
    }

    fn statuses(entrance: &LoginFindings) -> [LayerStatus; 4] {
        let findings = [
            &entrance.reachable,
            &entrance.oauth,
            &entrance.customer,
            &entrance.quote_token,
        ];
        findings.map(|finding| finding.layer.status)
    }

    #[tokio::test]
    async fn facts_are_told_and_neither_tokens_nor_people() {
        let entrance = entered("", 200, "").await;
        assert_eq!(statuses(&entrance), [Fine, Fine, Warn, Warn]);
        assert!(entrance.is_limited);
        let shown = format!("{entrance:?}");
        for secret in ["Ada", "example.com\"", "made-up", "token-1"] {
            assert!(!shown.contains(secret), "{secret}: {shown}");
        }
        let details = entrance
            .findings()
            .map(|finding| finding.layer.detail.unwrap());
        insta::assert_snapshot!(details[1..].join("\n"), @"
        access token, to be used for 13 min
        quotes are delayed, non-professional
        level demo, to be used until 2026-11-21T02:55:00Z
        ");
    }

    #[tokio::test]
    async fn a_refused_login_stops_what_needs_it() {
        let body = r#"{"error":"invalid_grant","error_description":"Client secret mismatch"}"#;
        let entrance = entered("/oauth/token", 400, body).await;
        assert_eq!(statuses(&entrance), [Fine, Fail, Skip, Skip]);
        assert_eq!(entrance.oauth.failure, Some(FailureKind::AuthRefused));
        assert_eq!(
            entrance.oauth.layer.server_code.as_deref(),
            Some("invalid_grant")
        );
        assert_eq!(
            entrance.customer.layer.detail.as_deref(),
            Some("needs oauth")
        );
    }

    #[tokio::test]
    async fn a_login_without_an_account_is_not_entitled_and_still_a_customer() {
        let entrance = entered("/api-quote-tokens", 403, NOT_A_CUSTOMER).await;
        assert_eq!(statuses(&entrance), [Fine, Fine, Warn, Fail]);
        assert_eq!(entrance.quote_token.failure, Some(FailureKind::NotEntitled));
        assert_eq!(entrance.quote_token.layer.http_status, Some(403));
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_stops_the_way_at_its_door() {
        let closed = Responder::start(Vec::new()).await.closed().await;
        let setup = TestSetup::new(&closed);
        let ready = Finding::ok("credentials", "");
        let entrance = enter(&setup.input(), &setup.window(), &ready).await;
        assert_eq!(statuses(&entrance), [Fail, Skip, Skip, Skip]);
        assert_eq!(entrance.reachable.failure, Some(FailureKind::Network));
        assert!(entrance.reachable.layer.hint.unwrap().contains("firewall"));
        assert_eq!(entrance.time, None);
    }

    #[tokio::test]
    async fn the_server_is_reached_without_credentials_and_nothing_else_is() {
        let server = Responder::start(vec![
            "HTTP/1.1 401 X\r\ndate: Fri, 20 Nov 2026 15:00:09 GMT\r\ncontent-length: 0\r\n\r\n"
                .to_owned(),
        ])
        .await;
        let mut setup = TestSetup::new(&server.url(""));
        setup.log_out();
        let missing = Finding::fail("credentials", FailureKind::AuthRefused, "");
        let entrance = enter(&setup.input(), &setup.window(), &missing).await;
        assert_eq!(statuses(&entrance), [Fine, Skip, Skip, Skip]);
        assert_eq!(server.seen().len(), 1);
        assert_eq!(entrance.time.unwrap().server.as_second(), 1_795_186_809);
    }

    #[tokio::test]
    async fn what_is_switched_off_is_not_asked() {
        let server = Responder::start(Vec::new()).await;
        let mut setup = TestSetup::new(&server.url(""));
        setup.rank(&[Provider::Legacy]);
        let ready = Finding::ok("credentials", "");
        let entrance = enter(&setup.input(), &setup.window(), &ready).await;
        assert_eq!(statuses(&entrance), [Skip; 4]);
        assert!(server.seen().is_empty());
    }

    #[test]
    fn a_server_in_trouble_is_there_all_the_same() {
        let server_says = |status, url: &str| {
            let found = answered(status, url);
            assert!(found.works());
            (found.layer.status, found.layer.hint.unwrap_or_default())
        };
        let live = "https://api.tastyworks.com";
        assert_eq!(server_says(404, live).0, Fine);
        assert!(server_says(502, live).1.contains("may fail"));
        let cert = "https://api.cert.tastyworks.com";
        assert!(server_says(502, cert).1.contains("does not offer"));
    }
}
