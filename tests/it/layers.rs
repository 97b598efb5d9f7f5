//! The map of rooms in `src/lib.rs` holds, and so do the rules every file follows.
//!
//! The map is read from its doc comment, so what is documented is what is checked. Product code counts: items under
//! `#[cfg(test)]` may know any room.

mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use source::{paths, tokens, without_tests};

/// A product file's most lines; beyond it wants splitting by subject.
const MOST_LINES: usize = 600;

/// Words that promise work instead of doing it, in two parts so that this file may be read too.
const LEFTOVERS: [(&str, &str); 3] = [("TO", "DO"), ("FIX", "ME"), ("X", "XX")];

#[test]
fn every_room_uses_only_what_the_map_allows() {
    let map = Map::read();
    let files = product_files();
    let test_only = test_only_modules(&files);
    let packages = packages();
    let mut faults = Vec::new();
    for file in &files {
        let module = file.module();
        let Some(room) = module.first() else {
            continue;
        };
        if test_only.iter().any(|only| module.starts_with(only)) {
            continue;
        }
        let all = tokens(&file.text);
        let (product, _) = without_tests(&all);
        for path in paths(&product) {
            let outside = path.segments[0];
            let used = if outside == "volq" || packages.iter().any(|name| name == outside) {
                outside
            } else if packages.iter().any(|name| name == room) {
                // Within its package a room goes where it likes.
                continue;
            } else if let Some(below) = path.below_root(module.len()) {
                below
            } else {
                continue;
            };
            if used != *room && !map.allows(room, used) {
                let place = format!("{}:{}", file.name, path.line);
                faults.push(format!("{place}: `{room}` may not use `{used}`"));
            }
        }
    }
    no(&faults);
}

#[test]
fn the_map_names_every_room() {
    let lib = read("src/lib.rs");
    let all = tokens(&lib);
    let packages = packages();
    let declared: BTreeSet<&str> = all
        .windows(3)
        .filter(|three| three[0].text == "mod" && three[2].text == ";")
        .map(|three| three[1].text)
        .chain(packages.iter().map(String::as_str))
        .collect();
    let map = Map::read();
    let mapped: BTreeSet<&str> = map.uses.keys().map(String::as_str).collect();
    assert_eq!(
        declared, mapped,
        "rooms of src/ and crates/ and rows of the map"
    );
}

#[test]
fn the_map_has_no_cycle() {
    let mut left = Map::read().uses;
    while let Some(leaf) = left
        .iter()
        .find(|(_, uses)| uses.iter().all(|used| !left.contains_key(used)))
        .map(|(room, _)| room.clone())
    {
        left.remove(&leaf);
    }
    let cycle: Vec<_> = left.keys().collect();
    assert!(cycle.is_empty(), "src/lib.rs: a cycle among {cycle:?}");
}

#[test]
fn only_the_commands_know_the_built_in_market() {
    let map = Map::read();
    let users: Vec<_> = map
        .uses
        .iter()
        .filter(|(_, uses)| uses.contains("market"))
        .map(|(room, _)| room.as_str())
        .collect();
    assert_eq!(users, ["cli"]);
}

#[test]
fn a_package_depends_on_no_room_that_the_map_denies_it() {
    let map = Map::read();
    let mut faults = Vec::new();
    for package in packages() {
        let name = format!("crates/{package}/Cargo.toml");
        let manifest = read(&name);
        for path in manifest.split("path = \"..").skip(1) {
            let used = path.split('"').next().unwrap_or_default();
            if !map.allows(&package, used.trim_start_matches('/')) {
                faults.push(format!("{name}: `{package}` may not depend on `..{used}`"));
            }
        }
    }
    no(&faults);
}

#[test]
fn the_program_knows_the_commands_alone() {
    let main = read("src/main.rs");
    let all = tokens(&main);
    let faults: Vec<_> = paths(&all)
        .iter()
        .filter(|path| path.segments[0] == "volq" && path.segments[1] != "cli")
        .map(|path| format!("src/main.rs:{}: {}", path.line, path.segments.join("::")))
        .collect();
    no(&faults);
}

#[test]
fn the_environment_is_read_in_one_file() {
    let mut faults = Vec::new();
    for file in product_files() {
        if file.name == "src/settings/env.rs" {
            continue;
        }
        let all = tokens(&file.text);
        // Arguments are no environment, and somebody has to hand them in.
        let is_arguments = |path: &source::Path<'_>| {
            file.name == "src/main.rs" && path.segments.last() == Some(&"args_os")
        };
        let reads =
            |path: &&source::Path<'_>| path.segments[..2] == ["std", "env"] && !is_arguments(path);
        for path in paths(&all).iter().filter(reads) {
            let used = path.segments.join("::");
            faults.push(format!("{}:{}: `{used}`", file.name, path.line));
        }
    }
    no(&faults);
}

#[test]
fn every_file_opens_with_what_it_owns() {
    let faults: Vec<_> = all_rust_files()
        .iter()
        .filter(|file| !file.text.starts_with("//! "))
        .map(|file| format!("{}:1: does not open with `//! `", file.name))
        .collect();
    no(&faults);
}

