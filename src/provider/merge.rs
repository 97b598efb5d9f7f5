//! Where observations meet: the best value of each field so far, who may still say something, and how long that is worth
//! waiting for.
//!
//! Pure bookkeeping. A line is *settled* when nothing that is still worth waiting for could improve a wanted field; a run is
//! over when every line is, which is how it ends early without ever preferring the faster provider to the better one.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::ranking::Ranking;
use crate::model::{
    Cell, Cost, Field, FieldSet, Origin, Provider, Reason, Row, Supply, SupplySet, Symbol,
    SymbolKind, Value,
};

/// A symbol and what is wanted of it.
#[derive(Clone, Debug)]
pub struct Target {
    /// The symbol that is asked about.
    pub symbol: Symbol,
    /// Fields that a run asks and waits for; what they are computed from is wanted with them.
    pub wants: FieldSet,
    /// Those of them whose absence has to be told from their making no sense: a fund has no sector and reports no earnings.
    pub explained: FieldSet,
}

/// One value from one provider.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// The field that the value belongs to.
    pub field: Field,
    /// The value, in the field's unit.
    pub value: Value,
    /// When the provider says it was made.
    pub at: Option<Timestamp>,
}

/// How long silence is waited for.
#[derive(Clone, Copy, Debug)]
pub struct Waits {
    /// Longest wait for an event of the stream, from its subscription.
    pub listen: Duration,
    /// Longest wait for a better provider where every wanted field of the symbol has a value or a final no, and silence
    /// after which the next provider is asked.
    pub settle: Duration,
    /// Whether any value will do, so that no better one is waited for.
    pub takes_first: bool,
}

/// Since when the stream has been silent about something it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// Since its subscription was sent.
    Since(Instant),
    /// There is no connection yet; silence counts from the login, or from when the stream came to be needed.
    Connecting(Instant),
    /// A limited number of subscriptions may be sent, and it has to wait for its turn, since then.
    Rationed(Instant),
    /// It does not count: something else will say that the wait is over.
    Uncounted,
}

/// A value with its place in the ranking.
#[derive(Clone, Debug)]
struct Best {
    rank: usize,
    origin: Origin,
    value: Value,
    at: Option<Timestamp>,
}

/// What is known of one symbol.
#[derive(Debug)]
struct Line {
    symbol: Symbol,
    kind: SymbolKind,
    wants: FieldSet,
    explained: FieldSet,
    /// By field, ascending.
    best: Vec<(Field, Best)>,
    /// What each provider was asked and has not answered.
    pending: [FieldSet; Provider::ALL.len()],
    /// What each provider cannot or will not supply, and why.
    lacking: [Vec<(Reason, FieldSet)>; Provider::ALL.len()],
    /// What was asked about the symbol, answered or not.
    asked: SupplySet,
    /// When subscriptions about it were sent.
    sent: Vec<(Supply, Instant)>,
    /// Subscriptions that the stream may have refused because of a limit.
    doubtful: SupplySet,
    /// Providers that do not know the symbol.
    unknown_to: Vec<Provider>,
    received: Option<Timestamp>,
    state: LineState,
}

/// Whether a line is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LineState {
    /// Something changed since it was last looked at.
    Touched,
    /// It is waited for; at this moment, if there is one, time alone changes something.
    Waiting { until: Option<Instant> },
    /// Nothing better is waited for. The next provider may be worth asking at this moment.
    Settled,
}

/// The state of all lines.
#[derive(Debug)]
pub struct MergeTable {
    ranking: Ranking,
    waits: Waits,
    lines: Vec<Line>,
    /// When the stream came to be waited for, while nothing can be sent to it.
    connecting: Option<Instant>,
    /// Since when some subscriptions have had to wait for their turn.
    rationed: Option<Instant>,
}

impl MergeTable {
    /// A table without lines.
    pub fn new(ranking: Ranking, waits: Waits) -> Self {
        Self {
            ranking,
            waits,
            lines: Vec::new(),
            connecting: None,
            rationed: None,
        }
    }

