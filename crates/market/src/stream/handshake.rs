//! SETUP and AUTH: what the client must say before anything else, and how the script answers.
//!
//! See `docs/reference/dxlink-protocol.md`, "2. SETUP" and "3. AUTH and AUTH_STATE".

use std::sync::Arc;

use serde_json::json;

use super::strict::{Rule, RuleViolation};
use super::wire::{Outgoing, Setup, error, message};
use crate::script::{AuthFault, StreamFaults};
use crate::tokens::Tokens;

/// What the real service says of a session it does not find.
const NO_SESSION: &str = "com.dxfeed.mdd.dxlink.auth.AuthException: Session not found: api";

/// How far the login has come, as the client has been told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Login {
    /// No SETUP yet.
    Strange,
    /// SETUP came; the initial `AUTH_STATE` is still to leave.
    Met,
    /// The client knows that it must authenticate.
    Asked,
    Authorized,
}

/// What a step of the handshake brings.
#[derive(Debug, Default)]
pub(super) struct Reply {
    pub(super) messages: Vec<Outgoing>,
    pub(super) violations: Vec<RuleViolation>,
    /// The token was accepted.
    pub(super) is_login: bool,
    /// The refusal is a closed socket.
    pub(super) closes: bool,
}

impl Reply {
    fn note_violation(&mut self, rule: Rule, detail: &str) {
        self.violations.push(RuleViolation::new(rule, detail));
    }

    fn say(mut self, message: Outgoing) -> Self {
        self.messages.push(message);
        self
    }
}

/// The state of the login.
pub(super) struct Handshake {
    login: Login,
    tokens: Arc<Tokens>,
    faults: Arc<StreamFaults>,
}

impl Handshake {
    pub(super) fn new(tokens: Arc<Tokens>, faults: Arc<StreamFaults>) -> Self {
        Self {
            login: Login::Strange,
            tokens,
            faults,
        }
    }

    pub(super) fn awaits_setup(&self) -> bool {
        self.login == Login::Strange
    }

    pub(super) fn is_authorized(&self) -> bool {
        self.login == Login::Authorized
    }

    /// Learns that a message has left: only then may the client act on it.
    pub(super) fn left(&mut self, name: &str) {
        match name {
            "AUTHORIZED" => self.login = Login::Authorized,
            "AUTH_STATE" => self.login = Login::Asked,
            _ => {}
        }
    }

    /// Takes SETUP. A repeated one is heard and not answered.
    pub(super) fn setup(&mut self, setup: &Setup) -> Reply {
        let mut reply = Reply::default();
        if setup.version.is_empty() {
            reply.note_violation(Rule::SetupWithoutVersion, "SETUP");
        }
        if setup.keepalive.is_none() || setup.accept_keepalive.is_none() {
            reply.note_violation(Rule::SetupWithoutTimeouts, "SETUP");
        }
        if self.login != Login::Strange {
            return reply;
        }
        self.login = Login::Met;
        let state = if self.faults.no_auth {
            authorized()
        } else {
            unauthorized()
        };
        reply.say(own_setup(&self.faults)).say(state)
    }

    /// Takes AUTH.
    pub(super) fn auth(&mut self, token: &str) -> Reply {
        let mut reply = Reply::default();
        match self.login {
            Login::Authorized => {
                reply.note_violation(Rule::AuthWhileAuthorized, "AUTH");
                return reply;
            }
            Login::Met if !self.faults.peer_compatible => {
                reply.note_violation(Rule::EarlyAuth, "AUTH");
                return reply.say(error(0, "UNKNOWN", NO_SESSION));
            }
            _ => {}
        }
        if has_bearer_prefix(token) {
            reply.note_violation(Rule::BearerPrefix, "AUTH");
        }
        if self.tokens.was_rejected(token) {
            reply.note_violation(Rule::RejectedTokenRepeated, "AUTH");
        }
        if self.faults.auth == AuthFault::None && self.tokens.is_quote_token(token) {
            reply.is_login = true;
            return reply.say(authorized());
        }
        self.tokens.reject(token);
        match self.faults.auth {
            AuthFault::None | AuthFault::StateUnauthorized => reply.say(unauthorized()),
            AuthFault::ErrorUnauthorized => {
                reply.say(error(0, "UNAUTHORIZED", "token is not valid"))
            }
            // The real service echoes what it was sent: clients must not pass that on.
            AuthFault::Exception => {
                reply.say(error(0, "UNKNOWN", &format!("{NO_SESSION} {token}")))
            }
            AuthFault::Close => {
                reply.closes = true;
                reply
            }
        }
    }
}

fn has_bearer_prefix(token: &str) -> bool {
    token
        .get(..7)
        .is_some_and(|head| head.eq_ignore_ascii_case("Bearer "))
}

/// The server's SETUP.
pub(super) fn own_setup(faults: &StreamFaults) -> Outgoing {
    let seconds = |scripted: Option<f64>| scripted.map_or(json!(60), Into::into);
    let mut body = json!({});
    if !faults.omit_timeouts {
        body["keepaliveTimeout"] = seconds(faults.keepalive_timeout);
        body["acceptKeepaliveTimeout"] = seconds(faults.accept_keepalive_timeout);
    }
    body["version"] = json!("1.0-1.2.3-sim");
    message("SETUP", 0, body)
}

/// A token is wanted, or the one there is has ended. Scripts call it `AUTH_STATE`.
pub(super) fn unauthorized() -> Outgoing {
    message("AUTH_STATE", 0, json!({"state": "UNAUTHORIZED"}))
}

/// The login's success, under a name of its own so that scripts can tell it from the first `AUTH_STATE`.
pub(super) fn authorized() -> Outgoing {
    let body = json!({"state": "AUTHORIZED", "userId": "sim"});
    Outgoing {
        kind: "AUTHORIZED",
        ..message("AUTH_STATE", 0, body)
    }
}
