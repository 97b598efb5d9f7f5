//! The markets that commands are run against.

use serde_json::json;

use crate::universe::Universe;

/// Symbols of the market with gaps that are asked for.
pub(crate) const GAPS_OF: usize = 2_000;

/// Of those, how many nobody knows.
const UNKNOWN: usize = 30;

/// What goes wrong in a market.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Scenario {
    /// Nothing.
    Healthy,
    /// The stream is silent about every twentieth symbol.
    Silent,
    /// The stream is refused with 503.
    Refused,
    /// Metrics of one symbol in ten lack historical volatility, and 30 symbols have no price anywhere.
    Gaps,
}

impl Scenario {
    /// The market's script, as JSON.
    pub(crate) fn script(self, universe: &Universe) -> String {
        match self {
            Self::Healthy => json!({}),
            Self::Silent => {
                let silent: Vec<&String> = universe.first(100).iter().step_by(20).collect();
                json!({"stream": [{"faults": {"silent-symbols": silent}}]})
            }
            Self::Refused => json!({"stream": [{"faults": {"refuse-upgrade": 503}}]}),
            Self::Gaps => {
                let symbols = universe.first(GAPS_OF).iter();
                let unknown: Vec<&String> = symbols.step_by(GAPS_OF / UNKNOWN).take(UNKNOWN).collect();
                let keys = [30, 60, 90].map(|days| format!("historical-volatility-{days}-day"));
                json!({"data": {"unknown": unknown, "metrics-without": [{"keys": keys, "share": 0.1}]}})
            }
        }
        .to_string()
    }
}
