//! Oddities in the data itself, while every request succeeds.

use serde::Deserialize;

/// What is odd about the data; the default is nothing.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct DataFaults {
    /// Symbols that no source knows, options on them included.
    pub unknown: Vec<String>,
    /// Symbols in which trading is halted.
    pub halted: Vec<String>,
    /// Keys that are missing from metrics.
    pub metrics_without: Vec<MetricGap>,
    /// Symbols whose by-type rows have neither bid nor ask.
    pub without_book: Vec<String>,
    /// What else is odd.
    pub oddities: Vec<Oddity>,
    /// `level` of the quote token; `api` when absent.
    pub quote_token_level: Option<String>,
    /// Requests that an access token is good for.
    pub token_requests: Option<u64>,
    /// Charts have only this many bars.
    pub chart_bars: Option<usize>,
    /// Which daily bars futures contracts have on the stream.
    pub contracts: ContractHistory,
}

impl DataFaults {
    /// Whether the data is odd in this way.
    pub fn has(&self, oddity: Oddity) -> bool {
        self.oddities.contains(&oddity)
    }
}

/// Which daily bars futures contracts have on the stream; the default is those of their last 80 sessions.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct ContractHistory {
    /// The leading contract and later ones have at most this many.
    pub bars: Option<usize>,
    /// Prices of contracts that end before the leading one are multiplied by this.
    pub earlier_level: Option<f64>,
}

/// A way in which data can be odd for every symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Oddity {
    /// By-type rows of options have no greeks.
    OptionsWithoutGreeks,
    /// By-type rows of options have a model price far from the quote.
    StaleGreeks,
    /// Chains name no stream symbols.
    ChainsWithoutStreamerSymbols,
    /// Chains have a second, adjusted root.
    AdjustedChains,
    /// By-type keys are spelled in camel case.
    CamelCase,
    /// By-type decimals are JSON numbers instead of strings.
    DecimalsAsNumbers,
    /// Values missing from metrics are sent as `null`.
    AbsentAsNull,
    /// The customer has delayed quotes only.
    DelayedQuotes,
    /// The customer has no account.
    NoAccount,
    /// Charts have a bar without numbers, a second row for the live day and no order.
    UntidyCharts,
}

/// Keys that are missing from some symbols' metrics.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct MetricGap {
    /// Wire keys, `historical-volatility-30-day` for instance.
    pub keys: Vec<String>,
    /// The symbols concerned.
    #[serde(default)]
    pub symbols: Vec<String>,
    /// Besides those, this share of all symbols, 0 to 1.
    #[serde(default)]
    pub share: f64,
}
