//! A cache folder: the files of one kind for one account, and the locks that go with them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use super::cache_entry::CacheEntry;
use super::error::StoreError;
use super::file;
use super::lock::Lock;
use super::warnings::Warnings;

/// Longest wait for somebody else's turn. A login takes a second; a process that was stopped in the middle of one must
/// not keep all others out.
const LONGEST_TURN: Duration = Duration::from_secs(10);

/// One cache folder of a [`Store`](super::Store). Cheap to clone.
#[derive(Clone, Debug)]
pub struct CacheFolder {
    dir: PathBuf,
    /// Locks live elsewhere, so that emptying a cache folder frees nobody's lock.
    locks: PathBuf,
    warnings: Warnings,
}

/// What looking for something that several processes share has found.
#[derive(Debug)]
pub enum Lookup<T> {
    /// It is there.
    Found(CacheEntry<T>),
    /// It is not: this process is the one to get it.
    Absent(FetchTurn),
}

/// The turn of this process to get what several share; it ends when this is dropped.
#[derive(Debug)]
pub struct FetchTurn {
    cache_folder: CacheFolder,
    name: &'static str,
    /// `None` where files cannot be locked or somebody does not end their turn: then everybody gets their own.
    _lock: Option<Lock>,
}

impl CacheFolder {
    pub(super) fn new(dir: PathBuf, locks: PathBuf, warnings: Warnings) -> Self {
        Self {
            dir,
            locks,
            warnings,
        }
    }

    /// What is kept under a name and may still be used. What cannot be read is absent, with a warning.
    pub fn read<T: DeserializeOwned>(&self, name: &str, now: Timestamp) -> Option<CacheEntry<T>> {
        let path = self.path(name);
        let kept = match read(&path) {
            Ok(kept) => kept,
            Err(error) => {
                if !error.is_absence() {
                    self.warnings.note(error);
                }
                return None;
            }
        };
        (kept.is_ours() && kept.is_usable(now)).then_some(kept)
    }

    /// Keeps something under a name, in place of what was there. What cannot be written is not kept, with a warning.
    pub fn write<T: Serialize>(&self, name: &str, kept: &CacheEntry<T>) {
        let path = self.path(name);
        let written = serde_json::to_vec(kept)
            .map_err(|error| StoreError::at(&path)(error.into()))
            .and_then(|text| file::write(&path, &text));
        if let Err(error) = written {
            self.warnings.note(format_args!(
                "nothing can be kept ({error}); --no-cache does without"
            ));
        }
    }

    /// Keeps it no longer.
    pub fn remove(&self, name: &str) {
        if let Err(error) = file::remove(&self.path(name)) {
            self.warnings.note(error);
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
    ) -> Result<Lookup<T>, StoreError> {
        let found = || {
            self.read(name, now())
                .filter(|kept: &CacheEntry<T>| is_good(&kept.value))
        };
        if let Some(kept) = found() {
            return Ok(Lookup::Found(kept));
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
            Some(kept) => Lookup::Found(kept),
            None => Lookup::Absent(FetchTurn {
                cache_folder: self.clone(),
                name,
                _lock: lock,
            }),
        })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.join(format!("{name}.json"))
    }
}

impl FetchTurn {
    /// Keeps what was got for everybody and ends the turn.
    pub fn keep<T: Serialize>(self, kept: &CacheEntry<T>) {
        self.cache_folder.write(self.name, kept);
    }

    /// Drops what is there and ends the turn: it is known to be of no use, and there is nothing in its place.
    pub fn discard(self) {
        self.cache_folder.remove(self.name);
    }
}

