//! The keyless source's part of a run: charts for what the others left open, within a ration of its own.

mod mapping;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::error::{ProviderError, in_tenths};
use super::source::{Answer, Contracts, End, Request, Shared, Source, Stage};
use crate::legacy::LegacyError;
use crate::model::market::DailyChart;
use crate::model::{Field, HvWindow, Provider, Reason, Supply, Symbol, SymbolKind};

/// The keyless source's part of a run.
#[derive(Debug, Default)]
pub(super) struct Legacy {
    /// Lines whose charts are wanted and not asked for yet.
    waiting: VecDeque<usize>,
    /// Symbols whose charts are being fetched.
    under_way: Vec<Symbol>,
    /// How many were asked for.
    spent: u32,
    /// When the next one would be due if all came evenly spaced.
    due: Option<Instant>,
    /// For how long this source alone has kept the run, and since when it does.
    alone: Duration,
    alone_since: Option<Instant>,
}

impl Legacy {
    fn is_worth_asking(stage: Stage, line: usize, run: &Shared) -> bool {
        let (table, kind) = (&run.table, run.table.kind(line));
        let wanted = table.wanted_of(line, Supply::Chart);
        if wanted.is_empty() || table.is_asked(line, Supply::Chart) {
            return false;
        }
        if stage == Stage::Best {
            // Only a user who names this source first wants it asked beside the others.
            let is_first = table.ranking().order().first() == Some(&Provider::Legacy);
            return is_first && table.ranking().is_best(Supply::Chart, kind, wanted);
        }
        let gaps = table.gaps(line, run.now).intersection(wanted);
        let is_young = run.lines[line].is_young;
        let mut worth = gaps.iter().filter(|field| {
            let is_there = !is_young || HvWindow::of(*field).is_none();
            let is_worth =
                mapping::worth_asking().contains(*field) || Self::is_only_one(line, *field, run);
            is_there && is_worth
        });
        worth.next().is_some()
    }

    /// Whether nobody else can be asked about a field of a line.
    fn is_only_one(line: usize, field: Field, run: &Shared) -> bool {
        let ranking = run.table.ranking();
        let mut others = ranking
            .order()
            .iter()
            .filter(|provider| **provider != Provider::Legacy);
        others.all(|other| {
            ranking.rank(field, run.table.kind(line), *other).is_none() || run.has_failed(*other)
        })
    }

    /// How many entries its collections hold, for tests of what grows.
    #[cfg(test)]
    pub(super) fn collected(&self) -> usize {
        self.waiting.len() + self.under_way.len()
    }

    /// Whether the chart of a line can be requested by now: it has only the front month, so a dated contract waits until it
    /// is known which one that is.
    fn is_ready(line: usize, run: &Shared) -> bool {
        run.table.kind(line) != SymbolKind::Future || run.contracts == Contracts::Known
    }

    /// The place of the next line to ask about.
    fn next_waiting(&self, run: &Shared) -> Option<usize> {
        let mut waiting = self.waiting.iter();
        waiting.position(|line| Self::is_ready(*line, run))
    }

    /// Whether the run may ask for another chart at all.
    fn has_room(&self, run: &Shared) -> bool {
        let waiting = u32::try_from(self.waiting.len()).unwrap_or(u32::MAX);
        self.spent.saturating_add(waiting) < run.means.charts.per_run
    }

    /// Asks for as many charts as the ration has room for.
    fn request_some(&mut self, run: &mut Shared) {
        let ration = run.means.charts;
        while self.under_way.len() < ration.at_once && self.next_at(run) <= run.now {
            let next = self.next_waiting(run);
            let Some(line) = next.and_then(|place| self.waiting.remove(place)) else {
                return;
            };
            let symbol = run.table.symbol(line).clone();
            if self.under_way.contains(&symbol) {
                continue;
            }
            self.spent += 1;
            let due = self.due.map_or(run.now, |due| due.max(run.now));
            self.due = Some(due + ration.spacing);
            let contract = run.lines[line].contract.as_ref();
            let is_front_month = contract.is_some_and(|contract| contract.is_front_month);
            self.under_way.push(symbol.clone());
            run.request(Request::Chart {
                symbol,
                is_front_month,
            });
        }
    }

    /// When the ration has room for another chart.
    fn next_at(&self, run: &Shared) -> Instant {
        let ration = run.means.charts;
        let ahead = ration.spacing * ration.burst.saturating_sub(1);
        let at = self.due.and_then(|due| due.checked_sub(ahead));
        at.map_or(run.now, |at| at.max(run.now))
    }

    /// Whether there is anybody else who could answer.
    fn is_beside_others(run: &Shared) -> bool {
        let order = run.table.ranking().order().iter();
        let mut others = order.filter(|provider| **provider != Provider::Legacy);
        others
            .any(|provider| run.activities[*provider as usize].asked && !run.has_failed(*provider))
    }

    /// Counts the time for which nobody else keeps the run.
    fn count_time(&mut self, run: &Shared) {
        let is_busy = self.next_waiting(run).is_some() || !self.under_way.is_empty();
        let is_alone = is_busy && run.table.waits_only_for(Provider::Legacy, run.now);
        match (self.alone_since, is_alone) {
            (Some(since), false) => {
                self.alone += run.now.duration_since(since);
                self.alone_since = None;
            }
            (None, true) => self.alone_since = Some(run.now),
            (Some(_), true) | (None, false) => {}
        }
    }

