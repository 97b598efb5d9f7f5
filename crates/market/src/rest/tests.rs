//! Answers looked at as plain JSON, without a client.

mod extra;

use hyper::body::Bytes;
use hyper::{HeaderMap, Method};
use serde_json::json;

use super::*;
use crate::realized::{RETURNS, historical_volatility};
use crate::record::{Counter, Place};
use crate::script::{DataFaults, GrantRefusal, MetricGap, Oddity};
use crate::wire::WireValue;

fn service(script: Script) -> RestService {
    let market = Market::new(1, "2026-11-20T15:30:00Z".parse().unwrap())
        .with_halted(script.data.halted.iter().cloned())
        .without(script.data.unknown.iter().cloned());
    let credentials = Credentials {
        client_secret: "the-secret".to_owned(),
        refresh_token: "the-grant".to_owned(),
    };
    let url = "ws://127.0.0.1:1/realtime".to_owned();
    RestService::new(
        Arc::new(market),
        Ticker::start(None),
        script,
        Some(credentials),
        url,
    )
}

fn with_data(data: DataFaults) -> RestService {
    service(Script {
        data,
        ..Script::default()
    })
}

fn request(path: &str, headers: &[(&'static str, &str)], body: &str) -> RestRequest {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(*name, value.parse().unwrap());
    }
    let method = if body.is_empty() {
        Method::GET
    } else {
        Method::POST
    };
    RestRequest::new(
        &method,
        path.parse().unwrap(),
        map,
        Bytes::from(body.to_owned()),
    )
}

/// A polite request with a fresh token.
fn polite(service: &RestService, path: &str) -> RestRequest {
    let bearer = format!("Bearer {}", service.tokens.issue_access(None));
    request(
        path,
        &[("user-agent", "test/1.0"), ("authorization", &bearer)],
        "",
    )
}

fn body(answer: &Answer) -> serde_json::Value {
    serde_json::from_str(&answer.body).unwrap()
}

fn items(service: &RestService, path: &str) -> Vec<serde_json::Value> {
    let answer = service.answer(&polite(service, path), None);
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(service.recorder.snapshot().violations, []);
    body(&answer)["data"]["items"].as_array().unwrap().clone()
}

fn of<'a>(items: &'a [serde_json::Value], symbol: &str) -> &'a serde_json::Value {
    items.iter().find(|item| item["symbol"] == symbol).unwrap()
}

fn decimal(value: &serde_json::Value) -> f64 {
    value.as_str().unwrap().parse().unwrap()
}

#[test]
fn historical_volatility_is_that_of_the_candles() {
    let service = service(Script::default());
    let items = items(&service, "/market-metrics?symbols=AAPL,SPY,TSLA,BIL,VIX");
    for symbol in ["AAPL", "SPY", "TSLA", "BIL", "VIX"] {
        let mut candles = service.market.candles(symbol, 0, 0);
        // The last one is today's and still moves.
        candles.pop();
        let closes: Vec<f64> = candles
            .iter()
            .map(|candle| match candle.close {
                WireValue::Number(close) => close,
                ref other => panic!("{other:?}"),
            })
            .collect();
        let item = of(&items, symbol);
        for (key, returns) in ["30", "60", "90"].into_iter().zip(RETURNS) {
            let sent = decimal(&item[format!("historical-volatility-{key}-day")]);
            let computed = historical_volatility(&closes, returns).unwrap();
            assert!(
                (sent - computed).abs() <= 0.005 + 1e-9,
                "{symbol} {key}: {sent} {computed}"
            );
        }
    }
}

#[test]
fn metrics_mix_units_as_the_broker_does() {
    let service = service(Script::default());
    let items = items(
        &service,
        "/market-metrics?symbols=AAPL,%2FES,XSP,NOSUCH,BRK%2FB,%2FESZ6",
    );
    let mut symbols: Vec<&str> = items
        .iter()
        .map(|item| item["symbol"].as_str().unwrap())
        .collect();
    symbols.sort_unstable();
    assert_eq!(symbols, ["/ES", "AAPL", "BRK/B", "XSP"]);
    let apple = of(&items, "AAPL");
    for key in [
        "implied-volatility-index",
        "implied-volatility-index-rank",
        "implied-volatility-percentile",
    ] {
        assert!((0.0..=1.0).contains(&decimal(&apple[key])), "{key}");
    }
    let difference = decimal(&apple["implied-volatility-30-day"])
        - decimal(&apple["historical-volatility-30-day"]);
    assert!((difference - decimal(&apple["iv-hv-30-day-difference"])).abs() < 0.006);
    assert!(decimal(&apple["implied-volatility-30-day"]) > 5.0);
    assert!(apple["liquidity-rating"].is_i64() && apple["market-cap"].is_i64());
    assert!(apple["earnings"]["expected-report-date"].as_str().unwrap() >= "2026-11-20");
    let expirations = apple["option-expiration-implied-volatilities"]
        .as_array()
        .unwrap();
    assert!(
        expirations
            .iter()
            .any(|row| row.get("implied-volatility").is_none())
    );
    for symbol in ["/ES", "XSP"] {
        assert_eq!(of(&items, symbol).get("historical-volatility-30-day"), None);
    }
    assert_eq!(of(&items, "XSP").get("earnings"), None);
}

