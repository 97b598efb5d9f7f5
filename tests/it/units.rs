//! Units are fixed per field of a source and never guessed from the size of a number.
//!
//! See `docs/reference/tastytrade-rest.md`, "7.1 `GET /market-metrics`".

use std::collections::BTreeMap;

use market::{Endpoint, ReplyBody, RestFault, RestRule, Script};
use serde_json::{Value, json};

use crate::document::{number, reason};
use crate::harness::{Finished, Harness};

/// A quote of SPY where this is what the broker says about its volatility.
fn quoted(item: Value) -> Finished {
    let mut item = item;
    item["symbol"] = json!("SPY");
    let body = json!({"data": {"items": [item]}, "context": "/market-metrics"});
    let script = Script {
        rest: vec![RestRule::always(
            Endpoint::MarketMetrics,
            RestFault::Reply {
                status: 200,
                body: ReplyBody::Json(body),
                headers: BTreeMap::default(),
            },
        )],
        ..Script::default()
    };
    Harness::with(script)
        .volq("quote SPY --json --provider rest --min-completeness 0")
        .exits(0)
}

#[test]
fn historical_volatility_is_in_percent_points_however_small() {
    let row = quoted(json!({
        "historical-volatility-30-day": "1.2",
        "historical-volatility-60-day": "0.85",
        "historical-volatility-90-day": "212.5",
    }))
    .row("SPY");
    assert_eq!(number(&row, "hv30"), 1.2);
    assert_eq!(number(&row, "hv60"), 0.85);
    assert_eq!(number(&row, "hv90"), 212.5);
}

#[test]
fn an_index_of_implied_volatility_is_a_fraction_however_large() {
    for (sent, shown) in [
        ("3.0", 300.0),
        ("0.261833862", 26.183_386_2),
        ("0.009", 0.9),
    ] {
        let row = quoted(json!({"implied-volatility-index": sent})).row("SPY");
        assert!((number(&row, "iv") - shown).abs() < 1e-7, "{sent}: {row:#}");
    }
}

#[test]
fn ranks_and_percentiles_are_fractions() {
    let row = quoted(json!({
        "implied-volatility-index-rank": "0.223",
        "tos-implied-volatility-index-rank": "0.223",
        "implied-volatility-percentile": "1.0",
        "implied-volatility-index-5-day-change": "-0.0147",
        "dividend-yield": "0.003491191",
    }))
    .row("SPY");
    let close = |field: &str, expected: f64| {
        assert!(
            (number(&row, field) - expected).abs() < 1e-7,
            "{field}: {row:#}"
        );
    };
    close("ivr", 22.3);
    close("ivp", 100.0);
    close("iv5d", -1.47);
    close("div_yield", 0.349_119_1);
}

#[test]
fn ratios_floor_the_historical_volatility_at_five_points() {
    let row = quoted(json!({
        "implied-volatility-index": "0.10",
        "historical-volatility-30-day": "1.2",
        "historical-volatility-90-day": "2.0",
    }))
    .row("SPY");
    let close = |field: &str, expected: f64| {
        assert!(
            (number(&row, field) - expected).abs() < 1e-7,
            "{field}: {row:#}"
        );
    };
    close("vrp", 2.0);
    close("vrp_t", 2.0);
    close("vtr", 0.6);
    close("iv_hv", 8.8);
}

#[test]
fn what_is_not_a_number_is_missing_and_not_zero() {
    for absent in [json!("NaN"), json!(""), json!(null), json!("n/a")] {
        let quote = quoted(json!({
            "implied-volatility-index": absent,
            "implied-volatility-index-rank": absent,
            "historical-volatility-30-day": absent,
            "liquidity-rating": absent,
        }));
        let row = quote.row("SPY");
        for field in ["iv", "ivr", "hv30", "liq", "vrp"] {
            assert!(row[field].is_null(), "{field} of {absent}: {row:#}");
        }
        assert_eq!(reason(&quote.json(), "SPY", "ivr"), "not_provided");
    }
}

#[test]
fn numbers_are_read_from_text_and_from_json_alike() {
    let row = quoted(json!({
        "implied-volatility-index": 0.25,
        "liquidity-rating": "4",
        "market-cap": "4514709583000",
        "beta": -7.14,
    }))
    .row("SPY");
    assert_eq!(number(&row, "iv"), 25.0);
    assert_eq!(number(&row, "liq"), 4.0);
    assert_eq!(number(&row, "market_cap"), 4_514_709_583_000.0);
    assert_eq!(number(&row, "beta"), -7.14);
}

#[test]
fn every_format_shows_the_same_points() {
    let market = Harness::new();
    let shown = market.volq("quote SPY --json").exits(0).row("SPY");
    let csv = market.volq("quote SPY -o csv --fields iv,hv30").exits(0);
    let cells: Vec<f64> = csv
        .stdout
        .lines()
        .nth(1)
        .unwrap()
        .split(',')
        .map(|cell| cell.parse().unwrap())
        .collect();
    assert_eq!(cells, [number(&shown, "iv"), number(&shown, "hv30")]);
    let table = market.volq("quote SPY --fields symbol,iv").exits(0);
    let cell: f64 = table
        .stdout
        .lines()
        .nth(1)
        .and_then(|line| line.split_whitespace().nth(1))
        .unwrap()
        .parse()
        .unwrap();
    assert!(
        (cell - number(&shown, "iv")).abs() <= 0.05,
        "{}",
        table.stdout
    );
}
