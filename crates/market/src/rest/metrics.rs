//! `/market-metrics`: fractions and percent points mixed as the broker mixes them.
//!
//! See `docs/reference/tastytrade-rest.md`, "7.1 `GET /market-metrics`".

use serde_json::{Value, json};

use super::RestService;
use super::answer::{Answer, Object, fixed, time};
use super::request::RestRequest;
use crate::corporate::{dividend, earnings};
use crate::number::round_to;
use crate::quoted::Quoted;
use crate::random::shuffle;
use crate::realized::{RETURNS, historical_volatility};
use crate::script::Oddity;
use crate::universe::Class;

/// Sessions in the year that ranks and percentiles are taken over.
const YEAR: usize = 252;

impl RestService {
    pub(super) fn market_metrics(&self, request: &RestRequest) -> Answer {
        if request.query.values("symbols").count() > 1 {
            self.note_violation("array-dialect", "symbols is one comma list here");
        }
        let symbols = request.query.value("symbols").unwrap_or_default();
        let fund = self.market.asset("SPY");
        let fund = fund.and_then(|fund| returns(&fund.completed_closes()));
        let mut items: Vec<Value> = symbols
            .split(',')
            .filter_map(|symbol| self.metrics(symbol, fund.as_deref()))
            .collect();
        shuffle(self.market.draw().word(symbols), &mut items);
        Answer::items("/market-metrics", &items)
    }

    /// The item of a stock, a fund, an index or a futures root; contracts have none.
    fn metrics(&self, symbol: &str, fund: Option<&[f64]>) -> Option<Value> {
        let asset = self.market.asset(symbol)?;
        let is_contract = asset.asset.symbol == symbol && asset.asset.listing().is_none();
        let iv = Volatility::of(&asset)?;
        if is_contract {
            return None;
        }
        let now = time(self.moment());
        let closes = asset.completed_closes();
        let mut item = Object::default();
        item.text("symbol", symbol);
        put_implied(&mut item, &iv, &now);
        put_liquidity(&mut item, &asset, &now);
        item.put(
            "option-expiration-implied-volatilities",
            expirations(&asset),
        )
        .decimal("beta", round_to(asset.asset.beta(), 9))
        .put(
            "corr-spy-3month",
            correlation(&closes, fund).map(|c| fixed(c, 2)),
        );
        put_corporate(&mut item, &asset, &now);
        put_realised(&mut item, &asset, &closes, &iv);
        item.text("updated-at", now);
        let mut item = item.build();
        self.leave_out(symbol, &mut item);
        Some(item)
    }

    /// Takes scripted gaps out of an item.
    fn leave_out(&self, symbol: &str, item: &mut Value) {
        let Some(item) = item.as_object_mut() else {
            return;
        };
        for (number, gap) in (0_i64..).zip(&self.script.data.metrics_without) {
            let draw = self.market.draw().word("gap").word(symbol).number(number);
            if !gap.symbols.iter().any(|named| named == symbol) && draw.uniform() >= gap.share {
                continue;
            }
            for key in &gap.keys {
                if self.script.data.has(Oddity::AbsentAsNull) {
                    item.insert(key.clone(), Value::Null);
                } else {
                    item.shift_remove(key);
                }
            }
        }
    }
}

/// The volatility index and where it stands in its year; all fractions.
struct Volatility {
    index: f64,
    /// At the end of the previous session.
    previous: f64,
    five_days_ago: f64,
    rank: f64,
    percentile: f64,
}

impl Volatility {
    fn of(asset: &Quoted<'_>) -> Option<Self> {
        let ivs = &asset.history().ivs;
        let year = &ivs[ivs.len().checked_sub(YEAR)?..];
        let index = *year.last()?;
        let low = year.iter().copied().fold(f64::INFINITY, f64::min);
        let high = year.iter().copied().fold(0.0, f64::max);
        let below = year.iter().filter(|iv| **iv < index).count();
        Some(Self {
            index,
            previous: year[YEAR - 2],
            five_days_ago: year[YEAR - 6],
            rank: (index - low) / (high - low),
            percentile: ratio(below, YEAR),
        })
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "both count the sessions of a year"
)]
fn ratio(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}

fn put_implied(item: &mut Object, iv: &Volatility, now: &str) {
    let shown = |value: f64| round_to(value, 9);
    item.decimal("implied-volatility-index", shown(iv.index))
        .decimal(
            "implied-volatility-index-5-day-change",
            shown(iv.index - iv.five_days_ago),
        )
        .decimal("implied-volatility-index-rank", shown(iv.rank))
        .decimal("tos-implied-volatility-index-rank", shown(iv.rank))
        .decimal("tw-implied-volatility-index-rank", shown(iv.rank * 0.87))
        .text("tos-implied-volatility-index-rank-updated-at", now)
        .text("implied-volatility-index-rank-source", "tos")
        .decimal("implied-volatility-percentile", shown(iv.percentile))
        .text("implied-volatility-updated-at", now);
}

