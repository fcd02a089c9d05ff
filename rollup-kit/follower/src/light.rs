//! Sampling instead of downloading.

use crate::limits;
use derivation::{Fetched, History, Result, RowPlace, RowRequest, Rows};
use ledger::Tree;
use light_node::core::Verdict;
use settlement::watcher::{Samples, SamplingConfig};
use settlement::{BatchNumber, BlobRow};
use std::collections::BTreeMap;
use std::sync::Arc;
use types::{BlobId, BlobMeta};

/// A source that has nothing: the light mode asks for no data.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoRows;

impl Rows for NoRows {
    async fn fetch(&self, _: &RowRequest) -> Result<Fetched> {
        Ok(Fetched::Missing)
    }
}

/// What was found of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judged {
    /// The blob, which is another one when L1 changed its mind.
    pub blob: BlobId,
    /// The verdict.
    pub verdict: Verdict,
    /// When it was found, Unix seconds.
    pub at: u64,
}

/// Samples the rows of batches that are not final.
#[derive(Debug)]
pub struct Judge<S> {
    sampler: S,
    config: SamplingConfig,
    judged: BTreeMap<(BatchNumber, BlobRow), Judged>,
}

/// A blob whose rows are due.
struct Due {
    number: BatchNumber,
    blob: BlobId,
    meta: Option<Arc<BlobMeta>>,
    rows: Vec<BlobRow>,
}

impl<S: Samples> Judge<S> {
    /// A judge with its own randomness, which is the sampler's.
    #[must_use]
    pub const fn new(sampler: S, config: SamplingConfig) -> Self {
        Self {
            sampler,
            config,
            judged: BTreeMap::new(),
        }
    }

    /// Samples what is due: rows never sampled, and again after a while those that could not be
    /// had. Returns how many rows were sampled. A sampler that fails is asked again later.
    pub async fn look(&mut self, history: &History, now: u64) -> usize {
        self.judged
            .retain(|(number, _), _| *number > history.last_final());
        let mut sampled = 0;
        for due in self.due(history, now) {
            let meta = due.meta.as_deref().cloned();
            let found = self.sampler.sample(due.blob, meta, &due.rows, &self.config);
            match found.await {
                Ok(found) => {
                    sampled += found.len();
                    for (row, verdict) in found {
                        let judged = Judged {
                            blob: due.blob,
                            verdict,
                            at: now,
                        };
                        self.judged.insert((due.number, row), judged);
                    }
                }
                Err(error) => tracing::warn!(batch = %due.number, %error, "not sampled"),
            }
        }
        sampled
    }

    /// What is known of rows.
    #[must_use]
    pub const fn judged(&self) -> &BTreeMap<(BatchNumber, BlobRow), Judged> {
        &self.judged
    }

    fn due(&self, history: &History, now: u64) -> Vec<Due> {
        let first = BatchNumber::new(history.last_final().get().saturating_add(1));
        let mut room = limits::SAMPLED;
        let mut due = Vec::new();
        for entry in history.batches(first) {
            let Some(blob) = entry.blob() else {
                continue;
            };
            let rows = (0..entry.on_l1.rows).map(BlobRow::new);
            let rows: Vec<BlobRow> = rows
                .filter(|row| self.is_due(entry.number, *row, blob, now))
                .take(room)
                .collect();
            room -= rows.len();
            if rows.is_empty() {
                continue;
            }
            let meta = Tree::BOTH
                .into_iter()
                .find_map(|tree| match entry.row(tree) {
                    Some(RowPlace::Network { meta, .. }) => Some(meta.clone()),
                    _ => None,
                });
            due.push(Due {
                number: entry.number,
                blob,
                meta,
                rows,
            });
        }
        due
    }

    fn is_due(&self, number: BatchNumber, row: BlobRow, blob: BlobId, now: u64) -> bool {
        let judged = self.judged.get(&(number, row));
        judged.is_none_or(|judged| {
            let again = now >= judged.at.saturating_add(self.config.pause);
            judged.blob != blob || (again && judged.verdict != Verdict::Available)
        })
    }
}
