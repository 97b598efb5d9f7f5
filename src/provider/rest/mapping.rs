//! What the answers of tastytrade's REST API say.

use jiff::civil::Date;

use super::super::merge::{Observation, numbers, values};
use crate::model::instrument::{EquityInstrument, FutureContract, InstrumentClass};
use crate::model::market::{MarketData, Metrics};
use crate::model::value::round_to;
use crate::model::{Field, Value, Vol};

/// What an item of `/market-metrics` says. An earnings date in the past is not the next one.
pub(super) fn of_metrics(metrics: &Metrics, today: Date) -> Vec<Observation> {
    let percent = |vol: Option<Vol>| vol.map(Vol::percent);
    let share = |fraction: Option<f64>| fraction.map(|fraction| round_to(fraction * 100.0, 9));
    let at = metrics.updated_at;
    let mut said = numbers(
        &[
            (Field::Iv5d, share(metrics.iv_change_5d)),
            (Field::Ivr, share(metrics.iv_rank)),
            (Field::Ivp, share(metrics.iv_percentile)),
            (Field::Hv30, percent(metrics.hv30)),
            (Field::Hv60, percent(metrics.hv60)),
            (Field::Hv90, percent(metrics.hv90)),
            (Field::Liq, metrics.liquidity_rating),
            (Field::LiqRank, metrics.liquidity_rank),
            (Field::Beta, metrics.beta),
            (Field::CorrSpy, metrics.corr_spy),
            (Field::BorrowRate, metrics.borrow_rate),
            (Field::DivYield, share(metrics.dividend_yield)),
            (Field::MarketCap, metrics.market_cap),
        ],
        at,
    );
    said.extend(numbers(
        &[(Field::Iv, percent(metrics.iv_index))],
        metrics.iv_updated_at.or(at),
    ));
    let next_earnings = metrics.earnings_date.filter(|date| *date >= today);
    let words = [
        (Field::EarningsDate, next_earnings.map(Value::Date)),
        (
            Field::EarningsTime,
            next_earnings
                .and(metrics.earnings_time.as_deref())
                .and_then(Value::text),
        ),
        (Field::ExDivDate, metrics.ex_dividend.map(Value::Date)),
        (
            Field::Sector,
            metrics.sector.as_deref().and_then(Value::text),
        ),
        (
            Field::Industry,
            metrics.industry.as_deref().and_then(Value::text),
        ),
    ];
    said.extend(values(words));
    said
}

/// What a row of `/market-data/by-type` says.
pub(super) fn of_quote(quote: &MarketData) -> Vec<Observation> {
    let greeks = quote.greeks;
    let mut said = numbers(
        &[
            (Field::Bid, quote.bid),
            (Field::Ask, quote.ask),
            (Field::BidSize, quote.bid_size),
            (Field::AskSize, quote.ask_size),
            (Field::Last, quote.last),
            (Field::Open, quote.open),
            (Field::High, quote.high),
            (Field::Low, quote.low),
            (Field::PrevClose, quote.prev_close),
            (Field::Volume, quote.volume),
            (Field::OpenInterest, quote.open_interest),
        ],
        quote.updated_at,
    );
    if quote.symbol.kind().is_option() {
        let cells = [
            (Field::Iv, greeks.iv.map(Vol::percent)),
            (Field::Delta, greeks.delta),
            (Field::Gamma, greeks.gamma),
            (Field::Theta, greeks.theta),
            (Field::Vega, greeks.vega),
            (Field::Rho, greeks.rho),
            (Field::Theo, greeks.theo),
        ];
        said.extend(numbers(&cells, quote.updated_at));
    }
    said.extend(values([(Field::Halted, quote.halted.map(Value::Flag))]));
    said
}

/// What an entry of `/instruments/equities` says.
pub(super) fn of_equity(equity: &EquityInstrument) -> Vec<Observation> {
    values([
        (
            Field::Name,
            equity.description.as_deref().and_then(Value::text),
        ),
        (Field::Instrument, Value::text(equity.class.name())),
        (
            Field::StreamerSymbol,
            equity
                .streamer
                .as_ref()
                .and_then(|symbol| Value::text(symbol.as_str())),
        ),
    ])
}

/// What an entry of `/instruments/futures` says about a root or a contract.
pub(super) fn of_future(contract: &FutureContract) -> Vec<Observation> {
    values([
        (
            Field::Name,
            contract.description.as_deref().and_then(Value::text),
        ),
        (
            Field::Instrument,
            Value::text(InstrumentClass::Future.name()),
        ),
        (
            Field::StreamerSymbol,
            contract
                .streamer
                .as_ref()
                .and_then(|symbol| Value::text(symbol.as_str())),
        ),
        (Field::Underlying, Value::text(contract.symbol.as_str())),
        (Field::Expiration, contract.expiration.map(Value::Date)),
    ])
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn metrics(earnings: Option<Date>) -> Metrics {
        Metrics {
            symbol: "AAPL".parse().unwrap(),
            iv_index: Vol::from_fraction(3.0),
            iv_change_5d: Some(-0.0147),
            iv_rank: Some(0.223),
            iv_percentile: None,
            iv_updated_at: None,
            hv30: Vol::from_percent(1.2),
            hv60: None,
            hv90: None,
            expirations: Vec::new(),
            liquidity_rating: Some(4.0),
            liquidity_rank: None,
            beta: None,
            corr_spy: None,
            borrow_rate: None,
            dividend_yield: Some(0.003_491_191),
            ex_dividend: None,
            earnings_date: earnings,
            earnings_time: Some("AMC".into()),
            market_cap: None,
            sector: None,
            industry: None,
            updated_at: None,
        }
    }

    fn value(said: &[Observation], field: Field) -> Option<Value> {
        said.iter()
            .find(|o| o.field == field)
            .map(|o| o.value.clone())
    }

    #[test]
    fn fractions_and_percent_points_come_out_in_one_unit() {
        let said = of_metrics(&metrics(None), date(2026, 11, 20));
        assert_eq!(value(&said, Field::Iv), Some(Value::Number(300.0)));
        assert_eq!(value(&said, Field::Hv30), Some(Value::Number(1.2)));
        assert_eq!(value(&said, Field::Ivr), Some(Value::Number(22.3)));
        assert_eq!(value(&said, Field::Iv5d), Some(Value::Number(-1.47)));
        assert_eq!(
            value(&said, Field::DivYield),
            Some(Value::Number(0.349_119_1))
        );
        assert_eq!(value(&said, Field::Ivp), None);
    }

    #[test]
    fn a_past_report_is_not_the_next_one() {
        let today = date(2026, 11, 20);
        let said = of_metrics(&metrics(Some(date(2026, 10, 30))), today);
        assert_eq!(
            (
                value(&said, Field::EarningsDate),
                value(&said, Field::EarningsTime)
            ),
            (None, None)
        );
        let said = of_metrics(&metrics(Some(today)), today);
        assert_eq!(value(&said, Field::EarningsDate), Some(Value::Date(today)));
    }
}
