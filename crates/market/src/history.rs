//! Seeded price paths: the daily bars of an asset and the daily values of its volatility index.
//!
//! Every day's move is a function of seed, walk and date, and the path passes through the typical level on one fixed
//! day. So the past does not change from one day to the next, and names with one walk move together.

use std::ops::Range;

use jiff::civil::{Date, date};

use super::asset::Asset;
use super::calendar::{day_id, next_session, previous_session, session_until};
use super::number::round_to;
use super::random::Draw;

/// Sessions of history.
const SESSIONS: usize = 320;

/// The day on which every path is at its typical level.
const ANCHOR: Date = date(2026, 11, 19);

/// Share of its distance from the typical level that a price keeps over a day; keeps prices plausible for decades.
const PRICE_MEMORY: f64 = 0.996;

/// The same for the volatility index, which returns faster.
const IV_MEMORY: f64 = 0.975;

/// Daily deviation of the logarithm of the volatility index.
const IV_STEP: f64 = 0.045;

const SESSIONS_PER_YEAR: f64 = 252.0;

/// A session day with what all paths share on it.
#[derive(Clone, Copy, Debug)]
struct Day {
    date: Date,
    id: i64,
    /// The move of the market as a whole, a standard normal draw.
    market: f64,
}

/// The session days that paths are computed over.
#[derive(Debug)]
pub(super) struct Days {
    /// Ascending, without gaps; holds the window and the anchor.
    path: Vec<Day>,
    anchor: usize,
    /// Where the present session stands in `path`.
    session: usize,
}

impl Days {
    /// The days that history needs up to a session, in the market of a seed.
    pub(super) fn until(session: Date, seed: u64) -> Self {
        let mut backwards = Vec::with_capacity(SESSIONS + 1);
        let mut day = session;
        while backwards.len() <= SESSIONS || day >= ANCHOR {
            backwards.push(day);
            day = previous_session(day);
        }
        let mut path: Vec<Date> = backwards.into_iter().rev().collect();
        let session = path.len() - 1;
        let mut last = next_session(path[session]);
        while last <= ANCHOR {
            path.push(last);
            last = next_session(last);
        }
        let anchor_day = session_until(ANCHOR);
        let anchor = path.partition_point(|day| *day < anchor_day);
        let market = Draw::new(seed).word("market");
        let day = |date| {
            let id = day_id(date);
            Day {
                date,
                id,
                market: market.number(id).normal(),
            }
        };
        Self {
            anchor: anchor.min(path.len() - 1),
            path: path.into_iter().map(day).collect(),
            session,
        }
    }
}

/// One session's prices.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bar {
    pub(super) date: Date,
    pub(super) open: f64,
    pub(super) high: f64,
    pub(super) low: f64,
    pub(super) close: f64,
    /// `None` for an index.
    pub(super) volume: Option<f64>,
}

/// What happened to an asset up to and including the present session.
#[derive(Debug)]
pub(super) struct History {
    /// Oldest first; the last one is the present session with its price at tick 0 as the close.
    pub(super) bars: Vec<Bar>,
    /// The volatility index at the end of each bar's session, annual fraction; empty where no options are listed.
    pub(super) ivs: Vec<f64>,
}

impl History {
    pub(super) fn of(seed: u64, asset: &Asset, days: &Days) -> Self {
        let path = Path::new(seed, asset, days);
        let sessions = path.last(SESSIONS);
        Self {
            bars: path.bars(sessions.clone()),
            ivs: path.ivs(sessions),
        }
    }
}

/// All that the present price of an asset needs of its history, for a small part of the work.
#[derive(Debug)]
pub(super) struct Recent {
    /// The bar before the present session's.
    pub(super) previous: Bar,
    /// The present session's bar.
    pub(super) session: Bar,
    /// The volatility index, annual fraction; `None` where no options are listed.
    pub(super) iv: Option<f64>,
}

