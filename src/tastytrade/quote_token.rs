//! `GET /api-quote-tokens` (tastytrade-rest §7.4): the key to the stream. `/quote-streamer-tokens`, which the retail
//! applications use, is never asked: it answers 403 and has put accounts on delayed quotes.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use super::client::Client;
use super::error::TastyError;
use super::limits::Endpoint;
use super::record::Record;
use crate::net::NetError;
use crate::secret::Secret;

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
}

impl Client {
    /// The quote token, asked for once and kept in memory while it is usable.
    ///
    /// # Errors
    ///
    /// `NotEntitled` for a login without an opened account, else those of [`TastyError`].
    pub async fn quote_token(&self, deadline: Instant) -> Result<QuoteToken, TastyError> {
        let mut kept = timeout_at(deadline, self.inner.quote_token.lock())
            .await
            .map_err(|_| NetError::Deadline {
                host: "the request for a quote token".to_owned(),
            })?;
        let now = self.inner.clock.now();
        if let Some(token) = kept.as_ref().filter(|token| now < token.usable_until) {
            return Ok(token.clone());
        }
        let document = self
            .get(Endpoint::Other, "/api-quote-tokens", deadline)
            .await?;
        let token = parse(&document, now).ok_or(TastyError::Incomplete {
            what: "quote token",
        })?;
        *kept = Some(token.clone());
        Ok(token)
    }

    /// Takes over a quote token that was kept elsewhere.
    pub async fn adopt_quote_token(&self, token: QuoteToken) {
        *self.inner.quote_token.lock().await = Some(token);
    }

    /// Drops a quote token that the stream has refused; a newer one stays.
    pub async fn forget_quote_token(&self, refused: &Secret) {
        let mut kept = self.inner.quote_token.lock().await;
        if kept.as_ref().is_some_and(|kept| kept.token == *refused) {
            *kept = None;
        }
    }
}

fn parse(document: &Value, now: Timestamp) -> Option<QuoteToken> {
    let data = Record::new(&document["data"])?;
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
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::rig::{client, json_reply, mangled, soon, target};
    use super::*;
    use crate::net::responder::Responder;

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
    async fn an_adopted_token_is_used_until_it_ends() {
        let server = Responder::start(vec![json_reply(200, DATED)]).await;
        let client = client(&server);
        let kept = decoded(PLAIN);
        client.adopt_quote_token(kept.clone()).await;
        assert_eq!(client.quote_token(soon()).await.unwrap(), kept);
        let ended = QuoteToken {
            usable_until: moment("2026-11-20T15:00:00Z"),
            ..kept
        };
        client.adopt_quote_token(ended).await;
        assert_eq!(client.quote_token(soon()).await.unwrap(), decoded(DATED));
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
