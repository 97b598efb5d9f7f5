//! Daily bars: sound, in agreement with everything else the market says, and as long as a contract lives.

use super::*;
use crate::realized::historical_volatility;
use crate::script::ContractHistory;

fn market() -> Market {
    Market::new(1, "2026-11-20T15:30:00Z".parse().unwrap())
}

fn number(value: &WireValue) -> f64 {
    match value {
        WireValue::Number(number) => *number,
        other => panic!("{other:?}"),
    }
}

fn field(market: &Market, event_type: &str, symbol: &str, name: &str) -> f64 {
    let event = market.event(event_type, symbol, 7).unwrap();
    let (_, value) = event.iter().find(|(field, _)| *field == name).unwrap();
    number(value)
}

/// Closes of completed sessions by time, oldest first.
fn closes(market: &Market, symbol: &str) -> Vec<(i64, f64)> {
    let today = day_id(market.today()) * 86_400_000;
    let bars = market.candles(symbol, 0, 7);
    let closed = bars.iter().filter(|bar| bar.time < today);
    closed.map(|bar| (bar.time, number(&bar.close))).collect()
}

#[test]
fn bars_are_sound_and_end_with_the_day_of_the_other_events() {
    let market = market();
    for symbol in [
        "SPY",
        "TSLA",
        "SPX",
        "VIX",
        "BTC/USD:CXTALP",
        "/ESZ26:XCME",
        "/CL:XNYM",
    ] {
        let bars = market.candles(symbol, 0, 7);
        for bar in &bars {
            let [open, high, low, close] = [&bar.open, &bar.high, &bar.low, &bar.close].map(number);
            assert!(0.0 < low && low <= open.min(close), "{symbol} {bar:?}");
            assert!(open.max(close) <= high, "{symbol} {bar:?}");
        }
        assert!(
            bars.windows(2)
                .all(|pair| pair[0].time < pair[1].time && pair[0].index < pair[1].index)
        );
        let [.., yesterday, today] = &bars[..] else {
            panic!("{symbol}");
        };
        for (bar, event_type, name, value) in [
            (yesterday, "Summary", "prevDayClosePrice", &yesterday.close),
            (today, "Summary", "dayOpenPrice", &today.open),
            (today, "Summary", "dayHighPrice", &today.high),
            (today, "Summary", "dayLowPrice", &today.low),
            (today, "Trade", "price", &today.close),
        ] {
            let said = field(&market, event_type, symbol, name);
            assert_eq!(said, number(value), "{symbol} {name} {bar:?}");
        }
    }
}

#[test]
fn a_contract_alone_is_too_short_and_the_one_before_it_continues_the_path() {
    let market = market();
    let (lead, earlier) = (
        closes(&market, "/ESZ26:XCME"),
        closes(&market, "/ESU26:XCME"),
    );
    let whole = closes(&market, "/ES:XCME");
    assert!(
        lead.len() < 67 && whole.len() > 300,
        "{} {}",
        lead.len(),
        whole.len()
    );
    // E-mini contracts end on the third Friday: 18 September 2026.
    assert_eq!(earlier.last().unwrap().0, 20_714 * 86_400_000);
    let overlap: Vec<(f64, f64)> = earlier
        .iter()
        .filter_map(|(time, old)| {
            lead.iter()
                .find(|(at, _)| at == time)
                .map(|(_, new)| (*old, *new))
        })
        .collect();
    assert!(overlap.len() > 5, "{}", overlap.len());
    assert!(
        overlap.iter().all(|(old, new)| new / old > 1.005),
        "{overlap:?}"
    );
    let join = lead[0].0;
    let (_, old) = earlier.iter().find(|(time, _)| *time == join).unwrap();
    let ratio = lead[0].1 / old;
    let stitched: Vec<f64> = earlier
        .iter()
        .filter(|(time, _)| *time < join)
        .map(|(_, close)| close * ratio)
        .chain(lead.iter().map(|(_, close)| *close))
        .collect();
    let whole: Vec<f64> = whole.iter().map(|(_, close)| *close).collect();
    let of = |closes: &[f64]| historical_volatility(closes, 66).unwrap();
    assert!(
        (of(&stitched) - of(&whole)).abs() < 0.005,
        "{} {}",
        of(&stitched),
        of(&whole)
    );
}

#[test]
fn an_expired_contract_has_bars_and_nothing_else() {
    let market = market();
    for event_type in ["Quote", "Trade", "Summary", "Profile", "Underlying"] {
        assert_eq!(
            market.event(event_type, "/ESU26:XCME", 0),
            None,
            "{event_type}"
        );
    }
    assert!(market.asset("/ESU6").is_none());
    assert!(market.symbols().all(|symbol| symbol != "/ESU6"));
    assert!(!market.candles("/ESU26:XCME", 0, 0).is_empty());
}

#[test]
fn the_length_of_contracts_and_the_level_of_earlier_ones_are_scripted() {
    let scripted = market().with_contracts(&ContractHistory {
        bars: Some(30),
        earlier_level: Some(1.1),
    });
    assert_eq!(scripted.candles("/ESZ26:XCME", 0, 0).len(), 30);
    let usual = market();
    let bars = |market: &Market| market.candles("/ESU26:XCME", 0, 0);
    assert_eq!(bars(&scripted).len(), bars(&usual).len());
    for (scripted, usual) in bars(&scripted).iter().zip(bars(&usual)) {
        assert!((number(&scripted.close) / number(&usual.close) - 1.1).abs() < 1e-4);
    }
    assert_eq!(
        scripted.candles("/ES:XCME", 0, 0),
        usual.candles("/ES:XCME", 0, 0)
    );
}
