//! What can go wrong with the keyless source, by what to do about it.
//!
//! See `docs/reference/legacy-sources.md`, "1.3 Errors".

use crate::model::Symbol;
use crate::net::{NetError, Transient};

/// Why there is no chart.
#[derive(Debug, thiserror::Error)]
pub enum LegacyError {
    /// Yahoo has nothing that is the same thing, so it was not asked.
    #[error("{symbol} has no counterpart at Yahoo: {why}")]
    NoMapping {
        /// What was wanted.
        symbol: Symbol,
        /// Why nothing else may stand for it.
        why: &'static str,
    },
    /// Yahoo says that the symbol does not exist.
    #[error("Yahoo does not know {symbol}")]
    UnknownSymbol {
        /// In Yahoo's spelling.
        symbol: String,
    },
    /// The symbol exists, without a single daily bar.
    #[error("Yahoo has no daily bars for {symbol}")]
    NoData {
        /// In Yahoo's spelling.
        symbol: String,
    },
    /// Status 429. It stands for the rest of the run: asking again would only prolong it.
    #[error(
        "Yahoo refuses to answer (429): either this address sent too many requests, or Yahoo blocks this program or \
         this network however few it sends"
    )]
    Blocked,
    /// A redirect, which is not followed.
    #[error(
        "Yahoo redirects to another page (status {status}), in Europe usually the one that asks for consent to cookies"
    )]
    Consent {
        /// HTTP status.
        status: u16,
    },
    /// A page instead of data, usually during an outage.
    #[error("Yahoo sent a page instead of JSON (status {status})")]
    NotJson {
        /// HTTP status.
        status: u16,
    },
    /// JSON that is no chart, or half of one.
    #[error("the chart of {symbol} cannot be read")]
    Malformed {
        /// In Yahoo's spelling.
        symbol: String,
        /// What the decoder disliked.
        #[source]
        source: serde_json::Error,
    },
    /// Yahoo found fault with the request itself.
    #[error("Yahoo refuses the request for {symbol}: {description} ({code})")]
    Refused {
        /// In Yahoo's spelling.
        symbol: String,
        /// Yahoo's code.
        code: String,
        /// Yahoo's words.
        description: String,
    },
    /// A server fault.
    #[error("Yahoo answered with status {status}")]
    Status {
        /// HTTP status.
        status: u16,
    },
    /// The run has sent as many requests as it may.
    #[error("the budget of {limit} requests to Yahoo per run is used up")]
    Budget {
        /// How many a run may send.
        limit: u32,
    },
    /// No answer at all.
    #[error("Yahoo could not be asked")]
    Net(#[from] NetError),
}

impl LegacyError {
    /// Whether Yahoo was not asked at all: the run has sent as many requests as it may, or the next slot lies past the
    /// deadline.
    pub fn is_out_of_budget(&self) -> bool {
        match self {
            Self::Budget { .. } => true,
            Self::Net(error) => error.is_out_of_budget(),
            _ => false,
        }
    }
}

impl Transient for LegacyError {
    fn is_transient(&self) -> bool {
        match self {
            Self::Status { status } => *status >= 500,
            // An outage page can come with status 200.
            Self::NotJson { .. } => true,
            Self::Net(error) => error.is_retryable(),
            _ => false,
        }
    }

    fn is_out_of_budget(&self) -> bool {
        self.is_out_of_budget()
    }
}
