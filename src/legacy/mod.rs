//! The keyless last resort: Yahoo's daily chart, for a last price and for closes to compute volatility from.
//!
//! The source is not contractual, so everything is guarded: which symbols may be asked, how often, how large an answer
//! may be, and every known way in which it lies. Bid, ask and implied volatility do not exist here and are never made
//! up. The room does not know what becomes of the closes (legacy-sources §0–§2).

mod clean;
mod client;
mod error;
mod mapping;
mod wire;

pub use client::{ChartClient, ChartRation, Options};
pub use error::LegacyError;
pub use mapping::YahooSymbol;
