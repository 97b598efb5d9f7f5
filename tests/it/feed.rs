//! The library's feed over real sockets, for tests that look at the stream alone.
//!
//! A [`Listener`] takes everything the feed hands over and waits for what a test names, always with a deadline.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use dxlink::{
    Access, Candle, Change, Event, EventType, Feed, FeedOptions, Millis, NoAccess, Notice,
    SeriesChange, SeriesFailure, SeriesNews, SeriesRequest, Stats, Subscription, Token,
    TokenSource, WebSocket,
};
use tokio::runtime::Runtime;
use tokio::time::timeout;

use crate::harness::Harness;
use crate::scripted_server::ScriptedServer;

/// Nothing a test waits for may take longer, however busy the machine.
const PATIENCE: Duration = Duration::from_secs(40);

/// Tokens that are ready for a feed; no test needs more connections.
const TOKENS: usize = 12;

/// A feed that waits long for answers and never long between attempts.
pub(crate) fn options() -> FeedOptions {
    FeedOptions {
        ready_timeout: Duration::from_secs(20),
        reconnects: 5,
        longest_pause: Duration::from_millis(100),
        ..FeedOptions::default()
    }
}

/// The same, but for servers that leave something unsaid.
pub(crate) fn impatient() -> FeedOptions {
    FeedOptions {
        ready_timeout: Duration::from_millis(500),
        ..options()
    }
}

/// A feed that connects once.
pub(crate) fn once() -> FeedOptions {
    FeedOptions {
        reconnects: 0,
        ..options()
    }
}

/// A fresh token for every connection, from a pile that ends.
struct Pile {
    url: String,
    tokens: Vec<String>,
    taken: Arc<AtomicUsize>,
}

impl TokenSource for Pile {
    async fn access(&mut self) -> Result<Access, NoAccess> {
        let Some(token) = self.tokens.pop() else {
            return Err(NoAccess {
                reason: "the pile of tokens is used up".to_owned(),
                retryable: false,
            });
        };
        self.taken.fetch_add(1, Ordering::SeqCst);
        Ok(Access {
            is_kept: false,
            url: self.url.clone(),
            token: Some(Token::new(token)),
        })
    }
}

/// A feed and everything it has said.
pub(crate) struct Listener<'a> {
    runtime: &'a Runtime,
    /// The handle.
    pub(crate) feed: Feed,
    /// Every change, oldest first.
    pub(crate) events: Vec<Change>,
    /// Everything new about series, oldest first.
    pub(crate) series: Vec<SeriesChange>,
    /// Every notice, oldest first.
    pub(crate) notices: Vec<Notice>,
    /// The newest counters.
    pub(crate) stats: Stats,
    /// The tokens that connections may use, the next one last.
    pub(crate) tokens: Vec<String>,
    taken: Arc<AtomicUsize>,
}

impl<'a> Listener<'a> {
    /// Listens to the built-in market.
    pub(crate) fn to(market: &'a Harness, options: FeedOptions) -> Self {
        let tokens = (0..TOKENS).map(|_| market.server().tokens().issue_quote());
        Self::new(
            market.runtime(),
            market.server().ws_url(),
            tokens.collect(),
            options,
        )
    }

    /// Listens to a scripted server.
    pub(crate) fn to_scripted_server(server: &'a ScriptedServer, options: FeedOptions) -> Self {
        let tokens = (0..TOKENS).map(|number| format!("scripted-token-{number:02}"));
        Self::new(
            server.runtime(),
            server.url().to_owned(),
            tokens.collect(),
            options,
        )
    }

    /// Listens to a server of another kind.
    pub(crate) fn to_url(runtime: &'a Runtime, url: String, options: FeedOptions) -> Self {
        let tokens = vec!["token-of-a-test".to_owned(); TOKENS];
        Self::new(runtime, url, tokens, options)
    }

    fn new(runtime: &'a Runtime, url: String, tokens: Vec<String>, options: FeedOptions) -> Self {
        let taken = Arc::default();
        let pile = Pile {
            url,
            tokens: tokens.clone(),
            taken: Arc::clone(&taken),
        };
        let (feed, task) = Feed::new(
            options,
            pile,
            WebSocket::with_lazy_tls(volq::net::websocket_tls),
        );
        runtime.spawn(task);
        Self {
            runtime,
            feed,
            events: Vec::new(),
            series: Vec::new(),
            notices: Vec::new(),
            stats: Stats::default(),
            tokens,
            taken,
        }
    }

