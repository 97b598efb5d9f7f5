//! Drives the real binary.

mod layers;
