//! Timings mean something only of contestants that compute the same.

use super::{CellsAndProofs, Contestant, Inputs, ProvedRow, Verdict};
use crate::BenchError;

/// Checks that a contestant gives the same commitments, cells and proofs as [`Inputs`] has, also
/// when it recovers them, and that it accepts the batch and refuses tampered ones.
///
/// # Errors
/// [`BenchError::Disagreement`] for the first thing that differs; what the library says when it
/// refuses an input.
pub fn check(contestant: &dyn Contestant, inputs: &Inputs) -> Result<(), BenchError> {
    let rows = inputs.rows();
    let agree = |what, same: bool| {
        if same {
            Ok(())
        } else {
            Err(BenchError::Disagreement {
                engine: contestant.name(),
                what,
            })
        }
    };
    agree(
        "commitments",
        contestant
            .commitments()?
            .iter()
            .eq(rows.iter().map(|row| &row.commitment)),
    )?;
    agree(
        "cells",
        contestant
            .cells()?
            .iter()
            .eq(rows.iter().map(|row| &row.cells)),
    )?;
    agree("cells and proofs", same(&contestant.proved()?, rows))?;
    agree("recovered rows", same(&contestant.recovered()?, rows))?;

    let batch = inputs.batch()?;
    for (what, batch, expected) in [
        ("a batch that holds", batch.clone(), Verdict::Holds),
        (
            "a batch with two cells exchanged",
            batch.clone().with_swapped_cells(),
            Verdict::Refused,
        ),
        (
            "a batch with two proofs exchanged",
            batch.with_swapped_proofs(),
            Verdict::Refused,
        ),
    ] {
        agree(what, contestant.verdict(&batch)? == expected)?;
    }
    Ok(())
}

fn same(got: &[CellsAndProofs], expected: &[ProvedRow]) -> bool {
    got.len() == expected.len()
        && got
            .iter()
            .zip(expected)
            .all(|((cells, proofs), row)| *cells == row.cells && *proofs == row.proofs)
}
