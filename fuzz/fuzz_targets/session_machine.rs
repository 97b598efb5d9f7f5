//! Any course of a conversation: the session, the subscription sets and the clocks never panic, and never make the client say
//! what a strict server would blame it for.
//!
//! An input is a script, one step per line:
//!
//! | line | step |
//! |---|---|
//! | `{…` | the server says this |
//! | `a` | the server answers the oldest unanswered message as a good one would |
//! | `+T SYMBOL`, `-T SYMBOL` | somebody subscribes to a type (a digit), or no longer |
//! | `@N SYMBOL`, `_ SYMBOL` | somebody follows a series from the N-th minute, or no longer |
//! | `b N`, `B N` | somebody subscribes to N symbols at once, or no longer |
//! | `!` | everything live is taken back |
//! | `w N` | N tenths of a second pass |
//! | `h` | messages are to be smaller |
//! | `x` | the connection is lost |

#![no_main]

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use dxlink::event::Millis;
use dxlink::protocol::{
    Action, Decoder, Due, Frame, History, Keepalive, Next, Outbound, Pace, Role, Session,
    SubscriptionSet, Table,
};
use dxlink::{
    CandleSymbol, EventType, Loss, Pacing, SeriesNews, SeriesRequest, Subscription, Token,
};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use tokio::time::Instant;
use volq_fuzz::protocol_checker::{ProtocolChecker, check_the_checker};

const READY_TIMEOUT: Duration = Duration::from_secs(5);
const TOKEN: &str = "token-1";
/// The longest wait for a whole series.
const HISTORY_TIMEOUT: Duration = Duration::from_secs(20);
/// The first minute from which a series may be followed, milliseconds.
const BEGINNING: i64 = 1_700_000_000_000;
/// More symbols than may be subscribed within a minute: a hundredth of the real limits, and of the work.
const CROWD: usize = 250;
const CHANGES: usize = 90;
/// Far more than a minute's clocks can demand.
const WAKES: u32 = 5_000;

fuzz_target!(init: check_the_checker(), |script: &str| {
    let mut client = Client::new();
    for line in script.lines() {
        client.step(line);
    }
    client.settle();
});

struct Client {
    start: Instant,
    now: Instant,
    session: Option<Session>,
    live: SubscriptionSet,
    history: History,
    pace: Pace,
    table: Table,
    decoder: Decoder,
    keepalive: Keepalive,
    ration_until: Option<Instant>,
    checker: ProtocolChecker,
    unanswered: VecDeque<String>,
    /// Users of each key, and the start of each series: what the sets should know.
    wanted: BTreeMap<(String, String), usize>,
    followed: BTreeMap<CandleSymbol, i64>,
    crowd: BTreeSet<usize>,
}

impl Client {
    fn new() -> Self {
        let start = Instant::now();
        let mut client = Self {
            start,
            now: start,
            session: None,
            live: SubscriptionSet::default(),
            history: History::default(),
            pace: Pace::new(Pacing {
                changes: CHANGES,
                ..Pacing::default()
            }),
            table: Table::default(),
            decoder: Decoder::default(),
            keepalive: Keepalive::start(start),
            ration_until: None,
            checker: ProtocolChecker::new(Duration::ZERO),
            unanswered: VecDeque::new(),
            wanted: BTreeMap::new(),
            followed: BTreeMap::new(),
            crowd: BTreeSet::new(),
        };
        client.connect();
        client
    }

    fn elapsed(&self) -> Duration {
        self.now - self.start
    }

    fn connect(&mut self) {
        self.live.channel_closed();
        self.history.on_closed();
        self.decoder = Decoder::default();
        self.keepalive = Keepalive::start(self.now);
        self.ration_until = None;
        self.unanswered.clear();
        let mut checker = ProtocolChecker::new(self.elapsed());
        checker.inherit(&self.checker);
        self.checker = checker;
        let (session, actions) =
            Session::begin("fuzz/0", Some(Token::new(TOKEN)), READY_TIMEOUT, self.now);
        self.session = Some(session);
        self.perform(actions);
    }

    fn lose(&mut self, loss: &Loss) {
        let said = loss.to_string();
        assert!(!said.contains(TOKEN), "{said}");
        if let Some((error, message)) = loss.farewell() {
            let farewell = Outbound::Error {
                channel: 0,
                error,
                message: &message,
            };
            self.send(farewell.text());
        }
        self.connect();
    }

