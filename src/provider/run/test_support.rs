//! A run together with providers that answer as a test says, and a clock that only the test moves.
//!
//! [`TestRun`] performs what the run asks for the way the engine does: it hands in one answer after the other, looks at the
//! time when the run wants to, and stops when the run is over. It keeps a record of all that was asked.

mod answers;

pub(super) use answers::{Answers, Stream};

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::super::dxlink::Candles;
use super::super::merge::Target;
use super::super::ranking::Ranking;
use super::super::source::{Answer, End, Limits, Means, Request, Timeout};
use super::{Question, Run};
use crate::auth::AuthError;
use crate::clock::new_york_date;
use crate::legacy::ChartRation;
use crate::model::{Field, FieldSet, Provider, Row, Supply, Symbol};
use crate::store::SlotsTaken;
use crate::tastytrade::EndpointRates;
use dxlink::{Loss, Notice, Sent, SeriesRequest, Subscription};

/// The moment at which every test begins: a Friday morning in New York.
const WALL: &str = "2026-11-20T15:30:00Z";

/// What the tests listen and settle for.
pub(super) const LISTEN: Duration = Duration::from_secs(5);
pub(super) const SETTLE: Duration = Duration::from_secs(1);

/// Fields that companies have and funds have not.
const COMPANY: FieldSet = FieldSet::of(&[
    Field::Sector,
    Field::Industry,
    Field::EarningsDate,
    Field::EarningsTime,
]);

/// Something that was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    /// When, from the start of the run.
    pub(super) at: Duration,
    /// By which request: `login`, `open`, `metrics`, `by-type`, `Quote`, `candles` …; `-Quote` takes a subscription back.
    pub(super) what: String,
    /// Of which symbols, in the spelling of the request.
    pub(super) names: Vec<String>,
}

/// How a round ended.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) how: End,
    /// How long it took.
    pub(super) took: Duration,
    pub(super) rows: Vec<Row>,
}

impl Ended {
    /// The row of a symbol.
    pub(super) fn row(&self, symbol: &str) -> &Row {
        let mut rows = self.rows.iter();
        let found = rows.find(|row| row.symbol.as_str() == symbol);
        found.unwrap_or_else(|| panic!("no row of {symbol}"))
    }
}

/// What a run is made of.
#[derive(Clone, Debug)]
pub(super) struct Setup {
    pub(super) order: Vec<Provider>,
    pub(super) has_account: bool,
    pub(super) is_open_stream: bool,
    pub(super) limits: Limits,
}

impl Default for Setup {
    /// Every provider, an account, and the default limits.
    fn default() -> Self {
        Self {
            order: Provider::ALL.to_vec(),
            has_account: true,
            is_open_stream: false,
            limits: Limits {
                listen: LISTEN,
                settle: SETTLE,
                timeout: Timeout::Planned(Duration::from_secs(30)),
                full_listen: false,
            },
        }
    }
}

impl Setup {
    /// These providers only, best first.
    pub(super) fn providers(order: &[Provider]) -> Self {
        Self {
            order: order.to_vec(),
            ..Self::default()
        }
    }

    pub(super) fn without_account(self) -> Self {
        Self {
            has_account: false,
            ..self
        }
    }

    pub(super) fn with_open_stream(self) -> Self {
        Self {
            is_open_stream: true,
            ..self
        }
    }

    pub(super) fn timeout(mut self, timeout: Timeout) -> Self {
        self.limits.timeout = timeout;
        self
    }

    pub(super) fn full_listen(mut self) -> Self {
        self.limits.full_listen = true;
        self
    }
}

/// A run, the providers it speaks to, and what was asked of them.
pub(super) struct TestRun {
    pub(super) run: Run,
    pub(super) answers: Answers,
    pub(super) limits: Limits,
    pub(super) asked: Vec<Asked>,
    rations: EndpointRates,
    began: Instant,
    now: Instant,
    /// What will be answered, and when.
    scheduled: Vec<(Instant, Answer)>,
    /// From when on subscriptions are sent.
    opened: Option<Instant>,
}

