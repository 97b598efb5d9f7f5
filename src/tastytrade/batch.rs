//! Many symbols in few requests: chunks, a few at a time, each answer reported as it comes in; a chunk that fails is
//! halved, so that one poisonous symbol costs itself and not its neighbours.
//!
//! See `docs/reference/tastytrade-rest.md`, "6. Rate limits, sizes, concurrency".

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
pub(super) enum BatchStage {
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
    F: Fn(Vec<A>, BatchStage) -> R,
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
    stage: BatchStage,
    /// Why an earlier request with them among others failed.
    because: Option<Arc<TastyError>>,
}

impl<F> Batch<F> {
    async fn whole_chunk<A, T, R>(&self, chunk: Vec<A>) -> Portion<T>
    where
        A: About + Clone,
        T: About,
        F: Fn(Vec<A>, BatchStage) -> R,
        R: Future<Output = Result<Vec<T>, TastyError>>,
    {
        let mut portion = Portion::default();
        let mut open = vec![Open {
            symbols: chunk,
            stage: BatchStage::First,
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
                part.stage = BatchStage::Halved;
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
mod tests;
