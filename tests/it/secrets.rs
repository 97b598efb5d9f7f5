//! No secret in any output, however much is told and however badly the run goes. The harness searches every stream of
//! every test; these runs give it the most to search.

use crate::harness::{CLIENT_SECRET, Harness, REFRESH_TOKEN};

/// Answers that repeat what they were sent, and other ways to fail.
fn failures() -> Vec<String> {
    let echo = format!(
        r#"{{"reply": {{"status": 400, "body": {{"json": {{"error": "invalid_grant", "error_description": "bad token {REFRESH_TOKEN} for {CLIENT_SECRET}"}}}}}}}}"#
    );
    vec![
        "{}".to_owned(),
        format!(r#"{{"rest": [{{"endpoint": "oauth-token", "fault": {echo}}}]}}"#),
        r#"{"rest": [{"endpoint": "oauth-token", "fault": {"truncate": {"keep": 40}}}]}"#
            .to_owned(),
        r#"{"rest": [{"endpoint": "api-quote-tokens", "fault": {"truncate": {"keep": 60}}}]}"#
            .to_owned(),
        r#"{"rest": [{"endpoint": "any", "fault": {"reply": {"status": 500}}}]}"#.to_owned(),
        r#"{"rest": [{"endpoint": "market-data", "fault": "expire-token"}]}"#.to_owned(),
        r#"{"stream": [{"faults": {"auth": "exception"}}]}"#.to_owned(),
        r#"{"stream": [{"faults": {"auth": "error-unauthorized"}}]}"#.to_owned(),
        r#"{"stream": [{"faults": {"refuse-upgrade": 401}}]}"#.to_owned(),
    ]
}

#[test]
fn the_most_talkative_run_keeps_them() {
    for script in failures() {
        let market = Harness::scripted(&script).expecting_violations();
        let run = market.volq("quote SPY -vvv --json --listen 2s --timings");
        assert_ne!(run.stderr, "", "{script}");
        run.json();
        assert!(!run.stderr.contains("Bearer "), "{}", run.stderr);
    }
}

#[test]
fn wrong_settings_keep_them() {
    let market = Harness::new();
    for line in ["config show", "config show --json", "config check"] {
        let mut command = market.command(line);
        command.env("TT_CLIENT_ID", "client-id-51aa");
        market.run(command, "").exits(0);
    }
    let mut command = market.command("quote SPY --json");
    command.env("TT_REFRESH_TOKEN", format!("{REFRESH_TOKEN}\nsecond line"));
    market.run(command, "");
}

#[test]
fn files_are_not_repeated_when_they_cannot_be_read() {
    let market = Harness::new();
    market.write(
        "account.env",
        &format!("TT_CLIENT_SECRET '{CLIENT_SECRET}'\n{REFRESH_TOKEN}\n"),
    );
    let run = market.volq("quote SPY --json --env-file account.env");
    assert!(run.stderr.contains("account.env, line 1"), "{}", run.stderr);
    market.volq("quote SPY --config account.env").exits(2);
    market.volq("quote --file account.env").exits(2);
}

#[test]
fn nothing_is_left_readable_on_disk() {
    let market = Harness::new();
    market.volq("quote SPY --json").exits(0);
    let mut folders = vec![market.home().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
                continue;
            }
            let text = String::from_utf8_lossy(&std::fs::read(entry.path()).unwrap()).into_owned();
            for secret in [CLIENT_SECRET, REFRESH_TOKEN] {
                assert!(!text.contains(secret), "{}", entry.path().display());
            }
        }
    }
}