    fn step(&mut self, line: &str) {
        let rest = line.get(1..).unwrap_or_default();
        let (head, symbol) = rest.split_once(' ').unwrap_or((rest, ""));
        let number = || symbol.parse::<u16>().map_or(0, usize::from);
        match line.as_bytes().first() {
            Some(b'{') => self.hear(line),
            Some(b'a') => {
                let asked = self.unanswered.pop_front();
                for text in asked.into_iter().flat_map(|asked| polite(&asked)) {
                    self.hear(&text);
                }
            }
            Some(b'+') => self.subscribe(head, symbol, true),
            Some(b'-') => self.subscribe(head, symbol, false),
            Some(b'@') => self.follow(head, symbol),
            Some(b'_') => self.unfollow(symbol),
            Some(b'b') => self.crowd(number(), true),
            Some(b'B') => self.crowd(number(), false),
            Some(b'!') => {
                for item in self.live.reset() {
                    self.table.want(item.event_type, &item.symbol, false);
                }
                self.wanted.clear();
                self.crowd.clear();
            }
            Some(b'w') => self
                .wait(Duration::from_millis(100) * u32::try_from(number().min(1200)).unwrap_or(0)),
            Some(b'h') => {
                self.live.halve_messages();
                self.history.subscriptions.halve_messages();
            }
            Some(b'x') => self.connect(),
            _ => {}
        }
        self.send_subscriptions();
    }

    fn subscribe(&mut self, kind: &str, symbol: &str, adds: bool) {
        let kind = kind
            .parse()
            .ok()
            .and_then(|at: usize| EventType::ALL.get(at));
        let Some(kind) = kind.copied().filter(|_| is_symbol(symbol)) else {
            return;
        };
        let (item, key) = (
            Subscription::new(kind, symbol),
            (kind.name().to_owned(), symbol.to_owned()),
        );
        let users = self.wanted.entry(key.clone()).or_default();
        if adds {
            *users += 1;
            let is_new = *users == 1;
            assert_eq!(self.live.add(&item), is_new);
            if is_new {
                self.table.want(kind, &item.symbol, true);
            }
        } else {
            let was_last = *users == 1;
            *users = users.saturating_sub(1);
            assert_eq!(self.live.remove(&item), was_last);
            if was_last {
                self.table.want(kind, &item.symbol, false);
            }
        }
        self.wanted.retain(|_, users| *users > 0);
    }

    fn follow(&mut self, minute: &str, symbol: &str) {
        let (Ok(minute), Some(symbol)) = (minute.parse::<u16>(), candle_symbol(symbol)) else {
            return;
        };
        let from = BEGINNING + i64::from(minute) * 60_000;
        self.followed.insert(symbol.clone(), from);
        let request = SeriesRequest {
            symbol,
            from: Millis(from),
            timeout: HISTORY_TIMEOUT,
        };
        self.history.follow(vec![request], &mut self.table);
    }

    fn unfollow(&mut self, symbol: &str) {
        if let Some(symbol) = candle_symbol(symbol) {
            self.followed.remove(&symbol);
            self.history.unfollow(&[symbol], &mut self.table);
        }
    }

    /// What is new about series. One that failed is not followed any more.
    fn read_series(&mut self) {
        for change in self.history.take_changes() {
            assert!(self.followed.contains_key(&change.symbol), "{change:?}");
            match change.news {
                SeriesNews::Snapshot { bars, .. } | SeriesNews::Update { bars, .. } => {
                    let indices = bars.iter().map(|bar| bar.index);
                    assert!(indices.is_sorted_by(|a, b| a < b), "{bars:?}");
                }
                SeriesNews::Failed(_) => drop(self.followed.remove(&change.symbol)),
            }
        }
    }

    fn crowd(&mut self, many: usize, adds: bool) {
        for number in 0..many.min(CROWD) {
            let symbol = format!("CROWD{number:05}");
            if adds == self.crowd.insert(number) {
                self.subscribe("0", &symbol, adds);
            }
            if !adds {
                self.crowd.remove(&number);
            }
        }
    }

