//! Symbols of listed options in the two spellings of the wire: the broker's OCC symbols and the stream's.
//!
//! See `docs/reference/tastytrade-rest.md`, "8. Symbols".
//!
//! Reading is strict: a text that the market itself would write differently is no symbol.

use std::fmt;

use jiff::civil::Date;

/// How the expiration is written in both spellings.
const DATE: &str = "%y%m%d";

/// The length of a root in OCC symbols, filled up with spaces.
const ROOT_COLUMNS: usize = 6;

/// The length of an OCC symbol.
const OCC_COLUMNS: usize = 21;

/// The largest strike that eight digits of thousandths can hold.
const MOST_THOUSANDTHS: u32 = 99_999_999;

/// Whether an option is one to buy or to sell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Right {
    Call,
    Put,
}

impl Right {
    fn letter(self) -> char {
        match self {
            Self::Call => 'C',
            Self::Put => 'P',
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Put => "put",
        }
    }

    fn from_letter(letter: &str) -> Option<Self> {
        [Self::Call, Self::Put]
            .into_iter()
            .find(|right| letter == right.letter().to_string())
    }
}

/// A strike price in thousandths of the currency, the unit of OCC symbols.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Strike(u32);

impl Strike {
    /// `None` for zero and for more than an OCC symbol can hold.
    pub(super) fn from_thousandths(thousandths: u32) -> Option<Self> {
        (1..=MOST_THOUSANDTHS)
            .contains(&thousandths)
            .then_some(Self(thousandths))
    }

    pub(super) fn price(self) -> f64 {
        f64::from(self.0) / 1000.0
    }

    /// Reads a decimal with at most three places.
    fn from_decimal(text: &str) -> Option<Self> {
        let (units, places) = text.split_once('.').unwrap_or((text, ""));
        let units: u32 = units.parse().ok()?;
        let places: u32 = format!("{places:0<3}").parse().ok()?;
        Self::from_thousandths(units.checked_mul(1000)?.checked_add(places)?)
    }
}

impl fmt::Display for Strike {
    /// A decimal without zeros at its end: `680`, `22.5`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (units, places) = (self.0 / 1000, self.0 % 1000);
        if places == 0 {
            return units.fmt(f);
        }
        let places = format!("{places:03}");
        write!(f, "{units}.{}", places.trim_end_matches('0'))
    }
}

/// What identifies a listed option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OptionSymbol {
    /// Option root, which need not be the underlying's symbol: `SPXW`, `BRKB`.
    pub(super) root: String,
    pub(super) expiration: Date,
    pub(super) right: Right,
    pub(super) strike: Strike,
}

impl OptionSymbol {
    /// Reads an OCC symbol of 21 columns.
    pub(super) fn from_occ(text: &str) -> Option<Self> {
        if text.len() != OCC_COLUMNS {
            return None;
        }
        let (root, terms) = text.split_at_checked(ROOT_COLUMNS)?;
        let (date, terms) = terms.split_at_checked(6)?;
        let (right, thousandths) = terms.split_at_checked(1)?;
        let symbol = Self {
            root: root.trim_end_matches(' ').to_owned(),
            expiration: Date::strptime(DATE, date).ok()?,
            right: Right::from_letter(right)?,
            strike: Strike::from_thousandths(thousandths.parse().ok()?)?,
        };
        (symbol.occ() == text).then_some(symbol)
    }

    /// Reads a symbol of the stream, `.SPY261218C680`.
    pub(super) fn from_streamer(text: &str) -> Option<Self> {
        let (before, strike) = text.rsplit_once(['C', 'P'])?;
        let right = text.get(before.len()..=before.len())?;
        let (root, date) = before.split_at_checked(before.len().checked_sub(6)?)?;
        let symbol = Self {
            root: root.strip_prefix('.')?.to_owned(),
            expiration: Date::strptime(DATE, date).ok()?,
            right: Right::from_letter(right)?,
            strike: Strike::from_decimal(strike)?,
        };
        (symbol.streamer() == text).then_some(symbol)
    }

    /// The broker's spelling.
    pub(super) fn occ(&self) -> String {
        let Self { root, strike, .. } = self;
        let (date, right) = (self.expiration.strftime(DATE), self.right.letter());
        format!("{root:<ROOT_COLUMNS$}{date}{right}{:08}", strike.0)
    }

    /// The stream's spelling.
    pub(super) fn streamer(&self) -> String {
        let Self { root, strike, .. } = self;
        let (date, right) = (self.expiration.strftime(DATE), self.right.letter());
        format!(".{root}{date}{right}{strike}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_pairs_of_spellings_agree() {
        for (occ, streamer) in [
            ("AAPL  230616C00060000", ".AAPL230616C60"),
            ("SPXW  250718C03500000", ".SPXW250718C3500"),
            ("BRKB  250620C00200000", ".BRKB250620C200"),
            ("F     250620C00002020", ".F250620C2.02"),
            ("AAPL1 250620P00000050", ".AAPL1250620P0.05"),
        ] {
            let symbol = OptionSymbol::from_occ(occ).unwrap();
            assert_eq!(symbol.streamer(), streamer);
            assert_eq!(OptionSymbol::from_streamer(streamer).unwrap().occ(), occ);
        }
    }

    #[test]
    fn other_spellings_are_no_symbols() {
        for text in [
            "AAPL230616C00060000",
            "AAPL  230616c00060000",
            "AAPL  231316C00060000",
            "AAPL  230616C00000000",
            "AAPL  230616C+0060000",
            "AAPL  230616X00060000",
            ".AAPL230616C60",
        ] {
            assert_eq!(OptionSymbol::from_occ(text), None, "{text}");
        }
        for text in [
            "AAPL230616C60",
            ".AAPL230616C60.0",
            ".AAPL230616C060",
            ".AAPL230616C0.0005",
            ".AAPL230616C100000",
            ".AAPL230616C",
            ".AAPL236616C60",
            ".AAPL230616C60x",
            ".C60",
            "AAPL  230616C00060000",
        ] {
            assert_eq!(OptionSymbol::from_streamer(text), None, "{text}");
        }
    }
}
