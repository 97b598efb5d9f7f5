//! The fields of each event type in the order in which they are announced (see [`fields`](crate::fields)).

use crate::number::round_to;
use crate::wire::{Fields, WireValue, index_of};

/// A book at a time.
pub(super) struct Sides {
    pub(super) time: i64,
    pub(super) bid: (Option<f64>, Option<f64>),
    pub(super) ask: (Option<f64>, Option<f64>),
}

impl Sides {
    pub(super) fn quote(&self) -> Fields {
        vec![
            ("eventTime", WireValue::Integer(0)),
            ("sequence", WireValue::Integer(0)),
            ("timeNanoPart", WireValue::Integer(0)),
            ("bidTime", WireValue::Integer(self.time)),
            ("bidExchangeCode", WireValue::text("Q")),
            ("bidPrice", WireValue::maybe(self.bid.0)),
            ("bidSize", WireValue::maybe(self.bid.1)),
            ("askTime", WireValue::Integer(self.time)),
            ("askExchangeCode", WireValue::text("Q")),
            ("askPrice", WireValue::maybe(self.ask.0)),
            ("askSize", WireValue::maybe(self.ask.1)),
        ]
    }
}

/// A last trade with the totals of its day.
pub(super) struct Print {
    pub(super) time: i64,
    pub(super) price: f64,
    pub(super) previous_close: f64,
    pub(super) size: Option<f64>,
    pub(super) day: i64,
    pub(super) volume: Option<f64>,
    pub(super) extended: bool,
}

impl Print {
    pub(super) fn fields(&self) -> Fields {
        let direction = if self.price < self.previous_close {
            "DOWN"
        } else {
            "UP"
        };
        let turnover = self.volume.map(|volume| round_to(volume * self.price, 2));
        vec![
            ("eventTime", WireValue::Integer(0)),
            ("time", WireValue::Integer(self.time)),
            ("timeNanoPart", WireValue::Integer(0)),
            ("sequence", WireValue::Integer(0)),
            ("exchangeCode", WireValue::text("Q")),
            ("price", WireValue::Number(self.price)),
            (
                "change",
                WireValue::Number(round_to(self.price - self.previous_close, 8)),
            ),
            ("size", WireValue::maybe(self.size)),
            ("dayId", WireValue::Integer(self.day)),
            ("dayVolume", WireValue::maybe(self.volume)),
            ("dayTurnover", WireValue::maybe(turnover)),
            ("tickDirection", WireValue::text(direction)),
            ("extendedTradingHours", WireValue::Flag(self.extended)),
        ]
    }
}

/// A session's prices; the session's and the previous session's day numbers.
pub(super) struct Day {
    pub(super) session: (i64, i64),
    pub(super) open: Option<f64>,
    pub(super) range: Option<(f64, f64)>,
    pub(super) close: Option<f64>,
    pub(super) previous_close: f64,
    pub(super) previous_volume: Option<f64>,
    pub(super) open_interest: WireValue,
}

impl Day {
    pub(super) fn fields(&self) -> Fields {
        vec![
            ("eventTime", WireValue::Integer(0)),
            ("dayId", WireValue::Integer(self.session.0)),
            ("dayOpenPrice", WireValue::maybe(self.open)),
            (
                "dayHighPrice",
                WireValue::maybe(self.range.map(|(high, _)| high)),
            ),
            (
                "dayLowPrice",
                WireValue::maybe(self.range.map(|(_, low)| low)),
            ),
            ("dayClosePrice", WireValue::maybe(self.close)),
            ("dayClosePriceType", WireValue::text("REGULAR")),
            ("prevDayId", WireValue::Integer(self.session.1)),
            ("prevDayClosePrice", WireValue::Number(self.previous_close)),
            ("prevDayClosePriceType", WireValue::text("FINAL")),
            ("prevDayVolume", WireValue::maybe(self.previous_volume)),
            ("openInterest", self.open_interest.clone()),
        ]
    }
}

/// What changes about an instrument once a day or never.
pub(super) struct Profile {
    pub(super) description: String,
    pub(super) halted_at: Option<i64>,
    pub(super) range: Option<(f64, f64)>,
    pub(super) beta: Option<f64>,
    pub(super) dividend_frequency: Option<f64>,
    pub(super) dividend: Option<(f64, i64)>,
    pub(super) shares: Option<f64>,
}

impl Profile {
    pub(super) fn fields(&self) -> Fields {
        let status = if self.halted_at.is_some() {
            "HALTED"
        } else {
            "ACTIVE"
        };
        vec![
            ("eventTime", WireValue::Integer(0)),
            ("description", WireValue::text(self.description.as_str())),
            ("shortSaleRestriction", WireValue::text("INACTIVE")),
            ("tradingStatus", WireValue::text(status)),
            ("statusReason", WireValue::text("")),
            (
                "haltStartTime",
                WireValue::Integer(self.halted_at.unwrap_or_default()),
            ),
            ("haltEndTime", WireValue::Integer(0)),
            ("highLimitPrice", WireValue::NotAvailable),
            ("lowLimitPrice", WireValue::NotAvailable),
            (
                "high52WeekPrice",
                WireValue::maybe(self.range.map(|(high, _)| high)),
            ),
            (
                "low52WeekPrice",
                WireValue::maybe(self.range.map(|(_, low)| low)),
            ),
            ("beta", WireValue::maybe(self.beta)),
            ("earningsPerShare", WireValue::NotAvailable),
            (
                "dividendFrequency",
                WireValue::maybe(self.dividend_frequency),
            ),
            (
                "exDividendAmount",
                WireValue::maybe(self.dividend.map(|(amount, _)| amount)),
            ),
            (
                "exDividendDayId",
                WireValue::Integer(self.dividend.map_or(0, |(_, day)| day)),
            ),
            ("shares", WireValue::maybe(self.shares)),
            ("freeFloat", WireValue::NotAvailable),
        ]
    }
}

/// The fields that time series begin with.
pub(super) fn series_head(time: i64) -> Fields {
    vec![
        ("eventTime", WireValue::Integer(0)),
        ("eventFlags", WireValue::Integer(0)),
        ("index", WireValue::Integer(index_of(time))),
        ("time", WireValue::Integer(time)),
        ("sequence", WireValue::Integer(0)),
    ]
}
