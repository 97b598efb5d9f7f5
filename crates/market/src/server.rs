//! The listener: one loopback port for REST, chart and stream.
//!
//! Tasks belong to the server: dropping it ends them all, and [`Server::shutdown`] gives streams a moment to say goodbye.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::net::{TcpListener, TcpSocket};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::connection::{Shared, connection, stream_url};
use super::market::Market;
use super::record::Record;
use super::script::{Network, Script};
use super::tokens::{Credentials, Tokens};

/// How long streams may take to say goodbye.
const FAREWELL: Duration = Duration::from_millis(500);

/// How a server is started.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// Port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// Seed of the market.
    pub seed: u64,
    /// The moment at which the market stands when the server starts.
    pub now: Timestamp,
    /// Time between two moves of the market; it stands still when absent.
    pub tick: Option<Duration>,
    /// What a login must show; anything when absent.
    pub credentials: Option<Credentials>,
    /// Made-up stocks besides the usual symbols, at most 456 976; [`extra_symbol`](crate::extra_symbol) names them.
    pub extra_symbols: usize,
    /// What goes wrong.
    pub script: Script,
}

impl ServerOptions {
    /// A market that stands still at a moment, on a free port, with nothing going wrong.
    pub fn at(now: Timestamp) -> Self {
        Self {
            port: 0,
            seed: 1,
            now,
            tick: None,
            credentials: None,
            extra_symbols: 0,
            script: Script::default(),
        }
    }
}

/// Why a server could not be started.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The port cannot be listened on.
    #[error("cannot listen on 127.0.0.1:{port}")]
    Listen {
        /// The port that was asked for.
        port: u16,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

/// A running server.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    /// The accepting task, which owns all others.
    tasks: JoinSet<()>,
}

impl Server {
    /// Starts a server on the current runtime.
    ///
    /// # Errors
    /// When the port is taken.
    pub async fn start(options: ServerOptions) -> Result<Self, ServerError> {
        let port = options.port;
        let listen = |source| ServerError::Listen { port, source };
        let listener = listener(port, &options.script.network)
            .await
            .map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let shared = Arc::new(Shared::new(options, address));
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, Arc::clone(&shared)));
        tracing::info!("the built-in market is open at {address}");
        Ok(Self {
            address,
            shared,
            tasks,
        })
    }

    /// Base of the REST and chart addresses, without a slash at the end.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Address of the stream.
    pub fn ws_url(&self) -> String {
        stream_url(self.address)
    }

    /// The market behind the server.
    pub fn market(&self) -> &Market {
        &self.shared.rest.market
    }

    /// What was seen so far.
    pub fn record(&self) -> Record {
        self.shared.rest.recorder.snapshot()
    }

    /// The tokens issued so far.
    pub fn tokens(&self) -> &Tokens {
        &self.shared.rest.tokens
    }

    /// Ends the server: streams are told, then every task is stopped.
    pub async fn shutdown(mut self) {
        self.shared.stopping.cancel();
        // Whoever is not done by then is cut off by the drop of the task set.
        let _late = timeout(FAREWELL, self.tasks.join_next()).await;
    }
}

/// Listens on loopback; accepted sockets inherit the size of the receive buffer.
async fn listener(port: u16, network: &Network) -> io::Result<TcpListener> {
    /// Connections that may wait to be accepted.
    const BACKLOG: u32 = 1024;
    let Some(bytes) = network.receive_buffer_bytes else {
        return TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
    };
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(bytes)?;
    socket.bind((Ipv4Addr::LOCALHOST, port).into())?;
    socket.listen(BACKLOG)
}

