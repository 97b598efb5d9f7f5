//! A market of its own for every test, and the real binary run against it with nothing else in reach.
//!
//! The environment is cleared, home is a temporary folder, ports are free ones. When a harness goes out of scope it
//! checks what every run has to keep: no protocol rule broken, no secret in any stream.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use market::{Credentials, Record, Script, Server, ServerOptions};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// The login of every test; distinctive enough to be found wherever it should not be.
pub(crate) const CLIENT_SECRET: &str = "client-secret-8f1c2d";
/// The refresh token of every test: of the right type and with the scope `read`, as a real one is.
pub(crate) const REFRESH_TOKEN: &str =
    "eyJ0eXAiOiJydCtqd3QifQ.eyJzY29wZSI6InJlYWQifQ.refresh-token-77ab0e";

/// Nothing a test runs may take longer, however busy the machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// A built-in market on a free port, and a home for the binary.
pub(crate) struct Harness {
    runtime: Runtime,
    server: Option<Server>,
    home: TempDir,
    expects_violations: bool,
}

impl Harness {
    /// A healthy market that stands still.
    pub(crate) fn new() -> Self {
        Self::with(Script::default())
    }

    /// A market in which the scripted things go wrong.
    pub(crate) fn with(script: Script) -> Self {
        Self::start(script, None)
    }

    fn start(script: Script, tick: Option<Duration>) -> Self {
        let credentials = Credentials {
            client_secret: CLIENT_SECRET.to_owned(),
            refresh_token: REFRESH_TOKEN.to_owned(),
        };
        let options = ServerOptions {
            script,
            tick,
            credentials: Some(credentials),
            ..ServerOptions::at(Timestamp::now())
        };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let server = runtime.block_on(Server::start(options)).unwrap();
        Self {
            runtime,
            server: Some(server),
            home: TempDir::new().unwrap(),
            expects_violations: false,
        }
    }

    /// A script as JSON, for faults that are easier written than built.
    pub(crate) fn scripted(json: &str) -> Self {
        Self::with(Script::from_json(json).unwrap())
    }

    /// The same in a market that moves all the time.
    pub(crate) fn live(json: &str) -> Self {
        Self::start(
            Script::from_json(json).unwrap(),
            Some(market::TICK.unsigned_abs()),
        )
    }

    /// The harness will look at violations itself.
    pub(crate) fn expecting_violations(mut self) -> Self {
        self.expects_violations = true;
        self
    }

    /// Runs volq with these words (split at blanks) and waits for its end.
    pub(crate) fn volq(&self, line: &str) -> Finished {
        self.run(self.command(line), "")
    }

    /// The same with something on stdin.
    pub(crate) fn volq_with_stdin(&self, line: &str, stdin: &str) -> Finished {
        self.run(self.command(line), stdin)
    }

    /// The command, for tests that change its environment or arguments before running it.
    pub(crate) fn command(&self, line: &str) -> Command {
        let server = self.server();
        let mut command = Command::new(env!("CARGO_BIN_EXE_volq"));
        command
            .args(line.split_whitespace())
            .env_clear()
            .env("HOME", self.home.path())
            .env("XDG_CONFIG_HOME", self.home.path().join("config"))
            .env("XDG_CACHE_HOME", self.home.path().join("cache"))
            .env("API_BASE_URL", server.base_url())
            .env("LEGACY_BASE_URL", server.base_url())
            .env("TT_CLIENT_SECRET", CLIENT_SECRET)
            .env("TT_REFRESH_TOKEN", REFRESH_TOKEN)
            // The market is ours: the broker's ceilings would only make tests slow.
            .env("VOLQ_REST_REQUESTS_PER_SECOND", "10000")
            .env("VOLQ_LEGACY_REQUESTS_PER_SECOND", "1000")
            // On a busy machine what is not silent may seem so.
            .env("VOLQ_SETTLE_SECONDS", "3")
            .current_dir(self.home.path());
        command
    }

    /// Runs a prepared command to its end.
    pub(crate) fn run(&self, mut command: Command, stdin: &str) -> Finished {
        let began = Instant::now();
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A program that does not read its input closes the pipe; that is its business.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        let finished = wait(child, began);
        self.hold_secrets(&finished);
        finished
    }

