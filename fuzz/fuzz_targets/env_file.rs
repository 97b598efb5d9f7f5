//! Any text as an env-file: it is read without a panic, and what was read can be written down and read again.

#![no_main]

use std::fmt::Write;

use libfuzzer_sys::fuzz_target;
use volq::settings::env_file::parse;

fuzz_target!(|text: &str| {
    let file = parse(text);
    let lines = text.lines().count();
    let mut before = 0;
    for bad in &file.bad_lines {
        assert!(
            before < bad.line && bad.line <= lines,
            "line {} of {lines}",
            bad.line
        );
        before = bad.line;
    }
    assert!(file.variables.len() + file.bad_lines.len() <= lines);

    let mut written = String::new();
    for (name, value) in &file.variables {
        writeln!(written, "export {name}={} # kept", quoted(value)).expect("a string takes it");
    }
    let again = parse(&written);
    assert_eq!(again.bad_lines, [], "{written}");
    assert_eq!(again.variables, file.variables, "{written}");
});

/// A value as a shell would want it written: in single quotes where that is possible.
fn quoted(value: &str) -> String {
    if !value.contains(['\'', '\n', '\r']) {
        return format!("'{value}'");
    }
    let mut text = String::from('"');
    for c in value.chars() {
        match c {
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '"' | '\\' | '$' | '`' => text.extend(['\\', c]),
            _ => text.push(c),
        }
    }
    text.push('"');
    text
}
