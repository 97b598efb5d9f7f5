//! What the script wants to happen in the middle of a session, counted from the login.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use crate::script::{MidSessionAct, StreamFaults};

/// The acts still to come, soonest first.
#[derive(Debug)]
pub(super) struct FaultSchedule {
    acts: VecDeque<(Duration, MidSessionAct)>,
    began: Option<Instant>,
}

impl FaultSchedule {
    pub(super) fn new(faults: &StreamFaults) -> Self {
        let mut acts: Vec<(Duration, MidSessionAct)> = faults
            .mid_session
            .iter()
            .map(|scripted| (Duration::from_millis(scripted.after_ms), scripted.act))
            .collect();
        acts.sort_by_key(|(after, _)| *after);
        Self {
            acts: acts.into(),
            began: None,
        }
    }

    /// Starts the clock at the first login; later ones change nothing.
    pub(super) fn start(&mut self, now: Instant) {
        self.began.get_or_insert(now);
    }

    /// When the next act is due.
    pub(super) fn due(&self) -> Option<Instant> {
        let (after, _) = self.acts.front()?;
        Some(self.began? + *after)
    }

    /// Takes the next act if its moment has come.
    pub(super) fn take(&mut self, now: Instant) -> Option<MidSessionAct> {
        if self.due()? > now {
            return None;
        }
        self.acts.pop_front().map(|(_, act)| act)
    }
}
