//! The output formats by name.

use std::fmt;

/// How rows are written to stdout.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OutputFormat {
    /// Aligned columns for eyes.
    #[default]
    Table,
    /// One document with rows, provenance and how they came about.
    Json,
    /// One row object per line.
    Ndjson,
    /// Comma separated values.
    Csv,
    /// Tab separated values.
    Tsv,
    /// A pipe table.
    Markdown,
}

impl OutputFormat {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 6] = [
        Self::Table,
        Self::Json,
        Self::Ndjson,
        Self::Csv,
        Self::Tsv,
        Self::Markdown,
    ];

    /// Their names, in the same order.
    pub const NAMES: &'static [&'static str] =
        &["table", "json", "ndjson", "csv", "tsv", "markdown"];

    /// The word given to `--output`.
    pub const fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    /// Whether it is laid out for eyes and so shows a selection of columns and rounded numbers.
    pub fn is_for_eyes(self) -> bool {
        matches!(self, Self::Table | Self::Markdown)
    }
}

impl fmt::Display for OutputFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
