//! Whether many rows have the commitments that somebody claims for them.

use algebra::{Fr, G1, G1Affine};
use rand::CryptoRng;
use types::limits::ROW_ELEMENTS;
use types::{Row, RowIndex};

use crate::threads::Workers;
use crate::{CommitmentError, CommitmentGrid, Setup, Threads};

/// Rows of one piece of work.
const PIECE: usize = 64;

/// So many rows or fewer are committed to one by one to find the false ones: halves of them would
/// take as many commitments.
const FEW: usize = 4;

/// A sum of rows, and what its commitment should be.
struct Combined {
    values: Vec<Fr>,
    expected: G1,
}

impl Setup {
    /// Checks that the grid's data rows are these, by one commitment: for random coefficients ρ,
    /// the sum Σ ρᵢ·rowᵢ must have the commitment Σ ρᵢ·Cᵢ.
    ///
    /// False rows are found by halves, and by their own commitments where few rows are left. One
    /// among n takes about 2·log₂n commitments more. At worst, when all are false, it is about
    /// two commitments and log₂n readings for each row.
    ///
    /// `rng` must be private and fresh: who knows the coefficients can make false rows whose
    /// errors cancel. A row that is not its commitment's passes by a chance of 2⁻¹²⁸.
    ///
    /// # Errors
    /// [`CommitmentError::WrongRows`] with every false one, [`CommitmentError::Count`] unless
    /// there are as many rows as the grid has.
    pub fn check_rows(
        &self,
        grid: &CommitmentGrid,
        rows: &[Row],
        rng: &mut impl CryptoRng,
        threads: &Threads,
    ) -> Result<(), CommitmentError> {
        let expected = grid.commitments().len();
        if rows.len() != expected {
            return Err(CommitmentError::Count {
                what: "rows",
                got: rows.len(),
                expected,
            });
        }
        let coefficients: Vec<u128> = rows
            .iter()
            .map(|_| {
                let mut bytes = [0; 16];
                rng.fill_bytes(&mut bytes);
                u128::from_be_bytes(bytes)
            })
            .collect();
        let check = Check {
            setup: self,
            rows,
            points: grid.points(),
            coefficients: &coefficients,
            workers: Workers::Pool(threads),
        };
        let whole = check.combine(0, rows.len())?;
        if check.holds(&whole)? {
            return Ok(());
        }
        let mut wrong = Vec::new();
        check.blame(0, rows.len(), whole, &mut wrong)?;
        Err(CommitmentError::WrongRows { rows: wrong })
    }
}

struct Check<'a> {
    setup: &'a Setup,
    rows: &'a [Row],
    points: &'a [G1Affine],
    coefficients: &'a [u128],
    workers: Workers<'a>,
}

impl Check<'_> {
    /// The sum of the rows from `start` up to `end`.
    fn combine(&self, start: usize, end: usize) -> Result<Combined, CommitmentError> {
        let engine = self.setup.engine();
        let partial = self.workers.map_pieces(end - start, PIECE, |piece| {
            let mut sum = vec![Fr::ZERO; ROW_ELEMENTS];
            for i in start + piece.start..start + piece.end {
                let row = engine.read_scalars(self.rows[i].as_bytes())?;
                engine.add_scaled(&mut sum, &row, Fr::from_u128(self.coefficients[i]))?;
            }
            Ok(sum)
        })?;
        let mut values = vec![Fr::ZERO; ROW_ELEMENTS];
        for sum in partial {
            for (value, part) in values.iter_mut().zip(sum) {
                *value += part;
            }
        }
        let expected =
            engine.msm_short(&self.points[start..end], &self.coefficients[start..end])?;
        Ok(Combined {
            values,
            expected: expected.into(),
        })
    }

    fn holds(&self, combined: &Combined) -> Result<bool, CommitmentError> {
        let got = self.setup.commit_point(&combined.values)?;
        Ok(G1::from(got) == combined.expected)
    }

    /// The rows from `start` up to `end` that do not have their own commitments.
    fn each(&self, start: usize, end: usize) -> Result<Vec<RowIndex>, CommitmentError> {
        let wrong = self.workers.map_pieces(end - start, 1, |piece| {
            let mut wrong = Vec::new();
            for i in start + piece.start..start + piece.end {
                let row = self.setup.engine().read_scalars(self.rows[i].as_bytes())?;
                if self.setup.commit_point(&row)? != self.points[i] {
                    wrong.push(RowIndex::new(i as u64)?);
                }
            }
            Ok(wrong)
        })?;
        Ok(wrong.concat())
    }

    /// Finds the false rows from `start` up to `end`, of which the sum is false. That of the
    /// right half is what the left half leaves.
    fn blame(
        &self,
        start: usize,
        end: usize,
        whole: Combined,
        wrong: &mut Vec<RowIndex>,
    ) -> Result<(), CommitmentError> {
        if end - start <= FEW {
            wrong.extend(self.each(start, end)?);
            return Ok(());
        }
        let middle = start.midpoint(end);
        let left = self.combine(start, middle)?;
        let mut right = whole;
        for (value, part) in right.values.iter_mut().zip(&left.values) {
            *value -= *part;
        }
        right.expected = right.expected - left.expected;
        let left_holds = self.holds(&left)?;
        if !left_holds {
            self.blame(start, middle, left, wrong)?;
        }
        // Of two halves one is false, if the whole is.
        if left_holds || !self.holds(&right)? {
            self.blame(middle, end, right, wrong)?;
        }
        Ok(())
    }
}
