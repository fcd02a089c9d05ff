use commitments::Threads;

use super::{extended_rows, setup, setups};

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
fn cells_alone_and_with_proofs_agree() {
    for setup in setups() {
        for (i, row) in extended_rows().iter().enumerate() {
            assert!(setup.extend(row.row()).unwrap() == row.cells(), "row {i}");
            assert!(erasure::extend_row(row.row(), setup.engine()).unwrap() == row.cells());
            assert_eq!(row.cells().len(), 128);
            assert_eq!(row.proofs().len(), 128);
        }
    }
}

#[test]
fn commitments_alone_and_with_proofs_agree() {
    for setup in setups() {
        for row in extended_rows() {
            assert_eq!(setup.commit(row.row()).unwrap(), *row.commitment());
        }
    }
}

/// The tests' own set-ups have small tables, the process's has standard ones.
#[test]
fn the_size_of_the_tables_changes_nothing() {
    let row = &extended_rows()[0];
    let standard = setup().extend_with_proofs(row.row()).unwrap();
    for setup in setups() {
        assert!(setup.extend_with_proofs(row.row()).unwrap() == standard);
        assert!(setup.table_bytes().unwrap() <= 12 << 20);
    }
    setup().make_tables(&Threads::one().unwrap()).unwrap();
    assert!(setup().table_bytes().unwrap() <= 128 << 20);
}
