//! Single JSON values of the stream: lenient about their kind, strict about what they mean.
//!
//! See `docs/reference/dxlink-protocol.md`, "8. JSON values".
//!
//! A value of the wrong kind reads as not available and is counted; it never costs the row it stands in.

use std::fmt;
use std::sync::Arc;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::event::{Double, Slot};

/// Gives a visitor the same answer for every scalar but text.
macro_rules! other_scalars {
    ($value:ty, $this:ident => $result:expr) => {
        fn visit_unit<E: serde::de::Error>(self) -> Result<$value, E> {
            let $this = self;
            Ok($result)
        }

        fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<$value, E> {
            self.visit_unit()
        }

        fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<$value, E> {
            self.visit_unit()
        }

        fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<$value, E> {
            self.visit_unit()
        }

        fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<$value, E> {
            self.visit_unit()
        }
    };
}
pub(super) use other_scalars;

/// Any scalar of the wire, for FULL events whose type may come after their values.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar {
    /// A number with a fraction or an exponent.
    Number(f64),
    /// An integer.
    Whole(i64),
    /// A text.
    Text(Box<str>),
    /// A yes or no.
    Flag(bool),
    /// `null`.
    Absent,
    /// An array or an object: it takes one column and says nothing to us.
    Nested,
}

impl Scalar {
    /// The text, if it is one.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Puts the value where it belongs; `false` when it is of the wrong kind and so reads as not available.
    pub(super) fn store(&self, slot: Slot<'_>) -> bool {
        match slot {
            Slot::Number(place) => self.put(place),
            Slot::Time(place) => self.put(&mut place.0),
            Slot::Whole(place) => self.put(place),
            Slot::Text(place) => self.put(place),
            Slot::Flag(place) => self.put(place),
        }
    }

    fn put(&self, place: &mut impl Place) -> bool {
        match self {
            Self::Number(number) => place.put_number(*number),
            Self::Whole(number) => place.put_whole(*number),
            Self::Text(text) => place.put_text(text),
            Self::Flag(flag) => place.put_flag(*flag),
            Self::Absent | Self::Nested => true,
        }
    }
}

/// What takes a value if it is of the right kind, and tells whether it was.
pub(super) trait Place {
    fn put_number(&mut self, _: f64) -> bool {
        false
    }

    fn put_whole(&mut self, _: i64) -> bool {
        false
    }

    fn put_text(&mut self, _: &str) -> bool {
        false
    }

    fn put_flag(&mut self, _: bool) -> bool {
        false
    }
}

impl Place for Double {
    #[inline]
    fn put_number(&mut self, number: f64) -> bool {
        self.0 = number;
        true
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "a double column holds what a double holds"
    )]
    #[inline]
    fn put_whole(&mut self, number: i64) -> bool {
        self.put_number(number as f64)
    }

    #[inline]
    fn put_text(&mut self, text: &str) -> bool {
        word(text).is_some_and(|number| self.put_number(number))
    }
}

impl Place for i64 {
    /// Accepts `5.0` and `5e0` for 5; a fraction or a number beyond 2^63 is refused.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the range is checked first"
    )]
    #[inline]
    fn put_number(&mut self, number: f64) -> bool {
        const LIMIT: f64 = 9_223_372_036_854_775_808.0;
        number.fract() == 0.0 && (-LIMIT..LIMIT).contains(&number) && self.put_whole(number as i64)
    }

    #[inline]
    fn put_whole(&mut self, number: i64) -> bool {
        *self = number;
        true
    }

    #[inline]
    fn put_text(&mut self, text: &str) -> bool {
        word(text).is_some()
    }
}

impl Place for Option<Arc<str>> {
    fn put_text(&mut self, text: &str) -> bool {
        *self = (!text.is_empty() && text != "\0").then(|| Arc::from(text));
        true
    }
}

impl Place for Option<bool> {
    fn put_flag(&mut self, flag: bool) -> bool {
        *self = Some(flag);
        true
    }
}

/// The three numbers that JSON has no literal for.
#[inline]
pub(super) fn word(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "integers beyond 63 bits exist only as doubles here"
)]
#[inline]
fn beyond_63_bits(number: u64) -> f64 {
    number as f64
}

/// Reads any value into a [`Scalar`].
pub(super) struct ScalarSeed;

impl<'de> DeserializeSeed<'de> for ScalarSeed {
    type Value = Scalar;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Scalar, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ScalarSeed {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_f64<E>(self, number: f64) -> Result<Scalar, E> {
        Ok(Scalar::Number(number))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Scalar, E> {
        Ok(Scalar::Whole(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Scalar, E> {
        Ok(i64::try_from(number).map_or(Scalar::Number(beyond_63_bits(number)), Scalar::Whole))
    }

    fn visit_str<E>(self, text: &str) -> Result<Scalar, E> {
        Ok(Scalar::Text(Box::from(text)))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Scalar, E> {
        Ok(Scalar::Flag(flag))
    }

    fn visit_unit<E>(self) -> Result<Scalar, E> {
        Ok(Scalar::Absent)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Scalar, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::Nested)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Scalar, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::Nested)
    }
}

/// Reads a value into its slot; gives whether it was of a kind the slot takes.
pub(super) struct SlotSeed<'a>(pub(super) Slot<'a>);

impl<'de> DeserializeSeed<'de> for SlotSeed<'_> {
    type Value = bool;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        match self.0 {
            Slot::Number(place) => deserializer.deserialize_any(PlaceVisitor(place)),
            Slot::Time(place) => deserializer.deserialize_any(PlaceVisitor(&mut place.0)),
            Slot::Whole(place) => deserializer.deserialize_any(PlaceVisitor(place)),
            Slot::Text(place) => deserializer.deserialize_any(PlaceVisitor(place)),
            Slot::Flag(place) => deserializer.deserialize_any(PlaceVisitor(place)),
        }
    }
}

struct PlaceVisitor<'a, P>(&'a mut P);

