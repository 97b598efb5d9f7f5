//! Answers of the request-and-reply sources as typed records, units already settled.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use super::symbol::Symbol;
use super::value::Vol;

/// One item of `/market-metrics` (`docs/reference/tastytrade-rest.md`, "7.1 `GET /market-metrics`"). Ranks, percentiles
/// and yields are fractions here.
#[derive(Clone, Debug, PartialEq)]
pub struct Metrics {
    /// The underlying or futures root.
    pub symbol: Symbol,
    /// 30-day implied volatility index, live.
    pub iv_index: Option<Vol>,
    /// Absolute change of the index over 5 days, annual fraction, may be negative.
    pub iv_change_5d: Option<f64>,
    /// Rank over 52 weeks, fraction 0..1.
    pub iv_rank: Option<f64>,
    /// Percentile over 52 weeks, fraction 0..1.
    pub iv_percentile: Option<f64>,
    /// When the implied volatility was computed.
    pub iv_updated_at: Option<Timestamp>,
    /// Historical volatility named 30 days.
    pub hv30: Option<Vol>,
    /// Historical volatility named 60 days.
    pub hv60: Option<Vol>,
    /// Historical volatility named 90 days.
    pub hv90: Option<Vol>,
    /// Implied volatility per expiration, standard chains only, ascending, one entry per date (PM preferred).
    pub expirations: Vec<ExpirationVol>,
    /// Rating 0–5.
    pub liquidity_rating: Option<f64>,
    /// Liquidity rank, can exceed 1.
    pub liquidity_rank: Option<f64>,
    /// Beta against the S&P 500.
    pub beta: Option<f64>,
    /// Correlation with SPY, −1..1.
    pub corr_spy: Option<f64>,
    /// Borrow rate, percent points as sent.
    pub borrow_rate: Option<f64>,
    /// Dividend yield, fraction.
    pub dividend_yield: Option<f64>,
    /// Ex-dividend day.
    pub ex_dividend: Option<Date>,
    /// Expected earnings report; may lie in the past.
    pub earnings_date: Option<Date>,
    /// Time of day of the report, as sent.
    pub earnings_time: Option<Arc<str>>,
    /// Market capitalisation, currency.
    pub market_cap: Option<f64>,
    /// Sector name.
    pub sector: Option<Arc<str>>,
    /// Industry name.
    pub industry: Option<Arc<str>>,
    /// When the item was last changed.
    pub updated_at: Option<Timestamp>,
}

/// Implied volatility of one expiration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExpirationVol {
    /// Expiration day.
    pub date: Date,
    /// Its implied volatility.
    pub iv: Vol,
}

/// One row of `/market-data/by-type` (`docs/reference/tastytrade-rest.md`, "7.3 `GET /market-data/by-type`"). Prices in
/// currency; absent is `None`.
#[derive(Clone, Debug, PartialEq)]
pub struct MarketData {
    /// The contract the row is about.
    pub symbol: Symbol,
    /// `Equity`, `Index`, `Future`, … as sent.
    pub instrument_type: Arc<str>,
    /// When the row was last changed.
    pub updated_at: Option<Timestamp>,
    /// Best bid.
    pub bid: Option<f64>,
    /// Best ask.
    pub ask: Option<f64>,
    /// Size at the bid, as sent.
    pub bid_size: Option<f64>,
    /// Size at the ask, as sent.
    pub ask_size: Option<f64>,
    /// Last trade.
    pub last: Option<f64>,
    /// Session open.
    pub open: Option<f64>,
    /// Session high.
    pub high: Option<f64>,
    /// Session low.
    pub low: Option<f64>,
    /// Previous session's close.
    pub prev_close: Option<f64>,
    /// Session volume, may be fractional.
    pub volume: Option<f64>,
    /// Whether trading is halted.
    pub halted: Option<bool>,
    /// Open contracts, options and futures only.
    pub open_interest: Option<f64>,
    /// Model greeks, options only.
    pub greeks: OptionGreeks,
}

/// Greeks of one option in the units of the output: theta per calendar day, vega per volatility point, rho per 1 %.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct OptionGreeks {
    /// Implied volatility.
    pub iv: Option<Vol>,
    /// Per $1 of the underlying.
    pub delta: Option<f64>,
    /// Per $1 of the underlying, twice.
    pub gamma: Option<f64>,
    /// $ per calendar day.
    pub theta: Option<f64>,
    /// $ per volatility point.
    pub vega: Option<f64>,
    /// $ per 1 % of interest rate.
    pub rho: Option<f64>,
    /// Model price.
    pub theo: Option<f64>,
}

/// A cleaned daily chart from a keyless source (`docs/reference/legacy-sources.md`, "1.2 Rules for clean daily
/// closes").
#[derive(Clone, Debug, PartialEq)]
pub struct DailyChart {
    /// The symbol that was asked.
    pub symbol: Symbol,
    /// What the source calls it: `ES=F` stands for a front month, which is worth saying.
    pub source_symbol: String,
    /// Name of the instrument.
    pub name: Option<Arc<str>>,
    /// Class word as sent (`EQUITY`, `ETF`, …), upper case.
    pub class: Option<Arc<str>>,
    /// Last regular trade.
    pub last: Option<f64>,
    /// Time of that trade.
    pub last_at: Option<Timestamp>,
    /// Session high.
    pub high: Option<f64>,
    /// Session low.
    pub low: Option<f64>,
    /// Session volume.
    pub volume: Option<f64>,
    /// Close of the last completed session before today's.
    pub prev_close: Option<f64>,
    /// Split-adjusted closes of completed sessions up to the previous one, oldest first.
    pub closes: Vec<DailyClose>,
    /// What looked odd: a gap, a suspected unadjusted split.
    pub doubts: Vec<String>,
}

/// One completed session.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DailyClose {
    /// Session day in the exchange's time zone.
    pub date: Date,
    /// Close, adjusted for splits only.
    pub close: f64,
}
