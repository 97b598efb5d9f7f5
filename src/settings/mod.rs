//! Flags, environment and files resolved into one struct with origins.
