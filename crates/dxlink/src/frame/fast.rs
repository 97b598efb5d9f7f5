//! The fast way through FEED_DATA: a scanner for the one form in which servers write it.
//!
//! The module is fenced in: [`feed_data`] is its only entrance, the general reader in [`frame`](crate::frame) its only
//! visitor, and without it every frame would be read just the same, in twice the time.
//!
//! A COMPACT frame of known types, `type` and `channel` first, without blanks and escapes, is read byte by byte straight
//! into records. Whatever is the least bit unusual makes the scanner give up, and the general reader
//! takes the frame from the start: it alone decides what is wrong with a frame and what that costs.
//! So there are two readers but one set of rules, and a property test holds them to the same answer.

use crate::decode::{Faults, Names};
use crate::event::{Batch, Double, EventType, Record, Slot, TypedTask};
use crate::schema::{Column, Plan, Schema};
use crate::value::{Place, word};

mod number;

/// Reads a whole frame of one of the channels into the batch and gives which channel it was. `None` when the frame is not
/// of the plain form; what is in the batch and among the faults then is worthless.
pub(super) fn feed_data(
    text: &str,
    channels: &[(u64, Schema)],
    names: &impl Names,
    target: (&mut Batch, &mut Faults),
) -> Option<u64> {
    let (batch, faults) = target;
    let mut scanner = Scanner::new(text);
    scanner.expect(r#"{"type":"FEED_DATA","channel":"#)?;
    let id = u64::try_from(scanner.whole()?).ok()?;
    let (channel, schema) = channels.iter().find(|(open, _)| *open == id)?;
    scanner.expect(r#","data":["#)?;
    loop {
        let event_type = EventType::from_name(scanner.string()?)?;
        scanner.eat(b',')?;
        let Plan::Columns(columns) = schema.plan(event_type) else {
            return None;
        };
        event_type.apply(Rows {
            scanner: &mut scanner,
            columns,
            names,
            batch,
            faults,
        })?;
        match scanner.next()? {
            b',' => {}
            b']' => break,
            _ => return None,
        }
    }
    scanner.eat(b'}')?;
    scanner.rest.is_empty().then_some(*channel)
}

/// Reads the value array of one pair.
struct Rows<'s, 't, N> {
    scanner: &'s mut Scanner<'t>,
    columns: &'s [Column],
    names: &'s N,
    batch: &'s mut Batch,
    faults: &'s mut Faults,
}

impl<N: Names> TypedTask for Rows<'_, '_, N> {
    type Output = Option<()>;

    fn run<T: Record>(self) -> Option<()> {
        let rows = T::rows(self.batch);
        let granted = granted(self.columns);
        self.scanner.eat(b'[')?;
        loop {
            let mut record = T::default();
            let symbol = match granted {
                Some(granted) => self.scanner.usual_row(granted, &mut record)?,
                None => self.scanner.row(self.columns, &mut record)?,
            };
            match self.names.find(symbol) {
                Some(symbol) => rows.push((symbol, record)),
                None => self.faults.unrequested += 1,
            }
            match self.scanner.next()? {
                b',' => {}
                b']' => return Some(()),
                _ => return None,
            }
        }
    }
}

/// The columns as a set, one bit each, when their order is that of the records: the type, the symbol, then what was
/// granted of the rest. Servers may do otherwise, but none is known that does.
fn granted(columns: &[Column]) -> Option<u16> {
    let [Column::EventType, Column::Symbol, slots @ ..] = columns else {
        return None;
    };
    let mut granted = 0_u16;
    for column in slots {
        let Column::Slot(number) = column else {
            return None;
        };
        let bit = 1_u16.checked_shl(u32::from(*number))?;
        if granted >= bit {
            return None;
        }
        granted |= bit;
    }
    Some(granted)
}

/// A place in a text. Every method gives `None` where the general reader has to look.
struct Scanner<'t> {
    text: &'t str,
    /// What of the text is still to be read.
    rest: &'t [u8],
}

impl<'t> Scanner<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            rest: text.as_bytes(),
        }
    }

    #[inline]
    fn next(&mut self) -> Option<u8> {
        let (byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*byte)
    }

    #[inline]
    fn eat(&mut self, byte: u8) -> Option<()> {
        (self.next()? == byte).then_some(())
    }

    #[inline]
    fn expect(&mut self, words: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(words.as_bytes())?;
        Some(())
    }

    /// A row whose columns are in the order of the record; gives the symbol.
    #[inline]
    fn usual_row<T: Record>(&mut self, granted: u16, record: &mut T) -> Option<&'t str> {
        self.eat(b'"')?;
        self.expect(T::TYPE.name())?;
        self.expect("\",")?;
        let symbol = self.string()?;
        record.fill(granted, |slot| {
            self.eat(b',')?;
            self.value(slot)
        })?;
        Some(symbol)
    }

    /// A row of any columns; gives the symbol.
    fn row<T: Record>(&mut self, columns: &[Column], record: &mut T) -> Option<&'t str> {
        let mut symbol = None;
        for (position, column) in columns.iter().enumerate() {
            if position > 0 {
                self.eat(b',')?;
            }
            match column {
                Column::Slot(number) => self.value(record.slot(*number)?)?,
                Column::Symbol => symbol = Some(self.string()?),
                Column::EventType => (self.string()? == T::TYPE.name()).then_some(())?,
                Column::Skip => self.skip()?,
            }
        }
        symbol
    }

    /// A value of the kind its slot is for.
    #[inline]
    fn value(&mut self, slot: Slot<'_>) -> Option<()> {
        if let Slot::Number(place) = slot {
            return self.number(place);
        }
        let first = *self.rest.first()?;
        if first == b'n' {
            return self.expect("null");
        }
        match slot {
            Slot::Number(place) => self.number(place)?,
            Slot::Time(place) => place.0 = self.whole()?,
            Slot::Whole(place) => *place = self.whole()?,
            Slot::Text(place) => {
                place.put_text(self.string()?);
            }
            Slot::Flag(place) => {
                let flag = first == b't';
                self.expect(if flag { "true" } else { "false" })?;
                *place = Some(flag);
            }
        }
        Some(())
    }

    #[inline]
    fn number(&mut self, place: &mut Double) -> Option<()> {
        match self.rest.first()? {
            b'"' => place.0 = word(self.string()?)?,
            b'n' => self.expect("null")?,
            _ => {
                let (number, length) = number::double(self.rest)?;
                self.rest = self.rest.get(length..)?;
                place.0 = number;
            }
        }
        Some(())
    }

    #[inline]
    fn whole(&mut self) -> Option<i64> {
        let (number, length) = number::whole(self.rest)?;
        self.rest = self.rest.get(length..)?;
        Some(number)
    }

    fn skip(&mut self) -> Option<()> {
        match self.rest.first()? {
            b'"' => self.string().map(drop),
            b't' => self.expect("true"),
            b'f' => self.expect("false"),
            _ => self.number(&mut Double::default()),
        }
    }

    /// A text without escapes.
    #[inline]
    fn string(&mut self) -> Option<&'t str> {
        self.eat(b'"')?;
        let from = self.text.len() - self.rest.len();
        let length = plain_length(self.rest);
        self.rest = self.rest.get(length..)?;
        self.eat(b'"')?;
        self.text.get(from..from + length)
    }
}

