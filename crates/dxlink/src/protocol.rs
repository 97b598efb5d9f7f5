//! The rules of the protocol without sockets, clocks and tasks, for whoever brings an event loop of their own.
//!
//! Each part is a plain value: messages and moments go in, frames and facts come out. [`Feed`](crate::Feed) is one way to
//! put them together; tests and fuzzers are others.
//!
//! # States of a session
//!
//! ```text
//!                 begin: send SETUP
//!                        │
//!                        ▼
//!                 ┌─────────────┐
//!                 │ AwaitSetup  │
//!                 └──────┬──────┘
//!                        │ SETUP: Timeouts
//!                        ▼
//!               ┌─────────────────┐  AUTH_STATE AUTHORIZED (no token needed)
//!               │ AwaitAuthState  │───────────────────────────────┐
//!               └────────┬────────┘                               │
//!                        │ AUTH_STATE UNAUTHORIZED: send AUTH     │
//!                        ▼                                        │
//!               ┌─────────────────┐                               │
//!               │ AwaitAuthorised │                               │
//!               └────────┬────────┘                               │
//!                        │ AUTH_STATE AUTHORIZED                  │
//!                        ▼                                        ▼
//!      ┌────────────────────────────────────────────────────────────────┐
//!      │ Ready: Authorised, send CHANNEL_REQUEST                        │
//!      │   each channel: requested ──CHANNEL_OPENED──▶ open             │
//!      │   CHANNEL_CLOSED: ChannelLost, requested once more, then lost  │
//!      └────────────────────────────────────────────────────────────────┘
//!
//!      every state: an overdue answer, a refusal or the end of the connection ──▶ Loss
//! ```
//!
//! # Order of calls
//!
//! 1. [`Session::begin`]; perform its [`Action`]s in order, now and after every call below.
//! 2. For every text frame: note it with [`Keepalive::on_received`], read it with [`Decoder::read`].
//!    [`Frame::Data`] has left its rows in [`Decoder::batch`] for [`Table::store`] or [`History::store`], whichever
//!    [`Session::role`] says; [`Frame::Control`] goes to [`Session::on_message`]; a frame that cannot be read to
//!    [`Session::on_unreadable`].
//! 3. On [`Action::ChannelOpened`]: [`Decoder::open`], `channel_opened` of the channel's subscriptions, and send
//!    [`Outbound::feed_setup`]. On [`Action::Configured`]: merge the fields into [`Decoder::schema_mut`]. On
//!    [`Action::ChannelLost`]: [`Decoder::close`] and `channel_closed`. On [`Action::Timeouts`]: [`Keepalive::negotiate`].
//! 4. Before every wait: [`Session::want_history`] if series are wanted, then send what `next` of the subscriptions gives
//!    until it gives none; note what was sent with `on_sent` of the subscriptions and [`Keepalive::on_sent`].
//! 5. Wait for a frame, at most until [`Session::deadline`] and [`Keepalive::next`]; then [`Session::on_time`] and
//!    [`Keepalive::due`].
//! 6. When the connection ends: [`Session::on_closed`] says what that means in the state the session is in.

pub use crate::action::Action;
pub use crate::decode::Names;
pub use crate::frame::{Decoder, Frame, Malformed};
pub use crate::history::History;
pub use crate::keepalive::{Due, Keepalive};
pub use crate::message::{AuthState, ChannelParameters, Message, Outbound, SetupAnswer};
pub use crate::names::Symbols;
pub use crate::pace::Pace;
pub use crate::role::Role;
pub use crate::schema::{Column, Plan, Schema};
pub use crate::session::{AwaitAuthState, AwaitAuthorised, AwaitSetup, Ready, Session};
pub use crate::subscription_set::{Next, SubscriptionSet};
pub use crate::table::Table;
