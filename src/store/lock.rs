//! Locks between processes. They belong to the open file, so they die with the process that holds them.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::error::StoreError;
use super::file;

/// Pause between two looks at a lock that somebody else holds. There is no way to be woken, and holders are quick.
const PAUSE: Duration = Duration::from_millis(10);

/// A lock, held until it is dropped.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

impl Lock {
    /// The locked file, which may hold something.
    pub(super) fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Takes the lock if nobody has it.
    ///
    /// # Errors
    ///
    /// `Io` where files cannot be locked.
    pub(super) fn try_take(path: &Path) -> Result<Option<Self>, StoreError> {
        let file = file::open_to_lock(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(source)) => Err(StoreError::at(path)(source)),
        }
    }

    /// Takes the lock as soon as nobody has it.
    ///
    /// # Errors
    ///
    /// `Busy` at the deadline; `Io` where files cannot be locked.
    pub(super) async fn take(path: &Path, deadline: Instant) -> Result<Self, StoreError> {
        loop {
            if let Some(lock) = Self::try_take(path)? {
                return Ok(lock);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(StoreError::Busy(path.to_owned()));
            }
            sleep(PAUSE.min(left)).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    #[tokio::test]
    async fn one_holds_it_and_the_next_gets_it_when_it_is_dropped() {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("lock");
        let soon = || Instant::now() + Duration::from_secs(20);
        let first = Lock::take(&path, soon()).await.unwrap();
        assert!(Lock::try_take(&path).unwrap().is_none());
        let (second, ()) = tokio::join!(Lock::take(&path, soon()), async {
            tokio::task::yield_now().await;
            drop(first);
        });
        assert!(Lock::try_take(&path).unwrap().is_none());
        drop(second.unwrap());
        assert!(Lock::try_take(&path).unwrap().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_ends_at_the_deadline() {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("lock");
        let _held = Lock::try_take(&path).unwrap();
        let began = Instant::now();
        let wait = Duration::from_secs(3);
        let error = Lock::take(&path, began + wait).await.unwrap_err();
        assert!(matches!(error, StoreError::Busy(_)), "{error}");
        assert!(began.elapsed() >= wait && began.elapsed() < wait * 2);
    }

    #[tokio::test]
    async fn where_nothing_can_be_made_nothing_is_locked() {
        let dir = TempDir::new().unwrap();
        let file = dir.path().join("file");
        std::fs::write(&file, "in the way").unwrap();
        let error = Lock::try_take(&file.join("lock")).unwrap_err();
        assert!(matches!(error, StoreError::Io { .. }), "{error}");
    }
}
