//! How long a run waits for what: the window, silence, the whole time, and what is missing when it is up.

use std::time::Duration;

use super::super::test_support::{
    Answers, LISTEN, SETTLE, Setup, Stream, TestRun, question, stocks,
};
use crate::auth::AuthError;
use crate::model::FailureKind;
use crate::model::{Field, Origin, Provider, Reason};
use crate::provider::error::ProviderError;
use crate::provider::source::{End, Timeout};
use dxlink::EventType;

const STEP: Duration = Duration::from_millis(1);

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// REST takes a second for every answer.
fn slow() -> Answers {
    Answers {
        rest_after: seconds(1),
        ..Answers::default()
    }
}

#[test]
fn a_field_without_an_answer_has_the_whole_window_from_its_own_subscription() {
    // The contract is known after 6 s, when a window from the start would be over.
    let late = Answers {
        futures_after: seconds(6),
        ..Answers::default().silent_about("/ESZ26:XCME")
    };
    let mut run = TestRun::new(Setup::providers(&[Provider::Dxlink]), late);
    let ended = run.round("/ES SPY", "bid");
    let subscribed = run
        .asked
        .iter()
        .find(|asked| asked.names == ["/ESZ26:XCME"]);
    assert_eq!(subscribed.map(|asked| asked.at), Some(seconds(6)));
    assert_eq!(ended.took, seconds(6) + LISTEN);
    let reason = ended.row("/ES").reason(Field::Bid);
    assert_eq!(reason, Some(Reason::NoEventBeforeDeadline));
}

#[test]
fn an_event_late_in_the_window_counts() {
    let slow = Answers {
        event_after: LISTEN.saturating_sub(STEP),
        ..Answers::default()
    };
    let mut run = TestRun::new(Setup::providers(&[Provider::Dxlink]), slow);
    let ended = run.round("SPY", "put_call");
    assert_eq!(ended.took, LISTEN.saturating_sub(STEP));
    assert_eq!(ended.row("SPY").number(Field::PutCall), Some(1.0));
}

#[test]
fn silence_counts_from_the_login_while_the_stream_connects() {
    let hangs = Answers {
        stream: Stream::Hangs,
        login_after: Some(seconds(2)),
        ..Answers::default()
    };
    let mut run = TestRun::new(Setup::default(), hangs);
    let ended = run.round("SPY", "bid");
    assert_eq!(ended.took, seconds(2) + SETTLE);
    let origin = ended.row("SPY").cell(Field::Bid).map(|cell| cell.origin);
    assert_eq!(origin, Some(Origin::REST));
}

#[test]
fn the_better_provider_is_waited_for_and_the_worse_is_not() {
    let slow_stream = Answers {
        event_after: SETTLE.saturating_sub(STEP),
        ..Answers::default()
    };
    let mut run = TestRun::new(Setup::default(), slow_stream);
    let ended = run.round("SPY", "bid");
    assert_eq!(ended.took, SETTLE.saturating_sub(STEP));
    assert_eq!(ended.row("SPY").number(Field::Bid), Some(9.5));

    let slow_rest = Answers {
        rest_after: seconds(3),
        ..Answers::default()
    };
    let mut run = TestRun::new(Setup::default(), slow_rest);
    assert_eq!(run.round("SPY", "bid").took, Duration::ZERO);
}

#[test]
fn the_next_provider_is_asked_once_the_stream_was_silent_and_the_stream_may_still_answer() {
    let slow = Answers {
        event_after: SETTLE * 2,
        rest_after: seconds(3),
        ..Answers::default()
    };
    let mut run = TestRun::new(Setup::default(), slow);
    let ended = run.round(&stocks(101), "bid");
    let quotes: Vec<_> = run
        .asked
        .iter()
        .filter(|asked| asked.what == "by-type")
        .collect();
    assert_eq!(quotes[0].at, SETTLE);
    assert_eq!(ended.took, SETTLE * 2);
    assert_eq!(ended.rows[0].number(Field::Bid), Some(9.5));
}

#[test]
fn a_late_question_to_the_stream_is_waited_for() {
    let lacks_iv = Answers {
        rest_after: seconds(2),
        event_after: SETTLE / 2,
        ..Answers::default().metrics_lack("SPY", &[Field::Iv])
    };
    let mut run = TestRun::new(Setup::default(), lacks_iv);
    let ended = run.round("SPY", "iv");
    assert_eq!(run.names("Underlying"), ["SPY"]);
    assert_eq!(ended.took, seconds(2) + SETTLE / 2);
    let row = ended.row("SPY");
    assert_eq!(row.number(Field::Iv), Some(25.0));
    assert_eq!(
        row.cell(Field::Iv).map(|cell| cell.origin),
        Some(Origin::DXLINK)
    );
}