    /// Starts volq and leaves it running.
    pub(crate) fn spawn(&self, line: &str) -> Child {
        self.command(line)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// Waits for a spawned volq.
    pub(crate) fn wait(&self, child: Child) -> Finished {
        let finished = wait(child, Instant::now());
        self.hold_secrets(&finished);
        finished
    }

    /// What the market saw so far.
    pub(crate) fn record(&self) -> Record {
        self.server().record()
    }

    /// The market's server.
    pub(crate) fn server(&self) -> &Server {
        self.server.as_ref().unwrap()
    }

    /// The runtime the server lives on, for tests that drive the library directly.
    pub(crate) fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// Home and working directory of the binary.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// Writes a file into the working directory.
    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.home.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Polls until something holds.
    pub(crate) fn until(&self, what: &str, holds: impl Fn(&Record) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !holds(&self.record()) {
            assert!(
                Instant::now() < end,
                "never came true: {what}: {:?}",
                self.record()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn hold_secrets(&self, finished: &Finished) {
        let mut secrets: Vec<String> = self.server().tokens().issued();
        secrets.extend([CLIENT_SECRET.to_owned(), REFRESH_TOKEN.to_owned()]);
        for secret in secrets {
            for (name, stream) in [("stdout", &finished.stdout), ("stderr", &finished.stderr)] {
                assert!(
                    !stream.contains(&secret),
                    "a secret is in {name}:\n{stream}"
                );
            }
        }
    }
}

impl Drop for Harness {
    fn drop(&mut self) {
        let Some(server) = self.server.take() else {
            return;
        };
        let record = server.record();
        self.runtime.block_on(server.shutdown());
        if !self.expects_violations && !std::thread::panicking() {
            let violations: Vec<String> =
                record.violations.iter().map(ToString::to_string).collect();
            assert!(
                violations.is_empty(),
                "protocol rules were broken:\n{}",
                violations.join("\n")
            );
        }
    }
}

/// A volq that has ended.
#[derive(Debug)]
pub(crate) struct Finished {
    /// Exit code.
    pub(crate) code: i32,
    /// Everything it wrote to stdout.
    pub(crate) stdout: String,
    /// Everything it wrote to stderr.
    pub(crate) stderr: String,
    /// How long it ran.
    pub(crate) took: Duration,
}

impl Finished {
    /// Checks the exit code and shows everything if it is another one.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(
            self.code, code,
            "stdout:\n{}\nstderr:\n{}",
            self.stdout, self.stderr
        );
        self
    }

    /// stdout as one JSON document that fits its published schema.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        let document: Value = serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}:\n{}\n{}", self.stdout, self.stderr));
        let name = document["schema"]
            .as_str()
            .and_then(|schema| schema.strip_prefix("volq.")?.strip_suffix("/1"));
        let schema = name
            .and_then(volq::render::schema)
            .unwrap_or_else(|| panic!("no schema: {}", document["schema"]));
        let validator = jsonschema::validator_for(&schema).unwrap();
        let errors: Vec<String> = validator
            .iter_errors(&document)
            .map(|error| format!("{} at {}", error, error.instance_path()))
            .collect();
        assert!(
            errors.is_empty(),
            "the output does not fit its schema:\n{}",
            errors.join("\n")
        );
        document
    }

    /// The row of a symbol in the JSON output.
    #[track_caller]
    pub(crate) fn row(&self, symbol: &str) -> Value {
        let document = self.json();
        let rows = document["rows"].as_array().unwrap();
        rows.iter()
            .find(|row| row["symbol"] == symbol)
            .unwrap_or_else(|| panic!("no row {symbol} in {}", self.stdout))
            .clone()
    }
}

fn wait(child: Child, began: Instant) -> Finished {
    let id = child.id();
    let (done, ended) = std::sync::mpsc::channel();
    let collector = std::thread::spawn(move || {
        let output = child.wait_with_output().unwrap();
        let _ = done.send(());
        output
    });
    if ended.recv_timeout(PATIENCE).is_err() {
        let _ = Command::new("kill").args(["-9", &id.to_string()]).status();
        panic!("volq did not end within {} s", PATIENCE.as_secs());
    }
    let took = began.elapsed();
    let output = collector.join().unwrap();
    Finished {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
        took,
    }
}
