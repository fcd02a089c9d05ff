use algebra::Fr;
use c_kzg::{Blob, KzgSettings};
use types::Row;

use super::{column, extended, extended_rows, oracle, random_row, row_of, setups};

fn blob(row: &Row) -> Blob {
    Blob::from(*row.as_bytes())
}

fn commitment(oracle: &KzgSettings, row: &Row) -> [u8; 48] {
    let commitment = oracle.blob_to_kzg_commitment(&blob(row)).unwrap();
    commitment.to_bytes().into_inner()
}

/// Commitments, cells and proofs of every row against the oracle's, one row at a time and all
/// rows (of which one comes twice) in one batch, on every engine.
#[test]
fn rows_commit_extend_and_prove_as_the_oracle_says() {
    let oracle = oracle();
    let threads = commitments::Threads::one().unwrap();
    let rows: Vec<_> = extended_rows()
        .iter()
        .map(|row| row.row().clone())
        .collect();
    for (i, row) in extended_rows().iter().enumerate() {
        let (cells, proofs) = oracle
            .compute_cells_and_kzg_proofs(&blob(row.row()))
            .unwrap();
        assert_eq!(row.commitment().as_bytes(), &commitment(&oracle, row.row()));
        for k in 0..128 {
            assert_eq!(
                row.cells()[k].as_bytes()[..],
                cells[k].to_bytes(),
                "{i}, {k}"
            );
            let expected = proofs[k].to_bytes().into_inner();
            assert_eq!(*row.proofs()[k].as_bytes(), expected, "{i}, {k}");
        }
    }
    for setup in setups() {
        let all = extended(setup, &rows, &threads);
        assert!(all == extended_rows(), "{}", setup.engine());
        assert!(setup.extend_with_proofs(&rows[4]).unwrap() == all[4]);
    }
}

/// The naive twin of all proofs at once: one quotient for each cell.
#[test]
fn a_proof_by_itself_is_that_of_all_at_once() {
    for setup in setups() {
        for row in [0, 1, 3, 4] {
            for k in [0, 1, 63, 64, 127] {
                let row = &extended_rows()[row];
                let proof = setup.prove_cell(row.row(), column(k)).unwrap();
                assert_eq!(proof, *row.cell(column(k)).1, "{} {k}", setup.engine());
            }
        }
    }
}

/// Rows on which careless bucket sums collide: all elements equal, few distinct ones, tiny and
/// huge ones, one element at either end.
#[test]
fn hostile_rows_commit_as_the_oracle_says() {
    let oracle = oracle();
    let two_to_the_128 = Fr::from_u128(1 << 127) + Fr::from_u128(1 << 127);
    let rows = [
        row_of(|_| Fr::ONE),
        row_of(|_| two_to_the_128),
        row_of(|i| if i == 0 { -Fr::ONE } else { Fr::ZERO }),
        row_of(|i| if i % 2 == 0 { Fr::ONE } else { -Fr::ONE }),
        row_of(|i| Fr::from_u64(i as u64)),
        row_of(|i| -Fr::from_u64(i as u64 % 7)),
        random_row(9),
        random_row(9),
    ];
    let threads = commitments::Threads::one().unwrap();
    let expected: Vec<_> = rows.iter().map(|row| commitment(&oracle, row)).collect();
    for setup in setups() {
        let got = setup.commit_all(&rows, &threads).unwrap();
        for (got, expected) in got.iter().zip(&expected) {
            assert_eq!(got.as_bytes(), expected, "{}", setup.engine());
        }
    }
}
