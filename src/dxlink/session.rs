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
        let (waiting_for, terms) = match self {
            Self::AwaitSetup(state) => ("SETUP", &state.terms),
            Self::AwaitAuthState(state) => ("AUTH_STATE", &state.terms),
            Self::AwaitAuthorised(state) => ("the answer to AUTH", &state.terms),
            Self::Ready(state) => ("CHANNEL_OPENED", &state.terms),
        };
        Loss::Timeout {
            waiting_for,
            after: terms.patience,
        }
    }

    /// What a connection that closed in this state means: right after the token it may be a refusal.
    pub fn closed(&self, loss: Loss) -> Loss {
        match self {
            Self::AwaitAuthorised(_) => Loss::ClosedAfterToken {
                how: loss.to_string(),
            },
            _ => loss,
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
            other => Err(unexpected("SETUP on channel 0", &other)),
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
            } => self.error(channel, error, &message)?,
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

    fn error(&self, channel: u64, code: String, message: &str) -> Result<Vec<Action>, Loss> {
        let message = self.terms.redact(message);
        if matches!(self.channel, Channel::Requested { id, .. } if id == channel) {
            return Err(Loss::ChannelRefused { code, message });
        }
        if channel == CONNECTION && code == "UNAUTHORIZED" {
            return Err(Loss::AuthorisationWithdrawn);
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
    let message = terms.redact(message);
    if code == "UNSUPPORTED_PROTOCOL" {
        Loss::UnsupportedProtocol { message }
    } else if message.contains("Session not found") {
        Loss::SessionNotFound { message }
    } else if code == "UNAUTHORIZED" || message.contains("AuthException") {
        Loss::TokenRefused {
            message: if message.is_empty() {
                code.to_owned()
            } else {
                message
            },
        }
    } else {
        Loss::Unexpected {
            expected: "the next step of the handshake",
            got: format!("ERROR {code}: {message}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(5);

    /// Plays server messages to a session and returns what it sent, or the loss.
    fn play(messages: &[&str]) -> Result<(Session, Vec<String>), Loss> {
        let now = Instant::now();
        let (mut session, mut actions) =
            Session::begin(Some(Secret::new("token-1")), PATIENCE, now);
        for text in messages {
            let (next, more) = session.on_message(serde_json::from_str(text).unwrap(), now)?;
            session = next;
            actions.extend(more);
        }
        let sent = actions.into_iter().filter_map(|action| match action {
            Action::Send(text) => Some(
                serde_json::from_str::<serde_json::Value>(&text).unwrap()["type"]
                    .as_str()
                    .unwrap()
                    .to_owned(),
            ),
            _ => None,
        });
        Ok((session, sent.collect()))
    }

    const SETUP: &str = r#"{"type":"SETUP","channel":0,"version":"1.0"}"#;
    const UNAUTHORIZED: &str = r#"{"type":"AUTH_STATE","channel":0,"state":"UNAUTHORIZED"}"#;
    const AUTHORIZED: &str =
        r#"{"type":"AUTH_STATE","channel":0,"state":"AUTHORIZED","userId":"u"}"#;
    const OPENED: &str = r#"{"type":"CHANNEL_OPENED","channel":1,"service":"FEED"}"#;
    const CLOSED: &str = r#"{"type":"CHANNEL_CLOSED","channel":1}"#;

    #[test]
    fn each_step_waits_for_the_servers_word() {
        assert_eq!(play(&[]).unwrap().1, ["SETUP"]);
        assert_eq!(
            play(&[SETUP]).unwrap().1,
            ["SETUP"],
            "no token before the first AUTH_STATE"
        );
        assert_eq!(play(&[SETUP, UNAUTHORIZED]).unwrap().1, ["SETUP", "AUTH"]);
        assert_eq!(
            play(&[SETUP, UNAUTHORIZED, AUTHORIZED]).unwrap().1,
            ["SETUP", "AUTH", "CHANNEL_REQUEST"]
        );
    }

    #[test]
    fn an_open_server_never_sees_the_token() {
        assert_eq!(
            play(&[SETUP, AUTHORIZED]).unwrap().1,
            ["SETUP", "CHANNEL_REQUEST"]
        );
    }

    #[test]
    fn setup_and_state_may_change_places() {
        assert_eq!(play(&[UNAUTHORIZED, SETUP]).unwrap().1, ["SETUP", "AUTH"]);
        assert_eq!(
            play(&[AUTHORIZED, SETUP]).unwrap().1,
            ["SETUP", "CHANNEL_REQUEST"]
        );
    }

    #[test]
    fn a_repeated_authorisation_opens_nothing_twice() {
        let (_, sent) = play(&[
            SETUP,
            UNAUTHORIZED,
            AUTHORIZED,
            AUTHORIZED,
            OPENED,
            AUTHORIZED,
            SETUP,
        ])
        .unwrap();
        assert_eq!(sent, ["SETUP", "AUTH", "CHANNEL_REQUEST"]);
    }

    #[test]
    fn every_shape_of_refusal_is_a_refused_token() {
        let error = |code: &str, text: &str| {
            format!(r#"{{"type":"ERROR","channel":0,"error":"{code}","message":"{text}"}}"#)
        };
        for last in [
            UNAUTHORIZED.to_owned(),
            error("UNAUTHORIZED", "no"),
            error("UNKNOWN", "AuthException: bad token-1"),
        ] {
            let loss = play(&[SETUP, UNAUTHORIZED, &last]).unwrap_err();
            assert!(matches!(loss, Loss::TokenRefused { .. }), "{loss}");
            assert!(!loss.to_string().contains("token-1"), "{loss}");
        }
        let odd = error(
            "UNKNOWN",
            "com.dxfeed.mdd.dxlink.auth.AuthException: Session not found: api",
        );
        assert!(matches!(
            play(&[SETUP, UNAUTHORIZED, &odd]).unwrap_err(),
            Loss::SessionNotFound { .. }
        ));
        let (session, _) = play(&[SETUP, UNAUTHORIZED]).unwrap();
        let loss = session.closed(Loss::Closed {
            code: 1000,
            reason: String::new(),
        });
        assert!(matches!(loss, Loss::ClosedAfterToken { .. }), "{loss}");
    }

    #[test]
    fn an_unexpected_message_is_named_with_what_was_expected() {
        let loss = play(&[OPENED]).unwrap_err();
        assert_eq!(
            loss.to_string(),
            "expected SETUP on channel 0 from the server, got CHANNEL_OPENED"
        );
        let wrong_channel = r#"{"type":"SETUP","channel":7}"#;
        assert!(matches!(
            play(&[wrong_channel]).unwrap_err(),
            Loss::Unexpected { .. }
        ));
        let version =
            r#"{"type":"ERROR","channel":0,"error":"UNSUPPORTED_PROTOCOL","message":"v9"}"#;
        assert!(matches!(
            play(&[version]).unwrap_err(),
            Loss::UnsupportedProtocol { .. }
        ));
    }

    #[test]
    fn an_overdue_answer_is_named() {
        for (messages, waiting_for) in [
            (&[][..], "SETUP"),
            (&[SETUP][..], "AUTH_STATE"),
            (&[SETUP, UNAUTHORIZED][..], "the answer to AUTH"),
            (&[SETUP, AUTHORIZED][..], "CHANNEL_OPENED"),
        ] {
            let (session, _) = play(messages).unwrap();
            assert!(session.deadline().is_some());
            assert!(session.overdue().to_string().contains(waiting_for));
        }
        assert_eq!(
            play(&[SETUP, AUTHORIZED, OPENED]).unwrap().0.deadline(),
            None
        );
    }

    #[test]
    fn a_closed_channel_is_asked_for_once_more_under_a_new_id() {
        let (session, sent) = play(&[SETUP, AUTHORIZED, OPENED, CLOSED]).unwrap();
        assert_eq!(sent, ["SETUP", "CHANNEL_REQUEST", "CHANNEL_REQUEST"]);
        let again = serde_json::from_str(r#"{"type":"CHANNEL_CLOSED","channel":3}"#).unwrap();
        assert!(matches!(
            session.on_message(again, Instant::now()),
            Err(Loss::ChannelClosed)
        ));
    }

    #[test]
    fn an_error_on_an_open_channel_is_a_complaint_and_nothing_more() {
        let limit = r#"{"type":"ERROR","channel":1,"error":"BAD_ACTION","message":"Your subscription rate is too high"}"#;
        assert!(play(&[SETUP, AUTHORIZED, OPENED, limit]).is_ok());
        assert!(matches!(
            play(&[SETUP, AUTHORIZED, limit]).unwrap_err(),
            Loss::ChannelRefused { .. }
        ));
    }

    #[test]
    fn a_withdrawn_authorisation_ends_the_connection() {
        let loss = play(&[SETUP, UNAUTHORIZED, AUTHORIZED, OPENED, UNAUTHORIZED]).unwrap_err();
        assert!(matches!(loss, Loss::AuthorisationWithdrawn));
    }

    #[test]
    fn foreign_and_late_messages_disturb_nothing() {
        let strangers = [
            r#"{"type":"CHANNEL_CLOSED","channel":9}"#,
            r#"{"type":"FEED_CONFIG","channel":9}"#,
            r#"{"type":"NOVELTY","channel":0}"#,
        ];
        let mut messages = vec![SETUP, AUTHORIZED, OPENED];
        messages.extend(strangers);
        assert_eq!(play(&messages).unwrap().1, ["SETUP", "CHANNEL_REQUEST"]);
    }
}
