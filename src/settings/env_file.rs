//! Env-files: `export K='v'` lines as a shell would read the simple ones, without running a shell.
//!
//! Nothing is expanded. A line that cannot be read is reported by its number alone, since it may hold a secret.

use std::collections::BTreeMap;

/// What an env-file says. There is no `Debug`: the texts are secrets.
#[derive(Default)]
pub struct EnvFile {
    /// Variable to text; the last line wins.
    pub variables: BTreeMap<String, String>,
    /// Lines that were skipped.
    pub bad_lines: Vec<BadLine>,
}

/// A line that is no assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadLine {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: &'static str,
}

/// Reads a whole env-file.
pub fn parse(text: &str) -> EnvFile {
    let mut file = EnvFile::default();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (index, line) in text.lines().enumerate() {
        match assignment(line.trim()) {
            Ok(Some((name, value))) => {
                file.variables.insert(name.to_owned(), value);
            }
            Ok(None) => {}
            Err(why) => file.bad_lines.push(BadLine {
                line: index + 1,
                why,
            }),
        }
    }
    file
}

fn assignment(line: &str) -> Result<Option<(&str, String)>, &'static str> {
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let (name, value) = line.split_once('=').ok_or("there is no '='")?;
    let name = name.trim();
    let name = name
        .strip_prefix("export")
        .filter(|rest| rest.starts_with([' ', '\t']))
        .map_or(name, str::trim_start);
    if !is_name(name) {
        return Err("what stands before '=' is not the name of a variable");
    }
    Ok(Some((name, unquoted(value.trim_start())?)))
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn unquoted(value: &str) -> Result<String, &'static str> {
    let (text, rest) = match value.chars().next() {
        Some('\'') => {
            let (text, rest) = value[1..].split_once('\'').ok_or(UNCLOSED)?;
            (text.to_owned(), rest)
        }
        Some('"') => double_quoted(&value[1..])?,
        _ => (plain(value).to_owned(), ""),
    };
    let rest = rest.trim_start();
    if rest.is_empty() || rest.starts_with('#') {
        Ok(text)
    } else {
        Err("something follows the closing quote")
    }
}

/// A value without quotes ends where a comment begins.
fn plain(value: &str) -> &str {
    let end = value
        .char_indices()
        .zip(value.chars().skip(1))
        .find(|((_, c), next)| c.is_whitespace() && *next == '#')
        .map_or(value.len(), |((at, _), _)| at);
    let value = if value.starts_with('#') {
        ""
    } else {
        &value[..end]
    };
    value.trim_end()
}

/// The text up to the closing quote, and what follows it.
fn double_quoted(value: &str) -> Result<(String, &str), &'static str> {
    let mut text = String::new();
    let mut chars = value.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok((text, &value[at + 1..])),
            '\\' => match chars.next().ok_or(UNCLOSED)?.1 {
                'n' => text.push('\n'),
                'r' => text.push('\r'),
                't' => text.push('\t'),
                same @ ('"' | '\\' | '$' | '`') => text.push(same),
                // As in a shell, a backslash before anything else is just a backslash.
                other => text.extend(['\\', other]),
            },
            _ => text.push(c),
        }
    }
    Err(UNCLOSED)
}

const UNCLOSED: &str = "the quote is not closed";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_form_of_assignment_is_read() {
        for (line, name, value) in [
            ("K=v", "K", "v"),
            ("export K='v'", "K", "v"),
            ("export\tK = \"v\"", "K", "v"),
            ("  K=v # comment", "K", "v"),
            ("K=a#b", "K", "a#b"),
            ("K=#b", "K", ""),
            ("K=", "K", ""),
            ("K=a=b==", "K", "a=b=="),
            ("K='a # \"b\" \\n' # c", "K", "a # \"b\" \\n"),
            (
                r#"K="a \"b\" \\ \n \$x \q" # c"#,
                "K",
                "a \"b\" \\ \n $x \\q",
            ),
            ("K=two words ", "K", "two words"),
            ("exported=1", "exported", "1"),
            ("_K9=é", "_K9", "é"),
        ] {
            let file = parse(line);
            assert!(file.bad_lines.is_empty(), "{line}");
            assert_eq!(file.variables[name], value, "{line}");
        }
    }

    #[test]
    fn windows_line_ends_marks_and_blank_lines_are_tolerated() {
        let file = parse("\u{feff}# login\r\n\r\nA='1'\r\n   \r\nB=2\r\nA=3");
        assert!(file.bad_lines.is_empty());
        assert_eq!(file.variables["A"], "3");
        assert_eq!(file.variables["B"], "2");
    }

    #[test]
    fn bad_lines_are_counted_not_quoted() {
        let file = parse("A=1\nsecret text\nB='open\n9=x\nC=\"x\" y\nD=\"\\");
        let lines: Vec<_> = file.bad_lines.iter().map(|bad| bad.line).collect();
        assert_eq!(lines, [2, 3, 4, 5, 6]);
        assert_eq!(file.variables.len(), 1);
        assert!(file.bad_lines.iter().all(|bad| !bad.why.contains("secret")));
    }

    proptest! {
        #[test]
        fn reading_never_panics(text in "(?s).{0,200}") {
            parse(&text);
        }

        #[test]
        fn mangled_quotes_never_panic(text in "[K='\"\\\\# \n\ré]{0,40}") {
            parse(&text);
        }

        #[test]
        fn a_single_quoted_text_survives(value in "[^'\r\n]{0,40}") {
            let file = parse(&format!("export K='{value}'"));
            prop_assert_eq!(&file.variables["K"], &value);
        }
    }
}
