//! Equity option contracts, chains and strikes.

use std::fmt;

use jiff::civil::Date;

use super::symbol::{StreamerSymbol, Symbol};

/// The two kinds of option.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Right {
    /// Right to buy.
    Call,
    /// Right to sell.
    Put,
}

impl Right {
    /// `C` or `P`, as in OCC and stream symbols.
    pub fn letter(self) -> char {
        match self {
            Self::Call => 'C',
            Self::Put => 'P',
        }
    }

    /// `call` or `put`, as in output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Put => "put",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        match word {
            "C" | "CALL" | "CALLS" => Some(Self::Call),
            "P" | "PUT" | "PUTS" => Some(Self::Put),
            _ => None,
        }
    }
}

/// A strike price in millionths, exact: strikes are compared and printed, and `0.00785` is a real one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Strike(i64);

impl Strike {
    const SCALE: i64 = 1_000_000;

    /// Reads a plain decimal such as `600`, `22.5` or `0.00785`; `None` for signs, exponents and more than six decimals.
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
        let decimals = decimals.trim_end_matches('0');
        let digits = |part: &str| part.chars().all(|c| c.is_ascii_digit());
        if whole.is_empty() && decimals.is_empty()
            || whole.len() > 9
            || decimals.len() > 6
            || !digits(whole)
            || !digits(decimals)
        {
            return None;
        }
        let whole: i64 = if whole.is_empty() {
            0
        } else {
            whole.parse().ok()?
        };
        let fraction: i64 = format!("{decimals:0<6}").parse().ok()?;
        let millionths = whole * Self::SCALE + fraction;
        (millionths > 0).then_some(Self(millionths))
    }

    /// A strike from thousandths, the unit of OCC symbols.
    pub fn from_thousandths(thousandths: i64) -> Option<Self> {
        (thousandths > 0)
            .then(|| thousandths.checked_mul(1000).map(Self))
            .flatten()
    }

    /// The price as a float, for arithmetic on prices.
    #[expect(
        clippy::cast_precision_loss,
        reason = "strikes stay far below 2^53 millionths"
    )]
    pub fn price(self) -> f64 {
        self.0 as f64 / Self::SCALE as f64
    }

    /// Thousandths, if the strike is a whole number of them and fits the eight digits of an OCC symbol.
    fn thousandths(self) -> Option<i64> {
        (self.0 % 1000 == 0 && self.0 / 1000 <= 99_999_999).then_some(self.0 / 1000)
    }
}

impl fmt::Display for Strike {
    /// Plain decimal without trailing zeros, as stream symbols want it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, fraction) = (self.0 / Self::SCALE, self.0 % Self::SCALE);
        if fraction == 0 {
            return write!(f, "{whole}");
        }
        write!(
            f,
            "{whole}.{}",
            format!("{fraction:06}").trim_end_matches('0')
        )
    }
}

/// An equity or index option, told apart from its spelling.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OptionContract {
    /// Option root, which need not be the underlying: `SPXW`, `BRKB`, `AAPL1`.
    pub root: String,
    /// Expiration day.
    pub expiration: Date,
    /// Call or put.
    pub right: Right,
    /// Strike price.
    pub strike: Strike,
}

impl OptionContract {
    /// Reads any accepted spelling, upper case: OCC padded or compact, stream, or `SPY 2026-12-18 600 C`.
    pub fn from_any(text: &str) -> Option<Self> {
        Self::from_occ(text)
            .or_else(|| Self::from_streamer(text))
            .or_else(|| Self::from_words(text))
    }

    /// Reads an OCC symbol, padded to 21 columns or compact. Roots may hold digits, so it is split from the right.
    pub fn from_occ(text: &str) -> Option<Self> {
        let split = text.len().checked_sub(15)?;
        if !text.is_ascii() {
            return None;
        }
        let (root, tail) = text.split_at(split);
        let contract = Self {
            root: option_root(root.trim_end())?,
            expiration: compact_date(&tail[..6])?,
            right: Right::from_word(&tail[6..7])?,
            strike: Strike::from_thousandths(
                tail[7..]
                    .chars()
                    .all(|c| c.is_ascii_digit())
                    .then(|| tail[7..].parse().ok())??,
            )?,
        };
        Some(contract)
    }

