//! What a script makes of a candle snapshot: the rows as they are sent, in scenes with a time.
//!
//! See `docs/reference/dxlink-protocol.md`, "10. Indexed events, snapshots, eventFlags".
//!
//! Pure: knows neither the market nor who listens.

use std::time::Duration;

use super::snapshot::{self, BEGIN, PENDING, REMOVE, Row};
use crate::script::{SequelAct, SnapshotRule, SnapshotShape};
use crate::wire::{Candle, WireValue};

/// The distance of bars.
const DAY_MS: i64 = 86_400_000;
/// The distance of a bar that must not be kept from the true one before it.
const HOUR_MS: i64 = 3_600_000;

/// Rows that leave together.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scene {
    /// Time since the subscription.
    pub(super) after: Duration,
    pub(super) rows: Vec<Row>,
    /// The connection goes away after these.
    pub(super) cuts: bool,
}

/// Everything a subscription to `bars` (oldest first) from `from` (milliseconds) brings under a rule.
pub(super) fn scenes(
    rule: &SnapshotRule,
    mut bars: Vec<Candle>,
    from: i64,
    most_rows: usize,
) -> Vec<Scene> {
    if let Some(ratio) = rule.split {
        split(&mut bars, ratio);
    }
    let mut scenes = Vec::new();
    let mut clock = Duration::ZERO;
    let first = shaped(rule.shape, &bars, from, most_rows);
    if push(rule, &mut scenes, &mut clock, first) {
        return scenes;
    }
    for sequel in &rule.then {
        clock += Duration::from_millis(sequel.after_ms);
        let rows = continued(sequel.act, &mut bars, from, most_rows);
        if push(rule, &mut scenes, &mut clock, rows) {
            return scenes;
        }
    }
    scenes
}

/// Cuts rows into scenes; true when the connection is cut in the middle of them.
fn push(
    rule: &SnapshotRule,
    scenes: &mut Vec<Scene>,
    clock: &mut Duration,
    mut rows: Vec<Row>,
) -> bool {
    let begins = rows.first().is_some_and(|(_, flags)| flags & BEGIN != 0);
    let cut = rule
        .cut_after_rows
        .filter(|after| begins && *after < rows.len());
    if let Some(after) = cut {
        rows.truncate(after);
    }
    let pause = Duration::from_millis(rule.pause_ms);
    let most = rule.rows_per_message.unwrap_or(rows.len()).max(1);
    for (number, part) in rows.chunks(most).enumerate() {
        if number > 0 {
            *clock += pause;
        }
        scenes.push(Scene {
            after: *clock,
            rows: part.to_vec(),
            cuts: false,
        });
    }
    if cut.is_some()
        && let Some(last) = scenes.last_mut()
    {
        last.cuts = true;
    }
    cut.is_some()
}

/// The snapshot with its flags bent.
fn shaped(shape: SnapshotShape, bars: &[Candle], from: i64, most_rows: usize) -> Vec<Row> {
    let mut rows = snapshot::rows(bars, from, most_rows);
    match shape {
        SnapshotShape::Whole => {}
        SnapshotShape::Empty => rows = snapshot::rows(&[], from, most_rows),
        SnapshotShape::Unfinished => {
            rows.pop();
        }
        SnapshotShape::BegunTwice => {
            let half = bars.len() / 2;
            let mut started: Vec<Row> = bars[half..]
                .iter()
                .rev()
                .map(|bar| (stray(bar), 0))
                .collect();
            if let Some((_, flags)) = started.first_mut() {
                *flags |= BEGIN;
            }
            rows.splice(0..0, started);
        }
        SnapshotShape::NeverBegun => {
            if let Some((_, flags)) = rows.first_mut() {
                *flags &= !BEGIN;
            }
        }
        SnapshotShape::EndPending => {
            if let Some((_, flags)) = rows.last_mut() {
                *flags |= PENDING;
            }
            if let (Some(newest), Some((first, _))) = (bars.last(), rows.first_mut()) {
                *first = falsified(newest);
                rows.push((newest.clone(), 0));
            }
        }
    }
    rows
}

