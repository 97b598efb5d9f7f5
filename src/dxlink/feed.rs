//! The handle that everyone but the socket task holds.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout};

use super::candle_symbol::CandleSymbol;
use super::connection::Task;
use super::decode::Faults;
use super::error::Loss;
use super::ledger::Subscription;
use super::pace::Pacing;
use super::series::{SeriesChange, SeriesRequest};
use super::table::Change;
use crate::secret::Secret;

/// Commands that may wait; senders wait for room beyond it.
const INBOX: usize = 64;

/// Longest wait for the end; a message that a server does not take may be under way.
const CLOSING: Duration = Duration::from_secs(1);

/// How a feed behaves.
#[derive(Clone, Copy, Debug)]
pub struct FeedOptions {
    /// Seconds between deliveries to ask for.
    pub aggregation_seconds: f64,
    /// Longest wait for the connection and for each answer on the way to an open channel.
    pub patience: Duration,
    /// Attempts after a lost connection; 0 for none.
    pub reconnects: u32,
    /// Longest pause between attempts.
    pub longest_pause: Duration,
    /// How many subscriptions may be changed in a while.
    pub pacing: Pacing,
}

/// What a connection needs to begin.
#[derive(Clone, Debug)]
pub struct Grant {
    /// The stream's address.
    pub url: String,
    /// The stream's token; `None` for servers that ask for none.
    pub token: Option<Secret>,
    /// Whether address and token are left from an earlier connection, so that asking for them anew may give others.
    pub is_kept: bool,
}

/// Why there is no [`Grant`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoGrant {
    /// One sentence, free of secrets.
    pub reason: String,
    /// Whether asking again may help.
    pub retryable: bool,
}

/// Gives a [`Grant`] for every connection; all but the first are fresh.
pub trait Grants: Send {
    /// An address and a token for the next connection.
    fn grant(&mut self) -> impl Future<Output = Result<Grant, NoGrant>> + Send;
}

/// Counters of a feed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stats {
    /// Connections that were opened.
    pub connections: u32,
    /// Events taken over.
    pub events: u64,
    /// Frames that were no messages.
    pub malformed: u64,
    /// Messages that concern nothing volq holds.
    pub ignored: u64,
    /// Events and values that could not be used.
    pub faults: Faults,
    /// When the channel was first open.
    pub ready: Option<Instant>,
    /// When the first event arrived.
    pub first_event: Option<Instant>,
    /// Seconds between deliveries of live data, as the server applies them.
    pub aggregation_period: Option<f64>,
}

/// Something that happened to the connection.
#[derive(Clone, Debug)]
pub enum Notice {
    /// The WebSocket is open.
    Connected,
    /// The server has introduced itself with its SETUP.
    SetUp,
    /// The token was accepted, or none was needed.
    Authorised,
    /// The channel of live data is open.
    ChannelOpened,
    /// There will be no series on this connection; live data goes on.
    HistoryRefused {
        /// Why, in one sentence, redacted.
        reason: String,
    },
    /// The connection is gone; there may be a gap in what was seen.
    Lost(Arc<Loss>),
    /// The connection is being made again after a pause.
    Reconnecting(Duration),
    /// The server complained about something.
    Complaint {
        /// Error code.
        code: String,
        /// The server's words, redacted.
        message: String,
        /// When it is about a limit: what may have been refused because of it, told lately and silent so far. The server
        /// does not say (dxlink-protocol §14).
        suspects: Vec<Subscription>,
    },
    /// More is wanted than may be told at once; the rest follows bit by bit.
    Rationed {
        /// What the server has not been told yet.
        waiting: Vec<Subscription>,
    },
    /// There will be no further attempt.
    Failed(Arc<Loss>),
}

/// Everything new since the last look.
#[derive(Clone, Debug)]
pub struct Changes {
    /// The newest event of each type and symbol that changed.
    pub events: Vec<Change>,
    /// What is new about the series that are followed.
    pub series: Vec<SeriesChange>,
    /// What the server was told to add.
    pub sent: Vec<Sent>,
    /// What happened to the connection, oldest first.
    pub notices: Vec<Notice>,
    /// Counters so far.
    pub stats: Stats,
}

