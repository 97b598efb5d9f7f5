//! Layers `rest_metrics` and `rest_quotes`: the REST side as a source of values.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::credentials::is_sandbox;
use super::finding::Finding;
use super::run::Input;
use super::window::Window;
use crate::model::market::{MarketData, Metrics};
use crate::model::{FailureKind, Provider, Symbol, Vol};
use crate::provider::{Account, ProviderError};
use crate::tastytrade::{MarketDataKind, Portion};

const METRICS: &str = "rest_metrics";
const QUOTES: &str = "rest_quotes";

/// A price this old comes from a closed market or is delayed.
const OLD: SignedDuration = SignedDuration::from_mins(10);

/// Both layers, and what later questions are about.
#[derive(Debug)]
pub(super) struct TriedValues {
    pub(super) metrics: Finding,
    pub(super) quotes: Finding,
    /// A price of SPY.
    pub(super) price: Option<f64>,
}

/// Asks for the metrics and the quote of SPY; `account` is there when the login works.
pub(super) async fn check(
    input: &Input<'_>,
    account: Option<&Account>,
    window: &Window<'_>,
) -> TriedValues {
    let account = match account {
        _ if !input.sources.ranking.uses(Provider::Rest) => return passed_over("switched off"),
        None => return passed_over("needs oauth"),
        Some(account) => account,
    };
    let spy = [Symbol::spy()];
    let kinds = [(MarketDataKind::Equity, Symbol::spy())];
    let metrics = Portion::all(account.client.market_metrics(&spy, window.deadline()));
    let quotes = Portion::all(account.client.market_data(&kinds, window.deadline()));
    let (metrics, quotes) =
        tokio::join!(window.ask(Box::pin(metrics)), window.ask(Box::pin(quotes)));
    let now = input.sources.clock.now();
    let price = quotes
        .as_ref()
        .and_then(|(portion, _)| price(portion.items.first()?));
    let judge = |finding: Finding| not_offered(finding, &input.rest_url);
    TriedValues {
        metrics: metrics.map_or_else(
            || Finding::interrupted(METRICS),
            |(portion, took)| judge(judged(METRICS, portion, told_metrics)).taking(took),
        ),
        quotes: quotes.map_or_else(
            || Finding::interrupted(QUOTES),
            |(portion, took)| {
                judge(judged(QUOTES, portion, |row| told_quote(row, now))).taking(took)
            },
        ),
        price,
    }
}

fn passed_over(why: &str) -> TriedValues {
    TriedValues {
        metrics: Finding::skip(METRICS, why),
        quotes: Finding::skip(QUOTES, why),
        price: None,
    }
}

fn judged<T>(name: &'static str, portion: Portion<T>, tell: impl FnOnce(&T) -> Finding) -> Finding {
    if let Some(row) = portion.items.first() {
        return tell(row);
    }
    match portion.failed.into_iter().next() {
        Some((_, error)) => Finding::of_error(name, &ProviderError::Rest(Arc::clone(&error))),
        None => Finding::fail(
            name,
            FailureKind::NoData,
            "the answer has nothing about SPY",
        )
        .with_hint("every login should get SPY: try again in a few minutes"),
    }
}

/// The sandbox lacks these endpoints at times and says so with a gateway error, which is nobody's fault.
fn not_offered(finding: Finding, url: &str) -> Finding {
    if is_sandbox(url) && finding.layer.http_status == Some(502) {
        return finding
            .softened()
            .with_hint("the sandbox does not offer this; production does");
    }
    finding
}

fn told_metrics(row: &Metrics) -> Finding {
    let percent =
        |name: &str, vol: Option<Vol>| vol.map(|vol| format!("{name} {:.1} %", vol.percent()));
    let values: Vec<String> = [
        percent("iv", row.iv_index),
        percent("hv30", row.hv30),
        percent("hv90", row.hv90),
    ]
    .into_iter()
    .flatten()
    .collect();
    if values.is_empty() {
        return Finding::warn(METRICS, "SPY without volatilities");
    }
    Finding::ok(METRICS, format!("SPY {}", values.join(", ")))
}

fn told_quote(row: &MarketData, now: Timestamp) -> Finding {
    let Some(price) = price(row) else {
        return Finding::warn(QUOTES, "SPY without a price");
    };
    let age = row.updated_at.map(|at| now.duration_since(at));
    let since = age.map_or_else(String::new, |age| {
        format!(", {} s old", age.as_secs().max(0))
    });
    let detail = format!("SPY {price:.2}{since}");
    if age.is_some_and(|age| age > OLD) {
        return Finding::warn(QUOTES, detail)
            .with_hint("the market is closed, or quotes are delayed for this login");
    }
    Finding::ok(QUOTES, detail)
}