/// The rows of a sequel, which may change the bars.
fn continued(act: SequelAct, bars: &mut Vec<Candle>, from: i64, most_rows: usize) -> Vec<Row> {
    match act {
        SequelAct::LiveBar => bars
            .last_mut()
            .map(|bar| {
                trade_at_the_high(bar);
                (bar.clone(), 0)
            })
            .into_iter()
            .collect(),
        SequelAct::NewBar => bars
            .last()
            .map(next_bar)
            .map(|bar| {
                bars.push(bar.clone());
                (bar, 0)
            })
            .into_iter()
            .collect(),
        SequelAct::Removal if bars.is_empty() => Vec::new(),
        SequelAct::Removal => vec![(Candle::removed(bars.remove(0).time), REMOVE)],
        SequelAct::Transaction => {
            let [.., second, last] = bars.as_mut_slice() else {
                return Vec::new();
            };
            let wrong = falsified(second);
            trade_at_the_high(second);
            trade_at_the_high(last);
            vec![
                (wrong, PENDING),
                (second.clone(), PENDING),
                (last.clone(), 0),
            ]
        }
        SequelAct::BrokenTransaction => bars
            .last()
            .map(|newest| [(falsified(newest), PENDING), (stray(newest), PENDING)])
            .into_iter()
            .flatten()
            .chain(snapshot::rows(bars, from, most_rows))
            .collect(),
        SequelAct::Snapshot => snapshot::rows(bars, from, most_rows),
        SequelAct::Split(ratio) => {
            split(bars, ratio);
            snapshot::rows(bars, from, most_rows)
        }
    }
}

/// A bar whose prices nobody may believe.
fn falsified(bar: &Candle) -> Candle {
    let mut bar = bar.clone();
    for price in prices(&mut bar) {
        scale(price, 3.0);
    }
    bar
}

/// A bar where there is none.
fn stray(bar: &Candle) -> Candle {
    falsified(&bar.at(bar.time + HOUR_MS))
}

fn trade_at_the_high(bar: &mut Candle) {
    bar.close = bar.high.clone();
    if let WireValue::Number(volume) = &mut bar.volume {
        *volume += 100.0;
    }
}

fn next_bar(bar: &Candle) -> Candle {
    let mut next = bar.at(bar.time + DAY_MS);
    next.count = 1;
    for price in prices(&mut next) {
        *price = bar.close.clone();
    }
    if let WireValue::Number(volume) = &mut next.volume {
        *volume = 100.0;
    }
    next
}

fn split(bars: &mut [Candle], ratio: f64) {
    for bar in bars {
        for price in prices(bar) {
            scale(price, 1.0 / ratio);
        }
        scale(&mut bar.volume, ratio);
    }
}

fn prices(bar: &mut Candle) -> [&mut WireValue; 4] {
    [&mut bar.open, &mut bar.high, &mut bar.low, &mut bar.close]
}

