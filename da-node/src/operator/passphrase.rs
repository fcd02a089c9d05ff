//! Passphrases: read from a file or asked for, wiped from memory. Only what the terminal's
//! library copies while one is typed is out of reach.

use super::{Error, Result, files};
use console::Term;
use std::fmt;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// What opens a sealed key. Never shown.
#[derive(Clone)]
pub struct Passphrase(Zeroizing<Vec<u8>>);

impl Passphrase {
    /// The least bytes.
    pub const MIN_BYTES: usize = 8;
    /// The most bytes.
    pub const MAX_BYTES: usize = 1024;

    /// Takes the bytes as they are.
    ///
    /// # Errors
    /// [`Error::PassphraseLength`].
    pub fn new(bytes: Zeroizing<Vec<u8>>) -> Result<Self> {
        if (Self::MIN_BYTES..=Self::MAX_BYTES).contains(&bytes.len()) {
            Ok(Self(bytes))
        } else {
            Err(Error::PassphraseLength {
                got: bytes.len(),
                min: Self::MIN_BYTES,
                max: Self::MAX_BYTES,
            })
        }
    }

    /// Reads a file, one line's end at its end left away. Everybody's to read is refused.
    ///
    /// # Errors
    /// [`Error::File`], [`Error::Exposed`], [`Error::TooLarge`], [`Error::PassphraseLength`].
    pub fn read(path: &Path) -> Result<Self> {
        let mut bytes = files::read_guarded(path, Self::MAX_BYTES + 2, 0o007)?;
        if bytes.last() == Some(&b'\n') {
            bytes.pop();
            if bytes.last() == Some(&b'\r') {
                bytes.pop();
            }
        }
        Self::new(bytes)
    }

    /// Asks at the terminal, without showing what is typed.
    ///
    /// # Errors
    /// [`Error::Prompt`] when there is no terminal, [`Error::PassphraseLength`].
    pub fn ask(question: &str) -> Result<Self> {
        let terminal = Term::stderr();
        if !terminal.is_term() {
            return Err(Error::Prompt("nobody is at the terminal".into()));
        }
        let failed = |error: std::io::Error| Error::Prompt(error.to_string());
        terminal.write_str(question).map_err(failed)?;
        let line = terminal.read_secure_line().map_err(failed)?;
        Self::new(Zeroizing::new(line.into_bytes()))
    }

    /// Asks twice, for a passphrase that is new.
    ///
    /// # Errors
    /// As [`Self::ask`]; [`Error::Prompt`] when the two differ.
    pub fn ask_new() -> Result<Self> {
        let first = Self::ask("new passphrase: ")?;
        let second = Self::ask("once more: ")?;
        if *first.0 == *second.0 {
            Ok(first)
        } else {
            Err(Error::Prompt("the two entries differ".into()))
        }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(…)")
    }
}

/// Where the passphrase comes from, should a key need one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PassphraseFrom {
    /// This file.
    File(PathBuf),
    /// Whoever is at the terminal.
    Terminal,
}

impl PassphraseFrom {
    /// Gets it for the key in this file.
    pub(super) fn get(&self, key: &Path) -> Result<Passphrase> {
        match self {
            Self::File(path) => Passphrase::read(path),
            Self::Terminal if Term::stderr().is_term() => {
                Passphrase::ask(&format!("passphrase of {}: ", key.display()))
            }
            Self::Terminal => Err(Error::PassphraseNeeded { path: key.into() }),
        }
    }
}
