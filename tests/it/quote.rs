//! `volq quote` against a healthy market: what it costs, in which order it answers, and what the numbers mean.

use market::Counter;
use serde_json::Value;

use crate::document::{completeness, number, rows, status, symbols};
use crate::harness::Harness;

/// Funds and stocks of the built-in market, fifty of them.
const FIFTY: &str = "SPY IVV VOO QQQ IWM DIA EEM EFA FXI EWZ GLD SLV GDX TLT IEF BIL HYG LQD USO UNG XLE XLF XLK XLV \
                     XLI XLP XLU XLY XBI SMH ARKK KRE IBIT AAPL MSFT NVDA AMZN GOOGL GOOG META TSLA AVGO BRK/B LLY JPM \
                     V MA UNH XOM CVX";

#[test]
fn one_row_per_symbol_in_the_order_asked() {
    let market = Harness::new();
    let quote = market.volq("quote SPY QQQ spy AAPL --json").exits(0);
    let document = quote.json();
    assert_eq!(symbols(&document), ["SPY", "QQQ", "AAPL"]);
    assert_eq!(completeness(&document), 100.0);
}

#[test]
fn fifty_symbols_cost_one_login_one_stream_and_one_metrics_request() {
    let market = Harness::new();
    let quote = market.volq(&format!("quote {FIFTY} --json")).exits(0);
    let document = quote.json();
    let asked: Vec<&str> = FIFTY.split_whitespace().collect();
    assert_eq!((asked.len(), symbols(&document)), (50, asked));
    assert_eq!(completeness(&document), 100.0);

    let record = market.record();
    assert_eq!(record.count(Counter::OauthLogins), 1);
    assert_eq!(record.count(Counter::QuoteTokens), 1);
    assert_eq!(record.count(Counter::StreamConnections), 1);
    assert_eq!(record.count(Counter::StreamLogins), 1);
    assert_eq!(record.requests("market-metrics"), 1);
    assert_eq!(record.requests("chart"), 0, "the others had everything");
    assert_eq!(status(&document, "legacy"), "skipped");
}

#[test]
fn more_symbols_than_fit_a_batch_are_asked_in_two() {
    let market = Harness::new();
    let more = format!("quote {FIFTY} AMD INTC --json");
    let mut command = market.command(&more);
    command.env("VOLQ_REST_BATCH_SIZE", "50");
    let quote = market.run(command, "").exits(0);
    assert_eq!(rows(&quote.json()).len(), 52);
    assert_eq!(market.record().requests("market-metrics"), 2);
    market.volq(&more).exits(0);
    assert_eq!(market.record().requests("market-metrics"), 2 + 1);
}

#[test]
fn a_symbol_asked_three_times_is_subscribed_once() {
    let added = |line: &str| {
        let market = Harness::new();
        market.volq(line).exits(0);
        market.record().count(Counter::SubscriptionsAdded)
    };
    let once = added("quote SPY --json");
    assert!(once > 0);
    assert_eq!(added("quote SPY SPY spy,SPY --json"), once);
}

#[test]
fn every_number_says_where_it_comes_from() {
    let market = Harness::new();
    let row = market.volq("quote AAPL --json").exits(0).row("AAPL");
    let sources = &row["sources"];
    for field in ["bid", "ask", "bid_size", "ask_size", "last", "volume"] {
        assert_eq!(sources[field], "dxlink", "{field}");
    }
    for field in ["iv", "ivr", "ivp", "hv30", "hv60", "hv90", "liq", "beta"] {
        assert_eq!(sources[field], "rest", "{field}");
    }
    for field in ["mid", "mark", "chg", "chg_pct", "vrp", "iv_hv"] {
        assert_eq!(sources[field], "computed", "{field}");
    }
    for (field, value) in row.as_object().unwrap() {
        let is_told = sources.get(field).is_some();
        let is_identity = ["symbol", "sources"].contains(&field.as_str());
        assert_eq!(is_told, !value.is_null() && !is_identity, "{field}");
    }
}

