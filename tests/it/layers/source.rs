//! Rust sources as the layer rules need them: tokens and paths with their lines, without comments and literals.
//!
//! Knows the shape of the language and nothing of the rules.

/// A word or a mark of the language.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Token<'a> {
    /// As written; `::` is one token, every other mark is a single character.
    pub(super) text: &'a str,
    /// Counted from one.
    pub(super) line: usize,
}

/// A path with two or more segments; a group such as `a::{b, c::d}` makes one path per leaf.
#[derive(Debug, PartialEq)]
pub(super) struct Path<'a> {
    /// From the left.
    pub(super) segments: Vec<&'a str>,
    /// Where its last part begins.
    pub(super) line: usize,
    /// How many inline modules of the file are around it.
    pub(super) inline: usize,
}

impl<'a> Path<'a> {
    /// What the path names directly below the crate's root, given the depth of its file's module.
    pub(super) fn below_root(&self, depth: usize) -> Option<&'a str> {
        let first = usize::from(self.segments[0] == "self");
        let supers = self.segments[first..].iter().take_while(|s| **s == "super");
        let ups = supers.count();
        let (at_root, next) = if ups == 0 {
            (self.segments[0] == "crate", 1)
        } else {
            (ups == depth + self.inline, first + ups)
        };
        self.segments.get(next).copied().filter(|_| at_root)
    }
}

/// Cuts a source into tokens.
pub(super) fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < source.len() {
        let rest = &source[at..];
        let (length, kept) = lexeme(rest);
        let text = &rest[..length];
        if kept {
            found.push(Token { text, line });
        }
        line += text.matches('\n').count();
        at += length;
    }
    found
}

