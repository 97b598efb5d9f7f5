//! What can go wrong with files and locks.

use std::io;
use std::path::{Path, PathBuf};

/// Something that could not be kept, read or locked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The system said no.
    #[error("{}: {source}", .path.display())]
    Io {
        /// Which file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Others can read the file, so what is in it is no secret.
    #[error("others can read {}; chmod 600 it, or delete it", .0.display())]
    Exposed(PathBuf),
    /// The file belongs to another user.
    #[error("{} belongs to another user; delete it", .0.display())]
    Foreign(PathBuf),
    /// It is not what was written. The reader's own words would quote the file, so they are not kept.
    #[error("{} is damaged; it can be deleted", .0.display())]
    Damaged(PathBuf),
    /// Another process held the lock until the deadline.
    #[error("another process has held {} for too long", .0.display())]
    Busy(PathBuf),
}

impl StoreError {
    /// Wraps what the system said about a path.
    pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        |source| Self::Io {
            path: path.to_owned(),
            source,
        }
    }

    /// Whether there is no such file.
    pub(super) fn is_absence(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}
