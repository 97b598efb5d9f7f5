//! What a server hears, message by message, and a server that keeps count.

use std::collections::{HashMap, HashSet, VecDeque};

use proptest::prelude::*;

use super::*;

use crate::event::EventType;
use crate::pace::Pacing;

fn quote(symbol: &str) -> Subscription {
    Subscription::new(EventType::Quote, symbol)
}

/// Everything there is to tell, however long it takes.
fn sent(set: &mut SubscriptionSet) -> Vec<String> {
    let mut now = Instant::now();
    let mut pace = Pace::new(Pacing::default());
    let mut messages = Vec::new();
    loop {
        match set.next(now, &mut pace) {
            Next::Send { text, .. } => messages.push(text),
            Next::Wait(until) => now = until,
            Next::Nothing => return messages,
        }
    }
}

#[test]
fn what_came_before_the_channel_is_told_once_it_opens() {
    let mut set = SubscriptionSet::default();
    set.add(&quote("SPY"));
    set.add(&quote("BRK/B"));
    assert!(sent(&mut set).is_empty());
    set.channel_opened(1);
    assert_eq!(
        sent(&mut set),
        [
            r#"{"type":"FEED_SUBSCRIPTION","channel":1,"reset":true,"add":[{"type":"Quote","symbol":"SPY"},{"type":"Quote","symbol":"BRK/B"}]}"#
        ]
    );
    assert!(!set.is_pending());
}

