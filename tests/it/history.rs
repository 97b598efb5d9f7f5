//! Historical volatility from daily bars: where they come from, how they are joined and kept, and by which estimator.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};
use volq::clock::new_york_date;
use volq::model::Symbol;

use crate::document::{completeness, number, reason, rows, status, warnings};
use crate::harness::{Finished, Harness};
use crate::scripted_server::{Say, ScriptedServer, data};

/// REST publishes no historical volatility at all.
const UNPUBLISHED: &str = r#"{"keys": ["historical-volatility-30-day", "historical-volatility-60-day",
    "historical-volatility-90-day"], "share": 1.0}"#;

/// Long enough for any machine; runs end as soon as everything is in.
const PATIENT: &str = "--listen 20s --timeout 40s";

fn without_published() -> Harness {
    Harness::scripted(&format!(
        r#"{{"data": {{"metrics-without": [{UNPUBLISHED}]}}}}"#
    ))
}

fn quote(market: &Harness, rest: &str) -> Finished {
    market.volq(&format!("quote {rest} --json {PATIENT}"))
}

/// Symbol and start of every history that the market was asked for.
fn asked(market: &Harness) -> Vec<(String, i64)> {
    let series = market.record().series.into_iter();
    series
        .map(|series| (series.symbol, series.from_ms))
        .collect()
}

fn today() -> Date {
    new_york_date(Timestamp::now())
}

fn midnight(day: Date) -> i64 {
    let start = day.to_zoned(TimeZone::UTC).unwrap();
    start.timestamp().as_millisecond()
}

#[test]
fn candles_fill_what_rest_does_not_publish() {
    let (market, healthy) = (without_published(), Harness::new());
    let symbols = "SPY AAPL SPX BRK/B BIL";
    let (filled, published) = (
        quote(&market, symbols).exits(0),
        quote(&healthy, symbols).exits(0),
    );
    let document = filled.json();
    for symbol in symbols.split(' ') {
        let (row, other) = (filled.row(symbol), published.row(symbol));
        for field in ["hv30", "hv60", "hv90"] {
            assert_eq!(row["sources"][field], "dxlink", "{symbol}");
            assert_eq!(other["sources"][field], "rest");
            // REST rounds to cents of a percent.
            let (own, sent) = (number(&row, field), number(&other, field));
            assert!((own - sent).abs() < 0.006, "{symbol} {field}: {own} {sent}");
        }
    }
    assert_eq!(market.record().requests("chart"), 0);
    assert_eq!(status(&document, "legacy"), "skipped");
    assert_eq!(asked(&market).len(), 5);
    assert_eq!(asked(&healthy), [], "what REST has is not asked for");
}

/// The recipe's golden vector (`docs/reference/legacy-sources.md`, "6. Golden vector for the HV recipe"), through the
/// whole program.
#[test]
fn the_published_figures_come_out_of_candles() {
    let closes = [("AAPL", AAPL), ("TSLA", TSLA)];
    let server = ScriptedServer::polite_but("FEED_SUBSCRIPTION", move |_, message| {
        let added = message["add"].as_array().into_iter().flatten();
        added
            .flat_map(|item| match item["type"].as_str() {
                Some("Candle") => {
                    let (_, closes) = closes
                        .iter()
                        .find(|(name, _)| item["symbol"] == format!("{name}{{=d}}"))
                        .unwrap();
                    vec![history(message, item, closes)]
                }
                _ => vec![event(message, item)],
            })
            .collect()
    });
    let market = Harness::new();
    let line = format!("quote AAPL TSLA --provider dxlink --json --min-completeness 0 {PATIENT}");
    let percents = |estimator: &str| -> Vec<String> {
        let mut command = market.command(&line);
        command
            .env("DXLINK_URL", server.url())
            .args(["--hv-estimator", estimator, "--no-cache"]);
        let found = market.run(command, "").exits(0);
        let of = |symbol: &str, field: &str| format!("{:.4}", number(&found.row(symbol), field));
        ["AAPL", "TSLA"]
            .iter()
            .flat_map(|symbol| ["hv30", "hv60", "hv90"].map(|field| of(symbol, field)))
            .collect()
    };
    assert_eq!(
        percents("close"),
        // The last one is 48.4208 from closes that were not rounded to cents.
        [
            "20.0169", "19.5512", "20.2364", "36.6256", "44.9849", "48.4209"
        ]
    );
    assert_eq!(
        percents("log"),
        [
            "19.7362", "19.3301", "20.0531", "36.0762", "45.4019", "48.5435"
        ]
    );
}

