//! What a light node remembers of its verdicts: a file per day, of records of one size.
//!
//! The folder `history` holds a file for each day of the chain, by the time in the blocks'
//! headers, named by the number of days since 1970. All integers are big-endian.
//!
//! ```text
//! file    magic "assayhst" (8) ‖ version 1 (4) ‖ checksum of these and of the chain's id (4) ‖ record*
//! record  time ms (8) ‖ height (8) ‖ header hash (32) ‖ verdict (1) ‖ 0 (1) ‖ samples (2)
//!         ‖ bytes received (4) ‖ miss probability, IEEE 754 single (4) ‖ checksum of the above (4)
//! ```
//!
//! The verdict is 1 available, 2 unavailable, 3 undecided; the probability is rounded up; the
//! checksum is CRC-32 (ISO-HDLC). A block that was judged twice has two records, and the later
//! one counts.
//!
//! A crash may cut the end of a file: what does not hold there is dropped when the file is
//! opened. What does not hold and is followed by a record that does is no crash but damage, and
//! the file is refused.
//!
//! Days more than a week behind the newest are deleted. [`MAX_RECORDS`] to a day bound the whole
//! to 19.3 MiB: a block every 1.92 s.

mod record;

pub use record::PastVerdict;

use crate::client::store::io;
use crate::{Error, Result};
use record::{RECORD, checksum, day_of};
use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use types::ChainId;

/// Days that are kept, the newest included.
const DAYS: u64 = 7;
/// Most records of one day.
const MAX_RECORDS: u64 = 45_000;
/// The magic, the version and their checksum.
const HEAD: usize = 16;
/// Records read at once.
const CHUNK: usize = 1024;

/// The verdicts of the last days on disk, or nothing at all.
#[derive(Debug)]
pub(crate) struct History {
    folder: Option<PathBuf>,
    head: [u8; HEAD],
    /// The newest day of which there is a file.
    newest: u64,
    /// The file that is written, ready to be appended to.
    open: Option<Day>,
}

/// A day's file.
#[derive(Debug)]
struct Day {
    day: u64,
    file: File,
    records: u64,
}

impl History {
    /// Opens the folder, making it if need be, and checks every record in it.
    ///
    /// # Errors
    /// [`Error::DataDir`] for what the system says, [`Error::State`] for damage and for another
    /// chain's files.
    pub(crate) fn open(folder: Option<&Path>, chain: ChainId) -> Result<Self> {
        let folder = folder.map(|folder| folder.join("history"));
        let mut history = Self {
            head: head(chain),
            newest: 0,
            open: None,
            folder,
        };
        if let Some(folder) = &history.folder {
            std::fs::create_dir_all(folder).map_err(|source| io(folder, source))?;
        }
        let days = history.days()?;
        history.newest = days.last().copied().unwrap_or(0);
        for day in days {
            history.scan(day, |_| {})?;
        }
        history.prune()?;
        Ok(history)
    }

    /// Remembers a verdict, unless it is of a day that is forgotten already.
    ///
    /// # Errors
    /// [`Error::DataDir`] when it cannot be written, or the day is full; what was remembered
    /// before is not touched.
    pub(crate) fn append(&mut self, verdict: &PastVerdict) -> Result<()> {
        let day = day_of(verdict.time);
        if self.folder.is_none() || day.saturating_add(DAYS) <= self.newest {
            return Ok(());
        }
        // Whatever goes wrong, the file is opened anew, and its end mended.
        let mut open = match self.open.take() {
            Some(open) if open.day == day => open,
            _ => self.open_day(day)?,
        };
        let path = self.path(day);
        if open.records >= MAX_RECORDS {
            let full = std::io::Error::other(format!("{MAX_RECORDS} records, the most of a day"));
            return Err(io(&path, full));
        }
        let written = open.file.write_all(&verdict.encode());
        written.map_err(|source| io(&path, source))?;
        open.records += 1;
        self.open = Some(open);
        if day > self.newest {
            self.newest = day;
            self.prune()?;
        }
        Ok(())
    }

