//! The profiles of `volq screen`: what each of the four lets through, and how to change it.

use serde_json::Value;

use crate::document::{number, rows, symbols};
use crate::harness::Harness;

/// Thresholds of a profile beside the common ones.
struct Expected {
    name: &'static str,
    vrp: f64,
    ivp: f64,
    liq: f64,
    price: f64,
}

const PROFILES: [Expected; 4] = [
    Expected {
        name: "balanced",
        vrp: 1.10,
        ivp: 50.0,
        liq: 4.0,
        price: 25.0,
    },
    Expected {
        name: "broad",
        vrp: 1.0,
        ivp: 30.0,
        liq: 0.0,
        price: 25.0,
    },
    Expected {
        name: "high_quality",
        vrp: 1.2,
        ivp: 70.0,
        liq: 4.0,
        price: 25.0,
    },
    Expected {
        name: "aggressive",
        vrp: 0.9,
        ivp: 40.0,
        liq: 3.0,
        price: 10.0,
    },
];

impl Expected {
    /// Whether a row passes everything but the spread of the options, which only rows have that pass the rest.
    fn lets_through(&self, row: &Value) -> bool {
        let of = |field: &str| row[field].as_f64().unwrap_or(f64::NAN);
        let is_future = row["symbol"].as_str().unwrap().starts_with('/');
        of("vrp") > self.vrp
            && of("ivp") >= self.ivp
            && (self.liq == 0.0 || of("liq") >= self.liq)
            && of("vrp_t") > 1.15
            && of("vtr") >= 0.85
            && (is_future || of("mark") >= self.price)
    }
}

/// Enough where any rows will do.
const FEW: &str = "SPY\nQQQ\nAAPL\nMSFT\nNVDA\nXLU\nEEM\nKO\n";

/// Every symbol of the built-in market but the futures, of which a chart has only the front month.
fn universe(market: &Harness) -> String {
    let server = market.server().market();
    let listed: Vec<String> = server
        .symbols()
        .map(str::to_owned)
        .filter(|symbol| !symbol.starts_with('/') && !symbol.contains("/USD"))
        .collect();
    listed.join("\n") + "\n"
}

fn run(market: &Harness, list: &str, line: &str) -> Value {
    let line = format!("screen - --json --min-completeness 0 {line}");
    market.volq_with_stdin(&line, list).exits(0).json()
}

#[test]
fn each_profile_lets_through_what_its_thresholds_say() {
    let market = Harness::new();
    let list = universe(&market);
    let mut passed_anywhere = 0;
    for profile in &PROFILES {
        let line = format!("--profile {} --all --fields +atm_spread_pct", profile.name);
        let all = run(&market, &list, &line);
        assert_eq!(all["meta"]["profile"], profile.name);
        assert_eq!(rows(&all).len(), list.lines().count());
        for row in rows(&all) {
            let passed = row["reasons"].as_array().unwrap().is_empty();
            let expected = profile.lets_through(row) && number(row, "atm_spread_pct") <= 5.0;
            assert_eq!(passed, expected, "{}: {row:#}", profile.name);
            passed_anywhere += u32::from(passed);
        }
    }
    assert!(passed_anywhere > 0, "tested on nothing");
}

#[test]
fn flags_override_the_thresholds_of_a_profile() {
    let market = Harness::new();
    let list = universe(&market);
    let plain = run(&market, &list, "--profile broad");
    let best = rows(&plain)
        .iter()
        .map(|row| number(row, "ivp"))
        .fold(0.0, f64::max);
    let strict = run(&market, &list, &format!("--profile broad --min-ivp {best}"));
    assert!(!rows(&strict).is_empty());
    assert!(rows(&strict).iter().all(|row| number(row, "ivp") == best));

    let dear = run(
        &market,
        &list,
        "--profile broad --min-price 200 --min-liq 5 --min-vrp 1.05",
    );
    for row in rows(&dear) {
        assert!(number(row, "mark") >= 200.0 && number(row, "liq") >= 5.0);
        assert!(number(row, "vrp") > 1.05);
    }
    let thresholds = dear["meta"]["thresholds"].to_string();
    assert!(
        thresholds.contains("200") && thresholds.contains("1.05"),
        "{thresholds}"
    );
}

#[test]
fn flags_hold_without_a_profile_too() {
    let market = Harness::new();
    let all = run(&market, FEW, "");
    let mut premiums: Vec<f64> = rows(&all).iter().map(|row| number(row, "vrp")).collect();
    premiums.sort_by(f64::total_cmp);
    let document = run(&market, FEW, &format!("--min-vrp {}", premiums[3]));
    assert_eq!(document["meta"]["profile"], Value::Null);
    let above = premiums.iter().filter(|vrp| **vrp > premiums[3]).count();
    assert_eq!(rows(&document).len(), above, "{premiums:?}");
}

#[test]
fn futures_are_exempt_from_the_price() {
    let market = Harness::new();
    let document = market
        .volq("screen /NG SPY F --json --min-price 1000 --min-completeness 0")
        .exits(0)
        .json();
    assert_eq!(symbols(&document), ["/NG"], "gas costs a few dollars");
}

#[test]
fn a_profile_of_ones_own_comes_from_the_settings() {
    let market = Harness::new();
    market.write(
        "config/volq/config.toml",
        "[screen.profiles.mine]\nmin_vrp = 0\nmin_vrp_t = 0\nmin_vtr = 0\nmin_ivp = 10\nmax_spread = 1000\n",
    );
    let document = run(&market, FEW, "--profile mine");
    assert_eq!(document["meta"]["profile"], "mine");
    assert!(!rows(&document).is_empty());
    for row in rows(&document) {
        assert!(number(row, "ivp") >= 10.0 && number(row, "mark") >= 25.0);
    }
}

#[test]
fn spreads_cost_requests_only_for_rows_that_pass_the_rest() {
    let market = Harness::new();
    run(&market, FEW, "");
    assert_eq!(market.record().requests("option-chain"), 0);
    let document = run(&market, FEW, "--profile aggressive --all");
    let asked = market.record().requests("option-chain");
    let candidates = rows(&document)
        .iter()
        .filter(|row| PROFILES[3].lets_through(row))
        .count();
    assert_eq!(asked, candidates as u64);
}