impl<'de, P: Place> Visitor<'de> for PlaceVisitor<'_, P> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    #[inline]
    fn visit_f64<E>(self, number: f64) -> Result<bool, E> {
        Ok(self.0.put_number(number))
    }

    #[inline]
    fn visit_i64<E>(self, number: i64) -> Result<bool, E> {
        Ok(self.0.put_whole(number))
    }

    #[inline]
    fn visit_u64<E>(self, number: u64) -> Result<bool, E> {
        Ok(match i64::try_from(number) {
            Ok(number) => self.0.put_whole(number),
            Err(_) => self.0.put_number(beyond_63_bits(number)),
        })
    }

    #[inline]
    fn visit_str<E>(self, text: &str) -> Result<bool, E> {
        Ok(self.0.put_text(text))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<bool, E> {
        Ok(self.0.put_flag(flag))
    }

    fn visit_unit<E>(self) -> Result<bool, E> {
        Ok(true)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<bool, A::Error> {
        ScalarSeed.visit_seq(seq).map(|_| true)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<bool, A::Error> {
        ScalarSeed.visit_map(map).map(|_| true)
    }
}

/// Reads a text without copying it; the function gets `None` for anything that is no text.
pub(super) struct TextSeed<F>(pub(super) F);

impl<'de, T, F: FnOnce(Option<&str>) -> T> DeserializeSeed<'de> for TextSeed<F> {
    type Value = T;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T, F: FnOnce(Option<&str>) -> T> Visitor<'de> for TextSeed<F> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    #[inline]
    fn visit_str<E>(self, text: &str) -> Result<T, E> {
        Ok(self.0(Some(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<T, A::Error> {
        ScalarSeed.visit_seq(seq).map(|_| self.0(None))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        ScalarSeed.visit_map(map).map(|_| self.0(None))
    }

    other_scalars!(T, this => this.0(None));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Millis;

    fn number(json: &str) -> (bool, Double) {
        let mut place = Double::default();
        let readable = SlotSeed(Slot::Number(&mut place))
            .deserialize(&mut serde_json::Deserializer::from_str(json))
            .unwrap();
        (readable, place)
    }

    fn whole(json: &str) -> (bool, i64) {
        let mut place = 0;
        let readable = SlotSeed(Slot::Whole(&mut place))
            .deserialize(&mut serde_json::Deserializer::from_str(json))
            .unwrap();
        (readable, place)
    }

    #[test]
    fn every_spelling_of_a_number_is_read() {
        for (json, expected) in [
            ("5", 5.0),
            ("1.3743299E7", 13_743_299.0),
            ("-0.25", -0.25),
            ("\"Infinity\"", f64::INFINITY),
            ("\"-Infinity\"", f64::NEG_INFINITY),
        ] {
            assert_eq!(number(json), (true, Double(expected)), "{json}");
        }
        for json in ["\"NaN\"", "null", "[1,{\"a\":2}]", "{\"a\":[1]}"] {
            assert_eq!(number(json), (true, Double::default()), "{json}");
        }
        for json in ["\"five\"", "true"] {
            assert_eq!(number(json), (false, Double::default()), "{json}");
        }
    }

    #[test]
    fn integers_are_exact_and_never_rounded() {
        assert_eq!(
            whole("7235129486797176832"),
            (true, 7_235_129_486_797_176_832)
        );
        assert_eq!(whole("100.0"), (true, 100));
        assert_eq!(whole("5e0"), (true, 5));
        assert_eq!(whole("5.5"), (false, 0));
        assert_eq!(whole("18446744073709551615"), (false, 0));
    }

    #[test]
    fn no_exchange_code_is_no_text() {
        for json in ["\"\"", "\"\\u0000\"", "null"] {
            let mut place = None;
            let seed = SlotSeed(Slot::Text(&mut place));
            assert!(
                seed.deserialize(&mut serde_json::Deserializer::from_str(json))
                    .unwrap()
            );
            assert_eq!(place, None, "{json}");
        }
    }

    #[test]
    fn times_accept_whole_doubles() {
        let mut place = Millis(0);
        let seed = SlotSeed(Slot::Time(&mut place));
        assert!(
            seed.deserialize(&mut serde_json::Deserializer::from_str("1.785542361974E12"))
                .unwrap()
        );
        assert_eq!(place, Millis(1_785_542_361_974));
    }
}
