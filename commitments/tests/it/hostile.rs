//! Batches that break careless sums: points that are equal, opposite or infinity, cells that come
//! twice, errors that cancel.

use std::sync::OnceLock;

use algebra::{Fr, G1, G1Affine};
use c_kzg::{Bytes48, Cell as OracleCell};
use commitments::{CommitmentError, CommitmentGrid, ExtendedRow, Setup, Threads, eip7594};
use proptest::prelude::*;
use types::{Cell, Coordinates, Proof, UnverifiedCell};

use super::{
    bytes, column, data, elements, extended, extended_rows, oracle, parity, random_row, row_of,
    setup, setups,
};

/// f, −f, f again, zero, a constant, and 2f: in one column their commitments and proofs are
/// equal, opposite, infinity, and sums of one another.
fn rows() -> &'static [ExtendedRow] {
    static ROWS: OnceLock<Vec<ExtendedRow>> = OnceLock::new();
    ROWS.get_or_init(|| {
        let f = elements(random_row(4).as_bytes());
        let rows = [
            row_of(|i| f[i]),
            row_of(|i| -f[i]),
            row_of(|i| f[i]),
            row_of(|_| Fr::ZERO),
            row_of(|_| Fr::from_u64(9)),
            row_of(|i| f[i] + f[i]),
        ];
        let threads = Threads::available().unwrap();
        extended(setup(), &rows, &threads)
    })
}

fn grid_on(setup: &Setup) -> CommitmentGrid {
    let commitments = rows().iter().map(|row| *row.commitment()).collect();
    CommitmentGrid::on(setup.engine(), commitments).unwrap()
}

fn answer(row: u64, col: u64) -> UnverifiedCell {
    let (cell, proof) = rows()[row as usize].cell(column(col));
    UnverifiedCell {
        at: Coordinates {
            row: data(row),
            column: column(col),
        },
        cell: cell.clone(),
        proof: *proof,
    }
}

fn infinity() -> Proof {
    let mut bytes = [0; 48];
    bytes[0] = 0xc0;
    Proof::new(bytes)
}

/// The proof with a point added to it.
fn moved(proof: &Proof, by: G1) -> Proof {
    let point = G1Affine::from_compressed(proof.as_bytes()).unwrap();
    Proof::new((G1::from(point) + by).to_compressed())
}

/// The cell with a number added to one element.
fn changed(cell: &Cell, by: Fr) -> Cell {
    let mut elements = elements(cell.as_bytes());
    elements[17] += by;
    Cell::from_slice(&bytes(&elements)).unwrap()
}

/// The places of the cells that are blamed; all others must have been verified.
fn blamed(setup: &Setup, cells: &[UnverifiedCell]) -> Vec<usize> {
    let grid = grid_on(setup);
    let judged = setup.verify_or_blame(&grid, cells.to_vec()).unwrap();
    assert_eq!(judged.verified.len() + judged.culprits.len(), cells.len());
    for culprit in &judged.culprits {
        let at = culprit.cell.at;
        assert_eq!(culprit.fault, CommitmentError::WrongCell { at });
    }
    let whole = setup.verify_cells(&grid, cells.to_vec());
    if judged.culprits.is_empty() {
        assert_eq!(whole.unwrap(), judged.verified);
    } else {
        let cells = cells.len();
        assert_eq!(whole, Err(CommitmentError::BatchRefused { cells }));
    }
    let mut culprits = judged.culprits.iter().map(|c| &c.cell).peekable();
    let all = cells.iter().enumerate();
    let places = all.filter(|(_, cell)| culprits.next_if(|c| c == cell).is_some());
    places.map(|(place, _)| place).collect()
}

#[test]
fn equal_opposite_and_infinite_points_verify() {
    for setup in setups() {
        let everything: Vec<_> = (0..6)
            .flat_map(|row| [0, 5, 64, 127].map(|col| answer(row, col)))
            .collect();
        assert_eq!(blamed(setup, &everything), [0; 0], "{}", setup.engine());

        for rows in [&[0, 1][..], &[0, 2], &[0, 2, 1], &[3], &[3, 4], &[5, 0, 2]] {
            let cells: Vec<_> = rows.iter().map(|row| answer(*row, 70)).collect();
            assert_eq!(blamed(setup, &cells), [0; 0], "{rows:?}");
        }
        let many_times = vec![answer(0, 3); 40];
        assert_eq!(blamed(setup, &many_times), [0; 0]);
    }
}

#[test]
fn bad_input_errors_that_cancel_are_refused_and_found() {
    let generator = G1::generator();
    for setup in setups() {
        // Two proofs of one cell, moved in opposite directions.
        let mut cells = vec![answer(0, 9), answer(4, 9), answer(0, 9), answer(1, 9)];
        cells[0].proof = moved(&cells[0].proof, generator);
        cells[2].proof = moved(&cells[2].proof, -generator);
        assert_eq!(blamed(setup, &cells), [0, 2], "{}", setup.engine());

        // Two cells of one column, changed in opposite directions.
        let mut cells = vec![answer(2, 80), answer(3, 80), answer(0, 80)];
        cells[1].cell = changed(&cells[1].cell, Fr::ONE);
        cells[2].cell = changed(&cells[2].cell, -Fr::ONE);
        assert_eq!(blamed(setup, &cells), [1, 2]);

        // One false cell twice: its weights add up, and must not vanish.
        let mut cells = vec![answer(5, 1); 5];
        cells[3].proof = moved(&cells[3].proof, generator);
        cells[4].proof = cells[3].proof;
        assert_eq!(blamed(setup, &cells), [3, 4]);
    }
}

