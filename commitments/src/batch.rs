//! One equation for many cells.
//!
//! Cell k of a row with commitment C holds the values of the row's polynomial where X⁶⁴ is hₖ⁶⁴;
//! with I their interpolation, its proof π is right when
//! e(C − [I(τ)]₁ + hₖ⁶⁴·π, [1]₂) = e(π, [τ⁶⁴]₂) (EIP-7594, `verify_cell_kzg_proof_batch_impl`).
//! Both sides are linear in (C, I, π), so many cells with random coefficients take one such
//! equation. What is summed before it comes to the group: the cells of one column, the weights of
//! one row, and the parity rows into the data rows that they are made of.

use std::collections::BTreeMap;
use std::ops::Range;

use algebra::{Fr, G1, G1Affine, pairing_product_is_one};
use types::limits::{CELL_ELEMENTS, COLUMNS};
use types::{GridRow, Proof, UnverifiedCell};

use crate::challenge::{CellClaim, cell_batch_challenge, coefficients};
use crate::threads::Workers;
use crate::{CommitmentError, CommitmentGrid, Verifier};

/// A cell with all that its equation needs.
pub(crate) struct Term<'a> {
    pub(crate) cell: &'a UnverifiedCell,
    pub(crate) proof: G1Affine,
    pub(crate) coefficient: u128,
}

/// Both sides of the equation of some cells; those of more cells are their sums.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sides {
    /// −Σ r·(C − [I(τ)]₁ + h⁶⁴·π), which is paired with [1]₂.
    left: G1,
    /// Σ r·π, which is paired with [τ⁶⁴]₂.
    right: G1,
}

impl Sides {
    pub(crate) fn minus(self, other: Self) -> Self {
        Self {
            left: self.left - other.left,
            right: self.right - other.right,
        }
    }
}

/// What a piece of a batch comes to, before the sums over commitments and powers are taken.
struct Partial {
    /// Σ r·elements, by column.
    columns: ColumnSums,
    /// Σ r, by row.
    rows: RowSums,
    /// −Σ r·h⁶⁴·π.
    shifted: G1,
    /// Σ r·π.
    proofs: G1,
}

