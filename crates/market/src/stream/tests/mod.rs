//! Drives the server over an in-memory pipe with a client that knows only text frames.

mod channels;
mod configuration;
mod faults;
mod history;
mod limits;
mod rules;
mod server;
mod session;
mod snapshots;

use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::io::DuplexStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_util::sync::CancellationToken;

use super::connection::serve;
use crate::StreamContext;
use crate::market::Market;
use crate::random::Draw;
use crate::record::Recorder;
use crate::script::StreamFaults;
use crate::ticker::Ticker;
use crate::tokens::Tokens;

const SETUP: &str = r#"{"type":"SETUP","channel":0,"version":"0.1-raw/1","keepaliveTimeout":60,"acceptKeepaliveTimeout":60}"#;
const REQUEST: &str =
    r#"{"type":"CHANNEL_REQUEST","channel":1,"service":"FEED","parameters":{"contract":"AUTO"}}"#;
const FEED_SETUP: &str = r#"{"type":"FEED_SETUP","channel":1,"acceptAggregationPeriod":0.1,"acceptDataFormat":"COMPACT","acceptEventFields":{"Quote":["eventType","eventSymbol","bidPrice","askPrice"],"Trade":["eventType","eventSymbol","price","size"]}}"#;

/// How far the raw client goes before the test takes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    /// The socket is open.
    Fresh,
    /// SETUP was exchanged and a token is wanted.
    Met,
    /// AUTHORIZED was received.
    LoggedIn,
    /// Channel 1 is open and set up.
    Open,
}

struct Raw {
    socket: WebSocketStream<DuplexStream>,
    recorder: Recorder,
    tokens: Arc<Tokens>,
    token: String,
    stopping: CancellationToken,
}

impl Raw {
    async fn at(stage: Stage, faults: StreamFaults) -> Self {
        let mut raw = Self::connect(faults).await;
        if stage >= Stage::Met {
            raw.send(SETUP).await;
            raw.expect("SETUP").await;
            raw.expect("AUTH_STATE").await;
        }
        if stage >= Stage::LoggedIn {
            raw.send(&raw.auth()).await;
            assert_eq!(raw.expect("AUTH_STATE").await["state"], "AUTHORIZED");
        }
        if stage >= Stage::Open {
            raw.send(REQUEST).await;
            raw.expect("CHANNEL_OPENED").await;
            raw.send(FEED_SETUP).await;
            raw.expect("FEED_CONFIG").await;
        }
        raw
    }

    async fn connect(faults: StreamFaults) -> Self {
        let (near, far) = tokio::io::duplex(1 << 20);
        let tokens = Arc::new(Tokens::new(Draw::new(7)));
        let token = tokens.issue_quote();
        let recorder = Recorder::default();
        let stopping = CancellationToken::new();
        let context = StreamContext {
            market: Arc::new(Market::new(7, "2026-11-20T16:00:00Z".parse().unwrap())),
            ticker: Ticker::start(Some(Duration::from_millis(50))),
            faults,
            tokens: Arc::clone(&tokens),
            recorder: recorder.clone(),
            connection: 1,
            stopping: stopping.clone(),
        };
        let server = WebSocketStream::from_raw_socket(far, Role::Server, None).await;
        tokio::spawn(serve(server, context));
        Self {
            socket: WebSocketStream::from_raw_socket(near, Role::Client, None).await,
            recorder,
            tokens,
            token,
            stopping,
        }
    }

    fn auth(&self) -> String {
        format!(r#"{{"type":"AUTH","channel":0,"token":"{}"}}"#, self.token)
    }

    async fn send(&mut self, text: &str) {
        self.socket.send(Message::text(text)).await.unwrap();
    }

    /// The next frame, whatever it is; `None` when nothing comes within ten seconds.
    async fn frame(&mut self) -> Option<Option<Message>> {
        let wait = tokio::time::timeout(Duration::from_secs(10), self.socket.next());
        Some(wait.await.ok()?.and_then(Result::ok))
    }

    /// The next message that is one JSON text; `None` when the server is silent or gone.
    async fn next(&mut self) -> Option<Value> {
        loop {
            match self.frame().await?? {
                Message::Text(text) => return Some(serde_json::from_str(&text).unwrap()),
                Message::Close(_) => return None,
                _ => {}
            }
        }
    }

    /// The next message, which must be of this type.
    async fn expect(&mut self, kind: &str) -> Value {
        let message = self.next().await.unwrap_or_else(|| panic!("no {kind}"));
        assert_eq!(message["type"], kind, "{message}");
        message
    }

    /// The next message of this type, passing over others.
    async fn skip_to(&mut self, kind: &str) -> Value {
        loop {
            let message = self.next().await.unwrap_or_else(|| panic!("no {kind}"));
            if message["type"] == kind {
                return message;
            }
        }
    }

    /// The close frame, passing over messages; `None` for an end without one.
    async fn ending(&mut self) -> Option<(u16, String)> {
        loop {
            let message = self.frame().await.expect("the connection goes on")?;
            if let Message::Close(frame) = message {
                let frame = frame?;
                return Some((frame.code.into(), frame.reason.to_string()));
            }
        }
    }

    async fn subscribe(&mut self, items: &str) {
        self.send(&add(items)).await;
    }

    /// Names of the rules broken so far, once the server has read all that was sent.
    async fn rules(&self) -> Vec<&'static str> {
        tokio::time::sleep(Duration::from_millis(1)).await;
        let record = self.recorder.snapshot();
        record
            .violations
            .iter()
            .map(|violation| violation.rule)
            .collect()
    }
}

fn add(items: &str) -> String {
    format!(r#"{{"type":"FEED_SUBSCRIPTION","channel":1,"add":[{items}]}}"#)
}

/// A list of Quote items with invented symbols.
fn quotes(count: usize) -> String {
    let items: Vec<String> = (0..count)
        .map(|n| format!(r#"{{"type":"Quote","symbol":"X{n}"}}"#))
        .collect();
    items.join(",")
}

const SPY_QUOTE: &str = r#"{"type":"Quote","symbol":"SPY"}"#;
const SPY_TRADE: &str = r#"{"type":"Trade","symbol":"SPY"}"#;
