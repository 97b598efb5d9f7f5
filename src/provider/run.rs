//! A run as a state machine: answers, changes of the stream and the time go in, requests come out.
//!
//! There is no task, clock or socket inside; [`super::engine`] performs what is asked and hands in what came of it. A run
//! outlives the round it began with: it can be asked again, about other symbols and other fields, and keeps what it knows.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;
use tracing::info;

use super::derive::Circumstances;
use super::dxlink::{Candles, Dxlink};
use super::error::ProviderError;
use super::legacy::Legacy;
use super::merge::{MergeTable, Target};
use super::plan::{self, Plan};
use super::ranking::Ranking;
use super::report;
use super::rest::Rest;
use super::source::{
    Activity, Answer, Contracts, End, Limits, LineFacts, LoginState, Means, Request, Shared,
    Source, Stage,
};
use super::{derive, rest::account::TokenDiagnostics};
use crate::model::report::{ProviderReport, Timing, Warning};
use crate::model::{OptionChain, Provider, Reason, Row, Supply, Symbol};
use crate::tastytrade::{EndpointRates, TastyError};
use dxlink::Stats;

/// What a round asks.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// Symbols and what is wanted of them.
    pub targets: Vec<Target>,
    /// Underlyings whose option chains are wanted.
    pub chains: Vec<Symbol>,
    /// Whether any value will do, so that no better one is waited for.
    pub takes_first: bool,
}

/// The option chains that came, or why they did not.
pub type Chains = HashMap<Symbol, Result<OptionChain, Arc<TastyError>>>;

/// How far a round is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Lines with everything settled.
    pub settled: usize,
    /// Lines in all.
    pub total: usize,
}

/// A run under way.
#[derive(Debug)]
pub(super) struct Run {
    shared: Shared,
    dxlink: Dxlink,
    rest: Rest,
    legacy: Legacy,
    rations: EndpointRates,
    /// Chains that are wanted and not requested yet.
    wanted_chains: Vec<Symbol>,
    /// Chains that are being fetched.
    awaited_chains: HashSet<Symbol>,
    chains: Chains,
    /// The least time that what was requested so far takes.
    least: Duration,
}

impl Run {
    /// A run that has not been asked anything.
    pub(super) fn new(
        ranking: Ranking,
        means: Means,
        rations: EndpointRates,
        candles: Candles,
        limits: Limits,
        now: Instant,
        wall: Timestamp,
    ) -> Self {
        let waits = super::merge::Waits {
            listen: limits.listen,
            settle: limits.settle,
            takes_first: false,
        };
        Self {
            shared: Shared {
                means,
                limits,
                began: now,
                now,
                wall,
                table: MergeTable::new(ranking, waits),
                lines: Vec::new(),
                by_symbol: HashMap::new(),
                login: LoginState::Unneeded,
                login_error: None,
                contracts: Contracts::Unasked,
                diagnostics: TokenDiagnostics::default(),
                activities: std::array::from_fn(|_| Activity::default()),
                requests: Vec::new(),
                timings: Vec::new(),
                warnings: Vec::new(),
                doubts: std::collections::BTreeMap::new(),
            },
            dxlink: Dxlink::new(candles),
            rest: Rest::default(),
            legacy: Legacy::default(),
            rations,
            wanted_chains: Vec::new(),
            awaited_chains: HashSet::new(),
            chains: Chains::new(),
            least: Duration::ZERO,
        }
    }

    /// Turns to a question. What earlier rounds found out about the same symbols is kept, and what is still wanted of the
    /// stream stays subscribed.
    pub(super) fn ask(
        &mut self,
        question: Question,
        limits: Limits,
        now: Instant,
        wall: Timestamp,
    ) {
        let Question {
            targets,
            chains,
            takes_first,
        } = question;
        self.at(now, wall);
        let run = &mut self.shared;
        run.limits = limits;
        let waits = run.waits(takes_first);
        let moved = run.table.retarget(targets, waits);
        let mut lines: Vec<LineFacts> = Vec::new();
        lines.resize_with(run.table.len(), LineFacts::default);
        for (facts, place) in std::mem::take(&mut run.lines).into_iter().zip(&moved) {
            if let Some(place) = place {
                lines[*place] = facts;
            }
        }
        run.lines = lines;
        run.by_symbol.clear();
        for line in 0..run.table.len() {
            let symbol = run.table.symbol(line).clone();
            run.known_as(line, symbol);
            if let Some(contract) = run.lines[line].contract.clone() {
                run.known_as(line, contract.symbol);
            }
            let root = run.metrics_symbol(line);
            run.known_as(line, root);
        }
        self.awaited_chains.clear();
        self.wanted_chains = chains;
        self.for_each(|source, run| source.retarget(&moved, run));
        self.advance();
    }

