//! Tokens between runs: one login for all processes, whole files, and nothing where nothing is wanted.

use std::fs;
use std::path::{Path, PathBuf};

use market::{AuthFault, Counter, Script, StreamFaults, StreamRule};
use serde_json::Value;

use crate::document::warnings;
use crate::harness::{Finished, Harness};

/// A run that needs both tokens.
const QUOTE: &str = "quote SPY --json --listen 20s";

/// The files of kept tokens.
fn token_files(market: &Harness) -> Vec<PathBuf> {
    let mut files = Vec::new();
    walk(&market.home().join("cache/volq/tokens"), &mut files);
    files.sort();
    files
}

fn walk(dir: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(dir) else {
        return;
    };
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            walk(&path, files);
        } else {
            files.push(path);
        }
    }
}

fn file(market: &Harness, name: &str) -> PathBuf {
    let mut files = token_files(market).into_iter();
    files.find(|path| path.ends_with(name)).unwrap()
}

/// Logins and quote tokens so far.
fn asked(market: &Harness) -> (u64, u64) {
    let record = market.record();
    (
        record.requests("oauth-token"),
        record.requests("api-quote-tokens"),
    )
}

/// SPY came from the stream, and nobody has to be told anything.
#[track_caller]
fn streamed(finished: Finished) -> Finished {
    let finished = finished.exits(0);
    assert_eq!(finished.row("SPY")["sources"]["bid"], "dxlink");
    assert_eq!(finished.stderr, "");
    finished
}

#[test]
fn eight_processes_at_once_log_in_once() {
    let market = Harness::new();
    market.write("config/volq/config.toml", "[dxlink]\nmax_sessions = 8\n");
    let all: Vec<_> = (0..8).map(|_| market.spawn(QUOTE)).collect();
    for child in all {
        streamed(market.wait(child));
    }
    assert_eq!(asked(&market), (1, 1));
    assert_eq!(market.record().count(Counter::StreamLogins), 8);
    streamed(market.volq(QUOTE));
    assert_eq!(asked(&market), (1, 1), "and later ones not at all");
}

#[test]
fn nothing_is_kept_and_nothing_kept_is_used_without_the_cache() {
    let market = Harness::new();
    streamed(market.volq(&format!("{QUOTE} --no-cache")));
    assert!(token_files(&market).is_empty());
    streamed(market.volq(QUOTE));
    assert_eq!(token_files(&market).len(), 2);
    let before = token_files(&market)
        .iter()
        .map(fs::read)
        .collect::<Vec<_>>();
    streamed(market.volq(&format!("{QUOTE} --no-cache")));
    let mut command = market.command(QUOTE);
    command.env("VOLQ_CACHE_ENABLED", "false");
    streamed(market.run(command, ""));
    assert_eq!(asked(&market), (4, 4));
    for (file, text) in token_files(&market).iter().zip(before) {
        assert_eq!(fs::read(file).unwrap(), text.unwrap());
    }
}

#[test]
fn the_built_in_market_leaves_nothing_behind() {
    let market = Harness::new();
    market.volq("quote SPY --demo").exits(0);
    assert!(!market.home().join("cache").exists());
}

#[test]
fn a_diagnosis_tests_the_login_itself() {
    let market = Harness::new();
    streamed(market.volq(QUOTE));
    market.volq("diagnose-access").exits(0);
    assert_eq!(asked(&market), (2, 2));
}

#[test]
fn another_login_does_not_get_the_tokens_of_the_first() {
    let market = Harness::new();
    streamed(market.volq(QUOTE));
    for variable in ["TT_CLIENT_SECRET", "TT_REFRESH_TOKEN"] {
        let mut command = market.command("quote SPY --json --provider dxlink,rest");
        command.env(variable, "of-somebody-else-55");
        let refused = market.run(command, "").exits(3);
        assert_eq!(refused.json()["error"]["code"], "auth_refused");
    }
    for path in token_files(&market) {
        let name = path.display().to_string();
        let secrets = [crate::harness::CLIENT_SECRET, "somebody"];
        assert!(
            secrets.iter().all(|secret| !name.contains(secret)),
            "{name}"
        );
    }
}

/// Changes one member of a kept file.
fn change(path: &Path, member: &str, value: &str) {
    let mut kept: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    assert!(kept.get(member).is_some(), "{kept}");
    kept[member] = Value::from(value);
    fs::write(path, kept.to_string()).unwrap();
}

#[test]
fn what_has_expired_is_not_used() {
    let market = Harness::new();
    streamed(market.volq(QUOTE));
    for (name, calls) in [("access.json", (2, 1)), ("quote.json", (2, 2))] {
        change(&file(&market, name), "usable_until", "2020-01-01T00:00:00Z");
        streamed(market.volq(QUOTE));
        assert_eq!(asked(&market), calls, "{name}");
    }
}

#[test]
fn damaged_files_are_told_and_replaced() {
    let market = Harness::new();
    streamed(market.volq(QUOTE));
    for path in token_files(&market) {
        let whole = fs::read(&path).unwrap();
        fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    }
    let told = market.volq(QUOTE).exits(0);
    let document = told.json();
    let told = warnings(&document, "cache");
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told.iter().all(|told| told.contains("is damaged")),
        "{told:?}"
    );
    assert_eq!(asked(&market), (2, 2));
    streamed(market.volq(QUOTE));
    assert_eq!(asked(&market), (2, 2));
}

