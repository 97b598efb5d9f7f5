//! tastytrade's REST API as a part of a run: which requests are made when, and what their answers say.

pub(super) mod account;
pub(super) mod futures;
mod mapping;

use std::collections::HashSet;
use std::sync::Arc;

use tokio::time::Instant;
use tracing::info;

use super::error::{ProviderError, in_tenths};
use super::source::{
    Answer, Contract, Contracts, End, LoginState, Request, Shared, Source, Stage, is_worth_asking,
    move_lines,
};
use crate::auth::AuthError;
use crate::model::instrument::{EquityInstrument, FutureContract};
use crate::model::market::{MarketData, Metrics};
use crate::model::{Field, Provider, Reason, StreamerSymbol, Supply, Symbol, SymbolKind};
use crate::tastytrade::{MarketDataKind, Portion, TastyError};

/// The supplies of REST, in the order in which they are asked.
const SUPPLIES: [Supply; 4] = [
    Supply::Metrics,
    Supply::Futures,
    Supply::Equities,
    Supply::ByType,
];

/// REST's part of a run.
#[derive(Debug, Default)]
pub(super) struct Rest {
    /// What was decided to be asked about lines and is not requested yet.
    unrequested: Vec<(usize, Supply)>,
    /// Whether quotes are few enough to be asked at once, whoever else is asked.
    quotes_fit: bool,
    /// Requests for quotes that are under way; while there are any, others gather.
    quotes_under_way: usize,
    /// Whether the contracts of futures are being looked up.
    futures_under_way: bool,
}

impl Rest {
    /// How many entries its collections hold, for tests of what grows.
    #[cfg(test)]
    pub(super) fn collected(&self) -> usize {
        self.unrequested.len()
    }

    /// The login is there or will not come.
    fn on_login(login: Result<(), AuthError>, run: &mut Shared) {
        match login {
            Ok(()) => {
                run.login = LoginState::Done;
                run.took("oauth", run.now.duration_since(run.began));
            }
            Err(error) => run.login_failed(error),
        }
    }

    /// Whether a supply is to be asked about a line now.
    fn is_worth_asking(&self, stage: Stage, line: usize, supply: Supply, run: &Shared) -> bool {
        let is_new = !run.table.is_asked(line, supply);
        let is_extra = match supply {
            // It costs one request, and is there should the stream stay silent.
            Supply::ByType => self.quotes_fit && wants_quote(line, run),
            Supply::Equities => stage == Stage::Open && run.table.needs_class(line),
            _ => false,
        };
        is_new && is_extra || is_worth_asking(stage, line, supply, run)
    }

    fn ask(&mut self, line: usize, supply: Supply, run: &mut Shared) {
        run.need_login();
        if run.login == LoginState::Failed {
            for supply in [supply].into_iter().chain(twin_of(supply)) {
                run.refuse(line, supply);
            }
            return;
        }
        run.activity(Provider::Rest).asked = true;
        if supply == Supply::Equities && run.table.needs_class(line) {
            run.table.want(line, Field::Instrument);
        }
        run.table.ask(line, supply);
        if supply == Supply::ByType {
            run.table.ask(line, Supply::ByTypeGreeks);
        }
        self.unrequested.push((line, supply));
    }

    /// Contracts of futures are looked up for whoever names or quotes them: the stream and the chart as well.
    fn ask_contracts(lines: &[usize], run: &mut Shared) {
        // Metrics are the root's; everything else is a contract's, and is asked first or for what metrics left open.
        let needs = |line: &usize| {
            let (table, kind) = (&run.table, run.table.kind(*line));
            let metrics = table.ranking().brings(Supply::Metrics, kind);
            let is_needed_for = |supply: &Supply| {
                let wanted = table.wanted_of(*line, *supply);
                let is_open = table.is_asked(*line, Supply::Metrics)
                    && !table.gaps(*line, run.now).intersection(wanted).is_empty();
                *supply != Supply::Metrics && (is_open || !wanted.without(metrics).is_empty())
            };
            kind.is_future() && Supply::ALL.iter().any(is_needed_for)
        };
        if run.contracts != Contracts::Unasked || !lines.iter().any(needs) {
            return;
        }
        let asks_account = run.table.ranking().uses(Provider::Rest)
            || run.table.ranking().uses(Provider::Dxlink) && !run.means.is_open_stream;
        if !asks_account {
            Self::contracts_known(run);
            return;
        }
        run.need_login();
        if run.login == LoginState::Failed {
            Self::contracts_known(run);
        } else {
            run.contracts = Contracts::Awaited;
        }
    }

    /// Which contracts there are is known as far as it ever will be.
    fn contracts_known(run: &mut Shared) {
        if run.contracts != Contracts::Known {
            run.contracts = Contracts::Known;
            for line in run.futures() {
                run.table.touch(line);
            }
        }
    }

