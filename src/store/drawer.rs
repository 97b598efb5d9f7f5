//! A drawer: the files of one kind for one account, and the locks that go with them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use super::error::StoreError;
use super::file;
use super::kept::Kept;
use super::lock::Lock;
use super::remarks::Remarks;

/// Longest wait for somebody else's turn. A login takes a second; a process that was stopped in the middle of one must
/// not keep all others out.
const LONGEST_TURN: Duration = Duration::from_secs(10);

/// One drawer of a [`Store`](super::Store). Cheap to clone.
#[derive(Clone, Debug)]
pub struct Drawer {
    dir: PathBuf,
    /// Locks live elsewhere, so that emptying a drawer frees nobody's lock.
    locks: PathBuf,
    remarks: Remarks,
}

/// What looking for something that several processes share has found.
#[derive(Debug)]
pub enum Found<T> {
    /// It is there.
    Kept(Kept<T>),
    /// It is not: this process is the one to get it.
    Absent(Turn),
}

/// The turn of this process to get what several share; it ends when this is dropped.
#[derive(Debug)]
pub struct Turn {
    drawer: Drawer,
    name: &'static str,
    /// `None` where files cannot be locked or somebody does not end their turn: then everybody gets their own.
    _lock: Option<Lock>,
}

impl Drawer {
    pub(super) fn new(dir: PathBuf, locks: PathBuf, remarks: Remarks) -> Self {
        Self {
            dir,
            locks,
            remarks,
        }
    }

    /// What is kept under a name and may still be used. What cannot be read is absent, with a remark.
    pub fn read<T: DeserializeOwned>(&self, name: &str, now: Timestamp) -> Option<Kept<T>> {
        let path = self.path(name);
        let kept = match read(&path) {
            Ok(kept) => kept,
            Err(error) => {
                if !error.is_absence() {
                    self.remarks.note(error);
                }
                return None;
            }
        };
        (kept.is_ours() && kept.is_usable(now)).then_some(kept)
    }

    /// Keeps something under a name, in place of what was there. What cannot be written is not kept, with a remark.
    pub fn write<T: Serialize>(&self, name: &str, kept: &Kept<T>) {
        let path = self.path(name);
        let written = serde_json::to_vec(kept)
            .map_err(|error| StoreError::at(&path)(error.into()))
            .and_then(|text| file::write(&path, &text));
        if let Err(error) = written {
            self.remarks.note(format_args!(
                "nothing can be kept ({error}); --no-cache does without"
            ));
        }
    }

    /// Keeps it no longer.
    pub fn remove(&self, name: &str) {
        if let Err(error) = file::remove(&self.path(name)) {
            self.remarks.note(error);
        }
    }

    /// Looks for something that processes share. When it is not there, or `is_good` says that it is of no use, waits for
    /// whoever is getting it, looks again, and then gives the turn to the caller. One who has been at it for too long,
    /// stopped perhaps, is not waited for.
    ///
    /// # Errors
    ///
    /// `Busy`, when somebody else's turn has not ended at the deadline.
    pub async fn find<T: DeserializeOwned>(
        &self,
        name: &'static str,
        now: impl Fn() -> Timestamp,
        deadline: Instant,
        is_good: impl Fn(&T) -> bool,
    ) -> Result<Found<T>, StoreError> {
        let found = || {
            self.read(name, now())
                .filter(|kept: &Kept<T>| is_good(&kept.value))
        };
        if let Some(kept) = found() {
            return Ok(Found::Kept(kept));
        }
        let path = self.locks.join(format!("{name}.lock"));
        let lock = match Lock::take(&path, deadline.min(Instant::now() + LONGEST_TURN)).await {
            Ok(lock) => Some(lock),
            Err(error @ StoreError::Busy(_)) if Instant::now() >= deadline => return Err(error),
            Err(error) => {
                tracing::debug!("no lock: {error}");
                None
            }
        };
        Ok(match found() {
            Some(kept) => Found::Kept(kept),
            None => Found::Absent(Turn {
                drawer: self.clone(),
                name,
                _lock: lock,
            }),
        })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.join(format!("{name}.json"))
    }
}

impl Turn {
    /// Keeps what was got for everybody and ends the turn.
    pub fn keep<T: Serialize>(self, kept: &Kept<T>) {
        self.drawer.write(self.name, kept);
    }

    /// Drops what is there and ends the turn: it is known to be of no use, and there is nothing in its place.
    pub fn discard(self) {
        self.drawer.remove(self.name);
    }
}