fn put_liquidity(item: &mut Object, asset: &Quoted<'_>, now: &str) {
    let rating = asset.asset.liquidity();
    let draw = asset
        .market
        .draw()
        .word("liquidity")
        .word(&asset.asset.symbol);
    let value = 4.0_f64.powi(i32::from(rating)) * draw.between(60.0, 140.0);
    item.decimal("liquidity-value", round_to(value, 9))
        .decimal("liquidity-rank", round_to(value / 95_000.0, 9))
        .put("liquidity-rating", json!(rating))
        .put(
            "liquidity-running-state",
            json!({"sum": format!("{:.2}", value * 48.0), "count": 48, "started-at": now, "updated-at": now}),
        );
}

/// Ascending by date as the broker tends to send them; the last one has no volatility yet.
fn expirations(asset: &Quoted<'_>) -> Option<Value> {
    let surface = asset.surface(0)?;
    let listed = asset.expiries();
    let last = listed.len().checked_sub(1)?;
    let rows = listed.iter().enumerate().map(|(place, expiry)| {
        let mut row = Object::default();
        row.text("expiration-date", expiry.date.to_string())
            .text("option-chain-type", "Standard")
            .text("settlement-type", expiry.settlement.word());
        if place != last {
            row.decimal("implied-volatility", surface.at_the_money(expiry));
        }
        row.build()
    });
    Some(rows.collect())
}

/// The last 66 daily returns.
fn returns(closes: &[f64]) -> Option<Vec<f64>> {
    let last = &closes[closes.len().checked_sub(67)?..];
    let pairs = last.windows(2);
    Some(pairs.map(|pair| pair[1] / pair[0] - 1.0).collect())
}

/// Correlation of an asset's last daily returns with those of the fund on the market as a whole, SPY.
fn correlation(closes: &[f64], fund: Option<&[f64]>) -> Option<f64> {
    let (own, market) = (returns(closes)?, fund?);
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    let deviations = (product(&own, &own) * product(market, market)).sqrt();
    Some((product(&own, market) / deviations).clamp(-1.0, 1.0))
}

fn put_corporate(item: &mut Object, asset: &Quoted<'_>, now: &str) {
    let Some(listing) = asset.asset.listing() else {
        return;
    };
    if let Some(dividend) = dividend(asset) {
        item.decimal("dividend-rate-per-share", dividend.amount)
            .decimal("annual-dividend-per-share", 0.0)
            .decimal("dividend-yield", round_to(listing.dividend_yield, 9))
            .text("dividend-ex-date", dividend.ex_date.to_string())
            .text("dividend-next-date", "2022-08-05")
            .text("dividend-pay-date", dividend.pay_date.to_string())
            .text("dividend-updated-at", now);
    }
    item.put(
        "earnings",
        earnings(asset).map(|report| {
            json!({
                "visible": true,
                "expected-report-date": report.date.to_string(),
                "estimated": report.estimated,
                "late-flag": 0,
                "quarter-end-date": report.quarter_end.to_string(),
                "actual-eps": report.last_actual.to_string(),
                "consensus-estimate": report.consensus.to_string(),
                "time-of-day": report.time_of_day,
                "updated-at": now,
            })
        }),
    );
    if matches!(listing.class, Class::Equity | Class::Etf) {
        item.text("listed-market", listing.listed.as_str())
            .text("lendability", "Easy To Borrow")
            .decimal("borrow-rate", 0.0)
            .put("sector", listing.sector.clone().map(Value::String))
            .put("industry", listing.industry.clone().map(Value::String))
            .put(
                "market-cap",
                json!(market_cap(listing.shares * 1e6 * asset.price(0).last)),
            )
            .decimal("price-earnings-ratio", 0.0)
            .decimal("earnings-per-share", 0.0);
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "capitalisations are far below 2^53"
)]
fn market_cap(value: f64) -> i64 {
    value as i64
}

/// Percent points with two decimals. Futures roots have none, and neither has the mini index: real gaps.
fn put_realised(item: &mut Object, asset: &Quoted<'_>, closes: &[f64], iv: &Volatility) {
    let implied = round_to(iv.previous * 100.0, 2);
    item.put("implied-volatility-30-day", fixed(implied, 2));
    let lacks = asset
        .asset
        .listing()
        .is_none_or(|listing| listing.symbol == "XSP");
    if lacks {
        return;
    }
    let keys = [
        "historical-volatility-30-day",
        "historical-volatility-60-day",
        "historical-volatility-90-day",
    ];
    let percents = RETURNS.map(|returns| historical_volatility(closes, returns));
    for (key, percent) in keys.into_iter().zip(percents) {
        item.put(key, percent.map(|percent| fixed(percent, 2)));
    }
    if let Some(percent) = percents[0] {
        let difference = implied - round_to(percent, 2);
        item.put("iv-hv-30-day-difference", fixed(difference, 2));
    }
}