/// Checklist 64.
#[test]
fn a_key_with_two_users_is_subscribed_once_and_leaves_with_the_last() {
    let mut set = SubscriptionSet::default();
    assert!(set.add(&quote("SPY")));
    assert!(!set.add(&quote("SPY")));
    set.channel_opened(1);
    assert_eq!(sent(&mut set).len(), 1);
    assert!(!set.remove(&quote("SPY")));
    assert!(sent(&mut set).is_empty());
    assert!(set.remove(&quote("SPY")));
    assert_eq!(
        sent(&mut set),
        [r#"{"type":"FEED_SUBSCRIPTION","channel":1,"remove":[{"type":"Quote","symbol":"SPY"}]}"#]
    );
    assert!(
        !set.remove(&quote("SPY")),
        "what was never added cannot be removed"
    );
}

/// Checklist 66.
#[test]
fn changes_that_undo_each_other_are_never_sent() {
    let mut set = SubscriptionSet::default();
    set.channel_opened(1);
    set.add(&quote("SPY"));
    set.remove(&quote("SPY"));
    assert!(sent(&mut set).is_empty());
    set.add(&quote("SPY"));
    assert_eq!(sent(&mut set).len(), 1);
    set.remove(&quote("SPY"));
    set.add(&quote("SPY"));
    assert!(sent(&mut set).is_empty(), "it is still subscribed");
    assert_eq!(set.len(), 1);
}

/// Checklist 95.
#[test]
fn a_new_connection_is_told_what_is_wanted_now() {
    let mut set = SubscriptionSet::default();
    for symbol in ["SPY", "QQQ", "IWM"] {
        set.add(&quote(symbol));
    }
    set.channel_opened(1);
    sent(&mut set);
    set.channel_closed();
    set.remove(&quote("QQQ"));
    set.add(&quote("DIA"));
    set.channel_opened(1);
    let [replay] = &sent(&mut set)[..] else {
        panic!("one message")
    };
    assert!(
        replay.contains(r#""reset":true"#) && !replay.contains("QQQ"),
        "{replay}"
    );
    assert_eq!(replay.matches("symbol").count(), 3);
}

/// Checklist 61. More than a minute's changes.
#[test]
fn messages_stay_small_and_nothing_is_lost_or_doubled() {
    let mut set = SubscriptionSet::default();
    let keys: Vec<_> = (0..5_000)
        .map(|n| format!(".SPXW261218P{n}"))
        .flat_map(|symbol| {
            [EventType::Quote, EventType::Greeks].map(|t| Subscription::new(t, &symbol))
        })
        .collect();
    for key in &keys {
        set.add(key);
    }
    set.channel_opened(1);
    let messages = sent(&mut set);
    let mut told = HashSet::new();
    for (position, text) in messages.iter().enumerate() {
        assert!(text.len() <= MESSAGE_BYTES, "{} bytes", text.len());
        assert_eq!(text.contains("reset"), position == 0);
        let json: serde_json::Value = serde_json::from_str(text).unwrap();
        for item in json["add"].as_array().unwrap() {
            assert!(told.insert(item.to_string()));
        }
    }
    assert_eq!(told.len(), keys.len());
}

/// A server that keeps count of what it was told: keys, and where their series start.
#[derive(Default)]
struct Server(HashMap<(String, String), Option<i64>>);

impl Server {
    /// Takes what there is to tell; a key may be told twice only after a complaint, and nothing unknown is removed.
    fn hear(&mut self, set: &mut SubscriptionSet, twice: bool) -> Result<(), TestCaseError> {
        for text in sent(set) {
            let json: serde_json::Value = serde_json::from_str(&text).unwrap();
            if json["reset"] == true {
                self.0.clear();
            }
            for (key, from) in items(&json, "remove") {
                prop_assert_eq!(self.0.remove(&key), Some(from), "removed {:?}", key);
            }
            for (key, from) in items(&json, "add") {
                let before = self.0.insert(key.clone(), from);
                prop_assert!(twice || before != Some(from), "added {:?} twice", key);
            }
        }
        Ok(())
    }
}

fn items(message: &serde_json::Value, list: &str) -> Vec<((String, String), Option<i64>)> {
    let items = message[list].as_array().into_iter().flatten();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    items
        .map(|item| {
            let key = (text(&item["type"]), text(&item["symbol"]));
            (key, item["fromTime"].as_i64())
        })
        .collect()
}

fn bars(symbol: &str, from: i64) -> Subscription {
    Subscription::series(EventType::Candle, symbol, Millis(from))
}

proptest! {
    /// Users are counted by the test itself.
    #[test]
    fn the_server_ends_up_with_exactly_what_is_wanted(
        steps in prop::collection::vec((0u8..12, 0u8..5, 1i64..4), 0..80),
    ) {
        let (mut set, mut server) = (SubscriptionSet::default(), Server::default());
        let mut wanted: HashMap<Subscription, (u32, Option<i64>)> = HashMap::new();
        set.channel_opened(1);
        for (what, which, start) in steps {
            let is_series = which > 2;
            let symbol = format!("S{which}");
            let item = if is_series { bars(&symbol, start) } else { quote(&symbol) };
            let key = Subscription { from: None, ..item.clone() };
            match what {
                0..=3 => {
                    set.add(&item);
                    let users = wanted.get(&key).map_or(0, |(users, _)| *users);
                    wanted.insert(key, (users + 1, is_series.then_some(start)));
                }
                4..=6 => {
                    let left = wanted.get_mut(&key).map(|(users, _)| {
                        *users -= 1;
                        *users
                    });
                    prop_assert_eq!(set.remove(&item), left == Some(0));
                    if left == Some(0) {
                        wanted.remove(&key);
                    }
                }
                7 => {
                    let is_there = is_series && wanted.contains_key(&key);
                    prop_assert_eq!(set.restart(&item), is_there);
                    if is_there && let Some((_, from)) = wanted.get_mut(&key) {
                        *from = Some(start);
                    }
                }
                8 => {
                    prop_assert_eq!(set.reset().len(), wanted.len());
                    wanted.clear();
                }
                9 => {
                    set.channel_opened(3);
                    server = Server::default();
                }
                10 => {
                    set.resend_all();
                    server.hear(&mut set, true)?;
                }
                _ => server.hear(&mut set, false)?,
            }
            prop_assert_eq!(set.len(), wanted.len());
        }
        server.hear(&mut set, false)?;
        let wanted: HashMap<_, _> = wanted
            .into_iter()
            .map(|(key, (_, from))| ((key.event_type.name().to_owned(), key.symbol.to_string()), from))
            .collect();
        prop_assert_eq!(server.0, wanted);
    }
}

/// Checklist 68, 69.
#[test]
fn a_series_with_another_start_is_told_again_and_leaves_with_the_start_it_came_with() {
    let mut set = SubscriptionSet::default();
    set.channel_opened(3);
    set.add(&bars("SPY{=d}", 1_666_600_000_000));
    sent(&mut set);
    assert!(set.restart(&bars("SPY{=d}", 1_700_000_000_000)));
    assert_eq!(
        sent(&mut set),
        [
            r#"{"type":"FEED_SUBSCRIPTION","channel":3,"add":[{"type":"Candle","symbol":"SPY{=d}","fromTime":1700000000000}]}"#
        ]
    );
    set.remove(&bars("SPY{=d}", 0));
    assert_eq!(
        sent(&mut set),
        [
            r#"{"type":"FEED_SUBSCRIPTION","channel":3,"remove":[{"type":"Candle","symbol":"SPY{=d}","fromTime":1700000000000}]}"#
        ]
    );
}

#[test]
fn a_series_that_leaves_and_comes_back_at_once_begins_anew() {
    let mut set = SubscriptionSet::default();
    set.channel_opened(3);
    let item = bars("SPY{=d}", 1_666_600_000_000);
    set.add(&item);
    sent(&mut set);
    set.remove(&item);
    set.add(&item);
    let told = r#"[{"type":"Candle","symbol":"SPY{=d}","fromTime":1666600000000}]"#;
    assert_eq!(
        sent(&mut set),
        [format!(
            r#"{{"type":"FEED_SUBSCRIPTION","channel":3,"remove":{told},"add":{told}}}"#
        )]
    );
}

/// Checklist 67.
#[test]
fn a_reset_is_one_message_and_nothing_returns() {
    let mut set = SubscriptionSet::default();
    set.channel_opened(1);
    set.add(&quote("SPY"));
    sent(&mut set);
    set.add(&quote("QQQ"));
    assert_eq!(set.reset().len(), 2);
    assert!(set.is_empty() && set.is_pending());
    assert_eq!(
        sent(&mut set),
        [r#"{"type":"FEED_SUBSCRIPTION","channel":1,"reset":true}"#]
    );
    set.channel_closed();
    set.channel_opened(1);
    assert!(sent(&mut set).is_empty());
    set.channel_closed();
    set.add(&quote("SPY"));
    set.reset();
    set.channel_opened(1);
    assert!(sent(&mut set).is_empty(), "also without a connection");
}

#[test]
fn a_reset_does_not_wait_for_the_next_minute() {
    let mut set = SubscriptionSet::default();
    let mut pace = Pace::new(Pacing {
        changes: 1,
        ..Pacing::default()
    });
    set.channel_opened(1);
    set.add(&quote("SPY"));
    set.add(&quote("QQQ"));
    let now = Instant::now();
    assert!(matches!(set.next(now, &mut pace), Next::Send { .. }));
    assert!(matches!(set.next(now, &mut pace), Next::Wait(_)));
    set.reset();
    set.add(&quote("IWM"));
    let text = r#"{"type":"FEED_SUBSCRIPTION","channel":1,"reset":true}"#.to_owned();
    assert_eq!(set.next(now, &mut pace), Next::Send { text });
    assert!(matches!(set.next(now, &mut pace), Next::Wait(_)));
}

#[test]
fn what_matters_first_is_told_first_and_removals_before_all() {
    use EventType::{Candle, Greeks, Profile, Quote, Summary, Trade, TradeEth, Underlying};
    let mut set = SubscriptionSet::default();
    set.channel_opened(1);
    set.add(&Subscription::new(Candle, "OLD"));
    sent(&mut set);
    for event_type in [
        Underlying, Profile, Summary, Candle, Greeks, TradeEth, Trade, Quote,
    ] {
        for symbol in ["B", "A"] {
            set.add(&Subscription::new(event_type, symbol));
        }
    }
    set.remove(&Subscription::new(Candle, "OLD"));
    let (mut told, mut pace) = (
        Vec::new(),
        Pace::new(Pacing {
            changes: 1,
            ..Pacing::default()
        }),
    );
    let mut now = Instant::now();
    loop {
        match set.next(now, &mut pace) {
            Next::Send { text, .. } => {
                let json: serde_json::Value = serde_json::from_str(&text).unwrap();
                let item = if json["add"].is_array() {
                    &json["add"][0]
                } else {
                    &json["remove"][0]
                };
                told.push(format!("{} {}", item["type"], item["symbol"]).replace('"', ""));
            }
            Next::Wait(until) => now = until,
            Next::Nothing => break,
        }
    }
    let expected = [
        "Candle OLD",
        "Quote B",
        "Quote A",
        "Trade B",
        "Trade A",
        "Greeks B",
        "Greeks A",
        "Summary B",
        "Summary A",
        "Profile B",
        "Profile A",
        "Underlying B",
        "Underlying A",
        "Candle B",
        "Candle A",
        "TradeETH B",
        "TradeETH A",
    ];
    assert_eq!(told, expected);
}

#[test]
fn messages_shrink_to_a_kibibyte_and_no_further() {
    let mut set = SubscriptionSet::default();
    for n in 0..2_000 {
        set.add(&quote(&format!(".SPXW261218P{n}")));
    }
    let mut cap = MESSAGE_BYTES;
    for _ in 0..6 {
        set.channel_opened(1);
        let messages = sent(&mut set);
        let longest = messages.iter().map(String::len).max().unwrap();
        assert!(longest <= cap && longest > cap / 2, "{longest} of {cap}");
        set.halve_messages();
        cap = (cap / 2).max(1024);
    }
}

/// A server with the limit of a rolling minute, which counts what it takes and says so when it does not.
struct Strict {
    limit: usize,
    taken: VecDeque<Instant>,
    held: HashSet<String>,
}

impl Strict {
    /// Takes what fits; gives whether anything did not.
    fn hear(&mut self, text: &str, now: Instant) -> bool {
        let minute = Duration::from_mins(1);
        let json: serde_json::Value = serde_json::from_str(text).unwrap();
        let mut complains = false;
        for ((_, symbol), _) in items(&json, "add") {
            while self.taken.front().is_some_and(|at| now >= *at + minute) {
                self.taken.pop_front();
            }
            if self.taken.len() < self.limit {
                self.taken.push_back(now);
                self.held.insert(symbol);
            } else {
                complains = true;
            }
        }
        complains
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Checklist 72. Every message takes its time to be answered, so that bursts are refused whole.
    #[test]
    fn a_server_of_any_rate_gets_the_whole_set(limit in 40usize..1_000, keys in 1usize..1_500, delay in 0u64..2_000) {
        let delay = Duration::from_millis(delay);
        let (mut set, mut pace) = (SubscriptionSet::default(), Pace::new(Pacing { changes: 900, ..Pacing::default() }));
        let mut server = Strict { limit, taken: VecDeque::new(), held: HashSet::new() };
        for n in 0..keys {
            set.add(&quote(&format!("S{n}")));
        }
        set.channel_opened(1);
        let mut now = Instant::now();
        let mut complaints: VecDeque<Instant> = VecDeque::new();
        let mut pauses = 0u32;
        loop {
            if complaints.front().is_some_and(|at| *at <= now) {
                complaints.pop_front();
                pauses += u32::from(pace.on_refused(now).is_some());
                set.resend_all();
            }
            let told = set.next(now, &mut pace);
            if let Next::Send { text, .. } = &told {
                if server.hear(text, now) {
                    complaints.push_back(now + delay);
                }
                continue;
            }
            let wake = match told { Next::Wait(until) => Some(until), _ => None };
            let Some(next) = wake.into_iter().chain(complaints.front().copied()).min() else { break };
            now = next.max(now);
        }
        prop_assert_eq!(server.held.len(), keys);
        // The rate is halved until it fits, once too often at most.
        let halvings = (0..10).find(|halvings| 900 >> halvings <= limit).unwrap();
        let enough = if keys <= limit || halvings == 0 { 0 } else { halvings + 1 };
        prop_assert!(pauses <= enough, "{} pauses for a limit of {}", pauses, limit);
    }
}
