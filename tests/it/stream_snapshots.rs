//! Series of bars: snapshots however they arrive, updates, losses, and names.
//!
//! See `docs/reference/dxlink-protocol.md`, "7.4 FEED_SUBSCRIPTION", "10. Indexed events, snapshots, eventFlags", "11.
//! Candle symbols" and "15. Reconnection".
//!
//! The market bends its snapshots by script on the first connection; what is right is asked of it on a second one. What
//! the client says is looked at by a server.

use std::time::Duration;

use dxlink::{Candle, EventType, SeriesFailure, SeriesNews};
use market::Counter;
use serde_json::{Value, json};

use crate::feed::{Listener, once, options};
use crate::harness::Harness;
use crate::scripted_server::{Say, ScriptedServer, data, kind, polite, say};

const SPY: &str = "SPY{=d}";
/// 24 October 2022, 08:26:40 UTC: between two bars.
const START: i64 = 1_666_600_000_000;
const DAY_MS: i64 = 86_400_000;

const BEGIN: i64 = 0x04;
const END: i64 = 0x08;
const END_ON_REMOVED: i64 = 0x0a;

/// A market whose first connection sends the snapshots of SPY under a rule.
fn bent(rule: &Value) -> Harness {
    let mut rule = rule.clone();
    rule["symbols"] = json!(["SPY"]);
    with_faults(&json!({"snapshots": [rule]}))
}

/// A market whose first connection has faults.
fn with_faults(faults: &Value) -> Harness {
    let script = json!({"stream": [{"connection": 1, "faults": faults}]});
    Harness::scripted(&script.to_string())
}

/// The bars that the market has for a symbol, from a connection without faults.
fn truth(market: &Harness, symbol: &str) -> Vec<Candle> {
    let mut line = Listener::to(market, once());
    line.follow(symbol, START);
    line.until("the true bars", |seen| seen.snapshots(symbol) == 1);
    line.close();
    let bars = line.bars(symbol);
    assert!(bars.len() > 300, "{} bars", bars.len());
    bars
}

/// Follows SPY on the market's first connection until a snapshot is there.
fn snapshot(market: &Harness) -> Listener<'_> {
    let mut line = Listener::to(market, options());
    line.follow(SPY, START);
    line.until("the snapshot", |seen| seen.snapshots(SPY) == 1);
    line
}

/// Checklist 75, 84.
#[test]
fn after_one_snapshot_the_live_bar_is_replaced_and_new_bars_are_appended() {
    let then = [
        json!({"after-ms": 50, "act": "live-bar"}),
        json!({"after-ms": 50, "act": "new-bar"}),
        json!({"after-ms": 50, "act": "live-bar"}),
    ];
    let market = bent(&json!({"then": then}));
    let mut line = snapshot(&market);
    let bars = truth(&market, SPY);
    line.until("the last update", |seen| {
        let volume = seen.bars(SPY).last().unwrap().volume.0;
        seen.bars(SPY).len() == bars.len() + 1 && volume > 100.0
    });
    let (newest, older) = bars.split_last().unwrap();
    let held = line.bars(SPY);
    assert_eq!(held[..older.len()], *older);
    assert_eq!(held[older.len()].close, newest.high);
    assert_eq!(held[bars.len()].time.0, newest.time.0 + DAY_MS);
    assert!(held.windows(2).all(|two| two[0].time < two[1].time));
    assert_eq!(line.snapshots(SPY), 1);
}

/// Checklist 76.
#[test]
fn an_empty_snapshot_is_told_as_such() {
    let market = bent(&json!({"shape": "empty"}));
    let line = snapshot(&market);
    let empty = SeriesNews::Snapshot {
        bars: Vec::new(),
        truncated: false,
    };
    assert_eq!(line.news(SPY), [&empty]);
}

/// Checklist 77. There is no bar at the start, so the market ends with a removed row without values.
#[test]
fn an_end_without_a_bar_is_an_end_and_no_bar() {
    let market = Harness::new();
    let line = snapshot(&market);
    for bar in line.bars(SPY) {
        assert!(
            bar.time.0 > START && bar.close.available().is_some(),
            "{bar:?}"
        );
    }
}

