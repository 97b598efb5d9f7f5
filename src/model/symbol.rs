//! Symbols in one canonical spelling, read from every spelling a user types.
//!
//! The canonical spelling is tastytrade's own: `BRK/B`, `/ESZ6`, `SPY   261218C00600000` (21 columns). Stream spelling
//! is another type, [`StreamerSymbol`], so that the two cannot be mixed up.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::option::OptionContract;

/// What the spelling alone says about an instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SymbolKind {
    /// A stock or a fund; only a source can tell which.
    Equity,
    /// A cash index known by name (`SPX`, `VIX`).
    Index,
    /// A futures root (`/ES`), which stands for its active contract.
    FutureRoot,
    /// A dated futures contract (`/ESZ6`).
    Future,
    /// An equity or index option.
    EquityOption,
    /// An option on a future, in tastytrade or stream spelling.
    FutureOption,
    /// A crypto pair (`BTC/USD`).
    Crypto,
}

impl SymbolKind {
    /// All of them, in the order of their declaration.
    pub const ALL: [Self; 7] = [
        Self::Equity,
        Self::Index,
        Self::FutureRoot,
        Self::Future,
        Self::EquityOption,
        Self::FutureOption,
        Self::Crypto,
    ];

    /// Whether this is a single option.
    pub const fn is_option(self) -> bool {
        matches!(self, Self::EquityOption | Self::FutureOption)
    }

    /// Whether this is a future, dated or not.
    pub const fn is_future(self) -> bool {
        matches!(self, Self::FutureRoot | Self::Future)
    }
}

/// A symbol in canonical spelling. Cheap to clone; equal when the canonical text is equal.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Symbol {
    text: Arc<str>,
    kind: SymbolKind,
}

impl Symbol {
    /// The canonical text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What the spelling says.
    pub fn kind(&self) -> SymbolKind {
        self.kind
    }

    /// SPY, which every source knows: the one to ask for when it matters that an answer comes, not what it says.
    pub fn spy() -> Self {
        Self {
            text: "SPY".into(),
            kind: SymbolKind::Equity,
        }
    }

    /// The symbol of an option contract.
    pub fn of_option(contract: &OptionContract) -> Self {
        Self {
            text: contract.occ().into(),
            kind: SymbolKind::EquityOption,
        }
    }

    /// The parsed contract of an equity option; `None` for everything else.
    pub fn option(&self) -> Option<OptionContract> {
        (self.kind == SymbolKind::EquityOption)
            .then(|| OptionContract::from_occ(&self.text))
            .flatten()
    }

    /// The root of a futures contract; a root is its own.
    pub fn future_root(&self) -> Option<Self> {
        let (root, _) = self.future_parts()?;
        let (text, kind) = (format!("/{root}").into(), SymbolKind::FutureRoot);
        Some(Self { text, kind })
    }

    /// Root and year-month of a dated future without the slash: `ESZ6` gives `("ES", "Z6")`; a root gives `("ES", "")`.
    pub fn future_parts(&self) -> Option<(&str, &str)> {
        if !self.kind.is_future() {
            return None;
        }
        let body = &self.text[1..];
        Some(if self.kind == SymbolKind::FutureRoot {
            (body, "")
        } else {
            body.split_at(body.len() - 2)
        })
    }
}

/// Indices with listed options or futures that a user may name without saying that they are indices.
const INDICES: &[&str] = &[
    "SPX", "SPXW", "NDX", "NDXP", "RUT", "RUTW", "VIX", "VIXW", "XSP", "DJX", "OEX", "XEO", "MRUT",
    "XND", "VIX9D", "VIX3M", "VVIX", "SKEW", "COMP", "DJI", "TNX", "RVX", "VXN", "GVZ", "OVX",
];

/// Letters of the months of futures contracts, January first.
pub const MONTHS: &str = "FGHJKMNQUVXZ";

impl FromStr for Symbol {
    type Err = SymbolError;

