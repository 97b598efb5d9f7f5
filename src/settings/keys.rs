//! The table of everything that can be set: name, type, range, default and meaning, one line each.
//!
//! A line here is all it takes to add a setting: files, `VOLQ_*` variables, `config show` and `config init` follow.
//! The defaults are texts because they are read exactly as a user's value would be.

use std::time::Duration;

use super::choice::{ColorChoice, HvWindows, Providers};
use super::endpoint::{StreamUrl, WebUrl};
use super::error::SettingsError;
use super::field_selection::FieldSelection;
use super::resolve::Values;
use super::setting::Setting;
use crate::model::{Estimator, OutputFormat};

/// What the table knows of one setting.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Dotted name, `section.key`; a few have no section.
    pub name: &'static str,
    /// What kind of value it takes, for documentation.
    pub kind: &'static str,
    /// Smallest and largest allowed number, in the setting's unit.
    pub range: Option<Range>,
    /// The unit of the range with a leading space; empty for plain numbers.
    pub unit: &'static str,
    /// The value when nobody sets it, empty when it is left open.
    pub default: &'static str,
    /// What it means, one fragment.
    pub about: &'static str,
}

impl Key {
    /// The setting with this dotted name.
    pub fn named(name: &str) -> Option<&'static Self> {
        Self::ALL.iter().find(|key| key.name == name)
    }

    /// The environment variable that mirrors it.
    pub fn variable(&self) -> String {
        variable(self.name)
    }
}

/// The environment variable that mirrors a dotted name.
pub(super) fn variable(name: &str) -> String {
    format!("VOLQ_{}", name.replace('.', "_").to_ascii_uppercase())
}

/// Both ends are allowed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// Smallest allowed number.
    pub min: f64,
    /// Largest allowed number.
    pub max: f64,
}

impl Range {
    const fn of(limits: &[f64]) -> Option<Self> {
        match limits {
            [min, max] => Some(Self {
                min: *min,
                max: *max,
            }),
            _ => None,
        }
    }
}

impl std::fmt::Display for Range {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} to {}", self.min, self.max)
    }
}

macro_rules! key {
    ($name:literal $type:ty, [$($limit:literal)*] $default:literal $about:literal) => {
        Key {
            name: $name,
            kind: <$type as Setting>::KIND,
            range: Range::of(&[$($limit),*]),
            unit: <$type as Setting>::UNIT,
            default: $default,
            about: $about,
        }
    };
}

