//! `volq diagnose-access`: the first layer that fails, the exit code that follows from it, and what to do. Each file
//! breaks one part of the way.
//!
//! See `docs/reference/tastytrade-rest.md`, "12. `diagnose-access` decision table".

mod credentials;
mod events;
mod login;
mod output;
mod providers;
mod stream;
mod values;

use std::process::Command;

use serde_json::Value;

use crate::harness::{Finished, Harness};

/// Every layer that needs no switch, in order.
const ORDER: [&str; 15] = [
    "settings",
    "credentials",
    "rest_reachable",
    "oauth",
    "customer",
    "quote_token",
    "stream_connect",
    "stream_setup",
    "stream_auth",
    "stream_channel",
    "events",
    "rest_metrics",
    "rest_quotes",
    "legacy",
    "clock",
];

/// The layers that only the stream is about.
const STREAM: [&str; 5] = [
    "stream_connect",
    "stream_setup",
    "stream_auth",
    "stream_channel",
    "events",
];

/// The layers that the other sources are about.
const OTHERS: [&str; 4] = ["rest_metrics", "rest_quotes", "legacy", "clock"];

/// A market in which requests go wrong as listed.
fn rest_market(rules: &str) -> Harness {
    Harness::scripted(&format!(r#"{{"rest": [{rules}]}}"#))
}

/// A market in which every stream connection goes wrong in this way.
fn stream_market(faults: &str) -> Harness {
    Harness::scripted(&format!(r#"{{"stream": [{{"faults": {{{faults}}}}}]}}"#))
}

/// What a run found out, read from its document.
struct Diagnosis {
    run: Finished,
    layers: Vec<Value>,
    verdict: String,
}

impl Diagnosis {
    /// Runs a diagnosis with these options.
    #[track_caller]
    fn of(market: &Harness, options: &str) -> Self {
        let command = market.command(&format!("diagnose-access --json {options}"));
        Self::from(market, command)
    }

    /// Runs a prepared command.
    #[track_caller]
    fn from(market: &Harness, command: Command) -> Self {
        Self::read(market.run(command, ""))
    }

    /// Reads the document, and checks what holds for every one of them.
    #[track_caller]
    fn read(run: Finished) -> Self {
        let document = run.json();
        let found = Self {
            layers: document["layers"].as_array().unwrap().clone(),
            verdict: document["verdict"].as_str().unwrap().to_owned(),
            run,
        };
        let whole: Vec<&str> = found.names().filter(|name| !name.contains('.')).collect();
        assert_eq!(whole, ORDER, "{}", found.run.stdout);
        assert!(found.verdict.ends_with('.') && !found.verdict.contains('\n'));
        for layer in &found.layers {
            found.hold_rules(layer);
        }
        found
    }

    /// A layer that does not work says why, and a failure also what to do.
    #[track_caller]
    fn hold_rules(&self, layer: &Value) {
        let status = layer["status"].as_str().unwrap();
        let words = |key: &str| {
            let text = layer[key].as_str().unwrap_or_default();
            text.split_whitespace().count()
        };
        let shown = &self.run.stdout;
        assert!(
            words("detail") > 0,
            "{} says nothing: {shown}",
            layer["name"]
        );
        match status {
            "fail" => assert!(words("hint") > 1, "{} has no hint: {shown}", layer["name"]),
            "ok" | "skip" => assert!(
                layer["hint"].is_null(),
                "{} has one: {shown}",
                layer["name"]
            ),
            _ => {}
        }
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.layers
            .iter()
            .map(|layer| layer["name"].as_str().unwrap())
    }

    /// A layer by its name.
    #[track_caller]
    fn layer(&self, name: &str) -> &Value {
        let mut layers = self.layers.iter();
        let layer = layers.find(|layer| layer["name"] == name);
        layer.unwrap_or_else(|| panic!("no layer {name}: {}", self.run.stdout))
    }

    #[track_caller]
    fn status(&self, name: &str) -> &str {
        self.layer(name)["status"].as_str().unwrap()
    }

    #[track_caller]
    fn detail(&self, name: &str) -> &str {
        self.layer(name)["detail"].as_str().unwrap()
    }

    /// What to do about a layer; nothing is an empty text.
    #[track_caller]
    fn hint(&self, name: &str) -> &str {
        self.layer(name)["hint"].as_str().unwrap_or_default()
    }

    /// Checks that these layers have this status.
    #[track_caller]
    fn all(self, names: &[&str], status: &str) -> Self {
        for name in names {
            assert_eq!(self.status(name), status, "{name}: {}", self.run.stdout);
        }
        self
    }

    /// Checks that nothing fails.
    #[track_caller]
    fn succeeds(self) -> Self {
        assert_eq!(self.first_failure(), None, "{}", self.run.stdout);
        assert_eq!(self.run.code, 0, "{}", self.run.stdout);
        self
    }

    /// Checks that this layer is the first to fail, that everything before it works, and the exit code.
    #[track_caller]
    fn fails_at(self, layer: &str, code: i32) -> Self {
        let shown = &self.run.stdout;
        assert_eq!(self.first_failure(), Some(layer), "{shown}");
        for before in self.names().take_while(|name| *name != layer) {
            assert_ne!(self.status(before), "skip", "{before}: {shown}");
        }
        assert_eq!(self.run.code, code, "{shown}");
        assert!(self.verdict.contains(layer), "{}", self.verdict);
        self
    }

    fn first_failure(&self) -> Option<&str> {
        self.names().find(|name| self.status(name) == "fail")
    }
}
