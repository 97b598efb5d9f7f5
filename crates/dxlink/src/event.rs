//! The market events that are read, as typed records.
//!
//! See `docs/reference/dxlink-protocol.md`, "9. Event types".
//!
//! One table below names every record, its columns and their wire names. The field lists asked from the server, the rows
//! of a batch and how a column is found follow from it; the decoder and the table of newest values have an arm for each
//! type besides, which the compiler asks for. Nothing here knows about frames or sockets.

use std::sync::Arc;

use jiff::Timestamp;

/// A number of the wire. NaN stands for "not available" and is told apart from 0 everywhere.
#[derive(Clone, Copy, Debug)]
pub struct Double(pub f64);

impl Default for Double {
    fn default() -> Self {
        Self(f64::NAN)
    }
}

impl Double {
    /// The number, if it is available and finite.
    pub fn available(self) -> Option<f64> {
        self.0.is_finite().then_some(self.0)
    }
}

impl PartialEq for Double {
    /// Two unavailable numbers are the same content, so that an unchanged event compares equal.
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0 || (self.0.is_nan() && other.0.is_nan())
    }
}

/// Milliseconds since 1970; 0 stands for "unknown".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Millis(pub i64);

impl Millis {
    /// The moment, if it is known and within the calendar.
    pub fn timestamp(self) -> Option<Timestamp> {
        (self.0 > 0)
            .then(|| Timestamp::from_millisecond(self.0).ok())
            .flatten()
    }
}

