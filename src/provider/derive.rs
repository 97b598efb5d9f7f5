//! Fields calculated from other fields of the row, or from the symbol itself.
//!
//! Nothing here asks anybody anything; a calculated field whose parts are missing is missing for the reason of its part.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::Date;

use super::merge::MergeTable;
use super::source::LineFacts;
use crate::clock::new_york_date;
use crate::model::instrument::InstrumentClass;
use crate::model::market::ExpirationVol;
use crate::model::value::round_to;
use crate::model::{Field, Origin, Reason, Right, Row, StreamerSymbol, SymbolKind, Value, Vol};
use crate::vol::{black, ratio, term};

/// Seconds after which a price counts as stale.
const STALE: f64 = 15.0 * 60.0;

/// Calendar days of the expiration that stands for "a month".
const MONTH: i32 = 30;

/// What a row's calculation needs beside the row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts<'a> {
    /// The present moment.
    pub now: Timestamp,
    /// Whether the built-in market answered.
    pub demo: bool,
    /// Whether the stream serves delayed prices.
    pub delayed: bool,
    /// When the row last received something.
    pub received: Option<Timestamp>,
    /// Implied volatility by expiration, ascending.
    pub expirations: &'a [ExpirationVol],
    /// What a provider calls the instrument.
    pub class: Option<InstrumentClass>,
    /// Price of the underlying of an option.
    pub underlying_price: Option<f64>,
}

impl Facts<'_> {
    /// Whether a provider calls it a fund: it is spelled like a stock, but has no sector and reports no earnings.
    fn is_fund(&self) -> bool {
        self.class == Some(InstrumentClass::Etf)
    }
}

/// What holds for all rows of a run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Circumstances {
    /// The present moment.
    pub(super) now: Timestamp,
    /// Whether the built-in market answered.
    pub(super) demo: bool,
    /// Whether the stream serves delayed prices.
    pub(super) is_delayed: bool,
}

/// The rows of a table with everything calculated; `silent` is the reason for what the stream has not said. Options find
/// the price of their underlying among the other rows.
pub(super) fn rows(
    table: &MergeTable,
    lines: &[LineFacts],
    silent: Reason,
    circumstances: Circumstances,
) -> Vec<Row> {
    let mut rows = table.rows(silent);
    let mut prices: HashMap<String, f64> = HashMap::new();
    let (underlyings, options): (Vec<usize>, Vec<usize>) =
        (0..rows.len()).partition(|line| !rows[*line].0.symbol.kind().is_option());
    for line in underlyings.into_iter().chain(options) {
        let (row, received) = &mut rows[line];
        let contract = row.symbol.option();
        let underlying_price = contract.and_then(|of| prices.get(&of.underlying()).copied());
        derive(
            row,
            &Facts {
                now: circumstances.now,
                demo: circumstances.demo,
                delayed: circumstances.is_delayed,
                received: *received,
                expirations: &lines[line].expirations,
                class: lines[line].class,
                underlying_price,
            },
        );
        if let Some(mark) = row.number(Field::Mark) {
            prices.insert(row.symbol.as_str().to_owned(), mark);
        }
    }
    rows.into_iter().map(|(row, _)| row).collect()
}

/// Fills the calculated fields of a row.
pub(super) fn derive(row: &mut Row, facts: &Facts<'_>) {
    let today = new_york_date(facts.now);
    identity(row, today);
    prices(row);
    age(row, facts);
    if row.symbol.kind().is_option() {
        option_value(row, facts);
    } else {
        volatility(row);
        expected_move(row, facts, today);
    }
    company(row, facts, today);
}

fn identity(row: &mut Row, today: Date) {
    let kind = row.symbol.kind();
    let class = match kind {
        SymbolKind::Index => Some(InstrumentClass::Index),
        SymbolKind::FutureRoot | SymbolKind::Future => Some(InstrumentClass::Future),
        SymbolKind::EquityOption => Some(InstrumentClass::EquityOption),
        SymbolKind::FutureOption => Some(InstrumentClass::FutureOption),
        SymbolKind::Crypto => Some(InstrumentClass::Crypto),
        // Stock or fund: the spelling does not tell, and volq does not guess.
        SymbolKind::Equity => None,
    };
    fill(
        row,
        Field::Instrument,
        class.and_then(|class| Value::text(class.name())),
    );
    let streamer =
        StreamerSymbol::of(&row.symbol).and_then(|streamer| Value::text(streamer.as_str()));
    fill(row, Field::StreamerSymbol, streamer);
    if let Some(contract) = row.symbol.option() {
        fill(row, Field::Underlying, Value::text(&contract.underlying()));
        fill(
            row,
            Field::Expiration,
            Some(Value::Date(contract.expiration)),
        );
        fill(row, Field::Strike, Value::number(contract.strike.price()));
        fill(row, Field::Right, Value::text(contract.right.name()));
    }
    if let Some(Value::Date(expiration)) = row.value(Field::Expiration) {
        let days = term::days_between(today, *expiration);
        compute(row, Field::Dte, Some(f64::from(days)), &[Field::Expiration]);
    } else {
        compute(row, Field::Dte, None, &[Field::Expiration]);
    }
}

