//! Leads each line to its bars: from what is kept, from the stream, and for a future over the contracts before its own.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::Date;

use super::cache::{BarCache, KnownHistory};
use super::stitch::stitch;
use crate::model::{DailyBar, Origin, Reason};

/// All that a run knows about bars.
#[derive(Debug)]
pub(in crate::provider::dxlink) struct BarRequests {
    today: Date,
    /// Bars that the longest wanted window takes.
    needed: usize,
    cache: Option<BarCache>,
    series: HashMap<Arc<str>, Series>,
    under_way: Vec<Search>,
}

/// How far the bars of one symbol are.
#[derive(Debug)]
enum Series {
    /// They are to be asked for from this day on; `held` is what the answer has to continue.
    Wanted {
        from: Date,
        held: Option<KnownHistory>,
    },
    /// The stream was asked.
    Asked { held: Option<KnownHistory> },
    /// They are here, from the stream or from an earlier run.
    Here { held: KnownHistory, origin: Origin },
    /// They will not come.
    Gone(Reason),
}

/// A line on the way to its bars.
#[derive(Debug)]
struct Search {
    line: usize,
    /// Symbols still to be looked at: the line's own, and contracts before it, newest first.
    ahead: VecDeque<Arc<str>>,
    bars: Vec<DailyBar>,
    /// How many of them are those of its own symbol, and where these are from.
    own: usize,
    origin: Origin,
    /// Whether somebody has older bars that were not sent.
    is_cut: bool,
    /// Why there is nothing, when the line's own symbol has nothing.
    nothing: Reason,
}

/// Whether the stream can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::provider::dxlink) enum Availability {
    /// The stream can be asked now.
    Open,
    /// The stream may be asked later.
    Awaited,
    /// It will say nothing more.
    Over(Reason),
}

impl Availability {
    /// Whether it will say nothing more.
    pub(in crate::provider::dxlink) fn is_over(self) -> bool {
        matches!(self, Self::Over(_))
    }
}

/// What is to be done.
#[derive(Debug, Default)]
pub(in crate::provider::dxlink) struct Step {
    /// Bars to ask the stream for.
    pub(in crate::provider::dxlink) asks: Vec<BarRequest>,
    /// Lines whose bars are as complete as they will be.
    pub(in crate::provider::dxlink) found: Vec<LineBars>,
}

/// Bars to ask for.
#[derive(Debug, PartialEq)]
pub(in crate::provider::dxlink) struct BarRequest {
    /// The line that needs them first.
    pub(in crate::provider::dxlink) line: usize,
    /// The symbol, in the stream's spelling.
    pub(in crate::provider::dxlink) streamer: Arc<str>,
    /// First session wanted.
    pub(in crate::provider::dxlink) from: Date,
    /// Whether it is a contract before the one that is asked about, and may be gone.
    pub(in crate::provider::dxlink) is_earlier: bool,
}

/// The bars of a line.
#[derive(Debug, PartialEq)]
pub(in crate::provider::dxlink) struct LineBars {
    /// The row of the symbol in the merge table.
    pub(in crate::provider::dxlink) line: usize,
    /// Ascending, possibly fewer than needed.
    pub(in crate::provider::dxlink) bars: Vec<DailyBar>,
    /// How many of them, the last ones, are those of its own symbol; contracts before it have the others.
    pub(in crate::provider::dxlink) own: usize,
    /// Where its own are from.
    pub(in crate::provider::dxlink) origin: Origin,
    /// Why a window is not there.
    pub(in crate::provider::dxlink) lacking: Reason,
    /// Whether there are older bars that the stream does not send.
    pub(in crate::provider::dxlink) is_cut: bool,
}

impl BarRequests {
    /// Nothing is known yet, and no bars are needed.
    pub(in crate::provider::dxlink) fn new(today: Date, cache: Option<BarCache>) -> Self {
        Self {
            today,
            needed: 0,
            cache,
            series: HashMap::new(),
            under_way: Vec::new(),
        }
    }

    /// The lines are others now (`moved` says where each old one went), and the longest wanted window takes so many bars.
    /// Only what somebody is still waiting for is kept. Gives whether a longer window is wanted than before.
    pub(in crate::provider::dxlink) fn retarget(
        &mut self,
        needed: usize,
        moved: &[Option<usize>],
    ) -> bool {
        self.under_way.retain_mut(|search| {
            let new = moved.get(search.line).copied().flatten();
            new.inspect(|new| search.line = *new).is_some()
        });
        let is_longer = needed > self.needed;
        self.needed = needed;
        let awaited: HashSet<&Arc<str>> = self
            .under_way
            .iter()
            .flat_map(|search| &search.ahead)
            .collect();
        // What was enough for a shorter window may not be for this one.
        self.series.retain(|symbol, series| {
            awaited.contains(symbol) && (!is_longer || matches!(series, Series::Asked { .. }))
        });
        is_longer
    }

    /// Whether the stream was asked for the bars of a symbol and has not sent them.
    pub(in crate::provider::dxlink) fn is_awaited(&self, streamer: &str) -> bool {
        matches!(self.series.get(streamer), Some(Series::Asked { .. }))
    }

    /// Whether a line is on the way to its bars.
    pub(in crate::provider::dxlink) fn is_under_way(&self, line: usize) -> bool {
        self.under_way.iter().any(|search| search.line == line)
    }

