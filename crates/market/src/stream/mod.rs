//! The DXLink server of the built-in market: strict about what clients say, scripted in what goes wrong.
//!
//! Written from the protocol alone and sharing no code with the client, so that a misreading of either side shows.
//!
//! See `docs/reference/dxlink-protocol.md`, "16. Simulator notes" and "17. Behaviours a correct client must show".

mod budget;
mod channels;
mod compact;
mod connection;
mod delivery;
mod fault_schedule;
mod feed;
mod handshake;
mod keepalive;
mod layout;
mod outbox;
mod play;
mod scheduled_delivery;
mod session;
mod snapshot;
mod strict;
mod subscriptions;
mod wire;

pub(super) use connection::serve;

#[cfg(test)]
mod tests;
