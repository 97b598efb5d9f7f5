//! The feed channel: asked for, refused, lost, and messages about channels that are not ours.
//!
//! See `docs/reference/dxlink-protocol.md`, "6. Channels".

use dxlink::{Change, Event, EventType, Notice};
use market::{Counter, Junk, MidSession, MidSessionAct, StreamFaults};
use serde_json::{Value, json};

use crate::feed::{Listener, impatient, once, options};
use crate::harness::Harness;
use crate::scripted_server::{Heard, Say, ScriptedServer, data, error, kind, pause, polite, say};
use crate::stream_handshake::{market, market_at_first};

fn after(milliseconds: u64, act: MidSessionAct) -> StreamFaults {
    StreamFaults {
        mid_session: vec![MidSession {
            after_ms: milliseconds,
            act,
        }],
        ..StreamFaults::default()
    }
}

/// Checklist 30, 34. The market notes even and reused ids.
#[test]
fn a_channel_that_the_server_closes_is_opened_again_under_a_new_id() {
    let market = market(after(300, MidSessionAct::CloseChannels));
    let mut line = Listener::to(&market, once());
    line.quote("SPY");
    line.until("the subscription on the new channel", |seen| {
        seen.events.len() >= 2
    });
    assert_eq!(line.stats.connections, 1);
    assert_eq!(opened(&line), 2);
    assert_eq!(market.record().count(Counter::SubscriptionsAdded), 2);
}

fn opened(line: &Listener<'_>) -> usize {
    let notices = line.notices.iter();
    notices
        .filter(|notice| matches!(notice, Notice::ChannelOpened))
        .count()
}

/// Checklist 30, 34.
#[test]
fn a_server_that_closes_every_channel_is_not_asked_for_ever() {
    let server = ScriptedServer::polite_but("FEED_SUBSCRIPTION", |_, message| {
        vec![say(
            &json!({"type": "CHANNEL_CLOSED", "channel": message["channel"]}),
        )]
    });
    let mut options = options();
    options.reconnects = 2;
    let mut line = Listener::to_scripted_server(&server, options);
    line.subscribe(EventType::Quote, &["SPY"]);
    assert_eq!(line.failure(), "the server closed the channel");
    assert_eq!(line.lost().len(), 3);
    let ids: Vec<u64> = server
        .all("CHANNEL_REQUEST")
        .iter()
        .map(|request| request["channel"].as_u64().unwrap())
        .collect();
    assert_eq!(ids, [1, 3, 1, 3, 1, 3]);
}

/// Checklist 31.
#[test]
fn an_unanswered_request_times_out_and_the_next_has_its_own_answer() {
    let market = market_at_first(StreamFaults {
        withhold: vec!["CHANNEL_OPENED".to_owned()],
        ..StreamFaults::default()
    });
    let mut line = Listener::to(&market, impatient());
    line.subscribe(EventType::Quote, &["SPY"]);
    assert_eq!(
        line.losses(1)[0],
        "the server did not send CHANNEL_OPENED within 0.5 s"
    );
    line.heard(EventType::Quote, "SPY");
}

/// Checklist 32.
#[test]
fn a_refused_channel_is_reported_with_code_and_words() {
    let market = market(StreamFaults {
        refuse_channels: true,
        ..StreamFaults::default()
    });
    let mut line = Listener::to(&market, once());
    line.subscribe(EventType::Quote, &["SPY"]);
    assert_eq!(
        line.failure(),
        "the server refused the channel: BAD_ACTION: service is not available"
    );
}

