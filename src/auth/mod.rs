//! OAuth refresh grant and the access token.
//!
//! See `docs/reference/tastytrade-rest.md`, "3. Authentication".
//!
//! The room turns credentials into a bearer token and keeps it in memory until shortly before it dies. It does not know
//! what the token is for, nor where the credentials come from; where the token is kept between runs is up to the caller.

mod error;
mod facts;
mod grant;
mod login;
mod token_store;

pub use error::{AuthError, RefusalReason};
pub use facts::{BrokerEnvironment, TokenFacts, TokenKind};
pub use login::Login;
