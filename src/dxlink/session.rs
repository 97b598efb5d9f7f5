//! The conversation up to an open feed channel, and what may happen to it afterwards, as a state machine without I/O
//! (dxlink-protocol §2, §3, §5 and §6).
//!
//! Each state holds what it knows and is consumed by the message that ends it. No step is entered by waiting: the order
//! SETUP, first AUTH_STATE, AUTH, AUTHORIZED, CHANNEL_OPENED is driven by what the server says.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use super::error::Loss;
use super::keepalive::ANNOUNCED;
use super::message::{AuthState, CONNECTION, Message, Outbound, SetupAnswer};
use crate::secret::Secret;

/// What volq calls itself on the stream.
const VERSION: &str = concat!("0.1-volq/", env!("CARGO_PKG_VERSION"));

/// The first channel; the next ones are odd too and never used twice on a connection.
const FIRST_CHANNEL: u64 = 1;

/// The only beginning there is.
const SETUP: &str = "SETUP on channel 0";

/// What the owner of the socket has to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Send this frame.
    Send(String),
    /// Use the server's timeouts from now on, seconds.
    Timeouts {
        /// `keepaliveTimeout` of the server's SETUP.
        keepalive: Option<f64>,
        /// `acceptKeepaliveTimeout` of the server's SETUP.
        accept_keepalive: Option<f64>,
    },
    /// The connection may be used.
    Authorised,
    /// The feed channel is ready for subscriptions.
    ChannelOpened(u64),
    /// The feed channel is gone; another one has been asked for.
    ChannelLost(u64),
    /// The server described its rows.
    Configured {
        /// Which channel.
        channel: u64,
        /// Seconds between deliveries.
        aggregation_period: Option<f64>,
        /// Field lists by event type.
        event_fields: BTreeMap<String, Vec<String>>,
    },
    /// The server complained about something without ending anything.
    Complaint {
        /// Channel it is about.
        channel: u64,
        /// Error code.
        code: String,
        /// The server's words, redacted.
        message: String,
    },
    /// A message that concerns nothing volq holds.
    Ignored,
}

/// Where the conversation stands.
#[derive(Debug)]
pub enum Session {
    /// SETUP is out.
    AwaitSetup(AwaitSetup),
    /// The server's SETUP is in.
    AwaitAuthState(AwaitAuthState),
    /// AUTH is out.
    AwaitAuthorised(AwaitAuthorised),
    /// Authorised; the channel is asked for or open.
    Ready(Ready),
}

/// Waiting for the server's SETUP.
#[derive(Debug)]
pub struct AwaitSetup {
    terms: Terms,
    deadline: Instant,
    /// An AUTH_STATE that overtook the SETUP.
    early: Option<AuthState>,
}

/// Waiting for the first AUTH_STATE, which is an invitation and no judgement.
#[derive(Debug)]
pub struct AwaitAuthState {
    terms: Terms,
    deadline: Instant,
}

/// Waiting for the judgement on the token.
#[derive(Debug)]
pub struct AwaitAuthorised {
    terms: Terms,
    deadline: Instant,
}

/// Authorised.
#[derive(Debug)]
pub struct Ready {
    terms: Terms,
    channel: Channel,
    /// Whether the server already closed a channel on us once.
    reopened: bool,
}

/// What stays the same through all states.
#[derive(Debug)]
struct Terms {
    token: Option<Secret>,
    patience: Duration,
}

impl Terms {
    fn redact(&self, text: &str) -> String {
        self.token
            .as_ref()
            .map_or_else(|| text.to_owned(), |token| token.redact(text))
    }
}

/// The feed channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Channel {
    Requested { id: u64, deadline: Instant },
    Open { id: u64 },
}

type Step = Result<(Session, Vec<Action>), Loss>;

impl Session {
    /// Begins a conversation. `patience` is the longest wait for each answer; without a token only servers that ask for
    /// none can be used.
    pub fn begin(token: Option<Secret>, patience: Duration, now: Instant) -> (Self, Vec<Action>) {
        let setup = Outbound::Setup {
            channel: CONNECTION,
            version: VERSION,
            keepalive_timeout: ANNOUNCED,
            accept_keepalive_timeout: ANNOUNCED,
        };
        let state = AwaitSetup {
            terms: Terms { token, patience },
            deadline: now + patience,
            early: None,
        };
        (Self::AwaitSetup(state), vec![Action::Send(setup.text())])
    }

    /// Takes in one message.
    ///
    /// # Errors
    /// [`Loss`] when the connection has no use any more.
    pub fn on_message(self, message: Message, now: Instant) -> Step {
        match self {
            Self::AwaitSetup(state) => state.on_message(message, now),
            Self::AwaitAuthState(state) => state.on_message(message, now),
            Self::AwaitAuthorised(state) => state.on_message(message, now),
            Self::Ready(state) => state.on_message(message, now),
        }
    }