#[test]
fn rows_agree_with_the_stream() {
    let service = service(Script::default());
    let items = items(
        &service,
        "/market-data/by-type?equity=AAPL,SPY&index[]=SPX&equity=VIX&index=VIX&future=%2FESZ6&future=%2FES\
         &equity-option=SPY%20%20%20261218C00680000&equity-option=SPY261218C00680000&cryptocurrency=BTC%2FUSD",
    );
    assert_eq!(items.len(), 7, "{items:?}");
    let quote = service.market.event("Quote", "AAPL", 0).unwrap();
    let row = of(&items, "AAPL");
    for (field, key) in [
        ("bidPrice", "bid"),
        ("askPrice", "ask"),
        ("askSize", "ask-size"),
    ] {
        assert!(
            quote.contains(&(field, WireValue::Number(decimal(&row[key])))),
            "{key}"
        );
    }
    let greeks = service.market.event("Greeks", ".SPY261218C680", 0).unwrap();
    let option = of(&items, "SPY   261218C00680000");
    for key in ["delta", "gamma", "theta", "vega", "rho", "volatility"] {
        let sent = decimal(&option[key]);
        assert!(greeks.contains(&(key, WireValue::Number(sent))), "{key}");
    }
    assert!(option["open-interest"].is_i64());
    let index = of(&items, "SPX");
    assert_eq!((index.get("bid"), index.get("volume")), (None, None));
    assert_eq!(index["bid-size"], "0.0");
    assert_eq!(index["mark"], index["last"]);
    assert_eq!(row.get("close"), None);
    assert_eq!(row["prev-close-date"], "2026-11-19");
}

#[test]
fn more_than_a_hundred_symbols_are_refused_and_noted() {
    let service = service(Script::default());
    let symbols = vec!["AAPL"; 101].join(",");
    let answer = service.answer(
        &polite(&service, &format!("/market-data/by-type?equity={symbols}")),
        None,
    );
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(
        service.recorder.snapshot().violations[0].rule,
        "symbols-per-request"
    );
}

#[test]
fn futures_come_in_pages_and_one_contract_of_each_product_leads() {
    let service = service(Script::default());
    let mut seen = Vec::new();
    for page in 0..2 {
        seen.extend(items(
            &service,
            &format!("/instruments/futures?page-offset={page}"),
        ));
    }
    assert_eq!(seen.len(), 48);
    let leads = seen.iter().filter(|item| item["active-month"] == true);
    assert_eq!(leads.count(), 12);
    let listed = items(&service, "/instruments/futures?product-code[]=ES");
    assert_eq!(of(&listed, "/ESZ6")["streamer-symbol"], "/ESZ26:XCME");
    assert_eq!(listed.len(), 4);
}

/// The keys without which the Python package `tastytrade` 13 takes no contract for one.
#[test]
fn a_future_and_its_product_have_the_keys_that_are_always_there() {
    let service = service(Script::default());
    let listed = items(&service, "/instruments/futures?product-code[]=ES");
    let future = of(&listed, "/ESZ6");
    for key in [
        "product-code",
        "tick-size",
        "notional-multiplier",
        "display-factor",
        "last-trade-date",
        "expiration-date",
        "active",
        "active-month",
        "next-active-month",
        "is-closing-only",
        "stops-trading-at",
        "expires-at",
        "product-group",
        "exchange",
        "streamer-exchange-code",
        "back-month-first-calendar-symbol",
    ] {
        assert!(!future[key].is_null(), "{key}");
    }
    for key in [
        "root-symbol",
        "code",
        "description",
        "exchange",
        "product-type",
        "listed-months",
        "active-months",
        "notional-multiplier",
        "tick-size",
        "display-factor",
        "streamer-exchange-code",
        "small-notional",
        "back-month-first-calendar-symbol",
        "first-notice",
        "cash-settled",
        "market-sector",
        "clearing-code",
        "clearing-exchange-code",
        "roll",
    ] {
        assert!(!future["future-product"][key].is_null(), "{key}");
    }
}

