//! The tastytrade REST client: endpoints in, model types out (tastytrade-rest).
//!
//! Units are settled here and nowhere else; the wire mixes fractions and percent points, strings and numbers. The room
//! does not know which values somebody wants, nor what other sources say.

mod batch;
mod chain;
mod client;
mod customer;
mod error;
mod fault;
mod instruments;
mod limits;
mod metrics;
mod quote_token;
mod quotes;
mod record;
#[cfg(test)]
mod test_support;

pub use batch::Portion;
pub use client::{RestClient, RestClientOptions};
pub use customer::CustomerFacts;
pub use error::TastyError;
pub use fault::ServerFault;
pub use limits::EndpointRates;
pub use quote_token::QuoteToken;
pub use quotes::MarketDataKind;
