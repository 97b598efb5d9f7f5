//! What scripts do to frames, messages and the connection.

use futures_util::SinkExt;
use serde_json::json;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;

use super::*;
use crate::script::{CloseFault, Junk, MidSession, MidSessionAct};

#[tokio::test(start_paused = true)]
async fn a_silent_server_says_nothing_at_all() {
    let faults = StreamFaults {
        silent: true,
        ..StreamFaults::default()
    };
    let mut raw = Raw::at(Stage::Fresh, faults).await;
    raw.send(SETUP).await;
    for _ in 0..20 {
        assert!(raw.frame().await.is_none());
    }
}

#[tokio::test(start_paused = true)]
async fn messages_can_be_late_or_never_come() {
    let faults = StreamFaults {
        delay_ms: [
            ("AUTH_STATE".to_owned(), 3_000),
            ("AUTHORIZED".to_owned(), 700),
        ]
        .into(),
        withhold: vec!["CHANNEL_OPENED".to_owned()],
        ..StreamFaults::default()
    };
    let mut raw = Raw::at(Stage::Fresh, faults).await;
    let began = Instant::now();
    raw.send(SETUP).await;
    raw.expect("SETUP").await;
    assert_eq!(began.elapsed().as_millis(), 0);
    raw.expect("AUTH_STATE").await;
    assert_eq!(began.elapsed().as_millis(), 3_000);
    raw.send(&raw.auth()).await;
    raw.expect("AUTH_STATE").await;
    assert_eq!(began.elapsed().as_millis(), 3_700);
    raw.send(REQUEST).await;
    assert!(raw.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_token_need_not_be_asked_for() {
    let faults = StreamFaults {
        no_auth: true,
        ..StreamFaults::default()
    };
    let mut raw = Raw::at(Stage::Fresh, faults).await;
    raw.send(SETUP).await;
    raw.expect("SETUP").await;
    assert_eq!(raw.expect("AUTH_STATE").await["state"], "AUTHORIZED");
    raw.send(REQUEST).await;
    raw.expect("CHANNEL_OPENED").await;
}

#[tokio::test(start_paused = true)]
async fn the_servers_setup_is_scripted() {
    let faults = |keepalive, omit_timeouts| StreamFaults {
        keepalive_timeout: keepalive,
        omit_timeouts,
        ..StreamFaults::default()
    };
    for (faults, expected) in [
        (faults(Some(0.0), false), json!(0.0)),
        (faults(Some(2.5), false), json!(2.5)),
        (faults(None, true), Value::Null),
    ] {
        let mut raw = Raw::at(Stage::Fresh, faults).await;
        raw.send(SETUP).await;
        assert_eq!(raw.expect("SETUP").await["keepaliveTimeout"], expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_short_keepalive_binds_both_sides() {
    let faults = StreamFaults {
        keepalive_timeout: Some(3.0),
        ..StreamFaults::default()
    };
    let mut raw = Raw::at(Stage::LoggedIn, faults).await;
    raw.expect("KEEPALIVE").await;
    assert_eq!(raw.ending().await, Some((1000, "Bye".to_owned())));
    assert_eq!(raw.rules().await, ["keepalive-late"]);
}

#[tokio::test(start_paused = true)]
async fn a_server_can_forget_its_keepalives() {
    let faults = StreamFaults {
        withhold: vec!["KEEPALIVE".to_owned()],
        ..StreamFaults::default()
    };
    let mut raw = Raw::at(Stage::LoggedIn, faults).await;
    for _ in 0..10 {
        assert!(raw.next().await.is_none());
        raw.send(r#"{"type":"KEEPALIVE","channel":0}"#).await;
    }
}

#[tokio::test(start_paused = true)]
async fn connections_end_as_scripted() {
    for (code, reason) in [
        (1000, "Bye"),
        (1009, ""),
        (1012, "Reconnection is required"),
    ] {
        let close = CloseFault {
            after_frames: 1,
            code,
            reason: reason.to_owned(),
            abrupt: false,
        };
        let mut raw = Raw::at(Stage::Fresh, ending(close)).await;
        raw.send(SETUP).await;
        raw.expect("SETUP").await;
        assert_eq!(raw.ending().await, Some((code, reason.to_owned())));
    }
}

#[tokio::test(start_paused = true)]
async fn connections_drop_without_a_close_frame() {
    let close = CloseFault {
        after_frames: 3,
        code: 1000,
        reason: String::new(),
        abrupt: true,
    };
    let mut raw = Raw::at(Stage::LoggedIn, ending(close)).await;
    assert_eq!(raw.ending().await, None);
}

fn ending(close: CloseFault) -> StreamFaults {
    StreamFaults {
        close: Some(close),
        ..StreamFaults::default()
    }
}

#[tokio::test(start_paused = true)]
async fn silence_can_be_kept_by_symbol_by_type_by_share_or_by_all() {
    let silent = [
        StreamFaults {
            silent_symbols: vec!["SPY".to_owned()],
            ..StreamFaults::default()
        },
        StreamFaults {
            silent_types: vec!["Quote".to_owned()],
            ..StreamFaults::default()
        },
        StreamFaults {
            silent_share: 1.0,
            ..StreamFaults::default()
        },
        StreamFaults {
            no_events: true,
            ..StreamFaults::default()
        },
    ];
    for faults in silent {
        let mut raw = Raw::at(Stage::Open, faults.clone()).await;
        raw.subscribe(SPY_QUOTE).await;
        raw.expect("FEED_CONFIG").await;
        assert!(raw.next().await.is_none(), "{faults:?}");
    }
}

/// Silence by place in the market's list takes a symbol with its candles and options, and no other.
#[tokio::test(start_paused = true)]
async fn one_symbol_in_so_many_is_silent() {
    let market = Market::new(7, "2026-11-20T16:00:00Z".parse().unwrap());
    let every = market.symbols().position(|symbol| symbol == "SPY").unwrap() + 1;
    let faults = StreamFaults {
        silent_one_in: Some(every as u64),
        ..StreamFaults::default()
    };
    for (kind, symbol, is_silent) in [
        ("Quote", "SPY", true),
        ("Quote", ".SPY261218C680", true),
        ("Candle", "SPY{=d}", true),
        ("Quote", "QQQ", false),
        ("Quote", ".QQQ261218C600", false),
        ("Candle", "QQQ{=d}", false),
    ] {
        let mut raw = Raw::at(Stage::Open, faults.clone()).await;
        let mut item = json!({"type": kind, "symbol": symbol});
        if kind == "Candle" {
            item["fromTime"] = json!(1_750_000_000_000_i64);
        }
        raw.subscribe(&item.to_string()).await;
        raw.expect("FEED_CONFIG").await;
        assert_eq!(raw.next().await.is_none(), is_silent, "{kind} {symbol}");
    }
}

#[tokio::test(start_paused = true)]
async fn jitter_delays_messages() {
    let faults = StreamFaults {
        frame_jitter_ms: 4_000,
        seed: 3,
        ..StreamFaults::default()
    };
    let mut raw = Raw::at(Stage::Fresh, faults).await;
    let began = Instant::now();
    raw.send(SETUP).await;
    raw.expect("SETUP").await;
    let waited = began.elapsed();
    assert!(waited > Duration::ZERO && waited <= Duration::from_secs(4));
}

#[tokio::test(start_paused = true)]
async fn pings_and_fragments_surround_messages() {
    let faults = StreamFaults {
        ping_frames: true,
        fragments: true,
        ..StreamFaults::default()
    };
    let mut raw = Raw::at(Stage::Fresh, faults).await;
    raw.send(SETUP).await;
    for kind in ["SETUP", "AUTH_STATE"] {
        let ping = raw.frame().await.flatten().unwrap();
        assert!(matches!(ping, Message::Ping(_)));
        raw.expect(kind).await;
    }
}

#[test]
fn a_text_is_cut_into_three_fragments() {
    for text in ["{\"type\":\"KEEPALIVE\",\"channel\":0}", "ab"] {
        let frames = crate::stream::connection::fragments(text.as_bytes());
        let bytes: Vec<u8> = frames
            .iter()
            .flat_map(|frame| match frame {
                Message::Frame(frame) => frame.payload().to_vec(),
                other => panic!("{other}"),
            })
            .collect();
        assert_eq!(bytes, text.as_bytes());
        let last = frames.len() - 1;
        for (at, frame) in frames.iter().enumerate() {
            let Message::Frame(frame) = frame else {
                continue;
            };
            assert_eq!(frame.header().is_final, at == last);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn junk_comes_before_the_first_data() {
    let faults = StreamFaults {
        junk: vec![
            Junk::UnknownType,
            Junk::UnknownChannel,
            Junk::TruncatedJson,
            Junk::JsonArray,
            Junk::MissingType,
            Junk::MissingChannel,
            Junk::BareNan,
            Junk::Binary,
        ],
        ..StreamFaults::default()
    };
    let mut raw = Raw::at(Stage::Open, faults).await;
    raw.subscribe(SPY_QUOTE).await;
    raw.expect("FEED_CONFIG").await;
    let mut seen = Vec::new();
    for _ in 0..8 {
        seen.push(match raw.frame().await.flatten().unwrap() {
            Message::Text(text) => match serde_json::from_str::<Value>(&text) {
                Ok(Value::Array(_)) => "array".to_owned(),
                Ok(value) => format!("{} {}", value["type"], value["channel"]),
                Err(_) => "no JSON".to_owned(),
            },
            Message::Binary(_) => "binary".to_owned(),
            other => panic!("{other}"),
        });
    }
    assert_eq!(
        seen,
        [
            r#""WEATHER" 0"#,
            r#""FEED_DATA" 9999"#,
            "no JSON",
            "array",
            "null 1",
            r#""KEEPALIVE" null"#,
            "no JSON",
            "binary",
        ]
    );
    raw.expect("FEED_DATA").await;
}

#[tokio::test(start_paused = true)]
async fn broken_pairs_stand_beside_good_ones() {
    let faults = StreamFaults {
        junk: vec![Junk::RowLength, Junk::UnknownTag],
        ..StreamFaults::default()
    };
    let mut raw = Raw::at(Stage::Open, faults).await;
    raw.subscribe(SPY_QUOTE).await;
    let data = raw.skip_to("FEED_DATA").await["data"].clone();
    assert_eq!(
        (&data[0], &data[2], &data[4]),
        (&json!("Quote"), &json!("Quote"), &json!("Mystery"))
    );
    assert_eq!(data[1].as_array().unwrap().len(), 4);
    assert_eq!(data[3].as_array().unwrap().len(), 5);
    let next = raw.expect("FEED_DATA").await;
    assert_eq!(next["data"].as_array().unwrap().len(), 2, "once only");
}

#[tokio::test(start_paused = true)]
async fn one_pair_per_message() {
    let faults = StreamFaults {
        one_pair_per_message: true,
        ..StreamFaults::default()
    };
    let mut raw = Raw::at(Stage::Open, faults).await;
    raw.subscribe(&format!("{SPY_QUOTE},{SPY_TRADE}")).await;
    for kind in ["Quote", "Trade"] {
        let data = raw.skip_to("FEED_DATA").await["data"].clone();
        assert_eq!(
            (data.as_array().unwrap().len(), &data[0]),
            (2, &json!(kind))
        );
    }
}

#[tokio::test(start_paused = true)]
async fn channels_can_be_refused() {
    let faults = StreamFaults {
        refuse_channels: true,
        ..StreamFaults::default()
    };
    let mut raw = Raw::at(Stage::LoggedIn, faults).await;
    raw.send(REQUEST).await;
    raw.send(FEED_SETUP).await;
    let error = raw.expect("ERROR").await;
    assert_eq!(
        (&error["channel"], &error["error"]),
        (&json!(1), &json!("BAD_ACTION"))
    );
    assert!(raw.next().await.is_none());
    assert!(
        raw.rules().await.is_empty(),
        "what was on its way is no violation"
    );
}

async fn after_a_second(act: MidSessionAct) -> Raw {
    let faults = StreamFaults {
        mid_session: vec![MidSession {
            after_ms: 1_000,
            act,
        }],
        ..StreamFaults::default()
    };
    let mut raw = Raw::at(Stage::Open, faults).await;
    raw.subscribe(SPY_QUOTE).await;
    raw.skip_to("FEED_DATA").await;
    raw
}

#[tokio::test(start_paused = true)]
async fn a_token_that_ends_kills_the_channels() {
    let mut raw = after_a_second(MidSessionAct::Unauthorized).await;
    assert_eq!(raw.skip_to("AUTH_STATE").await["state"], "UNAUTHORIZED");
    raw.send(&add(SPY_TRADE)).await;
    assert!(raw.next().await.is_none());
    raw.send(&raw.auth()).await;
    assert_eq!(raw.expect("AUTH_STATE").await["state"], "AUTHORIZED");
    assert!(raw.rules().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn greetings_are_repeated_while_data_flows() {
    let mut raw = after_a_second(MidSessionAct::Authorized).await;
    assert_eq!(raw.skip_to("AUTH_STATE").await["state"], "AUTHORIZED");
    raw.expect("FEED_DATA").await;
    let mut raw = after_a_second(MidSessionAct::Setup).await;
    assert_eq!(raw.skip_to("SETUP").await["keepaliveTimeout"], 60);
    raw.expect("FEED_DATA").await;
}

#[tokio::test(start_paused = true)]
async fn channels_are_closed_or_troubled_by_the_server() {
    let mut raw = after_a_second(MidSessionAct::ChannelErrors).await;
    assert_eq!(raw.skip_to("ERROR").await["channel"], 1);
    raw.expect("FEED_DATA").await;
    let mut raw = after_a_second(MidSessionAct::CloseChannels).await;
    raw.skip_to("CHANNEL_CLOSED").await;
    raw.send(&add(SPY_TRADE)).await;
    assert!(raw.next().await.is_none());
    assert!(
        raw.rules().await.is_empty(),
        "what was on its way is no violation"
    );
}

#[tokio::test(start_paused = true)]
async fn a_frozen_server_keeps_the_socket_open() {
    for act in [MidSessionAct::Silence, MidSessionAct::Deafen] {
        let mut raw = after_a_second(act).await;
        while raw.next().await.is_some() {}
        tokio::time::sleep(Duration::from_mins(10)).await;
        raw.socket
            .send(Message::Ping(vec![1].into()))
            .await
            .unwrap();
        let pong = raw.frame().await;
        assert_eq!(pong.is_some(), act == MidSessionAct::Silence, "{act:?}");
    }
}
