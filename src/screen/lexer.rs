//! Text → tokens with spans. Knows spelling, not grammar and not types.

use super::error::{Fault, Problem, Span};

/// Cuts a text into tokens; the last one is always [`Token::End`].
pub(super) fn lex(text: &str) -> Result<Vec<Lexeme<'_>>, Fault> {
    let mut lexemes = Vec::new();
    let mut start = 0;
    loop {
        start += text[start..].len() - text[start..].trim_start().len();
        let rest = &text[start..];
        let Some(first) = rest.chars().next() else {
            lexemes.push(Lexeme::new(Token::End, Span::at(start)));
            return Ok(lexemes);
        };
        let (token, length) = token(first, rest);
        let span = Span {
            start,
            end: start + length,
        };
        lexemes.push(Lexeme::new(
            token.map_err(|problem| Fault::new(span, problem))?,
            span,
        ));
        start = span.end;
    }
}

/// A token and where it stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Lexeme<'a> {
    pub(super) token: Token<'a>,
    pub(super) span: Span,
}

impl<'a> Lexeme<'a> {
    fn new(token: Token<'a>, span: Span) -> Self {
        Self { token, span }
    }
}

/// The smallest pieces of an expression. `&&` and `and` are one token, so are `||` and `or`; `!` and `not` are two,
/// because they bind differently.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Token<'a> {
    Number(f64),
    Text(&'a str),
    Name(&'a str),
    Flag(bool),
    And,
    Or,
    Not,
    Bang,
    In,
    Is,
    Null,
    Compare(Comparison),
    Arithmetic(Arithmetic),
    Open,
    Close,
    Comma,
    End,
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Below,
    AtMost,
    Above,
    AtLeast,
    Equal,
    Different,
}

/// How two numbers are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
}

/// The first token of `rest` and its length in bytes; on a mistake the length of what is wrong.
fn token(first: char, rest: &str) -> (Result<Token<'_>, Problem>, usize) {
    match first {
        '\'' | '"' => quoted(first, rest),
        '.' | '0'..='9' => number(rest),
        _ if is_word(first) => {
            let length = leading(rest, is_word);
            (Ok(word(&rest[..length])), length)
        }
        _ => mark(first, rest),
    }
}

fn quoted(quote: char, rest: &str) -> (Result<Token<'_>, Problem>, usize) {
    match rest[1..].find(quote) {
        Some(length) => (Ok(Token::Text(&rest[1..=length])), length + 2),
        None => (Err(Problem::OpenText), rest.len()),
    }
}

/// A number with its suffix: `50%` is 50 because percent fields are percent points, `1.5k` is 1500.
fn number(rest: &str) -> (Result<Token<'_>, Problem>, usize) {
    let mantissa = mantissa(rest);
    let tail = &rest[mantissa..];
    let suffix = match leading(tail, is_word) {
        0 if tail.starts_with('%') => 1,
        length => length,
    };
    let length = mantissa + suffix;
    let power = match &tail[..suffix] {
        "" | "%" => "",
        "k" | "K" => "e3",
        "m" | "M" => "e6",
        "b" | "B" => "e9",
        "t" | "T" => "e12",
        _ => "?",
    };
    // The suffix becomes an exponent, so that 1.1M is 1100000 and not 1100000.0000000001.
    let parsed = format!("{}{power}", &rest[..mantissa]).parse::<f64>();
    let token = match parsed {
        Ok(number) if number.is_finite() => Ok(Token::Number(number)),
        _ => Err(Problem::BadNumber(rest[..length].to_owned())),
    };
    (token, length)
}

/// The length of digits, point and exponent.
fn mantissa(rest: &str) -> usize {
    let is_digit = |c: char| c.is_ascii_digit();
    let mut length = leading(rest, is_digit);
    if rest[length..].starts_with('.') {
        length += 1;
        length += leading(&rest[length..], is_digit);
    }
    if rest[length..].starts_with(['e', 'E']) {
        let sign = usize::from(rest[length + 1..].starts_with(['+', '-']));
        let digits = leading(&rest[length + 1 + sign..], is_digit);
        if digits > 0 {
            length += 1 + sign + digits;
        }
    }
    length
}

