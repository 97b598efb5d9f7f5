//! Candle symbols: an instrument and how its bars are made, in the one spelling that servers answer with.
//!
//! See `docs/reference/dxlink-protocol.md`, "11. Candle symbols".
//!
//! Servers echo a symbol in normal form, whatever spelling was asked for. So a symbol is brought into that form before
//! it is used for anything: what is subscribed, what data is filed under and what is removed again are the same string.
//! Whether an instrument exists is not known here.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// A candle symbol in normal form. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CandleSymbol(Arc<str>);

/// Why a text is no candle symbol.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CandleSymbolError {
    /// There is nothing in front of the attributes.
    #[error("`{0}` names no instrument")]
    NoInstrument(String),
    /// The braces do not enclose a list of `key=value`.
    #[error("the attributes of `{0}` are not of the form {{key=value,…}}")]
    Attributes(String),
    /// An attribute stands there twice.
    #[error("`{symbol}` has the attribute `{key}` twice")]
    Twice {
        /// The text that was given.
        symbol: String,
        /// The attribute; `period` for the one without a key.
        key: String,
    },
    /// An attribute has a value that it cannot have.
    #[error("`{value}` is no value of the attribute `{key}` in `{symbol}`")]
    Value {
        /// The text that was given.
        symbol: String,
        /// The attribute; `period` for the one without a key.
        key: String,
        /// The value that the attribute has.
        value: String,
    },
}

/// The attribute of the period.
const PERIOD: &str = "";

/// What a day's bar is called.
const DAY: &str = "d";

/// The period of a symbol without one: a bar for every tick.
const TICK: &str = "t";

/// Long name of a word in upper case, and its short form.
type Word = (&'static str, &'static str);

/// Period types. A name may be cut short; the first that begins so is meant.
const TYPES: &[Word] = &[
    ("TICK", TICK),
    ("SECOND", "s"),
    ("MINUTE", "m"),
    ("HOUR", "h"),
    ("DAY", DAY),
    ("WEEK", "w"),
    ("MONTH", "mo"),
    ("OPTEXP", "o"),
    ("YEAR", "y"),
    ("VOLUME", "v"),
    ("PRICE", "p"),
    ("PRICE_MOMENTUM", "pm"),
    ("PRICE_RENKO", "pr"),
];

/// Prices that bars are made of.
const PRICES: &[Word] = &[
    ("LAST", "last"),
    ("BID", "bid"),
    ("ASK", "ask"),
    ("MARK", "mark"),
    ("SETTLEMENT", "s"),
];

/// Where bars begin.
const ALIGNMENTS: &[Word] = &[("MIDNIGHT", "m"), ("SESSION", "s")];

/// Whether only regular hours count.
const REGULAR_ONLY: &[Word] = &[("TRUE", "true"), ("FALSE", "false")];

impl CandleSymbol {
    /// The daily bars of an instrument, given as the stream spells it. Attributes that the instrument brings along are
    /// kept.
    pub fn daily(streamer_symbol: &str) -> Self {
        let with_period = split(streamer_symbol).and_then(|(base, mut attributes)| {
            attributes.retain(|(key, _)| *key != PERIOD);
            attributes.push((PERIOD, DAY));
            normal(streamer_symbol, base, &attributes)
        });
        // Not a symbol at all: it is asked for as it stands and brings nothing.
        with_period.unwrap_or_else(|_| Self(format!("{streamer_symbol}{{={DAY}}}").into()))
    }

    /// The normal form.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The normal form, shared.
    pub fn shared(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }
}

impl fmt::Display for CandleSymbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for CandleSymbol {
    type Err = CandleSymbolError;

    /// Reads `<base>[&<exchange>]{<key>=<value>,…}` in any spelling. Unknown attributes are kept as they are.
    fn from_str(text: &str) -> Result<Self, CandleSymbolError> {
        let (base, attributes) = split(text)?;
        normal(text, base, &attributes)
    }
}

type Attributes<'t> = Vec<(&'t str, &'t str)>;

