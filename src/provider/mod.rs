//! Who supplies which field, the merge, and the bounded run (product §1 and §5).
//!
//! [`plan`] and [`board`] are pure: a ranking of sources per field, and the bookkeeping of what came from whom. Around them
//! each source has a file that turns its answers into observations, and [`run`] drives them all within the deadlines.

mod account;
mod ask;
mod atm;
pub mod board;
mod candles;
mod chart;
pub mod completeness;
mod derive;
mod error;
mod futures;
mod history;
mod listing;
mod news;
pub mod plan;
mod rest;
pub mod run;
mod selection;
mod stream;

pub use account::{AccountGrants, StreamAccess, TokenTrail};
pub use atm::atm_spreads;
pub use board::Target;
pub use completeness::{Counting, completeness};
pub use error::{FailureKind, ProviderError};
pub use listing::{Listing, ListingError, listings};
pub use plan::{Ranking, is_applicable};
pub use run::{Account, Collected, Limits, Progress, Sources, collect};
pub use selection::{Expirations, Selection, SelectionError};
