//! The rations of a login as all its processes know them: one small document that each of them changes in turn.
//!
//! Nothing here may cost a request more than a short wait. What cannot be read says nothing, what cannot be had is done
//! without; each process keeps its own rations besides.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::rations::Rations;
use super::schedule::{Nanos, Schedule};
use crate::clock::Clock;

/// Number of the document's form; others are not read.
const VERSION: u32 = 1;

/// Longest wait for a process that is at the document. Each is for microseconds; one that was stopped meanwhile must not
/// hold up all others.
const PATIENCE: Duration = Duration::from_millis(200);

/// Requests are reserved no further ahead than this, or than this many come evenly.
const HORIZON: Nanos = 60_000_000_000;
const HORIZON_STEPS: Nanos = 64;

/// A document from later than this has seen another clock, or this one before it was set back.
const SLACK: Nanos = 1_000_000_000;

/// Bytes that several processes share.
pub trait SharedState: Send + Sync {
    /// Hands the bytes to `change` and keeps those it returns in their place, while no other process can do the same;
    /// `None` leaves them as they are. Calls `change` at most once, and never waits.
    ///
    /// # Errors
    ///
    /// Why the bytes could not be had or kept.
    fn update(&self, change: &mut dyn FnMut(&[u8]) -> Option<Vec<u8>>) -> Result<(), SharedFault>;
}

/// Why shared bytes could not be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SharedFault {
    /// Another process is changing them, so a moment later may do.
    Busy,
    /// They cannot be read or written here.
    Unusable,
}

/// The shared rations.
pub(super) struct SharedRates {
    state: Arc<dyn SharedState>,
    clock: Arc<dyn Clock>,
    /// Somebody was at the document for longer than is waited, and nobody has got at it since.
    is_stuck: AtomicBool,
}

/// One moment on the clock of this process and on the wall's, which all processes see.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    pub(super) own: Nanos,
    wall: Nanos,
}

impl Moment {
    /// How much more the wall's clock shows.
    fn offset(self) -> Nanos {
        self.wall.saturating_sub(self.own)
    }

    /// An instant of this process by the wall's clock.
    pub(super) fn to_wall(self, at: Nanos) -> Nanos {
        at.saturating_add(self.offset())
    }

    /// An instant by the wall's clock on that of this process.
    pub(super) fn to_own(self, at: Nanos) -> Nanos {
        at.saturating_sub(self.offset())
    }
}

impl SharedRates {
    pub(super) fn new(state: Arc<dyn SharedState>, clock: Arc<dyn Clock>) -> Self {
        Self {
            state,
            clock,
            is_stuck: AtomicBool::new(false),
        }
    }

    /// How long to wait for another process that is at the document.
    pub(super) fn patience(&self) -> Duration {
        if self.is_stuck.load(Ordering::Relaxed) {
            Duration::ZERO
        } else {
            PATIENCE
        }
    }

    /// Remembers that the document was not had in time.
    pub(super) fn give_up(&self, fault: SharedFault) {
        tracing::debug!(?fault, "rations are kept by this process alone");
        self.is_stuck.store(true, Ordering::Relaxed);
    }

    /// Hands `change` the rations of all processes, on the clock of this one, and writes down what it made of them if it
    /// says so. `blank` is what they are where nobody has used them yet.
    ///
    /// # Errors
    ///
    /// Why they could not be had; `change` was not called then.
    pub(super) fn update<T>(
        &self,
        now: impl Fn() -> Nanos,
        blank: Rations,
        change: impl FnOnce(&mut Rations, Moment) -> (T, bool),
    ) -> Result<T, SharedFault> {
        let mut call = Some((blank, change));
        let mut outcome = Err(SharedFault::Unusable);
        let updated = self.state.update(&mut |bytes| {
            let (mut all, change) = call.take()?;
            let moment = Moment {
                own: now(),
                wall: nanos(self.clock.now().as_nanosecond()),
            };
            let mut document = Document::read(bytes, moment);
            document.fill(&mut all, moment);
            all.settle(moment.own);
            let (value, is_changed) = change(&mut all, moment);
            outcome = Ok(value);
            is_changed.then(|| document.with(&all, moment))?
        });
        if outcome.is_ok() {
            // What could not be written down holds for this process all the same.
            self.is_stuck.store(false, Ordering::Relaxed);
            return outcome;
        }
        updated.and(outcome)
    }
}

/// The document, on the wall's clock in nanoseconds since 1970.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Document {
    version: u32,
    written_at: Nanos,
    overall: Schedule,
    classes: BTreeMap<String, Schedule>,
}

impl Document {
    /// What the bytes say; nothing where they are no document, or one from later than now.
    fn read(bytes: &[u8], moment: Moment) -> Self {
        serde_json::from_slice(bytes)
            .ok()
            .filter(|document: &Self| {
                document.version == VERSION
                    && document.written_at <= moment.wall.saturating_add(SLACK)
            })
            .unwrap_or_default()
    }

    /// Puts what the document says into rations of this process's clock.
    fn fill(&self, all: &mut Rations, moment: Moment) {
        let classes = all
            .classes
            .iter_mut()
            .filter_map(|(class, ration)| Some((ration, self.classes.get(*class)?)));
        for (ration, known) in classes.chain([(&mut all.overall, &self.overall)]) {
            let far = HORIZON.max(ration.spacing.step().saturating_mul(HORIZON_STEPS));
            let latest = moment.own.saturating_add(far);
            ration.schedule = known.shifted(moment.offset().saturating_neg(), latest);
        }
    }

    /// The document with these rations in it, as text. Classes that only others know stay as they are.
    fn with(&mut self, all: &Rations, moment: Moment) -> Option<Vec<u8>> {
        let on_the_wall = |schedule: &Schedule| schedule.shifted(moment.offset(), Nanos::MAX);
        self.version = VERSION;
        self.written_at = moment.wall;
        self.overall = on_the_wall(&all.overall.schedule);
        for (class, ration) in &all.classes {
            let schedule = on_the_wall(&ration.schedule);
            self.classes.insert((*class).to_owned(), schedule);
        }
        serde_json::to_vec(self).ok()
    }
}

fn nanos(nanoseconds: i128) -> Nanos {
    Nanos::try_from(nanoseconds).unwrap_or_default()
}

#[cfg(test)]
mod tests;
