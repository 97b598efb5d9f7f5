//! Any text as a symbol: it is read without a panic, and what was read is read again from each of its spellings.

#![no_main]

use dxlink::CandleSymbol;
use libfuzzer_sys::fuzz_target;
use volq::model::{OptionContract, StreamerSymbol, Strike, Symbol, SymbolKind};

fuzz_target!(|text: &str| {
    if let Ok(candle) = text.parse::<CandleSymbol>() {
        assert_eq!(candle.as_str().parse().as_ref(), Ok(&candle), "{text}");
    }
    if let Some(strike) = Strike::parse(text) {
        assert_eq!(Strike::parse(&strike.to_string()), Some(strike), "{text}");
    }
    if let Some(contract) = OptionContract::from_any(text) {
        assert_eq!(
            OptionContract::from_streamer(&contract.streamer()),
            Some(contract),
            "{text}"
        );
    }
    let symbol = match text.parse::<Symbol>() {
        Ok(symbol) => symbol,
        Err(error) => {
            let said = error.to_string();
            assert!(!said.contains(char::is_control), "{said:?}");
            return;
        }
    };
    assert_eq!(read(symbol.as_str()), symbol, "{text:?} is not canonical");
    assert_eq!(read(&format!(" {symbol}\t")), symbol);
    assert_eq!(read(&symbol.as_str().to_ascii_lowercase()), symbol);
    if let Some(streamer) = StreamerSymbol::of(&symbol) {
        assert_eq!(
            read(streamer.as_str()),
            symbol,
            "{text:?} is another symbol on the stream"
        );
    }
    match symbol.kind() {
        SymbolKind::EquityOption => {
            let contract = symbol.option().expect("an option has a contract");
            assert_eq!(Symbol::of_option(&contract), symbol);
        }
        SymbolKind::Future | SymbolKind::FutureRoot => {
            let root = symbol.future_root().expect("a future has a root");
            assert_eq!(read(root.as_str()), root, "{text:?}");
            assert_eq!(root.future_root().as_ref(), Some(&root));
            let (name, month) = symbol.future_parts().expect("a future has parts");
            assert_eq!(format!("/{name}{month}"), symbol.as_str());
        }
        _ => assert_eq!((symbol.option(), symbol.future_root()), (None, None)),
    }
});

fn read(text: &str) -> Symbol {
    text.parse()
        .unwrap_or_else(|error| panic!("{text:?}: {error}"))
}
