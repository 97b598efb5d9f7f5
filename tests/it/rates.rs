//! The rations of an account, shared by its processes: ten at once ask no faster than one may.
//!
//! See `docs/reference/tastytrade-rest.md`, "6. Rate limits, sizes, concurrency".

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::Stdio;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use crate::harness::Harness;

/// A request as it came in: when, and its path without the query.
type Arrival = (Instant, String);

/// A door in front of the market at which the time of every request is written down.
struct Front {
    address: SocketAddr,
    arrivals: Receiver<Arrival>,
}

impl Front {
    fn of(market: &Harness) -> Self {
        let base_url = market.server().base_url();
        let behind: SocketAddr = base_url.rsplit('/').next().unwrap().parse().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (note, arrivals) = channel();
        // It ends with the test's process: nobody connects any more once volq has ended.
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let server = TcpStream::connect(behind).unwrap();
                let (from, to) = (server.try_clone().unwrap(), client.try_clone().unwrap());
                let note = note.clone();
                std::thread::spawn(move || pass_on(client, server, Some(&note)));
                std::thread::spawn(move || pass_on(from, to, None));
            }
        });
        Self { address, arrivals }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests so far in order.
    fn arrivals(&self) -> Vec<Arrival> {
        let mut arrivals: Vec<Arrival> = self.arrivals.try_iter().collect();
        arrivals.sort();
        arrivals
    }
}

/// Copies bytes from one socket to the other, noting requests. A client sends the next one only after an answer, so each
/// begins what is read at once.
fn pass_on(mut from: TcpStream, mut to: TcpStream, note: Option<&Sender<Arrival>>) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        let text = String::from_utf8_lossy(&buffer[..length]);
        if let (Some(note), Some(line)) = (note, text.lines().next())
            && let Some(path) = line.strip_suffix(" HTTP/1.1")
            && let Some((_, path)) = path.split_once(" /")
        {
            let path = path.split('?').next().unwrap_or_default();
            let _ = note.send((Instant::now(), path.to_owned()));
        }
        if to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

/// Checks a published ration from the moment at which nothing had been sent yet. A request can be late on a busy machine
/// and never early, so this is exact.
#[track_caller]
fn keep(began: Instant, arrivals: &[Instant], per_second: u32, burst: u32) {
    for (count, at) in (1..).zip(arrivals) {
        let earliest = Duration::from_secs(1) * u32::saturating_sub(count, burst) / per_second;
        let after = at.duration_since(began);
        assert!(after >= earliest, "request {count} after {after:?}");
    }
}

#[test]
fn ten_processes_and_their_retries_share_the_rations() {
    let market = Harness::scripted(
        r#"{"rest": [
            {"endpoint": "market-data", "times": 3, "fault": {"reply": {"status": 503}}},
            {"endpoint": "market-metrics", "times": 5, "fault": {"reply": {"status": 502}}}
        ]}"#,
    );
    let front = Front::of(&market);
    let began = Instant::now();
    let children: Vec<_> = (0..10)
        .map(|number| {
            // Who keeps nothing between runs asks the same server all the same.
            let keeping = ["", " --no-cache"][number % 2];
            let line = format!("quote SPY AAPL --json --provider rest --timeout 50s{keeping}");
            let mut command = market.command(&line);
            command
                .env("API_BASE_URL", front.url())
                .env_remove("VOLQ_REST_REQUESTS_PER_SECOND")
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped());
            command.spawn().unwrap()
        })
        .collect();
    for child in children {
        let quote = market.wait(child).exits(0);
        assert_eq!(quote.row("SPY")["sources"]["bid"], "rest");
    }
    let arrivals = front.arrivals();
    let of = |path: &str| -> Vec<Instant> {
        let those = arrivals.iter().filter(|(_, other)| other.starts_with(path));
        those.map(|(at, _)| *at).collect()
    };
    let (quotes, metrics) = (of("market-data/by-type"), of("market-metrics"));
    assert!(quotes.len() >= 13, "{}", quotes.len());
    assert!(metrics.len() >= 15, "{}", metrics.len());
    keep(began, &quotes, 2, 1);
    keep(began, &metrics, 5, 4);
    keep(began, &of("instruments/equities"), 2, 1);
    let logins = of("oauth/token");
    let all: Vec<Instant> = of("")
        .into_iter()
        .filter(|at| !logins.contains(at))
        .collect();
    keep(began, &all, 10, 8);
}

#[test]
fn a_record_that_is_of_no_use_costs_a_run_nothing() {
    let market = Harness::new();
    let first = market.volq("quote SPY --json --no-stream").exits(0);
    let locks = market.home().join("cache/volq/locks");
    let record = std::fs::read_dir(&locks)
        .unwrap()
        .map(|account| account.unwrap().path().join("rates.json"))
        .find(|record| record.exists())
        .unwrap();
    let spoil: [&dyn Fn(); 4] = [
        &|| std::fs::write(&record, "{\"version\":1,").unwrap(),
        &|| std::fs::write(&record, vec![b'['; 5 << 20]).unwrap(),
        &|| std::fs::remove_file(&record).unwrap(),
        &|| {
            std::fs::remove_file(&record).unwrap();
            std::fs::create_dir(&record).unwrap();
        },
    ];
    for spoil in spoil {
        spoil();
        let again = market.volq("quote SPY --json --no-stream").exits(0);
        assert_eq!(again.row("SPY")["bid"], first.row("SPY")["bid"]);
        assert_eq!(again.stderr, "");
    }
}
