//! One GET: token, rate budget, retries, and the second chance after a 401.
//!
//! See `docs/reference/tastytrade-rest.md`, "2. Headers and API version" and "5. Errors and how to react".

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;
use tokio::time::Instant;

use super::error::TastyError;
use super::fault::error_of;
use super::limits::{self, Endpoint, EndpointRates};
use super::quote_token::RememberedTokens;
use super::record::JsonRecord;
use crate::auth::Login;
use crate::clock::Clock;
use crate::net::{Http, HttpRequest, HttpResponse, Pacer, Retry};
use crate::secret::Secret;
use crate::store::{CacheFolder, SharedFile};

/// Pages of one list that are read at most.
const MOST_PAGES: u32 = 50;

/// How the client asks.
#[derive(Clone, Debug)]
pub struct RestClientOptions {
    /// Server, `https://api.tastyworks.com` for instance.
    pub base_url: String,
    /// Ceiling on all requests together, per second.
    pub requests_per_second: f64,
    /// Symbols in one `/market-metrics` request; the others have sizes of their own.
    pub batch_size: usize,
    /// Attempts per request.
    pub retry: Retry,
    /// Where the quote token is kept between runs; `None` where it is not.
    pub cache_folder: Option<CacheFolder>,
    /// Where the ceilings are held together with the account's other processes; `None` where this one is alone.
    pub rates: Option<SharedFile>,
}

/// The REST client. Cheap to clone; clones share login, rate budget and quote token.
#[derive(Clone)]
pub struct RestClient {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    http: Http,
    login: Login,
    pub(super) clock: Arc<dyn Clock>,
    base: String,
    pub(super) batch_size: usize,
    retry: Retry,
    pacer: Pacer,
    rations: EndpointRates,
    /// A token fresh from the server was refused and nothing has succeeded since: another one would fare no better.
    is_refused: AtomicBool,
    pub(super) cache_folder: Option<CacheFolder>,
    pub(super) quote_token: tokio::sync::Mutex<RememberedTokens>,
}

impl RestClient {
    /// A client that has asked nothing yet.
    pub fn new(
        http: Http,
        login: Login,
        clock: Arc<dyn Clock>,
        options: &RestClientOptions,
    ) -> Self {
        let mut pacer = limits::pacer(options.requests_per_second);
        if let Some(rates) = options.rates.clone() {
            pacer = pacer.sharing(Arc::new(rates), Arc::clone(&clock));
        }
        Self {
            inner: Arc::new(Inner {
                http,
                login,
                clock,
                base: options.base_url.trim_end_matches('/').to_owned(),
                batch_size: options.batch_size.max(1),
                rations: EndpointRates::of(options.requests_per_second, options.batch_size.max(1)),
                retry: options.retry,
                pacer,
                is_refused: AtomicBool::new(false),
                quote_token: tokio::sync::Mutex::default(),
                cache_folder: options.cache_folder.clone(),
            }),
        }
    }

    /// Asks for a JSON document. `path` starts with a slash and is already percent-encoded.
    pub(super) async fn get(
        &self,
        endpoint: Endpoint,
        path: &str,
        deadline: Instant,
    ) -> Result<Value, TastyError> {
        self.get_with(self.inner.retry, endpoint, path, deadline)
            .await
    }

    /// The same with another number of attempts.
    pub(super) async fn get_with(
        &self,
        retry: Retry,
        endpoint: Endpoint,
        path: &str,
        deadline: Instant,
    ) -> Result<Value, TastyError> {
        let request = HttpRequest::get(&format!("{}{path}", self.inner.base))?;
        retry
            .run(deadline, || {
                Box::pin(self.attempt(endpoint, &request, deadline))
            })
            .await
    }

    /// Asks for every page of a list and returns the documents in order.
    pub(super) async fn pages(
        &self,
        retry: Retry,
        endpoint: Endpoint,
        path: &str,
        deadline: Instant,
    ) -> Result<Vec<Value>, TastyError> {
        let mut documents = Vec::new();
        for page in 0..MOST_PAGES {
            let mut paged = path.to_owned();
            if page > 0 {
                let mark = if path.contains('?') { '&' } else { '?' };
                let _ = write!(paged, "{mark}page-offset={page}");
            }
            let document = self.get_with(retry, endpoint, &paged, deadline).await?;
            let is_last = f64::from(page + 1) >= total_pages(&document);
            documents.push(document);
            if is_last {
                break;
            }
        }
        Ok(documents)
    }

