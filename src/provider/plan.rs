//! What requests cost: how many there are, and the least time that the rations leave them.

use std::time::Duration;

use super::rest::QUOTES_AT_ONCE;
use super::source::Request;

/// How often endpoints may be asked, and how much one request may ask.
#[derive(Clone, Debug)]
pub(super) struct Rations {
    /// Symbols of one `/market-metrics` request.
    pub(super) metrics_batch: usize,
    /// Symbols of one `/instruments/equities` request.
    pub(super) equities_batch: usize,
    /// Metrics requests.
    pub(super) metrics: crate::net::Rate,
    /// By-type requests.
    pub(super) quotes: crate::net::Rate,
    /// Lists of equities.
    pub(super) equities: crate::net::Rate,
    /// Lists of futures.
    pub(super) futures: crate::net::Rate,
    /// Chains.
    pub(super) chains: crate::net::Rate,
}

impl Default for Rations {
    /// Those of the broker (tastytrade-rest §6).
    fn default() -> Self {
        use crate::net::Rate;
        Self {
            metrics_batch: 200,
            equities_batch: 50,
            metrics: Rate::per_second(5.0).with_burst(4),
            quotes: Rate::per_second(2.0),
            equities: Rate::per_second(2.0),
            futures: Rate::per_second(1.0),
            chains: Rate::per_second(2.0),
        }
    }
}

/// The least time that the rations leave requests that are made at the same moment. The stream's changes are limited by
/// the minute, not by the second, and do not count.
pub(super) fn least_time(requests: &[Request], rations: &Rations) -> Duration {
    let mut chains = 0;
    let mut longest = Duration::ZERO;
    for request in requests {
        let (count, rate) = match request {
            Request::Metrics(symbols) => (
                symbols.len().div_ceil(rations.metrics_batch),
                rations.metrics,
            ),
            Request::Equities(symbols) => (
                symbols.len().div_ceil(rations.equities_batch),
                rations.equities,
            ),
            Request::Quotes(symbols) => (symbols.len().div_ceil(QUOTES_AT_ONCE), rations.quotes),
            Request::Futures(_) => (1, rations.futures),
            Request::Chain(_) => {
                chains += 1;
                (chains, rations.chains)
            }
            _ => continue,
        };
        longest = longest.max(rate.least_time(count));
    }
    longest
}
