//! Faults as data: what goes wrong, where and how often. Read from a JSON file or built in a test.
//!
//! It only describes; the server and the stream act on it.

mod data;
mod network;
mod rest;
mod snapshots;
mod stream;

pub use data::{ContractHistory, DataFaults, MetricGap, Oddity};
pub use network::Network;
pub use rest::{Endpoint, GrantRefusal, ReplyBody, RestFault, RestRule};
pub use snapshots::{Sequel, SequelAct, SnapshotRule, SnapshotShape};
pub use stream::{
    AuthFault, CloseFault, FeedConfigFault, FieldsFault, Junk, MidSession, MidSessionAct,
    StreamFaults, StreamRule,
};

use serde::Deserialize;

/// Everything that shall go wrong; the default is nothing.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Script {
    /// Faults of requests, in order: the first rule that matches a request decides.
    pub rest: Vec<RestRule>,
    /// Faults of streams, in order: the first rule that matches a connection decides.
    pub stream: Vec<StreamRule>,
    /// Oddities in the data itself.
    pub data: DataFaults,
    /// How the line to every client behaves.
    pub network: Network,
}

impl Script {
    /// Reads a script from JSON.
    ///
    /// # Errors
    /// When the text is no JSON or names something that cannot be scripted.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// The same script with every stream in the profile that the official clients need.
    #[must_use]
    pub fn peer_compatible(mut self) -> Self {
        self.stream
            .push(StreamRule::always(StreamFaults::default()));
        for rule in &mut self.stream {
            rule.faults.peer_compatible = true;
        }
        self
    }

    /// The faults of a stream connection, counted from 1.
    pub fn stream_faults(&self, connection: u64) -> StreamFaults {
        self.stream
            .iter()
            .find(|rule| rule.connection.is_none_or(|number| number == connection))
            .map(|rule| rule.faults.clone())
            .unwrap_or_default()
    }

    /// The rule for the nth request to an endpoint, counted from 1.
    pub fn rest_rule(&self, endpoint: Endpoint, nth: u64) -> Option<&RestRule> {
        self.rest.iter().find(|rule| rule.matches(endpoint, nth))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_reads_from_json() {
        let script = Script::from_json(
            r#"{
              "rest": [
                {"endpoint": "market-metrics", "first": 2, "times": 1,
                 "fault": {"reply": {"status": 429, "body": {"text": "slow down"}, "headers": {"Retry-After": "1"}}}},
                {"endpoint": "oauth-token", "fault": {"token-refused": "invalid-jwt"}},
                {"endpoint": "any", "delay-ms": 20}
              ],
              "stream": [
                {"connection": 1, "faults": {"refuse-upgrade": 502}},
                {"faults": {"auth": "error-unauthorized", "silent-symbols": ["SPY"], "delay-ms": {"SETUP": 30}}}
              ],
              "data": {"unknown": ["QQQ"], "quote-token-level": "demo"}
            }"#,
        )
        .unwrap();
        assert_eq!(script.stream_faults(1).refuse_upgrade, Some(502));
        assert_eq!(script.stream_faults(2).auth, AuthFault::ErrorUnauthorized);
        assert!(matches!(
            script.rest_rule(Endpoint::MarketMetrics, 2).unwrap().fault,
            Some(RestFault::Reply { status: 429, .. })
        ));
        assert_eq!(
            script
                .rest_rule(Endpoint::MarketMetrics, 3)
                .unwrap()
                .delay_ms,
            20
        );
    }

    #[test]
    fn the_profile_for_official_clients_keeps_the_script() {
        let script = Script {
            stream: vec![StreamRule::on(
                2,
                StreamFaults {
                    silent: true,
                    ..StreamFaults::default()
                },
            )],
            ..Script::default()
        }
        .peer_compatible();
        for (connection, silent) in [(1, false), (2, true)] {
            let faults = script.stream_faults(connection);
            assert_eq!((faults.silent, faults.peer_compatible), (silent, true));
        }
    }

    #[test]
    fn a_misspelled_key_is_an_error() {
        for text in [
            r#"{"rests": []}"#,
            r#"{"rest": [{"endpoint": "chart", "after": 2}]}"#,
            r#"{"data": {"unknowns": []}}"#,
            r#"{"stream": [{"faults": {"silence": true}}]}"#,
        ] {
            assert!(Script::from_json(text).is_err(), "{text}");
        }
    }
}