/// Where one column of a row goes.
#[derive(Debug)]
pub enum Slot<'a> {
    /// A price, a size, a volatility.
    Number(&'a mut Double),
    /// A point in time.
    Time(&'a mut Millis),
    /// A 64-bit integer, exact beyond 2^53.
    Whole(&'a mut i64),
    /// A word.
    Text(&'a mut Option<Arc<str>>),
    /// A yes or no.
    Flag(&'a mut Option<bool>),
}

/// A type of event: a flat record whose columns can be found by wire name.
pub trait Record: Clone + Default + PartialEq + std::fmt::Debug {
    /// The event type.
    const TYPE: EventType;

    /// The number of the column with this wire name.
    fn column(wire_name: &str) -> Option<u8>;

    /// Where the value of a column goes; `None` for a number that [`Record::column`] never gave.
    fn slot(&mut self, column: u8) -> Option<Slot<'_>>;

    /// Calls a reader for each of these columns (bit 0 for column 0) in their order, until it gives up.
    fn fill(&mut self, columns: u16, read: impl FnMut(Slot<'_>) -> Option<()>) -> Option<()>;

    /// The rows of this type in a batch.
    fn rows(batch: &mut Batch) -> &mut Vec<(SymbolId, Self)>;
}

/// Something to do for a type of event that is known only at run time.
pub trait TypedTask {
    /// What comes of it.
    type Output;

    /// Does it for records of this type.
    fn run<T: Record>(self) -> Self::Output;
}

/// A symbol's place in the interner; small and cheap to compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SymbolId(pub u32);

macro_rules! column_type {
    (Number) => { Double };
    (Time) => { Millis };
    (Whole) => { i64 };
    (Text) => { Option<Arc<str>> };
    (Flag) => { Option<bool> };
}

macro_rules! records {
    ($($(#[$about:meta])* $record:ident $rows:ident $wire:literal {
        $($field:ident $kind:ident $column:literal $number:literal $doc:literal;)*
    })*) => {
        /// The event types that can be subscribed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum EventType {
            $($(#[$about])* $record,)*
        }

        impl EventType {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$record,)*];

            /// The name on the wire.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$record => $wire,)* }
            }

            /// The type with this wire name, if it is one that is read.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($wire => Some(Self::$record),)* _ => None }
            }

            /// Does something for the records of this type.
            #[inline]
            pub fn apply<F: TypedTask>(self, task: F) -> F::Output {
                match self { $(Self::$record => task.run::<$record>(),)* }
            }

            /// The field list to ask for. The type comes first and so catches a drift of the columns.
            pub const fn fields(self) -> &'static [&'static str] {
                match self { $(Self::$record => &["eventType", "eventSymbol", $($column,)*],)* }
            }
        }

        $(
            $(#[$about])*
            #[derive(Clone, Debug, Default, PartialEq)]
            pub struct $record {
                $(#[doc = $doc] pub $field: column_type!($kind),)*
            }

            impl Record for $record {
                const TYPE: EventType = EventType::$record;

                fn column(wire_name: &str) -> Option<u8> {
                    match wire_name { $($column => Some($number),)* _ => None }
                }

                #[inline]
                fn slot(&mut self, column: u8) -> Option<Slot<'_>> {
                    match column { $($number => Some(Slot::$kind(&mut self.$field)),)* _ => None }
                }

                #[inline]
                fn fill(
                    &mut self,
                    columns: u16,
                    mut read: impl FnMut(Slot<'_>) -> Option<()>,
                ) -> Option<()> {
                    $(if columns & (1 << $number) != 0 {
                        read(Slot::$kind(&mut self.$field))?;
                    })*
                    Some(())
                }

                fn rows(batch: &mut Batch) -> &mut Vec<(SymbolId, Self)> {
                    &mut batch.$rows
                }
            }
        )*

        /// One event of any type.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Event {
            $($(#[$about])* $record($record),)*
        }

        impl Event {
            /// Gives the type of the event.
            pub fn event_type(&self) -> EventType {
                match self { $(Self::$record(_) => EventType::$record,)* }
            }
        }

        $(impl From<$record> for Event {
            fn from(record: $record) -> Self {
                Self::$record(record)
            }
        })*

        /// The rows of one frame, by type. Reused from frame to frame, so that decoding allocates nothing.
        #[derive(Debug, Default)]
        pub struct Batch {
            $(#[doc = concat!("Rows of type ", $wire, " in wire order.")] pub $rows: Vec<(SymbolId, $record)>,)*
        }

        impl Batch {
            /// Forgets the rows and keeps the memory.
            pub fn clear(&mut self) {
                $(self.$rows.clear();)*
            }

            /// How many rows are in.
            pub fn len(&self) -> usize {
                0 $(+ self.$rows.len())*
            }

            /// Whether no row is in.
            pub fn is_empty(&self) -> bool {
                self.len() == 0
            }
        }
    };
}

records! {
    /// Best bid and offer.
    Quote quotes "Quote" {
        bid_price Number "bidPrice" 0 "Best bid.";
        ask_price Number "askPrice" 1 "Best ask.";
        bid_size Number "bidSize" 2 "Size at the bid; not available for indices.";
        ask_size Number "askSize" 3 "Size at the ask; not available for indices.";
        bid_time Time "bidTime" 4 "Time of the bid, one-second precision.";
        ask_time Time "askTime" 5 "Time of the ask, one-second precision.";
    }
    /// Last trade of the regular session; its day totals cover the whole trading day.
    Trade trades "Trade" {
        price Number "price" 0 "Price of the last trade.";
        size Number "size" 1 "Size of the last trade.";
        day_volume Number "dayVolume" 2 "Shares or contracts traded today.";
        time Time "time" 3 "Time of the trade.";
        day_id Whole "dayId" 4 "Days since 1970 of the trading day.";
    }
    /// Last trade outside the regular session.
    TradeEth extended_trades "TradeETH" {
        price Number "price" 0 "Price of the last trade.";
        size Number "size" 1 "Size of the last trade.";
        day_volume Number "dayVolume" 2 "Shares traded in extended hours.";
        time Time "time" 3 "Time of the trade.";
        extended Flag "extendedTradingHours" 4 "Whether this is newer than the last regular trade.";
    }
    /// Day's prices and the previous close.
    Summary summaries "Summary" {
        day_id Whole "dayId" 0 "Days since 1970 of the trading day.";
        open Number "dayOpenPrice" 1 "First price of the day.";
        high Number "dayHighPrice" 2 "Highest price of the day.";
        low Number "dayLowPrice" 3 "Lowest price of the day.";
        close Number "dayClosePrice" 4 "Close, once the session is over.";
        prev_close Number "prevDayClosePrice" 5 "Close of the previous day.";
        open_interest Number "openInterest" 6 "Open contracts of an option or a future.";
    }
    /// What the instrument is and whether it trades.
    Profile profiles "Profile" {
        description Text "description" 0 "Name.";
        trading_status Text "tradingStatus" 1 "UNDEFINED, HALTED or ACTIVE.";
        beta Number "beta" 2 "Beta against the market.";
    }
    /// Greeks of an option.
    Greeks greeks "Greeks" {
        event_flags Whole "eventFlags" 0 "Transaction and snapshot bits.";
        index Whole "index" 1 "Order in time; exact 64-bit.";
        time Time "time" 2 "Time of the calculation.";
        price Number "price" 3 "Option price the calculation used.";
        volatility Number "volatility" 4 "Implied volatility, annual fraction.";
        delta Number "delta" 5 "Per $1 of the underlying.";
        gamma Number "gamma" 6 "Per $1 of the underlying, twice.";
        theta Number "theta" 7 "$ per day.";
        rho Number "rho" 8 "$ per 1 % of interest rate.";
        vega Number "vega" 9 "$ per volatility point.";
    }
    /// Bar of a price history.
    Candle candles "Candle" {
        event_flags Whole "eventFlags" 0 "Transaction and snapshot bits.";
        index Whole "index" 1 "Order in time; exact 64-bit.";
        time Time "time" 2 "Start of the bar.";
        open Number "open" 3 "First price.";
        high Number "high" 4 "Highest price.";
        low Number "low" 5 "Lowest price.";
        close Number "close" 6 "Last price.";
        volume Number "volume" 7 "Shares or contracts.";
    }
    /// Implied volatility and option volume of an underlying.
    Underlying underlyings "Underlying" {
        time Time "time" 0 "Time of the calculation.";
        volatility Number "volatility" 1 "30-day implied volatility, annual fraction.";
        front_volatility Number "frontVolatility" 2 "Front month, annual fraction.";
        back_volatility Number "backVolatility" 3 "Back month, annual fraction.";
        call_volume Number "callVolume" 4 "Call contracts traded today.";
        put_volume Number "putVolume" 5 "Put contracts traded today.";
        put_call_ratio Number "putCallRatio" 6 "Put volume over call volume.";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wire_names_lead_back_to_the_type() {
        for event_type in EventType::ALL {
            assert_eq!(EventType::from_name(event_type.name()), Some(*event_type));
            assert_eq!(event_type.fields()[..2], ["eventType", "eventSymbol"]);
        }
        assert_eq!(EventType::from_name("Order"), None);
    }

    #[test]
    fn every_column_has_a_slot_of_its_own() {
        fn check<T: Record>() {
            let mut seen = std::collections::BTreeSet::new();
            for name in &T::TYPE.fields()[2..] {
                let column = T::column(name).unwrap();
                assert!(seen.insert(column), "{name} shares a column");
                assert!(T::default().slot(column).is_some());
            }
        }
        check::<Quote>();
        check::<Trade>();
        check::<TradeEth>();
        check::<Summary>();
        check::<Profile>();
        check::<Greeks>();
        check::<Candle>();
        check::<Underlying>();
    }

    #[test]
    fn not_available_is_neither_zero_nor_a_change() {
        assert_eq!(Double::default().available(), None);
        assert_eq!(Double(f64::INFINITY).available(), None);
        assert_eq!(Double::default(), Double(f64::NAN));
        assert_ne!(Double::default(), Double(0.0));
        assert_eq!(Millis(0).timestamp(), None);
    }
}
