//! Settings that are one word, or a list of words, out of a fixed set.

use std::fmt;
use std::str::FromStr;

use crate::model::{Estimator, HvWindow, OutputFormat, Provider};

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
pub struct Providers(Vec<Provider>);

impl Providers {
    const NAMES: &'static [&'static str] = &["dxlink", "rest", "legacy"];

    /// The sources, best first.
    pub fn sources(&self) -> &[Provider] {
        &self.0
    }
}

impl FromStr for Providers {
    type Err = ChoiceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut sources = Vec::new();
        for word in text.split(',') {
            let source = match word.trim().to_ascii_lowercase().as_str() {
                "dxlink" => Provider::Dxlink,
                "rest" => Provider::Rest,
                "legacy" => Provider::Legacy,
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

impl FromStr for OutputFormat {
    type Err = ChoiceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let word = text.trim().to_ascii_lowercase();
        Self::ALL
            .into_iter()
            .find(|format| format.name() == word)
            .ok_or(ChoiceError {
                what: "format",
                allowed: Self::NAMES,
            })
    }
}

impl FromStr for Estimator {
    type Err = ChoiceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let word = text.trim().to_ascii_lowercase();
        Self::ALL
            .into_iter()
            .find(|estimator| estimator.name() == word)
            .ok_or(ChoiceError {
                what: "estimator",
                allowed: Self::NAMES,
            })
    }
}

impl fmt::Display for Estimator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Windows of historical volatility in the order in which they were named, without repetition and never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HvWindows(Vec<HvWindow>);

impl HvWindows {
    /// Gives the windows in the order in which they were named.
    pub fn windows(&self) -> &[HvWindow] {
        &self.0
    }
}

impl FromStr for HvWindows {
    type Err = ChoiceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut windows = Vec::new();
        for word in text.split(',') {
            let place = HvWindow::NAMES.iter().position(|name| *name == word.trim());
            let window = place.map(|place| HvWindow::ALL[place]).ok_or(ChoiceError {
                what: "list of windows in days",
                allowed: HvWindow::NAMES,
            })?;
            if !windows.contains(&window) {
                windows.push(window);
            }
        }
        Ok(Self(windows))
    }
}

impl fmt::Display for HvWindows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days: Vec<_> = self
            .0
            .iter()
            .map(|window| window.days().to_string())
            .collect();
        f.write_str(&days.join(","))
    }
}

/// A word that is not in the set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {} {what} out of {}", article(.what), .allowed.join(", "))]
pub struct ChoiceError {
    what: &'static str,
    allowed: &'static [&'static str],
}

fn article(what: &str) -> &'static str {
    if what.starts_with(['a', 'e', 'i', 'o', 'u']) {
        "an"
    } else {
        "a"
    }
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
    fn windows_come_from_the_menu() {
        let windows: HvWindows = "20, 365,20".parse().unwrap();
        assert_eq!(windows.windows(), [HvWindow::Days20, HvWindow::Days365]);
        assert_eq!(windows.to_string(), "20,365");
        insta::assert_snapshot!(
            "30,31".parse::<HvWindows>().unwrap_err(),
            @"expected a list of windows in days out of 10, 20, 30, 45, 60, 90, 120, 150, 180, 270, 365"
        );
        insta::assert_snapshot!(
            "garch".parse::<Estimator>().unwrap_err(),
            @"expected an estimator out of close, log, parkinson, garman-klass, rogers-satchell, yang-zhang"
        );
        for name in Estimator::NAMES {
            assert_eq!(
                name.to_uppercase().parse::<Estimator>().unwrap().name(),
                *name
            );
        }
    }

    #[test]
    fn providers_keep_their_order_and_collapse() {
        let providers: Providers = "legacy, DXLINK,legacy".parse().unwrap();
        assert_eq!(providers.sources(), [Provider::Legacy, Provider::Dxlink]);
        assert_eq!(providers.to_string(), "legacy,dxlink");
        for wrong in ["", "dxlink,", "computed"] {
            assert!(wrong.parse::<Providers>().is_err(), "{wrong}");
        }
    }
}