    /// Requests what is decided, as far as it can be requested by now.
    fn request_all(&mut self, run: &mut Shared) {
        if run.login == LoginState::Failed && run.contracts == Contracts::Awaited {
            Self::contracts_known(run);
        }
        if run.login != LoginState::Done {
            return;
        }
        if run.contracts == Contracts::Awaited {
            self.request_futures(run);
        }
        let mut metrics = Vec::new();
        let mut equities = Vec::new();
        let mut quotes = Vec::new();
        let mut seen = HashSet::new();
        for (line, supply) in std::mem::take(&mut self.unrequested) {
            let symbol = match supply {
                Supply::Metrics => Some(run.metrics_symbol(line)),
                Supply::ByType if self.quotes_under_way > 0 || run.is_unresolved(line) => {
                    self.unrequested.push((line, supply));
                    continue;
                }
                Supply::ByType => run.quoted_symbol(line),
                _ => Some(run.table.symbol(line).clone()),
            };
            let Some(symbol) = symbol else {
                conclude_quote(line, Reason::UnknownSymbol, run);
                continue;
            };
            run.known_as(line, symbol.clone());
            if supply == Supply::Futures || !seen.insert((supply, symbol.clone())) {
                continue;
            }
            match supply {
                Supply::Metrics => metrics.push(symbol),
                Supply::Equities => equities.push(symbol),
                _ => quotes.extend(MarketDataKind::of(&symbol).map(|kind| (kind, symbol))),
            }
        }
        if !metrics.is_empty() {
            run.request(Request::Metrics(metrics));
        }
        if !equities.is_empty() {
            run.request(Request::Equities(equities));
        }
        if !quotes.is_empty() {
            self.quotes_under_way += 1;
            run.request(Request::Quotes(quotes));
        }
    }

    fn request_futures(&mut self, run: &mut Shared) {
        if self.futures_under_way {
            return;
        }
        let futures = run.futures().into_iter();
        let mut products: Vec<String> = futures
            .filter_map(|line| Some(run.table.symbol(line).future_parts()?.0.to_owned()))
            .collect();
        products.sort_unstable();
        products.dedup();
        if products.is_empty() {
            Self::contracts_known(run);
            return;
        }
        self.futures_under_way = true;
        run.request(Request::Futures(products));
    }

    fn on_futures(&mut self, listed: Result<Vec<FutureContract>, TastyError>, run: &mut Shared) {
        self.futures_under_way = false;
        let (listed, missing) = match listed {
            Ok(listed) => (listed, Reason::UnknownSymbol),
            Err(error) => {
                let error = ProviderError::Rest(Arc::new(error));
                let reason = error.reason();
                run.activity(Provider::Rest).failure.get_or_insert(error);
                (Vec::new(), reason)
            }
        };
        let today = run.today();
        for line in run.futures() {
            let symbol = run.table.symbol(line).clone();
            if let Some(contract) = futures::resolve(&symbol, &listed, today) {
                resolved(line, contract, &listed, run);
                continue;
            }
            if missing == Reason::UnknownSymbol {
                run.table.unknown(line, Provider::Rest);
            }
            run.table.conclude_supply(line, Supply::Futures, missing);
            conclude_quote(line, missing, run);
        }
        Self::contracts_known(run);
    }

    fn on_metrics(portion: Portion<Metrics>, run: &mut Shared) {
        let today = run.today();
        for item in portion.items {
            for line in run.lines_of(&item.symbol) {
                run.offer(line, Provider::Rest, mapping::of_metrics(&item, today));
                run.lines[line].expirations.clone_from(&item.expirations);
                run.table
                    .conclude_supply(line, Supply::Metrics, Reason::NotProvided);
            }
        }
        conclude_symbols(&portion.absent, &portion.failed, Supply::Metrics, run);
    }

    fn on_quotes(portion: Portion<MarketData>, run: &mut Shared) {
        for item in portion.items {
            for line in run.lines_of(&item.symbol) {
                run.offer(line, Provider::Rest, mapping::of_quote(&item));
                conclude_quote(line, Reason::NotProvided, run);
            }
        }
        for symbol in &portion.absent {
            for line in run.lines_of(symbol) {
                run.table.unknown(line, Provider::Rest);
            }
        }
        conclude_symbols(&portion.absent, &portion.failed, Supply::ByType, run);
    }

    fn on_equities(portion: Portion<EquityInstrument>, run: &mut Shared) {
        for item in portion.items {
            for line in run.lines_of(&item.symbol) {
                run.offer(line, Provider::Rest, mapping::of_equity(&item));
                run.lines[line].class = Some(item.class);
                run.table
                    .conclude_supply(line, Supply::Equities, Reason::NotProvided);
            }
        }
        conclude_symbols(&portion.absent, &portion.failed, Supply::Equities, run);
    }
}

impl Source for Rest {
    fn step(&mut self, stage: Stage, lines: &[usize], run: &mut Shared) {
        Self::ask_contracts(lines, run);
        if !run.table.ranking().uses(Provider::Rest) {
            return;
        }
        for line in lines.iter().copied() {
            for supply in SUPPLIES {
                if self.is_worth_asking(stage, line, supply, run) {
                    self.ask(line, supply, run);
                }
            }
        }
    }

    fn flush(&mut self, run: &mut Shared) {
        self.request_all(run);
    }

