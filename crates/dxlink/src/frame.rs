//! One text frame: its envelope, and the fast way into FEED_DATA.
//!
//! See `docs/reference/dxlink-protocol.md`, "1. Transport and message envelope".
//!
//! FEED_DATA is decoded in the same pass that reads the envelope. Every other message is small and rare and is parsed a
//! second time into [`Message`].

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::decode::{DataSeed, Faults, Names};
use crate::event::Batch;
use crate::message::Message;
use crate::schema::Schema;
use crate::value::{Scalar, ScalarSeed, TextSeed};

mod fast;

/// What a frame was.
#[derive(Debug, PartialEq)]
pub enum Frame {
    /// Events of this channel, now in the batch.
    Data(u64),
    /// Events of a channel that is not open.
    ForeignData,
    /// Any other message.
    Control(Message),
}

/// A frame that is no message.
#[derive(Debug, thiserror::Error)]
pub enum Malformed {
    /// Not a JSON object, or one that breaks off.
    #[error("not a JSON message: {0}")]
    Json(#[from] serde_json::Error),
    /// `type` or `channel` is missing.
    #[error("a message without type or channel")]
    Envelope,
}

/// Turns frames into rows and messages. Keeps its buffers from frame to frame.
#[derive(Debug, Default)]
pub struct Decoder {
    /// The open channels; there are never more than a few.
    channels: Vec<(u64, Schema)>,
    /// The rows of the frame read last.
    pub batch: Batch,
    /// Everything that could not be used since the decoder was made.
    pub faults: Faults,
}

impl Decoder {
    /// Starts reading a new channel, about which nothing is known yet.
    pub fn open(&mut self, channel: u64) {
        self.close(channel);
        self.channels.push((channel, Schema::default()));
    }

    /// Forgets a channel: late data of it is foreign from now on.
    pub fn close(&mut self, channel: u64) {
        self.channels.retain(|(open, _)| *open != channel);
    }

    /// The schema of a channel, if it is open.
    pub fn schema_mut(&mut self, channel: u64) -> Option<&mut Schema> {
        self.channels
            .iter_mut()
            .find(|(open, _)| *open == channel)
            .map(|(_, schema)| schema)
    }

    /// Reads one frame. Rows of a FEED_DATA are in [`Decoder::batch`] afterwards.
    ///
    /// # Errors
    /// [`Malformed`] when the text is no message; the batch is empty then.
    pub fn read(&mut self, text: &str, names: &impl Names) -> Result<Frame, Malformed> {
        self.batch.clear();
        if let Some(channel) = self.read_fast(text, names) {
            return Ok(Frame::Data(channel));
        }
        self.read_generally(text, names)
    }

    /// Tries the fast way; leaves no trace where it does not lead through.
    fn read_fast(&mut self, text: &str, names: &impl Names) -> Option<u64> {
        let Self {
            channels,
            batch,
            faults,
        } = self;
        let before = *faults;
        let channel = fast::feed_data(text, channels, names, (batch, faults));
        if channel.is_none() {
            batch.clear();
            *faults = before;
        }
        channel
    }

    fn read_generally(&mut self, text: &str, names: &impl Names) -> Result<Frame, Malformed> {
        let envelope = self
            .envelope(text, names)
            .inspect_err(|_| self.batch.clear())?;
        match (envelope.kind, envelope.channel) {
            (Some(Kind::FeedData), Some(channel)) if envelope.decoded => Ok(Frame::Data(channel)),
            (Some(Kind::FeedData), Some(_)) => Ok(Frame::ForeignData),
            (Some(Kind::Other), Some(_)) => Ok(Frame::Control(serde_json::from_str(text)?)),
            _ => Err(Malformed::Envelope),
        }
    }

    fn envelope(&mut self, text: &str, names: &impl Names) -> Result<Envelope, serde_json::Error> {
        let mut json = serde_json::Deserializer::from_str(text);
        let envelope = json.deserialize_map(EnvelopeVisitor {
            decoder: self,
            names,
        })?;
        json.end()?;
        Ok(envelope)
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    FeedData,
    Other,
}

#[derive(Default)]
struct Envelope {
    kind: Option<Kind>,
    channel: Option<u64>,
    decoded: bool,
}

enum Key {
    Type,
    Channel,
    Data,
    Other,
}

struct EnvelopeVisitor<'a, N> {
    decoder: &'a mut Decoder,
    names: &'a N,
}

impl<N: Names> EnvelopeVisitor<'_, N> {
    /// Decodes `data` if it belongs to an open channel; tells whether it did.
    fn data<'de, D: Deserializer<'de>>(
        &mut self,
        channel: Option<u64>,
        data: D,
    ) -> Result<bool, D::Error> {
        let Decoder {
            channels,
            batch,
            faults,
        } = &mut *self.decoder;
        match channels.iter().find(|(id, _)| channel == Some(*id)) {
            Some((_, schema)) => DataSeed {
                schema,
                names: self.names,
                batch,
                faults,
            }
            .deserialize(data)
            .map(|()| true),
            None => <IgnoredAny as serde::Deserialize>::deserialize(data).map(|_| false),
        }
    }
}

/// Hands a value that follows a key to [`EnvelopeVisitor::data`].
struct DataHere<'v, 'a, N>(&'v mut EnvelopeVisitor<'a, N>, Option<u64>);

impl<'de, N: Names> DeserializeSeed<'de> for DataHere<'_, '_, N> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        self.0.data(self.1, deserializer)
    }
}

impl<'de, N: Names> Visitor<'de> for EnvelopeVisitor<'_, N> {
    type Value = Envelope;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a message object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Envelope, A::Error> {
        let mut envelope = Envelope::default();
        let mut waiting: Option<&'de RawValue> = None;
        while let Some(key) = map.next_key_seed(TextSeed(key))? {
            match key {
                Key::Type => envelope.kind = map.next_value_seed(TextSeed(kind))?,
                Key::Channel => envelope.channel = channel(&map.next_value_seed(ScalarSeed)?),
                // Real servers write the envelope first, so that rows can be decoded as they pass by …
                Key::Data
                    if envelope.kind == Some(Kind::FeedData) && envelope.channel.is_some() =>
                {
                    envelope.decoded =
                        map.next_value_seed(DataHere(&mut self, envelope.channel))?;
                }
                // … but key order is free in JSON.
                Key::Data => waiting = Some(map.next_value()?),
                Key::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        if let Some(data) = waiting.filter(|_| envelope.kind == Some(Kind::FeedData)) {
            envelope.decoded = self
                .data(envelope.channel, data)
                .map_err(serde::de::Error::custom)?;
        }
        Ok(envelope)
    }
}

fn key(text: Option<&str>) -> Key {
    match text {
        Some("type") => Key::Type,
        Some("channel") => Key::Channel,
        Some("data") => Key::Data,
        _ => Key::Other,
    }
}

fn kind(text: Option<&str>) -> Option<Kind> {
    text.map(|text| {
        if text == "FEED_DATA" {
            Kind::FeedData
        } else {
            Kind::Other
        }
    })
}

fn channel(value: &Scalar) -> Option<u64> {
    match value {
        Scalar::Whole(number) => u64::try_from(*number).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
