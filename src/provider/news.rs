//! What the sources report to the run, and what the run makes of it.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use tokio::time::Instant;
use tracing::info;

use super::board::Observation;
use super::error::ProviderError;
use super::futures;
use super::run::{Contract, Run};
use super::{chart, history, rest, stream};
use crate::auth::AuthError;
use crate::clock::new_york_date;
use crate::legacy::LegacyError;
use crate::model::instrument::{EquityInstrument, FutureContract};
use crate::model::market::{DailyChart, MarketData, Metrics};
use crate::model::report::Timing;
use crate::model::{FieldSet, Reason, Source, StreamerSymbol, Symbol, SymbolKind};
use crate::store::{Slot, SlotsTaken};
use crate::tastytrade::{Portion, TastyError};
use dxlink::{Changes, EventType, Loss, Notice, Subscription};

/// A report from a source.
#[derive(Debug)]
pub(super) enum News {
    /// The login went well or did not.
    Login(Result<(), AuthError>),
    /// A stream session, or who has them all.
    Slot(Result<Slot, SlotsTaken>),
    /// What futures are listed.
    Futures(Result<Vec<FutureContract>, TastyError>),
    /// Some metrics.
    Metrics(Portion<Metrics>),
    /// Some quotes.
    Quotes(Portion<MarketData>),
    /// Some instruments.
    Equities(Portion<EquityInstrument>),
    /// A chart for a line.
    Chart(usize, Result<DailyChart, LegacyError>),
    /// News from the stream.
    Stream(Box<Changes>),
    /// A phase is over.
    Done(&'static str, Duration),
}

impl Run<'_> {
    /// Takes in a report.
    pub(super) async fn hear(&mut self, news: News) {
        match news {
            News::Login(Ok(())) => {
                self.timings.push(Timing {
                    phase: "oauth",
                    took: self.began.elapsed(),
                });
                self.logged_in().await;
            }
            News::Login(Err(error)) => self.not_logged_in(error),
            News::Slot(slot) => self.hear_slot(slot).await,
            News::Futures(listed) => self.hear_futures(listed).await,
            News::Metrics(portion) => self.hear_metrics(portion),
            News::Quotes(portion) => self.hear_quotes(portion),
            News::Equities(portion) => self.hear_equities(portion),
            News::Chart(line, answer) => self.hear_chart(line, answer),
            News::Stream(changes) => self.hear_stream(*changes).await,
            News::Done(phase, took) => self.timings.push(Timing { phase, took }),
        }
    }

    /// Without a login neither REST nor the account's stream can say anything.
    pub(super) fn not_logged_in(&mut self, error: AuthError) {
        let error = ProviderError::Login(error);
        if self.sources.ranking.uses(Source::Rest) {
            self.fail(Source::Rest, error.clone());
        }
        if self.sources.ranking.uses(Source::Dxlink) && self.sources.open_stream.is_none() {
            self.stream_over = true;
            // Its window may have closed over the wait for the login, which is the reason then.
            self.tally(Source::Dxlink).failure = None;
            self.fail(Source::Dxlink, error);
        }
    }

    /// The wait for a stream session is over: the window begins, or the other sources answer alone.
    async fn hear_slot(&mut self, slot: Result<Slot, SlotsTaken>) {
        self.awaits_slot = false;
        let waited = self.listens_from.elapsed();
        self.timings.push(Timing {
            phase: "session_slot",
            took: waited,
        });
        match slot {
            Ok(slot) => {
                self.listens_from += waited;
                self.open_account_stream(Some(slot));
                self.subscribe_all().await;
            }
            Err(taken) => {
                self.stream_over = true;
                self.fail(Source::Dxlink, ProviderError::Sessions(taken));
            }
        }
    }

    async fn hear_futures(&mut self, listed: Result<Vec<FutureContract>, TastyError>) {
        let (listed, missing) = match listed {
            Ok(listed) => (listed, Reason::UnknownSymbol),
            Err(error) => {
                let error = ProviderError::Rest(Arc::new(error));
                let reason = error.reason();
                self.tally(Source::Rest).failure.get_or_insert(error);
                (Vec::new(), reason)
            }
        };
        let today = new_york_date(self.sources.clock.now());
        let mut contracts: Vec<Symbol> = Vec::new();
        for line in self.futures() {
            let symbol = self.board.symbol(line).clone();
            if let Some(contract) = futures::resolve(&symbol, &listed, today) {
                self.resolved(line, contract, &listed, today);
                if !contracts.contains(&contract.symbol) {
                    contracts.push(contract.symbol.clone());
                }
                continue;
            }
            if missing == Reason::UnknownSymbol {
                self.board.unknown(line);
            }
            self.conclude_rest(line, rest::instrument_fields, missing);
            self.conclude_rest(line, rest::quote_fields, missing);
        }
        self.futures_resolved(&contracts, today).await;
    }

