//! Where observations meet: the best value of each field so far, who may still say something, and how long that is worth
//! waiting for.
//!
//! Pure bookkeeping. A line is *settled* when nothing that is still worth waiting for could improve a wanted field; a run is
//! over when every line is, which is how it ends early without ever preferring the faster provider to the better one.

mod line;
mod observation;
#[cfg(test)]
mod tests;
mod waiting;

use std::collections::HashMap;

use jiff::Timestamp;
use tokio::time::Instant;

use self::line::{Best, Line, LineState};
use super::ranking::Ranking;
use crate::model::{Field, FieldSet, Origin, Provider, Reason, Row, Supply, Symbol, SymbolKind};

pub use self::observation::{Observation, numbers, values};
pub use self::waiting::{Silence, Waits};

/// A symbol and what is wanted of it.
#[derive(Clone, Debug)]
pub struct Target {
    /// The symbol that is asked about.
    pub symbol: Symbol,
    /// Fields that a run asks and waits for; what they are computed from is wanted with them.
    pub wants: FieldSet,
    /// Those of them whose absence has to be told from their making no sense: a fund has no sector and reports no earnings.
    pub explained: FieldSet,
}

/// The state of all lines.
#[derive(Debug)]
pub struct MergeTable {
    ranking: Ranking,
    waits: Waits,
    lines: Vec<Line>,
    /// When the stream came to be waited for, while nothing can be sent to it.
    connecting: Option<Instant>,
    /// Since when some subscriptions have had to wait for their turn.
    rationed: Option<Instant>,
}

impl MergeTable {
    /// A table without lines.
    pub fn new(ranking: Ranking, waits: Waits) -> Self {
        Self {
            ranking,
            waits,
            lines: Vec::new(),
            connecting: None,
            rationed: None,
        }
    }

