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
    /// By-type rows of options have no greeks.
    pub options_without_greeks: bool,
    /// Greeks in by-type rows are those of a price far from the quote.
    pub stale_greeks: bool,
    /// Chains name no stream symbols.
    pub chains_without_streamer_symbols: bool,
    /// Chains have a second, adjusted root.
    pub adjusted_chains: bool,
    /// By-type keys are spelled in camel case.
    pub camel_case: bool,
    /// Decimals are JSON numbers instead of strings.
    pub decimals_as_numbers: bool,
    /// Absent values of metrics are sent as `null`.
    pub absent_as_null: bool,
    /// `level` of the quote token; `api` when absent.
    pub quote_token_level: Option<String>,
    /// The customer has delayed quotes only.
    pub delayed_quotes: bool,
    /// The customer has no account.
    pub no_account: bool,
    /// Requests that an access token is good for.
    pub token_requests: Option<u64>,
    /// Charts have null bars, a second row for the live day and no order.
    pub untidy_charts: bool,
    /// Charts have only this many bars.
    pub chart_bars: Option<usize>,
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
