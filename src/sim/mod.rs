//! The built-in market.
