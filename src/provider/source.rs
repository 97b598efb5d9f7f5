//! What every provider's part of a run has in common: what it is asked to do, what it can ask for, and what all of them
//! share.
//!
//! Nothing here waits, connects or looks at a clock: moments come in, [`Request`]s go out, and [`Answer`]s come back.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use tokio::time::Instant;
use tracing::info;

use super::error::ProviderError;
use super::merge::{MergeTable, Observation, Waits};
use super::rest::account::TokenDiagnostics;
use crate::auth::AuthError;
use crate::clock::new_york_date;
use crate::legacy::LegacyError;
use crate::model::instrument::{EquityInstrument, FutureContract, InstrumentClass};
use crate::model::market::{DailyChart, ExpirationVol, MarketData, Metrics};
use crate::model::report::{Timing, Warning};
use crate::model::{OptionChain, Origin, Provider, Reason, Supply, Symbol, SymbolKind};
use crate::store::SlotsTaken;
use crate::tastytrade::{MarketDataKind, Portion, TastyError};
use dxlink::{CandleSymbol, Changes, SeriesRequest, Subscription};

/// One provider's part of a run.
///
/// A part decides from the merge table what to ask its provider, and takes in what the provider answers. It is told when
/// lines of the table changed or their time came, and says itself when time alone will change something.
pub(super) trait Source {
    /// Asks what is worth asking now about lines that changed.
    fn step(&mut self, stage: Stage, lines: &[usize], run: &mut Shared);

    /// Hands over the requests that can be made by now. Called after every change.
    fn flush(&mut self, run: &mut Shared);

    /// Takes in an answer, if it is one of this provider's.
    fn on(&mut self, answer: Answer, run: &mut Shared) -> Option<Answer>;

    /// When time alone changes something.
    fn wakes_at(&self, run: &Shared) -> Option<Instant>;

    /// Does what time alone is the reason for.
    fn on_time(&mut self, run: &mut Shared);

    /// The run turns to other lines: `moved` says where each old one went.
    fn retarget(&mut self, moved: &[Option<usize>], run: &mut Shared);

    /// The run is over: nothing more will be asked of the provider or taken from it.
    fn end(&mut self, how: End, run: &mut Shared);
}

/// What is asked: first by everybody what nobody ranks better for, then what that leaves open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// What a provider is the best one for.
    Best,
    /// What all who were asked have left open.
    Open,
}

/// Why a run is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Everything is in that is worth waiting for.
    Settled,
    /// The longest time it may take is up.
    OutOfTime,
    /// The user broke it off.
    Interrupted,
}

/// Something for the driver to do.
#[derive(Debug)]
pub(super) enum Request {
    /// Log in.
    Login,
    /// Take one of the account's stream sessions, and open the stream with it.
    SessionSlot,
    /// Open the stream, which needs no session.
    OpenStream,
    /// Subscribe.
    Subscribe(Vec<Subscription>),
    /// Take subscriptions back.
    Unsubscribe(Vec<Subscription>),
    /// Follow series of bars.
    Follow(Vec<SeriesRequest>),
    /// Follow series no longer.
    Unfollow(Vec<CandleSymbol>),
    /// `/market-metrics`.
    Metrics(Vec<Symbol>),
    /// `/market-data/by-type`.
    Quotes(Vec<(MarketDataKind, Symbol)>),
    /// `/instruments/equities`.
    Equities(Vec<Symbol>),
    /// `/instruments/futures`, by product codes without slash.
    Futures(Vec<String>),
    /// The option chain of an underlying.
    Chain(Symbol),
    /// A daily chart of the keyless source.
    Chart {
        /// The symbol whose chart it is, in the broker's spelling.
        symbol: Symbol,
        /// Whether it is a contract that the chart of the front month shows.
        is_front_month: bool,
    },
}

