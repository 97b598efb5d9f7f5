//! The keyless daily chart as a source: prices of the day, and historical volatility from closes.

use super::board::Observation;
use super::rest::values;
use super::stream::numbers;
use crate::model::instrument::InstrumentClass;
use crate::model::market::DailyChart;
use crate::model::{Field, FieldSet, Value, Vol};
use crate::vol::realized::HvWindow;

/// The fields a chart can fill.
pub(super) const FIELDS: [Field; 10] = [
    Field::Name,
    Field::Instrument,
    Field::Last,
    Field::High,
    Field::Low,
    Field::PrevClose,
    Field::Volume,
    Field::Hv30,
    Field::Hv60,
    Field::Hv90,
];

/// The gaps worth a request: a missing name or day range is not.
pub(super) fn worth_asking() -> FieldSet {
    FieldSet::of(&[
        Field::Last,
        Field::PrevClose,
        Field::Hv30,
        Field::Hv60,
        Field::Hv90,
    ])
}

/// The historical volatilities, each with the window it is computed over.
pub(super) const WINDOWS: [(Field, HvWindow); 3] = [
    (Field::Hv30, HvWindow::Days30),
    (Field::Hv60, HvWindow::Days60),
    (Field::Hv90, HvWindow::Days90),
];

/// What a chart says.
pub(super) fn observations(chart: &DailyChart) -> Vec<Observation> {
    let closes: Vec<f64> = chart.closes.iter().map(|day| day.close).collect();
    let mut said = numbers(
        &[
            (Field::Last, chart.last),
            (Field::High, chart.high),
            (Field::Low, chart.low),
            (Field::PrevClose, chart.prev_close),
            (Field::Volume, chart.volume),
        ],
        chart.last_at,
    );
    let hv =
        WINDOWS.map(|(field, window)| (field, window.close_to_close(&closes).map(Vol::percent)));
    said.extend(numbers(&hv, None));
    let class = chart
        .class
        .as_deref()
        .and_then(class)
        .and_then(|class| Value::text(class.name()));
    said.extend(values([
        (Field::Name, chart.name.as_deref().and_then(Value::text)),
        (Field::Instrument, class),
    ]));
    said
}

fn class(word: &str) -> Option<InstrumentClass> {
    Some(match word {
        "EQUITY" => InstrumentClass::Equity,
        "ETF" => InstrumentClass::Etf,
        "INDEX" => InstrumentClass::Index,
        "FUTURE" => InstrumentClass::Future,
        "CRYPTOCURRENCY" => InstrumentClass::Crypto,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::model::market::DailyClose;

    fn chart(closes: usize) -> DailyChart {
        let day = |n: usize| DailyClose {
            date: date(2026, 1, 1) + jiff::Span::new().days(i64::try_from(n).unwrap()),
            close: 100.0 + f64::from(u8::try_from(n % 7).unwrap()),
        };
        DailyChart {
            symbol: "SPY".parse().unwrap(),
            source_symbol: "SPY".to_owned(),
            name: None,
            class: Some("ETF".into()),
            last: Some(101.5),
            last_at: None,
            high: None,
            low: None,
            volume: None,
            prev_close: None,
            closes: (0..closes).map(day).collect(),
            doubts: Vec::new(),
        }
    }

    fn has(chart: &DailyChart, field: Field) -> bool {
        observations(chart).iter().any(|o| o.field == field)
    }

    #[test]
    fn a_window_is_never_shortened() {
        assert!(!has(&chart(22), Field::Hv30), "22 returns need 23 closes");
        assert!(has(&chart(23), Field::Hv30) && !has(&chart(23), Field::Hv60));
        assert!(has(&chart(67), Field::Hv90));
    }

    #[test]
    fn it_says_only_what_it_is_known_for() {
        for said in observations(&chart(70)) {
            assert!(FIELDS.contains(&said.field), "{said:?}");
        }
    }
}
