//! The way of lines to their bars, with and without what earlier runs kept.

use jiff::Timestamp;
use jiff::civil::date;
use tempfile::TempDir;

use super::*;
use crate::secret::Secret;
use crate::store::{AccountMark, CacheKind, Store};

/// A Friday.
const TODAY: Date = date(2026, 11, 20);
const NEEDED: usize = 10;

/// So many bars, of which the last is so many days before today.
fn bars(count: usize, days_ago: i64, level: f64) -> Vec<DailyBar> {
    let last = TODAY - days_ago.days();
    let first = last - i64::try_from(count).unwrap().days();
    (1..=count)
        .map(|n| DailyBar {
            date: first + i64::try_from(n).unwrap().days(),
            open: None,
            high: None,
            low: None,
            close: level + f64::from(u8::try_from(n % 5).unwrap()),
        })
        .collect()
}

fn symbols(names: &[&str]) -> VecDeque<Arc<str>> {
    names.iter().map(|name| Arc::from(*name)).collect()
}

fn requests() -> BarRequests {
    of(TODAY, NEEDED, None)
}

fn of(today: Date, needed: usize, cache: Option<BarCache>) -> BarRequests {
    let mut requests = BarRequests::new(today, cache);
    requests.retarget(needed, &[]);
    requests
}

fn asked(step: &Step) -> Vec<&str> {
    step.asks.iter().map(|ask| &*ask.streamer).collect()
}

fn only(step: Step) -> LineBars {
    let [answer] = <[LineBars; 1]>::try_from(step.found).unwrap();
    answer
}

#[test]
fn a_symbol_is_asked_once_for_all_its_lines() {
    let mut requests = requests();
    for line in [0, 1] {
        requests.want(line, symbols(&["SPY"]));
    }
    assert_eq!(asked(&requests.step(Availability::Awaited)), [""; 0]);
    let step = requests.step(Availability::Open);
    assert_eq!(asked(&step), ["SPY"]);
    assert!(!step.asks[0].is_earlier);
    assert_eq!(step.asks[0].from, TODAY - 29.days());
    assert_eq!(asked(&requests.step(Availability::Open)), [""; 0]);
    requests.arrived("SPY", bars(12, 1, 100.0), false);
    let found = requests.step(Availability::Open).found;
    let lines: Vec<usize> = found.iter().map(|answer| answer.line).collect();
    assert_eq!(lines, [0, 1]);
    assert!(
        found
            .iter()
            .all(|a| a.bars.len() == 12 && a.origin == Origin::DXLINK)
    );
}

#[test]
fn contracts_before_are_asked_only_as_far_as_needed() {
    let mut requests = requests();
    requests.want(0, symbols(&["C", "B", "A"]));
    assert_eq!(asked(&requests.step(Availability::Open)), ["C"]);
    requests.arrived("C", bars(4, 1, 300.0), false);
    let step = requests.step(Availability::Open);
    assert_eq!(asked(&step), ["B"]);
    assert!(step.asks[0].is_earlier);
    requests.arrived("B", bars(9, 3, 200.0), false);
    let answer = only(requests.step(Availability::Open));
    // Four of its own, and those of the nine that lie before them.
    assert_eq!((answer.own, answer.bars.len()), (4, 4 + 7));
    assert_eq!(asked(&requests.step(Availability::Open)), [""; 0]);
}

#[test]
fn a_contract_before_that_says_nothing_costs_only_what_it_would_add() {
    let mut requests = requests();
    requests.want(0, symbols(&["B", "A"]));
    requests.step(Availability::Open);
    requests.arrived("B", bars(4, 1, 300.0), false);
    requests.step(Availability::Open);
    requests.failed("A", Reason::NoEventBeforeDeadline);
    let answer = only(requests.step(Availability::Open));
    assert_eq!((answer.bars.len(), answer.origin), (4, Origin::DXLINK));
    assert_eq!(answer.lacking, Reason::ShortHistory);
}

#[test]
fn a_stream_that_is_over_ends_every_wait_with_what_is_there() {
    let over = Availability::Over(Reason::NoEventBeforeDeadline);
    let mut requests = requests();
    requests.want(0, symbols(&["B", "A"]));
    requests.want(1, symbols(&["SPY"]));
    requests.step(Availability::Open);
    requests.arrived("B", bars(4, 1, 300.0), false);
    requests.step(Availability::Open);
    let found = requests.step(over).found;
    assert_eq!(found[0].bars.len(), 4);
    assert_eq!(found[1].lacking, Reason::NoEventBeforeDeadline);
    assert!(found[1].bars.is_empty());
    requests.want(2, symbols(&["QQQ"]));
    assert_eq!(
        only(requests.step(over)).lacking,
        Reason::NoEventBeforeDeadline
    );
}

#[test]
fn a_symbol_without_a_bar_says_so() {
    let mut requests = requests();
    requests.want(0, symbols(&["B", "A"]));
    requests.step(Availability::Open);
    requests.arrived("B", Vec::new(), false);
    let answer = only(requests.step(Availability::Open));
    assert_eq!(answer.lacking, Reason::NotProvided);
}

/// What one run after another finds on its cache.
struct Runs {
    _dir: TempDir,
    store: Store,
}

