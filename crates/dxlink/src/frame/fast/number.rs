//! A JSON number at the start of a text, to the last bit; what it is for is not known here.
//!
//! Prices have any number of digits, and a loop that ends after each of them is what a processor cannot predict. So
//! sixteen bytes are looked at together; only longer numbers and those with an exponent are read piece by piece.

/// Powers of ten that a double holds exactly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/// Powers of ten that 64 bits hold.
const TENS: [u64; 20] = {
    let mut tens = [1; 20];
    let mut at = 1;
    while at < tens.len() {
        tens[at] = 10 * tens[at - 1];
        at += 1;
    }
    tens
};

/// The largest integer up to which a double holds every integer.
const EXACT: u64 = 1 << 53;

/// Digits that always fit 64 bits.
const DIGITS: usize = TENS.len() - 1;

/// One in each byte.
const EACH: u128 = u128::MAX / 0xff;

/// Sixteen zeros as text; with them taken away by XOR, digits are 0 to 9.
const ZEROS: u128 = EACH * 0x30;

/// A number as it was written.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Number {
    Whole(i64),
    Float(f64),
}

/// The number as a double, and how many bytes it takes; `None` where the general reader has to look.
#[expect(
    clippy::cast_precision_loss,
    reason = "a double column holds what a double holds"
)]
#[inline]
pub(super) fn double(text: &[u8]) -> Option<(f64, usize)> {
    let negative = text.first() == Some(&b'-');
    let Some(short) = Short::read(text.get(usize::from(negative)..)?) else {
        return match long(text)? {
            (Number::Whole(number), length) => Some((number as f64, length)),
            (Number::Float(number), length) => Some((number, length)),
        };
    };
    let number = short.double();
    let number = if negative { -number } else { number };
    Some((number, short.length + usize::from(negative)))
}

/// The number as an integer, and how many bytes it takes; `None` where the general reader has to look.
#[inline]
pub(super) fn whole(text: &[u8]) -> Option<(i64, usize)> {
    if let Some(short) = Short::read(text).filter(|short| short.decimals == 0) {
        return Some((i64::try_from(short.digits).ok()?, short.length));
    }
    match long(text)? {
        (Number::Whole(number), length) => Some((number, length)),
        (Number::Float(_), _) => None,
    }
}

/// A number without sign and exponent that ends within sixteen bytes.
struct Short {
    /// All its digits, 15 at most.
    digits: u64,
    /// How many of them are behind the point.
    decimals: usize,
    /// Bytes it takes.
    length: usize,
}

impl Short {
    #[inline]
    fn read(text: &[u8]) -> Option<Self> {
        let chunk = u128::from_le_bytes(*text.first_chunk()?) ^ ZEROS;
        let mut others = no_digits(chunk);
        let whole = first(others)?;
        let (mut digits, mut length, mut point) = (chunk, whole, 0);
        if byte(chunk, whole) == b'.' {
            // The next byte that is no digit ends the number; the point is taken out from between the digits.
            others &= others - 1;
            length = first(others)?;
            point = 1;
            let before = (1 << (8 * whole)) - 1;
            digits = (chunk & before) | ((chunk >> 8) & !before);
        }
        let count = length - point;
        let decimals = count - whole;
        let has_all_digits = whole > 0 && decimals >= point;
        let has_leading_zero = whole > 1 && byte(chunk, 0) == b'0';
        let has_exponent = matches!(byte(chunk, length), b'e' | b'E');
        if !has_all_digits || has_leading_zero || has_exponent {
            return None;
        }
        Some(Self {
            digits: value(digits, count),
            decimals,
            length,
        })
    }

    /// Digits and powers of ten are exact, so that the division is the only rounding (Clinger 1990).
    #[expect(clippy::cast_precision_loss, reason = "fifteen digits are exact")]
    #[inline]
    fn double(&self) -> f64 {
        self.digits as f64 / POWERS[self.decimals & 15]
    }
}

/// The top bit of every byte that is no digit, where digits are 0 to 9.
#[inline]
fn no_digits(chunk: u128) -> u128 {
    (((chunk & (EACH * 0x7f)) + EACH * 0x76) | chunk) & (EACH * 0x80)
}

/// The place of the first byte marked by its top bit.
#[inline]
fn first(marks: u128) -> Option<usize> {
    (marks != 0).then(|| marks.trailing_zeros() as usize / 8)
}

/// The text of a byte of a chunk whose digits are 0 to 9.
#[inline]
fn byte(chunk: u128, at: usize) -> u8 {
    (chunk >> (8 * at)).to_le_bytes()[0] ^ b'0'
}

