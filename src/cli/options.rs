//! From what was asked to the options it stands for: named options as they are, underlyings by their chains.

use std::collections::HashSet;
use std::ops::RangeInclusive;

use jiff::civil::Date;

use crate::auth::AuthError;
use crate::model::{Field, Provider, Reason, Row, Symbol, SymbolKind};
use crate::provider::{Listing, ListingError, ProviderError, Selection, SelectionError, Sources};

/// Options that one command asks for; each is four subscriptions, and a session has 25,000
/// (`docs/reference/dxlink-protocol.md`, "14. Endpoints, entitlement, limits").
const LIMIT: usize = 2_000;

/// Which options of an underlying are wanted.
#[derive(Clone, Debug)]
pub(super) struct OptionFilter {
    /// By what their symbols say.
    pub(super) selection: Selection,
    /// By their delta without its sign, once it is known.
    pub(super) delta: Option<RangeInclusive<f64>>,
}

/// The options a command is about.
#[derive(Debug, Default)]
pub(super) struct Chosen {
    /// Options, each once.
    pub(super) options: Vec<Symbol>,
    /// Those of them that were asked for by name.
    pub(super) named: HashSet<Symbol>,
    /// Underlyings of which there are none, and why.
    pub(super) refused: Vec<(Symbol, OptionsError)>,
}

/// Why options cannot be found.
#[derive(Debug, thiserror::Error)]
pub enum OptionsError {
    /// It has no chain that volq can read.
    #[error("the options of {0} cannot be selected")]
    NoChain(Symbol),
    /// A selection without anything to select from.
    #[error("every symbol is an option already, so there is nothing to select from")]
    NothingToSelect,
    /// No source in use has an account.
    #[error("the options of {0} are listed by the account, which none of the sources in use has")]
    NoAccount(Symbol),
    /// More than a session can carry well.
    #[error("{count} options are selected, and at most {limit} can be asked for")]
    TooMany {
        /// How many options were selected.
        count: usize,
        /// The most.
        limit: usize,
    },
    /// No chain came.
    #[error("{underlying}: {source}")]
    Listing {
        /// The symbol whose options were asked for.
        underlying: Symbol,
        /// Why its options are not known.
        source: ListingError,
    },
    /// Nothing in the chain fits.
    #[error("{underlying}: {source}")]
    Selection {
        /// The symbol whose options were asked for.
        underlying: Symbol,
        /// What the chain has nothing of.
        source: SelectionError,
    },
}

impl OptionsError {
    /// The reason for which everything about the underlying is missing.
    fn reason(&self) -> Reason {
        match self {
            Self::Listing {
                source: ListingError::Failed(error),
                ..
            } => error.reason(),
            Self::Listing {
                source: ListingError::Late,
                ..
            } => Reason::NotAsked,
            _ => Reason::NotProvided,
        }
    }
}

/// Refuses what cannot work, before anything connects.
///
/// # Errors
/// A symbol without a chain, or a selection with nothing to select from.
pub(super) fn check(symbols: &[Symbol], is_selecting: bool) -> Result<(), OptionsError> {
    let without_chain = symbols
        .iter()
        .find(|symbol| symbol.kind().is_future() || symbol.kind() == SymbolKind::Crypto);
    if let Some(symbol) = without_chain {
        return Err(OptionsError::NoChain(symbol.clone()));
    }
    if is_selecting && symbols.iter().all(|symbol| symbol.kind().is_option()) {
        return Err(OptionsError::NothingToSelect);
    }
    Ok(())
}

/// The underlyings among the symbols, of which options are to be chosen.
pub(super) fn underlyings(symbols: &[Symbol]) -> Vec<Symbol> {
    let underlyings = symbols.iter().filter(|symbol| !symbol.kind().is_option());
    underlyings.cloned().collect()
}

/// Chooses the options that symbols stand for from what is listed of the underlyings among them, in their order.
///
/// # Errors
/// When there are none at all, or too many.
pub(super) fn choose(
    symbols: &[Symbol],
    listings: Vec<Listing>,
    filter: &OptionFilter,
    today: Date,
) -> Result<Chosen, OptionsError> {
    let mut chosen = Chosen::default();
    chosen.fill(symbols, listings, &filter.selection, today);
    if chosen.options.len() > LIMIT {
        return Err(OptionsError::TooMany {
            count: chosen.options.len(),
            limit: LIMIT,
        });
    }
    if chosen.options.is_empty() && !chosen.refused.is_empty() {
        return Err(chosen.refused.swap_remove(0).1);
    }
    Ok(chosen)
}

