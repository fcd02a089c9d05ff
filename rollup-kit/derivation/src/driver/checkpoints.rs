//! Going on from a checkpoint where rows are gone: the DA network keeps them for two weeks, and a
//! checkpoint comes each week.

use super::{Deriver, owner};
use crate::{BatchEntry, BlobRequest, Error, Result, RowRequest, Rows, checkpoint, convert};
use commitments::Setup;
use ledger::{State, Tree};
use settlement::BatchNumber;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use types::Row;

/// Checkpoints that are tried at a time, the newest first.
const MOST: usize = 4;
/// Until a blob that nobody gave is asked for again.
const PAUSE: Duration = Duration::from_secs(60);
/// That each row of a blob takes at most, beside what a row alone has.
const PER_ROW: Duration = Duration::from_secs(1);

/// What came of checkpoints that were tried.
#[derive(Debug, Default)]
pub(super) struct Tried(Mutex<BTreeMap<BatchNumber, Found>>);

#[derive(Debug, Clone, Copy)]
enum Found {
    /// Its blob is another's: it never will be of use.
    Refused,
    /// Nobody gave it.
    Missing(Instant),
}

impl Tried {
    fn is_worth_it(&self, number: BatchNumber) -> bool {
        let tried = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match tried.get(&number) {
            None => true,
            Some(Found::Refused) => false,
            Some(Found::Missing(at)) => at.elapsed() >= PAUSE,
        }
    }

    fn note(&self, number: BatchNumber, found: Found) {
        let mut tried = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tried.insert(number, found);
    }

    /// L1 went back behind everything: numbers may be others'.
    pub(super) fn forget(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}

impl<R: Rows> Deriver<R> {
    /// The newest final checkpoint's state that takes a tree beyond a row which nobody gives; none
    /// where there is none, or nobody gives it either.
    ///
    /// Only what is final is taken: a fallback goes to no place before it.
    pub(super) async fn beyond(&self, missing: &[RowRequest]) -> Option<(BatchNumber, Box<State>)> {
        let history = self.derivation.history();
        let first = Tree::BOTH.into_iter().filter_map(|tree| {
            let missing = missing.iter().filter(|request| request.tree == tree);
            missing.map(|request| request.number).min()
        });
        let first = first.min()?;
        let newest = history.checkpoints().rev();
        let candidates = newest
            .filter(|number| *number <= history.last_final())
            .take_while(|number| *number > first)
            .filter(|number| self.tried.is_worth_it(*number))
            .take(MOST);
        for number in candidates {
            let Some(entry) = history.batch(number) else {
                continue;
            };
            match self.state_of(entry).await {
                Ok(Some(state)) => {
                    tracing::info!(%number, "rows are gone: goes on from a checkpoint");
                    return Some((number, Box::new(state)));
                }
                Ok(None) => {
                    tracing::warn!(%number, "nobody gives the checkpoint's blob");
                    self.tried.note(number, Found::Missing(Instant::now()));
                }
                Err(error @ (Error::L1(_) | Error::Cancelled(_))) => {
                    tracing::warn!(%number, %error, "the checkpoint is not to be had");
                    self.tried.note(number, Found::Missing(Instant::now()));
                }
                Err(error) => {
                    tracing::warn!(%number, %error, "the checkpoint is not the state on L1");
                    self.tried.note(number, Found::Refused);
                }
            }
        }
        None
    }

    /// A checkpoint's state; none while its blob is not to be had.
    async fn state_of(&self, entry: &BatchEntry) -> Result<Option<State>> {
        let Some(meta) = self.source.checkpoint(entry).await? else {
            return Ok(None);
        };
        let request = BlobRequest::new(entry, meta);
        let meta = request.meta.clone();
        let wait = self.config.row_timeout + PER_ROW * meta.rows().into();
        let fetched = tokio::time::timeout(wait, self.rows.fetch_blob(&request)).await;
        let rows = match fetched {
            Ok(Ok(Some(rows))) => rows,
            Ok(Ok(None)) | Err(_) => return Ok(None),
            Ok(Err(error)) => {
                tracing::debug!(%error, "a source of rows fails");
                return Ok(None);
            }
        };
        let (setup, number) = (self.setup, entry.number);
        let expected = convert::roots(&entry.on_l1.roots)?;
        let domain = owner(&self.source).domain();
        let read = tokio::task::spawn_blocking(move || {
            if !are_of(setup, &rows, meta.commitments())? {
                tracing::warn!(%number, "a source gave other rows");
                return Ok(None);
            }
            checkpoint::read(domain, number, &meta, &rows, expected).map(Some)
        });
        let read = read.await;
        read.map_err(|error| Error::Cancelled(error.to_string()))?
    }
}

/// Whether rows have these commitments.
fn are_of(setup: &Setup, rows: &[Row], commitments: &[types::Commitment]) -> Result<bool> {
    if rows.len() != commitments.len() {
        return Ok(false);
    }
    for (row, expected) in rows.iter().zip(commitments) {
        if setup.commit(row)? != *expected {
            return Ok(false);
        }
    }
    Ok(true)
}