    fn on(&mut self, answer: Answer, run: &mut Shared) -> Option<Answer> {
        match answer {
            Answer::Login(login) => Self::on_login(login, run),
            Answer::Futures(listed) => self.on_futures(listed, run),
            Answer::Metrics(portion) => Self::on_metrics(portion, run),
            Answer::Quotes(portion) => Self::on_quotes(portion, run),
            Answer::Equities(portion) => Self::on_equities(portion, run),
            Answer::Done(supply, took) => {
                self.quotes_under_way -= usize::from(supply == Supply::ByType);
                if let Some(phase) = phase(supply) {
                    run.took(phase, took);
                }
            }
            other => return Some(other),
        }
        None
    }

    fn wakes_at(&self, _: &Shared) -> Option<Instant> {
        None
    }

    fn on_time(&mut self, _: &mut Shared) {}

    fn retarget(&mut self, moved: &[Option<usize>], run: &mut Shared) {
        move_lines(&mut self.unrequested, moved);
        let asked = (0..run.table.len()).filter(|line| wants_quote(*line, run));
        self.quotes_fit = asked.count() <= run.means.quotes_batch;
        let is_new = |line: &usize| run.lines[*line].contract.is_none();
        if run.contracts == Contracts::Known && run.futures().iter().any(is_new) {
            run.contracts = Contracts::Unasked;
        }
    }

    fn end(&mut self, how: End, run: &mut Shared) {
        if how != End::OutOfTime {
            return;
        }
        let is_awaited = run.table.awaits(Provider::Rest);
        if run.login == LoginState::Done {
            for (line, supply) in std::mem::take(&mut self.unrequested) {
                run.table.conclude_supply(line, supply, Reason::NotAsked);
            }
        }
        if is_awaited {
            let after = in_tenths(run.now.duration_since(run.began));
            run.fail(Provider::Rest, ProviderError::Deadline { after });
        }
        run.table
            .conclude_all(Provider::Rest, Reason::ProviderFailed);
    }
}

/// What is asked with a supply, because one request answers both.
fn twin_of(supply: Supply) -> Option<Supply> {
    (supply == Supply::ByType).then_some(Supply::ByTypeGreeks)
}

fn wants_quote(line: usize, run: &Shared) -> bool {
    let wanted = |supply| !run.table.wanted_of(line, supply).is_empty();
    wanted(Supply::ByType) || wanted(Supply::ByTypeGreeks)
}

/// All that quotes had to say about a line has been said.
fn conclude_quote(line: usize, reason: Reason, run: &mut Shared) {
    run.table.conclude_supply(line, Supply::ByType, reason);
    run.table
        .conclude_supply(line, Supply::ByTypeGreeks, reason);
}

/// A root or a contract has been found among those listed.
fn resolved(line: usize, contract: &FutureContract, listed: &[FutureContract], run: &mut Shared) {
    let today = run.today();
    let symbol = run.table.symbol(line);
    if run.table.kind(line) == SymbolKind::FutureRoot {
        info!("{symbol} stands for {}", contract.symbol);
    }
    run.offer(line, Provider::Rest, mapping::of_future(contract));
    run.table
        .conclude_supply(line, Supply::Futures, Reason::NotProvided);
    let front = FutureContract::active(listed, &contract.product, today);
    let shared = |streamer: &StreamerSymbol| Arc::from(streamer.as_str());
    let named = contract.streamer.clone();
    let named = named.or_else(|| futures::derived_streamer(&contract.symbol, today));
    let facts = &mut run.lines[line];
    facts.streamer = named.as_ref().map(shared);
    facts.contract = Some(Contract {
        symbol: contract.symbol.clone(),
        is_front_month: front.is_some_and(|front| front.symbol == contract.symbol),
        earlier: futures::earlier(contract, listed)
            .iter()
            .map(shared)
            .collect(),
    });
    run.known_as(line, contract.symbol.clone());
}

fn conclude_symbols(
    absent: &[Symbol],
    failed: &[(Symbol, Arc<TastyError>)],
    supply: Supply,
    run: &mut Shared,
) {
    let supplies = || [supply].into_iter().chain(twin_of(supply));
    for symbol in absent {
        for line in run.lines_of(symbol) {
            for supply in supplies() {
                run.table.conclude_supply(line, supply, Reason::NotProvided);
            }
        }
    }
    for (symbol, error) in failed {
        let error = ProviderError::Rest(Arc::clone(error));
        for line in run.lines_of(symbol) {
            for supply in supplies() {
                run.table.conclude_supply(line, supply, error.reason());
            }
        }
        if error.reason() != Reason::NotAsked {
            run.activity(Provider::Rest).failure.get_or_insert(error);
        }
    }
}

fn phase(supply: Supply) -> Option<&'static str> {
    Some(match supply {
        Supply::Metrics => "rest_metrics",
        Supply::ByType => "rest_quotes",
        Supply::Equities => "rest_instruments",
        Supply::Futures => "rest_futures",
        Supply::Chain => "option_chains",
        _ => return None,
    })
}