    /// How often and how much it asks.
    pub fn rations(&self) -> EndpointRates {
        self.inner.rations
    }

    /// The retry policy, for callers that retry in their own way.
    pub(super) fn retry(&self) -> Retry {
        self.inner.retry
    }

    /// One attempt; a refused token is replaced once.
    async fn attempt(
        &self,
        endpoint: Endpoint,
        request: &HttpRequest,
        deadline: Instant,
    ) -> Result<Value, TastyError> {
        let login = &self.inner.login;
        let token = login.access_token(deadline).await?;
        let outcome = self.exchange(endpoint, request, &token, deadline).await;
        let is_expired = matches!(outcome, Err(TastyError::Unauthorized(_)));
        if !is_expired || self.inner.is_refused.load(Ordering::Relaxed) {
            return outcome;
        }
        tracing::debug!("the access token was refused, asking for a new one");
        login.invalidate(&token);
        let token = login.access_token(deadline).await?;
        let outcome = self.exchange(endpoint, request, &token, deadline).await;
        if matches!(outcome, Err(TastyError::Unauthorized(_))) {
            self.inner.is_refused.store(true, Ordering::Relaxed);
        }
        outcome
    }

    async fn exchange(
        &self,
        endpoint: Endpoint,
        request: &HttpRequest,
        token: &Secret,
        deadline: Instant,
    ) -> Result<Value, TastyError> {
        let inner = &self.inner;
        inner.pacer.acquire(endpoint.name(), deadline).await?;
        let request = request.clone().with_bearer(token.clone());
        let answer = inner.http.send(&request, deadline).await?;
        let redact = |text: &str| inner.login.redact(&token.redact(text));
        if !answer.is_success() {
            return Err(error_of(&answer, inner.clock.now(), redact));
        }
        inner.is_refused.store(false, Ordering::Relaxed);
        serde_json::from_slice(&answer.body).map_err(|_| TastyError::NotJson {
            excerpt: quotable(&answer, redact),
        })
    }
}

/// The first words of a page. A damaged document is not quoted: it may hold the very token it was to bring.
fn quotable(answer: &HttpResponse, redact: impl Fn(&str) -> String) -> String {
    match answer.body.trim_ascii_start().first() {
        Some(b'{' | b'[') => "a damaged document".to_owned(),
        _ => answer.excerpt(redact),
    }
}

fn total_pages(document: &Value) -> f64 {
    JsonRecord::new(&document["pagination"])
        .and_then(|pagination| pagination.number("total-pages"))
        .unwrap_or(1.0)
}

#[cfg(test)]
mod tests {
    use super::super::batch::Portion;
    use super::super::test_support::{client, json_reply, soon, target};
    use super::*;
    use crate::net::responder::{Responder, reply};

    const BLOCKED: &str = include_str!("../../fixtures/http_tastytrade_blocked.html");
    const UNAUTHORIZED: &str = include_str!("../../fixtures/http_tastytrade_unauthorized.json");
    const NOT_A_CUSTOMER: &str = include_str!("../../fixtures/http_tastytrade_not_a_customer.json");

