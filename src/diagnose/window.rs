//! How long a diagnosis may take, as a whole and per question, and whether the user still wants it.

use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Longest wait for one question, so that a server that answers nothing leaves time for the others.
const QUESTION: Duration = Duration::from_secs(10);

/// The time of one diagnosis.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window<'a> {
    /// When everything has to be over.
    pub(super) end: Instant,
    /// Breaks it off.
    pub(super) cancel: &'a CancellationToken,
}

impl Window<'_> {
    /// Until when a question that is asked now must be answered.
    pub(super) fn deadline(&self) -> Instant {
        self.end.min(Instant::now() + QUESTION)
    }

    /// The answer and how long it took; `None` when the user broke it off.
    pub(super) async fn ask<T>(&self, work: impl Future<Output = T>) -> Option<(T, Duration)> {
        let began = Instant::now();
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => None,
            answer = work => Some((answer, began.elapsed())),
        }
    }
}
