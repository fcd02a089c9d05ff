//! Placing blobs and proving their place.

use crate::samples::{any_index, index, meta};
use proptest::prelude::*;
use types::{IndexTree, PlacementProof, RowIndex};

#[test]
fn blobs_are_sorted_and_contiguous() {
    let index = index();
    assert_eq!(index.dimensions().rows(), 9);
    let mut next = 0;
    for pair in index.entries().windows(2) {
        assert!((pair[0].namespace(), pair[0].id()) < (pair[1].namespace(), pair[1].id()));
    }
    for entry in index.entries() {
        assert_eq!(entry.placement().first().get(), next);
        next += entry.placement().rows();
    }
}

#[test]
fn the_order_of_submission_does_not_matter() {
    let (a, b, c) = (meta(2, 1, 0), meta(1, 2, 0), meta(1, 2, 1));
    let one = IndexTree::place([&a, &b, &c]).unwrap();
    let other = IndexTree::place([&c, &b, &a]).unwrap();
    assert_eq!(one.root(), other.root());
    assert!(IndexTree::place([&a, &b, &a]).is_err());
}

#[test]
fn rows_of_block_and_blob_are_inverse() {
    let index = index();
    for entry in index.entries() {
        let placement = entry.placement();
        for row in (0..256).map(|row| RowIndex::new(row).unwrap()) {
            if let Ok(in_block) = placement.row_in_block(row) {
                assert_eq!(placement.row_in_blob(in_block), Some(row));
            } else {
                assert!(row.get() >= placement.rows());
            }
            if let Some(in_blob) = placement.row_in_blob(row) {
                assert_eq!(placement.row_in_block(in_blob).unwrap(), row);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn every_placement_is_proven(index in any_index()) {
        for entry in index.entries() {
            let proof = index.prove_placement(entry.id()).unwrap();
            let proof = PlacementProof::decode(&proof.encode()).unwrap();
            prop_assert_eq!(&proof.verify(&index.root()).unwrap(), entry);
        }
    }
}
