//! Files and folders for the owner alone: written whole or not at all, read only when nobody else could have.
//!
//! The calls block; the files are small and local.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use super::error::StoreError;
use crate::capped::{self, CappedError};

/// No file of ours is larger, bytes.
const LARGEST: u64 = 4 << 20;

/// Makes a folder and those above it, for the owner alone.
pub(super) fn make_private_dir(path: &Path) -> Result<(), StoreError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(StoreError::at(path))
}

/// Puts the text in place of the file in one step: whoever reads sees the old text or the new one, also after a crash.
pub(super) fn write(path: &Path, text: &[u8]) -> Result<(), StoreError> {
    let dir = path.parent().unwrap_or(path);
    make_private_dir(dir)?;
    // Temporary files are made for the owner alone.
    let mut file = tempfile::Builder::new()
        .prefix(".new-")
        .tempfile_in(dir)
        .map_err(StoreError::at(dir))?;
    file.write_all(text).map_err(StoreError::at(path))?;
    file.persist(path)
        .map(drop)
        .map_err(|error| StoreError::at(path)(error.error))
}

/// The bytes of a file that is ours and private.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, StoreError> {
    let failed = |source| StoreError::at(path)(source);
    read_open(path, &mut File::open(path).map_err(failed)?)
}

/// The same of a file that is open already, from where it stands.
pub(super) fn read_open(path: &Path, file: &mut File) -> Result<Vec<u8>, StoreError> {
    let failed = |source| StoreError::at(path)(source);
    guard(path, &file.metadata().map_err(failed)?)?;
    capped::read(file, LARGEST).map_err(|error| match error {
        CappedError::TooLarge { .. } => StoreError::Damaged(path.to_owned()),
        CappedError::Io(source) => failed(source),
    })
}

/// Removes a file; one that is not there is removed already.
pub(super) fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(StoreError::at(path)(error)),
        _ => Ok(()),
    }
}

/// Opens a file to lock it, making it if need be.
pub(super) fn open_to_lock(path: &Path) -> Result<File, StoreError> {
    make_private_dir(path.parent().unwrap_or(path))?;
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(StoreError::at(path))
}

#[cfg(unix)]
fn guard(path: &Path, metadata: &fs::Metadata) -> Result<(), StoreError> {
    use std::os::unix::fs::MetadataExt;
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        return Err(StoreError::Foreign(path.to_owned()));
    }
    if metadata.mode() & 0o077 != 0 {
        return Err(StoreError::Exposed(path.to_owned()));
    }
    Ok(())
}

/// Elsewhere the folder's inherited permissions are what protects the files.
#[cfg(not(unix))]
fn guard(_: &Path, _: &fs::Metadata) -> Result<(), StoreError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    #[test]
    fn what_is_written_is_read_and_leaves_nothing_else_behind() {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("a/b/file.json");
        write(&path, b"one").unwrap();
        write(&path, b"two").unwrap();
        assert_eq!(read(&path).unwrap(), b"two");
        let names = fs::read_dir(path.parent().unwrap()).unwrap();
        assert_eq!(names.count(), 1);
        remove(&path).unwrap();
        remove(&path).unwrap();
        assert!(read(&path).unwrap_err().is_absence());
    }

    #[test]
    fn a_reader_sees_the_old_text_or_the_new_one_and_never_a_part() {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("file");
        let texts = [vec![b'a'; 100_000], vec![b'b'; 200_000]];
        write(&path, &texts[0]).unwrap();
        std::thread::scope(|scope| {
            let writer = scope.spawn(|| {
                for turn in 0..200 {
                    write(&path, &texts[turn % 2]).unwrap();
                }
            });
            while !writer.is_finished() {
                let seen = read(&path).unwrap();
                assert!(texts.contains(&seen), "{} bytes", seen.len());
            }
        });
    }

    #[test]
    fn a_huge_file_is_not_ours() {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("file");
        write(&path, b"x").unwrap();
        let file = OpenOptions::new().write(true).open(&path).unwrap();
        file.set_len(LARGEST + 1).unwrap();
        assert!(matches!(read(&path), Err(StoreError::Damaged(_))));
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_see_what_is_kept() {
        use std::os::unix::fs::PermissionsExt;
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("volq/tokens/file");
        write(&path, b"hush").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
        assert_eq!(mode(&dir.path().join("volq")), 0o700);
        drop(open_to_lock(&dir.path().join("locks/a")).unwrap());
        assert_eq!(mode(&dir.path().join("locks/a")), 0o600);
        for exposed in [0o640, 0o604, 0o620, 0o660] {
            fs::set_permissions(&path, fs::Permissions::from_mode(exposed)).unwrap();
            let error = read(&path).unwrap_err();
            assert!(matches!(error, StoreError::Exposed(_)), "{exposed:o}");
            assert!(error.to_string().contains("chmod 600"), "{error}");
        }
    }
}
