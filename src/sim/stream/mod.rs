//! The DXLink side of the server.

use super::connection::StreamContext;

/// A stream after its upgrade.
pub(super) type Socket =
    tokio_tungstenite::WebSocketStream<hyper_util::rt::TokioIo<hyper::upgrade::Upgraded>>;

/// Runs one connection to its end.
#[expect(clippy::unused_async, reason = "the stream is not here yet")]
pub(super) async fn serve(socket: Socket, context: StreamContext) {
    drop((socket, context));
}
