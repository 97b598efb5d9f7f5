//! From an address to an open WebSocket, within a deadline (dxlink-protocol §1 and §14).

use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self, Error};
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream, client_async_tls_with_config};

use super::error::{self, Loss};
use crate::net;

/// Largest message accepted; normal ones stay below 64 KiB.
const MESSAGE_CAP: usize = 16 * 1024 * 1024;

/// Most bytes kept for a server that does not read, beyond which nothing more is written: pings are answered unasked, and
/// whoever sends them need not take the answers.
const UNSENT_CAP: usize = 1024 * 1024;

/// An open connection.
pub(super) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Connects, with one deadline over name look-up, TCP, TLS and the upgrade.
///
/// # Errors
/// Whatever kept the connection from being made, as a [`Loss`].
pub(super) async fn connect(url: &str, patience: Duration) -> Result<Socket, Loss> {
    let url = net::check_url(url).map_err(Loss::Address)?;
    let deadline = Instant::now() + patience;
    let host = authority(&url);
    let late = |_| Loss::NoAnswer {
        host: host.clone(),
        after: patience,
    };
    let connecting = TcpStream::connect((
        url.host_str().unwrap_or_default().trim_matches(['[', ']']),
        port(&url),
    ));
    let tcp = timeout_at(deadline, connecting)
        .await
        .map_err(late)?
        .map_err(|source| Loss::Connect {
            host: host.clone(),
            source,
        })?;
    // Without it two small messages in a row wait for each other's acknowledgement, about 40 ms.
    tcp.set_nodelay(true).map_err(|source| Loss::Connect {
        host: host.clone(),
        source,
    })?;
    let tls = if url.scheme() == "wss" {
        Some(Connector::Rustls(
            net::websocket_tls().map_err(Loss::Address)?,
        ))
    } else {
        None
    };
    let limits = WebSocketConfig::default()
        .max_message_size(Some(MESSAGE_CAP))
        .max_frame_size(Some(MESSAGE_CAP))
        .max_write_buffer_size(UNSENT_CAP);
    let upgrading = client_async_tls_with_config(url.as_str(), tcp, Some(limits), tls);
    match timeout_at(deadline, Box::pin(upgrading))
        .await
        .map_err(late)?
    {
        Ok((socket, _)) => Ok(socket),
        Err(Error::Http(answer)) => Err(Loss::Upgrade {
            host,
            status: answer.status().as_u16(),
        }),
        Err(error) => Err(match error::certificate(&error) {
            // It will not be trusted at the next attempt either.
            Some(source) => Loss::Certificate { host, source },
            None => Loss::Socket {
                host,
                source: Box::new(error),
            },
        }),
    }
}

fn port(url: &net::Url) -> u16 {
    url.port()
        .unwrap_or(if url.scheme() == "wss" { 443 } else { 80 })
}

/// Host and port, the part of an address that may be shown.
fn authority(url: &net::Url) -> String {
    format!("{}:{}", url.host_str().unwrap_or_default(), port(url))
}

/// The loss that the end of the incoming messages stands for.
pub(super) fn ended(error: Option<tungstenite::Error>) -> Loss {
    let reason = match error {
        None | Some(Error::ConnectionClosed | Error::AlreadyClosed) => String::new(),
        Some(Error::Capacity(_)) => return Loss::TooLarge { limit: MESSAGE_CAP },
        Some(error) => error.to_string(),
    };
    Loss::Closed { code: 1006, reason }
}