impl Verifier {
    /// Decodes the proofs and draws the coefficients, which hash everything about every cell.
    pub(crate) fn terms<'a>(
        &self,
        grid: &CommitmentGrid,
        cells: &[&'a UnverifiedCell],
        workers: Workers<'_>,
    ) -> Result<Vec<Result<Term<'a>, CommitmentError>>, CommitmentError> {
        let claims = cells
            .iter()
            .map(|cell| {
                Ok(CellClaim {
                    commitment: u64::from(grid.dimensions().position(cell.at.row)?),
                    column: cell.at.column,
                    cell: &cell.cell,
                    proof: &cell.proof,
                })
            })
            .collect::<Result<Vec<_>, CommitmentError>>()?;
        let (challenge, points) = workers.join(
            || cell_batch_challenge(grid.commitments(), &claims),
            || {
                workers.map_pieces(cells.len(), usize::MAX, |piece| {
                    let proofs = cells[piece].iter().map(|cell| &cell.proof);
                    let bytes: Vec<_> = proofs.map(Proof::as_bytes).copied().collect();
                    Ok(self.engine.read_points(&bytes))
                })
            },
        );
        let drawn = coefficients(&challenge, cells.len());
        let terms = cells
            .iter()
            .zip(points?.into_iter().flatten())
            .zip(drawn)
            .map(|((cell, proof), coefficient)| {
                let proof = proof.map_err(|_| CommitmentError::BadProof { at: cell.at })?;
                Ok(Term {
                    cell,
                    proof,
                    coefficient,
                })
            })
            .collect();
        Ok(terms)
    }

    /// Both sides for cells that stand in the grid.
    pub(crate) fn sides(
        &self,
        grid: &CommitmentGrid,
        terms: &[Term<'_>],
        workers: Workers<'_>,
    ) -> Result<Sides, CommitmentError> {
        let mut partials = workers
            .map_pieces(terms.len(), usize::MAX, |piece: Range<usize>| {
                self.partial(&terms[piece])
            })?
            .into_iter();
        let Some(mut total) = partials.next() else {
            return Ok(Sides {
                left: G1::infinity(),
                right: G1::infinity(),
            });
        };
        for partial in partials {
            total.columns.merge(partial.columns);
            total.rows.merge(partial.rows);
            total.shifted += partial.shifted;
            total.proofs += partial.proofs;
        }

        let weights: Vec<_> = total.rows.0.into_iter().collect();
        let (mut points, mut scalars): (Vec<G1Affine>, Vec<Fr>) = grid
            .points()
            .iter()
            .zip(grid.fold(&weights)?)
            .filter(|(_, weight)| !weight.is_zero())
            .map(|(point, weight)| (*point, -weight))
            .unzip();
        points.extend_from_slice(&self.powers);
        scalars.extend(self.interpolate(total.columns)?);
        Ok(Sides {
            left: total.shifted + self.engine.msm(&points, &scalars)?.into(),
            right: total.proofs,
        })
    }

    fn partial(&self, terms: &[Term<'_>]) -> Result<Partial, CommitmentError> {
        let mut columns = ColumnSums::default();
        let mut rows = RowSums::default();
        let mut proofs = Vec::with_capacity(terms.len());
        let mut short = Vec::with_capacity(terms.len());
        let mut shifted = Vec::with_capacity(terms.len());
        for term in terms {
            let (at, factor) = (term.cell.at, Fr::from_u128(term.coefficient));
            let elements = self.engine.read_scalars(term.cell.cell.as_bytes())?;
            let sum = columns.of(at.column.as_usize());
            self.engine.add_scaled(sum, &elements, factor)?;
            rows.add(at.row, factor);
            proofs.push(term.proof);
            short.push(term.coefficient);
            shifted.push(-(factor * self.cosets.height(at.column.as_usize())));
        }
        Ok(Partial {
            columns,
            rows,
            shifted: self.engine.msm(&proofs, &shifted)?.into(),
            proofs: self.engine.msm_short(&proofs, &short)?.into(),
        })
    }

    /// The coefficients of the sum of what the columns interpolate to.
    fn interpolate(&self, sums: ColumnSums) -> Result<Vec<Fr>, CommitmentError> {
        let ColumnSums {
            columns,
            mut values,
        } = sums;
        self.engine.ifft(&self.cosets.domain, &mut values)?;
        let mut coefficients = vec![Fr::ZERO; CELL_ELEMENTS];
        for (column, block) in columns.iter().zip(values.chunks_exact_mut(CELL_ELEMENTS)) {
            self.engine.mul_each(block, self.cosets.unshift(*column))?;
            for (coefficient, term) in coefficients.iter_mut().zip(block) {
                *coefficient += *term;
            }
        }
        Ok(coefficients)
    }

    /// Whether both sides are equal.
    pub(crate) fn holds(&self, sides: Sides) -> bool {
        pairing_product_is_one(&[
            (sides.left.into(), &self.one),
            (sides.right.into(), &self.tau_to_cell),
        ])
    }
}

/// Sums of cells, by the columns that have any.
#[derive(Default)]
struct ColumnSums {
    columns: Vec<usize>,
    /// A block of 64 for each.
    values: Vec<Fr>,
}

impl ColumnSums {
    /// The sum of a column, zero at first.
    fn of(&mut self, column: usize) -> &mut [Fr] {
        let block = match self.columns.iter().position(|known| *known == column) {
            Some(block) => block,
            None => {
                self.columns.push(column);
                self.values
                    .resize(self.values.len() + CELL_ELEMENTS, Fr::ZERO);
                self.columns.len() - 1
            }
        };
        &mut self.values[block * CELL_ELEMENTS..][..CELL_ELEMENTS]
    }

    fn merge(&mut self, other: Self) {
        debug_assert!(self.columns.len() <= COLUMNS);
        for (column, block) in other
            .columns
            .iter()
            .zip(other.values.chunks_exact(CELL_ELEMENTS))
        {
            for (sum, value) in self.of(*column).iter_mut().zip(block) {
                *sum += *value;
            }
        }
    }
}

/// Sums of coefficients, by the rows that have any.
#[derive(Default)]
struct RowSums(BTreeMap<GridRow, Fr>);

impl RowSums {
    fn add(&mut self, row: GridRow, weight: Fr) {
        *self.0.entry(row).or_insert(Fr::ZERO) += weight;
    }

    fn merge(&mut self, other: Self) {
        for (row, weight) in other.0 {
            self.add(row, weight);
        }
    }
}