/// Checklist 78.
#[test]
fn a_snipped_snapshot_says_that_it_was_cut() {
    let market = with_faults(&json!({"snapshot-limit": 10}));
    let line = snapshot(&market);
    let bars = truth(&market, SPY);
    let cut = SeriesNews::Snapshot {
        bars: bars[bars.len() - 10..].to_vec(),
        truncated: true,
    };
    assert_eq!(line.news(SPY), [&cut]);
}

/// Checklist 79, 80, 81.
#[test]
fn whatever_goes_before_the_end_the_true_bars_come_out() {
    for rule in [
        json!({"shape": "begun-twice"}),
        json!({"shape": "end-pending"}),
        json!({"shape": "begun-twice", "rows-per-message": 7}),
        json!({"then": [{"act": "broken-transaction"}]}),
        json!({"then": [{"act": "snapshot"}]}),
    ] {
        let market = bent(&rule);
        let mut line = snapshot(&market);
        let bars = truth(&market, SPY);
        // Whatever follows the snapshot at once has come before what is asked for now.
        line.quote("QQQ");
        line.listen(Duration::from_millis(20));
        assert_eq!(line.bars(SPY), bars, "{rule}");
        for news in line.news(SPY) {
            let SeriesNews::Snapshot { bars: told, .. } = news else {
                panic!("{rule}: {news:?}")
            };
            assert_eq!(*told, bars, "{rule}");
        }
    }
}

/// Checklist 81.
#[test]
fn the_updates_of_a_transaction_come_together() {
    let then = [
        json!({"after-ms": 100, "act": "transaction"}),
        json!({"after-ms": 100, "act": "removal"}),
    ];
    let market = bent(&json!({"then": then}));
    let mut line = snapshot(&market);
    let bars = truth(&market, SPY);
    line.until("the removal", |seen| seen.bars(SPY).len() == bars.len() - 1);
    let held = line.bars(SPY);
    let untouched = held.len() - 2;
    assert_eq!(held[..untouched], bars[1..=untouched]);
    for (held, bar) in held[untouched..].iter().zip(&bars[untouched + 1..]) {
        assert_eq!(held.close, bar.high);
    }
    // The first of the two was sent three times too high before it was corrected.
    for news in line.news(SPY) {
        if let SeriesNews::Update { bars: told, .. } = news {
            let dearest = bars[untouched..]
                .iter()
                .map(|bar| bar.high.0)
                .fold(0.0, f64::max);
            assert!(told.iter().all(|bar| bar.close.0 <= dearest), "{told:?}");
        }
    }
}

/// Checklist 82.
#[test]
fn rows_without_a_beginning_are_updates_and_no_history() {
    let market = bent(&json!({"shape": "never-begun"}));
    let mut line = Listener::to(&market, once());
    line.follow(SPY, START);
    line.quote("QQQ");
    let bars = truth(&market, SPY);
    line.until("the updates", |seen| seen.bars(SPY).len() == bars.len());
    assert_eq!(line.bars(SPY), bars);
    assert_eq!(line.snapshots(SPY), 0);
}

/// Checklist 83. Three snapshots take turns over more than fifty messages each, with quotes between them.
#[test]
fn snapshots_that_take_turns_do_not_mix() {
    const ROWS: usize = 5;
    let rule = json!({"rows-per-message": ROWS, "pause-ms": 1});
    let market = with_faults(&json!({"snapshots": [rule]}));
    let mut line = Listener::to(&market, once());
    let symbols = [SPY, "QQQ{=d}", "AAPL{=d}"];
    for symbol in symbols {
        line.follow(symbol, START);
    }
    line.quote("IWM");
    line.until("all three", |seen| {
        symbols.iter().all(|symbol| seen.snapshots(symbol) == 1)
    });
    for symbol in symbols {
        let bars = truth(&market, symbol);
        assert!(bars.len() / ROWS > 50);
        assert_eq!(line.bars(symbol), bars, "{symbol}");
        assert_eq!(line.snapshots(symbol), 1);
    }
}

/// Checklist 85.
#[test]
fn a_snapshot_that_a_loss_cuts_short_is_asked_for_again() {
    let market = bent(&json!({"rows-per-message": 20, "cut-after-rows": 90}));
    let line = snapshot(&market);
    assert_eq!(line.stats.connections, 2);
    assert_eq!(line.bars(SPY), truth(&market, SPY));
    assert_eq!(line.news(SPY).len(), 1, "nothing of the cut one was told");
}

