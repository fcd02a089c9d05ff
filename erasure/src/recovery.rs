//! Rebuilding the rows of a grid from any N of its 2N.

use std::collections::HashSet;

use algebra::{Engine, Fr, batch_invert};
use types::limits::CELL_ELEMENTS;
use types::{Cell, GridRow};

use crate::columns::equal_width;
use crate::decoding::{Decoder, Erasures};
use crate::doubling::Doubling;
use crate::field::{cells_to_scalars, scalars_to_cell};
use crate::{ColumnCode, ErasureError};

/// How the missing data rows follow from N known rows: computed once, applied to any number of
/// columns.
#[derive(Clone, Debug)]
pub struct ColumnRecovery {
    doubling: Doubling,
    known: Vec<GridRow>,
    /// Where each known row stands among the 2P points.
    positions: Vec<usize>,
    /// The data rows that are not among the known ones, in order.
    missing: Vec<usize>,
    method: Method,
}

/// Few rows are cheaper as sums, many by transforms; the results are the same.
#[derive(Clone, Debug)]
enum Method {
    /// Each missing row is this combination of the known ones.
    Combinations(Vec<Vec<Fr>>),
    /// All rows are values of the columns' polynomials.
    Transforms(Box<Decoder>, Erasures),
}

impl ColumnRecovery {
    /// The zero rows N..P count as known, so that P of the 2P points are missing.
    pub(crate) fn new(
        code: &ColumnCode,
        known: &[GridRow],
        engine: Engine,
    ) -> Result<Self, ErasureError> {
        let (n, half) = (usize::from(code.dimensions().rows()), code.padded_rows());
        let mut seen = HashSet::with_capacity(known.len());
        let mut positions = Vec::with_capacity(known.len());
        for row in known {
            positions.push(code.position(*row)?);
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

        let mut unknown = vec![true; 2 * half];
        unknown[n..half].fill(false);
        for position in &positions {
            unknown[*position] = false;
        }
        let erased: Vec<usize> = (0..2 * half).filter(|at| unknown[*at]).collect();
        let missing: Vec<usize> = erased.iter().copied().filter(|at| *at < n).collect();
        let decoder = Decoder::new(half)?;
        let erasures = decoder.erasures(&erased, engine)?;
        // Products per column, about: the decoder's transforms and scalings against the sums.
        let transforms = half * (2 * half.ilog2() as usize + 6);
        let method = if missing.len() * n > transforms {
            Method::Transforms(Box::new(decoder), erasures)
        } else {
            Method::Combinations(combinations(&decoder, &erasures, &positions, &missing)?)
        };
        Ok(Self {
            doubling: code.doubling().clone(),
            known: known.to_vec(),
            positions,
            missing,
            method,
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
    pub fn apply(&self, values: &[Vec<Fr>], engine: Engine) -> Result<Vec<Vec<Fr>>, ErasureError> {
        self.check_count(values.len())?;
        let width = equal_width(values)?;
        let slices: Vec<&[Fr]> = values.iter().map(Vec::as_slice).collect();
        let missing = self.rebuild(&slices, width, engine)?;
        Ok(self.merge(values, missing))
    }

    /// The N data cells of one column, given its cells in the known rows in their order.
    ///
    /// # Errors
    /// [`ErasureError::RowCount`] unless there are N cells.
    pub fn apply_cells(&self, cells: &[Cell], engine: Engine) -> Result<Vec<Cell>, ErasureError> {
        self.check_count(cells.len())?;
        let values = cells_to_scalars(cells, engine)?;
        let slices: Vec<&[Fr]> = values.chunks_exact(CELL_ELEMENTS).collect();
        let missing = self
            .rebuild(&slices, CELL_ELEMENTS, engine)?
            .iter()
            .map(|cell| scalars_to_cell(cell, engine))
            .collect::<Result<_, _>>()?;
        Ok(self.merge(cells, missing))
    }

    fn check_count(&self, got: usize) -> Result<(), ErasureError> {
        let expected = self.known.len();
        if got == expected {
            Ok(())
        } else {
            Err(ErasureError::RowCount { got, expected })
        }
    }

    /// The data rows in order: those known, and those that were missing.
    fn merge<T: Clone>(&self, known: &[T], missing: Vec<T>) -> Vec<T> {
        let mut placed: Vec<(usize, T)> = self
            .positions
            .iter()
            .zip(known)
            .filter(|(position, _)| **position < known.len())
            .map(|(position, value)| (*position, value.clone()))
            .collect();
        placed.extend(self.missing.iter().copied().zip(missing));
        placed.sort_by_key(|(position, _)| *position);
        placed.into_iter().map(|(_, value)| value).collect()
    }

    /// The missing data rows, given those of the known positions, all of one width.
    fn rebuild(
        &self,
        values: &[&[Fr]],
        width: usize,
        engine: Engine,
    ) -> Result<Vec<Vec<Fr>>, ErasureError> {
        match &self.method {
            Method::Combinations(combinations) => combinations
                .iter()
                .map(|factors| Ok(engine.linear_combination(values, factors)?))
                .collect(),
            Method::Transforms(decoder, erasures) => {
                let mut matrix = vec![Fr::ZERO; 2 * self.doubling.half() * width];
                for (position, value) in self.positions.iter().zip(values) {
                    matrix[position * width..][..width].copy_from_slice(value);
                }
                let mut matrix = decoder.decode(erasures, matrix, engine)?;
                engine.fft_columns(self.doubling.data(), &mut matrix)?;
                let row = |at: &usize| matrix[at * width..][..width].to_vec();
                Ok(self.missing.iter().map(row).collect())
            }
        }
    }
}

/// Lagrange's coefficients of the known rows at each missing one.
///
/// With A the polynomial that vanishes at the known points, zero rows included, the coefficient
/// of point x at y is A(y) / ((y − x)·A′(x)). Since A·Z = x^2P − 1, A′(x) is 2P/(x·Z(x)), and
/// A(y) is the product of y less each known point, which is 2P/(y·Z′(y)); Z′(y) is the product of
/// y less each other missing point.
fn combinations(
    decoder: &Decoder,
    erasures: &Erasures,
    known: &[usize],
    missing: &[usize],
) -> Result<Vec<Vec<Fr>>, ErasureError> {
    let points: Vec<Fr> = known.iter().map(|at| decoder.point(*at)).collect();
    // x·Z(x) over y·Z′(y), over y − x: the factors 2P cancel.
    let weights: Vec<Fr> = known
        .iter()
        .zip(&points)
        .map(|(at, x)| *x * erasures.vanishing(*at))
        .collect();
    let mut out = Vec::with_capacity(missing.len());
    for at in missing {
        let y = decoder.point(*at);
        let scale = (y * erasures.derivative(decoder, *at)).inverse()?;
        let mut terms: Vec<Fr> = points.iter().map(|x| y - *x).collect();
        batch_invert(&mut terms)?;
        for (term, weight) in terms.iter_mut().zip(&weights) {
            *term *= scale * *weight;
        }
        out.push(terms);
    }
    Ok(out)
}
