//! The way from a login to a stream connection.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::secret::Secret;
use crate::tastytrade::{RestClient, TastyError};
use dxlink::{Access, NoAccess, Token, TokenSource};

/// What fetching quote tokens has shown, for whoever reports on the stream.
#[derive(Clone, Debug, Default)]
pub struct TokenDiagnostics(Arc<Mutex<Shown>>);

#[derive(Clone, Debug, Default)]
struct Shown {
    failure: Option<Arc<TastyError>>,
    took: Option<Duration>,
    level: Option<String>,
}

impl TokenDiagnostics {
    /// Why the last attempt brought no token.
    pub fn failure(&self) -> Option<Arc<TastyError>> {
        self.read(|shown| shown.failure.clone())
    }

    /// How long the first token took.
    pub fn took(&self) -> Option<Duration> {
        self.read(|shown| shown.took)
    }

    /// The level of the token, `api` for live prices.
    pub fn level(&self) -> Option<String> {
        self.read(|shown| shown.level.clone())
    }

    // The lock is held for a copy and never across a wait; a poisoned one still holds whole values.
    fn read<T>(&self, look: impl FnOnce(&Shown) -> T) -> T {
        look(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn write(&self, change: impl FnOnce(&mut Shown)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Where stream connections get their address and token from.
#[derive(Clone)]
pub enum StreamAccess {
    /// A broker account.
    Account(AccountTokens),
    /// A server that asks for no token.
    Open {
        /// The address that the stream listens at.
        url: String,
    },
}

impl TokenSource for StreamAccess {
    async fn access(&mut self) -> Result<Access, NoAccess> {
        match self {
            Self::Account(account) => account.access().await,
            Self::Open { url } => Ok(Access {
                url: url.clone(),
                token: None,
                is_kept: false,
            }),
        }
    }
}

/// Quote tokens of a broker account: the one that is kept for the first connection, another one for each that follows.
#[derive(Clone)]
pub struct AccountTokens {
    client: RestClient,
    /// An address of the user's own choice.
    url: Option<String>,
    patience: Duration,
    given: Option<Secret>,
    shown: TokenDiagnostics,
}

impl AccountTokens {
    /// Tokens from this account; `url` replaces the address that comes with the token.
    pub fn new(client: RestClient, url: Option<String>, patience: Duration) -> Self {
        Self {
            client,
            url,
            patience,
            given: None,
            shown: TokenDiagnostics::default(),
        }
    }

    /// What fetching tokens has shown so far.
    pub fn diagnostics(&self) -> TokenDiagnostics {
        self.shown.clone()
    }

    async fn access(&mut self) -> Result<Access, NoAccess> {
        if let Some(used) = self.given.take() {
            self.client.forget_quote_token(&used).await;
        }
        let began = Instant::now();
        let token = match self.client.quote_token(began + self.patience).await {
            Ok(token) => token,
            Err(error) => {
                let none = NoAccess {
                    reason: error.to_string(),
                    retryable: error.is_retryable(),
                };
                self.shown
                    .write(|shown| shown.failure = Some(Arc::new(error)));
                return Err(none);
            }
        };
        self.shown.write(|shown| {
            shown.failure = None;
            shown.took.get_or_insert(began.elapsed());
            shown.level.clone_from(&token.level);
        });
        self.given = Some(token.token.clone());
        let Some(url) = self.url.clone().or(token.url) else {
            let reason = "the quote token came without a stream address".to_owned();
            return Err(NoAccess {
                reason,
                retryable: false,
            });
        };
        Ok(Access {
            url,
            token: Some(Token::new(token.token.expose())),
            is_kept: token.is_kept,
        })
    }
}
