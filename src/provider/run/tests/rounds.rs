//! Several rounds on one run: what stays wanted is not asked again, what is dropped is taken back, and nothing grows.

use std::time::Duration;

use super::super::test_support::{Answers, SETTLE, Setup, Stream, TestRun, question, stocks};
use crate::model::{Field, Origin, Provider};

/// What was asked since the last look.
fn since(run: &mut TestRun) -> Vec<String> {
    let asked = run.asked().into_iter().collect();
    run.asked.clear();
    asked
}

#[test]
fn three_rounds_have_one_login_and_one_stream_and_repeat_nothing() {
    let mut run = TestRun::new(Setup::default(), Answers::default());
    run.round("SPY QQQ", "bid ivr");
    let first = [
        "Quote QQQ SPY",
        "by-type QQQ SPY",
        "login",
        "metrics QQQ SPY",
        "open",
    ];
    assert_eq!(since(&mut run), first);

    let second = run.round("QQQ AAPL", "bid ivr");
    assert_eq!(
        since(&mut run),
        ["-Quote SPY", "Quote AAPL", "by-type AAPL", "metrics AAPL"]
    );
    let bids = ["QQQ", "AAPL"].map(|symbol| second.row(symbol).number(Field::Bid));
    assert_eq!(bids, [Some(9.5), Some(9.5)]);

    let third = run.round("AAPL SPY", "last");
    assert_eq!(
        since(&mut run),
        ["-Quote AAPL QQQ", "Trade AAPL SPY", "by-type SPY"]
    );
    assert_eq!(third.row("SPY").number(Field::Last), Some(10.1));
}

#[test]
fn the_same_question_asks_nothing() {
    let mut run = TestRun::new(Setup::default(), Answers::default());
    let fields = "bid last iv hv30 hv20 put_call name sector instrument";
    run.round("SPY /ES SPX", fields);
    since(&mut run);
    let again = run.round("SPY /ES SPX", fields);
    assert_eq!(since(&mut run), [""; 0]);
    assert_eq!(again.took, Duration::ZERO);
    assert_eq!(again.row("SPY").number(Field::Bid), Some(9.5));
}

#[test]
fn what_changed_on_the_stream_meanwhile_is_the_next_rounds_value() {
    let mut run = TestRun::new(Setup::default(), Answers::default());
    run.round("SPY", "bid");
    run.tell_bid("SPY", 12.25);
    run.ask(question("SPY QQQ", "bid"));
    let ended = run.finish();
    assert_eq!(ended.row("SPY").number(Field::Bid), Some(12.25));
}

#[test]
fn a_symbol_that_comes_back_is_subscribed_again() {
    let mut run = TestRun::new(Setup::providers(&[Provider::Dxlink]), Answers::default());
    run.round("SPY QQQ", "bid");
    run.round("QQQ", "bid");
    since(&mut run);
    let back = run.round("SPY QQQ", "bid");
    assert_eq!(since(&mut run), ["Quote SPY"]);
    assert_eq!(back.row("SPY").number(Field::Bid), Some(9.5));
}

#[test]
fn a_stream_that_opens_after_a_round_serves_the_next_one() {
    let slow = Answers {
        stream: Stream::Opens { after: SETTLE * 2 },
        ..Answers::default()
    };
    let mut run = TestRun::new(Setup::default(), slow);
    assert_eq!(run.round("SPY", "bid").took, SETTLE);
    // Whoever asks again at once has what REST says, and the stream's word when it is there.
    let second = run.round("SPY QQQ", "bid");
    assert_eq!(second.took, Duration::ZERO);
    run.pass(SETTLE);
    let third = run.round("SPY QQQ IWM", "bid hv20");
    for symbol in ["SPY", "QQQ", "IWM"] {
        let row = third.row(symbol);
        assert_eq!(row.number(Field::Bid), Some(9.5), "{symbol}");
        let history = row.cell(Field::Hv20).map(|cell| cell.origin);
        assert_eq!(history, Some(Origin::DXLINK), "{symbol}");
    }
}

