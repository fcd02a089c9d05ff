//! What must outlive a kill: a line per record, `hash record`, appended and synced before anything
//! is done about it. A torn last line is dropped, damage in front of it is refused.

use crate::{Error, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

/// Digits of the hash in front of a record.
const HASH_DIGITS: usize = 16;
/// Most bytes of a journal that are read.
const MAX_BYTES: u64 = 1 << 30;

/// An open journal of records. One process has it at a time.
#[derive(Debug)]
pub struct Journal<R> {
    path: PathBuf,
    file: File,
    records: PhantomData<fn(R)>,
}

impl<R: Serialize + DeserializeOwned> Journal<R> {
    /// Opens a journal and reads it, or begins one.
    ///
    /// # Errors
    /// [`Error::File`] when it is in use, cannot be used, is too long, or is damaged before its
    /// end.
    pub fn open(path: &Path) -> Result<(Self, Vec<R>)> {
        let failed = |reason: String| Error::File {
            path: path.to_owned(),
            reason,
        };
        let io = |error: std::io::Error| failed(error.to_string());
        let mut file = OpenOptions::new()
            .create(true)
            .read(true)
            .append(true)
            .open(path)
            .map_err(io)?;
        file.try_lock()
            .map_err(|_| failed("another process has it open".to_owned()))?;
        let length = file.metadata().map_err(io)?.len();
        if length > MAX_BYTES {
            return Err(failed(format!("{length} bytes, at most {MAX_BYTES}")));
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(io)?;

        let whole = bytes
            .iter()
            .rposition(|&byte| byte == b'\n')
            .map_or(0, |end| end + 1);
        let lines: Vec<&[u8]> = bytes[..whole]
            .split_inclusive(|&byte| byte == b'\n')
            .collect();
        let mut records = Vec::with_capacity(lines.len());
        let mut kept = 0;
        for (place, line) in lines.iter().enumerate() {
            match parse(line) {
                Some(record) => records.push(record),
                // Blocks of one line reach the disk in any order: the last may be torn within.
                None if place + 1 == lines.len() && whole == bytes.len() => break,
                None => return Err(failed(format!("line {} is damaged", place + 1))),
            }
            kept += line.len();
        }
        if kept < bytes.len() {
            tracing::warn!(path = %path.display(), bytes = bytes.len() - kept, "torn tail dropped");
            file.set_len(kept as u64).map_err(io)?;
            file.seek(SeekFrom::End(0)).map_err(io)?;
            file.sync_all().map_err(io)?;
        }
        sync_folder(path).map_err(io)?;
        let journal = Self {
            path: path.to_owned(),
            file,
            records: PhantomData,
        };
        Ok((journal, records))
    }

    /// Appends a record. It is on disk when this returns. `written` is called between the writing
    /// and the syncing, where a kill test may end the process.
    ///
    /// # Errors
    /// [`Error::File`]; what the record says must not be done then.
    pub fn append(&mut self, record: &R, written: impl FnOnce()) -> Result<()> {
        let line = line(record).map_err(|reason| self.failed(reason))?;
        let appended = self.file.write_all(line.as_bytes());
        appended.map_err(|error| self.failed(error.to_string()))?;
        written();
        let synced = self.file.sync_data();
        synced.map_err(|error| self.failed(error.to_string()))
    }

    /// Puts these records in the place of all that were: written beside, synced, renamed.
    ///
    /// # Errors
    /// [`Error::File`]; the journal is as it was then.
    pub fn rewrite(&mut self, records: &[R]) -> Result<()> {
        let draft = self.path.with_extension("new");
        let io = |error: std::io::Error| Error::File {
            path: draft.clone(),
            reason: error.to_string(),
        };
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(true)
            .write(true)
            .open(&draft)
            .map_err(io)?;
        file.try_lock()
            .map_err(|_| self.failed("another process has it open".to_owned()))?;
        for record in records {
            let line = line(record).map_err(|reason| self.failed(reason))?;
            file.write_all(line.as_bytes()).map_err(io)?;
        }
        file.sync_all().map_err(io)?;
        std::fs::rename(&draft, &self.path).map_err(io)?;
        sync_folder(&self.path).map_err(io)?;
        self.file = file;
        Ok(())
    }

    fn failed(&self, reason: String) -> Error {
        Error::File {
            path: self.path.clone(),
            reason,
        }
    }
}

fn sync_folder(path: &Path) -> std::io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

fn line<R: Serialize>(record: &R) -> Result<String, String> {
    let text = serde_json::to_string(record).map_err(|error| error.to_string())?;
    Ok(format!("{} {text}\n", hash(text.as_bytes())))
}

fn parse<R: DeserializeOwned>(line: &[u8]) -> Option<R> {
    let line = line.strip_suffix(b"\n")?;
    let (hashed, text) = line.split_at_checked(HASH_DIGITS)?;
    let text = text.strip_prefix(b" ")?;
    if hash(text).as_bytes() != hashed {
        return None;
    }
    serde_json::from_slice(text).ok()
}

fn hash(text: &[u8]) -> String {
    let mut digits = hex::encode(Sha256::digest(text));
    digits.truncate(HASH_DIGITS);
    digits
}