impl Recent {
    pub(super) fn of(seed: u64, asset: &Asset, days: &Days) -> Self {
        let path = Path::new(seed, asset, days);
        let bars = path.bars(path.last(2));
        Self {
            previous: bars[0],
            session: bars[1],
            iv: path.ivs(path.last(1)).first().copied(),
        }
    }
}

/// The typical move of one session, as a fraction of the price.
pub(super) fn daily_deviation(asset: &Asset) -> f64 {
    asset.vol() / SESSIONS_PER_YEAR.sqrt()
}

/// Rounds to the nearest multiple of a tick, never down to nothing, without the dust of binary fractions.
pub(super) fn to_tick(price: f64, tick: f64) -> f64 {
    let steps = (price / tick).round().max(1.0);
    round_to(steps * tick, 8)
}

struct Path<'a> {
    days: &'a Days,
    draw: Draw,
    asset: &'a Asset,
}

impl<'a> Path<'a> {
    fn new(seed: u64, asset: &'a Asset, days: &'a Days) -> Self {
        Self {
            days,
            draw: Draw::new(seed),
            asset,
        }
    }

    /// Where the last sessions up to the present one stand among the days.
    fn last(&self, sessions: usize) -> Range<usize> {
        let end = self.days.session + 1;
        end.saturating_sub(sessions)..end
    }

    fn bars(&self, sessions: Range<usize>) -> Vec<Bar> {
        let days = &self.days.path[sessions.clone()];
        // The close of the day before the first one is the previous close of its bar.
        let closes: Vec<f64> = self
            .prices(sessions.start - 1..sessions.end)
            .into_iter()
            .map(|log| to_tick(self.asset.level * log.exp(), self.asset.tick_size()))
            .collect();
        let pairs = closes.windows(2).zip(days);
        pairs
            .map(|(pair, day)| self.bar(day, pair[0], pair[1]))
            .collect()
    }

    /// The volatility index at the end of each session; empty where no options are listed.
    fn ivs(&self, sessions: Range<usize>) -> Vec<f64> {
        let Some(typical) = self.asset.iv() else {
            return Vec::new();
        };
        let logs = self.volatilities(sessions).into_iter();
        logs.map(|log| typical * log.exp()).collect()
    }

    /// Logarithms of price over typical level.
    fn prices(&self, days: Range<usize>) -> Vec<f64> {
        let own = self.draw.word("walk").word(self.asset.walk());
        let market_deviation = 0.14 / SESSIONS_PER_YEAR.sqrt();
        let deviation = daily_deviation(self.asset);
        let shared = (self.asset.beta() * market_deviation / deviation).clamp(-0.92, 0.96);
        let alone = (1.0 - shared * shared).sqrt();
        let season = own.word("season").between(0.0, std::f64::consts::TAU);
        self.walk(days, PRICE_MEMORY, |day| {
            let draw = shared * day.market + alone * own.number(day.id).normal();
            deviation * draw * regime(day.id, season)
        })
    }

    /// Logarithms of volatility index over its typical value.
    fn volatilities(&self, days: Range<usize>) -> Vec<f64> {
        let own = self.draw.word("iv").word(self.asset.walk());
        self.walk(days, IV_MEMORY, |day| IV_STEP * own.number(day.id).normal())
    }

    /// Some days of a path that is zero on the anchor day, forwards and backwards from it. Only the steps between the anchor
    /// and those days are drawn.
    fn walk(&self, wanted: Range<usize>, memory: f64, step: impl Fn(&Day) -> f64) -> Vec<f64> {
        let anchor = self.days.anchor;
        let first = wanted.start.min(anchor);
        let days = &self.days.path[first..wanted.end.max(anchor + 1)];
        let anchor = anchor - first;
        let mut path = vec![0.0; days.len()];
        for place in anchor + 1..days.len() {
            path[place] = memory * path[place - 1] + step(&days[place]);
        }
        for place in (0..anchor).rev() {
            path[place] = memory * path[place + 1] - step(&days[place + 1]);
        }
        path.truncate(wanted.end - first);
        path.split_off(wanted.start - first)
    }

