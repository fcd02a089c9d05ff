//! Turning unverified cells into verified ones, and naming those that are not.

use types::UnverifiedCell;

use crate::batch::{Sides, Term};
use crate::threads::Workers;
use crate::{CommitmentError, CommitmentGrid, Threads, VerifiedCell, Verifier};

/// So many cells or fewer are judged by their own equations: halves of them would take as many.
const FEW: usize = 4;

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

impl Verifier {
    /// Verifies cells, in data or parity rows, by one batch: all of them hold, or none is
    /// returned. The same cell may come twice; no cells at all hold.
    ///
    /// # Errors
    /// [`CommitmentError::Noun`] for coordinates outside the grid,
    /// [`CommitmentError::BatchMalformed`], [`CommitmentError::BatchRefused`].
    pub fn verify_cells(
        &self,
        grid: &CommitmentGrid,
        cells: Vec<UnverifiedCell>,
    ) -> Result<Vec<VerifiedCell>, CommitmentError> {
        self.verify_with(grid, cells, Workers::Caller)
    }

    /// As [`Verifier::verify_cells`], its work shared by a pool.
    ///
    /// # Errors
    /// As [`Verifier::verify_cells`].
    pub fn verify_cells_on(
        &self,
        threads: &Threads,
        grid: &CommitmentGrid,
        cells: Vec<UnverifiedCell>,
    ) -> Result<Vec<VerifiedCell>, CommitmentError> {
        self.verify_with(grid, cells, Workers::Pool(threads))
    }

