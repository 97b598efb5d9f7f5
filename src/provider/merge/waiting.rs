//! What is still worth waiting for: how long silence lasts, which lines it keeps, and what it leaves open.

use std::time::Duration;

use tokio::time::Instant;

use super::MergeTable;
use super::line::{Line, LineState};
use crate::model::{Field, FieldSet, Provider, Reason, Supply};

/// How long silence is waited for.
#[derive(Clone, Copy, Debug)]
pub struct Waits {
    /// Longest wait for an event of the stream, from its subscription.
    pub listen: Duration,
    /// Longest wait for a better provider where every wanted field of the symbol has a value or a final no, and silence
    /// after which the next provider is asked.
    pub settle: Duration,
    /// Whether any value will do, so that no better one is waited for.
    pub takes_first: bool,
}

/// Since when the stream has been silent about something it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// Since its subscription was sent.
    Since(Instant),
    /// There is no connection yet; silence counts from the login, or from when the stream came to be needed.
    Connecting(Instant),
    /// A limited number of subscriptions may be sent, and it has to wait for its turn, since then.
    Rationed(Instant),
    /// It does not count: something else will say that the wait is over.
    Uncounted,
}

impl MergeTable {
    /// Takes the lines that changed, or of which time alone has changed something. Those that change again are due again.
    pub fn take_due(&mut self, now: Instant) -> Vec<usize> {
        let mut due = Vec::new();
        for (at, line) in self.lines.iter_mut().enumerate() {
            let is_due = match line.state {
                LineState::Touched => true,
                LineState::Waiting { until } => until.is_some_and(|until| until <= now),
                LineState::Settled => false,
            };
            if is_due {
                line.state = LineState::Waiting { until: None };
                due.push(at);
            }
        }
        due
    }

    /// Concludes what the stream has been silent about for its whole window.
    pub fn close_windows(&mut self, lines: &[usize], now: Instant) {
        for at in lines {
            let line = &self.lines[*at];
            let silent = line.pending[Provider::Dxlink as usize]
                .iter()
                .filter(|field| {
                    let silence = self.silence(line, *field);
                    matches!(silence, Silence::Since(since) if since + self.waits.listen <= now)
                });
            let silent: FieldSet = silent.collect();
            self.conclude_doubtful_of(*at, silent);
            self.conclude(*at, Provider::Dxlink, silent, Reason::NoEventBeforeDeadline);
        }
    }

    /// The stream may have refused a subscription about a line because of a limit.
    pub fn doubt(&mut self, line: usize, supply: Supply) {
        self.lines[line].doubtful.insert(supply);
    }

    /// What the stream may have refused because of a limit, and what never came, was refused.
    pub fn conclude_doubtful(&mut self) {
        for line in 0..self.lines.len() {
            self.conclude_doubtful_of(line, FieldSet::all());
        }
    }

    fn conclude_doubtful_of(&mut self, line: usize, fields: FieldSet) {
        for supply in Supply::ALL {
            if self.lines[line].doubtful.contains(supply) {
                let brought = self.ranking.brings(supply, self.lines[line].kind);
                let fields = fields.intersection(brought);
                self.conclude(line, supply.provider(), fields, Reason::RefusedByLimit);
            }
        }
    }

    /// Finds out whether lines are waited for, and until when; not of those that have changed again.
    pub fn review(&mut self, lines: &[usize], now: Instant) {
        for line in lines {
            if self.lines[*line].state != LineState::Touched {
                self.lines[*line].state = self.state_of(&self.lines[*line], now);
            }
        }
    }

    /// Whether every line was settled when it was last looked at.
    pub fn is_settled(&self) -> bool {
        self.lines
            .iter()
            .all(|line| line.state == LineState::Settled)
    }

    /// How many lines were settled when they were last looked at, for a progress display.
    pub fn settled_lines(&self) -> usize {
        let settled = |line: &&Line| line.state == LineState::Settled;
        self.lines.iter().filter(settled).count()
    }

    /// When time alone changes something.
    pub fn wakes_at(&self) -> Option<Instant> {
        let moments = self.lines.iter().filter_map(|line| match line.state {
            LineState::Waiting { until } => until,
            LineState::Touched | LineState::Settled => None,
        });
        moments.min()
    }

    /// Whether only this provider keeps the lines that are waited for.
    pub fn waits_only_for(&self, provider: Provider, now: Instant) -> bool {
        let mut waiting = self
            .lines
            .iter()
            .filter(|line| line.state != LineState::Settled);
        waiting.all(|line| {
            let mut blockers = self.blockers(line, now);
            blockers.all(|(other, _, _)| other == provider)
        })
    }

    /// Whether some provider has already said no to something that a supply could bring.
    pub fn lacks_any(&self, line: usize, supply: Supply) -> bool {
        let line = &self.lines[line];
        let brought = self.ranking.brings(supply, line.kind);
        let mut lacking = line.lacking.iter().flatten();
        lacking.any(|(_, fields)| !fields.intersection(brought).is_empty())
    }

    /// Whether a provider is still expected to say something that could matter.
    pub fn awaits(&self, provider: Provider) -> bool {
        self.lines.iter().any(|line| {
            let pending = line.pending[provider as usize].intersection(line.wants);
            pending
                .iter()
                .any(|field| self.could_win(line, field, provider))
        })
    }