/// What came of a request.
#[derive(Debug)]
pub(super) enum Answer {
    /// The login went well or did not.
    Login(Result<(), AuthError>),
    /// All sessions are taken at the moment; one is waited for.
    SlotAwaited(SlotsTaken),
    /// There is a session and the stream is being opened, or who has them all.
    Slot(Result<(), SlotsTaken>),
    /// A session has no room for these.
    Refused(Vec<Subscription>),
    /// What is new on the stream.
    Stream(Box<Changes>),
    /// Some metrics.
    Metrics(Portion<Metrics>),
    /// Some quotes.
    Quotes(Portion<MarketData>),
    /// Some instruments.
    Equities(Portion<EquityInstrument>),
    /// What futures are listed.
    Futures(Result<Vec<FutureContract>, TastyError>),
    /// The listed options of an underlying.
    Chain(Symbol, Result<OptionChain, TastyError>),
    /// A chart.
    Chart(Symbol, Box<Result<DailyChart, LegacyError>>),
    /// All of a request has been answered, after so long.
    Done(Supply, Duration),
}

/// How long a run may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Longest wait for an event of the stream, from its own subscription.
    pub listen: Duration,
    /// How long a silent or still connecting better provider may keep a run that has an answer for everything, and silence
    /// after which the next provider is asked.
    pub settle: Duration,
    /// Longest run.
    pub timeout: Timeout,
    /// Whether to stay for the whole window even when everything is in.
    pub full_listen: bool,
}

/// Longest run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timeout {
    /// The user's word; it never grows.
    Fixed(Duration),
    /// So long, or twice the least time that the plan takes, counted from the start of the command.
    Planned(Duration),
}

impl Timeout {
    /// The longest run that is planned by itself.
    pub const MOST: Duration = Duration::from_mins(10);

    /// The bound for a plan that takes at least so long.
    pub fn for_plan(self, least: Duration) -> Duration {
        match self {
            Self::Fixed(timeout) => timeout,
            Self::Planned(usual) => usual.max((least * 2).min(Self::MOST)),
        }
    }
}

/// What one provider has done so far.
#[derive(Debug, Default)]
pub(super) struct Activity {
    /// Whether it was asked anything.
    pub(super) asked: bool,
    /// Why it failed, first of all reasons.
    pub(super) failure: Option<ProviderError>,
    /// From the start to its first value.
    pub(super) first: Option<Duration>,
}

/// Whether there is a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LoginState {
    /// Nobody has needed it yet.
    Unneeded,
    /// It was asked for.
    Awaited,
    /// It is there.
    Done,
    /// It will not come.
    Failed,
}

/// Whether it is known which contracts futures stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Contracts {
    /// Nobody was asked yet.
    Unasked,
    /// The broker was asked.
    Awaited,
    /// As far as they ever will be.
    Known,
}

/// What is known of the listed contract that a future is, or stands for.
#[derive(Clone, Debug)]
pub(super) struct Contract {
    /// The broker's name of it.
    pub(super) symbol: Symbol,
    /// It is the one that a front-month chart shows.
    pub(super) is_front_month: bool,
    /// The contracts before it, newest first, in the stream's spelling.
    pub(super) earlier: Vec<Arc<str>>,
}

/// What is known of a line beside its values.
#[derive(Debug, Default)]
pub(super) struct LineFacts {
    /// What a provider calls the instrument, where its spelling does not tell.
    pub(super) class: Option<InstrumentClass>,
    /// Implied volatility by expiration, ascending.
    pub(super) expirations: Vec<ExpirationVol>,
    /// The name on the stream, once known.
    pub(super) streamer: Option<Arc<str>>,
    /// What a future was found to be.
    pub(super) contract: Option<Contract>,
    /// Its whole history is too short for a wanted window, so that nobody has a longer one.
    pub(super) is_young: bool,
}

