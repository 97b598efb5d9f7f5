//! The envelope around everything that is kept: its version, its age and its end.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Number of the format; files of another one are not read.
const VERSION: u32 = 1;

/// How far the clock may have been set back since something was kept.
const SLACK: SignedDuration = SignedDuration::from_mins(5);

/// Something kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CacheEntry<T> {
    version: u32,
    /// When it was written.
    pub kept_at: Timestamp,
    /// The moment from which it must not be used; `None` where it does not age.
    pub usable_until: Option<Timestamp>,
    /// What it is.
    pub value: T,
}

impl<T> CacheEntry<T> {
    /// Something to be kept from now on.
    pub fn new(value: T, now: Timestamp, usable_until: Option<Timestamp>) -> Self {
        Self {
            version: VERSION,
            kept_at: now,
            usable_until,
            value,
        }
    }

    /// How long it may still be used; `None` where it does not age.
    pub fn left(&self, now: Timestamp) -> Option<Duration> {
        let left = self.usable_until?.duration_since(now);
        Some(Duration::try_from(left).unwrap_or_default())
    }

    /// Whether this program wrote it, or one that keeps things the same way.
    pub(super) fn is_ours(&self) -> bool {
        self.version == VERSION
    }

    /// Whether it may be used. Something from the future says that the clock cannot be trusted, so its end cannot either.
    pub fn is_usable(&self, now: Timestamp) -> bool {
        let latest = now.checked_add(SLACK).unwrap_or(now);
        self.kept_at <= latest && self.usable_until.is_none_or(|end| now < end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn it_is_used_from_then_until_its_end() {
        let end = moment("2026-11-20T15:14:00Z");
        let kept = CacheEntry::new(1, moment("2026-11-20T15:00:00Z"), Some(end));
        for (now, is_usable) in [
            ("2026-11-20T15:00:00Z", true),
            ("2026-11-20T15:13:59Z", true),
            ("2026-11-20T15:14:00Z", false),
            ("2026-11-20T14:56:00Z", true),
            ("2026-11-20T14:54:00Z", false),
        ] {
            assert_eq!(kept.is_usable(moment(now)), is_usable, "{now}");
        }
        let left = |now: &str| kept.left(moment(now));
        assert_eq!(left("2026-11-20T15:10:00Z"), Some(Duration::from_mins(4)));
        assert_eq!(left("2026-11-20T15:15:00Z"), Some(Duration::ZERO));
        let ageless = CacheEntry::new(1, moment("2026-11-20T15:00:00Z"), None);
        assert!(ageless.is_usable(moment("2036-11-20T15:00:00Z")));
    }
}
