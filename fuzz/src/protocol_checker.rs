//! Looks at both sides of a conversation and panics at the first thing a strict server would blame the client for.
//!
//! See `docs/reference/dxlink-protocol.md`, "16. Simulator notes", with "1. Transport and message envelope" to "7. FEED
//! service" and "14. Endpoints, entitlement, limits".
//!
//! Knows the wire alone and none of the program's types, so that no mistake can be made on both sides.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use serde_json::Value;

/// The largest frame a server takes, bytes.
const FRAME: usize = 64 * 1024;
/// The largest subscription message of more than one item, bytes.
const CHUNK: usize = 8 * 1024;
/// The most items of a subscription message.
const ITEMS: usize = 500;
/// The most changes of subscriptions in a minute, a hundredth of what real servers allow.
const CHANGES: usize = 100;
/// Milliseconds below this are seconds by mistake.
const EARLIEST: i64 = 100_000_000_000;
/// Both sides' timeout where nothing else was announced.
const TIMEOUT: f64 = 60.0;

/// One connection, as the server sees it.
#[derive(Debug)]
pub struct ProtocolChecker {
    is_set_up: bool,
    /// What the server said last about the client's authorisation.
    authorized: Option<bool>,
    channels: BTreeMap<u64, Channel>,
    changes: VecDeque<(Duration, usize)>,
    last_heard: Duration,
    /// Seconds of silence that the server may take for the end.
    patience: f64,
}

#[derive(Debug)]
struct Channel {
    contract: String,
    state: State,
    /// Type and symbol to the start of the series.
    subscribed: BTreeMap<(String, String), Option<i64>>,
    /// What may be added once more, because the server complained after it was added.
    doubtful: BTreeSet<(String, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Requested,
    Open,
    Gone,
}

impl ProtocolChecker {
    /// A connection that was opened now. Times count from anywhere.
    pub fn new(now: Duration) -> Self {
        Self {
            is_set_up: false,
            authorized: None,
            channels: BTreeMap::new(),
            changes: VecDeque::new(),
            last_heard: now,
            patience: TIMEOUT,
        }
    }

    /// What is subscribed on the open channel with this contract, if there is one.
    pub fn subscribed(&self, contract: &str) -> Option<&BTreeMap<(String, String), Option<i64>>> {
        let mut channels = self.channels.values();
        channels
            .find(|channel| channel.contract == contract && channel.state == State::Open)
            .map(|channel| &channel.subscribed)
    }

    /// The changes that an earlier connection of the same session sent count here too: the limit is one per login.
    pub fn inherit(&mut self, earlier: &Self) {
        self.changes = earlier.changes.clone();
    }

    /// Notes a message of the server.
    pub fn server_says(&mut self, text: &str) {
        let Ok(message) = serde_json::from_str::<Value>(text) else {
            return;
        };
        let channel = message["channel"].as_u64();
        match message["type"].as_str() {
            Some("SETUP")
                if channel == Some(0) && message.get("version").is_none_or(Value::is_string) =>
            {
                let announced = ["keepaliveTimeout", "acceptKeepaliveTimeout"]
                    .into_iter()
                    .filter_map(|field| message[field].as_f64())
                    .filter(|seconds| *seconds > 0.0);
                self.patience = announced.fold(TIMEOUT, f64::min);
            }
            Some("AUTH_STATE") if channel == Some(0) => {
                match message["state"].as_str() {
                    Some("AUTHORIZED") => self.authorized = Some(true),
                    Some("UNAUTHORIZED") => self.authorized = Some(false),
                    // Nobody knows what that means.
                    _ => {}
                }
            }
            Some("CHANNEL_OPENED") => {
                if let Some(open) = self.channel(channel)
                    && open.state == State::Requested
                {
                    open.state = State::Open;
                }
            }
            Some("CHANNEL_CLOSED") => {
                if let Some(open) = self.channel(channel) {
                    open.state = State::Gone;
                }
            }
            Some("ERROR") => {
                for open in self.channels.values_mut() {
                    open.doubtful.extend(open.subscribed.keys().cloned());
                }
            }
            _ => {}
        }
    }

    fn channel(&mut self, id: Option<u64>) -> Option<&mut Channel> {
        self.channels.get_mut(&id?)
    }

    /// Looks at a message of the client.
    pub fn client_says(&mut self, text: &str, now: Duration) {
        if let Err(violation) = self.examine(text, now) {
            panic!("{violation}: {text}");
        }
        self.last_heard = now;
    }

    /// Looks at the client's silence.
    pub fn client_is_silent(&self, now: Duration) {
        let silence = now.saturating_sub(self.last_heard).as_secs_f64();
        // A shorter timeout cannot be kept by a client that rounds to whole seconds.
        assert!(
            silence < self.patience.max(1.0),
            "silent for {silence} s of {} s",
            self.patience
        );
    }