/// What a run is allowed to use, as far as a decision depends on it.
#[derive(Clone, Debug)]
pub(super) struct Means {
    /// Why there is no account, if there is none.
    pub(super) no_account: Option<AuthError>,
    /// Whether the stream needs no account.
    pub(super) is_open_stream: bool,
    /// Whether the account's stream sessions are counted.
    pub(super) has_slots: bool,
    /// Symbols of one by-type request: as many are asked beside the stream, more only for what it leaves open.
    pub(super) quotes_batch: usize,
    /// How fast and how often the keyless source may be asked.
    pub(super) charts: crate::legacy::ChartRation,
}

/// What all parts of a run share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) means: Means,
    pub(super) limits: Limits,
    /// When the first round began.
    pub(super) began: Instant,
    /// The present moment, and what the calendar calls it.
    pub(super) now: Instant,
    pub(super) wall: Timestamp,
    pub(super) table: MergeTable,
    pub(super) lines: Vec<LineFacts>,
    /// Lines by the symbols that REST knows them by.
    pub(super) by_symbol: HashMap<Symbol, Vec<usize>>,
    pub(super) login: LoginState,
    /// Why there is no login.
    pub(super) login_error: Option<AuthError>,
    pub(super) contracts: Contracts,
    pub(super) diagnostics: TokenDiagnostics,
    pub(super) activities: [Activity; Provider::ALL.len()],
    pub(super) requests: Vec<Request>,
    pub(super) timings: Vec<Timing>,
    pub(super) warnings: Vec<Warning>,
    /// What looked odd about charts, with the symbols it holds for.
    pub(super) doubts: BTreeMap<String, Vec<Symbol>>,
}

impl Shared {
    /// Today in New York.
    pub(super) fn today(&self) -> Date {
        new_york_date(self.wall)
    }

    /// How long silence is waited for.
    pub(super) fn waits(&self, takes_first: bool) -> Waits {
        Waits {
            listen: self.limits.listen,
            settle: self.limits.settle,
            takes_first,
        }
    }

    /// What a provider has done so far.
    pub(super) fn activity(&mut self, provider: Provider) -> &mut Activity {
        &mut self.activities[provider as usize]
    }

    /// Whether a provider has failed as a whole.
    pub(super) fn has_failed(&self, provider: Provider) -> bool {
        self.activities[provider as usize].failure.is_some()
    }

    /// Asks for something.
    pub(super) fn request(&mut self, request: Request) {
        self.requests.push(request);
    }

    /// Logs in, unless that has happened or cannot.
    pub(super) fn need_login(&mut self) {
        if self.login != LoginState::Unneeded {
            return;
        }
        if let Some(error) = self.means.no_account.clone() {
            self.login_failed(error);
        } else {
            self.login = LoginState::Awaited;
            self.request(Request::Login);
        }
    }

    /// Without a login neither REST nor the account's stream can say anything.
    pub(super) fn login_failed(&mut self, error: AuthError) {
        self.login = LoginState::Failed;
        self.login_error = Some(error.clone());
        let error = ProviderError::Login(error);
        if self.table.ranking().uses(Provider::Rest) {
            self.fail(Provider::Rest, error.clone());
        }
        if self.table.ranking().uses(Provider::Dxlink) && !self.means.is_open_stream {
            // The stream may have been given up over the wait for the login, which is the reason then.
            self.activity(Provider::Dxlink).failure = None;
            self.fail(Provider::Dxlink, error);
        }
    }

    /// A provider that has failed would have been asked this about a line.
    pub(super) fn refuse(&mut self, line: usize, supply: Supply) {
        let provider = supply.provider();
        let fields = self.table.wanted_of(line, supply);
        let failure = self.activity(provider).failure.as_ref();
        let reason = failure.map_or(Reason::NoEventBeforeDeadline, ProviderError::reason);
        self.table.ask_idly(line, supply);
        self.table.refuse(line, provider, fields, reason);
    }

    /// A provider has failed as a whole. The first failure is the one that is told.
    pub(super) fn fail(&mut self, provider: Provider, error: ProviderError) {
        info!("{provider} failed: {error}");
        self.table.conclude_all(provider, error.reason());
        self.activity(provider).failure.get_or_insert(error);
    }

