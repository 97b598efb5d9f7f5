//! The state of a feed that outlives connections, and how commands of the handles change it.

use std::collections::{HashSet, VecDeque};
use std::ops::ControlFlow;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use tracing::info;

use crate::candle_symbol::CandleSymbol;
use crate::changes::{Changes, Notice, Sent, Stats};
use crate::event::Batch;
use crate::history::History;
use crate::limits::{LIVE, Limit, SESSION};
use crate::options::FeedOptions;
use crate::pace::Pace;
use crate::role::Role;
use crate::series::SeriesRequest;
use crate::subscription::Subscription;
use crate::subscription_set::{Next, SubscriptionSet};
use crate::table::Table;
use crate::undelivered::Undelivered;

/// Most notices kept for a reader that does not come; the oldest go first.
const NOTICES: usize = 64;

/// Most items of sent messages kept for a reader that does not come; the oldest messages go first.
const SENT: usize = 2 * SESSION;

/// How many symbols a log line names.
const NAMED: usize = 3;

/// What a handle asks of the task.
#[derive(Debug)]
pub(crate) enum FeedCommand {
    Connect(oneshot::Sender<()>),
    Subscribe(Vec<Subscription>, oneshot::Sender<Vec<Subscription>>),
    Unsubscribe(Vec<Subscription>, oneshot::Sender<()>),
    Follow(Vec<SeriesRequest>, oneshot::Sender<()>),
    Unfollow(Vec<CandleSymbol>, oneshot::Sender<()>),
    Reset(oneshot::Sender<()>),
    Changes(oneshot::Sender<Changes>),
    Close(oneshot::Sender<()>),
}

/// What is subscribed, what has arrived, and who waits for it.
pub(super) struct FeedState {
    pub(super) inbox: mpsc::Receiver<FeedCommand>,
    live: SubscriptionSet,
    pub(super) history: History,
    pub(super) pace: Pace,
    pub(super) table: Table,
    pub(super) stats: Stats,
    notices: Vec<Notice>,
    reader: Option<oneshot::Sender<Changes>>,
    undelivered: Undelivered,
    /// Whose message was made last.
    sending: Role,
    /// Messages that have left and that the reader does not know of.
    sent: VecDeque<Sent>,
    is_wanted: bool,
    /// Answered by being dropped, once everything is closed.
    closing: Vec<oneshot::Sender<()>>,
}

impl FeedState {
    pub(super) fn new(
        inbox: mpsc::Receiver<FeedCommand>,
        undelivered: Undelivered,
        options: &FeedOptions,
    ) -> Self {
        Self {
            inbox,
            undelivered,
            sending: Role::Live,
            sent: VecDeque::new(),
            live: SubscriptionSet::default(),
            history: History::default(),
            pace: Pace::new(options.pacing),
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
            self.on_command(command)?;
        }
        ControlFlow::Continue(())
    }

