//! The one HTTP client: https only, no redirects, bounded bodies, every exchange inside a deadline.
//!
//! See `docs/reference/tastytrade-rest.md`, "1. Hosts and environments" and "2. Headers and API version".

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::redirect::Policy;
use tokio::time::{Instant, timeout_at};

use super::answer::HttpResponse;
use super::error::NetError;
use super::tls::http_tls;
use super::url::{Url, check_url, host_of, is_loopback};
use crate::secret::Secret;

/// How a client behaves.
#[derive(Clone, Debug)]
pub struct HttpOptions {
    /// `User-Agent` of every request; tastytrade refuses requests without one.
    pub user_agent: String,
    /// Longest wait for a connection.
    pub connect_timeout: Duration,
    /// Longest silence while an answer is under way.
    pub read_timeout: Duration,
    /// Largest body in bytes, decompressed.
    pub body_cap: usize,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            user_agent: concat!("volq/", env!("CARGO_PKG_VERSION")).to_owned(),
            connect_timeout: Duration::from_secs(5),
            read_timeout: Duration::from_secs(10),
            body_cap: 64 * 1024 * 1024,
        }
    }
}

/// A request that may be sent: its URL has passed [`check_url`].
#[derive(Clone, Debug)]
pub struct HttpRequest {
    url: Url,
    bearer: Option<Secret>,
    /// JSON text; a secret because the only bodies ever sent hold credentials.
    body: Option<Secret>,
}

impl HttpRequest {
    /// A GET.
    ///
    /// # Errors
    ///
    /// Those of [`check_url`].
    pub fn get(url: &str) -> Result<Self, NetError> {
        Ok(Self {
            url: check_url(url)?,
            bearer: None,
            body: None,
        })
    }

    /// A POST of a JSON text.
    ///
    /// # Errors
    ///
    /// Those of [`check_url`].
    pub fn post_json(url: &str, body: Secret) -> Result<Self, NetError> {
        Ok(Self {
            body: Some(body),
            ..Self::get(url)?
        })
    }

    /// The same request with an `Authorization: Bearer` header.
    #[must_use]
    pub fn with_bearer(self, token: Secret) -> Self {
        Self {
            bearer: Some(token),
            ..self
        }
    }

    /// Host and port, the part of the URL that may be shown.
    pub fn host(&self) -> String {
        host_of(&self.url)
    }
}

/// The HTTP client. Cheap to clone; connections are made when the first request needs one.
#[derive(Clone, Debug)]
pub struct Http {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    options: HttpOptions,
    sent: AtomicU32,
    outside: OnceLock<reqwest::Client>,
    /// Loopback must work where the environment names a proxy for everything else.
    loopback: OnceLock<reqwest::Client>,
}

impl Http {
    /// A client that has done nothing yet.
    pub fn new(options: HttpOptions) -> Self {
        Self {
            inner: Arc::new(Inner {
                options,
                sent: AtomicU32::new(0),
                outside: OnceLock::new(),
                loopback: OnceLock::new(),
            }),
        }
    }

    /// How many requests were sent so far, by this client and its clones.
    pub fn requests(&self) -> u32 {
        self.inner.sent.load(Ordering::Relaxed)
    }

    /// Sends one request, once, and reads the whole answer. Any status is an answer.
    ///
    /// # Errors
    ///
    /// `Deadline` when time is up, `BodyTooLarge` past the cap, and the transport kinds of [`NetError`].
    pub async fn send(
        &self,
        request: &HttpRequest,
        deadline: Instant,
    ) -> Result<HttpResponse, NetError> {
        let late = || NetError::Deadline {
            host: request.host(),
        };
        if Instant::now() >= deadline {
            return Err(late());
        }
        let prepared = self.prepare(request)?;
        self.inner.sent.fetch_add(1, Ordering::Relaxed);
        let exchange = Box::pin(self.exchange(request, prepared));
        timeout_at(deadline, exchange)
            .await
            .unwrap_or_else(|_| Err(late()))
    }

    fn prepare(&self, request: &HttpRequest) -> Result<reqwest::RequestBuilder, NetError> {
        let client = self.client(&request.url)?;
        let url = request.url.clone();
        let mut prepared = match &request.body {
            None => client.get(url),
            Some(body) => client
                .post(url)
                .header(CONTENT_TYPE, "application/json")
                .body(body.expose().to_owned()),
        };
        if let Some(token) = &request.bearer {
            prepared = prepared.header(AUTHORIZATION, bearer_header(token)?);
        }
        Ok(prepared.header(ACCEPT, "application/json"))
    }

    async fn exchange(
        &self,
        request: &HttpRequest,
        prepared: reqwest::RequestBuilder,
    ) -> Result<HttpResponse, NetError> {
        let failed = |source| NetError::transport(&request.url, source);
        let limit = self.inner.options.body_cap;
        let mut response = prepared.send().await.map_err(failed)?;
        let mut answer = HttpResponse::new(response.status().as_u16(), response.headers());
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if answer.body.len() + chunk.len() > limit {
                let host = request.host();
                return Err(NetError::BodyTooLarge { host, limit });
            }
            answer.body.extend_from_slice(&chunk);
        }
        tracing::debug!(
            host = request.host(),
            path = request.url.path(),
            status = answer.status,
            bytes = answer.body.len(),
            "answered"
        );
        Ok(answer)
    }

    fn client(&self, url: &Url) -> Result<&reqwest::Client, NetError> {
        let is_local = is_loopback(url);
        let cell = if is_local {
            &self.inner.loopback
        } else {
            &self.inner.outside
        };
        if let Some(client) = cell.get() {
            return Ok(client);
        }
        let client = build(&self.inner.options, is_local)?;
        Ok(cell.get_or_init(|| client))
    }
}

