//! Layer `clock`: how far this machine's clock is from the server's. Sessions, expirations and the age of prices are
//! reckoned by it; it never keeps anything from working.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::finding::Finding;

const NAME: &str = "clock";

/// A difference that is worth knowing.
const TOO_FAR: SignedDuration = SignedDuration::from_secs(5);

/// What an answer from the server says about the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TimeSample {
    /// The server's clock when it answered, to the second.
    pub(super) server: Timestamp,
    /// This machine's clock when the answer was there.
    pub(super) own: Timestamp,
    /// How long question and answer took together.
    pub(super) took: Duration,
}

impl TimeSample {
    /// How far this machine's clock is ahead. The answer is taken to have been written half-way, and half a second into
    /// the second it names.
    fn ahead(&self) -> SignedDuration {
        let half_way = SignedDuration::try_from(self.took / 2).unwrap_or_default();
        self.own.duration_since(self.server) - half_way - SignedDuration::from_millis(500)
    }
}

/// Judges the clock.
pub(super) fn check(sample: Option<TimeSample>) -> Finding {
    let Some(sample) = sample else {
        return Finding::skip(NAME, "no server told the time");
    };
    let ahead = sample.ahead();
    let seconds = ahead.abs().as_secs();
    let way = if ahead.is_negative() {
        "behind"
    } else {
        "ahead of"
    };
    if ahead.abs() <= TOO_FAR {
        return Finding::ok(NAME, format!("{seconds} s {way} the server's"));
    }
    Finding::warn(NAME, format!("{seconds} s {way} the server's")).with_hint(
        "set the clock of this machine (NTP): sessions, expirations and the age of prices are reckoned by it",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::diagnosis::LayerStatus;

    fn sample(own: &str, took: u64) -> TimeSample {
        TimeSample {
            server: "2026-11-20T15:00:00Z".parse().unwrap(),
            own: own.parse().unwrap(),
            took: Duration::from_millis(took),
        }
    }

    #[test]
    fn only_a_clock_that_is_far_off_is_a_warning() {
        for (own, took, status, said) in [
            ("2026-11-20T15:00:00.500Z", 0, LayerStatus::Ok, "0 s ahead"),
            ("2026-11-20T14:59:57Z", 0, LayerStatus::Ok, "3 s behind"),
            ("2026-11-20T15:00:09Z", 8000, LayerStatus::Ok, "4 s ahead"),
            ("2026-11-20T15:00:07Z", 0, LayerStatus::Warn, "6 s ahead"),
            ("2026-11-20T14:58:00Z", 0, LayerStatus::Warn, "120 s behind"),
        ] {
            let found = check(Some(sample(own, took)));
            let detail = found.layer.detail.clone().unwrap();
            assert!(detail.starts_with(said), "{own}: {detail}");
            assert_eq!(found.layer.status, status, "{own}");
            assert!(found.works());
        }
    }

    #[test]
    fn without_an_answer_nothing_is_known() {
        assert_eq!(check(None).layer.status, LayerStatus::Skip);
    }
}
