//! The README keeps its word: its commands are run, their outputs have the shape that is printed there.
//!
//! The language of a fence says what becomes of the block: `sh` is run as it stands, and a `text` or `json` block right
//! beneath shows what it prints; `console` is for what a test should not do, and only parsed; `cron`, `toml` and
//! `dotenv` are read the way their reader would.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use clap::CommandFactory;
use serde_json::Value;
use volq::cli::Cli;

use crate::harness::{Finished, Harness};

/// Symbols for the examples that read a file.
const UNIVERSE: &str = "symbol\nSPY\nQQQ\nIWM\nAAPL\nNVDA\nTSLA\nCRWD\nCOIN\nFDX\n/ES\n";

#[test]
fn commands_do_what_they_show() {
    let market = prepared();
    let blocks = blocks();
    let mut compared = 0;
    for (at, block) in blocks.iter().enumerate() {
        if block.language != "sh" {
            continue;
        }
        let done = run(&market, block);
        if block.uses_jq() && !has_jq() {
            continue;
        }
        match blocks.get(at + 1).filter(|sample| sample.follows(block)) {
            Some(sample) if sample.language == "text" => compare_text(sample, &done),
            Some(sample) if sample.language == "json" => compare_json(sample, &done),
            _ => continue,
        }
        compared += 1;
    }
    assert!(compared >= 7, "only {compared} samples were compared");
}

#[test]
fn lines_for_cron_run() {
    let market = prepared();
    for block in blocks().iter().filter(|block| block.language == "cron") {
        for line in block.commands() {
            let fields: Vec<&str> = line.split_whitespace().take(5).collect();
            assert_eq!(fields.len(), 5, "line {}: {line}", block.line);
            let command = after_words(line, 5).replace("\\%", "%");
            let job = Block {
                language: "sh".to_owned(),
                text: format!("{command}\n"),
                ..*block
            };
            run(&market, &job);
        }
    }
}

#[test]
fn commands_that_are_not_run_are_spelled_right() {
    let known = ["cargo", "git", "cd", "volq", "mkdir", "chmod"];
    for block in blocks().iter().filter(|block| block.language == "console") {
        for line in block.commands() {
            let line = line.strip_prefix("$ ").unwrap_or(line);
            let line = line.split(" #").next().unwrap();
            let line = line.replace("cargo run --release --", "volq");
            let line = line.split(" > ").next().unwrap();
            let words: Vec<&str> = line.split_whitespace().collect();
            assert!(known.contains(&words[0]), "line {}: {line}", block.line);
            if words[0] == "volq" {
                let parsed = Cli::command().try_get_matches_from(words);
                assert!(parsed.is_ok(), "line {}: {line}", block.line);
            }
        }
    }
}

#[test]
fn settings_and_variables_are_accepted() {
    let market = prepared();
    for block in blocks() {
        match block.language.as_str() {
            "toml" => {
                market.write("sample.toml", &block.text);
                market.volq("config check --config sample.toml").exits(0);
            }
            "dotenv" => {
                let path = market.write("sample.env", &block.text);
                std::fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
                let shown = market.volq("config show --env-file sample.env").exits(0);
                assert_eq!(shown.stderr, "");
                for line in block.commands() {
                    let (name, _) = line.trim_start_matches("export ").split_once('=').unwrap();
                    assert!(shown.stdout.contains(name), "line {}: {name}", block.line);
                }
            }
            _ => {}
        }
    }
}

#[test]
fn every_block_is_of_a_kind_that_is_checked() {
    let known = ["sh", "text", "json", "console", "cron", "toml", "dotenv"];
    let kinds: BTreeSet<String> = blocks().into_iter().map(|block| block.language).collect();
    for kind in &kinds {
        assert!(known.contains(&kind.as_str()), "{kind:?}");
    }
    assert_eq!(kinds.len(), known.len(), "{kinds:?}");
}

#[test]
fn links_lead_somewhere() {
    let readme = readme();
    for link in readme.split("](").skip(1) {
        let target = link.split(')').next().unwrap();
        if let Some(heading) = target.strip_prefix('#') {
            let anchors = readme
                .lines()
                .filter(|line| line.starts_with('#'))
                .map(anchor);
            assert!(
                anchors.into_iter().any(|anchor| anchor == heading),
                "{target}"
            );
        } else if !target.starts_with("https://") {
            assert!(root().join(target).exists(), "{target}");
        }
    }
}

/// A fenced block of the README.
#[derive(Clone, Debug)]
struct Block {
    language: String,
    text: String,
    /// Where it begins, counted from 1.
    line: usize,
    /// Where it ends.
    end: usize,
}

impl Block {
    /// Whether nothing but a blank line stands between.
    fn follows(&self, before: &Self) -> bool {
        self.line <= before.end + 2
    }

    fn uses_jq(&self) -> bool {
        self.text.contains("| jq")
    }

    /// The lines that say something.
    fn commands(&self) -> impl Iterator<Item = &str> {
        let lines = self.text.lines().map(str::trim);
        lines.filter(|line| !line.is_empty() && !line.starts_with('#'))
    }

    /// The exit code in the comment `# exits N`, else 0.
    fn code(&self) -> i32 {
        let Some((_, comment)) = self.text.split_once("# exits ") else {
            return 0;
        };
        let digits = comment.split(|c: char| !c.is_ascii_digit()).next();
        digits.unwrap().parse().unwrap()
    }

