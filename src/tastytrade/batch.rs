//! Many symbols in few requests: chunks, a few at a time, each answer reported as it comes in; a chunk that fails is
//! halved, so that one poisonous symbol costs itself and not its neighbours (tastytrade-rest §6).

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use futures_util::stream::{self, Stream, StreamExt as _};

use super::error::TastyError;
use crate::model::Symbol;
use crate::model::instrument::EquityInstrument;
use crate::model::market::{MarketData, Metrics};

/// Chunks under way at the same time.
const AT_ONCE: usize = 4;

/// Failures in a row, per chunk under way, after which the server counts as down and nothing is halved any more: one more
/// than lead from a whole chunk to the one bad symbol in it.
fn outage(size: usize) -> u32 {
    size.max(1).ilog2() + 2
}

/// What became of some of the symbols that were asked for.
#[derive(Debug)]
pub struct Portion<T> {
    /// What came, only for symbols that were asked for.
    pub items: Vec<T>,
    /// Symbols the server answered nothing about: it does not know them, or has nothing.
    pub absent: Vec<Symbol>,
    /// Symbols that could not be asked about, each with the error of its request.
    pub failed: Vec<(Symbol, Arc<TastyError>)>,
}

impl<T> Default for Portion<T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            absent: Vec::new(),
            failed: Vec::new(),
        }
    }
}

impl<T> Portion<T> {
    /// Gathers all portions of a stream into one.
    pub async fn all(portions: impl Stream<Item = Self>) -> Self {
        portions
            .fold(Self::default(), async |mut all, portion| {
                all.items.extend(portion.items);
                all.absent.extend(portion.absent);
                all.failed.extend(portion.failed);
                all
            })
            .await
    }
}

/// Anything that is about one symbol.
pub(super) trait About {
    fn symbol(&self) -> &Symbol;
}

impl About for Symbol {
    fn symbol(&self) -> &Symbol {
        self
    }
}

impl About for Metrics {
    fn symbol(&self) -> &Symbol {
        &self.symbol
    }
}

impl About for MarketData {
    fn symbol(&self) -> &Symbol {
        &self.symbol
    }
}

impl About for EquityInstrument {
    fn symbol(&self) -> &Symbol {
        &self.symbol
    }
}

/// Whether a request is a chunk's first or a halved one, which gets a single attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    First,
    Halved,
}

/// Asks for all `asked` in chunks of `size` through `fetch` and yields a portion per chunk, in order of arrival. A chunk
/// that is too long for the server teaches those that follow: they are no longer than its halves.
pub(super) fn portions<A, T, F, R>(
    asked: &[A],
    size: usize,
    fetch: F,
) -> impl Stream<Item = Portion<T>> + use<A, T, F, R>
where
    A: About + Clone,
    T: About,
    F: Fn(Vec<A>, Stage) -> R,
    R: Future<Output = Result<Vec<T>, TastyError>>,
{
    let mut left: VecDeque<A> = distinct(asked).into();
    let size = size.max(1);
    let under_way = u32::try_from(left.len().div_ceil(size).min(AT_ONCE)).unwrap_or_default();
    let batch = Arc::new(Batch {
        fetch,
        size: AtomicUsize::new(size),
        in_a_row: AtomicU32::new(0),
        outage: outage(size) * under_way,
    });
    let shared = Arc::clone(&batch);
    // Each chunk is cut when its turn comes, by what is known then.
    let chunks = std::iter::from_fn(move || {
        let size = shared.size().min(left.len());
        (size > 0).then(|| left.drain(..size).collect::<Vec<A>>())
    });
    stream::iter(chunks)
        .map(move |chunk| {
            let batch = Arc::clone(&batch);
            async move { batch.whole_chunk(chunk).await }
        })
        .buffer_unordered(AT_ONCE)
}

fn distinct<A: About + Clone>(asked: &[A]) -> Vec<A> {
    let mut seen = HashSet::new();
    asked
        .iter()
        .filter(|one| seen.insert(one.symbol()))
        .cloned()
        .collect()
}

/// What the chunks of one call share.
struct Batch<F> {
    fetch: F,
    /// Symbols in a request: what was asked for, less when the server found that too long.
    size: AtomicUsize,
    /// Failures since the last success.
    in_a_row: AtomicU32,
    /// How many of them make an outage.
    outage: u32,
}