/// The length of what comes first, and whether it is a token.
fn lexeme(rest: &str) -> (usize, bool) {
    let first = rest.chars().next().unwrap_or_default();
    if rest.starts_with("//") {
        (rest.find('\n').unwrap_or(rest.len()), false)
    } else if rest.starts_with("/*") {
        (block_comment(rest), false)
    } else if first == '"' {
        (quoted(rest), false)
    } else if first == '\'' {
        (character_or_lifetime(rest), false)
    } else if is_word(first) {
        let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        match raw_string(&rest[..length], &rest[length..]) {
            Some(literal) => (length + literal, false),
            None => (length, true),
        }
    } else if rest.starts_with("::") {
        (2, true)
    } else {
        (first.len_utf8(), !first.is_whitespace())
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn block_comment(rest: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    at
}

fn quoted(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// `'x'`, `'\n'` or `'name`.
fn character_or_lifetime(rest: &str) -> usize {
    let inner = &rest[1..];
    let first = inner.chars().next().map_or(0, char::len_utf8);
    if let Some(escape) = inner.strip_prefix('\\') {
        let escaped = escape.chars().next().map_or(0, char::len_utf8);
        let close = escape[escaped..].find('\'');
        return close.map_or(rest.len(), |close| 3 + escaped + close);
    }
    if inner[first..].starts_with('\'') {
        return first + 2;
    }
    1 + inner.find(|c| !is_word(c)).unwrap_or(inner.len())
}

/// The length after the prefix of `r"…"`, `br#"…"#` and their kin.
fn raw_string(prefix: &str, rest: &str) -> Option<usize> {
    if !matches!(prefix, "r" | "br" | "cr") {
        return None;
    }
    let hashes = rest.len() - rest.trim_start_matches('#').len();
    let body = rest[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", &rest[..hashes]);
    let length = body.find(&end).unwrap_or(body.len());
    Some((hashes + 1 + length + end.len()).min(rest.len()))
}

/// What product code consists of: the tokens outside `#[cfg(test)]` items, and the modules those items declare
/// in files of their own.
pub(super) fn without_tests<'a>(tokens: &[Token<'a>]) -> (Vec<Token<'a>>, Vec<&'a str>) {
    const MARK: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let (mut kept, mut modules) = (Vec::new(), Vec::new());
    let mut at = 0;
    while at < tokens.len() {
        let marked = tokens[at..].iter().map(|t| t.text).take(7).eq(MARK);
        if !marked {
            kept.push(tokens[at]);
            at += 1;
            continue;
        }
        let item = &tokens[at + MARK.len()..];
        let length = item_length(item);
        if let [.., before, name, end] = &item[..length]
            && (before.text, end.text) == ("mod", ";")
        {
            modules.push(name.text);
        }
        at += MARK.len() + length;
    }
    (kept, modules)
}

/// How many tokens an item has, further attributes included.
fn item_length(item: &[Token<'_>]) -> usize {
    let (mut braces, mut others) = (0_usize, 0_usize);
    for (at, token) in item.iter().enumerate() {
        match token.text {
            "(" | "[" => others += 1,
            ")" | "]" => others = others.saturating_sub(1),
            "{" => braces += 1,
            "}" => braces = braces.saturating_sub(1),
            _ => {}
        }
        let ends = matches!(token.text, "}" | ";");
        if ends && braces == 0 && others == 0 {
            return at + 1;
        }
    }
    item.len()
}

/// Every path in the order of the text.
pub(super) fn paths<'a>(tokens: &[Token<'a>]) -> Vec<Path<'a>> {
    let mut found = Vec::new();
    // One entry per open brace: whether it is a module's.
    let mut open = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        match tokens[at].text {
            "{" => open.push(at >= 2 && tokens[at - 2].text == "mod"),
            "}" => drop(open.pop()),
            text if text.starts_with(is_word) => {
                let inline = open.iter().filter(|module| **module).count();
                at = expand(tokens, at, &[], inline, &mut found);
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// Adds the paths that begin here and tells where the text goes on.
fn expand<'a>(
    tokens: &[Token<'a>],
    start: usize,
    prefix: &[&'a str],
    inline: usize,
    found: &mut Vec<Path<'a>>,
) -> usize {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text);
    let mut segments = prefix.to_vec();
    let mut at = start;
    while text(at).starts_with(is_word) || text(at) == "*" {
        segments.push(text(at));
        at += 1;
        if text(at) != "::" {
            break;
        }
        at += 1;
        if text(at) == "{" {
            return expand_group(tokens, at + 1, &segments, inline, found);
        }
    }
    if segments.len() > 1 {
        let line = tokens[start.min(tokens.len() - 1)].line;
        found.push(Path {
            segments,
            line,
            inline,
        });
    }
    at
}

fn expand_group<'a>(
    tokens: &[Token<'a>],
    start: usize,
    prefix: &[&'a str],
    inline: usize,
    found: &mut Vec<Path<'a>>,
) -> usize {
    let text = |at: usize| tokens.get(at).map_or("}", |token| token.text);
    let mut at = start;
    while text(at) != "}" {
        at = expand(tokens, at, prefix, inline, found);
        // A rename.
        while !matches!(text(at), "," | "}") {
            at += 1;
        }
        at += usize::from(text(at) == ",");
    }
    at + 1
}

mod tests {
    use super::*;

    fn joined(source: &str) -> Vec<String> {
        let tokens = tokens(source);
        let join = |path: &Path<'_>| format!("{}:{}", path.line, path.segments.join("::"));
        paths(&tokens).iter().map(join).collect()
    }

    #[test]
    fn comments_and_literals_are_no_tokens() {
        let source = "a // crate::b\n/* c /* d */ e */ \"f \\\" g\" r#\"h \" i\"# '\\'' '{' 'j k<'l> b\"m\" br\"\\\" n";
        let texts: Vec<_> = tokens(source).iter().map(|token| token.text).collect();
        assert_eq!(texts, ["a", "k", "<", ">", "b", "n"]);
    }

    #[test]
    fn groups_make_one_path_per_leaf() {
        let source = "use crate::{a::B, c::{self, D as E},\n f::*};\nfn g() { crate::h::i(); }";
        assert_eq!(
            joined(source),
            [
                "1:crate::a::B",
                "1:crate::c::self",
                "1:crate::c::D",
                "2:crate::f::*",
                "3:crate::h::i"
            ]
        );
    }

    #[test]
    fn test_items_are_left_out() {
        let source = "use a::b;\n#[cfg(test)]\nmod c;\n#[cfg(test)]\n#[path = \"x\"]\npub(crate) fn d(e: [u8; 2]) { f::g(); }\nh::i();";
        let all = tokens(source);
        let (kept, modules) = without_tests(&all);
        assert_eq!(modules, ["c"]);
        let left: Vec<_> = paths(&kept).iter().map(|path| path.line).collect();
        assert_eq!(left, [1, 7]);
    }

    #[test]
    fn a_chain_of_supers_may_reach_the_root() {
        let source = "use super::a;\nuse super::super::b;\nmod c { use super::super::super::d; }\nuse self::super::e;";
        let all = tokens(source);
        let below = |depth| -> Vec<_> {
            let found = paths(&all);
            found.iter().filter_map(|p| p.below_root(depth)).collect()
        };
        assert_eq!(below(2), ["b", "d"]);
        assert_eq!(below(1), ["a", "e"]);
    }
}
