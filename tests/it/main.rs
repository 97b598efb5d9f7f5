//! Drives the real binary against the built-in market over real sockets.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod diagnose;
mod feed;
mod greeks;
mod harness;
mod layers;
mod puppet;
mod quote;
mod stream_auth;
mod stream_channels;
mod stream_config;
mod stream_coverage;
mod stream_decoding;
mod stream_handshake;
mod stream_keepalive;
mod stream_reconnect;
mod stream_robustness;
mod stream_subscriptions;