#[test]
fn instruments_tell_indices_from_funds() {
    let service = service(Script::default());
    let items = items(
        &service,
        "/instruments/equities?symbol[]=SPX&symbol[]=SPY&symbol[]=BRK%2FB&symbol[]=NOSUCH",
    );
    assert_eq!(items.len(), 3);
    assert_eq!(of(&items, "SPX")["is-index"], true);
    assert_eq!(of(&items, "SPY")["is-etf"], true);
}

#[test]
fn every_option_of_a_chain_is_quoted() {
    let service = service(Script::default());
    let chain = items(&service, "/option-chains/SPX/nested");
    let mut roots: Vec<&str> = chain
        .iter()
        .map(|item| item["root-symbol"].as_str().unwrap())
        .collect();
    roots.sort_unstable();
    assert_eq!(roots, ["SPX", "SPXW"]);
    for item in &chain {
        for expiration in item["expirations"].as_array().unwrap() {
            for strike in expiration["strikes"].as_array().unwrap() {
                for key in ["call-streamer-symbol", "put-streamer-symbol"] {
                    let symbol = strike[key].as_str().unwrap();
                    assert!(
                        service.market.event("Greeks", symbol, 0).is_some(),
                        "{symbol}"
                    );
                }
            }
        }
    }
}

#[test]
fn scripted_oddities_show_in_the_data() {
    let service = with_data(DataFaults {
        unknown: vec!["QQQ".to_owned()],
        halted: vec!["F".to_owned()],
        without_book: vec!["SPY".to_owned()],
        metrics_without: vec![MetricGap {
            keys: vec!["historical-volatility-30-day".to_owned()],
            symbols: vec!["SPY".to_owned()],
            share: 0.0,
        }],
        oddities: vec![
            Oddity::OptionsWithoutGreeks,
            Oddity::AbsentAsNull,
            Oddity::AdjustedChains,
        ],
        ..DataFaults::default()
    });
    let rows = items(
        &service,
        "/market-data/by-type?equity=SPY&equity=QQQ&equity=F&equity-option=SPY%20%20%20261218C00680000",
    );
    assert_eq!(rows.len(), 3);
    assert_eq!(of(&rows, "SPY").get("bid"), None);
    assert_eq!(of(&rows, "F")["is-trading-halted"], true);
    assert_eq!(of(&rows, "SPY   261218C00680000").get("delta"), None);
    let metrics = items(&service, "/market-metrics?symbols=SPY,IWM");
    assert!(of(&metrics, "SPY")["historical-volatility-30-day"].is_null());
    assert!(of(&metrics, "IWM")["historical-volatility-30-day"].is_string());
    let chain = items(&service, "/option-chains/F/nested");
    assert_eq!((chain.len(), &chain[1]["root-symbol"]), (2, &json!("F1")));
}

#[test]
fn both_encodings_of_the_token_call_are_read_and_wrong_grants_refused() {
    let service = service(Script::default());
    let login = |kind: &str, body: &str| {
        let headers = [("user-agent", "test/1.0"), ("content-type", kind)];
        service.answer(&request("/oauth/token", &headers, body), None)
    };
    let json = r#"{"grant_type":"refresh_token","refresh_token":"the-grant","client_secret":"the-secret"}"#;
    let form = "grant_type=refresh_token&refresh_token=the-grant&client_secret=the-secret";
    for answer in [
        login("application/json", json),
        login("application/x-www-form-urlencoded", form),
    ] {
        assert_eq!(body(&answer)["expires_in"], 900, "{}", answer.body);
    }
    let refused = login("application/json", &json.replace("the-secret", "another"));
    assert_eq!(
        (refused.status, body(&refused)),
        (
            StatusCode::BAD_REQUEST,
            json!({"error": "invalid_grant", "error_description": "Client secret mismatch"})
        )
    );
    assert_eq!(service.recorder.snapshot().count(Counter::OauthLogins), 2);
}

