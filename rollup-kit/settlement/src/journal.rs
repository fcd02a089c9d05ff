//! What must outlive a kill: a line per record, `hash record`, appended and synced before anything
//! is done about it. A torn last line is dropped, damage in front of it is refused.

use crate::{Error, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

/// Digits of the hash in front of a record.
const HASH_DIGITS: usize = 16;
/// Most bytes of a line: the rows of several batches, hexadecimal.
const MAX_LINE: usize = 64 << 20;
/// Bytes below which a journal is not worth writing anew.
const SMALL: u64 = 1 << 20;

/// An open journal of records. One process has it at a time.
///
/// What a failed write or sync leaves on the disk nobody knows: half a line, or a record that was
/// said to have failed. So after the first failure nothing is appended any more. A restart reads
/// what is there, and drops half a line.
#[derive(Debug)]
pub struct Journal<R> {
    path: PathBuf,
    file: File,
    /// Bytes of the file.
    length: u64,
    /// Its bytes when it was written anew; 0 before that.
    begun_with: u64,
    /// Why it takes nothing any more.
    failure: Option<String>,
    records: PhantomData<fn(R)>,
}

impl<R: Serialize + DeserializeOwned> Journal<R> {
    /// Opens a journal and reads it, or begins one.
    ///
    /// # Errors
    /// [`Error::File`] when it is in use, cannot be used, or is damaged before its end.
    pub fn open(path: &Path) -> Result<(Self, Vec<R>)> {
        let mut records = Vec::new();
        let journal = Self::open_with(path, |record| records.push(record))?;
        Ok((journal, records))
    }

    /// As [`Self::open`], for a journal whose records are not kept: each is handed over as it is
    /// read.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_with(path: &Path, mut each: impl FnMut(R)) -> Result<Self> {
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
        let mut lines = BufReader::new(&file);
        let mut line = Vec::new();
        let mut kept = 0;
        for place in 1_u64.. {
            line.clear();
            let mut bounded = lines.by_ref().take(MAX_LINE as u64 + 1);
            bounded.read_until(b'\n', &mut line).map_err(io)?;
            if line.len() > MAX_LINE {
                return Err(failed(format!("line {place} is beyond {MAX_LINE} bytes")));
            }
            if line.is_empty() {
                break;
            }
            match parse(&line) {
                Some(record) => each(record),
                // Blocks of one line reach the disk in any order: the last may be torn within.
                None if lines.fill_buf().map_err(io)?.is_empty() => break,
                None => return Err(failed(format!("line {place} is damaged"))),
            }
            kept += line.len() as u64;
        }
        if kept < length {
            tracing::warn!(path = %path.display(), bytes = length - kept, "torn tail dropped");
            file.set_len(kept).map_err(io)?;
            file.seek(SeekFrom::End(0)).map_err(io)?;
            file.sync_all().map_err(io)?;
        }
        sync_folder(path).map_err(io)?;
        Ok(Self {
            path: path.to_owned(),
            file,
            length: kept,
            begun_with: 0,
            failure: None,
            records: PhantomData,
        })
    }

    /// Appends a record. It is on disk when this returns. `written` is called between the writing
    /// and the syncing, where a kill test may end the process.
    ///
    /// # Errors
    /// [`Error::File`]; what the record says must not be done then, and nothing is appended any
    /// more.
    pub fn append(&mut self, record: &R, written: impl FnOnce()) -> Result<()> {
        self.check()?;
        let line = line(record).map_err(|reason| self.failed(reason))?;
        if let Err(error) = self.file.write_all(line.as_bytes()) {
            return Err(self.fail(&error));
        }
        written();
        if let Err(error) = self.file.sync_data() {
            return Err(self.fail(&error));
        }
        self.length += line.len() as u64;
        Ok(())
    }

    /// Whether it still takes records.
    ///
    /// # Errors
    /// [`Error::File`] once a write has failed.
    pub fn check(&self) -> Result<()> {
        match &self.failure {
            None => Ok(()),
            Some(reason) => Err(self.failed(format!(
                "{reason}; nothing is written there until this process begins anew"
            ))),
        }
    }

    /// Whether it has doubled since it was written anew, and is worth writing anew.
    const fn has_doubled(&self) -> bool {
        let half = self.length / 2;
        half >= self.begun_with && half >= SMALL
    }

    /// As [`Self::rewrite`], if it has doubled. One that cannot be written anew, as on a full disk,
    /// goes on as it is.
    ///
    /// # Errors
    /// [`Error::File`] when nothing can be appended any more.
    pub fn compact(&mut self, records: impl FnOnce() -> Vec<R>) -> Result<()> {
        self.check()?;
        if !self.has_doubled() {
            return Ok(());
        }
        if let Err(error) = self.rewrite(&records()) {
            self.check()?;
            tracing::warn!(%error, "a journal is not written anew");
            // Not again with every record.
            self.begun_with = self.length;
        }
        Ok(())
    }

    /// Puts these records in the place of all that were: written beside, synced, renamed.
    ///
    /// # Errors
    /// [`Error::File`]; the journal is as it was then, unless only the last sync failed, after
    /// which nothing is appended any more.
    pub fn rewrite(&mut self, records: &[R]) -> Result<()> {
        self.check()?;
        let draft = self.path.with_extension("new");
        let drafted = self.draft(&draft, records);
        let (file, length) = drafted.inspect_err(|_| {
            // It is written over the next time; until then the room may be needed.
            let _ = std::fs::remove_file(&draft);
        })?;
        // From here on the old file has no name.
        (self.file, self.length, self.begun_with) = (file, length, length);
        match sync_folder(&self.path) {
            Ok(()) => Ok(()),
            Err(error) => Err(self.fail(&error)),
        }
    }

    /// Writes these records beside the journal and gives them its name.
    fn draft(&self, draft: &Path, records: &[R]) -> Result<(File, u64)> {
        let io = |error: std::io::Error| Error::File {
            path: draft.to_owned(),
            reason: error.to_string(),
        };
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(true)
            .write(true)
            .open(draft)
            .map_err(io)?;
        file.try_lock()
            .map_err(|_| self.failed("another process has it open".to_owned()))?;
        let mut length = 0;
        for record in records {
            let line = line(record).map_err(|reason| self.failed(reason))?;
            file.write_all(line.as_bytes()).map_err(io)?;
            length += line.len() as u64;
        }
        file.sync_all().map_err(io)?;
        std::fs::rename(draft, &self.path).map_err(io)?;
        Ok((file, length))
    }

    fn fail(&mut self, error: &std::io::Error) -> Error {
        let reason = error.to_string();
        self.failure = Some(reason.clone());
        self.failed(reason)
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
    let line = format!("{} {text}\n", hash(text.as_bytes()));
    match line.len() {
        0..=MAX_LINE => Ok(line),
        got => Err(format!("a record of {got} bytes, at most {MAX_LINE}")),
    }
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

#[cfg(test)]
mod tests;
