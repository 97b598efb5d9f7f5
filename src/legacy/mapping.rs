//! Which Yahoo symbol is the same thing as one of ours. Nothing is guessed: an unknown index or futures root has no
//! counterpart, and an index is never replaced by a fund or a future.
//!
//! See `docs/reference/legacy-sources.md`, "2. Symbol mapping (tastytrade → Yahoo)".

use super::error::LegacyError;
use crate::model::{Symbol, SymbolKind};
use crate::net::percent_encoded;

/// A Yahoo symbol, and how its prices relate to those of the symbol it stands for.
#[derive(Clone, Debug, PartialEq)]
pub struct YahooSymbol {
    text: String,
    divisor: f64,
    approximate: Option<&'static str>,
}

/// Cash indices: ours, Yahoo's, and what to divide Yahoo's level by.
const INDICES: &[(&str, &str, f64)] = &[
    ("SPX", "^GSPC", 1.0),
    ("NDX", "^NDX", 1.0),
    ("RUT", "^RUT", 1.0),
    ("VIX", "^VIX", 1.0),
    ("XSP", "^XSP", 1.0),
    // A hundredth of the average it is named after.
    ("DJX", "^DJI", 100.0),
    ("DJI", "^DJI", 1.0),
    ("COMP", "^IXIC", 1.0),
    ("OEX", "^OEX", 1.0),
    ("VIX9D", "^VIX9D", 1.0),
    ("VIX3M", "^VIX3M", 1.0),
    ("VVIX", "^VVIX", 1.0),
    ("SKEW", "^SKEW", 1.0),
    ("VXN", "^VXN", 1.0),
    ("RVX", "^RVX", 1.0),
    ("GVZ", "^GVZ", 1.0),
    ("OVX", "^OVX", 1.0),
];

/// Futures roots that Yahoo carries under the same name, as `ROOT=F`.
const FUTURE_ROOTS: &[&str] = &[
    "ES", "MES", "NQ", "MNQ", "RTY", "M2K", "YM", "CL", "MCL", "NG", "GC", "MGC", "SI", "HG", "ZN",
    "ZB", "ZF", "ZT", "ZC", "ZS", "HE", "LE", "6E", "6B", "6J", "6A", "6C",
];

/// What is inexact about every `ROOT=F`.
const FRONT_MONTH: &str = "the chart is a continuous front month: its price may be another month's, and the days it rolls on \
                           distort its volatility";

impl YahooSymbol {
    /// The counterpart of a symbol.
    ///
    /// # Errors
    ///
    /// `NoMapping` for options, unknown indices and roots, and for a dated futures contract: Yahoo's series may be
    /// another month's.
    pub fn of(symbol: &Symbol) -> Result<Self, LegacyError> {
        if symbol.kind() == SymbolKind::Future {
            return Err(LegacyError::NoMapping {
                symbol: symbol.clone(),
                why: "it has the front month only, which may be another contract",
            });
        }
        Self::of_front_month(symbol)
    }

    /// The counterpart of a symbol when the caller knows that a dated futures contract is the front month.
    ///
    /// # Errors
    ///
    /// `NoMapping` for options, unknown indices and roots.
    pub fn of_front_month(symbol: &Symbol) -> Result<Self, LegacyError> {
        let text = symbol.as_str();
        let found = match symbol.kind() {
            SymbolKind::Equity | SymbolKind::Crypto => Ok(Self::exact(text.replace('/', "-"), 1.0)),
            SymbolKind::Index => INDICES
                .iter()
                .find(|(ours, ..)| *ours == text)
                .map(|(_, yahoos, divisor)| Self::exact((*yahoos).to_owned(), *divisor))
                .ok_or("this index is not in the table"),
            SymbolKind::FutureRoot | SymbolKind::Future => symbol
                .future_parts()
                .filter(|(root, _)| FUTURE_ROOTS.contains(root))
                .map(|(root, _)| Self {
                    approximate: Some(FRONT_MONTH),
                    ..Self::exact(format!("{root}=F"), 1.0)
                })
                .ok_or("this futures root is not in the table"),
            SymbolKind::EquityOption | SymbolKind::FutureOption => {
                Err("options cannot be had without a login")
            }
        };
        found.map_err(|why| LegacyError::NoMapping {
            symbol: symbol.clone(),
            why,
        })
    }

