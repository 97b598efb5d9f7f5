//! The questions of a run: what is asked of whom, and when.

use std::collections::{BTreeSet, HashSet};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{Stream, StreamExt};
use jiff::civil::Date;
use tokio::time::Instant;
use tracing::info;

use super::account::{AccountTokens, StreamAccess};
use super::news::News;
use super::run::{Account, Run};
use super::stream::{Patience, events_for, fields_of};
use super::{chart, futures, rest};
use crate::legacy::YahooSymbol;
use crate::model::{Field, FieldSet, Reason, Source, StreamerSymbol, Symbol, SymbolKind};
use crate::net::websocket_tls;
use crate::store::Slot;
use crate::tastytrade::{MarketDataKind, Portion};
use dxlink::{EventType, Feed, Subscription, WebSocket, limits};

/// How long the stream is given to answer a question that many accounts get no answer to. A value that exists is sent
/// at once, so silence this long is an answer.
const PROBE: Duration = Duration::from_millis(1500);

impl Run<'_> {
    /// Expects what is about to be asked and logs in.
    pub(super) fn begin(&mut self) {
        for line in 0..self.board.len() {
            let kind = self.board.symbol(line).kind();
            if self.sources.ranking.uses(Source::Dxlink) {
                self.board.expect(line, Source::Dxlink, waited_for(kind));
            }
            if self.sources.ranking.uses(Source::Rest) {
                let fields = rest::metrics_fields(kind)
                    .union(rest::quote_fields(kind))
                    .union(rest::instrument_fields(kind));
                self.board.expect(line, Source::Rest, fields);
            }
            self.lines[line].streamer = StreamerSymbol::of(self.board.symbol(line))
                .map(|streamer| Arc::from(streamer.as_str()));
            let symbol = self.board.symbol(line).clone();
            self.by_symbol.entry(symbol).or_default().push(line);
        }
        if let Some(url) = self
            .sources
            .open_stream
            .clone()
            .filter(|_| !self.stream_over)
        {
            self.open_feed(StreamAccess::Open { url });
        }
        self.log_in();
    }

    fn log_in(&mut self) {
        let for_stream =
            self.sources.ranking.uses(Source::Dxlink) && self.sources.open_stream.is_none();
        if !for_stream && !self.sources.ranking.uses(Source::Rest) {
            return;
        }
        match &self.sources.account {
            Err(error) => self.not_logged_in(error.clone()),
            Ok(account) => {
                let (post, session, end) = (self.post.clone(), account.session.clone(), self.end());
                self.tasks.spawn(async move {
                    let outcome = session.access_token(end).await.map(drop);
                    let _ = post.send(News::Login(outcome)).await;
                });
            }
        }
    }

    /// The login is there: everything that needs it is asked at the same time.
    pub(super) async fn logged_in(&mut self) {
        let Ok(account) = self.sources.account.clone() else {
            return;
        };
        if self.sources.ranking.uses(Source::Dxlink) && self.feed.is_none() && !self.stream_over {
            self.take_slot();
        }
        self.subscribe_all().await;
        if self.sources.ranking.uses(Source::Rest) {
            self.tally(Source::Rest).asked = true;
            self.ask_rest(&account);
        } else {
            self.list_futures(&account);
        }
    }

    /// Opens the stream as soon as the account has a session left for it.
    fn take_slot(&mut self) {
        let Some(slots) = self.sources.slots.clone() else {
            return self.open_account_stream(None);
        };
        if let Ok(slot) = slots.try_take() {
            return self.open_account_stream(Some(slot));
        }
        info!("all stream sessions are in use");
        self.awaits_slot = true;
        self.listens_from = Instant::now();
        let (post, end) = (self.post.clone(), self.end());
        self.tasks.spawn(async move {
            let _ = post.send(News::Slot(slots.take(end).await)).await;
        });
    }

    pub(super) fn open_account_stream(&mut self, slot: Option<Slot>) {
        let sources = self.sources;
        let Ok(account) = &sources.account else {
            return;
        };
        let grants = AccountTokens::new(
            account.client.clone(),
            self.sources.stream_url.clone(),
            self.limits.listen,
        );
        self.slot = slot;
        self.trail = grants.trail();
        self.open_feed(StreamAccess::Account(grants));
    }

    /// Subscribes the events of every line whose name on the stream is known by now.
    pub(super) async fn subscribe_all(&mut self) {
        let known: Vec<usize> = (0..self.board.len())
            .filter(|line| self.futures_known || self.lines[*line].streamer.is_some())
            .collect();
        self.subscribe(&known).await;
    }

    fn ask_rest(&mut self, account: &Account) {
        let end = self.end();
        let symbols = |fields: fn(SymbolKind) -> FieldSet| -> Vec<Symbol> {
            let mut seen = BTreeSet::new();
            (0..self.board.len())
                .filter(|line| self.wants_of(*line, fields))
                .map(|line| self.board.symbol(line))
                .filter(|symbol| !symbol.kind().is_future() && seen.insert(symbol.as_str()))
                .cloned()
                .collect()
        };
        let equities = symbols(rest::instrument_fields);
        let quotes = symbols(rest::quote_fields);
        let metrics = self.metrics_symbols();
        if !metrics.is_empty() {
            self.pump(
                "rest_metrics",
                account.client.market_metrics(&metrics, end),
                News::Metrics,
            );
        }
        if !equities.is_empty() {
            self.pump(
                "rest_instruments",
                account.client.equities(&equities, end),
                News::Equities,
            );
        }
        self.ask_quotes(account, &quotes);
        self.list_futures(account);
    }

    /// Whether a line wants any of the fields that a request answers for its kind.
    fn wants_of(&self, line: usize, fields: fn(SymbolKind) -> FieldSet) -> bool {
        let answered = fields(self.board.symbol(line).kind());
        !answered.intersection(self.board.wants(line)).is_empty()
    }

    fn ask_quotes(&mut self, account: &Account, symbols: &[Symbol]) {
        let asked: Vec<_> = symbols
            .iter()
            .filter_map(|symbol| Some((MarketDataKind::of(symbol)?, symbol.clone())))
            .collect();
        if !asked.is_empty() {
            self.pump(
                "rest_quotes",
                account.client.market_data(&asked, self.end()),
                News::Quotes,
            );
        }
    }

    /// Metrics are those of the underlying; all contracts of a future share the root's.
    fn metrics_symbols(&mut self) -> Vec<Symbol> {
        let (mut symbols, mut seen) = (Vec::new(), HashSet::new());
        for line in 0..self.board.len() {
            if !self.wants_of(line, rest::metrics_fields) {
                continue;
            }
            let symbol = self.board.symbol(line);
            let asked = symbol.future_root().unwrap_or_else(|| symbol.clone());
            let lines = self.by_symbol.entry(asked.clone()).or_default();
            if !lines.contains(&line) {
                lines.push(line);
            }
            if seen.insert(asked.clone()) {
                symbols.push(asked);
            }
        }
        symbols
    }

    fn list_futures(&mut self, account: &Account) {
        let products: BTreeSet<String> = self
            .futures()
            .into_iter()
            .filter_map(|line| Some(self.board.symbol(line).future_parts()?.0.to_owned()))
            .collect();
        if products.is_empty() {
            return;
        }
        let (post, client, end) = (self.post.clone(), account.client.clone(), self.end());
        self.tasks.spawn(async move {
            let began = Instant::now();
            let products: Vec<&str> = products.iter().map(String::as_str).collect();
            let listed = client.futures(&products, end).await;
            let _ = post.send(News::Futures(listed)).await;
            let _ = post.send(Self::done("rest_futures", began)).await;
        });
    }

    /// The contracts are known, or it is known that they will not be: subscribe and ask for their prices.
    pub(super) async fn futures_resolved(&mut self, contracts: &[Symbol], today: Date) {
        let futures = self.futures();
        for line in &futures {
            self.lines[*line].streamer = self.lines[*line]
                .streamer
                .take()
                .or_else(|| self.derived_streamer(*line, today));
        }
        self.futures_known = true;
        self.subscribe(&futures).await;
        if let Ok(account) = self.sources.account.clone()
            && self.sources.ranking.uses(Source::Rest)
        {
            self.ask_quotes(&account, contracts);
        }
    }

    fn derived_streamer(&self, line: usize, today: Date) -> Option<Arc<str>> {
        futures::derived_streamer(self.board.symbol(line), today)
            .map(|streamer| Arc::from(streamer.as_str()))
    }

    /// Opens the stream for whatever will be subscribed.
    fn open_feed(&mut self, access: StreamAccess) {
        let (feed, task) = Feed::new(
            self.sources.feed,
            access,
            WebSocket::with_lazy_tls(websocket_tls),
        );
        self.tasks.spawn(task);
        let (post, reader) = (self.post.clone(), feed.clone());
        self.tasks.spawn(async move {
            while let Some(changes) = reader.changes().await {
                if post.send(News::Stream(Box::new(changes))).await.is_err() {
                    return;
                }
            }
        });
        self.feed = Some(feed);
    }

    /// Subscribes the events of lines whose name on the stream is known.
    async fn subscribe(&mut self, lines: &[usize]) {
        let Some(feed) = self.feed.clone() else {
            return;
        };
        let mut items = Vec::new();
        for line in lines.iter().copied() {
            let Some(streamer) = self.lines[line].streamer.clone() else {
                continue;
            };
            let sharing = self.by_streamer.entry(Arc::clone(&streamer)).or_default();
            if sharing.contains(&line) {
                continue;
            }
            sharing.push(line);
            items.extend(self.items(line, &streamer));
        }
        if !items.is_empty() {
            self.tally(Source::Dxlink).asked = true;
            self.subscribe_items(&feed, items).await;
        }
        for line in lines
            .iter()
            .copied()
            .filter(|line| self.lines[*line].streamer.is_none())
        {
            self.board
                .conclude(line, Source::Dxlink, FieldSet::all(), Reason::UnknownSymbol);
        }
    }

    async fn subscribe_items(&mut self, feed: &Feed, items: Vec<Subscription>) {
        let refused = feed.subscribe(items).await;
        if refused.is_empty() {
            return;
        }
        self.refused_by_limit(&refused);
        self.warn(
            "subscription_limit",
            format!(
                "a stream session holds {} subscriptions; {} more ({}) were left out",
                limits::LIVE,
                refused.len(),
                events_named(&refused),
            ),
        );
    }

    fn items(&mut self, line: usize, streamer: &str) -> Vec<Subscription> {
        let wants = self.board.wants(line);
        let kind = self.board.symbol(line).kind();
        let mut items: Vec<_> = events_for(kind)
            .iter()
            .filter(|(event_type, _)| !fields_of(*event_type).intersection(wants).is_empty())
            .map(|(event_type, _)| Subscription::new(*event_type, streamer))
            .collect();
        let volumes = FieldSet::of(&[Field::OptVolume, Field::PutCall]).intersection(wants);
        if !volumes.is_empty() && !kind.is_option() {
            self.board.expect(line, Source::Dxlink, volumes);
            self.lines[line].probed = true;
            items.push(Subscription::new(EventType::Underlying, streamer));
        }
        items
    }

    /// Asks what became worth asking: lower ranks only for what the higher ones left open. Asking changes what is
    /// expected, so the board is reviewed until it rests.
    pub(super) async fn ask_further(&mut self) {
        self.start_open_stream().await;
        loop {
            self.seek_bars().await;
            let touched = self.board.review();
            if touched.is_empty() {
                return;
            }
            self.probe_volatility(&touched).await;
            self.want_bars(&touched);
            self.ask_charts(&touched);
        }
    }

    /// A stream without account has nobody to wait for.
    async fn start_open_stream(&mut self) {
        if self.sources.open_stream.is_none() || self.stream_over || !self.by_streamer.is_empty() {
            return;
        }
        let today = crate::clock::new_york_date(self.sources.clock.now());
        for line in self.futures() {
            self.lines[line].streamer = self.derived_streamer(line, today);
        }
        let all: Vec<usize> = (0..self.board.len()).collect();
        self.subscribe(&all).await;
    }

    /// Where REST has no volatility index, the stream may serve one.
    async fn probe_volatility(&mut self, touched: &[usize]) {
        let Some(feed) = self.feed.clone().filter(|_| !self.stream_over) else {
            return;
        };
        let mut items = Vec::new();
        for line in touched.iter().copied() {
            let kind = self.board.symbol(line).kind();
            if self.lines[line].probed
                || kind.is_option()
                || !self.board.gaps(line).contains(Field::Iv)
            {
                continue;
            }
            let Some(streamer) = self.lines[line].streamer.clone() else {
                continue;
            };
            self.lines[line].probed = true;
            self.board
                .expect(line, Source::Dxlink, FieldSet::of(&[Field::Iv]));
            items.push(Subscription::new(EventType::Underlying, &streamer));
        }
        if !items.is_empty() {
            self.probe_until = Some(Instant::now() + PROBE);
            self.subscribe_items(&feed, items).await;
        }
    }

    fn ask_charts(&mut self, touched: &[usize]) {
        if !self.sources.ranking.uses(Source::Legacy) {
            return;
        }
        for line in touched.iter().copied() {
            let symbol = self.board.symbol(line).clone();
            let able = self
                .sources
                .ranking
                .supplied_by(Source::Legacy, symbol.kind());
            let gaps = self
                .board
                .gaps(line)
                .intersection(chart::worth_asking())
                .intersection(able);
            // The chart has only the front month, so a dated contract waits until it is known which one that is.
            let is_early = symbol.kind() == SymbolKind::Future && !self.futures_known;
            if self.lines[line].charted || gaps.is_empty() || is_early {
                continue;
            }
            self.lines[line].charted = true;
            self.board.expect(line, Source::Legacy, chart::fields());
            self.tally(Source::Legacy).asked = true;
            let (post, client, end) = (
                self.post.clone(),
                Arc::clone(&self.sources.legacy),
                self.end(),
            );
            let contract = self.lines[line].contract.as_ref();
            let is_front_month = contract.is_some_and(|contract| contract.is_front_month);
            self.tasks.spawn(async move {
                let answer = match YahooSymbol::of_front_month(&symbol)
                    .ok()
                    .filter(|_| is_front_month)
                {
                    Some(front) => client.chart_of(&symbol, &front, end).await,
                    None => client.chart(&symbol, end).await,
                };
                let _ = post.send(News::Chart(line, answer)).await;
            });
        }
    }

    /// Passes the portions of a batched request on as they come, then the time it all took.
    fn pump<T: Send + 'static>(
        &mut self,
        phase: &'static str,
        portions: impl Stream<Item = Portion<T>> + Send + 'static,
        wrap: fn(Portion<T>) -> News,
    ) {
        let post = self.post.clone();
        self.tasks.spawn(async move {
            let began = Instant::now();
            let mut portions = pin!(portions);
            while let Some(portion) = portions.next().await {
                if post.send(wrap(portion)).await.is_err() {
                    return;
                }
            }
            let _ = post.send(Self::done(phase, began)).await;
        });
    }

    /// When the run has to be over.
    fn end(&self) -> Instant {
        self.began + self.limits.timeout
    }
}

fn waited_for(kind: SymbolKind) -> FieldSet {
    events_for(kind)
        .iter()
        .filter(|(_, patience)| *patience == Patience::Waits)
        .fold(FieldSet::EMPTY, |fields, (event_type, _)| {
            fields.union(fields_of(*event_type))
        })
}

/// The types of subscriptions, in words.
fn events_named(items: &[Subscription]) -> String {
    let types: BTreeSet<EventType> = items.iter().map(|item| item.event_type).collect();
    let names: Vec<&str> = types.into_iter().map(EventType::name).collect();
    names.join(", ")
}
