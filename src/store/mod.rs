//! What is kept between runs: private files, and locks between processes.
//!
//! A [`Store`] is the folder of everything kept; a [`Drawer`] in it holds the files of one kind for one account. Nothing
//! here may cost a run its answer: what cannot be read is absent, what cannot be written is not kept, and either is a
//! remark for the user. The room does not know what it keeps, nor when that is out of date.

mod drawer;
mod error;
mod file;
mod kept;
mod listing;
mod lock;
mod place;
mod remarks;
mod shared_file;
mod slots;

pub use drawer::{Drawer, Found, Turn};
pub use error::StoreError;
pub use kept::Kept;
pub use listing::{Item, Removed};
pub use lock::Lock;
pub use place::{AccountMark, Kind, Store};
pub use shared_file::SharedFile;
pub use slots::{Holder, Slot, SlotOptions, Slots, SlotsTaken};
