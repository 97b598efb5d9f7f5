//! The task over time that tests control.

use futures_util::FutureExt;
use tokio::time::Instant;

use super::*;
use crate::access::{Access, NoAccess};
use crate::changes::{Changes, Sent};
use crate::event::{Event, EventType, Millis};
use crate::feed::Feed;
use crate::series::{SeriesFailure, SeriesNews, SeriesRequest};
use crate::subscription::Subscription;
use crate::testing::{Server, until};

/// A token's source that takes long to say no.
struct Slow;

impl TokenSource for Slow {
    async fn access(&mut self) -> Result<Access, NoAccess> {
        sleep(Duration::from_mins(1)).await;
        Err(NoAccess {
            reason: "busy".to_owned(),
            retryable: true,
        })
    }
}

/// A transport that nobody gets to.
struct Unreachable;

impl Transport for Unreachable {
    type Connection = crate::websocket::WebSocketConnection;

    async fn connect(&mut self, _: &str, _: Duration) -> Result<Self::Connection, Loss> {
        Err(Loss::TokenNeeded)
    }
}

#[tokio::test(start_paused = true)]
async fn waiting_for_a_token_does_not_make_a_good_connection() {
    let options = FeedOptions {
        reconnects: 2,
        longest_pause: Duration::from_secs(5),
        ..FeedOptions::default()
    };
    let (feed, task) = Feed::new(options, Slow, Unreachable);
    tokio::spawn(task);
    feed.connect().await;
    let mut lost = 0;
    loop {
        for notice in feed.changes().await.unwrap().notices {
            match notice {
                Notice::Lost(_) => lost += 1,
                Notice::Failed(_) => {
                    assert_eq!(lost, 3);
                    return;
                }
                _ => assert!(lost < 3, "it goes on for ever"),
            }
        }
    }
}

/// The wait for a series has not begun as long as its subscription is on its way.
#[tokio::test(start_paused = true)]
async fn the_timeout_of_a_series_counts_from_when_it_was_sent() {
    let server = Server::slow(Duration::from_secs(3));
    let feed = server.feed();
    let timeout = Duration::from_secs(4);
    let request = SeriesRequest {
        symbol: "SPY{=d}".parse().unwrap(),
        from: Millis(1),
        timeout,
    };
    feed.follow(vec![request]).await;
    let failure = until(&feed, |changes| {
        changes
            .series
            .into_iter()
            .find_map(|change| match change.news {
                SeriesNews::Failed(failure) => Some(failure),
                _ => None,
            })
    })
    .await;
    assert_eq!(failure, SeriesFailure::Overdue { after: timeout });
    let (sent, _) = server.additions()[0];
    assert!(sent.elapsed() >= timeout, "after {:?}", sent.elapsed());
}

fn quotes(symbols: &[&str]) -> Vec<Subscription> {
    let quote = |symbol: &&str| Subscription::new(EventType::Quote, symbol);
    symbols.iter().map(quote).collect()
}

/// The next messages that left, at least so many.
async fn sent(feed: &Feed, count: usize) -> Vec<Sent> {
    let mut all = Vec::new();
    until(feed, |changes| {
        all.extend(changes.sent);
        (all.len() >= count).then_some(())
    })
    .await;
    all
}

#[tokio::test(start_paused = true)]
async fn what_was_sent_is_handed_over_though_no_event_comes() {
    let slowness = Duration::from_secs(2);
    let server = Server::slow(slowness);
    let feed = server.feed();
    let began = Instant::now();
    feed.subscribe(quotes(&["SPY", "QQQ"])).await;
    let sent = sent(&feed, 1).await;
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].items, quotes(&["SPY", "QQQ"]));
    assert_eq!(sent[0].at, server.additions()[0].0);
    assert!(sent[0].at - began >= slowness, "the way there counts");
}

#[tokio::test(start_paused = true)]
async fn each_message_is_handed_over_in_order_and_series_are_not() {
    let server = Server::default();
    let feed = server.feed();
    let names: Vec<String> = (0..1_200).map(|number| format!("S{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    feed.follow(vec![SeriesRequest {
        symbol: "SPY{=d}".parse().unwrap(),
        from: Millis(1),
        timeout: Duration::from_secs(1),
    }])
    .await;
    feed.subscribe(quotes(&names)).await;
    let mut all = sent(&feed, 3).await;
    feed.unsubscribe(quotes(&["S0"])).await;
    feed.subscribe(quotes(&["LAST"])).await;
    while all.last().unwrap().items != quotes(&["LAST"]) {
        all.extend(sent(&feed, 1).await);
    }
    assert!(all.is_sorted_by_key(|sent| sent.at));
    let items: Vec<_> = all.iter().flat_map(|sent| sent.items.clone()).collect();
    let told: Vec<_> = [names.as_slice(), &["LAST"]].concat();
    assert_eq!(items, quotes(&told), "removals are not among them");
    let symbols = |items: &[Subscription]| -> Vec<String> {
        items.iter().map(|item| item.symbol.to_string()).collect()
    };
    let heard = server.additions();
    let heard = heard.iter().map(|(_, symbols)| symbols.clone());
    let heard: Vec<_> = heard.filter(|symbols| !symbols.is_empty()).collect();
    let live: Vec<_> = all.iter().map(|sent| symbols(&sent.items)).collect();
    let series = vec!["SPY{=d}".to_owned()];
    assert!(heard.contains(&series));
    assert_eq!(
        heard
            .into_iter()
            .filter(|symbols| *symbols != series)
            .collect::<Vec<_>>(),
        live
    );
}