impl TestRun {
    /// A run that has not been asked anything, before providers that answer so.
    pub(super) fn new(setup: Setup, answers: Answers) -> Self {
        let now = Instant::now();
        let wall = wall();
        let rations = EndpointRates::default();
        let means = Means {
            no_account: (!setup.has_account).then(missing_credentials),
            is_open_stream: setup.is_open_stream,
            has_slots: answers.slot.is_some(),
            quotes_batch: rations.quotes_batch,
            charts: ChartRation {
                spacing: Duration::from_secs(1),
                burst: 10,
                at_once: 2,
                per_run: 30,
            },
        };
        let candles = Candles::new(new_york_date(wall), None);
        let ranking = Ranking::new(setup.order);
        let limits = setup.limits;
        Self {
            run: Run::new(ranking, means, rations, candles, limits, now, wall),
            answers,
            limits,
            asked: Vec::new(),
            rations,
            began: now,
            now,
            scheduled: Vec::new(),
            opened: None,
        }
    }

    /// Asks for named fields of symbols, and goes on until the round is over.
    pub(super) fn round(&mut self, symbols: &str, fields: &str) -> Ended {
        self.answer(question(symbols, fields))
    }

    /// Asks a question, and goes on until the round is over.
    pub(super) fn answer(&mut self, question: Question) -> Ended {
        self.ask(question);
        self.finish()
    }

    /// Asks a question and answers nothing yet.
    pub(super) fn ask(&mut self, question: Question) {
        let wall = self.wall();
        self.run.ask(question, self.limits, self.now, wall);
    }

    /// Goes on until the round is over.
    pub(super) fn finish(&mut self) -> Ended {
        let from = self.now;
        let how = self.drive(None);
        self.end(how, from)
    }

    /// There is no further round.
    pub(super) fn close(&mut self) {
        let wall = self.wall();
        self.run.finish(self.now, wall);
    }

    /// Ends the round.
    pub(super) fn end(&mut self, how: End, from: Instant) -> Ended {
        let wall = self.wall();
        let rows = self.run.end(how, self.now, wall, false);
        Ended {
            how,
            took: self.now.duration_since(from),
            rows,
        }
    }

    /// Goes on until so long after the start; the round must not be over before.
    pub(super) fn until(&mut self, elapsed: Duration) {
        let stop = self.began + elapsed;
        let how = self.drive(Some(stop));
        assert_eq!(how, End::Interrupted, "over after {:?}", self.elapsed());
    }

    /// Lets time pass between two rounds.
    pub(super) fn pass(&mut self, time: Duration) {
        self.now += time;
    }

    /// Whether the round is over once everything that can be done now is done.
    pub(super) fn is_over(&mut self) -> bool {
        self.perform_all();
        self.run.is_over()
    }

    /// How long it has been going on.
    pub(super) fn elapsed(&self) -> Duration {
        self.now.duration_since(self.began)
    }

    /// The present moment.
    pub(super) fn now(&self) -> Instant {
        self.now
    }

    /// Lets an answer come after so long.
    pub(super) fn schedule(&mut self, after: Duration, answer: Answer) {
        self.scheduled.push((self.now + after, answer));
    }

    /// The stream sends a bid.
    pub(super) fn tell_bid(&mut self, name: &str, bid: f64) {
        let told = answers::bid(name, bid);
        self.schedule(Duration::ZERO, answers::events(vec![told]));
    }

    /// What was asked so far, sorted; series that are whole and not followed any longer are left out.
    pub(super) fn asked(&self) -> BTreeSet<String> {
        let asked = self.asked.iter().filter(|asked| asked.what != "-candles");
        asked
            .map(|asked| {
                let names: BTreeSet<&str> = asked.names.iter().map(String::as_str).collect();
                let words = std::iter::once(asked.what.as_str()).chain(names);
                words.collect::<Vec<_>>().join(" ")
            })
            .collect()
    }

    /// The names that were asked by one kind of request, in order.
    pub(super) fn names(&self, what: &str) -> Vec<&str> {
        let asked = self.asked.iter().filter(|asked| asked.what == what);
        asked
            .flat_map(|asked| asked.names.iter().map(String::as_str))
            .collect()
    }

    fn wall(&self) -> Timestamp {
        wall() + jiff::SignedDuration::try_from(self.elapsed()).unwrap()
    }