    /// The wanted fields of a line that nobody has, and that nobody who is asked already can be expected to have: those
    /// providers said no, failed, or have been silent for too long.
    pub fn gaps(&self, line: usize, now: Instant) -> FieldSet {
        let line = &self.lines[line];
        let is_unknown = line.unknown_to.contains(&Provider::Rest);
        let is_open = |field: &Field| {
            line.best_of(*field).is_none()
                && Provider::ALL.iter().all(|provider| {
                    !line.pending[*provider as usize].contains(*field)
                        || *provider == Provider::Dxlink
                            && (is_unknown || self.is_silent(line, *field, now))
                })
        };
        line.wants.iter().filter(is_open).collect()
    }

    /// Whether a provider left something wanted open by silence or failure.
    pub fn has_lacking(&self, provider: Provider) -> bool {
        use Reason::{
            Interrupted, NoEventBeforeDeadline, NotAsked, NotEntitled, ProviderFailed,
            RefusedByLimit,
        };
        let is_silent = provider == Provider::Dxlink && self.awaits(provider);
        is_silent
            || self.lines.iter().any(|line| {
                line.lacking[provider as usize]
                    .iter()
                    .any(|(reason, fields)| {
                        let is_trouble = matches!(
                            reason,
                            NoEventBeforeDeadline
                                | ProviderFailed
                                | NotEntitled
                                | RefusedByLimit
                                | NotAsked
                                | Interrupted
                        );
                        is_trouble && !fields.intersection(line.wants).is_empty()
                    })
            })
    }

    fn state_of(&self, line: &Line, now: Instant) -> LineState {
        let mut is_waiting = false;
        let mut until: Option<Instant> = None;
        let mut wake = |at: Option<Instant>| {
            until = match (until, at) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            };
        };
        for (_, field, deadline) in self.blockers(line, now) {
            is_waiting = true;
            wake(deadline);
            // The next provider is asked before the window is over.
            if line.best_of(field).is_none()
                && let Some(since) = self.silence(line, field).begin()
            {
                wake(Some(since + self.waits.settle).filter(|at| *at > now));
            }
        }
        if is_waiting {
            LineState::Waiting { until }
        } else {
            LineState::Settled
        }
    }

    /// Who is waited for, for which wanted field, and until when; `None` where an answer ends the wait.
    fn blockers<'a>(
        &'a self,
        line: &'a Line,
        now: Instant,
    ) -> impl Iterator<Item = (Provider, Field, Option<Instant>)> + 'a {
        let is_answered = line.wants.iter().all(|field| {
            let is_pending = line.pending.iter().any(|pending| pending.contains(field));
            !is_pending || line.has_answer(field)
        });
        Provider::ALL.into_iter().flat_map(move |provider| {
            let pending = line.pending[provider as usize].intersection(line.wants);
            let worth = pending
                .iter()
                .filter(move |field| self.could_win(line, *field, provider));
            worth.filter_map(move |field| {
                let deadline = match provider {
                    Provider::Dxlink => self.silence(line, field).deadline(is_answered, self.waits),
                    Provider::Rest | Provider::Legacy => None,
                };
                let is_over = deadline.is_some_and(|deadline| deadline <= now);
                (!is_over).then_some((provider, field, deadline))
            })
        })
    }

    fn is_silent(&self, line: &Line, field: Field, now: Instant) -> bool {
        match self.silence(line, field) {
            Silence::Since(since) | Silence::Connecting(since) => since + self.waits.settle <= now,
            Silence::Rationed(_) => true,
            Silence::Uncounted => false,
        }
    }

    /// Since when the stream has been silent about a field.
    fn silence(&self, line: &Line, field: Field) -> Silence {
        let brought = |supply: &Supply| self.ranking.brings(*supply, line.kind).contains(field);
        let mut asked = Supply::ALL.into_iter().filter(|supply| {
            supply.provider() == Provider::Dxlink && line.asked.contains(*supply) && brought(supply)
        });
        let Some(supply) = asked.next() else {
            return Silence::Uncounted;
        };
        let sent = line.sent.iter().find(|(sent, _)| *sent == supply);
        match (sent, self.connecting, self.rationed) {
            (Some((_, at)), _, _) => Silence::Since(*at),
            (None, Some(since), _) => Silence::Connecting(since),
            // The client keeps the time of series itself.
            (None, None, _) if supply == Supply::Candles => Silence::Uncounted,
            (None, None, Some(since)) => Silence::Rationed(since),
            (None, None, None) => Silence::Uncounted,
        }
    }

    /// Whether a value from this provider would be taken.
    fn could_win(&self, line: &Line, field: Field, provider: Provider) -> bool {
        let Some(rank) = self.ranking.rank(field, line.kind, provider) else {
            return false;
        };
        line.best_of(field)
            .is_none_or(|best| rank < best.rank && !self.waits.takes_first)
    }
}

impl Silence {
    /// When it began, if it counts.
    fn begin(self) -> Option<Instant> {
        match self {
            Self::Since(since) | Self::Connecting(since) => Some(since),
            Self::Rationed(_) | Self::Uncounted => None,
        }
    }

    /// Until when it is waited for, where all wanted fields of the symbol have an answer of somebody's or have not.
    fn deadline(self, is_answered: bool, waits: Waits) -> Option<Instant> {
        match self {
            Self::Since(since) if is_answered => Some(since + waits.settle.min(waits.listen)),
            Self::Since(since) => Some(since + waits.listen),
            Self::Connecting(since) | Self::Rationed(since) if is_answered => {
                Some(since + waits.settle.min(waits.listen))
            }
            // A connection that does not come about and a ration have bounds of their own.
            Self::Connecting(_) | Self::Rationed(_) | Self::Uncounted => None,
        }
    }
}
