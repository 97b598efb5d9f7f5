//! What the time of a run is held against.

/// Round trips without anything kept: access token, quote token, upgrade, SETUP, AUTH, channel, subscription; and with
/// both tokens kept.
pub(crate) const STREAM: [f64; 2] = [7.0, 5.0];

/// The same without a stream: access token and one request.
pub(crate) const REST: [f64; 2] = [2.0, 1.0];

/// Requests for chains in a second.
const CHAINS_PER_SECOND: f64 = 2.0;

/// Most that a silent or unknown symbol, or a stream that is refused, may add: the time to settle and a tenth of a second.
const SETTLE_MS: f64 = 1_100.0;

/// Most that a run may go on after its timeout.
const AFTER_TIMEOUT_MS: f64 = 250.0;

/// How a bound is put together.
#[derive(Clone, Copy)]
pub(crate) enum Bound {
    /// None is stated.
    None,
    /// Round trips and this many milliseconds, without and with kept tokens. Where the line delays, the first of them
    /// is `delayed_ms`.
    Trips {
        ms: [Option<f64>; 2],
        delayed_ms: Option<f64>,
    },
    /// Round trips, the time that rations take, and half a second for every chain that was asked for.
    Rations { trips: [f64; 2], ms: f64 },
    /// As long as the case of this name, and the time to settle.
    Settled { base: &'static str },
    /// This timeout, in milliseconds, at whatever delay.
    Timeout(f64),
}

/// Circumstances of the runs.
pub(crate) struct Place {
    pub(crate) kept: bool,
    /// Whether the line delays at all.
    pub(crate) delayed: bool,
    pub(crate) trip_ms: f64,
    /// Requests for chains in a run.
    pub(crate) chains: u64,
}

impl Bound {
    /// The case that this is held against.
    pub(crate) fn base(self) -> Option<&'static str> {
        match self {
            Self::Settled { base } => Some(base),
            _ => None,
        }
    }

    /// The bound in milliseconds; `base_ms` is the median of the case that this is held against.
    pub(crate) fn milliseconds(self, place: &Place, base_ms: Option<f64>) -> Option<f64> {
        let tokens = usize::from(place.kept);
        match self {
            Self::None => None,
            Self::Trips { ms, delayed_ms } => {
                let delayed = delayed_ms.filter(|_| place.delayed && !place.kept);
                let beyond = delayed.or(ms[tokens])?;
                Some(STREAM[tokens] * place.trip_ms + beyond)
            }
            Self::Rations { trips, ms } => {
                let chains = place.chains as f64 / CHAINS_PER_SECOND;
                Some(trips[tokens] * place.trip_ms + ms + chains * 1e3)
            }
            Self::Settled { .. } => base_ms.map(|base| base + SETTLE_MS),
            Self::Timeout(ms) => Some(ms + AFTER_TIMEOUT_MS),
        }
    }
}
