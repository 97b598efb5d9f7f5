//! One line of the table: the values of a symbol, who may still speak about it, and why the rest is missing.

use jiff::Timestamp;
use tokio::time::Instant;

use super::super::ranking::Ranking;
use crate::model::{
    Cell, Cost, Field, FieldSet, Origin, Provider, Reason, Row, Supply, SupplySet, Symbol,
    SymbolKind, Value,
};

/// A value with its place in the ranking.
#[derive(Clone, Debug)]
pub(super) struct Best {
    pub(super) rank: usize,
    pub(super) origin: Origin,
    pub(super) value: Value,
    pub(super) at: Option<Timestamp>,
}

/// What is known of one symbol.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) symbol: Symbol,
    pub(super) kind: SymbolKind,
    pub(super) wants: FieldSet,
    pub(super) explained: FieldSet,
    /// By field, ascending.
    pub(super) best: Vec<(Field, Best)>,
    /// What each provider was asked and has not answered.
    pub(super) pending: [FieldSet; Provider::ALL.len()],
    /// What each provider cannot or will not supply, and why.
    pub(super) lacking: [Vec<(Reason, FieldSet)>; Provider::ALL.len()],
    /// What was asked about the symbol, answered or not.
    pub(super) asked: SupplySet,
    /// When subscriptions about it were sent.
    pub(super) sent: Vec<(Supply, Instant)>,
    /// Subscriptions that the stream may have refused because of a limit.
    pub(super) doubtful: SupplySet,
    /// Providers that do not know the symbol.
    pub(super) unknown_to: Vec<Provider>,
    pub(super) received: Option<Timestamp>,
    pub(super) state: LineState,
}

/// Whether a line is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineState {
    /// Something changed since it was last looked at.
    Touched,
    /// It is waited for; at this moment, if there is one, time alone changes something.
    Waiting { until: Option<Instant> },
    /// Nothing better is waited for. The next provider may be worth asking at this moment.
    Settled,
}

impl Line {
    pub(super) fn new(symbol: Symbol, wants: FieldSet, explained: FieldSet) -> Self {
        Self {
            kind: symbol.kind(),
            symbol,
            wants,
            explained,
            best: Vec::new(),
            pending: [FieldSet::EMPTY; Provider::ALL.len()],
            lacking: Default::default(),
            asked: SupplySet::EMPTY,
            sent: Vec::new(),
            doubtful: SupplySet::EMPTY,
            unknown_to: Vec::new(),
            received: None,
            state: LineState::Touched,
        }
    }

    pub(super) fn place(&self, field: Field) -> Result<usize, usize> {
        self.best.binary_search_by_key(&field, |(field, _)| *field)
    }

    pub(super) fn best_of(&self, field: Field) -> Option<&Best> {
        let at = self.place(field).ok()?;
        Some(&self.best[at].1)
    }

    /// Whether some provider has given a value or a final no.
    pub(super) fn has_answer(&self, field: Field) -> bool {
        let mut lacking = self.lacking.iter().flatten();
        self.best_of(field).is_some() || lacking.any(|(_, fields)| fields.contains(field))
    }

    pub(super) fn lacks(&self, provider: Provider, field: Field) -> Option<Reason> {
        let mut lacking = self.lacking[provider as usize].iter();
        let (reason, _) = lacking.find(|(_, fields)| fields.contains(field))?;
        Some(*reason)
    }

    pub(super) fn conclude(&mut self, provider: Provider, fields: FieldSet, reason: Reason) {
        let place = provider as usize;
        let concluded = fields.intersection(self.pending[place]);
        if concluded.is_empty() {
            return;
        }
        self.state = LineState::Touched;
        self.pending[place] = self.pending[place].without(concluded);
        let known = self.lacking[place].iter();
        let known = known.fold(FieldSet::EMPTY, |all, (_, fields)| all.union(*fields));
        let new = concluded.without(known);
        match self.lacking[place]
            .iter_mut()
            .find(|(other, _)| *other == reason)
        {
            _ if new.is_empty() => {}
            Some((_, fields)) => *fields = fields.union(new),
            None => self.lacking[place].push((reason, new)),
        }
    }

    pub(super) fn row(&self, ranking: &Ranking, silent: Reason) -> Row {
        let mut row = Row::new(self.symbol.clone());
        for (field, best) in &self.best {
            row.set(
                *field,
                Cell {
                    value: best.value.clone(),
                    origin: best.origin,
                    first_rank: best.rank == 0,
                    at: best.at,
                },
            );
        }
        let is_missing =
            |field: &&Field| **field != Field::Symbol && self.best_of(**field).is_none();
        for field in Field::ALL.iter().filter(is_missing) {
            row.set_missing(*field, self.why_missing(*field, ranking, silent));
        }
        row
    }

    /// The most telling reason: what the best ranked provider said that could speak at all.
    pub(super) fn why_missing(&self, field: Field, ranking: &Ranking, silent: Reason) -> Reason {
        if !field.applies_to(self.kind) {
            return Reason::NotApplicable;
        }
        if !self.unknown_to.is_empty() && self.received.is_none() {
            return Reason::UnknownSymbol;
        }
        let said = Provider::ALL.into_iter().filter_map(|provider| {
            let is_silent =
                provider == Provider::Dxlink && self.pending[provider as usize].contains(field);
            let silent = is_silent.then_some(silent);
            let reason = self.lacks(provider, field).or(silent)?;
            Some((ranking.rank(field, self.kind, provider)?, reason))
        });
        // That bars are too few says more than that a better provider does not publish it, and that nobody asked says less
        // than any answer.
        let told = said.min_by_key(|(rank, reason)| {
            let is_failure = *reason == Reason::ProviderFailed;
            let is_unasked = matches!(reason, Reason::NotAsked | Reason::Interrupted);
            (
                is_failure,
                is_unasked,
                *reason != Reason::ShortHistory,
                *rank,
            )
        });
        let is_told = field.info().cost == Cost::Told;
        let unasked = if is_told {
            Reason::NotAsked
        } else {
            Reason::NotProvided
        };
        told.map_or(unasked, |(_, reason)| reason)
    }
}