    /// Takes in an answer.
    pub(super) fn on(&mut self, answer: Answer, now: Instant, wall: Timestamp) {
        self.at(now, wall);
        let mut left = self.on_chain(answer);
        for source in [
            &mut self.dxlink as &mut dyn Source,
            &mut self.rest,
            &mut self.legacy,
        ] {
            left = left.and_then(|answer| source.on(answer, &mut self.shared));
        }
        self.advance();
    }

    /// Looks at the time.
    pub(super) fn on_time(&mut self, now: Instant, wall: Timestamp) {
        self.at(now, wall);
        self.for_each(|source, run| source.on_time(run));
        self.advance();
    }

    /// Where the stream's tokens leave what they showed.
    pub(super) fn set_diagnostics(&mut self, diagnostics: TokenDiagnostics) {
        self.shared.diagnostics = diagnostics;
    }

    /// What is to be done now.
    pub(super) fn take_requests(&mut self) -> Vec<Request> {
        let requests = std::mem::take(&mut self.shared.requests);
        self.least += plan::least_time(&requests, &self.rations);
        requests
    }

    /// What a question makes the run ask at first, as if the login went well and a session were free. The run is of no use
    /// afterwards.
    pub(super) fn plan(mut self, question: Question, limits: Limits) -> Plan {
        let (now, wall) = (self.shared.now, self.shared.wall);
        self.ask(question, limits, now, wall);
        let mut all = Vec::new();
        loop {
            let requests = std::mem::take(&mut self.shared.requests);
            if requests.is_empty() {
                return Plan::of(&all, &self.rations);
            }
            for request in requests {
                match request {
                    Request::Login => self.on(Answer::Login(Ok(())), now, wall),
                    Request::SessionSlot => self.on(Answer::Slot(Ok(())), now, wall),
                    request => all.push(request),
                }
            }
        }
    }

    /// When time alone changes something; never later than the end.
    pub(super) fn wakes_at(&self) -> Instant {
        let run = &self.shared;
        let parts = [
            self.dxlink.wakes_at(run),
            self.rest.wakes_at(run),
            self.legacy.wakes_at(run),
            run.table.wakes_at(),
        ];
        parts
            .into_iter()
            .flatten()
            .fold(self.ends_at(), Instant::min)
    }

    /// When the run has to be over.
    pub(super) fn ends_at(&self) -> Instant {
        self.shared.began + self.shared.limits.timeout.for_plan(self.least)
    }

    /// Whether everything is in that is worth waiting for.
    pub(super) fn is_over(&self) -> bool {
        let run = &self.shared;
        let waits_for_chains = !self.awaited_chains.is_empty() || !self.wanted_chains.is_empty();
        let stays = run.limits.full_listen && self.dxlink.is_listening(run);
        run.table.is_settled() && !waits_for_chains && !stays
    }

    /// How far the round is.
    pub(super) fn progress(&self) -> Progress {
        Progress {
            settled: self.shared.table.settled_lines(),
            total: self.shared.table.len(),
        }
    }

    /// Ends the round: nothing more is waited for. Gives the rows as they stand.
    pub(super) fn end(&mut self, how: End, now: Instant, wall: Timestamp, demo: bool) -> Vec<Row> {
        self.at(now, wall);
        if how != End::Settled {
            info!("the run ends early: {how:?}");
        }
        self.for_each(|source, run| source.end(how, run));
        let run = &mut self.shared;
        match how {
            End::Settled => {}
            End::OutOfTime => run.table.give_up(Reason::NotAsked),
            End::Interrupted => {
                for provider in Provider::ALL {
                    run.table.conclude_all(provider, Reason::Interrupted);
                }
                run.table.give_up(Reason::Interrupted);
            }
        }
        self.wanted_chains.clear();
        self.awaited_chains.clear();
        let circumstances = Circumstances {
            now: wall,
            demo,
            is_delayed: self.is_delayed(demo),
        };
        let silent = self.dxlink.why_silent(&self.shared);
        derive::rows(
            &self.shared.table,
            &self.shared.lines,
            silent,
            circumstances,
        )
    }

    /// There will be no further round.
    pub(super) fn finish(&mut self, now: Instant, wall: Timestamp) {
        self.at(now, wall);
        self.dxlink.finish(&mut self.shared);
    }