    fn from_str(typed: &str) -> Result<Self, Self::Err> {
        let text = typed.trim().to_ascii_uppercase();
        let fail = |why| {
            Err(SymbolError {
                typed: shown(typed),
                why,
            })
        };
        if text.is_empty() {
            return fail("it is empty");
        }
        if text.len() > 64
            || !text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || " ./:-_&=$^+".contains(c))
        {
            return fail("it has a character that no symbol has");
        }
        if let Some(contract) = OptionContract::from_any(&text) {
            return Ok(Self::of_option(&contract));
        }
        if let Some(rest) = text.strip_prefix("./") {
            return future_option(&text, rest).ok_or(()).or_else(|()| {
                fail(
                    "a future option looks like './ESZ6 EW4Z6 261218C6000' or './EW4Z26C6000:XCME'",
                )
            });
        }
        if let Some(rest) = text.strip_prefix('/') {
            return future(rest)
                .ok_or(())
                .or_else(|()| fail("a future looks like '/ES', '/ESZ6' or '/ESZ26:XCME'"));
        }
        if text.starts_with('.') {
            return fail("an option on the stream looks like '.SPY261218C600'");
        }
        stock(&text).ok_or(()).or_else(|()| {
            fail("a symbol looks like 'SPY', 'BRK/B', '/ES', 'BTC/USD' or 'SPY 2026-12-18 600 C'")
        })
    }
}

fn stock(text: &str) -> Option<Symbol> {
    let text = text.strip_prefix(['$', '^']).unwrap_or(text);
    if let Some(pair) = crypto(text) {
        return Some(pair);
    }
    let canonical = text.replace(['.', '-'], "/");
    let mut parts = canonical.split('/');
    let root = parts.next()?;
    let class = parts.next();
    let is_word = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric());
    let fits = is_word(root)
        && root.len() <= 8
        && class.is_none_or(|class| is_word(class) && class.len() <= 3);
    if !fits || parts.next().is_some() || !root.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let kind = if INDICES.contains(&canonical.as_str()) {
        SymbolKind::Index
    } else {
        SymbolKind::Equity
    };
    Some(Symbol {
        text: canonical.into(),
        kind,
    })
}

fn crypto(text: &str) -> Option<Symbol> {
    let pair = text.split(':').next()?.replace(['.', '-'], "/");
    let (base, quote) = pair.split_once('/')?;
    let is_pair = matches!(quote, "USD" | "USDT" | "USDC")
        && (2..=6).contains(&base.len())
        && base.chars().all(|c| c.is_ascii_alphanumeric());
    is_pair.then(|| Symbol {
        text: pair.clone().into(),
        kind: SymbolKind::Crypto,
    })
}

/// Reads a future without its slash, in tastytrade (`ESZ6`) or stream (`ESZ26:XCME`) spelling.
fn future(rest: &str) -> Option<Symbol> {
    let body = rest.split(':').next()?;
    if body.is_empty() || body.len() > 8 || !body.chars().all(|c| c.is_ascii_alphanumeric()) {
        return None;
    }
    let letters = body.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = &body[letters.len()..];
    let (root, month) = letters.split_at(letters.len().checked_sub(1)?);
    // What stands before the month has to be a root when it stands alone, too.
    let is_root = || future(root).is_some_and(|root| root.kind == SymbolKind::FutureRoot);
    let is_dated = MONTHS.contains(month) && (1..=2).contains(&digits.len()) && is_root();
    Some(if is_dated {
        // tastytrade writes one digit of the year, the stream two.
        let year = &digits[digits.len() - 1..];
        Symbol {
            text: format!("/{root}{month}{year}").into(),
            kind: SymbolKind::Future,
        }
    } else {
        (digits.is_empty() || letters.len() < 2).then_some(())?;
        Symbol {
            text: format!("/{body}").into(),
            kind: SymbolKind::FutureRoot,
        }
    })
}

/// Keeps a future option as typed: its root follows no local rule, so only its shape is checked.
fn future_option(text: &str, rest: &str) -> Option<Symbol> {
    let streamed = rest
        .split_once(':')
        .is_some_and(|(body, venue)| ends_in_strike(body) && venue.len() == 4);
    let native = rest.len() > 18
        && rest
            .split_whitespace()
            .last()
            .is_some_and(|tail| ends_in_strike(tail) && tail.len() > 7);
    (streamed || native).then(|| Symbol {
        text: text.into(),
        kind: SymbolKind::FutureOption,
    })
}

fn ends_in_strike(body: &str) -> bool {
    body.rfind(['C', 'P'])
        .is_some_and(|at| body[at + 1..].parse::<f64>().is_ok_and(f64::is_finite))
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl fmt::Debug for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.text)
    }
}

/// A text that is no symbol.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{typed}' is not a symbol: {why}")]
pub struct SymbolError {
    typed: String,
    why: &'static str,
}

/// What was typed, short enough and clean enough to print back.
fn shown(typed: &str) -> String {
    typed.chars().filter(|c| !c.is_control()).take(40).collect()
}

/// A symbol in the spelling of the DXLink stream, such as `/ESZ26:XCME` or `.SPY261218C600`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StreamerSymbol(Arc<str>);

impl StreamerSymbol {
    /// Takes a spelling as a source gave it.
    pub fn new(text: &str) -> Self {
        Self(Arc::from(text))
    }

