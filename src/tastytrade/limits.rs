//! How fast each kind of endpoint may be asked.
//!
//! See `docs/reference/tastytrade-rest.md`, "6. Rate limits, sizes, concurrency".

use super::{instruments, quotes};
use crate::net::{Pacer, Rate, SharedFault, SharedState};
use crate::store::SharedFile;

/// Endpoints that share a ceiling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Endpoint {
    MarketMetrics,
    MarketData,
    OptionChains,
    Equities,
    Futures,
    /// Everything else: single, rare requests.
    Other,
}

impl Endpoint {
    /// Its name among the processes that share its ceiling.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::MarketMetrics => "market-metrics",
            Self::MarketData => "market-data",
            Self::OptionChains => "option-chains",
            Self::Equities => "equities",
            Self::Futures => "futures",
            Self::Other => "other",
        }
    }
}

/// The published ceiling on everything together, per second.
const OVERALL: f64 = 50.0;

/// How many requests of all kinds may go out at once: the first ones of a run go to different endpoints.
const BURST: u32 = 8;

/// A pacer for an overall ceiling. Up to the published one only the sum is slowed down, and no class is ever faster than
/// published; above it the classes speed up in step, which a server of one's own (the built-in market) stands.
pub(super) fn pacer(requests_per_second: f64) -> Pacer {
    let classes = classes(requests_per_second);
    Pacer::new(
        Rate::per_second(requests_per_second).with_burst(BURST),
        classes.map(|(endpoint, rate)| (endpoint.name(), rate)),
    )
}

fn classes(requests_per_second: f64) -> [(Endpoint, Rate); 6] {
    let factor = (requests_per_second / OVERALL).max(1.0);
    let table = [
        // Nothing is published for metrics; large universes need some pace, so a modest one with a small burst.
        (Endpoint::MarketMetrics, Rate::per_second(5.0).with_burst(4)),
        (Endpoint::MarketData, Rate::per_second(2.0)),
        (Endpoint::OptionChains, Rate::per_second(2.0)),
        (Endpoint::Equities, Rate::per_second(2.0)),
        (Endpoint::Futures, Rate::per_second(1.0)),
        (Endpoint::Other, Rate::per_second(2.0)),
    ];
    table.map(|(endpoint, rate)| (endpoint, rate.scaled(factor)))
}

/// How often the endpoints of a client may be asked, and how many symbols one request may name.
#[derive(Clone, Copy, Debug)]
pub struct EndpointRates {
    /// Symbols of one `/market-metrics` request.
    pub metrics_batch: usize,
    /// Symbols of one `/instruments/equities` request.
    pub equities_batch: usize,
    /// Symbols of one `/market-data/by-type` request.
    pub quotes_batch: usize,
    /// Metrics requests.
    pub metrics: Rate,
    /// By-type requests.
    pub quotes: Rate,
    /// Lists of equities.
    pub equities: Rate,
    /// Lists of futures.
    pub futures: Rate,
    /// Option chains.
    pub chains: Rate,
}

impl EndpointRates {
    /// The rations under an overall ceiling, with batches of metrics of this size.
    pub fn of(requests_per_second: f64, metrics_batch: usize) -> Self {
        let classes = classes(requests_per_second);
        let rate = |endpoint| {
            let found = classes.iter().find(|(other, _)| *other == endpoint);
            found.map_or(Rate::per_second(requests_per_second), |(_, rate)| *rate)
        };
        Self {
            metrics_batch,
            equities_batch: instruments::AT_MOST,
            quotes_batch: quotes::AT_MOST,
            metrics: rate(Endpoint::MarketMetrics),
            quotes: rate(Endpoint::MarketData),
            equities: rate(Endpoint::Equities),
            futures: rate(Endpoint::Futures),
            chains: rate(Endpoint::OptionChains),
        }
    }
}

impl Default for EndpointRates {
    /// The published ones.
    fn default() -> Self {
        Self::of(OVERALL, 200)
    }
}

impl SharedState for SharedFile {
    fn update(&self, change: &mut dyn FnMut(&[u8]) -> Option<Vec<u8>>) -> Result<(), SharedFault> {
        match SharedFile::update(self, change) {
            Ok(true) => Ok(()),
            Ok(false) => Err(SharedFault::Busy),
            Err(error) => {
                tracing::debug!(%error, "the record of the account's requests is of no use");
                Err(SharedFault::Unusable)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::*;

    async fn time_for(requests: usize, endpoint: Endpoint, per_second: f64) -> Duration {
        let pacer = pacer(per_second);
        let started = Instant::now();
        for _ in 0..requests {
            let deadline = started + Duration::from_mins(5);
            pacer.acquire(endpoint.name(), deadline).await.unwrap();
        }
        started.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn quotes_keep_the_published_two_a_second() {
        let took = time_for(5, Endpoint::MarketData, 50.0).await;
        assert_eq!(took, Duration::from_secs(2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_lower_overall_ceiling_slows_every_class() {
        let burst = BURST as usize;
        let took = time_for(burst + 4, Endpoint::MarketMetrics, 1.0).await;
        assert_eq!(took, Duration::from_secs(4));
    }

    #[tokio::test(start_paused = true)]
    async fn up_to_the_published_ceiling_no_class_is_faster_than_published() {
        for (endpoint, requests, seconds) in [
            (Endpoint::MarketMetrics, 9, 1),
            (Endpoint::MarketData, 5, 2),
            (Endpoint::OptionChains, 5, 2),
            (Endpoint::Equities, 5, 2),
            (Endpoint::Futures, 5, 4),
            (Endpoint::Other, 5, 2),
        ] {
            for per_second in [10.0, 50.0] {
                let took = time_for(requests, endpoint, per_second).await;
                assert_eq!(took, Duration::from_secs(seconds), "{endpoint:?}");
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_requests_of_a_run_go_out_together() {
        let pacer = pacer(10.0);
        let began = Instant::now();
        let deadline = began + Duration::from_mins(1);
        for endpoint in [
            Endpoint::MarketMetrics,
            Endpoint::MarketData,
            Endpoint::Equities,
            Endpoint::OptionChains,
            Endpoint::Futures,
            Endpoint::Other,
        ] {
            pacer.acquire(endpoint.name(), deadline).await.unwrap();
        }
        assert_eq!(began.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_higher_overall_ceiling_speeds_every_class_up() {
        let took = time_for(5, Endpoint::MarketData, 5000.0).await;
        assert_eq!(took, Duration::from_millis(20));
    }
}
