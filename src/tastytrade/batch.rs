//! Many symbols in few requests: chunks, a few at a time, each answer reported as it comes in; a chunk that fails is
//! halved, so that one poisonous symbol costs itself and not its neighbours (tastytrade-rest §6).

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use futures_util::stream::{self, Stream, StreamExt as _};

use super::error::TastyError;
use crate::model::Symbol;
use crate::model::instrument::EquityInstrument;
use crate::model::market::{MarketData, Metrics};

/// Chunks under way at the same time.
const AT_ONCE: usize = 4;

/// Failures in a row, per chunk under way, after which the server counts as down and nothing is halved any more. Seven
/// lead from a chunk of a hundred to the one bad symbol in it.
const OUTAGE: u32 = 8;

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

/// Asks for all `asked` in chunks of `size` through `fetch` and yields a portion per chunk, in order of arrival.
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
    let chunks: Vec<Vec<A>> = distinct(asked)
        .chunks(size.max(1))
        .map(<[A]>::to_vec)
        .collect();
    let under_way = u32::try_from(chunks.len().min(AT_ONCE)).unwrap_or_default();
    let shared = Arc::new((fetch, Failures::limited_to(OUTAGE * under_way)));
    stream::iter(chunks)
        .map(move |chunk| {
            let shared = Arc::clone(&shared);
            async move { whole_chunk(chunk, &shared.0, &shared.1).await }
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

async fn whole_chunk<A, T, F, R>(chunk: Vec<A>, fetch: &F, failures: &Failures) -> Portion<T>
where
    A: About + Clone,
    T: About,
    F: Fn(Vec<A>, Stage) -> R,
    R: Future<Output = Result<Vec<T>, TastyError>>,
{
    let mut portion = Portion::default();
    let mut open = vec![(chunk, Stage::First)];
    while let Some((mut part, stage)) = open.pop() {
        let error = match fetch(part.clone(), stage).await {
            Ok(items) => {
                failures.end();
                portion.take(&part, items);
                continue;
            }
            Err(error) => error,
        };
        let is_down = failures.one_more();
        if error.is_worth_splitting() && part.len() > 1 && !is_down {
            tracing::debug!(%error, symbols = part.len(), "halving a request");
            let rest = part.split_off(part.len() / 2);
            open.push((rest, Stage::Halved));
            open.push((part, Stage::Halved));
            continue;
        }
        if is_down {
            part.extend(open.drain(..).flat_map(|(rest, _)| rest));
        }
        portion.fail(&part, error);
    }
    portion
}

/// Counts failures in a row over all chunks of one call.
struct Failures {
    in_a_row: AtomicU32,
    limit: u32,
}

impl Failures {
    fn limited_to(limit: u32) -> Self {
        Self {
            in_a_row: AtomicU32::new(0),
            limit,
        }
    }

    fn end(&self) {
        self.in_a_row.store(0, Ordering::Relaxed);
    }

    /// Counts a failure; says whether the server is down.
    fn one_more(&self) -> bool {
        self.in_a_row.fetch_add(1, Ordering::Relaxed) + 1 >= self.limit
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

    fn fail<A: About>(&mut self, asked: &[A], error: TastyError) {
        let error = Arc::new(error);
        let failed = asked
            .iter()
            .map(|one| (one.symbol().clone(), Arc::clone(&error)));
        self.failed.extend(failed);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
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
