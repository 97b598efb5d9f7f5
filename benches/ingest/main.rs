//! A flood of quotes over a real socket: what the client's processor takes to read it, and whether the last word arrives.
//!
//! Sender and every client are processes of their own: this program starts itself anew with another part to play. Beside
//! the feed, the same frames are read in three ways that do less, each a bound on what the feed can reach.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark that cannot be set up must stop; it prints its figures"
)]

mod frames;
mod sender;
mod takers;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// How often every client has its turn.
const ROUNDS: usize = 5;

/// The clients, each with what it does to a frame.
const TAKERS: [(&str, &str); 4] = [
    ("read", "socket read, nothing else"),
    ("unframe", "and WebSocket frames, UTF-8"),
    ("bound", "and a scanner made for these rows"),
    ("feed", "volq's Feed: any rows, checked, kept by symbol"),
];

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let words: Vec<&str> = arguments.iter().skip(1).map(String::as_str).collect();
    match words[..] {
        ["send"] => sender::run(),
        ["take", how, port, bytes] => {
            takers::run(
                how,
                port.parse().expect("a port"),
                bytes.parse().expect("a number"),
            );
        }
        // cargo says `--bench`; a name says which client alone is wanted.
        _ => {
            let wanted = words.iter().find(|word| !word.starts_with("--"));
            compare(wanted.copied());
        }
    }
}

/// What a client said of itself.
#[derive(Clone, Copy)]
struct Report {
    wall_seconds: f64,
    cpu_seconds: f64,
    peak_kib: f64,
    events: f64,
    /// Symbols whose last quote did not arrive; none but the feed looks.
    lost: f64,
}

fn compare(wanted: Option<&str>) {
    let flood = frames::Flood::new();
    println!("{}", flood.summary());
    let bytes = flood.len();
    drop(flood);
    let (mut sender, port) = start_sender();
    let mut reports: Vec<Vec<Report>> = TAKERS.map(|_| Vec::new()).into();
    for _ in 0..ROUNDS {
        for (reports, (name, _)) in reports.iter_mut().zip(TAKERS) {
            if wanted.is_none_or(|wanted| wanted == name) {
                reports.push(take(name, &port, bytes));
            }
        }
    }
    sender.kill().expect("the sender ends");
    sender.wait().expect("the sender ends");
    println!(
        "\n{:<9}{:>26}{:>14}{:>10}{:>10}{:>8}",
        "client", "M events / core second", "M events / s", "MB / s", "peak MiB", "lost"
    );
    println!("{:<9}{:>8}{:>9}{:>9}", "", "median", "least", "most");
    for (reports, (name, about)) in reports.iter().zip(TAKERS) {
        if !reports.is_empty() {
            print(name, about, bytes, reports);
        }
    }
}

fn print(name: &str, about: &str, bytes: u64, reports: &[Report]) {
    let sorted = |figure: fn(&Report) -> f64| {
        let mut figures: Vec<f64> = reports.iter().map(figure).collect();
        figures.sort_by(f64::total_cmp);
        figures
    };
    let per_core = sorted(|report| report.events / report.cpu_seconds / 1e6);
    let per_wall = sorted(|report| report.events / report.wall_seconds / 1e6);
    let middle = reports.len() / 2;
    let most = reports.len() - 1;
    let megabytes = per_wall[middle] * bytes as f64 / frames::EVENTS as f64;
    println!(
        "{name:<9}{:>8.2}{:>9.2}{:>9.2}{:>14.2}{megabytes:>10.0}{:>10.1}{:>8}   {about}",
        per_core[middle],
        per_core[0],
        per_core[most],
        per_wall[middle],
        sorted(|report| report.peak_kib)[most] / 1024.0,
        sorted(|report| report.lost)[most],
    );
}

fn start_sender() -> (Child, String) {
    let mut sender = myself(&["send"]);
    let mut port = String::new();
    let stdout = sender.stdout.take().expect("a pipe");
    let mut lines = BufReader::new(stdout);
    lines.read_line(&mut port).expect("the sender speaks");
    (sender, port.trim().to_owned())
}

fn take(how: &str, port: &str, bytes: u64) -> Report {
    let taker = myself(&["take", how, port, &bytes.to_string()]);
    let output = taker.wait_with_output().expect("the client ends");
    assert!(output.status.success(), "the client {how} failed");
    let text = String::from_utf8(output.stdout).expect("figures");
    let figures: Vec<f64> = text
        .split_whitespace()
        .map(|figure| figure.parse().expect("a figure"))
        .collect();
    let [wall_seconds, cpu_seconds, peak_kib, events, lost] = figures[..] else {
        panic!("not a report: {text}")
    };
    Report {
        wall_seconds,
        cpu_seconds,
        peak_kib,
        events,
        lost,
    }
}

fn myself(arguments: &[&str]) -> Child {
    Command::new(std::env::current_exe().expect("a path"))
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("this program can be started")
}
