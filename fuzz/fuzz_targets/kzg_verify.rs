//! Batches of cells, honest and not: every set-up's verdict against c-kzg's, and the blame against
//! what is known to be true. An opening has one value and one proof, so a claim holds exactly when
//! it is the one that was made.
#![no_main]

use algebra::G1Affine;
use arbitrary::Arbitrary;
use c_kzg::{Bytes48, Cell as OracleCell};
use commitments::{CommitmentError, CommitmentGrid, eip7594};
use fuzz::kzg::{self, INFINITY, ROWS, grid, oracle, subjects};
use fuzz::points::Point;
use libfuzzer_sys::fuzz_target;
use types::{Cell, ColumnIndex, Commitment, Coordinates, GridRow, Proof, RowIndex, UnverifiedCell};

#[derive(Arbitrary, Debug)]
struct Claim {
    row: u8,
    column: u8,
    change: Change,
}

#[derive(Arbitrary, Debug)]
enum Change {
    None,
    /// One bit of the cell, if it stays canonical.
    CellBit(u16),
    /// One bit of the proof.
    ProofBit(u16),
    /// The sign of the proof.
    Opposite,
    Infinity,
    Point(Point),
    /// Cell, proof or both of another place.
    CellOf(u8, u8),
    ProofOf(u8, u8),
    BothOf(u8, u8),
}

#[derive(Arbitrary, Debug)]
struct Input {
    claims: Vec<Claim>,
    /// Against the grid, with parity by linearity; or one by one, as EIP-7594 has it.
    by_grid: bool,
}

fn at(row: u8, column: u8) -> (usize, ColumnIndex) {
    let column = ColumnIndex::new(u64::from(column % 128)).unwrap();
    (usize::from(row) % (2 * ROWS), column)
}

fn coordinates(row: usize, column: ColumnIndex) -> Coordinates {
    let index = |row: usize| RowIndex::new(row as u64).unwrap();
    let row = if row < ROWS {
        GridRow::Data(index(row))
    } else {
        GridRow::Parity(index(row - ROWS))
    };
    Coordinates { row, column }
}

fn claim(claim: &Claim) -> (usize, UnverifiedCell) {
    let (row, column) = at(claim.row, claim.column);
    let (cell, proof) = grid()[row].at(column);
    let (mut cell, mut proof) = (cell.clone(), *proof);
    let other = |row, column| {
        let (row, column) = at(row, column);
        grid()[row].at(column)
    };
    match claim.change {
        Change::None => {}
        Change::CellBit(bit) => {
            let mut bytes = cell.as_bytes().to_vec();
            let bit = usize::from(bit) % (8 * Cell::BYTES);
            bytes[bit / 8] ^= 1 << (bit % 8);
            cell = Cell::from_slice(&bytes).unwrap_or(cell);
        }
        Change::ProofBit(bit) => {
            let mut bytes = *proof.as_bytes();
            let bit = usize::from(bit) % (8 * Proof::BYTES);
            bytes[bit / 8] ^= 1 << (bit % 8);
            proof = Proof::new(bytes);
        }
        Change::Opposite => {
            let mut bytes = *proof.as_bytes();
            if bytes != INFINITY {
                bytes[0] ^= 0x20;
            }
            proof = Proof::new(bytes);
        }
        Change::Infinity => proof = Proof::new(INFINITY),
        Change::Point(point) => proof = Proof::new(point.get().to_compressed()),
        Change::CellOf(row, column) => cell = other(row, column).0.clone(),
        Change::ProofOf(row, column) => proof = *other(row, column).1,
        Change::BothOf(row, column) => {
            (cell, proof) = (other(row, column).0.clone(), *other(row, column).1)
        }
    }
    let at = coordinates(row, column);
    (row, UnverifiedCell { at, cell, proof })
}

