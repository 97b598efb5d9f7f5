//! The findings as people and scripts see them, and runs that do not come to an end of their own.

use std::process::Command;

use market::Counter;

use super::{Diagnosis, ORDER, stream_market};
use crate::harness::Harness;

#[test]
fn a_healthy_way_is_ok_in_every_layer() {
    let market = Harness::new();
    let found = Diagnosis::of(&market, "").succeeds().all(&ORDER, "ok");
    assert!(found.layers.iter().all(|layer| layer["status"] == "ok"));
    assert_eq!(found.run.json()["demo"], false);
    assert_eq!(found.run.stderr, "");
    assert!(
        found
            .verdict
            .contains("quote would use dxlink + rest + legacy"),
        "{}",
        found.verdict
    );
}

#[test]
fn people_get_a_line_for_each_layer_and_one_sentence() {
    let market = Harness::new();
    let run = market.volq("diagnose-access").exits(0);
    let (list, rest) = run.stdout.split_once("\n\n").unwrap();
    let names: Vec<&str> = list
        .lines()
        .map(|line| line.split_whitespace().nth(1).unwrap())
        .filter(|name| !name.contains('.'))
        .collect();
    assert_eq!(names, ORDER);
    assert!(list.lines().all(|line| line.starts_with("ok ")), "{list}");
    assert!(rest.starts_with("Everything in use works"), "{rest}");
    assert_eq!(rest.lines().count(), 1, "{rest}");
    assert_eq!(run.stderr, "");
}

#[test]
fn people_get_what_to_do_below_the_failure() {
    let market = stream_market(r#""refuse-upgrade": 502"#);
    let run = market.volq("diagnose-access").exits(5);
    let mut lines = run
        .stdout
        .lines()
        .skip_while(|line| !line.starts_with("fail"));
    let (failure, hint) = (lines.next().unwrap(), lines.next().unwrap());
    assert!(
        failure.contains("stream_connect") && failure.contains("502"),
        "{failure}"
    );
    assert!(
        hint.trim_start().starts_with("→ ") && hint.contains("try again"),
        "{hint}"
    );
    let verdict = run.stdout.lines().last().unwrap();
    assert!(
        verdict.contains("stream_connect") && verdict.ends_with('.'),
        "{verdict}"
    );
}

#[test]
fn settings_that_do_not_hold_are_a_finding_of_their_own() {
    let market = Harness::new();
    let mut command = market.command("diagnose-access --json");
    command.env("VOLQ_REST_BATCH_SIZE", "0");
    let found = Diagnosis::from(&market, command)
        .fails_at("settings", 2)
        .all(&ORDER[1..], "skip");
    for fact in ["rest.batch_size", "VOLQ_REST_BATCH_SIZE"] {
        assert!(
            found.detail("settings").contains(fact),
            "{}",
            found.run.stdout
        );
    }
    assert_eq!(market.record().requests.len(), 0);
}

#[test]
fn a_settings_file_that_cannot_be_read_is_one_too() {
    let market = Harness::new();
    market.write("broken.json", r#"{"dxlink": {"enabled": "#);
    let found = Diagnosis::of(&market, "--config broken.json").fails_at("settings", 2);
    assert!(
        found.detail("settings").contains("broken.json"),
        "{}",
        found.run.stdout
    );
}

#[test]
fn an_unknown_setting_is_something_to_know() {
    let market = Harness::new();
    market.write("odd.toml", "[dxlink]\nlisten_duratoin_seconds = 3\n");
    let found = Diagnosis::of(&market, "--config odd.toml").succeeds();
    assert_eq!(found.status("settings"), "warn");
    assert!(found.detail("settings").contains("listen_duratoin_seconds"));
}

#[test]
fn a_diagnosis_that_is_broken_off_tells_what_it_found() {
    for signal in ["-INT", "-TERM"] {
        let market = stream_market(r#""no-events": true"#);
        let child = market.spawn("diagnose-access --json --listen 40s --timeout 50s");
        market.until("subscriptions", |record| {
            record.count(Counter::SubscriptionsAdded) > 0
        });
        let sent = Command::new("kill")
            .args([signal, &child.id().to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
        let found = Diagnosis::read(market.wait(child).exits(130))
            .all(
                &["stream_channel", "rest_metrics", "rest_quotes", "legacy"],
                "ok",
            )
            .all(&["events"], "skip");
        assert_eq!(found.detail("events"), "interrupted");
        assert_eq!(found.first_failure(), None);
    }
}
