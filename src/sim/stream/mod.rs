//! The DXLink side of the server.

use super::server::StreamContext;

/// A stream after its upgrade.
pub(super) type Socket =
    tokio_tungstenite::WebSocketStream<hyper_util::rt::TokioIo<hyper::upgrade::Upgraded>>;

/// Runs one connection to its end.
pub(super) async fn serve(socket: Socket, context: StreamContext) {
    drop((socket, context));
}
