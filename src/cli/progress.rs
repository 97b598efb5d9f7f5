//! The progress line: on stderr, on a terminal, and only for runs that take long enough to be noticed.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use tokio::time::Instant;

/// Runs shorter than this show nothing.
const NOTICEABLE: Duration = Duration::from_millis(300);

/// A progress line that appears when it is worth it.
#[derive(Clone, Debug)]
pub(super) struct ProgressLine {
    shown: bool,
    bar: Arc<OnceLock<ProgressBar>>,
}

impl ProgressLine {
    /// A line that may be shown, or one that never is.
    pub(super) fn new(shown: bool) -> Self {
        Self {
            shown,
            bar: Arc::default(),
        }
    }

    /// Moves the line, and shows it if the run has been going on for a while.
    pub(super) fn step(&self, began: Instant, progress: crate::provider::Progress) {
        if !self.shown || (self.bar.get().is_none() && began.elapsed() < NOTICEABLE) {
            return;
        }
        let bar = self.bar.get_or_init(|| {
            let bar = ProgressBar::new(progress.total as u64);
            let style =
                ProgressStyle::with_template("{spinner} {pos}/{len} symbols {wide_bar} {elapsed}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar
        });
        bar.set_position(progress.settled as u64);
    }

    /// Takes the line away for good.
    pub(super) fn finish(&self) {
        if let Some(bar) = self.bar.get() {
            bar.finish_and_clear();
        }
    }

    /// Takes the line away while something else is written.
    pub(super) fn suspend<T>(&self, write: impl FnOnce() -> T) -> T {
        match self.bar.get() {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }
}
