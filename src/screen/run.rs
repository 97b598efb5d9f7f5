//! A universe, judged by rules, sorted and counted.
//!
//! Owns what a row gets from being screened (score, signal, held, rank, reasons) and the counts of the waterfall.

use std::cmp::Ordering;

use crate::model::report::{ScreenMeta, WaterfallStep};
use crate::model::{Field, Reason, Row, Symbol, Value};

use super::eval::Truth;
use super::rule::Rule;
use super::score::Score;
use super::signal::Signal;
use super::sort::SortKeys;

/// How the result is put together.
#[derive(Clone, Debug)]
pub struct ScreenOptions {
    /// The order of the rows; `None` for the order of the universe.
    pub sort: Option<SortKeys>,
    /// The most passing rows to keep; `None` keeps all.
    pub top: Option<usize>,
    /// What becomes of rows that do not pass.
    pub rejected: Rejected,
    /// Symbols to mark as held.
    pub held: Vec<Symbol>,
}

/// What becomes of rows that do not pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejected {
    /// They are left out.
    Drop,
    /// They follow the passing rows, with their reasons.
    Keep,
}

/// What is left of a universe.
#[derive(Clone, Debug, PartialEq)]
pub struct Screened {
    /// The passing rows in order, then, if they are kept, the undecided and the rejected ones.
    pub rows: Vec<Row>,
    /// The counts, over the whole universe.
    pub meta: ScreenMeta,
}

/// Fills in what rules may ask for and only the screen knows: score, signal and whether the symbol is held.
pub fn appraise(rows: &mut [Row], held: &[Symbol]) {
    for row in rows {
        match Score::of(row) {
            Ok(score) => row.set_computed(Field::Score, Value::Number(score.total)),
            Err(reason) => row.set_missing(Field::Score, reason),
        }
        match Signal::of(row) {
            Ok(signal) => row.set_computed(Field::Signal, Value::Text(signal.name().into())),
            Err(reason) => row.set_missing(Field::Signal, reason),
        }
        let is_held = held.contains(&row.symbol);
        row.set_computed(Field::Held, Value::Flag(is_held));
    }
}

/// Whether no rule that is free has stopped an appraised row, so that what is costly is worth fetching for it.
pub fn may_pass(row: &Row, rules: &[Rule]) -> bool {
    let mut free = rules.iter().filter(|rule| !rule.is_costly());
    free.all(|rule| rule.evaluate(row) == Truth::Pass)
}

/// Judges a universe: appraises, applies every rule to every row, sorts, ranks and counts.
///
/// The caller names the profile in the result's meta; rules should come with the costly ones last.
pub fn screen(mut rows: Vec<Row>, rules: &[Rule], options: &ScreenOptions) -> Screened {
    appraise(&mut rows, &options.held);
    let mut judged: Vec<Judged> = rows
        .into_iter()
        .map(|row| Judged::new(row, rules))
        .collect();
    let meta = count(&judged, rules);
    judged.sort_by(|left, right| {
        let by_verdict = left.place().cmp(&right.place());
        by_verdict.then_with(|| match &options.sort {
            Some(sort) => sort.order(&left.row, &right.row),
            None => Ordering::Equal,
        })
    });

    let passed = meta.passed;
    let shown = options.top.map_or(passed, |top| top.min(passed));
    let mut rows = Vec::with_capacity(shown);
    for (place, one) in judged.into_iter().enumerate() {
        if place < shown {
            rows.push(one.ranked(place + 1));
        } else if place >= passed && options.rejected == Rejected::Keep {
            rows.push(one.with_reasons(rules));
        }
    }
    Screened { rows, meta }
}

/// A row and how each rule came out on it.
struct Judged {
    row: Row,
    truths: Vec<Truth>,
    verdict: Truth,
}

