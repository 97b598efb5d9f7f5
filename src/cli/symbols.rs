//! Reads the list of symbols a command is about: from arguments, from a file, from stdin, in the order they were given.
//!
//! Knows spellings only through [`Symbol`]. Nothing connects before the whole list is understood.

use std::collections::HashSet;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use crate::capped::{self, CappedError};
use crate::model::{Symbol, SymbolError};

use super::args::SymbolArgs;

/// Longer lists are not lists of symbols.
const SIZE_LIMIT: u64 = 1 << 20;

/// Words in a first line that make it a header.
const HEADERS: [&str; 4] = ["symbol", "symbols", "ticker", "tickers"];

/// Reads every symbol once, in the order of the arguments and then of the file.
///
/// # Errors
/// A text that is no symbol, with its place; a list that cannot be read or is too long; no symbol at all.
pub fn read(
    args: &SymbolArgs,
    stdin: impl Fn() -> Input,
    within: Duration,
) -> Result<Vec<Symbol>, SymbolListError> {
    let mut list = List::default();
    let from_stdin = || {
        let input = stdin();
        text_of(&ListSource::Stdin, within, move || Ok(input))
    };
    for argument in &args.symbols {
        if argument == "-" {
            list.add_text(&ListSource::Stdin, &from_stdin()?)?;
        } else {
            list.add(argument, || ListSource::Argument)?;
        }
    }
    match args.file.as_deref() {
        Some(path) if path == Path::new("-") => {
            list.add_text(&ListSource::Stdin, &from_stdin()?)?;
        }
        Some(path) => {
            let place = ListSource::File(path.display().to_string());
            let path = path.to_owned();
            let open = move || File::open(path).map(|file| Box::new(file) as Input);
            list.add_text(&place, &text_of(&place, within, open)?)?;
        }
        None => {}
    }
    if list.symbols.is_empty() {
        return Err(SymbolListError::Empty);
    }
    Ok(list.symbols)
}

/// Something to read a list of symbols from.
pub type Input = Box<dyn Read + Send>;

/// Standard input.
pub fn stdin() -> Input {
    Box::new(io::stdin())
}

/// Where a list of symbols comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListSource {
    /// The command line.
    Argument,
    /// Standard input.
    Stdin,
    /// A file.
    File(String),
    /// A line of one of them, counted from 1.
    Line(Box<ListSource>, usize),
}

impl fmt::Display for ListSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argument => f.write_str("arguments"),
            Self::Stdin => f.write_str("stdin"),
            Self::File(path) => f.write_str(path),
            Self::Line(of, line) => write!(f, "{of}, line {line}"),
        }
    }
}

/// Why there is no list of symbols: a usage error.
#[derive(Debug, thiserror::Error)]
pub enum SymbolListError {
    /// Nothing was named anywhere.
    #[error("no symbol was given")]
    Empty,
    /// A text that is no symbol.
    #[error("{place}: {source}")]
    NotASymbol {
        /// Where it stands.
        place: ListSource,
        /// What is wrong with it.
        source: SymbolError,
    },
    /// A list that cannot be read.
    #[error("cannot read symbols from {place}: {source}")]
    Read {
        /// The list.
        place: ListSource,
        /// Why it cannot be read.
        source: io::Error,
    },
    /// A list that somebody still writes to, or that nobody writes to at all.
    #[error("{place} was still open after {} s", .after.as_secs_f64())]
    StillOpen {
        /// The list that did not end.
        place: ListSource,
        /// The time it was waited for.
        after: Duration,
    },
    /// A list of a size no list of symbols has.
    #[error("{place} is larger than {limit} bytes: it is no list of symbols")]
    TooLarge {
        /// The list that cannot be used.
        place: ListSource,
        /// The largest accepted size.
        limit: u64,
    },
}

/// Symbols so far, without repetition.
#[derive(Default)]
struct List {
    symbols: Vec<Symbol>,
    seen: HashSet<Symbol>,
}

