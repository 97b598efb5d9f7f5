//! Daily candles: asked for lines that want historical volatility from them, and for no others.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use tracing::debug;

use super::super::source::{Contracts, Request, Shared, Stage, is_worth_asking};
use super::bars::{self, Availability, BarCache, BarRequest, BarRequests, LineBars};
use super::state::State;
use crate::model::{FieldSet, Provider, Reason, Supply, SymbolKind};
use dxlink::event::Millis;
use dxlink::{CandleSymbol, SeriesChange, SeriesFailure, SeriesNews, SeriesRequest};

/// Daily bars of a run, and who wants them.
#[derive(Debug)]
pub(in crate::provider) struct Candles {
    requests: BarRequests,
    /// Lines that want bars and have no name on the stream yet.
    nameless: Vec<usize>,
    /// The series that the stream was asked for, with the symbols they are of.
    followed: HashMap<CandleSymbol, Arc<str>>,
    /// Why the stream will send no more of them.
    over: Option<Reason>,
}

impl Candles {
    /// Nobody wants any yet; `cache` is what is kept between runs.
    pub(in crate::provider) fn new(today: Date, cache: Option<BarCache>) -> Self {
        Self {
            requests: BarRequests::new(today, cache),
            nameless: Vec::new(),
            followed: HashMap::new(),
            over: None,
        }
    }

    /// How many entries its collections hold, for tests of what grows.
    #[cfg(test)]
    pub(super) fn collected(&self) -> usize {
        self.nameless.len() + self.followed.len() + self.requests.collected()
    }

    /// The stream is over: there will be no more bars, for this reason.
    pub(super) fn over(&mut self, reason: Reason) {
        self.over.get_or_insert(reason);
    }

    /// Whether bars can be asked for in this state of the stream.
    pub(super) fn stream(&self, state: &State) -> Availability {
        match (self.over, state) {
            (Some(reason), _) => Availability::Over(reason),
            (None, State::Live { .. }) => Availability::Open,
            (None, State::Over) => Availability::Over(Reason::ProviderFailed),
            (None, _) => Availability::Awaited,
        }
    }

    /// Notes which of these lines want bars; gives whether the stream is needed for them.
    pub(super) fn want(
        &mut self,
        stage: Stage,
        lines: &[usize],
        is_over: bool,
        run: &mut Shared,
    ) -> bool {
        let mut is_needed = false;
        for line in lines.iter().copied() {
            if !is_worth_asking(stage, line, Supply::Candles, run) {
                continue;
            }
            run.table.ask(line, Supply::Candles);
            self.nameless.push(line);
            is_needed |= !is_over && has_symbol(line, run) && !self.is_kept(line, run);
        }
        is_needed
    }

    /// Whether the bars of a line were kept, so that no stream is needed for them.
    fn is_kept(&mut self, line: usize, run: &mut Shared) -> bool {
        let symbols = Self::symbols_of(line, run);
        symbols.is_some_and(|symbols| self.requests.has_kept(&symbols))
    }

    /// Goes on with the search for bars: asks what can be asked, and takes in what is complete.
    pub(super) fn go_on(&mut self, stream: Availability, run: &mut Shared) {
        for line in std::mem::take(&mut self.nameless) {
            match Self::symbols_of(line, run) {
                Some(symbols) => self.requests.want(line, symbols),
                None if may_find_symbol(line, run) && !stream.is_over() => self.nameless.push(line),
                None => no_bars(line, Reason::NotProvided, run),
            }
        }
        let step = self.requests.step(stream);
        for bars in step.found {
            on_bars(&bars, run);
        }
        if step.asks.is_empty() {
            return;
        }
        let asks = step.asks.into_iter();
        let requests = asks.map(|ask| self.request(ask, run)).collect();
        run.activity(Provider::Dxlink).asked = true;
        run.request(Request::Follow(requests));
    }

    /// News of series; those that are whole have said what was wanted of them.
    pub(super) fn on_series(&mut self, changes: Vec<SeriesChange>, run: &mut Shared) {
        let today = run.today();
        let mut whole = Vec::new();
        for SeriesChange { symbol, news } in changes {
            let Some(streamer) = self.followed.get(&symbol).cloned() else {
                continue;
            };
            match news {
                SeriesNews::Snapshot { bars, truncated } => {
                    debug!("{symbol}: {} bars, truncated: {truncated}", bars.len());
                    let bars = bars::closed_bars(&bars, today);
                    self.requests.arrived(&streamer, bars, truncated);
                    self.followed.remove(&symbol);
                    whole.push(symbol);
                }
                // Without a snapshot it is no history.
                SeriesNews::Update { .. } => {}
                SeriesNews::Failed(failure) => {
                    debug!("{symbol}: {failure}");
                    self.requests.failed(&streamer, reason(&failure));
                    self.followed.remove(&symbol);
                }
            }
        }
        if !whole.is_empty() {
            run.request(Request::Unfollow(whole));
        }
    }