    /// The text that goes on the wire.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The stream's spelling where the symbol alone decides it: stocks, indices, equity options and future options that
    /// were typed in stream form. Futures and crypto need a venue that only a source knows.
    pub fn of(symbol: &Symbol) -> Option<Self> {
        match symbol.kind() {
            SymbolKind::Equity | SymbolKind::Index => Some(Self::new(symbol.as_str())),
            SymbolKind::EquityOption => symbol
                .option()
                .map(|contract| Self::new(&contract.streamer())),
            SymbolKind::FutureOption => symbol
                .as_str()
                .contains(':')
                .then(|| Self::new(symbol.as_str())),
            SymbolKind::Crypto => Some(Self::new(&format!("{}:CXTALP", symbol.as_str()))),
            SymbolKind::FutureRoot | SymbolKind::Future => None,
        }
    }
}

impl fmt::Display for StreamerSymbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(typed: &str) -> (String, SymbolKind) {
        let symbol: Symbol = typed.parse().unwrap();
        (symbol.as_str().to_owned(), symbol.kind())
    }

    #[test]
    fn every_accepted_spelling_has_one_canonical_form() {
        let option = ("SPY   261218C00600000".to_owned(), SymbolKind::EquityOption);
        for typed in [
            ".SPY261218C600",
            "SPY261218C00600000",
            "SPY   261218C00600000",
            "spy 2026-12-18 600 c",
            "SPY 2026-12-18 600 call",
        ] {
            assert_eq!(parsed(typed), option, "{typed}");
        }
        for typed in ["BRK/B", "brk.b", "BRK-B"] {
            assert_eq!(
                parsed(typed),
                ("BRK/B".to_owned(), SymbolKind::Equity),
                "{typed}"
            );
        }
        for typed in ["/ESZ6", "/esz26:xcme", "/ESZ26"] {
            assert_eq!(
                parsed(typed),
                ("/ESZ6".to_owned(), SymbolKind::Future),
                "{typed}"
            );
        }
    }

    #[test]
    fn kinds_follow_the_spelling() {
        for (typed, kind) in [
            ("SPX", SymbolKind::Index),
            ("$SPX", SymbolKind::Index),
            ("/ES", SymbolKind::FutureRoot),
            ("/6E", SymbolKind::FutureRoot),
            ("/6EM6", SymbolKind::Future),
            ("/M2K", SymbolKind::FutureRoot),
            ("/M2KZ6", SymbolKind::Future),
            ("BTC/USD", SymbolKind::Crypto),
            ("BTC/USD:CXTALP", SymbolKind::Crypto),
            ("BTC.USD", SymbolKind::Crypto),
            ("./EW4U24C5500:XCME", SymbolKind::FutureOption),
            ("./ESZ5 EW4V5 251024C5850", SymbolKind::FutureOption),
            ("./ESZ5 ESZ5  251219C800", SymbolKind::FutureOption),
        ] {
            assert_eq!(parsed(typed).1, kind, "{typed}");
        }
    }

    #[test]
    fn the_symbol_that_every_source_knows_is_spelled_as_it_is_read() {
        assert_eq!("spy".parse(), Ok(Symbol::spy()));
    }

    #[test]
    fn contracts_share_their_root() {
        let root = |typed: &str| typed.parse::<Symbol>().unwrap().future_root();
        let es: Symbol = "/ES".parse().unwrap();
        assert_eq!(
            (root("/ESZ6"), root("/ES"), root("SPY")),
            (Some(es.clone()), Some(es), None)
        );
    }

    #[test]
    fn nonsense_is_refused_with_a_reason() {
        for typed in [
            "", "  ", "SPY\u{7}", "/", "./", ".X", "A/B/C/D", "a?b", "..", "SPY#", "/6Z6", "/EZ1Z6",
        ] {
            let error = typed.parse::<Symbol>().unwrap_err();
            assert!(!error.to_string().contains('\u{7}'), "{error}");
        }
    }

    #[test]
    fn only_what_needs_no_look_up_has_a_derived_stream_spelling() {
        let streamer = |typed: &str| {
            StreamerSymbol::of(&typed.parse().unwrap()).map(|s| s.as_str().to_owned())
        };
        assert_eq!(streamer("brk.b").as_deref(), Some("BRK/B"));
        assert_eq!(
            streamer("F     250620C00002020").as_deref(),
            Some(".F250620C2.02")
        );
        assert_eq!(streamer("/ES"), None);
        assert_eq!(streamer("./ESZ5 EW4V5 251024C5850"), None);
    }
}
