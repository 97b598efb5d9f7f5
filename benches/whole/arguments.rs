//! The arguments of this bench.

use std::path::PathBuf;
use std::time::Duration;

/// What is measured, and how often.
pub(crate) struct Arguments {
    /// `--only SUBSTRING`: cases with this in their names; all when absent.
    only: Option<String>,
    /// `--rounds N`: most rounds of a case.
    pub(crate) rounds: usize,
    /// `--delay MS`: one way, milliseconds; may be repeated.
    pub(crate) delays: Vec<u64>,
    /// `--binary PATH`: the program to be measured; the one that cargo built for this bench when absent.
    pub(crate) binary: PathBuf,
    /// `--markdown`: the table as the papers have it.
    pub(crate) markdown: bool,
    /// `--pause MS`: between two runs.
    pub(crate) pause: Duration,
    /// `--more 'WORDS'`: further words for every command with a market that has no `--timeout` of its own.
    pub(crate) more: Vec<String>,
}

impl Arguments {
    pub(crate) fn read(words: &[&str]) -> Self {
        let mut arguments = Self {
            only: None,
            rounds: 5,
            delays: Vec::new(),
            binary: env!("CARGO_BIN_EXE_volq").into(),
            markdown: false,
            // The longest ration is one request a second.
            pause: Duration::from_millis(1_100),
            more: Vec::new(),
        };
        let mut words = words.iter().copied();
        while let Some(word) = words.next() {
            let mut value = || words.next().expect("a value after the last argument");
            match word {
                "--only" => arguments.only = Some(value().to_owned()),
                "--rounds" => arguments.rounds = value().parse().expect("a number of rounds"),
                "--delay" => arguments
                    .delays
                    .push(value().parse().expect("milliseconds")),
                "--binary" => arguments.binary = value().into(),
                "--markdown" => arguments.markdown = true,
                "--pause" => {
                    let milliseconds = value().parse().expect("milliseconds");
                    arguments.pause = Duration::from_millis(milliseconds);
                }
                "--more" => {
                    arguments.more = value().split_whitespace().map(str::to_owned).collect();
                }
                // cargo says so.
                "--bench" => {}
                other => {
                    panic!("'{other}' is no argument of this bench; benches/README.md has them")
                }
            }
        }
        if arguments.delays.is_empty() {
            arguments.delays = vec![0, 20];
        }
        // The runs have other working directories.
        arguments.binary = std::fs::canonicalize(&arguments.binary).expect("a program");
        arguments
    }

    pub(crate) fn wants(&self, name: &str) -> bool {
        self.only.as_ref().is_none_or(|only| name.contains(only))
    }
}
