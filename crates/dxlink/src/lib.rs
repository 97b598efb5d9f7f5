//! A client of DXLink, the WebSocket protocol by which dxFeed and brokers such as tastytrade stream market data.
//!
//! A [`Feed`] is a handle: cheap to clone, and every clone speaks to the same connection. [`Feed::new`] makes it together
//! with the one task that owns the socket. What is subscribed is registered at once, connected or not, and survives a lost
//! connection. [`Feed::changes`] hands over everything new since the last look: the newest [`Event`] of each type and
//! symbol, the bars of [series](SeriesRequest), and what happened to the connection as [`Notice`]s. A slow reader finds
//! newer values and never a longer queue.
//!
//! ```no_run
//! use dxlink::{Event, EventType, Feed, FeedOptions, Access, Subscription, WebSocket};
//!
//! # async fn run(tls: std::sync::Arc<rustls::ClientConfig>) {
//! let access = Access::open("wss://demo.dxfeed.com/market-data/dxlink-ws");
//! let (feed, task) = Feed::new(FeedOptions::default(), access, WebSocket::new(tls));
//! tokio::spawn(task);
//! feed.subscribe(vec![Subscription::new(EventType::Quote, "SPY")]).await;
//! while let Some(changes) = feed.changes().await {
//!     for change in changes.events {
//!         if let Event::Quote(quote) = change.event {
//!             println!("{} {:?}", change.symbol, quote.bid_price.available());
//!         }
//!     }
//! }
//! # }
//! ```
//!
//! # What it sees to
//!
//! - The handshake, both keepalive clocks, reconnects with growing pauses, a fresh token for each connection
//!   ([`TokenSource`]). [`Loss`] says why a connection ended and [`Loss::retry`] what may be done about it.
//! - The limits of a session ([`limits`], [`Pacing`]): how many subscriptions it holds, how many may change in a minute,
//!   how large a message may be; what is worth more to a reader goes first.
//! - Snapshots of candles: a [`SeriesNews::Snapshot`] is whole, and a reconnect resumes where the bars end.
//! - Texts of the server never contain the token.
//!
//! Sockets and TLS are behind [`Transport`]; [`WebSocket`] is the one that comes with the crate. Whoever wants the rules of
//! the protocol without the task finds them in [`protocol`].
//!
//! # Modules
//!
//! A module knows only the modules listed beside it.
//!
//! | module | owns | may use |
//! |---|---|---|
//! | `address`, `backoff`, `candle_symbol`, [`event`], `keepalive`, `pace`, `snapshot`, `spacing`, `token` | one subject each | – |
//! | `error` | why a connection ended | address |
//! | `access` | where tokens come from | token |
//! | `transport` | frames in and out | error |
//! | `websocket` | the transport over TCP and TLS | address, error, transport |
//! | `options` | what the owner chooses | pace |
//! | `reconnect` | whether and when to connect again | backoff, error, options |
//! | [`limits`], `role`, `value`, `schema` | what a session holds, what a channel is for, values, rows | event |
//! | `message` | every message but FEED_DATA | event, token, value |
//! | `decode` | FEED_DATA as records | event, schema, value |
//! | `names` | symbols and their numbers | decode, event |
//! | `table` | the newest value of each type and symbol | decode, event, names |
//! | `frame` | one text frame; the fast way through it is a module of its own inside | decode, event, message, schema, value |
//! | `action` | what the session asks of the owner of the socket | role |
//! | `channels` | the feed channels of one connection, pure | action, error, message, role |
//! | `session` | the conversation, pure | action, channels, error, keepalive, message, role, token |
//! | `subscription` | one subscription | event |
//! | `subscription_set` | what is subscribed on a channel | event, pace, subscription |
//! | `series` | series of bars, and whose turn it is | candle_symbol, event, limits, snapshot, subscription |
//! | `history` | the series and their subscriptions | candle_symbol, event, series, subscription_set, table |
//! | `changes` | what a reader is given | decode, error, series, subscription, table |
//! | `undelivered` | changes whose reader went away | changes |
//! | `feed_state` | the state that outlives connections | candle_symbol, changes, event, history, limits, options, pace, role, series, subscription, subscription_set, table, undelivered |
//! | `connection` | one open connection | action, changes, error, feed_state, frame, keepalive, message, options, role, session, spacing, subscription_set, token, transport |
//! | `task` | the task: access, connections, reconnects | access, changes, connection, error, feed_state, options, reconnect, role, token, transport |
//! | `feed` | the handle | access, candle_symbol, changes, feed_state, options, series, subscription, task, transport, undelivered |
//! | [`protocol`] | the way to the pure parts | everything |

mod access;
mod action;
mod address;
mod backoff;
mod candle_symbol;
mod changes;
mod channels;
mod connection;
mod decode;
mod error;
pub mod event;
mod feed;
mod feed_state;
mod frame;
mod history;
mod keepalive;
pub mod limits;
mod message;
mod names;
mod options;
mod pace;
pub mod protocol;
mod reconnect;
mod role;
mod schema;
mod series;
mod session;
mod snapshot;
mod spacing;
mod subscription;
mod subscription_set;
mod table;
mod task;
#[cfg(test)]
mod testing;
mod token;
mod transport;
mod undelivered;
mod value;
mod websocket;

pub use access::{Access, NoAccess, TokenSource};
pub use address::AddressError;
pub use candle_symbol::{CandleSymbol, CandleSymbolError};
pub use changes::{Changes, Notice, Sent, Stats};
pub use decode::Faults;
pub use error::{Loss, RetryAdvice};
pub use event::{Candle, Event, EventType, Millis};
pub use feed::Feed;
pub use options::FeedOptions;
pub use pace::Pacing;
pub use series::{SeriesChange, SeriesFailure, SeriesNews, SeriesRequest};
pub use subscription::Subscription;
pub use table::Change;
pub use token::Token;
pub use transport::{Connection, Farewell, Received, Transport};
pub use websocket::{WebSocket, WebSocketConnection};

/// Compiles what the README shows.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
