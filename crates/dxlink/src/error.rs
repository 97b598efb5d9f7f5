//! Why a connection ended, and what may be done about it.
//!
//! See `docs/reference/dxlink-protocol.md`, "3. AUTH and AUTH_STATE", "5. ERROR", "14. Endpoints, entitlement, limits"
//! and "15. Reconnection".

use std::io;
use std::time::Duration;

use crate::address::AddressError;

/// Why one connection, or the attempt to make one, came to its end.
///
/// Server texts in here have passed through [`crate::Token::redact`]: servers echo tokens.
#[derive(Debug, thiserror::Error)]
pub enum Loss {
    /// No token or no address could be had.
    #[error("no stream token: {reason}")]
    NoAccess {
        /// What the token's source said.
        reason: String,
        /// Whether asking again may help.
        retryable: bool,
    },
    /// The address is not one that is connected to.
    #[error("the stream address cannot be used: {0}")]
    Address(#[source] AddressError),
    /// No TCP connection.
    #[error("cannot connect to {host}: {source}")]
    Connect {
        /// Host and port.
        host: String,
        /// What the system said.
        source: io::Error,
    },
    /// No open WebSocket in time: name look-up, TCP, TLS or the upgrade was not answered.
    #[error("no connection to {host} within {} s", .after.as_secs_f64())]
    NoAnswer {
        /// Host and port.
        host: String,
        /// How long was waited.
        after: Duration,
    },
    /// The server's certificate does not prove that it is who it should be.
    #[error("the certificate of {host} is not trusted: {source}")]
    Certificate {
        /// Host and port.
        host: String,
        /// What is wrong with it.
        source: rustls::Error,
    },
    /// TLS, the upgrade or the socket failed.
    #[error("the connection to {host} failed: {source}")]
    Socket {
        /// Host and port.
        host: String,
        /// What the socket library said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The server answered the upgrade with an HTTP status.
    #[error("{host} refused the WebSocket upgrade with HTTP status {status}")]
    Upgrade {
        /// Host and port.
        host: String,
        /// The status.
        status: u16,
    },
    /// A step of the way to an open channel took too long.
    #[error("the server did not send {waiting_for} within {} s", .after.as_secs_f64())]
    Timeout {
        /// `SETUP`, `AUTH_STATE`, …
        waiting_for: &'static str,
        /// How long was waited.
        after: Duration,
    },
    /// A message came that has no place at this point.
    #[error("expected {expected} from the server, got {got}")]
    Unexpected {
        /// What the protocol allows.
        expected: &'static str,
        /// The message that came instead.
        got: String,
    },
    /// The server wants another protocol version.
    #[error("the server does not support this protocol version: {message}")]
    UnsupportedProtocol {
        /// The server's words.
        message: String,
    },
    /// The token was refused.
    #[error("the stream refused the token: {message}")]
    TokenRefused {
        /// The server's words or what it did.
        message: String,
    },
    /// The intermittent "Session not found" answer to a token that is good.
    #[error("the stream did not recognise the session: {message}")]
    SessionNotFound {
        /// The server's words.
        message: String,
    },
    /// The server hung up right after the token.
    #[error(
        "the stream closed the connection right after the token, which may mean it was refused ({how})"
    )]
    ClosedAfterToken {
        /// How it closed.
        how: String,
    },
    /// The server withdrew the authorisation of a working connection: its token expired.
    #[error("the stream withdrew the authorisation")]
    AuthorisationWithdrawn,
    /// The server needs a token and there is none.
    #[error("the stream wants a token and none was given")]
    TokenNeeded,
    /// The channel was refused.
    #[error("the server refused the channel: {code}: {message}")]
    ChannelRefused {
        /// Error code.
        code: String,
        /// The server's words.
        message: String,
    },
    /// The server closed the channel, also after it was asked for again.
    #[error("the server closed the channel")]
    ChannelClosed,
    /// Nothing came for longer than the server's own keepalive allows.
    #[error("the server has been silent for {} s", .after.as_secs_f64())]
    Silent {
        /// How long the server had been silent.
        after: Duration,
    },
    /// The server closed the WebSocket.
    #[error("the server closed the connection (code {code}{})", if .reason.is_empty() { String::new() } else { format!(", {reason}") })]
    Closed {
        /// Close code; 1006 stands for a connection that ended without one.
        code: u16,
        /// Close reason.
        reason: String,
    },
    /// A message that no server has a reason to send.
    #[error("the server sent a message of more than {} MiB", limit / (1 << 20))]
    TooLarge {
        /// The largest accepted size, bytes.
        limit: usize,
    },
    /// Too many frames in a row were no messages.
    #[error("{frames} frames in a row could not be read, the last one because: {last}")]
    Malformed {
        /// How many came in a row.
        frames: u32,
        /// Why the last one could not be read.
        last: String,
    },
    /// A message could not be handed to the socket in time.
    #[error("the server does not read: a message could not be sent within {} s", .after.as_secs_f64())]
    Stalled {
        /// How long was waited.
        after: Duration,
    },
}

