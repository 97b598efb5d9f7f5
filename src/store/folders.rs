//! Where what is kept is: a folder per kind, in it one per account.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::cache_folder::CacheFolder;
use super::shared_file::SharedFile;
use super::slots::{SlotOptions, Slots};
use super::warnings::Warnings;
use crate::clock::Clock;
use crate::secret::Secret;

/// Folder of everything that processes lock. It holds nothing worth keeping.
const LOCKS: &str = "locks";

/// Hexadecimal digits of an account's mark: enough to keep accounts apart.
const DIGITS: usize = 16;

/// What is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheKind {
    /// Access and quote tokens.
    Tokens,
    /// Daily bars.
    Candles,
}

impl CacheKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Tokens, Self::Candles];

    /// Its name, which is that of its folder too.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tokens => "tokens",
            Self::Candles => "candles",
        }
    }
}

/// A name for an account from which nothing about its login can be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountMark(String);

impl AccountMark {
    /// The mark of a server whoever logs in there, for what is everybody's.
    pub fn of_server(address: &str) -> Self {
        let nobody = Secret::new("");
        Self::new(address, &nobody, &nobody)
    }

    /// The mark of a login at a server. Another server, client or grant has another one, so that nothing mixes.
    pub fn new(base_url: &str, client_secret: &Secret, refresh_token: &Secret) -> Self {
        let mut hash = Sha256::new();
        for part in [
            base_url.trim_end_matches('/'),
            client_secret.expose(),
            refresh_token.expose(),
        ] {
            // Its length keeps one part from running into the next.
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        let digits = hash
            .finalize()
            .into_iter()
            .flat_map(|byte| [byte >> 4, byte & 15])
            .filter_map(|digit| char::from_digit(u32::from(digit), 16));
        Self(digits.take(DIGITS).collect())
    }
}

/// The folder of everything that is kept between runs. Cheap to clone; clones share their warnings.
#[derive(Clone, Debug)]
pub struct Store {
    root: PathBuf,
    warnings: Warnings,
}

impl Store {
    /// The store in this folder; it is made when something is kept.
    pub fn at(root: PathBuf) -> Self {
        Self {
            root,
            warnings: Warnings::default(),
        }
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The cache folder for one kind of thing of one account.
    pub fn cache_folder(&self, kind: CacheKind, account: &AccountMark) -> CacheFolder {
        CacheFolder::new(
            self.root.join(kind.name()).join(&account.0),
            self.root.join(LOCKS).join(&account.0),
            self.warnings.clone(),
        )
    }

    /// The stream sessions of an account.
    pub fn slots(
        &self,
        account: &AccountMark,
        options: SlotOptions,
        clock: Arc<dyn Clock>,
    ) -> Slots {
        Slots::new(self.root.join(LOCKS).join(&account.0), options, clock)
    }

    /// What the processes of an account know of each other's requests.
    pub fn rates(&self, account: &AccountMark) -> SharedFile {
        SharedFile::at(self.root.join(LOCKS).join(&account.0).join("rates.json"))
    }

    /// What the user should know of the store, each told once.
    pub fn warnings(&self) -> Vec<String> {
        self.warnings.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(url: &str, secret: &str, token: &str) -> String {
        AccountMark::new(url, &Secret::new(secret), &Secret::new(token)).0
    }

    #[test]
    fn a_mark_is_the_beginning_of_a_hash() {
        // printf '\x08\0\0\0\0\0\0\0http://x\x01\0\0\0\0\0\0\0a\x01\0\0\0\0\0\0\0b' | sha256sum
        assert_eq!(mark("http://x/", "a", "b"), "3837e800b8df25f6");
    }

    #[test]
    fn every_part_of_a_login_makes_another_account() {
        let marks = [
            mark("http://x", "ab", "c"),
            mark("http://x", "a", "bc"),
            mark("http://x", "ab", "d"),
            mark("http://y", "ab", "c"),
            mark("http://xa", "b", "c"),
            AccountMark::of_server("http://x").0,
            AccountMark::of_server("http://y").0,
        ];
        for (index, one) in marks.iter().enumerate() {
            assert_eq!(one.len(), DIGITS);
            assert!(!marks[..index].contains(one), "{index}");
        }
    }
}