    /// Reads a stream symbol such as `.SPY261218C600` or `.X251219C22.5`. The strike has to fit an OCC symbol too, or the
    /// contract would become another one there.
    pub fn from_streamer(text: &str) -> Option<Self> {
        let body = text
            .strip_prefix('.')
            .filter(|body| body.is_ascii() && !body.starts_with('/'))?;
        let at = body.rfind(['C', 'P'])?;
        let split = at.checked_sub(6)?;
        let strike = Strike::parse(&body[at + 1..])?;
        strike.thousandths()?;
        Some(Self {
            root: option_root(&body[..split])?,
            expiration: compact_date(&body[split..at])?,
            right: Right::from_word(&body[at..=at])?,
            strike,
        })
    }

    /// Reads `ROOT YYYY-MM-DD STRIKE C`, right and strike in either order.
    fn from_words(text: &str) -> Option<Self> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let [root, date, first, second] = words.as_slice() else {
            return None;
        };
        let (right, strike) = match Right::from_word(second) {
            Some(right) => (right, first),
            None => (Right::from_word(first)?, second),
        };
        let strike = Strike::parse(strike)?;
        strike.thousandths()?;
        let expiration: Date = date.parse().ok()?;
        // Both spellings leave the century out.
        if !(2000..2100).contains(&expiration.year()) {
            return None;
        }
        Some(Self {
            root: option_root(&root.replace(['/', '.', '-'], ""))?,
            expiration,
            right,
            strike,
        })
    }

    /// The 21-column OCC symbol.
    pub fn occ(&self) -> String {
        let thousandths = self.strike.thousandths().unwrap_or_default();
        format!(
            "{:<6}{}{}{:08}",
            self.root,
            self.expiration.strftime("%y%m%d"),
            self.right.letter(),
            thousandths
        )
    }

    /// The stream's symbol.
    pub fn streamer(&self) -> String {
        format!(
            ".{}{}{}{}",
            self.root,
            self.expiration.strftime("%y%m%d"),
            self.right.letter(),
            self.strike
        )
    }

    /// The underlying where the root alone tells it: weekly and end-of-month index roots and share classes are mapped,
    /// adjusted roots lose their digit (`docs/reference/tastytrade-rest.md`, "8. Symbols", rule 3).
    pub fn underlying(&self) -> String {
        match self.root.as_str() {
            "SPXW" => "SPX".to_owned(),
            "RUTW" => "RUT".to_owned(),
            "NDXP" => "NDX".to_owned(),
            "VIXW" => "VIX".to_owned(),
            "BRKB" => "BRK/B".to_owned(),
            "BFB" => "BF/B".to_owned(),
            root => root
                .trim_end_matches(|c: char| c.is_ascii_digit())
                .to_owned(),
        }
    }
}

fn option_root(root: &str) -> Option<String> {
    let fits = (1..=6).contains(&root.len())
        && root.starts_with(|c: char| c.is_ascii_alphabetic())
        && root.chars().all(|c| c.is_ascii_alphanumeric());
    fits.then(|| root.to_owned())
}

fn compact_date(text: &str) -> Option<Date> {
    if text.len() != 6 || !text.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let part = |range: std::ops::Range<usize>| text.get(range)?.parse::<i8>().ok();
    Date::new(2000 + i16::from(part(0..2)?), part(2..4)?, part(4..6)?).ok()
}

/// A call and a put of one strike, as a chain lists them.
#[derive(Clone, Debug, PartialEq)]
pub struct StrikePair {
    /// Strike price.
    pub strike: Strike,
    /// The call's symbol.
    pub call: Symbol,
    /// The call on the stream, if the chain names it.
    pub call_streamer: Option<StreamerSymbol>,
    /// The put's symbol.
    pub put: Symbol,
    /// The put on the stream, if the chain names it.
    pub put_streamer: Option<StreamerSymbol>,
}