    /// When its time is over beside others.
    fn over_at(&self, run: &Shared) -> Option<Instant> {
        let since = self.alone_since.filter(|_| Self::is_beside_others(run))?;
        Some(since + run.limits.settle.saturating_sub(self.alone))
    }

    /// It has kept the run for long enough.
    fn stop(&mut self, run: &mut Shared) {
        for line in std::mem::take(&mut self.waiting) {
            run.table
                .conclude_supply(line, Supply::Chart, Reason::NotAsked);
        }
        if !self.under_way.is_empty() {
            let after = in_tenths(run.limits.settle);
            self.under_way.clear();
            run.fail(Provider::Legacy, ProviderError::Deadline { after });
        }
    }

    fn on_chart(
        &mut self,
        symbol: &Symbol,
        answer: Result<DailyChart, LegacyError>,
        run: &mut Shared,
    ) {
        self.under_way.retain(|other| other != symbol);
        let lines: Vec<usize> = (0..run.table.len())
            .filter(|line| run.table.symbol(*line) == symbol)
            .collect();
        match answer {
            Ok(chart) => {
                for line in lines {
                    on_found(line, &chart, run);
                }
                for doubt in chart.doubts {
                    let symbols = run.doubts.entry(doubt).or_default();
                    symbols.push(chart.symbol.clone());
                }
            }
            Err(LegacyError::UnknownSymbol { .. }) => {
                for line in lines {
                    run.table
                        .conclude_supply(line, Supply::Chart, Reason::UnknownSymbol);
                    run.table.unknown(line, Provider::Legacy);
                }
            }
            Err(LegacyError::NoMapping { .. } | LegacyError::NoData { .. }) => {
                for line in lines {
                    run.table
                        .conclude_supply(line, Supply::Chart, Reason::NotProvided);
                }
            }
            Err(error) => {
                let error = ProviderError::Legacy(Arc::new(error));
                for line in lines {
                    run.table
                        .conclude_supply(line, Supply::Chart, error.reason());
                }
                run.activity(Provider::Legacy).failure.get_or_insert(error);
            }
        }
    }
}

impl Source for Legacy {
    fn step(&mut self, stage: Stage, lines: &[usize], run: &mut Shared) {
        if !run.table.ranking().uses(Provider::Legacy) {
            return;
        }
        for line in lines.iter().copied() {
            if Self::is_worth_asking(stage, line, run) {
                run.table.ask(line, Supply::Chart);
                run.activity(Provider::Legacy).asked = true;
                if self.has_room(run) {
                    self.waiting.push_back(line);
                } else {
                    refused_by_ration(line, run);
                }
            }
        }
    }

    fn flush(&mut self, run: &mut Shared) {
        self.request_some(run);
        self.count_time(run);
    }

    fn on(&mut self, answer: Answer, run: &mut Shared) -> Option<Answer> {
        match answer {
            Answer::Chart(symbol, chart) => self.on_chart(&symbol, *chart, run),
            other => return Some(other),
        }
        None
    }

    fn wakes_at(&self, run: &Shared) -> Option<Instant> {
        let can_ask =
            self.next_waiting(run).is_some() && self.under_way.len() < run.means.charts.at_once;
        let next = can_ask.then(|| self.next_at(run));
        [next, self.over_at(run)].into_iter().flatten().min()
    }

    fn on_time(&mut self, run: &mut Shared) {
        self.count_time(run);
        if self.over_at(run).is_some_and(|at| at <= run.now) {
            self.stop(run);
        }
    }

    fn retarget(&mut self, moved: &[Option<usize>], _: &mut Shared) {
        self.waiting = self
            .waiting
            .iter()
            .filter_map(|line| moved[*line])
            .collect();
    }

    fn end(&mut self, how: End, run: &mut Shared) {
        if how != End::OutOfTime {
            return;
        }
        for line in std::mem::take(&mut self.waiting) {
            run.table
                .conclude_supply(line, Supply::Chart, Reason::NotAsked);
        }
        if run.table.awaits(Provider::Legacy) {
            let after = in_tenths(run.now.duration_since(run.began));
            run.fail(Provider::Legacy, ProviderError::Deadline { after });
        }
        run.table
            .conclude_all(Provider::Legacy, Reason::ProviderFailed);
    }
}

/// The run has asked for as many charts as it may.
fn refused_by_ration(line: usize, run: &mut Shared) {
    let limit = run.means.charts.per_run;
    run.table
        .conclude_supply(line, Supply::Chart, Reason::RefusedByLimit);
    let error = ProviderError::Legacy(Arc::new(LegacyError::Budget { limit }));
    let failure = &mut run.activity(Provider::Legacy).failure;
    failure.get_or_insert(error);
}

fn on_found(line: usize, chart: &DailyChart, run: &mut Shared) {
    let said = mapping::observations(chart, run.table.ranking().estimator());
    run.offer(line, Provider::Legacy, said);
    let class = run.lines[line].class.or_else(|| mapping::class_of(chart));
    run.lines[line].class = class;
    let windows = crate::model::HvWindow::ALL
        .iter()
        .map(|window| window.field());
    run.table.conclude(
        line,
        Provider::Legacy,
        windows.collect(),
        Reason::ShortHistory,
    );
    run.table
        .conclude_supply(line, Supply::Chart, Reason::NotProvided);
}
