//! Keys in files, under passphrases: `new` and `address`.

use super::error::{Error, Result};
use clap::Args;
use ledger::keys::{Costs, SealedKey, SigningKey};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, IsTerminal as _, Read, Write as _};
use std::path::{Path, PathBuf};

/// Most bytes of a sealed key.
const KEY_FILE_BYTES: u64 = 4096;
/// Least and most bytes of a passphrase.
pub(super) const PASSPHRASE_BYTES: [usize; 2] = [8, 1024];

/// Makes a key, and seals it under a passphrase. Without the file and the passphrase nobody can
/// sign for its accounts.
#[derive(Args)]
pub(super) struct New {
    /// Where to write it. A file that is there is left alone.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    passphrase: PassphraseFrom,
}

/// Says what a deposit names: the account's key.
#[derive(Args)]
pub(super) struct Shown {
    /// The key's file.
    file: PathBuf,
    #[command(flatten)]
    passphrase: PassphraseFrom,
}

/// Where the passphrase comes from.
#[derive(Debug, Clone, Args)]
pub(super) struct PassphraseFrom {
    /// The file with the passphrase. Without it, it is the first line of the standard input, which
    /// a terminal shows while it is typed.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

/// A key's file, and what opens it.
#[derive(Debug, Clone, Args)]
pub(super) struct KeyFile {
    /// The file with the rollup's key, as `new` wrote it.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    #[command(flatten)]
    passphrase: PassphraseFrom,
}

impl New {
    pub(super) fn run(self) -> Result<Value> {
        if self.output.exists() {
            return Err(Error::Exists { path: self.output });
        }
        let passphrase = self.passphrase.read()?;
        let mut rng = system_rng()?;
        let key = SigningKey::generate(&mut rng);
        let sealed = SealedKey::seal(&key, &passphrase, Costs::RECOMMENDED, &mut rng)?;
        write_new(&self.output, &sealed)?;
        Ok(json!({ "account": key.account_key().to_string(), "file": self.output }))
    }
}

impl Shown {
    pub(super) fn run(self) -> Result<Value> {
        // What the file says of itself is believed once it opens: a deposit to another account
        // would be lost.
        let key = open(&self.file, &self.passphrase.read()?)?;
        Ok(json!({ "account": key.account_key().to_string() }))
    }
}

impl KeyFile {
    /// Opens the key.
    pub(super) fn open(&self) -> Result<SigningKey> {
        open(&self.key, &self.passphrase.read()?)
    }
}

impl PassphraseFrom {
    /// From a file, whatever a command line says.
    pub(super) const fn file(file: Option<PathBuf>) -> Self {
        Self {
            passphrase_file: file,
        }
    }

    /// Reads the passphrase: one line, its end left away.
    pub(super) fn read(&self) -> Result<Vec<u8>> {
        let most = PASSPHRASE_BYTES[1] as u64 + 2;
        let mut bytes = Vec::new();
        match &self.passphrase_file {
            Some(path) => {
                bytes = read_bounded(path, most)?;
            }
            None => {
                let input = std::io::stdin();
                if input.is_terminal() {
                    eprintln!("passphrase (shown while typed):");
                }
                let line = input.lock().take(most).read_until(b'\n', &mut bytes);
                line.map_err(|error| file_error(Path::new("the standard input"), &error))?;
            }
        }
        if bytes.last() == Some(&b'\n') {
            bytes.pop();
            if bytes.last() == Some(&b'\r') {
                bytes.pop();
            }
        }
        let [min, max] = PASSPHRASE_BYTES;
        if (min..=max).contains(&bytes.len()) {
            return Ok(bytes);
        }
        let got = bytes.len();
        Err(Error::Passphrase { got, min, max })
    }
}

/// Opens a sealed key.
///
/// # Errors
/// [`Error::Ledger`] for another passphrase, [`Error::File`] for what is no sealed key.
pub(super) fn open(path: &Path, passphrase: &[u8]) -> Result<SigningKey> {
    let bytes = read_bounded(path, KEY_FILE_BYTES)?;
    let sealed: SealedKey =
        serde_json::from_slice(&bytes).map_err(|error| file_error(path, &error))?;
    Ok(sealed.open(passphrase)?)
}

/// Writes a sealed key where there is no file, for its owner's eyes alone, and to the disk.
pub(super) fn write_new(path: &Path, sealed: &SealedKey) -> Result<()> {
    let text = serde_json::to_vec_pretty(sealed).map_err(|error| file_error(path, &error))?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => Error::Exists {
            path: path.to_owned(),
        },
        _ => file_error(path, &error),
    })?;
    let written = file.write_all(&text).and_then(|()| file.sync_all());
    written.map_err(|error| file_error(path, &error))
}

fn read_bounded(path: &Path, most: u64) -> Result<Vec<u8>> {
    let file = File::open(path).map_err(|error| file_error(path, &error))?;
    let mut bytes = Vec::new();
    let read = file.take(most + 1).read_to_end(&mut bytes);
    read.map_err(|error| file_error(path, &error))?;
    if bytes.len() as u64 > most {
        return Err(file_error(path, &format_args!("more than {most} bytes")));
    }
    Ok(bytes)
}

fn file_error(path: &Path, error: &impl std::fmt::Display) -> Error {
    Error::File {
        path: path.to_owned(),
        reason: error.to_string(),
    }
}

fn system_rng() -> Result<StdRng> {
    StdRng::try_from_rng(&mut rand::rngs::SysRng)
        .map_err(|error| file_error(Path::new("the system's randomness"), &error))
}