impl Judged {
    fn new(row: Row, rules: &[Rule]) -> Self {
        let truths: Vec<Truth> = rules.iter().map(|rule| rule.evaluate(&row)).collect();
        let verdict = truths.iter().copied().fold(Truth::Pass, Truth::and);
        Self {
            row,
            truths,
            verdict,
        }
    }

    /// Passing rows come first, then those that might pass if more were known.
    fn place(&self) -> u8 {
        match self.verdict {
            Truth::Pass => 0,
            Truth::Unknown => 1,
            Truth::Fail => 2,
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of rows stay far below 2^53"
    )]
    fn ranked(mut self, rank: usize) -> Row {
        self.row
            .set_computed(Field::Rank, Value::Number(rank as f64));
        self.row
            .set_computed(Field::Reasons, Value::List(Vec::new()));
        self.row
    }

    /// Lists every rule in the way. What a costly rule lacks on a row that a cheap one has stopped was never asked
    /// for, so it is no reason.
    fn with_reasons(mut self, rules: &[Rule]) -> Row {
        let is_stopped = !may_pass(&self.row, rules);
        let reasons = rules
            .iter()
            .zip(&self.truths)
            .filter(|(rule, truth)| !(is_stopped && rule.is_costly() && **truth == Truth::Unknown))
            .filter_map(|(rule, _)| rule.objection(&self.row))
            .map(Into::into)
            .collect();
        self.row.set_missing(Field::Rank, Reason::NotApplicable);
        self.row.set_computed(Field::Reasons, Value::List(reasons));
        self.row
    }
}

fn count(judged: &[Judged], rules: &[Rule]) -> ScreenMeta {
    let with = |verdict| judged.iter().filter(|one| one.verdict == verdict).count();
    ScreenMeta {
        universe: judged.len(),
        passed: with(Truth::Pass),
        rejected: with(Truth::Fail),
        unknown: with(Truth::Unknown),
        waterfall: waterfall(judged, rules),
        profile: None,
        thresholds: rules.iter().map(|rule| rule.text().to_owned()).collect(),
    }
}

