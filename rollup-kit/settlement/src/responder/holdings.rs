//! What the store has of the rows that are asked for.

use super::ways::Holding;
use super::{Responder, Rows};
use crate::state::BatchView;
use crate::watcher::core::Place;
use crate::{BatchNumber, Error, Result};
use std::collections::BTreeMap;
use types::{BlobMeta, ColumnIndex, Commitment, Row, RowIndex};

/// What the store has of the rows asked for.
#[derive(Debug, Default)]
pub(super) struct Holdings {
    pub(super) held: BTreeMap<Place, Holding>,
    metas: BTreeMap<BatchNumber, BlobMeta>,
    rows: BTreeMap<BatchNumber, Vec<Row>>,
}

impl Holdings {
    pub(super) async fn find<R: Rows>(
        &mut self,
        responder: &mut Responder<R>,
        at: Place,
        batch: &BatchView,
    ) -> Result<()> {
        if !self.metas.contains_key(&at.batch) {
            let Some(submitted) = responder.submissions.of(&responder.reader, batch).await? else {
                return Ok(());
            };
            if let Some(rows) = responder.store.rows(&submitted.meta).await? {
                self.rows.insert(at.batch, rows);
            }
            self.metas.insert(at.batch, submitted.meta);
        }
        let holding = if self.rows.contains_key(&at.batch) {
            Holding::Row
        } else if responder.identity.validator.is_some() && self.has_cell(responder, at).await? {
            Holding::Cells
        } else {
            Holding::Nothing
        };
        self.held.insert(at, holding);
        Ok(())
    }

    /// Whether the store gives cells of the row at all: the first column stands for the others,
    /// since each is asked for again before it is sent.
    async fn has_cell<R: Rows>(&self, responder: &Responder<R>, at: Place) -> Result<bool> {
        let row = RowIndex::new(u64::from(at.row.get()))?;
        let column = ColumnIndex::new(0)?;
        let held = responder.store.cell(self.meta(at)?, row, column).await?;
        Ok(held.is_some())
    }

    pub(super) fn meta(&self, at: Place) -> Result<&BlobMeta> {
        self.metas
            .get(&at.batch)
            .ok_or_else(|| missing(at, "its description is unknown"))
    }

    pub(super) fn commitment(&self, at: Place) -> Result<Commitment> {
        let commitments = self.meta(at)?.commitments();
        commitments
            .get(usize::from(at.row.get()))
            .copied()
            .ok_or_else(|| missing(at, "the blob has fewer rows"))
    }

    pub(super) fn row(&self, at: Place) -> Result<Row> {
        self.rows
            .get(&at.batch)
            .and_then(|rows| rows.get(usize::from(at.row.get())))
            .cloned()
            .ok_or_else(|| missing(at, "the store lacks it"))
    }
}

pub(super) fn missing(at: Place, reason: &str) -> Error {
    Error::RowUnavailable {
        batch: at.batch,
        row: at.row,
        reason: reason.to_owned(),
    }
}
