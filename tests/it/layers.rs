//! The maps of rooms in `src/lib.rs` and in the packages' `lib.rs` hold, and so do the rules every file follows.
//!
//! A map is read from its doc comment, so what is documented is what is checked. Product code counts: items under
//! `#[cfg(test)]` may know any room of their package. For the program a package of the workspace is a room as well.

mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use source::{paths, tokens, without_tests};

/// A file's most lines under `src`; beyond it wants splitting by subject.
const MOST_LINES: usize = 600;

/// Words that promise work instead of doing it, in two parts so that this file may be read too.
const LEFTOVERS: [(&str, &str); 3] = [("TO", "DO"), ("FIX", "ME"), ("X", "XX")];

/// A package of the workspace beside the program: the name its library has in paths, and its folder.
struct Package {
    library: &'static str,
    folder: &'static str,
}

const PACKAGES: [Package; 1] = [Package {
    library: "dxlink",
    folder: "crates/dxlink",
}];

#[test]
fn every_room_uses_only_what_the_map_allows() {
    no(&forbidden_uses("src"));
    for package in &PACKAGES {
        no(&forbidden_uses(&format!("{}/src", package.folder)));
    }
}

/// The paths from one room of a crate to another that its map does not have.
fn forbidden_uses(sources: &str) -> Vec<String> {
    let map = Map::read(sources);
    let files = rust_files(sources);
    let test_only = test_only_modules(&files);
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
            let inside = path.below_root(module.len());
            let Some(used) = inside.or_else(|| package_of(&path)) else {
                continue;
            };
            if used != *room && !map.allows(room, used) {
                let place = format!("{}:{}", file.name, path.line);
                faults.push(format!("{place}: `{room}` may not use `{used}`"));
            }
        }
    }
    faults
}

/// The package of the workspace that a path leads into.
fn package_of<'a>(path: &source::Path<'a>) -> Option<&'a str> {
    let first = path.segments[0];
    let is_package = first == "volq" || PACKAGES.iter().any(|package| package.library == first);
    is_package.then_some(first)
}

#[test]
fn the_map_names_every_room() {
    let packages = PACKAGES.iter().map(|package| package.library.to_owned());
    let rooms = &declared("src") | &packages.collect();
    assert_eq!(rooms, Map::read("src").rooms(), "src/lib.rs and its map");
    for package in &PACKAGES {
        let sources = format!("{}/src", package.folder);
        let rooms = declared(&sources);
        assert_eq!(rooms, Map::read(&sources).rooms(), "{sources} and its map");
    }
}

/// The modules that the root of a crate declares.
fn declared(sources: &str) -> BTreeSet<String> {
    let lib = read(&format!("{sources}/lib.rs"));
    let all = tokens(&lib);
    let (product, _) = without_tests(&all);
    product
        .windows(3)
        .filter(|three| three[0].text == "mod" && three[2].text == ";")
        .map(|three| three[1].text.to_owned())
        .collect()
}

#[test]
fn every_folder_of_crates_is_a_package_that_is_looked_at() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates");
    let entries = std::fs::read_dir(root).unwrap().flatten();
    let found: BTreeSet<String> = entries
        .map(|entry| format!("crates/{}", entry.file_name().to_string_lossy()))
        .collect();
    let known = PACKAGES.iter().map(|package| package.folder.to_owned());
    assert_eq!(found, known.collect());
}

/// What a package is tested with may not be the program either: its tests run alone.
#[test]
fn no_package_knows_the_program() {
    for package in &PACKAGES {
        let manifest = read(&format!("{}/Cargo.toml", package.folder));
        let dependencies = manifest.lines().filter(|line| line.starts_with("volq"));
        assert_eq!(
            dependencies.collect::<Vec<_>>(),
            [""; 0],
            "{}",
            package.folder
        );
        let faults: Vec<_> = rust_files(package.folder)
            .iter()
            .filter(|file| {
                paths(&tokens(&file.text))
                    .iter()
                    .any(|path| path.segments[0] == "volq")
            })
            .map(|file| format!("{}: uses the program", file.name))
            .collect();
        no(&faults);
    }
}

#[test]
fn the_maps_have_no_cycle() {
    acyclic("src");
    for package in &PACKAGES {
        acyclic(&format!("{}/src", package.folder));
    }
}

fn acyclic(sources: &str) {
    let mut left = Map::read(sources).uses;
    while let Some(leaf) = left
        .iter()
        .find(|(_, uses)| uses.iter().all(|used| !left.contains_key(used)))
        .map(|(room, _)| room.clone())
    {
        left.remove(&leaf);
    }
    let cycle: Vec<_> = left.keys().collect();
    assert!(cycle.is_empty(), "{sources}: a cycle among {cycle:?}");
}

#[test]
fn only_the_commands_know_the_built_in_market() {
    let map = Map::read("src");
    let users: Vec<_> = map
        .uses
        .iter()
        .filter(|(_, uses)| uses.contains("sim"))
        .map(|(room, _)| room.as_str())
        .collect();
    assert_eq!(users, ["cli"]);
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
    for file in sources() {
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
    let faults: Vec<_> = sources()
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
    /// Reads the rows `| [`room`] | owns | may use |`; rooms that are not public stand there without brackets.
    fn read(sources: &str) -> Self {
        let lib = read(&format!("{sources}/lib.rs"));
        let is_row = |line: &&str| line.starts_with("//! | [`") || line.starts_with("//! | `");
        let mut rows = Vec::new();
        for line in lib.lines().filter(is_row) {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let [_, rooms, _, uses, _] = cells[..] else {
                panic!("{sources}/lib.rs: a row has three cells: {line}");
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
                let mut others = allowed.clone();
                others.remove(&name);
                map.uses.insert(name, others);
            }
        }
        assert!(!map.uses.is_empty(), "{sources}/lib.rs: no map of rooms");
        map
    }

    fn rooms(&self) -> BTreeSet<String> {
        self.uses.keys().cloned().collect()
    }

    /// What the last cell of a row means, after the rows above it.
    fn allowed(&self, uses: &str, all: &BTreeSet<String>) -> BTreeSet<String> {
        let listed = |words: &str, separator: &str| -> BTreeSet<String> {
            let names: BTreeSet<_> = words.split(separator).map(str::to_owned).collect();
            for name in &names {
                assert!(all.contains(name), "a map has no room `{name}`");
            }
            names
        };
        if uses == "–" {
            return BTreeSet::new();
        }
        if uses == "everything" {
            return all.clone();
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
    /// The module the file holds, from the crate's root; empty for the roots themselves.
    fn module(&self) -> Vec<&str> {
        let inside = self
            .name
            .split_once("src/")
            .map_or("", |(_, inside)| inside);
        let inside = inside.trim_end_matches(".rs");
        let mut module: Vec<&str> = inside.split('/').collect();
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
    [
        "src",
        "tests",
        "benches",
        "crates",
        "fuzz/fuzz_targets",
        "fuzz/src",
    ]
    .into_iter()
    .flat_map(rust_files)
    .collect()
}

/// The product code of the whole workspace.
fn sources() -> Vec<File> {
    let of_packages = PACKAGES
        .iter()
        .flat_map(|package| rust_files(&format!("{}/src", package.folder)));
    rust_files("src").into_iter().chain(of_packages).collect()
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