/// The number that the first bytes of a chunk write down, each from 0 to 9.
#[inline]
fn value(chunk: u128, count: usize) -> u64 {
    // What stands behind the digits is shifted out, and zeros before them in.
    let shift = u32::try_from(128 - 8 * count).unwrap_or(128);
    let digits = chunk.checked_shl(shift).unwrap_or(0);
    let [upper, lower] = [digits, digits >> 64].map(eight_digits);
    upper * TENS[8] + lower
}

/// The number that eight bytes from 0 to 9 write down (Lemire, "Quickly parsing eight digits", 2018).
#[expect(
    clippy::cast_possible_truncation,
    reason = "half of the chunk is meant"
)]
#[inline]
fn eight_digits(chunk: u128) -> u64 {
    let digits = chunk as u64;
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8);
    let upper = (pairs & 0x0000_00ff_0000_00ff).wrapping_mul(0x000f_4240_0000_0064);
    let lower = ((pairs >> 16) & 0x0000_00ff_0000_00ff).wrapping_mul(0x0000_2710_0000_0001);
    upper.wrapping_add(lower) >> 32
}

/// Reads any JSON number; gives how many bytes it takes, too.
#[inline(never)]
fn long(text: &[u8]) -> Option<(Number, usize)> {
    let negative = *text.first()? == b'-';
    let mut pieces = Pieces {
        text,
        at: usize::from(negative),
        digits: 0,
        mantissa: 0,
    };
    let leading = pieces.peek()?;
    pieces.digits()?;
    if leading == b'0' && pieces.digits > 1 {
        return None;
    }
    let mut power = 0;
    let has_point = pieces.peek() == Some(b'.');
    if has_point {
        pieces.at += 1;
        power -= i32::try_from(pieces.digits()?).ok()?;
    }
    let has_exponent = matches!(pieces.peek(), Some(b'e' | b'E'));
    if has_exponent {
        pieces.at += 1;
        power += pieces.exponent()?;
    }
    let number = if has_point || has_exponent {
        Number::Float(pieces.float(negative, power)?)
    } else {
        pieces.integer(negative)?
    };
    Some((number, pieces.at))
}

/// A number that is read piece by piece.
struct Pieces<'t> {
    text: &'t [u8],
    at: usize,
    /// How many digits there were.
    digits: usize,
    /// All of them as a number, unless there are more than [`DIGITS`].
    mantissa: u64,
}

impl Pieces<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    /// Takes digits, at least one; gives how many there were.
    fn digits(&mut self) -> Option<usize> {
        let from = self.at;
        loop {
            let chunk = u128::from_le_bytes(sixteen(self.text.get(self.at..)?)) ^ ZEROS;
            let count = first(no_digits(chunk)).unwrap_or(16);
            self.mantissa =
                (self.mantissa.wrapping_mul(TENS[count])).wrapping_add(value(chunk, count));
            self.at += count;
            if count < 16 {
                break;
            }
        }
        let count = self.at - from;
        self.digits += count;
        (count > 0).then_some(count)
    }

    fn exponent(&mut self) -> Option<i32> {
        let sign = self.peek()?;
        let mut exponent = Pieces {
            at: self.at + usize::from(matches!(sign, b'+' | b'-')),
            digits: 0,
            mantissa: 0,
            ..*self
        };
        // No arithmetic on four digits can overflow.
        if exponent.digits()? > 4 {
            return None;
        }
        self.at = exponent.at;
        let exponent = i32::try_from(exponent.mantissa).ok()?;
        Some(if sign == b'-' { -exponent } else { exponent })
    }

    fn integer(&self, negative: bool) -> Option<Number> {
        if negative && self.mantissa == 0 {
            return Some(Number::Float(-0.0));
        }
        let number = i64::try_from(self.mantissa).ok();
        if let Some(number) = number.filter(|_| self.digits <= DIGITS) {
            return Some(Number::Whole(if negative { -number } else { number }));
        }
        self.by_the_library().map(Number::Whole)
    }

    fn float(&self, negative: bool, power: i32) -> Option<f64> {
        let Some(number) = self.one_rounding(power) else {
            return self
                .by_the_library()
                .filter(|number: &f64| number.is_finite());
        };
        Some(if negative { -number } else { number })
    }

    /// The mantissa times a power of ten, where one rounding is enough; everything else is left to the standard library.
    #[expect(clippy::cast_precision_loss, reason = "checked to be exact")]
    fn one_rounding(&self, power: i32) -> Option<f64> {
        let scale = power.unsigned_abs() as usize;
        if self.digits > DIGITS {
            None
        } else if self.mantissa > EXACT {
            let divisor = TENS.get(scale).filter(|_| power <= 0)?;
            quotient(self.mantissa, *divisor)
        } else if power < 0 {
            Some(self.mantissa as f64 / POWERS.get(scale)?)
        } else {
            Some(self.mantissa as f64 * POWERS.get(scale)?)
        }
    }

    fn by_the_library<T: std::str::FromStr>(&self) -> Option<T> {
        std::str::from_utf8(self.text.get(..self.at)?)
            .ok()?
            .parse()
            .ok()
    }
}