/// The instrument and the attributes as they are written.
fn split(text: &str) -> Result<(&str, Attributes<'_>), CandleSymbolError> {
    let malformed = || CandleSymbolError::Attributes(text.to_owned());
    let (base, list) = match text.strip_suffix('}') {
        None => (text, ""),
        Some(open) => open.split_once('{').ok_or_else(malformed)?,
    };
    if base.is_empty() {
        return Err(CandleSymbolError::NoInstrument(text.to_owned()));
    }
    if [base, list].iter().any(|part| part.contains(['{', '}'])) {
        return Err(malformed());
    }
    let mut attributes = Attributes::new();
    for attribute in list.split(',').filter(|attribute| !attribute.is_empty()) {
        let (key, value) = attribute.split_once('=').ok_or_else(malformed)?;
        if attributes.iter().any(|(other, _)| *other == key) {
            return Err(CandleSymbolError::Twice {
                symbol: text.to_owned(),
                key: called(key).to_owned(),
            });
        }
        attributes.push((key, value));
    }
    Ok((base, attributes))
}

fn normal(
    text: &str,
    base: &str,
    attributes: &[(&str, &str)],
) -> Result<CandleSymbol, CandleSymbolError> {
    let mut written = Vec::with_capacity(attributes.len());
    for (key, value) in attributes {
        let value = shortest(key, value).ok_or_else(|| CandleSymbolError::Value {
            symbol: text.to_owned(),
            key: called(key).to_owned(),
            value: (*value).to_owned(),
        })?;
        if Some(value.as_str()) != default(key) {
            written.push(format!("{key}={value}"));
        }
    }
    // An empty key comes first, as `=` does before every letter.
    written.sort_unstable();
    let symbol = if written.is_empty() {
        base.to_owned()
    } else {
        format!("{base}{{{}}}", written.join(","))
    };
    Ok(CandleSymbol(symbol.into()))
}

/// The normal form of an attribute's value; `None` when it is no value of this attribute.
fn shortest(key: &str, value: &str) -> Option<String> {
    match key {
        PERIOD => period(value),
        "price" => word(PRICES, value).map(str::to_owned),
        "a" => word(ALIGNMENTS, value).map(str::to_owned),
        "tho" => word(REGULAR_ONLY, value).map(str::to_owned),
        "pl" => number(value).map(|level| level.to_string()),
        "dt" => Some(value.to_lowercase()),
        _ => Some(value.to_owned()),
    }
}

/// The value that goes without saying.
fn default(key: &str) -> Option<&'static str> {
    match key {
        PERIOD => Some(TICK),
        "price" => Some("last"),
        "a" => Some("m"),
        "tho" => Some("false"),
        // The server's choice.
        "dt" => Some(""),
        _ => None,
    }
}

/// An attribute's name in messages.
fn called(key: &str) -> &str {
    if key == PERIOD { "period" } else { key }
}

/// `5m` of `5MINUTES`.
fn period(value: &str) -> Option<String> {
    let (count, name) = value.split_at(digits(value));
    let short = word(TYPES, name)?;
    match count {
        "" => Some(short.to_owned()),
        _ => match number(count).filter(|count| *count > 0.0)? {
            1.0 => Some(short.to_owned()),
            count => Some(format!("{count}{short}")),
        },
    }
}

