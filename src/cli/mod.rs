//! Commands: the composition root.
