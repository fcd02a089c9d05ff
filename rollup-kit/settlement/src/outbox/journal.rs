//! The file: a line per record, `hash record`, appended and synced. A torn last line is dropped,
//! damage in front of it is refused.

use super::Record;
use crate::crash_point::{Step, reach};
use crate::{Error, Result};
use sha2::{Digest as _, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

/// Digits of the hash in front of a record.
const HASH_DIGITS: usize = 16;
/// Most bytes of a journal that are read: years of payments. An operator archives a longer one.
const MAX_BYTES: u64 = 1 << 30;

/// An open journal. One process has it at a time.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
}

impl Journal {
    /// Opens a journal and reads it, or begins one.
    ///
    /// # Errors
    /// [`Error::File`] when it is in use, cannot be used, is too long, or is damaged before its
    /// end.
    pub fn open(path: &Path) -> Result<(Self, Vec<Record>)> {
        let failed = |reason: String| Error::File {
            path: path.to_owned(),
            reason,
        };
        let io = |error: std::io::Error| failed(error.to_string());
        let mut options = OpenOptions::new();
        let mut file = options
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
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let folder = File::open(folder.unwrap_or(Path::new("."))).map_err(io)?;
        folder.sync_all().map_err(io)?;
        let journal = Self {
            path: path.to_owned(),
            file,
        };
        Ok((journal, records))
    }

    /// Appends a record. It is on disk when this returns.
    ///
    /// # Errors
    /// [`Error::File`]; what the record says must not be done then.
    pub fn append(&mut self, record: &Record) -> Result<()> {
        let failed = |reason: String| Error::File {
            path: self.path.clone(),
            reason,
        };
        let text = serde_json::to_string(record).map_err(|error| failed(error.to_string()))?;
        let line = format!("{} {text}\n", hash(text.as_bytes()));
        let written = self.file.write_all(line.as_bytes());
        written.map_err(|error| failed(error.to_string()))?;
        reach(Step::Write);
        let synced = self.file.sync_data();
        synced.map_err(|error| failed(error.to_string()))
    }
}

fn parse(line: &[u8]) -> Option<Record> {
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
