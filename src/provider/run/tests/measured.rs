//! What was measured once and took too long: unknown and silent symbols, a refused stream, gaps, large universes.

use std::time::Duration;

use super::super::test_support::{
    Answers, SETTLE, Setup, Stream, TestRun, columns_question, stocks,
};
use crate::model::FailureKind;
use crate::model::{Field, Origin, Provider, Reason};
use crate::provider::source::End;

/// The table's columns of `volq quote`, with what completeness counts.
const TABLE: &str =
    "symbol bid ask last chg_pct iv ivr ivp hv30 hv90 vrp liq earnings_days volume age basis mark";

/// What answers take that come at once, with time to spare.
const SOON: Duration = Duration::from_millis(100);

/// Providers that take a little time.
fn answers() -> Answers {
    Answers {
        login_after: Some(Duration::from_millis(5)),
        rest_after: Duration::from_millis(5),
        event_after: Duration::from_millis(5),
        chart_after: Duration::from_millis(20),
        ..Answers::default()
    }
}

#[test]
fn an_unknown_symbol_beside_known_ones_is_settled_once_rest_and_chart_do_not_know_it() {
    let unknown = Answers {
        unknown: vec!["NOSUCH".to_owned()],
        ..answers().silent_about("NOSUCH")
    };
    let mut run = TestRun::new(Setup::default(), unknown);
    let ended = run.answer(columns_question("SPX NOSUCH SPY", TABLE));
    assert_eq!(ended.how, End::Settled);
    assert!(ended.took <= SOON, "{:?}", ended.took);
    assert_eq!(run.names("chart"), ["NOSUCH"]);
    let row = ended.row("NOSUCH");
    for field in [Field::Bid, Field::Last, Field::Iv, Field::Hv30] {
        assert_eq!(row.reason(field), Some(Reason::UnknownSymbol), "{field}");
    }
    assert!(ended.row("SPY").number(Field::Bid).is_some());
}

#[test]
fn one_silent_symbol_in_twenty_keeps_the_run_until_it_settles() {
    let symbols = stocks(20);
    let silent = answers().silent_about("XYAAA");
    let mut run = TestRun::new(Setup::default(), silent);
    let ended = run.answer(columns_question(&symbols, TABLE));
    assert_eq!(ended.how, End::Settled);
    assert!(
        (SETTLE..=SETTLE + SOON).contains(&ended.took),
        "{:?}",
        ended.took
    );
    let origin = |symbol: &str| ended.row(symbol).cell(Field::Bid).map(|cell| cell.origin);
    assert_eq!(origin("XYAAA"), Some(Origin::REST));
    assert_eq!(origin("XYAAB"), Some(Origin::DXLINK));
    assert!(run.names("chart").is_empty(), "REST had everything");
}

#[test]
fn a_stream_that_is_tried_again_keeps_the_run_until_it_settles() {
    for stream in [Stream::Lost, Stream::Hangs] {
        let refused = Answers {
            stream,
            ..answers()
        };
        let mut run = TestRun::new(Setup::default(), refused);
        let ended = run.answer(columns_question(&stocks(20), TABLE));
        assert!(ended.took <= SETTLE + SOON, "{stream:?}: {:?}", ended.took);
        let row = ended.row("XYAAA");
        assert_eq!(
            row.cell(Field::Bid).map(|cell| cell.origin),
            Some(Origin::REST)
        );
        run.close();
        let failed: Vec<Provider> = run.run.failures().into_iter().map(|(of, _)| of).collect();
        assert_eq!(failed, [Provider::Dxlink], "it is named, and nobody else");
    }
}

#[test]
fn a_stream_that_has_failed_keeps_nobody() {
    let refused = Answers {
        stream: Stream::Fails,
        ..answers()
    };
    let mut run = TestRun::new(Setup::default(), refused);
    let ended = run.answer(columns_question(&stocks(20), TABLE));
    assert!(ended.took <= SOON, "{:?}", ended.took);
    assert_eq!(ended.row("XYAAA").number(Field::Bid), Some(9.0));
}

#[test]
fn gaps_of_two_thousand_symbols_cost_the_keyless_source_its_ration_and_the_run_the_settle_time() {
    let symbols = stocks(2_000);
    let gaps: Vec<&str> = symbols.split(' ').take(200).collect();
    let fields = [Field::Hv30, Field::Hv90];
    let without = || Answers {
        bars: Some(0),
        ..answers()
    };
    let mut gapless = TestRun::new(Setup::default(), without());
    let others = gapless.answer(columns_question(&symbols, TABLE)).took;

    let lacking = without().metrics_lack(&gaps.join(" "), &fields);
    let mut run = TestRun::new(
        Setup::default(),
        Answers {
            chart_after: Duration::from_millis(300),
            ..lacking
        },
    );
    let ended = run.answer(columns_question(&symbols, TABLE));
    assert!(
        ended.took <= others + SETTLE + SOON,
        "{:?} after {others:?}",
        ended.took
    );
    let charts = run.names("chart");
    assert!(!charts.is_empty() && charts.len() <= 30, "{}", charts.len());
    assert!(charts.iter().all(|symbol| gaps.contains(symbol)));
    let failures = run.run.failures();
    let kinds: Vec<_> = failures
        .iter()
        .map(|(of, error)| (*of, error.kind()))
        .collect();
    assert_eq!(kinds, [(Provider::Legacy, FailureKind::RateLimited)]);
    assert!(run.names("equities").is_empty(), "nobody asked for names");
}

