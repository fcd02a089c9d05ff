//! The operations on rows, and what a library must do to take part in them.

mod agreement;
mod inputs;

use std::time::Duration;

use types::{Cell, Commitment, Proof};

pub use agreement::check;
pub use inputs::{Batch, Inputs, ProvedRow};

use crate::ours::kzg::Ours;
use crate::rivals::{CKzg, RustEthKzg};
use crate::{BenchError, Budget, round_robin};
use crate::{Plan, Samples};

/// An operation on rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// The commitments of the rows (EIP-4844 `blob_to_kzg_commitment`).
    Commit,
    /// The 128 cells of each row, without proofs (EIP-7594 `compute_cells`).
    Cells,
    /// The 128 cells of each row and their proofs (EIP-7594 `compute_cells_and_kzg_proofs`).
    Prove,
    /// Whether all 128 cells of all rows of the batch open their commitments (EIP-7594
    /// `verify_cell_kzg_proof_batch`).
    Verify,
    /// All cells and proofs of each row from 64 of its cells (EIP-7594
    /// `recover_cells_and_kzg_proofs`).
    Recover,
}

impl Operation {
    /// Every one of them.
    pub const ALL: [Self; 5] = [
        Self::Commit,
        Self::Cells,
        Self::Prove,
        Self::Verify,
        Self::Recover,
    ];

    /// Its name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Cells => "cells",
            Self::Prove => "prove",
            Self::Verify => "verify",
            Self::Recover => "recover",
        }
    }

    /// How long it may be measured: proofs longer than the rest, since a round of them takes
    /// seconds.
    #[must_use]
    pub fn budget(self, plan: &Plan) -> Budget {
        if plan.quick {
            return Budget::QUICK;
        }
        Budget::full(match self {
            Self::Prove | Self::Recover => Duration::from_secs(40),
            Self::Commit | Self::Verify => Duration::from_secs(20),
            Self::Cells => Duration::from_secs(8),
        })
    }
}

/// What a verifier says of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every cell opens its commitment.
    Holds,
    /// Some cell does not.
    Refused,
}

/// The cells and proofs of one row.
pub type CellsAndProofs = (Vec<Cell>, Vec<Proof>);

/// A library that does every operation over the same [`Inputs`], which it has taken into its own
/// form beforehand.
pub trait Contestant {
    /// Its name in reports.
    fn name(&self) -> &'static str;

    /// Whether it is an engine of ours; otherwise it is a rival.
    fn is_ours(&self) -> bool;

    /// Bytes of the tables that it made of the ceremony's points.
    fn table_bytes(&self) -> usize;

    /// Does the operation once for all rows, or for the one batch, and says how long it took;
    /// bringing inputs into the form that a call consumes is not part of that.
    ///
    /// # Errors
    /// What the library says; none is expected.
    fn time(&self, operation: Operation) -> Result<Duration, BenchError>;

    /// The rows' commitments.
    ///
    /// # Errors
    /// As [`Contestant::time`].
    fn commitments(&self) -> Result<Vec<Commitment>, BenchError>;

    /// The rows' cells, computed without proofs.
    ///
    /// # Errors
    /// As [`Contestant::time`].
    fn cells(&self) -> Result<Vec<Vec<Cell>>, BenchError>;

    /// The rows' cells and proofs.
    ///
    /// # Errors
    /// As [`Contestant::time`].
    fn proved(&self) -> Result<Vec<CellsAndProofs>, BenchError>;

    /// The rows' cells and proofs, from those in [`Inputs::kept_columns`] alone.
    ///
    /// # Errors
    /// As [`Contestant::time`].
    fn recovered(&self) -> Result<Vec<CellsAndProofs>, BenchError>;

    /// What it says of a batch other than its own.
    ///
    /// # Errors
    /// As [`Contestant::time`]; a wrong cell is no error.
    fn verdict(&self, batch: &Batch) -> Result<Verdict, BenchError>;
}

/// Ours with each engine given, then the rivals, each with its tables made.
///
/// # Errors
/// What a library says; none is expected.
pub fn contestants(
    engines: &[algebra::Engine],
    inputs: &Inputs,
    threads: usize,
) -> Result<Vec<Box<dyn Contestant>>, BenchError> {
    let mut all: Vec<Box<dyn Contestant>> = Vec::new();
    for engine in engines {
        all.push(Box::new(Ours::new(*engine, inputs, threads)?));
    }
    all.push(Box::new(CKzg::new(inputs, threads)?));
    all.push(Box::new(RustEthKzg::new(inputs, threads)?));
    Ok(all)
}

/// Measures one operation: for each contestant, in their order, timings of one row, or of the
/// whole batch for [`Operation::Verify`].
///
/// # Errors
/// As [`Contestant::time`].
pub fn measure(
    contestants: &[Box<dyn Contestant>],
    operation: Operation,
    inputs: &Inputs,
    budget: Budget,
) -> Result<Vec<Samples>, BenchError> {
    let units = match operation {
        Operation::Verify => 1,
        _ => inputs.rows().len(),
    };
    let units = u32::try_from(units).unwrap_or(u32::MAX);
    round_robin(contestants, budget, |contestant| {
        Ok(contestant.time(operation)? / units)
    })
}
