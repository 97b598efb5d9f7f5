//! Made-up stocks answer wherever the usual ones do, and cost nothing until they are asked for.

use super::*;
use crate::synthetic::extra_symbol;

const COUNT: usize = 5_000;

fn with_extra_symbols() -> RestService {
    let mut service = service(Script::default());
    let now = service.market.now();
    service.market = Arc::new(Market::with_extra_symbols(1, now, COUNT));
    service
}

#[test]
fn every_endpoint_and_the_stream_know_them() {
    let service = with_extra_symbols();
    let market = &service.market;
    for number in [0, 1, 2_499, COUNT - 1] {
        let symbol = extra_symbol(number);
        for path in [
            format!("/market-metrics?symbols={symbol}"),
            format!("/market-data/by-type?equity={symbol}"),
            format!("/instruments/equities?symbol[]={symbol}"),
        ] {
            assert_eq!(items(&service, &path)[0]["symbol"], symbol, "{path}");
        }
        let metrics = items(&service, &format!("/market-metrics?symbols={symbol}"));
        assert!(decimal(&metrics[0]["implied-volatility-index-rank"]) <= 1.0);
        assert!(decimal(&metrics[0]["historical-volatility-90-day"]) > 1.0);
        let chain = items(&service, &format!("/option-chains/{symbol}/nested"));
        let option = &chain[0]["expirations"][0]["strikes"][0]["call-streamer-symbol"];
        let option = option.as_str().unwrap();
        assert!(market.event("Greeks", option, 0).is_some(), "{option}");
        let headers = [("user-agent", "Mozilla/5.0")];
        let path = format!("/v8/finance/chart/{symbol}?range=1y&interval=1d");
        let chart = body(&service.answer(&request(&path, &headers, ""), None));
        let closes = &chart["chart"]["result"][0]["indicators"]["quote"][0]["close"];
        assert_eq!(closes.as_array().unwrap().len(), 252);
        for kind in ["Quote", "Trade", "Summary", "Profile", "Underlying"] {
            assert!(market.event(kind, &symbol, 0).is_some(), "{kind} {symbol}");
        }
        assert!(market.candles(&symbol, 0, 0).len() > 300);
    }
    assert!(market.asset(&extra_symbol(COUNT)).is_none());
    assert_eq!(service.recorder.snapshot().violations, []);
    // The four above, and the fund that others are compared with.
    let known = market.histories.iter().filter(|slot| slot.get().is_some());
    assert_eq!(known.count(), 5);
}

#[test]
fn they_stand_in_the_list_together_and_change_no_other() {
    let more = with_extra_symbols().market;
    let usual = service(Script::default()).market;
    let listed: Vec<&str> = more.symbols().collect();
    let first = listed
        .iter()
        .position(|symbol| *symbol == extra_symbol(0))
        .unwrap();
    for (number, symbol) in listed[first..first + COUNT].iter().enumerate() {
        assert_eq!(**symbol, extra_symbol(number));
        assert_eq!(more.position(symbol), Some(first + number));
    }
    let others: Vec<&str> = [&listed[..first], &listed[first + COUNT..]].concat();
    assert_eq!(others, usual.symbols().collect::<Vec<_>>());
    for symbol in ["SPY", "/ESZ26:XCME", ".SPX261218C6800"] {
        let quote = |market: &Market| market.event("Quote", symbol, 3).unwrap();
        assert_eq!(quote(&more), quote(&usual), "{symbol}");
    }
}