/// A snapshot of these closes up to yesterday, newest first, with a bar of today's in front that must not count.
fn history(message: &Value, item: &Value, closes: &[f64]) -> Say {
    let row = |flags: i64, day: Date, close: Value| {
        let time = midnight(day);
        json!({
            "eventType": "Candle", "eventSymbol": item["symbol"], "eventFlags": flags,
            "index": (time / 1000) << 32, "time": time, "close": close,
        })
    };
    let mut rows = vec![row(4, today(), json!(1.0))];
    let days = (1..).map(|back: i64| today() - back.days());
    let newest_first = closes.iter().rev().zip(days);
    rows.extend(newest_first.map(|(close, day)| row(0, day, json!(close))));
    rows.push(row(8 | 2, today() - 400.days(), json!("NaN")));
    data(message, &json!(rows))
}

/// Something of any type, so that nobody waits for it.
fn event(message: &Value, item: &Value) -> Say {
    data(
        message,
        &json!([{"eventType": item["type"], "eventSymbol": item["symbol"], "price": 1.0, "bidPrice": 1.0,
                 "askPrice": 1.1, "dayOpenPrice": 1.0, "description": "a share"}]),
    )
}

#[test]
fn every_future_has_its_volatility_though_contracts_are_short() {
    let market = Harness::new();
    let listed = market.server().market().symbols();
    let roots: BTreeSet<String> = listed
        .filter_map(|symbol| symbol.parse::<Symbol>().unwrap().future_root())
        .map(|root| root.to_string())
        .collect();
    assert!(roots.len() >= 10, "{roots:?}");
    let roots: Vec<String> = roots.into_iter().collect();
    let found = quote(&market, &roots.join(" ")).exits(0);
    let document = found.json();
    assert_eq!(completeness(&document), 100.0);
    for row in rows(&document) {
        for field in ["hv30", "hv60", "hv90"] {
            let source = row["sources"][field].as_str().unwrap();
            assert!(["dxlink", "stitched"].contains(&source), "{row:#}");
        }
    }
    assert_eq!(market.record().requests("chart"), 0);
    assert_eq!(
        found.stderr, "",
        "nothing is approximate, so nothing is said"
    );
}