fn price(row: &MarketData) -> Option<f64> {
    let mid = row
        .bid
        .zip(row.ask)
        .map(|(bid, ask)| f64::midpoint(bid, ask));
    mid.filter(|mid| *mid > 0.0).or(row.last).or(row.prev_close)
}

#[cfg(test)]
mod tests {
    use super::super::test_support::TestSetup;
    use super::*;
    use crate::model::diagnosis::LayerStatus;
    use crate::net::responder::{Responder, reply};

    const SPY_METRICS: &str = r#"{"data":{"items":[{"symbol":"SPY",
        "implied-volatility-index":"0.142","historical-volatility-30-day":"11.5"}]}}"#;
    const SPY_QUOTE: &str = r#"{"data":{"items":[{"symbol":"SPY","bid":"601.23","ask":"601.25",
        "updated-at":"2026-11-20T14:59:57Z"}]}}"#;
    const GATEWAY: &str = "<html><h1>502 Bad Gateway</h1></html>";

    async fn checked(metrics: (u16, &'static str), quotes: (u16, &'static str)) -> TriedValues {
        let server = Responder::answering(move |request, _| {
            let is_quote = request.starts_with("GET /market-data/by-type");
            let (status, body) = if is_quote { quotes } else { metrics };
            Some(reply(status, "application/json", body))
        })
        .await;
        let setup = TestSetup::logged_in(&server.url(""));
        let input = setup.input();
        let account = input.sources.account.as_ref().ok();
        check(&input, account, &setup.window()).await
    }

    fn detail(finding: &Finding) -> &str {
        finding.layer.detail.as_deref().unwrap()
    }

    #[tokio::test]
    async fn what_came_is_shown() {
        let values = checked((200, SPY_METRICS), (200, SPY_QUOTE)).await;
        assert_eq!(detail(&values.metrics), "SPY iv 14.2 %, hv30 11.5 %");
        assert_eq!(detail(&values.quotes), "SPY 601.24, 3 s old");
        assert_eq!(values.quotes.layer.status, LayerStatus::Ok);
        assert_eq!(values.price, Some(601.24));
    }

    #[tokio::test]
    async fn one_layer_may_fail_without_the_other() {
        let body = r#"{"error":{"code":"not_permitted","message":"User not permitted access"}}"#;
        let values = checked((200, SPY_METRICS), (403, body)).await;
        assert!(values.metrics.works());
        assert_eq!(values.quotes.failure, Some(FailureKind::NotEntitled));
        assert_eq!(values.quotes.layer.http_status, Some(403));
        assert_eq!(
            values.quotes.layer.server_code.as_deref(),
            Some("not_permitted")
        );
    }

    #[tokio::test]
    async fn an_empty_answer_is_no_data_and_an_old_one_a_warning() {
        let old = r#"{"data":{"items":[{"symbol":"SPY","last":"600","updated-at":"2026-11-20T14:00:00Z"}]}}"#;
        let values = checked((200, r#"{"data":{"items":[]}}"#), (200, old)).await;
        assert_eq!(values.metrics.failure, Some(FailureKind::NoData));
        assert_eq!(values.quotes.layer.status, LayerStatus::Warn);
        assert_eq!(detail(&values.quotes), "SPY 600.00, 3600 s old");
    }

    #[tokio::test]
    async fn a_switched_off_source_and_a_missing_login_are_told_apart() {
        let mut setup = TestSetup::new("http://127.0.0.1:1");
        let found = check(&setup.input(), None, &setup.window()).await;
        assert_eq!(detail(&found.metrics), "needs oauth");
        setup.rank(&[Provider::Dxlink]);
        let found = check(&setup.input(), None, &setup.window()).await;
        assert_eq!(detail(&found.quotes), "switched off");
    }

    #[tokio::test]
    async fn the_sandbox_may_lack_an_endpoint() {
        let values = checked((502, GATEWAY), (502, GATEWAY)).await;
        assert_eq!(values.quotes.layer.status, LayerStatus::Fail);
        let lacking = not_offered(values.quotes, "https://api.cert.tastyworks.com");
        assert_eq!(lacking.layer.status, LayerStatus::Warn);
        assert!(!lacking.works());
    }
}
