//! Drives the real binary against the built-in market over real sockets.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod cache;
mod citations;
mod completeness_gate;
mod credentials;
mod deadlines;
mod demand;
mod diagnose;
mod document;
mod feed;
mod formats;
mod generated;
mod greeks;
mod harness;
mod history;
mod interrupts;
mod layers;
mod messages;
mod profiles;
mod quote;
mod rates;
#[cfg(unix)]
mod readme;
mod rest_failures;
mod rounds;
mod screening;
mod scripted_server;
mod secrets;
mod settings;
mod slots;
mod stream_auth;
mod stream_channels;
mod stream_config;
mod stream_coverage;
mod stream_deaf;
mod stream_decoding;
mod stream_failures;
mod stream_floods;
mod stream_handshake;
mod stream_keepalive;
mod stream_limits;
mod stream_network;
mod stream_reconnect;
mod stream_robustness;
mod stream_snapshots;
mod stream_subscriptions;
mod stream_tls;
mod symbol_lists;
mod units;
mod usage;
