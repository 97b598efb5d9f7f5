//! Machines without credentials, and credentials that are refused.

use market::Counter;

use crate::document::{number, reason, status, warnings};
use crate::harness::{CLIENT_SECRET, Finished, Harness, REFRESH_TOKEN};

const CREDENTIALS: [&str; 2] = ["TT_CLIENT_SECRET", "TT_REFRESH_TOKEN"];

fn without(market: &Harness, variables: &[&str], line: &str) -> Finished {
    let mut command = market.command(line);
    for variable in variables {
        command.env_remove(variable);
    }
    market.run(command, "")
}

#[test]
fn without_credentials_there_are_prices_and_volatility_from_the_chart() {
    let market = Harness::new();
    let quote = without(&market, &CREDENTIALS, "quote SPY AAPL --json").exits(7);
    for symbol in ["SPY", "AAPL"] {
        let row = quote.row(symbol);
        assert!(number(&row, "last") > 0.0 && number(&row, "mark") > 0.0);
        for field in ["last", "prev_close", "hv30", "hv60", "hv90"] {
            assert_eq!(row["sources"][field], "legacy", "{field}");
        }
        assert!(row["bid"].is_null() && row["iv"].is_null());
    }
    let record = market.record();
    assert_eq!(record.requests("chart"), 2);
    assert_eq!(record.requests.len(), 1, "nothing else: {record:?}");
    assert_eq!(record.count(Counter::UpgradeAttempts), 0);
}

#[test]
fn without_credentials_one_warning_names_the_variables_and_the_demo() {
    let market = Harness::new();
    let quote = without(&market, &CREDENTIALS, "quote SPY --json").exits(7);
    let told: Vec<&str> = quote
        .stderr
        .lines()
        .filter(|line| line.contains("TT_REFRESH_TOKEN"))
        .collect();
    assert_eq!(told.len(), 1, "{}", quote.stderr);
    assert!(told[0].contains("warning"));
    assert!(told[0].contains("TT_CLIENT_SECRET") && told[0].contains("--demo"));
    let document = quote.json();
    let all = ["dxlink_failed", "rest_failed"].map(|code| warnings(&document, code).len());
    assert_eq!(all.iter().sum::<usize>(), 1, "{all:?}");
}

#[test]
fn the_warning_names_only_what_is_missing() {
    let market = Harness::new();
    let quote = without(&market, &CREDENTIALS[1..], "quote SPY --json").exits(7);
    let document = quote.json();
    let message = ["dxlink_failed", "rest_failed"]
        .iter()
        .flat_map(|code| warnings(&document, code))
        .next()
        .unwrap();
    assert!(message.contains("not set: TT_REFRESH_TOKEN"), "{message}");
}

#[test]
fn without_credentials_and_chart_it_is_an_authentication_failure() {
    let market = Harness::new();
    let quote = without(
        &market,
        &CREDENTIALS,
        "quote SPY --provider dxlink,rest --json",
    )
    .exits(3);
    let document = quote.json();
    assert_eq!(document["error"]["code"], "no_credentials");
    assert_eq!(document["error"]["retryable"], false);
    let message = document["error"]["message"].as_str().unwrap();
    assert!(
        CREDENTIALS.iter().all(|name| message.contains(name)),
        "{message}"
    );
    assert!(
        document["error"]["hint"]
            .as_str()
            .unwrap()
            .contains("--demo")
    );
    for source in ["dxlink", "rest"] {
        assert_eq!(status(&document, source), "failed");
    }
    assert!(market.record().requests.is_empty());
}

#[test]
fn a_refused_refresh_token_is_told_in_the_servers_words() {
    for (refusal, words) in [
        ("grant-revoked", "Grant revoked"),
        ("client-secret-mismatch", "Client secret mismatch"),
        ("invalid-jwt", "Invalid JWT"),
    ] {
        let market = Harness::scripted(&format!(
            r#"{{"rest": [{{"endpoint": "oauth-token", "fault": {{"token-refused": "{refusal}"}}}}]}}"#
        ));
        let quote = market
            .volq("quote SPY --provider dxlink,rest --json")
            .exits(3);
        let document = quote.json();
        assert_eq!(document["error"]["code"], "auth_refused");
        assert_eq!(document["error"]["retryable"], false);
        let message = document["error"]["message"].as_str().unwrap();
        assert!(message.contains(words), "{message}");
        assert!(quote.stderr.contains(words), "{}", quote.stderr);
        assert_eq!(reason(&document, "SPY", "bid"), "provider_failed");
        assert_eq!(
            market.record().requests("oauth-token"),
            1,
            "a refusal is final"
        );
    }
}

#[test]
fn a_refused_refresh_token_still_leaves_the_chart() {
    let market = Harness::scripted(
        r#"{"rest": [{"endpoint": "oauth-token", "fault": {"token-refused": "grant-revoked"}}]}"#,
    );
    let quote = market.volq("quote SPY --json").exits(7);
    assert_eq!(quote.row("SPY")["sources"]["last"], "legacy");
    assert_eq!(
        quote.stderr.matches("Grant revoked").count(),
        1,
        "told once"
    );
    assert_eq!(market.record().requests("oauth-token"), 1);
}

#[test]
fn a_login_that_fails_for_a_moment_is_tried_again() {
    let market = Harness::scripted(
        r#"{"rest": [{"endpoint": "oauth-token", "times": 2, "fault": {"reply": {"status": 503}}}]}"#,
    );
    let quote = market.volq("quote SPY --listen 20s --json").exits(0);
    assert_eq!(quote.row("SPY")["sources"]["bid"], "dxlink");
    assert_eq!(market.record().requests("oauth-token"), 3);
}

#[test]
fn wrong_credentials_are_refused_by_the_server() {
    let market = Harness::new();
    let mut command = market.command("quote SPY --provider dxlink,rest --json");
    command.env("TT_CLIENT_SECRET", "another-secret-31b0");
    let quote = market.run(command, "").exits(3);
    assert!(!format!("{}{}", quote.stdout, quote.stderr).contains("another-secret-31b0"));
}

#[test]
fn credentials_come_from_the_env_file_of_the_working_directory() {
    let market = Harness::new();
    market.write(
        ".env.tastytrade",
        &format!(
            "# account\nexport TT_CLIENT_SECRET='{CLIENT_SECRET}'\nTT_REFRESH_TOKEN=\"{REFRESH_TOKEN}\"  # read\n"
        ),
    );
    let quote = without(&market, &CREDENTIALS, "quote SPY --json").exits(0);
    assert_eq!(quote.row("SPY")["sources"]["bid"], "dxlink");
}

#[test]
fn the_real_environment_outranks_the_env_file() {
    let market = Harness::new();
    let path = market.write(
        "secrets/mine.env",
        "TT_CLIENT_SECRET=wrong-one\nTT_REFRESH_TOKEN=wrong-two\n",
    );
    let line = format!("quote SPY --json --env-file {}", path.display());
    market.volq(&line).exits(0);
    let quote = without(&market, &CREDENTIALS, &line);
    assert_eq!(quote.code, 7, "the file's are wrong: {}", quote.stderr);
}
