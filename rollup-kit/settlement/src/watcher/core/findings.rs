//! What sampling found.

use crate::{BlobRow, L1Time};
use light_node::core::Verdict;
use std::collections::BTreeMap;
use types::BlobId;

/// What sampling found of rows, over several rounds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings(BTreeMap<(BlobId, BlobRow), Finding>);

/// What sampling found of one row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Finding {
    /// Rounds in vain since it was had last.
    pub in_vain: u32,
    /// When it was sampled last.
    pub last: L1Time,
    /// Whether it was ever had.
    pub was_had: bool,
}

impl Findings {
    /// Takes a round's verdict in. One that is undecided says nothing of the row.
    pub fn note(&mut self, blob: BlobId, row: BlobRow, verdict: Verdict, now: L1Time) {
        let finding = self.0.entry((blob, row)).or_default();
        finding.last = now;
        match verdict {
            Verdict::Available => {
                finding.in_vain = 0;
                finding.was_had = true;
            }
            Verdict::Unavailable => finding.in_vain += 1,
            Verdict::Undecided => {}
        }
    }

    /// What was found of a row.
    #[must_use]
    pub fn of(&self, blob: BlobId, row: BlobRow) -> Finding {
        self.0.get(&(blob, row)).copied().unwrap_or_default()
    }

    /// Forgets rows of other blobs.
    pub fn keep(&mut self, blobs: impl Fn(&BlobId) -> bool) {
        self.0.retain(|(blob, _), _| blobs(blob));
    }
}