    /// The run turned to other lines: those that are gone want no bars any more.
    pub(super) fn retarget(&mut self, moved: &[Option<usize>], run: &mut Shared) {
        self.nameless = self
            .nameless
            .iter()
            .filter_map(|line| moved[*line])
            .collect();
        let wants = (0..run.table.len()).fold(FieldSet::EMPTY, |all, line| {
            all.union(run.table.wanted_of(line, Supply::Candles))
        });
        let needed = bars::bars_for(wants, run.table.ranking().estimator());
        if self.requests.retarget(needed, moved) {
            self.ask_again(run);
        }
        let requests = &self.requests;
        let (kept, dropped): (HashMap<_, _>, HashMap<_, _>) = std::mem::take(&mut self.followed)
            .into_iter()
            .partition(|(_, streamer)| requests.is_awaited(streamer));
        self.followed = kept;
        if !dropped.is_empty() {
            run.request(Request::Unfollow(dropped.into_keys().collect()));
        }
    }

    /// A longer window is wanted than before: lines that had all bars for the shorter ones have too few for it.
    fn ask_again(&self, run: &mut Shared) {
        for line in 0..run.table.len() {
            let is_done = run.table.is_asked(line, Supply::Candles)
                && !self.requests.is_under_way(line)
                && !self.nameless.contains(&line);
            if is_done {
                run.table.forget(line, Supply::Candles);
            }
        }
    }

    /// The round is over: nobody waits for bars any longer.
    pub(super) fn end(&mut self, reason: Reason, run: &mut Shared) {
        let reason = self.over.unwrap_or(reason);
        self.go_on(Availability::Over(reason), run);
    }

    /// The symbols whose bars make a line's history, once they are known. The stream's continuous contract jumps when it
    /// rolls, so a root needs the contract it stands for.
    fn symbols_of(line: usize, run: &mut Shared) -> Option<VecDeque<Arc<str>>> {
        let is_root = run.table.kind(line) == SymbolKind::FutureRoot;
        if is_root && run.lines[line].contract.is_none() {
            return None;
        }
        let own = super::streamer_of(line, run);
        let contract = run.lines[line].contract.iter();
        let earlier = contract.flat_map(|of| &of.earlier).cloned();
        let symbols: VecDeque<_> = own.into_iter().chain(earlier).collect();
        (!symbols.is_empty()).then_some(symbols)
    }

    fn request(&mut self, ask: BarRequest, run: &Shared) -> SeriesRequest {
        let symbol = CandleSymbol::daily(&ask.streamer);
        self.followed.insert(symbol.clone(), ask.streamer);
        // Where somebody has already said that he has no volatility, silence is worth no more than anywhere else. An
        // expired contract may not be served any more, and silence is the only way to be told.
        let limits = run.limits;
        let is_settling = ask.is_earlier || run.table.lacks_any(ask.line, Supply::Candles);
        let timeout = if is_settling {
            limits.settle.min(limits.listen)
        } else {
            limits.listen
        };
        SeriesRequest {
            symbol,
            from: midnight(ask.from),
            timeout,
        }
    }
}

fn on_bars(bars: &LineBars, run: &mut Shared) {
    let said = bars::observations(bars, run.table.ranking().estimator());
    for (origin, observation) in said {
        run.offer_made_of(bars.line, Provider::Dxlink, origin, observation);
    }
    // A future's chart joins contracts that the stream has apart.
    let is_whole = !bars.is_cut && !run.table.kind(bars.line).is_future();
    run.lines[bars.line].is_young = is_whole && bars.lacking == Reason::ShortHistory;
    no_bars(bars.line, bars.lacking, run);
}

/// There are no more bars for a line.
fn no_bars(line: usize, reason: Reason, run: &mut Shared) {
    run.table.conclude_supply(line, Supply::Candles, reason);
}

/// Whether the symbol of a line is known or may come to be: the bars of a root are those of the contract it stands for.
fn has_symbol(line: usize, run: &Shared) -> bool {
    let is_root = run.table.kind(line) == SymbolKind::FutureRoot;
    let may_be_resolved = run.contracts != Contracts::Known && !run.means.is_open_stream;
    !is_root || run.lines[line].contract.is_some() || may_be_resolved
}

/// Whether the symbol of a line may still come to be known.
fn may_find_symbol(line: usize, run: &Shared) -> bool {
    let is_future = run.table.kind(line).is_future();
    is_future && run.contracts == Contracts::Awaited && !run.means.is_open_stream
}

/// The moment at which the daily bar of a day begins (`docs/reference/dxlink-protocol.md`, "11. Candle symbols").
fn midnight(day: Date) -> Millis {
    let start = day.to_zoned(TimeZone::UTC);
    Millis(start.map_or(0, |start| start.timestamp().as_millisecond()))
}

fn reason(failure: &SeriesFailure) -> Reason {
    match failure {
        SeriesFailure::Overdue { .. } => Reason::NoEventBeforeDeadline,
        SeriesFailure::Limited { .. }
        | SeriesFailure::TooLong { .. }
        | SeriesFailure::NoRoom { .. } => Reason::RefusedByLimit,
        SeriesFailure::Refused { .. } | SeriesFailure::Lost { .. } => Reason::ProviderFailed,
    }
}