#[test]
fn another_symbols_bars_are_asked_in_a_later_round() {
    let mut run = TestRun::new(Setup::providers(&[Provider::Dxlink]), Answers::default());
    run.round("SPY", "hv20");
    since(&mut run);
    let later = run.round("QQQ", "hv20");
    assert_eq!(since(&mut run), ["candles QQQ"]);
    assert!(later.row("QQQ").number(Field::Hv20).is_some());
}

#[test]
fn a_longer_window_in_a_later_round_asks_for_its_bars() {
    let mut run = TestRun::new(Setup::providers(&[Provider::Dxlink]), Answers::default());
    run.round("SPY", "hv20");
    since(&mut run);
    let later = run.round("SPY", "hv20 hv365");
    assert_eq!(since(&mut run), ["candles SPY"]);
    let cell = later.row("SPY").cell(Field::Hv365);
    assert_eq!(cell.map(|cell| cell.origin), Some(Origin::DXLINK));
}

#[test]
fn a_field_that_a_later_round_wants_of_the_same_symbol_is_asked() {
    let mut run = TestRun::new(Setup::default(), Answers::default());
    run.round("SPY /ES", "ivr");
    since(&mut run);
    let later = run.round("SPY /ES", "ivr bid");
    let asked = [
        "Quote /ESZ26:XCME",
        "Quote SPY",
        "by-type /ESZ6",
        "by-type SPY",
        "futures ES",
        "open",
    ];
    let mut all: Vec<String> = since(&mut run);
    all.sort();
    assert_eq!(all.last().map(String::as_str), Some("open"));
    for line in asked {
        let (what, name) = line.split_once(' ').unwrap_or((line, ""));
        let is_asked = all
            .iter()
            .any(|asked| asked.starts_with(what) && asked.contains(name));
        assert!(is_asked, "{line}: {all:?}");
    }
    assert_eq!(later.row("/ES").number(Field::Bid), Some(9.5));
}

#[test]
fn another_root_in_a_later_round_is_looked_up() {
    let mut run = TestRun::new(Setup::default(), Answers::default());
    run.round("/ES", "bid");
    since(&mut run);
    let later = run.round("/ES /NQ", "bid");
    assert_eq!(later.row("/NQ").number(Field::Bid), Some(9.5));
    assert_eq!(run.names("Quote"), ["/NQZ26:XCME"]);
}

#[test]
fn bars_that_nobody_wants_any_more_are_not_followed() {
    let slow = Answers {
        event_after: SETTLE * 2,
        ..Answers::default()
    };
    let mut run = TestRun::new(Setup::providers(&[Provider::Dxlink]), slow);
    run.ask(question("SPY", "hv20"));
    run.until(SETTLE);
    run.ask(question("QQQ", "bid"));
    assert!(!run.is_over());
    assert_eq!(run.names("-candles"), ["SPY"]);
}

/// Everything that a run could collect, in a number.
fn collected(run: &TestRun) -> usize {
    run.run.collected()
}

#[test]
fn a_thousand_rounds_with_ever_new_symbols_leave_what_one_round_leaves() {
    let symbols = stocks(2_000);
    let symbols: Vec<&str> = symbols.split(' ').collect();
    let lacking = Answers::default().metrics_lack(&symbols.join(" "), &[Field::Iv]);
    let answers = Answers {
        bars: Some(0),
        ..lacking
    };
    let mut run = TestRun::new(Setup::default(), answers);
    let mut after = Vec::new();
    for pair in symbols.chunks(2) {
        run.round(&pair.join(" "), "bid last iv hv20 hv30 sector");
        run.asked.clear();
        after.push(collected(&run));
    }
    // The ration of charts is used up within the first rounds.
    assert_eq!(after.len(), 1_000);
    let most = after[..20].iter().max();
    assert!(
        after.iter().max() <= most,
        "{:?} … {:?}",
        &after[..20],
        after.last()
    );
}
