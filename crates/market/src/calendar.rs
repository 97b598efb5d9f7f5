//! Session days, holidays and expirations of the US markets, by rule rather than by list.
//!
//! Dates are New York days. It knows no instrument.

use jiff::civil::{Date, DateTime, Weekday, date};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};

/// The day on which New York is at a moment.
pub(super) fn new_york_date(now: Timestamp) -> Date {
    now.to_zoned(zone()).date()
}

/// The zone is in the binary, so that the fallback to UTC never happens in practice.
fn zone() -> TimeZone {
    TimeZone::get("America/New_York").unwrap_or(TimeZone::UTC)
}

/// Where a moment lies with respect to the regular session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    PreMarket,
    Open,
    Extended,
    Closed,
}

impl Phase {
    /// The word of `/market-time` (`docs/reference/tastytrade-rest.md`, "7.9 Market sessions").
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::PreMarket => "Pre-market",
            Self::Open => "Open",
            Self::Extended => "Extended",
            Self::Closed => "Closed",
        }
    }
}

/// The four moments of a session day.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hours {
    pub(super) start: Timestamp,
    pub(super) open: Timestamp,
    pub(super) close: Timestamp,
    pub(super) close_extended: Timestamp,
}

/// The session hours of a day, which need not be a session day.
pub(super) fn hours(day: Date) -> Hours {
    let (close, extended) = if is_half_day(day) { (13, 17) } else { (16, 20) };
    Hours {
        start: at(day, 8, 15),
        open: at(day, 9, 30),
        close: at(day, close, 0),
        close_extended: at(day, extended, 0),
    }
}

/// The moment of a New York wall time.
pub(super) fn at(day: Date, hour: i8, minute: i8) -> Timestamp {
    let local: DateTime = day.at(hour, minute, 0, 0);
    zone()
        .to_ambiguous_zoned(local)
        .compatible()
        .map_or(Timestamp::UNIX_EPOCH, |zoned: Zoned| zoned.timestamp())
}

/// What the equity market is doing at a moment.
pub(super) fn phase(now: Timestamp) -> Phase {
    let day = new_york_date(now);
    if !is_session(day) {
        return Phase::Closed;
    }
    let hours = hours(day);
    if now < hours.start || now >= hours.close_extended {
        Phase::Closed
    } else if now < hours.open {
        Phase::PreMarket
    } else if now < hours.close {
        Phase::Open
    } else {
        Phase::Extended
    }
}

/// Whether the exchanges open on a day.
pub(super) fn is_session(day: Date) -> bool {
    !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) && !is_holiday(day)
}

/// The first session day at or after a day.
pub(super) fn session_from(mut day: Date) -> Date {
    while !is_session(day) {
        day = tomorrow(day);
    }
    day
}

/// The last session day at or before a day.
pub(super) fn session_until(mut day: Date) -> Date {
    while !is_session(day) {
        day = yesterday(day);
    }
    day
}

/// The session day before a day.
pub(super) fn previous_session(day: Date) -> Date {
    session_until(yesterday(day))
}

/// The session day after a day.
pub(super) fn next_session(day: Date) -> Date {
    session_from(tomorrow(day))
}

pub(super) fn tomorrow(day: Date) -> Date {
    day.saturating_add(1.day())
}

pub(super) fn yesterday(day: Date) -> Date {
    day.saturating_sub(1.day())
}

/// Days since 1970-01-01, the `day` unit of the stream.
pub(super) fn day_id(day: Date) -> i64 {
    days_between(date(1970, 1, 1), day)
}

/// Calendar days from one date to another.
pub(super) fn days_between(from: Date, to: Date) -> i64 {
    from.until(to).map_or(0, |span| i64::from(span.get_days()))
}

/// The third Friday of a month, moved to the Thursday when the exchanges are closed.
pub(super) fn third_friday(year: i16, month: i8) -> Date {
    session_until(nth_weekday(year, month, 3, Weekday::Friday))
}

/// The n-th given weekday of a month.
pub(super) fn nth_weekday(year: i16, month: i8, nth: i8, weekday: Weekday) -> Date {
    let first = date(year, month, 1);
    first.nth_weekday_of_month(nth, weekday).unwrap_or(first)
}

