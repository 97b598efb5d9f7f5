//! Who may supply which field of which kind of symbol, best first; pure (product §5).

use crate::model::{Estimator, Field, FieldSet, HvWindow, Source, SymbolKind};

/// The sources in their default order.
pub const DEFAULT_ORDER: [Source; 3] = [Source::Dxlink, Source::Rest, Source::Legacy];

/// Greeks of an option, the core of its row beside price and volatility.
pub const GREEKS: [Field; 5] = [
    Field::Delta,
    Field::Gamma,
    Field::Theta,
    Field::Vega,
    Field::Rho,
];

/// The sources in use, in the user's order, and by which estimator historical volatility is wanted.
#[derive(Clone, Debug)]
pub struct Ranking {
    order: Vec<Source>,
    estimator: Estimator,
}

impl Ranking {
    /// Takes the user's list, best first. Sources that are not in it are never used.
    pub fn new(order: Vec<Source>) -> Self {
        Self {
            order,
            estimator: Estimator::default(),
        }
    }

    /// The same with historical volatility by another estimator: only daily bars, and closes for those that need no more,
    /// can supply it then.
    #[must_use]
    pub fn estimating(self, estimator: Estimator) -> Self {
        Self { estimator, ..self }
    }

    /// The estimator of historical volatility.
    pub fn estimator(&self) -> Estimator {
        self.estimator
    }

    /// The sources in use, best first.
    pub fn order(&self) -> &[Source] {
        &self.order
    }

    /// Whether a source is in use.
    pub fn uses(&self, source: Source) -> bool {
        self.order.contains(&source)
    }

    /// The place of a source for a field, 0 best; `None` when it cannot supply it.
    ///
    /// Fields have an order of their own (volatility comes from REST first) which holds as long as the user's list keeps
    /// the default order; a list in another order is a wish about every field.
    pub fn rank(&self, field: Field, kind: SymbolKind, source: Source) -> Option<usize> {
        let capable = self.capable(field, kind);
        if self.keeps_default_order() {
            return capable
                .iter()
                .filter(|s| self.uses(**s))
                .position(|s| *s == source);
        }
        self.order
            .iter()
            .filter(|s| capable.contains(s))
            .position(|s| *s == source)
    }

    /// Fields that a source can supply for a kind of symbol.
    pub fn supplied_by(&self, source: Source, kind: SymbolKind) -> FieldSet {
        Field::ALL
            .iter()
            .copied()
            .filter(|field| self.rank(*field, kind, source).is_some())
            .collect()
    }

    /// The sources that can have a field, best first.
    fn capable(&self, field: Field, kind: SymbolKind) -> &'static [Source] {
        if !is_applicable(field, kind) {
            return &[];
        }
        match field {
            // The volatility of one option comes with its greeks; the index of an underlying is made by the broker.
            Field::Iv if kind.is_option() => &[Source::Dxlink, Source::Rest],
            _ if kind.is_option() && field.info().sources.contains(&Source::Legacy) => {
                &[Source::Dxlink, Source::Rest]
            }
            _ if self.estimator == Estimator::Close || HvWindow::of(field).is_none() => {
                field.info().sources
            }
            _ if self.estimator.needs_only_closes() => &[Source::Dxlink, Source::Legacy],
            _ => &[Source::Dxlink],
        }
    }

    fn keeps_default_order(&self) -> bool {
        self.order
            .is_sorted_by_key(|source| DEFAULT_ORDER.iter().position(|s| s == source))
    }
}

