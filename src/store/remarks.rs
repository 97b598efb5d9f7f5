//! What the user should know of the store, collected until somebody tells it.

use std::fmt::Display;
use std::sync::{Arc, Mutex, PoisonError};

/// More than this says nothing new.
const MOST: usize = 8;

/// Remarks, each told once. Clones share them.
#[derive(Clone, Debug, Default)]
pub(super) struct Remarks(Arc<Mutex<Vec<String>>>);

impl Remarks {
    /// Notes something.
    pub(super) fn note(&self, remark: impl Display) {
        let remark = remark.to_string();
        tracing::debug!("cache: {remark}");
        // The lock is held for a push and never across a wait; a poisoned one still holds whole remarks.
        let mut remarks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if remarks.len() < MOST && !remarks.contains(&remark) {
            remarks.push(remark);
        }
    }

    /// Takes them all.
    pub(super) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
