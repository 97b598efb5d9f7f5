//! A server that stops reading while it goes on speaking: what cannot be sent is noticed, and nothing piles up.

use std::time::{Duration, Instant};

use dxlink::EventType;
use futures_util::{SinkExt, StreamExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::runtime::Runtime;
use tokio_tungstenite::tungstenite::Message;

use crate::feed::{Listener, impatient, once};
use crate::scripted_server::{Say, kind, polite};

/// Together more than any system keeps for a connection on its own.
const SYMBOLS: usize = 3_000;
const SYMBOL_BYTES: usize = 5_000;

/// What the server lets wait before it pushes back, bytes.
const ROOM: u32 = 4_096;

/// Starts a server that hears everything up to the request for fields and nothing after it.
fn deaf() -> (Runtime, String) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let listener = runtime.block_on(async {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(ROOM).unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        socket.listen(8).unwrap()
    });
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    runtime.spawn(accept(listener));
    (runtime, url)
}

async fn accept(listener: TcpListener) {
    while let Ok((socket, _)) = listener.accept().await {
        tokio::spawn(serve(socket));
    }
}

async fn serve(socket: TcpStream) -> Option<()> {
    let mut socket = tokio_tungstenite::accept_async(socket).await.ok()?;
    loop {
        let Message::Text(text) = socket.next().await?.ok()? else {
            continue;
        };
        let message = serde_json::from_str(&text).unwrap();
        for answer in polite(&message) {
            if let Say::Text(text) = answer {
                socket.send(Message::text(text)).await.ok()?;
            }
        }
        if kind(&message) == "FEED_SETUP" {
            break;
        }
    }
    // It is alive, and it asks for answers that it will not hear.
    loop {
        let alive = r#"{"type":"KEEPALIVE","channel":0}"#;
        socket.send(Message::text(alive)).await.ok()?;
        socket.send(Message::Ping(vec![7; 125].into())).await.ok()?;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn subscribe_more_than_it_takes(line: &Listener<'_>) {
    let names: Vec<String> = (0..SYMBOLS)
        .map(|number| format!("{number:0SYMBOL_BYTES$}"))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    line.subscribe(EventType::Quote, &names);
}

/// Checklist 98.
#[test]
fn a_server_that_does_not_read_is_given_up() {
    let (runtime, url) = deaf();
    let mut options = impatient();
    options.reconnects = 1;
    let mut line = Listener::to_url(&runtime, url, options);
    subscribe_more_than_it_takes(&line);
    let told = "the server does not read: a message could not be sent within 0.5 s";
    assert_eq!(line.failure(), told);
    assert_eq!(line.lost(), [told; 2]);
}

/// Checklist 94, 98. Whoever wants to leave is not held up by it.
#[test]
fn leaving_does_not_wait_for_a_server_that_does_not_read() {
    let (runtime, url) = deaf();
    let mut line = Listener::to_url(&runtime, url, once());
    subscribe_more_than_it_takes(&line);
    line.until("the channel", |seen| seen.stats.ready.is_some());
    line.listen(Duration::from_millis(200));
    let began = Instant::now();
    line.close();
    assert!(
        began.elapsed() < once().ready_timeout,
        "{:?}",
        began.elapsed()
    );
}
