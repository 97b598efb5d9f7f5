//! What is generated from the code, or repeats it in words, says what the code says.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::CommandFactory;
use serde_json::Value;
use volq::cli::Cli;
use volq::cli::failure::ExitStatus;
use volq::model::Field;
use volq::render::SCHEMAS;

/// What makes a stale file current.
const REMEDY: &str = "is stale: bash .ci/generate";

/// The columns of a help that anyone can read.
const WIDTH: usize = 100;

#[test]
fn completions_are_current() {
    let files = [
        ("bash", "volq.bash"),
        ("zsh", "_volq"),
        ("fish", "volq.fish"),
        ("elvish", "volq.elv"),
        ("powershell", "_volq.ps1"),
    ];
    for (shell, file) in files {
        let path = root().join("completions").join(file);
        let is_current = text(&path) == says(&["completions", shell]);
        assert!(is_current, "{} {REMEDY}", path.display());
    }
    assert_eq!(entries("completions").len(), files.len());
}

#[test]
fn schemas_are_current() {
    for name in SCHEMAS {
        let path = root().join(format!("docs/schema/{name}.json"));
        let is_current = text(&path) == says(&["schema", name]);
        assert!(is_current, "{} {REMEDY}", path.display());
    }
    assert_eq!(entries("docs/schema").len(), SCHEMAS.len());
}

#[test]
fn the_program_and_every_command_have_a_manual_page() {
    let program = program();
    let names = program.get_subcommands().map(clap::Command::get_name);
    let pages = names.map(|name| vec!["man", name]);
    for words in std::iter::once(vec!["man"]).chain(pages) {
        let page = says(&words);
        assert!(
            page.contains("\n.TH volq") && page.contains("\n.SH SYNOPSIS"),
            "{words:?}"
        );
    }
}

#[test]
fn every_command_shows_an_example() {
    for (name, mut command) in commands() {
        let help = command.render_long_help().to_string();
        assert!(help.contains("Example: "), "{name}:\n{help}");
    }
}

#[test]
fn every_option_says_what_it_does() {
    for (name, command) in commands() {
        for argument in command.get_arguments() {
            let help = argument
                .get_help()
                .map(ToString::to_string)
                .unwrap_or_default();
            assert!(!help.is_empty(), "{name} {}", argument.get_id());
        }
    }
}

#[test]
fn a_short_option_means_one_thing_everywhere() {
    let mut meanings: BTreeMap<char, String> = BTreeMap::new();
    for (name, command) in commands() {
        for argument in command.get_arguments() {
            let Some(short) = argument.get_short() else {
                continue;
            };
            let meaning = argument.get_id().to_string();
            let first = meanings.entry(short).or_insert_with(|| meaning.clone());
            assert_eq!(*first, meaning, "-{short} of {name}");
        }
    }
    assert!(meanings.contains_key(&'o'));
}

#[test]
fn no_line_of_help_is_wider_than_a_terminal() {
    for (name, mut command) in commands() {
        for help in [command.render_help(), command.render_long_help()] {
            for line in help.to_string().lines() {
                assert!(line.chars().count() <= WIDTH, "{name}: {line}");
            }
        }
    }
}

#[test]
fn fields_lists_every_field() {
    let document: Value = serde_json::from_str(&says(&["fields", "--json"])).unwrap();
    let listed: Vec<&str> = document["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|field| field["name"].as_str().unwrap())
        .collect();
    assert_eq!(listed, names_of_fields());
}

#[test]
fn the_readme_names_every_field_and_no_other() {
    let section = section("## Fields");
    let mut named: Vec<&str> = table(&section)
        .iter()
        .flat_map(|cells| cells[1].split('`').skip(1).step_by(2))
        .collect();
    let mut all = names_of_fields();
    named.sort_unstable();
    all.sort_unstable();
    assert_eq!(named, all);
}

#[test]
fn the_readme_and_the_help_name_every_exit_code() {
    let codes = ExitStatus::ALL.map(|status| u16::from(status.code()));
    let section = section("## Exit codes");
    let in_readme: Vec<u16> = table(&section)
        .iter()
        .map(|cells| cells[0].parse().unwrap())
        .collect();
    assert_eq!(in_readme, codes);
    let help = program().render_help().to_string();
    let (_, list) = help.split_once("Exit codes:").unwrap();
    let mut in_help: Vec<u16> = list
        .split_whitespace()
        .filter_map(|word| word.parse().ok())
        .collect();
    in_help.sort_unstable();
    assert_eq!(in_help, codes);
}

#[test]
fn the_changelog_has_a_place_for_what_comes() {
    let changelog = text(&root().join("CHANGELOG.md"));
    let (_, upcoming) = changelog.split_once("\n## Unreleased\n").unwrap();
    let upcoming = upcoming.split("\n## ").next().unwrap();
    for kind in ["Features", "Fixes", "Changes", "Other"] {
        assert!(upcoming.contains(&format!("\n### {kind}\n")), "{kind}");
    }
}

/// The program as it is declared, with everything that clap adds to it.
fn program() -> clap::Command {
    let mut program = Cli::command();
    program.build();
    program
}

/// Every command a user can type, those inside others included, by its full name.
fn commands() -> Vec<(String, clap::Command)> {
    let mut found = vec![("volq".to_owned(), program())];
    let mut ahead = vec![("volq".to_owned(), program())];
    while let Some((before, command)) = ahead.pop() {
        for inner in command
            .get_subcommands()
            .filter(|inner| inner.get_name() != "help")
        {
            let name = format!("{before} {}", inner.get_name());
            ahead.push((name.clone(), inner.clone()));
            found.push((name, inner.clone()));
        }
    }
    assert!(found.iter().any(|(name, _)| name == "volq config show"));
    found
}

fn names_of_fields() -> Vec<&'static str> {
    Field::ALL.iter().map(|field| field.name()).collect()
}

/// What volq prints when nothing in the environment can change it.
fn says(words: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_volq"))
        .args(words)
        .env_clear()
        .output()
        .unwrap();
    assert!(output.status.success(), "{words:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn entries(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join(folder)).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// The part of the README beneath a heading.
fn section(heading: &str) -> String {
    let readme = text(&root().join("README.md"));
    let (_, rest) = readme.split_once(&format!("\n{heading}\n")).unwrap();
    rest.split("\n## ").next().unwrap().to_owned()
}

/// The cells of the first table in a text, without its head.
fn table(markdown: &str) -> Vec<Vec<&str>> {
    let rows = markdown
        .lines()
        .skip_while(|line| !line.starts_with('|'))
        .take_while(|line| line.starts_with('|'));
    rows.skip(2)
        .map(|row| row.trim_matches('|').split('|').map(str::trim).collect())
        .collect()
}
