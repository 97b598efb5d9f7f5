//! The symbols that are or were subscribed, each with its number.
//!
//! Every row of every frame asks for one, and two rows in a row seldom for the same. So what is compared stands in the
//! map itself: a symbol as short as those of stocks and options is never followed to another place in memory.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use foldhash::{HashMap, HashMapExt};

use crate::decode::Names;
use crate::event::SymbolId;

/// Symbols and their numbers.
#[derive(Debug)]
pub struct Symbols {
    short: HashMap<Short, SymbolId>,
    long: HashMap<Arc<str>, SymbolId>,
    names: Vec<Arc<str>>,
}

impl Default for Symbols {
    fn default() -> Self {
        Self {
            short: HashMap::new(),
            long: HashMap::new(),
            names: Vec::new(),
        }
    }
}

impl Symbols {
    /// The number of a symbol, a new one for a new symbol.
    pub fn intern(&mut self, symbol: &Arc<str>) -> SymbolId {
        if let Some(id) = self.find(symbol) {
            return id;
        }
        // Subscriptions are limited to 25,000 a session, so the number always fits.
        let id = SymbolId(u32::try_from(self.names.len()).unwrap_or(u32::MAX));
        self.names.push(Arc::clone(symbol));
        match Short::new(symbol) {
            Some(short) => self.short.insert(short, id),
            None => self.long.insert(Arc::clone(symbol), id),
        };
        id
    }

    /// Every symbol, in the order of the numbers.
    pub fn names(&self) -> &[Arc<str>] {
        &self.names
    }
}

impl Names for Symbols {
    #[inline]
    fn find(&self, symbol: &str) -> Option<SymbolId> {
        match Short::new(symbol) {
            Some(short) => self.short.get(&short).copied(),
            None => self.long.get(symbol).copied(),
        }
    }
}

/// A symbol of up to 24 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Short {
    length: usize,
    /// Its first eight bytes, its last eight, which may overlap, and the eight after the first if there are as many.
    words: [u64; 3],
}

impl Short {
    #[inline]
    fn new(symbol: &str) -> Option<Self> {
        let bytes = symbol.as_bytes();
        let words = if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
            let middle = match bytes.len() {
                ..=16 => 0,
                17..=24 => u64::from_le_bytes(*bytes.get(8..)?.first_chunk()?),
                _ => return None,
            };
            [
                u64::from_le_bytes(*first),
                u64::from_le_bytes(*last),
                middle,
            ]
        } else {
            let all = |word: u64, byte: &u8| (word << 8) | u64::from(*byte);
            [bytes.iter().fold(0, all), 0, 0]
        };
        Some(Self {
            length: bytes.len(),
            words,
        })
    }
}

impl Hash for Short {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        for word in self.words {
            state.write_u64(word);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_symbol_is_found_whatever_its_length() {
        let mut symbols = Symbols::default();
        let names: Vec<Arc<str>> = (0..40).map(|length| "S".repeat(length).into()).collect();
        for (number, name) in (0..).zip(&names) {
            assert_eq!(symbols.intern(name), SymbolId(number));
        }
        for (number, name) in (0..).zip(&names) {
            assert_eq!(symbols.find(name), Some(SymbolId(number)), "{name}");
            assert_eq!(symbols.intern(name), SymbolId(number));
        }
        assert_eq!(symbols.names(), names);
        assert_eq!(symbols.find(&"S".repeat(40)), None);
    }

    proptest! {
        #[test]
        fn only_the_same_symbol_has_the_same_number(one in "[A\0é]{0,30}", other in "[A\0é]{0,30}") {
            let mut symbols = Symbols::default();
            symbols.intern(&Arc::from(one.as_str()));
            prop_assert_eq!(symbols.find(&other).is_some(), one == other);
        }
    }
}
