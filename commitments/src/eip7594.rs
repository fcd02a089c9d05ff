//! EIP-7594's own functions, as strict about their arguments as the specification; the rest of
//! this crate takes cells in any order and beside their coordinates.

use std::collections::HashMap;

use types::{Cell, ColumnIndex, Commitment, Coordinates, GridRow, Proof, RowIndex, UnverifiedCell};

use crate::{CommitmentError, CommitmentGrid, Verifier};

/// `verify_cell_kzg_proof_batch`: checks that each cell opens its commitment; no cells at all
/// hold. At most 256 distinct commitments.
///
/// # Errors
/// [`CommitmentError::Count`] unless there are equally many of each,
/// [`CommitmentError::BadCommitment`], [`CommitmentError::BatchMalformed`],
/// [`CommitmentError::BatchRefused`].
pub fn verify_cells(
    verifier: &Verifier,
    commitments: &[Commitment],
    columns: &[ColumnIndex],
    cells: &[Cell],
    proofs: &[Proof],
) -> Result<(), CommitmentError> {
    for (what, got) in [
        ("commitments", commitments.len()),
        ("columns", columns.len()),
        ("proofs", proofs.len()),
    ] {
        if got != cells.len() {
            return Err(CommitmentError::Count {
                what,
                got,
                expected: cells.len(),
            });
        }
    }
    if cells.is_empty() {
        return Ok(());
    }

    let mut distinct = Vec::new();
    let mut rows = HashMap::new();
    let mut claims = Vec::with_capacity(cells.len());
    for (((commitment, column), cell), proof) in
        commitments.iter().zip(columns).zip(cells).zip(proofs)
    {
        let row = *rows.entry(*commitment).or_insert_with(|| {
            distinct.push(*commitment);
            distinct.len() as u64 - 1
        });
        claims.push(UnverifiedCell {
            at: Coordinates {
                row: GridRow::Data(RowIndex::new(row)?),
                column: *column,
            },
            cell: cell.clone(),
            proof: *proof,
        });
    }
    let grid = CommitmentGrid::on(verifier.engine(), distinct)?;
    verifier.verify_cells(&grid, claims).map(|_| ())
}

/// `recover_cells_and_kzg_proofs`: all cells and proofs of a row, given at least 64 cells in
/// ascending order. Nothing says which commitment the row should have; who knows it uses
/// `Setup::recover_row_with_proofs`.
///
/// # Errors
/// [`CommitmentError::Count`] unless there are as many columns as cells,
/// [`CommitmentError::NotAscending`], [`CommitmentError::Erasure`].
#[cfg(feature = "prove")]
pub fn recover(
    setup: &crate::Setup,
    columns: &[ColumnIndex],
    cells: &[Cell],
) -> Result<crate::ExtendedRow, CommitmentError> {
    if columns.len() != cells.len() {
        return Err(CommitmentError::Count {
            what: "columns",
            got: columns.len(),
            expected: cells.len(),
        });
    }
    for pair in columns.windows(2) {
        if let [before, got] = pair
            && got <= before
        {
            return Err(CommitmentError::NotAscending {
                got: *got,
                before: *before,
            });
        }
    }
    let parts: Vec<_> = columns.iter().copied().zip(cells).collect();
    let engine = setup.engine();
    let row = erasure::RowPolynomial::recover(&parts, engine)?.row(engine)?;
    setup.extend_with_proofs(&row)
}
