//! The symbols that commands are about.

use std::fmt;

use crate::market::Market;

/// What is needed at most.
const MOST: usize = 5_000;

/// Symbols in a fixed order: US stocks and funds, and where the market has too few of them, options.
#[derive(Default)]
pub(crate) struct Universe {
    symbols: Vec<String>,
    equities: usize,
}

impl Universe {
    /// The symbols of a market. Whatever makes 5,000 of them is here and nowhere else.
    pub(crate) fn of(market: &mut Market) -> Self {
        let list = |text: &str| -> Vec<String> { serde_json::from_str(text).expect("symbols") };
        let mut symbols = list(&market.ask("equities"));
        symbols.truncate(MOST);
        let equities = symbols.len();
        if equities < MOST {
            symbols.extend(list(&market.ask("options")));
            symbols.truncate(MOST);
        }
        Self { symbols, equities }
    }

    /// The first of them.
    pub(crate) fn first(&self, count: usize) -> &[String] {
        &self.symbols[..count]
    }
}

impl fmt::Display for Universe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let options = self.symbols.len() - self.equities;
        write!(
            f,
            "symbols  {} US stocks and funds, beyond them {options} options",
            self.equities
        )
    }
}