/// Sixteen bytes of a text, or what is left of it with something that is no digit behind.
fn sixteen(text: &[u8]) -> [u8; 16] {
    text.first_chunk().copied().unwrap_or_else(|| {
        let mut chunk = [0; 16];
        for (place, byte) in chunk.iter_mut().zip(text) {
            *place = *byte;
        }
        chunk
    })
}

/// The double nearest to a quotient of two integers other than 0.
///
/// Both are shifted until their top bit is set, so that the quotient has at least 63 bits. A remainder is kept as the
/// lowest of them: far below the last bit of a double, it tells just on which side of a tie the quotient lies.
#[expect(
    clippy::cast_precision_loss,
    reason = "this is the one rounding there is"
)]
fn quotient(dividend: u64, divisor: u64) -> Option<f64> {
    let (up, down) = (dividend.leading_zeros(), divisor.leading_zeros());
    let dividend = u128::from(dividend << up) << 63;
    let divisor = u128::from(divisor << down);
    let quotient = dividend / divisor;
    let remains = quotient * divisor != dividend;
    let quotient = u64::try_from(quotient).ok()? | u64::from(remains);
    let scale = f64::from_bits(u64::from(1023 - 63 + down - up) << 52);
    Some(quotient as f64 * scale)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Reads a number as it stands in the middle of a frame, which is the short way if there is one, and at its very end.
    fn number(text: &str) -> Option<f64> {
        let frame = format!("{text},\"Quote\",\"SPY\",1.5]]}}");
        let read = double(frame.as_bytes());
        let bits =
            |read: Option<(f64, usize)>| read.map(|(number, length)| (number.to_bits(), length));
        let at_the_end = double(text.as_bytes());
        assert_eq!(bits(read), bits(at_the_end), "{text}");
        let (number, length) = read?;
        (length == text.len()).then_some(number)
    }

    fn integer(text: &str) -> Option<i64> {
        let frame = format!("{text},\"Quote\",\"SPY\",1.5]]}}");
        let (number, length) = whole(frame.as_bytes())?;
        assert_eq!(whole(text.as_bytes()), Some((number, length)), "{text}");
        (length == text.len()).then_some(number)
    }

    #[test]
    fn what_is_no_json_number_is_left_to_the_general_reader() {
        for text in [
            "",
            "-",
            "01",
            "00.5",
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
            assert_eq!(integer(text), None, "{text}");
        }
    }

    #[test]
    fn integers_are_exact() {
        for text in [
            "0",
            "7",
            "-7",
            "123456789012345",
            "7235129486797176832",
            "9223372036854775807",
            "-9223372036854775808",
        ] {
            assert_eq!(integer(text), Some(text.parse().unwrap()), "{text}");
        }
        assert_eq!(
            integer("1.0"),
            None,
            "what counts as whole is decided elsewhere"
        );
        assert!(number("-0").is_some_and(f64::is_sign_negative));
    }

    #[test]
    fn bytes_beyond_ascii_end_a_number_like_any_other() {
        let text = "1.5\u{ff}45678901234567890";
        assert_eq!(double(text.as_bytes()), Some((1.5, 3)));
    }

    #[test]
    fn a_number_at_a_tie_goes_to_the_even_neighbour() {
        // 2^53 + 1 lies in the middle of two doubles; any digit behind it decides.
        assert_eq!(number("9007199254740993.0"), Some(9_007_199_254_740_992.0));
        assert_eq!(number("9007199254740993.01"), Some(9_007_199_254_740_994.0));
        assert_eq!(number("900719925474099.3"), Some(900_719_925_474_099.3));
    }

    proptest! {
        #[test]
        fn floats_are_those_of_the_standard_library(text in "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?") {
            let expected: f64 = text.parse().unwrap();
            match number(&text) {
                Some(read) => prop_assert_eq!(read.to_bits(), expected.to_bits()),
                None => prop_assert!(expected.is_infinite() || text.parse::<i64>().is_err()),
            }
        }

        #[test]
        fn every_double_comes_back_from_its_shortest_text(number_read in any::<f64>().prop_filter("finite", |n| n.is_finite() && n.fract() != 0.0)) {
            let text = number_read.to_string();
            prop_assert_eq!(number(&text).map(f64::to_bits), Some(number_read.to_bits()));
        }

        #[test]
        fn long_fractions_are_those_of_the_standard_library(text in "[1-9][0-9]{0,3}\\.[0-9]{13,16}") {
            let expected: f64 = text.parse().unwrap();
            prop_assert_eq!(number(&text).map(f64::to_bits), Some(expected.to_bits()));
        }
    }
}
