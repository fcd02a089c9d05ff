//! EIP-7594's own functions, as strict about their arguments as the specification; the rest of
//! this crate takes cells in any order and beside their coordinates.

use std::collections::HashMap;

use types::limits::MAX_BLOCK_ROWS;
use types::{Cell, ColumnIndex, Commitment, Coordinates, GridRow, Proof, RowIndex, UnverifiedCell};

#[cfg(feature = "prove")]
use crate::threads::Workers;
use crate::{CommitmentError, CommitmentGrid, Verifier};

/// `verify_cell_kzg_proof_batch`: checks that each cell opens its commitment; no cells at all
/// hold. Any number of commitments: 256 distinct ones at a time make one batch.
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

    let mut distinct = Vec::new();
    let mut rows = HashMap::new();
    let mut batches: Vec<Vec<UnverifiedCell>> = Vec::new();
    for (i, (((commitment, column), cell), proof)) in commitments
        .iter()
        .zip(columns)
        .zip(cells)
        .zip(proofs)
        .enumerate()
    {
        let row = *rows.entry(*commitment).or_insert_with(|| {
            distinct.push((i, *commitment));
            distinct.len() - 1
        });
        let (batch, row) = (row / MAX_BLOCK_ROWS, row % MAX_BLOCK_ROWS);
        batches.resize_with(batches.len().max(batch + 1), Vec::new);
        batches[batch].push(UnverifiedCell {
            at: Coordinates {
                row: GridRow::Data(RowIndex::new(row as u64)?),
                column: *column,
            },
            cell: cell.clone(),
            proof: *proof,
        });
    }

    // What is malformed is told from what is false across all batches, as if they were one.
    let grids = distinct
        .chunks(MAX_BLOCK_ROWS)
        .map(|part| {
            let commitments = part.iter().map(|(_, commitment)| *commitment).collect();
            CommitmentGrid::on(verifier.engine(), commitments).map_err(|error| match error {
                CommitmentError::BadCommitment { row, source } => CommitmentError::BadCommitment {
                    row: part.get(row).map_or(row, |(place, _)| *place),
                    source,
                },
                other => other,
            })
        })
        .collect::<Result<Vec<_>, _>>()?;
    let mut verdict = Ok(());
    for (grid, claims) in grids.iter().zip(batches) {
        match verifier.verify_cells(grid, claims) {
            Ok(_) => {}
            Err(CommitmentError::BatchRefused { .. }) => {
                verdict = Err(CommitmentError::BatchRefused { cells: cells.len() });
            }
            Err(CommitmentError::BatchMalformed { .. }) => {
                return Err(CommitmentError::BatchMalformed { cells: cells.len() });
            }
            Err(other) => return Err(other),
        }
    }
    verdict
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
    let polynomial = erasure::RowPolynomial::recover(&parts, engine)?;
    let row = polynomial.row(engine)?;
    let commitment = setup.commit(&row)?;
    setup
        .prover(Workers::Caller)?
        .prove(&crate::CommittedRow::new(row, commitment), polynomial)
}
