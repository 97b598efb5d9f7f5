//! Where the output goes and how it is wanted, as plain data; looking at the real terminal is the caller's work.

use crate::model::OutputFormat;

/// What is known of the place the output goes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terminal {
    /// Columns of text; `None` when unknown, and then nothing is hidden or cut.
    pub width: Option<u16>,
    /// Whether a person sees the output directly.
    pub is_tty: bool,
    /// Whether colour and weight may be used.
    pub color: bool,
}

/// How the table of options is laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GreeksLayout {
    /// Calls left and puts right of the strike, grouped by expiration.
    #[default]
    SideBySide,
    /// One option per line.
    Long,
}

/// How a report is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// The output format.
    pub format: OutputFormat,
    /// Where it goes.
    pub terminal: Terminal,
    /// Only a table of options asks for it.
    pub greeks: GreeksLayout,
}
