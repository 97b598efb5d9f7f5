//! The DXLink stream client (dxlink-protocol).
//!
//! Bytes, rules and bookkeeping are apart: [`session`] is a pure state machine, [`decode`] turns frames into typed
//! records, [`ledger`] knows what should be subscribed, [`table`] keeps the newest value per type and symbol, and one
//! task in [`connection`] moves bytes between them and the socket. Everyone else holds a [`Feed`].

pub mod decode;
pub mod event;
pub mod frame;
pub mod message;
pub mod schema;
mod value;
