//! Leads each line to its bars: from what is kept, from the stream, and for a future over the contracts before its own.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::Date;

use super::shelf::{Held, Shelf};
use super::stitch::stitch;
use crate::model::{DailyBar, Reason, Source};

/// All that a run knows about bars.
#[derive(Debug)]
pub(in crate::provider) struct Quests {
    today: Date,
    /// Bars that the longest wanted window takes.
    needed: usize,
    shelf: Option<Shelf>,
    series: HashMap<Arc<str>, Series>,
    under_way: Vec<Quest>,
}

/// How far the bars of one symbol are.
#[derive(Debug)]
enum Series {
    /// They are to be asked for from this day on; `held` is what the answer has to continue.
    Wanted { from: Date, held: Option<Held> },
    /// The stream was asked.
    Asked { held: Option<Held> },
    /// They are here, from the stream or from an earlier run.
    Here { held: Held, source: Source },
    /// They will not come.
    Gone(Reason),
}

/// A line on the way to its bars.
#[derive(Debug)]
struct Quest {
    line: usize,
    /// Symbols still to be looked at: the line's own, and contracts before it, newest first.
    ahead: VecDeque<Arc<str>>,
    bars: Vec<DailyBar>,
    /// How many of them are those of its own symbol, and where these are from.
    own: usize,
    source: Source,
    /// Why there is nothing, when the line's own symbol has nothing.
    nothing: Reason,
}

/// Whether the stream can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::provider) enum Stream {
    /// It can.
    Open,
    /// Not yet.
    Awaited,
    /// It will say nothing more.
    Over(Reason),
}

impl Stream {
    /// Whether it will say nothing more.
    pub(in crate::provider) fn is_over(self) -> bool {
        matches!(self, Self::Over(_))
    }
}

/// What is to be done.
#[derive(Debug, Default)]
pub(in crate::provider) struct Step {
    /// Bars to ask the stream for.
    pub(in crate::provider) asks: Vec<Ask>,
    /// Lines whose bars are as complete as they will be.
    pub(in crate::provider) answers: Vec<Answer>,
}

/// Bars to ask for.
#[derive(Debug, PartialEq)]
pub(in crate::provider) struct Ask {
    /// The symbol, in the stream's spelling.
    pub(in crate::provider) streamer: Arc<str>,
    /// First session wanted.
    pub(in crate::provider) from: Date,
    /// Whether it is a contract before the one that is asked about, and may be gone.
    pub(in crate::provider) is_earlier: bool,
}

/// The bars of a line.
#[derive(Debug, PartialEq)]
pub(in crate::provider) struct Answer {
    /// The line.
    pub(in crate::provider) line: usize,
    /// Ascending, possibly fewer than needed.
    pub(in crate::provider) bars: Vec<DailyBar>,
    /// How many of them, the last ones, are those of its own symbol; contracts before it have the others.
    pub(in crate::provider) own: usize,
    /// Where its own are from.
    pub(in crate::provider) source: Source,
    /// Why a window is not there.
    pub(in crate::provider) lacking: Reason,
}

impl Quests {
    /// Nothing is known yet; `needed` is how many bars the longest wanted window takes.
    pub(in crate::provider) fn new(today: Date, needed: usize, shelf: Option<Shelf>) -> Self {
        Self {
            today,
            needed,
            shelf,
            series: HashMap::new(),
            under_way: Vec::new(),
        }
    }

    /// A line wants its bars: those of the first symbol, and in front of them those of the others, newest first, as far
    /// as they are needed.
    pub(in crate::provider) fn want(&mut self, line: usize, symbols: VecDeque<Arc<str>>) {
        self.under_way.push(Quest {
            line,
            ahead: symbols,
            bars: Vec::new(),
            own: 0,
            source: Source::Dxlink,
            nothing: Reason::NotProvided,
        });
    }

