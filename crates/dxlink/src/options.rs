//! How a feed behaves: what its owner chooses.

use std::time::Duration;

use crate::pace::Pacing;

/// How a feed behaves.
#[derive(Clone, Copy, Debug)]
pub struct FeedOptions {
    /// Name and version of the program as the server is told them, such as `scanner/1.2`.
    pub client: &'static str,
    /// Seconds between deliveries to ask for.
    pub aggregation_seconds: f64,
    /// Longest wait for the connection and for each answer on the way to an open channel.
    pub ready_timeout: Duration,
    /// Attempts after a lost connection; 0 for none.
    pub reconnects: u32,
    /// Longest pause between attempts.
    pub longest_pause: Duration,
    /// How many subscriptions may be changed in a while.
    pub pacing: Pacing,
}

impl Default for FeedOptions {
    /// Ten deliveries a second, 5 s for each answer, five attempts with pauses of up to 10 s, what servers accept.
    fn default() -> Self {
        Self {
            client: concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")),
            aggregation_seconds: 0.1,
            ready_timeout: Duration::from_secs(5),
            reconnects: 5,
            longest_pause: Duration::from_secs(10),
            pacing: Pacing::default(),
        }
    }
}
