//! Limits of a session: how many subscriptions, how fast, how large a message (dxlink-protocol §14).

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use dxlink::{Event, EventType, Notice, Pacing, SeriesFailure, SeriesNews, Subscription, limits};
use market::{Counter, StreamFaults};
use serde_json::json;

use crate::document::{reason, warnings};
use crate::feed::{Listener, once, options};
use crate::harness::Harness;
use crate::scripted_server::{
    Say, ScriptedServer, data, error, kind, pause, polite, say, setup, state,
};
use crate::stream_handshake::market;

/// Where series begin, milliseconds.
const START: i64 = 1_666_600_000_000;

fn limited() -> Harness {
    market(StreamFaults {
        subscription_limit: Some(2),
        ..StreamFaults::default()
    })
    .expecting_violations()
}

/// dxlink-protocol §17: 73.
#[test]
fn too_many_subscriptions_are_reported_and_the_others_go_on() {
    let market = limited();
    let mut line = Listener::to(&market, options());
    line.subscribe(EventType::Quote, &["SPY", "QQQ", "AAPL", "IWM"]);
    line.heard(EventType::Quote, "SPY");
    line.heard(EventType::Quote, "QQQ");
    line.until("the complaint", |seen| !seen.complaints().is_empty());
    let told = ("BAD_ACTION", "Your subscription size is too big");
    assert_eq!(line.complaints(), [(told.0.to_owned(), told.1.to_owned())]);
    // The market takes items in the order in which they stand, and silence is all that tells the others apart.
    let refused = ["AAPL", "IWM"].map(|symbol| (EventType::Quote, symbol.to_owned()));
    assert!(refused.iter().all(|item| line.suspects().contains(item)));
    line.listen(Duration::from_millis(300));
    assert_eq!(line.lost(), [""; 0]);
    // SETUP, AUTH, CHANNEL_REQUEST, FEED_SETUP and one subscription: nothing is tried again.
    assert_eq!(market.record().count(Counter::FramesReceived), 5);
    let rules: BTreeSet<&str> = market.record().violations.iter().map(|v| v.rule).collect();
    assert_eq!(rules, BTreeSet::from(["too-many-subscriptions"]));
}

/// dxlink-protocol §17: 73. The limit's own words reach the user, and so does what it may have cost.
#[test]
fn the_program_tells_of_a_limit_and_of_what_it_cost() {
    let market = limited();
    let document = market
        .volq("quote SPY --provider dxlink --fields +name --listen 1500ms --json")
        .json();
    let told = warnings(&document, "stream_complaint");
    assert!(
        told[0].contains("Your subscription size is too big"),
        "{told:?}"
    );
    // Quote and Trade are told first, so they are the two that the market took.
    assert!(document["rows"][0]["bid"].is_number());
    assert!(document["rows"][0]["last"].is_number());
    assert_eq!(reason(&document, "SPY", "prev_close"), "refused_by_limit");
    assert_eq!(reason(&document, "SPY", "name"), "refused_by_limit");
}

/// dxlink-protocol §17: 73. What a complaint cannot be about is not laid at its door.
#[test]
fn a_complaint_about_one_type_concerns_that_type_alone() {
    let words = "Your subscription size for event type 'Candle' is too big";
    let server = ScriptedServer::polite_but("FEED_SUBSCRIPTION", move |_, message| {
        let is_last = message["add"].to_string().contains("LAST");
        let told = if is_last {
            Some(error(1, "BAD_ACTION", words))
        } else {
            None
        };
        told.into_iter().collect()
    });
    let mut line = Listener::to_scripted_server(&server, once());
    line.subscribe(EventType::Quote, &["SPY"]);
    line.subscribe(EventType::Candle, &["SPY{=d}", "LAST"]);
    line.until("the complaint", |seen| !seen.complaints().is_empty());
    let suspects: BTreeSet<_> = line.suspects().into_iter().collect();
    let candles = ["LAST", "SPY{=d}"].map(|symbol| (EventType::Candle, symbol.to_owned()));
    assert_eq!(suspects, BTreeSet::from(candles));
}

/// dxlink-protocol §17: 73. What is known to be too much is never sent, and the less important goes without.
#[test]
fn a_session_is_never_asked_for_more_than_it_holds() {
    let server = ScriptedServer::polite_but("FEED_SUBSCRIPTION", |_, _| Vec::new());
    let line = Listener::to_scripted_server(&server, once());
    let symbols = limits::LIVE / 2 + 1;
    let items: Vec<_> = (0..symbols)
        .map(|number| format!("S{number}"))
        .flat_map(|symbol| {
            [EventType::Profile, EventType::Quote].map(|kind| Subscription::new(kind, &symbol))
        })
        .collect();
    let last = items[items.len() - 2].clone();
    let before_last = items[items.len() - 4].clone();
    assert_eq!(
        line.try_subscribe(items),
        [before_last.clone(), last.clone()]
    );
    line.subscribe(EventType::Quote, &["S0"]);
    line.unsubscribe(EventType::Quote, &["S1"]);
    assert_eq!(line.try_subscribe(vec![before_last, last.clone()]), [last]);
}