/// Candle rows on the channel of a message, after their field list: symbol, day, close and flags.
fn rows(message: &Value, rows: &[(&str, i64, f64, i64)]) -> Vec<Say> {
    let fields = ["eventSymbol", "eventFlags", "index", "time", "close"];
    let config = json!({
        "type": "FEED_CONFIG", "channel": message["channel"], "eventFields": {"Candle": fields},
    });
    let rows = rows.iter().flat_map(|(symbol, day, close, flags)| {
        let close = if close.is_nan() {
            json!("NaN")
        } else {
            json!(close)
        };
        let time = START + day * DAY_MS;
        [
            json!(symbol),
            json!(flags),
            json!((time / 1000) << 32),
            json!(time),
            close,
        ]
    });
    let rows: Vec<Value> = rows.collect();
    vec![say(&config), data(message, &json!(["Candle", rows]))]
}

/// A scripted server that is polite but for subscriptions of candles, for which `part` answers.
fn candle_server(
    part: impl Fn(usize, &Value) -> Vec<Say> + Send + Sync + 'static,
) -> ScriptedServer {
    ScriptedServer::new(move |connection, message| {
        let is_candle = |list: &str| message[list][0]["type"] == "Candle";
        if kind(message) == "FEED_SUBSCRIPTION" && (is_candle("add") || is_candle("remove")) {
            part(connection, message)
        } else {
            polite(message)
        }
    })
}

/// The items of all `add` or `remove` lists about candles.
fn items(server: &ScriptedServer, list: &str) -> Vec<Value> {
    let messages = server.all("FEED_SUBSCRIPTION").into_iter();
    let items = messages.flat_map(|message| message[list].as_array().cloned().unwrap_or_default());
    items.filter(|item| item["type"] == "Candle").collect()
}

fn item(symbol: &str, from: i64) -> Value {
    json!({"type": "Candle", "symbol": symbol, "fromTime": from})
}

/// Checklist 85.
#[test]
fn after_a_loss_a_series_goes_on_from_its_last_closed_bar() {
    let server = candle_server(|connection, message| {
        if connection > 1 {
            let again = [(SPY, 4, 4.0, BEGIN), (SPY, 3, 3.5, 0), (SPY, 2, 2.0, END)];
            return rows(message, &again);
        }
        let first = [(SPY, 3, 3.0, BEGIN), (SPY, 2, 2.0, 0), (SPY, 1, 1.0, END)];
        let half = [(SPY, 9, 9.0, BEGIN), (SPY, 8, 8.0, 0)];
        let mut line = rows(message, &first);
        line.extend(rows(message, &half));
        line.push(Say::Drop);
        line
    });
    let mut line = Listener::to_scripted_server(&server, options());
    line.follow(SPY, START);
    line.until("the bars after the loss", |seen| {
        seen.closes(SPY).len() == 4
    });
    assert_eq!(line.closes(SPY), [1.0, 2.0, 3.5, 4.0]);
    assert_eq!(
        items(&server, "add"),
        [item(SPY, START), item(SPY, START + 2 * DAY_MS)]
    );
    assert_eq!(line.stats.connections, 2);
}

/// Bars are not put together from before and after a split.
#[test]
fn bars_that_changed_during_a_loss_are_all_asked_for_again() {
    let server = candle_server(|connection, message| {
        let before = [
            (SPY, 3, 30.0, BEGIN),
            (SPY, 2, 20.0, 0),
            (SPY, 1, 10.0, END),
        ];
        let after = [(SPY, 3, 15.0, BEGIN), (SPY, 2, 10.0, 0), (SPY, 1, 5.0, END)];
        let from = message["add"][0]["fromTime"].as_i64();
        match (connection, from) {
            (1, _) => [rows(message, &before), vec![Say::Drop]].concat(),
            (_, Some(START)) => rows(message, &after),
            _ => rows(message, &[(SPY, 3, 15.0, BEGIN), (SPY, 2, 10.0, END)]),
        }
    });
    let mut line = Listener::to_scripted_server(&server, options());
    line.follow(SPY, START);
    line.until("the bars after the split", |seen| {
        seen.closes(SPY) == [5.0, 10.0, 15.0]
    });
    let starts = [START, START + 2 * DAY_MS, START];
    assert_eq!(items(&server, "add"), starts.map(|from| item(SPY, from)));
}

