//! Settings: who outranks whom, where each value comes from, and what is refused.

use market::Counter;
use serde_json::Value;

use crate::document::{provider, warnings};
use crate::harness::{CLIENT_SECRET, Finished, Harness, REFRESH_TOKEN};

/// The file of an existing deployment, as it is.
const RUNTIME_CONFIG: &str = r#"{"dxlink": {"enabled": true, "reconnect_on_disconnect": true, "reconnect_max_attempts": 5, "reconnect_delay_seconds": 5,
            "listen_duration_seconds": 5, "cache_events": true, "quote_buffer_size": 1000}}"#;

#[track_caller]
fn setting(shown: &Finished, name: &str) -> (Value, String) {
    let document: Value = serde_json::from_str(&shown.stdout).unwrap();
    let entry = document["settings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|entry| entry["name"] == name)
        .unwrap_or_else(|| panic!("no {name} in {}", shown.stdout))
        .clone();
    let origin = entry["origin"].as_str().unwrap().to_owned();
    (entry["value"].clone(), origin)
}

#[test]
fn a_runtime_config_works_unchanged() {
    let market = Harness::new();
    market.write("runtime_config.json", RUNTIME_CONFIG);
    let quote = market
        .volq("quote SPY --json --config runtime_config.json")
        .exits(0);
    assert_eq!(quote.stderr, "", "no key of it is unknown");
    market
        .volq("config check --config runtime_config.json")
        .exits(0);
    let shown = market
        .volq("config show --json --config runtime_config.json")
        .exits(0);
    for (name, value) in [
        ("dxlink.enabled", Value::from(true)),
        ("dxlink.reconnect_on_disconnect", true.into()),
        ("dxlink.reconnect_max_attempts", 5.into()),
        ("dxlink.reconnect_delay_seconds", 5.into()),
        ("dxlink.listen_duration_seconds", 5.into()),
        ("dxlink.cache_events", true.into()),
        ("dxlink.quote_buffer_size", 1000.into()),
    ] {
        let (shown, origin) = setting(&shown, name);
        assert_eq!(shown.as_f64(), value.as_f64(), "{name}");
        assert_eq!(shown.as_bool(), value.as_bool(), "{name}");
        assert!(origin.contains("runtime_config.json"), "{name}: {origin}");
    }
}

#[test]
fn a_runtime_config_that_disables_the_stream_opens_none() {
    let market = Harness::new();
    market.write("runtime_config.json", r#"{"dxlink": {"enabled": false}}"#);
    let quote = market
        .volq("quote SPY --json --config runtime_config.json")
        .exits(0);
    assert_eq!(provider(&quote.json(), "dxlink")["status"], "disabled");
    let record = market.record();
    assert_eq!(record.count(Counter::UpgradeAttempts), 0);
    assert_eq!(record.count(Counter::QuoteTokens), 0);
}

#[test]
fn flag_over_environment_over_named_file_over_own_file_over_default() {
    let market = Harness::new();
    let name = "dxlink.listen_duration_seconds";
    let show = |arguments: &str, environment: bool| {
        let mut command = market.command(&format!("config show --json {arguments}"));
        if environment {
            command.env("VOLQ_DXLINK_LISTEN_DURATION_SECONDS", "3");
        }
        let shown = market.run(command, "").exits(0);
        let (value, origin) = setting(&shown, name);
        (value.as_f64().unwrap(), origin)
    };
    assert_eq!(show("", false), (5.0, "default".to_owned()));
    market.write(
        "config/volq/config.toml",
        "[dxlink]\nlisten_duration_seconds = 1\nready_timeout_seconds = 9\n",
    );
    let (value, origin) = show("", false);
    assert!(value == 1.0 && origin.contains("config.toml"), "{origin}");
    market.write("mine.json", r#"{"dxlink": {"listen_duration_seconds": 2}}"#);
    let (value, origin) = show("--config mine.json", false);
    assert!(value == 2.0 && origin.contains("mine.json"), "{origin}");
    let (value, origin) = show("--config mine.json", true);
    assert_eq!(value, 3.0);
    assert!(
        origin.contains("VOLQ_DXLINK_LISTEN_DURATION_SECONDS"),
        "{origin}"
    );
    let (value, origin) = show("--config mine.json --listen 4s", true);
    assert!(value == 4.0 && origin.contains("--listen"), "{origin}");

    let shown = market
        .volq("config show --json --config mine.json")
        .exits(0);
    let (value, _) = setting(&shown, "dxlink.ready_timeout_seconds");
    assert_eq!(
        value.as_f64(),
        Some(9.0),
        "a named file is laid over one's own"
    );
}

#[test]
fn settings_are_shown_with_their_origin_and_without_secrets() {
    let market = Harness::new();
    for line in ["config show", "config show --json"] {
        let shown = market.volq(line).exits(0);
        for secret in [CLIENT_SECRET, REFRESH_TOKEN] {
            assert!(!shown.stdout.contains(secret), "{line}");
        }
        assert!(shown.stdout.contains("TT_REFRESH_TOKEN") && shown.stdout.contains("redacted"));
        assert!(
            shown.stdout.contains("API_BASE_URL"),
            "where the address comes from"
        );
    }
}

#[test]
fn an_unknown_key_is_a_warning_and_an_error_of_the_check() {
    let market = Harness::new();
    market.write("mine.toml", "[dxlink]\nlisten_duration_second = 3\n");
    let quote = market.volq("quote SPY --json --config mine.toml").exits(0);
    let document = quote.json();
    let told = warnings(&document, "unknown_setting");
    assert_eq!(told.len(), 1);
    for words in ["listen_duration_second", "mine.toml", "did you mean"] {
        assert!(told[0].contains(words), "{}", told[0]);
    }
    assert_eq!(quote.stderr.matches("no setting is named").count(), 1);
    let check = market.volq("config check --config mine.toml").exits(2);
    assert!(
        check.stderr.contains("listen_duration_second"),
        "{}",
        check.stderr
    );
}

#[test]
fn a_value_out_of_range_is_refused_with_its_origin() {
    let market = Harness::new();
    market.write(
        "mine.json",
        r#"{"dxlink": {"listen_duration_seconds": -1}}"#,
    );
    let refused = market.volq("quote SPY --config mine.json").exits(2);
    for words in ["dxlink.listen_duration_seconds", "-1", "mine.json"] {
        assert!(refused.stderr.contains(words), "{}", refused.stderr);
    }
    let mut command = market.command("quote SPY");
    command.env("VOLQ_REST_BATCH_SIZE", "many");
    let refused = market.run(command, "").exits(2);
    assert!(
        refused.stderr.contains("VOLQ_REST_BATCH_SIZE"),
        "{}",
        refused.stderr
    );
    assert!(market.record().requests.is_empty());
}

#[test]
fn plain_addresses_are_for_this_machine_only() {
    for (variable, address) in [
        ("API_BASE_URL", "http://api.example.com"),
        ("LEGACY_BASE_URL", "http://192.0.2.7"),
        ("DXLINK_URL", "ws://stream.example.com/realtime"),
        ("DXLINK_URL", "https://stream.example.com/"),
        ("API_BASE_URL", "https://user:hunter2@api.example.com"),
    ] {
        let market = Harness::new();
        let mut command = market.command("quote SPY --json");
        command.env(variable, address);
        let refused = market.run(command, "").exits(2);
        assert!(refused.stderr.contains(variable), "{}", refused.stderr);
        assert!(!refused.stderr.contains("hunter2") && !refused.stdout.contains("hunter2"));
        assert_eq!(refused.json()["error"]["code"], "settings");
        assert!(market.record().requests.is_empty());
    }
}

#[test]
fn settings_can_come_as_toml_or_json() {
    let market = Harness::new();
    for (name, text) in [
        (
            "mine.toml",
            "[output]\nformat = \"csv\"\nfields = \"symbol\"\n",
        ),
        (
            "mine.json",
            r#"{"output": {"format": "csv", "fields": ["symbol"]}}"#,
        ),
    ] {
        market.write(name, text);
        let quote = market.volq(&format!("quote SPY --config {name}")).exits(0);
        assert_eq!(quote.stdout, "symbol\nSPY\n", "{name}");
    }
}

#[test]
fn a_file_to_start_from_is_written_once() {
    let market = Harness::new();
    let path = market.volq("config path").exits(0).stdout.trim().to_owned();
    assert!(!std::path::Path::new(&path).exists());
    market.volq("config init").exits(0);
    assert!(std::path::Path::new(&path).exists());
    market.volq("config check").exits(0);
    let again = market.volq("config init").exits(2);
    assert!(again.stderr.contains("exists"), "{}", again.stderr);
}

#[test]
fn every_provider_switched_off_is_a_usage_error() {
    let market = Harness::new();
    let mut command = market.command("quote SPY --provider dxlink --no-stream");
    command.env("VOLQ_REST_ENABLED", "false");
    let refused = market.run(command, "").exits(2);
    assert!(refused.stderr.contains("dxlink"), "{}", refused.stderr);
    assert!(market.record().requests.is_empty());
}
