//! How fast each kind of endpoint may be asked (tastytrade-rest §6).

use crate::net::{Pacer, Rate};

/// Endpoints that share a ceiling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Endpoint {
    MarketMetrics,
    MarketData,
    OptionChains,
    Equities,
    Futures,
    /// Everything else: single, rare requests.
    Other,
}

/// The published ceiling on everything together, per second.
const OVERALL: f64 = 50.0;

/// A pacer for an overall ceiling. Below the published one only the sum is slowed down; above it the classes speed up in
/// step, which a server of one's own (the built-in market) stands.
pub(super) fn pacer(requests_per_second: f64) -> Pacer<Endpoint> {
    let factor = (requests_per_second / OVERALL).max(1.0);
    let table = [
        // Nothing is published for metrics; large universes need some pace, so a modest one with a small burst.
        (Endpoint::MarketMetrics, Rate::per_second(5.0).with_burst(4)),
        (Endpoint::MarketData, Rate::per_second(2.0)),
        (Endpoint::OptionChains, Rate::per_second(2.0)),
        (Endpoint::Equities, Rate::per_second(2.0)),
        (Endpoint::Futures, Rate::per_second(1.0)),
        (Endpoint::Other, Rate::per_second(2.0).with_burst(2)),
    ];
    Pacer::new(
        Rate::per_second(requests_per_second),
        table.map(|(endpoint, rate)| (endpoint, rate.scaled(factor))),
    )
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
            pacer.acquire(&endpoint, deadline).await.unwrap();
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
        let took = time_for(5, Endpoint::MarketMetrics, 1.0).await;
        assert_eq!(took, Duration::from_secs(4));
    }

    #[tokio::test(start_paused = true)]
    async fn a_higher_overall_ceiling_speeds_every_class_up() {
        let took = time_for(5, Endpoint::MarketData, 5000.0).await;
        assert_eq!(took, Duration::from_millis(20));
    }
}
