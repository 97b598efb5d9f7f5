//! A stream server on strings: it says what a test tells it to and notes every word it hears.
//!
//! For what the built-in market never does, and for looking at single messages of the client.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

/// Nothing a test waits for may take longer, however busy the machine.
const PATIENCE: Duration = Duration::from_secs(40);

/// What a scripted server does next.
#[derive(Clone, Debug)]
pub(crate) enum Say {
    /// A text message.
    Text(String),
    /// A binary message.
    Binary,
    /// A WebSocket ping.
    Ping,
    /// Nothing for a while; it goes on hearing.
    Pause(Duration),
    /// The close handshake with a code and a reason.
    Close(u16, String),
    /// The TCP connection goes away.
    Drop,
}

/// A text message written as JSON.
pub(crate) fn say(message: &Value) -> Say {
    Say::Text(message.to_string())
}

/// A text message as it stands.
pub(crate) fn text(message: &str) -> Say {
    Say::Text(message.to_owned())
}

/// A pause of so many milliseconds.
pub(crate) fn pause(milliseconds: u64) -> Say {
    Say::Pause(Duration::from_millis(milliseconds))
}

/// A message a scripted server heard. Pongs and closes are noted as the types `<pong>` and `<close>`.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    /// On which connection, counted from 1.
    pub(crate) connection: usize,
    /// What was said.
    pub(crate) message: Value,
}

impl Heard {
    /// The message's type.
    pub(crate) fn kind(&self) -> &str {
        kind(&self.message)
    }
}

/// The type of a message.
pub(crate) fn kind(message: &Value) -> &str {
    message["type"].as_str().unwrap_or_default()
}

type Part = dyn Fn(usize, &Value) -> Vec<Say> + Send + Sync;

/// A server on strings.
pub(crate) struct ScriptedServer {
    runtime: Runtime,
    url: String,
    heard: Arc<Mutex<Vec<Heard>>>,
}

impl ScriptedServer {
    /// Starts a scripted server that answers with what `part` gives for the number of the connection and each message.
    pub(crate) fn new(part: impl Fn(usize, &Value) -> Vec<Say> + Send + Sync + 'static) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("ws://{}/", listener.local_addr().unwrap());
        let heard = Arc::default();
        runtime.spawn(accept(listener, Arc::new(part), Arc::clone(&heard)));
        Self {
            runtime,
            url,
            heard,
        }
    }

    /// A scripted server that is polite but for messages of one type.
    pub(crate) fn polite_but(
        exception: &'static str,
        part: impl Fn(usize, &Value) -> Vec<Say> + Send + Sync + 'static,
    ) -> Self {
        Self::new(move |connection, message| {
            if kind(message) == exception {
                part(connection, message)
            } else {
                polite(message)
            }
        })
    }

