//! The merge table: who wins, who is waited for and for how long, and what is missing for which reason.

use proptest::prelude::*;

use std::time::Duration;

use super::*;
use crate::model::Value;

const WALL: Timestamp = Timestamp::UNIX_EPOCH;
const LISTEN: Duration = Duration::from_secs(5);
const SETTLE: Duration = Duration::from_secs(1);
const STEP: Duration = Duration::from_millis(1);

fn waits() -> Waits {
    Waits {
        listen: LISTEN,
        settle: SETTLE,
        takes_first: false,
    }
}

fn table(symbols: &[&str], wants: &[Field]) -> MergeTable {
    let mut table = MergeTable::new(Ranking::new(Provider::ALL.to_vec()), waits());
    table.retarget(targets(symbols, wants), waits());
    table
}

fn targets(symbols: &[&str], wants: &[Field]) -> Vec<Target> {
    let targets = symbols.iter().map(|symbol| Target {
        symbol: symbol.parse().unwrap(),
        wants: FieldSet::of(wants),
        explained: FieldSet::EMPTY,
    });
    targets.collect()
}

fn bid(number: f64) -> Observation {
    Observation {
        field: Field::Bid,
        value: Value::Number(number),
        at: None,
    }
}

fn offer(table: &mut MergeTable, provider: Provider, observation: Observation) {
    table.offer(0, provider, provider.into(), observation, WALL);
}

fn only_row(table: &MergeTable) -> Row {
    table.rows(Reason::NoEventBeforeDeadline).remove(0).0
}

/// Looks at everything that is due; gives whether the table is settled.
fn is_settled(table: &mut MergeTable, now: Instant) -> bool {
    loop {
        let due = table.take_due(now);
        if due.is_empty() {
            return table.is_settled();
        }
        table.close_windows(&due, now);
        table.review(&due, now);
    }
}

fn gaps(table: &MergeTable, now: Instant) -> Vec<Field> {
    table.gaps(0, now).iter().collect()
}

#[test]
fn the_better_provider_wins_in_either_order() {
    for order in [
        [Provider::Dxlink, Provider::Rest],
        [Provider::Rest, Provider::Dxlink],
    ] {
        let mut table = table(&["SPY"], &[Field::Bid]);
        for provider in order {
            let number = if provider == Provider::Dxlink {
                1.0
            } else {
                2.0
            };
            offer(&mut table, provider, bid(number));
        }
        let row = only_row(&table);
        let cell = row.cell(Field::Bid).unwrap();
        assert_eq!(
            (cell.origin, cell.first_rank, row.number(Field::Bid)),
            (Origin::DXLINK, true, Some(1.0))
        );
    }
}

#[test]
fn a_provider_corrects_itself() {
    let mut table = table(&["SPY"], &[Field::Bid]);
    for number in [1.0, 2.0] {
        offer(&mut table, Provider::Dxlink, bid(number));
    }
    assert_eq!(only_row(&table).number(Field::Bid), Some(2.0));
}

#[test]
fn a_run_waits_for_the_better_provider_and_not_for_a_worse_one() {
    let now = Instant::now();
    let mut table = table(&["SPY"], &[Field::Bid]);
    table.ask(0, Supply::Quote);
    table.ask(0, Supply::ByType);
    table.sent(0, Supply::Quote, now);
    offer(&mut table, Provider::Rest, bid(2.0));
    assert!(
        !is_settled(&mut table, now),
        "the stream is better and may still speak"
    );
    offer(&mut table, Provider::Dxlink, bid(1.0));
    assert!(is_settled(&mut table, now));
    assert!(table.take_due(now).is_empty(), "nothing changed since");
}

#[test]
fn a_better_providers_silence_keeps_what_is_answered_until_it_settles() {
    let now = Instant::now();
    let mut table = table(&["SPY"], &[Field::Bid]);
    table.ask(0, Supply::Quote);
    table.sent(0, Supply::Quote, now);
    offer(&mut table, Provider::Rest, bid(2.0));
    assert!(!is_settled(&mut table, now));
    assert_eq!(table.wakes_at(), Some(now + SETTLE));
    assert!(!is_settled(&mut table, now + SETTLE - STEP));
    assert!(is_settled(&mut table, now + SETTLE));
    offer(&mut table, Provider::Dxlink, bid(1.0));
    assert_eq!(
        only_row(&table).number(Field::Bid),
        Some(1.0),
        "late, and still better"
    );
}

