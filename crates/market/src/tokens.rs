//! Credentials the server accepts and tokens it has issued.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::random::Draw;

/// The client secret and refresh token that a login must show.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// `client_secret` of the token call.
    pub client_secret: String,
    /// `refresh_token` of the token call.
    pub refresh_token: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(redacted)")
    }
}

/// Every token this server has issued.
pub struct Tokens {
    draw: Draw,
    issued: AtomicU64,
    /// Access tokens with the number of requests each is still good for.
    access: Mutex<HashMap<String, Life>>,
    quote: Mutex<Vec<String>>,
    /// Tokens that a stream refused: showing one again is a violation on any connection.
    rejected: Mutex<HashSet<String>>,
}

/// How an access token stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    /// Good for this many more requests; `None` is for good.
    Good(Option<u64>),
    /// Expired; the flag tells whether it was shown since.
    Expired { shown: bool },
}

/// What an access token is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Good,
    /// Expired, and shown for the first time since.
    Expired,
    /// Expired, and the client was told before.
    ExpiredAgain,
    Unknown,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tokens(redacted)")
    }
}

impl Tokens {
    pub(super) fn new(draw: Draw) -> Self {
        Self {
            draw: draw.word("tokens"),
            issued: AtomicU64::new(0),
            access: Mutex::default(),
            quote: Mutex::default(),
            rejected: Mutex::default(),
        }
    }

    /// Whether a text is a quote token of this server.
    pub fn is_quote_token(&self, text: &str) -> bool {
        locked(&self.quote).iter().any(|token| token == text)
    }

    /// Remembers that a stream refused a token.
    pub(super) fn reject(&self, token: &str) {
        locked(&self.rejected).insert(token.to_owned());
    }

    /// Whether a stream refused this token before.
    pub(super) fn was_rejected(&self, token: &str) -> bool {
        locked(&self.rejected).contains(token)
    }

    /// Every token issued so far, for tests that look for them where they must not be.
    pub fn issued(&self) -> Vec<String> {
        let mut all: Vec<String> = locked(&self.access).keys().cloned().collect();
        all.extend(locked(&self.quote).iter().cloned());
        all
    }

    /// Issues an access token, good for some requests or for all.
    pub(super) fn issue_access(&self, requests: Option<u64>) -> String {
        let token = self.opaque("sim-access");
        locked(&self.access).insert(token.clone(), Life::Good(requests));
        token
    }

    /// Issues a quote token, as its endpoint does; tests of a stream alone ask for one here.
    pub fn issue_quote(&self) -> String {
        let token = self.opaque("sim-quote");
        locked(&self.quote).push(token.clone());
        token
    }

    /// Uses an access token once.
    pub(super) fn present(&self, token: &str) -> Standing {
        let mut access = locked(&self.access);
        let Some(life) = access.get_mut(token) else {
            return Standing::Unknown;
        };
        match life {
            Life::Good(None) => Standing::Good,
            Life::Good(Some(0)) => {
                *life = Life::Expired { shown: true };
                Standing::Expired
            }
            Life::Good(Some(left)) => {
                *left -= 1;
                Standing::Good
            }
            Life::Expired { shown: true } => Standing::ExpiredAgain,
            Life::Expired { shown } => {
                *shown = true;
                Standing::Expired
            }
        }
    }

    /// Lets every access token issued so far expire.
    pub(super) fn expire_all(&self) {
        for life in locked(&self.access).values_mut() {
            if matches!(life, Life::Good(_)) {
                *life = Life::Expired { shown: false };
            }
        }
    }

    fn opaque(&self, kind: &str) -> String {
        let number = self.issued.fetch_add(1, Ordering::Relaxed);
        let draw = self.draw.number(i64::try_from(number).unwrap_or_default());
        format!(
            "{kind}-{:016x}{:016x}",
            draw.word("high").bits(),
            draw.word("low").bits()
        )
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_expires_once_and_is_remembered_as_expired() {
        let tokens = Tokens::new(Draw::new(1));
        let token = tokens.issue_access(Some(1));
        assert_eq!(tokens.present(&token), Standing::Good);
        assert_eq!(tokens.present(&token), Standing::Expired);
        assert_eq!(tokens.present(&token), Standing::ExpiredAgain);
        assert_eq!(tokens.present("made-up"), Standing::Unknown);
    }

    #[test]
    fn debug_output_holds_no_token() {
        let tokens = Tokens::new(Draw::new(1));
        let token = tokens.issue_quote();
        assert!(tokens.is_quote_token(&token));
        assert!(!format!("{tokens:?}").contains(&token));
    }
}