    fn exact(text: String, divisor: f64) -> Self {
        Self {
            text,
            divisor,
            approximate: None,
        }
    }

    /// Yahoo's spelling.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What Yahoo's prices are to be divided by.
    pub fn divisor(&self) -> f64 {
        self.divisor
    }

    /// Why the series is not quite the same thing, as the rest of a sentence that begins with Yahoo's spelling.
    pub fn approximate(&self) -> Option<&'static str> {
        self.approximate
    }

    /// Yahoo's spelling as one segment of a URL path: everything but unreserved characters percent-encoded.
    pub(super) fn path_segment(&self) -> String {
        percent_encoded(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn symbol(typed: &str) -> Symbol {
        typed.parse().unwrap()
    }

    #[test]
    fn every_class_of_the_table_is_mapped_and_encoded() {
        for (ours, yahoos, segment) in [
            ("AAPL", "AAPL", "AAPL"),
            ("BRK/B", "BRK-B", "BRK-B"),
            ("AAM/U", "AAM-U", "AAM-U"),
            ("SPX", "^GSPC", "%5EGSPC"),
            ("NDX", "^NDX", "%5ENDX"),
            ("RUT", "^RUT", "%5ERUT"),
            ("VIX", "^VIX", "%5EVIX"),
            ("DJX", "^DJI", "%5EDJI"),
            ("/ES", "ES=F", "ES%3DF"),
            ("/6E", "6E=F", "6E%3DF"),
            ("BTC/USD", "BTC-USD", "BTC-USD"),
        ] {
            let mapped = YahooSymbol::of(&symbol(ours)).unwrap();
            assert_eq!(mapped.as_str(), yahoos);
            assert_eq!(mapped.path_segment(), segment);
        }
    }

    #[test]
    fn only_the_hundredth_of_the_dow_is_scaled() {
        let divisor = |typed| YahooSymbol::of(&symbol(typed)).unwrap().divisor();
        assert_eq!(divisor("DJX"), 100.0);
        assert_eq!(divisor("DJI"), 1.0);
        // Grains are quoted in cents by both sides.
        assert_eq!(divisor("/ZC"), 1.0);
    }

    #[test]
    fn only_futures_are_approximate() {
        let approximate = |typed| {
            let mapped = YahooSymbol::of(&symbol(typed)).unwrap();
            mapped.approximate().is_some()
        };
        assert!(approximate("/ES"));
        assert!(!approximate("SPX") && !approximate("SPY") && !approximate("BTC/USD"));
    }

    #[test]
    fn a_dated_contract_is_mapped_only_as_the_front_month() {
        let contract = symbol("/ESZ6");
        let error = YahooSymbol::of(&contract).unwrap_err();
        insta::assert_snapshot!(error, @"/ESZ6 has no counterpart at Yahoo: it has the front month only, which may be another contract");
        let mapped = YahooSymbol::of_front_month(&contract).unwrap();
        assert_eq!(mapped, YahooSymbol::of(&symbol("/ES")).unwrap());
    }

    #[test]
    fn what_is_not_in_a_table_is_not_guessed() {
        for typed in [
            "/ZZ",
            "/ZZZ6",
            "MRUT",
            "SPXW",
            "SPY 2026-12-18 600 C",
            "./ESZ5 EW4V5 251024C5850",
        ] {
            let error = YahooSymbol::of_front_month(&symbol(typed)).unwrap_err();
            assert!(matches!(error, LegacyError::NoMapping { .. }), "{typed}");
        }
    }

    proptest! {
        #[test]
        fn no_symbol_can_leave_its_path_segment(typed in "[\\PC]{0,12}|[A-Z./:^=?#-]{1,12}") {
            let mapped = typed
                .parse::<Symbol>()
                .ok()
                .and_then(|symbol| YahooSymbol::of_front_month(&symbol).ok());
            if let Some(mapped) = mapped {
                let segment = mapped.path_segment();
                prop_assert!(!segment.contains(['/', '?', '#', '\\', ' ']), "{segment}");
                prop_assert!(!segment.is_empty() && !segment.contains(".."), "{segment}");
            }
        }
    }
}