#[test]
fn a_field_without_any_answer_is_waited_for_through_the_whole_window() {
    let now = Instant::now();
    let mut table = table(&["SPY"], &[Field::Bid]);
    table.ask(0, Supply::Quote);
    table.sent(0, Supply::Quote, now);
    assert!(!is_settled(&mut table, now + LISTEN - STEP));
    assert!(is_settled(&mut table, now + LISTEN));
    let reason = only_row(&table).reason(Field::Bid);
    assert_eq!(reason, Some(Reason::NoEventBeforeDeadline));
}

#[test]
fn the_next_provider_may_be_asked_once_the_stream_has_been_silent() {
    let now = Instant::now();
    let mut table = table(&["SPY"], &[Field::Bid]);
    table.ask(0, Supply::Quote);
    assert!(
        gaps(&table, now + LISTEN).is_empty(),
        "nothing was sent yet"
    );
    table.sent(0, Supply::Quote, now);
    assert!(!is_settled(&mut table, now));
    assert_eq!(table.wakes_at(), Some(now + SETTLE));
    assert!(gaps(&table, now + SETTLE - STEP).is_empty());
    assert_eq!(gaps(&table, now + SETTLE), [Field::Bid]);
}

#[test]
fn what_waits_for_a_connection_is_silent_from_then_on() {
    let now = Instant::now();
    let mut table = table(&["SPY"], &[Field::Bid]);
    table.ask(0, Supply::Quote);
    table.connecting(Some(now));
    offer(&mut table, Provider::Rest, bid(2.0));
    assert!(!is_settled(&mut table, now + SETTLE - STEP));
    assert!(is_settled(&mut table, now + SETTLE));
}

#[test]
fn what_is_sent_late_has_its_whole_window() {
    let now = Instant::now();
    let late = now + LISTEN;
    let mut table = table(&["SPY"], &[Field::Bid]);
    table.ask(0, Supply::Quote);
    assert!(!is_settled(&mut table, late));
    table.sent(0, Supply::Quote, late);
    assert!(!is_settled(&mut table, late + LISTEN - STEP));
    assert!(is_settled(&mut table, late + LISTEN));
}

#[test]
fn what_is_sent_again_after_a_loss_has_the_window_of_the_first_time() {
    let now = Instant::now();
    let mut table = table(&["SPY"], &[Field::Bid]);
    table.ask(0, Supply::Quote);
    table.sent(0, Supply::Quote, now);
    table.sent(0, Supply::Quote, now + LISTEN / 2);
    assert!(is_settled(&mut table, now + LISTEN));
}

#[test]
fn what_waits_for_its_turn_is_open_for_the_next_provider() {
    let now = Instant::now();
    let mut table = table(&["SPY"], &[Field::Bid]);
    table.ask(0, Supply::Quote);
    table.rationed(now);
    assert_eq!(gaps(&table, now), [Field::Bid]);
    assert!(
        !is_settled(&mut table, now + LISTEN * 2),
        "its window has not begun"
    );
}

#[test]
fn a_provider_that_concluded_is_not_waited_for() {
    let now = Instant::now();
    let mut table = table(&["SPY"], &[Field::Bid]);
    table.ask(0, Supply::Quote);
    assert!(table.awaits(Provider::Dxlink));
    table.conclude_all(Provider::Dxlink, Reason::ProviderFailed);
    assert!(is_settled(&mut table, now) && !table.awaits(Provider::Dxlink));
    let reason = only_row(&table).reason(Field::Bid);
    assert_eq!(reason, Some(Reason::ProviderFailed));
}

#[test]
fn gaps_are_what_the_better_providers_left_open() {
    let now = Instant::now();
    let mut table = table(&["SPY"], &[Field::Last, Field::Hv30]);
    table.ask(0, Supply::Trade);
    table.ask(0, Supply::Metrics);
    table.ask(0, Supply::ByType);
    assert!(gaps(&table, now).is_empty());
    table.conclude_supply(0, Supply::Metrics, Reason::NotProvided);
    assert_eq!(
        gaps(&table, now),
        [Field::Hv30],
        "the stream may still have the price"
    );
}

#[test]
fn a_symbol_that_neither_rest_nor_the_chart_knows_is_settled() {
    let now = Instant::now();
    let mut table = table(&["XXXX"], &[Field::Bid, Field::Last]);
    table.ask(0, Supply::Quote);
    table.ask(0, Supply::Trade);
    table.ask(0, Supply::ByType);
    table.sent(0, Supply::Quote, now);
    table.sent(0, Supply::Trade, now);
    table.unknown(0, Provider::Rest);
    table.conclude_supply(0, Supply::ByType, Reason::NotProvided);
    assert_eq!(
        gaps(&table, now),
        [Field::Bid, Field::Last],
        "its chart is asked at once"
    );
    table.ask(0, Supply::Chart);
    assert!(!is_settled(&mut table, now));
    table.unknown(0, Provider::Legacy);
    assert!(is_settled(&mut table, now));
    assert_eq!(
        only_row(&table).reason(Field::Bid),
        Some(Reason::UnknownSymbol)
    );
}