#[test]
fn bad_input_infinity_and_foreign_proofs_open_nothing() {
    for setup in setups() {
        let mut cells: Vec<_> = (0..6).map(|row| answer(row, 33)).collect();
        // Right for the rows of degree 0, and only for those.
        for cell in &mut cells {
            cell.proof = infinity();
        }
        assert_eq!(blamed(setup, &cells), [0, 1, 2, 5], "{}", setup.engine());

        // f's proof for −f and the other way round; for the second f it is its own.
        let mut cells: Vec<_> = (0..3).map(|row| answer(row, 33)).collect();
        let proofs: Vec<_> = cells.iter().map(|cell| cell.proof).collect();
        cells[0].proof = proofs[1];
        cells[1].proof = proofs[0];
        cells[2].proof = proofs[0];
        assert_eq!(blamed(setup, &cells), [0, 1]);
    }
}

/// Parity rows by themselves, among data rows, and of a grid whose parity is zero.
#[test]
fn parity_cells_verify_without_their_commitments() {
    for setup in setups() {
        let grid = grid_on(setup);
        let mut cells = Vec::new();
        for col in [2, 100] {
            let above: Vec<_> = (0..6).map(|row| answer(row, col)).collect();
            for j in 0..6 {
                let j = types::RowIndex::new(j).unwrap();
                cells.push(grid.combine_column_many(&above, &[j]).unwrap().remove(0));
            }
            cells.push(above[0].clone());
        }
        assert_eq!(blamed(setup, &cells), [0; 0], "{}", setup.engine());
        cells[3].at.row = parity(4);
        cells[9].cell = changed(&cells[9].cell, Fr::ONE);
        assert_eq!(blamed(setup, &cells), [3, 9]);

        let zero = CommitmentGrid::on(setup.engine(), vec![*rows()[3].commitment(); 3]).unwrap();
        let mut cell = answer(3, 8);
        cell.at.row = parity(2);
        assert!(setup.verify_cells(&zero, vec![cell.clone(); 2]).is_ok());
        cell.cell = changed(&cell.cell, Fr::ONE);
        assert!(setup.verify_cells(&zero, vec![cell]).is_err());
    }
}

/// One way to tamper with a cell of a batch.
#[derive(Clone, Copy, Debug)]
enum Tampering {
    None,
    Cell,
    Proof,
    Column,
    Commitment,
    FlippedSign,
    ProofBytes(usize),
}

fn tampering() -> impl Strategy<Value = Tampering> {
    prop_oneof![
        20 => Just(Tampering::None),
        1 => Just(Tampering::Cell),
        1 => Just(Tampering::Proof),
        1 => Just(Tampering::Column),
        1 => Just(Tampering::Commitment),
        1 => Just(Tampering::FlippedSign),
        1 => (0..384_usize).prop_map(Tampering::ProofBytes),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Any batch against the oracle's verdict: holds, is false, or is malformed.
    #[test]
    fn bad_input_batches_are_judged_as_the_oracle_judges_them(
        claims in proptest::collection::vec((0..8_usize, 0..128_u64, tampering()), 0..10)
    ) {
        let (mut commitments, mut columns) = (Vec::new(), Vec::new());
        let (mut cells, mut proofs) = (Vec::new(), Vec::new());
        for (row, col, tampering) in claims {
            let row = &extended_rows()[row];
            let (mut cell, mut proof) = (row.cell(column(col)).0.clone(), *row.cell(column(col)).1);
            let (mut commitment, mut col) = (*row.commitment(), col);
            match tampering {
                Tampering::None => {}
                Tampering::Cell => cell = changed(&cell, Fr::ONE),
                Tampering::Proof => proof = moved(&proof, G1::generator()),
                Tampering::Column => col = (col + 1) % 128,
                Tampering::Commitment => commitment = *extended_rows()[5].commitment(),
                Tampering::FlippedSign => {
                    let mut bytes = *proof.as_bytes();
                    bytes[0] ^= 0x20;
                    proof = Proof::new(bytes);
                }
                Tampering::ProofBytes(bit) => {
                    let mut bytes = *proof.as_bytes();
                    bytes[bit / 8] ^= 1 << (bit % 8);
                    proof = Proof::new(bytes);
                }
            }
            commitments.push(commitment);
            columns.push(column(col));
            cells.push(cell);
            proofs.push(proof);
        }
        let of_48 = |bytes: &[u8; 48]| Bytes48::from(*bytes);
        let expected = oracle().verify_cell_kzg_proof_batch(
            &commitments.iter().map(|c| of_48(c.as_bytes())).collect::<Vec<_>>(),
            &columns.iter().map(|c| u64::from(c.get())).collect::<Vec<_>>(),
            &cells.iter().map(|c| OracleCell::new(*c.as_bytes())).collect::<Vec<_>>(),
            &proofs.iter().map(|p| of_48(p.as_bytes())).collect::<Vec<_>>(),
        );
        for setup in setups() {
            let got = eip7594::verify_cells(setup, &commitments, &columns, &cells, &proofs);
            match expected {
                Ok(true) => prop_assert_eq!(got, Ok(())),
                Ok(false) => prop_assert_eq!(
                    got, Err(CommitmentError::BatchRefused { cells: cells.len() })),
                Err(_) => prop_assert_eq!(
                    got, Err(CommitmentError::BatchMalformed { cells: cells.len() })),
            }
        }
    }
}
