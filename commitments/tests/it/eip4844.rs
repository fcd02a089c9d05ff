use commitments::CommitmentError;
use commitments::eip4844::{prove_blob, prove_point, verify_blob, verify_blobs, verify_point};
use types::{Commitment, Proof};

use super::{extended_rows, oracle, setup, setups};

#[test]
fn a_point_opens_to_its_value_only() {
    let row = &extended_rows()[0];
    let mut z = [0; 32];
    z[31] = 5;
    let (proof, y) = prove_point(setup(), row.row(), &z).unwrap();
    let commitment = row.commitment();
    verify_point(setup(), commitment, &z, &y, &proof).unwrap();
    assert_eq!(
        verify_point(setup(), commitment, &z, &z, &proof),
        Err(CommitmentError::WrongOpening)
    );
    assert_eq!(
        verify_point(setup(), commitment, &z, &[0xff; 32], &proof),
        Err(CommitmentError::Malformed)
    );
    assert_eq!(
        prove_point(setup(), row.row(), &[0xff; 32]),
        Err(CommitmentError::Malformed)
    );
}

#[test]
fn blob_proofs_hold_for_their_own_row_only() {
    let rows: Vec<_> = extended_rows()[..3]
        .iter()
        .map(|r| r.row().clone())
        .collect();
    let commitments: Vec<_> = extended_rows()[..3]
        .iter()
        .map(|r| *r.commitment())
        .collect();
    let mut proofs: Vec<_> = rows
        .iter()
        .zip(&commitments)
        .map(|(row, commitment)| prove_blob(setup(), row, commitment).unwrap())
        .collect();
    verify_blobs(setup(), &rows, &commitments, &proofs).unwrap();
    verify_blob(setup(), &rows[0], &commitments[0], &proofs[0]).unwrap();
    assert_eq!(
        verify_blob(setup(), &rows[0], &commitments[2], &proofs[0]),
        Err(CommitmentError::WrongOpening)
    );
    assert_eq!(
        verify_blob(setup(), &rows[0], &Commitment::new([1; 48]), &proofs[0]),
        Err(CommitmentError::Malformed)
    );
    assert!(matches!(
        verify_blobs(setup(), &rows, &commitments, &proofs[..2]),
        Err(CommitmentError::Count {
            got: 2,
            expected: 3,
            ..
        })
    ));
    proofs.swap(0, 2);
    assert_eq!(
        verify_blobs(setup(), &rows, &commitments, &proofs),
        Err(CommitmentError::WrongOpening)
    );
    proofs[0] = Proof::new([1; 48]);
    assert_eq!(
        verify_blobs(setup(), &rows, &commitments, &proofs),
        Err(CommitmentError::Malformed)
    );
}

/// Openings on the row's own points and off them, of every row, against the oracle's.
#[test]
fn openings_are_the_oracles() {
    let oracle = oracle();
    let omega = algebra::Fr::root_of_unity(4096).unwrap();
    let points = [
        algebra::Fr::ZERO,
        algebra::Fr::ONE,
        omega,
        omega.pow(4095),
        omega + omega,
    ]
    .map(|z| z.to_be_bytes());
    for row in extended_rows() {
        let blob = c_kzg::Blob::from(*row.row().as_bytes());
        for z in &points[..if row == &extended_rows()[0] { 5 } else { 3 }] {
            let (proof, y) = oracle.compute_kzg_proof(&blob, &(*z).into()).unwrap();
            let expected = (Proof::new(proof.to_bytes().into_inner()), *y);
            for setup in setups() {
                assert_eq!(prove_point(setup, row.row(), z).unwrap(), expected);
                verify_point(setup, row.commitment(), z, &expected.1, &expected.0).unwrap();
            }
        }
    }
}

#[test]
fn batches_of_blobs_hold_on_every_engine_or_are_refused() {
    let rows: Vec<_> = extended_rows().iter().map(|r| r.row().clone()).collect();
    let commitments: Vec<_> = extended_rows().iter().map(|r| *r.commitment()).collect();
    for setup in setups() {
        let mut proofs: Vec<_> = rows
            .iter()
            .zip(&commitments)
            .map(|(row, commitment)| prove_blob(setup, row, commitment).unwrap())
            .collect();
        verify_blobs(setup, &rows, &commitments, &proofs).unwrap();
        verify_blobs(setup, &[], &[], &[]).unwrap();
        // Rows 0 and 6 are the same; 0 and 5 are not.
        proofs.swap(0, 6);
        verify_blobs(setup, &rows, &commitments, &proofs).unwrap();
        proofs.swap(0, 5);
        assert_eq!(
            verify_blobs(setup, &rows, &commitments, &proofs),
            Err(CommitmentError::WrongOpening)
        );
    }
}