macro_rules! sections {
    ($($(#[$meta:meta])* $section:ident $Section:ident {
        $($field:ident $name:literal $type:ty, $limits:tt $default:literal $about:literal;)*
    })*) => {
        impl Key {
            /// Every setting, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$($(key!($name $type, $limits $default $about),)*)*];
        }

        $(
            $(#[$meta])*
            #[derive(Clone, Debug, PartialEq)]
            pub struct $Section {
                $(#[doc = $about] pub $field: $type,)*
            }
        )*

        /// Every section with its final values.
        pub(super) struct Sections {
            $(pub(super) $section: $Section,)*
        }

        impl Sections {
            /// Takes every value from the layer that decides it.
            pub(super) fn read(values: &mut Values<'_>) -> Result<Self, SettingsError> {
                Ok(Self {
                    $($section: $Section {
                        $($field: values.take(&key!($name $type, $limits $default $about))?,)*
                    },)*
                })
            }
        }
    };
}

sections! {
    /// Settings of a run as a whole.
    run Run {
        providers "providers" Providers, [] "dxlink,rest,legacy" "sources in order of rank: dxlink, rest, legacy";
        timeout "timeout_seconds" Duration, [0.1 86_400.0] "30" "longest run of the whole command; where nobody sets it and the requests take longer, twice their least time, ten minutes at most";
        settle "settle_seconds" Duration, [0.0 3600.0] "1" "how long a silent or still connecting better source may keep a run that has an answer for every field, and how long its silence lasts before the next one is asked";
    }

    /// Settings of the DXLink stream.
    dxlink Dxlink {
        enabled "dxlink.enabled" bool, [] "true" "use the stream";
        reconnect "dxlink.reconnect_on_disconnect" bool, [] "true" "connect again when the connection breaks within the window";
        reconnect_max_attempts "dxlink.reconnect_max_attempts" u32, [0.0 100.0] "5" "how often to connect again";
        reconnect_delay "dxlink.reconnect_delay_seconds" Duration, [0.0 300.0] "5" "longest pause before connecting again; the first is half a second";
        listen "dxlink.listen_duration_seconds" Duration, [0.05 3600.0] "5" "longest wait for an event, counted from its own subscription";
        cache_events "dxlink.cache_events" bool, [] "true" "accepted for files that have it: the newest event of each symbol is always kept";
        quote_buffer_size "dxlink.quote_buffer_size" u32, [1.0 1_000_000.0] "1000" "accepted for files that have it: events are conflated, so there is no queue to size";
        url "dxlink.url" Option<StreamUrl>, [] "" "address of the stream; empty: the one that comes with the quote token";
        ready_timeout "dxlink.ready_timeout_seconds" Duration, [0.1 60.0] "5" "longest wait for the stream to accept subscriptions";
        max_sessions "dxlink.max_sessions" u32, [1.0 100.0] "4" "streams of this account that may be open at once; the broker allows five";
        wait_slot "dxlink.wait_slot_seconds" Duration, [0.0 3600.0] "2" "longest wait for one of them; the time to settle begins after it";
        aggregation "dxlink.aggregation_seconds" Duration, [0.0 60.0] "0.1" "pause between two batches of events the server is asked for";
    }

    /// Settings of tastytrade's REST API.
    rest Rest {
        enabled "rest.enabled" bool, [] "true" "use the REST API";
        base_url "rest.base_url" WebUrl, [] "https://api.tastyworks.com" "address of the REST API";
        requests_per_second "rest.requests_per_second" f64, [0.1 10_000.0] "10" "requests over all endpoints, up to 8 at once; each endpoint keeps its own ceiling up to 50, beyond it theirs grow too";
        batch_size "rest.batch_size" u32, [1.0 500.0] "200" "symbols in one request for metrics, halved when refused";
    }

    /// Settings of the keyless fallback.
    legacy Legacy {
        enabled "legacy.enabled" bool, [] "true" "use the keyless fallback";
        base_url "legacy.base_url" WebUrl, [] "https://query1.finance.yahoo.com" "address of the chart service";
        requests_per_second "legacy.requests_per_second" f64, [0.1 10_000.0] "1" "ceiling of requests";
    }

    /// Settings of what is kept between runs.
    cache Cache {
        enabled "cache.enabled" bool, [] "true" "keep tokens and daily bars between runs, for the owner alone";
    }

    /// Settings of historical volatility.
    history History {
        estimator "history.estimator" Estimator, [] "close" "how historical volatility is computed: close, log, parkinson, garman-klass, rogers-satchell, yang-zhang";
        windows "history.windows" Option<HvWindows>, [] "" "windows to show beside the command's own, days: 10, 20, 30, 45, 60, 90, 120, 150, 180, 270, 365";
    }

    /// Settings of what is printed.
    output Output {
        format "output.format" OutputFormat, [] "table" "table, json, ndjson, csv, tsv or markdown";
        color "output.color" ColorChoice, [] "auto" "auto, always or never";
        fields "output.fields" Option<FieldSelection>, [] "" "columns, or changes to a command's own; empty: the command's own";
        min_completeness "output.min_completeness" f64, [0.0 100.0] "98" "percent of wanted fields below which the run exits 7";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_variables_are_unique() {
        let mut variables: Vec<_> = Key::ALL.iter().map(Key::variable).collect();
        variables.sort_unstable();
        variables.dedup();
        assert_eq!(variables.len(), Key::ALL.len());
        assert_eq!(
            Key::named("dxlink.listen_duration_seconds").map(Key::variable),
            Some("VOLQ_DXLINK_LISTEN_DURATION_SECONDS".to_owned())
        );
    }

    #[test]
    fn every_number_has_a_range() {
        for key in Key::ALL {
            let is_number = [f64::KIND, u32::KIND, Duration::KIND].contains(&key.kind);
            assert_eq!(is_number, key.range.is_some(), "{}", key.name);
        }
    }
}