    pub(crate) fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Everything heard so far.
    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }

    /// The types of everything heard on a connection so far.
    pub(crate) fn kinds(&self, connection: usize) -> Vec<String> {
        let heard = self.heard();
        let on_it = heard.iter().filter(|heard| heard.connection == connection);
        on_it.map(|heard| heard.kind().to_owned()).collect()
    }

    /// All messages of a type heard so far.
    pub(crate) fn all(&self, wanted: &str) -> Vec<Value> {
        let heard = self.heard().into_iter();
        heard
            .filter(|heard| heard.kind() == wanted)
            .map(|heard| heard.message)
            .collect()
    }

    /// Waits until something holds for what was heard.
    #[track_caller]
    pub(crate) fn until(&self, what: &str, holds: impl Fn(&[Heard]) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !holds(&self.heard()) {
            assert!(
                Instant::now() < end,
                "never heard: {what}; {:#?}",
                self.heard()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until so many messages of a type were heard.
    #[track_caller]
    pub(crate) fn hears(&self, wanted: &str, times: usize) {
        self.until(wanted, |heard| {
            heard.iter().filter(|heard| heard.kind() == wanted).count() >= times
        });
    }
}

async fn accept(listener: TcpListener, part: Arc<Part>, heard: Arc<Mutex<Vec<Heard>>>) {
    for connection in 1.. {
        let Ok((socket, _)) = listener.accept().await else {
            return;
        };
        let (part, heard) = (Arc::clone(&part), Arc::clone(&heard));
        tokio::spawn(async move { serve(socket, connection, &*part, &heard).await });
    }
}

/// Plays one connection to its end.
async fn serve(
    socket: TcpStream,
    connection: usize,
    part: &Part,
    heard: &Mutex<Vec<Heard>>,
) -> Option<()> {
    let mut socket = tokio_tungstenite::accept_async(socket).await.ok()?;
    let mut line: VecDeque<Say> = VecDeque::new();
    let mut free_at = tokio::time::Instant::now();
    loop {
        let message = tokio::select! {
            biased;
            message = socket.next() => message,
            () = tokio::time::sleep_until(free_at), if !line.is_empty() => {
                match line.pop_front() {
                    Some(Say::Pause(span)) => free_at = tokio::time::Instant::now() + span,
                    Some(next) => perform(&mut socket, next).await?,
                    None => {}
                }
                continue;
            }
        };
        let message = match message?.ok()? {
            Message::Text(text) => serde_json::from_str(&text).unwrap(),
            Message::Pong(_) => json!({"type": "<pong>"}),
            Message::Close(frame) => {
                let code = frame.map(|frame| u16::from(frame.code));
                json!({"type": "<close>", "code": code})
            }
            _ => continue,
        };
        line.extend(part(connection, &message));
        heard.lock().unwrap().push(Heard {
            connection,
            message,
        });
    }
}

async fn perform(socket: &mut WebSocketStream<TcpStream>, next: Say) -> Option<()> {
    let message = match next {
        Say::Text(text) => Message::text(text),
        Say::Binary => Message::binary(vec![0, 159, 146, 150]),
        Say::Ping => Message::Ping(b"scripted".to_vec().into()),
        Say::Close(code, reason) => Message::Close(Some(CloseFrame {
            code: code.into(),
            reason: reason.into(),
        })),
        Say::Drop => return None,
        Say::Pause(_) => return Some(()),
    };
    socket.send(message).await.ok()
}

/// What a good server answers. Its keys stand in an unusual order and it adds some that nobody asked for.
pub(crate) fn polite(message: &Value) -> Vec<Say> {
    match kind(message) {
        "SETUP" => vec![setup(60.0), state("UNAUTHORIZED")],
        "AUTH" => vec![state("AUTHORIZED")],
        "CHANNEL_REQUEST" => vec![say(&json!({
            "parameters": {"subFormat": "LIST", "contract": "AUTO"},
            "service": "FEED", "channel": message["channel"], "type": "CHANNEL_OPENED",
        }))],
        "FEED_SETUP" => vec![say(&json!({
            "type": "FEED_CONFIG", "channel": message["channel"],
            "dataFormat": "COMPACT", "aggregationPeriod": 0.1,
        }))],
        "FEED_SUBSCRIPTION" => {
            let mut line = vec![quote_fields(message)];
            line.extend(quotes(message));
            line
        }
        _ => Vec::new(),
    }
}

/// A server's SETUP with both timeouts in seconds.
pub(crate) fn setup(seconds: f64) -> Say {
    say(&json!({
        "version": "1.0-scripted", "agent": {"name": "scripted"}, "keepaliveTimeout": seconds,
        "acceptKeepaliveTimeout": seconds, "channel": 0, "type": "SETUP",
    }))
}

/// An AUTH_STATE.
pub(crate) fn state(state: &str) -> Say {
    say(&json!({"userId": "u", "state": state, "channel": 0, "type": "AUTH_STATE"}))
}

/// An ERROR.
pub(crate) fn error(channel: u64, code: &str, words: &str) -> Say {
    say(&json!({"type": "ERROR", "channel": channel, "error": code, "message": words}))
}

/// The field list of quotes on the channel of a message.
pub(crate) fn quote_fields(message: &Value) -> Say {
    say(&json!({
        "type": "FEED_CONFIG", "channel": message["channel"], "dataFormat": "COMPACT", "aggregationPeriod": 0.1,
        "eventFields": {"Quote": ["eventType", "eventSymbol", "bidPrice", "askPrice"]},
    }))
}

/// A quote of 1 to 2 for every symbol that a message adds, if it adds any.
pub(crate) fn quotes(message: &Value) -> Option<Say> {
    let added = message["add"].as_array()?;
    let rows: Vec<Value> = added
        .iter()
        .flat_map(|item| [json!("Quote"), item["symbol"].clone(), json!(1), json!(2)])
        .collect();
    Some(data(message, &json!(["Quote", rows])))
}

/// FEED_DATA on the channel of a message.
pub(crate) fn data(message: &Value, data: &Value) -> Say {
    say(&json!({"type": "FEED_DATA", "channel": message["channel"], "data": data}))
}
