//! Batches against a server that is a closure: poison, outages, and requests that are too long.

use std::sync::Mutex;

use super::*;
use crate::net::NetError;
use crate::tastytrade::ServerFault;

fn symbols(count: usize) -> Vec<Symbol> {
    (0..count).map(|n| symbol(&format!("S{n}"))).collect()
}

fn symbol(text: &str) -> Symbol {
    text.parse().unwrap()
}

fn fault(status: u16) -> ServerFault {
    ServerFault {
        status,
        code: None,
        message: String::new(),
        support_id: None,
    }
}

fn late() -> TastyError {
    let wait = std::time::Duration::from_secs(1);
    TastyError::Net(NetError::RateBudget { wait })
}

fn poisoned() -> TastyError {
    TastyError::Refused(fault(400))
}

/// Asks for symbols of which some are poison; returns what came and how many requests it took.
async fn with_poison(
    asked: &[Symbol],
    poison: &[Symbol],
    error: fn() -> TastyError,
) -> (Portion<Symbol>, usize) {
    let requests = Mutex::new(0);
    let fetch = async |part: Vec<Symbol>, _| {
        *requests.lock().unwrap() += 1;
        if part.iter().any(|one| poison.contains(one)) {
            return Err(error());
        }
        Ok(part)
    };
    let portion = Portion::all(portions(asked, 50, fetch)).await;
    let count = *requests.lock().unwrap();
    (portion, count)
}

#[tokio::test]
async fn a_chunk_is_one_request() {
    let (portion, requests) = with_poison(&symbols(120), &[], poisoned).await;
    assert_eq!((portion.items.len(), requests), (120, 3));
}

#[tokio::test]
async fn one_poisonous_symbol_costs_only_itself() {
    for bad in ["S0", "S24", "S49"] {
        let (portion, requests) = with_poison(&symbols(50), &[symbol(bad)], poisoned).await;
        assert_eq!(portion.items.len(), 49);
        assert_eq!(portion.failed.len(), 1);
        assert_eq!(portion.failed[0].0.as_str(), bad);
        assert!(requests <= 13, "{requests}");
    }
}

#[tokio::test]
async fn several_poisonous_symbols_cost_only_themselves() {
    // The first of each chunk is the longest way down, in both chunks at the same time.
    let bad = [symbol("S0"), symbol("S30"), symbol("S50")];
    let (portion, _) = with_poison(&symbols(100), &bad, poisoned).await;
    assert_eq!((portion.items.len(), portion.failed.len()), (97, 3));
}

#[tokio::test]
async fn a_server_that_is_down_is_not_asked_for_every_symbol() {
    let down = || TastyError::Server {
        fault: fault(502),
        retry_after: None,
    };
    let all = symbols(200);
    let (portion, requests) = with_poison(&all, &all, down).await;
    assert_eq!(portion.failed.len(), 200);
    assert!(requests <= 36, "{requests}");
}

#[tokio::test]
async fn a_poisonous_symbol_is_found_in_a_batch_of_any_size() {
    for size in [1, 2, 3, 50, 99, 200, 256, 500] {
        let asked = symbols(size);
        for bad in [0, size / 2, size - 1] {
            let fetch = async |part: Vec<Symbol>, _| {
                if part.contains(&asked[bad]) {
                    return Err(poisoned());
                }
                Ok(part)
            };
            let portion = Portion::all(portions(&asked, size, fetch)).await;
            let failed: Vec<&Symbol> = portion.failed.iter().map(|(one, _)| one).collect();
            assert_eq!(failed, [&asked[bad]], "{bad} of {size}");
            assert_eq!(portion.items.len(), size - 1);
        }
    }
}

