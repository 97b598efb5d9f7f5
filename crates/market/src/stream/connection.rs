//! The socket loop: frames in, the session's actions out, until one side is done.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::Frame as RawFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::{self, Message};

use super::channels::Moment;
use super::outbox::Frame;
use super::session::{Action, Session, Terms};
use crate::StreamContext;
use crate::record::{Counter, Place, Series};

/// How long a client may take to read a frame.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the client may take to answer the close handshake.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// Runs one DXLink connection to its end.
pub(crate) async fn serve<S>(socket: WebSocketStream<S>, context: StreamContext)
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let terms = Terms {
        market: Arc::clone(&context.market),
        tokens: Arc::clone(&context.tokens),
        faults: Arc::new(context.faults.clone()),
        is_live: context.ticker.period().is_some(),
    };
    let connection = Connection {
        socket,
        session: Session::new(terms, Instant::now()),
        context,
        reads: true,
        end: None,
    };
    connection.run().await;
}

/// The connection is over: the client went away, or the script drops it.
struct Over;

struct Connection<S> {
    socket: WebSocketStream<S>,
    session: Session,
    context: StreamContext,
    reads: bool,
    /// When to stop waiting for the client's half of the close handshake.
    end: Option<Instant>,
}

/// What woke the loop.
enum Wake {
    Incoming(Option<Result<Message, tungstenite::Error>>),
    Time,
    Stopping,
}

impl<S> Connection<S>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    async fn run(mut self) {
        tracing::debug!(connection = self.context.connection, "stream connection");
        loop {
            let moment = self.moment();
            for action in self.session.advance(moment) {
                if self.perform(action).await.is_err() {
                    return;
                }
            }
            match self.wait().await {
                Wake::Incoming(Some(Ok(message))) => self.take(&message),
                Wake::Incoming(_) => return,
                Wake::Time if self.end.is_some_and(|end| end <= Instant::now()) => return,
                Wake::Time => {}
                Wake::Stopping => self.session.stop(Instant::now()),
            }
        }
    }

    fn moment(&self) -> Moment {
        Moment {
            now: Instant::now(),
            tick: self.context.ticker.tick(),
        }
    }

    async fn wait(&mut self) -> Wake {
        let due = self.end.or_else(|| self.session.due());
        let timer = async {
            match due {
                Some(due) => tokio::time::sleep_until(due).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            incoming = self.socket.next(), if self.reads => Wake::Incoming(incoming),
            () = self.context.stopping.cancelled(), if self.end.is_none() => Wake::Stopping,
            () = timer => Wake::Time,
        }
    }

    fn take(&mut self, message: &Message) {
        let moment = self.moment();
        match message {
            Message::Text(text) => self.session.receive(text, moment),
            Message::Binary(bytes) => self.session.receive_binary(bytes.len(), moment),
            // A close that answers the server's own is no goodbye of the client's.
            Message::Close(_) if self.end.is_none() => {
                self.context.recorder.count(Counter::StreamsClosed, 1);
            }
            _ => {}
        }
    }

    async fn perform(&mut self, action: Action) -> Result<(), Over> {
        match action {
            Action::Send(frame) => {
                for message in messages(frame) {
                    self.write(message).await?;
                }
            }
            Action::Close { code, reason } => {
                self.end = Some(Instant::now() + CLOSE_TIMEOUT);
                let close = CloseFrame {
                    code: code.into(),
                    reason: reason.into(),
                };
                self.write(Message::Close(Some(close))).await?;
            }
            Action::Abort => return Err(Over),
            Action::Deafen => self.reads = false,
            Action::RuleViolation(violation) => {
                let recorder = &self.context.recorder;
                recorder.violation(Place::Stream, violation.rule.name(), violation.to_string());
            }
            Action::Series(symbol, from_ms) => {
                self.context.recorder.series(Series { symbol, from_ms });
            }
            Action::Count(counter, by) => self.context.recorder.count(counter, by),
        }
        Ok(())
    }

    async fn write(&mut self, message: Message) -> Result<(), Over> {
        match tokio::time::timeout(WRITE_TIMEOUT, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Over),
        }
    }
}

/// A frame as WebSocket messages.
fn messages(frame: Frame) -> Vec<Message> {
    match frame {
        Frame::Text(text) => vec![Message::text(text)],
        Frame::Binary(bytes) => vec![Message::binary(bytes)],
        Frame::Ping => vec![Message::Ping(b"sim".to_vec().into())],
        Frame::Fragments(text) => fragments(text.as_bytes()),
    }
}

/// Cuts a text into three fragments, wherever that falls.
pub(super) fn fragments(bytes: &[u8]) -> Vec<Message> {
    let length = bytes.len().div_ceil(3).max(1);
    let pieces: Vec<&[u8]> = bytes.chunks(length).collect();
    let last = pieces.len().saturating_sub(1);
    pieces
        .iter()
        .enumerate()
        .map(|(at, piece)| {
            let code = if at == 0 { Data::Text } else { Data::Continue };
            let frame = RawFrame::message(piece.to_vec(), OpCode::Data(code), at == last);
            Message::Frame(frame)
        })
        .collect()
}
