//! Text that must never be seen: tokens, client secrets, refresh grants; and the login made of them.

use std::fmt;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

/// A secret text. `Debug` prints `(redacted)`; there is no `Display` and no `Serialize`; the memory is wiped on drop.
#[derive(Clone)]
pub struct Secret(Arc<SecretString>);

impl Secret {
    /// Takes possession of a secret text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Arc::new(SecretString::from(text.into())))
    }

    /// The text itself, for the one place that puts it on the wire.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Takes this secret out of a text from elsewhere: servers echo tokens in their error messages.
    pub fn redact(&self, text: &str) -> String {
        // A secret of a few characters would blank out ordinary words; nobody issues one.
        if self.expose().len() < 4 {
            text.to_owned()
        } else {
            text.replace(self.expose(), "(redacted)")
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(redacted)")
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for Secret {}

/// What a login to the broker needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Credentials {
    /// Secret of the OAuth client, `TT_CLIENT_SECRET`.
    pub client_secret: Secret,
    /// The grant, `TT_REFRESH_TOKEN`; it does not expire.
    pub refresh_token: Secret,
    /// Identifier of the OAuth client, `TT_CLIENT_ID`; the server does without it.
    pub client_id: Option<Secret>,
}

impl Credentials {
    /// Takes both secrets out of a text from the server.
    pub fn redact(&self, text: &str) -> String {
        self.client_secret.redact(&self.refresh_token.redact(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_never_holds_the_text() {
        let secret = Secret::new("hunter2-token");
        assert_eq!(
            format!("{secret:?} {:?}", Some(&secret)),
            "(redacted) Some((redacted))"
        );
    }

    #[test]
    fn an_echoed_secret_is_taken_out() {
        assert_eq!(
            Secret::new("abc123").redact("bad token abc123!"),
            "bad token (redacted)!"
        );
    }
}
