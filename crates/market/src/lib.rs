//! A built-in market: a seeded, consistent set of prices behind a strict server on loopback.
//!
//! It is written from the descriptions of the protocols and shares no code of this project with the clients that talk to
//! it: symbols, option prices, historical volatility and the session calendar are its own, each held against published
//! numbers. So an error in one side cannot hide in the other. What both agree on is on the wire; what both use are
//! general libraries, for WebSocket frames, JSON and time zones.
//!
//! See `docs/reference/dxlink-protocol.md` for the stream, `docs/reference/tastytrade-rest.md` for REST and
//! `docs/reference/legacy-sources.md`, "1. Yahoo Finance chart API v8" for the chart.
//!
//! [`Server::start`] opens the market, a [`Script`] says what goes wrong, and [`Server::record`] tells what was seen: every
//! request, what was counted and each [`Violation`] of a rule that a polite client keeps.

mod asset;
mod black_scholes;
mod body;
mod calendar;
mod connection;
mod corporate;
mod delay;
mod events;
mod expiry;
mod history;
mod market;
mod number;
mod option;
mod price;
mod quoted;
mod random;
mod realized;
mod record;
mod rest;
mod script;
mod server;
mod stream;
mod surface;
mod synthetic;
mod ticker;
mod tokens;
mod universe;
mod wire;

pub use connection::StreamContext;
pub use market::{Market, TICK};
pub use record::{Arrival, Counter, Place, Record, Recorder, Series, Violation};
pub use script::*;
pub use server::{Server, ServerError, ServerOptions};
pub use synthetic::extra_symbol;
pub use ticker::Ticker;
pub use tokens::{Credentials, Tokens};
pub use wire::{Candle, Fields, WireValue, fields};

/// The example of the package's page is compiled with the tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
