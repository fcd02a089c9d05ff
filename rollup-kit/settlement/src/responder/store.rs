//! Where a responder has rows and cells from.

use crate::{Error, Result};
use chain::UnverifiedHeader;
use commitments::{CommitmentGrid, Setup};
use erasure::payload_to_rows;
use proto::client::Client;
use types::{
    BlobMeta, Cell, ColumnIndex, Coordinates, GridRow, PlacementProof, Proof, Row, RowIndex,
};

/// A store of rows and cells. What it gives is held against the commitments by whoever asks.
pub trait Rows: Send + Sync {
    /// A blob's rows; none where it does not have them all.
    fn rows(&self, meta: &BlobMeta) -> impl Future<Output = Result<Option<Vec<Row>>>> + Send;

    /// A cell with its proof; none where it does not have it.
    fn cell(
        &self,
        meta: &BlobMeta,
        row: RowIndex,
        column: ColumnIndex,
    ) -> impl Future<Output = Result<Option<(Cell, Proof)>>> + Send;
}

/// The store behind a DA node's gRPC: the operator's own, or the validator's.
#[derive(Debug, Clone)]
pub struct NodeStore {
    node: Client,
    setup: &'static Setup,
}

impl NodeStore {
    /// Asks a node.
    #[must_use]
    pub const fn new(node: Client, setup: &'static Setup) -> Self {
        Self { node, setup }
    }

    /// Where a blob's row lies in its block, as the node proves it.
    async fn place(&self, meta: &BlobMeta, row: RowIndex) -> Result<(types::Height, GridRow)> {
        let parts = self.node.proof(meta.id()).await?;
        let header = UnverifiedHeader::decode(&parts.header)?.header;
        // Unverified: a wrong place gives a cell that does not verify.
        let entry = PlacementProof::decode(&parts.placement)?.verify(&header.index_root)?;
        let first = u64::from(entry.placement().first().get());
        let in_block = RowIndex::new(first + u64::from(row.get()))?;
        Ok((header.height, GridRow::Data(in_block)))
    }
}

impl Rows for NodeStore {
    async fn rows(&self, meta: &BlobMeta) -> Result<Option<Vec<Row>>> {
        let fetched = match self.node.fetch(meta.id()).await {
            Ok(fetched) => fetched,
            Err(error) => {
                tracing::debug!(blob = %meta.id(), %error, "the node does not give the blob");
                return Ok(None);
            }
        };
        let setup = self.setup;
        let mode = fetched.length.mode();
        let expected = meta.commitments().to_vec();
        off_thread(move || {
            let (_, rows) = payload_to_rows(mode, &fetched.payload)?;
            let made = rows
                .iter()
                .map(|row| setup.commit(row))
                .collect::<Result<Vec<_>, _>>()?;
            Ok((made == expected).then_some(rows))
        })
        .await
    }

    async fn cell(
        &self,
        meta: &BlobMeta,
        row: RowIndex,
        column: ColumnIndex,
    ) -> Result<Option<(Cell, Proof)>> {
        let Ok((height, grid_row)) = self.place(meta, row).await else {
            return Ok(None);
        };
        let at = Coordinates {
            row: grid_row,
            column,
        };
        let Ok(mut cells) = self.node.cells(height, &[at]).await else {
            return Ok(None);
        };
        let Some(mut cell) = cells.pop() else {
            return Ok(None);
        };
        // Verified in the blob's own grid, where no block is needed.
        cell.at.row = GridRow::Data(row);
        let commitments = meta.commitments().to_vec();
        let setup = self.setup;
        off_thread(move || {
            let grid = CommitmentGrid::new(commitments)?;
            let claimed = (cell.cell.clone(), cell.proof);
            let judged = setup.verifier().verify_or_blame(&grid, vec![cell])?;
            Ok((!judged.verified.is_empty()).then_some(claimed))
        })
        .await
    }
}

/// Runs what computes where it holds up no connection.
pub(crate) async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Error::Cancelled(error.to_string()))?
}
