//! Who may supply which field of which kind of symbol, best first; pure.
//!
//! The field table says who can, in the order that holds for the field; the user's list says who is asked at all, and a
//! list in an order of its own says who is best.

use std::sync::Arc;

use crate::model::{Estimator, Field, FieldSet, HvWindow, Provider, Supply, SymbolKind};

/// The providers in use, in the user's order, and by which estimator historical volatility is wanted.
#[derive(Clone, Debug)]
pub struct Ranking {
    order: Vec<Provider>,
    estimator: Estimator,
    /// By kind of symbol; made once, because it is looked up for every value.
    kinds: Arc<[KindRanks; SymbolKind::ALL.len()]>,
}

/// What the ranking comes to for one kind of symbol.
#[derive(Debug)]
struct KindRanks {
    /// The providers of each field, best first.
    providers: Vec<Vec<Provider>>,
    /// What each supply can bring.
    brings: [FieldSet; Supply::ALL.len()],
}

impl Ranking {
    /// Takes the user's list, best first. Providers that are not in it are never used.
    pub fn new(order: Vec<Provider>) -> Self {
        Self::with(order, Estimator::default())
    }

    /// The same with historical volatility by another estimator: only daily bars, and closes for those that need no more,
    /// can supply it then.
    #[must_use]
    pub fn estimating(self, estimator: Estimator) -> Self {
        Self::with(self.order, estimator)
    }

    fn with(order: Vec<Provider>, estimator: Estimator) -> Self {
        let kinds = SymbolKind::ALL.map(|kind| KindRanks::new(&order, estimator, kind));
        Self {
            order,
            estimator,
            kinds: Arc::new(kinds),
        }
    }

    /// The estimator of historical volatility.
    pub fn estimator(&self) -> Estimator {
        self.estimator
    }

    /// The providers in use, best first.
    pub fn order(&self) -> &[Provider] {
        &self.order
    }

    /// Every provider: those in use, best first, and then the others.
    pub fn all(&self) -> [Provider; 3] {
        let mut all = Provider::ALL;
        all.sort_by_key(|provider| {
            let place = self.order.iter().position(|other| other == provider);
            place.unwrap_or(usize::MAX)
        });
        all
    }

    /// Whether a provider is in use.
    pub fn uses(&self, provider: Provider) -> bool {
        self.order.contains(&provider)
    }

    /// The place of a provider for a field, 0 best; `None` when it cannot supply it.
    ///
    /// Fields have an order of their own (volatility comes from REST first) which holds as long as the user's list keeps
    /// the default order; a list in another order is a wish about every field.
    pub fn rank(&self, field: Field, kind: SymbolKind, provider: Provider) -> Option<usize> {
        let providers = &self.kinds[kind as usize].providers[field as usize];
        providers.iter().position(|other| *other == provider)
    }

    /// The fields that a supply can bring for a kind of symbol.
    pub fn brings(&self, supply: Supply, kind: SymbolKind) -> FieldSet {
        self.kinds[kind as usize].brings[supply as usize]
    }

    /// Whether the provider of a supply is the best one for any of these fields, so that there is nobody to wait for before
    /// it is asked.
    pub fn is_best(&self, supply: Supply, kind: SymbolKind, fields: FieldSet) -> bool {
        let brought = self.brings(supply, kind).intersection(fields);
        let provider = supply.provider();
        brought
            .iter()
            .any(|field| self.rank(field, kind, provider) == Some(0))
    }
}

impl KindRanks {
    fn new(order: &[Provider], estimator: Estimator, kind: SymbolKind) -> Self {
        let supplies = |field: Field| {
            let is_window = HvWindow::of(field).is_some();
            field
                .supplies(kind)
                .filter(move |supply| !is_window || can_estimate(*supply, estimator))
                .filter(|supply| order.contains(&supply.provider()))
        };
        let keeps_default = order.is_sorted();
        let providers = Field::ALL.iter().map(|field| {
            let mut providers: Vec<Provider> = Vec::new();
            for supply in supplies(*field) {
                if !providers.contains(&supply.provider()) {
                    providers.push(supply.provider());
                }
            }
            if !keeps_default {
                providers.sort_by_key(|provider| order.iter().position(|other| other == provider));
            }
            providers
        });
        let brings = Supply::ALL.map(|supply| {
            let fields = Field::ALL.iter().copied();
            fields
                .filter(|field| supplies(*field).any(|other| other == supply))
                .collect()
        });
        Self {
            providers: providers.collect(),
            brings,
        }
    }
}