    /// A root or a contract has been found among those listed.
    fn resolved(
        &mut self,
        line: usize,
        contract: &FutureContract,
        listed: &[FutureContract],
        today: Date,
    ) {
        let symbol = self.board.symbol(line);
        if symbol.kind() == SymbolKind::FutureRoot {
            info!("{symbol} stands for {}", contract.symbol);
        }
        self.offer(line, Source::Rest, rest::of_future(contract));
        self.conclude_rest(line, rest::instrument_fields, Reason::NotProvided);
        let front = FutureContract::active(listed, &contract.product, today);
        let state = &mut self.lines[line];
        let shared = |streamer: &StreamerSymbol| Arc::from(streamer.as_str());
        let named = contract.streamer.clone();
        let named = named.or_else(|| futures::derived_streamer(&contract.symbol, today));
        state.streamer = named.as_ref().map(shared);
        state.contract = Some(Contract {
            is_front_month: front.is_some_and(|front| front.symbol == contract.symbol),
            earlier: futures::earlier(contract, listed)
                .iter()
                .map(shared)
                .collect(),
        });
        let lines = self.by_symbol.entry(contract.symbol.clone()).or_default();
        if !lines.contains(&line) {
            lines.push(line);
        }
    }

    fn hear_metrics(&mut self, portion: Portion<Metrics>) {
        let today = new_york_date(self.sources.clock.now());
        for item in portion.items {
            for line in self.lines_of(&item.symbol) {
                self.offer(line, Source::Rest, rest::of_metrics(&item, today));
                self.lines[line].expirations.clone_from(&item.expirations);
                self.conclude_rest(line, rest::metrics_fields, Reason::NotProvided);
            }
        }
        self.conclude_symbols(portion.absent, portion.failed, rest::metrics_fields);
    }

    fn hear_quotes(&mut self, portion: Portion<MarketData>) {
        for item in portion.items {
            for line in self.lines_of(&item.symbol) {
                self.offer(line, Source::Rest, rest::of_quote(&item));
                self.conclude_rest(line, rest::quote_fields, Reason::NotProvided);
            }
        }
        for symbol in &portion.absent {
            for line in self.lines_of(symbol) {
                self.board.unknown(line);
            }
        }
        self.conclude_symbols(portion.absent, portion.failed, rest::quote_fields);
    }

    fn hear_equities(&mut self, portion: Portion<EquityInstrument>) {
        for item in portion.items {
            for line in self.lines_of(&item.symbol) {
                self.offer(line, Source::Rest, rest::of_equity(&item));
                self.conclude_rest(line, rest::instrument_fields, Reason::NotProvided);
            }
        }
        self.conclude_symbols(portion.absent, portion.failed, rest::instrument_fields);
    }

    fn hear_chart(&mut self, line: usize, answer: Result<DailyChart, LegacyError>) {
        let pending = chart::fields();
        match answer {
            Ok(chart) => {
                let said = chart::observations(&chart, self.sources.ranking.estimator());
                self.offer(line, Source::Legacy, said);
                self.board.conclude(
                    line,
                    Source::Legacy,
                    history::fields(),
                    Reason::ShortHistory,
                );
                self.board
                    .conclude(line, Source::Legacy, pending, Reason::NotProvided);
                for doubt in chart.doubts {
                    self.doubts
                        .entry(doubt)
                        .or_default()
                        .push(chart.symbol.clone());
                }
            }
            Err(LegacyError::UnknownSymbol { .. }) => {
                self.board.unknown(line);
                self.board
                    .conclude(line, Source::Legacy, pending, Reason::UnknownSymbol);
            }
            Err(LegacyError::NoMapping { .. } | LegacyError::NoData { .. }) => {
                self.board
                    .conclude(line, Source::Legacy, pending, Reason::NotProvided);
            }
            Err(error) => {
                let error = ProviderError::Legacy(Arc::new(error));
                self.board
                    .conclude(line, Source::Legacy, pending, error.reason());
                self.tally(Source::Legacy).failure.get_or_insert(error);
            }
        }
    }

