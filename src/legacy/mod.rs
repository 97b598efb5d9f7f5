//! Keyless last-rank sources.
