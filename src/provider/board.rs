//! Where observations meet: the best value of each field so far, and who is still expected to say something.
//!
//! Pure bookkeeping. A field is *settled* when no better ranked source is still expected to supply it; a run is over when
//! every wanted field is settled, which is how it ends early without ever preferring the faster source to the better one.

use jiff::Timestamp;

use super::plan::{Ranking, is_applicable};
use crate::model::{Cell, Field, FieldSet, Reason, Row, Source, Symbol, Value};

/// Sources that are waited for, in the order of their slots.
const SOURCES: [Source; 3] = [Source::Dxlink, Source::Rest, Source::Legacy];

/// A symbol and what is wanted of it.
#[derive(Clone, Debug)]
pub struct Target {
    /// The symbol.
    pub symbol: Symbol,
    /// Fields that a run waits for.
    pub wants: FieldSet,
}

/// One value from one source.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// Which field.
    pub field: Field,
    /// The value, in the field's unit.
    pub value: Value,
    /// When the source says it was made.
    pub at: Option<Timestamp>,
}

/// A value with its place in the ranking.
#[derive(Clone, Debug)]
struct Best {
    rank: usize,
    source: Source,
    value: Value,
    at: Option<Timestamp>,
}

#[derive(Debug)]
struct Line {
    target: Target,
    best: Vec<Option<Best>>,
    pending: [FieldSet; 3],
    lacking: Vec<[Option<Reason>; 3]>,
    unknown: bool,
    received: Option<Timestamp>,
    settled: bool,
    /// Whether something changed since the line was last looked at.
    touched: bool,
}

/// The state of all lines.
#[derive(Debug)]
pub struct Board {
    ranking: Ranking,
    lines: Vec<Line>,
}

