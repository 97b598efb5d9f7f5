//! Every behaviour of a correct client of the stream has a test.
//!
//! See `docs/reference/dxlink-protocol.md`, "17. Behaviours a correct client must show".
//!
//! That section is a numbered list. A doc comment `/// Checklist 72, 73.` says that the test below it proves these two. A
//! number without a test is noticed here, and so is one that does not exist. 101 is about a service that volq does not
//! use.

use std::collections::BTreeMap;
use std::path::Path;

/// How a doc comment claims numbers.
const CLAIM: &str = "/// Checklist ";

/// The behaviours there are, both ends included.
const BEHAVIOURS: std::ops::RangeInclusive<u32> = 1..=100;

#[test]
fn every_behaviour_has_a_test() {
    let mut found: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    for folder in ["tests/it", "crates/dxlink/src"] {
        claims(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join(folder),
            &mut found,
        );
    }
    let unproved: Vec<u32> = BEHAVIOURS
        .filter(|number| !found.contains_key(number))
        .collect();
    assert!(unproved.is_empty(), "no test for {unproved:?}");
    let unknown: Vec<&u32> = found
        .keys()
        .filter(|number| !BEHAVIOURS.contains(number))
        .collect();
    assert!(unknown.is_empty(), "no such behaviour: {unknown:?}");
}

/// Collects the numbers claimed in the files of a folder.
fn claims(folder: &Path, found: &mut BTreeMap<u32, Vec<String>>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            claims(&path, found);
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().map(str::trim_start).collect();
        for (at, line) in lines.iter().enumerate() {
            let Some(claimed) = line.strip_prefix(CLAIM) else {
                continue;
            };
            // A claim stands for the test below it, or for nothing.
            let below = &lines[at + 1..];
            let is_test = below
                .iter()
                .find(|line| !line.starts_with("///"))
                .is_some_and(|line| *line == "#[test]");
            assert!(
                is_test,
                "{}:{}: a claim without test",
                path.display(),
                at + 1
            );
            let numbers = claimed.split('.').next().unwrap();
            for number in numbers.split(", ") {
                let number = number.parse().unwrap();
                let place = format!("{}:{}", path.display(), at + 1);
                found.entry(number).or_default().push(place);
            }
        }
    }
}
