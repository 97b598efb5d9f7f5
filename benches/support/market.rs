//! The built-in market in a process of its own, an echo, and a line with a delay to each.
//!
//! A bench starts itself anew with the words that [`Market::start`] gives it and calls [`serve`] then. The two talk in
//! lines: one word as a question, one line as its answer.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use market::{Counter, Script, Server, ServerOptions, WireValue};
use serde_json::json;
use volq::clock::{Clock, SystemClock};

use crate::{line, login};

/// The first argument of a bench that shall be the market.
pub(crate) const ROLE: &str = "market";

/// Stocks beside those of the market's own.
const EXTRA_SYMBOLS: usize = 5_000;

/// How many options are named.
const OPTIONS: usize = 5_000;

/// A market in another process; it ends when this goes out of scope.
pub(crate) struct Market {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
    /// Port of the market itself.
    pub(crate) direct: u16,
    /// Port of the line to the market.
    pub(crate) delayed: u16,
    /// The median time of a byte through such a line and back.
    pub(crate) round_trip: Duration,
}

impl Market {
    /// Starts a market behind a line that delays each direction, with faults from the JSON of a script.
    pub(crate) fn start(one_way: Duration, script: &str) -> Self {
        let milliseconds = one_way.as_millis().to_string();
        let mut child = Command::new(std::env::current_exe().expect("a path"))
            .args([ROLE, &milliseconds, script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program can be started");
        let questions = child.stdin.take().expect("a pipe");
        let answers = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut market = Self {
            child,
            questions,
            answers,
            direct: 0,
            delayed: 0,
            round_trip: Duration::ZERO,
        };
        let ports: Vec<u16> = serde_json::from_str(&market.ask("ports")).expect("ports");
        let [direct, delayed, echo] = ports[..] else {
            panic!("not the ports of a market: {ports:?}")
        };
        (market.direct, market.delayed) = (direct, delayed);
        market.round_trip = line::round_trip(echo);
        market
    }

    /// The market's answer to a word, JSON on one line: `ports` (its own, the line's, the line's to the echo),
    /// `equities` (US stocks and funds with options), `options` (5,000 of them) or `record` (what was seen so far).
    pub(crate) fn ask(&mut self, word: &str) -> String {
        writeln!(self.questions, "{word}").expect("the market listens");
        let mut answer = String::new();
        self.answers
            .read_line(&mut answer)
            .expect("the market answers");
        answer
    }
}

impl Drop for Market {
    fn drop(&mut self) {
        self.child.kill().expect("the market ends");
        self.child.wait().expect("the market ends");
    }
}

/// Is the market until nobody asks any more; the words are those after [`ROLE`].
pub(crate) fn serve(words: &[&str]) {
    let [milliseconds, script] = words else {
        panic!("not the words of a market: {words:?}")
    };
    let delay = Duration::from_millis(milliseconds.parse().expect("a number"));
    let options = ServerOptions {
        script: Script::from_json(script).expect("a script"),
        extra_symbols: EXTRA_SYMBOLS,
        ..ServerOptions::at(SystemClock.now())
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let server = runtime
        .block_on(Server::start(options))
        .expect("a free port");
    let base = server.base_url();
    let port = base.rsplit(':').next().and_then(|port| port.parse().ok());
    let port = port.expect("an address with a port");
    // The market computes what it knows of a symbol at the first question, which no measured run shall wait for.
    let equities = equities(&server);
    let ports = [port, line::to(port, delay), line::to(line::echo(), delay)];
    for question in std::io::stdin().lines() {
        let answer = match question.expect("a line").as_str() {
            "ports" => json!(ports),
            "equities" => json!(equities),
            "options" => json!(login::option_symbols(port, OPTIONS)),
            "record" => record(&server),
            other => panic!("not a question: {other}"),
        };
        println!("{answer}");
    }
}

/// US stocks and funds that have a bid and options, in the market's order.
fn equities(server: &Server) -> Vec<String> {
    let market = server.market();
    let has_bid = |symbol: &str| {
        let quote = market.event("Quote", symbol, 0).unwrap_or_default();
        quote
            .iter()
            .any(|(name, value)| *name == "bidPrice" && !matches!(value, WireValue::NotAvailable))
    };
    market
        .symbols()
        // Futures and coins have a slash in their names, but so has BRK/B.
        .filter(|symbol| !symbol.starts_with('/') && !symbol.ends_with("/USD"))
        .filter(|symbol| has_bid(symbol) && market.event("Underlying", symbol, 0).is_some())
        .map(str::to_owned)
        .collect()
}

fn record(server: &Server) -> serde_json::Value {
    let record = server.record();
    let mut violations = BTreeMap::<&str, u64>::new();
    for violation in &record.violations {
        *violations.entry(violation.rule).or_default() += 1;
    }
    json!({
        "requests": record.requests,
        "subscriptions": record.count(Counter::SubscriptionsAdded),
        "upgrades": record.count(Counter::UpgradeAttempts),
        "over_rate": record.count(Counter::OverRate),
        "violations": violations,
    })
}
