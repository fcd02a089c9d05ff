//! Rebuilding the rows of a grid from any N of its 2N.

use std::collections::HashSet;

use algebra::{Fr, batch_invert};
use types::{Cell, GridRow, RowIndex};

use crate::columns::equal_width;
use crate::field::{cell_to_scalars, scalars_to_cell};
use crate::{ColumnCode, ErasureError};

/// How each data row follows from N known rows: computed once, applied to any number of columns.
#[derive(Clone, Debug)]
pub struct ColumnRecovery {
    known: Vec<GridRow>,
    /// One per data row.
    sources: Vec<Source>,
}

#[derive(Clone, Debug)]
enum Source {
    /// The row is among the known ones, at this position.
    Known(usize),
    /// The row is this combination of the known ones.
    Combination(Vec<Fr>),
}

impl ColumnRecovery {
    /// Computes Lagrange's coefficients over the known points: those of `known`, and those of the
    /// rows N..P, which are zero and so need no coefficient, but count as roots.
    pub(crate) fn new(code: &ColumnCode, known: &[GridRow]) -> Result<Self, ErasureError> {
        let n = usize::from(code.dimensions().rows());
        let mut seen = HashSet::with_capacity(known.len());
        for row in known {
            code.point(*row)?;
            if !seen.insert(*row) {
                return Err(ErasureError::DuplicateRow { got: *row });
            }
        }
        if known.len() != n {
            return Err(ErasureError::RowCount {
                got: known.len(),
                expected: n,
            });
        }

        let points = known
            .iter()
            .map(|row| code.point(*row))
            .collect::<Result<Vec<Fr>, _>>()?;
        let zeros = code.zero_points();
        // 1 / Π (xₖ − x) over all other known points x.
        let mut weights: Vec<Fr> = points
            .iter()
            .enumerate()
            .map(|(k, x)| {
                let others = points.iter().enumerate().filter(|(i, _)| *i != k);
                product(others.map(|(_, y)| *x - *y)) * product(zeros.iter().map(|y| *x - *y))
            })
            .collect();
        batch_invert(&mut weights)?;

        let mut sources = Vec::with_capacity(n);
        for i in 0..n {
            let row = GridRow::Data(RowIndex::new(i as u64)?);
            if let Some(position) = known.iter().position(|k| *k == row) {
                sources.push(Source::Known(position));
                continue;
            }
            let y = code.point(row)?;
            let mut terms: Vec<Fr> = points.iter().map(|x| y - *x).collect();
            let vanishing = product(terms.iter().copied()) * product(zeros.iter().map(|x| y - *x));
            batch_invert(&mut terms)?;
            for (term, weight) in terms.iter_mut().zip(&weights) {
                *term *= vanishing * *weight;
            }
            sources.push(Source::Combination(terms));
        }
        Ok(Self {
            known: known.to_vec(),
            sources,
        })
    }

    /// The rows that must be handed over, in this order.
    #[must_use]
    pub fn known(&self) -> &[GridRow] {
        &self.known
    }

    /// The N data rows, given the values of the known rows in their order.
    ///
    /// # Errors
    /// [`ErasureError::RowCount`] unless there are N rows, [`ErasureError::Ragged`] unless they
    /// are equally long.
    pub fn apply(&self, values: &[Vec<Fr>]) -> Result<Vec<Vec<Fr>>, ErasureError> {
        if values.len() != self.known.len() {
            return Err(ErasureError::RowCount {
                got: values.len(),
                expected: self.known.len(),
            });
        }
        let width = equal_width(values)?;
        Ok(self
            .sources
            .iter()
            .map(|source| match source {
                Source::Known(position) => values[*position].clone(),
                Source::Combination(coefficients) => combine(coefficients, values, width),
            })
            .collect())
    }

    /// The N data cells of one column, given its cells in the known rows in their order.
    ///
    /// # Errors
    /// [`ErasureError::RowCount`] unless there are N cells.
    pub fn apply_cells(&self, cells: &[Cell]) -> Result<Vec<Cell>, ErasureError> {
        let values: Vec<_> = cells
            .iter()
            .map(cell_to_scalars)
            .collect::<Result<_, _>>()?;
        self.apply(&values)?
            .iter()
            .map(|cell| scalars_to_cell(cell))
            .collect()
    }
}

fn product(factors: impl Iterator<Item = Fr>) -> Fr {
    factors.fold(Fr::ONE, |product, factor| product * factor)
}

fn combine(coefficients: &[Fr], values: &[Vec<Fr>], width: usize) -> Vec<Fr> {
    let mut sum = vec![Fr::ZERO; width];
    for (coefficient, row) in coefficients.iter().zip(values) {
        for (total, value) in sum.iter_mut().zip(row) {
            *total += *coefficient * *value;
        }
    }
    sum
}