#[test]
fn a_late_question_that_nobody_answers_keeps_the_run_until_it_settles() {
    let silent = Answers {
        silent_types: vec![EventType::Underlying],
        ..Answers::default().metrics_lack("SPY", &[Field::Iv])
    };
    let mut run = TestRun::new(Setup::default(), silent);
    let ended = run.round("SPY", "iv");
    assert_eq!(ended.took, SETTLE, "REST has given its final no");
    assert_eq!(
        ended.row("SPY").reason(Field::Iv),
        Some(Reason::NotProvided)
    );
}

#[test]
fn a_full_listen_lasts_until_the_last_window_closes_and_the_last_value_wins() {
    let mut run = TestRun::new(Setup::default().full_listen(), Answers::default());
    run.ask(question("SPY", "bid"));
    run.until(seconds(1));
    run.tell_bid("SPY", 12.25);
    let ended = run.finish();
    assert_eq!(run.elapsed(), LISTEN);
    assert_eq!(ended.row("SPY").number(Field::Bid), Some(12.25));
    assert_eq!(ended.how, End::Settled);

    let late = Answers {
        futures_after: seconds(6),
        ..Answers::default()
    };
    let mut run = TestRun::new(Setup::default().full_listen(), late);
    assert_eq!(run.round("SPY /ES", "bid").took, seconds(6) + LISTEN);
}

#[test]
fn without_a_stream_a_full_listen_waits_for_nothing() {
    let mut run = TestRun::new(Setup::default().full_listen(), Answers::default());
    assert_eq!(run.round("SPY", "ivr").took, Duration::ZERO);
}

#[test]
fn the_planned_time_grows_with_the_requests_and_a_fixed_one_does_not() {
    let usual = seconds(30);
    let planned = Timeout::Planned(usual);
    assert_eq!(planned.for_plan(seconds(10)), usual);
    assert_eq!(planned.for_plan(seconds(40)), seconds(80));
    assert_eq!(
        planned.for_plan(seconds(1_000)),
        seconds(600),
        "ten minutes at most"
    );
    assert_eq!(Timeout::Fixed(seconds(2)).for_plan(seconds(40)), seconds(2));

    // 100 requests for 5,000 instruments at 2 a second: 49.5 s at least.
    let bound = |timeout: Timeout| {
        let mut run = TestRun::new(Setup::default().timeout(timeout), slow());
        let began = run.now();
        run.ask(question(&stocks(5_000), "instrument"));
        assert!(!run.is_over());
        run.until(Duration::ZERO);
        run.run.ends_at() - began
    };
    assert_eq!(bound(planned), seconds(99));
    assert_eq!(bound(Timeout::Fixed(seconds(10))), seconds(10));
}

#[test]
fn a_second_round_makes_the_planned_time_grow_again() {
    let planned = Timeout::Planned(seconds(30));
    let mut run = TestRun::new(Setup::default().timeout(planned), slow());
    let began = run.now();
    run.round("SPY", "instrument");
    assert_eq!(run.run.ends_at() - began, seconds(30));
    run.ask(question(&stocks(5_000), "instrument"));
    run.until(Duration::ZERO);
    assert!(run.run.ends_at() - began >= seconds(99));
}

#[test]
fn a_login_without_an_answer_lasts_no_longer_than_the_timeout() {
    let hangs = Answers {
        login_after: None,
        ..Answers::default()
    };
    let fixed = Setup::default().timeout(Timeout::Fixed(seconds(3)));
    let mut run = TestRun::new(fixed, hangs);
    let ended = run.round("SPY", "ivr");
    assert_eq!((ended.how, ended.took), (End::OutOfTime, seconds(3)));
    let failed: Vec<Provider> = run.run.failures().into_iter().map(|(of, _)| of).collect();
    assert_eq!(failed, [Provider::Rest]);
}

#[test]
fn what_was_not_reached_in_time_was_not_asked() {
    let fixed = Setup::default().timeout(Timeout::Fixed(seconds(3)));
    let alone = Setup {
        order: vec![Provider::Legacy],
        ..fixed
    };
    let mut run = TestRun::new(alone, Answers::default());
    let ended = run.round(&stocks(20), "last");
    assert_eq!((ended.how, ended.took), (End::OutOfTime, seconds(3)));
    // Ten at once and one a second; the last one is due when time is up.
    assert!((12..=13).contains(&run.names("chart").len()));
    let row = &ended.rows[19];
    assert_eq!(row.reason(Field::Last), Some(Reason::NotAsked));
}

