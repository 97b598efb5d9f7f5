//! Asks for charts politely: an honest name, two requests at a time, a rate, a budget per run, and silence after a
//! refusal.
//!
//! See `docs/reference/legacy-sources.md`, "1.3 Errors" and "1.4 User-Agent and blocking behaviour".

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

use super::clean::daily_chart;
use super::error::LegacyError;
use super::mapping::YahooSymbol;
use super::wire::decode;
use crate::clock::Clock;
use crate::model::Symbol;
use crate::model::market::DailyChart;
use crate::net::{Http, HttpOptions, HttpRequest, NetError, Pacer, Rate, Retry};

/// Where charts come from unless the settings say otherwise.
const HOST: &str = "https://query1.finance.yahoo.com";

/// The other name of the same service, for the second attempt.
const OTHER_HOST: &str = "https://query2.finance.yahoo.com";

/// Says who asks. Without the first two words every request is refused; a browser is not impersonated beyond them.
const USER_AGENT: &str = concat!(
    "Mozilla/5.0 (compatible; volq/",
    env!("CARGO_PKG_VERSION"),
    ")"
);

/// Largest answer in bytes; a year of days takes 25 kB.
const BODY_CAP: usize = 4 * 1024 * 1024;

/// The one class of request, which has no ceiling beside the overall one.
const CLASS: &str = "chart";

/// Requests under way at one time.
const CONCURRENCY: usize = 2;

/// One more attempt after a fault of the server or the line.
const RETRY: Retry = Retry {
    tries: 2,
    start: Duration::from_millis(250),
    ceiling: Duration::from_millis(250),
};

/// A year of daily bars with the splits among them.
const QUERY: &str = "range=1y&interval=1d&includePrePost=false&events=div%2Csplits";

/// How the source is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Scheme and host, without a path.
    pub base_url: String,
    /// Requests per second, on average.
    pub requests_per_second: f64,
    /// How many may go out at once after a quiet time.
    pub burst: u32,
    /// How many a run may send in all.
    pub requests_per_run: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            base_url: HOST.to_owned(),
            requests_per_second: 1.0,
            burst: 10,
            requests_per_run: 30,
        }
    }
}

/// How often a run may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChartRation {
    /// From one request to the next, on average.
    pub spacing: Duration,
    /// How many may go out at once after a quiet time.
    pub burst: u32,
    /// How many may be under way.
    pub at_once: usize,
    /// How many a run may send in all.
    pub per_run: u32,
}

/// The keyless source for one run.
pub struct ChartClient {
    http: Http,
    options: Options,
    clock: Arc<dyn Clock>,
    pacer: Pacer,
    slots: Semaphore,
    spent: AtomicU32,
    /// Set by the first 429 and never taken back.
    blocked: AtomicBool,
}

impl ChartClient {
    /// A client that has done nothing yet. Of `http` it keeps the timeouts; name and body cap are its own.
    pub fn new(http: &HttpOptions, options: Options, clock: Arc<dyn Clock>) -> Self {
        let rate = Rate::per_second(options.requests_per_second).with_burst(options.burst);
        Self {
            http: Http::new(HttpOptions {
                user_agent: USER_AGENT.to_owned(),
                body_cap: BODY_CAP,
                ..http.clone()
            }),
            options,
            clock,
            pacer: Pacer::new(rate, []),
            slots: Semaphore::new(CONCURRENCY),
            spent: AtomicU32::new(0),
            blocked: AtomicBool::new(false),
        }
    }

    /// The cleaned daily chart of a symbol.
    ///
    /// # Errors
    ///
    /// `NoMapping` without asking, `Budget` and `Blocked` without asking again, and the other kinds of [`LegacyError`].
    pub async fn chart(
        &self,
        symbol: &Symbol,
        deadline: Instant,
    ) -> Result<DailyChart, LegacyError> {
        self.chart_of(symbol, &YahooSymbol::of(symbol)?, deadline)
            .await
    }

    /// The same for a counterpart the caller has chosen: the front month for a contract known to be it.
    ///
    /// # Errors
    ///
    /// Those of [`chart`](Self::chart) but `NoMapping`.
    pub async fn chart_of(
        &self,
        symbol: &Symbol,
        yahoo: &YahooSymbol,
        deadline: Instant,
    ) -> Result<DailyChart, LegacyError> {
        let mut hosts = self.hosts().into_iter();
        let attempt = || {
            let host = hosts.next().unwrap_or(&self.options.base_url);
            self.attempt(symbol, yahoo, host, deadline)
        };
        RETRY.run(deadline, attempt).await
    }

    /// How often a run may ask.
    pub fn ration(&self) -> ChartRation {
        let options = &self.options;
        ChartRation {
            spacing: Duration::try_from_secs_f64(options.requests_per_second.recip())
                .unwrap_or_default(),
            burst: options.burst,
            at_once: CONCURRENCY,
            per_run: options.requests_per_run,
        }
    }

