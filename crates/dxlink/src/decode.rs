//! FEED_DATA straight from the frame's text into typed records.
//!
//! See `docs/reference/dxlink-protocol.md`, "7.6 FEED_DATA" and "8. JSON values".
//!
//! One pass, no intermediate tree, no allocation per event: columns are read by the plan that FEED_CONFIG compiled to,
//! and symbols are looked up, not copied. What is wrong with one value costs that value, what is wrong with one array
//! costs that array; only a frame that is no JSON is lost whole.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::event::{
    Batch, Candle, EventType, Greeks, Profile, Quote, Record, Summary, SymbolId, Trade, TradeEth,
    Underlying,
};
use crate::schema::{Column, Plan, Schema};
use crate::value::{Scalar, ScalarSeed, SlotSeed, TextSeed, other_scalars};

/// Finds the place of a symbol; symbols nobody subscribed to have none.
pub trait Names {
    /// The symbol's place.
    fn find(&self, symbol: &str) -> Option<SymbolId>;
}

/// What could not be used, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// Arrays dropped because their length does not fit the row or a row's type contradicts the tag.
    pub arrays: u32,
    /// Arrays dropped because no usable field list was known.
    pub without_schema: u32,
    /// Pairs or objects of a type that is not read.
    pub unknown_types: u32,
    /// Rows of symbols nobody asked for.
    pub unrequested: u32,
    /// Values of the wrong kind, read as not available.
    pub values: u32,
}

/// Reads the value of `data` into a batch.
#[derive(Debug)]
pub(crate) struct DataSeed<'a, N> {
    /// How rows look.
    pub schema: &'a Schema,
    /// Which symbols are wanted.
    pub names: &'a N,
    /// Where rows go.
    pub batch: &'a mut Batch,
    /// Where trouble is counted.
    pub faults: &'a mut Faults,
}

impl<'de, N: Names> DeserializeSeed<'de> for DataSeed<'_, N> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, N: Names> Visitor<'de> for DataSeed<'_, N> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of events")
    }

    /// Elements alternate between a tag and its rows (COMPACT), or each is an event (FULL). Which of the two is looked at
    /// rather than remembered: servers have been seen to send one after announcing the other.
    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
        while let Some(element) = seq.next_element_seed(ElementSeed(&mut self))? {
            let Element::Tag(tag) = element else { continue };
            let Some(event_type) = tag else {
                self.faults.unknown_types += 1;
                seq.next_element::<IgnoredAny>()?;
                continue;
            };
            match event_type {
                EventType::Quote => self.rows::<Quote, A>(&mut seq)?,
                EventType::Trade => self.rows::<Trade, A>(&mut seq)?,
                EventType::TradeEth => self.rows::<TradeEth, A>(&mut seq)?,
                EventType::Summary => self.rows::<Summary, A>(&mut seq)?,
                EventType::Profile => self.rows::<Profile, A>(&mut seq)?,
                EventType::Greeks => self.rows::<Greeks, A>(&mut seq)?,
                EventType::Candle => self.rows::<Candle, A>(&mut seq)?,
                EventType::Underlying => self.rows::<Underlying, A>(&mut seq)?,
            }
        }
        Ok(())
    }
}