/// Symbols of a chunk that are still to be asked for.
struct Open<A> {
    symbols: Vec<A>,
    stage: Stage,
    /// Why an earlier request with them among others failed.
    because: Option<Arc<TastyError>>,
}

impl<F> Batch<F> {
    async fn whole_chunk<A, T, R>(&self, chunk: Vec<A>) -> Portion<T>
    where
        A: About + Clone,
        T: About,
        F: Fn(Vec<A>, Stage) -> R,
        R: Future<Output = Result<Vec<T>, TastyError>>,
    {
        let mut portion = Portion::default();
        let mut open = vec![Open {
            symbols: chunk,
            stage: Stage::First,
            because: None,
        }];
        while let Some(mut part) = open.pop() {
            if part.symbols.len() > self.size() {
                open.extend(part.halves());
                continue;
            }
            let error = match (self.fetch)(part.symbols.clone(), part.stage).await {
                Ok(items) => {
                    self.in_a_row.store(0, Ordering::Relaxed);
                    portion.take(&part.symbols, items);
                    continue;
                }
                Err(error) => Arc::new(error),
            };
            let is_down = self.in_a_row.fetch_add(1, Ordering::Relaxed) + 1 >= self.outage;
            let count = part.symbols.len();
            if error.is_worth_splitting() && count > 1 && !is_down {
                tracing::debug!(%error, symbols = count, "halving a request");
                if error.is_too_long() {
                    self.size.fetch_min(count.div_ceil(2), Ordering::Relaxed);
                } else {
                    part.because = Some(error);
                }
                part.stage = Stage::Halved;
                open.extend(part.halves());
                continue;
            }
            if is_down {
                let rest = open.drain(..).flat_map(|rest| rest.symbols);
                part.symbols.extend(rest);
            }
            // What failed and was not asked again for want of a slot has failed.
            let earlier = part.because.filter(|_| error.is_out_of_budget());
            portion.fail(&part.symbols, &earlier.unwrap_or(error));
        }
        portion
    }

    fn size(&self) -> usize {
        self.size.load(Ordering::Relaxed)
    }
}

impl<A> Open<A> {
    /// Both halves; the smaller one is asked first, so it comes last.
    fn halves(mut self) -> [Self; 2] {
        let rest = self.symbols.split_off(self.symbols.len() / 2);
        let rest = Self {
            symbols: rest,
            stage: self.stage,
            because: self.because.clone(),
        };
        [rest, self]
    }
}

impl<T> Portion<T> {
    fn take<A: About>(&mut self, asked: &[A], items: Vec<T>)
    where
        T: About,
    {
        let mut open: HashSet<&Symbol> = asked.iter().map(About::symbol).collect();
        // Order is not kept and strangers may turn up, so answers are matched by symbol; the first one counts.
        let wanted = items.into_iter().filter(|item| open.remove(item.symbol()));
        self.items.extend(wanted);
        let absent = asked.iter().map(About::symbol);
        self.absent
            .extend(absent.filter(|symbol| open.contains(symbol)).cloned());
    }

    fn fail<A: About>(&mut self, asked: &[A], error: &Arc<TastyError>) {
        let failed = asked
            .iter()
            .map(|one| (one.symbol().clone(), Arc::clone(error)));
        self.failed.extend(failed);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::net::NetError;
    use crate::tastytrade::Fault;

    fn symbols(count: usize) -> Vec<Symbol> {
        (0..count).map(|n| symbol(&format!("S{n}"))).collect()
    }

    fn symbol(text: &str) -> Symbol {
        text.parse().unwrap()
    }

    fn fault(status: u16) -> Fault {
        Fault {
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
                let fetch = async |part: Vec<Symbol>, _| match part.contains(&asked[bad]) {
                    true => Err(poisoned()),
                    false => Ok(part),
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
                match part.len() > 60 {
                    true => Err(TastyError::Refused(fault(status))),
                    false => Ok(part),
                }
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
            match part.contains(&symbol("S7")) {
                true => Err(poisoned()),
                false => Ok(part),
            }
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
                    Stage::First => Err(first()),
                    Stage::Halved => Err(late()),
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
}
