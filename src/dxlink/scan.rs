//! The short way through FEED_DATA: a scanner for the one form in which servers write it.
//!
//! A COMPACT frame of known types, `type` and `channel` first, without blanks and escapes, is read byte by byte straight
//! into records. Whatever is the least bit unusual makes the scanner give up, and the general reader in
//! [`frame`](super::frame) takes the frame from the start: it alone decides what is wrong with a frame and what that costs.
//! So there are two readers but one set of rules, and a property test holds them to the same answer.

use super::decode::{Faults, Names};
use super::event::{Batch, EventType, Record, Slot, SymbolId, TypedTask};
use super::schema::{Column, Plan, Schema};
use super::value::{Place, word};

/// Powers of ten that a double holds exactly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/// Powers of ten for up to eight more digits.
const TENS: [u64; 9] = [
    1,
    10,
    100,
    1_000,
    10_000,
    100_000,
    1_000_000,
    10_000_000,
    100_000_000,
];

/// The largest integer up to which a double holds every integer.
const EXACT: u64 = 1 << 53;

/// Digits that always fit 64 bits.
const DIGITS: i32 = 18;

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
    let Number::Whole(id) = scanner.number()? else {
        return None;
    };
    let (channel, schema) = channels
        .iter()
        .find(|(open, _)| u64::try_from(id) == Ok(*open))?;
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
    (scanner.at == text.len()).then_some(*channel)
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
        self.scanner.eat(b'[')?;
        loop {
            let mut record = T::default();
            match self.scanner.row(self.columns, self.names, &mut record)? {
                Owner::Wanted(symbol) => rows.push((symbol, record)),
                Owner::Stranger => self.faults.unrequested += 1,
            }
            match self.scanner.next()? {
                b',' => {}
                b']' => return Some(()),
                _ => return None,
            }
        }
    }
}

/// Whose a row is.
enum Owner {
    Wanted(SymbolId),
    /// A symbol nobody asked for.
    Stranger,
}

/// A number as it was written.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Number {
    Whole(i64),
    Float(f64),
}

/// A place in a text. Every method gives `None` where the general reader has to look.
struct Scanner<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
}

impl<'t> Scanner<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            at: 0,
        }
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    #[inline]
    fn eat(&mut self, byte: u8) -> Option<()> {
        (self.next()? == byte).then_some(())
    }

    #[inline]
    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    #[inline]
    fn expect(&mut self, words: &str) -> Option<()> {
        let rest = self.bytes.get(self.at..)?;
        rest.starts_with(words.as_bytes())
            .then(|| self.at += words.len())
    }

    /// One row; whose it is.
    #[inline]
    fn row<T: Record>(
        &mut self,
        columns: &[Column],
        names: &impl Names,
        record: &mut T,
    ) -> Option<Owner> {
        let mut owner = Owner::Stranger;
        for (position, column) in columns.iter().enumerate() {
            if position > 0 {
                self.eat(b',')?;
            }
            match column {
                Column::Slot(number) => self.value(record.slot(*number)?)?,
                Column::Symbol => {
                    owner = names
                        .find(self.string()?)
                        .map_or(Owner::Stranger, Owner::Wanted);
                }
                Column::EventType => (self.string()? == T::TYPE.name()).then_some(())?,
                Column::Skip => self.skip()?,
            }
        }
        Some(owner)
    }

    /// A value of the kind its slot is for.
    #[inline]
    fn value(&mut self, slot: Slot<'_>) -> Option<()> {
        let first = self.peek()?;
        if first == b'n' {
            return self.expect("null");
        }
        match slot {
            Slot::Number(place) if first == b'"' => place.0 = word(self.string()?)?,
            Slot::Number(place) => match self.number()? {
                Number::Float(number) => place.0 = number,
                Number::Whole(number) => {
                    place.put_whole(number);
                }
            },
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

    fn skip(&mut self) -> Option<()> {
        match self.peek()? {
            b'"' => self.string().map(drop),
            b'n' => self.expect("null"),
            b't' => self.expect("true"),
            b'f' => self.expect("false"),
            _ => self.number().map(drop),
        }
    }

    /// A text without escapes.
    #[inline]
    fn string(&mut self) -> Option<&'t str> {
        self.eat(b'"')?;
        let from = self.at;
        let rest = self.bytes.get(from..)?;
        let length = rest
            .iter()
            .position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20))?;
        self.at += length;
        self.eat(b'"')?;
        self.text.get(from..from + length)
    }

    #[inline]
    fn whole(&mut self) -> Option<i64> {
        match self.number()? {
            Number::Whole(number) => Some(number),
            Number::Float(_) => None,
        }
    }

    /// A number, exact: up to 2^53 times or over a power of ten up to 22 needs one rounding (Clinger 1990); everything
    /// else is left to the standard library.
    #[inline]
    fn number(&mut self) -> Option<Number> {
        let from = self.at;
        let negative = self.peek()? == b'-';
        self.at += usize::from(negative);
        let leading = self.peek()?;
        let mut mantissa = 0;
        let mut digits = self.digits(&mut mantissa)?;
        if leading == b'0' && digits > 1 {
            return None;
        }
        let mut power = 0;
        match self.peek() {
            Some(b'.') => {
                self.at += 1;
                let decimals = self.digits(&mut mantissa)?;
                digits += decimals;
                power -= decimals;
            }
            Some(b'e' | b'E') => {}
            _ => return self.integer(from, negative, mantissa, digits),
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            power += self.exponent()?;
        }
        self.float(from, negative, (mantissa, digits), power)
    }

    /// Digits, at least one, behind those already in the mantissa; gives how many there were.
    ///
    /// Eight bytes are looked at together: prices have any number of digits, and a loop that ends after each of them is
    /// what a processor cannot predict.
    #[inline]
    fn digits(&mut self, mantissa: &mut u64) -> Option<i32> {
        let from = self.at;
        loop {
            let rest = self.bytes.get(self.at..)?;
            let (count, value) =
                leading_digits(rest.first_chunk().copied().unwrap_or_else(|| padded(rest)));
            *mantissa = mantissa.wrapping_mul(TENS[count]).wrapping_add(value);
            self.at += count;
            if count < 8 {
                let total = self.at - from;
                return i32::try_from(total).ok().filter(|count| *count > 0);
            }
        }
    }

    fn exponent(&mut self) -> Option<i32> {
        let sign = self.peek()?;
        self.at += usize::from(matches!(sign, b'+' | b'-'));
        let mut exponent = 0;
        // No arithmetic on four digits can overflow.
        if self.digits(&mut exponent)? > 4 {
            return None;
        }
        let exponent = i32::try_from(exponent).ok()?;
        Some(if sign == b'-' { -exponent } else { exponent })
    }

    #[inline]
    fn integer(&self, from: usize, negative: bool, mantissa: u64, digits: i32) -> Option<Number> {
        if negative && mantissa == 0 {
            return Some(Number::Float(-0.0));
        }
        if digits > DIGITS {
            let number = self.text.get(from..self.at)?.parse().ok()?;
            return Some(Number::Whole(number));
        }
        let number = i64::try_from(mantissa).ok()?;
        Some(Number::Whole(if negative { -number } else { number }))
    }

    #[expect(clippy::cast_precision_loss, reason = "checked to be exact")]
    #[inline]
    fn float(&self, from: usize, negative: bool, read: (u64, i32), power: i32) -> Option<Number> {
        let (mantissa, digits) = read;
        let scale = POWERS.get(power.unsigned_abs() as usize);
        let Some(scale) = scale.filter(|_| digits <= DIGITS && mantissa <= EXACT) else {
            let number: f64 = self.text.get(from..self.at)?.parse().ok()?;
            return number.is_finite().then_some(Number::Float(number));
        };
        let number = mantissa as f64;
        let number = if power < 0 {
            number / scale
        } else {
            number * scale
        };
        Some(Number::Float(if negative { -number } else { number }))
    }
}

