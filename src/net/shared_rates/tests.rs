//! Several pacers with one state between them, and states that are of no use.

use std::sync::atomic::AtomicUsize;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use proptest::prelude::*;
use tempfile::TempDir;
use tokio::time::Instant;

use super::super::NetError;
use super::super::limit::{Pacer, Rate};
use super::*;
use crate::clock::SystemClock;
use crate::secret::Secret;
use crate::store::{AccountMark, Store};

/// A wall clock that moves with the runtime's time.
struct Wall {
    began: Instant,
    at: Timestamp,
}

impl Wall {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            began: Instant::now(),
            at: "2026-11-20T15:00:00Z".parse().unwrap(),
        })
    }
}

impl Clock for Wall {
    fn now(&self) -> Timestamp {
        self.at + self.began.elapsed()
    }
}

/// Shared bytes in memory, which may be kept from everybody.
#[derive(Default)]
struct Bytes {
    kept: Mutex<Vec<u8>>,
    fault: Mutex<Option<SharedFault>>,
    looks: AtomicUsize,
}

impl SharedState for Bytes {
    fn update(&self, change: &mut dyn FnMut(&[u8]) -> Option<Vec<u8>>) -> Result<(), SharedFault> {
        self.looks.fetch_add(1, Ordering::Relaxed);
        if let Some(fault) = *self.fault.lock().unwrap() {
            return Err(fault);
        }
        let mut bytes = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(changed) = change(&bytes) {
            *bytes = changed;
        }
        Ok(())
    }
}

impl Bytes {
    fn holding(text: &[u8]) -> Arc<Self> {
        let bytes = Self::default();
        *bytes.kept.lock().unwrap() = text.to_vec();
        Arc::new(bytes)
    }

    fn fail(&self, fault: Option<SharedFault>) {
        *self.fault.lock().unwrap() = fault;
    }
}

/// Two requests a second of one class, ten of all.
fn alone() -> Pacer {
    Pacer::new(
        Rate::per_second(10.0).with_burst(8),
        [("quotes", Rate::per_second(2.0))],
    )
}

fn sharing(state: &Arc<Bytes>, clock: &Arc<Wall>) -> Pacer {
    alone().sharing(Arc::clone(state) as _, Arc::clone(clock) as _)
}

/// How long the next request has to wait, milliseconds.
async fn wait(pacer: &Pacer, class: &str) -> u128 {
    let began = Instant::now();
    let deadline = began + Duration::from_mins(5);
    pacer.acquire(class, deadline).await.unwrap();
    began.elapsed().as_millis()
}

#[tokio::test(start_paused = true)]
async fn two_processes_are_paced_like_one() {
    let (state, clock) = (Arc::<Bytes>::default(), Wall::new());
    let pacers = [sharing(&state, &clock), sharing(&state, &clock)];
    for (turn, expected) in [0, 500, 500, 500].into_iter().enumerate() {
        assert_eq!(wait(&pacers[turn % 2], "quotes").await, expected, "{turn}");
    }
    assert_eq!(wait(&sharing(&state, &clock), "quotes").await, 500);
    for _ in 0..7 {
        assert_eq!(wait(&pacers[1], "others").await, 0);
    }
    assert_eq!(wait(&pacers[0], "others").await, 100);
}

