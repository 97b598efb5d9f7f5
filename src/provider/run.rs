//! The bounded run: all sources at the same time, until everything wanted is settled or time is up (product §1 and §5).
//!
//! One loop owns the board. Requests run as tasks and report through one bounded queue; the stream reports changes
//! through the same queue. The loop's deadlines do not depend on anything arriving.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info};

use super::account::TokenTrail;
use super::board::{Board, Target};
use super::candles::Bars;
use super::derive::{Facts, derive};
use super::error::{ProviderError, in_tenths};
use super::history::{self, Quests, Shelf};
use super::news::News;
use super::plan::{DEFAULT_ORDER, Ranking};
use crate::auth::{self, AuthError};
use crate::clock::{Clock, new_york_date};
use crate::legacy;
use crate::model::market::ExpirationVol;
use crate::model::report::{ProviderReport, ProviderStatus, Timing, Warning};
use crate::model::{Field, FieldSet, Reason, Row, Source, Symbol, Value};
use crate::net::Http;
use crate::store::{Drawer, Slot, Slots};
use crate::tastytrade;
use dxlink::{CandleSymbol, Feed, FeedOptions, Loss, Stats, Subscription};

/// Reports that may wait; sources wait for room beyond it.
const QUEUE: usize = 64;

/// A broker login with everything that speaks through it.
#[derive(Clone)]
pub struct Account {
    /// The login.
    pub session: auth::Login,
    /// The REST client.
    pub client: tastytrade::Client,
    /// What both send through, for its counter.
    pub http: Http,
}

/// What a run may use.
#[derive(Clone)]
pub struct Sources {
    /// Which sources, and their order.
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
    pub bars: Option<Drawer>,
    /// The keyless source.
    pub legacy: Arc<legacy::Client>,
    /// Whether all of this is the built-in market.
    pub demo: bool,
    /// Wall time.
    pub clock: Arc<dyn Clock>,
}

/// How long a run may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Longest wait for stream data, from the start of the run.
    pub listen: Duration,
    /// Longest run.
    pub timeout: Duration,
    /// Whether to stay for the whole window even when everything is in.
    pub full_listen: bool,
}

/// What a run found.
#[derive(Debug)]
pub struct Collected {
    /// One row per target, in order.
    pub rows: Vec<Row>,
    /// What each source did, in rank order.
    pub providers: Vec<ProviderReport>,
    /// How long the phases took.
    pub timings: Vec<Timing>,
    /// Things worth knowing.
    pub warnings: Vec<Warning>,
    /// Why sources failed, in rank order.
    pub failures: Vec<(Source, ProviderError)>,
    /// Whether the user broke it off.
    pub interrupted: bool,
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Lines with everything settled.
    pub settled: usize,
    /// Lines in all.
    pub total: usize,
}

/// Runs all sources for the targets.
///
/// `cancel` breaks the run off cleanly with what was gathered; `progress` is told after every step.
pub async fn collect(
    targets: Vec<Target>,
    sources: &Sources,
    limits: Limits,
    cancel: &CancellationToken,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Collected {
    let mut run = Run::new(targets, sources, limits);
    run.begin();
    let interrupted = run.drive(cancel, progress).await;
    run.finish(interrupted).await
}

/// What one source has done so far.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) asked: bool,
    pub(super) failure: Option<ProviderError>,
    pub(super) first: Option<Duration>,
}