#[test]
fn beside_others_charts_that_were_not_reached_say_so() {
    let slow = Answers {
        chart_after: Duration::from_millis(300),
        ..answers()
    };
    let order = [Provider::Rest, Provider::Legacy];
    let mut run = TestRun::new(Setup::providers(&order), slow);
    let ended = run.round(&stocks(40), "ivr hv20");
    assert!(ended.took <= SETTLE + SOON, "{:?}", ended.took);
    // Two at a time, each 0.3 s: three pairs are answered and a fourth is under way.
    assert_eq!(run.names("chart").len(), 8);
    let reasons: Vec<_> = ended
        .rows
        .iter()
        .map(|row| row.reason(Field::Hv20))
        .collect();
    assert!(reasons[..6].iter().all(Option::is_none), "{reasons:?}");
    assert!(
        reasons[8..30]
            .iter()
            .all(|reason| *reason == Some(Reason::NotAsked))
    );
    assert!(
        reasons[30..]
            .iter()
            .all(|reason| *reason == Some(Reason::RefusedByLimit))
    );
    assert!(
        ended
            .rows
            .iter()
            .all(|row| row.number(Field::Ivr).is_some())
    );
}

#[test]
fn a_chart_alone_is_asked_thirty_times_as_fast_as_its_ration_allows() {
    let mut run = TestRun::new(Setup::providers(&[Provider::Legacy]), answers());
    let ended = run.round(&stocks(40), "last");
    assert_eq!(ended.how, End::Settled);
    assert_eq!(run.names("chart").len(), 30);
    let times: Vec<Duration> = run.asked.iter().map(|asked| asked.at).collect();
    assert!(times[9] <= SOON * 2, "ten at once: {times:?}");
    // One a second after that.
    for (n, at) in times.iter().enumerate().skip(10) {
        let due = Duration::from_secs(u64::try_from(n - 9).unwrap());
        assert!((due..=due + SOON).contains(at), "{n}: {at:?}");
    }
    let row = &ended.rows[39];
    assert_eq!(row.reason(Field::Last), Some(Reason::RefusedByLimit));
}

#[test]
fn a_screen_on_rank_alone_takes_as_long_as_its_metrics() {
    let mut run = TestRun::new(Setup::default(), answers());
    let ended = run.round(&stocks(5_000), "symbol ivr");
    // 25 requests at 5 a second, 4 of them at once.
    let paced = Duration::from_millis(4_200);
    assert!(ended.took <= paced + SOON, "{:?}", ended.took);
    assert!(
        ended
            .rows
            .iter()
            .all(|row| row.number(Field::Ivr).is_some())
    );
    assert_eq!(run.names("metrics").len(), 5_000);
    assert!(
        run.asked
            .iter()
            .all(|asked| ["login", "metrics"].contains(&asked.what.as_str()))
    );
}

#[test]
fn quotes_of_two_thousand_symbols_are_asked_for_what_the_stream_left_open() {
    let symbols = stocks(2_000);
    let silent: Vec<&str> = symbols.split(' ').take(5).collect();
    let partly = answers().silent_about(&silent.join(" "));
    let mut run = TestRun::new(Setup::default(), partly);
    let ended = run.answer(columns_question(&symbols, TABLE));
    let requests: Vec<_> = run
        .asked
        .iter()
        .filter(|asked| asked.what == "by-type")
        .collect();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].names, silent);
    assert!(
        requests[0].at >= SETTLE && ended.took <= SETTLE * 2 + SOON,
        "{:?}",
        ended.took
    );
    assert_eq!(ended.row(silent[0]).number(Field::Bid), Some(9.0));
}

#[test]
fn bid_and_ask_of_five_thousand_symbols_are_quotes_alone() {
    let mut run = TestRun::new(Setup::providers(&[Provider::Dxlink]), answers());
    let ended = run.round(&stocks(5_000), "symbol bid ask");
    assert!(ended.took <= SOON, "{:?}", ended.took);
    let what: Vec<&str> = run.asked.iter().map(|asked| asked.what.as_str()).collect();
    assert_eq!(what, ["login", "open", "Quote"]);
}