    /// Hands observations to the table and notes when the provider first spoke.
    pub(super) fn offer(
        &mut self,
        line: usize,
        provider: Provider,
        said: impl IntoIterator<Item = Observation>,
    ) {
        for observation in said {
            self.offer_made_of(line, provider, provider.into(), observation);
        }
    }

    /// The same with another word for where the value is from.
    pub(super) fn offer_made_of(
        &mut self,
        line: usize,
        provider: Provider,
        origin: Origin,
        observation: Observation,
    ) {
        let elapsed = self.now.duration_since(self.began);
        // What was kept is no word of its provider.
        if origin != Origin::Cached {
            self.activity(provider).first.get_or_insert(elapsed);
        }
        let received = self.wall;
        self.table
            .offer(line, provider, origin, observation, received);
    }

    /// The lines that REST knows by a symbol.
    pub(super) fn lines_of(&self, symbol: &Symbol) -> Vec<usize> {
        self.by_symbol.get(symbol).cloned().unwrap_or_default()
    }

    /// REST knows a line by this symbol too.
    pub(super) fn known_as(&mut self, line: usize, symbol: Symbol) {
        let lines = self.by_symbol.entry(symbol).or_default();
        if !lines.contains(&line) {
            lines.push(line);
        }
    }

    /// Lines that are futures, roots and contracts alike.
    pub(super) fn futures(&self) -> Vec<usize> {
        (0..self.table.len())
            .filter(|line| self.table.kind(*line).is_future())
            .collect()
    }

    /// Whether a line is a root whose contract is not known yet.
    pub(super) fn is_unresolved(&self, line: usize) -> bool {
        self.table.kind(line).is_future() && self.contracts != Contracts::Known
    }

    /// The symbol by which REST has the metrics of a line: those of the underlying; all contracts of a future share the
    /// root's.
    pub(super) fn metrics_symbol(&self, line: usize) -> Symbol {
        let symbol = self.table.symbol(line);
        symbol.future_root().unwrap_or_else(|| symbol.clone())
    }

    /// The symbol by which REST quotes a line; `None` for a root whose contract is not known.
    pub(super) fn quoted_symbol(&self, line: usize) -> Option<Symbol> {
        let symbol = self.table.symbol(line);
        match self.table.kind(line) {
            SymbolKind::FutureRoot | SymbolKind::Future => {
                let contract = self.lines[line].contract.as_ref()?;
                Some(contract.symbol.clone())
            }
            _ => Some(symbol.clone()),
        }
    }

    /// Notes how long a phase took; of one that comes again the longest time counts.
    pub(super) fn took(&mut self, phase: &'static str, took: Duration) {
        match self.timings.iter_mut().find(|timing| timing.phase == phase) {
            Some(timing) => timing.took = timing.took.max(took),
            None => self.timings.push(Timing { phase, took }),
        }
    }

    /// Says something worth knowing, once.
    pub(super) fn warn(&mut self, code: &'static str, message: String) {
        let warning = Warning { code, message };
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }
}

/// Lets what is planned for lines go where the lines went; what is planned for those that are gone goes with them.
pub(super) fn move_lines(planned: &mut Vec<(usize, Supply)>, moved: &[Option<usize>]) {
    planned.retain_mut(|(line, _)| {
        let new = moved[*line];
        new.inspect(|new| *line = *new).is_some()
    });
}

/// Whether a supply is to be asked about a line: it can bring something wanted that nobody ranks better for, or that the
/// others left open.
pub(super) fn is_worth_asking(stage: Stage, line: usize, supply: Supply, run: &Shared) -> bool {
    let table = &run.table;
    let wanted = table.wanted_of(line, supply);
    if wanted.is_empty() || table.is_asked(line, supply) {
        return false;
    }
    match stage {
        Stage::Best => table.ranking().is_best(supply, table.kind(line), wanted),
        Stage::Open => !table.gaps(line, run.now).intersection(wanted).is_empty(),
    }
}
