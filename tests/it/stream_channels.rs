//! The feed channel: asked for, refused, lost, and messages about channels that are not ours (dxlink-protocol §6).

use serde_json::json;
use volq::dxlink::{EventType, Notice};
use volq::sim::{Counter, Junk, MidSession, MidSessionAct, StreamFaults};

use crate::feed::{Listener, impatient, once, options};
use crate::puppet::{Puppet, data, error, pause, polite, say};
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

/// dxlink-protocol §17: 30, 34. The market notes even and reused ids.
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

/// dxlink-protocol §17: 30, 34.
#[test]
fn a_server_that_closes_every_channel_is_not_asked_for_ever() {
    let puppet = Puppet::polite_but("FEED_SUBSCRIPTION", |_, message| {
        vec![say(
            &json!({"type": "CHANNEL_CLOSED", "channel": message["channel"]}),
        )]
    });
    let mut options = options();
    options.reconnects = 2;
    let mut line = Listener::to_puppet(&puppet, options);
    line.subscribe(EventType::Quote, &["SPY"]);
    assert_eq!(line.failure(), "the server closed the channel");
    assert_eq!(line.lost().len(), 3);
    let ids: Vec<u64> = puppet
        .all("CHANNEL_REQUEST")
        .iter()
        .map(|request| request["channel"].as_u64().unwrap())
        .collect();
    assert_eq!(ids, [1, 3, 1, 3, 1, 3]);
}

/// dxlink-protocol §17: 31.
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

/// dxlink-protocol §17: 32.
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

/// dxlink-protocol §17: 33.
#[test]
fn late_messages_for_a_closed_channel_disturb_nothing() {
    let puppet = Puppet::polite_but("FEED_SUBSCRIPTION", |_, message| {
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
    let mut line = Listener::to_puppet(&puppet, once());
    line.quote("SPY");
    line.until("the second channel's data", |seen| seen.events.len() >= 2);
    line.quote("QQQ");
    let bids: Vec<_> = line
        .events
        .iter()
        .map(|change| match &change.event {
            volq::dxlink::Event::Quote(quote) => quote.bid_price.0,
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

/// dxlink-protocol §17: 35.
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

/// dxlink-protocol §17: 36.
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

/// dxlink-protocol §17: 36. Codes that nobody knows are told as they are.
#[test]
fn an_unknown_error_code_is_told_as_it_is() {
    let puppet = Puppet::polite_but("FEED_SETUP", |_, message| {
        let mut line = polite(message);
        line.extend([error(1, "unknown_channel", "what \"channel\"?"), pause(1)]);
        line
    });
    let mut line = Listener::to_puppet(&puppet, once());
    line.quote("SPY");
    assert_eq!(
        line.complaints(),
        [("unknown_channel".to_owned(), "what \"channel\"?".to_owned())]
    );
}