fn prices(row: &mut Row) {
    use Field as F;
    let [bid, ask, last, close] =
        [F::Bid, F::Ask, F::Last, F::PrevClose].map(|field| row.number(field));
    let mid = match (bid, ask) {
        (Some(bid), Some(ask)) if bid > 0.0 && ask > 0.0 && bid <= ask => {
            Some(f64::midpoint(bid, ask))
        }
        _ => None,
    };
    let positive = |side: Option<f64>| side.filter(|price| *price > 0.0);
    let one_side = match (positive(bid), positive(ask)) {
        (Some(side), None) | (None, Some(side)) => Some(side),
        _ => None,
    };
    compute(row, F::Mid, mid, &[F::Bid, F::Ask]);
    compute(
        row,
        F::Mark,
        mid.or(last).or(one_side),
        &[F::Last, F::Bid, F::Ask],
    );
    let change = last.zip(close).map(|(last, close)| last - close);
    compute(row, F::Chg, change, &[F::Last, F::PrevClose]);
    let percent = change
        .zip(close)
        .filter(|(_, close)| *close != 0.0)
        .map(|(change, close)| 100.0 * change / close.abs());
    compute(row, F::ChgPct, percent, &[F::Last, F::PrevClose]);
    let spread = bid
        .zip(ask)
        .zip(mid)
        .map(|((bid, ask), mid)| 100.0 * (ask - bid) / mid);
    compute(row, F::SpreadPct, spread, &[F::Bid, F::Ask]);
}

/// The newest time that a price carries, or else when it arrived.
fn age(row: &mut Row, facts: &Facts<'_>) {
    let prices = [Field::Bid, Field::Ask, Field::Last];
    let made = prices.iter().filter_map(|field| row.cell(*field)?.at).max();
    let has_price = prices.iter().any(|field| row.cell(*field).is_some());
    let (at, basis) = match made {
        Some(at) => (Some(at), "event"),
        None => (facts.received.filter(|_| has_price), "receive"),
    };
    let seconds = at.map(|at| {
        (facts.now.duration_since(at).as_secs_f64() * 1000.0)
            .round()
            .max(0.0)
            / 1000.0
    });
    compute(row, Field::Age, seconds, &prices);
    fill(row, Field::AgeBasis, at.and_then(|_| Value::text(basis)));
    let state = if facts.demo {
        "demo"
    } else if !has_price {
        if row.cell(Field::PrevClose).is_none() {
            return;
        }
        "prev-close"
    } else if seconds.is_some_and(|seconds| seconds > STALE) {
        "stale"
    } else if facts.delayed
        || row
            .cell(Field::Last)
            .is_some_and(|cell| cell.origin == Origin::LEGACY)
    {
        "delayed"
    } else {
        "live"
    };
    fill(row, Field::Basis, Value::text(state));
}

fn volatility(row: &mut Row) {
    use Field as F;
    let [iv, hv30, hv90] =
        [F::Iv, F::Hv30, F::Hv90].map(|field| row.number(field).and_then(Vol::from_percent));
    let both = |left: Option<Vol>, right: Option<Vol>| left.zip(right);
    compute(
        row,
        F::IvHv,
        both(iv, hv30).map(|(iv, hv)| ratio::difference_points(iv, hv)),
        &[F::Iv, F::Hv30],
    );
    compute(
        row,
        F::Vrp,
        both(iv, hv90).map(|(iv, hv)| ratio::risk_premium(iv, hv)),
        &[F::Iv, F::Hv90],
    );
    compute(
        row,
        F::VrpT,
        both(iv, hv30).map(|(iv, hv)| ratio::risk_premium(iv, hv)),
        &[F::Iv, F::Hv30],
    );
    compute(
        row,
        F::Vtr,
        both(hv30, hv90).and_then(|(hv30, hv90)| ratio::trend(hv30, hv90)),
        &[F::Hv30, F::Hv90],
    );
}

fn expected_move(row: &mut Row, facts: &Facts<'_>, today: Date) {
    let price = row.number(Field::Mark);
    let month = term::nearest(today, facts.expirations, MONTH);
    let expected = price.zip(month).and_then(|(price, month)| {
        term::expected_move(price, month.iv, term::days_between(today, month.date))
    });
    compute(row, Field::ExpMove, expected, &[Field::Mark]);
    let percent = expected
        .zip(price)
        .filter(|(_, price)| *price != 0.0)
        .map(|(expected, price)| 100.0 * expected / price);
    compute(row, Field::ExpMovePct, percent, &[Field::Mark]);
    compute(
        row,
        Field::TermSlope,
        term::slope(today, facts.expirations),
        &[],
    );
}

