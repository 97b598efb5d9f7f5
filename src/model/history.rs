//! Daily history: a session's prices, and by name the windows and estimators of historical volatility.
//!
//! Names and lengths only; the formulas are in `vol`, and which source has bars is not known here.

use jiff::civil::Date;

use super::field::Field;

/// One completed session.
///
/// A source may leave out everything but the close; what it does send need not be consistent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DailyBar {
    /// Session day.
    pub date: Date,
    /// First price.
    pub open: Option<f64>,
    /// Highest price.
    pub high: Option<f64>,
    /// Lowest price.
    pub low: Option<f64>,
    /// Last price, above zero, adjusted for splits only.
    pub close: f64,
}

/// Whether the bar of a day can be used on another day: sessions before today's are over for certain, and tastytrade's
/// own figures end there as well, even in the evening (`docs/reference/legacy-sources.md`, "5. Historical volatility
/// from closes"). `today` is the day in New York, or that of the exchange where a source names one; the session of a
/// future that has begun the evening before bears the later date.
pub fn is_closed(day: Date, today: Date) -> bool {
    day < today
}

macro_rules! windows {
    ($($variant:ident $days:literal $field:ident;)*) => {
        /// A window of historical volatility, named in calendar days as tastytrade does it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum HvWindow {
            $(#[doc = concat!($days, " calendar days.")] $variant,)*
        }

        impl HvWindow {
            /// The menu, shortest first.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The menu as words.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($days),)*];

            /// Its length in calendar days.
            pub const fn days(self) -> usize {
                match self { $(Self::$variant => $days,)* }
            }

            /// The field that holds the volatility over it.
            pub const fn field(self) -> Field {
                match self { $(Self::$variant => Field::$field,)* }
            }

            /// The window of a field; `None` for one that is no historical volatility.
            pub const fn of(field: Field) -> Option<Self> {
                match field { $(Field::$field => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

windows! {
    Days10 10 Hv10;
    Days20 20 Hv20;
    Days30 30 Hv30;
    Days45 45 Hv45;
    Days60 60 Hv60;
    Days90 90 Hv90;
    Days120 120 Hv120;
    Days150 150 Hv150;
    Days180 180 Hv180;
    Days270 270 Hv270;
    Days365 365 Hv365;
}

impl HvWindow {
    /// The windows that tastytrade publishes.
    pub const PUBLISHED: [Self; 3] = [Self::Days30, Self::Days60, Self::Days90];

    /// How many daily returns it holds: 22 per 30 calendar days, rounded, which is what tastytrade's own three have
    /// (`docs/reference/legacy-sources.md`, "5. Historical volatility from closes").
    pub const fn returns(self) -> usize {
        (self.days() * 22 + 15) / 30
    }
}

/// A way to estimate volatility from daily bars.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Estimator {
    /// Simple returns from close to close, around their mean: tastytrade's own.
    #[default]
    Close,
    /// Logarithmic returns from close to close, around their mean.
    Log,
    /// High to low.
    Parkinson,
    /// High to low and open to close.
    GarmanKlass,
    /// Highs and lows against open and close, free of drift.
    RogersSatchell,
    /// Overnight, open to close and Rogers-Satchell, weighted.
    YangZhang,
}

impl Estimator {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Close,
        Self::Log,
        Self::Parkinson,
        Self::GarmanKlass,
        Self::RogersSatchell,
        Self::YangZhang,
    ];

    /// Their names, in the same order.
    pub const NAMES: &'static [&'static str] = &[
        "close",
        "log",
        "parkinson",
        "garman-klass",
        "rogers-satchell",
        "yang-zhang",
    ];

    /// The name a user types.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    /// Whether closes alone are enough.
    pub fn needs_only_closes(self) -> bool {
        matches!(self, Self::Close | Self::Log)
    }

    /// How many bars a window of so many returns takes. What looks back at the previous close takes one more.
    pub fn bars(self, returns: usize) -> usize {
        match self {
            Self::Close | Self::Log | Self::YangZhang => returns + 1,
            Self::Parkinson | Self::GarmanKlass | Self::RogersSatchell => returns,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_hold_twenty_two_returns_per_thirty_days() {
        let returns: Vec<usize> = HvWindow::ALL
            .iter()
            .map(|window| window.returns())
            .collect();
        assert_eq!(returns, [7, 15, 22, 33, 44, 66, 88, 110, 132, 198, 268]);
    }

    #[test]
    fn a_window_and_its_field_share_their_days() {
        for (window, name) in HvWindow::ALL.iter().zip(HvWindow::NAMES) {
            assert_eq!(window.field().name(), format!("hv{name}"));
            assert_eq!(HvWindow::of(window.field()), Some(*window));
            assert_eq!(window.days().to_string(), **name);
        }
        assert_eq!(HvWindow::of(Field::IvHv), None);
    }

    #[test]
    fn names_stand_in_the_order_of_the_estimators() {
        assert_eq!(Estimator::ALL.len(), Estimator::NAMES.len());
        assert_eq!(Estimator::Close.name(), "close");
        assert_eq!(Estimator::GarmanKlass.name(), "garman-klass");
        assert_eq!(Estimator::YangZhang.name(), "yang-zhang");
    }
}
