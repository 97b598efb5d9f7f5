//! The default transport: from an address to an open WebSocket, within a deadline.
//!
//! See `docs/reference/dxlink-protocol.md`, "1. Transport and message envelope" and "14. Endpoints, entitlement,
//! limits".

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use rustls::ClientConfig;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream, client_async_tls_with_config};

use crate::address::{Address, AddressError};
use crate::error::Loss;
use crate::transport::{Connection, Farewell, Received, Transport};

/// Longest wait for the server's half of the closing handshake. Ours is on its way by then, and whoever is done need not
/// wait a whole trip for a far server to say so too.
const FAREWELL: Duration = Duration::from_millis(20);

/// Largest message accepted; normal ones stay below 64 KiB.
const MESSAGE_CAP: usize = 16 * 1024 * 1024;

/// Most bytes kept for a server that does not read, beyond which nothing more is written: pings are answered unasked, and
/// whoever sends them need not take the answers.
const UNSENT_CAP: usize = 1024 * 1024;

/// Close codes that stand for a close frame without one, and for an end without a close frame (RFC 6455, section 7.4.1).
const NO_CODE: u16 = 1005;
const ABRUPT: u16 = 1006;

type Tls = dyn Fn() -> Result<Arc<ClientConfig>, rustls::Error> + Send;

/// WebSocket connections over TCP, with TLS for `wss` addresses. Plain `ws` is accepted for this machine only.
pub struct WebSocket {
    tls: Box<Tls>,
}

impl WebSocket {
    /// Connections that trust whom this configuration trusts. It must offer no ALPN: a socket that negotiated HTTP/2
    /// cannot be upgraded.
    pub fn new(tls: Arc<ClientConfig>) -> Self {
        Self::with_lazy_tls(move || Ok(Arc::clone(&tls)))
    }

    /// The same, with a configuration that is asked for when a connection needs it: to read the machine's certificate
    /// store takes milliseconds, and a `ws` address does without.
    pub fn with_lazy_tls(
        tls: impl Fn() -> Result<Arc<ClientConfig>, rustls::Error> + Send + 'static,
    ) -> Self {
        Self { tls: Box::new(tls) }
    }

    fn connector(&self, address: &Address) -> Result<Option<Connector>, Loss> {
        if !address.is_encrypted() {
            return Ok(None);
        }
        let config = (self.tls)().map_err(|error| Loss::Address(AddressError::Tls(error)))?;
        Ok(Some(Connector::Rustls(config)))
    }
}

impl fmt::Debug for WebSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebSocket").finish_non_exhaustive()
    }
}

impl Transport for WebSocket {
    type Connection = WebSocketConnection;

    /// Connects, with one deadline over name look-up, TCP, TLS and the upgrade.
    async fn connect(&mut self, url: &str, within: Duration) -> Result<WebSocketConnection, Loss> {
        let address = Address::parse(url).map_err(Loss::Address)?;
        let deadline = Instant::now() + within;
        let host = address.authority();
        let late = |_| Loss::NoAnswer {
            host: host.clone(),
            after: within,
        };
        let failed = |source| Loss::Connect {
            host: host.clone(),
            source,
        };
        let connecting = TcpStream::connect((address.host(), address.port()));
        let tcp = timeout_at(deadline, connecting)
            .await
            .map_err(late)?
            .map_err(failed)?;
        // Without it two small messages in a row wait for each other's acknowledgement, about 40 ms.
        tcp.set_nodelay(true).map_err(failed)?;
        let tls = self.connector(&address)?;
        let limits = WebSocketConfig::default()
            .max_message_size(Some(MESSAGE_CAP))
            .max_frame_size(Some(MESSAGE_CAP))
            .max_write_buffer_size(UNSENT_CAP);
        let upgrading = client_async_tls_with_config(address.as_str(), tcp, Some(limits), tls);
        match timeout_at(deadline, Box::pin(upgrading))
            .await
            .map_err(late)?
        {
            Ok((socket, _)) => Ok(WebSocketConnection { socket }),
            Err(error) => Err(refused(host, error)),
        }
    }
}

/// Why there is no WebSocket though there is a TCP connection.
fn refused(host: String, error: Error) -> Loss {
    match error {
        Error::Http(answer) => Loss::Upgrade {
            host,
            status: answer.status().as_u16(),
        },
        error => match certificate(&error) {
            // It will not be trusted at the next attempt either.
            Some(source) => Loss::Certificate { host, source },
            None => Loss::Socket {
                host,
                source: Box::new(error),
            },
        },
    }
}

/// What is wrong with the certificate, if that is why a connection failed.
fn certificate(error: &Error) -> Option<rustls::Error> {
    let Error::Io(error) = error else {
        return None;
    };
    let error = error.get_ref()?.downcast_ref::<rustls::Error>()?;
    matches!(error, rustls::Error::InvalidCertificate(_)).then(|| error.clone())
}

/// An open WebSocket.
#[derive(Debug)]
pub struct WebSocketConnection {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Connection for WebSocketConnection {
    type Text = Utf8Bytes;

    #[inline]
    async fn receive(&mut self) -> Result<Received<Utf8Bytes>, Loss> {
        match self.socket.next().await {
            Some(Ok(Message::Text(text))) => Ok(Received::Text(text)),
            Some(Ok(Message::Binary(_))) => Ok(Received::Binary),
            Some(Ok(Message::Close(frame))) => Err(closed(frame)),
            // Pings are answered by the socket.
            Some(Ok(_)) => Ok(Received::Control),
            Some(Err(error)) => Err(ended(Some(error))),
            None => Err(ended(None)),
        }
    }

    async fn send(&mut self, text: String) -> Result<(), Loss> {
        let sent = self.socket.send(Message::text(text)).await;
        sent.map_err(|error| ended(Some(error)))
    }

    async fn close(&mut self, farewell: Farewell) {
        let frame = (farewell == Farewell::Done).then(|| CloseFrame {
            code: CloseCode::Normal,
            reason: Utf8Bytes::default(),
        });
        if self.socket.close(frame).await.is_ok() && farewell == Farewell::Done {
            let answer = async { while let Some(Ok(_)) = self.socket.next().await {} };
            let _ = timeout(FAREWELL, answer).await;
        }
    }
}

/// The loss that a close frame stands for.
fn closed(frame: Option<CloseFrame>) -> Loss {
    let (code, reason) = frame.map_or_else(
        || (NO_CODE, String::new()),
        |frame| (frame.code.into(), frame.reason.to_string()),
    );
    Loss::Closed { code, reason }
}

/// The loss that the end of the incoming messages stands for.
fn ended(error: Option<Error>) -> Loss {
    let reason = match error {
        None | Some(Error::ConnectionClosed | Error::AlreadyClosed) => String::new(),
        Some(Error::Capacity(_)) => return Loss::TooLarge { limit: MESSAGE_CAP },
        Some(error) => error.to_string(),
    };
    let code = ABRUPT;
    Loss::Closed { code, reason }
}
