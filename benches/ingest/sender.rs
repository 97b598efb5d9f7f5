//! The server: a real handshake and subscription, then prepared bytes as fast as the socket takes them.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{Message, WebSocket, accept};

use crate::frames::{CHANNEL, FIELDS, Flood, SYMBOLS};

/// Serves one client after the other, until it is killed.
pub(crate) fn run() {
    let flood = Flood::new();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    println!("{}", listener.local_addr().expect("an address").port());
    for tcp in listener.incoming() {
        serve(tcp.expect("a client"), &flood);
    }
}

fn serve(tcp: TcpStream, flood: &Flood) {
    tcp.set_nodelay(true).expect("an option");
    let mut socket = accept(tcp).expect("an upgrade");
    converse(&mut socket);
    let tcp = socket.get_mut();
    for _ in 0..flood.times {
        tcp.write_all(&flood.part).expect("the client reads");
    }
    tcp.write_all(&flood.end).expect("the client reads");
    // The client leaves when it has seen everything.
    let mut rest = [0; 1024];
    while tcp.read(&mut rest).is_ok_and(|count| count > 0) {}
}

/// Answers until every symbol is subscribed, or until a client that speaks no DXLink says "go".
fn converse(socket: &mut WebSocket<TcpStream>) {
    let mut subscribed = 0;
    while subscribed < SYMBOLS {
        let Message::Text(text) = socket.read().expect("a message") else {
            continue;
        };
        if text == "go" {
            return;
        }
        let message: Value = serde_json::from_str(&text).expect("JSON");
        if let Some(items) = message["add"].as_array() {
            subscribed += items.len();
        }
        for answer in answers(&message) {
            let answer = Message::text(answer.to_string());
            socket.send(answer).expect("the client reads");
        }
    }
}

fn answers(message: &Value) -> Vec<Value> {
    match message["type"].as_str() {
        Some("SETUP") => vec![
            json!({"type": "SETUP", "channel": 0, "keepaliveTimeout": 60, "acceptKeepaliveTimeout": 60, "version": "1.0"}),
            json!({"type": "AUTH_STATE", "channel": 0, "state": "AUTHORIZED"}),
        ],
        Some("CHANNEL_REQUEST") => vec![
            json!({"type": "CHANNEL_OPENED", "channel": CHANNEL, "service": "FEED", "parameters": {"contract": "AUTO"}}),
        ],
        Some("FEED_SETUP") => vec![
            json!({"type": "FEED_CONFIG", "channel": CHANNEL, "aggregationPeriod": 0.1, "dataFormat": "COMPACT", "eventFields": {"Quote": FIELDS}}),
        ],
        _ => Vec::new(),
    }
}