/// Subscriptions that the server was told to add.
#[derive(Clone, Debug)]
pub struct Sent {
    /// When.
    pub at: Instant,
    /// Which.
    pub items: Vec<Subscription>,
}

/// What a handle can ask of the socket task.
#[derive(Debug)]
pub(super) enum Command {
    Connect(oneshot::Sender<()>),
    Subscribe(Vec<Subscription>, oneshot::Sender<Vec<Subscription>>),
    Unsubscribe(Vec<Subscription>, oneshot::Sender<()>),
    Follow(Vec<SeriesRequest>, oneshot::Sender<()>),
    Unfollow(Vec<CandleSymbol>, oneshot::Sender<()>),
    Reset(oneshot::Sender<()>),
    Changes(oneshot::Sender<Changes>),
    Close(oneshot::Sender<()>),
}

/// A DXLink feed: cheap to clone, every clone speaks to the same connection.
#[derive(Clone, Debug)]
pub struct Feed {
    commands: mpsc::Sender<Command>,
}

impl Feed {
    /// Makes a feed and the task that runs it; the caller spawns the task. Nothing is connected until something is
    /// subscribed or [`Feed::connect`] is called.
    pub fn new<G: Grants + 'static>(
        options: FeedOptions,
        grants: G,
    ) -> (Self, impl Future<Output = ()> + Send) {
        let (commands, inbox) = mpsc::channel(INBOX);
        (Self { commands }, Task::new(options, grants, inbox).run())
    }

    /// Starts connecting without waiting for a subscription. Does nothing when that has begun already.
    pub async fn connect(&self) {
        self.ask(Command::Connect).await;
    }

    /// Adds subscriptions; returns as soon as they are registered, connected or not. Gives those that a session has no
    /// room for (dxlink-protocol §14); of several types the less important ones are given up first.
    pub async fn subscribe(&self, items: Vec<Subscription>) -> Vec<Subscription> {
        self.ask(|reply| Command::Subscribe(items, reply))
            .await
            .unwrap_or_default()
    }

    /// Takes subscriptions back.
    pub async fn unsubscribe(&self, items: Vec<Subscription>) {
        self.ask(|reply| Command::Unsubscribe(items, reply)).await;
    }

    /// Follows series of bars; returns as soon as they are registered, connected or not. What becomes of each is told by
    /// [`Changes::series`]: a snapshot and then updates, or a failure. A series that is followed already starts where it is
    /// asked for now, and one that has failed may be followed again.
    pub async fn follow(&self, requests: Vec<SeriesRequest>) {
        self.ask(|reply| Command::Follow(requests, reply)).await;
    }

    /// Follows series no longer. Whoever has all the bars needed should say so, since servers serve few at a time.
    pub async fn unfollow(&self, symbols: Vec<CandleSymbol>) {
        self.ask(|reply| Command::Unfollow(symbols, reply)).await;
    }

    /// Takes back everything that is subscribed for its newest events, with a single message if there is a connection;
    /// nothing of it returns after a loss. Series are left alone.
    pub async fn reset(&self) {
        self.ask(Command::Reset).await;
    }

    /// Waits until something is new and takes it; `None` when the feed is closed. Cancelling loses nothing that was not
    /// already handed over.
    pub async fn changes(&self) -> Option<Changes> {
        self.ask(Command::Changes).await
    }

    /// Closes the connection and waits until that is done, but no longer than a server that does not read may hold it up.
    /// A second call is harmless.
    pub async fn close(&self) {
        let _ = timeout(CLOSING, self.ask(Command::Close)).await;
    }

    async fn ask<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> Option<T> {
        let (reply, answer) = oneshot::channel();
        self.commands.send(command(reply)).await.ok()?;
        answer.await.ok()
    }
}