    /// As the engine does it, with answers in place of sockets. `stop` breaks it off.
    fn drive(&mut self, stop: Option<Instant>) -> End {
        let mut looks = 0;
        loop {
            self.perform_all();
            if self.run.is_over() {
                return End::Settled;
            }
            let (end, wake) = (self.run.ends_at(), self.run.wakes_at());
            let next = self.scheduled.iter().map(|(at, _)| *at).min();
            let at = next.unwrap_or(end).min(wake).min(end).max(self.now);
            if stop.is_some_and(|stop| at > stop) {
                self.now = stop.unwrap_or(at);
                return End::Interrupted;
            }
            looks = if at == self.now { looks + 1 } else { 0 };
            assert!(looks < 100_000, "the run asks for the time again and again");
            self.now = at;
            if next.is_some_and(|next| next <= at) {
                self.hand_in(at);
            } else if end <= at {
                return End::OutOfTime;
            } else {
                let wall = self.wall();
                self.run.on_time(at, wall);
            }
        }
    }

    /// Hands in the first answer that is due.
    fn hand_in(&mut self, now: Instant) {
        let due = self.scheduled.iter().enumerate();
        let (place, _) = due.min_by_key(|(place, (at, _))| (*at, *place)).unwrap();
        let (at, answer) = self.scheduled.remove(place);
        assert!(at <= now);
        let wall = self.wall();
        self.run.on(answer, now, wall);
    }

    fn perform_all(&mut self) {
        loop {
            let requests = self.run.take_requests();
            if requests.is_empty() {
                return;
            }
            for request in requests {
                self.perform(request);
            }
        }
    }

    fn record(&mut self, what: &str, names: impl IntoIterator<Item = String>) {
        self.asked.push(Asked {
            at: self.elapsed(),
            what: what.to_owned(),
            names: names.into_iter().collect(),
        });
    }

    fn perform(&mut self, request: Request) {
        match request {
            Request::Login => {
                self.record("login", []);
                if let Some(after) = self.answers.login_after {
                    let login = match &self.answers.login {
                        Some(error) => Err(error.clone()),
                        None => Ok(()),
                    };
                    self.schedule(after, Answer::Login(login));
                }
            }
            Request::SessionSlot => self.take_slot(),
            Request::OpenStream => self.open_stream(),
            Request::Subscribe(items) => self.subscribe(items),
            Request::Unsubscribe(items) => self.record_items("-", &items),
            Request::Follow(series) => self.follow(series),
            Request::Unfollow(series) => {
                self.record("-candles", series.iter().map(answers::plain_name));
            }
            Request::Chart { symbol, .. } => {
                self.record("chart", [symbol.to_string()]);
                let chart = self.answers.chart(&symbol);
                self.schedule(
                    self.answers.chart_after,
                    Answer::Chart(symbol, Box::new(chart)),
                );
            }
            request => self.perform_at_broker(request),
        }
    }

    fn perform_at_broker(&mut self, request: Request) {
        match request {
            Request::Metrics(symbols) => {
                self.record("metrics", symbols.iter().map(ToString::to_string));
                let rate = self.rations.metrics;
                for (batch, symbols) in symbols.chunks(self.rations.metrics_batch).enumerate() {
                    let metrics = self.answers.metrics(symbols);
                    let after = self.answers.rest_after + rate.least_time(batch + 1);
                    self.schedule(after, Answer::Metrics(metrics));
                }
            }
            Request::Quotes(items) => {
                let symbols: Vec<Symbol> = items.into_iter().map(|(_, symbol)| symbol).collect();
                self.record("by-type", symbols.iter().map(ToString::to_string));
                let rate = self.rations.quotes;
                let mut after = Duration::ZERO;
                for (batch, symbols) in symbols.chunks(self.rations.quotes_batch).enumerate() {
                    let quotes = self.answers.quotes(symbols);
                    after = self.answers.rest_after + rate.least_time(batch + 1);
                    self.schedule(after, Answer::Quotes(quotes));
                }
                self.schedule(after, Answer::Done(Supply::ByType, after));
            }
            Request::Equities(symbols) => {
                self.record("equities", symbols.iter().map(ToString::to_string));
                let equities = self.answers.equities(&symbols);
                self.schedule(self.answers.rest_after, Answer::Equities(equities));
            }
            Request::Futures(products) => {
                let listed = self.answers.futures(&products);
                self.record("futures", products);
                self.schedule(self.answers.futures_after, Answer::Futures(Ok(listed)));
            }
            Request::Chain(symbol) => self.record("chain", [symbol.to_string()]),
            other => panic!("who performs {other:?}?"),
        }
    }

