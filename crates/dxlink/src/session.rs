//! The conversation up to open feed channels, and what may happen to it afterwards, as a state machine without I/O; the
//! channels themselves are in [`channels`](super::channels).
//!
//! See `docs/reference/dxlink-protocol.md`, "2. SETUP", "3. AUTH and AUTH_STATE" and "5. ERROR".
//!
//! Each state holds what it knows and is consumed by the message that ends it. No step is entered by waiting: the order
//! SETUP, first AUTH_STATE, AUTH, AUTHORIZED, CHANNEL_OPENED is driven by what the server says.

use std::time::Duration;

use tokio::time::Instant;

use crate::action::Action;
use crate::channels::Channels;
use crate::error::Loss;
use crate::keepalive::ANNOUNCED;
use crate::message::{AuthState, CONNECTION, Message, Outbound, SetupAnswer};
use crate::role::Role;
use crate::token::Token;

/// The version of the protocol that is spoken.
const PROTOCOL: &str = "0.1";

/// The only beginning there is.
const SETUP: &str = "SETUP on channel 0";

/// Where the conversation stands.
#[derive(Debug)]
pub enum Session {
    /// SETUP is out.
    AwaitSetup(AwaitSetup),
    /// The server's SETUP is in.
    AwaitAuthState(AwaitAuthState),
    /// AUTH is out.
    AwaitAuthorised(AwaitAuthorised),
    /// Authorised; channels are asked for or open.
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
    channels: Channels,
}

/// What stays the same through all states.
#[derive(Debug)]
struct Terms {
    token: Option<Token>,
    ready_timeout: Duration,
}

impl Terms {
    fn redact(&self, text: &str) -> String {
        self.token
            .as_ref()
            .map_or_else(|| text.to_owned(), |token| token.redact(text))
    }
}

type Step = Result<(Session, Vec<Action>), Loss>;

impl Session {
    /// Begins a conversation. `client` is the name and version of the program, `ready_timeout` the longest wait for each
    /// answer; without a token only servers that ask for none can be used.
    pub fn begin(
        client: &str,
        token: Option<Token>,
        ready_timeout: Duration,
        now: Instant,
    ) -> (Self, Vec<Action>) {
        let setup = Outbound::Setup {
            channel: CONNECTION,
            version: &format!("{PROTOCOL}-{client}"),
            keepalive_timeout: ANNOUNCED,
            accept_keepalive_timeout: ANNOUNCED,
        };
        let state = AwaitSetup {
            terms: Terms {
                token,
                ready_timeout,
            },
            deadline: now + ready_timeout,
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

    /// Asks for the history channel or gives it back. Says nothing new when nothing changed, and nothing at all before the
    /// connection is authorised; the caller repeats its wish then.
    pub fn want_history(&mut self, wanted: bool, now: Instant) -> Vec<Action> {
        match self {
            Self::Ready(state) => state.channels.want(Role::History, wanted, now),
            _ => Vec::new(),
        }
    }

    /// Until when the next answer must be there; `None` when nothing is being waited for.
    pub fn deadline(&self) -> Option<Instant> {
        match self {
            Self::AwaitSetup(AwaitSetup { deadline, .. })
            | Self::AwaitAuthState(AwaitAuthState { deadline, .. })
            | Self::AwaitAuthorised(AwaitAuthorised { deadline, .. }) => Some(*deadline),
            Self::Ready(state) => state.channels.deadline(),
        }
    }

    /// Looks whether answers are overdue.
    ///
    /// # Errors
    /// [`Loss::Timeout`] when one is that the connection cannot do without.
    pub fn on_time(&mut self, now: Instant) -> Result<Vec<Action>, Loss> {
        if self.deadline().is_none_or(|deadline| now < deadline) {
            return Ok(Vec::new());
        }
        let waiting_for = match self {
            Self::AwaitSetup(_) => "SETUP",
            Self::AwaitAuthState(_) => "AUTH_STATE",
            Self::AwaitAuthorised(_) => "the answer to AUTH",
            Self::Ready(state) => return state.channels.on_time(now),
        };
        Err(Loss::Timeout {
            waiting_for,
            after: self.terms().ready_timeout,
        })
    }

    /// What the channel with this id is for, if it is one that was asked for.
    pub fn role(&self, channel: u64) -> Option<Role> {
        match self {
            Self::Ready(state) => state.channels.role(channel),
            _ => None,
        }
    }

    /// What a frame that is no message means: as the first word it shows that nobody there speaks the protocol.
    ///
    /// # Errors
    /// [`Loss::Unexpected`] as long as nothing but SETUP is expected.
    pub fn on_unreadable(&self, why: &str) -> Result<(), Loss> {
        match self {
            Self::AwaitSetup(_) => Err(Loss::Unexpected {
                expected: SETUP,
                got: format!("an unreadable frame: {why}"),
            }),
            _ => Ok(()),
        }
    }

    /// What a connection that closed in this state means: right after the token it may be a refusal.
    pub fn on_closed(&self, loss: Loss) -> Loss {
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
            deadline: now + self.terms.ready_timeout,
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
                let deadline = now + self.terms.ready_timeout;
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
                channel: CONNECTION,
                state: AuthState::Authorized,
            } => Ok(Ready::enter(self.terms, now)),
            Message::AuthState {
                channel: CONNECTION,
                state: AuthState::Unauthorized,
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
        let mut channels = Channels::new(terms.ready_timeout);
        let mut actions = vec![Action::Authorised];
        actions.extend(channels.want(Role::Live, true, now));
        (Session::Ready(Self { terms, channels }), actions)
    }

    fn on_message(mut self, message: Message, now: Instant) -> Step {
        let actions = match message {
            Message::ChannelOpened { channel } => self.channels.on_opened(channel),
            Message::ChannelClosed { channel } => self.channels.on_closed(channel, now)?,
            Message::FeedConfig {
                channel,
                aggregation_period,
                event_fields,
            } => match self.channels.role(channel) {
                Some(role) => vec![Action::Configured {
                    role,
                    channel,
                    aggregation_period,
                    event_fields,
                }],
                None => vec![Action::Ignored],
            },
            Message::AuthState {
                channel: CONNECTION,
                state: AuthState::Unauthorized,
            } => return Err(Loss::AuthorisationWithdrawn),
            Message::Setup(setup) => vec![timeouts(&setup)],
            Message::Error {
                channel: CONNECTION,
                error,
                ..
            } if error == "UNAUTHORIZED" => return Err(Loss::AuthorisationWithdrawn),
            Message::Error {
                channel,
                error,
                message,
            } => {
                let (code, message) = (self.terms.redact(&error), self.terms.redact(&message));
                self.channels.on_error(channel, code, message)?
            }
            // A second AUTHORIZED must not open channels twice; a KEEPALIVE wants no answer.
            Message::AuthState { .. } | Message::Keepalive {} => Vec::new(),
            Message::Unknown => vec![Action::Ignored],
        };
        Ok((Session::Ready(self), actions))
    }
}

/// What a SETUP changes; on any other channel it is none.
fn timeouts(setup: &SetupAnswer) -> Action {
    if setup.channel != CONNECTION {
        return Action::Ignored;
    }
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
