//! What a light node keeps to help others: verified cells, their header and commitments.

use crate::core::repair::CellSet;
use crate::{Error, Result};
use chain::FinalHeader;
use commitments::{CommitmentGrid, VerifiedCell};
use std::collections::BTreeMap;
use std::time::Duration;
use types::limits::{CELL_BYTES, POINT_BYTES};
use types::{Coordinates, Height, Timestamp, UnverifiedCell};

/// Bytes that one cell is counted for: itself, its proof, its place, and the map's share.
const CELL_COST: usize = CELL_BYTES + POINT_BYTES + 128;
/// Bytes that a row's commitment is counted for, read and unread, with its share of the code.
const ROW_COST: usize = 384;
/// Bytes that a block is counted for besides.
const BLOCK_COST: usize = 2 << 10;

/// How much is kept, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldLimits {
    /// Most bytes, of all blocks together.
    pub bytes: usize,
    /// How long after its first cell a block is kept.
    pub age: Duration,
}

impl HeldLimits {
    /// What a phone spares: 8 MiB, an hour.
    pub const PHONE: Self = Self {
        bytes: 8 << 20,
        age: Duration::from_secs(60 * 60),
    };
}

#[derive(Debug)]
struct Block {
    header: FinalHeader,
    grid: CommitmentGrid,
    set: CellSet,
    cells: BTreeMap<Coordinates, VerifiedCell>,
    since: Timestamp,
}

impl Block {
    fn cost(&self) -> usize {
        base_cost(&self.grid) + self.cells.len() * CELL_COST
    }
}

fn base_cost(grid: &CommitmentGrid) -> usize {
    BLOCK_COST + ROW_COST * grid.commitments().len()
}

/// Verified cells of the last hour's blocks, bounded in bytes.
#[derive(Debug)]
pub struct Held {
    limits: HeldLimits,
    blocks: BTreeMap<Height, Block>,
    bytes: usize,
}

impl Held {
    /// Nothing yet.
    #[must_use]
    pub const fn new(limits: HeldLimits) -> Self {
        Self {
            limits,
            blocks: BTreeMap::new(),
            bytes: 0,
        }
    }

    /// Keeps cells of a block, and says how many of them are kept now. Older blocks make room;
    /// where that is not enough, the last cells are left out.
    ///
    /// # Errors
    /// [`Error::OtherBlock`] when commitments or cells are not of the header's block: our fault.
    pub fn keep(
        &mut self,
        header: &FinalHeader,
        grid: &CommitmentGrid,
        cells: impl IntoIterator<Item = VerifiedCell>,
        now: Timestamp,
    ) -> Result<usize> {
        let (height, expected) = (header.header().height, header.header().commitments_root);
        check_root(grid, header)?;
        self.expire(now);
        let mut kept = 0;
        for cell in cells {
            if cell.grid().commitments_root() != Some(expected) {
                return Err(Error::OtherBlock {
                    got: cell.grid().commitments_root(),
                    expected,
                });
            }
            let at = cell.coordinates();
            if self.set(height).is_some_and(|set| set.contains(at)) {
                kept += 1;
                continue;
            }
            let new = !self.blocks.contains_key(&height);
            let cost = if new { base_cost(grid) } else { 0 } + CELL_COST;
            if !self.make_room(cost, height) {
                break;
            }
            let block = self.blocks.entry(height).or_insert_with(|| Block {
                header: header.clone(),
                grid: grid.clone(),
                set: CellSet::none(grid.dimensions()),
                cells: BTreeMap::new(),
                since: now,
            });
            block.set.insert(at)?;
            block.cells.insert(at, cell);
            self.bytes += cost;
            kept += 1;
        }
        Ok(kept)
    }

    /// Forgets blocks whose time is over. A clock that steps back keeps them longer, within the
    /// same bytes.
    pub fn expire(&mut self, now: Timestamp) {
        let age = u64::try_from(self.limits.age.as_millis()).unwrap_or(u64::MAX);
        let is_over = |block: &Block| now.millis_since(block.since).is_some_and(|ms| ms >= age);
        self.blocks.retain(|_, block| !is_over(block));
        self.bytes = self.blocks.values().map(Block::cost).sum();
    }

    /// Forgets blocks below `height`, the oldest first, until so many bytes are free.
    fn make_room(&mut self, cost: usize, height: Height) -> bool {
        while self.bytes + cost > self.limits.bytes {
            match self.blocks.first_key_value() {
                Some((&oldest, block)) if oldest < height => {
                    self.bytes -= block.cost();
                    self.blocks.remove(&oldest);
                }
                _ => return false,
            }
        }
        true
    }

    /// Bytes that what is kept is counted for: at most the limit.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many cells are kept, of all blocks.
    #[must_use]
    pub fn cells_kept(&self) -> usize {
        self.blocks.values().map(|block| block.cells.len()).sum()
    }

    /// The header of a block of which cells are kept.
    #[must_use]
    pub fn header(&self, height: Height) -> Option<&FinalHeader> {
        self.blocks.get(&height).map(|block| &block.header)
    }

    /// Its commitments.
    #[must_use]
    pub fn grid(&self, height: Height) -> Option<&CommitmentGrid> {
        self.blocks.get(&height).map(|block| &block.grid)
    }

    /// Which of its cells are kept.
    #[must_use]
    pub fn set(&self, height: Height) -> Option<&CellSet> {
        self.blocks.get(&height).map(|block| &block.set)
    }

    /// One of its cells.
    #[must_use]
    pub fn cell(&self, height: Height, at: Coordinates) -> Option<&VerifiedCell> {
        self.blocks.get(&height)?.cells.get(&at)
    }

    /// Those of its cells that were asked for, each once, as others are given them. None when
    /// nothing is kept of the block.
    #[must_use]
    pub fn give(&self, height: Height, asked: &[Coordinates]) -> Option<Vec<UnverifiedCell>> {
        let block = self.blocks.get(&height)?;
        let mut asked = asked.to_vec();
        asked.sort_unstable();
        asked.dedup();
        let given = asked.iter().filter_map(|at| block.cells.get(at));
        Some(given.map(told).collect())
    }
}

/// A verified cell as a stranger gets it.
fn told(cell: &VerifiedCell) -> UnverifiedCell {
    UnverifiedCell {
        at: cell.coordinates(),
        cell: cell.cell().clone(),
        proof: *cell.proof(),
    }
}

fn check_root(grid: &CommitmentGrid, header: &FinalHeader) -> Result<()> {
    let (got, expected) = (grid.commitments_root(), header.header().commitments_root);
    if got == Some(expected) {
        Ok(())
    } else {
        Err(Error::OtherBlock { got, expected })
    }
}