#[tokio::test]
async fn a_batch_that_is_too_long_teaches_the_next() {
    for status in [413, 414] {
        let lengths = Mutex::new(Vec::new());
        let fetch = async |part: Vec<Symbol>, _| {
            lengths.lock().unwrap().push(part.len());
            if part.len() > 60 {
                return Err(TastyError::Refused(fault(status)));
            }
            Ok(part)
        };
        let portion = Portion::all(portions(&symbols(1_000), 200, fetch)).await;
        assert_eq!((portion.items.len(), portion.failed.len()), (1_000, 0));
        let lengths = lengths.lock().unwrap().clone();
        // The four that are under way at first know nothing yet.
        let too_long = lengths.iter().filter(|length| **length > 60).count();
        assert!(too_long <= 4 + 4, "{lengths:?}");
        assert_eq!(lengths[..1], [200]);
        assert!(
            lengths[8..].iter().all(|length| *length == 50),
            "{lengths:?}"
        );
    }
}

#[tokio::test]
async fn another_refusal_teaches_nothing_about_length() {
    let lengths = Mutex::new(Vec::new());
    let fetch = async |part: Vec<Symbol>, _| {
        lengths.lock().unwrap().push(part.len());
        if part.contains(&symbol("S7")) {
            return Err(poisoned());
        }
        Ok(part)
    };
    let portion = Portion::all(portions(&symbols(900), 100, fetch)).await;
    assert_eq!(portion.failed.len(), 1);
    let whole = lengths
        .lock()
        .unwrap()
        .iter()
        .filter(|length| **length == 100)
        .count();
    assert_eq!(whole, 9);
}

#[tokio::test]
async fn what_failed_and_got_no_other_slot_has_failed() {
    let outcomes = |first: fn() -> TastyError| async move {
        let fetch = async |_: Vec<Symbol>, stage| -> Result<Vec<Symbol>, TastyError> {
            match stage {
                BatchStage::First => Err(first()),
                BatchStage::Halved => Err(late()),
            }
        };
        let portion = Portion::all(portions(&symbols(4), 4, fetch)).await;
        assert_eq!(portion.failed.len(), 4);
        let unasked = portion
            .failed
            .iter()
            .filter(|(_, error)| error.is_out_of_budget());
        unasked.count()
    };
    assert_eq!(outcomes(late).await, 4, "never asked");
    assert_eq!(outcomes(poisoned).await, 0);
    let too_long = || TastyError::Refused(fault(414));
    assert_eq!(
        outcomes(too_long).await,
        4,
        "a part is asked for the first time"
    );
}

#[tokio::test]
async fn a_refused_login_is_not_halved() {
    let all = symbols(50);
    let refused = || TastyError::Unauthorized(fault(401));
    let (portion, requests) = with_poison(&all, &all, refused).await;
    assert_eq!((portion.failed.len(), requests), (50, 1));
}

#[tokio::test]
async fn answers_are_matched_by_symbol() {
    let asked = [symbol("A"), symbol("B"), symbol("A"), symbol("C")];
    let fetch = async |part: Vec<Symbol>, _| {
        assert_eq!(part.len(), 3, "a symbol asked twice is sent once");
        Ok(vec![
            symbol("C"),
            symbol("STRANGER"),
            symbol("A"),
            symbol("C"),
        ])
    };
    let portion = Portion::all(portions(&asked, 50, fetch)).await;
    assert_eq!(portion.items, [symbol("C"), symbol("A")]);
    assert_eq!(portion.absent, [symbol("B")]);
}

#[tokio::test]
async fn portions_are_reported_as_they_arrive() {
    let (gate, opened) = tokio::sync::oneshot::channel::<()>();
    let opened = Mutex::new(Some(opened));
    let fetch = async |part: Vec<Symbol>, _| {
        if part[0].as_str() == "S0" {
            let opened = opened.lock().unwrap().take().unwrap();
            opened.await.unwrap();
        }
        Ok(part)
    };
    let asked = symbols(4);
    let mut arriving = std::pin::pin!(portions(&asked, 2, fetch));
    let first = arriving.next().await.unwrap();
    assert_eq!(
        first.items[0].as_str(),
        "S2",
        "the held up chunk is waited for by nobody"
    );
    gate.send(()).unwrap();
    assert_eq!(arriving.next().await.unwrap().items[0].as_str(), "S0");
    assert!(arriving.next().await.is_none());
}
