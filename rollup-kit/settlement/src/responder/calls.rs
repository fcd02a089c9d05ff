//! Actions as transactions: what the store has, proved the way that was decided.

use super::core::{Action, CellView};
use super::holdings::{Holdings, missing};
use super::store::off_thread;
use super::ways::Way;
use super::{Responder, Rows};
use crate::Result;
use crate::blobs::CarriedRows;
use crate::cells::{OpenedCell, ProvenCell};
use crate::contracts::abi;
use crate::transaction::Call;
use crate::watcher::core::Place;
use alloy::primitives::{B256, U256};
use std::sync::Arc;
use types::{ColumnIndex, RowIndex};

impl<R: Rows> Responder<R> {
    pub(super) async fn call(&self, action: &Action, rows: &Holdings) -> Result<Call> {
        let d = self.reader.deployment();
        let blob = U256::ZERO;
        match action {
            Action::PublishRow { at } => {
                let (number, row) = (at.batch.get(), at.row.get());
                let meta = rows.meta(*at)?.encode().into();
                let call = abi::RowChallenges::publishCall {
                    number,
                    meta,
                    row,
                    blob,
                };
                let carried = self.carried(rows, *at).await?;
                Ok(Call::of(d.row_challenges, &call).carrying(carried))
            }
            Action::PublishOwn { at } => {
                let call = abi::Signers::publishBlobCall {
                    number: at.batch.get(),
                    meta: rows.meta(*at)?.encode().into(),
                    row: at.row.get(),
                    blob,
                    validator: self.identity.validator_or_none(),
                };
                let carried = self.carried(rows, *at).await?;
                Ok(Call::of(d.signers, &call).carrying(carried))
            }
            Action::PublishCell {
                at,
                column,
                way,
                is_own,
            } => self.publish_cell(rows, *at, *column, *way, *is_own).await,
            Action::AnswerCell { cell, way } => self.answer_cell(rows, cell, *way).await,
            Action::Extend { at } => {
                let (number, row) = (at.batch.get(), at.row.get());
                Ok(Call::of(
                    d.row_challenges,
                    &abi::RowChallenges::extendCall { number, row },
                ))
            }
            Action::FetchEarnings => {
                let call = abi::RowChallenges::fetchEarningsCall {
                    to: self.outbox.address(),
                };
                Ok(Call::of(d.row_challenges, &call))
            }
            Action::FetchCellEarnings => {
                let call = abi::CellChallenges::fetchCall {
                    to: self.outbox.address(),
                };
                Ok(Call::of(d.cell_challenges, &call))
            }
        }
    }

    async fn publish_cell(
        &self,
        rows: &Holdings,
        at: Place,
        column: ColumnIndex,
        way: Way,
        is_own: bool,
    ) -> Result<Call> {
        let to = self.reader.deployment().signers;
        let (number, row) = (at.batch.get(), at.row.get());
        let meta = rows.meta(at)?.encode().into();
        let own = self.identity.validator_or_none();
        let validator = if is_own { own } else { B256::ZERO };
        if way == Way::Openings {
            let OpenedCell { cell, openings } = self.opened(rows, at, column).await?;
            let call = abi::Signers::publishCellCall {
                number,
                meta,
                row,
                cell,
                openings,
                validator,
            };
            return Ok(Call::of(to, &call));
        }
        let proven = self.proven(rows, at, column).await?;
        let call = abi::Signers::publishCellByMultiproofCall {
            number,
            meta,
            row,
            cell: proven.cell,
            commitment: proven.commitment,
            proof: proven.proof,
            validator,
        };
        Ok(Call::of(to, &call))
    }

    async fn answer_cell(&self, rows: &Holdings, cell: &CellView, way: Way) -> Result<Call> {
        let to = self.reader.deployment().cell_challenges;
        let id = cell.id;
        match way {
            Way::PublicRow | Way::Blob => {
                Ok(Call::of(to, &abi::CellChallenges::answerByRowCall { id }))
            }
            Way::Openings => {
                let meta = rows.meta(cell.at)?.encode().into();
                let opened = self.opened(rows, cell.at, cell.column).await?;
                let call = abi::CellChallenges::answerCall {
                    id,
                    meta,
                    cell: opened.cell,
                    openings: opened.openings,
                };
                Ok(Call::of(to, &call))
            }
            Way::Multiproof => {
                let meta = rows.meta(cell.at)?.encode().into();
                let proven = self.proven(rows, cell.at, cell.column).await?;
                let call = abi::CellChallenges::answerByMultiproofCall {
                    id,
                    meta,
                    cell: proven.cell,
                    commitment: proven.commitment,
                    proof: proven.proof,
                };
                Ok(Call::of(to, &call))
            }
        }
    }

    async fn carried(&self, rows: &Holdings, at: Place) -> Result<Arc<CarriedRows>> {
        let (setup, row) = (self.setup, rows.row(at)?);
        off_thread(move || CarriedRows::prove(setup, &[row]))
            .await
            .map(Arc::new)
    }

    async fn opened(&self, rows: &Holdings, at: Place, column: ColumnIndex) -> Result<OpenedCell> {
        let (setup, row, commitment) = (self.setup, rows.row(at)?, rows.commitment(at)?);
        off_thread(move || OpenedCell::open(setup, &row, &commitment, column)).await
    }

    async fn proven(&self, rows: &Holdings, at: Place, column: ColumnIndex) -> Result<ProvenCell> {
        let (setup, commitment) = (self.setup, rows.commitment(at)?);
        let row = RowIndex::new(u64::from(at.row.get()))?;
        let held = self.store.cell(rows.meta(at)?, row, column).await?;
        let (cell, proof) = held.ok_or_else(|| missing(at, "the store lacks the cell"))?;
        off_thread(move || ProvenCell::new(setup, column, &cell, &proof, &commitment)).await
    }
}
