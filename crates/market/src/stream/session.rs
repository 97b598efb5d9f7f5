//! The server's side of one connection as a pure state machine: client frames and the time go in, actions come out.
//!
//! See `docs/reference/dxlink-protocol.md`, "2. SETUP" to "6. Channels".
//!
//! Owns the handshake and the channels. Knows no socket; what channels deliver is the feed's business, when messages
//! leave is the outbox's.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use super::channels::{Channels, Moment};
use super::fault_schedule::FaultSchedule;
use super::feed::ChannelAnswer;
use super::handshake::{self, Handshake, Reply};
use super::keepalive::Keepalive;
use super::outbox::{Frame, Outbox};
use super::strict::{Rule, RuleViolation};
use super::wire::{self, ClientMessage, Incoming, Outgoing, error, message};
use crate::market::Market;
use crate::record::Counter;
use crate::script::{MidSessionAct, StreamFaults};
use crate::tokens::Tokens;

/// The largest client frame a server takes, bytes.
const LARGEST_FRAME: usize = 64 * 1024;
/// The largest `FEED_SUBSCRIPTION` a polite client sends, bytes.
const LARGEST_CHUNK: usize = 8 * 1024;
/// How long after the server's close a message may still have been on its way.
const CLOSE_GRACE: Duration = Duration::from_secs(1);

/// What the connection has to do.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Action {
    /// Send a frame.
    Send(Frame),
    /// Start the close handshake.
    Close { code: u16, reason: String },
    /// Drop the TCP connection.
    Abort,
    /// Read nothing any more.
    Deafen,
    /// Record a violation.
    RuleViolation(RuleViolation),
    /// Record a series that was asked for, with its `fromTime`.
    Series(String, i64),
    /// Record an event.
    Count(Counter, u64),
}

/// What a session is told at its start.
pub(super) struct Terms {
    pub(super) market: Arc<Market>,
    pub(super) tokens: Arc<Tokens>,
    pub(super) faults: Arc<StreamFaults>,
    /// Whether the market moves at all.
    pub(super) is_live: bool,
}

/// One connection.
pub(super) struct Session {
    terms: Terms,
    handshake: Handshake,
    channels: Channels,
    outbox: Outbox,
    keepalive: Keepalive,
    fault_schedule: FaultSchedule,
    frames_sent: u64,
    closed_at: Option<Instant>,
    actions: Vec<Action>,
}

impl Session {
    pub(super) fn new(terms: Terms, now: Instant) -> Self {
        Self {
            handshake: Handshake::new(Arc::clone(&terms.tokens), Arc::clone(&terms.faults)),
            channels: Channels::new(Arc::clone(&terms.market), Arc::clone(&terms.faults)),
            outbox: Outbox::new(Arc::clone(&terms.faults)),
            keepalive: Keepalive::new(&terms.faults, now),
            fault_schedule: FaultSchedule::new(&terms.faults),
            frames_sent: 0,
            closed_at: None,
            actions: Vec::new(),
            terms,
        }
    }

    /// Takes a text frame.
    pub(super) fn receive(&mut self, text: &str, at: Moment) {
        if !self.hear(text.len(), at.now) {
            return;
        }
        let incoming = match wire::parse(text) {
            Ok(incoming) => incoming,
            Err(rule) => {
                self.note_violation(rule, format!("{} bytes", text.len()));
                return self.say(error(0, "INVALID_MESSAGE", rule.about()), at.now);
            }
        };
        let is_subscription = matches!(incoming.message, ClientMessage::FeedSubscription(_));
        if is_subscription && text.len() > LARGEST_CHUNK {
            self.note_violation(Rule::ChunkTooLarge, format!("{} bytes", text.len()));
        }
        let is_setup = matches!(incoming.message, ClientMessage::Setup(_));
        if self.handshake.awaits_setup() && !is_setup {
            self.note_violation(Rule::MessageBeforeSetup, incoming.kind);
            return self.say(error(0, "BAD_ACTION", "SETUP must come first"), at.now);
        }
        self.dispatch(incoming, at);
    }

    /// Takes a binary frame.
    pub(super) fn receive_binary(&mut self, length: usize, at: Moment) {
        if self.hear(length, at.now) {
            self.note_violation(Rule::BinaryFrame, format!("{length} bytes"));
        }
    }

