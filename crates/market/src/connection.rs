//! One TCP connection: requests and their faults, and the stream once it is upgraded.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::header::{CONNECTION, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, UPGRADE};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::upgrade::OnUpgrade;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_util::sync::CancellationToken;

use super::body::{Body, empty, respond};
use super::delay::delayed;
use super::market::Market;
use super::record::{Counter, Recorder};
use super::rest::{RestRequest, RestService, code};
use super::script::{RestFault, StreamFaults};
use super::server::ServerOptions;
use super::stream;
use super::ticker::Ticker;
use super::tokens::Tokens;

/// Path of the stream.
const STREAM_PATH: &str = "/realtime";

/// The largest request body that is read.
const BODY_LIMIT: usize = 64 * 1024;

/// The upgrade that a connection was promised, with the number of the stream.
type Promise = Arc<Mutex<Option<(OnUpgrade, StreamContext)>>>;

/// Serves one connection over the line that the script wants.
pub(super) async fn connection(socket: TcpStream, shared: Arc<Shared>) {
    // Small messages must not wait for each other; where the system refuses, they only come later.
    let _slower = socket.set_nodelay(true);
    match shared.rest.script.network.one_way_delay_ms {
        0 => serve(socket, shared).await,
        delay => {
            let delay = Duration::from_millis(delay);
            delayed(socket, delay, |socket| serve(socket, shared)).await;
        }
    }
}

/// Serves requests on one connection, and the stream if it is upgraded to one.
async fn serve<S>(socket: S, shared: Arc<Shared>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let promise = Promise::default();
    let service = service_fn(|request| handle(request, Arc::clone(&shared), Arc::clone(&promise)));
    let stopping = shared.stopping.clone();
    let http = http1::Builder::new()
        .serve_connection(TokioIo::new(socket), service)
        .with_upgrades();
    tokio::select! {
        biased;
        () = stopping.cancelled() => return,
        served = http => if let Err(error) = served {
            tracing::debug!(%error, "a connection broke");
        },
    }
    let promised = promise
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take();
    let Some((upgrade, context)) = promised else {
        return;
    };
    let Ok(upgraded) = upgrade.await else {
        return;
    };
    if context.faults.drop_after_upgrade {
        return;
    }
    context.recorder.count(Counter::StreamConnections, 1);
    let socket = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, None).await;
    stream::serve(socket, context).await;
}

/// A connection that goes away without an answer, because the script says so.
#[derive(Debug, thiserror::Error)]
#[error("the script drops this connection")]
struct Dropped;

async fn handle(
    request: Request<Incoming>,
    shared: Arc<Shared>,
    promise: Promise,
) -> Result<Response<Body>, Dropped> {
    if request.uri().path() == STREAM_PATH {
        return Ok(upgrade(request, &shared, &promise));
    }
    let (head, body) = request.into_parts();
    let Ok(body) = Limited::new(body, BODY_LIMIT).collect().await else {
        return Ok(empty(StatusCode::PAYLOAD_TOO_LARGE));
    };
    let rest = &shared.rest;
    let request = RestRequest::new(&head.method, head.uri, head.headers, body.to_bytes());
    let nth = rest.recorder.request(request.endpoint());
    let rule = rest.script.rest_rule(request.endpoint(), nth);
    let fault = rule.and_then(|rule| rule.fault.as_ref());
    if let Some(delay) = rule.map(|rule| rule.delay_ms).filter(|delay| *delay > 0) {
        tokio::time::sleep(Duration::from_millis(delay)).await;
    }
    match fault {
        Some(RestFault::Drop) => Err(Dropped),
        // Ends with the connection or the server.
        Some(RestFault::Hang) => match std::future::pending::<Infallible>().await {},
        _ => Ok(respond(rest.answer(&request, fault), fault)),
    }
}

/// Answers an upgrade request and leaves the stream to be served when HTTP is done with the connection.
fn upgrade(mut request: Request<Incoming>, shared: &Shared, promise: &Promise) -> Response<Body> {
    shared.rest.recorder.count(Counter::UpgradeAttempts, 1);
    let number = shared.streams.fetch_add(1, Ordering::Relaxed) + 1;
    let faults = shared.rest.script.stream_faults(number);
    if let Some(status) = faults.refuse_upgrade {
        return empty(code(status));
    }
    let accept = request
        .headers()
        .get(SEC_WEBSOCKET_KEY)
        .map(|key| derive_accept_key(key.as_bytes()));
    let Some(accept) = accept.and_then(|key| HeaderValue::try_from(key).ok()) else {
        return empty(StatusCode::BAD_REQUEST);
    };
    let context = shared.stream_context(number, faults);
    let upgrade = hyper::upgrade::on(&mut request);
    *promise.lock().unwrap_or_else(PoisonError::into_inner) = Some((upgrade, context));
    let mut response = empty(StatusCode::SWITCHING_PROTOCOLS);
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
    response
}

/// What all connections share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) rest: RestService,
    streams: AtomicU64,
    pub(super) stopping: CancellationToken,
}

impl Shared {
    pub(super) fn new(options: ServerOptions, address: SocketAddr) -> Self {
        let data = &options.script.data;
        let market = Market::with_extra_symbols(options.seed, options.now, options.extra_symbols)
            .with_halted(data.halted.iter().cloned())
            .without(data.unknown.iter().cloned())
            .with_contracts(&data.contracts);
        let rest = RestService::new(
            Arc::new(market),
            Ticker::start(options.tick),
            options.script,
            options.credentials,
            stream_url(address),
        );
        Self {
            rest,
            streams: AtomicU64::new(0),
            stopping: CancellationToken::new(),
        }
    }

    fn stream_context(&self, connection: u64, faults: StreamFaults) -> StreamContext {
        StreamContext {
            market: Arc::clone(&self.rest.market),
            ticker: self.rest.ticker,
            faults,
            tokens: Arc::clone(&self.rest.tokens),
            recorder: self.rest.recorder.clone(),
            connection,
            stopping: self.stopping.clone(),
        }
    }
}

/// What a stream connection needs from the server.
#[derive(Clone, Debug)]
pub struct StreamContext {
    /// The market it reports.
    pub market: Arc<Market>,
    /// Which tick it is.
    pub ticker: Ticker,
    /// What goes wrong on this connection.
    pub faults: StreamFaults,
    /// The tokens it accepts.
    pub tokens: Arc<Tokens>,
    /// Where it notes what it sees.
    pub recorder: Recorder,
    /// Its number, counted from 1.
    pub connection: u64,
    /// Cancelled when the server is about to stop.
    pub stopping: CancellationToken,
}

pub(super) fn stream_url(address: SocketAddr) -> String {
    format!("ws://{address}{STREAM_PATH}")
}