fn is_true((row, claim): &(usize, UnverifiedCell)) -> bool {
    grid()[*row].at(claim.at.column) == (&claim.cell, &claim.proof)
}

fuzz_target!(init: { let _ = (kzg::prepare(), grid()); }, |input: Input| {
    let claims: Vec<_> = input.claims.iter().take(48).map(claim).collect();
    let expected = verdict(&claims);
    let truth = claims.iter().all(is_true);
    assert_eq!(expected == Ok(true), truth);
    if input.by_grid {
        by_grid(&claims, truth);
    } else {
        one_by_one(&claims, expected);
    }
});

/// c-kzg's, without the texts of its errors.
fn verdict(claims: &[(usize, UnverifiedCell)]) -> Result<bool, ()> {
    let commitments: Vec<_> = claims
        .iter()
        .map(|(row, _)| Bytes48::from(*grid()[*row].commitment.as_bytes()))
        .collect();
    let columns: Vec<_> = claims
        .iter()
        .map(|(_, c)| u64::from(c.at.column.get()))
        .collect();
    let cells: Vec<_> = claims
        .iter()
        .map(|(_, c)| OracleCell::from_bytes(c.cell.as_bytes()).unwrap())
        .collect();
    let proofs: Vec<_> = claims
        .iter()
        .map(|(_, c)| Bytes48::from(*c.proof.as_bytes()))
        .collect();
    oracle()
        .verify_cell_kzg_proof_batch(&commitments, &columns, &cells, &proofs)
        .map_err(|_| ())
}

fn one_by_one(claims: &[(usize, UnverifiedCell)], expected: Result<bool, ()>) {
    let commitments: Vec<_> = claims
        .iter()
        .map(|(row, _)| grid()[*row].commitment)
        .collect();
    let columns: Vec<_> = claims.iter().map(|(_, c)| c.at.column).collect();
    let cells: Vec<_> = claims.iter().map(|(_, c)| c.cell.clone()).collect();
    let proofs: Vec<_> = claims.iter().map(|(_, c)| c.proof).collect();
    for setup in subjects() {
        let got = eip7594::verify_cells(setup, &commitments, &columns, &cells, &proofs);
        match expected {
            Ok(true) => assert_eq!(got, Ok(())),
            Ok(false) => assert!(matches!(got, Err(CommitmentError::BatchRefused { .. }))),
            Err(()) => assert!(matches!(got, Err(CommitmentError::BatchMalformed { .. }))),
        }
    }
}

fn by_grid(claims: &[(usize, UnverifiedCell)], truth: bool) {
    let commitments: Vec<Commitment> = grid()[..ROWS].iter().map(|row| row.commitment).collect();
    let column = ColumnIndex::new(0).unwrap();
    let cells: Vec<_> = claims.iter().map(|(_, cell)| cell.clone()).collect();
    let blamed: Vec<_> = claims.iter().filter(|claim| !is_true(claim)).collect();
    for setup in subjects() {
        let rows = CommitmentGrid::on(setup.engine(), commitments.clone()).unwrap();
        for (row, extended) in grid().iter().enumerate() {
            let row = coordinates(row, column).row;
            assert_eq!(rows.commitment(row).unwrap(), extended.commitment);
        }
        let got = setup.verify_cells(&rows, cells.clone());
        assert_eq!(got.is_ok(), truth);
        let judged = setup.verify_or_blame(&rows, cells.clone()).unwrap();
        assert_eq!(judged.verified.len() + judged.culprits.len(), cells.len());
        assert_eq!(judged.culprits.len(), blamed.len());
        for (culprit, (_, cell)) in judged.culprits.iter().zip(&blamed) {
            assert_eq!(culprit.cell, *cell);
            let is_point = G1Affine::from_compressed(cell.proof.as_bytes()).is_ok();
            let is_wrong = matches!(culprit.fault, CommitmentError::WrongCell { .. });
            assert_eq!(is_wrong, is_point);
        }
    }
}
