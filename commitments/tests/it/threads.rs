use std::num::NonZeroUsize;

use commitments::Threads;

use super::{answer, extended_rows, grid_on, parity, setup, setups};

fn pools() -> [Threads; 3] {
    [1, 2, 3].map(|n| Threads::new(NonZeroUsize::new(n).unwrap()).unwrap())
}

#[test]
fn the_number_of_threads_changes_no_commitment_and_no_proof() {
    let rows: Vec<_> = extended_rows().iter().map(|r| r.row().clone()).collect();
    let expected: Vec<_> = extended_rows().iter().map(|r| *r.commitment()).collect();
    for threads in pools() {
        assert_eq!(setup().commit_all(&rows, &threads).unwrap(), expected);
        for n in [1, 3] {
            let extended = setup()
                .extend_all_with_proofs(&rows[..n], &threads)
                .unwrap();
            assert!(extended == extended_rows()[..n]);
        }
    }
    let none = setup().commit_all(&[], &Threads::one().unwrap()).unwrap();
    assert!(none.is_empty());
    let none = setup().prove_all(&[], &Threads::one().unwrap()).unwrap();
    assert!(none.is_empty());
}

#[test]
fn the_number_of_threads_changes_no_verdict() {
    for setup in setups() {
        let grid = grid_on(setup, 8);
        let mut cells: Vec<_> = (0..8)
            .flat_map(|row| [1, 90].map(|col| answer(row, col)))
            .collect();
        let verified = setup.verify_cells(&grid, cells.clone()).unwrap();
        for threads in pools() {
            let shared = setup.verify_cells_on(&threads, &grid, cells.clone());
            assert_eq!(shared.unwrap(), verified);
            assert!(
                setup
                    .verify_cells_on(&threads, &grid, vec![])
                    .unwrap()
                    .is_empty()
            );
        }
        cells[3].at.row = parity(0);
        cells[11].proof = cells[0].proof;
        cells[12].proof = types::Proof::new([9; 48]);
        let judged = setup.verify_or_blame(&grid, cells.clone()).unwrap();
        assert_eq!(judged.culprits.len(), 3);
        for threads in pools() {
            let shared = setup.verify_or_blame_on(&threads, &grid, cells.clone());
            assert_eq!(shared.unwrap(), judged);
            assert!(
                setup
                    .verify_cells_on(&threads, &grid, cells.clone())
                    .is_err()
            );
        }
    }
}