/// Whether a field makes sense for a kind of symbol.
pub fn is_applicable(field: Field, kind: SymbolKind) -> bool {
    use Field as F;
    match field {
        F::Strike
        | F::Right
        | F::Delta
        | F::Gamma
        | F::Theta
        | F::Vega
        | F::Rho
        | F::Theo
        | F::Intrinsic
        | F::Extrinsic
        | F::ProbItm
        | F::ProbTouch => kind.is_option(),
        F::OpenInterest | F::Expiration | F::Dte | F::Underlying => {
            kind.is_option() || kind.is_future()
        }
        F::Bid | F::Ask | F::BidSize | F::AskSize | F::Mid | F::SpreadPct | F::Volume => {
            kind != SymbolKind::Index
        }
        F::Iv => kind != SymbolKind::Crypto,
        F::Iv5d
        | F::Ivr
        | F::Ivp
        | F::Hv10
        | F::Hv20
        | F::Hv30
        | F::Hv45
        | F::Hv60
        | F::Hv90
        | F::Hv120
        | F::Hv150
        | F::Hv180
        | F::Hv270
        | F::Hv365
        | F::IvHv
        | F::Vrp
        | F::VrpT
        | F::Vtr
        | F::ExpMove
        | F::ExpMovePct
        | F::TermSlope
        | F::OptVolume
        | F::PutCall
        | F::Liq
        | F::LiqRank
        | F::AtmSpreadPct => !kind.is_option() && kind != SymbolKind::Crypto,
        F::Beta | F::CorrSpy => matches!(kind, SymbolKind::Equity | SymbolKind::Index),
        F::Sector
        | F::Industry
        | F::BorrowRate
        | F::EarningsDate
        | F::EarningsDays
        | F::EarningsTime
        | F::ExDivDate
        | F::DivYield
        | F::MarketCap => kind == SymbolKind::Equity,
        _ => true,
    }
}

/// The fields that completeness counts for every row: price, iv, hv30 and hv90 of an underlying, price, iv and the greeks
/// of an option, the price alone where nothing else applies (product §6).
pub fn core(kind: SymbolKind) -> FieldSet {
    let mut core = FieldSet::of(&[Field::Mark, Field::Iv, Field::Hv30, Field::Hv90]);
    core = core.union(FieldSet::of(&GREEKS));
    core.iter()
        .filter(|field| is_applicable(*field, kind))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_field_has_its_own_order() {
        let ranking = Ranking::new(DEFAULT_ORDER.to_vec());
        let rank = |field, kind, source| ranking.rank(field, kind, source);
        assert_eq!(
            rank(Field::Bid, SymbolKind::Equity, Source::Dxlink),
            Some(0)
        );
        assert_eq!(
            rank(Field::Bid, SymbolKind::Equity, Source::Legacy),
            None,
            "the chart has no bid"
        );
        assert_eq!(rank(Field::Iv, SymbolKind::Equity, Source::Rest), Some(0));
        assert_eq!(rank(Field::Iv, SymbolKind::Equity, Source::Dxlink), Some(1));
        assert_eq!(
            rank(Field::Iv, SymbolKind::EquityOption, Source::Dxlink),
            Some(0)
        );
        assert_eq!(
            rank(Field::Hv30, SymbolKind::EquityOption, Source::Rest),
            None
        );
    }

    #[test]
    fn only_bars_supply_what_nobody_publishes() {
        use Source::{Dxlink, Legacy, Rest};
        let sources = |field, estimator| {
            let ranking = Ranking::new(DEFAULT_ORDER.to_vec()).estimating(estimator);
            let mut ranked: Vec<(usize, Source)> = DEFAULT_ORDER
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
        let ranking = Ranking::new(vec![Source::Rest, Source::Dxlink]);
        assert_eq!(
            ranking.rank(Field::Bid, SymbolKind::Equity, Source::Rest),
            Some(0)
        );
        assert_eq!(
            ranking.rank(Field::Last, SymbolKind::Equity, Source::Legacy),
            None
        );
        let without_stream = Ranking::new(vec![Source::Rest, Source::Legacy]);
        assert_eq!(
            without_stream.rank(Field::Last, SymbolKind::Equity, Source::Rest),
            Some(0)
        );
    }

    #[test]
    fn the_core_follows_the_instrument() {
        assert_eq!(core(SymbolKind::Equity).len(), 4);
        assert_eq!(core(SymbolKind::Future).len(), 4);
        assert_eq!(core(SymbolKind::EquityOption).len(), 7);
        assert_eq!(
            core(SymbolKind::Crypto).iter().collect::<Vec<_>>(),
            [Field::Mark]
        );
    }
}
