//! The DXLink stream client (dxlink-protocol).
//!
//! Bytes, rules and bookkeeping are apart: `session` is a pure state machine over `channels`, `decode` turns frames into
//! typed records, [`ledger`] knows what should be subscribed and [`pace`] how fast that may be told, [`table`] keeps the
//! newest value per type and symbol and [`series`] the bars that [`snapshot`] puts together, and one task in `connection`
//! moves bytes between them and the socket. Everyone else holds a [`Feed`].

pub mod candle_symbol;
pub mod channels;
mod connection;
pub mod decode;
mod desk;
pub mod error;
pub mod event;
pub mod feed;
pub mod frame;
pub mod history;
pub mod keepalive;
pub mod ledger;
pub mod limits;
pub mod message;
pub mod names;
mod number;
pub mod pace;
mod patience;
mod scan;
pub mod schema;
pub mod series;
pub mod session;
pub mod snapshot;
mod socket;
pub mod table;
mod value;

pub use candle_symbol::{CandleSymbol, CandleSymbolError};
pub use channels::Role;
pub use error::{Loss, Retry};
pub use event::{Candle, Event, EventType, Millis};
pub use feed::{Changes, Feed, FeedOptions, Grant, Grants, NoGrant, Notice, Stats};
pub use ledger::Subscription;
pub use pace::Pacing;
pub use series::{SeriesChange, SeriesFailure, SeriesNews, SeriesRequest};
pub use table::Change;