fn word(word: &str) -> Token<'_> {
    const WORDS: [(&str, Token<'_>); 8] = [
        ("and", Token::And),
        ("or", Token::Or),
        ("not", Token::Not),
        ("in", Token::In),
        ("is", Token::Is),
        ("null", Token::Null),
        ("true", Token::Flag(true)),
        ("false", Token::Flag(false)),
    ];
    WORDS
        .iter()
        .find(|(spelling, _)| spelling.eq_ignore_ascii_case(word))
        .map_or(Token::Name(word), |(_, token)| *token)
}

fn mark(first: char, rest: &str) -> (Result<Token<'_>, Problem>, usize) {
    // Longer marks stand before their beginnings.
    const MARKS: [(&str, Token<'_>); 17] = [
        ("&&", Token::And),
        ("||", Token::Or),
        ("<=", Token::Compare(Comparison::AtMost)),
        (">=", Token::Compare(Comparison::AtLeast)),
        ("==", Token::Compare(Comparison::Equal)),
        ("!=", Token::Compare(Comparison::Different)),
        ("<", Token::Compare(Comparison::Below)),
        (">", Token::Compare(Comparison::Above)),
        ("=", Token::Compare(Comparison::Equal)),
        ("!", Token::Bang),
        ("+", Token::Arithmetic(Arithmetic::Add)),
        ("-", Token::Arithmetic(Arithmetic::Subtract)),
        ("*", Token::Arithmetic(Arithmetic::Multiply)),
        ("/", Token::Arithmetic(Arithmetic::Divide)),
        ("(", Token::Open),
        (")", Token::Close),
        (",", Token::Comma),
    ];
    MARKS
        .iter()
        .find(|(spelling, _)| rest.starts_with(spelling))
        .map_or(
            (Err(Problem::StrayCharacter(first)), first.len_utf8()),
            |(spelling, token)| (Ok(*token), spelling.len()),
        )
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The length of the beginning of `text` in which every character fits.
fn leading(text: &str, fits: impl Fn(char) -> bool) -> usize {
    text.find(|c| !fits(c)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<Token<'_>> {
        lex(text).unwrap().iter().map(|l| l.token).collect()
    }

    #[test]
    fn numbers_may_carry_a_suffix() {
        for (text, value) in [
            ("50", 50.0),
            ("50%", 50.0),
            (".5", 0.5),
            ("1.5k", 1500.0),
            ("1.1M", 1_100_000.0),
            ("2B", 2e9),
            ("3T", 3e12),
            ("1e3", 1000.0),
            ("2.5e-1", 0.25),
        ] {
            assert_eq!(tokens(text), [Token::Number(value), Token::End], "{text}");
        }
    }

    #[test]
    fn digits_that_are_no_number_are_refused_whole() {
        for text in ["50days", "1e999", ".", "5e", "1e3k", "7_000"] {
            let fault = lex(text).unwrap_err();
            assert_eq!(fault.problem, Problem::BadNumber(text.to_owned()));
            assert_eq!((fault.span.start, fault.span.end), (0, text.len()));
        }
    }

    #[test]
    fn words_and_marks_are_the_same_token_in_any_case() {
        assert_eq!(tokens("&& ||"), tokens("AND Or"));
        assert_eq!(tokens("a==1"), tokens("a = 1"));
        assert_ne!(tokens("!"), tokens("not"));
    }

    #[test]
    fn texts_take_either_quote() {
        assert_eq!(
            tokens(r#"'a "b"' "McDonald's" ''"#),
            [
                Token::Text("a \"b\""),
                Token::Text("McDonald's"),
                Token::Text(""),
                Token::End
            ]
        );
    }
}
