//! What requests cost: how many there are, and the least time that the rations leave them.

use std::time::Duration;

use super::source::Request;
use crate::tastytrade::EndpointRates;

/// The least time that the rations leave requests that are made at the same moment. The stream's changes are limited by
/// the minute, not by the second, and do not count.
pub(super) fn least_time(requests: &[Request], rations: &EndpointRates) -> Duration {
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
            Request::Quotes(symbols) => {
                (symbols.len().div_ceil(rations.quotes_batch), rations.quotes)
            }
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
