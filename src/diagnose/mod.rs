//! The way from credentials to the first event, layer by layer.
