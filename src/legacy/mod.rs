//! The keyless last resort: Yahoo's daily chart, for a last price and for closes to compute volatility from.
//!
//! The source is not contractual, so everything is guarded: which symbols may be asked, how often, how large an answer
//! may be, and every known way in which it lies. Bid, ask and implied volatility do not exist here and are never made
//! up. The room does not know what becomes of the closes.
//!
//! See `docs/reference/legacy-sources.md`, "0. What the fallback can and cannot supply" to "2. Symbol mapping
//! (tastytrade → Yahoo)".

mod clean;
mod client;
mod error;
mod mapping;
mod wire;

pub use client::{ChartClient, ChartRation, Options};
pub use error::LegacyError;
pub use mapping::YahooSymbol;