/// Refuses what no source in use can list.
///
/// # Errors
/// No source in use has an account, or there is none.
pub(super) fn check_account(sources: &Sources, underlying: &Symbol) -> Result<(), OptionsError> {
    let has_account = sources.open_stream.is_none()
        && [Provider::Dxlink, Provider::Rest]
            .into_iter()
            .any(|source| sources.ranking.uses(source));
    if !has_account {
        return Err(OptionsError::NoAccount(underlying.clone()));
    }
    sources
        .account
        .as_ref()
        .map(drop)
        .map_err(|error: &AuthError| OptionsError::Listing {
            underlying: underlying.clone(),
            source: ListingError::Failed(ProviderError::Login(error.clone())),
        })
}

/// The wanted options of a listing.
fn select(
    listing: Listing,
    selection: &Selection,
    today: Date,
) -> Result<Vec<Symbol>, OptionsError> {
    let Listing {
        underlying,
        chain,
        price,
    } = listing;
    match chain {
        Ok(chain) => selection
            .of(&chain, today, price)
            .map_err(|source| OptionsError::Selection { underlying, source }),
        Err(source) => Err(OptionsError::Listing { underlying, source }),
    }
}

impl Chosen {
    /// Takes named options and those selected from the listings, in the order in which they were asked for.
    fn fill(
        &mut self,
        symbols: &[Symbol],
        listings: Vec<Listing>,
        selection: &Selection,
        today: Date,
    ) {
        let mut listings = listings.into_iter();
        let mut seen = HashSet::new();
        for symbol in symbols {
            let found = if symbol.kind().is_option() {
                self.named.insert(symbol.clone());
                Ok(vec![symbol.clone()])
            } else {
                listings
                    .next()
                    .map_or(Ok(Vec::new()), |listing| select(listing, selection, today))
            };
            match found {
                Ok(options) => {
                    let new = options.into_iter();
                    self.options
                        .extend(new.filter(|option| seen.insert(option.clone())));
                }
                Err(error) => self.refused.push((symbol.clone(), error)),
            }
        }
    }

    /// Underlyings of the options, each once, where the symbol tells them: their price is what the value of an option is
    /// measured by.
    pub(super) fn underlyings(&self) -> Vec<Symbol> {
        let mut underlyings: Vec<Symbol> = Vec::new();
        for option in &self.options {
            let underlying = option
                .option()
                .and_then(|contract| contract.underlying().parse::<Symbol>().ok());
            if let Some(underlying) = underlying.filter(|symbol| !underlyings.contains(symbol)) {
                underlyings.push(underlying);
            }
        }
        underlyings
    }

    /// Rows of the underlyings without options, in which everything is missing.
    pub(super) fn gaps(&self) -> impl Iterator<Item = Row> + '_ {
        self.refused.iter().map(|(underlying, error)| {
            let mut row = Row::new(underlying.clone());
            for field in Field::ALL.iter().filter(|field| **field != Field::Symbol) {
                let applies = field.applies_to(underlying.kind());
                let reason = if applies {
                    error.reason()
                } else {
                    Reason::NotApplicable
                };
                row.set_missing(*field, reason);
            }
            row
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn symbols(texts: &[&str]) -> Vec<Symbol> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn what_has_no_chain_is_refused_before_anything_connects() {
        for text in ["/ES", "/ESZ6", "BTC/USD"] {
            let error = check(&symbols(&["SPY", text]), false).unwrap_err();
            assert!(matches!(error, OptionsError::NoChain(_)), "{text}: {error}");
        }
        assert!(check(&symbols(&["SPY", "SPX", "BRK/B"]), true).is_ok());
        assert!(check(&symbols(&["./EW4U24C5500:XCME"]), false).is_ok());
    }

    #[test]
    fn a_selection_needs_an_underlying() {
        let options = symbols(&[".SPY261218C600", ".SPY261218P600"]);
        assert!(matches!(
            check(&options, true),
            Err(OptionsError::NothingToSelect)
        ));
        assert!(check(&options, false).is_ok());
    }

    #[test]
    fn options_of_several_roots_share_an_underlying() {
        let chosen = Chosen {
            options: symbols(&[
                ".SPXW261218C6000",
                ".SPX261218C6000",
                ".BRKB261218C500",
                "./EW4U24C5500:XCME",
            ]),
            ..Chosen::default()
        };
        assert_eq!(chosen.underlyings(), symbols(&["SPX", "BRK/B"]));
    }

    #[test]
    fn a_gap_lacks_what_applies() {
        let underlying: Symbol = "ZZZZ".parse().unwrap();
        let error = OptionsError::Listing {
            underlying: underlying.clone(),
            source: ListingError::Unlisted,
        };
        let chosen = Chosen {
            refused: vec![(underlying, error)],
            ..Chosen::default()
        };
        let row = chosen.gaps().next().unwrap();
        assert_eq!(row.reason(Field::Iv), Some(Reason::NotProvided));
        assert_eq!(row.reason(Field::Delta), Some(Reason::NotApplicable));
    }
}