#[tokio::test(start_paused = true)]
async fn what_goes_past_the_deadline_costs_the_others_nothing() {
    let (state, clock) = (Arc::<Bytes>::default(), Wall::new());
    let pacers = [sharing(&state, &clock), sharing(&state, &clock)];
    assert_eq!(wait(&pacers[0], "quotes").await, 0);
    let soon = Instant::now() + Duration::from_millis(300);
    let refused = pacers[1].acquire("quotes", soon).await.unwrap_err();
    assert!(matches!(refused, NetError::RateBudget { wait } if wait.as_millis() == 500));
    assert_eq!(wait(&pacers[0], "quotes").await, 500);
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_is_given_up_is_given_back() {
    let (state, clock) = (Arc::<Bytes>::default(), Wall::new());
    let pacers = [sharing(&state, &clock), sharing(&state, &clock)];
    assert_eq!(wait(&pacers[0], "quotes").await, 0);
    let short = Duration::from_millis(100);
    let given_up = tokio::time::timeout(short, wait(&pacers[0], "quotes")).await;
    assert!(given_up.is_err());
    assert_eq!(wait(&pacers[1], "quotes").await, 400);
}

#[tokio::test(start_paused = true)]
async fn somebody_who_never_lets_go_is_waited_for_once() {
    let (state, clock) = (Arc::<Bytes>::default(), Wall::new());
    let pacer = sharing(&state, &clock);
    state.fail(Some(SharedFault::Busy));
    let patience = PATIENCE.as_millis();
    assert_eq!(wait(&pacer, "others").await, patience);
    assert_eq!(wait(&pacer, "quotes").await, 0);
    assert_eq!(wait(&pacer, "quotes").await, 500, "alone it keeps the rate");
    state.fail(None);
    assert_eq!(wait(&pacer, "others").await, 0);
    state.fail(Some(SharedFault::Busy));
    assert_eq!(wait(&pacer, "others").await, patience);
}

#[tokio::test(start_paused = true)]
async fn a_state_of_no_use_is_not_waited_for() {
    let (state, clock) = (Arc::<Bytes>::default(), Wall::new());
    let pacer = sharing(&state, &clock);
    state.fail(Some(SharedFault::Unusable));
    assert_eq!(wait(&pacer, "quotes").await, 0);
    assert_eq!(wait(&pacer, "quotes").await, 500);
    assert_eq!(state.looks.load(Ordering::Relaxed), 2);
}

#[tokio::test(start_paused = true)]
async fn what_was_known_before_a_fault_still_holds() {
    let (state, clock) = (Arc::<Bytes>::default(), Wall::new());
    let pacer = sharing(&state, &clock);
    assert_eq!(wait(&pacer, "quotes").await, 0);
    state.fail(Some(SharedFault::Unusable));
    assert_eq!(wait(&pacer, "quotes").await, 500);
    state.fail(None);
    assert_eq!(wait(&pacer, "quotes").await, 500);
}

#[tokio::test(start_paused = true)]
async fn a_part_of_a_document_says_nothing_and_is_replaced() {
    let (state, clock) = (Arc::<Bytes>::default(), Wall::new());
    wait(&sharing(&state, &clock), "quotes").await;
    let whole = state.kept.lock().unwrap().clone();
    for end in 0..whole.len() {
        let torn = Bytes::holding(&whole[..end]);
        assert_eq!(wait(&sharing(&torn, &clock), "quotes").await, 0, "{end}");
        let mended = torn.kept.lock().unwrap().clone();
        assert!(serde_json::from_slice::<Document>(&mended).is_ok(), "{end}");
    }
}

/// A document by which the class is free again in so many milliseconds.
fn taken(version: u32, written_in: i64, free_in: i64, clock: &Wall) -> Arc<Bytes> {
    let now = nanos(clock.now().as_nanosecond());
    let in_ms = |ms: i64| now + ms * 1_000_000;
    let schedule = serde_json::json!({"due": in_ms(free_in), "reserved": []});
    let document = serde_json::json!({
        "version": version,
        "written_at": in_ms(written_in),
        "overall": {"due": 0, "reserved": []},
        "classes": {"quotes": schedule, "unheard of": schedule},
    });
    Bytes::holding(document.to_string().as_bytes())
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_was_set_back_stops_nobody() {
    let clock = Wall::new();
    for (version, written_in, free_in, expected) in [
        (VERSION, 0, 700, 700),
        (VERSION, -86_400_000, 700, 700),
        (VERSION, 10_000, 700, 0),
        (VERSION, 0, 59_000, 59_000),
        (VERSION, 0, 61_000, 0),
        (VERSION + 1, 0, 700, 0),
    ] {
        let state = taken(version, written_in, free_in, &clock);
        let waited = wait(&sharing(&state, &clock), "quotes").await;
        assert_eq!(waited, expected, "{written_in} {free_in}");
    }
}

#[tokio::test(start_paused = true)]
async fn classes_of_another_version_are_left_alone() {
    let clock = Wall::new();
    let state = taken(VERSION, 0, 700, &clock);
    let read = || serde_json::from_slice::<Document>(&state.kept.lock().unwrap()).unwrap();
    let before = read().classes.remove("unheard of").unwrap();
    wait(&sharing(&state, &clock), "quotes").await;
    assert_eq!(read().classes.remove("unheard of"), Some(before));
}

proptest! {
    #[test]
    fn no_document_stops_a_process(
        written_at in any::<i64>(),
        due in any::<i64>(),
        reserved in prop::collection::vec(any::<i64>(), 0..5),
        soon in prop::collection::vec(-9..200i64, 0..5),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        let longest = runtime.block_on(async {
            let clock = Wall::new();
            let now = nanos(clock.now().as_nanosecond());
            let soon = soon.iter().map(|second| now + second * 1_000_000_000);
            let reserved: Vec<i64> = reserved.iter().copied().chain(soon).collect();
            let schedule = serde_json::json!({"due": due, "reserved": reserved});
            let document = serde_json::json!({
                "version": VERSION,
                "written_at": written_at.min(now),
                "overall": schedule,
                "classes": {"quotes": schedule},
            });
            let state = Bytes::holding(document.to_string().as_bytes());
            wait(&sharing(&state, &clock), "quotes").await
        });
        prop_assert!(longest <= 62_000, "{longest}");
    }

    #[test]
    fn no_bytes_stop_a_process(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        let waited = runtime.block_on(async {
            wait(&sharing(&Bytes::holding(&bytes), &Wall::new()), "quotes").await
        });
        prop_assert_eq!(waited, 0);
    }
}

/// The instants of twenty requests of a class, by a process that shares nothing with others but the file.
fn slots(root: &std::path::Path, class: &str) -> Vec<i64> {
    let mark = AccountMark::new("http://x", &Secret::new("a"), &Secret::new("b"));
    let file = Store::at(root.to_owned()).rates(&mark);
    let pacer = Pacer::new(
        Rate::per_second(1_000.0).with_burst(8),
        [
            ("quotes", Rate::per_second(500.0)),
            ("metrics", Rate::per_second(500.0).with_burst(4)),
        ],
    )
    .sharing(Arc::new(file), Arc::new(SystemClock));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(async {
        let deadline = Instant::now() + Duration::from_mins(5);
        let mut slots = Vec::new();
        while slots.len() < 20 {
            // One that was taken because the others never let go is not sent here.
            slots.extend(pacer.shared_slot(class, deadline).await.unwrap());
        }
        slots
    })
}

#[track_caller]
fn keep(mut slots: Vec<i64>, step: i64, burst: i64) {
    slots.sort_unstable();
    for (first, from) in (0..).zip(&slots) {
        for (last, to) in (0..).zip(&slots).skip(first) {
            let count = i64::try_from(last - first + 1).unwrap();
            assert!((count - burst) * step <= to - from, "{first} to {last}");
        }
    }
}

#[test]
fn ten_processes_keep_every_ration_to_the_nanosecond() {
    let dir = TempDir::new().unwrap();
    let root = &dir.path().join("volq");
    let [quotes, metrics] = std::thread::scope(|scope| {
        let start = |class| {
            (0..5)
                .map(|_| scope.spawn(move || slots(root, class)))
                .collect()
        };
        let all: [Vec<_>; 2] = ["quotes", "metrics"].map(start);
        all.map(|five| -> Vec<i64> {
            let ended = five.into_iter();
            ended.flat_map(|one| one.join().unwrap()).collect()
        })
    });
    assert_eq!((quotes.len(), metrics.len()), (100, 100));
    keep([&quotes[..], &metrics[..]].concat(), 1_000_000, 8);
    keep(quotes, 2_000_000, 1);
    keep(metrics, 2_000_000, 4);
}
