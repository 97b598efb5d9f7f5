//! One access token for everybody: kept in memory and on disk, refreshed early, refreshed by one caller of one process at
//! a time.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::error::AuthError;
use super::grant::{self, Granted};
use super::token_store::{StoredToken, TokenStore};
use crate::clock::Clock;
use crate::net::{Http, HttpRequest, NetError, Retry};
use crate::secret::{Credentials, Secret};
use crate::store::CacheFolder;

/// How long before its end a token is no longer handed out, so that it does not die on the way.
const EARLY: Duration = Duration::from_mins(1);

/// A login. Cheap to clone; clones share the token.
#[derive(Clone)]
pub struct Login {
    inner: Arc<Inner>,
}

struct Inner {
    http: Http,
    clock: Arc<dyn Clock>,
    url: String,
    retry: Retry,
    /// `None` where nothing is kept between runs.
    token_store: Option<TokenStore>,
    /// Held by the one caller who is asking for a token.
    flight: tokio::sync::Mutex<()>,
    state: Mutex<State>,
}

struct State {
    credentials: Credentials,
    held: Option<HeldToken>,
    /// The last token that the server has refused before its end.
    refused: Option<Secret>,
    failure: Option<Failure>,
}

struct HeldToken {
    token: Secret,
    usable_until: Instant,
}

/// How the last token call failed, and when.
struct Failure {
    error: AuthError,
    at: Instant,
}

impl Login {
    /// A login at the REST server `base_url` that has not asked for a token yet. In the cache folder its tokens are kept
    /// between runs.
    pub fn new(
        http: Http,
        clock: Arc<dyn Clock>,
        base_url: &str,
        credentials: Credentials,
        retry: Retry,
        cache_folder: Option<CacheFolder>,
    ) -> Self {
        let token_store =
            cache_folder.map(|cache_folder| TokenStore::new(cache_folder, Arc::clone(&clock)));
        Self {
            inner: Arc::new(Inner {
                http,
                clock,
                url: format!("{}/oauth/token", base_url.trim_end_matches('/')),
                retry,
                token_store,
                flight: tokio::sync::Mutex::new(()),
                state: Mutex::new(State {
                    credentials,
                    held: None,
                    refused: None,
                    failure: None,
                }),
            }),
        }
    }

    /// A token that is good for at least the next request: from memory, from another process, or from the server.
    ///
    /// # Errors
    ///
    /// Those of [`AuthError`]. A refusal is remembered and not asked for again: an address that keeps failing is
    /// blocked for hours.
    pub async fn access_token(&self, deadline: Instant) -> Result<Secret, AuthError> {
        let asked_at = Instant::now();
        if let Some(known) = self.state().known_outcome(asked_at) {
            return known;
        }
        let _flight = timeout_at(deadline, self.inner.flight.lock())
            .await
            .map_err(|_| NetError::Deadline {
                host: "the login in progress".to_owned(),
            })?;
        if let Some(known) = self.state().known_outcome(asked_at) {
            return known;
        }
        let outcome = self.obtain(deadline).await;
        self.state().failure = outcome.as_ref().err().map(|error| Failure {
            error: error.clone(),
            at: Instant::now(),
        });
        outcome
    }

    /// Takes a token out of use that the server has refused, also where it is kept; a newer one stays.
    pub fn invalidate(&self, token: &Secret) {
        let mut state = self.state();
        if state.held.as_ref().is_some_and(|held| held.token == *token) {
            state.held = None;
            state.refused = Some(token.clone());
        }
    }

    /// Takes over a token that was kept elsewhere and may be handed out for another `usable`.
    pub fn adopt(&self, token: Secret, usable: Duration) {
        self.state().held = Some(HeldToken {
            token,
            usable_until: Instant::now() + usable,
        });
    }

    /// The token in memory and how long it will still be handed out, for whoever keeps it elsewhere.
    pub fn held(&self) -> Option<(Secret, Duration)> {
        let state = self.state();
        let held = state.held.as_ref()?;
        let usable = held.usable_until.checked_duration_since(Instant::now())?;
        Some((held.token.clone(), usable))
    }

    /// Takes everything secret about this login out of a text from the server.
    pub fn redact(&self, text: &str) -> String {
        let state = self.state();
        let text = state.credentials.redact(text);
        match &state.held {
            Some(held) => held.token.redact(&text),
            None => text,
        }
    }

