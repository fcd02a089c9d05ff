//! A block that came back.

use crate::{Error, Result};
use chain::FinalHeader;
use std::time::Duration;
use types::{BlobMeta, Commitment, Row};

/// What rebuilding took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RepairFigures {
    /// Peers that said what they hold.
    pub peers: usize,
    /// Cells that came from peers and were verified.
    pub cells_exchanged: usize,
    /// Columns that were rebuilt with their proofs.
    pub columns_rebuilt: usize,
    /// Rows that were rebuilt with their proofs.
    pub rows_rebuilt: usize,
    /// How long it took.
    pub took: Duration,
}

/// A block's data, each row the one that the header commits to.
#[derive(Debug, Clone)]
pub struct RebuiltBlock {
    header: FinalHeader,
    commitments: Vec<Commitment>,
    rows: Vec<Row>,
    figures: RepairFigures,
}

impl RebuiltBlock {
    pub(super) const fn new(
        header: FinalHeader,
        commitments: Vec<Commitment>,
        rows: Vec<Row>,
        figures: RepairFigures,
    ) -> Self {
        Self {
            header,
            commitments,
            rows,
            figures,
        }
    }

    /// The block's header.
    #[must_use]
    pub const fn header(&self) -> &FinalHeader {
        &self.header
    }

    /// The commitments of its data rows.
    #[must_use]
    pub fn commitments(&self) -> &[Commitment] {
        &self.commitments
    }

    /// Its data rows: as many as the header says.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// What rebuilding took.
    #[must_use]
    pub const fn figures(&self) -> RepairFigures {
        self.figures
    }

    /// The payload of a blob of this block: its rows are found by their commitments.
    ///
    /// # Errors
    /// [`Error::NotInBlock`] when the block has no such rows, [`Error::Erasure`] when they do
    /// not hold a payload of the length that the blob says, which is its poster's fault.
    pub fn payload(&self, blob: &BlobMeta) -> Result<Vec<u8>> {
        let wanted = blob.commitments();
        let first = self
            .commitments
            .windows(wanted.len().max(1))
            .position(|run| run == wanted)
            .ok_or_else(|| Error::NotInBlock {
                got: blob.id(),
                height: self.header.header().height,
            })?;
        let rows = &self.rows[first..first + wanted.len()];
        Ok(erasure::rows_to_payload(blob.length(), rows)?)
    }
}
