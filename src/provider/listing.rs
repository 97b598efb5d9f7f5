//! The listed options of underlyings together with what the underlyings cost, which is what options are chosen by.
//!
//! Chains are instrument data of the account, so they are asked there whichever sources supply prices.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::{StreamExt, stream};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::board::Target;
use super::error::ProviderError;
use super::plan::Ranking;
use super::run::{Account, Limits, Sources, collect};
use crate::model::{Field, FieldSet, OptionChain, Source, Symbol};
use crate::tastytrade::TastyError;

/// Chains asked for at the same time; the server's own ceiling on chains is two a second.
const AT_ONCE: usize = 4;

/// An underlying with its options.
#[derive(Debug)]
pub struct Listing {
    /// The underlying.
    pub underlying: Symbol,
    /// Its options.
    pub chain: Result<OptionChain, ListingError>,
    /// Its mark, or the previous close where nothing newer is known.
    pub price: Option<f64>,
}

/// Why options are not listed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ListingError {
    /// The broker knows no options on it, or does not know it at all.
    #[error("no options are listed")]
    Unlisted,
    /// The broker could not be asked.
    #[error("its options cannot be listed: {0}")]
    Failed(#[source] ProviderError),
}

impl From<TastyError> for ListingError {
    fn from(error: TastyError) -> Self {
        match error {
            TastyError::NotFound(_) => Self::Unlisted,
            error => Self::Failed(ProviderError::Rest(Arc::new(error))),
        }
    }
}

/// Looks up options and prices of underlyings, in their order, within the time limit of a run; nothing when `cancel`
/// breaks it off.
pub async fn listings(
    underlyings: &[Symbol],
    account: &Account,
    sources: &Sources,
    limits: Limits,
    cancel: &CancellationToken,
) -> Vec<Listing> {
    let began = Instant::now();
    let order = sources.ranking.order().iter().copied();
    let (stream, answering): (Vec<Source>, Vec<Source>) =
        order.partition(|source| *source == Source::Dxlink);
    let (chains, mut prices) = tokio::join!(
        cancel.run_until_cancelled(chains(underlyings, account, limits)),
        prices_from(answering, underlyings, sources, limits, cancel)
    );
    let chains = chains.unwrap_or_default();
    // Opening the stream twice in one command takes long, so it is asked only for what is still needed.
    let unpriced: Vec<Symbol> = underlyings
        .iter()
        .zip(&chains)
        .filter(|(underlying, chain)| chain.is_ok() && !prices.contains_key(underlying))
        .map(|(underlying, _)| underlying.clone())
        .collect();
    let left = Limits {
        timeout: limits.timeout.saturating_sub(began.elapsed()),
        ..limits
    };
    prices.extend(prices_from(stream, &unpriced, sources, left, cancel).await);
    underlyings
        .iter()
        .zip(chains)
        .map(|(underlying, chain)| Listing {
            underlying: underlying.clone(),
            chain,
            price: prices.get(underlying).copied(),
        })
        .collect()
}

async fn chains(
    underlyings: &[Symbol],
    account: &Account,
    limits: Limits,
) -> Vec<Result<OptionChain, ListingError>> {
    let end = Instant::now() + limits.timeout;
    stream::iter(underlyings)
        .map(async |underlying| Ok(account.client.option_chain(underlying, end).await?))
        .buffered(AT_ONCE)
        .collect()
        .await
}

/// Prices from some of the sources, of the underlyings that they know.
async fn prices_from(
    order: Vec<Source>,
    underlyings: &[Symbol],
    sources: &Sources,
    limits: Limits,
    cancel: &CancellationToken,
) -> HashMap<Symbol, f64> {
    let sources = Sources {
        ranking: Ranking::new(order),
        ..sources.clone()
    };
    let limits = Limits {
        full_listen: false,
        ..limits
    };
    let wants = FieldSet::of(&[Field::Bid, Field::Ask, Field::Last, Field::PrevClose]);
    let targets = underlyings
        .iter()
        .map(|symbol| Target {
            symbol: symbol.clone(),
            wants,
        })
        .collect();
    let collected = collect(targets, &sources, limits, cancel, &mut |_| {}).await;
    collected
        .rows
        .into_iter()
        .filter_map(|row| {
            let price = row
                .number(Field::Mark)
                .or_else(|| row.number(Field::PrevClose))?;
            (price > 0.0).then_some((row.symbol, price))
        })
        .collect()
}