/// A rule cuts the rows that fail it; an undecided row goes on and may be cut by a later rule. So the cuts in order
/// add up to the rejected rows.
fn waterfall(judged: &[Judged], rules: &[Rule]) -> Vec<WaterfallStep> {
    rules
        .iter()
        .enumerate()
        .map(|(at, rule)| {
            let alone = |truth| judged.iter().filter(|one| one.truths[at] == truth).count();
            let is_cut_here = |one: &&Judged| {
                one.truths.iter().position(|truth| *truth == Truth::Fail) == Some(at)
            };
            WaterfallStep {
                rule: rule.text().to_owned(),
                cut: judged.iter().filter(is_cut_here).count(),
                cut_alone: alone(Truth::Fail),
                unknown: alone(Truth::Unknown),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(symbol: &str, iv: Option<f64>, vrp: Option<f64>) -> Row {
        let mut row = Row::new(symbol.parse().unwrap());
        for (field, number) in [(Field::Iv, iv), (Field::Vrp, vrp)] {
            match number {
                Some(number) => row.set_computed(field, Value::Number(number)),
                None => row.set_missing(field, Reason::ShortHistory),
            }
        }
        row
    }

    fn universe() -> Vec<Row> {
        vec![
            row("POOR", Some(20.0), Some(0.9)),
            row("GOOD", Some(20.0), Some(1.2)),
            row("BEST", Some(30.0), Some(1.5)),
            row("DARK", Some(30.0), None),
            row("CALM", Some(5.0), Some(0.5)),
            row("MUTE", Some(5.0), None),
        ]
    }

    fn rules(texts: &[&str]) -> Vec<Rule> {
        let compile = |text: &&str| Rule::compile("where", text).unwrap();
        texts.iter().map(compile).collect()
    }

    fn options(top: Option<usize>, rejected: Rejected) -> ScreenOptions {
        ScreenOptions {
            sort: Some(SortKeys::default()),
            top,
            rejected,
            held: vec!["GOOD".parse().unwrap()],
        }
    }

    fn symbols(screened: &Screened) -> Vec<&str> {
        let rows = screened.rows.iter();
        rows.map(|row| row.symbol.as_str()).collect()
    }

    #[test]
    fn passing_rows_are_ranked_and_the_others_follow_with_reasons() {
        let rules = rules(&["iv > 10", "vrp > 1"]);
        let screened = screen(universe(), &rules, &options(None, Rejected::Keep));
        assert_eq!(
            symbols(&screened),
            ["BEST", "GOOD", "DARK", "POOR", "CALM", "MUTE"]
        );
        let ranks: Vec<Option<f64>> = screened
            .rows
            .iter()
            .map(|row| row.number(Field::Rank))
            .collect();
        assert_eq!(ranks, [Some(1.0), Some(2.0), None, None, None, None]);
        let reasons: Vec<String> = screened
            .rows
            .iter()
            .map(|row| row.value(Field::Reasons).unwrap().to_string())
            .collect();
        assert_eq!(
            reasons,
            [
                "",
                "",
                "unknown: vrp > 1 (vrp missing: short_history)",
                "vrp > 1 (vrp 0.9)",
                "iv > 10 (iv 5); vrp > 1 (vrp 0.5)",
                "iv > 10 (iv 5); unknown: vrp > 1 (vrp missing: short_history)",
            ]
        );
    }

    #[test]
    fn top_shortens_the_passing_rows_but_not_the_counts() {
        let rules = rules(&["iv > 10", "vrp > 1"]);
        let screened = screen(universe(), &rules, &options(Some(1), Rejected::Drop));
        assert_eq!(symbols(&screened), ["BEST"]);
        let meta = screened.meta;
        assert_eq!(
            (meta.universe, meta.passed, meta.rejected, meta.unknown),
            (6, 2, 3, 1)
        );
    }

    #[test]
    fn the_waterfall_counts_in_order_and_alone() {
        let rules = rules(&["iv > 10", "vrp > 1"]);
        let meta = screen(universe(), &rules, &options(None, Rejected::Drop)).meta;
        let counts: Vec<_> = meta
            .waterfall
            .iter()
            .map(|step| (step.rule.as_str(), step.cut, step.cut_alone, step.unknown))
            .collect();
        assert_eq!(counts, [("iv > 10", 2, 2, 0), ("vrp > 1", 1, 2, 2)]);
        let cut: usize = meta.waterfall.iter().map(|step| step.cut).sum();
        assert_eq!(cut, meta.rejected);
    }

    #[test]
    fn rules_may_ask_for_score_signal_and_held() {
        let rules = rules(&["score > 40 && signal != 'DISCOUNT' && !held"]);
        let screened = screen(universe(), &rules, &options(None, Rejected::Drop));
        assert_eq!(symbols(&screened), ["BEST"]);
    }

    #[test]
    fn without_rules_everything_passes() {
        let screened = screen(universe(), &[], &options(None, Rejected::Drop));
        assert_eq!(screened.meta.passed, 6);
        assert_eq!(symbols(&screened)[..2], ["BEST", "GOOD"]);
    }

    #[test]
    fn costly_fields_are_fetched_for_survivors_only() {
        let rules = rules(&["vrp > 1", "atm_spread_pct <= 5"]);
        let wanted: Vec<bool> = universe()[..4]
            .iter()
            .map(|row| may_pass(row, &rules))
            .collect();
        assert_eq!(wanted, [false, true, true, false]);

        let screened = screen(universe(), &rules, &options(None, Rejected::Keep));
        let poor = screened
            .rows
            .iter()
            .find(|row| row.symbol.as_str() == "POOR");
        assert_eq!(
            poor.unwrap().value(Field::Reasons).unwrap().to_string(),
            "vrp > 1 (vrp 0.9)"
        );
    }
}
