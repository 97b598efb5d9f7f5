//! The stream behind the real listener, with a script read from JSON.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use super::SETUP;
use crate::{Counter, Script, Server, ServerOptions};

async fn server(script: &str) -> Server {
    let mut options = ServerOptions::at("2026-11-20T16:00:00Z".parse().unwrap());
    options.script = Script::from_json(script).unwrap();
    Server::start(options).await.unwrap()
}

/// A stream on a socket with a send buffer of this many bytes.
async fn socket(server: &Server, send_buffer: u32) -> WebSocketStream<TcpStream> {
    let address = server.base_url();
    let address = address.trim_start_matches("http://").parse().unwrap();
    let tcp = TcpSocket::new_v4().unwrap();
    tcp.set_send_buffer_size(send_buffer).unwrap();
    let tcp = tcp.connect(address).await.unwrap();
    let (socket, _) = tokio_tungstenite::client_async(server.ws_url(), tcp)
        .await
        .unwrap();
    socket
}

async fn next(socket: &mut WebSocketStream<TcpStream>) -> String {
    socket.next().await.unwrap().unwrap().to_string()
}

#[tokio::test]
async fn the_upgrade_leads_to_the_scripted_stream() {
    let script = r#"{"stream": [{"connection": 1, "faults": {"no-auth": true, "junk": ["bare-nan", "row-length"],
        "keepalive-timeout": 2.5, "mid-session": [{"after-ms": 5, "act": "close-channels"}],
        "close": {"after-frames": 2, "code": 1012, "reason": "Reconnection is required"}}}]}"#;
    let server = server(script).await;
    let mut socket = socket(&server, 1 << 16).await;
    socket.send(Message::text(SETUP)).await.unwrap();
    assert!(
        next(&mut socket)
            .await
            .contains(r#""keepaliveTimeout":2.5"#)
    );
    assert!(next(&mut socket).await.contains("AUTHORIZED"));
    let Some(Ok(Message::Close(Some(close)))) = socket.next().await else {
        panic!("no close frame");
    };
    assert_eq!(u16::from(close.code), 1012);
    let record = server.record();
    assert_eq!(record.count(Counter::StreamConnections), 1);
    assert_eq!(record.count(Counter::FramesReceived), 1);
    assert!(record.violations.is_empty());
    server.shutdown().await;
}

#[tokio::test]
async fn a_scripted_line_is_as_long_for_requests_as_for_the_stream() {
    const DELAY: Duration = Duration::from_millis(25);
    let script =
        r#"{"network": {"one-way-delay-ms": 25}, "stream": [{"faults": {"no-auth": true}}]}"#;
    let server = server(script).await;
    let began = Instant::now();
    let mut socket = socket(&server, 1 << 16).await;
    assert!(began.elapsed() >= 2 * DELAY, "the upgrade takes both ways");
    let began = Instant::now();
    socket.send(Message::text(SETUP)).await.unwrap();
    assert!(next(&mut socket).await.contains("SETUP"));
    assert!(began.elapsed() >= 2 * DELAY, "so does a message");
    let address = server.base_url();
    let tcp = TcpStream::connect(address.trim_start_matches("http://"));
    let mut tcp = tcp.await.unwrap();
    let began = Instant::now();
    tcp.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    assert_eq!(tcp.read_u8().await.unwrap(), b'H');
    assert!(began.elapsed() >= 2 * DELAY, "and a request");
    server.shutdown().await;
}

#[tokio::test]
async fn a_server_that_reads_no_more_makes_its_client_wait() {
    let script = r#"{"network": {"receive-buffer-bytes": 4096}, "stream": [{"faults": {
        "no-auth": true, "mid-session": [{"after-ms": 0, "act": "deafen"}]}}]}"#;
    let server = server(script).await;
    let mut socket = socket(&server, 4096).await;
    socket.send(Message::text(SETUP)).await.unwrap();
    assert!(next(&mut socket).await.contains("SETUP"));
    // Not JSON, and nobody reads it to complain.
    let message = Message::text("x".repeat(10_000));
    let mut sent = 0;
    while let Ok(written) = timeout(Duration::from_millis(500), socket.send(message.clone())).await
    {
        written.unwrap();
        sent += 1;
        assert!(sent < 400, "4 MB were taken by buffers of a few KB");
    }
    server.shutdown().await;
}
