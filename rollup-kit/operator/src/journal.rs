//! What must outlive a kill: settlement's journal, with the operator's steps to die at.

use crate::crash_point::{Step, reach};
use crate::{Error, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use settlement::journal;
use std::path::Path;

/// An open journal of records. One process has it at a time.
#[derive(Debug)]
pub struct Journal<R>(journal::Journal<R>);

impl<R: Serialize + DeserializeOwned> Journal<R> {
    /// Opens a journal and reads it, or begins one.
    ///
    /// # Errors
    /// [`Error::File`] when it is in use, cannot be used, or is damaged before its end.
    pub fn open(path: &Path) -> Result<(Self, Vec<R>)> {
        let (journal, records) = journal::Journal::open(path).map_err(file)?;
        Ok((Self(journal), records))
    }

    /// Appends a record. It is on disk when this returns.
    ///
    /// # Errors
    /// [`Error::File`]; what the record says must not be done then, and nothing is appended any
    /// more.
    pub fn append(&mut self, record: &R) -> Result<()> {
        reach(Step::Decide);
        let appended = self.0.append(record, || reach(Step::Write));
        appended.map_err(file)?;
        reach(Step::Sync);
        Ok(())
    }

    /// Puts these records in the place of all that were, if the journal has doubled since that was
    /// done.
    ///
    /// # Errors
    /// [`Error::File`] when nothing can be appended any more.
    pub fn compact(&mut self, records: impl FnOnce() -> Vec<R>) -> Result<()> {
        self.0.compact(records).map_err(file)
    }

    /// Puts these records in the place of all that were: written beside, synced, renamed.
    ///
    /// # Errors
    /// [`Error::File`]; the journal is as it was then.
    pub fn rewrite(&mut self, records: &[R]) -> Result<()> {
        self.0.rewrite(records).map_err(file)
    }
}

/// A journal fails by its file alone.
fn file(error: settlement::Error) -> Error {
    match error {
        settlement::Error::File { path, reason } => Error::File { path, reason },
        other => other.into(),
    }
}

#[cfg(test)]
mod tests;
