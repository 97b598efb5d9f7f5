//! Tests of the store of series.

use std::collections::HashMap;
use std::time::Duration;

use proptest::prelude::*;

use super::super::SeriesNews;
use super::*;
use crate::candle_symbol::CandleSymbol;
use crate::event::{Double, EventType, Millis};

const BEGIN: i64 = 0x04;
const END_ON_REMOVED: i64 = 0x0a;
const TIMEOUT: Duration = Duration::from_mins(1);

/// Where a bar of a day that is counted from an arbitrary one starts.
fn day(number: i64) -> Millis {
    Millis((20_000 + number) * 86_400_000)
}

fn index(time: Millis) -> i64 {
    (time.0 / 1000) << 32
}

fn row(number: i64, close: f64, flags: i64) -> Candle {
    Candle {
        event_flags: flags,
        index: index(day(number)),
        time: day(number),
        close: Double(close),
        ..Candle::default()
    }
}

fn symbol(number: u32) -> CandleSymbol {
    CandleSymbol::daily(&format!("S{number}"))
}

fn request(number: u32, from: i64) -> SeriesRequest {
    SeriesRequest {
        symbol: symbol(number),
        from: day(from),
        timeout: TIMEOUT,
    }
}

fn subscription(number: u32, from: i64) -> Subscription {
    Subscription::series(EventType::Candle, symbol(number).as_str(), day(from))
}

/// A store that can tell the server, and a moment.
fn open_store(limits: SeriesLimits) -> (SeriesStore, Instant) {
    let mut store = SeriesStore::new(limits);
    store.on_opened();
    (store, Instant::now())
}

fn few(loading: usize, requested: usize) -> SeriesLimits {
    SeriesLimits {
        loading,
        requested,
        bars: 100,
    }
}

/// Sends a snapshot of bars, the newest first as servers do, with the end on a row that is none.
fn send(store: &mut SeriesStore, number: u32, bars: &[(i64, f64)], now: Instant) {
    let newest_first = bars.iter().rev().enumerate();
    for (position, (day, close)) in newest_first {
        let flags = if position == 0 { BEGIN } else { 0 };
        store.take_row(SymbolId(number), row(*day, *close, flags), now);
    }
    let flags = END_ON_REMOVED | if bars.is_empty() { BEGIN } else { 0 };
    store.take_row(SymbolId(number), row(-1000, f64::NAN, flags), now);
}

/// Days and closes of the bars.
fn closes(bars: &[Candle]) -> Vec<(i64, f64)> {
    let closes = bars.iter().map(|bar| {
        assert_eq!(bar.event_flags, 0);
        (bar.time.0 / 86_400_000 - 20_000, bar.close.0)
    });
    closes.collect()
}

/// The only news there is.
#[track_caller]
fn news(store: &mut SeriesStore) -> SeriesNews {
    let mut changes = store.take_changes();
    assert_eq!(changes.len(), 1, "{changes:?}");
    changes.remove(0).news
}