    fn examine(&mut self, text: &str, now: Duration) -> Result<(), &'static str> {
        require(text.len() <= FRAME, "a frame over 64 KiB")?;
        let message: Value = serde_json::from_str(text).map_err(|_| "no JSON")?;
        let fields = message.as_object().ok_or("no object")?;
        let first: Vec<&str> = fields.keys().take(2).map(String::as_str).collect();
        require(
            first == ["type", "channel"],
            "type and channel must come first",
        )?;
        let kind = message["type"].as_str().ok_or("type is no text")?;
        let id = message["channel"].as_u64().ok_or("channel is no number")?;
        require(self.is_set_up || kind == "SETUP", "a message before SETUP")?;
        let is_service = kind.starts_with("CHANNEL_") || kind.starts_with("FEED_");
        if kind != "ERROR" {
            require(is_service == (id != 0), "the wrong channel")?;
        }
        match kind {
            "SETUP" => {
                self.is_set_up = true;
                let is_positive = |field: &str| message[field].as_f64().is_some_and(|s| s > 0.0);
                require(
                    is_positive("keepaliveTimeout") && is_positive("acceptKeepaliveTimeout"),
                    "SETUP without timeouts",
                )?;
                let version = message["version"].as_str();
                require(
                    version.is_some_and(|text| !text.is_empty()),
                    "SETUP without a version",
                )
            }
            "AUTH" => {
                let token = message["token"].as_str().unwrap_or_default();
                require(!token.is_empty(), "AUTH without a token")?;
                require(self.authorized == Some(false), "AUTH that nobody asked for")
            }
            "KEEPALIVE" | "ERROR" => Ok(()),
            "CHANNEL_REQUEST" => self.request(id, &message),
            "CHANNEL_CANCEL" => {
                let channel = self.channel(Some(id)).ok_or("no such channel")?;
                require(channel.state != State::Gone, "a channel that is gone")?;
                channel.state = State::Gone;
                Ok(())
            }
            "FEED_SETUP" => {
                let lists = message["acceptEventFields"].as_object();
                let is_empty = |list: &Value| list.as_array().is_none_or(Vec::is_empty);
                require(
                    !lists.is_some_and(|lists| lists.values().any(is_empty)),
                    "an empty field list",
                )?;
                self.open(id).map(drop)
            }
            "FEED_SUBSCRIPTION" => self.subscribe(id, &message, text.len(), now),
            _ => Err("a type that no client sends"),
        }
    }

    fn request(&mut self, id: u64, message: &Value) -> Result<(), &'static str> {
        require(
            self.authorized == Some(true),
            "a channel request before AUTHORIZED",
        )?;
        require(id % 2 == 1, "an even channel")?;
        require(message["service"] == "FEED", "another service")?;
        let contract = message["parameters"]["contract"]
            .as_str()
            .unwrap_or_default();
        require(
            ["AUTO", "TICKER", "HISTORY", "STREAM"].contains(&contract),
            "no contract",
        )?;
        let channel = Channel {
            contract: contract.to_owned(),
            state: State::Requested,
            subscribed: BTreeMap::new(),
            doubtful: BTreeSet::new(),
        };
        let before = self.channels.insert(id, channel);
        require(before.is_none(), "a channel id for the second time")
    }

    fn open(&mut self, id: u64) -> Result<&mut Channel, &'static str> {
        self.channels
            .get_mut(&id)
            .filter(|channel| channel.state == State::Open)
            .ok_or("a channel that is not open")
    }

    fn subscribe(
        &mut self,
        id: u64,
        message: &Value,
        length: usize,
        now: Duration,
    ) -> Result<(), &'static str> {
        let channel = self.open(id)?;
        let list = |name: &str| -> Result<Vec<Value>, &'static str> {
            match message.get(name) {
                None => Ok(Vec::new()),
                Some(Value::Array(items)) if !items.is_empty() => Ok(items.clone()),
                Some(_) => Err("an empty or crooked list"),
            }
        };
        let (remove, add) = (list("remove")?, list("add")?);
        let is_reset = message["reset"] == true;
        let items = remove.len() + add.len();
        require(
            items > 0 || is_reset,
            "a subscription message about nothing",
        )?;
        require(length <= CHUNK || items == 1, "a subscription over 8 KiB")?;
        require(items <= ITEMS, "too many items in a message")?;
        if is_reset {
            channel.subscribed.clear();
            channel.doubtful.clear();
        }
        for item in &remove {
            let (key, from) = channel.read(item)?;
            let told = channel.subscribed.remove(&key);
            channel.doubtful.remove(&key);
            let told = told.ok_or("a removal of what was not subscribed")?;
            require(told == from, "a removal with another start")?;
        }
        for item in &add {
            let (key, from) = channel.read(item)?;
            let is_doubtful = channel.doubtful.remove(&key);
            let before = channel.subscribed.insert(key, from);
            require(
                before.is_none_or(|before| before != from || is_doubtful),
                "an addition of what is subscribed",
            )?;
        }
        self.changes.push_back((now, items));
        while self
            .changes
            .front()
            .is_some_and(|(at, _)| now.saturating_sub(*at) >= Duration::from_secs(60))
        {
            self.changes.pop_front();
        }
        let changes: usize = self.changes.iter().map(|(_, changes)| changes).sum();
        require(changes <= CHANGES, "too many changes in a minute")
    }
}

