//! `volq quote` against a healthy market.

use crate::harness::Harness;

#[test]
fn one_row_per_symbol_in_the_order_asked() {
    let market = Harness::new();
    let quote = market.volq("quote SPY QQQ spy AAPL --json").exits(0);
    let document = quote.json();
    let symbols: Vec<&str> = document["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["symbol"].as_str().unwrap())
        .collect();
    assert_eq!(symbols, ["SPY", "QQQ", "AAPL"]);
    assert_eq!(document["meta"]["completeness"]["percent"], 100.0);
}