    /// Turns to other targets and gives where the lines went. What is known of a symbol that stays is kept.
    pub fn retarget(&mut self, targets: Vec<Target>, waits: Waits) -> Vec<Option<usize>> {
        self.waits = waits;
        let mut moved = vec![None; self.lines.len()];
        let mut known: HashMap<Symbol, (usize, Line)> = std::mem::take(&mut self.lines)
            .into_iter()
            .enumerate()
            .map(|(at, line)| (line.symbol.clone(), (at, line)))
            .collect();
        for target in targets {
            let Target {
                symbol,
                wants,
                explained,
            } = target;
            let fields = wants.with_parts().that_apply_to(symbol.kind());
            let line = match known.remove(&symbol) {
                Some((at, line)) => {
                    moved[at] = Some(self.lines.len());
                    Line {
                        wants: fields,
                        explained,
                        state: LineState::Touched,
                        ..line
                    }
                }
                None => Line::new(symbol, fields, explained),
            };
            self.lines.push(line);
        }
        moved
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there is no line.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The ranking in force.
    pub fn ranking(&self) -> &Ranking {
        &self.ranking
    }

    /// The symbol of a line.
    pub fn symbol(&self, line: usize) -> &Symbol {
        &self.lines[line].symbol
    }

    /// The kind of a line's symbol.
    pub fn kind(&self, line: usize) -> SymbolKind {
        self.lines[line].kind
    }

    /// What is wanted of a line.
    pub fn wants(&self, line: usize) -> FieldSet {
        self.lines[line].wants
    }

    /// What is wanted of a line and a supply can bring.
    pub fn wanted_of(&self, line: usize, supply: Supply) -> FieldSet {
        let line = &self.lines[line];
        self.ranking
            .brings(supply, line.kind)
            .intersection(line.wants)
    }

    /// Whether the class of an instrument is needed to explain why something is missing.
    pub fn needs_class(&self, line: usize) -> bool {
        let line = &self.lines[line];
        let mut lacking = line.lacking.iter().flatten();
        line.best_of(Field::Instrument).is_none()
            && lacking.any(|(_, fields)| !fields.intersection(line.explained).is_empty())
    }

    /// Wants another field of a line.
    pub fn want(&mut self, line: usize, field: Field) {
        self.lines[line].wants.insert(field);
        self.touch(line);
    }

    /// Whether anything was asked of a supply about a line.
    pub fn is_asked(&self, line: usize, supply: Supply) -> bool {
        self.lines[line].asked.contains(supply)
    }

    /// Notes that a supply has been asked about a line, and what it is expected to bring.
    pub fn ask(&mut self, line: usize, supply: Supply) {
        let fields = self.ranking.brings(supply, self.lines[line].kind);
        self.lines[line].asked.insert(supply);
        self.expect(line, supply.provider(), fields);
    }

    /// Notes that a supply was asked about a line without anybody waiting for what it brings.
    pub fn ask_idly(&mut self, line: usize, supply: Supply) {
        self.lines[line].asked.insert(supply);
    }

    /// A supply may be asked about a line again.
    pub fn forget(&mut self, line: usize, supply: Supply) {
        let fields = self.ranking.brings(supply, self.lines[line].kind);
        let line = &mut self.lines[line];
        line.asked.remove(supply);
        line.sent.retain(|(sent, _)| *sent != supply);
        line.pending[supply.provider() as usize] =
            line.pending[supply.provider() as usize].without(fields);
        line.state = LineState::Touched;
    }

    fn expect(&mut self, line: usize, provider: Provider, fields: FieldSet) {
        let line = &mut self.lines[line];
        let known: FieldSet = line.best.iter().map(|(field, _)| *field).collect();
        let place = provider as usize;
        // What it has said already is not said again without a change.
        let is_own = |field: Field| {
            line.best_of(field).is_some_and(|best| {
                self.ranking.rank(field, line.kind, provider) == Some(best.rank)
            })
        };
        let open = fields
            .iter()
            .filter(|field| !known.contains(*field) || !is_own(*field));
        let open: FieldSet = open.collect();
        line.pending[place] = line.pending[place].union(open);
        line.state = LineState::Touched;
    }

    /// A subscription about a line was sent.
    pub fn sent(&mut self, line: usize, supply: Supply, at: Instant) {
        let line = &mut self.lines[line];
        // After a loss everything is sent anew; the window is that of the first time.
        if line.sent.iter().all(|(sent, _)| *sent != supply) {
            line.sent.push((supply, at));
            line.state = LineState::Touched;
        }
    }

    /// The stream is waited for from this moment on, or it can be sent to, or it is no longer used.
    pub fn connecting(&mut self, since: Option<Instant>) {
        if self.connecting != since {
            self.connecting = since;
            self.touch_all();
        }
    }

    /// From this moment on some subscriptions have to wait for their turn.
    pub fn rationed(&mut self, since: Instant) {
        self.rationed.get_or_insert(since);
        self.touch_all();
    }

    /// Something about a line changed that the table does not know.
    pub fn touch(&mut self, line: usize) {
        self.lines[line].state = LineState::Touched;
    }

    fn touch_all(&mut self) {
        for line in &mut self.lines {
            line.state = LineState::Touched;
        }
    }

    /// Takes in a value. A lower ranked one never replaces a higher ranked one; the same provider may correct itself.
    /// `origin` says what the provider made it of.
    pub fn offer(
        &mut self,
        line: usize,
        provider: Provider,
        origin: Origin,
        observation: Observation,
        received: Timestamp,
    ) {
        let Observation { field, value, at } = observation;
        let line = &mut self.lines[line];
        let Some(rank) = self.ranking.rank(field, line.kind, provider) else {
            return;
        };
        line.received = line.received.max(Some(received));
        line.state = LineState::Touched;
        line.pending[provider as usize].remove(field);
        let best = Best {
            rank,
            origin,
            value,
            at,
        };
        match line.place(field) {
            Ok(at) if rank <= line.best[at].1.rank => line.best[at].1 = best,
            Ok(_) => {}
            Err(at) => line.best.insert(at, (field, best)),
        }
    }

    /// A provider has said all it has to say about these fields: what it did not supply, it lacks for this reason.
    pub fn conclude(&mut self, line: usize, provider: Provider, fields: FieldSet, reason: Reason) {
        self.lines[line].conclude(provider, fields, reason);
    }

    /// A supply has said all it has to say about a line.
    pub fn conclude_supply(&mut self, line: usize, supply: Supply, reason: Reason) {
        let fields = self.ranking.brings(supply, self.lines[line].kind);
        self.conclude(line, supply.provider(), fields, reason);
    }

    /// A provider will say nothing more about any line.
    pub fn conclude_all(&mut self, provider: Provider, reason: Reason) {
        for line in &mut self.lines {
            line.conclude(provider, line.pending[provider as usize], reason);
        }
    }

    /// A provider cannot be asked at all about these fields of a line.
    pub fn refuse(&mut self, line: usize, provider: Provider, fields: FieldSet, reason: Reason) {
        let line = &mut self.lines[line];
        line.pending[provider as usize] = line.pending[provider as usize].union(fields);
        line.conclude(provider, fields, reason);
    }

    /// A provider does not know the symbol. Where neither REST nor the chart does, nobody else is waited for.
    pub fn unknown(&mut self, line: usize, provider: Provider) {
        let line = &mut self.lines[line];
        if !line.unknown_to.contains(&provider) {
            line.unknown_to.push(provider);
        }
        if [Provider::Rest, Provider::Legacy]
            .iter()
            .all(|other| line.unknown_to.contains(other))
        {
            for provider in Provider::ALL {
                line.conclude(
                    provider,
                    line.pending[provider as usize],
                    Reason::UnknownSymbol,
                );
            }
        }
        line.state = LineState::Touched;
    }

    /// Takes the lines that changed, or of which time alone has changed something. Those that change again are due again.
    pub fn take_due(&mut self, now: Instant) -> Vec<usize> {
        let mut due = Vec::new();
        for (at, line) in self.lines.iter_mut().enumerate() {
            let is_due = match line.state {
                LineState::Touched => true,
                LineState::Waiting { until } => until.is_some_and(|until| until <= now),
                LineState::Settled => false,
            };
            if is_due {
                line.state = LineState::Waiting { until: None };
                due.push(at);
            }
        }
        due
    }

    /// Concludes what the stream has been silent about for its whole window.
    pub fn close_windows(&mut self, lines: &[usize], now: Instant) {
        for at in lines {
            let line = &self.lines[*at];
            let silent = line.pending[Provider::Dxlink as usize]
                .iter()
                .filter(|field| {
                    let silence = self.silence(line, *field);
                    matches!(silence, Silence::Since(since) if since + self.waits.listen <= now)
                });
            let silent: FieldSet = silent.collect();
            self.conclude(*at, Provider::Dxlink, silent, Reason::NoEventBeforeDeadline);
        }
    }

    /// The stream may have refused a subscription about a line because of a limit.
    pub fn doubt(&mut self, line: usize, supply: Supply) {
        self.lines[line].doubtful.insert(supply);
    }

    /// What the stream may have refused because of a limit, and what never came, was refused.
    pub fn conclude_doubtful(&mut self) {
        for line in 0..self.lines.len() {
            self.conclude_doubtful_of(line, FieldSet::all());
        }
    }

    fn conclude_doubtful_of(&mut self, line: usize, fields: FieldSet) {
        for supply in Supply::ALL {
            if self.lines[line].doubtful.contains(supply) {
                let brought = self.ranking.brings(supply, self.lines[line].kind);
                let fields = fields.intersection(brought);
                self.conclude(line, supply.provider(), fields, Reason::RefusedByLimit);
            }
        }
    }

    /// Finds out whether lines are waited for, and until when; not of those that have changed again.
    pub fn review(&mut self, lines: &[usize], now: Instant) {
        for line in lines {
            if self.lines[*line].state != LineState::Touched {
                self.lines[*line].state = self.state_of(&self.lines[*line], now);
            }
        }
    }

    /// Whether every line was settled when it was last looked at.
    pub fn is_settled(&self) -> bool {
        self.lines
            .iter()
            .all(|line| line.state == LineState::Settled)
    }

    /// How many lines were settled when they were last looked at, for a progress display.
    pub fn settled_lines(&self) -> usize {
        let settled = |line: &&Line| line.state == LineState::Settled;
        self.lines.iter().filter(settled).count()
    }

    /// When time alone changes something.
    pub fn wakes_at(&self) -> Option<Instant> {
        let moments = self.lines.iter().filter_map(|line| match line.state {
            LineState::Waiting { until } => until,
            LineState::Touched | LineState::Settled => None,
        });
        moments.min()
    }

    /// Whether only this provider keeps the lines that are waited for.
    pub fn waits_only_for(&self, provider: Provider, now: Instant) -> bool {
        let mut waiting = self
            .lines
            .iter()
            .filter(|line| line.state != LineState::Settled);
        waiting.all(|line| {
            let mut blockers = self.blockers(line, now);
            blockers.all(|(other, _, _)| other == provider)
        })
    }

    /// Whether some provider has already said no to something that a supply could bring.
    pub fn lacks_any(&self, line: usize, supply: Supply) -> bool {
        let line = &self.lines[line];
        let brought = self.ranking.brings(supply, line.kind);
        let mut lacking = line.lacking.iter().flatten();
        lacking.any(|(_, fields)| !fields.intersection(brought).is_empty())
    }

    /// Whether a provider is still expected to say something that could matter.
    pub fn awaits(&self, provider: Provider) -> bool {
        self.lines.iter().any(|line| {
            let pending = line.pending[provider as usize].intersection(line.wants);
            pending
                .iter()
                .any(|field| self.could_win(line, field, provider))
        })
    }

    /// The wanted fields of a line that nobody has, and that nobody who is asked already can be expected to have: those
    /// providers said no, failed, or have been silent for too long.
    pub fn gaps(&self, line: usize, now: Instant) -> FieldSet {
        let line = &self.lines[line];
        let is_unknown = line.unknown_to.contains(&Provider::Rest);
        let is_open = |field: &Field| {
            line.best_of(*field).is_none()
                && Provider::ALL.iter().all(|provider| {
                    !line.pending[*provider as usize].contains(*field)
                        || *provider == Provider::Dxlink
                            && (is_unknown || self.is_silent(line, *field, now))
                })
        };
        line.wants.iter().filter(is_open).collect()
    }

    /// Whether a provider left something wanted open by silence or failure.
    pub fn has_lacking(&self, provider: Provider) -> bool {
        use Reason::{
            Interrupted, NoEventBeforeDeadline, NotAsked, NotEntitled, ProviderFailed,
            RefusedByLimit,
        };
        self.lines.iter().any(|line| {
            line.lacking[provider as usize]
                .iter()
                .any(|(reason, fields)| {
                    let is_trouble = matches!(
                        reason,
                        NoEventBeforeDeadline
                            | ProviderFailed
                            | NotEntitled
                            | RefusedByLimit
                            | NotAsked
                            | Interrupted
                    );
                    is_trouble && !fields.intersection(line.wants).is_empty()
                })
        })
    }

    /// Gives up on everything that is still open; what nobody was asked for is missing for this reason.
    pub fn give_up(&mut self, reason: Reason) {
        for line in &mut self.lines {
            let known: FieldSet = line.best.iter().map(|(field, _)| *field).collect();
            let lacking = line.lacking.iter().flatten().map(|(_, fields)| *fields);
            let explained = lacking.fold(known, FieldSet::union);
            let open = line.wants.without(explained);
            // Whoever would have been asked first is the one to name.
            for provider in self.ranking.all() {
                let fields: FieldSet = open
                    .iter()
                    .filter(|field| self.ranking.rank(*field, line.kind, provider) == Some(0))
                    .collect();
                line.pending[provider as usize] = line.pending[provider as usize].union(fields);
                line.conclude(provider, fields, reason);
            }
        }
    }

    /// The rows as they stand, with a reason for everything absent, and when each last received something.
    pub fn rows(&self) -> Vec<(Row, Option<Timestamp>)> {
        let rows = self.lines.iter();
        rows.map(|line| (line.row(&self.ranking), line.received))
            .collect()
    }

    fn state_of(&self, line: &Line, now: Instant) -> LineState {
        let mut is_waiting = false;
        let mut until: Option<Instant> = None;
        let mut wake = |at: Option<Instant>| {
            until = match (until, at) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            };
        };
        for (_, field, deadline) in self.blockers(line, now) {
            is_waiting = true;
            wake(deadline);
            // The next provider is asked before the window is over.
            if line.best_of(field).is_none()
                && let Some(since) = self.silence(line, field).begin()
            {
                wake(Some(since + self.waits.settle).filter(|at| *at > now));
            }
        }
        if is_waiting {
            LineState::Waiting { until }
        } else {
            LineState::Settled
        }
    }

