//! The stream sessions of an account: a broker allows few at once, so processes take turns.
//!
//! See `docs/reference/dxlink-protocol.md`, "14. Endpoints, entitlement, limits".
//!
//! A slot is a lock, so it is free again however its process ends. Beside it lies a note for the others that says who
//! holds it; it has no meaning without the lock.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep};

use super::file;
use super::lock::Lock;
use crate::clock::Clock;

/// Pause between two looks at slots that are all taken.
const PAUSE: Duration = Duration::from_millis(50);

/// The slots of one account. Cheap to clone.
#[derive(Clone)]
pub struct Slots {
    dir: PathBuf,
    options: SlotOptions,
    clock: Arc<dyn Clock>,
}

/// How slots are taken.
#[derive(Clone, Debug)]
pub struct SlotOptions {
    /// How many there are.
    pub count: u32,
    /// Longest wait for one.
    pub wait: Duration,
    /// What the others are told of this process: its command.
    pub command: &'static str,
}

/// A process that holds a slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Process identifier.
    pub pid: u32,
    /// Its command, `volq quote` for instance.
    pub command: String,
    /// When it took the slot.
    pub since: Timestamp,
}

/// A slot of this process, free again when it is dropped.
#[derive(Debug)]
pub struct SessionSlot {
    /// Its number, from 1.
    pub number: u32,
    /// How many there are.
    pub count: u32,
    note: PathBuf,
    /// `None` where files cannot be locked: then nobody is kept out.
    lock: Option<Lock>,
}

/// Every slot is taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("all {count} stream sessions are in use{}{}", after(.waited), told(.holders))]
pub struct SlotsTaken {
    /// How many there are.
    pub count: u32,
    /// How long one was waited for.
    pub waited: Duration,
    /// Who holds them, as far as they say so.
    pub holders: Vec<Holder>,
}

impl Slots {
    pub(super) fn new(dir: PathBuf, options: SlotOptions, clock: Arc<dyn Clock>) -> Self {
        Self {
            dir,
            options,
            clock,
        }
    }

    /// Takes a slot if one is free.
    ///
    /// # Errors
    ///
    /// Who holds them all.
    pub fn try_take(&self) -> Result<SessionSlot, SlotsTaken> {
        for number in 1..=self.options.count {
            match Lock::try_take(&self.dir.join(format!("slot-{number}.lock"))) {
                Ok(None) => {}
                Ok(Some(lock)) => return Ok(self.slot(number, Some(lock))),
                Err(error) => {
                    // An account that nobody else can be seen to use is used.
                    tracing::info!("no session slots: {error}");
                    return Ok(self.slot(number, None));
                }
            }
        }
        Err(self.taken(Duration::ZERO))
    }

    /// Takes a slot as soon as one is free, waiting no longer than the options say and `deadline` allows.
    ///
    /// # Errors
    ///
    /// Who holds them all.
    pub async fn take(&self, deadline: Instant) -> Result<SessionSlot, SlotsTaken> {
        let began = Instant::now();
        let end = deadline.min(began + self.options.wait);
        loop {
            let taken = match self.try_take() {
                Ok(slot) => return Ok(slot),
                Err(taken) => taken,
            };
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(SlotsTaken {
                    waited: began.elapsed(),
                    ..taken
                });
            }
            sleep(PAUSE.min(left)).await;
        }
    }

    /// That every slot is taken, and by whom.
    pub fn taken(&self, waited: Duration) -> SlotsTaken {
        let notes = (1..=self.options.count).map(|number| self.note(number));
        SlotsTaken {
            count: self.options.count,
            waited,
            holders: notes
                .filter_map(|note| serde_json::from_slice(&file::read(&note).ok()?).ok())
                .collect(),
        }
    }

    fn slot(&self, number: u32, lock: Option<Lock>) -> SessionSlot {
        let note = self.note(number);
        let holder = Holder {
            pid: std::process::id(),
            command: format!("volq {}", self.options.command),
            since: self.clock.now(),
        };
        // A note that cannot be left is missed by nobody but the one who would have read it.
        if lock.is_some()
            && let Ok(text) = serde_json::to_vec(&holder)
            && let Err(error) = file::write(&note, &text)
        {
            tracing::debug!("no note of the session slot: {error}");
        }
        SessionSlot {
            number,
            count: self.options.count,
            note,
            lock,
        }
    }

    fn note(&self, number: u32) -> PathBuf {
        self.dir.join(format!("slot-{number}.json"))
    }
}

