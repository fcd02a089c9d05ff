//! c-kzg as the oracle of every set-up of ours, and rows to compare them on.

use std::sync::LazyLock;

use algebra::{Engine, Fr, G1_BYTES, TableSize};
use c_kzg::{Blob, Bytes32, Bytes48, KzgSettings};
use commitments::Setup;
use erasure::{ColumnCode, scalars_to_row};
use types::limits::ROW_ELEMENTS;
use types::{Cell, ColumnIndex, Commitment, GridDimensions, Proof, Row};

use crate::scalars::{Scalar, Sparse};

/// The compressed encoding of infinity.
pub const INFINITY: [u8; G1_BYTES] = {
    let mut bytes = [0; G1_BYTES];
    bytes[0] = 0xc0;
    bytes
};

/// Ours, one for each engine of this machine.
pub fn subjects() -> &'static [&'static Setup] {
    static SUBJECTS: LazyLock<Vec<&'static Setup>> = LazyLock::new(|| {
        Engine::all()
            .into_iter()
            .map(|engine| &*Box::leak(Box::new(Setup::on(engine, TableSize::Small).unwrap())))
            .collect()
    });
    &SUBJECTS
}

/// Without tables: they would take longer to make than they save here.
pub fn oracle() -> &'static KzgSettings {
    c_kzg::ethereum_kzg_settings(0)
}

/// Whether c-kzg takes the bytes for a point.
pub fn oracle_decodes(point: &[u8; G1_BYTES]) -> bool {
    let (zero, infinity) = (Bytes32::default(), Bytes48::from(INFINITY));
    oracle()
        .verify_kzg_proof(&Bytes48::from(*point), &zero, &zero, &infinity)
        .is_ok()
}

/// What the first input would wait for; a target does it before.
pub fn prepare() {
    let _ = (oracle(), subjects());
}

pub fn row(pattern: &Sparse) -> Row {
    scalars_to_row(&pattern.get(ROW_ELEMENTS), Engine::scalar()).unwrap()
}

pub fn blob(row: &Row) -> Blob {
    Blob::from(*row.as_bytes())
}

/// What c-kzg makes of a row.
#[derive(Debug)]
pub struct Extended {
    pub row: Row,
    pub commitment: Commitment,
    pub cells: Vec<Cell>,
    pub proofs: Vec<Proof>,
}

impl Extended {
    pub fn new(row: Row) -> Self {
        let blob = blob(&row);
        let commitment = oracle().blob_to_kzg_commitment(&blob).unwrap();
        let (cells, proofs) = oracle().compute_cells_and_kzg_proofs(&blob).unwrap();
        Self {
            row,
            commitment: Commitment::new(commitment.to_bytes().into_inner()),
            cells: cells.iter().map(cell).collect(),
            proofs: proofs.iter().map(proof).collect(),
        }
    }

    pub fn at(&self, column: ColumnIndex) -> (&Cell, &Proof) {
        (
            &self.cells[column.as_usize()],
            &self.proofs[column.as_usize()],
        )
    }
}

pub fn cell(cell: &c_kzg::Cell) -> Cell {
    Cell::from_slice(&cell.to_bytes()).unwrap()
}

pub fn proof(proof: &c_kzg::KzgProof) -> Proof {
    Proof::new(proof.to_bytes().into_inner())
}

/// Rows of data in [`grid`].
pub const ROWS: usize = 3;

/// A grid of three rows of data and three of parity: one constant, whose proofs are infinity, one
/// with a single element, and one that fills everything.
pub fn grid() -> &'static [Extended] {
    static GRID: LazyLock<Vec<Extended>> = LazyLock::new(|| {
        let constant = Sparse {
            fill: Scalar::MinusOne,
            places: Vec::new(),
        };
        let single = Sparse {
            fill: Scalar::Zero,
            places: vec![(77, 0, Scalar::One)],
        };
        let mut power = Fr::ONE;
        let full: Vec<Fr> = (0..ROW_ELEMENTS)
            .map(|_| {
                power *= Fr::from_u64(0x9e37_79b9_7f4a_7c15);
                power
            })
            .collect();
        let data = [
            row(&constant),
            row(&single),
            scalars_to_row(&full, Engine::scalar()).unwrap(),
        ];
        let code = ColumnCode::new(GridDimensions::new(ROWS as u64).unwrap()).unwrap();
        let parity = code.extend_rows(&data, Engine::scalar()).unwrap();
        data.into_iter().chain(parity).map(Extended::new).collect()
    });
    &GRID
}
