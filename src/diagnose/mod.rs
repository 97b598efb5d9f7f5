//! The way from credentials to the first event, layer by layer.
//!
//! See `docs/reference/tastytrade-rest.md`, "12. `diagnose-access` decision table".
//!
//! Every layer is the real thing: the login, the clients and the stream that `quote` uses, asked in the order in which
//! they depend on each other. Each file judges one group of layers; `run` puts them in order. What a failure of a
//! source means and what to do about it is said by the error itself; how findings are written is not this room's affair.

mod broker;
mod clock;
mod credentials;
mod events;
mod finding;
mod legacy;
mod login;
mod lookup;
mod rest;
mod run;
mod settings;
mod stream;
#[cfg(test)]
mod test_support;
mod verdict;
mod window;

pub use run::{Failing, Findings, Input, diagnose, diagnose_settings};
