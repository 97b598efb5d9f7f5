//! What the user should know of the store, collected until somebody tells it.

use std::fmt::Display;
use std::sync::{Arc, Mutex, PoisonError};

/// More than this says nothing new.
const MOST: usize = 8;

/// Warnings, each told once. Clones share them.
#[derive(Clone, Debug, Default)]
pub(super) struct Warnings(Arc<Mutex<Vec<String>>>);

impl Warnings {
    /// Notes something.
    pub(super) fn note(&self, warning: impl Display) {
        let warning = warning.to_string();
        tracing::debug!("cache: {warning}");
        // The lock is held for a push and never across a wait; a poisoned one still holds whole warnings.
        let mut warnings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if warnings.len() < MOST && !warnings.contains(&warning) {
            warnings.push(warning);
        }
    }

    /// Takes them all.
    pub(super) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