    /// Takes over the token of another process, or logs in on behalf of all of them.
    async fn obtain(&self, deadline: Instant) -> Result<Secret, AuthError> {
        let Some(token_store) = &self.inner.token_store else {
            let credentials = self.state().credentials.clone();
            return self.refresh(credentials, deadline).await;
        };
        let refused = self.state().refused.clone();
        let turn = match token_store.find(refused.as_ref(), deadline).await {
            Ok(StoredToken::Token(token, usable)) => {
                tracing::info!("logged in already, for {} s", usable.as_secs());
                self.adopt(token.clone(), usable);
                return Ok(token);
            }
            Ok(StoredToken::Nothing(turn)) => turn,
            Err(_) => {
                let host = "the login of another volq".to_owned();
                return Err(NetError::Deadline { host }.into());
            }
        };
        let outcome = self.log_in(token_store, deadline).await;
        match self.held().filter(|_| outcome.is_ok()) {
            Some((token, usable)) => token_store.keep(turn, &token, usable),
            None => turn.discard(),
        }
        outcome
    }

    /// Logs in with the refresh token that the server gave last, or with the configured one.
    async fn log_in(
        &self,
        token_store: &TokenStore,
        deadline: Instant,
    ) -> Result<Secret, AuthError> {
        let own = self.state().credentials.clone();
        let rotated = token_store.rotated();
        if let Some(refresh_token) = rotated.filter(|token| *token != own.refresh_token) {
            let newer = Credentials {
                refresh_token,
                ..own.clone()
            };
            match self.refresh(newer, deadline).await {
                Err(AuthError::Refused { .. }) => token_store.forget_rotated(),
                outcome => return outcome,
            }
        }
        self.refresh(own, deadline).await
    }

    async fn refresh(
        &self,
        credentials: Credentials,
        deadline: Instant,
    ) -> Result<Secret, AuthError> {
        let inner = &self.inner;
        let request = HttpRequest::post_json(&inner.url, grant::body(&credentials))?;
        let (started, granted) = inner
            .retry
            .run(deadline, || inner.call(&request, &credentials, deadline))
            .await?;
        tracing::info!("logged in for {} s", granted.life.as_secs());
        let token = granted.token.clone();
        let rotated = granted.refresh_token.as_ref();
        if let Some((token_store, rotated)) = inner.token_store.as_ref().zip(rotated)
            && *rotated != credentials.refresh_token
        {
            tracing::info!("the server has replaced the refresh token");
            token_store.keep_rotated(rotated);
        }
        self.state().take(granted, started);
        Ok(token)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.inner
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// One token call; the server starts counting no earlier than when the request leaves.
    async fn call(
        &self,
        request: &HttpRequest,
        credentials: &Credentials,
        deadline: Instant,
    ) -> Result<(Instant, Granted), AuthError> {
        let started = Instant::now();
        let answer = self.http.send(request, deadline).await?;
        let granted = grant::read(&answer, credentials, self.clock.now())?;
        Ok((started, granted))
    }
}

impl State {
    /// What a caller who asked at `asked_at` gets without a call of its own: the token, a refusal that will not change,
    /// or the failure of a call it has waited for.
    fn known_outcome(&self, asked_at: Instant) -> Option<Result<Secret, AuthError>> {
        if let Some(held) = &self.held
            && Instant::now() < held.usable_until
        {
            return Some(Ok(held.token.clone()));
        }
        let failure = self.failure.as_ref()?;
        // That another caller had less time says nothing about this one.
        let is_shared = failure.at > asked_at && !failure.error.is_deadline();
        (failure.error.is_final() || is_shared).then(|| Err(failure.error.clone()))
    }

