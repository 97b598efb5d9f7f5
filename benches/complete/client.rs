//! The near end: login, quote token and feed as a run of volq puts them together.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dxlink::{EventType, Feed, FeedOptions, Subscription, WebSocket};
use volq::auth::{Credentials, Login};
use volq::clock::{Clock, SystemClock};
use volq::model::Symbol;
use volq::net::{Http, HttpOptions, Retry, websocket_tls};
use volq::provider::{AccountGrants, StreamAccess};
use volq::secret::Secret;
use volq::store::{AccountMark, Kind, Store};
use volq::tastytrade::{Client, ClientOptions};

/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(30);

/// Underlyings with enough options between them.
const UNDERLYINGS: [&str; 5] = ["SPY", "QQQ", "IWM", "AAPL", "NVDA"];

fn in_runtime<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(work)
}

/// A login that finds its tokens in a folder, if they are there, and leaves them there.
fn broker(port: u16, folder: Option<&Path>) -> Client {
    let http = Http::new(HttpOptions::default());
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let word = Secret::new("built-in-market".to_owned());
    let base_url = format!("http://127.0.0.1:{port}");
    let drawer = folder.map(|folder| {
        let mark = AccountMark::new(&base_url, &word, &word);
        Store::at(folder.to_owned()).drawer(Kind::Tokens, &mark)
    });
    let credentials = Credentials::new(Some(word.clone()), Some(word), None);
    let session = Login::new(
        http.clone(),
        clock.clone(),
        &base_url,
        credentials.expect("credentials"),
        Retry::default(),
        drawer.clone(),
    );
    let options = ClientOptions {
        base_url,
        requests_per_second: 1_000.0,
        batch_size: 50,
        retry: Retry::default(),
        drawer,
    };
    Client::new(http, session, clock, &options)
}

/// Options of the market in stream spelling.
pub(crate) fn symbols(port: u16, count: usize) -> Vec<String> {
    let mut symbols = Vec::new();
    in_runtime(async {
        let client = broker(port, None);
        for underlying in UNDERLYINGS {
            let underlying: Symbol = underlying.parse().expect("a symbol");
            let deadline = tokio::time::Instant::now() + PATIENCE;
            let chain = client.option_chain(&underlying, deadline).await;
            let expirations = chain.expect("a chain").expirations;
            let pairs = expirations.into_iter().flat_map(|date| date.strikes);
            let options = pairs.flat_map(|pair| [pair.call_streamer, pair.put_streamer]);
            symbols.extend(options.flatten().map(|option| option.as_str().to_owned()));
        }
    });
    assert!(symbols.len() >= count, "{} options", symbols.len());
    symbols.truncate(count);
    symbols
}

/// Subscribes the quotes of these symbols and waits for one of each; gives how long that took from nothing.
pub(crate) fn run(port: u16, symbols: &[String], folder: &Path) -> Duration {
    in_runtime(async {
        let began = Instant::now();
        let client = broker(port, Some(folder));
        let url = format!("ws://127.0.0.1:{port}/realtime");
        let access = AccountGrants::new(client, Some(url), PATIENCE);
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