#[track_caller]
fn snapshot(store: &mut SeriesStore) -> Vec<(i64, f64)> {
    match news(store) {
        SeriesNews::Snapshot {
            bars,
            truncated: false,
        } => closes(&bars),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_series_is_asked_for_once_the_server_can_be_told() {
    let (mut store, now) = (SeriesStore::default(), Instant::now());
    assert!(!store.is_wanted());
    store.follow(SymbolId(1), request(1, 5));
    store.follow(SymbolId(1), request(1, 5));
    assert!(store.is_wanted());
    assert_eq!(store.commands(now), []);
    store.on_opened();
    assert_eq!(
        store.commands(now),
        [SeriesCommand::Follow(subscription(1, 5))]
    );
    assert_eq!(store.commands(now), []);
    store.unfollow(SymbolId(1));
    assert!(!store.is_wanted());
    assert_eq!(
        store.commands(now),
        [SeriesCommand::Release(subscription(1, 5))]
    );
}

/// Checklist 75, 84.
#[test]
fn the_live_bar_is_replaced_and_a_new_one_appended() {
    let (mut store, now) = open_store(SeriesLimits::default());
    store.follow(SymbolId(1), request(1, 0));
    store.commands(now);
    send(&mut store, 1, &[(1, 1.0), (2, 2.0), (3, 3.0)], now);
    assert_eq!(snapshot(&mut store), [(1, 1.0), (2, 2.0), (3, 3.0)]);
    store.take_row(SymbolId(1), row(3, 3.5, 0), now);
    store.take_row(SymbolId(1), row(4, 4.0, 0), now);
    store.take_row(SymbolId(1), row(1, f64::NAN, 2), now);
    let SeriesNews::Update { bars, removed } = news(&mut store) else {
        panic!("no update")
    };
    assert_eq!(closes(&bars), [(3, 3.5), (4, 4.0)]);
    assert_eq!(removed, [index(day(1))]);
    assert!(!store.has_unread());
}

#[test]
fn a_late_reader_finds_the_bars_as_they_are() {
    let (mut store, now) = open_store(few(2, 2));
    store.follow(SymbolId(1), request(1, 0));
    store.commands(now);
    send(&mut store, 1, &[(1, 1.0)], now);
    send(&mut store, 1, &[(2, 2.0), (3, 3.0)], now);
    store.take_row(SymbolId(1), row(3, 3.5, 0), now);
    store.take_row(SymbolId(1), row(4, 4.0, 0), now);
    assert_eq!(snapshot(&mut store), [(2, 2.0), (3, 3.5), (4, 4.0)]);
    assert_eq!(store.take_changes(), []);
}

/// Checklist 97.
#[test]
fn a_reader_that_does_not_come_costs_no_more_than_the_bars() {
    let (mut store, now) = open_store(few(2, 2));
    store.follow(SymbolId(1), request(1, 0));
    store.commands(now);
    send(&mut store, 1, &[(500, 1.0)], now);
    snapshot(&mut store);
    for number in 0..10_000 {
        store.take_row(SymbolId(1), row(i64::from(number), f64::NAN, 2), now);
        store.take_row(SymbolId(1), row(500, f64::from(number), 0), now);
    }
    assert_eq!(store.unread.len(), 1);
    assert_eq!(store.series[&SymbolId(1)].unread, Unread::All);
    assert_eq!(snapshot(&mut store), [(500, 9999.0)]);
}

#[test]
fn few_load_at_a_time_and_the_next_starts_when_one_is_through() {
    let (mut store, now) = open_store(few(2, 10));
    for number in 1..=5 {
        store.follow(SymbolId(number), request(number, 0));
    }
    let first = [1, 2].map(|number| SeriesCommand::Follow(subscription(number, 0)));
    assert_eq!(store.commands(now), first);
    send(&mut store, 2, &[(1, 1.0)], now);
    assert_eq!(
        store.commands(now),
        [SeriesCommand::Follow(subscription(3, 0))]
    );
    store.on_sent(|_| Some(now));
    store.on_time(now + TIMEOUT);
    assert_eq!(
        store.commands(now),
        [
            SeriesCommand::Release(subscription(1, 0)),
            SeriesCommand::Release(subscription(3, 0)),
            SeriesCommand::Follow(subscription(4, 0)),
            SeriesCommand::Follow(subscription(5, 0)),
        ]
    );
    store.unfollow(SymbolId(4));
    assert_eq!(
        store.commands(now),
        [SeriesCommand::Release(subscription(4, 0))]
    );
}

#[test]
fn nobody_waits_for_ever_for_a_place_that_nobody_leaves() {
    let (mut store, now) = open_store(few(2, 2));
    for number in 1..=3 {
        store.follow(SymbolId(number), request(number, 0));
    }
    assert_eq!(store.commands(now).len(), 2);
    assert_eq!(store.deadline(), None);
    send(&mut store, 1, &[(1, 1.0)], now);
    send(&mut store, 2, &[(1, 1.0)], now);
    store.take_changes();
    assert_eq!(store.commands(now), []);
    assert_eq!(store.deadline(), Some(now + TIMEOUT));
    store.on_time(now + TIMEOUT / 2);
    assert!(!store.has_unread());
    store.on_time(now + TIMEOUT);
    let no_room = SeriesFailure::NoRoom { limit: 2 };
    assert_eq!(news(&mut store), SeriesNews::Failed(no_room));
    // Had one left in time, there would have been a place.
    store.follow(SymbolId(4), request(4, 0));
    store.unfollow(SymbolId(1));
    let wishes = store.commands(now);
    assert_eq!(wishes[1..], [SeriesCommand::Follow(subscription(4, 0))]);
}

/// Checklist 86.
#[test]
fn the_timeout_counts_from_being_sent_and_ends_with_a_clear_word() {
    let (mut store, now) = open_store(SeriesLimits::default());
    store.follow(SymbolId(1), request(1, 0));
    store.commands(now);
    store.on_sent(|_| None);
    assert_eq!(store.deadline(), None);
    let sent = now + Duration::from_secs(7);
    store.on_sent(|asked| (*asked == subscription(1, 0)).then_some(sent));
    store.on_sent(|_| Some(sent + TIMEOUT));
    assert_eq!(store.deadline(), Some(sent + TIMEOUT));
    store.take_row(SymbolId(1), row(3, 3.0, BEGIN), now);
    store.on_time(sent + TIMEOUT);
    let SeriesNews::Failed(failure) = news(&mut store) else {
        panic!("not failed")
    };
    assert_eq!(failure.to_string(), "no complete history came within 60 s");
    assert_eq!(
        store.commands(now),
        [SeriesCommand::Release(subscription(1, 0))]
    );
    assert!(!store.is_wanted());
    assert!(
        !store.take_row(SymbolId(1), row(2, 2.0, 0), now),
        "too late"
    );
    assert!(store.series.is_empty());
}

/// The server took the first subscription for one too many and never looked at it.
#[test]
fn what_is_sent_once_more_has_its_whole_time_again() {
    let (mut store, now) = open_store(SeriesLimits::default());
    store.follow(SymbolId(1), request(1, 0));
    store.commands(now);
    store.on_sent(|_| Some(now));
    assert_eq!(store.deadline(), Some(now + TIMEOUT));
    store.on_sent(|_| None);
    assert_eq!(store.deadline(), None, "it is about to be sent");
    let again = now + Duration::from_secs(10);
    store.on_sent(|_| Some(again));
    assert_eq!(store.deadline(), Some(again + TIMEOUT));
}

/// Checklist 86.
#[test]
fn a_snapshot_that_is_repeated_must_end_too() {
    let (mut store, now) = open_store(SeriesLimits::default());
    store.follow(SymbolId(1), request(1, 0));
    store.commands(now);
    send(&mut store, 1, &[(1, 1.0)], now);
    snapshot(&mut store);
    assert_eq!(store.deadline(), None);
    for later in [now, now + TIMEOUT / 2] {
        store.take_row(SymbolId(1), row(3, 3.0, BEGIN), later);
        assert_eq!(store.deadline(), Some(now + TIMEOUT), "it began at first");
    }
    send(&mut store, 1, &[(2, 2.0)], now);
    assert_eq!(store.deadline(), None);
    store.take_row(SymbolId(1), row(3, 3.0, BEGIN), now);
    store.on_time(now + TIMEOUT);
    let after = TIMEOUT;
    assert_eq!(
        news(&mut store),
        SeriesNews::Failed(SeriesFailure::Overdue { after })
    );
}

/// Checklist 85.
#[test]
fn what_a_lost_connection_left_half_done_is_asked_for_anew() {
    let (mut store, now) = open_store(SeriesLimits::default());
    store.follow(SymbolId(1), request(1, 0));
    store.follow(SymbolId(2), request(2, 0));
    store.commands(now);
    store.on_sent(|_| Some(now));
    send(&mut store, 2, &[(1, 1.0), (2, 2.0), (3, 2.5)], now);
    store.take_changes();
    for (day, flags) in [(9, BEGIN), (8, 0)] {
        store.take_row(SymbolId(1), row(day, 1.0, flags), now);
        store.take_row(SymbolId(2), row(day, 1.0, flags), now);
    }
    store.on_closed();
    assert_eq!(store.deadline(), None);
    assert_eq!(store.commands(now), []);
    store.on_opened();
    // The newest bar of the second may have been open: it goes on with the one before.
    assert_eq!(
        store.commands(now),
        [
            SeriesCommand::Follow(subscription(1, 0)),
            SeriesCommand::Follow(subscription(2, 2))
        ]
    );
    send(&mut store, 1, &[(1, 1.0), (2, 2.0)], now);
    assert_eq!(snapshot(&mut store), [(1, 1.0), (2, 2.0)]);
    send(&mut store, 2, &[(2, 2.0), (3, 3.0), (4, 4.0)], now);
    assert_eq!(
        snapshot(&mut store),
        [(1, 1.0), (2, 2.0), (3, 3.0), (4, 4.0)]
    );
}

#[test]
fn older_bars_that_a_split_left_behind_are_asked_for_again() {
    let (mut store, now) = open_store(few(1, 1));
    store.follow(SymbolId(1), request(1, 0));
    store.commands(now);
    send(&mut store, 1, &[(1, 10.0), (2, 20.0), (3, 30.0)], now);
    store.on_closed();
    store.on_opened();
    assert_eq!(
        store.commands(now),
        [SeriesCommand::Follow(subscription(1, 2))]
    );
    store.on_sent(|_| Some(now));
    send(&mut store, 1, &[(2, 10.0), (3, 15.0)], now);
    assert_eq!(store.take_changes(), []);
    assert_eq!(
        store.commands(now),
        [SeriesCommand::Follow(subscription(1, 0))]
    );
    assert_eq!(store.deadline(), None, "the timeout begins anew");
    send(&mut store, 1, &[(1, 5.0), (2, 10.0), (3, 15.0)], now);
    assert_eq!(snapshot(&mut store), [(1, 5.0), (2, 10.0), (3, 15.0)]);
}

#[test]
fn older_bars_are_not_kept_across_a_gap() {
    let (mut store, now) = open_store(SeriesLimits::default());
    store.follow(SymbolId(1), request(1, 0));
    store.commands(now);
    send(&mut store, 1, &[(1, 1.0), (2, 2.0), (3, 3.0)], now);
    store.on_closed();
    store.on_opened();
    assert_eq!(
        store.commands(now),
        [SeriesCommand::Follow(subscription(1, 2))]
    );
    store.take_row(SymbolId(1), row(9, 9.0, BEGIN), now);
    store.take_row(SymbolId(1), row(8, 8.0, 0x10), now);
    let SeriesNews::Snapshot { bars, truncated } = news(&mut store) else {
        panic!("no snapshot")
    };
    assert_eq!((closes(&bars), truncated), (vec![(8, 8.0), (9, 9.0)], true));
}

/// Checklist 68.
#[test]
fn another_start_replaces_the_series() {
    let (mut store, now) = open_store(few(1, 1));
    store.follow(SymbolId(1), request(1, 5));
    store.commands(now);
    send(&mut store, 1, &[(5, 5.0), (6, 6.0), (7, 7.0)], now);
    snapshot(&mut store);
    store.follow(SymbolId(1), request(1, 2));
    assert_eq!(
        store.commands(now),
        [SeriesCommand::Follow(subscription(1, 2))]
    );
    // The connection is lost before the answer: nothing of the old series is a reason to ask for less.
    store.on_closed();
    store.on_opened();
    assert_eq!(
        store.commands(now),
        [SeriesCommand::Follow(subscription(1, 2))]
    );
    send(&mut store, 1, &[(2, 2.0), (7, 7.0)], now);
    assert_eq!(snapshot(&mut store), [(2, 2.0), (7, 7.0)]);
    store.follow(SymbolId(1), request(1, 7));
    store.commands(now);
    send(&mut store, 1, &[(7, 7.5)], now);
    assert_eq!(snapshot(&mut store), [(7, 7.5)]);
    store.unfollow(SymbolId(1));
    assert_eq!(
        store.commands(now),
        [SeriesCommand::Release(subscription(1, 7))]
    );
}

#[test]
fn too_many_bars_are_a_failure_and_no_flood() {
    for flags in [BEGIN, 0] {
        let (mut store, now) = open_store(few(1, 1));
        store.follow(SymbolId(1), request(1, 0));
        store.commands(now);
        let taken = (0..200).filter(|n| {
            store.take_row(
                SymbolId(1),
                row(200 - n, 1.0, if *n == 0 { flags } else { 0 }),
                now,
            )
        });
        assert_eq!(taken.count(), 101, "one more than there may be");
        let failure = SeriesFailure::TooLong { limit: 100 };
        assert_eq!(news(&mut store), SeriesNews::Failed(failure));
    }
}

#[test]
fn one_refusal_fails_every_series_in_the_order_of_asking() {
    let (mut store, now) = open_store(few(1, 1));
    for number in 1..=3 {
        store.follow(SymbolId(number), request(number, 0));
    }
    store.commands(now);
    let reason = "not today".to_owned();
    store.fail_all(&SeriesFailure::Refused { reason });
    let failed: Vec<_> = store
        .take_changes()
        .into_iter()
        .map(|change| change.symbol)
        .collect();
    assert_eq!(failed, [1, 2, 3].map(symbol));
    assert!(!store.is_wanted());
    // Whoever asks again is served again.
    store.follow(SymbolId(2), request(2, 0));
    assert!(store.is_wanted());
}

/// A server of daily bars that tells what it was asked for, over connections that break.
#[derive(Default)]
struct Server {
    bars: HashMap<u32, BTreeMap<i64, f64>>,
    /// What the present connection asked for, and whether it was all sent.
    asked: HashMap<u32, (i64, bool)>,
}

impl Server {
    fn hear(&mut self, wishes: Vec<SeriesCommand>) {
        for wish in wishes {
            let (SeriesCommand::Follow(item) | SeriesCommand::Release(item)) = &wish;
            let number = item.symbol[1..].split('{').next().unwrap().parse().unwrap();
            let from = item.from.unwrap().0 / 86_400_000 - 20_000;
            if matches!(wish, SeriesCommand::Follow(_)) {
                self.asked.insert(number, (from, false));
            } else {
                assert!(
                    self.asked.remove(&number).is_some(),
                    "it was never asked for"
                );
            }
        }
    }

    fn since(&self, number: u32, from: i64) -> Vec<(i64, f64)> {
        let bars = self
            .bars
            .get(&number)
            .into_iter()
            .flat_map(|bars| bars.range(from..));
        bars.map(|(day, close)| (*day, *close)).collect()
    }

    /// The next trade: it changes the newest bar, or begins one.
    fn trade(&mut self, number: u32, begins: bool, price: f64) -> (i64, f64) {
        let bars = self.bars.entry(number).or_default();
        let newest = bars.keys().next_back().copied().unwrap_or(0);
        let day = newest + i64::from(begins);
        bars.insert(day, price);
        (day, price)
    }
}

/// What somebody holds who does as the news say.
fn apply(view: &mut HashMap<CandleSymbol, Vec<(i64, f64)>>, change: SeriesChange) {
    let held = view.entry(change.symbol).or_default();
    match change.news {
        SeriesNews::Snapshot { bars, .. } => *held = closes(&bars),
        SeriesNews::Update { bars, removed } => {
            let mut merged: BTreeMap<i64, f64> = held.drain(..).collect();
            merged.retain(|number, _| !removed.contains(&index(day(*number))));
            merged.extend(closes(&bars));
            *held = merged.into_iter().collect();
        }
        SeriesNews::Failed(failure) => panic!("{failure}"),
    }
}

proptest! {
    /// Checklist 84, 85.
    #[test]
    fn a_reader_ends_up_with_the_servers_bars_whatever_happened_between(
        steps in prop::collection::vec((0u8..9, 0u32..4, 0i64..6), 0..60)
    ) {
        let (mut store, now) = open_store(few(2, 4));
        let (mut server, mut view) = (Server::default(), HashMap::new());
        let mut wanted: HashMap<u32, i64> = HashMap::new();
        for (position, (what, which, much)) in steps.into_iter().enumerate() {
            let id = SymbolId(which);
            match what {
                0 | 1 => {
                    store.follow(id, request(which, much));
                    wanted.insert(which, much);
                }
                2 => {
                    store.unfollow(id);
                    wanted.remove(&which);
                    view.remove(&symbol(which));
                }
                3 => {
                    store.on_closed();
                    server.asked.clear();
                    store.on_opened();
                }
                4 => {
                    // A snapshot breaks off.
                    if let Some((from, sent)) = server.asked.get_mut(&which) {
                        *sent = false;
                        let from = *from;
                        if let Some((day, close)) = server.since(which, from).pop() {
                            store.take_row(id, row(day, close, BEGIN), now);
                        }
                    }
                }
                5 => {
                    if let Some((from, sent)) = server.asked.get_mut(&which) {
                        *sent = true;
                        let from = *from;
                        send(&mut store, which, &server.since(which, from), now);
                    }
                }
                6 => {
                    let (day, price) = server.trade(which, much > 2, f64::from(u32::try_from(position).unwrap()));
                    if matches!(server.asked.get(&which), Some((from, true)) if day >= *from) {
                        store.take_row(id, row(day, price, 0), now);
                    }
                }
                7 => {
                    // A split: all bars are others, and whoever follows them is told so.
                    for close in server.bars.entry(which).or_default().values_mut() {
                        *close = -*close - 1.0;
                    }
                    if let Some((_, sent)) = server.asked.get_mut(&which) {
                        *sent = false;
                    }
                }
                _ => store.take_changes().into_iter().for_each(|change| apply(&mut view, change)),
            }
            server.hear(store.commands(now));
            prop_assert!(store.requested.len() <= 4 && store.loading().count() <= 2);
        }
        while let Some(which) = server.asked.iter().find(|(_, (_, sent))| !sent).map(|(which, _)| *which) {
            let (from, sent) = server.asked.get_mut(&which).unwrap();
            *sent = true;
            let from = *from;
            send(&mut store, which, &server.since(which, from), now);
            server.hear(store.commands(now));
        }
        store.take_changes().into_iter().for_each(|change| apply(&mut view, change));
        for (which, from) in wanted {
            prop_assert_eq!(view.get(&symbol(which)), Some(&server.since(which, from)), "S{} from {}", which, from);
        }
    }
}