#[test]
fn nothing_is_left_for_later() {
    let mut faults = Vec::new();
    for file in all_rust_files() {
        for (at, line) in file.text.lines().enumerate() {
            let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
            let leftover = |word: &str| {
                LEFTOVERS
                    .iter()
                    .any(|(a, b)| word.strip_prefix(a) == Some(b))
            };
            if words.any(leftover) || line.contains(concat!("todo", "!")) {
                faults.push(format!("{}:{}: {}", file.name, at + 1, line.trim()));
            }
        }
    }
    no(&faults);
}

#[test]
fn no_source_file_is_too_long() {
    let faults: Vec<_> = product_files()
        .iter()
        .map(|file| (&file.name, file.text.lines().count()))
        .filter(|(_, lines)| *lines > MOST_LINES)
        .map(|(name, lines)| format!("{name}:{lines}: more than {MOST_LINES} lines"))
        .collect();
    no(&faults);
}

/// Which room may use which.
struct Map {
    uses: BTreeMap<String, BTreeSet<String>>,
}

impl Map {
    /// Reads the rows `| [`room`] | owns | may use |`.
    fn read() -> Self {
        let lib = read("src/lib.rs");
        let mut rows = Vec::new();
        for line in lib.lines().filter(|line| line.starts_with("//! | [`")) {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let [_, rooms, _, uses, _] = cells[..] else {
                panic!("src/lib.rs: a row has three cells: {line}");
            };
            let names = rooms.split('`').skip(1).step_by(2).map(str::to_owned);
            rows.push((names.collect::<Vec<_>>(), uses));
        }
        let all: BTreeSet<String> = rows.iter().flat_map(|(names, _)| names.clone()).collect();
        let mut map = Self {
            uses: BTreeMap::new(),
        };
        for (names, uses) in rows {
            let allowed = map.allowed(uses, &all);
            for name in names {
                map.uses.insert(name, allowed.clone());
            }
        }
        assert!(!map.uses.is_empty(), "src/lib.rs: no map of rooms");
        map
    }

    /// What the last cell of a row means, after the rows above it.
    fn allowed(&self, uses: &str, all: &BTreeSet<String>) -> BTreeSet<String> {
        let listed = |words: &str, separator: &str| -> BTreeSet<String> {
            let names: BTreeSet<_> = words.split(separator).map(str::to_owned).collect();
            for name in &names {
                assert!(
                    all.contains(name),
                    "src/lib.rs: the map has no room `{name}`"
                );
            }
            names
        };
        if uses == "–" {
            return BTreeSet::new();
        }
        if uses == "everything" {
            return all.iter().filter(|room| *room != "cli").cloned().collect();
        }
        if let Some(excepted) = uses.strip_prefix("all of the above but ") {
            let excepted = listed(excepted, " and ");
            let above = self.uses.keys().cloned().collect::<BTreeSet<_>>();
            return &above - &excepted;
        }
        listed(uses, ", ")
    }

    fn allows(&self, room: &str, used: &str) -> bool {
        self.uses.get(room).is_some_and(|uses| uses.contains(used))
    }
}

/// A file of the project.
struct File {
    /// From the project's root, with `/` on every system.
    name: String,
    text: String,
}

impl File {
    /// The module the file holds, from the room on; empty for the roots of the program itself.
    fn module(&self) -> Vec<&str> {
        let inside = self.name.trim_end_matches(".rs");
        let mut module: Vec<&str> = match inside.strip_prefix("crates/") {
            Some(inside) => inside.split('/').collect(),
            None => inside.trim_start_matches("src/").split('/').collect(),
        };
        if inside.starts_with("crates/") {
            // The folder of sources between a package and its modules.
            module.remove(1);
        }
        if matches!(module.last(), Some(&("mod" | "lib" | "main"))) {
            module.pop();
        }
        module
    }
}

/// The modules in files of their own that only tests see.
fn test_only_modules(files: &[File]) -> Vec<Vec<&str>> {
    let mut found = Vec::new();
    for file in files {
        let all = tokens(&file.text);
        let (_, names) = without_tests(&all);
        let inside = names
            .into_iter()
            .map(|name| [file.module(), vec![name]].concat());
        found.extend(inside);
    }
    found
}

fn all_rust_files() -> Vec<File> {
    ["src", "crates", "tests", "benches"]
        .into_iter()
        .flat_map(rust_files)
        .collect()
}

/// The sources of the program and of the packages it is made of.
fn product_files() -> Vec<File> {
    let mut files = rust_files("src");
    for package in packages() {
        files.extend(rust_files(&format!("crates/{package}/src")));
    }
    files
}

/// The packages beside the program's, by folder; the folder's name is that of the library.
fn packages() -> Vec<String> {
    let entries = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("crates"));
    let mut names: Vec<String> = entries
        .unwrap_or_else(|error| panic!("crates: {error}"))
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// The sources in and below a directory, in the order of their names.
fn rust_files(directory: &str) -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let entries = std::fs::read_dir(root.join(directory))
        .unwrap_or_else(|error| panic!("{directory}: {error}"));
    let mut names: Vec<String> = entries
        .flatten()
        .map(|entry| format!("{directory}/{}", entry.file_name().to_string_lossy()))
        .collect();
    names.sort();
    let mut files = Vec::new();
    for name in names {
        let path = root.join(&name);
        if path.is_dir() {
            files.extend(rust_files(&name));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = read(&name);
            files.push(File { name, text });
        }
    }
    files
}

fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Fails with every fault on a line of its own.
fn no(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}
