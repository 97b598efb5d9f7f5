//! The tastytrade REST client.
