//! The output formats by name.

use std::fmt;
use std::str::FromStr;

/// How rows are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
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

impl Format {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 6] = [
        Self::Table,
        Self::Json,
        Self::Ndjson,
        Self::Csv,
        Self::Tsv,
        Self::Markdown,
    ];

    /// The word given to `--output`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::Markdown => "markdown",
        }
    }

    /// Whether it is laid out for eyes and so shows a selection of columns and rounded numbers.
    pub fn is_for_eyes(self) -> bool {
        matches!(self, Self::Table | Self::Markdown)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A word that names no format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no output format is named '{0}'; there are table, json, ndjson, csv, tsv and markdown")]
pub struct UnknownFormat(pub String);

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let wanted = word.trim().to_ascii_lowercase();
        Self::ALL
            .into_iter()
            .find(|format| format.name() == wanted)
            .ok_or_else(|| UnknownFormat(word.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_read_by_its_name() {
        for format in Format::ALL {
            assert_eq!(format.to_string().to_uppercase().parse(), Ok(format));
        }
    }

    #[test]
    fn a_refused_word_names_all_formats() {
        let error = "xml".parse::<Format>().unwrap_err().to_string();
        assert!(error.contains("'xml'"), "{error}");
        for format in Format::ALL {
            assert!(error.contains(format.name()), "{error}");
        }
    }
}