impl List {
    /// Adds one text: a symbol with blanks inside, or several symbols.
    fn add(&mut self, text: &str, place: impl Fn() -> ListSource) -> Result<(), SymbolListError> {
        let symbols = split(text).map_err(|source| SymbolListError::NotASymbol {
            place: place(),
            source,
        })?;
        for symbol in symbols {
            if self.seen.insert(symbol.clone()) {
                self.symbols.push(symbol);
            }
        }
        Ok(())
    }

    /// Adds the first cell of every line.
    fn add_text(&mut self, place: &ListSource, text: &str) -> Result<(), SymbolListError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let cells = text
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, first_cell(line)))
            .filter(|(_, cell)| !cell.is_empty());
        for (position, (line, cell)) in cells.enumerate() {
            let is_header = position == 0 && HEADERS.contains(&cell.to_ascii_lowercase().as_str());
            if !is_header {
                self.add(cell, || ListSource::Line(Box::new(place.clone()), line))?;
            }
        }
        Ok(())
    }
}

/// Opens and reads a list, with a limit to its size and to the time it takes: a pipe may stay open for ever, and so may the
/// opening of one. The thread that reads it ends with the process then.
fn text_of(
    place: &ListSource,
    within: Duration,
    open: impl FnOnce() -> io::Result<Input> + Send + 'static,
) -> Result<String, SymbolListError> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let text = open()
            .map_err(CappedError::from)
            .and_then(|reader| capped::read_text(reader, SIZE_LIMIT));
        // Nobody waits any longer when time was up.
        let _ = sender.send(text);
    });
    let place = place.clone();
    match receiver.recv_timeout(within) {
        Ok(Ok(text)) => Ok(text),
        Ok(Err(CappedError::TooLarge { limit })) => Err(SymbolListError::TooLarge { place, limit }),
        Ok(Err(CappedError::Io(source))) => Err(SymbolListError::Read { place, source }),
        Err(_) => Err(SymbolListError::StillOpen {
            place,
            after: within,
        }),
    }
}

/// Reads a text as one symbol if it is one (`SPY 2026-12-18 600 C`), else as several.
fn split(text: &str) -> Result<Vec<Symbol>, SymbolError> {
    let mut symbols = Vec::new();
    for part in text
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
    {
        match part.parse() {
            Ok(symbol) => symbols.push(symbol),
            Err(error) if !part.contains(char::is_whitespace) => return Err(error),
            Err(_) => {
                for word in part.split_whitespace() {
                    symbols.push(word.parse()?);
                }
            }
        }
    }
    Ok(symbols)
}