impl Runs {
    fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let store = Store::at(dir.path().join("volq"));
        Self { _dir: dir, store }
    }

    fn run(&self, today: Date, needed: usize) -> BarRequests {
        let mark = AccountMark::new("http://x", &Secret::new("a"), &Secret::new("b"));
        let now: Timestamp = format!("{today}T15:00:00Z").parse().unwrap();
        let cache_folder = self.store.cache_folder(CacheKind::Candles, &mark);
        of(today, needed, Some(BarCache::new(cache_folder, now)))
    }

    /// A run that is answered with these bars; gives from when it asked.
    fn answered(&self, today: Date, bars: &[DailyBar]) -> (Option<Date>, LineBars) {
        let mut requests = self.run(today, NEEDED);
        requests.want(0, symbols(&["SPY"]));
        let mut step = requests.step(Availability::Open);
        let from = step.asks.first().map(|ask| ask.from);
        while let Some(ask) = step.asks.pop() {
            let sent = bars.iter().filter(|bar| bar.date >= ask.from);
            requests.arrived("SPY", sent.copied().collect(), false);
            step = requests.step(Availability::Open);
        }
        (from, only(step))
    }
}

#[test]
fn the_next_run_of_the_day_asks_nothing() {
    let runs = Runs::new();
    let all = bars(12, 1, 100.0);
    assert_eq!(runs.answered(TODAY, &all).1.origin, Origin::DXLINK);
    let (from, answer) = runs.answered(TODAY, &[]);
    assert_eq!((from, answer.origin), (None, Origin::Cached));
    assert_eq!(answer.bars, all);
    // Saturday: Friday's session is over, and so may be asked for.
    assert!(
        runs.answered(TODAY + 1.day(), &bars(13, 0, 100.0))
            .0
            .is_some()
    );
    // On Sunday nothing is new since.
    assert_eq!(runs.answered(TODAY + 2.days(), &[]).0, None);
}

#[test]
fn a_later_run_asks_from_the_last_bar_on() {
    let runs = Runs::new();
    let all = bars(20, 1, 100.0);
    runs.answered(TODAY - 5.days(), &all[..15]);
    let (from, answer) = runs.answered(TODAY, &all);
    assert_eq!(from, Some(all[14].date));
    assert_eq!((answer.bars, answer.origin), (all, Origin::DXLINK));
}

#[test]
fn a_split_brings_everything_anew() {
    let runs = Runs::new();
    runs.answered(TODAY - 5.days(), &bars(15, 6, 100.0));
    let after = bars(20, 1, 50.0);
    let (from, answer) = runs.answered(TODAY, &after);
    assert_eq!(from, Some(TODAY - 6.days()), "in good faith at first");
    assert_eq!(answer.bars, after);
}

#[test]
fn a_longer_window_is_not_served_by_a_shorter_history() {
    let runs = Runs::new();
    runs.answered(TODAY, &bars(12, 1, 100.0));
    let mut requests = runs.run(TODAY, 2 * NEEDED);
    requests.want(0, symbols(&["SPY"]));
    assert_eq!(
        requests.step(Availability::Open).asks[0].from,
        TODAY - 44.days()
    );
}

#[test]
fn what_was_cut_off_is_asked_for_again() {
    let runs = Runs::new();
    let mut requests = runs.run(TODAY, NEEDED);
    requests.want(0, symbols(&["SPY"]));
    let first = requests.step(Availability::Open).asks[0].from;
    requests.arrived("SPY", bars(4, 1, 100.0), true);
    requests.step(Availability::Open);

    let mut later = runs.run(TODAY, NEEDED);
    later.want(0, symbols(&["SPY"]));
    assert_eq!(later.step(Availability::Open).asks[0].from, first);
}

#[test]
fn an_expired_contract_is_not_asked_again() {
    let runs = Runs::new();
    let late = TODAY + 4.days();
    for (today, asks) in [(TODAY, 2), (late, 1)] {
        let mut requests = runs.run(today, NEEDED);
        requests.want(0, symbols(&["B", "A"]));
        let mut names = Vec::new();
        let mut step = requests.step(Availability::Open);
        while let Some(ask) = step.asks.pop() {
            names.push(ask.streamer.clone());
            let (count, ago) = if &*ask.streamer == "A" {
                (9, 3)
            } else {
                (4, 1)
            };
            let sent = bars(count, ago, 100.0).into_iter();
            requests.arrived(
                &ask.streamer,
                sent.filter(|bar| bar.date >= ask.from).collect(),
                false,
            );
            step = requests.step(Availability::Open);
        }
        assert_eq!(names.len(), asks, "{names:?}");
        let answer = only(step);
        assert_eq!((answer.own, answer.bars.len()), (4, 4 + 7));
    }
}

#[test]
fn what_is_kept_found_though_the_stream_is_over() {
    let runs = Runs::new();
    runs.answered(TODAY, &bars(12, 1, 100.0));
    let mut requests = runs.run(TODAY, NEEDED);
    requests.want(0, symbols(&["SPY"]));
    let step = requests.step(Availability::Over(Reason::ProviderFailed));
    assert_eq!(only(step).origin, Origin::Cached);
}