#[cfg(unix)]
#[test]
fn a_file_that_others_can_read_is_told_and_replaced() {
    use std::os::unix::fs::PermissionsExt;
    let market = Harness::new();
    streamed(market.volq(QUOTE));
    let path = file(&market, "access.json");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let told = market.volq(QUOTE).exits(0);
    let document = told.json();
    let told = warnings(&document, "cache");
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("chmod 600"), "{told:?}");
    assert_eq!(asked(&market), (2, 1));
    for path in token_files(&market) {
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600, "{}", path.display());
        assert_eq!(mode(path.parent().unwrap()), 0o700);
    }
}

#[test]
fn a_place_that_cannot_be_written_costs_a_warning() {
    let market = Harness::new();
    market.write("cache/volq", "a file where the folder should be");
    let told = market.volq(QUOTE).exits(0);
    let document = told.json();
    let told = warnings(&document, "cache");
    assert!(
        told.iter().any(|told| told.contains("--no-cache")),
        "{told:?}"
    );
    assert_eq!(asked(&market), (1, 1));
}

#[test]
fn an_access_token_that_the_server_has_dropped_is_replaced_once() {
    let market = Harness::scripted(
        r#"{"rest": [{"endpoint": "market-metrics", "first": 2, "times": 1, "fault": "expire-token"}]}"#,
    )
    // Requests that are under way when the token expires show it once more.
    .expecting_violations();
    streamed(market.volq(QUOTE));
    streamed(market.volq(QUOTE));
    assert_eq!(asked(&market).0, 2);
    streamed(market.volq(QUOTE));
    assert_eq!(asked(&market).0, 2);
}

/// A market whose nth streams refuse the token.
fn refusing(streams: &[u64]) -> Harness {
    let faults = || StreamFaults {
        auth: AuthFault::StateUnauthorized,
        ..StreamFaults::default()
    };
    Harness::with(Script {
        stream: streams
            .iter()
            .map(|number| StreamRule::on(*number, faults()))
            .collect(),
        ..Script::default()
    })
}

#[test]
fn a_kept_quote_token_that_is_refused_is_replaced_once() {
    for reconnect in ["true", "false"] {
        let market = refusing(&[2]);
        let run = || {
            let mut command = market.command(QUOTE);
            command.env("VOLQ_DXLINK_RECONNECT_ON_DISCONNECT", reconnect);
            streamed(market.run(command, ""));
        };
        run();
        run();
        let record = market.record();
        assert_eq!(record.count(Counter::UpgradeAttempts), 3);
        assert_eq!(asked(&market), (1, 2));
        run();
        assert_eq!(asked(&market), (1, 2), "the new one is kept");
    }
}

#[test]
fn a_fresh_quote_token_that_is_refused_is_final() {
    let market = refusing(&[2, 3]);
    streamed(market.volq(QUOTE));
    let refused = market.volq(QUOTE).exits(0);
    assert_eq!(refused.row("SPY")["sources"]["bid"], "rest");
    assert!(refused.stderr.contains("the stream refused the token"));
    let record = market.record();
    assert_eq!(record.count(Counter::UpgradeAttempts), 3);
    assert_eq!(asked(&market), (1, 2));
}

#[test]
fn a_login_that_hangs_costs_the_others_their_own_deadline_and_no_more() {
    let market = Harness::scripted(
        r#"{"rest": [{"endpoint": "oauth-token", "times": 1, "fault": "hang"}]}"#,
    );
    let mut stuck = market.spawn("quote SPY --json --timeout 50s --listen 50s");
    market.until("a login that hangs", |record| {
        record.requests("oauth-token") == 1
    });
    let waited = market
        .volq("quote SPY --json --provider dxlink,rest --timeout 1s")
        .exits(5);
    assert_eq!(waited.json()["error"]["code"], "network");
    assert_eq!(asked(&market).0, 1);
    // The lock dies with the process, whatever it was doing.
    stuck.kill().unwrap();
    market.wait(stuck);
    streamed(market.volq(QUOTE));
    assert_eq!(asked(&market), (2, 1));
}

#[test]
fn what_is_kept_is_shown_without_what_is_in_it() {
    let market = Harness::new();
    let empty = market.volq("cache show").exits(0);
    assert!(
        empty.stdout.starts_with("nothing is kept in "),
        "{}",
        empty.stdout
    );
    streamed(market.volq(QUOTE));
    // The harness looks for the tokens themselves in all of this.
    let shown = market.volq("cache show").exits(0).stdout;
    for words in ["access.json", "quote.json", "2 files, "] {
        assert!(shown.contains(words), "{words} in {shown}");
    }
    change(
        &file(&market, "quote.json"),
        "usable_until",
        "2020-01-01T00:00:00Z",
    );
    let document = market.volq("cache show --json").exits(0).json();
    let entries = document["entries"].as_array().unwrap();
    let usable = |name: &str| {
        let is_it = |entry: &&Value| entry["name"].as_str().unwrap().ends_with(name);
        entries.iter().find(is_it).unwrap()["usable"].as_bool()
    };
    assert_eq!(usable("access.json"), Some(true));
    assert_eq!(usable("quote.json"), Some(false));
    let sizes = token_files(&market);
    let sizes = sizes.iter().map(|path| fs::metadata(path).unwrap().len());
    assert_eq!(document["bytes"].as_u64(), Some(sizes.sum()));
}

#[test]
fn what_is_cleared_is_gone_and_got_anew() {
    let market = Harness::new();
    for line in ["cache clear", "cache clear tokens", "cache clear --json"] {
        streamed(market.volq(QUOTE));
        assert_eq!(token_files(&market).len(), 2);
        market.volq(line).exits(0);
        assert!(token_files(&market).is_empty(), "{line}");
    }
    assert_eq!(asked(&market), (3, 3));
    market.volq("cache clear nonsense").exits(2);
    market.volq("cache clear").exits(0);
}
