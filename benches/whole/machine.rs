//! Where it was measured, and what.

use std::fs::read_to_string;
use std::path::Path;
use std::process::Command;

/// Machine, load, program, and this program's own memory: at its start a child counts as large as its parent was.
pub(crate) fn about(binary: &Path) -> String {
    let version = Command::new(binary)
        .arg("--version")
        .output()
        .expect("the program can be started");
    let bytes = std::fs::metadata(binary).expect("a file").len();
    format!(
        "machine  {}\nload     {}\nprogram  {}, {bytes} bytes\nsmallest peak that can be seen  {}",
        machine(),
        first_line("/proc/loadavg", "unknown"),
        String::from_utf8_lossy(&version.stdout).trim(),
        field("/proc/self/status", "VmHWM").unwrap_or_else(|| "unknown".to_owned()),
    )
}

fn machine() -> String {
    let model = field("/proc/cpuinfo", "model name");
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!(
        "{}, {cores} cores, {} {}",
        model.unwrap_or_else(|| std::env::consts::ARCH.to_owned()),
        std::env::consts::OS,
        first_line("/proc/sys/kernel/osrelease", "")
    )
}

fn first_line(path: &str, otherwise: &str) -> String {
    let text = read_to_string(path).unwrap_or_default();
    text.lines().next().unwrap_or(otherwise).to_owned()
}

/// A line `name: value` of a file.
fn field(path: &str, name: &str) -> Option<String> {
    let text = read_to_string(path).ok()?;
    let value = text.lines().find_map(|line| line.strip_prefix(name))?;
    Some(value.trim_start_matches([' ', '\t', ':']).to_owned())
}
