//! The listed options of underlyings together with what the underlyings cost, which is what options are chosen by.

use std::sync::Arc;

use super::engine::Found;
use super::error::ProviderError;
use super::merge::Target;
use super::run::Question;
use crate::model::{Field, FieldSet, OptionChain, Symbol};
use crate::tastytrade::TastyError;

/// An underlying with its options.
#[derive(Debug)]
pub struct Listing {
    /// The symbol whose options are listed.
    pub underlying: Symbol,
    /// The options of the underlying, or why they are unknown.
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
    /// Time was up before the broker answered.
    #[error("its options were not listed in time")]
    Late,
}

impl From<Arc<TastyError>> for ListingError {
    fn from(error: Arc<TastyError>) -> Self {
        match &*error {
            TastyError::NotFound(_) => Self::Unlisted,
            TastyError::Auth(refused) => Self::Failed(ProviderError::Login(refused.clone())),
            _ => Self::Failed(ProviderError::Rest(error)),
        }
    }
}

impl Listing {
    /// What to ask so that options can be chosen: the chains, and any price of the underlyings.
    pub fn question(underlyings: &[Symbol]) -> Question {
        let wants = FieldSet::of(&[Field::Bid, Field::Ask, Field::Last, Field::PrevClose]);
        let targets = underlyings.iter().map(|symbol| Target {
            symbol: symbol.clone(),
            wants,
            explained: FieldSet::EMPTY,
        });
        Question {
            targets: targets.collect(),
            chains: underlyings.to_vec(),
            takes_first: true,
        }
    }

    /// The listings in an answer to it, in the order of the question.
    pub fn all(found: Found) -> Vec<Self> {
        let mut chains = found.chains;
        let listed = found.rows.into_iter().map(|row| {
            let price = row.number(Field::Mark);
            let price = price.or_else(|| row.number(Field::PrevClose));
            let chain = chains.remove(&row.symbol);
            Self {
                chain: chain.map_or(Err(ListingError::Late), |chain| chain.map_err(Into::into)),
                price: price.filter(|price| *price > 0.0),
                underlying: row.symbol,
            }
        });
        listed.collect()
    }
}