    /// The stream has sent all bars of a symbol that are over, ascending; of a truncated history only the newest, and
    /// those before them will not come.
    pub(in crate::provider) fn arrived(
        &mut self,
        streamer: &str,
        bars: Vec<DailyBar>,
        truncated: bool,
    ) {
        let (from, until) = (self.first_day(), self.today);
        let Some(series) = self.series.get_mut(streamer) else {
            return;
        };
        let Series::Asked { held } = series else {
            return;
        };
        let whole = if let Some(held) = held.take() {
            held.extended(&bars, until)
        } else {
            let first = bars.first().filter(|_| truncated);
            let from = first.map_or(from, |bar| bar.date);
            Some(Held { from, until, bars })
        };
        let Some(held) = whole else {
            tracing::debug!("the kept bars of {streamer} are another history now");
            *series = Series::Wanted { from, held: None };
            return;
        };
        if let Some(shelf) = self.shelf.as_ref().filter(|_| !held.bars.is_empty()) {
            shelf.write(streamer, &held);
        }
        let source = Source::Dxlink;
        *series = Series::Here { held, source };
    }

    /// The stream will not send the bars of a symbol.
    pub(in crate::provider) fn failed(&mut self, streamer: &str, reason: Reason) {
        if let Some(series @ Series::Asked { .. }) = self.series.get_mut(streamer) {
            *series = Series::Gone(reason);
        }
    }

    /// Goes on as far as possible.
    pub(in crate::provider) fn step(&mut self, stream: Stream) -> Step {
        let mut step = Step::default();
        let mut under_way = std::mem::take(&mut self.under_way);
        under_way.retain_mut(|quest| {
            let is_done = self.advance(quest, stream, &mut step.asks);
            if is_done {
                step.answers.push(quest.answer(self.needed));
            }
            !is_done
        });
        self.under_way = under_way;
        step
    }

    /// Takes a line as far as possible; gives whether that is its end.
    fn advance(&mut self, quest: &mut Quest, stream: Stream, asks: &mut Vec<Ask>) -> bool {
        while let Some(symbol) = quest.ahead.front().cloned() {
            if quest.bars.len() >= self.needed {
                return true;
            }
            // Of a contract before, only what lies before the bars that are here already.
            let through = quest
                .bars
                .first()
                .map_or_else(|| self.today.saturating_sub(1.day()), |first| first.date);
            let series = self.series_of(&symbol, through);
            match series {
                Series::Wanted { from, held } if stream == Stream::Open => {
                    asks.push(Ask {
                        streamer: symbol,
                        from: *from,
                        is_earlier: !quest.bars.is_empty(),
                    });
                    let held = held.take();
                    *series = Series::Asked { held };
                    return false;
                }
                Series::Wanted { .. } | Series::Asked { .. } => {
                    let Stream::Over(reason) = stream else {
                        return false;
                    };
                    *series = Series::Gone(reason);
                }
                Series::Gone(reason) => {
                    quest.nothing = *reason;
                    return true;
                }
                Series::Here { held, source } => {
                    quest.take(held, *source);
                    quest.ahead.pop_front();
                    if quest.bars.is_empty() {
                        return true;
                    }
                }
            }
        }
        true
    }

    /// How far a symbol is, looked up among what is kept when it is needed for the first time.
    fn series_of(&mut self, symbol: &Arc<str>, through: Date) -> &mut Series {
        let from = self.first_day();
        let looked_up = match self.series.get(symbol) {
            // What is kept may be enough for one line and not for another.
            Some(Series::Here {
                held,
                source: Source::Cache,
            }) if !held.covers(from, through) => Some(Series::kept(held.clone(), from, through)),
            Some(_) => None,
            None => {
                let kept = self.shelf.as_ref().and_then(|shelf| shelf.read(symbol));
                kept.map(|held| Series::kept(held, from, through))
            }
        };
        if let Some(series) = looked_up {
            self.series.insert(Arc::clone(symbol), series);
        }
        self.series
            .entry(Arc::clone(symbol))
            .or_insert(Series::Wanted { from, held: None })
    }

    /// The first day to ask for: far enough back for the needed bars with a holiday every other week.
    fn first_day(&self) -> Date {
        let days = self.needed.saturating_mul(3) / 2 + 14;
        self.today
            .saturating_sub(i64::try_from(days).unwrap_or(0).days())
    }
}

impl Series {
    /// What becomes of kept bars when these days are needed.
    fn kept(held: Held, from: Date, through: Date) -> Self {
        match held.bars.last() {
            _ if held.covers(from, through) => Self::Here {
                held,
                source: Source::Cache,
            },
            Some(last) if held.from <= from => Self::Wanted {
                from: last.date,
                held: Some(held),
            },
            _ => Self::Wanted { from, held: None },
        }
    }
}

