//! A small file that processes change in turn. It is worth nothing for longer than the processes run, so it is neither
//! listed nor cleared, and whatever is wrong with it is for the caller to do without.

use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;

use super::error::StoreError;
use super::file;
use super::lock::Lock;

/// Such a file. Cheap to clone.
#[derive(Clone, Debug)]
pub struct SharedFile {
    path: PathBuf,
}

impl SharedFile {
    /// The file at this path; it is made when it is first changed.
    pub(super) fn at(path: PathBuf) -> Self {
        Self { path }
    }

    /// Hands the bytes of the file to `change` and keeps those it returns in their place, under a lock that only this
    /// takes; `None` leaves the file as it is. Says whether the lock was free; `change` is not called where it was not.
    ///
    /// The bytes are written in place: a process that is killed meanwhile leaves a part of them before a part of the
    /// older ones, which `change` must bear with.
    ///
    /// # Errors
    ///
    /// `Foreign`, `Exposed` and `Damaged` for what is no file of ours or too large for one, `Io` for what the system
    /// says.
    pub fn update(
        &self,
        change: impl FnOnce(&[u8]) -> Option<Vec<u8>>,
    ) -> Result<bool, StoreError> {
        let failed = |source| StoreError::at(&self.path)(source);
        let Some(mut lock) = Lock::try_take(&self.path)? else {
            return Ok(false);
        };
        let file = lock.file();
        // A pipe would be waited for.
        if !file.metadata().map_err(failed)?.is_file() {
            return Err(StoreError::Damaged(self.path.clone()));
        }
        let bytes = file::read_open(&self.path, file)?;
        if let Some(bytes) = change(&bytes) {
            file.seek(SeekFrom::Start(0)).map_err(failed)?;
            file.write_all(&bytes).map_err(failed)?;
            // Cut only now: a file that is emptied and written again is flushed to the disk by some file systems as it is
            // closed, and the lock would be held for milliseconds.
            file.set_len(bytes.len() as u64).map_err(failed)?;
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;

    fn shared(dir: &TempDir) -> SharedFile {
        SharedFile::at(dir.path().join("locks/a/rates.json"))
    }

    #[test]
    fn each_change_sees_the_one_before() {
        let dir = TempDir::new().unwrap();
        let file = shared(&dir);
        for text in ["a longer text", "short", ""] {
            assert!(file.update(|_| Some(text.into())).unwrap());
            let mut seen = Vec::new();
            let looked = file.update(|bytes| {
                seen = bytes.to_vec();
                None
            });
            assert!(looked.unwrap());
            assert_eq!(seen, text.as_bytes());
        }
    }

    #[test]
    fn a_change_under_way_keeps_others_out() {
        let dir = TempDir::new().unwrap();
        let (file, other) = (shared(&dir), shared(&dir));
        let mut inner = None;
        file.update(|_| {
            inner = Some(other.update(|_| panic!("somebody else is at it")).unwrap());
            None
        })
        .unwrap();
        assert_eq!(inner, Some(false));
        assert!(other.update(|_| None).unwrap());
    }

    #[test]
    fn no_change_is_lost_among_many() {
        let dir = TempDir::new().unwrap();
        let count = |bytes: &[u8]| str::from_utf8(bytes).unwrap().parse().unwrap_or(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let file = shared(&dir);
                    for _ in 0..50 {
                        let add = |bytes: &[u8]| Some((count(bytes) + 1_u32).to_string().into());
                        while !file.update(add).unwrap() {
                            std::thread::yield_now();
                        }
                    }
                });
            }
        });
        let path = dir.path().join("locks/a/rates.json");
        assert_eq!(fs::read_to_string(path).unwrap(), "200");
    }

    #[test]
    fn what_is_in_the_way_is_an_error() {
        let dir = TempDir::new().unwrap();
        let file = shared(&dir);
        fs::create_dir_all(dir.path().join("locks/a/rates.json")).unwrap();
        assert!(file.update(|_| None).is_err(), "a folder");
        let elsewhere = SharedFile::at(dir.path().join("file/rates.json"));
        fs::write(dir.path().join("file"), "in the way").unwrap();
        assert!(elsewhere.update(|_| None).is_err(), "no folder");
    }

    #[cfg(unix)]
    #[test]
    fn only_a_file_of_ours_is_read() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let dir = TempDir::new().unwrap();
        let file = shared(&dir);
        file.update(|_| Some(b"[]".to_vec())).unwrap();
        fs::set_permissions(&file.path, fs::Permissions::from_mode(0o644)).unwrap();
        let exposed = file.update(|_| None);
        assert!(matches!(exposed, Err(StoreError::Exposed(_))));
        fs::remove_file(&file.path).unwrap();
        symlink("/dev/zero", &file.path).unwrap();
        assert!(file.update(|_| None).is_err(), "endless");
        fs::remove_file(&file.path).unwrap();
        let made = std::process::Command::new("mkfifo")
            .arg(&file.path)
            .status();
        assert!(made.unwrap().success());
        fs::set_permissions(&file.path, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(file.update(|_| None).is_err(), "nobody writes to it");
    }
}