/// How long the number at the beginning of a period is. No period type begins with an `e`, so that one after a digit
/// belongs to the number.
fn digits(value: &str) -> usize {
    let belongs = |at: usize, byte: u8| match byte {
        b'0'..=b'9' | b'.' => true,
        b'e' | b'E' => at > 0,
        b'+' | b'-' => at > 0 && value.as_bytes()[at - 1].eq_ignore_ascii_case(&b'e'),
        _ => false,
    };
    value
        .bytes()
        .enumerate()
        .find(|(at, byte)| !belongs(*at, *byte))
        .map_or(value.len(), |(at, _)| at)
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// The short form of a word in any spelling: short as it is, the long name, its beginning or its plural.
fn word(words: &[Word], spelling: &str) -> Option<&'static str> {
    if spelling.is_empty() {
        return None;
    }
    let upper = spelling.to_uppercase();
    let is_short = |(_, short): &&Word| short.eq_ignore_ascii_case(spelling);
    let is_long =
        |(long, _): &&Word| long.starts_with(&upper) || upper.strip_suffix('S') == Some(long);
    let found = words.iter().find(is_short);
    let found = found.or_else(|| words.iter().find(is_long));
    found.map(|(_, short)| *short)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn normal_form(text: &str) -> String {
        text.parse::<CandleSymbol>().unwrap().to_string()
    }

    /// Checklist 88.
    #[test]
    fn every_spelling_has_the_normal_form_that_servers_answer_with() {
        for (asked, normal) in [
            // The examples of the reference.
            ("IBM{=1d}", "IBM{=d}"),
            (
                "EUR/USD{source=bank,price=bid,=2h}",
                "EUR/USD{=2h,price=bid,source=bank}",
            ),
            ("IBM{=1t}", "IBM"),
            ("IBM{=t}", "IBM"),
            ("IBM", "IBM"),
            ("IBM{}", "IBM"),
            ("IBM{=d,price=last}", "IBM{=d}"),
            ("IBM{=d,tho=false}", "IBM{=d}"),
            ("IBM{=15m,dt=,price=bid}", "IBM{=15m,price=bid}"),
            ("XM{=1m}", "XM{=m}"),
            ("SPY{=d}", "SPY{=d}"),
            ("AAPL{=5m,tho=true}", "AAPL{=5m,tho=true}"),
            ("/ES:XCME{=d,price=s}", "/ES:XCME{=d,price=s}"),
            ("AAPL{=h,a=s,tho=true}", "AAPL{=h,a=s,tho=true}"),
            ("IBM&E{=15m}", "IBM&E{=15m}"),
            ("GOOG{=133t,tho=true}", "GOOG{=133t,tho=true}"),
            // Types written out, in any case.
            ("A{=1Day}", "A{=d}"),
            ("A{=5min}", "A{=5m}"),
            ("A{=15MINUTES}", "A{=15m}"),
            ("A{=2weeks}", "A{=2w}"),
            ("A{=3Months}", "A{=3mo}"),
            ("A{=MO}", "A{=mo}"),
            ("A{=M}", "A{=m}"),
            ("A{=OptExp}", "A{=o}"),
            ("A{=10SECONDS}", "A{=10s}"),
            ("A{=1year}", "A{=y}"),
            ("A{=1000volume}", "A{=1000v}"),
            ("A{=2PR}", "A{=2pr}"),
            ("A{=price_momentum}", "A{=pm}"),
            // Numbers.
            ("A{=0.5p}", "A{=0.5p}"),
            ("A{=1.0d}", "A{=d}"),
            ("A{=05m}", "A{=5m}"),
            ("A{=1e3v}", "A{=1000v}"),
            ("A{=5E-1p}", "A{=0.5p}"),
            ("A{pl=2.50}", "A{pl=2.5}"),
            // Values, in any case; keys only as they are.
            ("A{price=SETTLEMENT}", "A{price=s}"),
            ("A{price=Mark}", "A{price=mark}"),
            ("A{a=M}", "A{}"),
            ("A{a=Session}", "A{a=s}"),
            ("A{tho=TRUE}", "A{tho=true}"),
            ("A{dt=RTH}", "A{dt=rth}"),
            ("A{Price=LAST}", "A{Price=LAST}"),
            ("A{z=,y=2,=d,b=1}", "A{=d,b=1,y=2,z=}"),
        ] {
            let normal = normal.strip_suffix("{}").unwrap_or(normal);
            assert_eq!(normal_form(asked), normal, "{asked}");
        }
    }

    #[test]
    fn what_is_no_candle_symbol_is_refused_with_the_reason() {
        let errors = [
            "{=d}",
            "",
            "IBM{=d",
            "IBM=d}",
            "IBM{d}",
            "IBM{=d}{=d}",
            "IBM{=d,=m}",
            "IBM{=5x}",
            "IBM{=0d}",
            "IBM{=-1d}",
            "IBM{=}",
            "IBM{=5}",
            "IBM{price=best}",
            "IBM{tho=}",
            "IBM{pl=high}",
        ]
        .map(|text| text.parse::<CandleSymbol>().unwrap_err().to_string())
        .join("\n");
        insta::assert_snapshot!(errors, @"
        `{=d}` names no instrument
        `` names no instrument
        the attributes of `IBM{=d` are not of the form {key=value,…}
        the attributes of `IBM=d}` are not of the form {key=value,…}
        the attributes of `IBM{d}` are not of the form {key=value,…}
        the attributes of `IBM{=d}{=d}` are not of the form {key=value,…}
        `IBM{=d,=m}` has the attribute `period` twice
        `5x` is no value of the attribute `period` in `IBM{=5x}`
        `0d` is no value of the attribute `period` in `IBM{=0d}`
        `-1d` is no value of the attribute `period` in `IBM{=-1d}`
        `` is no value of the attribute `period` in `IBM{=}`
        `5` is no value of the attribute `period` in `IBM{=5}`
        `best` is no value of the attribute `price` in `IBM{price=best}`
        `` is no value of the attribute `tho` in `IBM{tho=}`
        `high` is no value of the attribute `pl` in `IBM{pl=high}`
        ");
    }

    #[test]
    fn daily_bars_of_anything_can_be_asked_for() {
        for (streamer_symbol, daily) in [
            ("SPY", "SPY{=d}"),
            ("/ESZ26:XCME", "/ESZ26:XCME{=d}"),
            ("BTC/USD:CXTALP", "BTC/USD:CXTALP{=d}"),
            ("EUR/USD{source=bank}", "EUR/USD{=d,source=bank}"),
            ("SPY{=5m,tho=true}", "SPY{=d,tho=true}"),
            ("odd}", "odd}{=d}"),
        ] {
            assert_eq!(CandleSymbol::daily(streamer_symbol).as_str(), daily);
        }
    }

    fn attribute() -> impl Strategy<Value = String> {
        prop_oneof![
            ("[0-9]{0,3}", "[a-zA-Z]{1,9}").prop_map(|(count, name)| format!("={count}{name}")),
            ("[0-9.]{0,4}", prop::sample::select(TYPES)).prop_map(
                |(count, (long, short))| format!(
                    "={count}{}",
                    if count.len() % 2 == 0 { long } else { short }
                )
            ),
            prop::sample::select(PRICES).prop_map(|(long, _)| format!("price={long}")),
            prop::sample::select(ALIGNMENTS).prop_map(|(long, _)| format!("a={long}")),
            prop::sample::select(REGULAR_ONLY).prop_map(|(long, _)| format!("tho={long}")),
            "pl=[0-9]{1,3}(\\.[0-9]{1,3})?",
            "dt=[a-zA-Z]{0,3}",
            "[b-oq-su-z]{1,4}=[a-zA-Z0-9.]{0,4}",
        ]
    }

    proptest! {
        /// Checklist 88.
        #[test]
        fn the_normal_form_is_its_own_normal_form(
            base in "[A-Z/.:&]{1,8}", attributes in prop::collection::vec(attribute(), 0..5)
        ) {
            let asked = format!("{base}{{{}}}", attributes.join(","));
            if let Ok(once) = asked.parse::<CandleSymbol>() {
                prop_assert_eq!(once.as_str().parse::<CandleSymbol>(), Ok(once.clone()));
                prop_assert!(!once.as_str().ends_with("{}"), "{}", once);
            }
        }

        #[test]
        fn the_order_of_the_attributes_does_not_matter(
            attributes in prop::collection::vec(attribute(), 1..5)
        ) {
            let forwards = format!("A{{{}}}", attributes.join(","));
            let backwards: Vec<_> = attributes.into_iter().rev().collect();
            let backwards = format!("A{{{}}}", backwards.join(","));
            prop_assert_eq!(forwards.parse::<CandleSymbol>().ok(), backwards.parse().ok());
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,20}") {
            if let Ok(symbol) = text.parse::<CandleSymbol>() {
                prop_assert_eq!(symbol.as_str().parse(), Ok(symbol.clone()));
            }
            let daily = CandleSymbol::daily(&text);
            prop_assert!(daily.as_str().contains("=d"));
        }
    }
}
