//! What is kept between runs: private files, and locks between processes.
//!
//! A [`Store`] is the folder of everything kept; a [`CacheFolder`] in it holds the files of one kind for one account. Nothing
//! here may cost a run its answer: what cannot be read is absent, what cannot be written is not kept, and either is a
//! warning for the user. The room does not know what it keeps, nor when that is out of date.

mod cache_entry;
mod cache_folder;
mod error;
mod file;
mod folders;
mod listing;
mod lock;
mod shared_file;
mod slots;
mod warnings;

pub use cache_entry::CacheEntry;
pub use cache_folder::{CacheFolder, FetchTurn, Lookup};
pub use error::StoreError;
pub use folders::{AccountMark, CacheKind, Store};
pub use listing::{CachedFile, Removed};
pub use lock::Lock;
pub use shared_file::SharedFile;
pub use slots::{Holder, SessionSlot, SlotOptions, Slots, SlotsTaken};
