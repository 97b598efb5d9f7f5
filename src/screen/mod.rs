//! Choosing among rows: filter expressions, profiles, scores, signals and sort order.
//!
//! The way of an expression is `lexer` → `parser` (a tree with spans) → `expr` (types checked, columns resolved)
//! → `eval` (three-valued, no allocation). [`Filter`] is its only face; profiles and `--where` both become [`Rule`]s
//! over it, so there is one evaluator. This room knows rows and fields, no source, no terminal and no clock.

mod error;
mod eval;
mod expr;
mod filter;
mod lexer;
mod parser;
mod profile;
mod rule;
mod run;
mod score;
mod signal;
mod sort;

pub use error::{Kind, Problem, ScreenError, Span};
pub use eval::Truth;
pub use filter::Filter;
pub use profile::{Overrides, Profile};
pub use rule::{Explanation, Rule};
pub use run::{Rejected, ScreenOptions, Screened, appraise, may_pass, screen};
pub use score::{Score, ScorePart};
pub use signal::Signal;
pub use sort::{Direction, SortKey, SortKeys};
