//! A token of the stream: text that must never be seen.

use std::fmt;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

/// The shortest token that is taken out of texts; a shorter one would blank out ordinary words, and nobody issues one.
const SHORTEST: usize = 4;

/// What stands in a token's place.
const REDACTED: &str = "(redacted)";

/// A token. `Debug` prints `(redacted)`; there is no `Display` and no `Serialize`; the memory is wiped on drop. Cheap to
/// clone.
#[derive(Clone)]
pub struct Token(Arc<SecretString>);

impl Token {
    /// Takes possession of the text of a token.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Arc::new(SecretString::from(text.into())))
    }

    /// The text itself, for the one place that puts it on the wire.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Takes this token out of a text from elsewhere: servers echo tokens in their error messages.
    pub fn redact(&self, text: &str) -> String {
        if self.expose().len() < SHORTEST {
            text.to_owned()
        } else {
            text.replace(self.expose(), REDACTED)
        }
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

impl PartialEq for Token {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for Token {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_never_holds_the_text() {
        let token = Token::new("hunter2-token");
        assert_eq!(
            format!("{token:?} {:?}", Some(&token)),
            "(redacted) Some((redacted))"
        );
    }

    #[test]
    fn an_echoed_token_is_taken_out() {
        let token = Token::new("abc123");
        assert_eq!(token.redact("bad token abc123!"), "bad token (redacted)!");
        assert_eq!(Token::new("is").redact("this is it"), "this is it");
    }
}
