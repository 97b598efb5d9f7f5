//! The handle that everyone but the socket task holds.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use crate::access::TokenSource;
use crate::candle_symbol::CandleSymbol;
use crate::changes::Changes;
use crate::feed_state::{FeedCommand, FeedState};
use crate::options::FeedOptions;
use crate::series::SeriesRequest;
use crate::subscription::Subscription;
use crate::task::Task;
use crate::transport::Transport;
use crate::undelivered::{Delivery, Undelivered};

/// Commands that may wait; senders wait for room beyond it.
const INBOX: usize = 64;

/// Longest wait for the end; a message that a server does not take may be under way.
const CLOSING: Duration = Duration::from_secs(1);

/// A DXLink feed: cheap to clone, every clone speaks to the same connection.
#[derive(Clone, Debug)]
pub struct Feed {
    commands: mpsc::Sender<FeedCommand>,
    undelivered: Undelivered,
}

impl Feed {
    /// Makes a feed and the task that runs it; the caller spawns the task. Nothing is connected until something is
    /// subscribed or [`Feed::connect`] is called.
    pub fn new<G: TokenSource + 'static, T: Transport + 'static>(
        options: FeedOptions,
        tokens: G,
        transport: T,
    ) -> (Self, impl Future<Output = ()> + Send) {
        let (commands, inbox) = mpsc::channel(INBOX);
        let undelivered = Undelivered::default();
        let state = FeedState::new(inbox, undelivered.clone(), &options);
        let task = Task::new(options, tokens, transport, state);
        let feed = Self {
            commands,
            undelivered,
        };
        (feed, task.run())
    }

    /// Starts connecting without waiting for a subscription. Does nothing when that has begun already.
    pub async fn connect(&self) {
        self.ask(FeedCommand::Connect).await;
    }

    /// Adds subscriptions; returns as soon as they are registered, connected or not. Gives those that a session has no
    /// room for (`docs/reference/dxlink-protocol.md`, "14. Endpoints, entitlement, limits"); of several types the less
    /// important ones are given up first.
    pub async fn subscribe(&self, items: Vec<Subscription>) -> Vec<Subscription> {
        self.ask(|reply| FeedCommand::Subscribe(items, reply))
            .await
            .unwrap_or_default()
    }

    /// Takes subscriptions back.
    pub async fn unsubscribe(&self, items: Vec<Subscription>) {
        self.ask(|reply| FeedCommand::Unsubscribe(items, reply))
            .await;
    }

    /// Follows series of bars; returns as soon as they are registered, connected or not. What becomes of each is in
    /// [`Changes::series`]: a snapshot and then updates, or a failure. A series that is followed already starts where it is
    /// asked for now, and one that has failed may be followed again.
    pub async fn follow(&self, requests: Vec<SeriesRequest>) {
        self.ask(|reply| FeedCommand::Follow(requests, reply)).await;
    }

    /// Follows series no longer. Whoever has all the bars needed should say so, since servers serve few at a time.
    pub async fn unfollow(&self, symbols: Vec<CandleSymbol>) {
        self.ask(|reply| FeedCommand::Unfollow(symbols, reply))
            .await;
    }

    /// Takes back everything that is subscribed for its newest events, with a single message if there is a connection;
    /// nothing of it returns after a loss. Series are left alone.
    pub async fn reset(&self) {
        self.ask(FeedCommand::Reset).await;
    }

    /// Waits until something is new and takes it; `None` when the feed is closed. A future that is dropped before it is
    /// done loses nothing, so that it may be polled beside others or kept for as long as its owner likes. There is one
    /// reader at a time: a second call takes the place of the one that waits, which then gives `None`.
    pub async fn changes(&self) -> Option<Changes> {
        let (reply, answer) = oneshot::channel();
        if self
            .commands
            .send(FeedCommand::Changes(reply))
            .await
            .is_err()
        {
            return self.undelivered.take();
        }
        Delivery::new(answer, self.undelivered.clone()).await
    }

    /// Closes the connection and waits until that is done, but no longer than a server that does not read may hold it up.
    /// A second call is harmless.
    pub async fn close(&self) {
        let _ = timeout(CLOSING, self.ask(FeedCommand::Close)).await;
    }

    async fn ask<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> FeedCommand) -> Option<T> {
        let (reply, answer) = oneshot::channel();
        self.commands.send(command(reply)).await.ok()?;
        answer.await.ok()
    }
}
