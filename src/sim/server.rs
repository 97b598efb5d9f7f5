//! The listener: one loopback port for REST, chart and stream.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::market::Market;
use super::pulse::Pulse;
use super::record::Recorder;
use super::script::StreamFaults;
use super::tokens::Tokens;

/// What a stream connection needs from the server.
#[derive(Clone, Debug)]
pub struct StreamContext {
    /// The market it reports.
    pub market: Arc<Market>,
    /// Which tick it is.
    pub pulse: Pulse,
    /// What goes wrong on this connection.
    pub faults: StreamFaults,
    /// The tokens it accepts.
    pub tokens: Arc<Tokens>,
    /// Where it notes what it sees.
    pub recorder: Recorder,
    /// Its number, counted from 1.
    pub connection: u64,
    /// Cancelled when the server is about to stop.
    pub stopping: CancellationToken,
}
