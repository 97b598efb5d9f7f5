//! What is in the store, for whoever wants to see or empty it. Locks are no part of it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::de::IgnoredAny;

use super::cache_folder;
use super::error::StoreError;
use super::file;
use super::folders::{CacheKind, Store};

/// One kept file.
#[derive(Debug)]
pub struct CachedFile {
    /// What it is.
    pub kind: CacheKind,
    /// Where it is, seen from the store's folder.
    pub name: PathBuf,
    /// The size of the file in bytes.
    pub bytes: u64,
    /// When it was written; `None` where that cannot be read.
    pub kept_at: Option<Timestamp>,
    /// The moment from which it is not used; `None` where it does not age.
    pub usable_until: Option<Timestamp>,
    /// Why it cannot be used; `None` where only time can tell.
    pub fault: Option<StoreError>,
}

/// What was removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// Files.
    pub files: usize,
    /// Their size, all together.
    pub bytes: u64,
}

impl Store {
    /// Everything that is kept, by kind and name. What is in the files is not told.
    ///
    /// # Errors
    ///
    /// When a folder cannot be read.
    pub fn items(&self) -> Result<Vec<CachedFile>, StoreError> {
        let mut items = Vec::new();
        for kind in CacheKind::ALL {
            for (path, bytes) in files(&self.root().join(kind.name()))? {
                items.push(self.item(kind, &path, bytes));
            }
        }
        Ok(items)
    }

    /// Removes everything of these kinds. A process that is running keeps what it has in memory.
    ///
    /// # Errors
    ///
    /// When a folder cannot be read or a file not be removed.
    pub fn clear(&self, kinds: &[CacheKind]) -> Result<Removed, StoreError> {
        let mut removed = Removed::default();
        for kind in kinds {
            let dir = self.root().join(kind.name());
            for (path, bytes) in files(&dir)? {
                file::remove(&path)?;
                removed.files += 1;
                removed.bytes += bytes;
            }
            // Folders in which somebody has just kept something stay.
            for account in entries(&dir)? {
                let _ = fs::remove_dir(account);
            }
            let _ = fs::remove_dir(dir);
        }
        Ok(removed)
    }

    fn item(&self, kind: CacheKind, path: &Path, bytes: u64) -> CachedFile {
        let name = path.strip_prefix(self.root()).unwrap_or(path).to_owned();
        let item = CachedFile {
            kind,
            name,
            bytes,
            kept_at: None,
            usable_until: None,
            fault: None,
        };
        match cache_folder::read::<IgnoredAny>(path) {
            Ok(kept) => CachedFile {
                kept_at: Some(kept.kept_at),
                usable_until: kept.usable_until,
                ..item
            },
            Err(error) => CachedFile {
                fault: Some(error),
                ..item
            },
        }
    }
}

/// The files of a kind with their sizes, in order: they are in a folder per account.
fn files(dir: &Path) -> Result<Vec<(PathBuf, u64)>, StoreError> {
    let mut files = Vec::new();
    for account in entries(dir)? {
        for path in entries(&account)? {
            // One that has gone in the meantime is not there.
            if let Ok(metadata) = fs::symlink_metadata(&path)
                && !metadata.is_dir()
            {
                files.push((path, metadata.len()));
            }
        }
    }
    files.sort();
    Ok(files)
}

/// What is in a folder; one that is not there is empty.
fn entries(dir: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let found = match fs::read_dir(dir) {
        Ok(found) => found,
        Err(error) if is_no_folder(&error) => return Ok(Vec::new()),
        Err(error) => return Err(StoreError::at(dir)(error)),
    };
    found
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()
        .map_err(StoreError::at(dir))
}

fn is_no_folder(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::super::{AccountMark, CacheEntry};
    use super::*;
    use crate::secret::Secret;

    #[test]
    fn what_is_kept_is_listed_and_removed_and_locks_stay() {
        let dir = TempDir::new().unwrap();
        let store = Store::at(dir.path().join("volq"));
        assert!(store.items().unwrap().is_empty());
        assert_eq!(store.clear(&CacheKind::ALL).unwrap(), Removed::default());

        let mark = |url| AccountMark::new(url, &Secret::new("a"), &Secret::new("b"));
        let now: Timestamp = "2026-11-20T15:00:00Z".parse().unwrap();
        for url in ["http://x", "http://y"] {
            let cache_folder = store.cache_folder(CacheKind::Tokens, &mark(url));
            cache_folder.write("a", &CacheEntry::new("hush", now, None));
        }
        file::open_to_lock(&store.root().join("locks/z/a.lock")).unwrap();
        let items = store.items().unwrap();
        assert_eq!(items.len(), 2);
        assert!(items.iter().all(|item| item.kept_at == Some(now)));
        assert!(!format!("{items:?}").contains("hush"));

        fs::write(store.root().join(&items[0].name), "{").unwrap();
        let fault = store.items().unwrap().remove(0).fault;
        assert!(matches!(fault, Some(StoreError::Damaged(_))), "{fault:?}");

        let bytes = 1 + items[1].bytes;
        let removed = store.clear(&CacheKind::ALL).unwrap();
        assert_eq!(removed, Removed { files: 2, bytes });
        assert!(store.items().unwrap().is_empty());
        assert!(!store.root().join("tokens").exists());
        assert!(store.root().join("locks/z/a.lock").exists());
    }
}