#[test]
fn an_unresolved_contract_was_not_asked_about() {
    let setup = Setup::default().timeout(Timeout::Fixed(seconds(3)));
    let slow = Answers {
        futures_after: seconds(10),
        ..Answers::default()
    };
    let mut run = TestRun::new(
        Setup {
            order: vec![Provider::Rest],
            ..setup
        },
        slow,
    );
    let ended = run.round("/ES", "bid");
    assert_eq!((ended.how, ended.took), (End::OutOfTime, seconds(3)));
    assert_eq!(ended.row("/ES").reason(Field::Bid), Some(Reason::NotAsked));
}

#[test]
fn what_the_user_broke_off_is_interrupted() {
    let silent = Answers::default().silent_about("SPY");
    let mut run = TestRun::new(Setup::providers(&[Provider::Dxlink]), silent);
    let began = run.now();
    run.ask(question("SPY QQQ", "bid"));
    run.until(seconds(2));
    let ended = run.end(End::Interrupted, began);
    assert_eq!(
        ended.row("SPY").reason(Field::Bid),
        Some(Reason::Interrupted)
    );
    assert_eq!(ended.row("QQQ").number(Field::Bid), Some(9.5));
    assert!(run.run.failures().is_empty(), "nobody failed");
}

#[test]
fn a_late_refusal_of_the_login_is_the_reason_for_the_stream_too() {
    // The stream has been given up over the wait before the login says why.
    let refused = Answers {
        login: Some(AuthError::Server {
            status: 503,
            retry_after: None,
        }),
        login_after: Some(LISTEN + SETTLE),
        ..Answers::default()
    };
    let mut run = TestRun::new(
        Setup::providers(&[Provider::Dxlink, Provider::Rest]),
        refused,
    );
    let ended = run.round("SPY", "bid");
    assert_eq!(ended.took, LISTEN + SETTLE);
    let failures = run.run.failures();
    assert_eq!(failures.len(), 2);
    for (provider, error) in failures {
        assert!(
            matches!(error, ProviderError::Login(_)),
            "{provider}: {error}"
        );
        assert_eq!(error.kind(), FailureKind::Network);
    }
}

#[test]
fn settling_begins_after_the_wait_for_a_session() {
    let wait = Duration::from_millis(1_500);
    let hangs = Answers {
        slot: Some((wait, true)),
        stream: Stream::Hangs,
        ..Answers::default()
    };
    let mut run = TestRun::new(Setup::default(), hangs);
    assert_eq!(run.round("SPY", "bid").took, wait + SETTLE);

    let opens = Answers {
        slot: Some((wait, true)),
        ..Answers::default()
    };
    let mut run = TestRun::new(Setup::default(), opens);
    let ended = run.round("SPY", "bid");
    assert_eq!(ended.took, wait);
    assert_eq!(ended.row("SPY").number(Field::Bid), Some(9.5));
}

#[test]
fn a_session_that_nobody_gives_up_leaves_the_field_open_at_once() {
    let wait = seconds(2);
    let taken = Answers {
        slot: Some((wait, false)),
        ..Answers::default()
    };
    let mut run = TestRun::new(Setup::default(), taken);
    let ended = run.round("SPY", "bid");
    assert_eq!(ended.took, wait);
    assert_eq!(ended.row("SPY").number(Field::Bid), Some(9.0));
    let failures = run.run.failures();
    let kinds: Vec<_> = failures
        .iter()
        .map(|(of, error)| (*of, error.kind()))
        .collect();
    assert_eq!(kinds, [(Provider::Dxlink, FailureKind::NoSession)]);
}

#[test]
fn what_a_session_has_no_room_for_is_asked_of_rest_at_once() {
    let name = "XYAAA";
    let full = Answers {
        without_room: vec![name.to_owned()],
        ..Answers::default()
    };
    let mut run = TestRun::new(Setup::default(), full.clone());
    let ended = run.round(&stocks(101), "bid");
    assert_eq!(ended.took, Duration::ZERO);
    assert_eq!(run.names("by-type"), [name]);
    assert_eq!(ended.row(name).number(Field::Bid), Some(9.0));

    let mut alone = TestRun::new(Setup::providers(&[Provider::Dxlink]), full);
    let ended = alone.round(&stocks(3), "bid");
    assert_eq!(ended.took, Duration::ZERO);
    assert_eq!(
        ended.row(name).reason(Field::Bid),
        Some(Reason::RefusedByLimit)
    );
}
