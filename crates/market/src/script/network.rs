//! How the line between client and server behaves, for requests and streams alike.

use serde::Deserialize;

/// Properties of the line; the default is a loopback socket as it comes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Network {
    /// Milliseconds that everything takes in each direction once a connection stands. Nothing is throttled: what is sent
    /// together arrives together.
    pub one_way_delay_ms: u64,
    /// Bytes of the kernel's receive buffer, so that a server that stops reading is felt soon.
    pub receive_buffer_bytes: Option<u32>,
}
