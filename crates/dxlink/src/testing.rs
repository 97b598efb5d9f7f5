//! A server for tests of the task: polite, without sockets, and with a line whose slowness is chosen.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

use crate::access::Access;
use crate::changes::Changes;
use crate::error::Loss;
use crate::feed::Feed;
use crate::options::FeedOptions;
use crate::transport::{Connection, Farewell, Received, Transport};

/// The server, as a test sees it.
#[derive(Clone, Default)]
pub(crate) struct Server {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// Subscription messages and when they were taken.
    subscriptions: Vec<(Instant, Value)>,
    /// How long it takes to take one.
    slowness: Duration,
    /// The way to the client of the last connection.
    client: Option<mpsc::UnboundedSender<String>>,
}

impl Server {
    /// A server that takes as long as this to take a subscription message.
    pub(crate) fn slow(slowness: Duration) -> Self {
        let server = Self::default();
        server.state.lock().unwrap().slowness = slowness;
        server
    }

    /// A feed that is connected to the server, with its task running.
    pub(crate) fn feed(&self) -> Feed {
        let options = FeedOptions {
            longest_pause: Duration::from_millis(50),
            ..FeedOptions::default()
        };
        let (feed, task) = Feed::new(options, Access::open("test:"), self.clone());
        tokio::spawn(task);
        feed
    }

    /// The symbols of each message that added any, with when it was taken.
    pub(crate) fn additions(&self) -> Vec<(Instant, Vec<String>)> {
        let state = self.state.lock().unwrap();
        let symbols = |message: &Value| -> Vec<String> {
            let items = message["add"].as_array().into_iter().flatten();
            items
                .map(|item| item["symbol"].as_str().unwrap().to_owned())
                .collect()
        };
        state
            .subscriptions
            .iter()
            .map(|(at, message)| (*at, symbols(message)))
            .collect()
    }

    /// Says something to the client.
    pub(crate) fn say(&self, message: &Value) {
        let state = self.state.lock().unwrap();
        state
            .client
            .as_ref()
            .unwrap()
            .send(message.to_string())
            .unwrap();
    }

    /// Gives the client a quote; the first one describes the rows.
    pub(crate) fn quote(&self, symbol: &str, bid: f64) {
        let fields = ["eventType", "eventSymbol", "bidPrice"];
        self.say(&json!({"type": "FEED_CONFIG", "channel": 1, "eventFields": {"Quote": fields}}));
        let row = json!(["Quote", symbol, bid]);
        self.say(&json!({"type": "FEED_DATA", "channel": 1, "data": ["Quote", row]}));
    }

    /// Drops the connection.
    pub(crate) fn drop_connection(&self) {
        self.state.lock().unwrap().client = None;
    }

    fn answer(&self, message: &Value) {
        let channel = &message["channel"];
        match message["type"].as_str().unwrap() {
            "SETUP" => {
                self.say(&json!({"type": "SETUP", "channel": 0, "version": "1.0"}));
                self.say(&json!({"type": "AUTH_STATE", "channel": 0, "state": "AUTHORIZED"}));
            }
            "CHANNEL_REQUEST" => {
                self.say(&json!({"type": "CHANNEL_OPENED", "channel": channel}));
            }
            "FEED_SUBSCRIPTION" => {
                let mut state = self.state.lock().unwrap();
                state.subscriptions.push((Instant::now(), message.clone()));
            }
            _ => {}
        }
    }
}

impl Transport for Server {
    type Connection = Line;

    async fn connect(&mut self, _: &str, _: Duration) -> Result<Line, Loss> {
        let (client, frames) = mpsc::unbounded_channel();
        self.state.lock().unwrap().client = Some(client);
        Ok(Line {
            server: self.clone(),
            frames,
        })
    }
}

/// The client's end of a connection.
pub(crate) struct Line {
    server: Server,
    frames: mpsc::UnboundedReceiver<String>,
}

impl Connection for Line {
    type Text = String;

    async fn receive(&mut self) -> Result<Received<String>, Loss> {
        let frame = self.frames.recv().await.map(Received::Text);
        frame.ok_or_else(|| Loss::Closed {
            code: 1006,
            reason: String::new(),
        })
    }

    async fn send(&mut self, text: String) -> Result<(), Loss> {
        let message: Value = serde_json::from_str(&text).unwrap();
        if message["type"] == "FEED_SUBSCRIPTION" {
            let slowness = self.server.state.lock().unwrap().slowness;
            sleep(slowness).await;
        }
        self.server.answer(&message);
        Ok(())
    }

    async fn close(&mut self, _: Farewell) {}
}

/// Takes what a feed hands over until something in it is what a test waits for.
pub(crate) async fn until<T>(feed: &Feed, mut found: impl FnMut(Changes) -> Option<T>) -> T {
    loop {
        if let Some(found) = found(feed.changes().await.unwrap()) {
            return found;
        }
    }
}
