//! volq merges a DXLink stream, tastytrade's REST API and a keyless fallback into one honest answer about prices and
//! volatility, field by field, within a bounded time.
//!
//! # Rooms
//!
//! A room knows only the rooms listed beside it; `tests/it/layers.rs` checks this. Rooms are modules of `src/`, or
//! packages of their own in `crates/`, which know nothing of this one.
//!
//! | room | owns | may use |
//! |---|---|---|
//! | [`dxlink`] | the stream's client, a package of its own in `crates/` | – |
//! | [`clock`], [`secret`], [`capped`] | wall time as an argument; redacted text and the login made of it; reading with a limit | – |
//! | [`model`] | symbols, fields, rows, reports | – |
//! | [`vol`] | realised volatility and option maths, pure | model |
//! | [`screen`] | filter expressions, profiles, scores, pure | model |
//! | [`render`] | tables, JSON, CSV | model |
//! | [`settings`] | flags, environment, files → one struct with origins | net, model, secret, capped |
//! | [`net`] | TLS, one HTTP client, deadlines, retries, rate budget | clock, secret |
//! | [`store`] | what is kept between runs: private files, locks, session slots, the record of requests | clock, secret, capped |
//! | [`auth`] | OAuth refresh grant, access token | net, store, clock, secret |
//! | [`tastytrade`] | REST endpoints → model | net, auth, store, model, clock, secret |
//! | [`legacy`] | keyless sources → model | net, model, clock |
//! | [`provider`] | who supplies what, merge, the bounded run | dxlink, tastytrade, legacy, auth, store, net, vol, model, clock, secret |
//! | [`diagnose`] | the way from credentials to the first event, layer by layer | all of the above but screen and render |
//! | [`market`] | the built-in market: a strict server on loopback | – |
//! | [`cli`] | commands; the only room that knows all of them | everything |

pub mod auth;
pub mod capped;
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
pub mod store;
pub mod tastytrade;
pub mod vol;