    fn bar(&self, day: &Day, previous: f64, close: f64) -> Bar {
        let draw = self.draw.word("bar").word(self.asset.walk()).number(day.id);
        let deviation = daily_deviation(self.asset);
        let tick = self.asset.tick_size();
        let gap = 0.35 * (close / previous - 1.0) + 0.12 * deviation * draw.word("gap").normal();
        let open = to_tick(previous * (1.0 + gap), tick);
        // A margin on both sides leaves room for the live price to move within the day's range.
        let reach = |word: &str| deviation * draw.word(word).between(0.15, 0.6);
        Bar {
            date: day.date,
            open,
            high: to_tick(open.max(close) * (1.0 + reach("high")), tick).max(open.max(close)),
            low: to_tick(open.min(close) * (1.0 - reach("low")), tick).min(open.min(close)),
            close,
            volume: self
                .asset
                .volume()
                .map(|typical| (typical * (0.22 * draw.word("volume").normal()).exp()).round()),
        }
    }
}

/// Quiet and wild seasons, so that the windows of realised volatility differ.
#[expect(clippy::cast_precision_loss, reason = "day numbers are far below 2^53")]
fn regime(day: i64, season: f64) -> f64 {
    (0.22 * (std::f64::consts::TAU * day as f64 / 170.0 + season).sin()).exp()
}

#[cfg(test)]
mod tests {
    use super::super::asset::Assets;
    use super::*;

    fn history(symbol: &str, session: Date) -> History {
        let assets = Assets::on(session, []);
        let asset = &assets.all[assets.by_symbol(symbol).unwrap()];
        History::of(1, asset, &Days::until(session, 1))
    }

    #[test]
    fn there_are_three_hundred_sessions_and_each_bar_is_sound() {
        for symbol in ["SPY", "TSLA", "VIX", "/ES", "BIL", "F", "/6E"] {
            let history = history(symbol, date(2026, 11, 20));
            assert_eq!(history.bars.len(), SESSIONS);
            for bar in &history.bars {
                assert!(bar.low <= bar.open.min(bar.close), "{symbol} {bar:?}");
                assert!(bar.high >= bar.open.max(bar.close), "{symbol} {bar:?}");
                assert!(bar.low > 0.0);
            }
        }
    }

    #[test]
    fn the_previous_close_is_the_level_of_the_table_on_the_anchor_day() {
        let history = history("SPY", date(2026, 11, 20));
        assert_eq!(history.bars[SESSIONS - 2].close, 682.11);
    }

    #[test]
    fn what_is_recent_is_the_end_of_history() {
        for session in [date(2026, 9, 15), date(2026, 11, 19), date(2027, 3, 1)] {
            let assets = Assets::on(session, []);
            let days = Days::until(session, 1);
            for asset in &assets.all {
                let (history, recent) = (History::of(1, asset, &days), Recent::of(1, asset, &days));
                assert_eq!(
                    history.bars[SESSIONS - 2..],
                    [recent.previous, recent.session]
                );
                assert_eq!(history.ivs.last().copied(), recent.iv);
            }
        }
    }

    #[test]
    fn the_past_is_the_same_tomorrow() {
        for (earlier, later) in [
            (date(2026, 11, 20), date(2026, 12, 1)),
            (date(2026, 9, 15), date(2026, 11, 20)),
            (date(2027, 3, 1), date(2027, 3, 2)),
        ] {
            let before = history("AAPL", earlier);
            let after = history("AAPL", later);
            let last = before.bars[SESSIONS - 1];
            assert!(after.bars.contains(&last), "{earlier} {later}");
        }
    }

    #[test]
    fn a_fund_follows_its_index() {
        let day = date(2026, 11, 20);
        let (fund, index) = (history("SPY", day), history("SPX", day));
        for (a, b) in fund.bars.windows(2).zip(index.bars.windows(2)) {
            let difference = a[1].close / a[0].close - b[1].close / b[0].close;
            assert!(difference.abs() < 1e-4);
        }
    }
}
