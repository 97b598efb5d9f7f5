//! The listener: one loopback port for REST, chart and stream.
//!
//! Tasks belong to the server: dropping it ends them all, and [`Server::shutdown`] gives streams a moment to say goodbye.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::connection::{Shared, connection, stream_url};
use super::market::Market;
use super::record::Record;
use super::script::Script;
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
            script: Script::default(),
        }
    }
}

/// Why a server could not be started.
#[derive(Debug, thiserror::Error)]
pub enum SimError {
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
    pub async fn start(options: ServerOptions) -> Result<Self, SimError> {
        let port = options.port;
        let listen = |source| SimError::Listen { port, source };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .await
            .map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let shared = Arc::new(Shared::new(options, address));
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, Arc::clone(&shared)));
        tracing::info!(%address, "the built-in market is open");
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
        &self.shared.desk.market
    }

    /// What was seen so far.
    pub fn record(&self) -> Record {
        self.shared.desk.recorder.snapshot()
    }

    /// The tokens issued so far.
    pub fn tokens(&self) -> &Tokens {
        &self.shared.desk.tokens
    }

    /// Ends the server: streams are told, then every task is stopped.
    pub async fn shutdown(mut self) {
        self.shared.stopping.cancel();
        // Whoever is not done by then is cut off by the drop of the task set.
        let _late = timeout(FAREWELL, self.tasks.join_next()).await;
    }
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
