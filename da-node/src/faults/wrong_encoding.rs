//! A validator that gets the encoding wrong: blocks whose header commits to other rows than the
//! block has, cells that open no commitment.

use chain::UnverifiedBlock;
use net::RowCells;
use types::{CommitmentsRoot, Proof};

/// Makes the header commit to rows that nobody has.
pub(crate) fn spoil_block(mut block: UnverifiedBlock) -> UnverifiedBlock {
    let root = block.header.commitments_root.as_bytes();
    block.header.commitments_root = CommitmentsRoot::new(root.map(|byte| !byte));
    block
}

/// Gives every cell the proof of its neighbour in the row: each is a well-formed cell with a
/// well-formed proof, and no two belong together.
pub(crate) fn spoil_rows(rows: &mut [RowCells]) {
    for row in rows {
        let proofs: Vec<Proof> = row.cells.iter().map(|cell| cell.proof).collect();
        let neighbours = proofs.iter().cycle().skip(1);
        for (cell, proof) in row.cells.iter_mut().zip(neighbours) {
            cell.proof = *proof;
        }
    }
}
