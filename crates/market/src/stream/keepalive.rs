//! The two clocks of a connection: how long the client may be silent, and when the server must speak.
//!
//! See `docs/reference/dxlink-protocol.md`, "4. Keepalive".
//!
//! The protocol's texts disagree on which announced timeout binds whom, so the client is held to the shortest of all.

use std::time::Duration;

use tokio::time::Instant;

use super::wire::Setup;
use crate::script::StreamFaults;

/// The timeout where none is announced, in seconds.
const USUAL: f64 = 60.0;
/// The longest the server itself stays silent, in seconds.
const LONGEST_SILENCE: f64 = 30.0;

/// The clocks and the timeouts both sides announced.
#[derive(Debug)]
pub(super) struct Keepalive {
    own: [Option<f64>; 2],
    client: Setup,
    heard: Instant,
    said: Instant,
}

impl Keepalive {
    pub(super) fn new(faults: &StreamFaults, now: Instant) -> Self {
        let own = if faults.omit_timeouts {
            [None; 2]
        } else {
            [faults.keepalive_timeout, faults.accept_keepalive_timeout]
        };
        Self {
            own,
            client: Setup::default(),
            heard: now,
            said: now,
        }
    }

    /// Takes the timeouts of the client's SETUP; a repeated SETUP replaces the earlier.
    pub(super) fn negotiate(&mut self, setup: &Setup) {
        self.client = setup.clone();
    }

    pub(super) fn heard(&mut self, now: Instant) {
        self.heard = now;
    }

    pub(super) fn said(&mut self, now: Instant) {
        self.said = now;
    }

    /// Whether the client was silent for longer than it may.
    pub(super) fn is_expired(&self, now: Instant) -> bool {
        now >= self.client_deadline()
    }

    /// Whether the server has been silent for as long as it may.
    pub(super) fn is_owed(&self, now: Instant) -> bool {
        now >= self.own_deadline()
    }

    /// When one of the clocks runs out next.
    pub(super) fn due(&self) -> Instant {
        self.client_deadline().min(self.own_deadline())
    }

    fn client_deadline(&self) -> Instant {
        let [keepalive, accept] = self.own;
        self.heard + Duration::from_secs_f64(shortest([keepalive, accept, self.client.keepalive]))
    }

    fn own_deadline(&self) -> Instant {
        let timeout = shortest([
            self.own[0],
            self.client.keepalive,
            self.client.accept_keepalive,
        ]);
        self.said + Duration::from_secs_f64(LONGEST_SILENCE.min(timeout / 2.0))
    }
}

/// The shortest usable timeout; one that is not above zero counts as absent.
fn shortest(timeouts: [Option<f64>; 3]) -> f64 {
    timeouts
        .into_iter()
        .flatten()
        .filter(|seconds| seconds.is_finite() && *seconds > 0.0)
        .reduce(f64::min)
        .unwrap_or(USUAL)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clocks(own: [Option<f64>; 2], client: [Option<f64>; 2]) -> (f64, f64) {
        let now = Instant::now();
        let faults = StreamFaults {
            keepalive_timeout: own[0],
            accept_keepalive_timeout: own[1],
            ..StreamFaults::default()
        };
        let mut keepalive = Keepalive::new(&faults, now);
        keepalive.negotiate(&Setup {
            version: String::new(),
            keepalive: client[0],
            accept_keepalive: client[1],
        });
        (
            (keepalive.client_deadline() - now).as_secs_f64(),
            (keepalive.own_deadline() - now).as_secs_f64(),
        )
    }

    #[test]
    fn the_client_is_held_to_the_shortest_timeout() {
        let sixty = Some(60.0);
        assert_eq!(clocks([None; 2], [None; 2]), (60.0, 30.0));
        assert_eq!(clocks([Some(3.0), sixty], [sixty; 2]), (3.0, 1.5));
        assert_eq!(clocks([sixty, Some(3.0)], [sixty; 2]), (3.0, 30.0));
        assert_eq!(clocks([sixty; 2], [Some(20.0), sixty]), (20.0, 10.0));
        assert_eq!(clocks([sixty; 2], [sixty, Some(10.0)]), (60.0, 5.0));
    }

    #[test]
    fn useless_timeouts_count_as_absent() {
        assert_eq!(
            clocks([Some(0.0), Some(f64::NAN)], [Some(-1.0), None]),
            (60.0, 30.0)
        );
    }
}
