//! What an asset costs at a tick: the numbers that quotes, trades and summaries are all made from.

use jiff::civil::Date;

use super::asset::Asset;
use super::history::{Recent, daily_deviation, to_tick};
use super::number::round_to;
use super::random::Draw;

/// Share of a day's typical move that the live price wanders within. Bars keep more room than that on both sides.
const WANDER: f64 = 0.03;

/// The state of an asset at one tick.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Price {
    /// Best bid and ask; `None` for an index.
    pub(super) book: Option<TopOfBook>,
    /// Newest trade, in any session.
    pub(super) last: f64,
    /// Newest trade of the regular session.
    pub(super) regular: f64,
    pub(super) open: f64,
    pub(super) high: f64,
    pub(super) low: f64,
    /// Only once the session has closed.
    pub(super) close: Option<f64>,
    pub(super) session: Date,
    pub(super) previous_close: f64,
    pub(super) previous_session: Date,
    /// `None` for an index.
    pub(super) volume: Option<f64>,
}

/// The best bid and the best ask.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct TopOfBook {
    pub(super) bid: f64,
    pub(super) ask: f64,
    pub(super) bid_size: f64,
    pub(super) ask_size: f64,
}

impl TopOfBook {
    pub(super) fn mid(&self) -> f64 {
        round_to(f64::midpoint(self.bid, self.ask), 9)
    }
}

impl Price {
    /// The broker's own mark: the last trade held within the book (`docs/reference/tastytrade-rest.md`, "7.3
    /// `GET /market-data/by-type`").
    pub(super) fn mark(&self) -> f64 {
        self.book
            .map_or(self.last, |book| self.last.clamp(book.bid, book.ask))
    }
}

/// Whether the regular session of the day is still running, which decides what counts as the day's close.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Session {
    Running,
    Over,
}

/// The price of an asset at a tick.
pub(super) fn at(seed: u64, asset: &Asset, recent: &Recent, session: Session, tick: u64) -> Price {
    let bar = recent.session;
    let draw = Draw::new(seed).word("live").word(asset.walk());
    let drift = WANDER * daily_deviation(asset) * wander(draw, tick);
    let step = asset.tick_size();
    let live = to_tick(bar.close * (1.0 + drift), step);
    let regular = match session {
        Session::Running => live,
        Session::Over => bar.close,
    };
    Price {
        book: (!asset.is_index()).then(|| book(draw.word(&asset.symbol), asset, live, tick)),
        last: live,
        regular,
        open: bar.open,
        high: bar.high.max(regular),
        low: bar.low.min(regular),
        close: (session == Session::Over).then_some(bar.close),
        session: bar.date,
        previous_close: recent.previous.close,
        previous_session: recent.previous.date,
        volume: bar.volume.map(|volume| volume + counted(tick) * 100.0),
    }
}

/// A smooth motion within −2..2 that starts at zero.
fn wander(draw: Draw, tick: u64) -> f64 {
    let time = counted(tick);
    let phase = |word: &str| draw.word(word).between(0.0, std::f64::consts::TAU);
    let wave = |word: &str, speed: f64| (time * speed + phase(word)).sin() - phase(word).sin();
    0.5 * (wave("slow", 0.037) + wave("fast", 0.11))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a run has far fewer than 2^53 ticks"
)]
pub(super) fn counted(tick: u64) -> f64 {
    tick as f64
}

fn book(draw: Draw, asset: &Asset, price: f64, tick: u64) -> TopOfBook {
    let step = asset.tick_size();
    let points = match asset.liquidity() {
        5.. => 0.2,
        4 => 1.5,
        3 => 4.0,
        2 => 8.0,
        _ => 15.0,
    };
    let steps = (price * points / 10_000.0 / step).round().max(1.0);
    let below = (steps / 2.0).floor() * step;
    let bid = to_tick(price - below, step);
    let beat = draw.number(i64::try_from(tick).unwrap_or_default());
    let lots = |word: &str| beat.word(word).between(1.0, 12.0).floor();
    let lot = if asset.listing().is_some() { 40.0 } else { 1.0 };
    TopOfBook {
        bid,
        ask: to_tick(bid + steps * step, step),
        bid_size: lots("bid") * lot,
        ask_size: lots("ask") * lot,
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::asset::Assets;
    use super::super::history::Days;
    use super::*;

    #[test]
    fn the_book_holds_the_last_trade_and_the_day_holds_both() {
        let session = date(2026, 11, 20);
        let assets = Assets::on(session, []);
        let days = Days::until(session, 5);
        for asset in &assets.all {
            let recent = Recent::of(5, asset, &days);
            for tick in 0..200 {
                let price = at(5, asset, &recent, Session::Running, tick);
                assert!(
                    price.low <= price.last && price.last <= price.high,
                    "{price:?}"
                );
                if let Some(book) = price.book {
                    assert!(book.bid < book.ask, "{} {book:?}", asset.symbol);
                    assert!(book.bid <= price.last && price.last <= book.ask);
                    assert_eq!(price.mark(), price.last);
                }
                assert_eq!(
                    (price.high, price.low),
                    (recent.session.high, recent.session.low)
                );
            }
        }
    }

    #[test]
    fn the_first_tick_is_the_price_of_the_bar_and_later_ones_move() {
        let session = date(2026, 11, 20);
        let assets = Assets::on(session, []);
        let asset = &assets.all[assets.by_symbol("TSLA").unwrap()];
        let recent = Recent::of(5, asset, &Days::until(session, 5));
        let price = |tick| at(5, asset, &recent, Session::Running, tick).last;
        assert_eq!(price(0), recent.session.close);
        assert!((1..40).any(|tick| price(tick) != price(0)));
    }
}
