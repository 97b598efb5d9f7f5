//! The fields of each event type in the order in which they are announced (see [`fields`](crate::fields)).

use crate::number::round_to;
use crate::wire::{Fields, Wire, index_of};

/// A book at a time.
pub(super) struct Sides {
    pub(super) time: i64,
    pub(super) bid: (Option<f64>, Option<f64>),
    pub(super) ask: (Option<f64>, Option<f64>),
}

impl Sides {
    pub(super) fn quote(&self) -> Fields {
        vec![
            ("eventTime", Wire::Integer(0)),
            ("sequence", Wire::Integer(0)),
            ("timeNanoPart", Wire::Integer(0)),
            ("bidTime", Wire::Integer(self.time)),
            ("bidExchangeCode", Wire::text("Q")),
            ("bidPrice", Wire::maybe(self.bid.0)),
            ("bidSize", Wire::maybe(self.bid.1)),
            ("askTime", Wire::Integer(self.time)),
            ("askExchangeCode", Wire::text("Q")),
            ("askPrice", Wire::maybe(self.ask.0)),
            ("askSize", Wire::maybe(self.ask.1)),
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
            ("eventTime", Wire::Integer(0)),
            ("time", Wire::Integer(self.time)),
            ("timeNanoPart", Wire::Integer(0)),
            ("sequence", Wire::Integer(0)),
            ("exchangeCode", Wire::text("Q")),
            ("price", Wire::Number(self.price)),
            (
                "change",
                Wire::Number(round_to(self.price - self.previous_close, 8)),
            ),
            ("size", Wire::maybe(self.size)),
            ("dayId", Wire::Integer(self.day)),
            ("dayVolume", Wire::maybe(self.volume)),
            ("dayTurnover", Wire::maybe(turnover)),
            ("tickDirection", Wire::text(direction)),
            ("extendedTradingHours", Wire::Flag(self.extended)),
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
    pub(super) open_interest: Wire,
}

impl Day {
    pub(super) fn fields(&self) -> Fields {
        vec![
            ("eventTime", Wire::Integer(0)),
            ("dayId", Wire::Integer(self.session.0)),
            ("dayOpenPrice", Wire::maybe(self.open)),
            (
                "dayHighPrice",
                Wire::maybe(self.range.map(|(high, _)| high)),
            ),
            ("dayLowPrice", Wire::maybe(self.range.map(|(_, low)| low))),
            ("dayClosePrice", Wire::maybe(self.close)),
            ("dayClosePriceType", Wire::text("REGULAR")),
            ("prevDayId", Wire::Integer(self.session.1)),
            ("prevDayClosePrice", Wire::Number(self.previous_close)),
            ("prevDayClosePriceType", Wire::text("FINAL")),
            ("prevDayVolume", Wire::maybe(self.previous_volume)),
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
            ("eventTime", Wire::Integer(0)),
            ("description", Wire::text(self.description.as_str())),
            ("shortSaleRestriction", Wire::text("INACTIVE")),
            ("tradingStatus", Wire::text(status)),
            ("statusReason", Wire::text("")),
            (
                "haltStartTime",
                Wire::Integer(self.halted_at.unwrap_or_default()),
            ),
            ("haltEndTime", Wire::Integer(0)),
            ("highLimitPrice", Wire::NotAvailable),
            ("lowLimitPrice", Wire::NotAvailable),
            (
                "high52WeekPrice",
                Wire::maybe(self.range.map(|(high, _)| high)),
            ),
            (
                "low52WeekPrice",
                Wire::maybe(self.range.map(|(_, low)| low)),
            ),
            ("beta", Wire::maybe(self.beta)),
            ("earningsPerShare", Wire::NotAvailable),
            ("dividendFrequency", Wire::maybe(self.dividend_frequency)),
            (
                "exDividendAmount",
                Wire::maybe(self.dividend.map(|(amount, _)| amount)),
            ),
            (
                "exDividendDayId",
                Wire::Integer(self.dividend.map_or(0, |(_, day)| day)),
            ),
            ("shares", Wire::maybe(self.shares)),
            ("freeFloat", Wire::NotAvailable),
        ]
    }
}

/// The fields that time series begin with.
pub(super) fn series_head(time: i64) -> Fields {
    vec![
        ("eventTime", Wire::Integer(0)),
        ("eventFlags", Wire::Integer(0)),
        ("index", Wire::Integer(index_of(time))),
        ("time", Wire::Integer(time)),
        ("sequence", Wire::Integer(0)),
    ]
}