    /// What the shell gets: without jq on this machine, each line up to the pipe into it.
    fn script(&self) -> String {
        if has_jq() {
            return self.text.clone();
        }
        let lines = self
            .text
            .lines()
            .map(|line| line.split(" | jq").next().unwrap());
        lines.collect::<Vec<_>>().join("\n")
    }
}

/// A market, and a home with the files that the examples name.
fn prepared() -> Harness {
    let market = Harness::new();
    for folder in ["", "volq/"] {
        market.write(&format!("{folder}universe.csv"), UNIVERSE);
    }
    market
}

/// Runs a block the way a reader would who pastes it and has an account, which is one of the built-in market.
#[track_caller]
fn run(market: &Harness, block: &Block) -> Finished {
    let mut command = Command::new("sh");
    command
        .args(["-ec", &block.script()])
        .current_dir(market.home())
        .env_clear()
        .env("PATH", path());
    // The demo needs none of these. They keep whatever is not a demo from reaching the real services.
    for (name, value) in market.command("").get_envs() {
        if let Some(value) = value {
            command.env(name, value);
        }
    }
    let done = market.run(command, "");
    assert_eq!(
        done.code,
        block.code(),
        "line {}:\n{}\nstdout:\n{}\nstderr:\n{}",
        block.line,
        block.text,
        done.stdout,
        done.stderr
    );
    done
}

/// Numbers differ from day to day; words do not. A line of the sample without digits has to be printed as it stands,
/// for one with digits a line of as many words.
#[track_caller]
fn compare_text(sample: &Block, done: &Finished) {
    let printed: Vec<Vec<&str>> = done
        .stdout
        .lines()
        .chain(done.stderr.lines())
        .map(|line| line.split_whitespace().collect())
        .collect();
    for line in sample.text.lines().filter(|line| !line.trim().is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let is_found = if line.contains(|c: char| c.is_ascii_digit()) {
            printed.iter().any(|printed| printed.len() == words.len())
        } else {
            printed.contains(&words)
        };
        assert!(
            is_found,
            "line {}: not printed:\n{line}\nbut:\n{}{}",
            sample.line, done.stdout, done.stderr
        );
    }
}

/// Everything the sample has, the output has, with the same kind of value.
#[track_caller]
fn compare_json(sample: &Block, done: &Finished) {
    let expected: Value = serde_json::from_str(&sample.text).unwrap();
    let printed: Value = serde_json::from_str(&done.stdout).unwrap();
    let mut differences = Vec::new();
    compare_values("", &expected, &printed, &mut differences);
    assert!(
        differences.is_empty(),
        "line {}: {differences:?}:\n{}",
        sample.line,
        done.stdout
    );
}

fn compare_values(place: &str, sample: &Value, printed: &Value, differences: &mut Vec<String>) {
    match (sample, printed) {
        (Value::Object(sample), Value::Object(printed)) => {
            let names = |object: &serde_json::Map<String, Value>| -> Vec<String> {
                object.keys().cloned().collect()
            };
            if names(sample) != names(printed) {
                differences.push(format!("{place}: {:?}", names(printed)));
            }
            for (name, value) in sample {
                if let Some(printed) = printed.get(name) {
                    compare_values(&format!("{place}/{name}"), value, printed, differences);
                }
            }
        }
        (Value::Array(sample), Value::Array(printed)) => {
            if let (Some(sample), Some(printed)) = (sample.first(), printed.first()) {
                compare_values(&format!("{place}/0"), sample, printed, differences);
            } else if sample.len() != printed.len() {
                differences.push(format!("{place}: one is empty"));
            }
        }
        _ if std::mem::discriminant(sample) == std::mem::discriminant(printed) => {}
        _ => differences.push(format!("{place}: {printed}")),
    }
}

fn blocks() -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (index, line) in readme().lines().enumerate() {
        let number = index + 1;
        match (line.strip_prefix("```"), open.take()) {
            (Some(_), Some(block)) => blocks.push(Block {
                end: number,
                ..block
            }),
            (Some(language), None) => {
                open = Some(Block {
                    language: language.to_owned(),
                    text: String::new(),
                    line: number,
                    end: number,
                });
            }
            (None, Some(mut block)) => {
                block.text.push_str(line);
                block.text.push('\n');
                open = Some(block);
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block is not closed");
    blocks
}

fn readme() -> String {
    std::fs::read_to_string(root().join("README.md")).unwrap()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The text after so many words.
fn after_words(line: &str, count: usize) -> &str {
    (0..count).fold(line.trim_start(), |rest, _| {
        let rest = rest.trim_start();
        rest.find(char::is_whitespace)
            .map_or("", |end| &rest[end..])
    })
}

/// The fragment that leads to a heading.
fn anchor(heading: &str) -> String {
    let words = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = words
        .chars()
        .filter(|c| c.is_alphanumeric() || " -".contains(*c));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// Where programs are looked for: volq first, then where the machine keeps its own.
#[expect(
    clippy::disallowed_methods,
    reason = "the examples need the tools of the machine, sh and jq"
)]
fn path() -> OsString {
    let program = Path::new(env!("CARGO_BIN_EXE_volq"));
    let own = program.parent().unwrap().to_owned();
    let others = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(std::iter::once(own).chain(std::env::split_paths(&others))).unwrap()
}

fn has_jq() -> bool {
    let jq = Command::new("jq")
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    jq.is_ok_and(|status| status.success())
}
