//! What happens while blocks are sampled, as it happens.

use crate::client::BlockVerdict;
use net::PeerId;
use std::sync::Arc;
use tokio::sync::broadcast;
use types::{Coordinates, GridDimensions, Height};

/// A step of the sampling of one block. Steps of several blocks may be mixed; those of one
/// block come in order. All cells of one event are distinct.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Progress {
    /// The sampling of a block begins.
    Begun {
        /// The block's height.
        height: Height,
        /// Its grid.
        dimensions: GridDimensions,
        /// The cells that are to be had: the node's own draw, at most
        /// [`MAX_SAMPLES`](crate::core::MAX_SAMPLES).
        planned: Arc<[Coordinates]>,
    },
    /// A peer is asked for cells.
    Asked {
        /// The block's height.
        height: Height,
        /// Whom.
        peer: PeerId,
        /// For which cells: 1 to [`MAX_ASK`](crate::core::MAX_ASK).
        cells: Arc<[Coordinates]>,
    },
    /// A peer gave cells. They are claims until they are verified.
    Answered {
        /// The block's height.
        height: Height,
        /// Who.
        peer: PeerId,
        /// Which cells.
        cells: Arc<[Coordinates]>,
    },
    /// A peer did not give cells that it was asked for: refused, silent, busy or gone. They are
    /// asked for again while there is time.
    Missed {
        /// The block's height.
        height: Height,
        /// Who.
        peer: PeerId,
        /// Which cells.
        cells: Arc<[Coordinates]>,
    },
    /// Cells were verified against the block's commitments.
    Verified {
        /// The block's height.
        height: Height,
        /// Which cells.
        cells: Arc<[Coordinates]>,
    },
    /// A peer's cell was proved false. It is asked for again, of others.
    Failed {
        /// The block's height.
        height: Height,
        /// Who lied.
        peer: PeerId,
        /// Which cell.
        cell: Coordinates,
    },
    /// The block was judged: its last step, and the only one of a block that needs no samples
    /// or gets none.
    Judged(Arc<BlockVerdict>),
}

impl Progress {
    /// The height of the block that it is about.
    #[must_use]
    pub fn height(&self) -> Height {
        match self {
            Self::Begun { height, .. }
            | Self::Asked { height, .. }
            | Self::Answered { height, .. }
            | Self::Missed { height, .. }
            | Self::Verified { height, .. }
            | Self::Failed { height, .. } => *height,
            Self::Judged(verdict) => verdict.height,
        }
    }

    fn is_void(&self) -> bool {
        match self {
            Self::Asked { cells, .. }
            | Self::Answered { cells, .. }
            | Self::Missed { cells, .. }
            | Self::Verified { cells, .. } => cells.is_empty(),
            Self::Begun { .. } | Self::Failed { .. } | Self::Judged(_) => false,
        }
    }
}

/// Where steps go. Costs nothing while nobody listens.
#[derive(Debug, Clone)]
pub(crate) struct Teller(broadcast::Sender<Progress>);

impl Teller {
    /// Steps that a slow listener may lag behind before it misses some.
    const QUEUE: usize = 256;

    pub(crate) fn new() -> Self {
        Self(broadcast::channel(Self::QUEUE).0)
    }

    pub(crate) fn listen(&self) -> broadcast::Receiver<Progress> {
        self.0.subscribe()
    }

    /// Tells a step, which is only made when somebody listens.
    pub(crate) fn tell(&self, step: impl FnOnce() -> Progress) {
        self.tell_all(|| [step()]);
    }

    /// Tells steps, less those about no cell.
    pub(crate) fn tell_all<const N: usize>(&self, steps: impl FnOnce() -> [Progress; N]) {
        if self.0.receiver_count() == 0 {
            return;
        }
        for step in steps() {
            if !step.is_void() {
                // An error means that the last listener has just gone.
                let _ = self.0.send(step);
            }
        }
    }
}
