//! Blocks with real rows, commitments and proofs, made once per run.

use commitments::{CommitmentGrid, ExtendedRow, Setup, VerifiedCell};
use erasure::ColumnCode;
use std::sync::OnceLock;
use types::{
    ChainId, CommitmentsRoot, Coordinates, GridDimensions, GridRow, Header, HeaderHash, Height,
    IndexRoot, SetHash, Timestamp, UnverifiedCell, commitments_root,
};

/// Everything that a full node serves of one block's grid.
pub(crate) struct Grid {
    commitments: CommitmentGrid,
    data: Vec<ExtendedRow>,
    parity: Vec<ExtendedRow>,
}

impl Grid {
    /// `rows` rows filled with bytes that depend on `seed`.
    fn new(rows: usize, seed: u8) -> Self {
        let setup = Setup::ceremony().unwrap();
        let payload: Vec<u8> = (0..rows * erasure::PACKED_BYTES_PER_ROW - 4)
            .map(|i| (i as u8).wrapping_mul(31) ^ (i >> 8) as u8 ^ seed)
            .collect();
        let rows = erasure::pack(&payload).unwrap();
        let dimensions = GridDimensions::new(rows.len() as u64).unwrap();
        let parity = ColumnCode::new(dimensions)
            .unwrap()
            .extend_rows(&rows, setup.engine())
            .unwrap();
        let extend = |rows: &[types::Row]| -> Vec<ExtendedRow> {
            rows.iter()
                .map(|row| setup.extend_with_proofs(row).unwrap())
                .collect()
        };
        let (data, parity) = (extend(&rows), extend(&parity));
        let commitments: Vec<_> = data.iter().map(|row| *row.commitment()).collect();
        let root = commitments_root(&commitments).unwrap();
        Self {
            commitments: CommitmentGrid::with_root(commitments, root).unwrap(),
            data,
            parity,
        }
    }

    pub(crate) fn setup(&self) -> &'static Setup {
        Setup::ceremony().unwrap()
    }

    pub(crate) fn dimensions(&self) -> GridDimensions {
        self.commitments.dimensions()
    }

    pub(crate) fn commitments(&self) -> &CommitmentGrid {
        &self.commitments
    }

    pub(crate) fn root(&self) -> CommitmentsRoot {
        self.commitments.commitments_root().unwrap()
    }

    /// The cells at these places, true ones.
    pub(crate) fn cells(&self, places: &[Coordinates]) -> Vec<UnverifiedCell> {
        places
            .iter()
            .map(|&at| {
                let row = match at.row {
                    GridRow::Data(i) => &self.data[i.as_usize()],
                    GridRow::Parity(j) => &self.parity[j.as_usize()],
                };
                let (cell, proof) = row.cell(at.column);
                UnverifiedCell {
                    at,
                    cell: cell.clone(),
                    proof: *proof,
                }
            })
            .collect()
    }

    /// The block's data.
    pub(crate) fn rows(&self) -> Vec<types::Row> {
        self.data.iter().map(|row| row.row().clone()).collect()
    }

    /// The same cells as verified ones.
    pub(crate) fn verified(&self, places: &[Coordinates]) -> Vec<VerifiedCell> {
        let cells = self.cells(places);
        self.setup().verify_cells(&self.commitments, cells).unwrap()
    }

    /// A header of a block with this grid.
    pub(crate) fn header(&self) -> Header {
        Header {
            chain_id: ChainId::new([1; 32]),
            height: Height::new(1),
            time: Timestamp::new(0),
            parent: HeaderHash::new([1; 32]),
            dimensions: self.dimensions(),
            commitments_root: self.root(),
            index_root: IndexRoot::new([0; 32]),
            validators: SetHash::new([0; 32]),
            next_validators: SetHash::new([0; 32]),
        }
    }
}

/// A block of two rows.
pub(crate) fn grid() -> &'static Grid {
    static GRID: OnceLock<Grid> = OnceLock::new();
    GRID.get_or_init(|| Grid::new(2, 1))
}

/// Another block of two rows.
pub(crate) fn other_grid() -> &'static Grid {
    static GRID: OnceLock<Grid> = OnceLock::new();
    GRID.get_or_init(|| Grid::new(2, 2))
}
