//! The feed channels of one connection: asked for, open, lost, given back.
//!
//! See `docs/reference/dxlink-protocol.md`, "6. Channels".
//!
//! Pure, as the session around it. A channel has a role, which decides its contract and what it may cost: without live
//! data a connection has no use, without history it merely lacks history.

use std::time::Duration;

use tokio::time::Instant;

use crate::action::Action;
use crate::error::Loss;
use crate::message::Outbound;
use crate::role::Role;

/// The first channel; the next ones are odd too and never used twice on a connection.
const FIRST: u64 = 1;

/// How far a channel is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Not asked for.
    Absent,
    /// The answer is to come until the deadline.
    Requested { id: u64, deadline: Instant },
    /// It may be used.
    Open { id: u64 },
    /// It will not come on this connection.
    Refused,
}

impl State {
    fn id(self) -> Option<u64> {
        match self {
            Self::Requested { id, .. } | Self::Open { id } => Some(id),
            Self::Absent | Self::Refused => None,
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Place {
    state: State,
    /// Whether it was asked for a second time already.
    again: bool,
}

/// The channels of a connection that is authorised.
#[derive(Debug)]
pub(super) struct Channels {
    places: [Place; Role::ALL.len()],
    next: u64,
    ready_timeout: Duration,
}

type Outcome = Result<Vec<Action>, Loss>;

impl Channels {
    /// No channel yet; each answer is waited for as long as `ready_timeout`.
    pub(super) fn new(ready_timeout: Duration) -> Self {
        let absent = Place {
            state: State::Absent,
            again: false,
        };
        Self {
            places: [absent; Role::ALL.len()],
            next: FIRST,
            ready_timeout,
        }
    }

    /// Asks for a channel that is not there, or gives back one that is. Asking twice is asking once.
    pub(super) fn want(&mut self, role: Role, wanted: bool, now: Instant) -> Vec<Action> {
        let state = self.place(role).state;
        if wanted {
            if state == State::Absent {
                return vec![self.request(role, now)];
            }
            return Vec::new();
        }
        *self.place(role) = Place {
            state: State::Absent,
            again: false,
        };
        state.id().map_or_else(Vec::new, |id| cancel(role, id))
    }

    /// What the channel with this id is for, if it is one of ours.
    pub(super) fn role(&self, id: u64) -> Option<Role> {
        Role::ALL
            .into_iter()
            .find(|role| self.places[*role as usize].state.id() == Some(id))
    }

    /// The next moment at which an answer is overdue.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let deadlines = self.places.iter().filter_map(|place| match place.state {
            State::Requested { deadline, .. } => Some(deadline),
            _ => None,
        });
        deadlines.min()
    }

    /// Looks for answers that are overdue.
    pub(super) fn on_time(&mut self, now: Instant) -> Outcome {
        let mut actions = Vec::new();
        for role in Role::ALL {
            let State::Requested { id, deadline } = self.place(role).state else {
                continue;
            };
            if now < deadline {
                continue;
            }
            let late = Loss::Timeout {
                waiting_for: "CHANNEL_OPENED",
                after: self.ready_timeout,
            };
            if role == Role::Live {
                return Err(late);
            }
            // Should the answer come after all, the server must not think that the channel is in use.
            actions.extend(cancel(role, id));
            actions.extend(self.on_gone(role, late, now)?);
        }
        Ok(actions)
    }

    /// `CHANNEL_OPENED`.
    pub(super) fn on_opened(&mut self, id: u64) -> Vec<Action> {
        for role in Role::ALL {
            let place = self.place(role);
            if matches!(place.state, State::Requested { id: asked, .. } if asked == id) {
                place.state = State::Open { id };
                return vec![Action::ChannelOpened { role, channel: id }];
            }
        }
        vec![Action::Ignored]
    }

    /// `CHANNEL_CLOSED`. The server may close a channel on its own.
    pub(super) fn on_closed(&mut self, id: u64, now: Instant) -> Outcome {
        let Some(role) = self.role(id) else {
            return Ok(vec![Action::Ignored]);
        };
        let mut actions = vec![Action::ChannelLost { role, channel: id }];
        actions.extend(self.on_gone(role, Loss::ChannelClosed, now)?);
        Ok(actions)
    }

    /// `ERROR` on a channel, redacted: while the channel is asked for, it is the answer to that.
    pub(super) fn on_error(&mut self, channel: u64, code: String, message: String) -> Outcome {
        let role = self.role(channel);
        match role {
            Some(role) if matches!(self.place(role).state, State::Requested { .. }) => {
                self.on_refused(role, Loss::ChannelRefused { code, message })
            }
            _ => Ok(vec![Action::Complaint {
                channel,
                role,
                code,
                message,
            }]),
        }
    }

    /// A channel went away without a word why: it is asked for once more, under a new id; twice is a refusal.
    fn on_gone(&mut self, role: Role, loss: Loss, now: Instant) -> Outcome {
        if std::mem::replace(&mut self.place(role).again, true) {
            return self.on_refused(role, loss);
        }
        Ok(vec![self.request(role, now)])
    }

    fn on_refused(&mut self, role: Role, loss: Loss) -> Outcome {
        if role == Role::Live {
            return Err(loss);
        }
        self.place(role).state = State::Refused;
        let reason = loss.to_string();
        Ok(vec![Action::HistoryRefused { reason }])
    }

    fn request(&mut self, role: Role, now: Instant) -> Action {
        let id = self.next;
        self.next += 2;
        let deadline = now + self.ready_timeout;
        self.place(role).state = State::Requested { id, deadline };
        Action::Send(Outbound::feed_channel(id, role.contract()).text())
    }

    fn place(&mut self, role: Role) -> &mut Place {
        &mut self.places[role as usize]
    }
}

fn cancel(role: Role, channel: u64) -> Vec<Action> {
    vec![
        Action::ChannelLost { role, channel },
        Action::Send(Outbound::ChannelCancel { channel }.text()),
    ]
}