    /// The chains that came in this run.
    pub(super) fn take_chains(&mut self) -> Chains {
        std::mem::take(&mut self.chains)
    }

    /// What each provider did, in rank order.
    pub(super) fn reports(&self) -> Vec<ProviderReport> {
        let order = self.shared.table.ranking().all();
        let reports = order.into_iter();
        reports
            .map(|provider| report::of(provider, &self.shared, self.dxlink.stats()))
            .collect()
    }

    /// Why providers failed, in rank order.
    pub(super) fn failures(&self) -> Vec<(Provider, ProviderError)> {
        let order = self.shared.table.ranking().all().into_iter();
        let failed = order.filter_map(|provider| {
            let failure = self.shared.activities[provider as usize].failure.clone()?;
            Some((provider, failure))
        });
        failed.collect()
    }

    /// How long the phases took.
    pub(super) fn timings(&self) -> Vec<Timing> {
        report::timings(&self.shared, self.dxlink.stats())
    }

    /// Things worth knowing.
    pub(super) fn warnings(&self) -> Vec<Warning> {
        report::warnings(&self.shared)
    }

    /// Longest wait for an event of the stream.
    pub(super) fn listen(&self) -> Duration {
        self.shared.limits.listen
    }

    /// Counters of the stream.
    pub(super) fn stats(&self) -> Stats {
        self.dxlink.stats()
    }

    /// How many entries its collections hold, for tests of what grows.
    #[cfg(test)]
    fn collected(&self) -> usize {
        let run = &self.shared;
        let by_symbol: usize = run.by_symbol.values().map(Vec::len).sum();
        let doubts: usize = run.doubts.values().map(|symbols| 1 + symbols.len()).sum();
        let chains = self.wanted_chains.len() + self.awaited_chains.len() + self.chains.len();
        let said = run.requests.len() + run.timings.len() + run.warnings.len() + doubts;
        let sources = self.dxlink.collected() + self.rest.collected() + self.legacy.collected();
        run.table.len() + run.lines.len() + by_symbol + chains + said + sources
    }

    fn is_delayed(&self, demo: bool) -> bool {
        let level = self.shared.diagnostics.level();
        self.shared.means.is_open_stream && !demo || level.is_some_and(|level| level != "api")
    }

    fn at(&mut self, now: Instant, wall: Timestamp) {
        self.shared.now = now;
        self.shared.wall = wall;
    }

    /// Goes on as far as possible. To ask changes what is expected, so lines are looked at until they rest.
    fn advance(&mut self) {
        self.request_chains();
        loop {
            let now = self.shared.now;
            self.for_each(|source, run| source.flush(run));
            let due = self.shared.table.take_due(now);
            if due.is_empty() {
                return;
            }
            self.shared.table.close_windows(&due, now);
            for stage in [Stage::Best, Stage::Open] {
                self.for_each(|source, run| source.step(stage, &due, run));
            }
            self.shared.table.review(&due, now);
        }
    }

    fn for_each(&mut self, mut act: impl FnMut(&mut dyn Source, &mut Shared)) {
        // Lower ranks look at what the higher ones left open, so they come later.
        for provider in self.shared.table.ranking().all() {
            let source: &mut dyn Source = match provider {
                Provider::Dxlink => &mut self.dxlink,
                Provider::Rest => &mut self.rest,
                Provider::Legacy => &mut self.legacy,
            };
            act(source, &mut self.shared);
        }
    }

    /// Chains are instrument data of the account, so they are asked there whichever providers supply prices.
    fn request_chains(&mut self) {
        if self.wanted_chains.is_empty() {
            return;
        }
        self.shared.need_login();
        if self.shared.login == LoginState::Awaited {
            return;
        }
        for underlying in std::mem::take(&mut self.wanted_chains) {
            if let Some(error) = self.shared.login_error.clone() {
                let error = Arc::new(TastyError::Auth(error));
                self.chains.insert(underlying, Err(error));
                continue;
            }
            self.awaited_chains.insert(underlying.clone());
            self.shared.request(Request::Chain(underlying));
        }
    }

    fn on_chain(&mut self, answer: Answer) -> Option<Answer> {
        match answer {
            Answer::Chain(underlying, chain) => {
                self.awaited_chains.remove(&underlying);
                self.chains.insert(underlying, chain.map_err(Arc::new));
                None
            }
            Answer::Done(Supply::Chain, took) => {
                self.shared.took("option_chains", took);
                None
            }
            other => Some(other),
        }
    }
}

#[cfg(test)]
mod test_support;

#[cfg(test)]
mod tests;
