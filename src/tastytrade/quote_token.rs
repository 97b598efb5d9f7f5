//! `GET /api-quote-tokens`: the key to the stream. `/quote-streamer-tokens`, which the retail applications use, is
//! never asked: it answers 403 and has put accounts on delayed quotes.
//!
//! See `docs/reference/tastytrade-rest.md`, "7.4 `GET /api-quote-tokens`".
//!
//! One token serves all processes of an account until its end, or until the stream refuses it.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use super::client::RestClient;
use super::error::TastyError;
use super::limits::Endpoint;
use super::record::JsonRecord;
use crate::net::NetError;
use crate::secret::Secret;
use crate::store::{CacheEntry, Lookup};

/// A token lives for 24 hours; it is used for an hour less.
const USABLE: SignedDuration = SignedDuration::from_hours(23);
/// How long before a stated end it is no longer used.
const EARLY: SignedDuration = SignedDuration::from_mins(5);

/// A login for the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuoteToken {
    /// What the stream's AUTH message carries.
    pub token: Secret,
    /// Where the stream is, if the server says so; to be used as sent.
    pub url: Option<String>,
    /// `api` for live quotes, `demo` for delayed ones, as sent.
    pub level: Option<String>,
    /// The moment from which a new one is needed.
    pub usable_until: Timestamp,
    /// Whether an earlier run or another process had asked for it.
    pub is_kept: bool,
}

/// What a client remembers of quote tokens.
#[derive(Debug, Default)]
pub(super) struct RememberedTokens {
    token: Option<QuoteToken>,
    /// The last one that turned out to be of no use.
    refused: Option<Secret>,
}

/// A quote token as it is on disk. This is one of the two places that write one down.
#[derive(Serialize, Deserialize)]
struct TokenFile {
    token: String,
    url: Option<String>,
    level: Option<String>,
}

/// Its name there.
const FILE: &str = "quote";

impl RestClient {
    /// The quote token: asked for once, and kept while it is usable.
    ///
    /// # Errors
    ///
    /// `NotEntitled` for a login without an opened account, else those of [`TastyError`].
    pub async fn quote_token(&self, deadline: Instant) -> Result<QuoteToken, TastyError> {
        let mut held = timeout_at(deadline, self.inner.quote_token.lock())
            .await
            .map_err(|_| overdue("the request for a quote token"))?;
        let now = self.inner.clock.now();
        if let Some(token) = held.token.as_ref().filter(|token| now < token.usable_until) {
            return Ok(token.clone());
        }
        let token = self.obtain(held.refused.as_ref(), deadline).await?;
        held.token = Some(token.clone());
        Ok(token)
    }

    /// Drops a quote token that is of no use, also where it is kept; a newer one stays.
    pub async fn forget_quote_token(&self, refused: &Secret) {
        let mut held = self.inner.quote_token.lock().await;
        if held
            .token
            .as_ref()
            .is_some_and(|kept| kept.token == *refused)
        {
            held.token = None;
            held.refused = Some(refused.clone());
        }
    }

    /// Takes over the token of another process, or asks for one on behalf of all of them.
    async fn obtain(
        &self,
        refused: Option<&Secret>,
        deadline: Instant,
    ) -> Result<QuoteToken, TastyError> {
        let Some(cache_folder) = &self.inner.cache_folder else {
            return self.fetch(deadline).await;
        };
        let now = || self.inner.clock.now();
        let is_good = |file: &TokenFile| refused.is_none_or(|token| token.expose() != file.token);
        let found = cache_folder.find(FILE, now, deadline, is_good).await;
        let turn = match found.map_err(|_| overdue("the quote token of another volq"))? {
            Lookup::Found(kept) => {
                tracing::info!("there is a quote token already");
                return Ok(QuoteToken::from(kept));
            }
            Lookup::Absent(turn) => turn,
        };
        let outcome = self.fetch(deadline).await;
        match &outcome {
            Ok(token) => turn.keep(&CacheEntry::new(
                token.file(),
                now(),
                Some(token.usable_until),
            )),
            Err(_) => turn.discard(),
        }
        outcome
    }

    async fn fetch(&self, deadline: Instant) -> Result<QuoteToken, TastyError> {
        let now = self.inner.clock.now();
        let document = self
            .get(Endpoint::Other, "/api-quote-tokens", deadline)
            .await?;
        parse(&document, now).ok_or(TastyError::Incomplete {
            what: "quote token",
        })
    }
}

fn overdue(what: &str) -> NetError {
    NetError::Deadline {
        host: what.to_owned(),
    }
}

impl QuoteToken {
    fn file(&self) -> TokenFile {
        TokenFile {
            token: self.token.expose().to_owned(),
            url: self.url.clone(),
            level: self.level.clone(),
        }
    }
}

impl From<CacheEntry<TokenFile>> for QuoteToken {
    fn from(kept: CacheEntry<TokenFile>) -> Self {
        Self {
            token: Secret::new(kept.value.token),
            url: kept.value.url,
            level: kept.value.level,
            // What has no end is used for this once.
            usable_until: kept.usable_until.unwrap_or(kept.kept_at),
            is_kept: true,
        }
    }
}