    fn hear(&mut self, text: &str) {
        if is_ambiguous(text) {
            return;
        }
        self.checker.server_says(text);
        self.keepalive.on_received(self.now);
        let Some(session) = self.session.take() else {
            return;
        };
        let message = match self.decoder.read(text, self.table.symbols()) {
            Ok(Frame::Control(message)) => message,
            Ok(Frame::Data(channel)) => {
                let role = session.role(channel);
                self.session = Some(session);
                self.store(role);
                return;
            }
            Ok(Frame::ForeignData) => {
                self.session = Some(session);
                return;
            }
            Err(error) => {
                let outcome = session.on_unreadable(&session.redact(&error.to_string()));
                self.session = Some(session);
                if let Err(loss) = outcome {
                    self.lose(&loss);
                }
                return;
            }
        };
        match session.on_message(message, self.now) {
            Ok((session, actions)) => {
                self.session = Some(session);
                self.perform(actions);
            }
            Err(loss) => self.lose(&loss),
        }
    }

    fn store(&mut self, role: Option<Role>) {
        match role {
            Some(Role::Live) => {
                self.table.store(&mut self.decoder.batch);
                for change in self.table.take_changes() {
                    let kind = change.event.event_type().name().to_owned();
                    let key = (kind, change.symbol.to_string());
                    assert!(self.wanted.contains_key(&key), "{key:?} is not wanted");
                }
            }
            Some(Role::History) => {
                self.history.store(&mut self.decoder.batch, self.now);
                self.read_series();
            }
            None => {}
        }
    }

    fn perform(&mut self, actions: Vec<Action>) {
        for action in actions {
            match action {
                Action::Send(text) => self.send(text),
                Action::Timeouts {
                    keepalive,
                    accept_keepalive,
                } => self.keepalive.negotiate(keepalive, accept_keepalive),
                Action::ChannelOpened { role, channel } => {
                    self.decoder.open(channel);
                    match role {
                        Role::Live => self.live.channel_opened(channel),
                        Role::History => self.history.on_opened(channel),
                    }
                    let setup = Outbound::feed_setup(channel, 0.1, role.types());
                    self.send(setup.text());
                }
                Action::ChannelLost { role, channel } => {
                    self.decoder.close(channel);
                    match role {
                        Role::Live => self.live.channel_closed(),
                        Role::History => self.history.on_closed(),
                    }
                }
                Action::Configured {
                    channel,
                    aggregation_period,
                    event_fields,
                    ..
                } => {
                    if let Some(schema) = self.decoder.schema_mut(channel) {
                        schema.merge(aggregation_period, &event_fields);
                    }
                }
                Action::Complaint { code, message, .. } => {
                    assert!(!code.contains(TOKEN) && !message.contains(TOKEN));
                    if message.contains("rate is too high")
                        && self.pace.on_refused(self.now).is_some()
                    {
                        self.live.resend_all();
                        self.history.subscriptions.resend_all();
                    }
                }
                Action::HistoryRefused { reason } => {
                    assert!(!reason.contains(TOKEN), "{reason}");
                    self.history.on_refused(reason);
                    self.read_series();
                }
                Action::Authorised | Action::Ignored => {}
            }
        }
    }

    fn send(&mut self, text: String) {
        self.checker.client_says(&text, self.now - self.start);
        self.keepalive.on_sent(self.now);
        self.unanswered.push_back(text);
    }

    /// Tells the server what is wanted, as far as it may be told now.
    fn send_subscriptions(&mut self) {
        let Some(mut session) = self.session.take() else {
            return;
        };
        self.history.update(self.now);
        self.read_series();
        let actions = session.want_history(self.history.is_wanted(), self.now);
        self.session = Some(session);
        self.perform(actions);
        if self.ration_until.is_some_and(|until| self.now < until) {
            return;
        }
        self.ration_until = None;
        loop {
            let next = match self.live.next(self.now, &mut self.pace) {
                Next::Nothing => self.history.subscriptions.next(self.now, &mut self.pace),
                next => next,
            };
            match next {
                Next::Send { text } => {
                    self.send(text);
                    self.live.on_sent(self.now);
                    self.history.subscriptions.on_sent(self.now);
                }
                Next::Wait(until) => {
                    assert!(until > self.now, "waiting for the past");
                    self.ration_until = Some(until);
                    return;
                }
                Next::Nothing => return,
            }
        }
    }

    /// Lets time pass, from one thing to do to the next.
    fn wait(&mut self, span: Duration) {
        let end = self.now + span;
        for _ in 0..WAKES {
            let deadline = self.session.as_ref().and_then(Session::deadline);
            let wake = [deadline, self.ration_until, self.history.deadline()]
                .into_iter()
                .flatten()
                .fold(self.keepalive.next(), Instant::min)
                .max(self.now);
            if wake > end {
                self.now = end;
                self.checker.client_is_silent(self.elapsed());
                return;
            }
            self.now = wake;
            self.checker.client_is_silent(self.elapsed());
            self.keep_time();
            self.send_subscriptions();
        }
        panic!("a busy loop");
    }