impl Quest {
    fn take(&mut self, held: &Held, source: Source) {
        if self.bars.is_empty() {
            self.bars.clone_from(&held.bars);
            self.own = held.bars.len();
            self.source = source;
        } else if let Some(joined) = stitch(&self.bars, &held.bars)
            && joined.bars.len() > self.bars.len()
        {
            self.bars = joined.bars;
            self.own = self.own.min(joined.later);
        }
    }

    fn answer(&mut self, needed: usize) -> Answer {
        let bars = std::mem::take(&mut self.bars);
        let lacking = match bars.len() {
            0 => self.nothing,
            few if few < needed => Reason::ShortHistory,
            // A bar is broken.
            _ => Reason::NotProvided,
        };
        Answer {
            line: self.line,
            own: self.own,
            source: self.source,
            lacking,
            bars,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use jiff::civil::date;
    use tempfile::TempDir;

    use super::*;
    use crate::secret::Secret;
    use crate::store::{AccountMark, Kind, Store};

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

    fn quests() -> Quests {
        Quests::new(TODAY, NEEDED, None)
    }

    fn asked(step: &Step) -> Vec<&str> {
        step.asks.iter().map(|ask| &*ask.streamer).collect()
    }

    fn only(step: Step) -> Answer {
        let [answer] = <[Answer; 1]>::try_from(step.answers).unwrap();
        answer
    }

    #[test]
    fn a_symbol_is_asked_once_for_all_its_lines() {
        let mut quests = quests();
        for line in [0, 1] {
            quests.want(line, symbols(&["SPY"]));
        }
        assert_eq!(asked(&quests.step(Stream::Awaited)), [""; 0]);
        let step = quests.step(Stream::Open);
        assert_eq!(asked(&step), ["SPY"]);
        assert!(!step.asks[0].is_earlier);
        assert_eq!(step.asks[0].from, TODAY - 29.days());
        assert_eq!(asked(&quests.step(Stream::Open)), [""; 0]);
        quests.arrived("SPY", bars(12, 1, 100.0), false);
        let answers = quests.step(Stream::Open).answers;
        let lines: Vec<usize> = answers.iter().map(|answer| answer.line).collect();
        assert_eq!(lines, [0, 1]);
        assert!(
            answers
                .iter()
                .all(|a| a.bars.len() == 12 && a.source == Source::Dxlink)
        );
    }

    #[test]
    fn contracts_before_are_asked_only_as_far_as_needed() {
        let mut quests = quests();
        quests.want(0, symbols(&["C", "B", "A"]));
        assert_eq!(asked(&quests.step(Stream::Open)), ["C"]);
        quests.arrived("C", bars(4, 1, 300.0), false);
        let step = quests.step(Stream::Open);
        assert_eq!(asked(&step), ["B"]);
        assert!(step.asks[0].is_earlier);
        quests.arrived("B", bars(9, 3, 200.0), false);
        let answer = only(quests.step(Stream::Open));
        // Four of its own, and those of the nine that lie before them.
        assert_eq!((answer.own, answer.bars.len()), (4, 4 + 7));
        assert_eq!(asked(&quests.step(Stream::Open)), [""; 0]);
    }

    #[test]
    fn a_contract_before_that_says_nothing_costs_only_what_it_would_add() {
        let mut quests = quests();
        quests.want(0, symbols(&["B", "A"]));
        quests.step(Stream::Open);
        quests.arrived("B", bars(4, 1, 300.0), false);
        quests.step(Stream::Open);
        quests.failed("A", Reason::NoEventBeforeDeadline);
        let answer = only(quests.step(Stream::Open));
        assert_eq!((answer.bars.len(), answer.source), (4, Source::Dxlink));
        assert_eq!(answer.lacking, Reason::ShortHistory);
    }

    #[test]
    fn a_stream_that_is_over_ends_every_wait_with_what_is_there() {
        let over = Stream::Over(Reason::NoEventBeforeDeadline);
        let mut quests = quests();
        quests.want(0, symbols(&["B", "A"]));
        quests.want(1, symbols(&["SPY"]));
        quests.step(Stream::Open);
        quests.arrived("B", bars(4, 1, 300.0), false);
        quests.step(Stream::Open);
        let answers = quests.step(over).answers;
        assert_eq!(answers[0].bars.len(), 4);
        assert_eq!(answers[1].lacking, Reason::NoEventBeforeDeadline);
        assert!(answers[1].bars.is_empty());
        quests.want(2, symbols(&["QQQ"]));
        assert_eq!(
            only(quests.step(over)).lacking,
            Reason::NoEventBeforeDeadline
        );
    }

    #[test]
    fn a_symbol_without_a_bar_says_so() {
        let mut quests = quests();
        quests.want(0, symbols(&["B", "A"]));
        quests.step(Stream::Open);
        quests.arrived("B", Vec::new(), false);
        let answer = only(quests.step(Stream::Open));
        assert_eq!(answer.lacking, Reason::NotProvided);
    }

    /// What one run after another finds on its shelf.
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

        fn run(&self, today: Date, needed: usize) -> Quests {
            let mark = AccountMark::new("http://x", &Secret::new("a"), &Secret::new("b"));
            let now: Timestamp = format!("{today}T15:00:00Z").parse().unwrap();
            let drawer = self.store.drawer(Kind::Candles, &mark);
            Quests::new(today, needed, Some(Shelf::new(drawer, now)))
        }

        /// A run that is answered with these bars; gives from when it asked.
        fn answered(&self, today: Date, bars: &[DailyBar]) -> (Option<Date>, Answer) {
            let mut quests = self.run(today, NEEDED);
            quests.want(0, symbols(&["SPY"]));
            let mut step = quests.step(Stream::Open);
            let from = step.asks.first().map(|ask| ask.from);
            while let Some(ask) = step.asks.pop() {
                let sent = bars.iter().filter(|bar| bar.date >= ask.from);
                quests.arrived("SPY", sent.copied().collect(), false);
                step = quests.step(Stream::Open);
            }
            (from, only(step))
        }
    }

    #[test]
    fn the_next_run_of_the_day_asks_nothing() {
        let runs = Runs::new();
        let all = bars(12, 1, 100.0);
        assert_eq!(runs.answered(TODAY, &all).1.source, Source::Dxlink);
        let (from, answer) = runs.answered(TODAY, &[]);
        assert_eq!((from, answer.source), (None, Source::Cache));
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
        assert_eq!((answer.bars, answer.source), (all, Source::Dxlink));
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
        let mut quests = runs.run(TODAY, 2 * NEEDED);
        quests.want(0, symbols(&["SPY"]));
        assert_eq!(quests.step(Stream::Open).asks[0].from, TODAY - 44.days());
    }

    #[test]
    fn what_was_cut_off_is_asked_for_again() {
        let runs = Runs::new();
        let mut quests = runs.run(TODAY, NEEDED);
        quests.want(0, symbols(&["SPY"]));
        let first = quests.step(Stream::Open).asks[0].from;
        quests.arrived("SPY", bars(4, 1, 100.0), true);
        quests.step(Stream::Open);

        let mut later = runs.run(TODAY, NEEDED);
        later.want(0, symbols(&["SPY"]));
        assert_eq!(later.step(Stream::Open).asks[0].from, first);
    }

    #[test]
    fn an_expired_contract_is_not_asked_again() {
        let runs = Runs::new();
        let late = TODAY + 4.days();
        for (today, asks) in [(TODAY, 2), (late, 1)] {
            let mut quests = runs.run(today, NEEDED);
            quests.want(0, symbols(&["B", "A"]));
            let mut names = Vec::new();
            let mut step = quests.step(Stream::Open);
            while let Some(ask) = step.asks.pop() {
                names.push(ask.streamer.clone());
                let (count, ago) = if &*ask.streamer == "A" {
                    (9, 3)
                } else {
                    (4, 1)
                };
                let sent = bars(count, ago, 100.0).into_iter();
                quests.arrived(
                    &ask.streamer,
                    sent.filter(|bar| bar.date >= ask.from).collect(),
                    false,
                );
                step = quests.step(Stream::Open);
            }
            assert_eq!(names.len(), asks, "{names:?}");
            let answer = only(step);
            assert_eq!((answer.own, answer.bars.len()), (4, 4 + 7));
        }
    }

    #[test]
    fn what_is_kept_answers_though_the_stream_is_over() {
        let runs = Runs::new();
        runs.answered(TODAY, &bars(12, 1, 100.0));
        let mut quests = runs.run(TODAY, NEEDED);
        quests.want(0, symbols(&["SPY"]));
        let step = quests.step(Stream::Over(Reason::ProviderFailed));
        assert_eq!(only(step).source, Source::Cache);
    }
}
