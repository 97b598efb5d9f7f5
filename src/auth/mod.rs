//! OAuth refresh grant and the access token.