    /// The last verdicts, the newest last, at most `count`.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub(crate) fn last(&self, count: usize) -> Result<Vec<PastVerdict>> {
        let mut last = VecDeque::new();
        for day in self.days()?.into_iter().rev() {
            let wanted = count - last.len();
            if wanted == 0 {
                break;
            }
            let mut of_day = VecDeque::new();
            self.scan(day, |verdict| {
                of_day.push_back(verdict);
                if of_day.len() > wanted {
                    of_day.pop_front();
                }
            })?;
            of_day.into_iter().rev().for_each(|v| last.push_front(v));
        }
        Ok(last.into())
    }

    /// The days of which there are files, ascending. Other files are none of ours.
    fn days(&self) -> Result<Vec<u64>> {
        let Some(folder) = &self.folder else {
            return Ok(Vec::new());
        };
        let mut days = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(|source| io(folder, source))? {
            let entry = entry.map_err(|source| io(folder, source))?;
            let name = entry.file_name();
            let number = name.to_str().and_then(|name| name.parse::<u64>().ok());
            days.extend(number.filter(|day| name.to_str() == Some(&day.to_string())));
        }
        days.sort_unstable();
        Ok(days)
    }

    /// Deletes the days that are over.
    fn prune(&self) -> Result<()> {
        for day in self.days()? {
            if day.saturating_add(DAYS) <= self.newest {
                let path = self.path(day);
                std::fs::remove_file(&path).map_err(|source| io(&path, source))?;
            }
        }
        Ok(())
    }

    fn path(&self, day: u64) -> PathBuf {
        let folder = self.folder.as_deref().unwrap_or(Path::new(""));
        folder.join(day.to_string())
    }

    /// Opens a day's file to append to it: a new one gets its head, an old one loses what a
    /// crash left at its end.
    fn open_day(&self, day: u64) -> Result<Day> {
        let path = self.path(day);
        let fault = |source| io(&path, source);
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&path).map_err(fault)?;
        let records = self.scan(day, |_| {})?;
        match records {
            None => {
                file.set_len(0).map_err(fault)?;
                file.write_all(&self.head).map_err(fault)?;
            }
            Some(records) => {
                let length = HEAD as u64 + records * RECORD as u64;
                file.set_len(length).map_err(fault)?;
            }
        }
        Ok(Day {
            day,
            file,
            records: records.unwrap_or(0),
        })
    }

    /// Reads a day's file, hands out every record, and counts those that hold; none when not
    /// even the head is whole. Takes memory for [`CHUNK`] records, however long the file is.
    fn scan(&self, day: u64, mut each: impl FnMut(PastVerdict)) -> Result<Option<u64>> {
        let path = self.path(day);
        let fault = |source| io(&path, source);
        let damage = |reason: String| Error::State {
            path: path.clone(),
            reason,
        };
        let file = File::open(&path).map_err(fault)?;
        let length = file.metadata().map_err(fault)?.len();
        let most = HEAD as u64 + MAX_RECORDS * RECORD as u64;
        if length > most + RECORD as u64 {
            return Err(damage(format!("{length} bytes, expected at most {most}")));
        }
        let mut file = file.take(length);
        let mut head = Vec::with_capacity(HEAD);
        let whole = file.by_ref().take(HEAD as u64).read_to_end(&mut head);
        if whole.map_err(fault)? < HEAD {
            return Ok(None);
        }
        if head != self.head {
            return Err(damage("not a history of this chain".to_owned()));
        }
        let (mut records, mut torn) = (0, None);
        let mut chunk = Vec::with_capacity(CHUNK * RECORD);
        loop {
            chunk.clear();
            let mut part = file.by_ref().take((CHUNK * RECORD) as u64);
            part.read_to_end(&mut chunk).map_err(fault)?;
            if chunk.is_empty() {
                return Ok(Some(records));
            }
            for bytes in chunk.chunks(RECORD) {
                match (PastVerdict::decode(bytes), torn) {
                    (Some(verdict), None) => {
                        records += 1;
                        each(verdict);
                    }
                    (Some(_), Some(place)) => {
                        return Err(damage(format!(
                            "record {place} does not hold, and is not the last"
                        )));
                    }
                    (None, _) => torn = torn.or(Some(records)),
                }
            }
        }
    }
}

fn head(chain: ChainId) -> [u8; HEAD] {
    let mut head = [0; HEAD];
    head[..8].copy_from_slice(b"assayhst");
    head[8..12].copy_from_slice(&1_u32.to_be_bytes());
    let sum = checksum(head[..12].iter().chain(&chain.to_bytes()));
    head[12..].copy_from_slice(&sum.to_be_bytes());
    head
}

#[cfg(test)]
mod tests;
