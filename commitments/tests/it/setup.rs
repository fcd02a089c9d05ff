use commitments::{CommitmentError, Setup};

use super::{extended_rows, setup};

const CEREMONY: &[u8] = include_bytes!("../../assets/trusted_setup.txt");

#[test]
fn wrong_or_truncated_ceremony_is_refused() {
    let mut flipped = CEREMONY.to_vec();
    flipped[1000] ^= 1;
    let last = CEREMONY.len() - 1;
    for bytes in [&[][..], &CEREMONY[..last], &flipped] {
        let error = Setup::from_bytes(bytes).unwrap_err();
        assert!(matches!(error, CommitmentError::SetupHash { .. }));
        assert!(!error.is_peer_fault());
    }
}

#[test]
fn the_ceremony_is_loaded_once() {
    assert!(std::ptr::eq(setup(), Setup::ceremony().unwrap()));
}

#[test]
fn the_zero_row_commits_to_infinity() {
    let mut infinity = [0; 48];
    infinity[0] = 0xc0;
    assert_eq!(extended_rows()[1].commitment().as_bytes(), &infinity);
    assert!(
        extended_rows()[1]
            .proofs()
            .iter()
            .all(|proof| *proof.as_bytes() == infinity)
    );
}

#[test]
fn our_row_code_equals_the_engines() {
    for (i, row) in extended_rows().iter().enumerate() {
        assert!(setup().extend(row.row()).unwrap() == row.cells(), "row {i}");
        assert_eq!(row.cells().len(), 128);
        assert_eq!(row.proofs().len(), 128);
    }
}

#[test]
fn commitments_alone_and_with_proofs_agree() {
    for row in extended_rows() {
        assert_eq!(setup().commit(row.row()).unwrap(), *row.commitment());
    }
}
