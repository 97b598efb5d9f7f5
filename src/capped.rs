//! Reading with a limit: a slip such as naming `/dev/zero` must not fill the memory.

use std::io::{self, Read};

/// Why something was not read.
#[derive(Debug, thiserror::Error)]
pub enum CappedError {
    /// There is more of it than is accepted.
    #[error("larger than {limit} bytes")]
    TooLarge {
        /// The largest accepted size in bytes.
        limit: u64,
    },
    /// The system said no, or what should be text is none.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl From<CappedError> for io::Error {
    fn from(error: CappedError) -> Self {
        match error {
            CappedError::Io(source) => source,
            CappedError::TooLarge { .. } => Self::new(io::ErrorKind::FileTooLarge, error),
        }
    }
}

/// Everything up to the end, where that is no more than `limit` bytes.
///
/// # Errors
///
/// `TooLarge` for more, after reading one byte too many; `Io` for what the reader says.
pub fn read(reader: impl Read, limit: u64) -> Result<Vec<u8>, CappedError> {
    let mut bytes = Vec::new();
    let length = reader
        .take(limit.saturating_add(1))
        .read_to_end(&mut bytes)?;
    if length as u64 > limit {
        return Err(CappedError::TooLarge { limit });
    }
    Ok(bytes)
}

/// The same for a text.
///
/// # Errors
///
/// Those of [`read`]; `Io` for what is not UTF-8.
pub fn read_text(reader: impl Read, limit: u64) -> Result<String, CappedError> {
    String::from_utf8(read(reader, limit)?)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is no text in UTF-8").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_itself_is_accepted_and_a_byte_more_is_not() {
        assert_eq!(read(&b"four"[..], 4).unwrap(), b"four");
        let error = read(&b"fiver"[..], 4).unwrap_err();
        assert_eq!(error.to_string(), "larger than 4 bytes");
        assert_eq!(io::Error::from(error).kind(), io::ErrorKind::FileTooLarge);
    }

    #[test]
    fn what_has_no_end_is_refused() {
        let error = read(io::repeat(0), 1 << 20).unwrap_err();
        assert!(matches!(error, CappedError::TooLarge { limit } if limit == 1 << 20));
    }

    #[test]
    fn a_text_that_is_too_long_is_so_wherever_it_would_be_cut() {
        for limit in 0..6 {
            let error = read_text("ééé€".as_bytes(), limit).unwrap_err();
            assert!(matches!(error, CappedError::TooLarge { .. }), "{limit}");
        }
        assert_eq!(read_text("é€".as_bytes(), 5).unwrap(), "é€");
        let error = read_text(&b"\xff"[..], 5).unwrap_err();
        assert!(matches!(error, CappedError::Io(_)), "{error}");
    }
}
