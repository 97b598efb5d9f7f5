//! The DXLink stream client.