pub(super) fn read<T: DeserializeOwned>(path: &Path) -> Result<Kept<T>, StoreError> {
    serde_json::from_slice(&file::read(path)?).map_err(|_| StoreError::Damaged(path.to_owned()))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Duration;

    use proptest::prelude::*;
    use tempfile::TempDir;

    use super::super::{AccountMark, Kind, Store};
    use super::*;
    use crate::secret::Secret;

    const NOW: &str = "2026-11-20T15:00:00Z";

    fn now() -> Timestamp {
        NOW.parse().unwrap()
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(20)
    }

    fn store() -> (TempDir, Store, Drawer) {
        let dir = TempDir::new().unwrap();
        let store = Store::at(dir.path().join("volq"));
        let mark = AccountMark::new("http://x", &Secret::new("a"), &Secret::new("b"));
        let drawer = store.drawer(Kind::Tokens, &mark);
        (dir, store, drawer)
    }

    fn kept(value: u32) -> Kept<u32> {
        Kept::new(value, now(), None)
    }

    #[test]
    fn what_is_kept_is_found_until_it_is_removed() {
        let (_dir, store, drawer) = store();
        assert_eq!(drawer.read::<u32>("n", now()), None);
        drawer.write("n", &kept(7));
        assert_eq!(drawer.read("n", now()), Some(kept(7)));
        drawer.remove("n");
        assert_eq!(drawer.read::<u32>("n", now()), None);
        assert!(store.remarks().is_empty());
    }

    #[test]
    fn a_damaged_file_is_absent_and_remarked_once() {
        let (_dir, store, drawer) = store();
        drawer.write("n", &kept(7));
        let path = drawer.path("n");
        let whole = fs::read(&path).unwrap();
        for cut in 0..whole.len() {
            file::write(&path, &whole[..cut]).unwrap();
            assert_eq!(drawer.read::<u32>("n", now()), None, "{cut}");
        }
        let remarks = store.remarks();
        assert_eq!(remarks.len(), 1, "{remarks:?}");
        assert!(remarks[0].contains("is damaged"), "{remarks:?}");
        assert!(!remarks[0].contains("version"), "{remarks:?}");
    }

    #[test]
    fn another_version_is_absent_without_a_word() {
        let (_dir, store, drawer) = store();
        let text = format!(r#"{{"version":2,"kept_at":"{NOW}","usable_until":null,"value":1}}"#);
        file::write(&drawer.path("n"), text.as_bytes()).unwrap();
        assert_eq!(drawer.read::<u32>("n", now()), None);
        assert!(store.remarks().is_empty());
    }

    #[test]
    fn a_place_that_cannot_be_written_is_remarked_and_survived() {
        let dir = TempDir::new().unwrap();
        fs::write(dir.path().join("volq"), "a file in the way").unwrap();
        let store = Store::at(dir.path().join("volq"));
        let mark = AccountMark::new("http://x", &Secret::new("a"), &Secret::new("b"));
        let drawer = store.drawer(Kind::Tokens, &mark);
        drawer.write("n", &kept(7));
        assert_eq!(drawer.read::<u32>("n", now()), None);
        let remarks = store.remarks().join("\n");
        assert!(remarks.contains("--no-cache does without"), "{remarks}");
    }

    #[tokio::test]
    async fn one_gets_it_and_everybody_has_it() {
        let (_dir, _store, drawer) = store();
        let fetches = std::sync::atomic::AtomicU32::new(0);
        let one = || async {
            match drawer.find("n", now, soon(), |_| true).await.unwrap() {
                Found::Kept(kept) => kept.value,
                Found::Absent(turn) => {
                    tokio::task::yield_now().await;
                    let value = fetches.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1;
                    turn.keep(&kept(value));
                    value
                }
            }
        };
        let all = futures_util::future::join_all((0..8).map(|_| one())).await;
        assert_eq!(all, [1; 8]);
    }

    #[tokio::test]
    async fn a_turn_that_comes_to_nothing_passes_to_the_next() {
        let (_dir, _store, drawer) = store();
        let find = || drawer.find("n", now, soon(), |value: &u32| *value != 7);
        drawer.write("n", &kept(7));
        let Found::Absent(turn) = find().await.unwrap() else {
            panic!("7 is no good");
        };
        turn.discard();
        assert_eq!(drawer.read::<u32>("n", now()), None);
        let Found::Absent(turn) = find().await.unwrap() else {
            panic!("there is nothing");
        };
        drop(turn);
        assert!(matches!(find().await.unwrap(), Found::Absent(_)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_turn_that_never_ends_does_not_keep_others_out() {
        let (_dir, _store, drawer) = store();
        let deadline = Instant::now() + 2 * LONGEST_TURN;
        let stuck = drawer.find("n", now, deadline, |_: &u32| true).await;
        let mine = drawer.find("n", now, deadline, |_: &u32| true).await;
        assert!(matches!(mine, Ok(Found::Absent(_))), "{mine:?}");
        assert!(Instant::now() < deadline);
        drop(stuck);
    }

    #[tokio::test(start_paused = true)]
    async fn somebody_elses_turn_costs_the_deadline_and_no_more() {
        let (_dir, _store, drawer) = store();
        let deadline = Instant::now() + Duration::from_secs(2);
        let turn = drawer.find("n", now, deadline, |_: &u32| true).await;
        let error = drawer.find("n", now, deadline, |_: &u32| true).await;
        assert!(matches!(error, Err(StoreError::Busy(_))));
        drop(turn);
    }

    proptest! {
        #[test]
        fn no_file_makes_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let (_dir, _store, drawer) = store();
            file::write(&drawer.path("n"), &bytes).unwrap();
            let _ = drawer.read::<u32>("n", now());
        }
    }
}