    async fn hear_stream(&mut self, changes: Changes) {
        self.stats = changes.stats;
        self.hear_series(changes.series).await;
        for change in changes.events {
            let Some(lines) = self.by_streamer.get(&change.symbol).cloned() else {
                continue;
            };
            let said = stream::observations(&change.event);
            let fields = stream::fields_of(change.event.event_type());
            for line in lines {
                self.offer(line, Source::Dxlink, said.clone());
                self.board
                    .conclude(line, Source::Dxlink, fields, Reason::NotProvided);
            }
        }
        for notice in changes.notices {
            match notice {
                Notice::Failed(loss) => {
                    self.stream_over = true;
                    self.lost = None;
                    let error = self.stream_error(loss);
                    self.fail(Source::Dxlink, error);
                }
                Notice::Complaint {
                    code,
                    message,
                    maybe_refused: suspects,
                } => {
                    self.suspects.extend(suspects);
                    self.warn(
                        "stream_complaint",
                        format!("the stream complains: {code}: {message}"),
                    );
                }
                Notice::Rationed { waiting } => {
                    let message = format!(
                        "the stream takes a limited number of subscriptions a minute; {} had to wait",
                        waiting.len()
                    );
                    self.warn("subscription_limit", message);
                    self.suspects.extend(waiting);
                }
                Notice::HistoryRefused { reason } => {
                    self.warn(
                        "history_refused",
                        format!("the stream gives no history: {reason}"),
                    );
                }
                Notice::Lost(loss) => self.lost = Some(loss),
                // A loss that is not made good is told as the failure it then becomes.
                Notice::ChannelOpened => {
                    if let Some(loss) = self.lost.take() {
                        self.warn(
                            "stream_lost",
                            format!("the stream was lost and connected again: {loss}"),
                        );
                    }
                }
                Notice::Connected
                | Notice::SetUp
                | Notice::Authorised
                | Notice::Reconnecting(_) => {}
            }
        }
    }

    /// What the stream may have refused because of a limit, and what never came, was refused.
    pub(super) fn conclude_suspects(&mut self) {
        let suspects: Vec<_> = self.suspects.drain().collect();
        self.refused_by_limit(&suspects);
    }

    /// The stream has no room for subscriptions.
    pub(super) fn refused_by_limit(&mut self, items: &[Subscription]) {
        for item in items {
            let lines = self.by_streamer.get(&item.symbol).cloned();
            let fields = stream::fields_of(item.event_type);
            for line in lines.unwrap_or_default() {
                self.board
                    .conclude(line, Source::Dxlink, fields, Reason::RefusedByLimit);
            }
        }
    }

    /// The error behind a loss: a missing token has a reason of its own.
    pub(super) fn stream_error(&self, loss: Arc<Loss>) -> ProviderError {
        match self.trail.failure() {
            Some(error) if matches!(*loss, Loss::NoAccess { .. }) => ProviderError::Rest(error),
            _ => ProviderError::Stream(loss),
        }
    }

    /// Hands observations to the board and notes when the source first spoke.
    fn offer(&mut self, line: usize, source: Source, said: Vec<Observation>) {
        self.offer_as(line, source, source, said);
    }

    /// The same with another word for where they are from.
    pub(super) fn offer_as(
        &mut self,
        line: usize,
        source: Source,
        told: Source,
        said: Vec<Observation>,
    ) {
        if said.is_empty() {
            return;
        }
        let elapsed = self.began.elapsed();
        // What was kept is no word of its source.
        if told != Source::Cache {
            self.tally(source).first.get_or_insert(elapsed);
        }
        let received: Timestamp = self.sources.clock.now();
        for observation in said {
            self.board
                .offer_as(line, source, told, observation, received);
        }
    }

    fn conclude_rest(&mut self, line: usize, fields: fn(SymbolKind) -> FieldSet, reason: Reason) {
        let fields = fields(self.board.symbol(line).kind());
        self.board.conclude(line, Source::Rest, fields, reason);
    }

    fn conclude_symbols(
        &mut self,
        absent: Vec<Symbol>,
        failed: Vec<(Symbol, Arc<TastyError>)>,
        fields: fn(SymbolKind) -> FieldSet,
    ) {
        for symbol in absent {
            for line in self.lines_of(&symbol) {
                self.conclude_rest(line, fields, Reason::NotProvided);
            }
        }
        for (symbol, error) in failed {
            let error = ProviderError::Rest(error);
            for line in self.lines_of(&symbol) {
                self.conclude_rest(line, fields, error.reason());
            }
            self.tally(Source::Rest).failure.get_or_insert(error);
        }
    }

    fn lines_of(&self, symbol: &Symbol) -> Vec<usize> {
        self.by_symbol.get(symbol).cloned().unwrap_or_default()
    }

    /// Lines that are futures, roots and contracts alike.
    pub(super) fn futures(&self) -> Vec<usize> {
        (0..self.board.len())
            .filter(|line| self.board.symbol(*line).kind().is_future())
            .collect()
    }

    /// A probe's time is up: the stream does not serve what it was asked.
    pub(super) fn end_probe(&mut self) {
        self.probe_until = None;
        // What else waits to be told, or to be told again, has the whole window.
        let probed = |item: &Subscription| item.event_type == EventType::Underlying;
        let refused: Vec<_> = self.suspects.extract_if(probed).collect();
        self.refused_by_limit(&refused);
        for line in 0..self.board.len() {
            if self.lines[line].probed {
                let fields = stream::fields_of(EventType::Underlying);
                self.board
                    .conclude(line, Source::Dxlink, fields, Reason::NoEventBeforeDeadline);
            }
        }
    }

    /// How long a task has been running, for its phase.
    pub(super) fn done(phase: &'static str, began: Instant) -> News {
        News::Done(phase, began.elapsed())
    }
}