/// Checklist 86. One never ends, of one nothing ever comes, and one is well.
#[test]
fn a_snapshot_that_never_ends_is_given_up_with_a_clear_word() {
    let server = candle_server(|_, message| {
        let well = [("WELL{=d}", 1, 1.0, BEGIN | END)];
        let endless = [("ENDLESS{=d}", 2, 2.0, BEGIN), ("ENDLESS{=d}", 1, 1.0, 0)];
        let mut line = rows(message, &endless);
        line.extend(rows(message, &well));
        line
    });
    let mut line = Listener::to_scripted_server(&server, once());
    let patience = Duration::from_millis(500);
    line.follow("WELL{=d}", START);
    line.follow_for("ENDLESS{=d}", START, patience);
    line.follow_for("SILENT{=d}", START, patience);
    for symbol in ["ENDLESS{=d}", "SILENT{=d}"] {
        let failure = line.series_failure(symbol);
        assert_eq!(failure, SeriesFailure::Overdue { after: patience });
        assert_eq!(failure.to_string(), "no complete history came within 0.5 s");
        assert_eq!(line.news(symbol).len(), 1);
    }
    server.until("both removals", |_| items(&server, "remove").len() == 2);
    for symbol in ["ENDLESS{=d}", "SILENT{=d}"] {
        assert!(items(&server, "remove").contains(&item(symbol, START)));
    }
    assert_eq!(line.closes("WELL{=d}"), [1.0]);
    line.quote("SPY");
    assert_eq!(line.lost(), [""; 0]);
}

/// Checklist 86. In the market, whose notes the harness looks at.
#[test]
fn the_market_is_told_to_forget_what_it_did_not_finish() {
    let market = bent(&json!({"shape": "unfinished"}));
    let mut line = Listener::to(&market, once());
    line.follow("QQQ{=d}", START);
    line.follow_for(SPY, START, Duration::from_millis(500));
    let failure = line.series_failure(SPY);
    assert!(
        matches!(failure, SeriesFailure::Overdue { .. }),
        "{failure}"
    );
    market.until("the removal", |record| {
        record.count(Counter::SubscriptionsRemoved) == 1
    });
    line.until("the other one", |seen| seen.snapshots("QQQ{=d}") == 1);
}

/// Checklist 87.
#[test]
fn a_consumer_that_panics_takes_nothing_down_with_it() {
    let market = bent(&json!({"then": [{"after-ms": 300, "act": "new-bar"}]}));
    let mut line = Listener::to(&market, once());
    line.follow(SPY, START);
    let feed = line.feed.clone();
    let consumer = market.runtime().spawn(async move {
        let changes = feed.changes().await;
        assert!(changes.is_none(), "this is meant to panic");
    });
    let end = market.runtime().block_on(consumer);
    assert!(end.unwrap_err().is_panic());
    // A second one is gone while it waits.
    let feed = line.feed.clone();
    let waiting = market
        .runtime()
        .spawn(async move { while feed.changes().await.is_some() {} });
    waiting.abort();
    assert!(
        market
            .runtime()
            .block_on(waiting)
            .unwrap_err()
            .is_cancelled()
    );
    line.quote("QQQ");
    let bars = truth(&market, SPY);
    line.follow("QQQ{=d}", START);
    line.until("another series", |seen| seen.snapshots("QQQ{=d}") == 1);
    // Whoever comes after it can ask for everything once more.
    line.unfollow(SPY);
    line.follow(SPY, START);
    line.until("the bars and the new one", |seen| {
        seen.bars(SPY).len() == bars.len() + 1
    });
    assert_eq!(line.stats.connections, 1);
}

/// Checklist 88.
#[test]
fn data_under_the_normal_form_reaches_who_asked_in_another() {
    let market = Harness::new();
    let mut line = Listener::to(&market, once());
    for (asked, normal) in [
        ("SPY{=1d}", SPY),
        ("QQQ{tho=true,=1Day,price=last}", "QQQ{=d,tho=true}"),
    ] {
        line.follow(asked, START);
        line.until(asked, |seen| seen.snapshots(normal) == 1);
        line.unfollow(asked);
    }
}