/// Value and odds of an option. The odds are those of the pricing measure without drift: volq has no source for the
/// rate over the option's life.
fn option_value(row: &mut Row, facts: &Facts<'_>) {
    use Field as F;
    let needs = [F::Mark, F::Iv];
    let contract = row.symbol.option();
    let (strike, right) = contract.map(|of| (of.strike.price(), of.right)).unzip();
    let (Some(strike), Some(right), Some(spot)) = (strike, right, facts.underlying_price) else {
        for field in [F::Intrinsic, F::Extrinsic, F::ProbItm, F::ProbTouch] {
            compute(row, field, None, &[]);
        }
        return;
    };
    let intrinsic = match right {
        Right::Call => (spot - strike).max(0.0),
        Right::Put => (strike - spot).max(0.0),
    };
    compute(row, F::Intrinsic, Some(intrinsic), &needs);
    compute(
        row,
        F::Extrinsic,
        row.number(F::Mark).map(|mark| mark - intrinsic),
        &needs,
    );
    let odds = row
        .number(F::Iv)
        .and_then(Vol::from_percent)
        .zip(row.number(F::Dte))
        .map(|(vol, days)| {
            let option = black::EuropeanOption {
                right,
                spot,
                strike,
                years: days.max(0.0) / 365.0,
                vol,
                rate: 0.0,
                dividend_yield: 0.0,
            };
            (option.prob_itm(), option.prob_touch())
        });
    let percent = |odds: Option<f64>| odds.map(|odds| 100.0 * odds);
    compute(
        row,
        F::ProbItm,
        odds.and_then(|(itm, _)| percent(itm)),
        &needs,
    );
    compute(
        row,
        F::ProbTouch,
        odds.and_then(|(_, touch)| percent(touch)),
        &needs,
    );
}

/// What only companies have: days to the next report, and for a fund no report and no sector at all.
fn company(row: &mut Row, facts: &Facts<'_>, today: Date) {
    use Field::{EarningsDate, EarningsDays, EarningsTime, Industry, Sector};
    let days = match row.value(EarningsDate) {
        Some(Value::Date(date)) => Some(f64::from(term::days_between(today, *date))),
        _ => None,
    };
    compute(row, EarningsDays, days, &[EarningsDate]);
    for field in [Sector, Industry, EarningsDate, EarningsDays, EarningsTime] {
        if facts.is_fund() && row.cell(field).is_none() {
            row.set_missing(field, Reason::NotApplicable);
        }
    }
}

/// Puts a value in place where no source supplied one.
fn fill(row: &mut Row, field: Field, value: Option<Value>) {
    if let Some(value) = value.filter(|_| row.cell(field).is_none()) {
        row.set_computed(field, value);
    }
}

