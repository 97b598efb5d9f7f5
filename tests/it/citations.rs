//! Comments cite the reference notes by page and title of the section, and such a section exists.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Where the reference notes are, as citations spell it.
const PAGES: &str = "docs/reference/";

/// What holds comments that may cite.
const FOLDERS: [&str; 5] = ["src", "crates", "tests", "benches", "fuzz"];

#[test]
fn every_citation_names_a_section() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sections = sections(&root.join(PAGES));
    let mut cited = 0;
    let mut wrong = Vec::new();
    for path in FOLDERS.iter().flat_map(|folder| files(&root.join(folder))) {
        let text = comments(&std::fs::read_to_string(&path).unwrap());
        for (page, titles) in citations(&text) {
            cited += 1;
            let known = sections.get(page).map_or(&[][..], Vec::as_slice);
            let unknown = titles
                .into_iter()
                .find(|title| !known.iter().any(|section| section == title));
            if let Some(title) = unknown {
                wrong.push(format!("{}: {page}, \"{title}\"", path.display()));
            } else if known.is_empty() {
                wrong.push(format!("{}: {page}", path.display()));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "no such page or section:\n{}",
        wrong.join("\n")
    );
    assert!(cited > 100, "only {cited} citations were found");
}

/// The titles of the sections of each page.
fn sections(folder: &Path) -> BTreeMap<String, Vec<String>> {
    let pages = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    pages
        .filter(|path| path.extension().is_some_and(|end| end == "md"))
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            let titles = text
                .lines()
                .filter(|line| line.starts_with('#'))
                .map(|line| line.trim_start_matches('#').trim().to_owned())
                .collect();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, titles)
        })
        .collect()
}

/// The Rust files below a folder, but for what is built.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "target") {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
    found
}

/// The comments of a file as running text, since a title may go on in the next line.
fn comments(source: &str) -> String {
    let mut text = String::new();
    for line in source.lines().map(str::trim_start) {
        if let Some(comment) = line.strip_prefix("//") {
            text.push_str(comment.trim_start_matches(['/', '!']).trim());
            text.push(' ');
        }
    }
    text
}

/// Each page that is cited, with the titles that follow it.
fn citations(text: &str) -> impl Iterator<Item = (&str, Vec<&str>)> {
    text.split(PAGES).skip(1).filter_map(|after| {
        let (page, mut rest) = after.split_once('`')?;
        let mut titles = Vec::new();
        while let Some(title) = [", \"", " and \"", " to \"", ", with \""]
            .iter()
            .find_map(|before| rest.strip_prefix(before))
        {
            let (title, after) = title.split_once('"')?;
            titles.push(title);
            rest = after;
        }
        Some((page, titles))
    })
}