    /// Who is waited for, for which wanted field, and until when; `None` where an answer ends the wait.
    fn blockers<'a>(
        &'a self,
        line: &'a Line,
        now: Instant,
    ) -> impl Iterator<Item = (Provider, Field, Option<Instant>)> + 'a {
        let is_answered = line.wants.iter().all(|field| {
            let is_pending = line.pending.iter().any(|pending| pending.contains(field));
            !is_pending || line.has_answer(field)
        });
        Provider::ALL.into_iter().flat_map(move |provider| {
            let pending = line.pending[provider as usize].intersection(line.wants);
            let worth = pending
                .iter()
                .filter(move |field| self.could_win(line, *field, provider));
            worth.filter_map(move |field| {
                let deadline = match provider {
                    Provider::Dxlink => self.silence(line, field).deadline(is_answered, self.waits),
                    Provider::Rest | Provider::Legacy => None,
                };
                let is_over = deadline.is_some_and(|deadline| deadline <= now);
                (!is_over).then_some((provider, field, deadline))
            })
        })
    }

    fn is_silent(&self, line: &Line, field: Field, now: Instant) -> bool {
        match self.silence(line, field) {
            Silence::Since(since) | Silence::Connecting(since) => since + self.waits.settle <= now,
            Silence::Rationed(_) => true,
            Silence::Uncounted => false,
        }
    }

    /// Since when the stream has been silent about a field.
    fn silence(&self, line: &Line, field: Field) -> Silence {
        let brought = |supply: &Supply| self.ranking.brings(*supply, line.kind).contains(field);
        let mut asked = Supply::ALL.into_iter().filter(|supply| {
            supply.provider() == Provider::Dxlink && line.asked.contains(*supply) && brought(supply)
        });
        let Some(supply) = asked.next() else {
            return Silence::Uncounted;
        };
        let sent = line.sent.iter().find(|(sent, _)| *sent == supply);
        match (sent, self.connecting, self.rationed) {
            (Some((_, at)), _, _) => Silence::Since(*at),
            (None, Some(since), _) => Silence::Connecting(since),
            // The client keeps the time of series itself.
            (None, None, _) if supply == Supply::Candles => Silence::Uncounted,
            (None, None, Some(since)) => Silence::Rationed(since),
            (None, None, None) => Silence::Uncounted,
        }
    }

    /// Whether a value from this provider would be taken.
    fn could_win(&self, line: &Line, field: Field, provider: Provider) -> bool {
        let Some(rank) = self.ranking.rank(field, line.kind, provider) else {
            return false;
        };
        line.best_of(field)
            .is_none_or(|best| rank < best.rank && !self.waits.takes_first)
    }
}