fn is_holiday(day: Date) -> bool {
    let (year, month) = (day.year(), day.month());
    let observed = |month, of_month| observed(date(year, month, of_month)) == day;
    match month {
        // A New Year's Day on a Saturday is not moved into the old year.
        1 => {
            day == date(year, 1, 1)
                || (day == date(year, 1, 2) && day.weekday() == Weekday::Monday)
                || day == nth_weekday(year, 1, 3, Weekday::Monday)
        }
        2 => day == nth_weekday(year, 2, 3, Weekday::Monday),
        3 | 4 => day == good_friday(year),
        5 => day == nth_weekday(year, 5, -1, Weekday::Monday),
        6 => observed(6, 19),
        7 => observed(7, 4),
        9 => day == nth_weekday(year, 9, 1, Weekday::Monday),
        11 => day == nth_weekday(year, 11, 4, Weekday::Thursday),
        12 => observed(12, 25),
        _ => false,
    }
}

/// The day after Thanksgiving and the day before Christmas close early.
fn is_half_day(day: Date) -> bool {
    yesterday(day) == nth_weekday(day.year(), 11, 4, Weekday::Thursday)
        || (day.month() == 12 && day.day() == 24 && is_session(day))
}

fn observed(day: Date) -> Date {
    match day.weekday() {
        Weekday::Saturday => yesterday(day),
        Weekday::Sunday => tomorrow(day),
        _ => day,
    }
}

/// Two days before Easter Sunday (Gauss's computus in the Meeus form).
fn good_friday(year: i16) -> Date {
    let year_number = i32::from(year);
    let (golden, century, of_century) = (year_number % 19, year_number / 100, year_number % 100);
    let correction = (century - (century + 8) / 25 + 1) / 3;
    let moon = (19 * golden + century - century / 4 - correction + 15) % 30;
    let weekday = (32 + 2 * (century % 4) + 2 * (of_century / 4) - moon - of_century % 4) % 7;
    let shift = (golden + 11 * moon + 22 * weekday) / 451;
    let count = moon + weekday - 7 * shift + 114;
    let small = |number: i32| i8::try_from(number).unwrap_or(1);
    date(year, small(count / 31), small(count % 31 + 1)).saturating_sub(2.days())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exchange_holidays_of_2026_are_closed() {
        // Published by the New York Stock Exchange.
        let holidays = [
            (1, 1),
            (1, 19),
            (2, 16),
            (4, 3),
            (5, 25),
            (6, 19),
            (7, 3),
            (9, 7),
            (11, 26),
            (12, 25),
        ];
        let mut day = date(2026, 1, 1);
        while day.year() == 2026 {
            let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
            let holiday = holidays.contains(&(day.month(), day.day()));
            assert_eq!(is_session(day), !weekend && !holiday, "{day}");
            day = tomorrow(day);
        }
        assert!(is_half_day(date(2026, 11, 27)));
        assert!(is_half_day(date(2026, 12, 24)));
    }

    #[test]
    fn the_day_is_new_yorks_in_summer_and_in_winter() {
        for (moment, expected) in [
            ("2026-11-21T04:59:59Z", date(2026, 11, 20)),
            ("2026-11-21T05:00:00Z", date(2026, 11, 21)),
            ("2026-07-03T03:59:59Z", date(2026, 7, 2)),
            ("2026-07-03T04:00:00Z", date(2026, 7, 3)),
        ] {
            assert_eq!(new_york_date(moment.parse().unwrap()), expected, "{moment}");
        }
    }

    #[test]
    fn third_fridays_avoid_holidays() {
        assert_eq!(third_friday(2026, 12), date(2026, 12, 18));
        // Juneteenth 2026 is the third Friday of June.
        assert_eq!(third_friday(2026, 6), date(2026, 6, 18));
    }

    #[test]
    fn a_day_has_its_phases_in_order() {
        for (moment, expected) in [
            ("2026-11-20T12:00:00Z", Phase::Closed),
            ("2026-11-20T14:00:00Z", Phase::PreMarket),
            ("2026-11-20T14:30:00Z", Phase::Open),
            ("2026-11-20T21:00:00Z", Phase::Extended),
            ("2026-11-21T01:00:00Z", Phase::Closed),
            ("2026-11-21T16:00:00Z", Phase::Closed),
            ("2026-11-27T18:30:00Z", Phase::Extended),
        ] {
            assert_eq!(phase(moment.parse().unwrap()), expected, "{moment}");
        }
    }

    #[test]
    fn the_epoch_day_matches_the_published_one() {
        // 20665 is 2026-07-31 (`docs/reference/dxlink-protocol.md`, "9. Event types").
        assert_eq!(day_id(date(2026, 7, 31)), 20_665);
    }
}