    fn keep_time(&mut self) {
        let Some(mut session) = self.session.take() else {
            return;
        };
        let outcome = session.on_time(self.now);
        self.session = Some(session);
        match outcome {
            Ok(actions) => self.perform(actions),
            Err(loss) => return self.lose(&loss),
        }
        match self.keepalive.due(self.now) {
            Due::Nothing => {}
            Due::Send => self.send(Outbound::Keepalive { channel: 0 }.text()),
            Due::GiveUp(after) => self.lose(&Loss::Silent { after }),
        }
    }

    /// On a good server everything that is wanted is subscribed in the end, and nothing else.
    fn settle(&mut self) {
        self.connect();
        for _ in 0..WAKES {
            while !self.unanswered.is_empty() {
                self.step("a");
            }
            if !self.live.is_pending() && !self.history.subscriptions.is_pending() {
                break;
            }
            self.hear(r#"{"type":"KEEPALIVE","channel":0}"#);
            self.wait(Duration::from_secs(10));
        }
        let live = self.checker.subscribed("TICKER").expect("the live channel");
        assert!(
            live.keys().eq(self.wanted.keys()),
            "{live:?} {:?}",
            self.wanted
        );
        assert_eq!(self.live.len(), self.wanted.len());
        // Of the series some may wait for their turn, but none is asked for that nobody follows.
        let none = BTreeMap::new();
        for ((_, symbol), _) in self.checker.subscribed("HISTORY").unwrap_or(&none) {
            let symbol = symbol.parse().expect("a symbol that was sent");
            assert!(
                self.followed.contains_key(&symbol),
                "{symbol} {:?}",
                self.followed
            );
        }
    }
}

fn candle_symbol(text: &str) -> Option<CandleSymbol> {
    text.parse().ok().filter(|_| is_symbol(text))
}

/// Symbols come from servers and users; none is empty, and none is longer than a message.
fn is_symbol(text: &str) -> bool {
    (1..=200).contains(&text.len())
}

/// Whether readers of JSON may differ about a text: a key stands there twice, or in disguise.
fn is_ambiguous(text: &str) -> bool {
    const KEYS: [&str; 5] = [
        "\"type\"",
        "\"channel\"",
        "\"state\"",
        "\"keepaliveTimeout\"",
        "\"acceptKeepaliveTimeout\"",
    ];
    text.contains('\\') || KEYS.iter().any(|key| text.matches(key).count() > 1)
}

/// What a good server answers.
fn polite(asked: &str) -> Vec<String> {
    let asked: Value = serde_json::from_str(asked).unwrap_or_default();
    let channel = &asked["channel"];
    let messages = match asked["type"].as_str() {
        Some("SETUP") => vec![
            json!({"type": "SETUP", "channel": 0, "keepaliveTimeout": 60, "acceptKeepaliveTimeout": 60, "version": "1"}),
            json!({"type": "AUTH_STATE", "channel": 0, "state": "UNAUTHORIZED"}),
        ],
        Some("AUTH") => vec![json!({"type": "AUTH_STATE", "channel": 0, "state": "AUTHORIZED"})],
        Some("CHANNEL_REQUEST") => vec![json!({"type": "CHANNEL_OPENED", "channel": channel})],
        Some("CHANNEL_CANCEL") => vec![json!({"type": "CHANNEL_CLOSED", "channel": channel})],
        Some("FEED_SETUP") => vec![json!({
            "type": "FEED_CONFIG", "channel": channel,
            "eventFields": {"Quote": ["eventSymbol", "bidPrice"]},
        })],
        Some("FEED_SUBSCRIPTION") => {
            let rows = asked["add"].as_array().into_iter().flatten().take(3);
            let rows = rows.flat_map(|item| [item["symbol"].clone(), json!(1.5)]);
            vec![
                json!({"type": "FEED_DATA", "channel": channel, "data": ["Quote", rows.collect::<Value>()]}),
            ]
        }
        Some("KEEPALIVE") => vec![json!({"type": "KEEPALIVE", "channel": 0})],
        _ => Vec::new(),
    };
    messages.iter().map(Value::to_string).collect()
}
