//! What the page shows of the blocks: built from the steps of their sampling, and nothing else.

use crate::client::{BlockVerdict, Progress};
use crate::core::Verdict;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use types::{Coordinates, GridDimensions, GridRow, Height};

/// What became of a sampled cell so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CellState {
    /// It is to be had.
    Planned,
    /// A peer was asked for it.
    Asked,
    /// A peer gave it; nothing is verified yet.
    Answered,
    /// A peer that was asked for it did not give it.
    Missed,
    /// Its proof was verified against the block's commitments.
    Verified,
    /// What a peer gave for it was proved false.
    Failed,
}

/// Where a cell stands on the page: its row and its column. Rows of data count from 0, those of
/// parity follow them: 0..2N of a block of N rows. Reads and writes as `[row, column]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Place(u16, u8);

impl Place {
    /// None outside the grid.
    fn of(rows: u16, at: Coordinates) -> Option<Self> {
        let row = match at.row {
            GridRow::Data(index) | GridRow::Parity(index) if index.get() >= rows => return None,
            GridRow::Data(index) => index.get(),
            GridRow::Parity(index) => rows + index.get(),
        };
        Some(Self(row, at.column.get()))
    }
}

/// A sampled cell: where it stands and what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampledCell(Place, CellState);

impl SampledCell {
    /// Where it stands.
    #[must_use]
    pub const fn place(self) -> Place {
        self.0
    }

    /// What became of it.
    #[must_use]
    pub const fn state(self) -> CellState {
        self.1
    }
}

/// One block on the page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BlockView {
    /// The block's height.
    pub height: Height,
    /// N: its rows of data. It has as many of parity.
    pub rows: u16,
    /// The cells that its last sampling planned; none for blocks that were sampled long ago.
    pub cells: Vec<SampledCell>,
    /// The verdict, once there is one.
    pub verdict: Option<BlockVerdict>,
}

/// What was counted since the page was opened. A block that is sampled again counts again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Counts {
    /// Blocks judged available.
    pub available: u64,
    /// Blocks judged unavailable.
    pub unavailable: u64,
    /// Blocks that stayed undecided.
    pub undecided: u64,
    /// Samples that at least one peer was asked for, of all judged blocks.
    pub asked: u64,
    /// Samples that a peer answered with a cell that was not found false.
    pub answered: u64,
    /// Samples that were verified.
    pub verified: u64,
    /// Samples that were asked for and not verified in the end.
    pub failed: u64,
}

/// A change that a page which is open follows.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Change {
    /// The sampling of a block begins.
    Begun(Box<BlockView>),
    /// These cells of a block are in a new state.
    Cells {
        height: Height,
        state: CellState,
        places: Vec<Place>,
    },
    /// A block was judged.
    Judged(Box<BlockVerdict>),
}

impl Change {
    /// Adds a change to a list in order. Cells that follow others of their block into the same
    /// state are put with them.
    pub(crate) fn join(list: &mut Vec<Self>, change: Self) {
        match (list.last_mut(), change) {
            (
                Some(Self::Cells {
                    height: last_height,
                    state: last_state,
                    places: last,
                }),
                Self::Cells {
                    height,
                    state,
                    places,
                },
            ) if *last_height == height && *last_state == state => last.extend(places),
            (_, change) => list.push(change),
        }
    }
}

/// The last blocks, the newest first, and what was counted.
#[derive(Debug, Default)]
pub(crate) struct Board {
    blocks: VecDeque<BlockView>,
    counts: Counts,
    /// Of the block judged last.
    last_miss: Option<f64>,
}

impl Board {
    /// Most blocks that are kept.
    pub(crate) const BLOCKS: usize = 64;
    /// Most blocks whose cells are kept.
    pub(crate) const GRIDS: usize = 8;