    /// Closes the connection politely, as a server that stops does.
    pub(super) fn stop(&mut self, now: Instant) {
        self.close(1000, "Bye", now);
    }

    /// Does what is due and hands over everything there is to do.
    pub(super) fn advance(&mut self, at: Moment) -> Vec<Action> {
        if self.closed_at.is_none() {
            self.act_mid_session(at.now);
            self.update(at);
            if self.keepalive.is_owed(at.now) {
                // Said when put in line: one that is delayed or withheld must not be owed again at once.
                self.keepalive.said(at.now);
                self.say(message("KEEPALIVE", 0, json!({})), at.now);
            }
            self.release(at.now);
            if self.closed_at.is_none()
                && self.keepalive.is_expired(at.now)
                && !self.outbox.is_muted()
            {
                self.note_violation(Rule::KeepaliveLate, "the client was silent");
                self.close(1000, "Bye", at.now);
            }
        }
        std::mem::take(&mut self.actions)
    }

    /// When [`Self::advance`] is next worth calling.
    pub(super) fn due(&self) -> Option<Instant> {
        if self.closed_at.is_some() {
            return None;
        }
        let speaks = !self.outbox.is_muted();
        let updates = speaks.then(|| self.channels.due(self.terms.is_live));
        let keepalive = speaks.then(|| self.keepalive.due());
        updates
            .flatten()
            .into_iter()
            .chain(keepalive)
            .chain(self.outbox.due())
            .chain(self.fault_schedule.due())
            .min()
    }

    /// Counts a frame; false when nobody is listening any more.
    fn hear(&mut self, length: usize, now: Instant) -> bool {
        self.count(Counter::FramesReceived, 1);
        if let Some(closed_at) = self.closed_at {
            if now.duration_since(closed_at) > CLOSE_GRACE {
                self.note_violation(Rule::MessageAfterClose, format!("{length} bytes"));
            }
            return false;
        }
        self.keepalive.heard(now);
        if length > LARGEST_FRAME {
            self.note_violation(Rule::FrameTooLarge, format!("{length} bytes"));
        }
        // A client cannot know that the script allows less, so only the usual limit is a violation.
        let largest = self.terms.faults.largest_frame.unwrap_or(LARGEST_FRAME);
        if length > largest {
            self.close(1009, "", now);
            return false;
        }
        true
    }

    fn dispatch(&mut self, incoming: Incoming, at: Moment) {
        let Incoming {
            channel,
            kind,
            message: said,
        } = incoming;
        let is_service = matches!(
            said,
            ClientMessage::ChannelRequest { .. }
                | ClientMessage::ChannelCancel
                | ClientMessage::FeedSetup(_)
                | ClientMessage::FeedSubscription(_)
        );
        let is_either = matches!(said, ClientMessage::Error | ClientMessage::Unknown);
        if !is_either && is_service == (channel == 0) {
            self.note_violation(Rule::WrongChannel, format!("channel {channel}"));
            return self.say(error(channel, "BAD_ACTION", "wrong channel"), at.now);
        }
        match said {
            ClientMessage::Setup(setup) => {
                self.keepalive.negotiate(&setup);
                let reply = self.handshake.setup(&setup);
                self.pass_on_reply(reply, at.now);
            }
            ClientMessage::Auth { token } => {
                let reply = self.handshake.auth(&token);
                self.pass_on_reply(reply, at.now);
            }
            ClientMessage::Keepalive => self.count(Counter::KeepalivesReceived, 1),
            ClientMessage::Error => {}
            ClientMessage::ChannelRequest { service, contract } => {
                self.request(channel, &service, &contract, at.now);
            }
            ClientMessage::ChannelCancel => {
                let answer = self.channels.cancel(channel);
                self.pass_on(answer, at.now);
            }
            ClientMessage::FeedSetup(wish) => {
                let answer = self.channels.setup(channel, &wish);
                self.pass_on(answer, at.now);
            }
            ClientMessage::FeedSubscription(request) => {
                let answer = self.channels.subscribe(channel, &request, at);
                self.pass_on(answer, at.now);
            }
            ClientMessage::Unknown => self.note_violation(Rule::UnknownMessage, kind),
        }
    }