#[tokio::test(start_paused = true)]
async fn after_a_reconnect_everything_is_handed_over_once_more() {
    let server = Server::default();
    let feed = server.feed();
    feed.subscribe(quotes(&["SPY", "QQQ"])).await;
    let first = sent(&feed, 1).await;
    server.drop_connection();
    let second = sent(&feed, 1).await;
    let symbols = |all: &[Sent]| -> std::collections::BTreeSet<_> {
        let items = all.iter().flat_map(|sent| &sent.items);
        items.map(|item| item.symbol.to_string()).collect()
    };
    assert_eq!(symbols(&second), symbols(&first));
    assert!(second[0].at > first[0].at);
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_goes_away_takes_nothing_with_it() {
    let server = Server::default();
    let feed = server.feed();
    feed.subscribe(quotes(&["SPY"])).await;
    sent(&feed, 1).await;
    {
        let mut reader = Box::pin(feed.changes());
        assert!((&mut reader).now_or_never().is_none(), "nothing is new");
        server.quote("SPY", 1.0);
        // The answer is under way when the reader leaves without having looked.
        sleep(Duration::from_secs(1)).await;
    }
    let bid = |changes: Changes| {
        changes
            .events
            .into_iter()
            .find_map(|change| match change.event {
                Event::Quote(quote) => Some(quote.bid_price.0),
                _ => None,
            })
    };
    assert_eq!(bid(feed.changes().await.unwrap()), Some(1.0));
    // The same with a newer value behind it, and with a reader that leaves before it is answered.
    for leaves_early in [false, true] {
        let mut reader = Box::pin(feed.changes());
        assert!((&mut reader).now_or_never().is_none());
        if leaves_early {
            drop(reader);
            server.quote("SPY", 2.0);
            sleep(Duration::from_secs(1)).await;
        } else {
            server.quote("SPY", 2.0);
            sleep(Duration::from_secs(1)).await;
            drop(reader);
        }
        server.quote("SPY", 3.0);
        sleep(Duration::from_secs(1)).await;
        let changes = feed.changes().await.unwrap();
        assert_eq!(changes.events.len(), 1, "one value per type and symbol");
        assert_eq!(bid(changes), Some(3.0));
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_reader_left_is_there_after_the_end() {
    let server = Server::default();
    let feed = server.feed();
    feed.subscribe(quotes(&["SPY"])).await;
    let mut reader = Box::pin(feed.changes());
    assert!((&mut reader).now_or_never().is_none(), "not yet connected");
    sleep(Duration::from_secs(1)).await;
    feed.close().await;
    drop(reader);
    let left = feed.changes().await.unwrap();
    assert!(matches!(left.notices[0], Notice::Connected));
    assert!(feed.changes().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_call_that_comes_alone_leaves_at_once() {
    let server = Server::default();
    let feed = server.feed();
    feed.subscribe(quotes(&["FIRST"])).await;
    sent(&feed, 1).await;
    for symbol in ["SECOND", "THIRD"] {
        sleep(Duration::from_secs(1)).await;
        let asked = Instant::now();
        feed.subscribe(quotes(&[symbol])).await;
        let sent = sent(&feed, 1).await;
        assert_eq!(sent[0].items, quotes(&[symbol]));
        assert!(sent[0].at - asked < Duration::from_millis(1));
    }
    // A few in a row as well.
    for symbol in ["A", "B", "C"] {
        let asked = Instant::now();
        feed.subscribe(quotes(&[symbol])).await;
        let sent = sent(&feed, 1).await;
        assert!(sent[0].at - asked < Duration::from_millis(1), "{symbol}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_hundred_callers_at_once_make_few_messages() {
    let server = Server::default();
    let feed = server.feed();
    feed.connect().await;
    until(&feed, |changes| changes.stats.ready).await;
    let callers = (0..100).map(|number| {
        let feed = feed.clone();
        tokio::spawn(async move { feed.subscribe(quotes(&[&format!("S{number}")])).await })
    });
    futures_util::future::join_all(callers.collect::<Vec<_>>()).await;
    let mut items = 0;
    let messages = until(&feed, |changes| {
        items += changes
            .sent
            .iter()
            .map(|sent| sent.items.len())
            .sum::<usize>();
        (items == 100).then(|| server.additions().len())
    })
    .await;
    assert!(messages <= 4, "{messages} messages");
}