fn parse(document: &Value, now: Timestamp) -> Option<QuoteToken> {
    let data = JsonRecord::new(&document["data"])?;
    let owned = |key| data.text(key).map(str::to_owned);
    let usual = now.checked_add(USABLE).ok()?;
    let stated = data
        .time("expires-at")
        .and_then(|end| end.checked_sub(EARLY).ok());
    Some(QuoteToken {
        token: Secret::new(data.text("token")?),
        url: owned("dxlink-url"),
        level: owned("level"),
        usable_until: stated.map_or(usual, |end| usual.min(end)),
        is_kept: false,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::test_support::{client, json_reply, keeping, mangled, soon, target};
    use super::*;
    use crate::net::responder::Responder;
    use crate::store::{AccountMark, CacheKind, Store};

    const PLAIN: &str = include_str!("../../fixtures/http_tastytrade_quote_token.json");
    const DATED: &str = include_str!("../../fixtures/http_tastytrade_quote_token_dated.json");

    fn moment(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn decoded(fixture: &str) -> QuoteToken {
        let document = serde_json::from_str(fixture).unwrap();
        parse(&document, moment("2026-11-20T15:00:00Z")).unwrap()
    }

    #[test]
    fn a_token_without_an_end_is_used_for_23_hours() {
        assert_eq!(
            decoded(PLAIN),
            QuoteToken {
                token: Secret::new("made-up-quote-token-0001"),
                url: Some("wss://tasty-openapi-ws.dxfeed.com/realtime".to_owned()),
                level: Some("api".to_owned()),
                usable_until: moment("2026-11-21T14:00:00Z"),
                is_kept: false,
            }
        );
    }

    #[test]
    fn a_stated_end_counts_five_minutes_early() {
        let token = decoded(DATED);
        assert_eq!(token.usable_until, moment("2026-11-21T02:55:00Z"));
        assert_eq!(token.level.as_deref(), Some("demo"));
        assert!(!format!("{token:?}").contains("made-up"));
    }

    #[tokio::test]
    async fn a_token_is_asked_for_once_until_it_is_forgotten() {
        let server = Responder::start(vec![json_reply(200, PLAIN), json_reply(200, DATED)]).await;
        let client = client(&server);
        let (first, same) = tokio::join!(client.quote_token(soon()), client.quote_token(soon()));
        let (first, same) = (first.unwrap(), same.unwrap());
        assert_eq!(first, same);
        assert_eq!(server.seen().len(), 1);
        assert_eq!(target(&server.seen()[0]), "/api-quote-tokens");
        client.forget_quote_token(&first.token).await;
        let second = client.quote_token(soon()).await.unwrap();
        client.forget_quote_token(&first.token).await;
        assert_eq!(client.quote_token(soon()).await.unwrap(), second);
        assert_eq!(server.seen().len(), 2);
    }

    #[tokio::test]
    async fn a_kept_token_serves_every_client_until_one_forgets_it() {
        let server = Responder::start(vec![json_reply(200, PLAIN), json_reply(200, DATED)]).await;
        let dir = tempfile::tempdir().unwrap();
        let mark = AccountMark::new("http://x", &Secret::new("a"), &Secret::new("b"));
        let cache_folder = Store::at(dir.path().to_owned()).cache_folder(CacheKind::Tokens, &mark);
        let clients = [0; 5].map(|_| keeping(&server, Some(cache_folder.clone())));
        let asked = clients.iter().map(|client| client.quote_token(soon()));
        let tokens = futures_util::future::join_all(asked).await;
        let tokens: Vec<_> = tokens.into_iter().map(Result::unwrap).collect();
        assert_eq!(tokens.iter().filter(|token| !token.is_kept).count(), 1);
        for token in &tokens {
            let fresh = QuoteToken {
                is_kept: false,
                ..token.clone()
            };
            assert_eq!(fresh, decoded(PLAIN));
        }
        for client in &clients {
            client.forget_quote_token(&tokens[0].token).await;
            let next = client.quote_token(soon()).await.unwrap();
            assert_eq!(next.token, decoded(DATED).token);
        }
        assert_eq!(server.seen().len(), 2);
    }

    #[tokio::test]
    async fn a_token_of_an_earlier_day_is_asked_for_anew() {
        let server = Responder::start(vec![json_reply(200, DATED)]).await;
        let dir = tempfile::tempdir().unwrap();
        let mark = AccountMark::new("http://x", &Secret::new("a"), &Secret::new("b"));
        let cache_folder = Store::at(dir.path().to_owned()).cache_folder(CacheKind::Tokens, &mark);
        let (kept_at, end) = ("2026-11-19T16:00:00Z", "2026-11-20T15:00:00Z");
        let old = CacheEntry::new(decoded(PLAIN).file(), moment(kept_at), Some(moment(end)));
        cache_folder.write(FILE, &old);
        let token = keeping(&server, Some(cache_folder))
            .quote_token(soon())
            .await;
        assert_eq!(token.unwrap(), decoded(DATED));
    }

    #[tokio::test]
    async fn an_answer_without_a_token_is_incomplete() {
        let server = Responder::start(vec![json_reply(200, r#"{"data":{"token":""}}"#)]).await;
        let error = client(&server).quote_token(soon()).await.unwrap_err();
        assert_eq!(error.to_string(), "the answer has no quote token");
    }

    proptest! {
        #[test]
        fn no_mangled_answer_makes_the_parser_panic(document in mangled(DATED)) {
            let _ = parse(&document, moment("2026-11-20T15:00:00Z"));
        }
    }
}