    /// Requests sent so far.
    pub fn requests(&self) -> u32 {
        self.http.requests()
    }

    /// The first host and the one to try after it; somebody's own server has no twin.
    fn hosts(&self) -> [&str; 2] {
        let base = self.options.base_url.trim_end_matches('/');
        [base, if base == HOST { OTHER_HOST } else { base }]
    }

    async fn attempt(
        &self,
        symbol: &Symbol,
        yahoo: &YahooSymbol,
        host: &str,
        deadline: Instant,
    ) -> Result<DailyChart, LegacyError> {
        let segment = yahoo.path_segment();
        let request = HttpRequest::get(&format!("{host}/v8/finance/chart/{segment}?{QUERY}"))?;
        let late = || NetError::Deadline {
            host: request.host(),
        };
        self.refuse_when_blocked()?;
        let slot = timeout_at(deadline, self.slots.acquire()).await;
        // The semaphore is never closed, so the only way not to get a slot is to run out of time.
        let _slot = slot.ok().and_then(Result::ok).ok_or_else(late)?;
        self.refuse_when_blocked()?;
        self.spend()?;
        if let Err(late) = self.pacer.acquire(CLASS, deadline).await {
            // What is not sent is not spent.
            self.spent.fetch_sub(1, Ordering::Relaxed);
            return Err(late.into());
        }
        self.refuse_when_blocked()?;
        let answer = self.http.send(&request, deadline).await?;
        let chart = decode(answer.status, &answer.body, yahoo.as_str())
            .inspect_err(|error| self.remember(error))?;
        Ok(daily_chart(symbol, yahoo, &chart, self.clock.now()))
    }

    fn refuse_when_blocked(&self) -> Result<(), LegacyError> {
        if self.blocked.load(Ordering::Relaxed) {
            return Err(LegacyError::Blocked);
        }
        Ok(())
    }

    fn remember(&self, error: &LegacyError) {
        if matches!(error, LegacyError::Blocked) && !self.blocked.swap(true, Ordering::Relaxed) {
            tracing::info!("Yahoo refuses to answer; it is not asked again in this run");
        }
    }

    /// Takes one request off the budget.
    fn spend(&self) -> Result<(), LegacyError> {
        let limit = self.options.requests_per_run;
        self.spent
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |spent| {
                (spent < limit).then(|| spent + 1)
            })
            .map(drop)
            .map_err(|_| LegacyError::Budget { limit })
    }
}

