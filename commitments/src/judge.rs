//! Turning unverified cells into verified ones, and naming those that are not.

use c_kzg::{Bytes48, Cell as EngineCell};
use types::{Commitment, UnverifiedCell};

use crate::setup::{engine_failure, is_malformed};
use crate::{CommitmentError, CommitmentGrid, Setup, VerifiedCell};

/// What became of a batch of cells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judged {
    /// The cells that open their commitments, in the order in which they came.
    pub verified: Vec<VerifiedCell>,
    /// The others, in the order in which they came.
    pub culprits: Vec<Culprit>,
}

/// A cell that was refused, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Culprit {
    /// The cell.
    pub cell: UnverifiedCell,
    /// What is wrong with it; always its maker's fault.
    pub fault: CommitmentError,
}

/// A cell beside the commitment that it must open.
struct Claim {
    cell: UnverifiedCell,
    commitment: Commitment,
}

/// The outcome of one batch.
enum Outcome {
    Holds,
    Wrong,
    Malformed,
}

impl Setup {
    /// Verifies cells, in data or parity rows, by one batch: all of them hold, or none is
    /// returned. The same cell may come twice; no cells at all hold.
    ///
    /// # Errors
    /// [`CommitmentError::Noun`] for coordinates outside the grid,
    /// [`CommitmentError::BatchMalformed`], [`CommitmentError::BatchRefused`]; and
    /// [`CommitmentError::Engine`] when the engine itself fails.
    pub fn verify_cells(
        &self,
        grid: &CommitmentGrid,
        cells: Vec<UnverifiedCell>,
    ) -> Result<Vec<VerifiedCell>, CommitmentError> {
        let claims = cells
            .into_iter()
            .map(|cell| claim(grid, cell).map_err(|culprit| culprit.fault))
            .collect::<Result<Vec<_>, _>>()?;
        let cells = claims.len();
        match self.batch(&claims)? {
            Outcome::Holds => Ok(claims.into_iter().map(|c| c.verified(grid)).collect()),
            Outcome::Wrong => Err(CommitmentError::BatchRefused { cells }),
            Outcome::Malformed => Err(CommitmentError::BatchMalformed { cells }),
        }
    }

    /// Verifies cells by one batch and, when that fails, finds the culprits by bisection: for
    /// k culprits among n cells about k·log n further batches.
    ///
    /// # Errors
    /// [`CommitmentError::Engine`] when the engine itself fails; a bad cell is no error.
    pub fn verify_or_blame(
        &self,
        grid: &CommitmentGrid,
        cells: Vec<UnverifiedCell>,
    ) -> Result<Judged, CommitmentError> {
        let mut judged = Judged::default();
        let mut claims = Vec::with_capacity(cells.len());
        let mut outside = Vec::new();
        for (position, cell) in cells.into_iter().enumerate() {
            match claim(grid, cell) {
                Ok(claim) => claims.push((position, claim)),
                Err(culprit) => outside.push((position, *culprit)),
            }
        }
        let (positions, claims): (Vec<usize>, Vec<Claim>) = claims.into_iter().unzip();
        let mut faults = vec![None; claims.len()];
        self.blame(&claims, &mut faults)?;

        let mut culprits = outside;
        for ((position, claim), fault) in positions.into_iter().zip(claims).zip(faults) {
            match fault {
                None => judged.verified.push(claim.verified(grid)),
                Some(fault) => culprits.push((
                    position,
                    Culprit {
                        cell: claim.cell,
                        fault,
                    },
                )),
            }
        }
        culprits.sort_by_key(|(position, _)| *position);
        judged.culprits = culprits.into_iter().map(|(_, culprit)| culprit).collect();
        Ok(judged)
    }

    /// Writes a fault beside each claim that has one; the slices are equally long.
    fn blame(
        &self,
        claims: &[Claim],
        faults: &mut [Option<CommitmentError>],
    ) -> Result<(), CommitmentError> {
        let outcome = self.batch(claims)?;
        if matches!(outcome, Outcome::Holds) {
            return Ok(());
        }
        if let ([claim], [fault]) = (claims, &mut *faults) {
            let at = claim.cell.at;
            *fault = Some(match outcome {
                Outcome::Malformed => CommitmentError::BadProof { at },
                _ => CommitmentError::WrongCell { at },
            });
            return Ok(());
        }
        let middle = claims.len() / 2;
        let (left, right) = faults.split_at_mut(middle);
        self.blame(&claims[..middle], left)?;
        self.blame(&claims[middle..], right)
    }

    fn batch(&self, claims: &[Claim]) -> Result<Outcome, CommitmentError> {
        let commitments: Vec<_> = claims
            .iter()
            .map(|claim| Bytes48::from(*claim.commitment.as_bytes()))
            .collect();
        let columns: Vec<_> = claims
            .iter()
            .map(|claim| u64::from(claim.cell.at.column.get()))
            .collect();
        let cells = claims
            .iter()
            .map(|claim| EngineCell::from_bytes(claim.cell.cell.as_bytes()))
            .collect::<Result<Vec<_>, _>>()
            .map_err(engine_failure)?;
        let proofs: Vec<_> = claims
            .iter()
            .map(|claim| Bytes48::from(*claim.cell.proof.as_bytes()))
            .collect();
        match self
            .engine
            .verify_cell_kzg_proof_batch(&commitments, &columns, &cells, &proofs)
        {
            Ok(true) => Ok(Outcome::Holds),
            Ok(false) => Ok(Outcome::Wrong),
            // Commitments, columns and elements are well formed by their types, so what is not
            // must be a proof.
            Err(error) if is_malformed(&error) => Ok(Outcome::Malformed),
            Err(error) => Err(engine_failure(error)),
        }
    }
}

/// Finds the commitment that the cell must open.
fn claim(grid: &CommitmentGrid, cell: UnverifiedCell) -> Result<Claim, Box<Culprit>> {
    let commitment = grid
        .dimensions()
        .contain(cell.at)
        .map_err(CommitmentError::from)
        .and_then(|()| grid.commitment(cell.at.row));
    match commitment {
        Ok(commitment) => Ok(Claim { cell, commitment }),
        Err(fault) => Err(Box::new(Culprit { cell, fault })),
    }
}

impl Claim {
    /// To be called only after a batch with this claim held.
    fn verified(self, grid: &CommitmentGrid) -> VerifiedCell {
        VerifiedCell {
            at: self.cell.at,
            cell: self.cell.cell,
            proof: self.cell.proof,
            commitment: self.commitment,
            root: grid.commitments_root(),
        }
    }
}