/// dxlink-protocol §17: 73. The user is told, and so is the reason of what is missing.
#[test]
fn the_program_asks_for_no_more_than_a_session_holds() {
    let market = Harness::new();
    let letters = || "ABCDEFGHIJKLMNOPQRSTUVWXYZ".chars();
    let names = letters()
        .flat_map(|a| letters().flat_map(move |b| letters().map(move |c| format!("Q{a}{b}{c}"))));
    // Each has a Quote, a Trade, a Summary and a Profile.
    let names: Vec<String> = names.take(limits::LIVE / 4 + 1).collect();
    market.write("many.txt", &names.join("\n"));
    let document = market
        .volq("quote --file many.txt --fields bid,last,prev_close,name --provider dxlink --listen 1s --json")
        .json();
    let told = "a stream session holds 24920 subscriptions; 4 more (Profile) were left out";
    assert_eq!(warnings(&document, "subscription_limit")[0], told);
    let last = names.last().unwrap();
    assert_eq!(reason(&document, last, "name"), "refused_by_limit");
    assert_ne!(reason(&document, last, "bid"), "refused_by_limit");
}

/// dxlink-protocol §17: 73. A series that was refused is not waited for, and a whole one is no suspect.
#[test]
fn a_series_too_many_fails_with_the_words_of_the_server() {
    let market = market(StreamFaults {
        candle_limit: Some(1),
        ..StreamFaults::default()
    })
    .expecting_violations();
    let mut line = Listener::to(&market, once());
    line.quote("SPY");
    line.follow("SPY{=d}", START);
    line.until("the first series", |seen| seen.snapshots("SPY{=d}") == 1);
    line.follow("QQQ{=d}", START);
    let words = "Your subscription size for event type 'Candle' is too big";
    let reason = words.to_owned();
    let failure = line.series_failure("QQQ{=d}");
    assert_eq!(failure, SeriesFailure::Limited { reason });
    line.quote("QQQ");
    let failures = line.news("SPY{=d}").into_iter();
    let failures = failures.filter(|news| matches!(news, SeriesNews::Failed(_)));
    assert_eq!(failures.count(), 0);
    assert_eq!(line.suspects(), []);
}