/// A run under way.
pub(super) struct Run<'a> {
    pub(super) sources: &'a Sources,
    pub(super) limits: Limits,
    pub(super) began: Instant,
    pub(super) board: Board,
    pub(super) tallies: HashMap<Source, Tally>,
    pub(super) tasks: JoinSet<()>,
    pub(super) post: mpsc::Sender<News>,
    inbox: mpsc::Receiver<News>,
    pub(super) feed: Option<Feed>,
    pub(super) stats: Stats,
    pub(super) trail: TokenTrail,
    pub(super) stream_over: bool,
    /// The stream session of this run.
    pub(super) slot: Option<Slot>,
    /// Whether a stream session is being waited for; the window does not run before there is one.
    pub(super) awaits_slot: bool,
    /// When the window began.
    pub(super) listens_from: Instant,
    /// Why the last connection ended, until it is made good.
    pub(super) lost: Option<Arc<Loss>>,
    /// Until when the answer to a late question to the stream is waited for.
    pub(super) probe_until: Option<Instant>,
    /// Lines by the stream's name for them.
    pub(super) by_streamer: HashMap<Arc<str>, Vec<usize>>,
    /// Subscriptions that the stream may have refused because of a limit.
    pub(super) suspects: HashSet<Subscription>,
    /// Lines by the symbols that REST knows them by.
    pub(super) by_symbol: HashMap<Symbol, Vec<usize>>,
    pub(super) lines: Vec<LineState>,
    /// Whether it is known which contract is the front month, or that nobody will say.
    pub(super) futures_known: bool,
    pub(super) timings: Vec<Timing>,
    pub(super) warnings: Vec<Warning>,
    /// What looked odd about charts, with the symbols it holds for.
    pub(super) doubts: BTreeMap<String, Vec<Symbol>>,
    /// Daily bars and who wants them.
    pub(super) quests: Quests,
    /// Lines that want bars and have no name on the stream yet.
    pub(super) nameless: Vec<usize>,
    /// The series that the stream was asked for, with the symbols they are of.
    pub(super) followed: HashMap<CandleSymbol, Arc<str>>,
}

/// What a run remembers of a line beside the board.
#[derive(Debug, Default)]
pub(super) struct LineState {
    pub(super) expirations: Vec<ExpirationVol>,
    /// The name on the stream, once known.
    pub(super) streamer: Option<Arc<str>>,
    pub(super) probed: bool,
    pub(super) charted: bool,
    /// What a future was found to be.
    pub(super) contract: Option<Contract>,
    /// How far it is with its daily bars.
    pub(super) bars: Bars,
}

/// What is known of the listed contract that a future is, or stands for.
#[derive(Debug)]
pub(super) struct Contract {
    /// It is the one that a front-month chart shows.
    pub(super) is_front_month: bool,
    /// The contracts before it, newest first, in the stream's spelling.
    pub(super) earlier: Vec<Arc<str>>,
}

impl<'a> Run<'a> {
    fn new(targets: Vec<Target>, sources: &'a Sources, limits: Limits) -> Self {
        let (post, inbox) = mpsc::channel(QUEUE);
        let lines = targets.iter().map(|_| LineState::default()).collect();
        let now = sources.clock.now();
        let wants = targets
            .iter()
            .fold(FieldSet::EMPTY, |all, target| all.union(target.wants));
        let needed = history::bars_for(wants, sources.ranking.estimator());
        let shelf = sources.bars.clone().map(|drawer| Shelf::new(drawer, now));
        Self {
            sources,
            limits,
            began: Instant::now(),
            board: Board::new(targets, sources.ranking.clone()),
            tallies: DEFAULT_ORDER
                .into_iter()
                .map(|source| (source, Tally::default()))
                .collect(),
            tasks: JoinSet::new(),
            post,
            inbox,
            feed: None,
            stats: Stats::default(),
            trail: TokenTrail::default(),
            slot: None,
            awaits_slot: false,
            listens_from: Instant::now(),
            stream_over: !sources.ranking.uses(Source::Dxlink),
            lost: None,
            probe_until: None,
            by_streamer: HashMap::new(),
            suspects: HashSet::new(),
            by_symbol: HashMap::new(),
            lines,
            futures_known: false,
            timings: Vec::new(),
            warnings: Vec::new(),
            doubts: BTreeMap::new(),
            quests: Quests::new(new_york_date(now), needed, shelf),
            nameless: Vec::new(),
            followed: HashMap::new(),
        }
    }

