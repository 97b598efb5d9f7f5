//! The spread of the at-the-money options, fetched for the few rows that pass everything cheaper.

use std::collections::HashMap;

use futures_util::StreamExt;
use futures_util::stream;
use jiff::Timestamp;
use jiff::civil::Date;
use tokio::time::Instant;
use tracing::debug;

use super::engine::Account;
use super::selection::nearest_strike;
use crate::clock::new_york_date;
use crate::model::market::MarketData;
use crate::model::{Cell, Field, OptionChain, Origin, Reason, Row, StrikePair, Symbol, Value};
use crate::tastytrade::{MarketDataKind, Portion};
use crate::vol::term::days_between;

/// Calendar days of the expiration that stands for "a month".
const MONTH: i32 = 30;

/// Chains asked for at the same time; the server's own ceiling on chains is two a second.
const AT_ONCE: usize = 4;

/// Fills [`Field::AtmSpreadPct`] of the rows at these places: the wider of call and put at the strike nearest to the mark,
/// in the expiration nearest to 30 days, in percent of their mid.
pub async fn atm_spreads(
    account: &Account,
    rows: &mut [Row],
    places: &[usize],
    now: Timestamp,
    end: Instant,
) {
    let today = new_york_date(now);
    let asked: Vec<(usize, Symbol, f64)> = places
        .iter()
        .filter_map(|place| {
            Some((
                *place,
                rows[*place].symbol.clone(),
                rows[*place].number(Field::Mark)?,
            ))
        })
        .collect();
    let pairs: Vec<(usize, Result<Option<StrikePair>, Reason>)> = stream::iter(asked)
        .map(async |(place, symbol, mark)| {
            let chain = account.client.option_chain(&symbol, end).await;
            let pair = chain
                .map(|chain| at_the_money(&chain, mark, today))
                .map_err(|error| {
                    debug!("no chain of {symbol}: {error}");
                    Reason::ProviderFailed
                });
            (place, pair)
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let quotes = quotes(account, &pairs, end).await;
    for (place, pair) in pairs {
        let spread = pair.map(|pair| pair.and_then(|pair| widest(&quotes, &pair)));
        match spread {
            Ok(Some(value)) => {
                let cell = Cell {
                    value,
                    origin: Origin::REST,
                    first_rank: true,
                    at: None,
                };
                rows[place].set(Field::AtmSpreadPct, cell);
            }
            Ok(None) => rows[place].set_missing(Field::AtmSpreadPct, Reason::NotProvided),
            Err(reason) => rows[place].set_missing(Field::AtmSpreadPct, reason),
        }
    }
}

type Pair = (usize, Result<Option<StrikePair>, Reason>);

async fn quotes(account: &Account, pairs: &[Pair], end: Instant) -> HashMap<Symbol, MarketData> {
    let asked: Vec<_> = pairs
        .iter()
        .filter_map(|(_, pair)| pair.as_ref().ok()?.as_ref())
        .flat_map(|pair| [pair.call.clone(), pair.put.clone()])
        .map(|option| (MarketDataKind::EquityOption, option))
        .collect();
    let all = Portion::all(account.client.market_data(&asked, end)).await;
    all.items
        .into_iter()
        .map(|quote| (quote.symbol.clone(), quote))
        .collect()
}

/// The pair at the strike nearest to the price, in the expiration nearest to a month from now.
fn at_the_money(chain: &OptionChain, price: f64, today: Date) -> Option<StrikePair> {
    let listed = chain
        .expirations
        .iter()
        .filter(|expiration| expiration.date > today && !expiration.strikes.is_empty());
    let month =
        listed.min_by_key(|expiration| (days_between(today, expiration.date) - MONTH).abs())?;
    let at = nearest_strike(&month.strikes, price)?;
    Some(month.strikes[at].clone())
}

fn widest(quotes: &HashMap<Symbol, MarketData>, pair: &StrikePair) -> Option<Value> {
    let spread = |option: &Symbol| {
        let quote = quotes.get(option)?;
        let (bid, ask) = (quote.bid?, quote.ask?);
        (bid > 0.0 && ask >= bid).then(|| 100.0 * (ask - bid) / f64::midpoint(bid, ask))
    };
    Value::number(spread(&pair.call)?.max(spread(&pair.put)?))
}