    /// Until when the next answer must be there; `None` when nothing is being waited for.
    pub fn deadline(&self) -> Option<Instant> {
        match self {
            Self::AwaitSetup(AwaitSetup { deadline, .. })
            | Self::AwaitAuthState(AwaitAuthState { deadline, .. })
            | Self::AwaitAuthorised(AwaitAuthorised { deadline, .. })
            | Self::Ready(Ready {
                channel: Channel::Requested { deadline, .. },
                ..
            }) => Some(*deadline),
            Self::Ready(_) => None,
        }
    }

    /// The loss of a connection whose deadline has passed.
    pub fn overdue(&self) -> Loss {
        let waiting_for = match self {
            Self::AwaitSetup(_) => "SETUP",
            Self::AwaitAuthState(_) => "AUTH_STATE",
            Self::AwaitAuthorised(_) => "the answer to AUTH",
            Self::Ready(_) => "CHANNEL_OPENED",
        };
        Loss::Timeout {
            waiting_for,
            after: self.terms().patience,
        }
    }

    /// What a frame that is no message means: as the first word it shows that nobody there speaks the protocol.
    ///
    /// # Errors
    /// [`Loss::Unexpected`] as long as nothing but SETUP is expected.
    pub fn unreadable(&self, why: &str) -> Result<(), Loss> {
        match self {
            Self::AwaitSetup(_) => Err(Loss::Unexpected {
                expected: SETUP,
                got: format!("an unreadable frame: {why}"),
            }),
            _ => Ok(()),
        }
    }

    /// What a connection that closed in this state means: right after the token it may be a refusal.
    pub fn closed(&self, loss: Loss) -> Loss {
        let loss = match loss {
            Loss::Closed { code, reason } => Loss::Closed {
                code,
                reason: self.redact(&reason),
            },
            other => other,
        };
        match self {
            Self::AwaitAuthorised(_) => Loss::ClosedAfterToken {
                how: loss.to_string(),
            },
            _ => loss,
        }
    }

    /// Takes the token out of a text that came from the server.
    pub fn redact(&self, text: &str) -> String {
        self.terms().redact(text)
    }

    fn terms(&self) -> &Terms {
        match self {
            Self::AwaitSetup(state) => &state.terms,
            Self::AwaitAuthState(state) => &state.terms,
            Self::AwaitAuthorised(state) => &state.terms,
            Self::Ready(state) => &state.terms,
        }
    }
}

impl AwaitSetup {
    fn on_message(self, message: Message, now: Instant) -> Step {
        match message {
            Message::Setup(setup) if setup.channel == CONNECTION => self.accept(&setup, now),
            Message::AuthState {
                channel: CONNECTION,
                state,
            } => Ok((
                Session::AwaitSetup(Self {
                    early: Some(state),
                    ..self
                }),
                Vec::new(),
            )),
            Message::Keepalive {} => Ok((Session::AwaitSetup(self), Vec::new())),
            Message::Unknown => Ok((Session::AwaitSetup(self), vec![Action::Ignored])),
            Message::Error { error, message, .. } => {
                Err(handshake_error(&self.terms, &error, &message))
            }
            other => Err(unexpected(SETUP, &other)),
        }
    }

    fn accept(self, setup: &SetupAnswer, now: Instant) -> Step {
        let timeouts = timeouts(setup);
        let next = AwaitAuthState {
            deadline: now + self.terms.patience,
            terms: self.terms,
        };
        let (session, mut actions) = match self.early {
            Some(state) => next.on_state(state, now)?,
            None => (Session::AwaitAuthState(next), Vec::new()),
        };
        actions.insert(0, timeouts);
        Ok((session, actions))
    }
}

impl AwaitAuthState {
    fn on_message(self, message: Message, now: Instant) -> Step {
        match message {
            Message::AuthState {
                channel: CONNECTION,
                state,
            } => self.on_state(state, now),
            Message::Setup(setup) => Ok((Session::AwaitAuthState(self), vec![timeouts(&setup)])),
            Message::Keepalive {} => Ok((Session::AwaitAuthState(self), Vec::new())),
            Message::Unknown => Ok((Session::AwaitAuthState(self), vec![Action::Ignored])),
            Message::Error { error, message, .. } => {
                Err(handshake_error(&self.terms, &error, &message))
            }
            other => Err(unexpected("AUTH_STATE on channel 0", &other)),
        }
    }

    fn on_state(self, state: AuthState, now: Instant) -> Step {
        match (state, &self.terms.token) {
            (AuthState::Authorized, _) => Ok(Ready::enter(self.terms, now)),
            (AuthState::Unauthorized, None) => Err(Loss::TokenNeeded),
            (AuthState::Unauthorized, Some(token)) => {
                let auth = Outbound::Auth {
                    channel: CONNECTION,
                    token,
                }
                .text();
                let deadline = now + self.terms.patience;
                let next = AwaitAuthorised {
                    terms: self.terms,
                    deadline,
                };
                Ok((Session::AwaitAuthorised(next), vec![Action::Send(auth)]))
            }
        }
    }
}

