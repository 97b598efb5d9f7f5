//! The keyless daily chart as a source: prices of the day, and historical volatility from closes.

use super::super::merge::{Observation, numbers, values};
use crate::model::instrument::InstrumentClass;
use crate::model::market::DailyChart;
use crate::model::{Estimator, Field, FieldSet, HvWindow, Value, Vol};
use crate::vol;

/// The gaps worth a request where others could have filled them: a missing name or day range is not.
pub(super) fn worth_asking() -> FieldSet {
    let windows = HvWindow::ALL.iter().map(|window| window.field());
    windows.chain([Field::Last, Field::PrevClose]).collect()
}

/// What a chart says.
pub(super) fn observations(chart: &DailyChart, estimator: Estimator) -> Vec<Observation> {
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
    let volatility = HvWindow::ALL.iter().map(|window| {
        let vol = vol::history::of_closes(estimator, &closes, *window);
        (window.field(), vol.map(Vol::percent))
    });
    said.extend(numbers(&volatility.collect::<Vec<_>>(), None));
    let class = class_of(chart).and_then(|class| Value::text(class.name()));
    said.extend(values([
        (Field::Name, chart.name.as_deref().and_then(Value::text)),
        (Field::Instrument, class),
    ]));
    said
}

/// What a chart calls its instrument, if it is one of the classes that volq knows.
pub(super) fn class_of(chart: &DailyChart) -> Option<InstrumentClass> {
    Some(match chart.class.as_deref()? {
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
    use crate::model::{Supply, SymbolKind};

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
        observations(chart, Estimator::Close)
            .iter()
            .any(|o| o.field == field)
    }

    #[test]
    fn a_window_is_never_shortened() {
        assert!(!has(&chart(22), Field::Hv30), "22 returns need 23 closes");
        assert!(has(&chart(23), Field::Hv30) && !has(&chart(23), Field::Hv60));
        assert!(has(&chart(67), Field::Hv90));
    }

    #[test]
    fn closes_do_not_serve_estimators_of_the_range() {
        let said = observations(&chart(70), Estimator::Parkinson);
        assert!(said.iter().all(|o| HvWindow::of(o.field).is_none()));
        let logs = observations(&chart(70), Estimator::Log);
        assert!(logs.iter().any(|o| o.field == Field::Hv90));
    }

    #[test]
    fn it_says_only_what_it_is_known_for() {
        let known = FieldSet::supplied_by(Supply::Chart, SymbolKind::Equity);
        for said in observations(&chart(300), Estimator::Close) {
            assert!(known.contains(said.field), "{said:?}");
        }
    }
}