/// Whether a supply has what an estimator of historical volatility works on.
fn can_estimate(supply: Supply, estimator: Estimator) -> bool {
    match supply {
        Supply::Candles => true,
        Supply::Chart => estimator.needs_only_closes(),
        // What the broker publishes is by its own recipe.
        _ => estimator == Estimator::Close,
    }
}

/// The fields that completeness counts for every row, as far as they apply to it: price, iv, hv30 and hv90 of an
/// underlying, price, iv and the greeks of an option, the price alone where nothing else applies.
pub const CORE: FieldSet = FieldSet::of(&[
    Field::Mark,
    Field::Iv,
    Field::Hv30,
    Field::Hv90,
    Field::Delta,
    Field::Gamma,
    Field::Theta,
    Field::Vega,
    Field::Rho,
]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_field_has_its_own_order() {
        let ranking = Ranking::new(Provider::ALL.to_vec());
        let rank = |field, kind, source| ranking.rank(field, kind, source);
        assert_eq!(
            rank(Field::Bid, SymbolKind::Equity, Provider::Dxlink),
            Some(0)
        );
        assert_eq!(
            rank(Field::Bid, SymbolKind::Equity, Provider::Legacy),
            None,
            "the chart has no bid"
        );
        assert_eq!(rank(Field::Iv, SymbolKind::Equity, Provider::Rest), Some(0));
        assert_eq!(
            rank(Field::Iv, SymbolKind::Equity, Provider::Dxlink),
            Some(1)
        );
        assert_eq!(
            rank(Field::Iv, SymbolKind::EquityOption, Provider::Dxlink),
            Some(0)
        );
        assert_eq!(
            rank(Field::Hv30, SymbolKind::EquityOption, Provider::Rest),
            None
        );
    }

    #[test]
    fn only_bars_supply_what_nobody_publishes() {
        use Provider::{Dxlink, Legacy, Rest};
        let sources = |field, estimator| {
            let ranking = Ranking::new(Provider::ALL.to_vec()).estimating(estimator);
            let mut ranked: Vec<(usize, Provider)> = Provider::ALL
                .into_iter()
                .filter_map(|source| {
                    Some((ranking.rank(field, SymbolKind::Equity, source)?, source))
                })
                .collect();
            ranked.sort_unstable();
            ranked
                .into_iter()
                .map(|(_, source)| source)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            sources(Field::Hv30, Estimator::Close),
            [Rest, Dxlink, Legacy]
        );
        assert_eq!(sources(Field::Hv20, Estimator::Close), [Dxlink, Legacy]);
        assert_eq!(sources(Field::Hv30, Estimator::Log), [Dxlink, Legacy]);
        assert_eq!(sources(Field::Hv90, Estimator::YangZhang), [Dxlink]);
        assert_eq!(sources(Field::Iv, Estimator::YangZhang), [Rest, Dxlink]);
    }

    #[test]
    fn a_list_in_another_order_is_a_wish() {
        let ranking = Ranking::new(vec![Provider::Rest, Provider::Dxlink]);
        assert_eq!(
            ranking.rank(Field::Bid, SymbolKind::Equity, Provider::Rest),
            Some(0)
        );
        assert_eq!(
            ranking.rank(Field::Last, SymbolKind::Equity, Provider::Legacy),
            None
        );
        let without_stream = Ranking::new(vec![Provider::Rest, Provider::Legacy]);
        assert_eq!(
            without_stream.rank(Field::Last, SymbolKind::Equity, Provider::Rest),
            Some(0)
        );
    }

    fn core_of(kind: SymbolKind) -> FieldSet {
        CORE.that_apply_to(kind)
    }

    #[test]
    fn the_core_follows_the_instrument() {
        assert_eq!(core_of(SymbolKind::Equity).len(), 4);
        assert_eq!(core_of(SymbolKind::Future).len(), 4);
        assert_eq!(core_of(SymbolKind::EquityOption).len(), 7);
        assert_eq!(
            core_of(SymbolKind::Crypto).iter().collect::<Vec<_>>(),
            [Field::Mark]
        );
    }
}
