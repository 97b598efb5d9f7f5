//! Values and field lists of the stream's events, before they become JSON.
//!
//! See `docs/reference/dxlink-protocol.md`, "9. Event types".

/// A value as the stream sends it.
#[derive(Clone, Debug, PartialEq)]
pub enum WireValue {
    /// A `JSONDouble`.
    Number(f64),
    /// An integer, times in milliseconds included.
    Integer(i64),
    /// A word or a name.
    Text(String),
    /// A yes or no.
    Flag(bool),
    /// A number that there is none of; it goes out as `"NaN"`.
    NotAvailable,
}

impl WireValue {
    /// A number if there is one.
    pub(super) fn maybe(number: Option<f64>) -> Self {
        number.map_or(Self::NotAvailable, Self::Number)
    }

    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }
}

/// The fields of one event, in the order of [`fields`] without `eventType` and `eventSymbol`.
pub type Fields = Vec<(&'static str, WireValue)>;

/// Every field of an event type in the order in which the server announces them; `None` for types it has no data for.
pub fn fields(event_type: &str) -> Option<&'static [&'static str]> {
    FIELDS
        .iter()
        .find(|(name, _)| *name == event_type)
        .map(|(_, fields)| *fields)
}

/// A daily bar as the stream sends it.
#[derive(Clone, Debug, PartialEq)]
pub struct Candle {
    /// Packed time and sequence.
    pub index: i64,
    /// Start of the bar in milliseconds since 1970.
    pub time: i64,
    /// Number of trades.
    pub count: i64,
    /// First price.
    pub open: WireValue,
    /// Highest price.
    pub high: WireValue,
    /// Lowest price.
    pub low: WireValue,
    /// Last price.
    pub close: WireValue,
    /// Shares or contracts.
    pub volume: WireValue,
    /// The volatility index at the end of the bar, annual fraction.
    pub imp_volatility: WireValue,
}

impl Candle {
    /// The placeholder that ends a snapshot where no bar stands: no trades and no prices.
    pub fn removed(time: i64) -> Self {
        Self {
            index: index_of(time),
            time,
            count: 0,
            open: WireValue::NotAvailable,
            high: WireValue::NotAvailable,
            low: WireValue::NotAvailable,
            close: WireValue::NotAvailable,
            volume: WireValue::NotAvailable,
            imp_volatility: WireValue::NotAvailable,
        }
    }

    /// The same bar at another time.
    pub(super) fn at(&self, time: i64) -> Self {
        Self {
            index: index_of(time),
            time,
            ..self.clone()
        }
    }

    /// The event's fields under the given flags.
    pub fn fields(&self, event_flags: i64) -> Fields {
        vec![
            ("eventTime", WireValue::Integer(0)),
            ("eventFlags", WireValue::Integer(event_flags)),
            ("index", WireValue::Integer(self.index)),
            ("time", WireValue::Integer(self.time)),
            ("sequence", WireValue::Integer(0)),
            ("count", WireValue::Integer(self.count)),
            ("open", self.open.clone()),
            ("high", self.high.clone()),
            ("low", self.low.clone()),
            ("close", self.close.clone()),
            ("volume", self.volume.clone()),
            ("vwap", WireValue::NotAvailable),
            ("bidVolume", WireValue::NotAvailable),
            ("askVolume", WireValue::NotAvailable),
            ("impVolatility", self.imp_volatility.clone()),
            ("openInterest", WireValue::NotAvailable),
        ]
    }
}

/// Packs a time into an index: seconds above 32 bits, milliseconds above 22 (`docs/reference/dxlink-protocol.md`, "9.
/// Event types").
pub(super) fn index_of(time_ms: i64) -> i64 {
    (time_ms.div_euclid(1000) << 32) | (time_ms.rem_euclid(1000) << 22)
}

const FIELDS: &[(&str, &[&str])] = &[
    (
        "Quote",
        &[
            "eventType",
            "eventSymbol",
            "eventTime",
            "sequence",
            "timeNanoPart",
            "bidTime",
            "bidExchangeCode",
            "bidPrice",
            "bidSize",
            "askTime",
            "askExchangeCode",
            "askPrice",
            "askSize",
        ],
    ),
    ("Trade", TRADE),
    ("TradeETH", TRADE),
    (
        "Summary",
        &[
            "eventType",
            "eventSymbol",
            "eventTime",
            "dayId",
            "dayOpenPrice",
            "dayHighPrice",
            "dayLowPrice",
            "dayClosePrice",
            "dayClosePriceType",
            "prevDayId",
            "prevDayClosePrice",
            "prevDayClosePriceType",
            "prevDayVolume",
            "openInterest",
        ],
    ),
    (
        "Profile",
        &[
            "eventType",
            "eventSymbol",
            "eventTime",
            "description",
            "shortSaleRestriction",
            "tradingStatus",
            "statusReason",
            "haltStartTime",
            "haltEndTime",
            "highLimitPrice",
            "lowLimitPrice",
            "high52WeekPrice",
            "low52WeekPrice",
            "beta",
            "earningsPerShare",
            "dividendFrequency",
            "exDividendAmount",
            "exDividendDayId",
            "shares",
            "freeFloat",
        ],
    ),
    (
        "Greeks",
        &[
            "eventType",
            "eventSymbol",
            "eventTime",
            "eventFlags",
            "index",
            "time",
            "sequence",
            "price",
            "volatility",
            "delta",
            "gamma",
            "theta",
            "rho",
            "vega",
        ],
    ),
    (
        "Underlying",
        &[
            "eventType",
            "eventSymbol",
            "eventTime",
            "eventFlags",
            "index",
            "time",
            "sequence",
            "volatility",
            "frontVolatility",
            "backVolatility",
            "callVolume",
            "putVolume",
            "putCallRatio",
        ],
    ),
    (
        "Candle",
        &[
            "eventType",
            "eventSymbol",
            "eventTime",
            "eventFlags",
            "index",
            "time",
            "sequence",
            "count",
            "open",
            "high",
            "low",
            "close",
            "volume",
            "vwap",
            "bidVolume",
            "askVolume",
            "impVolatility",
            "openInterest",
        ],
    ),
];

const TRADE: &[&str] = &[
    "eventType",
    "eventSymbol",
    "eventTime",
    "time",
    "timeNanoPart",
    "sequence",
    "exchangeCode",
    "price",
    "change",
    "size",
    "dayId",
    "dayVolume",
    "dayTurnover",
    "tickDirection",
    "extendedTradingHours",
];
