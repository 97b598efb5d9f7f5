//! The clients, each a process that reads the flood once and prints: wall seconds, processor seconds, peak memory in KiB,
//! events, symbols whose last quote did not come.

use std::collections::HashMap;
use std::io::Read;
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dxlink::{
    Access, Changes, Event, EventType, Feed, FeedOptions, NoAccess, Subscription, TokenSource,
    WebSocket,
};
use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::tungstenite::{self, Message};
use volq::net::websocket_tls;

use crate::frames::{EVENTS, SYMBOLS, last_bid, symbol};

/// Longest wait for the next change.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn run(how: &str, port: u16, bytes: usize) {
    let url = format!("ws://127.0.0.1:{port}/");
    match how {
        "read" => read(&url, port, bytes),
        "feed" => in_runtime(feed(url)),
        "unframe" => in_runtime(messages(url, port, |text| u64::from(!text.is_empty()))),
        _ => in_runtime(messages(url, port, |text| {
            let sum = rows(text.as_bytes()).expect("rows as they were sent");
            // The sum is looked at, so that it must be made.
            u64::from(sum.is_finite())
        })),
    }
}

fn in_runtime(work: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(work);
}

/// A clock over wall and processor.
struct Clock {
    began: Instant,
    cpu: f64,
}

impl Clock {
    fn start() -> Self {
        Self {
            began: Instant::now(),
            cpu: cpu_seconds(),
        }
    }

    fn report(&self, events: u64, lost: usize) {
        let wall = self.began.elapsed().as_secs_f64();
        let cpu = cpu_seconds() - self.cpu;
        println!("{wall} {cpu} {} {events} {lost}", peak_kib());
    }
}

/// Processor time of all threads so far, in the program and in the kernel for it.
fn cpu_seconds() -> f64 {
    let tasks = std::fs::read_dir("/proc/self/task").expect("Linux");
    let nanos = |task: std::fs::DirEntry| -> Option<f64> {
        let text = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse().ok()
    };
    tasks.filter_map(|task| nanos(task.ok()?)).sum::<f64>() / 1e9
}

fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    number
        .and_then(|number| number.parse().ok())
        .expect("Linux")
}

/// Bytes from the socket, 128 KiB at a time.
fn read(url: &str, port: u16, length: usize) {
    let tcp = TcpStream::connect(("127.0.0.1", port)).expect("the sender listens");
    let (mut socket, _) = tungstenite::client(url, tcp).expect("an upgrade");
    let clock = Clock::start();
    socket.send(Message::text("go")).expect("the sender reads");
    let mut chunk = vec![0; 128 * 1024];
    let mut seen = 0;
    while seen < length {
        let count = socket.get_mut().read(&mut chunk).expect("the flood");
        assert!(count > 0, "the flood breaks off");
        seen += count;
    }
    clock.report(EVENTS, 0);
}

/// Messages as the library volq uses gives them, each looked at by a function.
async fn messages(url: String, port: u16, look: impl Fn(&str) -> u64) {
    let tcp = tokio::net::TcpStream::connect(("127.0.0.1", port));
    let tcp = tcp.await.expect("the sender listens");
    let upgrade = tokio_tungstenite::client_async(url, tcp);
    let (mut socket, _) = upgrade.await.expect("an upgrade");
    let clock = Clock::start();
    let frames = EVENTS / crate::frames::PER_FRAME as u64;
    let go = Message::text("go");
    socket.send(go).await.expect("the sender reads");
    let mut seen = 0;
    while seen < frames {
        let message = socket.next().await.expect("the flood").expect("a message");
        if let Message::Text(text) = message {
            seen += look(&text);
        }
    }
    clock.report(EVENTS, 0);
}

/// Adds up a frame whose rows are known to be those of the flood: nothing is checked that need not be, nothing is looked
/// up, nothing is kept.
fn rows(text: &[u8]) -> Option<f64> {
    let start = text.iter().position(|byte| *byte == b'[')?;
    let mut rest = text.get(start + r#"["Quote",["#.len()..)?;
    let mut sum = 0.0;
    loop {
        rest = rest.get(r#""Quote",""#.len()..)?;
        let symbol = rest.iter().position(|byte| *byte == b'"')?;
        rest = rest.get(symbol + 1..)?;
        for _ in 0..4 {
            let (value, after) = number(rest.get(1..)?)?;
            sum += value;
            rest = after;
        }
        match rest.split_first()? {
            (b',', after) => rest = after,
            _ => return Some(sum),
        }
    }
}

fn number(text: &[u8]) -> Option<(f64, &[u8])> {
    if let Some(rest) = text.strip_prefix(b"\"NaN\"") {
        return Some((0.0, rest));
    }
    let (mut digits, mut scale, mut behind) = (0_u64, 1_u64, false);
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'0'..=b'9' => {
                digits = 10 * digits + u64::from(byte - b'0');
                scale *= if behind { 10 } else { 1 };
            }
            b'.' => behind = true,
            _ => return Some((digits as f64 / scale as f64, &text[at..])),
        }
    }
    None
}

/// A server that asks for no token.
struct Open(String);

impl TokenSource for Open {
    async fn access(&mut self) -> Result<Access, NoAccess> {
        Ok(Access {
            url: self.0.clone(),
            token: None,
            is_kept: false,
        })
    }
}

/// The library's feed with every symbol subscribed, until the last quote of each has been handed over.
async fn feed(url: String) {
    let options = FeedOptions {
        ready_timeout: Duration::from_secs(10),
        reconnects: 0,
        ..FeedOptions::default()
    };
    let (feed, task) = Feed::new(options, Open(url), WebSocket::with_lazy_tls(websocket_tls));
    let task = tokio::spawn(task);
    let numbers: HashMap<Arc<str>, usize> = (0..SYMBOLS)
        .map(|number| (Arc::from(symbol(number)), number))
        .collect();
    let wishes = numbers
        .keys()
        .map(|symbol| Subscription::new(EventType::Quote, symbol));
    let clock = Clock::start();
    feed.subscribe(wishes.collect()).await;
    let mut bids = vec![0.0; SYMBOLS];
    let mut events = 0;
    while lost(&bids) > 0 {
        let Ok(Some(changes)) = tokio::time::timeout(PATIENCE, feed.changes()).await else {
            break;
        };
        take(&changes, &numbers, &mut bids);
        events = changes.stats.events;
    }
    clock.report(events, lost(&bids));
    feed.close().await;
    task.await.expect("the feed ends");
}

fn take(changes: &Changes, numbers: &HashMap<Arc<str>, usize>, bids: &mut [f64]) {
    for change in &changes.events {
        if let Event::Quote(quote) = &change.event {
            bids[numbers[&change.symbol]] = quote.bid_price.0;
        }
    }
}

/// Symbols whose last quote has not come.
fn lost(bids: &[f64]) -> usize {
    let last = |(number, bid): (usize, &f64)| *bid == last_bid(number);
    bids.len() - bids.iter().enumerate().filter(|bid| last(*bid)).count()
}