impl Silence {
    /// When it began, if it counts.
    fn begin(self) -> Option<Instant> {
        match self {
            Self::Since(since) | Self::Connecting(since) => Some(since),
            Self::Rationed(_) | Self::Uncounted => None,
        }
    }

    /// Until when it is waited for, where all wanted fields of the symbol have an answer of somebody's or have not.
    fn deadline(self, is_answered: bool, waits: Waits) -> Option<Instant> {
        match self {
            Self::Since(since) if is_answered => Some(since + waits.settle.min(waits.listen)),
            Self::Since(since) => Some(since + waits.listen),
            Self::Connecting(since) | Self::Rationed(since) if is_answered => {
                Some(since + waits.settle.min(waits.listen))
            }
            // A connection that does not come about and a ration have bounds of their own.
            Self::Connecting(_) | Self::Rationed(_) | Self::Uncounted => None,
        }
    }
}

impl Line {
    fn new(symbol: Symbol, wants: FieldSet, explained: FieldSet) -> Self {
        Self {
            kind: symbol.kind(),
            symbol,
            wants,
            explained,
            best: Vec::new(),
            pending: [FieldSet::EMPTY; Provider::ALL.len()],
            lacking: Default::default(),
            asked: SupplySet::EMPTY,
            sent: Vec::new(),
            doubtful: SupplySet::EMPTY,
            unknown_to: Vec::new(),
            received: None,
            state: LineState::Touched,
        }
    }