    fn verify_with(
        &self,
        grid: &CommitmentGrid,
        cells: Vec<UnverifiedCell>,
        workers: Workers<'_>,
    ) -> Result<Vec<VerifiedCell>, CommitmentError> {
        if cells.is_empty() {
            return Ok(Vec::new());
        }
        for cell in &cells {
            grid.dimensions().contain(cell.at)?;
        }
        let claims: Vec<_> = cells.iter().collect();
        let terms = self
            .terms(grid, &claims, workers)?
            .into_iter()
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| CommitmentError::BatchMalformed { cells: cells.len() })?;
        if self.holds(self.sides(grid, &terms, workers)?) {
            Ok(cells.into_iter().map(|cell| verified(grid, cell)).collect())
        } else {
            Err(CommitmentError::BatchRefused { cells: cells.len() })
        }
    }

    /// Verifies cells by one batch and, when it fails, by halves of it, and by their own equations
    /// where few are left, until every false cell is found.
    ///
    /// One false cell among n costs about as much again as the batch did, and 2·log₂n pairing
    /// checks. At worst, when all are false, it is fewer than two pairing checks for each cell,
    /// and a sum over 64 powers and the cells' rows (in parity, all N commitments) for each:
    /// whoever takes cells from strangers bounds how many one batch has.
    ///
    /// # Errors
    /// Only faults of our own; a false cell is no error but a [`Culprit`].
    pub fn verify_or_blame(
        &self,
        grid: &CommitmentGrid,
        cells: Vec<UnverifiedCell>,
    ) -> Result<Judged, CommitmentError> {
        self.judge_with(grid, cells, Workers::Caller)
    }

    /// As [`Verifier::verify_or_blame`], its work shared by a pool.
    ///
    /// # Errors
    /// As [`Verifier::verify_or_blame`].
    pub fn verify_or_blame_on(
        &self,
        threads: &Threads,
        grid: &CommitmentGrid,
        cells: Vec<UnverifiedCell>,
    ) -> Result<Judged, CommitmentError> {
        self.judge_with(grid, cells, Workers::Pool(threads))
    }

    fn judge_with(
        &self,
        grid: &CommitmentGrid,
        cells: Vec<UnverifiedCell>,
        workers: Workers<'_>,
    ) -> Result<Judged, CommitmentError> {
        let mut faults: Vec<Option<CommitmentError>> = cells
            .iter()
            .map(|cell| grid.dimensions().contain(cell.at).err().map(Into::into))
            .collect();
        let (places, claims): (Vec<usize>, Vec<&UnverifiedCell>) = cells
            .iter()
            .enumerate()
            .filter(|(place, _)| faults[*place].is_none())
            .unzip();
        let mut terms = Vec::with_capacity(claims.len());
        let mut decoded = Vec::with_capacity(claims.len());
        for (place, term) in places.into_iter().zip(self.terms(grid, &claims, workers)?) {
            match term {
                Ok(term) => {
                    terms.push(term);
                    decoded.push(place);
                }
                Err(fault) => faults[place] = Some(fault),
            }
        }
        let mut wrong = Vec::new();
        let sides = self.sides(grid, &terms, workers)?;
        if !self.holds(sides) {
            wrong = self.blame(grid, &terms, sides, workers)?;
        }
        for term in wrong {
            let place = decoded[term];
            faults[place] = Some(CommitmentError::WrongCell {
                at: cells[place].at,
            });
        }
        let mut judged = Judged::default();
        for (cell, fault) in cells.into_iter().zip(faults) {
            match fault {
                None => judged.verified.push(verified(grid, cell)),
                Some(fault) => judged.culprits.push(Culprit { cell, fault }),
            }
        }
        Ok(judged)
    }

    /// Finds the wrong ones among terms whose sides are not equal: their places, in ascending
    /// order.
    fn blame(
        &self,
        grid: &CommitmentGrid,
        terms: &[Term<'_>],
        sides: Sides,
        workers: Workers<'_>,
    ) -> Result<Vec<usize>, CommitmentError> {
        if terms.len() <= FEW {
            return self.blame_each(grid, terms, sides, workers);
        }
        // The right half's sides are what the left half leaves of the whole.
        let (left, right) = terms.split_at(terms.len() / 2);
        let left_sides = self.sides(grid, left, workers)?;
        let right_sides = sides.minus(left_sides);
        let left_holds = self.holds(left_sides);
        let (wrong, wrong_right) = workers.join(
            || {
                if left_holds {
                    return Ok(Vec::new());
                }
                self.blame(grid, left, left_sides, workers)
            },
            || {
                // Of two halves one is wrong, if the whole is.
                if !left_holds && self.holds(right_sides) {
                    return Ok(Vec::new());
                }
                self.blame(grid, right, right_sides, workers)
            },
        );
        let mut wrong = wrong?;
        wrong.extend(wrong_right?.into_iter().map(|place| left.len() + place));
        Ok(wrong)
    }

    /// As [`Verifier::blame`], by each cell's own equation; that of the last is what the others
    /// leave of the whole.
    fn blame_each(
        &self,
        grid: &CommitmentGrid,
        terms: &[Term<'_>],
        sides: Sides,
        workers: Workers<'_>,
    ) -> Result<Vec<usize>, CommitmentError> {
        let Some(last) = terms.len().checked_sub(1) else {
            return Ok(Vec::new());
        };
        let own = workers.map_pieces(last, 1, |piece| {
            let own = self.sides(grid, &terms[piece], Workers::Caller)?;
            Ok((own, self.holds(own)))
        })?;
        let mut rest = sides;
        let mut wrong = Vec::new();
        for (place, (own, holds)) in own.into_iter().enumerate() {
            rest = rest.minus(own);
            if !holds {
                wrong.push(place);
            }
        }
        // Of all one is wrong, if the whole is.
        if wrong.is_empty() || !self.holds(rest) {
            wrong.push(last);
        }
        Ok(wrong)
    }
}

/// To be called only after a batch with this cell held.
fn verified(grid: &CommitmentGrid, cell: UnverifiedCell) -> VerifiedCell {
    VerifiedCell {
        at: cell.at,
        cell: cell.cell,
        proof: cell.proof,
        grid: grid.clone(),
    }
}
