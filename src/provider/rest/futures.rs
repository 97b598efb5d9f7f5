//! Futures roots and contracts: which contract a root stands for, and its name on the stream when nobody can be asked.

use jiff::civil::Date;

use crate::model::instrument::FutureContract;
use crate::model::symbol::MONTHS;
use crate::model::{StreamerSymbol, Symbol, SymbolKind};

/// The exchange of a futures root, as the stream names it (`docs/reference/dxlink-protocol.md`, "12. Symbology
/// (streamer symbols)"; `docs/reference/tastytrade-rest.md`, "8. Symbols", rule 5).
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
pub(in crate::provider) fn resolve<'a>(
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
pub(in crate::provider) fn derived_streamer(
    symbol: &Symbol,
    today: Date,
) -> Option<StreamerSymbol> {
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

/// Contracts further back are not asked for: by then the window is longer than any of volq's.
const EARLIER: usize = 8;

/// The stream's names of the contracts before one, newest first: those of the product's active months, or where nobody
/// tells them as far apart as the next listed one is. Expired contracts are not listed, so their names are made up.
pub(in crate::provider) fn earlier(
    contract: &FutureContract,
    listed: &[FutureContract],
) -> Vec<StreamerSymbol> {
    let Some(of) = contract.streamer.as_ref().and_then(Dated::read) else {
        return Vec::new();
    };
    let is_active = |month: i32| {
        let letter = Dated { month, ..of }.letter();
        letter.is_some_and(|letter| contract.active_months.contains(letter))
    };
    let months: Box<dyn Iterator<Item = i32>> = if contract.active_months.is_empty() {
        let distance = |other: &FutureContract| {
            let other = Dated::read(other.streamer.as_ref()?)?;
            (other.root == of.root && other.month > of.month).then_some(other.month - of.month)
        };
        let Some(step) = listed.iter().filter_map(distance).min() else {
            return Vec::new();
        };
        Box::new((1..).map(move |back| of.month - back * step))
    } else {
        // Every product has a contract within a year, so this ends.
        let all = (of.month - 12 * i32::try_from(EARLIER).unwrap_or(1)..of.month).rev();
        Box::new(all.filter(|month| is_active(*month)))
    };
    months
        .take(EARLIER)
        .filter_map(|month| Dated { month, ..of }.streamer())
        .collect()
}

/// A dated contract in the stream's spelling, taken apart: `/ESZ26:XCME`.
#[derive(Clone, Copy)]
struct Dated<'a> {
    root: &'a str,
    /// Months since January 2000.
    month: i32,
    venue: &'a str,
}

impl<'a> Dated<'a> {
    fn read(streamer: &'a StreamerSymbol) -> Option<Self> {
        let (name, venue) = streamer.as_str().strip_prefix('/')?.split_once(':')?;
        let (name, year) = name.split_at_checked(name.len().checked_sub(2)?)?;
        let letter = name.chars().next_back()?;
        let month = MONTHS.find(letter)?;
        Some(Self {
            root: &name[..name.len() - 1],
            month: year.parse::<i32>().ok()? * 12 + i32::try_from(month).ok()?,
            venue,
        })
    }

    fn letter(self) -> Option<char> {
        let place = usize::try_from(self.month.rem_euclid(12)).ok()?;
        MONTHS.chars().nth(place)
    }

    fn streamer(self) -> Option<StreamerSymbol> {
        let (root, letter, venue) = (self.root, self.letter()?, self.venue);
        let year = u8::try_from(self.month.div_euclid(12)).ok()?;
        Some(StreamerSymbol::new(&format!(
            "/{root}{letter}{year:02}:{venue}"
        )))
    }
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

    fn contract(streamer: &str, active_months: &str) -> FutureContract {
        let symbol: Symbol = streamer.parse().unwrap();
        FutureContract {
            product: symbol.future_parts().unwrap().0.to_owned(),
            symbol,
            description: None,
            streamer: Some(StreamerSymbol::new(streamer)),
            expiration: None,
            active_month: false,
            tradeable: true,
            closing_only: false,
            active_months: active_months.to_owned(),
        }
    }

    fn names(contract: &FutureContract, listed: &[FutureContract]) -> Vec<String> {
        let earlier = earlier(contract, listed);
        earlier.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn contracts_before_are_those_of_the_active_months() {
        let quarterly = names(&contract("/ESH27:XCME", "HMUZ"), &[]);
        assert_eq!(
            quarterly[..4],
            ["/ESZ26:XCME", "/ESU26:XCME", "/ESM26:XCME", "/ESH26:XCME"]
        );
        assert_eq!(quarterly.len(), EARLIER);
        let gold = names(&contract("/GCG27:XCEC", "GJMQVZ"), &[]);
        assert_eq!(gold[..3], ["/GCZ26:XCEC", "/GCV26:XCEC", "/GCQ26:XCEC"]);
        assert_eq!(
            names(&contract("/6EH27:XCME", "HMUZ"), &[])[0],
            "/6EZ26:XCME"
        );
    }

    #[test]
    fn where_months_are_not_told_the_next_contract_shows_the_distance() {
        let oil = contract("/CLF27:XNYM", "");
        let listed = [
            contract("/CLH27:XNYM", ""),
            contract("/CLG27:XNYM", ""),
            oil.clone(),
        ];
        assert_eq!(names(&oil, &listed)[..2], ["/CLZ26:XNYM", "/CLX26:XNYM"]);
        assert_eq!(names(&oil, std::slice::from_ref(&oil)), [""; 0]);
        let others = [contract("/ESH27:XCME", "")];
        assert_eq!(names(&oil, &others), [""; 0]);
    }

    #[test]
    fn a_contract_without_a_date_has_none_before_it() {
        for streamer in ["/ES:XCME", "/ESZ6:XCME", "/ES"] {
            let mut contract = contract("/ESH27:XCME", "HMUZ");
            contract.streamer = Some(StreamerSymbol::new(streamer));
            assert_eq!(names(&contract, &[]), [""; 0], "{streamer}");
        }
        assert!(
            names(&contract("/ESH01:XCME", "HMUZ"), &[]).len() < EARLIER,
            "before the year 2000"
        );
    }
}