    /// How many entries its collections hold, for tests of what grows.
    #[cfg(test)]
    pub(in crate::provider::dxlink) fn collected(&self) -> usize {
        self.series.len() + self.under_way.len()
    }

    /// Whether the bars of the first of these symbols were kept and are enough.
    pub(in crate::provider::dxlink) fn has_kept(&mut self, symbols: &VecDeque<Arc<str>>) -> bool {
        let through = self.today.saturating_sub(1.day());
        let Some(first) = symbols.front() else {
            return false;
        };
        let needed = self.needed;
        matches!(self.series_of(first, through), Series::Here { held, .. } if held.bars.len() >= needed)
    }

    /// A line wants its bars: those of the first symbol, and in front of them those of the others, newest first, as far
    /// as they are needed.
    pub(in crate::provider::dxlink) fn want(&mut self, line: usize, symbols: VecDeque<Arc<str>>) {
        self.under_way.push(Search {
            line,
            ahead: symbols,
            bars: Vec::new(),
            own: 0,
            origin: Origin::DXLINK,
            is_cut: false,
            nothing: Reason::NotProvided,
        });
    }

    /// The stream has sent all bars of a symbol that are over, ascending; of a truncated history only the newest, and
    /// those before them will not come.
    pub(in crate::provider::dxlink) fn arrived(
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
            Some(KnownHistory { from, until, bars })
        };
        let Some(held) = whole else {
            tracing::debug!("the kept bars of {streamer} are another history now");
            *series = Series::Wanted { from, held: None };
            return;
        };
        if let Some(cache) = self.cache.as_ref().filter(|_| !held.bars.is_empty()) {
            cache.write(streamer, &held);
        }
        let origin = Origin::DXLINK;
        *series = Series::Here { held, origin };
    }

    /// The stream will not send the bars of a symbol.
    pub(in crate::provider::dxlink) fn failed(&mut self, streamer: &str, reason: Reason) {
        if let Some(series @ Series::Asked { .. }) = self.series.get_mut(streamer) {
            *series = Series::Gone(reason);
        }
    }

    /// Goes on as far as possible.
    pub(in crate::provider::dxlink) fn step(&mut self, stream: Availability) -> Step {
        let mut step = Step::default();
        let mut under_way = std::mem::take(&mut self.under_way);
        under_way.retain_mut(|search| {
            let is_done = self.advance(search, stream, &mut step.asks);
            if is_done {
                step.found.push(search.answer(self.needed));
            }
            !is_done
        });
        self.under_way = under_way;
        step
    }

    /// Takes a line as far as possible; gives whether that is its end.
    fn advance(
        &mut self,
        search: &mut Search,
        stream: Availability,
        asks: &mut Vec<BarRequest>,
    ) -> bool {
        let first_day = self.first_day();
        while let Some(symbol) = search.ahead.front().cloned() {
            if search.bars.len() >= self.needed {
                return true;
            }
            // Of a contract before, only what lies before the bars that are here already.
            let through = search
                .bars
                .first()
                .map_or_else(|| self.today.saturating_sub(1.day()), |first| first.date);
            let series = self.series_of(&symbol, through);
            match series {
                Series::Wanted { from, held } if stream == Availability::Open => {
                    asks.push(BarRequest {
                        line: search.line,
                        streamer: symbol,
                        from: *from,
                        is_earlier: !search.bars.is_empty(),
                    });
                    let held = held.take();
                    *series = Series::Asked { held };
                    return false;
                }
                Series::Wanted { .. } | Series::Asked { .. } => {
                    let Availability::Over(reason) = stream else {
                        return false;
                    };
                    *series = Series::Gone(reason);
                }
                Series::Gone(reason) => {
                    search.nothing = *reason;
                    return true;
                }
                Series::Here { held, origin } => {
                    search.is_cut |= held.from > first_day;
                    search.take(held, *origin);
                    search.ahead.pop_front();
                    if search.bars.is_empty() {
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
                origin: Origin::Cached,
            }) if !held.covers(from, through) => Some(Series::kept(held.clone(), from, through)),
            Some(_) => None,
            None => {
                let kept = self.cache.as_ref().and_then(|cache| cache.read(symbol));
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
    fn kept(held: KnownHistory, from: Date, through: Date) -> Self {
        match held.bars.last() {
            _ if held.covers(from, through) => Self::Here {
                held,
                origin: Origin::Cached,
            },
            Some(last) if held.from <= from => Self::Wanted {
                from: last.date,
                held: Some(held),
            },
            _ => Self::Wanted { from, held: None },
        }
    }
}

impl Search {
    fn take(&mut self, held: &KnownHistory, origin: Origin) {
        if self.bars.is_empty() {
            self.bars.clone_from(&held.bars);
            self.own = held.bars.len();
            self.origin = origin;
        } else if let Some(joined) = stitch(&self.bars, &held.bars)
            && joined.bars.len() > self.bars.len()
        {
            self.bars = joined.bars;
            self.own = self.own.min(joined.later);
        }
    }

    fn answer(&mut self, needed: usize) -> LineBars {
        let bars = std::mem::take(&mut self.bars);
        let lacking = match bars.len() {
            0 => self.nothing,
            few if few < needed => Reason::ShortHistory,
            // A bar is broken.
            _ => Reason::NotProvided,
        };
        LineBars {
            line: self.line,
            own: self.own,
            origin: self.origin,
            is_cut: self.is_cut,
            lacking,
            bars,
        }
    }
}

#[cfg(test)]
mod tests;