    fn take_slot(&mut self) {
        self.record("slot", []);
        let taken = SlotsTaken {
            count: 4,
            waited: Duration::ZERO,
            holders: Vec::new(),
        };
        let (after, is_got) = self.answers.slot.unwrap_or_default();
        if !after.is_zero() {
            self.schedule(Duration::ZERO, Answer::SlotAwaited(taken.clone()));
        }
        let slot = if is_got { Ok(()) } else { Err(taken) };
        self.schedule(after, Answer::Slot(slot));
        if is_got {
            self.open_stream_after(after);
        }
    }

    fn open_stream(&mut self) {
        self.record("open", []);
        self.open_stream_after(Duration::ZERO);
    }

    fn open_stream_after(&mut self, wait: Duration) {
        let notice = match self.answers.stream {
            Stream::Opens { after } => {
                self.opened = Some(self.now + wait + after);
                self.schedule(wait + after, answers::notice(Notice::ChannelOpened));
                return;
            }
            Stream::Hangs => return,
            Stream::Lost => Notice::Lost(refused_upgrade()),
            Stream::Fails => Notice::Failed(refused_upgrade()),
        };
        self.schedule(wait, answers::notice(notice));
    }

    fn record_items(&mut self, sign: &str, items: &[Subscription]) {
        let types: BTreeSet<_> = items.iter().map(|item| item.event_type).collect();
        for event_type in types {
            let of_type = items.iter().filter(|item| item.event_type == event_type);
            let names: Vec<String> = of_type.map(|item| item.symbol.to_string()).collect();
            self.record(&format!("{sign}{}", event_type.name()), names);
        }
    }

    fn subscribe(&mut self, items: Vec<Subscription>) {
        self.record_items("", &items);
        let (refused, items): (Vec<_>, Vec<_>) = items
            .into_iter()
            .partition(|item| self.answers.has_no_room(item));
        self.schedule(Duration::ZERO, Answer::Refused(refused));
        let Some(opened) = self.opened else { return };
        let at = opened.max(self.now);
        let after = at.duration_since(self.now);
        let events = self.answers.events(&items);
        self.schedule(after, answers::sent(Sent { at, items }));
        if !events.is_empty() {
            let after = after + self.answers.event_after;
            self.schedule(after, answers::events(events));
        }
    }

    fn follow(&mut self, series: Vec<SeriesRequest>) {
        let names = series.iter().map(|ask| answers::plain_name(&ask.symbol));
        self.record("candles", names.collect::<Vec<_>>());
        let Some(opened) = self.opened else { return };
        let wait = opened.saturating_duration_since(self.now);
        for ask in series {
            let (after, news) = self.answers.series(&ask);
            self.schedule(wait + after, news);
        }
    }
}

/// A question about named fields of symbols, both separated by blanks.
pub(super) fn question(symbols: &str, fields: &str) -> Question {
    let wants = fields_of(fields);
    let targets = symbols.split_whitespace().map(|symbol| Target {
        symbol: symbol_of(symbol),
        wants,
        explained: wants.with_parts().intersection(COMPANY),
    });
    Question {
        targets: targets.collect(),
        ..Question::default()
    }
}

/// A question about a command's own columns, which explains nothing.
pub(super) fn columns_question(symbols: &str, fields: &str) -> Question {
    let mut question = question(symbols, fields);
    for target in &mut question.targets {
        target.explained = FieldSet::EMPTY;
    }
    question
}

pub(super) fn fields_of(fields: &str) -> FieldSet {
    let names = fields.split_whitespace();
    names.map(|name| name.parse::<Field>().unwrap()).collect()
}

pub(super) fn symbol_of(symbol: &str) -> Symbol {
    symbol.parse().unwrap()
}

/// So many made-up stocks.
pub(super) fn stocks(count: usize) -> String {
    let letter = |n: usize| char::from(b'A' + u8::try_from(n % 26).unwrap());
    let name = |n: usize| format!("XY{}{}{}", letter(n / 676), letter(n / 26), letter(n));
    (0..count).map(name).collect::<Vec<_>>().join(" ")
}

fn wall() -> Timestamp {
    WALL.parse().unwrap()
}

fn missing_credentials() -> AuthError {
    AuthError::Missing {
        variables: vec!["TT_CLIENT_SECRET"],
    }
}

fn refused_upgrade() -> Arc<Loss> {
    Arc::new(Loss::Upgrade {
        host: "localhost".to_owned(),
        status: 503,
    })
}