fn build(options: &HttpOptions, is_local: bool) -> Result<reqwest::Client, NetError> {
    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(http_tls()?)
        .user_agent(options.user_agent.as_str())
        .connect_timeout(options.connect_timeout)
        .read_timeout(options.read_timeout)
        // A redirect would carry the token to wherever it points; no documented endpoint redirects.
        .redirect(Policy::none());
    if is_local {
        builder = builder.no_proxy();
    }
    builder
        .build()
        .map_err(|source| NetError::Client(source.without_url()))
}

fn bearer_header(token: &Secret) -> Result<HeaderValue, NetError> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", token.expose())).map_err(|_| {
        NetError::Header {
            name: "Authorization",
        }
    })?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt as _;

    use super::super::responder::{Responder, reply};
    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(20)
    }

    #[tokio::test]
    async fn a_request_carries_agent_token_and_body() {
        let server = Responder::start(vec![reply(200, "text/plain", "hello")]).await;
        let http = Http::new(HttpOptions::default());
        let request = HttpRequest::post_json(&server.url("/oauth/token"), Secret::new("{\"a\":1}"))
            .unwrap()
            .with_bearer(Secret::new("token-1"));
        let answer = http.send(&request, soon()).await.unwrap();
        assert_eq!((answer.status, &*answer.text()), (200, "hello"));
        assert_eq!(answer.content_type.as_deref(), Some("text/plain"));
        let seen = server.seen()[0].to_ascii_lowercase();
        assert!(seen.starts_with("post /oauth/token http/1.1"), "{seen}");
        for part in [
            "user-agent: volq/",
            "authorization: bearer token-1",
            "accept: application/json",
            "content-type: application/json",
            "accept-encoding: gzip",
            "{\"a\":1}",
        ] {
            assert!(seen.contains(part), "{part} in {seen}");
        }
        assert_eq!(http.clone().requests(), 1);
    }

    #[tokio::test]
    async fn a_redirect_is_an_answer_not_an_instruction() {
        let server = Responder::start(vec![
            "HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n".to_owned(),
            reply(200, "text/plain", "followed"),
        ])
        .await;
        let http = Http::new(HttpOptions::default());
        let request = HttpRequest::get(&server.url("/")).unwrap();
        assert_eq!(http.send(&request, soon()).await.unwrap().status, 302);
        assert_eq!(server.seen().len(), 1);
    }

    #[tokio::test]
    async fn a_body_past_the_cap_is_refused() {
        let server = Responder::start(vec![reply(200, "text/plain", &"x".repeat(5000))]).await;
        let http = Http::new(HttpOptions {
            body_cap: 4999,
            ..HttpOptions::default()
        });
        let request = HttpRequest::get(&server.url("/")).unwrap();
        let error = http.send(&request, soon()).await.unwrap_err();
        assert!(matches!(error, NetError::BodyTooLarge { limit: 4999, .. }));
    }

    #[tokio::test]
    async fn silence_ends_at_the_deadline() {
        let server = Responder::start(Vec::new()).await;
        let http = Http::new(HttpOptions::default());
        let request = HttpRequest::get(&server.url("/secret-path?q=1")).unwrap();
        let deadline = Instant::now() + Duration::from_millis(60);
        let error = http.send(&request, deadline).await.unwrap_err();
        assert!(error.is_timeout() && error.is_deadline() && !error.is_retryable());
        assert!(!format!("{error:?}").contains("secret-path"));
    }

    #[tokio::test]
    async fn a_passed_deadline_sends_nothing() {
        let http = Http::new(HttpOptions::default());
        let request = HttpRequest::get("https://api.tastyworks.com/x").unwrap();
        let error = http.send(&request, Instant::now()).await.unwrap_err();
        assert!(error.is_deadline());
        assert_eq!(http.requests(), 0);
    }

    #[tokio::test]
    async fn a_refused_connection_is_named_without_its_url() {
        let closed = Responder::start(Vec::new()).await.closed().await;
        let http = Http::new(HttpOptions::default());
        let request = HttpRequest::get(&format!("{closed}/secret-path")).unwrap();
        let error = http.send(&request, soon()).await.unwrap_err();
        assert!(error.is_connect() && error.is_retryable(), "{error:?}");
        assert!(!error.is_tls(), "{error:?}");
        assert!(!format!("{error:?}").contains("secret-path"), "{error:?}");
    }

    #[tokio::test]
    async fn a_server_without_tls_is_told_from_one_that_is_not_there() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}/", listener.local_addr().unwrap());
        let _server = tokio_util::task::AbortOnDropHandle::new(tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            let _ = socket.write_all(b"220 this is no web server\r\n").await;
            std::future::pending::<()>().await;
        }));
        let http = Http::new(HttpOptions::default());
        let error = http.send(&HttpRequest::get(&url).unwrap(), soon()).await;
        let error = error.unwrap_err();
        assert!(error.is_tls(), "{error:?}");
    }

    #[tokio::test]
    async fn a_token_with_a_line_break_is_refused_without_being_shown() {
        let http = Http::new(HttpOptions::default());
        let request = HttpRequest::get("http://127.0.0.1:1/")
            .unwrap()
            .with_bearer(Secret::new("tok\nen"));
        let error = http.send(&request, soon()).await.unwrap_err();
        assert!(error.is_refused_locally());
        assert_eq!(http.requests(), 0);
        assert!(!format!("{request:?} {error:?}").contains("tok"));
    }
}