    /// Does some work and answers commands meanwhile; `None` when the feed is to be closed.
    pub(super) async fn serve_while<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        let mut work = pin!(work);
        loop {
            self.deliver();
            tokio::select! {
                biased;
                command = self.inbox.recv() => {
                    if self.on_command(command).is_break() {
                        return None;
                    }
                }
                done = &mut work => return Some(done),
            }
        }
    }

    /// Carries out a command and those that have arrived with it, but no more than `most`; breaks when the feed is to be
    /// closed.
    pub(super) fn on_commands(
        &mut self,
        first: Option<FeedCommand>,
        most: usize,
    ) -> ControlFlow<()> {
        self.on_command(first)?;
        for _ in 1..most {
            let Ok(command) = self.inbox.try_recv() else {
                break;
            };
            self.on_command(Some(command))?;
        }
        ControlFlow::Continue(())
    }

    /// Carries out a command; breaks when the feed is to be closed, be it because every handle is gone.
    pub(super) fn on_command(&mut self, command: Option<FeedCommand>) -> ControlFlow<()> {
        match command {
            None => return ControlFlow::Break(()),
            Some(FeedCommand::Close(reply)) => {
                self.closing.push(reply);
                return ControlFlow::Break(());
            }
            Some(FeedCommand::Connect(reply)) => {
                self.is_wanted = true;
                let _ = reply.send(());
            }
            Some(FeedCommand::Subscribe(mut items, reply)) => {
                items.sort_by_key(Subscription::rank);
                items.retain(|item| !self.subscribe(item));
                self.is_wanted |= !self.live.is_empty();
                let _ = reply.send(items);
            }
            Some(FeedCommand::Unsubscribe(items, reply)) => {
                for item in &items {
                    self.unsubscribe(item);
                }
                let _ = reply.send(());
            }
            Some(FeedCommand::Follow(requests, reply)) => {
                self.history.follow(requests, &mut self.table);
                self.is_wanted |= self.history.is_wanted();
                let _ = reply.send(());
            }
            Some(FeedCommand::Unfollow(symbols, reply)) => {
                self.history.unfollow(&symbols, &mut self.table);
                let _ = reply.send(());
            }
            Some(FeedCommand::Reset(reply)) => {
                for item in self.live.reset() {
                    self.table.want(item.event_type, &item.symbol, false);
                }
                let _ = reply.send(());
            }
            Some(FeedCommand::Changes(reply)) => self.reader = Some(reply),
        }
        ControlFlow::Continue(())
    }

    /// Adds a subscription if there is room for it.
    fn subscribe(&mut self, item: &Subscription) -> bool {
        if self.live.len() >= LIVE && !self.live.holds(item) {
            return false;
        }
        if self.live.add(item) {
            self.table.want(item.event_type, &item.symbol, true);
        }
        true
    }

    fn unsubscribe(&mut self, item: &Subscription) {
        if self.live.remove(item) {
            self.table.want(item.event_type, &item.symbol, false);
        }
    }

    /// The server complained about the channel of a role. Where that is about a limit, what was sent within `span` and has
    /// brought nothing may have been refused; where it is about the rate, all is sent again after a pause.
    pub(super) fn on_complaint(
        &mut self,
        role: Option<Role>,
        (code, message): (String, String),
        span: Duration,
    ) {
        let now = Instant::now();
        let mut maybe_refused = Vec::new();
        match (Limit::of_error(&code, &message), role) {
            (Some(Limit::Size(_)), Some(Role::History)) => self.history.on_limited(&message),
            (Some(limit), Some(role)) => {
                if limit == Limit::Rate {
                    if let Some(pause) = self.pace.on_refused(now) {
                        info!("sending no subscriptions for {} ms", pause.as_millis());
                    }
                    self.subscriptions(role).resend_all();
                }
                maybe_refused = self.maybe_refused(limit, span, now);
            }
            _ => {}
        }
        // Nobody has read the earlier ones yet, so that one list does for all.
        for notice in &mut self.notices {
            if let Notice::Complaint {
                maybe_refused: earlier,
                ..
            } = notice
            {
                maybe_refused.append(earlier);
            }
        }
        let mut seen = HashSet::new();
        maybe_refused.retain(|item| seen.insert(item.clone()));
        self.notify(Notice::Complaint {
            code,
            message,
            maybe_refused,
        });
    }

    fn maybe_refused(&self, limit: Limit, span: Duration, now: Instant) -> Vec<Subscription> {
        let sent = self.live.sent_within(span, now);
        sent.filter(|item| {
            let is_silent = self.table.is_silent(item.event_type, &item.symbol);
            is_silent && limit.concerns(item.event_type)
        })
        .collect()
    }

    /// What is wanted on the channel of a role.
    pub(super) fn subscriptions(&mut self, role: Role) -> &mut SubscriptionSet {
        match role {
            Role::Live => &mut self.live,
            Role::History => &mut self.history.subscriptions,
        }
    }

    /// The channel of a role is open and has been sent nothing.
    pub(super) fn on_channel_opened(&mut self, role: Role, channel: u64) {
        match role {
            Role::Live => self.live.channel_opened(channel),
            Role::History => self.history.on_opened(channel),
        }
    }

    /// The channel of a role is gone.
    pub(super) fn on_channel_closed(&mut self, role: Role) {
        match role {
            Role::Live => self.live.channel_closed(),
            Role::History => self.history.on_closed(),
        }
    }

    /// Whether a channel is to be sent something.
    pub(super) fn is_pending(&self) -> bool {
        self.live.is_pending() || self.history.subscriptions.is_pending()
    }

    /// The additions that the channels are about to be sent.
    fn pending_additions(&self) -> impl Iterator<Item = Subscription> {
        let sets = [&self.live, &self.history.subscriptions];
        sets.into_iter()
            .flat_map(SubscriptionSet::pending_additions)
    }

    /// Not everything may be sent at once.
    pub(super) fn notify_rationed(&mut self) {
        let waiting: Vec<_> = self.pending_additions().collect();
        info!("{} subscriptions have to wait", waiting.len());
        self.notify(Notice::Rationed { waiting });
    }

    /// Whether there is something to send that does not count as a change.
    pub(super) fn is_urgent(&self) -> bool {
        self.live.is_reset_due()
    }

    /// The next subscription message, live ones first.
    pub(super) fn next(&mut self, now: Instant) -> Next {
        for role in Role::ALL {
            self.sending = role;
            let next = match role {
                Role::Live => self.live.next(now, &mut self.pace),
                Role::History => self.history.subscriptions.next(now, &mut self.pace),
            };
            if next != Next::Nothing {
                return next;
            }
        }
        Next::Nothing
    }

    /// The message that [`FeedState::next`] gave has left.
    pub(super) fn on_sent(&mut self, at: Instant) {
        let items = self.subscriptions(self.sending).on_sent(at);
        if self.sending == Role::History || items.is_empty() {
            return;
        }
        self.sent.push_back(Sent { at, items });
        let mut count: usize = self.sent.iter().map(|sent| sent.items.len()).sum();
        while count > SENT {
            count -= self.sent.pop_front().map_or(count, |sent| sent.items.len());
        }
    }

    /// Hands a waiting reader what is new, if anything is.
    pub(super) fn deliver(&mut self) {
        if self.reader.is_none() || !self.has_news() {
            return;
        }
        // A reader that gave up waiting must not take the changes with it.
        let Some(reader) = self.reader.take().filter(|reader| !reader.is_closed()) else {
            return;
        };
        let changes = self.take_changes();
        if let Err(changes) = reader.send(changes) {
            self.undelivered.put(changes);
        }
    }

    fn has_news(&self) -> bool {
        let has_rows = self.table.has_unread() || self.history.has_unread();
        let has_facts = !(self.notices.is_empty() && self.sent.is_empty());
        has_rows || has_facts || !self.undelivered.is_empty()
    }

    fn take_changes(&mut self) -> Changes {
        let changes = Changes {
            events: self.table.take_changes(),
            series: self.history.take_changes(),
            sent: std::mem::take(&mut self.sent).into(),
            notices: std::mem::take(&mut self.notices),
            stats: self.stats,
        };
        match self.undelivered.take() {
            Some(mut older) => {
                older.append(changes);
                older
            }
            None => changes,
        }
    }

    pub(super) fn notify(&mut self, notice: Notice) {
        if self.notices.len() == NOTICES {
            self.notices.remove(0);
        }
        self.notices.push(notice);
    }

    /// Takes over the rows of a frame.
    pub(super) fn store(&mut self, role: Role, batch: &mut Batch) {
        let stored = match role {
            Role::Live => self.table.store(batch),
            Role::History => self.history.store(batch, Instant::now()),
        };
        if stored > 0 && self.stats.first_event.is_none() {
            info!("first event");
            self.stats.first_event = Some(Instant::now());
        }
        self.stats.events += stored;
    }

    /// Logs what is about to be subscribed: the number of symbols and the first few.
    pub(super) fn log_subscriptions(&self) {
        if !tracing::enabled!(tracing::Level::INFO) {
            return;
        }
        let mut seen = HashSet::new();
        let symbols: Vec<Arc<str>> = self
            .pending_additions()
            .map(|item| item.symbol)
            .filter(|symbol| seen.insert(Arc::clone(symbol)))
            .collect();
        if symbols.is_empty() {
            return;
        }
        let more = if symbols.len() > NAMED { " …" } else { "" };
        let plural = if symbols.len() == 1 { "" } else { "s" };
        let named = symbols[..symbols.len().min(NAMED)].join(", ");
        info!(
            "subscribing to {} symbol{plural}: {named}{more}",
            symbols.len()
        );
    }
}