pub(super) fn read<T: DeserializeOwned>(path: &Path) -> Result<CacheEntry<T>, StoreError> {
    serde_json::from_slice(&file::read(path)?).map_err(|_| StoreError::Damaged(path.to_owned()))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Duration;

    use proptest::prelude::*;
    use tempfile::TempDir;

    use super::super::{AccountMark, CacheKind, Store};
    use super::*;
    use crate::secret::Secret;

    const NOW: &str = "2026-11-20T15:00:00Z";

    fn now() -> Timestamp {
        NOW.parse().unwrap()
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(20)
    }

    fn store() -> (TempDir, Store, CacheFolder) {
        let dir = TempDir::new().unwrap();
        let store = Store::at(dir.path().join("volq"));
        let mark = AccountMark::new("http://x", &Secret::new("a"), &Secret::new("b"));
        let cache_folder = store.cache_folder(CacheKind::Tokens, &mark);
        (dir, store, cache_folder)
    }

    fn kept(value: u32) -> CacheEntry<u32> {
        CacheEntry::new(value, now(), None)
    }

    #[test]
    fn what_is_kept_is_found_until_it_is_removed() {
        let (_dir, store, cache_folder) = store();
        assert_eq!(cache_folder.read::<u32>("n", now()), None);
        cache_folder.write("n", &kept(7));
        assert_eq!(cache_folder.read("n", now()), Some(kept(7)));
        cache_folder.remove("n");
        assert_eq!(cache_folder.read::<u32>("n", now()), None);
        assert!(store.warnings().is_empty());
    }

    #[test]
    fn a_damaged_file_is_absent_and_warned_of_once() {
        let (_dir, store, cache_folder) = store();
        cache_folder.write("n", &kept(7));
        let path = cache_folder.path("n");
        let whole = fs::read(&path).unwrap();
        for cut in 0..whole.len() {
            file::write(&path, &whole[..cut]).unwrap();
            assert_eq!(cache_folder.read::<u32>("n", now()), None, "{cut}");
        }
        let warnings = store.warnings();
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(warnings[0].contains("is damaged"), "{warnings:?}");
        assert!(!warnings[0].contains("version"), "{warnings:?}");
    }

    #[test]
    fn another_version_is_absent_without_a_word() {
        let (_dir, store, cache_folder) = store();
        let text = format!(r#"{{"version":2,"kept_at":"{NOW}","usable_until":null,"value":1}}"#);
        file::write(&cache_folder.path("n"), text.as_bytes()).unwrap();
        assert_eq!(cache_folder.read::<u32>("n", now()), None);
        assert!(store.warnings().is_empty());
    }

    #[test]
    fn a_place_that_cannot_be_written_is_warned_of_and_survived() {
        let dir = TempDir::new().unwrap();
        fs::write(dir.path().join("volq"), "a file in the way").unwrap();
        let store = Store::at(dir.path().join("volq"));
        let mark = AccountMark::new("http://x", &Secret::new("a"), &Secret::new("b"));
        let cache_folder = store.cache_folder(CacheKind::Tokens, &mark);
        cache_folder.write("n", &kept(7));
        assert_eq!(cache_folder.read::<u32>("n", now()), None);
        let warnings = store.warnings().join("\n");
        assert!(warnings.contains("--no-cache does without"), "{warnings}");
    }

    #[tokio::test]
    async fn one_gets_it_and_everybody_has_it() {
        let (_dir, _store, cache_folder) = store();
        let fetches = std::sync::atomic::AtomicU32::new(0);
        let one = || async {
            match cache_folder.find("n", now, soon(), |_| true).await.unwrap() {
                Lookup::Found(kept) => kept.value,
                Lookup::Absent(turn) => {
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
        let (_dir, _store, cache_folder) = store();
        let find = || cache_folder.find("n", now, soon(), |value: &u32| *value != 7);
        cache_folder.write("n", &kept(7));
        let Lookup::Absent(turn) = find().await.unwrap() else {
            panic!("7 is no good");
        };
        turn.discard();
        assert_eq!(cache_folder.read::<u32>("n", now()), None);
        let Lookup::Absent(turn) = find().await.unwrap() else {
            panic!("there is nothing");
        };
        drop(turn);
        assert!(matches!(find().await.unwrap(), Lookup::Absent(_)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_turn_that_never_ends_does_not_keep_others_out() {
        let (_dir, _store, cache_folder) = store();
        let deadline = Instant::now() + 2 * LONGEST_TURN;
        let stuck = cache_folder.find("n", now, deadline, |_: &u32| true).await;
        let mine = cache_folder.find("n", now, deadline, |_: &u32| true).await;
        assert!(matches!(mine, Ok(Lookup::Absent(_))), "{mine:?}");
        assert!(Instant::now() < deadline);
        drop(stuck);
    }

    #[tokio::test(start_paused = true)]
    async fn somebody_elses_turn_costs_the_deadline_and_no_more() {
        let (_dir, _store, cache_folder) = store();
        let deadline = Instant::now() + Duration::from_secs(2);
        let turn = cache_folder.find("n", now, deadline, |_: &u32| true).await;
        let error = cache_folder.find("n", now, deadline, |_: &u32| true).await;
        assert!(matches!(error, Err(StoreError::Busy(_))));
        drop(turn);
    }

    proptest! {
        #[test]
        fn no_file_makes_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let (_dir, _store, cache_folder) = store();
            file::write(&cache_folder.path("n"), &bytes).unwrap();
            let _ = cache_folder.read::<u32>("n", now());
        }
    }
}
