use algebra::{Fr, G1};
use c_kzg::{Bytes48, Cell as OracleCell};
use commitments::CommitmentError;
use commitments::eip7594::{recover, verify_cells};
use types::{Cell, Commitment, Proof};

use super::{bytes, column, extended_rows, oracle, setup, setups};

#[test]
fn cells_of_several_rows_verify_and_unequal_numbers_do_not() {
    let rows = [0, 5, 0].map(|i: usize| &extended_rows()[i]);
    let columns = [3, 99, 4].map(column);
    let commitments = rows.map(|row| *row.commitment());
    let cells: Vec<_> = (0..3).map(|i| rows[i].cell(columns[i]).0.clone()).collect();
    let proofs: Vec<_> = (0..3).map(|i| *rows[i].cell(columns[i]).1).collect();
    verify_cells(setup(), &commitments, &columns, &cells, &proofs).unwrap();
    assert!(matches!(
        verify_cells(setup(), &commitments, &columns[..2], &cells, &proofs),
        Err(CommitmentError::Count { .. })
    ));
    let swapped = [column(99), column(3), column(4)];
    assert_eq!(
        verify_cells(setup(), &commitments, &swapped, &cells, &proofs),
        Err(CommitmentError::BatchRefused { cells: 3 })
    );
}

/// Constant rows: k is its own commitment, times the generator, and its proofs are infinity.
#[test]
fn more_commitments_than_a_grid_has_verify_as_one_batch() {
    let constant = |k: u64| {
        let commitment = (G1::generator() * Fr::from_u64(k)).to_compressed();
        let cell = bytes(&[Fr::from_u64(k); 64]);
        (
            Commitment::new(commitment),
            Cell::from_slice(&cell).unwrap(),
        )
    };
    let mut infinity = [0; 48];
    infinity[0] = 0xc0;
    // 256 distinct ones are one batch, 513 are three; the first comes again at the end.
    for distinct in [256, 257, 513] {
        let (commitments, cells): (Vec<_>, Vec<_>) =
            (1..=distinct).chain([1]).map(constant).unzip();
        let count = cells.len();
        let columns: Vec<_> = (0..count as u64).map(|k| column(k % 128)).collect();
        let proofs = vec![Proof::new(infinity); count];
        let judged = oracle().verify_cell_kzg_proof_batch(
            &commitments
                .iter()
                .map(|commitment| Bytes48::from(*commitment.as_bytes()))
                .collect::<Vec<_>>(),
            &columns
                .iter()
                .map(|column| u64::from(column.get()))
                .collect::<Vec<_>>(),
            &cells
                .iter()
                .map(|cell| OracleCell::new(*cell.as_bytes()))
                .collect::<Vec<_>>(),
            &vec![Bytes48::from(infinity); count],
        );
        assert!(judged.unwrap());
        for setup in setups() {
            let verify = |commitments: &[_], cells: &[_], proofs: &[_]| {
                verify_cells(setup, commitments, &columns, cells, proofs)
            };
            verify(&commitments, &cells, &proofs).unwrap();

            for wrong in [0, 255, count - 2, count - 1] {
                let mut cells = cells.clone();
                cells[wrong] = cells[1].clone();
                assert_eq!(
                    verify(&commitments, &cells, &proofs),
                    Err(CommitmentError::BatchRefused { cells: count })
                );
                // What is malformed comes first, in whatever batch it is.
                let mut malformed = proofs.clone();
                malformed[count - 2] = Proof::new([0x12; 48]);
                assert_eq!(
                    verify(&commitments, &cells, &malformed),
                    Err(CommitmentError::BatchMalformed { cells: count })
                );
                let mut no_point = commitments.clone();
                no_point[count - 2] = Commitment::new([0x12; 48]);
                assert!(matches!(
                    verify(&no_point, &cells, &malformed),
                    Err(CommitmentError::BadCommitment { row, .. }) if row == count - 2
                ));
            }
        }
    }
}

#[test]
fn recovery_wants_ascending_cells() {
    let row = &extended_rows()[0];
    let mut columns: Vec<_> = (0..64).map(column).collect();
    let cells = &row.cells()[..64];
    assert!(recover(setup(), &columns, cells).unwrap() == *row);
    columns.swap(0, 1);
    assert_eq!(
        recover(setup(), &columns, cells),
        Err(CommitmentError::NotAscending {
            got: column(0),
            before: column(1)
        })
    );
    assert!(matches!(
        recover(setup(), &columns[..63], cells),
        Err(CommitmentError::Count { .. })
    ));
}
