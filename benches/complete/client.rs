//! The near end: login, quote token and feed as a run of volq puts them together.

use std::collections::HashSet;
use std::path::Path;
use std::time::{Duration, Instant};

use dxlink::{EventType, Feed, FeedOptions, Subscription, WebSocket};
use volq::net::websocket_tls;
use volq::provider::{AccountTokens, StreamAccess};

use crate::login::{PATIENCE, broker, in_runtime};

/// Subscribes the quotes of these symbols and waits for one of each; gives how long that took from nothing.
pub(crate) fn run(port: u16, symbols: &[String], folder: &Path) -> Duration {
    in_runtime(async {
        let began = Instant::now();
        let client = broker(port, Some(folder));
        let url = format!("ws://127.0.0.1:{port}/realtime");
        let access = AccountTokens::new(client, Some(url), PATIENCE);
        let (feed, task) = Feed::new(
            options(),
            StreamAccess::Account(access),
            WebSocket::with_lazy_tls(websocket_tls),
        );
        let task = tokio::spawn(task);
        let wishes = symbols
            .iter()
            .map(|symbol| Subscription::new(EventType::Quote, symbol));
        feed.subscribe(wishes.collect()).await;
        let mut seen = HashSet::new();
        while seen.len() < symbols.len() {
            let changes = tokio::time::timeout(PATIENCE, feed.changes()).await;
            let changes = changes.expect("quotes in time").expect("an open feed");
            seen.extend(changes.events.into_iter().map(|change| change.symbol));
        }
        let took = began.elapsed();
        feed.close().await;
        task.await.expect("the feed ends");
        took
    })
}

fn options() -> FeedOptions {
    FeedOptions {
        ready_timeout: PATIENCE,
        reconnects: 0,
        ..FeedOptions::default()
    }
}
