//! volq merges a DXLink stream, tastytrade's REST API and a keyless fallback into one honest answer about prices and
//! volatility, field by field, within a bounded time.
//!
//! # Rooms
//!
//! A room knows only the rooms listed beside it; `tests/it/layers.rs` checks this. A package of the workspace is a room as
//! well.
//!
//! | room | owns | may use |
//! |---|---|---|
//! | [`dxlink`] | the stream's client, a package of its own in `crates/` | – |
//! | [`clock`], [`secret`] | wall time as an argument; redacted text | – |
//! | [`model`] | symbols, fields, rows, reports | – |
//! | [`vol`] | realised volatility and option maths, pure | model |
//! | [`screen`] | filter expressions, profiles, scores, pure | model |
//! | [`render`] | tables, JSON, CSV | model |
//! | [`settings`] | flags, environment, files → one struct with origins | model, secret |
//! | [`net`] | TLS, one HTTP client, deadlines, retries, rate budget | clock, secret |
//! | [`store`] | what is kept between runs: private files, locks, session slots | clock, secret |
//! | [`auth`] | OAuth refresh grant, access token | net, store, clock, secret |
//! | [`tastytrade`] | REST endpoints → model | net, auth, store, model, clock, secret |
//! | [`legacy`] | keyless sources → model | net, model, clock |
//! | [`provider`] | who supplies what, merge, the bounded run | dxlink, tastytrade, legacy, auth, store, net, vol, model, clock, secret |
//! | [`diagnose`] | the way from credentials to the first event, layer by layer | all of the above but screen and render |
//! | [`sim`] | the built-in market: a strict server on loopback | model, vol, clock |
//! | [`cli`] | commands; the only room that knows all of them | everything |

pub mod auth;
pub mod cli;
pub mod clock;
pub mod diagnose;
pub mod legacy;
pub mod model;
pub mod net;
pub mod provider;
pub mod render;
pub mod screen;
pub mod secret;
pub mod settings;
#[cfg(feature = "demo")]
pub mod sim;
pub mod store;
pub mod tastytrade;
pub mod vol;
