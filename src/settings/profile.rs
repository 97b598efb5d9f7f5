//! Thresholds of a user's own screening profiles, `screen.profiles.NAME.*`.
//!
//! Which thresholds the built-in profiles have is the business of the screening room.

use super::error::SettingsError;
use super::keys::Range;
use super::resolve::Values;
use crate::model::Thresholds;

const PREFIX: &str = "screen.profiles.";

/// Reads the thresholds of one profile; what is absent is left to the profile's base.
pub(super) fn read(profile: &str, values: &mut Values<'_>) -> Result<Thresholds, SettingsError> {
    Thresholds::try_from_fn(|info| {
        let name = format!("{PREFIX}{profile}.{}", info.name);
        let range = Range {
            min: 0.0,
            max: info.max,
        };
        values.take_if_set(&name, range)
    })
}

/// The profile that a dotted name belongs to, when the name is a threshold of one.
pub(super) fn profile_of(name: &str) -> Option<&str> {
    let (profile, threshold) = name.strip_prefix(PREFIX)?.rsplit_once('.')?;
    let is_known = Thresholds::ALL.iter().any(|known| known.name == threshold);
    (is_known && !profile.is_empty()).then_some(profile)
}

/// The dotted name that a variable of the form `VOLQ_SCREEN_PROFILES_NAME_THRESHOLD` mirrors.
pub(super) fn name_of_variable(variable: &str) -> Option<String> {
    let rest = variable
        .strip_prefix("VOLQ_SCREEN_PROFILES_")?
        .to_ascii_lowercase();
    let (profile, threshold) = Thresholds::ALL.iter().find_map(|threshold| {
        let profile = rest.strip_suffix(threshold.name)?.strip_suffix('_')?;
        Some((profile, threshold.name))
    })?;
    (!profile.is_empty()).then(|| format!("{PREFIX}{profile}.{threshold}"))
}

/// Names that a misspelt one may have meant: the thresholds of the profile it names.
pub(super) fn candidates(name: &str) -> impl Iterator<Item = String> {
    let profile = name
        .strip_prefix(PREFIX)
        .and_then(|rest| rest.rsplit_once('.'))
        .map(|(profile, _)| profile.to_owned());
    profile.into_iter().flat_map(|profile| {
        Thresholds::ALL
            .iter()
            .map(move |threshold| format!("{PREFIX}{profile}.{}", threshold.name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_names_its_profile() {
        assert_eq!(profile_of("screen.profiles.mine.min_vrp"), Some("mine"));
        assert_eq!(profile_of("screen.profiles.a.b.min_vrp_t"), Some("a.b"));
        for other in [
            "screen.profiles.mine.min_x",
            "screen.profiles.min_vrp",
            "screen.profiles..min_vrp",
            "dxlink.enabled",
        ] {
            assert_eq!(profile_of(other), None, "{other}");
        }
    }

    #[test]
    fn a_variable_mirrors_a_threshold() {
        assert_eq!(
            name_of_variable("VOLQ_SCREEN_PROFILES_HIGH_QUALITY_MIN_VRP_T").as_deref(),
            Some("screen.profiles.high_quality.min_vrp_t")
        );
        assert_eq!(name_of_variable("VOLQ_SCREEN_PROFILES_MIN_VRP"), None);
    }
}
