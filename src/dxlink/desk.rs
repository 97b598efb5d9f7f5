//! Where the handles' commands are answered: the bookkeeping that outlives connections.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::pin::pin;

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use tracing::info;

use super::event::Batch;
use super::feed::{Changes, Command, Notice, Stats};
use super::ledger::Ledger;
use super::table::Table;

/// Most notices kept for a reader that does not come; the oldest go first.
const NOTICES: usize = 64;

/// How many symbols a log line names.
const NAMED: usize = 3;

/// Ledger, table and the reader's pigeonhole.
pub(super) struct Desk {
    pub(super) inbox: mpsc::Receiver<Command>,
    pub(super) ledger: Ledger,
    pub(super) table: Table,
    pub(super) stats: Stats,
    notices: Vec<Notice>,
    reader: Option<oneshot::Sender<Changes>>,
    is_wanted: bool,
    /// Answered by being dropped, once everything is closed.
    closing: Vec<oneshot::Sender<()>>,
}

impl Desk {
    pub(super) fn new(inbox: mpsc::Receiver<Command>) -> Self {
        Self {
            inbox,
            ledger: Ledger::default(),
            table: Table::default(),
            stats: Stats::default(),
            notices: Vec::new(),
            reader: None,
            is_wanted: false,
            closing: Vec::new(),
        }
    }

    /// Waits until there is a reason to connect.
    pub(super) async fn until_wanted(&mut self) -> ControlFlow<()> {
        while !self.is_wanted {
            let command = self.inbox.recv().await;
            self.obey(command)?;
        }
        ControlFlow::Continue(())
    }

    /// Does some work and answers commands meanwhile; `None` when the feed is to be closed.
    pub(super) async fn serve_while<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        let mut work = pin!(work);
        loop {
            self.hand_over();
            tokio::select! {
                biased;
                command = self.inbox.recv() => {
                    if self.obey(command).is_break() {
                        return None;
                    }
                }
                done = &mut work => return Some(done),
            }
        }
    }

    /// Carries out a command; breaks when the feed is to be closed, be it because every handle is gone.
    pub(super) fn obey(&mut self, command: Option<Command>) -> ControlFlow<()> {
        match command {
            None => return ControlFlow::Break(()),
            Some(Command::Close(reply)) => {
                self.closing.push(reply);
                return ControlFlow::Break(());
            }
            Some(Command::Connect(reply)) => {
                self.is_wanted = true;
                let _ = reply.send(());
            }
            Some(Command::Subscribe(items, reply)) => {
                for item in items {
                    if self.ledger.add(&item) {
                        self.table.want(item.event_type, &item.symbol, true);
                    }
                }
                self.is_wanted |= !self.ledger.is_empty();
                let _ = reply.send(());
            }
            Some(Command::Unsubscribe(items, reply)) => {
                for item in items {
                    if self.ledger.remove(&item) {
                        self.table.want(item.event_type, &item.symbol, false);
                    }
                }
                let _ = reply.send(());
            }
            Some(Command::Changes(reply)) => self.reader = Some(reply),
        }
        ControlFlow::Continue(())
    }

    /// Gives a waiting reader what is new, if anything is.
    pub(super) fn hand_over(&mut self) {
        if self.notices.is_empty() && !self.table.has_unread() {
            return;
        }
        // A reader that gave up waiting must not take the changes with it.
        let Some(reader) = self.reader.take().filter(|reader| !reader.is_closed()) else {
            return;
        };
        let changes = Changes {
            events: self.table.take_changes(),
            notices: std::mem::take(&mut self.notices),
            stats: self.stats,
        };
        let _ = reader.send(changes);
    }

    pub(super) fn notify(&mut self, notice: Notice) {
        if self.notices.len() == NOTICES {
            self.notices.remove(0);
        }
        self.notices.push(notice);
    }

    /// Takes over the rows of a frame.
    pub(super) fn store(&mut self, batch: &mut Batch) {
        let stored = self.table.store(batch);
        if stored > 0 && self.stats.first_event.is_none() {
            info!("first event");
            self.stats.first_event = Some(Instant::now());
        }
        self.stats.events += stored;
    }

    /// Says what is about to be subscribed: the number of symbols and the first few.
    pub(super) fn log_subscriptions(&self) {
        if !tracing::enabled!(tracing::Level::INFO) {
            return;
        }
        let mut seen = HashSet::new();
        let keys = self.ledger.pending_additions();
        let symbols: Vec<&str> = keys
            .map(|key| key.symbol.as_ref())
            .filter(|symbol| seen.insert(*symbol))
            .collect();
        let more = if symbols.len() > NAMED { " …" } else { "" };
        let plural = if symbols.len() == 1 { "" } else { "s" };
        let named = symbols[..symbols.len().min(NAMED)].join(", ");
        info!(
            "subscribing to {} symbol{plural}: {named}{more}",
            symbols.len()
        );
    }
}