impl Drop for SessionSlot {
    fn drop(&mut self) {
        // The note goes first: without the lock it may be another's already.
        if self.lock.is_some() {
            let _ = file::remove(&self.note);
        }
    }
}

impl std::fmt::Display for SessionSlot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "session {} of {}", self.number, self.count)
    }
}

fn after(waited: &Duration) -> String {
    match waited.as_millis() {
        0 => String::new(),
        _ => format!(" after {:.1} s of waiting", waited.as_secs_f64()),
    }
}

fn told(holders: &[Holder]) -> String {
    let told: Vec<String> = holders
        .iter()
        .map(|holder| {
            let Holder {
                pid,
                command,
                since,
            } = holder;
            format!("{command} (process {pid}, since {since:.0})")
        })
        .collect();
    if told.is_empty() {
        String::new()
    } else {
        format!(": {}", told.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::super::{AccountMark, Store};
    use super::*;
    use crate::clock::FixedClock;
    use crate::secret::Secret;

    fn slots(dir: &TempDir, count: u32, wait: Duration) -> Slots {
        let mark = AccountMark::new("http://x", &Secret::new("a"), &Secret::new("b"));
        let clock = FixedClock("2026-11-20T15:00:00Z".parse().unwrap());
        let options = SlotOptions {
            count,
            wait,
            command: "quote",
        };
        Store::at(dir.path().join("volq")).slots(&mark, options, Arc::new(clock))
    }

    #[test]
    fn there_are_as_many_as_there_are() {
        let dir = TempDir::new().unwrap();
        let slots = slots(&dir, 2, Duration::ZERO);
        let first = slots.try_take().unwrap();
        let second = slots.try_take().unwrap();
        assert_eq!((first.number, second.number), (1, 2));
        let taken = slots.try_take().unwrap_err();
        let pid = std::process::id();
        assert_eq!(
            taken.to_string().replace(&pid.to_string(), "PID"),
            "all 2 stream sessions are in use: volq quote (process PID, since 2026-11-20T15:00:00Z), \
             volq quote (process PID, since 2026-11-20T15:00:00Z)"
        );
        drop(first);
        assert_eq!(slots.taken(Duration::ZERO).holders.len(), 1);
        assert_eq!(slots.try_take().unwrap().number, 1);
    }

    #[tokio::test]
    async fn who_waits_gets_the_next_free_one() {
        let dir = TempDir::new().unwrap();
        let slots = slots(&dir, 1, Duration::from_secs(20));
        let held = slots.try_take().unwrap();
        let later = Instant::now() + Duration::from_mins(1);
        let (next, ()) = tokio::join!(slots.take(later), async {
            tokio::task::yield_now().await;
            drop(held);
        });
        assert_eq!(next.unwrap().number, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_ends_with_the_patience_or_the_deadline() {
        let dir = TempDir::new().unwrap();
        let held = slots(&dir, 1, Duration::ZERO).try_take();
        for (patience, deadline, expected) in [(0, 9, 0), (3, 9, 3), (9, 2, 2)] {
            let slots = slots(&dir, 1, Duration::from_secs(patience));
            let began = Instant::now();
            let taken = slots.take(began + Duration::from_secs(deadline)).await;
            let waited = taken.unwrap_err().waited;
            assert_eq!(waited.as_secs(), expected);
            assert_eq!(began.elapsed(), waited);
        }
        drop(held);
    }

    #[test]
    fn where_nothing_can_be_locked_nobody_is_kept_out() {
        let dir = TempDir::new().unwrap();
        std::fs::write(dir.path().join("volq"), "a file in the way").unwrap();
        let slots = slots(&dir, 1, Duration::ZERO);
        let held = [slots.try_take().unwrap(), slots.try_take().unwrap()];
        assert_eq!(held[1].to_string(), "session 1 of 1");
    }

    #[test]
    fn a_note_that_says_nothing_names_nobody() {
        let dir = TempDir::new().unwrap();
        let slots = slots(&dir, 1, Duration::ZERO);
        let _held = slots.try_take();
        file::write(&slots.note(1), b"{").unwrap();
        let taken = slots.taken(Duration::from_millis(1500));
        assert_eq!(
            taken.to_string(),
            "all 1 stream sessions are in use after 1.5 s of waiting"
        );
    }
}
