//! TLS, one HTTP client, deadlines, retries and rate budget.
//!
//! The room knows how to move bytes within a bounded time and nothing about what they mean: no endpoint, no token
//! grant, no JSON but its own record of the rations. Every wait ends at a [`tokio::time::Instant`] the caller hands in.

mod answer;
mod backoff;
mod error;
mod http;
mod limit;
mod rations;
#[cfg(test)]
pub(crate) mod responder;
mod retry;
mod schedule;
mod shared_rates;
mod tls;
mod url;

pub use answer::HttpResponse;
pub use backoff::Backoff;
pub use error::NetError;
pub use http::{Http, HttpOptions, HttpRequest};
pub use limit::{Pacer, Rate};
pub use retry::{Retry, Transient};
pub use shared_rates::{SharedFault, SharedState};
pub use tls::websocket_tls;
pub use url::{Url, check_url, is_loopback, is_loopback_host, percent_encoded};
