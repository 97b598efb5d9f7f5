//! What a question will cost before anything connects: requests, subscriptions, and the least time that the rations leave.

use std::collections::BTreeMap;
use std::time::Duration;

use super::source::Request;
use crate::net::Rate;
use crate::tastytrade::EndpointRates;
use dxlink::{EventType, Subscription, limits};

/// What a question asks at first. What the answers leave open is asked later and is not in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// Requests to the account and to the keyless source, by endpoint.
    pub requests: Vec<PlannedRequests>,
    /// Subscriptions by type of event, in the order in which they are sent.
    pub subscriptions: Vec<PlannedSubscriptions>,
    /// Messages that carry the subscriptions.
    pub messages: usize,
    /// Bytes of these messages.
    pub bytes: usize,
    /// The least time that the rations leave the requests.
    pub least: Duration,
}

/// Requests to one endpoint.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlannedRequests {
    /// The endpoint, by its path.
    pub endpoint: &'static str,
    /// How many symbols they name.
    pub symbols: usize,
    /// How many there are.
    pub requests: usize,
    /// From the first to the last of them at least.
    pub least: Duration,
}

/// Subscriptions of one type of event.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlannedSubscriptions {
    /// The type.
    pub event_type: EventType,
    /// How many there are.
    pub count: usize,
}

impl Plan {
    /// What these requests come to.
    pub(super) fn of(requests: &[Request], rations: &EndpointRates) -> Self {
        let mut endpoints: BTreeMap<&'static str, (usize, usize, Rate)> = BTreeMap::new();
        let mut types: BTreeMap<u8, PlannedSubscriptions> = BTreeMap::new();
        let (mut bytes, mut items) = (0_usize, 0_usize);
        for request in requests {
            if let Some((endpoint, symbols, count, rate)) = cost(request, rations) {
                let so_far = endpoints.entry(endpoint).or_insert((0, 0, rate));
                so_far.0 += symbols;
                so_far.1 += count;
            }
            let Request::Subscribe(subscriptions) = request else {
                continue;
            };
            for item in subscriptions {
                let event_type = item.event_type;
                let none = PlannedSubscriptions {
                    event_type,
                    count: 0,
                };
                types.entry(item.rank()).or_insert(none).count += 1;
                bytes += message_bytes(item);
                items += 1;
            }
        }
        let planned = endpoints
            .into_iter()
            .map(|(endpoint, (symbols, requests, rate))| PlannedRequests {
                endpoint,
                symbols,
                requests,
                least: rate.least_time(requests),
            });
        let requests: Vec<_> = planned.collect();
        Self {
            least: requests.iter().map(|of| of.least).max().unwrap_or_default(),
            requests,
            subscriptions: types.into_values().collect(),
            messages: bytes
                .div_ceil(limits::MESSAGE_BYTES)
                .max(items.div_ceil(limits::MESSAGE_ITEMS)),
            bytes,
        }
    }
}

/// Endpoint, symbols, number of requests and ration of a request that costs any.
fn cost(request: &Request, rations: &EndpointRates) -> Option<(&'static str, usize, usize, Rate)> {
    Some(match request {
        Request::Metrics(symbols) => {
            let count = symbols.len().div_ceil(rations.metrics_batch);
            ("/market-metrics", symbols.len(), count, rations.metrics)
        }
        Request::Equities(symbols) => {
            let count = symbols.len().div_ceil(rations.equities_batch);
            (
                "/instruments/equities",
                symbols.len(),
                count,
                rations.equities,
            )
        }
        Request::Quotes(symbols) => {
            let count = symbols.len().div_ceil(rations.quotes_batch);
            ("/market-data/by-type", symbols.len(), count, rations.quotes)
        }
        Request::Futures(products) => ("/instruments/futures", products.len(), 1, rations.futures),
        Request::Chain(_) => ("/option-chains", 1, 1, rations.chains),
        _ => return None,
    })
}

/// Bytes of a subscription within its message: `{"type":"Quote","symbol":"SPY"},`.
fn message_bytes(item: &Subscription) -> usize {
    const AROUND: usize = r#"{"type":"","symbol":""},"#.len();
    AROUND + item.event_type.name().len() + item.symbol.len()
}

/// The least time that the rations leave requests that are made at the same moment. The stream's changes are limited by
/// the minute, not by the second, and do not count.
pub(super) fn least_time(requests: &[Request], rations: &EndpointRates) -> Duration {
    let mut counts: BTreeMap<&'static str, (usize, Rate)> = BTreeMap::new();
    for request in requests {
        if let Some((endpoint, _, count, rate)) = cost(request, rations) {
            counts.entry(endpoint).or_insert((0, rate)).0 += count;
        }
    }
    let longest = counts.values().map(|(count, rate)| rate.least_time(*count));
    longest.max().unwrap_or_default()
}
