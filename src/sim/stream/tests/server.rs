//! The stream behind the real listener, with a script read from JSON.

use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;

use super::SETUP;
use crate::sim::{Counter, Script, Server, ServerOptions};

async fn next(socket: &mut tokio_tungstenite::WebSocketStream<TcpStream>) -> String {
    socket.next().await.unwrap().unwrap().to_string()
}

#[tokio::test]
async fn the_upgrade_leads_to_the_scripted_stream() {
    let script = r#"{"stream": [{"connection": 1, "faults": {"no-auth": true, "junk": ["bare-nan", "row-length"],
        "keepalive-timeout": 2.5, "mid-session": [{"after-ms": 5, "act": "close-channels"}],
        "close": {"after-frames": 2, "code": 1012, "reason": "Reconnection is required"}}}]}"#;
    let mut options = ServerOptions::at("2026-11-20T16:00:00Z".parse().unwrap());
    options.script = Script::from_json(script).unwrap();
    let server = Server::start(options).await.unwrap();
    let url = server.ws_url();
    let address = server.base_url();
    let tcp = TcpStream::connect(address.trim_start_matches("http://"))
        .await
        .unwrap();
    let (mut socket, _) = tokio_tungstenite::client_async(url, tcp).await.unwrap();
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
