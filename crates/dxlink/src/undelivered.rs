//! What was on its way to a reader that went away meanwhile; the next one gets it.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::sync::oneshot;

use crate::changes::Changes;

/// The place for changes that found no reader, shared by the task and the handles.
#[derive(Clone, Debug, Default)]
pub(crate) struct Undelivered(Arc<Mutex<Option<Changes>>>);

impl Undelivered {
    /// Keeps changes for the next reader.
    pub(crate) fn put(&self, newer: Changes) {
        let mut kept = self.kept();
        match &mut *kept {
            Some(older) => older.append(newer),
            None => *kept = Some(newer),
        }
    }

    /// Takes what is kept.
    pub(crate) fn take(&self) -> Option<Changes> {
        self.kept().take()
    }

    /// Whether something is kept.
    pub(crate) fn is_empty(&self) -> bool {
        self.kept().is_none()
    }

    // Held for a move and never across a wait; a poisoned lock still holds whole changes.
    fn kept(&self) -> std::sync::MutexGuard<'_, Option<Changes>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A reader's wait for changes. When it is dropped, what has arrived goes back.
#[derive(Debug)]
pub(crate) struct Delivery {
    answer: oneshot::Receiver<Changes>,
    undelivered: Undelivered,
}

impl Delivery {
    /// Waits for an answer of the task.
    pub(crate) fn new(answer: oneshot::Receiver<Changes>, undelivered: Undelivered) -> Self {
        Self {
            answer,
            undelivered,
        }
    }
}

impl Future for Delivery {
    type Output = Option<Changes>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Changes>> {
        Pin::new(&mut self.answer).poll(context).map(Result::ok)
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        // Once closed, the task keeps what it has; what it gave before that is here.
        self.answer.close();
        if let Ok(changes) = self.answer.try_recv() {
            self.undelivered.put(changes);
        }
    }
}