impl AwaitAuthorised {
    fn on_message(self, message: Message, now: Instant) -> Step {
        match message {
            Message::AuthState {
                state: AuthState::Authorized,
                ..
            } => Ok(Ready::enter(self.terms, now)),
            Message::AuthState {
                state: AuthState::Unauthorized,
                ..
            } => Err(Loss::TokenRefused {
                message: "UNAUTHORIZED".to_owned(),
            }),
            Message::Setup(setup) => Ok((Session::AwaitAuthorised(self), vec![timeouts(&setup)])),
            Message::Error { error, message, .. } => {
                Err(handshake_error(&self.terms, &error, &message))
            }
            Message::Keepalive {} => Ok((Session::AwaitAuthorised(self), Vec::new())),
            _ => Ok((Session::AwaitAuthorised(self), vec![Action::Ignored])),
        }
    }
}

impl Ready {
    fn enter(terms: Terms, now: Instant) -> (Session, Vec<Action>) {
        let channel = Channel::Requested {
            id: FIRST_CHANNEL,
            deadline: now + terms.patience,
        };
        let request = Outbound::feed_channel(FIRST_CHANNEL).text();
        let actions = vec![Action::Authorised, Action::Send(request)];
        (
            Session::Ready(Self {
                terms,
                channel,
                reopened: false,
            }),
            actions,
        )
    }

    fn on_message(mut self, message: Message, now: Instant) -> Step {
        let actions = match message {
            Message::ChannelOpened { channel } => self.opened(channel),
            Message::ChannelClosed { channel } if self.channel.id() == channel => {
                self.channel_closed(now)?
            }
            Message::FeedConfig {
                channel,
                aggregation_period,
                event_fields,
            } if self.channel.id() == channel => {
                vec![Action::Configured {
                    channel,
                    aggregation_period,
                    event_fields,
                }]
            }
            Message::AuthState {
                state: AuthState::Unauthorized,
                ..
            } => return Err(Loss::AuthorisationWithdrawn),
            Message::Setup(setup) => vec![timeouts(&setup)],
            Message::Error {
                channel,
                error,
                message,
            } => self.error(channel, &error, &message)?,
            // A second AUTHORIZED must not open the channel twice; a KEEPALIVE wants no answer.
            Message::AuthState { .. } | Message::Keepalive {} => Vec::new(),
            _ => vec![Action::Ignored],
        };
        Ok((Session::Ready(self), actions))
    }

    fn opened(&mut self, channel: u64) -> Vec<Action> {
        if !matches!(self.channel, Channel::Requested { id, .. } if id == channel) {
            return vec![Action::Ignored];
        }
        self.channel = Channel::Open { id: channel };
        vec![Action::ChannelOpened(channel)]
    }

    /// The server may close a channel on its own. It is asked for once more, under a new id; twice is a refusal.
    fn channel_closed(&mut self, now: Instant) -> Result<Vec<Action>, Loss> {
        let lost = self.channel.id();
        if self.reopened {
            return Err(Loss::ChannelClosed);
        }
        self.reopened = true;
        self.channel = Channel::Requested {
            id: lost + 2,
            deadline: now + self.terms.patience,
        };
        Ok(vec![
            Action::ChannelLost(lost),
            Action::Send(Outbound::feed_channel(lost + 2).text()),
        ])
    }

    fn error(&self, channel: u64, code: &str, message: &str) -> Result<Vec<Action>, Loss> {
        if channel == CONNECTION && code == "UNAUTHORIZED" {
            return Err(Loss::AuthorisationWithdrawn);
        }
        let (code, message) = (self.terms.redact(code), self.terms.redact(message));
        if matches!(self.channel, Channel::Requested { id, .. } if id == channel) {
            return Err(Loss::ChannelRefused { code, message });
        }
        Ok(vec![Action::Complaint {
            channel,
            code,
            message,
        }])
    }
}

impl Channel {
    fn id(self) -> u64 {
        match self {
            Self::Requested { id, .. } | Self::Open { id } => id,
        }
    }
}

fn timeouts(setup: &SetupAnswer) -> Action {
    Action::Timeouts {
        keepalive: setup.keepalive_timeout,
        accept_keepalive: setup.accept_keepalive_timeout,
    }
}

fn unexpected(expected: &'static str, got: &Message) -> Loss {
    Loss::Unexpected {
        expected,
        got: got.name().to_owned(),
    }
}

/// An ERROR before the connection is authorised is the answer to what was asked last.
fn handshake_error(terms: &Terms, code: &str, message: &str) -> Loss {
    let (code, message) = (terms.redact(code), terms.redact(message));
    if code == "UNSUPPORTED_PROTOCOL" {
        Loss::UnsupportedProtocol { message }
    } else if message.contains("Session not found") {
        Loss::SessionNotFound { message }
    } else if code == "UNAUTHORIZED" || message.contains("AuthException") {
        Loss::TokenRefused {
            message: if message.is_empty() { code } else { message },
        }
    } else {
        Loss::Unexpected {
            expected: "the next step of the handshake",
            got: format!("ERROR {code}: {message}"),
        }
    }
}

#[cfg(test)]
mod tests;
