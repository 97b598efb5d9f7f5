//! Access tokens between runs: one login for all processes of an account.
//!
//! A refresh token that the server has put in place of the configured one is kept as well: without it every later login
//! would fail. It goes with the mark of the configured login, so new credentials leave it behind.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::clock::Clock;
use crate::secret::Secret;
use crate::store::{CacheEntry, CacheFolder, FetchTurn, Lookup, StoreError};

const ACCESS: &str = "access";
const REFRESH: &str = "refresh";

/// No token lives longer; an end further away is a damaged one.
const LONGEST: SignedDuration = SignedDuration::from_hours(24);

/// A token as it is on disk. This is one of the two places that write one down.
#[derive(Serialize, Deserialize)]
struct TokenFile {
    token: String,
}

/// Where the tokens of one login are kept.
pub(super) struct TokenStore {
    cache_folder: CacheFolder,
    clock: Arc<dyn Clock>,
}

/// What another process or an earlier run has left.
pub(super) enum StoredToken {
    /// A token, and how long it may still be handed out.
    Token(Secret, Duration),
    /// Nothing of use: it is the caller's turn to log in.
    Nothing(FetchTurn),
}

impl TokenStore {
    pub(super) fn new(cache_folder: CacheFolder, clock: Arc<dyn Clock>) -> Self {
        Self {
            cache_folder,
            clock,
        }
    }

    /// A token that may be used and is not the `refused` one. Waits for a process that is logging in.
    ///
    /// # Errors
    ///
    /// When that process has not finished at the deadline.
    pub(super) async fn find(
        &self,
        refused: Option<&Secret>,
        deadline: Instant,
    ) -> Result<StoredToken, StoreError> {
        let is_good = |file: &TokenFile| refused.is_none_or(|token| token.expose() != file.token);
        let found = self
            .cache_folder
            .find(ACCESS, || self.clock.now(), deadline, is_good)
            .await?;
        Ok(match found {
            Lookup::Absent(turn) => StoredToken::Nothing(turn),
            Lookup::Found(kept) => {
                let usable = kept.left(self.clock.now()).unwrap_or_default();
                StoredToken::Token(Secret::new(kept.value.token), usable)
            }
        })
    }

    /// Keeps a token that may be handed out for another `usable`.
    pub(super) fn keep(&self, turn: FetchTurn, token: &Secret, usable: Duration) {
        let now = self.clock.now();
        let usable = SignedDuration::try_from(usable).unwrap_or(LONGEST);
        let Ok(end) = now.checked_add(usable.min(LONGEST)) else {
            return;
        };
        turn.keep(&CacheEntry::new(file(token), now, Some(end)));
    }

    /// The refresh token that the server has put in place of the configured one.
    pub(super) fn rotated(&self) -> Option<Secret> {
        let kept = self
            .cache_folder
            .read::<TokenFile>(REFRESH, self.clock.now())?;
        Some(Secret::new(kept.value.token))
    }

    /// Keeps such a refresh token.
    pub(super) fn keep_rotated(&self, token: &Secret) {
        let now = self.clock.now();
        self.cache_folder
            .write(REFRESH, &CacheEntry::new(file(token), now, None));
    }

    /// Drops it: the server does not take it any more.
    pub(super) fn forget_rotated(&self) {
        self.cache_folder.remove(REFRESH);
    }
}

fn file(token: &Secret) -> TokenFile {
    TokenFile {
        token: token.expose().to_owned(),
    }
}