    fn take(&mut self, granted: Granted, started: Instant) {
        // A token that lives for less than two minutes is used for half its life, or it could never be used at all.
        let usable = granted.life.saturating_sub(EARLY.min(granted.life / 2));
        self.held = Some(HeldToken {
            token: granted.token,
            usable_until: started + usable,
        });
        if let Some(rotated) = granted.refresh_token {
            self.credentials.refresh_token = rotated;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::RefusalReason;
    use crate::clock::SystemClock;
    use crate::net::HttpOptions;
    use crate::net::responder::{Responder, reply};
    use crate::store::{AccountMark, CacheKind, Store};

    const GRANTED: &str = r#"{"access_token":"token-1","token_type":"Bearer","expires_in":900}"#;

    fn login(server: &Responder) -> Login {
        keeping(server, None)
    }

    fn keeping(server: &Responder, cache_folder: Option<CacheFolder>) -> Login {
        let credentials = Credentials {
            client_secret: Secret::new("secret-abc"),
            refresh_token: Secret::new("refresh-xyz"),
            client_id: None,
        };
        let retry = Retry {
            tries: 3,
            start: Duration::ZERO,
            ceiling: Duration::ZERO,
        };
        let http = Http::new(HttpOptions::default());
        Login::new(
            http,
            Arc::new(SystemClock),
            &server.url("/"),
            credentials,
            retry,
            cache_folder,
        )
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(20)
    }

    fn json(status: u16, body: &str) -> String {
        reply(status, "application/json", body)
    }

    #[tokio::test]
    async fn ten_callers_share_one_token_call() {
        let server = Responder::start(vec![json(200, GRANTED)]).await;
        let login = login(&server);
        let all = futures_util::future::join_all((0..10).map(|_| login.access_token(soon())));
        for token in all.await {
            assert_eq!(token.unwrap().expose(), "token-1");
        }
        let seen = server.seen();
        assert_eq!(seen.len(), 1);
        assert!(seen[0].starts_with("POST /oauth/token HTTP/1.1"));
        assert!(seen[0].contains(r#""grant_type":"refresh_token""#));
        let (_, usable) = login.held().unwrap();
        assert!(usable <= Duration::from_mins(14), "{usable:?}");
    }

    #[tokio::test]
    async fn ten_callers_share_one_failure() {
        let server = Responder::answering(|_, _| Some(json(502, "bad gateway"))).await;
        let login = login(&server);
        let all = futures_util::future::join_all((0..10).map(|_| login.access_token(soon())));
        for outcome in all.await {
            assert_eq!(outcome.unwrap_err().http_status(), Some(502));
        }
        assert_eq!(server.seen().len(), 3, "three tries of one call");
    }

    #[tokio::test]
    async fn a_refusal_is_asked_for_once() {
        let refusal = r#"{"error":"invalid_grant","error_description":"Grant revoked"}"#;
        let server = Responder::answering(move |_, _| Some(json(400, refusal))).await;
        let login = login(&server);
        for _ in 0..3 {
            let error = login.access_token(soon()).await.unwrap_err();
            assert!(
                matches!(&error, AuthError::Refused { reason: RefusalReason::GrantRevoked, status: 400, description, .. } if description == "Grant revoked"),
                "{error:?}"
            );
        }
        assert_eq!(server.seen().len(), 1);
    }

    #[tokio::test]
    async fn a_page_in_place_of_json_means_blocked() {
        let page = "<html><head><title>403 Forbidden</title></head><body>nginx</body></html>";
        let server = Responder::answering(move |_, _| Some(reply(403, "text/html", page))).await;
        let error = login(&server).access_token(soon()).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "the token request was blocked with HTTP 403: 403 Forbidden nginx"
        );
        assert_eq!(server.seen().len(), 1);
    }

    #[tokio::test]
    async fn a_server_in_trouble_is_asked_again() {
        let server = Responder::start(vec![
            json(503, ""),
            "HTTP/1.1 429 X\r\nretry-after: 0\r\ncontent-length: 0\r\n\r\n".to_owned(),
            json(201, GRANTED),
        ])
        .await;
        assert!(login(&server).access_token(soon()).await.is_ok());
        assert_eq!(server.seen().len(), 3);
    }

    #[tokio::test]
    async fn an_invalidated_token_is_replaced_and_a_newer_one_is_not() {
        let second = GRANTED.replace("token-1", "token-2");
        let server = Responder::start(vec![json(200, GRANTED), json(200, &second)]).await;
        let login = login(&server);
        let first = login.access_token(soon()).await.unwrap();
        login.invalidate(&first);
        assert_eq!(
            login.access_token(soon()).await.unwrap().expose(),
            "token-2"
        );
        login.invalidate(&first);
        assert_eq!(
            login.access_token(soon()).await.unwrap().expose(),
            "token-2"
        );
    }

    #[tokio::test]
    async fn an_adopted_token_needs_no_call() {
        let server = Responder::start(Vec::new()).await;
        let login = login(&server);
        login.adopt(Secret::new("kept-token"), Duration::from_mins(5));
        assert_eq!(
            login.access_token(soon()).await.unwrap().expose(),
            "kept-token"
        );
        assert!(server.seen().is_empty());
        assert_eq!(
            login.redact("kept-token refresh-xyz"),
            "(redacted) (redacted)"
        );
    }

    /// A place to keep tokens in, for as long as the folder lives.
    fn cache_folder() -> (tempfile::TempDir, CacheFolder) {
        let dir = tempfile::tempdir().unwrap();
        let mark = AccountMark::new("http://x", &Secret::new("a"), &Secret::new("b"));
        let cache_folder = Store::at(dir.path().to_owned()).cache_folder(CacheKind::Tokens, &mark);
        (dir, cache_folder)
    }

    #[tokio::test]
    async fn sessions_that_keep_their_token_log_in_once() {
        let server = Responder::start(vec![json(200, GRANTED)]).await;
        let (_dir, cache_folder) = cache_folder();
        let all: Vec<_> = (0..8)
            .map(|_| keeping(&server, Some(cache_folder.clone())))
            .collect();
        let asked = all.iter().map(|login| login.access_token(soon()));
        for token in futures_util::future::join_all(asked).await {
            assert_eq!(token.unwrap().expose(), "token-1");
        }
        let later = keeping(&server, Some(cache_folder));
        assert_eq!(
            later.access_token(soon()).await.unwrap().expose(),
            "token-1"
        );
        let (_, usable) = later.held().unwrap();
        assert!(usable <= Duration::from_mins(14), "{usable:?}");
        assert_eq!(server.seen().len(), 1);
    }

    #[tokio::test]
    async fn a_refused_token_is_replaced_for_everybody() {
        let second = GRANTED.replace("token-1", "token-2");
        let server = Responder::start(vec![json(200, GRANTED), json(200, &second)]).await;
        let (_dir, cache_folder) = cache_folder();
        let [one, other] = [0, 1].map(|_| keeping(&server, Some(cache_folder.clone())));
        for login in [&one, &other] {
            let token = login.access_token(soon()).await.unwrap();
            login.invalidate(&token);
        }
        for login in [&one, &other] {
            let token = login.access_token(soon()).await.unwrap();
            assert_eq!(token.expose(), "token-2");
        }
        assert_eq!(server.seen().len(), 2);
    }

    #[tokio::test]
    async fn a_refused_token_is_not_kept_when_there_is_no_other() {
        let refusal = r#"{"error":"invalid_grant","error_description":"Grant revoked"}"#;
        let server = Responder::start(vec![json(200, GRANTED), json(400, refusal)]).await;
        let (dir, cache_folder) = cache_folder();
        let login = keeping(&server, Some(cache_folder));
        let token = login.access_token(soon()).await.unwrap();
        let files = || walk(dir.path()).concat();
        assert!(files().contains("token-1"));
        login.invalidate(&token);
        assert!(login.access_token(soon()).await.is_err());
        assert!(!files().contains("token-1"));
    }

    /// The texts of all files below a folder.
    fn walk(dir: &std::path::Path) -> Vec<String> {
        let entries = std::fs::read_dir(dir)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        entries
            .flat_map(|path| {
                if path.is_dir() {
                    walk(&path)
                } else {
                    vec![std::fs::read_to_string(&path).unwrap()]
                }
            })
            .collect()
    }

    #[tokio::test]
    async fn a_rotated_refresh_token_is_used_by_later_runs_until_it_is_refused() {
        let server = Responder::answering(|request, _| {
            let is_rotated = request.contains("refresh-2");
            Some(if is_rotated && request.contains("secret-abc") {
                json(200, r#"{"access_token":"token-2","expires_in":30}"#)
            } else {
                let rotated =
                    r#"{"access_token":"token-1","expires_in":30,"refresh_token":"refresh-2"}"#;
                json(200, rotated)
            })
        })
        .await;
        let (_dir, cache_folder) = cache_folder();
        let first = keeping(&server, Some(cache_folder.clone()));
        let token = first.access_token(soon()).await.unwrap();
        first.invalidate(&token);
        let second = keeping(&server, Some(cache_folder.clone()));
        second.access_token(soon()).await.unwrap();
        second.invalidate(&token);
        assert_eq!(
            second.access_token(soon()).await.unwrap().expose(),
            "token-2"
        );

        let refusal = r#"{"error":"invalid_grant","error_description":"Grant revoked"}"#;
        let strict = Responder::answering(move |request, _| {
            Some(if request.contains("refresh-2") {
                json(400, refusal)
            } else {
                json(200, GRANTED)
            })
        })
        .await;
        let third = keeping(&strict, Some(cache_folder.clone()));
        let kept = third.access_token(soon()).await.unwrap();
        third.invalidate(&kept);
        assert_eq!(
            third.access_token(soon()).await.unwrap().expose(),
            "token-1"
        );
        assert_eq!(
            strict.seen().len(),
            2,
            "the rotated one, then the configured one"
        );
        third.invalidate(&Secret::new("token-1"));
        third.access_token(soon()).await.unwrap();
        assert_eq!(strict.seen().len(), 3, "and the rotated one is forgotten");
    }

    #[tokio::test]
    async fn a_silent_server_costs_the_deadline_and_no_more() {
        let server = Responder::start(Vec::new()).await;
        let deadline = Instant::now() + Duration::from_millis(50);
        let error = login(&server).access_token(deadline).await.unwrap_err();
        assert!(error.is_deadline(), "{error:?}");
        assert!(!error.is_final());
    }
}