    async fn answer_to(
        status: u16,
        content_type: &'static str,
        body: &'static str,
    ) -> (TastyError, usize) {
        let server = Responder::answering(move |request, _| {
            Some(if request.starts_with("POST /oauth/token") {
                json_reply(200, r#"{"access_token":"token-2"}"#)
            } else {
                reply(status, content_type, body)
            })
        })
        .await;
        let asked = client(&server).get(Endpoint::Other, "/x", soon()).await;
        (asked.unwrap_err(), server.seen().len())
    }

    #[tokio::test]
    async fn a_request_carries_the_token_and_no_version() {
        let server = Responder::start(vec![json_reply(200, r#"{"data":{}}"#)]).await;
        client(&server)
            .get(Endpoint::Other, "/customers/me", soon())
            .await
            .unwrap();
        let seen = server.seen()[0].to_ascii_lowercase();
        assert!(seen.starts_with("get /customers/me http/1.1"), "{seen}");
        assert!(seen.contains("authorization: bearer token-1"), "{seen}");
        assert!(seen.contains("user-agent: volq/"), "{seen}");
        assert!(!seen.contains("accept-version"), "{seen}");
    }

    #[tokio::test]
    async fn an_expired_token_is_replaced_once_and_the_request_repeated() {
        let server = Responder::start(vec![
            json_reply(401, UNAUTHORIZED),
            json_reply(200, r#"{"access_token":"token-2","expires_in":900}"#),
            json_reply(200, r#"{"data":{"a":1}}"#),
        ])
        .await;
        let document = client(&server).get(Endpoint::Other, "/x", soon()).await;
        assert_eq!(document.unwrap()["data"]["a"], 1);
        let seen = server.seen();
        assert!(seen[0].contains("Bearer token-1") && seen[2].contains("Bearer token-2"));
    }

    #[tokio::test]
    async fn a_fresh_token_that_is_refused_is_not_replaced_again() {
        let server = Responder::answering(|request, _| {
            Some(if request.starts_with("POST /oauth/token") {
                json_reply(200, r#"{"access_token":"token-2"}"#)
            } else {
                json_reply(401, UNAUTHORIZED)
            })
        })
        .await;
        let client = client(&server);
        for requests in [3, 4] {
            let error = client.get(Endpoint::Other, "/x", soon()).await.unwrap_err();
            assert!(matches!(error, TastyError::Unauthorized(_)) && error.is_auth());
            assert_eq!(
                error.fault().unwrap().support_id.as_deref(),
                Some("76c0d3aa11")
            );
            assert_eq!(server.seen().len(), requests);
        }
    }

    #[tokio::test]
    async fn a_page_in_place_of_a_401_means_blocked_and_costs_one_request() {
        let (error, requests) = answer_to(401, "text/html", BLOCKED).await;
        assert!(matches!(error, TastyError::Blocked(_)) && error.is_auth());
        assert_eq!(requests, 1);
        assert_eq!(
            error.to_string(),
            "blocked in front of the server: HTTP 401: 401 Authorization Required 401 Authorization Required nginx"
        );
    }

    #[tokio::test]
    async fn a_login_without_an_account_is_known_by_its_code_whatever_the_status() {
        for status in [403, 404] {
            let (error, requests) = answer_to(status, "application/json", NOT_A_CUSTOMER).await;
            assert!(matches!(error, TastyError::NotEntitled(_)), "{error:?}");
            assert!(error.is_entitlement() && !error.is_auth() && !error.is_retryable());
            assert_eq!(error.http_status(), Some(status));
            assert_eq!(
                error.server_code(),
                Some("quote_streamer.customer_not_found_error")
            );
            assert_eq!(requests, 1);
        }
    }

    #[tokio::test]
    async fn a_server_in_trouble_is_asked_three_times() {
        for status in [429, 500, 502, 503, 504] {
            let (error, requests) = answer_to(status, "text/html", "<h1>Bad Gateway</h1>").await;
            assert!(error.is_retryable(), "{error:?}");
            assert_eq!((error.http_status(), requests), (Some(status), 3));
        }
    }

    #[tokio::test]
    async fn other_refusals_are_final() {
        for status in [302, 400, 403, 404, 406, 422] {
            let (error, requests) = answer_to(status, "application/json", "{}").await;
            assert!(!error.is_retryable() && !error.is_auth(), "{error:?}");
            assert_eq!((error.http_status(), requests), (Some(status), 1));
        }
    }

    #[tokio::test]
    async fn a_success_that_is_not_json_is_an_error_without_the_token() {
        let (error, _) = answer_to(200, "text/html", "<p>hello token-1 &amp; secret-abc</p>").await;
        assert_eq!(
            error.to_string(),
            "the answer is not JSON: hello (redacted) &amp; (redacted)"
        );
    }

    #[tokio::test]
    async fn every_page_of_a_list_is_read() {
        let page = r#"{"data":{"items":[]},"pagination":{"total-pages":3}}"#;
        let server = Responder::answering(move |_, _| Some(json_reply(200, page))).await;
        let client = client(&server);
        let pages = client
            .pages(
                client.retry(),
                Endpoint::Futures,
                "/list?per-page=250",
                soon(),
            )
            .await;
        assert_eq!(pages.unwrap().len(), 3);
        let targets: Vec<String> = server.seen().iter().map(|seen| target(seen)).collect();
        assert_eq!(
            targets,
            [
                "/list?per-page=250",
                "/list?per-page=250&page-offset=1",
                "/list?per-page=250&page-offset=2"
            ]
        );
    }

    #[tokio::test]
    async fn work_can_be_moved_to_another_thread() {
        let server = Responder::answering(|_, _| Some(json_reply(200, r#"{"data":{}}"#))).await;
        let client = client(&server);
        let work = tokio::spawn(async move {
            let asked = ["SPY".parse().unwrap()];
            Portion::all(client.market_metrics(&asked, soon())).await
        });
        assert_eq!(work.await.unwrap().absent.len(), 1);
    }
}
