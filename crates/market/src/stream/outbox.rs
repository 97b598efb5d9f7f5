//! The way out: messages wait here for their moment and pass the script's faults on frames.
//!
//! See `docs/reference/dxlink-protocol.md`, "16. Simulator notes".
//!
//! Knows nothing of what messages mean, only their names.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::wire::Outgoing;
use crate::random::Draw;
use crate::script::{Junk, StreamFaults};

/// Most messages in line; what a scripted delay piles up beyond this is lost, as data is for a reader that slow.
const MOST_IN_LINE: usize = 10_000;

/// What goes over the socket as one piece.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Frame {
    /// A text message.
    Text(String),
    /// A text message in several WebSocket fragments.
    Fragments(String),
    /// A binary message, which no server should send.
    Binary(Vec<u8>),
    /// A WebSocket ping.
    Ping,
}

/// A message whose moment has come.
#[derive(Debug)]
pub(super) struct Released {
    /// The name of the message, for what the session learns from its leaving.
    pub(super) name: &'static str,
    pub(super) frames: Vec<Frame>,
}

/// Messages in the order they were said; none overtakes another, however long the first is delayed.
#[derive(Debug)]
pub(super) struct Outbox {
    queue: VecDeque<(Instant, Outgoing)>,
    last_due: Option<Instant>,
    pushed: i64,
    junk_is_out: bool,
    muted: bool,
    faults: Arc<StreamFaults>,
}

impl Outbox {
    pub(super) fn new(faults: Arc<StreamFaults>) -> Self {
        Self {
            queue: VecDeque::new(),
            last_due: None,
            pushed: 0,
            junk_is_out: false,
            muted: faults.silent,
            faults,
        }
    }

    /// Puts a message in line.
    pub(super) fn push(&mut self, message: Outgoing, now: Instant) {
        let is_withheld = self.faults.withhold.iter().any(|name| name == message.kind);
        if self.muted || is_withheld || self.queue.len() >= MOST_IN_LINE {
            return;
        }
        let due = now + self.delay(message.kind);
        let due = self.last_due.map_or(due, |last| last.max(due));
        self.last_due = Some(due);
        self.queue.push_back((due, message));
    }

    /// Says nothing any more, not even what is in line.
    pub(super) fn mute(&mut self) {
        self.muted = true;
        self.queue.clear();
    }

    pub(super) fn is_muted(&self) -> bool {
        self.muted
    }

    /// When the first message in line is due.
    pub(super) fn due(&self) -> Option<Instant> {
        self.queue.front().map(|(due, _)| *due)
    }

    /// Takes the first message in line if its moment has come.
    pub(super) fn release(&mut self, now: Instant) -> Option<Released> {
        if self.due()? > now {
            return None;
        }
        let (_, message) = self.queue.pop_front()?;
        let mut frames = Vec::new();
        if message.kind == "FEED_DATA" && !self.junk_is_out {
            self.junk_is_out = true;
            frames.extend(self.faults.junk.iter().copied().filter_map(junk));
        }
        if self.faults.ping_frames {
            frames.push(Frame::Ping);
        }
        frames.push(if self.faults.fragments {
            Frame::Fragments(message.text)
        } else {
            Frame::Text(message.text)
        });
        Some(Released {
            name: message.kind,
            frames,
        })
    }

    fn delay(&mut self, name: &str) -> Duration {
        let scripted = self.faults.delay_ms.get(name).copied();
        let fixed = scripted.unwrap_or_else(|| usual_delay_ms(name));
        self.pushed += 1;
        let draw = Draw::new(self.faults.seed)
            .word("jitter")
            .number(self.pushed);
        let jitter = match self.faults.frame_jitter_ms {
            0 => 0,
            most => draw.bits() % (most + 1),
        };
        Duration::from_millis(fixed + jitter)
    }
}

/// A login takes a moment even on a good day; one that took none would not show a client that does not wait for it.
fn usual_delay_ms(name: &str) -> u64 {
    match name {
        "AUTH_STATE" | "AUTHORIZED" => 5,
        _ => 0,
    }
}

/// A frame that no client can use; those that need a row are made where rows are.
fn junk(kind: Junk) -> Option<Frame> {
    let text = match kind {
        Junk::UnknownType => r#"{"type":"WEATHER","channel":0,"sky":"clear"}"#,
        Junk::UnknownChannel => r#"{"type":"FEED_DATA","channel":9999,"data":["Quote",[]]}"#,
        Junk::TruncatedJson => r#"{"type":"FEED_DATA","channel":1,"data":["Quo"#,
        Junk::JsonArray => r#"["FEED_DATA",1]"#,
        Junk::MissingType => r#"{"channel":1,"data":[]}"#,
        Junk::MissingChannel => r#"{"type":"KEEPALIVE"}"#,
        Junk::BareNan => r#"{"type":"FEED_DATA","channel":1,"data":["Quote",[NaN]]}"#,
        Junk::Binary => return Some(Frame::Binary(vec![0, 159, 146, 150])),
        Junk::RowLength | Junk::UnknownTag => return None,
    };
    Some(Frame::Text(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outgoing(kind: &'static str) -> Outgoing {
        Outgoing {
            kind,
            text: kind.to_owned(),
        }
    }

    fn outbox(faults: StreamFaults) -> Outbox {
        Outbox::new(Arc::new(faults))
    }

    #[test]
    fn a_delayed_message_holds_up_those_behind_it() {
        let start = Instant::now();
        let second = Duration::from_secs(1);
        let mut outbox = outbox(StreamFaults {
            delay_ms: [("AUTH_STATE".to_owned(), 1_000)].into(),
            ..StreamFaults::default()
        });
        for kind in ["SETUP", "AUTH_STATE", "KEEPALIVE"] {
            outbox.push(outgoing(kind), start);
        }
        assert_eq!(outbox.release(start).unwrap().name, "SETUP");
        assert!(outbox.release(start).is_none());
        assert_eq!(outbox.due(), Some(start + second));
        assert_eq!(outbox.release(start + second).unwrap().name, "AUTH_STATE");
        assert_eq!(outbox.release(start + second).unwrap().name, "KEEPALIVE");
    }

    #[test]
    fn jitter_depends_on_the_seed_alone() {
        let start = Instant::now();
        let dues = |seed| {
            let mut outbox = outbox(StreamFaults {
                frame_jitter_ms: 500,
                seed,
                ..StreamFaults::default()
            });
            for _ in 0..20 {
                outbox.push(outgoing("FEED_DATA"), start);
            }
            outbox.queue.iter().map(|(due, _)| *due).collect::<Vec<_>>()
        };
        assert_eq!(dues(1), dues(1));
        assert_ne!(dues(1), dues(2));
        assert!(
            dues(1)
                .iter()
                .all(|due| *due <= start + Duration::from_millis(500))
        );
    }

    #[test]
    fn a_muted_outbox_forgets_what_was_in_line() {
        let start = Instant::now();
        let mut outbox = outbox(StreamFaults::default());
        outbox.push(outgoing("SETUP"), start);
        outbox.mute();
        outbox.push(outgoing("AUTH_STATE"), start);
        assert!(outbox.release(start).is_none());
    }
}