/// The last bytes of a frame, with something that is no digit behind them.
fn padded(rest: &[u8]) -> [u8; 8] {
    let mut chunk = [0; 8];
    for (place, byte) in chunk.iter_mut().zip(rest) {
        *place = *byte;
    }
    chunk
}

/// How many digits eight bytes begin with, and their value (after Lemire, "Quickly parsing eight digits", 2018).
#[inline]
fn leading_digits(chunk: [u8; 8]) -> (usize, u64) {
    // Digits become 0 to 9; everything else keeps a bit that the addition carries into the top of its byte.
    let digits = u64::from_le_bytes(chunk) ^ 0x3030_3030_3030_3030;
    let others = (digits.wrapping_add(0x7676_7676_7676_7676) | digits) & 0x8080_8080_8080_8080;
    let count = others.trailing_zeros() / 8;
    // What stands behind the digits is shifted out, and zeros before them in.
    let digits = digits.checked_shl(64 - 8 * count).unwrap_or(0);
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8);
    let upper = (pairs & 0x0000_00ff_0000_00ff).wrapping_mul(0x000f_4240_0000_0064);
    let lower = ((pairs >> 16) & 0x0000_00ff_0000_00ff).wrapping_mul(0x0000_2710_0000_0001);
    (count as usize, upper.wrapping_add(lower) >> 32)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Reads a number as it stands in a frame.
    fn number(text: &str) -> Option<Number> {
        let frame = format!("{text},\"Quote\"]]}}");
        let mut scanner = Scanner::new(&frame);
        let number = scanner.number()?;
        (scanner.at == text.len()).then_some(number)
    }

    #[test]
    fn digits_are_counted_and_summed_eight_at_a_time() {
        for (chunk, expected) in [
            (b"12345678", (8, 12_345_678)),
            (b"00000001", (8, 1)),
            (b"601.2300", (3, 601)),
            (b"7,999999", (1, 7)),
            (b",1234567", (0, 0)),
            (b"12\xff45678", (2, 12)),
            (b"99999999", (8, 99_999_999)),
        ] {
            assert_eq!(leading_digits(*chunk), expected, "{chunk:?}");
        }
    }

    #[test]
    fn what_is_no_json_number_is_left_to_the_general_reader() {
        for text in [
            "",
            "-",
            "01",
            "1.",
            ".5",
            "1e",
            "1e+",
            "+1",
            "--1",
            "1e99999",
            "1e400",
            "99999999999999999999",
        ] {
            assert_eq!(number(text), None, "{text}");
        }
    }

    #[test]
    fn integers_are_exact() {
        for text in [
            "0",
            "-7",
            "7235129486797176832",
            "9223372036854775807",
            "-9223372036854775808",
        ] {
            assert_eq!(
                number(text),
                Some(Number::Whole(text.parse().unwrap())),
                "{text}"
            );
        }
        let Some(Number::Float(zero)) = number("-0") else {
            panic!("the sign of zero is lost")
        };
        assert!(zero.is_sign_negative());
    }

    proptest! {
        #[test]
        fn floats_are_those_of_the_standard_library(text in "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?") {
            let expected: f64 = text.parse().unwrap();
            match number(&text) {
                Some(Number::Float(read)) => prop_assert_eq!(read.to_bits(), expected.to_bits()),
                Some(Number::Whole(read)) => prop_assert_eq!(Ok(read), text.parse::<i64>()),
                None => prop_assert!(expected.is_infinite() || text.parse::<i64>().is_err()),
            }
        }
    }
}