/// How many bytes there are before a quote, a backslash or a control character, looked at eight at a time.
#[inline]
fn plain_length(text: &[u8]) -> usize {
    const EACH: u64 = u64::MAX / 0xff;
    const TOPS: u64 = EACH * 0x80;
    let mut length = 0;
    while let Some(chunk) = text.get(length..).and_then(<[u8]>::first_chunk) {
        let chunk = u64::from_le_bytes(*chunk);
        // A byte below the subtrahend borrows. That may disturb the bytes above it, but only the lowest one counts.
        let quote = (chunk ^ (EACH * u64::from(b'"'))).wrapping_sub(EACH);
        let backslash = (chunk ^ (EACH * u64::from(b'\\'))).wrapping_sub(EACH);
        let control = chunk.wrapping_sub(EACH * 0x20);
        let found = (quote | backslash | control) & !chunk & TOPS;
        if found != 0 {
            return length + found.trailing_zeros() as usize / 8;
        }
        length += 8;
    }
    let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
    text.iter()
        .skip(length)
        .position(is_special)
        .map_or(text.len(), |at| length + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_end_where_a_look_at_every_byte_says() {
        let special = ["\"", "\\", "\n", "\u{1f}", "\0"];
        for end in special {
            for length in 0..20 {
                // Bytes with the top bit set, and those next to the special ones, end nothing.
                let plain: String = "SPY ä!#[]\u{7f}".chars().cycle().take(length).collect();
                let text = format!("{plain}{end},\"NaN\",1.5");
                assert_eq!(plain_length(text.as_bytes()), plain.len(), "{text:?}");
            }
        }
    }

    #[test]
    fn only_columns_in_the_order_of_the_record_are_usual() {
        use Column::{EventType, Skip, Slot, Symbol};
        assert_eq!(
            granted(&[EventType, Symbol, Slot(0), Slot(3)]),
            Some(0b1001)
        );
        assert_eq!(granted(&[EventType, Symbol]), Some(0));
        for columns in [
            &[Symbol, EventType, Slot(0)][..],
            &[Symbol, Slot(0)],
            &[EventType, Symbol, Slot(1), Slot(0)],
            &[EventType, Symbol, Slot(1), Slot(1)],
            &[EventType, Symbol, Slot(0), Skip],
            &[],
        ] {
            assert_eq!(granted(columns), None, "{columns:?}");
        }
    }
}