/// Checklist 33.
#[test]
fn late_messages_for_a_closed_channel_disturb_nothing() {
    let server = ScriptedServer::polite_but("FEED_SUBSCRIPTION", |_, message| {
        let mut line = polite(message);
        let old = json!({"channel": 1});
        if message["channel"] == 1 {
            line.push(say(&json!({"type": "CHANNEL_CLOSED", "channel": 1})));
        } else if message["reset"] == true {
            line = vec![
                data(
                    &old,
                    &json!([{"eventType": "Quote", "eventSymbol": "SPY", "bidPrice": 99}]),
                ),
                say(
                    &json!({"type": "FEED_CONFIG", "channel": 1, "eventFields": {"Quote": ["bidPrice"]}}),
                ),
                say(&json!({"type": "CHANNEL_CLOSED", "channel": 1})),
                error(1, "BAD_ACTION", "too late"),
            ];
            line.extend(polite(message));
        }
        line
    });
    let mut line = Listener::to_scripted_server(&server, once());
    line.quote("SPY");
    line.until("the second channel's data", |seen| seen.events.len() >= 2);
    line.quote("QQQ");
    let bids: Vec<_> = line
        .events
        .iter()
        .map(|change| match &change.event {
            dxlink::Event::Quote(quote) => quote.bid_price.0,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(bids, [1.0; 3]);
    assert_eq!(
        line.complaints(),
        [("BAD_ACTION".to_owned(), "too late".to_owned())]
    );
    assert_eq!(line.stats.ignored, 3);
    assert_eq!(line.lost(), [""; 0]);
}

/// Checklist 35.
#[test]
fn unknown_types_and_channels_are_counted() {
    let market = market(StreamFaults {
        junk: vec![Junk::UnknownType, Junk::UnknownChannel],
        ..StreamFaults::default()
    });
    let mut line = Listener::to(&market, once());
    line.quote("SPY");
    assert_eq!((line.stats.ignored, line.stats.malformed), (2, 0));
}

/// Checklist 36.
#[test]
fn an_error_on_a_working_channel_is_reported_and_nothing_more() {
    let market = market(after(200, MidSessionAct::ChannelErrors));
    let mut line = Listener::to(&market, once());
    line.quote("SPY");
    line.until("the complaint", |seen| !seen.complaints().is_empty());
    assert_eq!(
        line.complaints(),
        [("UNKNOWN".to_owned(), "upstream is unsettled".to_owned())]
    );
    line.quote("QQQ");
    assert_eq!(line.stats.connections, 1);
}

/// Checklist 36. Codes that nobody knows are told as they are.
#[test]
fn an_unknown_error_code_is_told_as_it_is() {
    let server = ScriptedServer::polite_but("FEED_SETUP", |_, message| {
        let mut line = polite(message);
        line.extend([error(1, "unknown_channel", "what \"channel\"?"), pause(1)]);
        line
    });
    let mut line = Listener::to_scripted_server(&server, once());
    line.quote("SPY");
    assert_eq!(
        line.complaints(),
        [("unknown_channel".to_owned(), "what \"channel\"?".to_owned())]
    );
}

const NAME: &str = "SPY{=d}";
const START: i64 = 1_666_600_000_000;

/// A scripted server that serves bars: of the newest close 1 on the live channel, and two of 2 and 3 on the other.
fn with_bars(part: impl Fn(&Value) -> Option<Vec<Say>> + Send + Sync + 'static) -> ScriptedServer {
    ScriptedServer::new(move |_, message| {
        if let Some(line) = part(message) {
            return line;
        }
        let is_told = message["add"][0]["type"] == "Candle";
        if kind(message) != "FEED_SUBSCRIPTION" || !is_told {
            return polite(message);
        }
        let row = |flags: u8, close: u8| json!(["Candle", NAME, flags, close, close]);
        let rows = if message["add"][0]["fromTime"].is_null() {
            vec![row(0, 1)]
        } else {
            vec![row(4, 3), row(8, 2)]
        };
        let rows: Vec<Value> = rows
            .iter()
            .flat_map(|row| row.as_array().unwrap().clone())
            .collect();
        let fields =
            json!({"Candle": ["eventType", "eventSymbol", "eventFlags", "index", "close"]});
        let config =
            json!({"type": "FEED_CONFIG", "channel": message["channel"], "eventFields": fields});
        vec![say(&config), data(message, &json!(["Candle", rows]))]
    })
}

/// Closes of bars.
fn closes(changes: &[Change]) -> Vec<f64> {
    let bars = changes.iter().filter_map(|change| match &change.event {
        Event::Candle(bar) => Some(bar.close.0),
        _ => None,
    });
    bars.collect()
}

fn contracts(server: &ScriptedServer) -> Vec<(u64, String)> {
    let requests = server.all("CHANNEL_REQUEST").into_iter();
    requests
        .map(|request| {
            let contract = request["parameters"]["contract"].as_str().unwrap();
            (request["channel"].as_u64().unwrap(), contract.to_owned())
        })
        .collect()
}

/// Checklist 70, 100.
#[test]
fn the_same_symbol_on_two_channels_is_two_things() {
    let server = with_bars(|_| None);
    let mut line = Listener::to_scripted_server(&server, once());
    line.subscribe(EventType::Candle, &[NAME]);
    line.follow(NAME, START);
    line.until("bars of both", |seen| {
        seen.snapshots(NAME) == 1 && !seen.events.is_empty()
    });
    assert_eq!(closes(&line.events), [1.0]);
    assert_eq!(line.closes(NAME), [2.0, 3.0]);
    assert_eq!(
        contracts(&server),
        [(1, "TICKER".to_owned()), (3, "HISTORY".to_owned())]
    );
    for message in server.all("FEED_SUBSCRIPTION") {
        let item = json!({"type": "Candle", "symbol": NAME});
        let series = json!({"type": "Candle", "symbol": NAME, "fromTime": START});
        let expected = if message["channel"] == 1 {
            item
        } else {
            series
        };
        assert_eq!(message["add"], json!([expected]));
    }
    line.unfollow(NAME);
    server.hears("CHANNEL_CANCEL", 1);
    line.quote("QQQ");
    assert_eq!(server.all("CHANNEL_CANCEL")[0]["channel"], 3);
    let told = server.all("FEED_SUBSCRIPTION");
    assert!(
        told.iter().all(|message| message["remove"].is_null()),
        "{told:?}"
    );
    assert_eq!(line.stats.connections, 1);
}

/// Checklist 33. Rows, field lists and the close of a channel that was given back.
#[test]
fn late_messages_for_a_cancelled_channel_disturb_nothing() {
    let server = with_bars(|message| {
        let late = json!(["Candle", ["Candle", NAME, 0, 9, 9]]);
        let fields =
            json!({"type": "FEED_CONFIG", "channel": 3, "eventFields": {"Candle": ["close"]}});
        (kind(message) == "CHANNEL_CANCEL").then(|| {
            vec![
                data(message, &late),
                say(&fields),
                say(&json!({"type": "CHANNEL_CLOSED", "channel": 3})),
                error(3, "UNKNOWN", "too late"),
            ]
        })
    });
    let mut line = Listener::to_scripted_server(&server, once());
    line.subscribe(EventType::Candle, &[NAME]);
    line.follow(NAME, START);
    line.until("the series", |seen| seen.snapshots(NAME) == 1);
    line.unfollow(NAME);
    line.until("the late error", |seen| !seen.complaints().is_empty());
    assert_eq!(
        line.complaints(),
        [("UNKNOWN".to_owned(), "too late".to_owned())]
    );
    assert_eq!((line.series.len(), line.stats.ignored), (1, 3));
    assert_eq!(closes(&line.events), [1.0]);
    line.quote("QQQ");
    line.follow(NAME, START);
    line.until("the series on a new channel", |seen| {
        seen.snapshots(NAME) == 2
    });
    assert_eq!(contracts(&server)[2], (5, "HISTORY".to_owned()));
    assert_eq!(line.lost(), [""; 0]);
}

/// Checklist 31. The live channel has the whole of its patience to itself.
#[test]
fn a_history_channel_without_answer_is_asked_for_again_beside_the_live_one() {
    let server = with_bars(|message| {
        let is_late = kind(message) == "CHANNEL_REQUEST" && message["channel"] == 3;
        is_late.then(|| {
            let answer = json!({"type": "CHANNEL_OPENED", "channel": 3, "service": "FEED"});
            vec![pause(900), say(&answer)]
        })
    });
    let mut line = Listener::to_scripted_server(&server, impatient());
    line.quote("SPY");
    line.follow(NAME, START);
    line.until("the series", |seen| seen.snapshots(NAME) == 1);
    line.quote("QQQ");
    assert_eq!(
        contracts(&server)[1..],
        [(3, "HISTORY".to_owned()), (5, "HISTORY".to_owned())]
    );
    assert_eq!(server.all("CHANNEL_CANCEL")[0]["channel"], 3);
    assert_eq!(line.lost(), [""; 0]);
    let on_history =
        |heard: &&Heard| heard.kind() == "FEED_SUBSCRIPTION" && heard.message["channel"] == 5;
    assert_eq!(server.heard().iter().filter(on_history).count(), 1);
}

/// Checklist 32.
#[test]
fn a_refused_history_channel_costs_no_live_data() {
    let server = with_bars(|message| {
        let is_refused = kind(message) == "CHANNEL_REQUEST" && message["channel"] != 1;
        is_refused.then(|| {
            vec![error(
                message["channel"].as_u64().unwrap(),
                "BAD_ACTION",
                "no history",
            )]
        })
    });
    let mut line = Listener::to_scripted_server(&server, once());
    line.follow(NAME, START);
    line.quote("SPY");
    let refusals = |seen: &Listener<'_>| -> Vec<String> {
        let notices = seen.notices.iter().filter_map(|notice| match notice {
            Notice::HistoryRefused { reason } => Some(reason.clone()),
            _ => None,
        });
        notices.collect()
    };
    line.until("the refusal", |seen| !refusals(seen).is_empty());
    line.quote("QQQ");
    let told = "the server refused the channel: BAD_ACTION: no history";
    assert_eq!(refusals(&line), [told]);
    assert_eq!(
        line.series_failure(NAME).to_string(),
        format!("the stream gives no history: {told}")
    );
    assert_eq!(contracts(&server).len(), 2, "it is not asked for again");
}

/// Checklist 5, 91. Both are asked for in one go, after every login.
#[test]
fn both_channels_return_after_a_loss() {
    let market = market_at_first(after(300, MidSessionAct::Unauthorized));
    let mut line = Listener::to(&market, options());
    line.follow(NAME, START);
    line.quote("SPY");
    line.until("the series after the loss", |seen| {
        seen.stats.connections == 2 && seen.snapshots(NAME) == 2 && seen.events.len() >= 2
    });
}

/// Checklist 70. The market notes whatever else a live item carries.
#[test]
fn the_market_serves_both_channels() {
    let market = Harness::new();
    let mut line = Listener::to(&market, once());
    line.follow(NAME, START);
    line.subscribe(EventType::Candle, &[NAME]);
    line.heard(EventType::Candle, NAME);
    line.until("the snapshot", |seen| seen.snapshots(NAME) == 1);
    assert_eq!(
        line.bars(NAME).last().map(|bar| bar.time),
        line.newest(EventType::Candle, NAME)
            .map(|event| match event {
                Event::Candle(bar) => bar.time,
                other => panic!("{other:?}"),
            })
    );
    line.unfollow(NAME);
    line.quote("SPY");
}