    /// Takes reports until the run is over; gives whether it was broken off.
    async fn drive(
        &mut self,
        cancel: &CancellationToken,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> bool {
        let end = self.began + self.limits.timeout;
        loop {
            self.ask_further().await;
            progress(Progress {
                settled: self.board.settled_lines(),
                total: self.board.len(),
            });
            if self.is_over() {
                return false;
            }
            let window = self.listens_from + self.limits.listen.min(self.limits.timeout);
            let probe = self.probe_until.unwrap_or(end);
            tokio::select! {
                biased;
                () = cancel.cancelled() => return true,
                () = sleep_until(end) => {
                    self.out_of_time();
                    return false;
                }
                () = sleep_until(window), if !self.stream_over && !self.awaits_slot => self.close_window(),
                () = sleep_until(probe), if self.probe_until.is_some() => self.end_probe(),
                Some(ended) = self.tasks.join_next() => {
                    if let Err(error) = ended {
                        debug!("a request ended abnormally: {error}");
                        self.out_of_time();
                    }
                }
                Some(news) = self.inbox.recv() => self.hear(news).await,
            }
        }
    }

    fn is_over(&self) -> bool {
        let stays = self.limits.full_listen && !self.stream_over;
        self.board.is_settled() && !stays
    }

    /// The stream's time is up: whoever has not spoken is silent.
    fn close_window(&mut self) {
        self.stream_over = true;
        self.probe_until = None;
        if let Some(error) = self.why_no_stream() {
            self.fail(Source::Dxlink, error);
        }
        self.conclude_suspects();
        self.board
            .conclude_all(Source::Dxlink, Reason::NoEventBeforeDeadline);
    }

    /// Why there is no working stream when its window closes.
    fn why_no_stream(&mut self) -> Option<ProviderError> {
        let after = in_tenths(self.limits.listen.min(self.limits.timeout));
        if let Some(slots) = self.sources.slots.as_ref().filter(|_| self.awaits_slot) {
            let waited = self.listens_from.elapsed();
            return Some(ProviderError::Sessions(slots.taken(waited)));
        }
        if self.feed.is_none() {
            // The login is still being waited for.
            let awaited = self.board.awaits(Source::Dxlink);
            return awaited.then_some(ProviderError::Deadline { after });
        }
        let silence = || {
            Arc::new(Loss::Timeout {
                waiting_for: "an open channel",
                after,
            })
        };
        let is_new = self.stats.ready.is_none();
        let loss = self.lost.take().or_else(|| is_new.then(silence))?;
        Some(self.stream_error(loss))
    }

    fn out_of_time(&mut self) {
        if !self.stream_over {
            self.close_window();
        }
        self.settle_bars(self.over());
        let after = in_tenths(self.limits.timeout);
        for source in [Source::Rest, Source::Legacy] {
            if self.board.awaits(source) {
                self.fail(source, ProviderError::Deadline { after });
            }
            self.board.conclude_all(source, Reason::ProviderFailed);
        }
    }

    /// A source has failed as a whole.
    pub(super) fn fail(&mut self, source: Source, error: ProviderError) {
        info!("{source} failed: {error}");
        self.board.conclude_all(source, error.reason());
        self.tally(source).failure.get_or_insert(error);
    }

    pub(super) fn tally(&mut self, source: Source) -> &mut Tally {
        self.tallies.entry(source).or_default()
    }

    pub(super) fn warn(&mut self, code: &'static str, message: String) {
        if !self
            .warnings
            .iter()
            .any(|warning| warning.code == code && warning.message == message)
        {
            self.warnings.push(Warning { code, message });
        }
    }

    async fn finish(mut self, interrupted: bool) -> Collected {
        // The stream's own task says goodbye, so it has to live until it has.
        if let Some(feed) = self.feed.take() {
            feed.close().await;
            let Stats {
                events,
                connections,
                malformed,
                ignored,
                ..
            } = self.stats;
            info!(
                "events: {events}, connections: {connections}, unreadable frames: {malformed}, ignored messages: {ignored}"
            );
        }
        self.tasks.abort_all();
        drop(self.slot.take());
        self.time_stream();
        self.tell_doubts();
        let providers = self
            .sources_in_order()
            .map(|source| self.report(source))
            .collect();
        let failures: Vec<_> = self
            .sources_in_order()
            .filter_map(|source| Some((source, self.tallies.get(&source)?.failure.clone()?)))
            .collect();
        let now = self.sources.clock.now();
        let delayed = self.sources.open_stream.is_some() && !self.sources.demo
            || self.trail.level().is_some_and(|level| level != "api");
        let circumstances = Circumstances {
            now,
            demo: self.sources.demo,
            delayed,
        };
        let rows = rows(self.board, &self.lines, circumstances);
        Collected {
            rows,
            providers,
            timings: self.timings,
            warnings: self.warnings,
            failures,
            interrupted,
        }
    }

    /// One warning per kind of doubt, however many symbols it holds for.
    fn tell_doubts(&mut self) {
        const NAMED: usize = 5;
        for (doubt, symbols) in std::mem::take(&mut self.doubts) {
            let named: Vec<&str> = symbols.iter().take(NAMED).map(Symbol::as_str).collect();
            let more = match symbols.len().saturating_sub(NAMED) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            self.warn(
                "legacy_doubt",
                format!("{}{more}: {doubt}", named.join(", ")),
            );
        }
    }

    fn time_stream(&mut self) {
        let phases = [
            ("quote_token", self.trail.took()),
            (
                "stream_ready",
                self.stats.ready.map(|at| at.duration_since(self.began)),
            ),
            (
                "first_event",
                self.stats
                    .first_event
                    .map(|at| at.duration_since(self.began)),
            ),
        ];
        let timed = phases
            .into_iter()
            .filter_map(|(phase, took)| Some(Timing { phase, took: took? }));
        self.timings.extend(timed);
    }

    fn sources_in_order(&self) -> impl Iterator<Item = Source> + use<> {
        let mut all = DEFAULT_ORDER;
        let order = self.sources.ranking.order().to_vec();
        all.sort_by_key(|source| {
            order
                .iter()
                .position(|other| other == source)
                .unwrap_or(usize::MAX)
        });
        all.into_iter()
    }

    fn report(&self, source: Source) -> ProviderReport {
        let tally = &self.tallies[&source];
        let status = if !self.sources.ranking.uses(source) {
            ProviderStatus::Disabled
        } else if !tally.asked && tally.failure.is_none() {
            ProviderStatus::Skipped
        } else if tally.first.is_none() && tally.failure.is_some() {
            ProviderStatus::Failed
        } else if tally.failure.is_some() || self.board.has_lacking(source) {
            ProviderStatus::Partial
        } else {
            ProviderStatus::Ok
        };
        let mut report = ProviderReport::new(source, status);
        report.detail = tally.failure.as_ref().map(ToString::to_string);
        report.first_event = tally.first;
        match source {
            Source::Dxlink => {
                report.connections = self.stats.connections;
                report.reconnects = self.stats.connections.saturating_sub(1);
                report.events = self.stats.events;
            }
            Source::Rest => {
                let account = self.sources.account.as_ref();
                report.requests = account.map_or(0, |account| account.http.requests());
            }
            Source::Legacy => report.requests = self.sources.legacy.requests(),
            Source::Computed | Source::Cache | Source::Stitched => {}
        }
        report
    }
}

/// The rows with everything calculated. Options find the price of their underlying among the other rows.
fn rows(board: Board, lines: &[LineState], circumstances: Circumstances) -> Vec<Row> {
    let mut rows = board.into_rows();
    let mut prices: HashMap<String, f64> = HashMap::new();
    let (underlyings, options): (Vec<usize>, Vec<usize>) =
        (0..rows.len()).partition(|line| !rows[*line].0.symbol.kind().is_option());
    for line in underlyings.into_iter().chain(options) {
        let (row, received) = &mut rows[line];
        let Circumstances { now, demo, delayed } = circumstances;
        let underlying_price = underlying_of(row).and_then(|symbol| prices.get(&symbol).copied());
        let expirations = &lines[line].expirations;
        derive(
            row,
            &Facts {
                now,
                demo,
                delayed,
                received: *received,
                expirations,
                underlying_price,
            },
        );
        if let Some(mark) = row.number(Field::Mark) {
            prices.insert(row.symbol.as_str().to_owned(), mark);
        }
    }
    rows.into_iter().map(|(row, _)| row).collect()
}

/// What holds for all rows of a run.
#[derive(Clone, Copy)]
struct Circumstances {
    now: Timestamp,
    demo: bool,
    delayed: bool,
}

fn underlying_of(row: &Row) -> Option<String> {
    match row.value(Field::Underlying) {
        Some(Value::Text(symbol)) => Some(symbol.to_string()),
        _ => row.symbol.option().map(|contract| contract.underlying()),
    }
}
