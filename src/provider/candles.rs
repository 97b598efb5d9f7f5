//! Daily candles of the stream as a source: asked for lines that lack historical volatility, and for no others.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use tokio::time::Instant;
use tracing::debug;

use super::error::ProviderError;
use super::history::{self, Answer, Ask, Stream};
use super::run::Run;
use crate::clock::new_york_date;
use crate::model::{Reason, Source, SymbolKind};
use dxlink::event::Millis;
use dxlink::{CandleSymbol, SeriesChange, SeriesFailure, SeriesNews, SeriesRequest};

/// How long an earlier contract is waited for. One that has expired may not be served any more, and silence is the only
/// way to be told.
const EARLIER: Duration = Duration::from_secs(2);

/// How far a line is with its bars.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Bars {
    /// It does not want any.
    #[default]
    Unwanted,
    /// It waits for them.
    Awaited,
    /// It has what there is.
    Settled,
}

impl Run<'_> {
    /// Lines that lack historical volatility, and have nobody better to wait for, want their bars.
    pub(super) fn want_bars(&mut self, touched: &[usize]) {
        for line in touched.iter().copied() {
            let kind = self.board.symbol(line).kind();
            let able = self.sources.ranking.supplied_by(Source::Dxlink, kind);
            let gaps = self.board.gaps(line).intersection(history::fields());
            let gaps = gaps.intersection(able);
            let state = &mut self.lines[line];
            if gaps.is_empty() || state.bars == Bars::Settled {
                continue;
            }
            if state.bars == Bars::Unwanted {
                state.bars = Bars::Awaited;
                self.nameless.push(line);
            }
            self.board.expect(line, Source::Dxlink, gaps);
        }
    }

    /// Goes on with the search for bars: asks what can be asked, and takes in what is complete.
    pub(super) async fn seek_bars(&mut self) {
        let stream = self.bar_stream();
        for line in std::mem::take(&mut self.nameless) {
            match self.bar_symbols(line) {
                Some(symbols) => self.quests.want(line, symbols),
                None if self.may_find_symbol(line) && !stream.is_over() => self.nameless.push(line),
                None => self.no_bars(line, Reason::NotProvided),
            }
        }
        let asks = self.settle_bars(stream);
        let Some(feed) = self.feed.clone().filter(|_| !asks.is_empty()) else {
            return;
        };
        self.tally(Source::Dxlink).asked = true;
        let requests: Vec<SeriesRequest> = asks.into_iter().map(|ask| self.request(ask)).collect();
        feed.follow(requests).await;
    }

    /// Takes in the bars of lines that need wait no longer; gives what is to be asked.
    pub(super) fn settle_bars(&mut self, stream: Stream) -> Vec<Ask> {
        let step = self.quests.step(stream);
        for answer in step.answers {
            self.hear_bars(&answer);
        }
        step.asks
    }

    /// News of series; those that are whole have said what was wanted of them.
    pub(super) async fn hear_series(&mut self, changes: Vec<SeriesChange>) {
        let today = new_york_date(self.sources.clock.now());
        let mut whole = Vec::new();
        for SeriesChange { symbol, news } in changes {
            let Some(streamer) = self.followed.get(&symbol).cloned() else {
                continue;
            };
            match news {
                SeriesNews::Snapshot { bars, truncated } => {
                    debug!("{symbol}: {} bars, truncated: {truncated}", bars.len());
                    let bars = history::closed_bars(&bars, today);
                    self.quests.arrived(&streamer, bars, truncated);
                    self.followed.remove(&symbol);
                    whole.push(symbol);
                }
                // Without a snapshot it is no history.
                SeriesNews::Update { .. } => {}
                SeriesNews::Failed(failure) => {
                    debug!("{symbol}: {failure}");
                    self.quests.failed(&streamer, reason(&failure));
                    self.followed.remove(&symbol);
                }
            }
        }
        if let Some(feed) = self.feed.clone().filter(|_| !whole.is_empty()) {
            feed.unfollow(whole).await;
        }
    }

    fn bar_stream(&self) -> Stream {
        if self.stream_over {
            self.over()
        } else if self.feed.is_some() {
            Stream::Open
        } else {
            Stream::Awaited
        }
    }

    /// What the stream is when it will say nothing more: failed for a reason, or silent.
    pub(super) fn over(&self) -> Stream {
        let failure = self.tallies[&Source::Dxlink].failure.as_ref();
        Stream::Over(failure.map_or(Reason::NoEventBeforeDeadline, ProviderError::reason))
    }

    /// The symbols whose bars make a line's history, once they are known. The stream's continuous contract jumps when it
    /// rolls, so a root needs the contract it stands for.
    fn bar_symbols(&self, line: usize) -> Option<VecDeque<Arc<str>>> {
        let state = &self.lines[line];
        let is_root = self.board.symbol(line).kind() == SymbolKind::FutureRoot;
        if is_root && state.contract.is_none() {
            return None;
        }
        let own = state.streamer.iter();
        let earlier = state.contract.iter().flat_map(|of| &of.earlier);
        let symbols: VecDeque<_> = own.chain(earlier).cloned().collect();
        (!symbols.is_empty()).then_some(symbols)
    }

    /// Whether the symbol of a line may still come to be known.
    fn may_find_symbol(&self, line: usize) -> bool {
        let is_future = self.board.symbol(line).kind().is_future();
        is_future && !self.futures_known && self.sources.open_stream.is_none()
    }

    fn request(&mut self, ask: Ask) -> SeriesRequest {
        let window = self.listens_from + self.limits.listen.min(self.limits.timeout);
        let left = window.saturating_duration_since(Instant::now());
        let symbol = CandleSymbol::daily(&ask.streamer);
        self.followed.insert(symbol.clone(), ask.streamer);
        SeriesRequest {
            symbol,
            from: midnight(ask.from),
            timeout: if ask.is_earlier {
                left.min(EARLIER)
            } else {
                left
            },
        }
    }

    fn hear_bars(&mut self, answer: &Answer) {
        let said = history::observations(answer, self.sources.ranking.estimator());
        for (source, observation) in said {
            self.offer_as(answer.line, Source::Dxlink, source, vec![observation]);
        }
        self.no_bars(answer.line, answer.lacking);
    }

    /// There are no more bars for a line.
    fn no_bars(&mut self, line: usize, reason: Reason) {
        self.lines[line].bars = Bars::Settled;
        self.board
            .conclude(line, Source::Dxlink, history::fields(), reason);
    }
}

/// The moment at which the daily bar of a day begins (dxlink-protocol §11).
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
