//! Commands: the composition root.

pub mod args;
pub mod config;
pub mod symbols;
