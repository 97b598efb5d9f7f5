//! What outlives a question: login, tokens, stream, session and HTTP; and the loop that does what a run asks for.
//!
//! The loop is one task. It performs requests, reads the feed, keeps the time, and hands everything to the run, which
//! decides. Its deadlines do not depend on anything arriving.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use futures_util::stream::{self, BoxStream, SelectAll};
use futures_util::{FutureExt, StreamExt};
use jiff::Timestamp;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info};

use super::dxlink::{BarCache, Candles};
use super::error::ProviderError;
use super::merge::Target;
use super::plan::Plan;
use super::ranking::Ranking;
use super::rest::account::{AccountTokens, StreamAccess};
use super::run::{Chains, Progress, Question, Run};
use super::source::{Answer, End, Limits, Means, Request};
use crate::auth::{self, AuthError};
use crate::clock::{Clock, new_york_date};
use crate::legacy::{self, YahooSymbol};
use crate::model::report::{ProviderReport, Timing, Warning};
use crate::model::{Provider, Row, Supply};
use crate::net::{Http, websocket_tls};
use crate::store::{CacheFolder, SessionSlot, Slots, SlotsTaken};
use crate::tastytrade::{self, EndpointRates, Portion};
use dxlink::{Changes, Feed, FeedOptions, WebSocket};

/// A broker login with everything that speaks through it.
#[derive(Clone)]
pub struct Account {
    /// The login.
    pub login: auth::Login,
    /// The REST client.
    pub client: tastytrade::RestClient,
    /// What both send through, for its counter.
    pub http: Http,
}

/// What a run may use.
#[derive(Clone)]
pub struct Sources {
    /// Which providers, and their order.
    pub ranking: Ranking,
    /// The account, or why there is none.
    pub account: Result<Account, AuthError>,
    /// The stream sessions of the account; `None` where they are not counted.
    pub slots: Option<Slots>,
    /// A stream that needs no account, in place of the account's.
    pub open_stream: Option<String>,
    /// An address in place of the one that comes with the stream token.
    pub stream_url: Option<String>,
    /// How the stream behaves.
    pub feed: FeedOptions,
    /// Where daily bars are kept between runs; `None` where they are not.
    pub bars: Option<CacheFolder>,
    /// The keyless source.
    pub legacy: Arc<legacy::ChartClient>,
    /// Whether all of this is the built-in market.
    pub demo: bool,
    /// Wall time.
    pub clock: Arc<dyn Clock>,
}

/// What a round found.
#[derive(Debug)]
pub struct Found {
    /// One row per target, in order.
    pub rows: Vec<Row>,
    /// The option chains that were wanted.
    pub chains: Chains,
    /// Whether the user broke it off.
    pub interrupted: bool,
}

/// What a run found, and how it came about.
#[derive(Debug, Default)]
pub struct Collected {
    /// One row per target, in order.
    pub rows: Vec<Row>,
    /// What each provider did, in rank order.
    pub providers: Vec<ProviderReport>,
    /// How long the phases took.
    pub timings: Vec<Timing>,
    /// Things worth knowing.
    pub warnings: Vec<Warning>,
    /// Why providers failed, in rank order.
    pub failures: Vec<(Provider, ProviderError)>,
    /// Whether the user broke it off.
    pub interrupted: bool,
}