/// Checklist 65, 69, 88.
#[test]
fn a_series_is_removed_under_the_name_and_with_the_start_it_was_added_with() {
    let server = candle_server(|_, message| rows(message, &[(SPY, 1, 1.0, BEGIN | END)]));
    let mut line = Listener::to_scripted_server(&server, once());
    // Something else keeps the channel from being given back.
    line.follow("KEPT{=d}", START);
    line.follow("SPY{=1d}", START + 123);
    line.until("the snapshot", |seen| seen.snapshots(SPY) == 1);
    line.unfollow("SPY{=DAY}");
    server.until("the removal", |_| !items(&server, "remove").is_empty());
    let added = items(&server, "add");
    assert!(
        added
            .contains(&json!({"type": "Candle", "symbol": SPY, "fromTime": 1_666_600_000_123_i64}))
    );
    assert_eq!(items(&server, "remove"), [item(SPY, START + 123)]);
}

/// Checklist 68.
#[test]
fn another_start_is_told_without_a_removal_and_its_snapshot_replaces_the_bars() {
    let server = candle_server(|_, message| {
        let recent = [(SPY, 9, 9.0, BEGIN), (SPY, 8, 8.0, END)];
        let long = [
            (SPY, 9, 9.5, BEGIN),
            (SPY, 2, 2.0, 0),
            (SPY, 1, f64::NAN, END_ON_REMOVED),
        ];
        if message["add"][0]["fromTime"] == START {
            rows(message, &long)
        } else {
            rows(message, &recent)
        }
    });
    let mut line = Listener::to_scripted_server(&server, once());
    let recent = START + 8 * DAY_MS;
    line.follow(SPY, recent);
    line.until("the recent bars", |seen| seen.closes(SPY) == [8.0, 9.0]);
    line.follow(SPY, START);
    line.until("all bars", |seen| seen.closes(SPY) == [2.0, 9.5]);
    assert_eq!(items(&server, "add"), [item(SPY, recent), item(SPY, START)]);
    assert_eq!(items(&server, "remove"), [Value::Null; 0]);

    let market = Harness::new();
    let mut line = Listener::to(&market, once());
    let bars = truth(&market, SPY);
    let from = bars[bars.len() - 20].time.0;
    line.follow(SPY, from);
    line.until("the recent bars", |seen| seen.snapshots(SPY) == 1);
    assert_eq!(line.bars(SPY), bars[bars.len() - 20..]);
    line.follow(SPY, START);
    line.until("all bars", |seen| seen.snapshots(SPY) == 2);
    assert_eq!(line.bars(SPY), bars);
}

/// Checklist 97. Nothing of a series is lost on a reader that comes late.
#[test]
fn a_slow_reader_finds_the_bars_as_they_are() {
    let server = candle_server(|_, message| {
        let first = [(SPY, 2, 2.0, BEGIN), (SPY, 1, 1.0, END)];
        let mut line = rows(message, &first);
        for day in 3..2_000 {
            line.push(rows(message, &[(SPY, day, 0.5, 0), (SPY, day, 1.0, 0)]).remove(1));
        }
        line.extend(polite(&json!({
            "type": "FEED_SUBSCRIPTION", "channel": 1, "add": [{"symbol": "LAST"}],
        })));
        line
    });
    let mut line = Listener::to_scripted_server(&server, once());
    line.subscribe(EventType::Quote, &["LAST"]);
    line.follow(SPY, START);
    line.until("the last update", |seen| seen.closes(SPY).len() == 1_999);
    assert_eq!(line.snapshots(SPY), 1);
    assert!(line.closes(SPY)[2..].iter().all(|close| *close == 1.0));
}

/// More than a hundred candle subscriptions are refused without a word which.
#[test]
fn series_load_a_few_at_a_time() {
    let server = candle_server(|_, _| Vec::new());
    let mut line = Listener::to_scripted_server(&server, once());
    let names: Vec<String> = (0..40).map(|number| format!("S{number}{{=d}}")).collect();
    for name in &names {
        line.follow_for(name, START, Duration::from_millis(300));
    }
    for name in &names {
        line.series_failure(name);
    }
    let added: Vec<String> = items(&server, "add")
        .iter()
        .map(|item| item["symbol"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(added, names, "each once, in the order of asking");
    let mut open = 0;
    for message in server.all("FEED_SUBSCRIPTION") {
        let count = |list: &str| message[list].as_array().map_or(0, Vec::len);
        open = open - count("remove") + count("add");
        assert!(open <= 18, "{open} at a time");
    }
}
