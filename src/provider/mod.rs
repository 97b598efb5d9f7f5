//! Who supplies what, the merge, and the bounded run.
//!
//! Pure: [`ranking`] says who may supply which field, [`merge`] keeps what came and what is still worth waiting for, and
//! `run` is the state machine that decides what is asked when. Each provider has a part in it, which implements `Source`:
//! `dxlink`, `rest` and `legacy`. `derive` computes the fields that nobody sends, once a round is over. [`engine`] performs
//! what a run asks for, and lives as long as somebody has questions.

mod atm;
pub mod completeness;
mod derive;
mod dxlink;
pub mod engine;
mod error;
mod hint;
mod legacy;
mod listing;
pub mod merge;
mod plan;
pub mod ranking;
mod report;
mod rest;
mod run;
mod selection;
mod source;

pub use atm::atm_spreads;
pub use completeness::{Counting, completeness};
pub use engine::{Account, Collected, Engine, Found, Sources, collect};
pub use error::ProviderError;
pub use listing::{Listing, ListingError};
pub use merge::Target;
pub use plan::{Plan, PlannedRequests, PlannedSubscriptions};
pub use ranking::Ranking;
pub use rest::account::{AccountTokens, StreamAccess, TokenDiagnostics};
pub use run::{Chains, Progress, Question};
pub use selection::{Expirations, Selection, SelectionError};
pub use source::{Limits, Timeout};
