//! The grid of a final block, ready to be served from.

use crate::state::State;
use crate::{Error, Result};
use commitments::CommitmentGrid;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use types::{BlobId, BlobPlacement, Commitment, GridDimensions, Height, RowIndex};

/// Views kept: light nodes sample the newest blocks.
const KEPT: usize = 8;

/// The views of the blocks that were served last.
#[derive(Debug, Default)]
pub(crate) struct Views(Mutex<VecDeque<(Height, Arc<BlockView>)>>);

/// A block's commitments, decoded, and where its blobs lie.
#[derive(Debug)]
pub(crate) struct BlockView {
    dimensions: GridDimensions,
    /// None for a block without rows.
    grid: Option<CommitmentGrid>,
    blobs: Vec<(BlobId, BlobPlacement)>,
}

impl BlockView {
    /// The view of a final block; none when there is no such block, or when this node still
    /// pulls the description of one of its blobs.
    pub(crate) fn load(state: &State, height: Height) -> Result<Option<Arc<Self>>> {
        let lock = || state.views.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, view)) = lock().iter().find(|(kept, _)| *kept == height) {
            return Ok(Some(Arc::clone(view)));
        }
        let Some(view) = Self::read(state, height)? else {
            return Ok(None);
        };
        let view = Arc::new(view);
        let mut kept = lock();
        kept.truncate(KEPT - 1);
        kept.push_front((height, Arc::clone(&view)));
        Ok(Some(view))
    }

    fn read(state: &State, height: Height) -> Result<Option<Self>> {
        let Some(block) = state.store.block(height)? else {
            return Ok(None);
        };
        let header = block.block.header;
        let mut commitments = Vec::with_capacity(usize::from(header.dimensions.rows()));
        for (blob, _) in block.blobs() {
            let Some(meta) = state.store.meta(&blob)? else {
                return Ok(None);
            };
            commitments.extend_from_slice(meta.commitments());
        }
        let grid = if header.dimensions.is_empty() {
            None
        } else {
            let root = header.commitments_root;
            Some(CommitmentGrid::with_root(commitments, root).map_err(Error::from)?)
        };
        Ok(Some(Self {
            dimensions: header.dimensions,
            grid,
            blobs: block.blobs().collect(),
        }))
    }

    pub(crate) const fn dimensions(&self) -> GridDimensions {
        self.dimensions
    }

    pub(crate) const fn grid(&self) -> Option<&CommitmentGrid> {
        self.grid.as_ref()
    }

    /// The commitments of the block's rows.
    pub(crate) fn commitments(&self) -> &[Commitment] {
        self.grid.as_ref().map_or(&[], CommitmentGrid::commitments)
    }

    /// The blob that a row of the block belongs to, and which of its rows it is.
    pub(crate) fn locate(&self, row: RowIndex) -> Option<(BlobId, RowIndex)> {
        self.blobs
            .iter()
            .find_map(|(blob, placement)| Some((*blob, placement.row_in_blob(row)?)))
    }
}