    /// Takes a step in. None when it changes nothing that is shown.
    pub(crate) fn apply(&mut self, step: &Progress) -> Option<Change> {
        match step {
            Progress::Begun {
                height,
                dimensions,
                planned,
            } => self.begin(*height, *dimensions, planned),
            Progress::Asked { height, cells, .. } => self.mark(*height, cells, CellState::Asked),
            Progress::Answered { height, cells, .. } => {
                self.mark(*height, cells, CellState::Answered)
            }
            Progress::Missed { height, cells, .. } => self.mark(*height, cells, CellState::Missed),
            Progress::Verified { height, cells } => self.mark(*height, cells, CellState::Verified),
            Progress::Failed { height, cell, .. } => {
                self.mark(*height, std::slice::from_ref(cell), CellState::Failed)
            }
            Progress::Judged(verdict) => self.judge(verdict),
        }
    }

    /// The blocks, the newest first.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = &BlockView> {
        self.blocks.iter()
    }

    pub(crate) const fn counts(&self) -> Counts {
        self.counts
    }

    /// The miss probability of the block judged last.
    pub(crate) const fn last_miss(&self) -> Option<f64> {
        self.last_miss
    }

    fn begin(
        &mut self,
        height: Height,
        dimensions: GridDimensions,
        planned: &[Coordinates],
    ) -> Option<Change> {
        let rows = dimensions.rows();
        let cells = planned
            .iter()
            .filter_map(|&at| Some(SampledCell(Place::of(rows, at)?, CellState::Planned)))
            .collect();
        let view = self.block(height, rows)?;
        view.cells = cells;
        view.verdict = None;
        Some(Change::Begun(Box::new(view.clone())))
    }

    fn mark(&mut self, height: Height, cells: &[Coordinates], state: CellState) -> Option<Change> {
        let index = self.find(height).ok()?;
        let view = &mut self.blocks[index];
        let places: Vec<Place> = cells
            .iter()
            .filter_map(|&at| Place::of(view.rows, at))
            .filter(|&at| {
                let cell = view.cells.iter_mut().find(|cell| cell.0 == at);
                cell.map(|cell| cell.1 = state).is_some()
            })
            .collect();
        (!places.is_empty()).then_some(Change::Cells {
            height,
            state,
            places,
        })
    }

    fn judge(&mut self, verdict: &BlockVerdict) -> Option<Change> {
        let figures = verdict.figures;
        let counts = &mut self.counts;
        *match verdict.verdict {
            Verdict::Available => &mut counts.available,
            Verdict::Unavailable => &mut counts.unavailable,
            Verdict::Undecided => &mut counts.undecided,
        } += 1;
        counts.asked += figures.asked as u64;
        counts.answered += figures.answered as u64;
        counts.verified += figures.verified as u64;
        counts.failed += figures.asked.saturating_sub(figures.verified) as u64;
        self.last_miss = Some(verdict.miss_probability);
        let view = self.block(verdict.height, verdict.rows)?;
        view.verdict = Some(verdict.clone());
        Some(Change::Judged(Box::new(verdict.clone())))
    }

    /// The view of a block, made when there is none. None for a block older than all that are
    /// kept.
    fn block(&mut self, height: Height, rows: u16) -> Option<&mut BlockView> {
        let index = match self.find(height) {
            Ok(index) => {
                if self.blocks[index].rows != rows {
                    self.blocks[index].rows = rows;
                    self.blocks[index].cells.clear();
                }
                index
            }
            Err(index) if index >= Self::BLOCKS => return None,
            Err(index) => {
                let view = BlockView {
                    height,
                    rows,
                    cells: Vec::new(),
                    verdict: None,
                };
                self.blocks.insert(index, view);
                self.blocks.truncate(Self::BLOCKS);
                for old in self.blocks.iter_mut().skip(Self::GRIDS) {
                    old.cells = Vec::new();
                }
                index
            }
        };
        self.blocks.get_mut(index)
    }

    /// Where the block is, or would have to be: blocks fall in height.
    fn find(&self, height: Height) -> Result<usize, usize> {
        self.blocks
            .binary_search_by(|view| height.cmp(&view.height))
    }
}

#[cfg(test)]
mod tests;
