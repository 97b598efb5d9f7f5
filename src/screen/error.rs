//! What is wrong with an expression, and where in its text.
//!
//! Knows how a mistake is shown under the text it is in, not how it was found.

use std::fmt;

use crate::model::Field;
use crate::model::field::UnknownField;

/// A mistake in a `--where` expression or a `--sort` list. `Display` shows the text with a caret line below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScreenError {
    text: String,
    span: Span,
    problem: Problem,
}

impl ScreenError {
    pub(super) fn new(text: &str, fault: Fault) -> Self {
        Self {
            text: text.to_owned(),
            span: fault.span,
            problem: fault.problem,
        }
    }

    /// The text as it was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The part of the text that is wrong.
    pub fn span(&self) -> Span {
        self.span
    }

    /// What is wrong with it.
    pub fn problem(&self) -> &Problem {
        &self.problem
    }

    /// The line the mistake is on, shortened to its surroundings, and where in it the carets begin and how many
    /// there are, in characters.
    fn excerpt(&self) -> (String, usize, usize) {
        let Span { start, end } = self.span;
        let line_start = self.text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = self.text[start..]
            .find('\n')
            .map_or(self.text.len(), |at| start + at);
        let before: Vec<char> = self.text[line_start..start].chars().collect();
        let skipped = before.len().saturating_sub(CONTEXT);
        let marked = self.text[start..end.min(line_end)]
            .chars()
            .count()
            .clamp(1, CONTEXT);
        let kept = before.len() - skipped + marked + CONTEXT;
        let visible = |c: char| if c.is_control() { ' ' } else { c };

        let mut line = String::from(if skipped > 0 { "…" } else { "" });
        let mut rest = self.text[line_start..line_end].chars().skip(skipped);
        line.extend(rest.by_ref().take(kept).map(visible));
        line.push_str(if rest.next().is_some() { "…" } else { "" });
        let column = before.len() - skipped + usize::from(skipped > 0);
        (line, column, marked)
    }
}

impl fmt::Display for ScreenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, column, marked) = self.excerpt();
        writeln!(f, "{}", self.problem)?;
        writeln!(f, "  {}", line.trim_end())?;
        write!(f, "  {}{}", " ".repeat(column), "^".repeat(marked))
    }
}

impl std::error::Error for ScreenError {}

/// A stretch of text, in bytes from its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The place before a byte.
    pub(super) fn at(byte: usize) -> Self {
        Self {
            start: byte,
            end: byte,
        }
    }

    /// From the beginning of this stretch to the end of another.
    pub(super) fn to(self, other: Self) -> Self {
        Self {
            start: self.start,
            end: other.end,
        }
    }
}

/// A mistake before it is joined with the text it is in.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) span: Span,
    pub(super) problem: Problem,
}

impl Fault {
    pub(super) fn new(span: Span, problem: Problem) -> Self {
        Self { span, problem }
    }
}

/// The ways in which an expression or a sort list can be wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Nothing was typed.
    #[error("the expression is empty")]
    Empty,
    /// The text is longer than any sensible expression.
    #[error("the expression is longer than {limit} bytes")]
    TooLong {
        /// The most bytes there may be.
        limit: usize,
    },
    /// Parentheses or operators nest beyond the limit.
    #[error("the expression nests deeper than {limit} levels")]
    TooDeep {
        /// The most levels there may be.
        limit: usize,
    },
    /// A character that begins nothing.
    #[error("'{}' means nothing here", .0.escape_debug())]
    StrayCharacter(char),
    /// A quote without its partner.
    #[error("the text has no closing quote")]
    OpenText,
    /// Digits that are no number.
    #[error("'{0}' is not a number; a number may end in %, k, M, B or T")]
    BadNumber(String),
    /// A name that is no field.
    #[error(transparent)]
    UnknownField(#[from] UnknownField),
    /// A name before a parenthesis that is no function.
    #[error("no function is named '{0}'; there are abs, min and max")]
    UnknownFunction(String),
    /// A function with too few or too many values.
    #[error("{function} takes {wanted}")]
    ArgumentCount {
        /// The function that was called.
        function: &'static str,
        /// How many it takes, in words.
        wanted: &'static str,
    },
    /// A field that has no single value before the rows are ranked.
    #[error("{0} is a result of the screen and cannot be used to make it")]
    ResultField(Field),
    /// Something else should stand here.
    #[error("expected {wanted}, found {found}")]
    Expected {
        /// What would fit.
        wanted: &'static str,
        /// What stands there.
        found: String,
    },
    /// `1 < iv < 3`
    #[error("comparisons do not chain; join two with &&")]
    ChainedComparison,
    /// A comparison of two kinds that have nothing in common.
    #[error("{left} cannot be compared with {right}")]
    Mismatch {
        /// Kind on the left.
        left: Kind,
        /// Kind on the right.
        right: Kind,
    },
    /// `<` between values that are only equal or different.
    #[error("{0} has no order; compare it with = or !=")]
    Unordered(Kind),
    /// One kind where another is needed.
    #[error("expected {wanted}, found {found}")]
    WrongKind {
        /// The kind that fits.
        wanted: Kind,
        /// The kind that stands there.
        found: Kind,
    },
    /// A text compared with a date that is no day of the calendar.
    #[error("'{0}' is not a date such as '2026-12-18'")]
    BadDate(String),
}

/// The kinds of value an expression knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A number in the unit of its field.
    Number,
    /// A word or a name.
    Text,
    /// A calendar day.
    Date,
    /// Something true or false.
    Condition,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Number => "a number",
            Self::Text => "a text",
            Self::Date => "a date",
            Self::Condition => "a condition",
        })
    }
}

/// Characters shown on either side of a mistake: with the carets they fit a terminal of usual width.
const CONTEXT: usize = 60;

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, start: usize, end: usize) -> String {
        let fault = Fault::new(Span { start, end }, Problem::OpenText);
        ScreenError::new(text, fault).to_string()
    }

    #[test]
    fn carets_stand_below_the_characters_they_mean() {
        insta::assert_snapshot!(shown("é = 'x", 5, 7), @r"
        the text has no closing quote
          é = 'x
              ^^
        ");
    }

    #[test]
    fn only_the_line_with_the_mistake_is_shown() {
        insta::assert_snapshot!(shown("iv > 1 &&\n\tname = 'x", 18, 20), @r"
        the text has no closing quote
           name = 'x
                  ^^
        ");
    }

    #[test]
    fn a_long_line_is_cut_to_its_surroundings() {
        let text = format!("{}#{}", "a".repeat(200), "b".repeat(200));
        let lines: Vec<String> = shown(&text, 200, 201).lines().map(str::to_owned).collect();
        assert_eq!(
            lines[1],
            format!("  …{}#{}…", "a".repeat(60), "b".repeat(60))
        );
        assert_eq!(lines[2].find('^'), Some(2 + 1 + 60));
    }
}