    /// How many tokens connections have taken.
    pub(crate) fn tokens_taken(&self) -> usize {
        self.taken.load(Ordering::SeqCst)
    }

    /// Subscribes one type of several symbols.
    pub(crate) fn subscribe(&self, event_type: EventType, symbols: &[&str]) {
        let refused = self.try_subscribe(items(event_type, symbols));
        assert_eq!(refused, []);
    }

    /// Subscribes what there is room for and gives the rest.
    pub(crate) fn try_subscribe(&self, items: Vec<Subscription>) -> Vec<Subscription> {
        self.runtime.block_on(self.feed.subscribe(items))
    }

    /// Takes one type of several symbols back.
    pub(crate) fn unsubscribe(&self, event_type: EventType, symbols: &[&str]) {
        let items = items(event_type, symbols);
        self.runtime.block_on(self.feed.unsubscribe(items));
    }

    /// Takes everything but series back.
    pub(crate) fn reset(&self) {
        self.runtime.block_on(self.feed.reset());
    }

    /// Follows the bars of a symbol since a moment in milliseconds.
    pub(crate) fn follow(&self, symbol: &str, from: i64) {
        self.follow_for(symbol, from, PATIENCE);
    }

    /// The same with less patience.
    pub(crate) fn follow_for(&self, symbol: &str, from: i64, patience: Duration) {
        let request = SeriesRequest {
            symbol: symbol.parse().unwrap(),
            from: Millis(from),
            timeout: patience,
        };
        self.runtime.block_on(self.feed.follow(vec![request]));
    }

    /// Follows the bars of a symbol no longer.
    pub(crate) fn unfollow(&self, symbol: &str) {
        let symbols = vec![symbol.parse().unwrap()];
        self.runtime.block_on(self.feed.unfollow(symbols));
    }

    /// What was news about a series, oldest first.
    pub(crate) fn news(&self, symbol: &str) -> Vec<&SeriesNews> {
        let changes = self.series.iter();
        changes
            .filter(|change| change.symbol.as_str() == symbol)
            .map(|change| &change.news)
            .collect()
    }

    /// How many snapshots of a series there were.
    pub(crate) fn snapshots(&self, symbol: &str) -> usize {
        let is_snapshot = |news: &&&SeriesNews| matches!(news, SeriesNews::Snapshot { .. });
        self.news(symbol).iter().filter(is_snapshot).count()
    }

    /// The bars of a series as somebody holds them who does as the news say.
    pub(crate) fn bars(&self, symbol: &str) -> Vec<Candle> {
        let mut held: BTreeMap<i64, Candle> = BTreeMap::new();
        for news in self.news(symbol) {
            let (SeriesNews::Snapshot { bars, .. } | SeriesNews::Update { bars, .. }) = news else {
                continue;
            };
            assert!(bars.windows(2).all(|two| two[0].index < two[1].index));
            if let SeriesNews::Update { removed, .. } = news {
                held.retain(|index, _| !removed.contains(index));
            } else {
                held.clear();
            }
            held.extend(bars.iter().map(|bar| (bar.index, bar.clone())));
        }
        held.into_values().collect()
    }

    /// Their closes.
    pub(crate) fn closes(&self, symbol: &str) -> Vec<f64> {
        self.bars(symbol).iter().map(|bar| bar.close.0).collect()
    }

    /// Waits until a series has failed; gives why.
    #[track_caller]
    pub(crate) fn series_failure(&mut self, symbol: &str) -> SeriesFailure {
        let failure = |seen: &Self| {
            let news = seen.news(symbol).into_iter();
            let mut failures = news.filter_map(|news| match news {
                SeriesNews::Failed(failure) => Some(failure.clone()),
                _ => None,
            });
            failures.next()
        };
        self.until("the failure of a series", |seen| failure(seen).is_some());
        failure(self).unwrap()
    }

