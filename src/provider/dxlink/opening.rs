//! The way to an open stream: what it needs first, how long it may take, and why it did not come about.

use std::sync::Arc;

use tokio::time::Instant;

use super::super::error::{ProviderError, in_tenths};
use super::super::source::{LoginState, Request, Shared};
use super::Dxlink;
use super::state::{Connecting, State};
use crate::model::{Provider, Reason};
use crate::store::SlotsTaken;
use dxlink::Loss;

impl Dxlink {
    /// The stream is needed: opens it, or waits for what it needs.
    pub(super) fn need(&mut self, run: &mut Shared) {
        if self.state != State::Unneeded {
            return;
        }
        run.activity(Provider::Dxlink).asked = true;
        if run.means.is_open_stream {
            self.open(run);
            return;
        }
        run.need_login();
        self.state = State::AwaitsLogin { since: run.now };
        self.on_login(run);
    }

    /// Goes on as far as the login is.
    pub(super) fn on_login(&mut self, run: &mut Shared) {
        if !matches!(self.state, State::AwaitsLogin { .. }) {
            return;
        }
        match run.login {
            LoginState::Done => self.take_session(run),
            LoginState::Failed => self.state = State::Over,
            LoginState::Unneeded | LoginState::Awaited => {}
        }
    }

    fn take_session(&mut self, run: &mut Shared) {
        if run.means.has_slots {
            self.state = State::AwaitsSlot {
                since: run.now,
                taken: None,
            };
            run.request(Request::SessionSlot);
        } else {
            self.open(run);
        }
    }

    fn open(&mut self, run: &mut Shared) {
        run.request(Request::OpenStream);
        self.opened(run);
    }

    fn opened(&mut self, run: &mut Shared) {
        self.state = State::Live {
            connecting: Some(Connecting { since: run.now }),
        };
        run.table.connecting(Some(run.now));
    }

    /// A session is there, or nobody gave one up in time.
    pub(super) fn on_slot(&mut self, slot: Result<(), SlotsTaken>, run: &mut Shared) {
        let State::AwaitsSlot { since, taken } = &self.state else {
            return;
        };
        if taken.is_some() {
            run.took("session_slot", run.now.duration_since(*since));
        }
        match slot {
            Ok(()) => self.opened(run),
            Err(taken) => self.over(ProviderError::Sessions(taken), run),
        }
    }

    /// The stream will say nothing more, for this reason.
    pub(super) fn over(&mut self, error: ProviderError, run: &mut Shared) {
        self.state = State::Over;
        self.lost = None;
        self.candles.over(error.reason());
        run.table.conclude_doubtful();
        run.fail(Provider::Dxlink, error);
        run.table.connecting(None);
    }

    /// Why the stream is silent about what is still awaited of it.
    pub(in crate::provider) fn why_silent(&self, run: &Shared) -> Reason {
        let error = self.why_not_open(run);
        error.map_or(Reason::NoEventBeforeDeadline, |error| error.reason())
    }

    /// There will be no further round: a stream that was waited for in vain has failed.
    pub(in crate::provider) fn finish(&mut self, run: &mut Shared) {
        if run.table.awaits(Provider::Dxlink)
            && let Some(error) = self.why_not_open(run)
        {
            self.over(error, run);
        }
    }

    /// Why there is no working stream though it was waited for.
    pub(super) fn why_not_open(&self, run: &Shared) -> Option<ProviderError> {
        match &self.state {
            State::AwaitsLogin { since } => Some(ProviderError::Deadline {
                after: in_tenths(run.now.duration_since(*since)),
            }),
            State::AwaitsSlot { taken, since } => taken.clone().map(|taken| {
                let waited = run.now.duration_since(*since);
                ProviderError::Sessions(SlotsTaken { waited, ..taken })
            }),
            State::Live {
                connecting: Some(connecting),
            } => {
                let after = in_tenths(run.now.duration_since(connecting.since));
                let loss = self.lost.clone().unwrap_or_else(|| {
                    Arc::new(Loss::Timeout {
                        waiting_for: "an open channel",
                        after,
                    })
                });
                Some(stream_error(loss, run))
            }
            State::Live { connecting: None } | State::Unneeded | State::Over => None,
        }
    }

    /// When the wait for a connection is over.
    pub(super) fn connected_by(&self, run: &Shared) -> Option<Instant> {
        let since = match &self.state {
            State::AwaitsLogin { since } => Some(*since),
            State::Live { connecting } => connecting.as_ref().map(|connecting| connecting.since),
            State::Unneeded | State::AwaitsSlot { .. } | State::Over => None,
        };
        since.map(|since| since + run.limits.listen)
    }
}

/// The error behind a loss: a missing token has a reason of its own.
pub(super) fn stream_error(loss: Arc<Loss>, run: &Shared) -> ProviderError {
    match run.diagnostics.failure() {
        Some(error) if matches!(*loss, Loss::NoAccess { .. }) => ProviderError::Rest(error),
        _ => ProviderError::Stream(loss),
    }
}