    fn place(&self, field: Field) -> Result<usize, usize> {
        self.best.binary_search_by_key(&field, |(field, _)| *field)
    }

    fn best_of(&self, field: Field) -> Option<&Best> {
        let at = self.place(field).ok()?;
        Some(&self.best[at].1)
    }

    /// Whether some provider has given a value or a final no.
    fn has_answer(&self, field: Field) -> bool {
        let mut lacking = self.lacking.iter().flatten();
        self.best_of(field).is_some() || lacking.any(|(_, fields)| fields.contains(field))
    }

    fn lacks(&self, provider: Provider, field: Field) -> Option<Reason> {
        let mut lacking = self.lacking[provider as usize].iter();
        let (reason, _) = lacking.find(|(_, fields)| fields.contains(field))?;
        Some(*reason)
    }

    fn conclude(&mut self, provider: Provider, fields: FieldSet, reason: Reason) {
        let place = provider as usize;
        let concluded = fields.intersection(self.pending[place]);
        if concluded.is_empty() {
            return;
        }
        self.state = LineState::Touched;
        self.pending[place] = self.pending[place].without(concluded);
        let known = self.lacking[place].iter();
        let known = known.fold(FieldSet::EMPTY, |all, (_, fields)| all.union(*fields));
        let new = concluded.without(known);
        match self.lacking[place]
            .iter_mut()
            .find(|(other, _)| *other == reason)
        {
            _ if new.is_empty() => {}
            Some((_, fields)) => *fields = fields.union(new),
            None => self.lacking[place].push((reason, new)),
        }
    }