#[test]
fn violations_are_noted_by_name() {
    let service = service(Script::default());
    let agent = ("user-agent", "test/1.0");
    let expired = service.tokens.issue_access(Some(0));
    let bearer = format!("Bearer {expired}");
    for (path, headers, status, rules) in [
        (
            "/market-metrics?symbols=SPY",
            vec![],
            401,
            vec!["user-agent"],
        ),
        (
            "/market-metrics?symbols=SPY",
            vec![("user-agent", "browser")],
            401,
            vec!["user-agent"],
        ),
        (
            "/market-metrics?symbols=SPY",
            vec![agent],
            401,
            vec!["bearer"],
        ),
        (
            "/customers/me",
            vec![agent, ("authorization", bearer.as_str())],
            401,
            vec![],
        ),
        (
            "/customers/me",
            vec![agent, ("authorization", bearer.as_str())],
            401,
            vec!["expired-token"],
        ),
        (
            "/customers/me?token=x",
            vec![agent],
            401,
            vec!["token-in-url", "bearer"],
        ),
        (
            "/quote-streamer-tokens",
            vec![agent],
            403,
            vec!["quote-streamer-tokens"],
        ),
        (
            "/customers/me",
            vec![agent, ("accept-version", "soon")],
            406,
            vec![],
        ),
        (
            "/redirected",
            vec![agent, ("authorization", "Bearer x")],
            401,
            vec!["redirected-credentials", "unknown-token"],
        ),
    ] {
        let before = service.recorder.snapshot().violations.len();
        let answer = service.answer(&request(path, &headers, ""), None);
        assert_eq!(answer.status.as_u16(), status, "{path}");
        let noted: Vec<&str> = service.recorder.snapshot().violations[before..]
            .iter()
            .map(|violation| violation.rule)
            .collect();
        assert_eq!(noted, rules, "{path} {headers:?}");
    }
    let refused = service.answer(&request("/customers/me", &[], ""), None);
    assert_eq!(refused.content_type, "text/html");
}

#[test]
fn faults_replace_the_answer() {
    let service = service(Script::default());
    let path = "/api-quote-tokens";
    let lost = RestFault::CustomerNotFound { status: 404 };
    let answer = service.answer(&polite(&service, path), Some(&lost));
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(
        body(&answer)["error"]["code"],
        "quote_streamer.customer_not_found_error"
    );
    let refused = RestFault::TokenRefused(GrantRefusal::GrantRevoked);
    let headers = [("user-agent", "test/1.0")];
    let answer = service.answer(&request("/oauth/token", &headers, "{}"), Some(&refused));
    assert_eq!(body(&answer)["error_description"], "Grant revoked");
    let answer = service.answer(&polite(&service, path), Some(&RestFault::ExpireToken));
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let answer = service.answer(&polite(&service, path), None);
    assert_eq!(body(&answer)["data"]["level"], "api");
}

#[test]
fn the_chart_has_the_same_closes_under_other_names() {
    let service = service(Script::default());
    let chart = |symbol: &str| {
        let path = format!("/v8/finance/chart/{symbol}?range=1y&interval=1d");
        service.answer(
            &request(
                &path,
                &[("user-agent", "Mozilla/5.0 (compatible; test/1.0)")],
                "",
            ),
            None,
        )
    };
    for (name, streamer, scale) in [
        ("AAPL", "AAPL", 1.0),
        ("BRK-B", "BRK/B", 1.0),
        ("%5EGSPC", "SPX", 1.0),
        ("%5EDJI", "DJX", 100.0),
        ("ES%3DF", "/ES:XCME", 1.0),
    ] {
        let answer = body(&chart(name));
        let result = &answer["chart"]["result"][0];
        let closes = result["indicators"]["quote"][0]["close"]
            .as_array()
            .unwrap();
        assert_eq!(closes.len(), 252);
        assert_eq!(closes.len(), result["timestamp"].as_array().unwrap().len());
        let candles = service.market.candles(streamer, 0, 0);
        for (close, candle) in closes.iter().zip(&candles[candles.len() - 252..]) {
            let WireValue::Number(expected) = candle.close else {
                panic!("{candle:?}")
            };
            let close = close.as_f64().unwrap();
            assert!((close / (expected * scale) - 1.0).abs() < 1e-6, "{name}");
        }
    }
    let unknown = chart("NOSUCH");
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert_eq!(body(&unknown)["chart"]["error"]["code"], "Not Found");
    assert_eq!(service.recorder.snapshot().violations, []);
}

#[test]
fn the_chart_wants_a_browser_and_no_credentials() {
    let service = service(Script::default());
    let headers = [("user-agent", "curl/8"), ("authorization", "Bearer x")];
    let answer = service.answer(&request("/v8/finance/chart/SPY", &headers, ""), None);
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (StatusCode::TOO_MANY_REQUESTS, "Too Many Requests")
    );
    let noted = service.recorder.snapshot().violations;
    let rules: Vec<(Place, &str)> = noted.iter().map(|v| (v.place, v.rule)).collect();
    assert_eq!(
        rules,
        [
            (Place::Chart, "credentials-to-others"),
            (Place::Chart, "user-agent")
        ]
    );
}

#[test]
fn the_session_clock_names_its_neighbours() {
    let service = service(Script::default());
    let answer = body(&service.answer(
        &polite(&service, "/market-time/equities/sessions/current"),
        None,
    ));
    let data = &answer["data"];
    assert_eq!(data["state"], "Open");
    assert_eq!(data["close-at"], "2026-11-20T21:00:00.000+00:00");
    assert_eq!(data["previous-session"]["session-date"], "2026-11-19");
    assert_eq!(data["next-session"]["session-date"], "2026-11-23");
}
