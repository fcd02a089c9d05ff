#![allow(clippy::unwrap_used)]

use super::{PATIENCE, Want, Wanted, runs};
use chain::ColumnSet;
use types::{BlobId, RowIndex};

fn rows(indices: &[u64]) -> Vec<RowIndex> {
    indices.iter().map(|&i| RowIndex::new(i).unwrap()).collect()
}

#[test]
fn neighbours_are_asked_for_together_and_no_run_is_too_long() {
    let found: Vec<(u16, u16)> = runs(&rows(&[0, 1, 2, 3, 7, 8, 20]), 3)
        .into_iter()
        .map(|(first, count)| (first.get(), count))
        .collect();
    assert_eq!(found, [(0, 3), (3, 1), (7, 2), (20, 1)]);
    assert!(runs(&[], 3).is_empty());
}

#[test]
fn a_wanted_blob_is_counted_once_and_its_failures_add_up() {
    let wanted = Wanted::default();
    let blob = BlobId::new([7; 32]);
    wanted.add(blob, ColumnSet::full());
    assert_eq!(wanted.failed(&blob), 1);
    wanted.add(blob, ColumnSet::full());
    assert_eq!(wanted.failed(&blob), 2);
    let want = Want {
        columns: ColumnSet::full(),
        failures: 2,
    };
    assert_eq!(wanted.all(), [(blob, want)]);
    wanted.remove(&blob);
    assert!(wanted.all().is_empty());
    assert!(wanted.failed(&blob) < PATIENCE);
}
