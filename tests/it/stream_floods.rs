//! More than anybody asked for: what the stream sends unasked costs neither memory nor the answer.

use std::fmt::Write as _;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::harness::{Finished, Harness};
use crate::scripted_server::{Say, ScriptedServer, polite, quote_fields, quotes, text};

/// Symbols that nobody asked for.
const STRANGERS: usize = 100_000;

/// How many of them are in a message.
const AT_ONCE: usize = 500;

const WANTED: &str = "SPY QQQ IWM DIA AAPL MSFT AMZN NVDA META TSLA";

/// Quotes of all strangers, then of what was asked for. Their names are long, so that keeping them would show.
fn flood(subscription: &Value) -> Vec<Say> {
    let channel = &subscription["channel"];
    let mut line = vec![quote_fields(subscription)];
    for first in (0..STRANGERS).step_by(AT_ONCE) {
        let mut rows = String::new();
        for number in first..first + AT_ONCE {
            let _ = write!(rows, r#","Quote","{number:0>200}",1,2"#);
        }
        line.push(text(&format!(
            r#"{{"type":"FEED_DATA","channel":{channel},"data":["Quote",[{}]]}}"#,
            &rows[1..]
        )));
    }
    line.extend(quotes(subscription));
    line
}

/// Runs a quote of ten symbols against a scripted server; gives the end and the most memory it held, bytes.
fn quote(market: &Harness, server: &ScriptedServer, window: &str) -> (Finished, u64) {
    let mut command = market.command(&format!(
        "quote {WANTED} --provider dxlink --fields symbol,bid,ask --listen {window} --timeout 50s --json --min-completeness 0"
    ));
    command
        .env("DXLINK_URL", server.url())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let watch = std::thread::spawn(move || {
        let mut most = 0;
        while let Some(held) = peak(&status) {
            most = held;
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        most
    });
    let finished = market.wait(child);
    (finished, watch.join().unwrap())
}

/// The peak of a process's memory, bytes, while it lives.
fn peak(status: &str) -> Option<u64> {
    let status = std::fs::read_to_string(status).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(target_os = "linux")]
#[test]
fn events_that_nobody_asked_for_cost_neither_memory_nor_the_answer() {
    let market = Harness::new();
    // What was asked for comes last, so the answer shows that everything before it was read.
    let asked = |part: fn(&Value) -> Vec<Say>, window| {
        let server = ScriptedServer::new(move |_, message| match message["type"].as_str() {
            Some("FEED_SUBSCRIPTION") if message["add"].is_array() => part(message),
            _ => polite(message),
        });
        let (finished, memory) = quote(&market, &server, window);
        let finished = finished.exits(0);
        for symbol in WANTED.split(' ') {
            assert_eq!(finished.row(symbol)["bid"], 1.0);
        }
        memory
    };
    let (calm, flooded) = (asked(polite, "2s"), asked(flood, "15s"));
    // Their names alone are 20 MB.
    let limit = calm + 12 * 1024 * 1024;
    assert!(
        calm > 0 && flooded < limit,
        "{calm} calm, {flooded} flooded"
    );
}

#[test]
fn a_message_of_more_than_the_limit_is_refused_by_name() {
    let market = Harness::new();
    let server = ScriptedServer::polite_but("FEED_SUBSCRIPTION", |_, message| {
        let filler = " ".repeat(16 * 1024 * 1024);
        let huge = json!({"type": "FEED_DATA", "channel": message["channel"], "data": []});
        vec![text(&format!("{filler}{huge}"))]
    });
    let mut command =
        market.command("quote SPY --provider dxlink --listen 40s --timeout 50s --json");
    command
        .env("DXLINK_URL", server.url())
        .env("VOLQ_DXLINK_RECONNECT_ON_DISCONNECT", "false");
    let finished = market.run(command, "").exits(5);
    insta::assert_snapshot!(finished.json()["error"]["message"].as_str().unwrap(), @"dxlink: the server sent a message of more than 16 MiB");
}