/// What may be done after a [`Loss`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryAdvice {
    /// Connecting again can only fail again.
    Never,
    /// Once more, with a token fetched anew.
    Once,
    /// With growing pauses.
    WithBackoff,
}

impl Loss {
    /// What may be done about it.
    pub fn retry(&self) -> RetryAdvice {
        match self {
            Self::NoAccess {
                retryable: false, ..
            }
            | Self::Address(_)
            | Self::Certificate { .. }
            | Self::UnsupportedProtocol { .. }
            | Self::TokenRefused { .. }
            | Self::TokenNeeded => RetryAdvice::Never,
            Self::Upgrade { status, .. } if *status < 500 && *status != 429 => RetryAdvice::Never,
            Self::SessionNotFound { .. } | Self::ClosedAfterToken { .. } => RetryAdvice::Once,
            _ => RetryAdvice::WithBackoff,
        }
    }

    /// Whether an old token, or the address that came with it, may be the cause (`docs/reference/dxlink-protocol.md`,
    /// "3. AUTH and AUTH_STATE" and "14. Endpoints, entitlement, limits").
    pub(super) fn may_be_stale_access(&self) -> bool {
        matches!(
            self,
            Self::TokenRefused { .. }
                | Self::SessionNotFound { .. }
                | Self::ClosedAfterToken { .. }
        ) || matches!(self, Self::Upgrade { status, .. } if *status < 500)
    }

    /// Whether the credentials are the problem.
    pub fn is_auth(&self) -> bool {
        matches!(
            self,
            Self::TokenRefused { .. }
                | Self::SessionNotFound { .. }
                | Self::ClosedAfterToken { .. }
                | Self::TokenNeeded
                | Self::AuthorisationWithdrawn
                | Self::Upgrade {
                    status: 401 | 403,
                    ..
                }
        )
    }

    /// Whether the server closed the connection because a message of ours was too large for it.
    pub fn is_too_large(&self) -> bool {
        matches!(self, Self::Closed { code: 1009, .. })
    }

    /// What to tell the server before leaving, as error code and sentence; it may not be listening any more.
    pub fn farewell(&self) -> Option<(&'static str, String)> {
        match self {
            Self::Timeout { .. } | Self::Silent { .. } => Some(("TIMEOUT", self.to_string())),
            Self::Unexpected { .. } | Self::Malformed { .. } => {
                Some(("INVALID_MESSAGE", self.to_string()))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_token_is_not_tried_again() {
        let refused = Loss::TokenRefused {
            message: "no".to_owned(),
        };
        assert_eq!(
            (refused.retry(), refused.is_auth()),
            (RetryAdvice::Never, true)
        );
        let lost = Loss::SessionNotFound {
            message: "Session not found: api".to_owned(),
        };
        assert_eq!((lost.retry(), lost.is_auth()), (RetryAdvice::Once, true));
    }

    #[test]
    fn a_wrong_address_is_not_hammered_and_an_incident_is_waited_out() {
        let status = |status| {
            Loss::Upgrade {
                host: "h".to_owned(),
                status,
            }
            .retry()
        };
        assert_eq!(
            (status(400), status(404), status(401)),
            (RetryAdvice::Never, RetryAdvice::Never, RetryAdvice::Never)
        );
        assert_eq!(
            (status(502), status(503), status(429)),
            (
                RetryAdvice::WithBackoff,
                RetryAdvice::WithBackoff,
                RetryAdvice::WithBackoff
            )
        );
    }

    #[test]
    fn a_close_frame_is_told_with_code_and_reason() {
        let bye = Loss::Closed {
            code: 1000,
            reason: "Bye".to_owned(),
        };
        assert_eq!(
            bye.to_string(),
            "the server closed the connection (code 1000, Bye)"
        );
        let abrupt = Loss::Closed {
            code: 1006,
            reason: String::new(),
        };
        assert_eq!(
            abrupt.to_string(),
            "the server closed the connection (code 1006)"
        );
    }
}