    fn pass_on_reply(&mut self, reply: Reply, now: Instant) {
        self.actions
            .extend(reply.violations.into_iter().map(Action::RuleViolation));
        self.count(Counter::StreamLogins, u64::from(reply.is_login));
        for message in reply.messages {
            self.say(message, now);
        }
        if reply.closes {
            self.close(1000, "", now);
        }
    }

    fn request(&mut self, channel: u64, service: &str, contract: &str, now: Instant) {
        if self.handshake.is_authorized() {
            let answer = self.channels.request(channel, service, contract);
            return self.pass_on(answer, now);
        }
        self.note_violation(Rule::ChannelBeforeAuthorized, format!("channel {channel}"));
        self.say(error(channel, "UNAUTHORIZED", "not authorized"), now);
    }

    fn update(&mut self, at: Moment) {
        if self.outbox.is_muted() {
            return;
        }
        for answer in self.channels.advance(self.terms.is_live, at) {
            self.pass_on(answer, at.now);
        }
    }

    fn pass_on(&mut self, answer: ChannelAnswer, now: Instant) {
        self.actions
            .extend(answer.violations.into_iter().map(Action::RuleViolation));
        let series = answer.series.into_iter();
        self.actions
            .extend(series.map(|(symbol, from)| Action::Series(symbol, from)));
        self.count(Counter::SubscriptionsAdded, answer.added);
        self.count(Counter::SubscriptionsRemoved, answer.removed);
        self.count(Counter::EventsSent, answer.events);
        for message in answer.messages {
            self.say(message, now);
        }
        if answer.cuts {
            self.say(wire::cut(), now);
        }
    }

    fn act_mid_session(&mut self, now: Instant) {
        while let Some(act) = self.fault_schedule.take(now) {
            match act {
                MidSessionAct::Unauthorized => {
                    self.say(handshake::unauthorized(), now);
                    self.channels.forget_all();
                }
                MidSessionAct::Authorized => self.say(handshake::authorized(), now),
                MidSessionAct::Setup => self.say(handshake::own_setup(&self.terms.faults), now),
                MidSessionAct::CloseChannels => {
                    for answer in self.channels.close_all() {
                        self.pass_on(answer, now);
                    }
                }
                MidSessionAct::ChannelErrors => {
                    for trouble in self.channels.troubles() {
                        self.say(trouble, now);
                    }
                }
                MidSessionAct::Silence => self.outbox.mute(),
                MidSessionAct::Deafen => {
                    self.outbox.mute();
                    self.actions.push(Action::Deafen);
                }
            }
        }
    }

    /// Lets go of the messages whose moment has come; what the client then knows changes what it may do.
    fn release(&mut self, now: Instant) {
        while self.closed_at.is_none() {
            let Some(released) = self.outbox.release(now) else {
                return;
            };
            if released.name == wire::CUT {
                return self.abort(now);
            }
            self.handshake.left(released.name);
            if self.handshake.is_authorized() {
                self.fault_schedule.start(now);
            }
            self.keepalive.said(now);
            self.frames_sent += 1;
            self.actions
                .extend(released.frames.into_iter().map(Action::Send));
            self.close_as_scripted(now);
        }
    }

    fn close_as_scripted(&mut self, now: Instant) {
        let Some(close) = self.terms.faults.close.clone() else {
            return;
        };
        if self.frames_sent < close.after_frames {
            return;
        }
        if close.abrupt {
            self.abort(now);
        } else {
            self.close(close.code, &close.reason, now);
        }
    }

    fn abort(&mut self, now: Instant) {
        self.closed_at = Some(now);
        self.actions.push(Action::Abort);
    }

    fn close(&mut self, code: u16, reason: &str, now: Instant) {
        if self.closed_at.is_none() {
            self.closed_at = Some(now);
            self.actions.push(Action::Close {
                code,
                reason: reason.to_owned(),
            });
        }
    }

    fn say(&mut self, message: Outgoing, now: Instant) {
        self.outbox.push(message, now);
    }

    fn note_violation(&mut self, rule: Rule, detail: impl Into<String>) {
        self.actions
            .push(Action::RuleViolation(RuleViolation::new(rule, detail)));
    }

    fn count(&mut self, counter: Counter, by: u64) {
        if by > 0 {
            self.actions.push(Action::Count(counter, by));
        }
    }
}
