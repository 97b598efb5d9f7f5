//! Where the address and the token of each connection come from.

use crate::token::Token;

/// What a connection needs to begin.
#[derive(Clone, Debug)]
pub struct Access {
    /// The stream's address.
    pub url: String,
    /// The stream's token; `None` for servers that ask for none.
    pub token: Option<Token>,
    /// Whether address and token are left from an earlier connection, so that asking for them anew may give others.
    pub is_kept: bool,
}

impl Access {
    /// The address of a server that asks for no token.
    pub fn open(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            token: None,
            is_kept: false,
        }
    }

    /// An address and a token that is good for every connection.
    pub fn with_token(url: impl Into<String>, token: Token) -> Self {
        Self {
            token: Some(token),
            ..Self::open(url)
        }
    }
}

/// Why there is no [`Access`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoAccess {
    /// One sentence, free of secrets.
    pub reason: String,
    /// Whether asking again may help.
    pub retryable: bool,
}

/// Gives [`Access`] for every connection; all but the first are fresh.
pub trait TokenSource: Send {
    /// An address and a token for the next connection.
    fn access(&mut self) -> impl Future<Output = Result<Access, NoAccess>> + Send;
}

/// Always the same, for servers without tokens and for tokens that last.
impl TokenSource for Access {
    async fn access(&mut self) -> Result<Access, NoAccess> {
        Ok(self.clone())
    }
}