fn scale(value: &mut WireValue, factor: f64) {
    if let WireValue::Number(number) = value {
        *number = crate::number::round_to(*number * factor, 8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::Sequel;

    const FROM: i64 = DAY_MS;

    /// Bars of day 1, 2, … that close at 1, 2, …
    fn bars(count: u32) -> Vec<Candle> {
        (1..=count)
            .map(|day| {
                let price = || WireValue::Number(f64::from(day));
                Candle {
                    count: 9,
                    open: price(),
                    high: WireValue::Number(f64::from(day) + 0.5),
                    low: price(),
                    close: price(),
                    volume: WireValue::Number(1_000.0),
                    ..Candle::removed(i64::from(day) * DAY_MS)
                }
            })
            .collect()
    }

    /// Rows as `day:flags=close`, scenes divided by bars.
    fn shown(rule: &SnapshotRule, count: u32) -> String {
        let scenes: Vec<String> = scenes(rule, bars(count), FROM, 100)
            .iter()
            .map(|scene| {
                let rows: Vec<String> = scene
                    .rows
                    .iter()
                    .map(|(bar, flags)| {
                        let close = match &bar.close {
                            WireValue::Number(close) => close.to_string(),
                            _ => "-".to_owned(),
                        };
                        let hours = bar.time % DAY_MS / HOUR_MS;
                        format!("{}.{hours}:{flags:x}={close}", bar.time / DAY_MS)
                    })
                    .collect();
                let end = if scene.cuts { " cut" } else { "" };
                format!("{}ms {}{end}", scene.after.as_millis(), rows.join(" "))
            })
            .collect();
        scenes.join(" | ")
    }

    fn shape(shape: SnapshotShape) -> SnapshotRule {
        SnapshotRule {
            shape,
            ..SnapshotRule::default()
        }
    }

    fn then(act: SequelAct) -> SnapshotRule {
        SnapshotRule {
            then: vec![Sequel { after_ms: 5, act }],
            ..SnapshotRule::default()
        }
    }

    #[test]
    fn each_shape_bends_the_flags_its_own_way() {
        for (bent, rows) in [
            (SnapshotShape::Whole, "0ms 3.0:4=3 2.0:0=2 1.0:8=1"),
            (SnapshotShape::Empty, "0ms 1.0:e=-"),
            (SnapshotShape::Unfinished, "0ms 3.0:4=3 2.0:0=2"),
            (
                SnapshotShape::BegunTwice,
                "0ms 3.1:4=9 2.1:0=6 3.0:4=3 2.0:0=2 1.0:8=1",
            ),
            (SnapshotShape::NeverBegun, "0ms 3.0:0=3 2.0:0=2 1.0:8=1"),
            (
                SnapshotShape::EndPending,
                "0ms 3.0:4=9 2.0:0=2 1.0:9=1 3.0:0=3",
            ),
        ] {
            assert_eq!(shown(&shape(bent), 3), rows, "{bent:?}");
        }
    }

    #[test]
    fn each_sequel_follows_the_snapshot() {
        for (act, rows) in [
            (SequelAct::LiveBar, "5ms 2.0:0=2.5"),
            (SequelAct::NewBar, "5ms 3.0:0=2"),
            (SequelAct::Removal, "5ms 1.0:2=-"),
            (SequelAct::Transaction, "5ms 1.0:1=3 1.0:1=1.5 2.0:0=2.5"),
            (
                SequelAct::BrokenTransaction,
                "5ms 2.0:1=6 2.1:1=6 2.0:4=2 1.0:8=1",
            ),
            (SequelAct::Snapshot, "5ms 2.0:4=2 1.0:8=1"),
            (SequelAct::Split(4.0), "5ms 2.0:4=0.5 1.0:8=0.25"),
        ] {
            let expected = format!("0ms 2.0:4=2 1.0:8=1 | {rows}");
            assert_eq!(shown(&then(act), 2), expected, "{act:?}");
        }
    }

    #[test]
    fn a_snapshot_is_paced_and_cut() {
        let rule = SnapshotRule {
            rows_per_message: Some(2),
            pause_ms: 7,
            ..then(SequelAct::LiveBar)
        };
        assert_eq!(
            shown(&rule, 3),
            "0ms 3.0:4=3 2.0:0=2 | 7ms 1.0:8=1 | 12ms 3.0:0=3.5"
        );
        let cut = SnapshotRule {
            cut_after_rows: Some(3),
            ..rule
        };
        assert_eq!(shown(&cut, 4), "0ms 4.0:4=4 3.0:0=3 | 7ms 2.0:0=2 cut");
        assert_eq!(shown(&cut, 2), "0ms 2.0:4=2 1.0:8=1 | 5ms 2.0:0=2.5");
    }

    #[test]
    fn what_has_no_bars_has_no_sequels() {
        for act in [
            SequelAct::LiveBar,
            SequelAct::NewBar,
            SequelAct::Removal,
            SequelAct::Transaction,
        ] {
            assert_eq!(shown(&then(act), 0), "0ms 1.0:e=-", "{act:?}");
        }
    }

    #[test]
    fn a_split_keeps_the_turnover() {
        let rule = SnapshotRule {
            split: Some(4.0),
            ..SnapshotRule::default()
        };
        let rows = scenes(&rule, bars(2), FROM, 100).remove(0).rows;
        assert_eq!(rows[0].0.close, WireValue::Number(0.5));
        assert_eq!(rows[0].0.volume, WireValue::Number(4_000.0));
    }
}