impl Board {
    /// A board on which nothing is known and nobody is expected.
    pub fn new(targets: Vec<Target>, ranking: Ranking) -> Self {
        let lines = targets
            .into_iter()
            .map(|target| Line {
                target,
                best: vec![None; Field::ALL.len()],
                pending: [FieldSet::EMPTY; 3],
                lacking: vec![[None; 3]; Field::ALL.len()],
                unknown: false,
                received: None,
                settled: false,
                touched: true,
            })
            .collect();
        Self { ranking, lines }
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there is no line.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The symbol of a line.
    pub fn symbol(&self, line: usize) -> &Symbol {
        &self.lines[line].target.symbol
    }

    /// Notes that a source has been asked for fields of a line. Fields it cannot rank for are left out.
    pub fn expect(&mut self, line: usize, source: Source, fields: FieldSet) {
        let kind = self.symbol(line).kind();
        let able = self.ranking.supplied_by(source, kind).intersection(fields);
        if let Some(slot) = slot(source) {
            let line = &mut self.lines[line];
            line.pending[slot] = line.pending[slot].union(able);
            line.touched = true;
        }
    }

    /// Takes in a value. A lower ranked one never replaces a higher ranked one; the same source may correct itself.
    pub fn offer(
        &mut self,
        line: usize,
        source: Source,
        observation: Observation,
        received: Timestamp,
    ) {
        self.offer_as(line, source, source, observation, received);
    }

    /// The same with another word for where it is from: `told` names what a ranked source made it of.
    pub fn offer_as(
        &mut self,
        line: usize,
        source: Source,
        told: Source,
        observation: Observation,
        received: Timestamp,
    ) {
        let Observation { field, value, at } = observation;
        let kind = self.symbol(line).kind();
        let Some(rank) = self.ranking.rank(field, kind, source) else {
            return;
        };
        let line = &mut self.lines[line];
        line.received = line.received.max(Some(received));
        line.touched = true;
        if let Some(slot) = slot(source) {
            line.pending[slot].remove(field);
        }
        let place = &mut line.best[field as usize];
        if place.as_ref().is_none_or(|best| rank <= best.rank) {
            *place = Some(Best {
                rank,
                source: told,
                value,
                at,
            });
        }
    }

    /// A source has said all it has to say about these fields: what it did not supply, it lacks for this reason.
    pub fn conclude(&mut self, line: usize, source: Source, fields: FieldSet, reason: Reason) {
        let Some(slot) = slot(source) else { return };
        let line = &mut self.lines[line];
        for field in fields.intersection(line.pending[slot]).iter() {
            line.touched = true;
            line.pending[slot].remove(field);
            line.lacking[field as usize][slot].get_or_insert(reason);
        }
    }

    /// A source will say nothing more about any line.
    pub fn conclude_all(&mut self, source: Source, reason: Reason) {
        let Some(slot) = slot(source) else { return };
        for line in 0..self.lines.len() {
            self.conclude(line, source, self.lines[line].pending[slot], reason);
        }
    }

    /// A source does not know the symbol. Unless another one does, that is why everything is missing.
    pub fn unknown(&mut self, line: usize) {
        self.lines[line].unknown = true;
    }

    /// Looks again at the lines that changed since the last call, and gives which they were.
    pub fn review(&mut self) -> Vec<usize> {
        let touched: Vec<usize> = (0..self.lines.len())
            .filter(|line| self.lines[*line].touched)
            .collect();
        for line in &touched {
            let settled = self.is_line_settled(&self.lines[*line]);
            self.lines[*line].settled = settled;
            self.lines[*line].touched = false;
        }
        touched
    }

    /// Whether every wanted field of every line was settled at the last [`Board::review`].
    pub fn is_settled(&self) -> bool {
        self.lines.iter().all(|line| line.settled)
    }

    /// How many lines were settled at the last [`Board::review`], for a progress display.
    pub fn settled_lines(&self) -> usize {
        self.lines.iter().filter(|line| line.settled).count()
    }

    /// Whether a source is still expected to say something that could matter.
    pub fn awaits(&self, source: Source) -> bool {
        let Some(slot) = slot(source) else {
            return false;
        };
        self.lines.iter().any(|line| {
            let pending = line.pending[slot].intersection(line.target.wants);
            pending
                .iter()
                .any(|field| self.could_win(line, field, source))
        })
    }

    /// The wanted fields of a line that nobody has and nobody but sources below is expected to have.
    pub fn gaps(&self, line: usize) -> FieldSet {
        let line = &self.lines[line];
        let is_gap = |field: &Field| {
            line.best[*field as usize].is_none()
                && line.pending.iter().all(|pending| !pending.contains(*field))
        };
        line.target.wants.iter().filter(is_gap).collect()
    }

    /// What is wanted of a line.
    pub fn wants(&self, line: usize) -> FieldSet {
        self.lines[line].target.wants
    }

    /// Whether a source was asked for something wanted and left it open by silence or failure.
    pub fn has_lacking(&self, source: Source) -> bool {
        use Reason::{NoEventBeforeDeadline, NotEntitled, ProviderFailed, RefusedByLimit};
        let Some(slot) = slot(source) else {
            return false;
        };
        self.lines.iter().any(|line| {
            let lacks = |field: Field| line.lacking[field as usize][slot];
            let mut wants = line.target.wants.iter();
            wants.any(|field| {
                matches!(
                    lacks(field),
                    Some(NoEventBeforeDeadline | ProviderFailed | NotEntitled | RefusedByLimit)
                )
            })
        })
    }

    /// The rows as they stand, with a reason for everything absent, and when each last received something.
    pub fn into_rows(self) -> Vec<(Row, Option<Timestamp>)> {
        let Self { ranking, lines } = self;
        lines
            .into_iter()
            .map(|line| (line.row(&ranking), line.received))
            .collect()
    }

    /// Whether nobody is still expected to supply a wanted field from a better rank.
    fn is_line_settled(&self, line: &Line) -> bool {
        SOURCES.iter().zip(line.pending).all(|(source, pending)| {
            pending
                .intersection(line.target.wants)
                .iter()
                .all(|field| !self.could_win(line, field, *source))
        })
    }

    /// Whether a value from this source would be taken.
    fn could_win(&self, line: &Line, field: Field, source: Source) -> bool {
        let Some(rank) = self.ranking.rank(field, line.target.symbol.kind(), source) else {
            return false;
        };
        line.best[field as usize]
            .as_ref()
            .is_none_or(|best| rank < best.rank)
    }
}

impl Line {
    fn row(&self, ranking: &Ranking) -> Row {
        let mut row = Row::new(self.target.symbol.clone());
        for field in Field::ALL
            .iter()
            .copied()
            .filter(|field| *field != Field::Symbol)
        {
            match &self.best[field as usize] {
                Some(best) => row.set(
                    field,
                    Cell {
                        value: best.value.clone(),
                        source: best.source,
                        first_rank: best.rank == 0,
                        at: best.at,
                    },
                ),
                None => row.set_missing(field, self.why_missing(field, ranking)),
            }
        }
        row
    }

