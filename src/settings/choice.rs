//! Settings that are one word, or a list of words, out of a fixed set.

use std::fmt;
use std::str::FromStr;

use crate::model::Source;

macro_rules! choice {
    ($(#[$meta:meta])* $name:ident $what:literal { $($(#[$about:meta])* $variant:ident $word:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$about])* $variant,)*
        }

        impl $name {
            /// Every accepted word, in the order of the documentation.
            pub const NAMES: &'static [&'static str] = &[$($word,)*];

            /// The word a user types.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }

        impl FromStr for $name {
            type Err = ChoiceError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text.trim().to_ascii_lowercase().as_str() {
                    $($word => Ok(Self::$variant),)*
                    _ => Err(ChoiceError { what: $what, allowed: Self::NAMES }),
                }
            }
        }
    };
}

choice! {
    /// How rows are written to stdout.
    OutputFormat "format" {
        /// Aligned columns for people.
        Table "table",
        /// One document.
        Json "json",
        /// One object per line.
        Ndjson "ndjson",
        /// Comma separated.
        Csv "csv",
        /// Tab separated.
        Tsv "tsv",
        /// A table that renders on the web.
        Markdown "markdown",
    }
}

choice! {
    /// When to colour.
    ColorChoice "choice" {
        /// On a terminal that has not asked for plain text.
        Auto "auto",
        /// Always.
        Always "always",
        /// Never.
        Never "never",
    }
}

/// The sources of a run in order of rank, without repetition and never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Providers(Vec<Source>);

impl Providers {
    const NAMES: &'static [&'static str] = &["dxlink", "rest", "legacy"];

    /// The sources, best first.
    pub fn sources(&self) -> &[Source] {
        &self.0
    }
}

impl FromStr for Providers {
    type Err = ChoiceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut sources = Vec::new();
        for word in text.split(',') {
            let source = match word.trim().to_ascii_lowercase().as_str() {
                "dxlink" => Source::Dxlink,
                "rest" => Source::Rest,
                "legacy" => Source::Legacy,
                _ => {
                    return Err(ChoiceError {
                        what: "list of providers",
                        allowed: Self::NAMES,
                    });
                }
            };
            if !sources.contains(&source) {
                sources.push(source);
            }
        }
        Ok(Self(sources))
    }
}

impl fmt::Display for Providers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.0.iter().map(|source| source.name()).collect();
        f.write_str(&names.join(","))
    }
}

/// A word that is not in the set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a {what} out of {}", .allowed.join(", "))]
pub struct ChoiceError {
    what: &'static str,
    allowed: &'static [&'static str],
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back_to_itself() {
        for name in OutputFormat::NAMES {
            assert_eq!(name.parse::<OutputFormat>().unwrap().name(), *name);
        }
        for name in ColorChoice::NAMES {
            assert_eq!(
                name.to_uppercase().parse::<ColorChoice>().unwrap().name(),
                *name
            );
        }
    }

    #[test]
    fn a_wrong_word_lists_the_right_ones() {
        insta::assert_snapshot!(
            "yaml".parse::<OutputFormat>().unwrap_err(),
            @"expected a format out of table, json, ndjson, csv, tsv, markdown"
        );
    }

    #[test]
    fn providers_keep_their_order_and_collapse() {
        let providers: Providers = "legacy, DXLINK,legacy".parse().unwrap();
        assert_eq!(providers.sources(), [Source::Legacy, Source::Dxlink]);
        assert_eq!(providers.to_string(), "legacy,dxlink");
        for wrong in ["", "dxlink,", "computed"] {
            assert!(wrong.parse::<Providers>().is_err(), "{wrong}");
        }
    }
}