    /// Turns to other targets and gives where the lines went. What is known of a symbol that stays is kept.
    pub fn retarget(&mut self, targets: Vec<Target>, waits: Waits) -> Vec<Option<usize>> {
        self.waits = waits;
        let mut moved = vec![None; self.lines.len()];
        let mut known: HashMap<Symbol, (usize, Line)> = std::mem::take(&mut self.lines)
            .into_iter()
            .enumerate()
            .map(|(at, line)| (line.symbol.clone(), (at, line)))
            .collect();
        for target in targets {
            let Target {
                symbol,
                wants,
                explained,
            } = target;
            let fields = wants.with_parts().that_apply_to(symbol.kind());
            let line = match known.remove(&symbol) {
                Some((at, line)) => {
                    moved[at] = Some(self.lines.len());
                    Line {
                        wants: fields,
                        explained,
                        state: LineState::Touched,
                        ..line
                    }
                }
                None => Line::new(symbol, fields, explained),
            };
            self.lines.push(line);
        }
        moved
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there is no line.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The ranking in force.
    pub fn ranking(&self) -> &Ranking {
        &self.ranking
    }

    /// The symbol of a line.
    pub fn symbol(&self, line: usize) -> &Symbol {
        &self.lines[line].symbol
    }

    /// The kind of a line's symbol.
    pub fn kind(&self, line: usize) -> SymbolKind {
        self.lines[line].kind
    }

    /// What is wanted of a line.
    pub fn wants(&self, line: usize) -> FieldSet {
        self.lines[line].wants
    }

    /// What is wanted of a line and a supply can bring.
    pub fn wanted_of(&self, line: usize, supply: Supply) -> FieldSet {
        let line = &self.lines[line];
        self.ranking
            .brings(supply, line.kind)
            .intersection(line.wants)
    }

    /// Whether the class of an instrument is needed to explain why something is missing.
    pub fn needs_class(&self, line: usize) -> bool {
        let line = &self.lines[line];
        let mut lacking = line.lacking.iter().flatten();
        line.best_of(Field::Instrument).is_none()
            && lacking.any(|(_, fields)| !fields.intersection(line.explained).is_empty())
    }

    /// Wants another field of a line.
    pub fn want(&mut self, line: usize, field: Field) {
        self.lines[line].wants.insert(field);
        self.touch(line);
    }

    /// Whether anything was asked of a supply about a line.
    pub fn is_asked(&self, line: usize, supply: Supply) -> bool {
        self.lines[line].asked.contains(supply)
    }

    /// Notes that a supply has been asked about a line, and what it is expected to bring.
    pub fn ask(&mut self, line: usize, supply: Supply) {
        let fields = self.ranking.brings(supply, self.lines[line].kind);
        self.lines[line].asked.insert(supply);
        self.expect(line, supply.provider(), fields);
    }

    /// Notes that a supply was asked about a line without anybody waiting for what it brings.
    pub fn ask_idly(&mut self, line: usize, supply: Supply) {
        self.lines[line].asked.insert(supply);
    }

    /// A supply may be asked about a line again.
    pub fn forget(&mut self, line: usize, supply: Supply) {
        let fields = self.ranking.brings(supply, self.lines[line].kind);
        let line = &mut self.lines[line];
        line.asked.remove(supply);
        line.sent.retain(|(sent, _)| *sent != supply);
        let place = supply.provider() as usize;
        line.pending[place] = line.pending[place].without(fields);
        for (_, lacking) in &mut line.lacking[place] {
            *lacking = lacking.without(fields);
        }
        line.lacking[place].retain(|(_, fields)| !fields.is_empty());
        line.state = LineState::Touched;
    }

    fn expect(&mut self, line: usize, provider: Provider, fields: FieldSet) {
        let line = &mut self.lines[line];
        let place = provider as usize;
        // What it has said already is not said again without a change.
        let is_own = |field: Field| {
            line.best_of(field).is_some_and(|best| {
                self.ranking.rank(field, line.kind, provider) == Some(best.rank)
            })
        };
        let open: FieldSet = fields.iter().filter(|field| !is_own(*field)).collect();
        line.pending[place] = line.pending[place].union(open);
        line.state = LineState::Touched;
    }

    /// A subscription about a line was sent.
    pub fn sent(&mut self, line: usize, supply: Supply, at: Instant) {
        let line = &mut self.lines[line];
        // After a loss everything is sent anew; the window is that of the first time.
        if line.sent.iter().all(|(sent, _)| *sent != supply) {
            line.sent.push((supply, at));
            line.state = LineState::Touched;
        }
    }

    /// The stream is waited for from this moment on, or it can be sent to, or it is no longer used.
    pub fn connecting(&mut self, since: Option<Instant>) {
        if self.connecting != since {
            self.connecting = since;
            self.touch_all();
        }
    }

    /// From this moment on some subscriptions have to wait for their turn.
    pub fn rationed(&mut self, since: Instant) {
        self.rationed.get_or_insert(since);
        self.touch_all();
    }

    /// Something about a line changed that the table does not know.
    pub fn touch(&mut self, line: usize) {
        self.lines[line].state = LineState::Touched;
    }

    fn touch_all(&mut self) {
        for line in &mut self.lines {
            line.state = LineState::Touched;
        }
    }

    /// Takes in a value. A lower ranked one never replaces a higher ranked one; the same provider may correct itself.
    /// `origin` says what the provider made it of.
    pub fn offer(
        &mut self,
        line: usize,
        provider: Provider,
        origin: Origin,
        observation: Observation,
        received: Timestamp,
    ) {
        let Observation { field, value, at } = observation;
        let line = &mut self.lines[line];
        let Some(rank) = self.ranking.rank(field, line.kind, provider) else {
            return;
        };
        line.received = line.received.max(Some(received));
        line.state = LineState::Touched;
        line.pending[provider as usize].remove(field);
        let best = Best {
            rank,
            origin,
            value,
            at,
        };
        match line.place(field) {
            Ok(at) if rank <= line.best[at].1.rank => line.best[at].1 = best,
            Ok(_) => {}
            Err(at) => line.best.insert(at, (field, best)),
        }
    }

    /// A provider has said all it has to say about these fields: what it did not supply, it lacks for this reason.
    pub fn conclude(&mut self, line: usize, provider: Provider, fields: FieldSet, reason: Reason) {
        self.lines[line].conclude(provider, fields, reason);
    }

    /// A supply has said all it has to say about a line.
    pub fn conclude_supply(&mut self, line: usize, supply: Supply, reason: Reason) {
        let fields = self.ranking.brings(supply, self.lines[line].kind);
        self.conclude(line, supply.provider(), fields, reason);
    }

    /// A provider will say nothing more about any line.
    pub fn conclude_all(&mut self, provider: Provider, reason: Reason) {
        for line in &mut self.lines {
            line.conclude(provider, line.pending[provider as usize], reason);
        }
    }

    /// A provider cannot be asked at all about these fields of a line.
    pub fn refuse(&mut self, line: usize, provider: Provider, fields: FieldSet, reason: Reason) {
        let line = &mut self.lines[line];
        line.pending[provider as usize] = line.pending[provider as usize].union(fields);
        line.conclude(provider, fields, reason);
    }

    /// A provider does not know the symbol. Where neither REST nor the chart does, nobody else is waited for.
    pub fn unknown(&mut self, line: usize, provider: Provider) {
        let line = &mut self.lines[line];
        if !line.unknown_to.contains(&provider) {
            line.unknown_to.push(provider);
        }
        if [Provider::Rest, Provider::Legacy]
            .iter()
            .all(|other| line.unknown_to.contains(other))
        {
            for provider in Provider::ALL {
                line.conclude(
                    provider,
                    line.pending[provider as usize],
                    Reason::UnknownSymbol,
                );
            }
        }
        line.state = LineState::Touched;
    }

    /// Gives up on everything that is still open; what nobody was asked for is missing for this reason.
    pub fn give_up(&mut self, reason: Reason) {
        for line in &mut self.lines {
            let known: FieldSet = line.best.iter().map(|(field, _)| *field).collect();
            let lacking = line.lacking.iter().flatten().map(|(_, fields)| *fields);
            let explained = lacking.fold(known, FieldSet::union);
            let open = line.wants.without(explained);
            // Whoever would have been asked first is the one to name.
            for provider in self.ranking.all() {
                let fields: FieldSet = open
                    .iter()
                    .filter(|field| self.ranking.rank(*field, line.kind, provider) == Some(0))
                    .collect();
                line.pending[provider as usize] = line.pending[provider as usize].union(fields);
                line.conclude(provider, fields, reason);
            }
        }
    }

    /// The rows as they stand, with a reason for everything absent, and when each last received something; `silent` is the
    /// reason for what the stream has not said.
    pub fn rows(&self, silent: Reason) -> Vec<(Row, Option<Timestamp>)> {
        let rows = self.lines.iter();
        rows.map(|line| (line.row(&self.ranking, silent), line.received))
            .collect()
    }
}