/// All strikes of one expiration of one root.
#[derive(Clone, Debug, PartialEq)]
pub struct Expiration {
    /// Option root (`SPX` and `SPXW` differ).
    pub root: String,
    /// Expiration day.
    pub date: Date,
    /// `Regular`, `Weekly`, `Quarterly`, … as the source says.
    pub kind: String,
    /// `AM` or `PM`, as the source says.
    pub settlement: String,
    /// Strikes, ascending.
    pub strikes: Vec<StrikePair>,
}

/// The listed options of an underlying, standard deliverables only, expirations ascending.
#[derive(Clone, Debug, PartialEq)]
pub struct OptionChain {
    /// The symbol that the options are on.
    pub underlying: Symbol,
    /// Expirations in date order.
    pub expirations: Vec<Expiration>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn published_pairs_of_spellings_agree() {
        // `docs/reference/tastytrade-rest.md`, "8. Symbols".
        for (occ, streamer) in [
            ("AAPL  230616C00060000", ".AAPL230616C60"),
            ("SPXW  250718C03500000", ".SPXW250718C3500"),
            ("BRKB  250620C00200000", ".BRKB250620C200"),
            ("F     250620C00002020", ".F250620C2.02"),
            ("AAPL1 250620P00000050", ".AAPL1250620P0.05"),
        ] {
            let contract = OptionContract::from_occ(occ).unwrap();
            assert_eq!(contract.streamer(), streamer);
            assert_eq!(OptionContract::from_streamer(streamer).unwrap().occ(), occ);
        }
    }

    #[test]
    fn a_root_is_not_its_underlying() {
        let underlying = |occ| OptionContract::from_occ(occ).unwrap().underlying();
        assert_eq!(underlying("SPXW  250718C03500000"), "SPX");
        assert_eq!(underlying("BRKB  250620C00200000"), "BRK/B");
        assert_eq!(underlying("AAPL1 250620P00000050"), "AAPL");
    }

    #[test]
    fn impossible_dates_and_strikes_are_refused() {
        for text in [
            "SPY   261318C00600000",
            "SPY   261218C00000000",
            ".SPY261218C",
            ".SPY261218C-1",
            "SPY 2026-12-18 0.0005 C",
            "SPY 3026-12-18 600 C",
            "SPY 1999-12-18 600 C",
            ".SPY261218C0.0005",
            ".SPY261218C100000",
        ] {
            assert_eq!(OptionContract::from_any(text), None, "{text}");
        }
    }

    #[test]
    fn strikes_print_without_trailing_zeros() {
        for (text, shown) in [
            ("600.0", "600"),
            ("22.50", "22.5"),
            (".25", "0.25"),
            ("0.00785", "0.00785"),
        ] {
            assert_eq!(Strike::parse(text).unwrap().to_string(), shown);
        }
    }

    proptest! {
        #[test]
        fn every_contract_survives_both_spellings(root in "[A-Z][A-Z0-9]{0,5}", days in 0i32..9000, call: bool, thousandths in 1i64..99_999_999) {
            let contract = OptionContract {
                root,
                expiration: jiff::civil::date(2010, 1, 1) + jiff::Span::new().days(days),
                right: if call { Right::Call } else { Right::Put },
                strike: Strike::from_thousandths(thousandths).unwrap(),
            };
            prop_assert_eq!(OptionContract::from_occ(&contract.occ()), Some(contract.clone()));
            prop_assert_eq!(OptionContract::from_streamer(&contract.streamer()), Some(contract));
        }

        #[test]
        fn no_text_makes_the_parsers_panic(text in "\\PC{0,40}") {
            let _ = OptionContract::from_any(&text);
            let _ = text.parse::<Symbol>();
        }
    }
}
