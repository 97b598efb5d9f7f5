//! The built-in market: a seeded, consistent set of prices behind a strict server on loopback.
//!
//! It is what `--demo` and `volq simulate` talk to, and the bench that tests drive the client against. It is written
//! from the protocol references alone and knows nothing of the client: what both sides agree on is on the wire.
//! REST: tastytrade-rest; stream: dxlink-protocol; chart: legacy-sources §1.

mod asset;
mod body;
mod calendar;
mod connection;
mod corporate;
mod delay;
mod events;
mod expiry;
mod history;
mod market;
mod price;
mod pulse;
mod quoted;
mod random;
mod record;
mod rest;
mod script;
mod server;
mod stream;
mod surface;
mod tokens;
mod universe;
mod wire;

pub use connection::StreamContext;
pub use market::{Market, TICK};
pub use pulse::Pulse;
pub use record::{Counter, Place, Record, Recorder, Series, Violation};
pub use script::*;
pub use server::{Server, ServerOptions, SimError};
pub use tokens::{Credentials, Tokens};
pub use wire::{Candle, Fields, Wire, fields};