/// dxlink-protocol §17: 72. Pause, then everything again, more slowly; what else goes on goes on.
#[test]
fn too_high_a_rate_is_followed_by_a_pause_and_the_whole_set() {
    const PAUSE: Duration = Duration::from_secs(2);
    let refused_at: Arc<Mutex<Option<Instant>>> = Arc::default();
    let calm: Arc<Mutex<Option<Duration>>> = Arc::default();
    let (first, after) = (Arc::clone(&refused_at), Arc::clone(&calm));
    let told = AtomicUsize::new(0);
    let server = ScriptedServer::new(move |_, message| match kind(message) {
        "SETUP" => vec![setup(3.0), state("AUTHORIZED")],
        "FEED_SUBSCRIPTION" => match told.fetch_add(1, Ordering::SeqCst) {
            // All of the burst is refused, and a quote comes nevertheless.
            1 | 2 => {
                first.lock().unwrap().get_or_insert_with(Instant::now);
                let row = json!(["Quote", ["Quote", "FIRST", 7, 8]]);
                let alive = say(&json!({"type": "KEEPALIVE", "channel": 0}));
                let words = "Your subscription rate is too high";
                vec![
                    error(1, "BAD_ACTION", words),
                    data(message, &row),
                    pause(1000),
                    alive.clone(),
                    pause(1000),
                    alive,
                ]
            }
            number => {
                if number == 3 {
                    *after.lock().unwrap() = first.lock().unwrap().map(|at| at.elapsed());
                }
                polite(message)
            }
        },
        _ => polite(message),
    });
    let mut hasty = once();
    hasty.pacing = Pacing {
        changes: 300,
        window: Duration::from_millis(500),
        first_pause: PAUSE,
        longest_pause: PAUSE,
    };
    let mut line = Listener::to_scripted_server(&server, hasty);
    line.quote("FIRST");
    let names: Vec<String> = (0..280).map(|number| format!("S{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    line.subscribe(EventType::Quote, &names);
    for name in &names {
        line.heard(EventType::Quote, name);
    }
    let rate = (
        "BAD_ACTION".to_owned(),
        "Your subscription rate is too high".to_owned(),
    );
    assert_eq!(line.complaints(), [rate.clone(), rate]);
    assert!(calm.lock().unwrap().unwrap() >= PAUSE);
    let went_on = line
        .events
        .iter()
        .any(|change| matches!(&change.event, Event::Quote(quote) if quote.bid_price.0 == 7.0));
    assert!(went_on, "data goes on");
    assert!(
        server.kinds(1).contains(&"KEEPALIVE".to_owned()),
        "so did keepalives"
    );
    let messages = server.all("FEED_SUBSCRIPTION");
    let again = messages
        .iter()
        .skip(3)
        .map(|message| message["add"].as_array().unwrap().len());
    assert!(again.max().unwrap() <= 13, "a twelfth of half the rate");
    assert!(
        messages
            .iter()
            .skip(1)
            .all(|message| message["reset"].is_null())
    );
    assert_eq!(line.stats.connections, 1);
    assert_eq!(line.lost(), [""; 0]);
}

/// dxlink-protocol §17: 89. A message that was too large is not sent again as it was.
#[test]
fn a_server_that_finds_messages_too_large_gets_smaller_ones() {
    const CAP: usize = 2_200;
    let server = ScriptedServer::polite_but("FEED_SUBSCRIPTION", |_, message| {
        if message.to_string().len() > CAP {
            return vec![Say::Close(1009, "frame too large".to_owned())];
        }
        polite(message)
    });
    let mut line = Listener::to_scripted_server(&server, options());
    let names: Vec<String> = (0..400)
        .map(|number| format!(".SPXW261218P{number}"))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    line.subscribe(EventType::Quote, &names);
    for name in &names {
        line.heard(EventType::Quote, name);
    }
    let told = "the server closed the connection (code 1009, frame too large)";
    assert_eq!(line.lost(), [told; 2], "8, 4 and 2 KiB");
    let pauses = line.notices.iter().filter_map(|notice| match notice {
        Notice::Reconnecting(pause) => Some(*pause),
        _ => None,
    });
    assert!(
        pauses
            .into_iter()
            .all(|pause| pause >= Duration::from_millis(50))
    );
}

/// dxlink-protocol §17: 61. What does not fit into a minute follows later, and the reader knows what waits.
#[test]
fn what_has_to_wait_is_named_and_follows() {
    let server = ScriptedServer::new(|_, message| polite(message));
    let mut rationed = once();
    rationed.pacing = Pacing {
        changes: 2,
        window: Duration::from_millis(300),
        ..Pacing::default()
    };
    let mut line = Listener::to_scripted_server(&server, rationed);
    line.subscribe(EventType::Quote, &["A", "B", "C", "D", "E"]);
    line.heard(EventType::Quote, "E");
    let waiting: Vec<Vec<String>> = line
        .notices
        .iter()
        .filter_map(|notice| match notice {
            Notice::Rationed { waiting } => {
                Some(waiting.iter().map(|item| item.symbol.to_string()).collect())
            }
            _ => None,
        })
        .collect();
    assert_eq!(waiting, [["C", "D", "E"]]);
    assert_eq!(server.all("FEED_SUBSCRIPTION").len(), 3);
}

/// dxlink-protocol §17: 61. A ration that ends with nothing left to tell holds up nothing else.
#[test]
fn data_goes_on_after_a_ration_that_nobody_needs_any_more() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let server = ScriptedServer::new(move |_, message| match kind(message) {
        // Something to hear again and again, long after the ration is over.
        "FEED_SUBSCRIPTION" if count.fetch_add(1, Ordering::SeqCst) == 0 => {
            let mut said = polite(message);
            for _ in 0..20 {
                said.push(pause(100));
                said.extend(polite(message));
            }
            said
        }
        _ => polite(message),
    });
    let mut rationed = once();
    rationed.pacing = Pacing {
        changes: 2,
        window: Duration::from_millis(500),
        ..Pacing::default()
    };
    let mut line = Listener::to_scripted_server(&server, rationed);
    line.subscribe(EventType::Quote, &["A", "B", "C"]);
    line.heard(EventType::Quote, "B");
    line.unsubscribe(EventType::Quote, &["C"]);
    let early = line.stats.events;
    line.until("data from after the ration", |seen| {
        seen.stats.events > early + 20
    });
    assert_eq!(asked.load(Ordering::SeqCst), 1, "C is not told any more");
}

/// dxlink-protocol §17: 67. To take everything back is nothing that has to wait for its turn.
#[test]
fn a_reset_does_not_wait_for_its_turn() {
    let server = ScriptedServer::new(|_, message| polite(message));
    let mut rationed = once();
    rationed.pacing.changes = 2;
    let mut line = Listener::to_scripted_server(&server, rationed);
    line.subscribe(EventType::Quote, &["A", "B", "C"]);
    line.heard(EventType::Quote, "B");
    line.reset();
    server.until("the reset, long before the minute is over", |heard| {
        let resets = heard.iter().filter(|heard| heard.message["reset"] == true);
        resets.count() == 2
    });
    let last = server.all("FEED_SUBSCRIPTION").pop().unwrap();
    assert!(last["add"].is_null(), "{last}");
}