impl Channel {
    /// An item's key and the start of its series.
    fn read(&self, item: &Value) -> Result<((String, String), Option<i64>), &'static str> {
        let word = |name: &str| {
            let text = item[name].as_str().filter(|text| !text.is_empty());
            text.map(str::to_owned)
                .ok_or("an item without type or symbol")
        };
        let key = (word("type")?, word("symbol")?);
        let from = match item.get("fromTime") {
            None => None,
            Some(from) => Some(from.as_i64().ok_or("fromTime is no integer")?),
        };
        require(
            from.is_none_or(|from| from >= EARLIEST),
            "fromTime in seconds",
        )?;
        let fields = item.as_object().map_or(0, serde_json::Map::len);
        require(
            fields == 2 + usize::from(from.is_some()),
            "an item with more to it",
        )?;
        require(
            self.contract != "TICKER" || from.is_none(),
            "fromTime on a TICKER channel",
        )?;
        require(
            self.contract != "HISTORY" || from.is_some(),
            "no fromTime on a HISTORY channel",
        )?;
        Ok((key, from))
    }
}

fn require(holds: bool, violation: &'static str) -> Result<(), &'static str> {
    if holds { Ok(()) } else { Err(violation) }
}

/// Makes sure that the checker is awake: each of these conversations holds a violation.
pub fn check_the_checker() {
    const SETUP: &str = r#"{"type":"SETUP","channel":0,"version":"0.1-x/1","keepaliveTimeout":60,"acceptKeepaliveTimeout":60}"#;
    const ASKED: &str = r#"{"type":"AUTH_STATE","channel":0,"state":"UNAUTHORIZED"}"#;
    const LET_IN: &str = r#"{"type":"AUTH_STATE","channel":0,"state":"AUTHORIZED"}"#;
    const AUTH: &str = r#"{"type":"AUTH","channel":0,"token":"t"}"#;
    const REQUEST: &str = r#"{"type":"CHANNEL_REQUEST","channel":1,"service":"FEED","parameters":{"contract":"TICKER"}}"#;
    const OPENED: &str = r#"{"type":"CHANNEL_OPENED","channel":1}"#;
    const ADD: &str =
        r#"{"type":"FEED_SUBSCRIPTION","channel":1,"add":[{"type":"Quote","symbol":"SPY"}]}"#;
    let even = REQUEST.replace(":1,", ":2,");
    let rich = ADD.replace("\"SPY\"", "\"SPY\",\"fromTime\":1700000000000");
    let removal = ADD.replace("add", "remove");
    let empty = r#"{"type":"FEED_SUBSCRIPTION","channel":1,"add":[]}"#;
    // What the client says stands alone, what the server says behind a mark.
    let open = [SETUP, "<", LET_IN, REQUEST, "<", OPENED];
    let with = |last: &[&'static str]| [&open[..], last].concat();
    let bad: [Vec<&str>; 10] = [
        vec![AUTH],
        vec![SETUP, AUTH],
        vec![SETUP, "<", ASKED, REQUEST],
        vec![SETUP, "<", LET_IN, AUTH],
        vec![SETUP, "<", LET_IN, &even],
        vec![SETUP, "<", LET_IN, REQUEST, ADD],
        with(&[REQUEST]),
        with(&[ADD, ADD]),
        with(&[empty]),
        vec![SETUP, "<", LET_IN, REQUEST, "<", OPENED, &rich],
    ];
    for conversation in bad {
        assert!(play(&conversation).is_err(), "{conversation:?}");
    }
    assert_eq!(play(&with(&[ADD])), Ok(()));
    assert!(play(&[&open[..], &[&*removal]].concat()).is_err());
    assert_eq!(play(&[&open[..], &[ADD, &*removal]].concat()), Ok(()));
}

fn play(conversation: &[&str]) -> Result<(), &'static str> {
    let mut checker = ProtocolChecker::new(Duration::ZERO);
    let mut lines = conversation.iter();
    while let Some(line) = lines.next() {
        if *line == "<" {
            checker.server_says(lines.next().copied().unwrap_or_default());
        } else {
            checker.examine(line, Duration::ZERO)?;
        }
    }
    Ok(())
}