impl fmt::Debug for ChartClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("options", &self.options)
            .field("spent", &self.spent)
            .field("blocked", &self.blocked)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::FixedClock;
    use crate::net::responder::{Responder, reply};

    const LIVE: &str = include_str!("../../fixtures/http_yahoo_live.json");

    fn at(base_url: String) -> Options {
        Options {
            base_url,
            ..Options::default()
        }
    }

    fn client(options: Options) -> ChartClient {
        let clock = FixedClock("2026-11-20T16:00:00Z".parse().unwrap());
        ChartClient::new(&HttpOptions::default(), options, Arc::new(clock))
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(20)
    }

    fn symbol(typed: &str) -> Symbol {
        typed.parse().unwrap()
    }

    fn chart_reply() -> String {
        reply(200, "application/json", LIVE)
    }

    #[tokio::test]
    async fn it_asks_for_a_year_of_days_under_its_own_name() {
        let server = Responder::start(vec![chart_reply()]).await;
        let client = client(at(server.url("/")));
        let chart = client.chart(&symbol("SPX"), soon()).await.unwrap();
        assert_eq!(
            (chart.symbol.as_str(), &*chart.source_symbol),
            ("SPX", "^GSPC")
        );
        assert_eq!(chart.last, Some(103.5));
        assert_eq!(client.requests(), 1);
        let seen = server.seen()[0].clone();
        let line = seen.lines().next().unwrap();
        insta::assert_snapshot!(
            line,
            @"GET /v8/finance/chart/%5EGSPC?range=1y&interval=1d&includePrePost=false&events=div%2Csplits HTTP/1.1"
        );
        let agent = concat!(
            "user-agent: mozilla/5.0 (compatible; volq/",
            env!("CARGO_PKG_VERSION"),
            ")"
        );
        assert!(seen.to_ascii_lowercase().contains(agent), "{seen}");
    }

    #[tokio::test]
    async fn what_has_no_counterpart_costs_no_request() {
        let server = Responder::start(vec![chart_reply()]).await;
        let client = client(at(server.url("")));
        let error = client.chart(&symbol("/ESZ6"), soon()).await.unwrap_err();
        assert!(matches!(error, LegacyError::NoMapping { .. }));
        assert_eq!(client.requests(), 0);
        let front = YahooSymbol::of_front_month(&symbol("/ESZ6")).unwrap();
        let chart = client.chart_of(&symbol("/ESZ6"), &front, soon()).await;
        assert_eq!(chart.unwrap().source_symbol, "ES=F");
    }

    #[tokio::test]
    async fn after_a_429_nothing_is_sent_any_more() {
        let refusal = reply(429, "text/plain", "Edge: Too Many Requests");
        let server = Responder::start(vec![refusal, chart_reply()]).await;
        let client = client(at(server.url("")));
        for _ in 0..3 {
            let error = client.chart(&symbol("SPY"), soon()).await.unwrap_err();
            assert!(matches!(error, LegacyError::Blocked), "{error}");
        }
        assert_eq!(server.seen().len(), 1);
    }

    #[tokio::test]
    async fn a_server_fault_is_tried_once_more() {
        let fault = || reply(502, "text/html", "<html>");
        let server = Responder::start(vec![fault(), chart_reply(), fault(), fault()]).await;
        let client = client(at(server.url("")));
        assert!(client.chart(&symbol("SPY"), soon()).await.is_ok());
        let error = client.chart(&symbol("SPY"), soon()).await.unwrap_err();
        assert!(matches!(error, LegacyError::Status { status: 502 }));
        assert_eq!(server.seen().len(), 4);
    }

    #[tokio::test]
    async fn a_refusal_that_will_not_change_is_not_tried_again() {
        let unknown = include_str!("../../fixtures/http_yahoo_unknown.json");
        let consent = "HTTP/1.1 302 Found\r\nlocation: https://guce.yahoo.com/consent\r\ncontent-length: 0\r\n\r\n";
        let server = Responder::start(vec![
            reply(404, "application/json", unknown),
            consent.to_owned(),
        ])
        .await;
        let client = client(at(server.url("")));
        let error = client.chart(&symbol("XXXX"), soon()).await.unwrap_err();
        assert!(matches!(error, LegacyError::UnknownSymbol { .. }));
        let error = client.chart(&symbol("SPY"), soon()).await.unwrap_err();
        assert!(matches!(error, LegacyError::Consent { status: 302 }));
        assert_eq!(server.seen().len(), 2);
    }

    #[tokio::test]
    async fn a_run_has_a_budget() {
        let server = Responder::answering(|_, _| Some(chart_reply())).await;
        let two = Options {
            requests_per_run: 2,
            ..at(server.url(""))
        };
        let client = client(two);
        for _ in 0..2 {
            client.chart(&symbol("SPY"), soon()).await.unwrap();
        }
        let error = client.chart(&symbol("SPY"), soon()).await.unwrap_err();
        insta::assert_snapshot!(error, @"the budget of 2 requests to Yahoo per run is used up");
        assert!(error.is_out_of_budget());
        assert_eq!(server.seen().len(), 2);
    }

    #[tokio::test]
    async fn a_rate_too_slow_for_the_deadline_is_told_at_once() {
        let server = Responder::answering(|_, _| Some(chart_reply())).await;
        let slow = Options {
            requests_per_second: 0.01,
            burst: 1,
            ..at(server.url(""))
        };
        let client = client(slow);
        client.chart(&symbol("SPY"), soon()).await.unwrap();
        let error = client.chart(&symbol("SPY"), soon()).await.unwrap_err();
        assert!(matches!(
            error,
            LegacyError::Net(NetError::RateBudget { .. })
        ));
        assert!(error.is_out_of_budget());
        assert_eq!(client.spent.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn an_endless_body_is_cut_off() {
        let padding = " ".repeat(BODY_CAP + 1);
        let server = Responder::start(vec![reply(200, "application/json", &padding)]).await;
        let client = client(at(server.url("")));
        let error = client.chart(&symbol("SPY"), soon()).await.unwrap_err();
        assert!(matches!(
            error,
            LegacyError::Net(NetError::BodyTooLarge { .. })
        ));
    }

    #[tokio::test]
    async fn no_more_than_two_requests_are_under_way() {
        let server = Responder::start(Vec::new()).await;
        let client = client(at(server.url("")));
        let deadline = Instant::now() + Duration::from_millis(80);
        let spy = symbol("SPY");
        let all = (0..3).map(|_| client.chart(&spy, deadline));
        for answer in futures_util::future::join_all(all).await {
            let error = answer.unwrap_err();
            assert!(
                matches!(error, LegacyError::Net(ref error) if error.is_deadline()),
                "{error}"
            );
        }
        assert!(client.requests() <= 2, "{}", client.requests());
    }

    #[test]
    fn only_the_public_service_has_a_second_host() {
        let hosts = |base: &str| client(at(base.to_owned())).hosts().map(str::to_owned);
        assert_eq!(hosts(HOST), [HOST, OTHER_HOST]);
        assert_eq!(hosts("http://127.0.0.1:9/"), ["http://127.0.0.1:9"; 2]);
    }
}
