//! Drives the real binary against the built-in market over real sockets.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod greeks;
mod harness;
mod layers;
mod quote;
