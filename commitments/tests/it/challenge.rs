use commitments::challenge::{CellClaim, blob_challenge, cell_batch_challenge};
use commitments::eip4844::{prove_blob, prove_point};

use super::{column, extended_rows, setup};

/// A blob proof is the point proof at the challenge.
#[test]
fn the_engine_opens_blobs_at_our_challenge() {
    for row in &extended_rows()[..2] {
        let z = blob_challenge(row.row(), row.commitment());
        let (proof, _) = prove_point(setup(), row.row(), &z).unwrap();
        let expected = prove_blob(setup(), row.row(), row.commitment()).unwrap();
        assert_eq!(proof, expected);
    }
}

#[test]
fn every_part_of_a_batch_changes_its_challenge() {
    let row = &extended_rows()[0];
    let (cell, proof) = row.cell(column(1));
    let (other_cell, other_proof) = row.cell(column(2));
    let claim = CellClaim {
        commitment: 0,
        column: column(1),
        cell,
        proof,
    };
    let commitments = [*row.commitment()];
    let two = [*row.commitment(), *extended_rows()[5].commitment()];
    let mut seen = vec![
        cell_batch_challenge(&commitments, &[claim]),
        cell_batch_challenge(&two, &[claim]),
        cell_batch_challenge(&commitments, &[claim, claim]),
        cell_batch_challenge(&commitments, &[]),
    ];
    for changed in [
        CellClaim {
            commitment: 1,
            ..claim
        },
        CellClaim {
            column: column(2),
            ..claim
        },
        CellClaim {
            cell: other_cell,
            ..claim
        },
        CellClaim {
            proof: other_proof,
            ..claim
        },
    ] {
        seen.push(cell_batch_challenge(&commitments, &[changed]));
    }
    let count = seen.len();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), count);
}