    /// The most telling reason: what the best ranked source said that could speak at all.
    fn why_missing(&self, field: Field, ranking: &Ranking) -> Reason {
        let kind = self.target.symbol.kind();
        if !is_applicable(field, kind) {
            return Reason::NotApplicable;
        }
        if self.unknown && self.received.is_none() {
            return Reason::UnknownSymbol;
        }
        let mut said: Vec<(usize, Reason)> = SOURCES
            .iter()
            .filter_map(|source| {
                let reason = self.lacking[field as usize][slot(*source)?]?;
                Some((ranking.rank(field, kind, *source)?, reason))
            })
            .collect();
        // That bars are too few says more than that a better source does not publish it.
        said.sort_by_key(|(rank, reason)| {
            let is_failure = *reason == Reason::ProviderFailed;
            (is_failure, *reason != Reason::ShortHistory, *rank)
        });
        said.first()
            .map_or(Reason::NotProvided, |(_, reason)| *reason)
    }
}

fn slot(source: Source) -> Option<usize> {
    SOURCES.iter().position(|other| *other == source)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::plan::DEFAULT_ORDER;
    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn board(symbols: &[&str], wants: &[Field]) -> Board {
        let targets = symbols
            .iter()
            .map(|symbol| Target {
                symbol: symbol.parse().unwrap(),
                wants: FieldSet::of(wants),
            })
            .collect();
        Board::new(targets, Ranking::new(DEFAULT_ORDER.to_vec()))
    }

    fn bid(number: f64) -> Observation {
        Observation {
            field: Field::Bid,
            value: Value::Number(number),
            at: None,
        }
    }

    fn only_row(board: Board) -> Row {
        board.into_rows().remove(0).0
    }

    #[test]
    fn the_better_source_wins_in_either_order() {
        for sources in [
            [Source::Dxlink, Source::Rest],
            [Source::Rest, Source::Dxlink],
        ] {
            let mut board = board(&["SPY"], &[Field::Bid]);
            for source in sources {
                board.offer(
                    0,
                    source,
                    bid(if source == Source::Dxlink { 1.0 } else { 2.0 }),
                    NOW,
                );
            }
            let row = only_row(board);
            let cell = row.cell(Field::Bid).unwrap();
            assert_eq!(
                (cell.source, cell.first_rank, row.number(Field::Bid)),
                (Source::Dxlink, true, Some(1.0))
            );
        }
    }

    #[test]
    fn a_run_waits_for_the_better_source_and_not_for_a_worse_one() {
        let mut board = board(&["SPY"], &[Field::Bid]);
        let bids = FieldSet::of(&[Field::Bid]);
        board.expect(0, Source::Dxlink, bids);
        board.expect(0, Source::Rest, bids);
        board.offer(0, Source::Rest, bid(2.0), NOW);
        board.review();
        assert!(
            !board.is_settled(),
            "the stream is better and may still speak"
        );
        board.offer(0, Source::Dxlink, bid(1.0), NOW);
        assert_eq!(board.review(), [0]);
        assert!(board.is_settled());
        assert!(board.review().is_empty(), "nothing changed since");
    }

    #[test]
    fn a_source_that_concluded_is_not_waited_for() {
        let mut board = board(&["SPY"], &[Field::Bid]);
        board.expect(0, Source::Dxlink, FieldSet::of(&[Field::Bid]));
        assert!(board.awaits(Source::Dxlink));
        board.conclude_all(Source::Dxlink, Reason::NoEventBeforeDeadline);
        board.review();
        assert!(board.is_settled() && !board.awaits(Source::Dxlink));
        assert_eq!(
            only_row(board).reason(Field::Bid),
            Some(Reason::NoEventBeforeDeadline)
        );
    }

    #[test]
    fn gaps_are_what_the_better_sources_left_open() {
        let wants = [Field::Last, Field::Hv30];
        let mut board = board(&["SPY"], &wants);
        board.expect(0, Source::Dxlink, FieldSet::of(&[Field::Last]));
        board.expect(0, Source::Rest, FieldSet::of(&wants));
        assert!(board.gaps(0).is_empty());
        board.conclude(0, Source::Rest, FieldSet::of(&wants), Reason::NotProvided);
        assert_eq!(
            board.gaps(0).iter().collect::<Vec<_>>(),
            [Field::Hv30],
            "the stream may still have the price"
        );
    }

    #[test]
    fn a_failure_is_told_only_where_nobody_answered() {
        let mut board = board(&["SPY"], &[Field::Bid]);
        let bids = FieldSet::of(&[Field::Bid]);
        board.expect(0, Source::Dxlink, bids);
        board.expect(0, Source::Rest, bids);
        board.conclude_all(Source::Dxlink, Reason::ProviderFailed);
        board.conclude(0, Source::Rest, bids, Reason::NotProvided);
        assert_eq!(
            only_row(board).reason(Field::Bid),
            Some(Reason::NotProvided)
        );
    }

    #[test]
    fn what_makes_no_sense_is_not_applicable() {
        let row = only_row(board(&["SPX"], &[Field::Bid]));
        assert_eq!(row.reason(Field::Bid), Some(Reason::NotApplicable));
    }

    #[test]
    fn an_unknown_symbol_is_unknown_only_if_nobody_knows_it() {
        let mut lost = board(&["ZZZZ"], &[Field::Bid]);
        lost.unknown(0);
        assert_eq!(
            only_row(lost).reason(Field::Bid),
            Some(Reason::UnknownSymbol)
        );
        let mut known = board(&["SPY"], &[Field::Bid, Field::Iv]);
        known.expect(0, Source::Rest, FieldSet::of(&[Field::Iv]));
        known.unknown(0);
        known.offer(0, Source::Dxlink, bid(1.0), NOW);
        let row = only_row(known);
        assert_eq!(row.reason(Field::Last), Some(Reason::NotProvided));
    }

    proptest! {
        #[test]
        fn the_winner_does_not_depend_on_the_order_of_arrival(order in Just([0usize, 1, 2]).prop_shuffle(), present in prop::array::uniform3(any::<bool>())) {
            let mut board = board(&["SPY"], &[Field::Last]);
            let sources = DEFAULT_ORDER;
            for at in order {
                if present[at] {
                    let value = Value::Number(f64::from(u8::try_from(at).unwrap()));
                    board.offer(0, sources[at], Observation { field: Field::Last, value, at: None }, NOW);
                }
            }
            let expected = present.iter().position(|there| *there).map(|at| sources[at]);
            prop_assert_eq!(only_row(board).cell(Field::Last).map(|cell| cell.source), expected);
        }
    }
}