    /// Subscribes the quote of a symbol and waits for it.
    #[track_caller]
    pub(crate) fn quote(&mut self, symbol: &str) -> dxlink::event::Quote {
        self.subscribe(EventType::Quote, &[symbol]);
        self.heard(EventType::Quote, symbol);
        let Some(Event::Quote(quote)) = self.newest(EventType::Quote, symbol) else {
            panic!("no quote")
        };
        quote.clone()
    }

    /// The newest event of a type and symbol.
    pub(crate) fn newest(&self, event_type: EventType, symbol: &str) -> Option<&Event> {
        self.events
            .iter()
            .rev()
            .find(|change| is_of(change, event_type, symbol))
            .map(|change| &change.event)
    }

    /// Waits until something has come for each type and symbol.
    #[track_caller]
    pub(crate) fn heard(&mut self, event_type: EventType, symbol: &str) {
        let what = format!("{} {symbol}", event_type.name());
        self.until(&what, |seen| seen.newest(event_type, symbol).is_some());
    }

    /// Waits until there will be no further attempt; gives why, as it is told to users.
    #[track_caller]
    pub(crate) fn failure(&mut self) -> String {
        self.until("the end of all attempts", |seen| seen.failed().is_some());
        self.failed().unwrap()
    }

    fn failed(&self) -> Option<String> {
        self.notices.iter().find_map(|notice| match notice {
            Notice::Failed(loss) => Some(loss.to_string()),
            _ => None,
        })
    }

    /// Waits until a connection was lost that many times; gives why each was, as it is told to users.
    #[track_caller]
    pub(crate) fn losses(&mut self, times: usize) -> Vec<String> {
        self.until("a loss", |seen| seen.lost().len() >= times);
        self.lost()
    }

    /// Why connections were lost so far.
    pub(crate) fn lost(&self) -> Vec<String> {
        let lost = self.notices.iter().filter_map(|notice| match notice {
            Notice::Lost(loss) => Some(loss.to_string()),
            _ => None,
        });
        lost.collect()
    }

    /// What the server complained about so far, as code and words.
    pub(crate) fn complaints(&self) -> Vec<(String, String)> {
        let complaints = self.notices.iter().filter_map(|notice| match notice {
            Notice::Complaint { code, message, .. } => Some((code.clone(), message.clone())),
            _ => None,
        });
        complaints.collect()
    }

    /// What limits may have cost so far, as type and symbol.
    pub(crate) fn suspects(&self) -> Vec<(EventType, String)> {
        let suspects = self.notices.iter().flat_map(|notice| match notice {
            Notice::Complaint { maybe_refused, .. } => maybe_refused.clone(),
            _ => Vec::new(),
        });
        suspects
            .map(|item| (item.event_type, item.symbol.to_string()))
            .collect()
    }

    /// Takes what the feed hands over until something holds.
    #[track_caller]
    pub(crate) fn until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !holds(self) {
            let left = end.saturating_duration_since(Instant::now());
            assert!(
                self.take(left),
                "never came: {what}; {:?}, {:?}, {} events",
                self.notices,
                self.stats,
                self.events.len()
            );
        }
    }

    /// Takes what the feed hands over for a while.
    pub(crate) fn listen(&mut self, span: Duration) {
        let end = Instant::now() + span;
        while self.take(end.saturating_duration_since(Instant::now())) {}
    }

    fn take(&mut self, patience: Duration) -> bool {
        let feed = self.feed.clone();
        let waiting = async move { timeout(patience, feed.changes()).await };
        let Ok(Some(changes)) = self.runtime.block_on(waiting) else {
            return false;
        };
        self.events.extend(changes.events);
        self.series.extend(changes.series);
        self.notices.extend(changes.notices);
        self.stats = changes.stats;
        true
    }

    /// Closes the feed.
    pub(crate) fn close(&self) {
        self.runtime.block_on(self.feed.close());
    }
}

fn items(event_type: EventType, symbols: &[&str]) -> Vec<Subscription> {
    let items = symbols
        .iter()
        .map(|symbol| Subscription::new(event_type, symbol));
    items.collect()
}

fn is_of(change: &Change, event_type: EventType, symbol: &str) -> bool {
    change.event.event_type() == event_type && &*change.symbol == symbol
}