/// Runs one question from login to goodbye.
///
/// `cancel` breaks the run off cleanly with what was gathered; `progress` is told after every step.
pub async fn collect(
    targets: Vec<Target>,
    sources: &Sources,
    limits: Limits,
    cancel: &CancellationToken,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Collected {
    let mut engine = Engine::new(sources, limits, Instant::now());
    let question = Question {
        targets,
        ..Question::default()
    };
    let found = engine.ask(question, limits, cancel, progress).await;
    Collected {
        rows: found.rows,
        interrupted: found.interrupted,
        ..engine.close().await
    }
}

/// What comes of work that is under way.
enum Outcome {
    /// Something for the run.
    Answer(Answer),
    /// One of the account's stream sessions, or who has them all.
    Slot(Result<SessionSlot, SlotsTaken>),
}

type Work = BoxStream<'static, Outcome>;
type NextChanges = Pin<Box<dyn Future<Output = Option<Changes>> + Send>>;

/// A run with everything that is connected for it. It can be asked any number of questions.
pub struct Engine {
    sources: Sources,
    run: Run,
    work: SelectAll<Work>,
    stream: Option<OpenStream>,
    interrupted: bool,
}

/// The feed, its socket task, and what it will hand over next.
struct OpenStream {
    feed: Feed,
    task: JoinHandle<()>,
    next: NextChanges,
    /// The account's session that it takes up.
    _slot: Option<SessionSlot>,
}

impl Engine {
    /// Nothing is connected until something is asked that needs it. The time of all questions together is limited from
    /// `began` on.
    pub fn new(sources: &Sources, limits: Limits, began: Instant) -> Self {
        let wall = sources.clock.now();
        let cache = sources.bars.clone();
        let cache = cache.map(|cache_folder| BarCache::new(cache_folder, wall));
        let account = sources.account.as_ref();
        let rations = account.map_or_else(|_| EndpointRates::default(), |of| of.client.rations());
        let means = Means {
            no_account: sources.account.as_ref().err().cloned(),
            is_open_stream: sources.open_stream.is_some(),
            has_slots: sources.slots.is_some(),
            quotes_batch: rations.quotes_batch,
            charts: sources.legacy.ration(),
        };
        Self {
            run: Run::new(
                sources.ranking.clone(),
                means,
                rations,
                Candles::new(new_york_date(wall), cache),
                limits,
                began,
                wall,
            ),
            sources: sources.clone(),
            work: SelectAll::new(),
            stream: None,
            interrupted: false,
        }
    }

    /// Asks a question and waits for its answer within the limits.
    pub async fn ask(
        &mut self,
        question: Question,
        limits: Limits,
        cancel: &CancellationToken,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Found {
        self.run.ask(question, limits, Instant::now(), self.wall());
        let how = self.drive(cancel, progress).await;
        self.interrupted |= how == End::Interrupted;
        let (now, wall) = (Instant::now(), self.wall());
        let rows = self.run.end(how, now, wall, self.sources.demo);
        Found {
            rows,
            chains: self.run.take_chains(),
            interrupted: how == End::Interrupted,
        }
    }

    /// Says goodbye and tells how everything went; the rows were given before.
    pub async fn close(mut self) -> Collected {
        self.work.clear();
        self.run.finish(Instant::now(), self.wall());
        if self.stream.is_none() && self.sources.ranking.uses(Provider::Dxlink) {
            info!("no stream was opened");
        }
        if let Some(stream) = self.stream.take() {
            let stats = self.run.stats();
            info!(
                "events: {}, connections: {}, unreadable frames: {}, ignored messages: {}",
                stats.events, stats.connections, stats.malformed, stats.ignored
            );
            stream.feed.close().await;
            stream.task.abort();
        }
        let mut providers = self.run.reports();
        for report in &mut providers {
            report.requests = self.requests_of(report.provider);
        }
        Collected {
            rows: Vec::new(),
            providers,
            timings: self.run.timings(),
            warnings: self.run.warnings(),
            failures: self.run.failures(),
            interrupted: self.interrupted,
        }
    }

    /// What a question would cost; nothing is connected for that, and nothing asked.
    pub fn plan(self, question: Question, limits: Limits) -> Plan {
        self.run.plan(question, limits)
    }

    /// The account, if there is one.
    pub fn account(&self) -> Option<&Account> {
        self.sources.account.as_ref().ok()
    }

    /// When all questions have to be answered.
    pub fn ends_at(&self) -> Instant {
        self.run.ends_at()
    }

    fn wall(&self) -> Timestamp {
        self.sources.clock.now()
    }

    fn requests_of(&self, provider: Provider) -> u32 {
        match (provider, &self.sources.account) {
            (Provider::Rest, Ok(account)) => account.http.requests(),
            (Provider::Legacy, _) => self.sources.legacy.requests(),
            (Provider::Rest, Err(_)) | (Provider::Dxlink, _) => 0,
        }
    }

    /// Does what the run asks for until it is over.
    async fn drive(
        &mut self,
        cancel: &CancellationToken,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> End {
        loop {
            self.perform_all().await;
            progress(self.run.progress());
            if self.run.is_over() {
                return End::Settled;
            }
            let (end, wake) = (self.run.ends_at(), self.run.wakes_at());
            tokio::select! {
                biased;
                () = cancel.cancelled() => return End::Interrupted,
                () = sleep_until(end) => return End::OutOfTime,
                () = sleep_until(wake) => self.run.on_time(Instant::now(), self.wall()),
                changes = next_changes(&mut self.stream) => self.on_changes(changes),
                Some(outcome) = self.work.next() => self.on_outcome(outcome),
            }
        }
    }

    fn on_outcome(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Answer(answer) => self.on(answer),
            Outcome::Slot(slot) => self.on_slot(slot),
        }
    }

    fn on_slot(&mut self, slot: Result<SessionSlot, SlotsTaken>) {
        let slot = slot.map(|slot| self.open_stream(Some(slot)));
        self.on(Answer::Slot(slot));
    }

    fn on(&mut self, answer: Answer) {
        self.run.on(answer, Instant::now(), self.wall());
    }

    fn on_changes(&mut self, changes: Option<Changes>) {
        let Some(stream) = &mut self.stream else {
            return;
        };
        let Some(changes) = changes else {
            debug!("the feed is closed");
            stream.next = Box::pin(std::future::pending());
            return;
        };
        stream.next = next_of(&stream.feed);
        self.on(Answer::Stream(Box::new(changes)));
    }

    /// Performs what the run asks for, and what that makes it ask for.
    async fn perform_all(&mut self) {
        loop {
            let requests = self.run.take_requests();
            if requests.is_empty() {
                return;
            }
            for request in requests {
                self.perform(request).await;
            }
        }
    }

    async fn perform(&mut self, request: Request) {
        match request {
            Request::SessionSlot => self.take_slot(),
            Request::OpenStream => self.open_stream(None),
            Request::Subscribe(items) => {
                if let Some(stream) = &self.stream {
                    let refused = stream.feed.subscribe(items).await;
                    self.on(Answer::Refused(refused));
                }
            }
            Request::Unsubscribe(items) => {
                if let Some(stream) = &self.stream {
                    stream.feed.unsubscribe(items).await;
                }
            }
            Request::Follow(series) => {
                if let Some(stream) = &self.stream {
                    stream.feed.follow(series).await;
                }
            }
            Request::Unfollow(series) => {
                if let Some(stream) = &self.stream {
                    stream.feed.unfollow(series).await;
                }
            }
            Request::Chart {
                symbol,
                is_front_month,
            } => {
                let client = Arc::clone(&self.sources.legacy);
                let end = self.run.ends_at();
                self.once(async move {
                    let front = YahooSymbol::of_front_month(&symbol).ok();
                    let chart = match front.filter(|_| is_front_month) {
                        Some(front) => client.chart_of(&symbol, &front, end).await,
                        None => client.chart(&symbol, end).await,
                    };
                    Answer::Chart(symbol, Box::new(chart))
                });
            }
            request => self.perform_at_broker(request),
        }
    }

    /// What the account is asked over REST.
    fn perform_at_broker(&mut self, request: Request) {
        let Ok(account) = self.sources.account.clone() else {
            return;
        };
        let (client, end) = (account.client, self.run.ends_at());
        match request {
            Request::Login => {
                self.once(
                    async move { Answer::Login(account.login.access_token(end).await.map(drop)) },
                );
            }
            Request::Metrics(symbols) => {
                let portions = client.market_metrics(&symbols, end);
                self.portions(Supply::Metrics, portions, Answer::Metrics);
            }
            Request::Quotes(symbols) => {
                let portions = client.market_data(&symbols, end);
                self.portions(Supply::ByType, portions, Answer::Quotes);
            }
            Request::Equities(symbols) => {
                let portions = client.equities(&symbols, end);
                self.portions(Supply::Equities, portions, Answer::Equities);
            }
            Request::Futures(products) => self.timed(Supply::Futures, async move {
                let products: Vec<&str> = products.iter().map(String::as_str).collect();
                Answer::Futures(client.futures(&products, end).await)
            }),
            Request::Chain(underlying) => self.timed(Supply::Chain, async move {
                let chain = client.option_chain(&underlying, end).await;
                Answer::Chain(underlying, chain)
            }),
            other => debug!("nobody performs {other:?}"),
        }
    }

    /// Waits for a single answer.
    fn once(&mut self, work: impl Future<Output = Answer> + Send + 'static) {
        self.work
            .push(work.map(Outcome::Answer).into_stream().boxed());
    }

    /// The same, and then tells how long it took.
    fn timed(&mut self, supply: Supply, work: impl Future<Output = Answer> + Send + 'static) {
        let began = Instant::now();
        let done = async move { Answer::Done(supply, began.elapsed()) };
        let answers = work.into_stream().chain(done.into_stream());
        self.work.push(answers.map(Outcome::Answer).boxed());
    }

    /// Hands over the portions of a batched request as they come, and then how long it all took.
    fn portions<T: Send + 'static>(
        &mut self,
        supply: Supply,
        portions: impl stream::Stream<Item = Portion<T>> + Send + 'static,
        wrap: fn(Portion<T>) -> Answer,
    ) {
        let began = Instant::now();
        let done = async move { Answer::Done(supply, began.elapsed()) };
        let answers = portions.map(wrap).chain(done.into_stream());
        self.work.push(answers.map(Outcome::Answer).boxed());
    }

    /// Takes one of the account's sessions, now or when one is free.
    fn take_slot(&mut self) {
        let Some(slots) = self.sources.slots.clone() else {
            return self.open_stream(None);
        };
        match slots.try_take() {
            Ok(slot) => self.on_slot(Ok(slot)),
            Err(taken) => {
                info!("all stream sessions are in use");
                self.on(Answer::SlotAwaited(taken));
                let end = self.run.ends_at();
                let slot = async move { Outcome::Slot(slots.take(end).await) };
                self.work.push(slot.into_stream().boxed());
            }
        }
    }

    /// Opens the stream for whatever will be subscribed.
    fn open_stream(&mut self, slot: Option<SessionSlot>) {
        let listen = self.run.listen();
        let access = match (&self.sources.open_stream, &self.sources.account) {
            (Some(url), _) => StreamAccess::Open { url: url.clone() },
            (None, Ok(account)) => {
                let url = self.sources.stream_url.clone();
                let grants = AccountTokens::new(account.client.clone(), url, listen);
                self.run.set_diagnostics(grants.diagnostics());
                StreamAccess::Account(grants)
            }
            (None, Err(_)) => return,
        };
        let (feed, task) = Feed::new(
            self.sources.feed,
            access,
            WebSocket::with_lazy_tls(websocket_tls),
        );
        self.stream = Some(OpenStream {
            next: next_of(&feed),
            feed,
            task: tokio::spawn(task),
            _slot: slot,
        });
    }
}

fn next_of(feed: &Feed) -> NextChanges {
    let feed = feed.clone();
    Box::pin(async move { feed.changes().await })
}

/// What the stream hands over next; never anything without one.
async fn next_changes(stream: &mut Option<OpenStream>) -> Option<Changes> {
    match stream {
        Some(stream) => (&mut stream.next).await,
        None => std::future::pending().await,
    }
}