#[test]
fn contracts_are_joined_without_a_return_across_them() {
    let scripted = |contracts: &str| {
        let script = format!(r#"{{"data": {{"contracts": {contracts}}}}}"#);
        Harness::scripted(&script)
    };
    // The same walk at one price level and at two.
    let level = scripted(r#"{"bars": 30}"#);
    let stepped = scripted(r#"{"bars": 30, "earlier-level": 0.8}"#);
    let (flat, joined) = (
        quote(&level, "/CL").exits(0),
        quote(&stepped, "/CL").exits(0),
    );
    for field in ["hv30", "hv60", "hv90"] {
        let (row, other) = (joined.row("/CL"), flat.row("/CL"));
        let (own, expected) = (number(&row, field), number(&other, field));
        // Prices are rounded to ticks, which are of another size relative to another level.
        assert!(
            (own / expected - 1.0).abs() < 2e-3,
            "{field}: {own} {expected}"
        );
        // Thirty bars of its own reach for the first window.
        let source = if field == "hv30" {
            "dxlink"
        } else {
            "stitched"
        };
        assert_eq!(row["sources"][field], source);
    }
    let asked: Vec<String> = asked(&stepped)
        .into_iter()
        .map(|(symbol, _)| symbol)
        .collect();
    assert_eq!(asked.len(), 2, "{asked:?}");
    let table = stepped.volq(&format!("quote /CL {PATIENT}")).exits(0);
    assert!(table.stdout.contains('#'), "{}", table.stdout);
    assert!(table.stderr.contains("# stitched"), "{}", table.stderr);
}

#[test]
fn without_candles_the_chart_has_the_last_word() {
    let faults = [
        r#"{"snapshots": [{"shape": "unfinished"}]}"#,
        r#"{"snapshots": [{"shape": "empty"}]}"#,
    ];
    for fault in faults {
        let market = Harness::scripted(&format!(
            r#"{{"data": {{"metrics-without": [{UNPUBLISHED}]}}, "stream": [{{"faults": {fault}}}]}}"#
        ));
        let found = market.volq("quote SPY --json --listen 2s").exits(0);
        let document = found.json();
        assert_eq!(rows(&document)[0]["sources"]["hv30"], "legacy", "{fault}");
        assert_eq!(market.record().requests("chart"), 1);
        assert_eq!(warnings(&document, "legacy_used").len(), 1);
    }
}

#[test]
fn a_history_cut_short_fills_the_windows_it_reaches() {
    let market = Harness::scripted(&format!(
        r#"{{"data": {{"metrics-without": [{UNPUBLISHED}]}}, "stream": [{{"faults": {{"snapshot-limit": 40}}}}]}}"#
    ));
    let line = format!("quote SPY --json --provider dxlink,rest --min-completeness 0 {PATIENT}");
    let found = market.volq(&line).exits(0);
    let row = found.row("SPY");
    assert_eq!(row["sources"]["hv30"], "dxlink");
    assert!(row["hv90"].is_null());
    assert_eq!(reason(&found.json(), "SPY", "hv90"), "short_history");
    let helped = quote(&market, "SPY").exits(0).row("SPY");
    assert_eq!(
        helped["sources"]["hv30"], "dxlink",
        "what was withheld once may be there now, so it is asked for again"
    );
    assert_eq!(helped["sources"]["hv90"], "legacy");
}

#[test]
fn windows_bring_their_columns() {
    let market = Harness::new();
    let found = quote(&market, "SPY --hv-window 20,180").exits(0);
    let row = found.row("SPY");
    for field in ["hv20", "hv180"] {
        assert!(number(&row, field) > 0.0);
        assert_eq!(row["sources"][field], "dxlink");
    }
    assert_eq!(row["sources"]["hv30"], "rest", "the published ones stay");
    assert!(row.get("hv10").is_none(), "and no other comes along");
    let table = market
        .volq(&format!("quote SPY --hv-window 20 {PATIENT}"))
        .exits(0);
    let head = table.stdout.lines().next().unwrap();
    assert!(head.contains("hv90  hv20"), "{head}");
    let named = quote(&market, "SPY --fields symbol,hv365").exits(0);
    assert!(number(&named.row("SPY"), "hv365") > 0.0);
    let screened = market
        .volq(&format!("screen SPY QQQ --where hv20>0 --json {PATIENT}"))
        .exits(0);
    assert_eq!(rows(&screened.json()).len(), 2);
}

#[test]
fn a_window_off_the_menu_is_refused_with_the_menu() {
    let market = Harness::new();
    for line in ["quote SPY --hv-window 31", "screen SPY --hv-window 20,x"] {
        let refused = market.volq(line).exits(2);
        assert!(
            refused
                .stderr
                .contains("10, 20, 30, 45, 60, 90, 120, 150, 180, 270, 365"),
            "{}",
            refused.stderr
        );
    }
    let refused = market.volq("quote SPY --hv-estimator garch").exits(2);
    assert!(refused.stderr.contains("yang-zhang"), "{}", refused.stderr);
    assert_eq!(market.record().requests("oauth-token"), 0);
}

#[test]
fn an_estimator_decides_every_window() {
    let market = Harness::new();
    let of = |estimator: &str| {
        let found = quote(&market, &format!("SPY --hv-estimator {estimator}")).exits(0);
        found.row("SPY")
    };
    let mut seen = Vec::new();
    for estimator in [
        "log",
        "parkinson",
        "garman-klass",
        "rogers-satchell",
        "yang-zhang",
    ] {
        let row = of(estimator);
        for field in ["hv30", "hv60", "hv90"] {
            let source = row["sources"][field].as_str().unwrap();
            assert!(
                ["dxlink", "cache"].contains(&source),
                "{estimator}: {source}"
            );
        }
        let (iv, hv30, hv90) = (
            number(&row, "iv"),
            number(&row, "hv30"),
            number(&row, "hv90"),
        );
        assert!((number(&row, "iv_hv") - (iv - hv30)).abs() < 1e-6);
        assert!((number(&row, "vrp") - iv / hv90.max(5.0)).abs() < 1e-6);
        seen.push(hv30);
    }
    assert_eq!(of("close")["sources"]["hv30"], "rest");
    seen.sort_by(f64::total_cmp);
    assert!(
        seen.windows(2).all(|pair| pair[1] - pair[0] > 1e-3),
        "{seen:?}"
    );

    // Parkinson's formula over the market's own bars.
    let candles = market.server().market().candles("SPY", 0, 0);
    let mut highs_and_lows: Vec<(f64, f64)> = candles
        .iter()
        .filter(|candle| candle.time < midnight(today()))
        .map(|candle| (wire(&candle.high), wire(&candle.low)))
        .collect();
    let window = highs_and_lows.split_off(highs_and_lows.len() - 22);
    let sum: f64 = window
        .iter()
        .map(|(high, low)| (high / low).ln().powi(2))
        .sum();
    let expected = 100.0 * (252.0 * sum / (22.0 * 4.0 * 2.0_f64.ln())).sqrt();
    assert!((number(&of("parkinson"), "hv30") - expected).abs() < 1e-6);
}

fn wire(value: &market::WireValue) -> f64 {
    match value {
        market::WireValue::Number(number) => *number,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_chart_serves_estimators_of_the_close_alone() {
    let market = Harness::new();
    let of = |estimator: &str| {
        let line = format!(
            "quote SPY --no-stream --hv-estimator {estimator} --json --min-completeness 0 {PATIENT}"
        );
        market.volq(&line).exits(0)
    };
    assert_eq!(of("log").row("SPY")["sources"]["hv90"], "legacy");
    let none = of("parkinson");
    assert!(none.row("SPY")["hv90"].is_null());
    assert_eq!(reason(&none.json(), "SPY", "hv90"), "not_provided");
}

#[test]
fn bars_of_a_stream_that_never_opened_are_missing_for_that_reason() {
    let market = Harness::new();
    let mut command = market.command(
        "quote SPY --json --provider dxlink --hv-estimator yang-zhang --fields symbol,hv30",
    );
    command.env_remove("TT_REFRESH_TOKEN");
    let document = market.run(command, "").exits(3).json();
    let missing = &document["meta"]["completeness"]["missing"];
    let hv30 = missing.as_array().unwrap().iter();
    let reasons: Vec<_> = hv30
        .filter(|entry| entry["field"] == "hv30")
        .map(|entry| &entry["reason"])
        .collect();
    assert_eq!(reasons, ["provider_failed"]);
}

#[test]
fn settings_choose_estimator_and_windows() {
    let market = Harness::new();
    market.write(
        "config/volq/config.toml",
        "[history]\nestimator = \"rogers-satchell\"\nwindows = [20, 45]\n",
    );
    let row = quote(&market, "SPY").exits(0).row("SPY");
    for field in ["hv20", "hv30", "hv45"] {
        assert_eq!(row["sources"][field], "dxlink");
    }
    let flagged = quote(&market, "SPY --hv-estimator close")
        .exits(0)
        .row("SPY");
    assert_eq!(flagged["sources"]["hv30"], "rest");
    market.volq("greeks SPY --atm --json").exits(0);
}

/// The file in which the bars of SPY are kept.
fn kept(market: &Harness) -> Option<PathBuf> {
    fn find(dir: &Path) -> Option<PathBuf> {
        let entries = fs::read_dir(dir).ok()?.map(|entry| entry.unwrap().path());
        entries.into_iter().find_map(|path| {
            if path.is_dir() {
                find(&path)
            } else {
                path.ends_with("day-SPY.json").then_some(path)
            }
        })
    }
    find(&market.home().join("cache/volq/candles"))
}

/// Makes the kept bars those of an earlier run, which ended three sessions ago; gives the day of the last one.
fn age(market: &Harness, change: impl Fn(&mut Value)) -> String {
    let path = kept(market).unwrap();
    let mut document: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let value = &mut document["value"];
    let bars = value["bars"].as_array_mut().unwrap();
    let gone = bars.split_off(bars.len() - 3);
    for price in bars
        .iter_mut()
        .flat_map(|bar| bar.as_array_mut().unwrap().iter_mut().skip(1))
    {
        change(price);
    }
    let last = bars.last().unwrap()[0].as_str().unwrap().to_owned();
    value["until"] = gone[0][0].clone();
    fs::write(&path, document.to_string()).unwrap();
    last
}

#[test]
fn a_second_run_asks_for_no_candles() {
    let market = Harness::new();
    let line = "SPY --hv-window 20";
    let first = quote(&market, line).exits(0).row("SPY");
    assert_eq!(first["sources"]["hv20"], "dxlink");
    assert_eq!(asked(&market).len(), 1);
    let second = quote(&market, line).exits(0).row("SPY");
    assert_eq!(second["sources"]["hv20"], "cache");
    assert_eq!(second["hv20"], first["hv20"]);
    assert_eq!(asked(&market).len(), 1);
}

#[test]
fn a_later_run_asks_only_for_what_is_new() {
    let market = Harness::new();
    let first = quote(&market, "SPY --hv-window 20").exits(0).row("SPY");
    let last: Date = age(&market, |_| ()).parse().unwrap();
    let later = quote(&market, "SPY --hv-window 20").exits(0).row("SPY");
    assert_eq!(later["sources"]["hv20"], "dxlink");
    assert_eq!(later["hv20"], first["hv20"]);
    assert_eq!(
        asked(&market)[1..],
        [("SPY{=d}".to_owned(), midnight(last))]
    );
    quote(&market, "SPY --hv-window 20").exits(0);
    assert_eq!(asked(&market).len(), 2, "what came was kept");
}

#[test]
fn a_split_brings_the_whole_history_anew() {
    let market = Harness::new();
    let first = quote(&market, "SPY --hv-window 20").exits(0).row("SPY");
    let last: Date = age(&market, |price| {
        *price = json!(price.as_f64().unwrap() * 2.0);
    })
    .parse()
    .unwrap();
    let later = quote(&market, "SPY --hv-window 20").exits(0).row("SPY");
    assert_eq!(later["hv20"], first["hv20"]);
    let starts: Vec<i64> = asked(&market).into_iter().map(|(_, from)| from).collect();
    assert_eq!(starts, [starts[0], midnight(last), starts[0]]);
    let again = quote(&market, "SPY --hv-window 20").exits(0).row("SPY");
    assert_eq!(
        (&again["hv20"], &again["sources"]["hv20"]),
        (&first["hv20"], &json!("cache"))
    );
}

#[test]
fn damaged_bars_are_fetched_again() {
    let market = Harness::new();
    let first = quote(&market, "SPY --hv-window 20").exits(0).row("SPY");
    let path = kept(&market).unwrap();
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let found = quote(&market, "SPY --hv-window 20").exits(0);
    let row = found.row("SPY");
    assert_eq!(
        (&row["hv20"], &row["sources"]["hv20"]),
        (&first["hv20"], &json!("dxlink"))
    );
    assert!(found.stderr.contains("damaged"), "{}", found.stderr);
}

#[test]
fn no_cache_keeps_no_bars_and_uses_none() {
    let market = Harness::new();
    let line = "SPY --hv-window 20 --no-cache";
    quote(&market, line).exits(0);
    assert_eq!(kept(&market), None);
    quote(&market, "SPY --hv-window 20").exits(0);
    let row = quote(&market, line).exits(0).row("SPY");
    assert_eq!(row["sources"]["hv20"], "dxlink");
    assert_eq!(asked(&market).len(), 3);
    let mut demo: Command = market.command("quote SPY --demo --json --hv-window 20");
    demo.env_remove("API_BASE_URL");
    fs::remove_file(kept(&market).unwrap()).unwrap();
    market.run(demo, "").exits(0);
    assert_eq!(kept(&market), None, "nor does the demonstration");
}

const AAPL: &[f64] = &[
    145.91, 151.03, 153.83, 151.60, 152.87, 150.59, 148.50, 150.47, 152.59, 152.99, 155.85, 155.00,
    157.40, 159.28, 157.83, 158.93, 160.25, 158.28, 157.65, 160.77, 162.36, 164.90, 166.17, 165.63,
    163.76, 164.66, 162.03, 160.80, 160.10, 165.56, 165.21, 165.23, 166.47, 167.63, 166.65, 165.02,
    165.33, 163.77, 163.76, 168.41, 169.68, 169.59, 168.54, 167.45, 165.79, 173.57, 173.50, 171.77,
    173.56, 173.75, 172.57, 172.07, 172.07, 172.69, 175.05, 175.16, 174.20, 171.56, 171.84, 172.99,
    175.43, 177.30, 177.25, 180.09, 180.95, 179.58, 179.21,
];

const TSLA: &[f64] = &[
    190.90, 197.79, 193.81, 187.71, 182.00, 172.92, 173.44, 174.48, 183.26, 180.45, 184.13, 180.13,
    183.25, 197.58, 191.15, 192.22, 190.41, 191.81, 189.19, 193.88, 195.28, 207.46, 194.77, 192.58,
    185.52, 185.06, 184.51, 186.79, 180.54, 185.90, 185.00, 187.04, 184.31, 180.59, 162.99, 165.08,
    162.55, 160.67, 153.75, 160.19, 164.31, 161.83, 160.31, 160.61, 161.20, 170.06, 171.79, 169.15,
    168.54, 172.08, 167.98, 166.35, 166.52, 173.86, 176.89, 180.14, 188.87, 185.77, 182.90, 184.47,
    193.17, 201.16, 203.93, 207.52, 213.97, 217.61, 221.31,
];
