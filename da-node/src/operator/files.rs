//! Files that are read up to a bound, written whole or not at all, and secret from the start.

use super::{Error, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use zeroize::Zeroizing;

/// Who may read a file that is created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Its owner alone: mode 0600.
    Owner,
    /// Everybody: mode 0644.
    Everybody,
}

impl Access {
    const fn mode(self) -> u32 {
        match self {
            Self::Owner => 0o600,
            Self::Everybody => 0o644,
        }
    }
}

/// The bits that let others than the owner read, write or run a file.
const OTHERS: u32 = 0o077;

/// Reads a file of at most `max` bytes.
///
/// # Errors
/// [`Error::File`], [`Error::TooLarge`].
pub fn read(path: &Path, max: usize) -> Result<Vec<u8>> {
    let file = File::open(path).map_err(Error::file(path))?;
    let mut bytes = Vec::new();
    read_into(path, file, max, &mut bytes)?;
    Ok(bytes)
}

/// Reads a secret of at most `max` bytes, which nobody but its owner may be able to read.
///
/// # Errors
/// As [`read`]; [`Error::Exposed`].
pub fn read_secret(path: &Path, max: usize) -> Result<Zeroizing<Vec<u8>>> {
    read_guarded(path, max, OTHERS)
}

/// As [`read_secret`], with the permission bits that are refused: a service manager hands a
/// credential over with an access list that shows as bits of the group.
pub(super) fn read_guarded(path: &Path, max: usize, refused: u32) -> Result<Zeroizing<Vec<u8>>> {
    let file = File::open(path).map_err(Error::file(path))?;
    let mode = file.metadata().map_err(Error::file(path))?.mode() & 0o777;
    if mode & refused != 0 {
        return Err(Error::Exposed {
            path: path.into(),
            got: mode,
            expected: 0o600 | (OTHERS & !refused & 0o440),
        });
    }
    // Room for all of it: a buffer that grows leaves copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(max + 2));
    read_into(path, file, max, &mut bytes)?;
    Ok(bytes)
}

fn read_into(path: &Path, file: File, max: usize, bytes: &mut Vec<u8>) -> Result<()> {
    file.take(max as u64 + 1)
        .read_to_end(bytes)
        .map_err(Error::file(path))?;
    if bytes.len() > max {
        return Err(Error::TooLarge {
            path: path.into(),
            max,
        });
    }
    Ok(())
}

/// Reads a JSON file of at most `max` bytes as `what`.
///
/// # Errors
/// As [`read`]; [`Error::Malformed`].
pub fn read_json<T: DeserializeOwned>(path: &Path, what: &'static str, max: usize) -> Result<T> {
    let bytes = read(path, max)?;
    serde_json::from_slice(&bytes).map_err(|error| Error::malformed(path, what, error))
}

/// Creates a file that must not be there yet, synced with its folder. It has its mode from the
/// first moment on.
///
/// # Errors
/// [`Error::Exists`], [`Error::File`]; nothing is left behind then.
pub fn create(path: &Path, bytes: &[u8], access: Access) -> Result<()> {
    let opened = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(access.mode())
        .open(path);
    let mut file = match opened {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            return Err(Error::Exists { path: path.into() });
        }
        Err(error) => return Err(Error::file(path)(error)),
    };
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    written
        .and_then(|()| sync_folder(path))
        .inspect_err(|_| drop(std::fs::remove_file(path)))
        .map_err(Error::file(path))
}

/// As [`create`], with a value as JSON.
///
/// # Errors
/// As [`create`].
pub fn create_json(path: &Path, value: &impl Serialize, access: Access) -> Result<()> {
    create(path, &json(path, value)?, access)
}

/// Writes the whole of a file that is nobody's secret, or nothing: a crash leaves the old one.
///
/// # Errors
/// [`Error::File`].
pub fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    let aside = path.with_extension("new");
    let write = || {
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(Access::Everybody.mode())
            .open(&aside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&aside, path)?;
        sync_folder(path)
    };
    write().map_err(Error::file(path))
}

/// As [`replace`], with a value as JSON.
///
/// # Errors
/// As [`replace`].
pub fn replace_json(path: &Path, value: &impl Serialize) -> Result<()> {
    replace(path, &json(path, value)?)
}

/// JSON for people, with a line's end. Wiped: it may hold a secret.
fn json(path: &Path, value: &impl Serialize) -> Result<Zeroizing<Vec<u8>>> {
    // Longer than any secret's file, so that none is copied while the buffer grows.
    let mut text = Zeroizing::new(Vec::with_capacity(4096));
    serde_json::to_writer_pretty(&mut *text, value).map_err(|error| Error::File {
        path: path.into(),
        source: error.into(),
    })?;
    text.push(b'\n');
    Ok(text)
}

fn sync_folder(path: &Path) -> std::io::Result<()> {
    match path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
    {
        Some(folder) => File::open(folder)?.sync_all(),
        None => File::open(".")?.sync_all(),
    }
}

/// Whether something of that name is there, a dangling link included.
///
/// # Errors
/// [`Error::Exists`] when there is, [`Error::File`] when that cannot be told.
pub fn check_absent(path: &Path) -> Result<()> {
    match path.symlink_metadata() {
        Ok(_) => Err(Error::Exists { path: path.into() }),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Error::file(path)(error)),
    }
}