/// The first cell of a CSV line without its comment; no symbol holds a quote, a semicolon or a tab.
fn first_cell(line: &str) -> &str {
    let line = line.trim_start();
    if let Some(quoted) = line.strip_prefix('"') {
        return quoted.split('"').next().unwrap_or_default().trim();
    }
    let cell = line.split([',', ';', '\t', '#']).next();
    cell.unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use proptest::prelude::*;

    use super::*;

    fn names(symbols: &[Symbol]) -> Vec<&str> {
        symbols.iter().map(Symbol::as_str).collect()
    }

    fn from_arguments(arguments: &[&str]) -> Result<Vec<Symbol>, SymbolListError> {
        let args = SymbolArgs {
            symbols: arguments.iter().map(ToString::to_string).collect(),
            file: None,
        };
        read(&args, || Box::new(io::empty()), Duration::from_secs(30))
    }

    fn from_stdin(text: &str) -> Result<Vec<Symbol>, SymbolListError> {
        let args = SymbolArgs {
            symbols: vec!["-".to_owned()],
            file: None,
        };
        let stdin = || Box::new(io::Cursor::new(text.to_owned().into_bytes())) as Input;
        read(&args, stdin, Duration::from_secs(30))
    }

    #[test]
    fn arguments_may_be_separated_by_blanks_or_commas() {
        let symbols = from_arguments(&["spy,qqq", "IWM  brk.b", "SPY", "/ES,"]).unwrap();
        assert_eq!(names(&symbols), ["SPY", "QQQ", "IWM", "BRK/B", "/ES"]);
    }

    #[test]
    fn a_spelling_with_blanks_is_one_symbol() {
        let symbols = from_arguments(&[
            "SPY 2026-12-18 600 C",
            "spy 2026-12-18 600 p, QQQ",
            "SPY   261218C00600000",
        ])
        .unwrap();
        assert_eq!(
            names(&symbols),
            ["SPY   261218C00600000", "SPY   261218P00600000", "QQQ"]
        );
    }

    #[test]
    fn every_source_may_be_mixed_and_order_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path: PathBuf = dir.path().join("universe.csv");
        std::fs::write(&path, "Ticker,Name\nTLT,\"Bonds, long\"\nSPY,Stocks\n").unwrap();
        let args = SymbolArgs {
            symbols: ["QQQ", "-", "GLD"].map(str::to_owned).to_vec(),
            file: Some(path),
        };
        let symbols = read(
            &args,
            || Box::new("SPY\nQQQ\n".as_bytes()),
            Duration::from_secs(30),
        )
        .unwrap();
        assert_eq!(names(&symbols), ["QQQ", "SPY", "GLD", "TLT"]);
    }

    #[test]
    fn lists_tolerate_headers_comments_quotes_and_line_ends() {
        let symbols = from_stdin(
            "\u{feff}# mine\r\n\r\nSymbol;Name\r\n  spy # core\r\n\"BRK.B\",\"x\"\r\n#QQQ\r\nSPY 2026-12-18 600 C\r\nVIX\tindex\r\n",
        )
        .unwrap();
        assert_eq!(
            names(&symbols),
            ["SPY", "BRK/B", "SPY   261218C00600000", "VIX"]
        );
    }

    #[test]
    fn a_header_word_below_the_first_line_is_a_symbol() {
        // SYMBOL is a well-formed ticker; only its place makes it a header.
        assert_eq!(
            names(&from_stdin("SPY\nSYMBOL\n").unwrap()),
            ["SPY", "SYMBOL"]
        );
    }

    #[test]
    fn a_bad_symbol_is_located() {
        insta::assert_snapshot!(
            from_stdin("# x\nSPY\n12!\n").unwrap_err(),
            @"stdin, line 3: '12!' is not a symbol: it has a character that no symbol has"
        );
        insta::assert_snapshot!(
            from_arguments(&["SPY", "A/B/C"]).unwrap_err(),
            @"arguments: 'A/B/C' is not a symbol: a symbol looks like 'SPY', 'BRK/B', '/ES', 'BTC/USD' or 'SPY 2026-12-18 600 C'"
        );
    }

    #[test]
    fn an_empty_list_is_an_error() {
        for empty in ["", "# nothing\n\n", "symbol\n", ",,\n"] {
            let error = from_stdin(empty).unwrap_err();
            assert!(matches!(error, SymbolListError::Empty), "{error}");
        }
        assert!(matches!(from_arguments(&[]), Err(SymbolListError::Empty)));
    }

    #[test]
    fn what_cannot_be_a_list_is_refused() {
        let huge = "SPY\n".repeat(300_000);
        assert!(matches!(
            from_stdin(&huge),
            Err(SymbolListError::TooLarge { .. })
        ));
        let args = SymbolArgs {
            symbols: Vec::new(),
            file: Some(PathBuf::from("/nonexistent/list")),
        };
        let error = read(&args, || Box::new(io::empty()), Duration::from_secs(30)).unwrap_err();
        assert!(matches!(error, SymbolListError::Read { .. }), "{error}");
        let binary = SymbolArgs {
            symbols: vec!["-".to_owned()],
            file: None,
        };
        let error = read(
            &binary,
            || Box::new([0xff_u8, 0xfe, 0].as_slice()),
            Duration::from_secs(30),
        )
        .unwrap_err();
        assert!(matches!(error, SymbolListError::Read { .. }), "{error}");
    }

    proptest! {
        #[test]
        fn reading_never_panics(text in "(?s).{0,120}") {
            let _ = from_stdin(&text);
            let _ = from_arguments(&[&text]);
        }

        #[test]
        fn no_symbol_comes_twice(picks in proptest::collection::vec("[A-C]{1,2}", 1..20)) {
            let symbols = from_stdin(&picks.join("\n")).unwrap();
            let unique: HashSet<_> = symbols.iter().collect();
            prop_assert_eq!(unique.len(), symbols.len());
        }
    }
}