/// Puts a calculated number in place, or says which missing part it was missing for.
fn compute(row: &mut Row, field: Field, number: Option<f64>, parts: &[Field]) {
    if !field.applies_to(row.symbol.kind()) {
        return row.set_missing(field, Reason::NotApplicable);
    }
    // Differences of decimals carry binary noise: 677.5 - 682.11 is -4.610000000000014.
    if let Some(value) = number
        .map(|number| round_to(number, 9))
        .and_then(Value::number)
    {
        row.set_computed(field, value);
    } else {
        let reason = parts.iter().find_map(|part| row.reason(*part));
        row.set_missing(field, reason.unwrap_or(Reason::NotProvided));
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn facts() -> Facts<'static> {
        Facts {
            now: "2026-11-20T15:30:00Z".parse().unwrap(),
            demo: false,
            delayed: false,
            received: None,
            expirations: &[],
            class: None,
            underlying_price: None,
        }
    }

    fn row(symbol: &str, numbers: &[(Field, f64)]) -> Row {
        let mut row = Row::new(symbol.parse().unwrap());
        for (field, number) in numbers {
            row.set_computed(*field, Value::Number(*number));
        }
        row
    }

    fn derived(symbol: &str, numbers: &[(Field, f64)]) -> Row {
        let mut row = row(symbol, numbers);
        derive(&mut row, &facts());
        row
    }

    #[test]
    fn the_mark_is_mid_then_last_then_the_one_side() {
        use Field::{Ask, Bid, Last, Mark};
        assert_eq!(
            derived("SPY", &[(Bid, 1.0), (Ask, 2.0), (Last, 9.0)]).number(Mark),
            Some(1.5)
        );
        assert_eq!(
            derived("SPY", &[(Bid, 3.0), (Ask, 2.0), (Last, 9.0)]).number(Mark),
            Some(9.0),
            "crossed"
        );
        assert_eq!(
            derived("SPY", &[(Bid, 0.0), (Ask, 2.0)]).number(Mark),
            Some(2.0)
        );
        assert_eq!(derived("SPY", &[(Bid, 3.0), (Ask, 2.0)]).number(Mark), None);
        assert_eq!(derived("SPY", &[]).number(Mark), None);
    }

    #[test]
    fn ratios_are_in_the_units_of_the_field_table() {
        let row = derived(
            "SPY",
            &[(Field::Iv, 14.2), (Field::Hv30, 10.0), (Field::Hv90, 4.0)],
        );
        assert!((row.number(Field::IvHv).unwrap() - 4.2).abs() < 1e-9);
        assert!(
            (row.number(Field::Vrp).unwrap() - 2.84).abs() < 1e-9,
            "hv90 is floored at 5 %"
        );
        assert!((row.number(Field::VrpT).unwrap() - 1.42).abs() < 1e-9);
        assert!((row.number(Field::Vtr).unwrap() - 2.5).abs() < 1e-9);
    }

    #[test]
    fn a_missing_part_is_the_reason_of_what_depends_on_it() {
        let mut row = row("SPY", &[(Field::Iv, 14.2)]);
        row.set_missing(Field::Hv90, Reason::ShortHistory);
        derive(&mut row, &facts());
        assert_eq!(row.reason(Field::Vrp), Some(Reason::ShortHistory));
        assert_eq!(
            row.reason(Field::Delta),
            Some(Reason::NotProvided),
            "only calculated fields are touched"
        );
    }

    #[test]
    fn a_fund_lacks_no_earnings() {
        let reason = |class: InstrumentClass| {
            let mut row = row("SPY", &[]);
            let facts = Facts {
                class: Some(class),
                ..facts()
            };
            derive(&mut row, &facts);
            assert_eq!(row.reason(Field::Sector), row.reason(Field::EarningsDays));
            row.reason(Field::EarningsDays)
        };
        assert_eq!(reason(InstrumentClass::Etf), Some(Reason::NotApplicable));
        assert_eq!(reason(InstrumentClass::Equity), Some(Reason::NotProvided));
    }

    #[test]
    fn an_option_says_what_it_is_by_its_symbol() {
        let mut row = row(
            "SPY 2026-12-18 600 C",
            &[(Field::Bid, 9.0), (Field::Ask, 11.0), (Field::Iv, 20.0)],
        );
        derive(
            &mut row,
            &Facts {
                underlying_price: Some(605.0),
                ..facts()
            },
        );
        assert_eq!(
            row.value(Field::Expiration),
            Some(&Value::Date(date(2026, 12, 18)))
        );
        assert_eq!(
            (row.number(Field::Dte), row.number(Field::Strike)),
            (Some(28.0), Some(600.0))
        );
        assert_eq!(
            (row.number(Field::Intrinsic), row.number(Field::Extrinsic)),
            (Some(5.0), Some(5.0))
        );
        let (itm, touch) = (
            row.number(Field::ProbItm).unwrap(),
            row.number(Field::ProbTouch).unwrap(),
        );
        assert!(itm > 50.0 && itm < 65.0 && touch <= 100.0, "{itm} {touch}");
        assert_eq!(row.reason(Field::Vrp), Some(Reason::NotProvided));
    }

    #[test]
    fn age_counts_from_the_event_if_it_has_a_time() {
        let mut row = row("SPY", &[]);
        let cell = |at| crate::model::Cell {
            value: Value::Number(1.0),
            origin: Origin::DXLINK,
            first_rank: true,
            at,
        };
        row.set(
            Field::Bid,
            cell(Some("2026-11-20T15:29:57Z".parse().unwrap())),
        );
        derive(&mut row, &facts());
        assert_eq!(row.number(Field::Age), Some(3.0));
        assert_eq!(
            row.value(Field::AgeBasis),
            Some(&Value::Text("event".into()))
        );
        assert_eq!(row.value(Field::Basis), Some(&Value::Text("live".into())));
    }

    #[test]
    fn an_expected_move_is_one_standard_deviation_to_the_nearest_month() {
        let expirations =
            [(date(2026, 12, 18), 0.2), (date(2027, 1, 15), 0.3)].map(|(date, iv)| ExpirationVol {
                date,
                iv: Vol::from_fraction(iv).unwrap(),
            });
        let mut row = row("SPY", &[(Field::Last, 600.0)]);
        derive(
            &mut row,
            &Facts {
                expirations: &expirations,
                ..facts()
            },
        );
        let expected = 600.0 * 0.2 * (28.0_f64 / 365.0).sqrt();
        assert!((row.number(Field::ExpMove).unwrap() - expected).abs() < 1e-9);
        assert!(row.number(Field::TermSlope).unwrap() > 0.0);
    }
}