    fn row(&self, ranking: &Ranking) -> Row {
        let mut row = Row::new(self.symbol.clone());
        for (field, best) in &self.best {
            row.set(
                *field,
                Cell {
                    value: best.value.clone(),
                    origin: best.origin,
                    first_rank: best.rank == 0,
                    at: best.at,
                },
            );
        }
        let is_missing =
            |field: &&Field| **field != Field::Symbol && self.best_of(**field).is_none();
        for field in Field::ALL.iter().filter(is_missing) {
            row.set_missing(*field, self.why_missing(*field, ranking));
        }
        row
    }

    /// The most telling reason: what the best ranked provider said that could speak at all.
    fn why_missing(&self, field: Field, ranking: &Ranking) -> Reason {
        if !field.applies_to(self.kind) {
            return Reason::NotApplicable;
        }
        if !self.unknown_to.is_empty() && self.received.is_none() {
            return Reason::UnknownSymbol;
        }
        let said = Provider::ALL.into_iter().filter_map(|provider| {
            let reason = self.lacks(provider, field)?;
            Some((ranking.rank(field, self.kind, provider)?, reason))
        });
        // That bars are too few says more than that a better provider does not publish it, and that nobody asked says less
        // than any answer.
        let told = said.min_by_key(|(rank, reason)| {
            let is_failure = *reason == Reason::ProviderFailed;
            let is_unasked = matches!(reason, Reason::NotAsked | Reason::Interrupted);
            (
                is_failure,
                is_unasked,
                *reason != Reason::ShortHistory,
                *rank,
            )
        });
        let is_told = field.info().cost == Cost::Told;
        let unasked = if is_told {
            Reason::NotAsked
        } else {
            Reason::NotProvided
        };
        told.map_or(unasked, |(_, reason)| reason)
    }
}

/// Number cells that share a time; absent ones are left out.
pub fn numbers(cells: &[(Field, Option<f64>)], at: Option<Timestamp>) -> Vec<Observation> {
    cells
        .iter()
        .filter_map(|(field, number)| {
            Some(Observation {
                field: *field,
                value: Value::number((*number)?)?,
                at,
            })
        })
        .collect()
}

/// Cells without a time of their own; absent ones are left out.
pub fn values<const N: usize>(cells: [(Field, Option<Value>); N]) -> Vec<Observation> {
    cells
        .into_iter()
        .filter_map(|(field, value)| {
            Some(Observation {
                field,
                value: value?,
                at: None,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests;
