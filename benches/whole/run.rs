//! One run of the program.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use wait4::Wait4 as _;

/// A run that takes longer is killed.
const LONGEST: Duration = Duration::from_secs(150);

/// What a run took.
pub(crate) struct Run {
    /// From before its start until it was gone.
    pub(crate) wall: Duration,
    /// User and system.
    pub(crate) cpu: Duration,
    pub(crate) peak_kib: u64,
    /// The exit code; `killed` or `signal` for runs without one.
    pub(crate) exit: String,
}

/// Runs the program with nothing of the caller's in its environment, in a home of its own, and with a market's port.
pub(crate) fn run(binary: &Path, words: &[String], home: &Path, port: Option<u16>) -> Run {
    let mut command = Command::new(binary);
    let output = |name: &str| File::create(home.join(name)).expect("a file");
    command
        .args(words)
        .env_clear()
        .env("HOME", home)
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("XDG_CACHE_HOME", home.join("cache"))
        .current_dir(home)
        .stdin(Stdio::null())
        .stdout(output("stdout"))
        .stderr(output("stderr"));
    if let Some(port) = port {
        let base = format!("http://127.0.0.1:{port}");
        command
            .env("API_BASE_URL", &base)
            .env("LEGACY_BASE_URL", &base)
            // The address that comes with the quote token is the market's own, past the line.
            .env("VOLQ_DXLINK_URL", format!("ws://127.0.0.1:{port}/realtime"))
            .env("TT_CLIENT_SECRET", "built-in-market")
            .env("TT_REFRESH_TOKEN", "built-in-market");
    }
    let began = Instant::now();
    let child = command.spawn().expect("the program can be started");
    watched(child, began)
}

fn watched(child: Child, began: Instant) -> Run {
    let (ended, end) = channel::<()>();
    let kill = killer(&child);
    let watch = std::thread::spawn(move || {
        let late = end.recv_timeout(LONGEST) == Err(RecvTimeoutError::Timeout);
        if late {
            kill();
        }
        late
    });
    let used = child.wait4().expect("the program ends");
    let wall = began.elapsed();
    drop(ended);
    let killed = watch.join().expect("the watch ends");
    let code = used.status.code().map(|code| code.to_string());
    let otherwise = if killed { "killed" } else { "signal" };
    Run {
        wall,
        cpu: used.rusage.utime + used.rusage.stime,
        peak_kib: used.rusage.maxrss / 1_024,
        exit: code.unwrap_or_else(|| otherwise.to_owned()),
    }
}

/// Kills a process by its id, since its handle is taken by whoever waits for it.
#[cfg(unix)]
fn killer(child: &Child) -> impl FnOnce() + Send + 'static {
    use rustix::process::{Pid, Signal, kill_process};
    let pid = Pid::from_child(child);
    // It may have ended this very moment.
    move || kill_process(pid, Signal::KILL).unwrap_or_default()
}

#[cfg(not(unix))]
fn killer(_: &Child) -> impl FnOnce() + Send + 'static {
    || panic!("a run took longer than {LONGEST:?}")
}