impl<N: Names> DataSeed<'_, N> {
    fn rows<'de, T: Record, A: SeqAccess<'de>>(&mut self, seq: &mut A) -> Result<(), A::Error> {
        let Plan::Columns(columns) = self.schema.plan(T::TYPE) else {
            self.faults.without_schema += 1;
            seq.next_element::<IgnoredAny>()?;
            return Ok(());
        };
        let rows = T::rows(self.batch);
        let seed = RowsSeed {
            columns,
            names: self.names,
            rows,
            faults: self.faults,
            record: PhantomData::<T>,
        };
        seq.next_element_seed(seed)?;
        Ok(())
    }

    fn full<T: Record>(&mut self, symbol: &str, values: &[(Cow<'_, str>, Scalar)]) {
        let Some(id) = self.names.find(symbol) else {
            self.faults.unrequested += 1;
            return;
        };
        let mut record = T::default();
        for (name, value) in values {
            if let Some(slot) = T::column(name).and_then(|column| record.slot(column)) {
                self.faults.values += u32::from(!value.store(slot));
            }
        }
        T::rows(self.batch).push((id, record));
    }
}

/// What an element of `data` turned out to be.
enum Element {
    /// The tag of the rows that follow; `None` when the type is not read.
    Tag(Option<EventType>),
    /// A whole event, already stored, or something to pass over.
    Done,
}

struct ElementSeed<'s, 'a, N>(&'s mut DataSeed<'a, N>);

impl<'de, N: Names> DeserializeSeed<'de> for ElementSeed<'_, '_, N> {
    type Value = Element;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Element, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, N: Names> Visitor<'de> for ElementSeed<'_, '_, N> {
    type Value = Element;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a type tag, an array of rows or an event")
    }

    fn visit_str<E>(self, tag: &str) -> Result<Element, E> {
        Ok(Element::Tag(EventType::from_name(tag)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Element, A::Error> {
        let mut values: Vec<(Cow<'de, str>, Scalar)> = Vec::new();
        while let Some(name) = map.next_key()? {
            values.push((name, map.next_value_seed(ScalarSeed)?));
        }
        let text = |wanted: &str| {
            values
                .iter()
                .find(|(name, _)| name == wanted)
                .and_then(|(_, value)| value.text())
        };
        let (event_type, symbol) = (
            text("eventType").map(EventType::from_name),
            text("eventSymbol"),
        );
        match (event_type, symbol) {
            (Some(Some(event_type)), Some(symbol)) => match event_type {
                EventType::Quote => self.0.full::<Quote>(symbol, &values),
                EventType::Trade => self.0.full::<Trade>(symbol, &values),
                EventType::TradeEth => self.0.full::<TradeEth>(symbol, &values),
                EventType::Summary => self.0.full::<Summary>(symbol, &values),
                EventType::Profile => self.0.full::<Profile>(symbol, &values),
                EventType::Greeks => self.0.full::<Greeks>(symbol, &values),
                EventType::Candle => self.0.full::<Candle>(symbol, &values),
                EventType::Underlying => self.0.full::<Underlying>(symbol, &values),
            },
            (Some(None), _) => self.0.faults.unknown_types += 1,
            _ => self.0.faults.arrays += 1,
        }
        Ok(Element::Done)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Element, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        self.0.faults.arrays += 1;
        Ok(Element::Done)
    }

    other_scalars!(Element, this => {
        this.0.faults.arrays += 1;
        Element::Done
    });
}

/// Reads one value array: rows laid end to end, each as long as the plan.
struct RowsSeed<'a, N, T> {
    columns: &'a [Column],
    names: &'a N,
    rows: &'a mut Vec<(SymbolId, T)>,
    faults: &'a mut Faults,
    record: PhantomData<T>,
}

impl<'de, N: Names, T: Record> DeserializeSeed<'de> for RowsSeed<'_, N, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// How reading a row ended.
enum RowEnd {
    /// A whole row; its symbol, if it is wanted, and whether the type fits the tag.
    Whole(Option<SymbolId>, bool),
    /// No value left: the array ended where a row ended.
    Empty,
    /// The array ended inside a row.
    Short,
}

impl<N: Names, T: Record> RowsSeed<'_, N, T> {
    #[inline]
    fn row<'de, A: SeqAccess<'de>>(
        &mut self,
        seq: &mut A,
        record: &mut T,
    ) -> Result<RowEnd, A::Error> {
        let (mut symbol, mut fits) = (None, true);
        for (position, column) in self.columns.iter().enumerate() {
            let is_there = match column {
                Column::Slot(number) => match record.slot(*number) {
                    Some(slot) => seq
                        .next_element_seed(SlotSeed(slot))?
                        .map(|readable| self.faults.values += u32::from(!readable))
                        .is_some(),
                    None => seq.next_element::<IgnoredAny>()?.is_some(),
                },
                Column::Symbol => {
                    let find =
                        TextSeed(|text: Option<&str>| text.and_then(|text| self.names.find(text)));
                    seq.next_element_seed(find)?
                        .map(|found| symbol = found)
                        .is_some()
                }
                Column::EventType => {
                    let same = TextSeed(|text: Option<&str>| text == Some(T::TYPE.name()));
                    seq.next_element_seed(same)?
                        .map(|same| fits &= same)
                        .is_some()
                }
                Column::Skip => seq.next_element::<IgnoredAny>()?.is_some(),
            };
            if !is_there {
                return Ok(if position == 0 {
                    RowEnd::Empty
                } else {
                    RowEnd::Short
                });
            }
        }
        Ok(RowEnd::Whole(symbol, fits))
    }
}

impl<'de, N: Names, T: Record> Visitor<'de> for RowsSeed<'_, N, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of values")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
        let before = self.rows.len();
        let mut trustworthy = true;
        loop {
            let mut record = T::default();
            match self.row(&mut seq, &mut record)? {
                RowEnd::Whole(Some(symbol), true) => self.rows.push((symbol, record)),
                RowEnd::Whole(None, true) => self.faults.unrequested += 1,
                RowEnd::Whole(_, false) => trustworthy = false,
                RowEnd::Empty => break,
                RowEnd::Short => {
                    trustworthy = false;
                    break;
                }
            }
        }
        if !trustworthy {
            // A shift of the columns is silent, so nothing in this array can be believed.
            self.rows.truncate(before);
            self.faults.arrays += 1;
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        self.faults.arrays += 1;
        Ok(())
    }

    fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<(), E> {
        self.visit_unit()
    }

    other_scalars!((), this => this.faults.arrays += 1);
}
