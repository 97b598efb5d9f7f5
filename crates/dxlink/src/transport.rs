//! What a feed needs of a connection: text frames in both directions and how it ended.
//!
//! The feed takes [`WebSocket`](crate::WebSocket) unless it is given something else: a connector that goes through a
//! proxy, or one that records frames and plays them again. A transport knows frames and neither messages nor sessions.

use std::time::Duration;

use crate::error::Loss;

/// Makes connections.
pub trait Transport: Send {
    /// What it makes.
    type Connection: Connection;

    /// Connects to an address within a time. The feed sets no deadline of its own.
    ///
    /// # Errors
    /// Whatever kept the connection from being made: [`Loss::retry`] decides whether there is another attempt.
    fn connect(
        &mut self,
        url: &str,
        within: Duration,
    ) -> impl Future<Output = Result<Self::Connection, Loss>> + Send;
}

/// An open connection.
pub trait Connection: Send {
    /// A text frame as the connection holds it.
    type Text: AsRef<str> + Send;

    /// Waits for the next frame. A call that is dropped before it is done must lose no frame, and what has arrived must be
    /// given at the first poll: the feed asks again and again until a call has to wait.
    ///
    /// # Errors
    /// How the connection ended, usually [`Loss::Closed`].
    fn receive(&mut self) -> impl Future<Output = Result<Received<Self::Text>, Loss>> + Send;

    /// Hands over a text frame, as soon as there is room for it. The feed gives up a connection whose call takes too long.
    ///
    /// # Errors
    /// How the connection ended.
    fn send(&mut self, text: String) -> impl Future<Output = Result<(), Loss>> + Send;

    /// Closes the connection. The feed does not wait for long.
    fn close(&mut self, farewell: Farewell) -> impl Future<Output = ()> + Send;
}

/// What a connection has given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received<T> {
    /// A text frame.
    Text(T),
    /// A binary frame, which no message is.
    Binary,
    /// Traffic of the transport's own, such as a ping; it says nothing about the server above it.
    Control,
}

/// How to take leave of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Farewell {
    /// Nothing more is wanted: say so and wait for the server to close its half.
    Done,
    /// The connection is given up: say so and do not wait.
    GivenUp,
}
