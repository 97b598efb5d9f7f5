//! Futures roots and contracts: which contract a root stands for, and its name on the stream when nobody can be asked.

use jiff::civil::Date;

use crate::model::instrument::FutureContract;
use crate::model::{StreamerSymbol, Symbol, SymbolKind};

/// The exchange of a futures root, as the stream names it (dxlink-protocol §12, tastytrade-rest §8 rule 5).
const VENUES: [(&str, &[&str]); 5] = [
    (
        "XCME",
        &[
            "ES", "MES", "NQ", "MNQ", "RTY", "M2K", "HE", "LE", "GF", "6A", "6B", "6C", "6E", "6J",
            "6M", "6S", "M6A", "M6B", "M6E", "SR3", "BTC", "MBT", "ETH", "MET",
        ],
    ),
    (
        "XCBT",
        &[
            "YM", "MYM", "ZB", "ZF", "ZN", "ZT", "UB", "ZC", "ZS", "ZW", "ZL", "ZM", "XC", "XK",
            "XW",
        ],
    ),
    ("XNYM", &["CL", "MCL", "NG", "QG", "QM", "RB", "HO", "PL"]),
    ("XCEC", &["GC", "MGC", "SI", "SIL", "HG", "MHG", "QO", "QI"]),
    ("XCBF", &["VX", "VXM"]),
];

/// What the broker lists for a root or a dated contract.
pub(super) fn resolve<'a>(
    symbol: &Symbol,
    listed: &'a [FutureContract],
    today: Date,
) -> Option<&'a FutureContract> {
    match symbol.kind() {
        SymbolKind::FutureRoot => FutureContract::active(listed, symbol.future_parts()?.0, today),
        SymbolKind::Future => listed.iter().find(|contract| contract.symbol == *symbol),
        _ => None,
    }
}

/// The stream's name without asking the broker: the continuous contract of a root, the dated contract with the year in
/// two digits. `None` for a root whose exchange is not known.
pub(super) fn derived_streamer(symbol: &Symbol, today: Date) -> Option<StreamerSymbol> {
    let (root, month) = symbol.future_parts()?;
    let (venue, _) = VENUES.iter().find(|(_, roots)| roots.contains(&root))?;
    if month.is_empty() {
        return Some(StreamerSymbol::new(&format!("/{root}:{venue}")));
    }
    let (letter, digit) = month.split_at(1);
    let year = year(digit.parse().ok()?, today);
    Some(StreamerSymbol::new(&format!(
        "/{root}{letter}{:02}:{venue}",
        year % 100
    )))
}

/// The year that one digit stands for: the only one between last year and eight years ahead.
fn year(digit: i16, today: Date) -> i16 {
    let first = today.year() - 1;
    first + (digit - first).rem_euclid(10)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn streamer(symbol: &str) -> Option<String> {
        derived_streamer(&symbol.parse().unwrap(), date(2026, 11, 20))
            .map(|s| s.as_str().to_owned())
    }

    #[test]
    fn names_on_the_stream_have_two_digits_and_a_venue() {
        assert_eq!(streamer("/ESZ6").as_deref(), Some("/ESZ26:XCME"));
        assert_eq!(streamer("/CLF7").as_deref(), Some("/CLF27:XNYM"));
        assert_eq!(streamer("/ES").as_deref(), Some("/ES:XCME"));
        assert_eq!(streamer("/QQX").as_deref(), None);
        assert_eq!(streamer("SPY"), None);
    }

    #[test]
    fn a_digit_is_the_year_around_now() {
        let today = date(2026, 11, 20);
        assert_eq!(
            (year(5, today), year(6, today), year(4, today)),
            (2025, 2026, 2034)
        );
    }
}