/// Accepts connections until the server stops, then waits for them; it owns their tasks.
async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            () = shared.stopping.cancelled() => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((socket, _)) => {
                    connections.spawn(connection(socket, Arc::clone(&shared)));
                }
                Err(error) => tracing::debug!(%error, "a connection was not accepted"),
            },
        }
    }
    while connections.join_next().await.is_some() {}
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use super::super::record::Counter;
    use super::super::script::{
        Endpoint, ReplyBody, RestFault, RestRule, StreamFaults, StreamRule,
    };
    use super::*;

    const PATH: &str = "/market-time/equities/sessions/current";

    async fn server(rest: Vec<RestRule>, stream: Vec<StreamRule>) -> Server {
        let mut options = ServerOptions::at("2026-11-20T15:30:00Z".parse().unwrap());
        options.script.rest = rest;
        options.script.stream = stream;
        Server::start(options).await.unwrap()
    }

    /// Everything that comes back until the server closes the connection; a torn connection counts as closed.
    async fn exchange(server: &Server, request: &str) -> String {
        let mut socket = TcpStream::connect(server.address).await.unwrap();
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let _torn = socket.read_to_end(&mut answer).await;
        String::from_utf8(answer).unwrap()
    }

    async fn login(server: &Server) -> String {
        let body = "grant_type=refresh_token&refresh_token=a&client_secret=b";
        let answer = exchange(
            server,
            &format!(
                "POST /oauth/token HTTP/1.1\r\nHost: x\r\nUser-Agent: test/1.0\r\nConnection: close\r\n\
                 Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            ),
        )
        .await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        server.tokens().issued().remove(0)
    }

    async fn fetch(server: &Server, token: &str) -> String {
        let request = format!(
            "GET {PATH} HTTP/1.1\r\nHost: x\r\nUser-Agent: test/1.0\r\nAuthorization: Bearer {token}\r\n\
             Connection: close\r\n\r\n"
        );
        exchange(server, &request).await
    }

    async fn upgrade(server: &Server) -> String {
        let request = "GET /realtime HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                       Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        exchange(server, request).await
    }

    #[tokio::test]
    async fn a_login_opens_the_endpoints() {
        let server = server(vec![], vec![]).await;
        let token = login(&server).await;
        let answer = fetch(&server, &token).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(answer.contains(r#""state":"Open""#), "{answer}");
        let record = server.record();
        assert_eq!(record.violations, []);
        assert_eq!(record.requests("session"), 1);
        let arrived: Vec<Endpoint> = record.arrivals.iter().map(|a| a.endpoint).collect();
        assert_eq!(arrived, [Endpoint::OauthToken, Endpoint::Session]);
        assert!(record.arrivals[0].at <= record.arrivals[1].at);
        server.shutdown().await;
    }

    #[tokio::test]
    async fn faults_reach_the_wire_in_turn() {
        let reply = RestFault::Reply {
            status: 429,
            body: ReplyBody::Text("slow down".to_owned()),
            headers: [("Retry-After".to_owned(), "7".to_owned())].into(),
        };
        let nth = |first, fault| RestRule {
            first,
            ..RestRule::times(Endpoint::Session, 1, fault)
        };
        let server = server(
            vec![
                nth(1, reply),
                nth(2, RestFault::Drop),
                nth(3, RestFault::CutOff { keep: 10 }),
                nth(4, RestFault::Truncate { keep: 10 }),
                nth(5, RestFault::ExpireToken),
            ],
            vec![],
        )
        .await;
        let token = login(&server).await;
        let limited = fetch(&server, &token).await;
        assert!(limited.starts_with("HTTP/1.1 429") && limited.ends_with("slow down"));
        assert!(limited.contains("retry-after: 7\r\n"), "{limited}");
        assert_eq!(fetch(&server, &token).await, "");
        let torn = fetch(&server, &token).await;
        assert!(!torn.contains("content-length: 10\r\n"), "{torn}");
        assert!(
            torn.contains("content-length: ") && torn.ends_with("\r\n\r\n{\"data\":{\""),
            "{torn}"
        );
        let short = fetch(&server, &token).await;
        assert!(
            short.contains("content-length: 10\r\n") && short.ends_with("{\"data\":{\""),
            "{short}"
        );
        assert!(fetch(&server, &token).await.starts_with("HTTP/1.1 401"));
        assert!(fetch(&server, &token).await.starts_with("HTTP/1.1 401"));
        let rules: Vec<&str> = server.record().violations.iter().map(|v| v.rule).collect();
        assert_eq!(rules, ["expired-token"]);
    }

    #[tokio::test]
    async fn an_upgrade_is_answered_with_the_key_of_the_websocket_standard() {
        let faults = StreamFaults {
            drop_after_upgrade: true,
            ..StreamFaults::default()
        };
        let server = server(vec![], vec![StreamRule::on(1, faults)]).await;
        let answer = upgrade(&server).await;
        assert!(answer.starts_with("HTTP/1.1 101"), "{answer}");
        // RFC 6455, section 1.3.
        assert!(
            answer.contains("sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"),
            "{answer}"
        );
        assert_eq!(server.record().count(Counter::UpgradeAttempts), 1);
    }

    #[tokio::test]
    async fn an_upgrade_can_be_refused() {
        let faults = StreamFaults {
            refuse_upgrade: Some(502),
            ..StreamFaults::default()
        };
        let server = server(vec![], vec![StreamRule::always(faults)]).await;
        let request = "GET /realtime HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        assert!(exchange(&server, request).await.starts_with("HTTP/1.1 502"));
        assert_eq!(server.record().count(Counter::StreamConnections), 0);
    }

    #[tokio::test]
    async fn a_hanging_request_does_not_keep_the_server_from_stopping() {
        let server = server(
            vec![RestRule::always(Endpoint::Any, RestFault::Hang)],
            vec![],
        )
        .await;
        let mut socket = TcpStream::connect(server.address).await.unwrap();
        let request = "GET /customers/me HTTP/1.1\r\nHost: x\r\n\r\n";
        socket.write_all(request.as_bytes()).await.unwrap();
        server.shutdown().await;
        let mut rest = Vec::new();
        let _torn = socket.read_to_end(&mut rest).await;
        assert_eq!(rest, b"");
    }

    #[tokio::test]
    async fn a_stalled_answer_begins_and_never_ends() {
        let stall = RestRule::always(Endpoint::Session, RestFault::Stall { keep: 6 });
        let server = server(vec![stall], vec![]).await;
        let token = login(&server).await;
        let mut socket = TcpStream::connect(server.address).await.unwrap();
        let request = format!(
            "GET {PATH} HTTP/1.1\r\nHost: x\r\nUser-Agent: test/1.0\r\nAuthorization: Bearer {token}\r\n\r\n"
        );
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        while !answer.ends_with("\r\n\r\n{\"data") {
            let mut bytes = [0; 512];
            let read = socket.read(&mut bytes).await.unwrap();
            assert_ne!(read, 0, "{answer}");
            answer.push_str(std::str::from_utf8(&bytes[..read]).unwrap());
        }
        server.shutdown().await;
        assert_eq!(socket.read(&mut [0; 16]).await.unwrap_or(0), 0);
    }

    #[tokio::test]
    async fn a_taken_port_is_named() {
        let first = server(vec![], vec![]).await;
        let mut options = ServerOptions::at(Timestamp::UNIX_EPOCH);
        options.port = first.address.port();
        let error = Server::start(options).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("cannot listen on 127.0.0.1:{}", first.address.port())
        );
    }
}