#[test]
fn a_failure_is_told_only_where_nobody_answered() {
    let mut table = table(&["SPY"], &[Field::Bid]);
    table.ask(0, Supply::Quote);
    table.ask(0, Supply::ByType);
    table.conclude_all(Provider::Dxlink, Reason::ProviderFailed);
    table.conclude_supply(0, Supply::ByType, Reason::NotProvided);
    let reason = only_row(&table).reason(Field::Bid);
    assert_eq!(reason, Some(Reason::NotProvided));
}

#[test]
fn silence_about_what_a_limit_may_have_cost_is_a_refusal_when_its_window_closes() {
    let now = Instant::now();
    let mut table = table(&["SPY"], &[Field::Bid, Field::Last]);
    for supply in [Supply::Quote, Supply::Trade] {
        table.ask(0, supply);
        table.sent(0, supply, now);
    }
    table.doubt(0, Supply::Trade);
    assert!(is_settled(&mut table, now + LISTEN));
    let row = only_row(&table);
    assert_eq!(row.reason(Field::Last), Some(Reason::RefusedByLimit));
    assert_eq!(row.reason(Field::Bid), Some(Reason::NoEventBeforeDeadline));
}

#[test]
fn the_first_reason_a_provider_gives_stands() {
    let mut table = table(&["SPY"], &[Field::Hv90]);
    table.ask(0, Supply::Metrics);
    table.ask(0, Supply::Candles);
    table.conclude_supply(0, Supply::Metrics, Reason::NotProvided);
    table.conclude_supply(0, Supply::Candles, Reason::ShortHistory);
    table.conclude_all(Provider::Dxlink, Reason::NoEventBeforeDeadline);
    let reason = only_row(&table).reason(Field::Hv90);
    assert_eq!(reason, Some(Reason::ShortHistory));
}

#[test]
fn an_unknown_symbol_is_the_reason_unless_somebody_knows_it() {
    let mut table = table(&["XXXX"], &[Field::Bid, Field::Iv]);
    table.ask(0, Supply::Metrics);
    table.unknown(0, Provider::Rest);
    assert_eq!(
        only_row(&table).reason(Field::Bid),
        Some(Reason::UnknownSymbol)
    );
    offer(&mut table, Provider::Dxlink, bid(1.0));
    assert_eq!(
        only_row(&table).reason(Field::Last),
        Some(Reason::NotProvided)
    );
}

#[test]
fn what_nobody_was_asked_for_says_so_when_time_is_up() {
    let mut table = table(&["SPY"], &[Field::Bid, Field::Iv]);
    table.ask(0, Supply::Quote);
    table.conclude_all(Provider::Dxlink, Reason::NoEventBeforeDeadline);
    table.give_up(Reason::NotAsked);
    let row = only_row(&table);
    assert_eq!(row.reason(Field::Bid), Some(Reason::NoEventBeforeDeadline));
    assert_eq!(row.reason(Field::Iv), Some(Reason::NotAsked));
}

#[test]
fn what_stays_wanted_is_kept_when_the_targets_change() {
    let now = Instant::now();
    let mut table = table(&["SPY", "QQQ"], &[Field::Bid]);
    table.ask(1, Supply::Quote);
    table.sent(1, Supply::Quote, now);
    table.offer(1, Provider::Dxlink, Origin::DXLINK, bid(3.0), WALL);
    let moved = table.retarget(targets(&["QQQ", "AAPL"], &[Field::Bid]), waits());
    assert_eq!(moved, [None, Some(0)]);
    assert!(table.is_asked(0, Supply::Quote) && !table.is_asked(1, Supply::Quote));
    assert_eq!(only_row(&table).number(Field::Bid), Some(3.0));
}

proptest! {
    #[test]
    fn the_winner_does_not_depend_on_the_order_of_arrival(order in Just([0usize, 1, 2]).prop_shuffle(), present in prop::array::uniform3(any::<bool>())) {
        let mut table = table(&["SPY"], &[Field::Last]);
        for at in order {
            if present[at] {
                let value = Value::Number(f64::from(u8::try_from(at).unwrap()));
                offer(&mut table, Provider::ALL[at], Observation { field: Field::Last, value, at: None });
            }
        }
        let expected = present.iter().position(|there| *there).map(|at| Origin::from(Provider::ALL[at]));
        prop_assert_eq!(only_row(&table).cell(Field::Last).map(|cell| cell.origin), expected);
    }
}