#[test]
fn what_is_calculated_fits_what_it_is_calculated_from() {
    let market = Harness::new();
    let document = market.volq("quote AAPL IWM XLU --json").exits(0).json();
    for row in rows(&document) {
        let of = |field| number(row, field);
        let close = |left: f64, right: f64| {
            assert!((left - right).abs() < 1e-6, "{left} {right} in {row:#}");
        };
        assert!(of("bid") > 0.0 && of("bid") <= of("ask"));
        close(of("mid"), f64::midpoint(of("bid"), of("ask")));
        close(of("mark"), of("mid"));
        close(
            of("spread_pct"),
            (of("ask") - of("bid")) / of("mid") * 100.0,
        );
        close(of("chg"), of("last") - of("prev_close"));
        close(of("chg_pct"), of("chg") / of("prev_close") * 100.0);
        close(of("iv_hv"), of("iv") - of("hv30"));
        close(of("vrp"), of("iv") / of("hv90").max(5.0));
        close(of("vrp_t"), of("iv") / of("hv30").max(5.0));
        close(of("vtr"), of("hv30") / of("hv90"));
        close(of("exp_move_pct"), of("exp_move") / of("mark") * 100.0);
        assert!(of("low") <= of("last") && of("last") <= of("high"));
    }
}

#[test]
fn a_futures_root_says_which_contract_it_stands_for() {
    let market = Harness::new();
    let row = market.volq("quote /es --json").exits(0).row("/ES");
    let contract = row["underlying"].as_str().unwrap();
    assert!(contract.starts_with("/ES") && contract.len() == 5, "{row}");
    let streamer = row["streamer_symbol"].as_str().unwrap();
    assert!(streamer.starts_with("/ES") && streamer.ends_with(":XCME"));
    assert_eq!(row["instrument"], "future");
    assert_eq!(row["sources"]["bid"], "dxlink");
    let own = market
        .volq(&format!("quote {contract} --json"))
        .exits(0)
        .row(contract);
    assert_eq!((&own["bid"], &own["ask"]), (&row["bid"], &row["ask"]));
}

#[test]
fn what_makes_no_sense_for_an_instrument_never_counts() {
    let market = Harness::new();
    let quote = market.volq("quote SPX BTC/USD --json --strict");
    let document = quote.json();
    let missing = document["meta"]["completeness"]["missing"]
        .as_array()
        .unwrap();
    let names = |symbol: &str, field: &str| {
        missing
            .iter()
            .any(|gap| gap["symbol"] == symbol && gap["field"] == field)
    };
    assert!(!names("SPX", "bid") && quote.row("SPX")["bid"].is_null());
    assert!(!names("BTC/USD", "iv") && quote.row("BTC/USD")["iv"].is_null());
    assert!(
        missing.iter().all(|gap| gap["reason"] != "not_applicable"),
        "{missing:#?}"
    );
}

#[test]
fn the_streams_numbers_outrank_those_of_rest() {
    // Both sources stand still and agree on the level, so provenance alone tells them apart.
    let market = Harness::new();
    let both = market.volq("quote SPY --json").exits(0).row("SPY");
    let rest = market
        .volq("quote SPY --json --provider rest")
        .exits(0)
        .row("SPY");
    let source = |row: &Value| row["sources"]["bid"].clone();
    assert_eq!(
        (source(&both), source(&rest)),
        ("dxlink".into(), "rest".into())
    );
    let wish = market
        .volq("quote SPY --json --provider rest,dxlink")
        .exits(0)
        .row("SPY");
    assert_eq!(source(&wish), "rest", "the list is an order of rank");
}

#[test]
fn a_source_that_is_left_out_is_not_asked() {
    let market = Harness::new();
    let document = market.volq("quote SPY --json --no-stream").exits(0).json();
    let record = market.record();
    assert_eq!(record.count(Counter::QuoteTokens), 0);
    assert_eq!(record.count(Counter::UpgradeAttempts), 0);
    assert_eq!(status(&document, "dxlink"), "disabled");

    let document = market
        .volq("quote SPY --json --no-cache --provider legacy --min-completeness 0")
        .exits(0)
        .json();
    let after = market.record();
    assert_eq!(
        after.requests("oauth-token"),
        record.requests("oauth-token")
    );
    assert_eq!(after.requests("chart"), 1);
    assert_eq!(status(&document, "rest"), "disabled");
}

#[test]
fn a_name_is_an_answer_where_it_was_named() {
    let market = Harness::new();
    let quote = market
        .volq("quote SPY --fields symbol,name --json")
        .exits(0);
    assert_eq!(completeness(&quote.json()), 100.0);
    assert!(quote.row("SPY")["name"].is_string());
}
