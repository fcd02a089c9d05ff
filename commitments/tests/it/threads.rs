use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use commitments::{CommitmentError, Meter, Threads, VerifiedCell};
use erasure::ErasureError;

use super::{answer, column, data, extended, extended_rows, grid_on, parity, setup, setups};

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
            assert!(extended(setup(), &rows[..n], &threads) == extended_rows()[..n]);
        }
    }
    let none = setup().commit_all(&[], &Threads::one().unwrap()).unwrap();
    assert!(none.is_empty());
    let none = setup().prove_all(&[], &Threads::one().unwrap()).unwrap();
    assert!(none.is_empty());
}

#[test]
fn the_number_of_threads_changes_no_cell() {
    let rows: Vec<_> = extended_rows().iter().map(|r| r.row().clone()).collect();
    let expected: Vec<_> = extended_rows().iter().map(|r| r.cells().to_vec()).collect();
    for threads in pools() {
        assert!(setup().extend_all(&rows, &threads).unwrap() == expected);
        assert!(setup().extend_all(&[], &threads).unwrap().is_empty());
    }
}

/// Counts pieces, and how many of them were ended with what they began with.
#[derive(Default)]
struct Count {
    begun: AtomicU64,
    ended: AtomicU64,
}

impl Meter for Count {
    fn begin(&self) -> u64 {
        self.begun.fetch_add(1, Ordering::SeqCst)
    }

    fn end(&self, begun: u64) {
        assert!(begun < self.begun.load(Ordering::SeqCst));
        self.ended.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn a_meter_hears_of_every_piece_and_of_no_other_pools() {
    let started = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&started);
    let threads = Threads::starting(NonZeroUsize::new(2).unwrap(), move || {
        counted.fetch_add(1, Ordering::SeqCst);
    })
    .unwrap();
    let rows: Vec<_> = extended_rows()[..2]
        .iter()
        .map(|r| r.row().clone())
        .collect();
    let count = Arc::new(Count::default());
    let metered = threads.metered(count.clone());
    assert_eq!(metered.count(), threads.count());
    setup().commit_all(&rows, &threads).unwrap();
    assert_eq!(count.begun.load(Ordering::SeqCst), 0);
    setup().commit_all(&rows, &metered).unwrap();
    // A row for each thread.
    assert_eq!(count.begun.load(Ordering::SeqCst), 2);
    setup().commit_all(&rows[..1], &metered).unwrap();
    assert_eq!(count.begun.load(Ordering::SeqCst), 3);
    assert_eq!(count.ended.load(Ordering::SeqCst), 3);
    assert!((1..=2).contains(&started.load(Ordering::SeqCst)));
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
        let refused = setup.verify_cells(&grid, cells.clone()).unwrap_err();
        assert_eq!(refused, CommitmentError::BatchMalformed { cells: 16 });
        for threads in pools() {
            let shared = setup.verify_or_blame_on(&threads, &grid, cells.clone());
            assert_eq!(shared.unwrap(), judged);
            assert_eq!(
                setup.verify_cells_on(&threads, &grid, cells.clone()),
                Err(refused.clone())
            );
        }
    }
}

/// Some cells and all cells of a batch that is large enough for its halves to be judged on several
/// threads.
#[test]
fn the_number_of_threads_changes_no_blame() {
    for setup in setups() {
        let grid = grid_on(setup, 8);
        let mut cells: Vec<_> = (0..27)
            .map(|k| answer([0, 5, 7][k as usize % 3], k))
            .collect();
        for wrong in [1, 2, 3, 4, 5, 6, 13, 20, 26] {
            cells[wrong].proof = types::Proof::new(*grid.commitments()[5].as_bytes());
        }
        let mut all = cells.clone();
        for cell in &mut all {
            cell.at.row = parity(3);
        }
        for (cells, culprits) in [(cells, 9), (all, 27)] {
            let judged = setup.verify_or_blame(&grid, cells.clone()).unwrap();
            assert_eq!(judged.culprits.len(), culprits);
            assert_eq!(judged.verified.len(), 27 - culprits);
            for threads in pools() {
                let shared = setup.verify_or_blame_on(&threads, &grid, cells.clone());
                assert_eq!(shared.unwrap(), judged);
            }
        }
    }
}

/// Row 1 is refused by the thread that recovers row 0 before, row 2 by another one at once.
#[test]
fn the_number_of_threads_changes_no_error() {
    for setup in setups() {
        let grid = grid_on(setup, 8);
        let cells = |row: u64, count: u64| -> Vec<VerifiedCell> {
            let row_cell = |col| {
                let row_of = &extended_rows()[row as usize];
                row_of.verified(data(row), column(col), &grid).unwrap()
            };
            (0..count).map(row_cell).collect()
        };
        let mut twice = cells(2, 64);
        twice.push(twice[5].clone());
        let rows = [cells(0, 100), cells(1, 63), twice, cells(3, 64)];
        let rows: Vec<_> = rows.iter().map(Vec::as_slice).collect();
        let expected = CommitmentError::Erasure(ErasureError::TooFewCells {
            got: 63,
            expected: 64,
        });
        for threads in pools() {
            let got = setup.recover_all_with_proofs(&rows, &threads);
            assert_eq!(got, Err(expected.clone()), "{}", threads.count());
        }
    }
}
