//! The proofs of all 128 cells of a row at once: Feist and Khovratovich, "Fast amortized KZG
//! proofs" (eprint 2023/033), section 3 for the Toeplitz product, in the form for cosets that
//! EIP-7594's cells need.
//!
//! With f = Σ fᵢXⁱ and l = 64, the proof of the cell on which Xˡ is a commits to the quotient of
//! f by Xˡ − a, which is Σₜ aᵗ·⌊f/X^(l(t+1))⌋ for t below 63. With Hₜ the commitments to the
//! ⌊f/X^(l(t+1))⌋, the 128 proofs are thus the values of Σ HₜXᵗ at all 128-th roots of unity:
//! one transform of points.
//!
//! Hₜ = Σᵥ Σᵤ f_(l(u+t+1)+v)·[τ^(lu+v)]₁, for each v < l a correlation of the coefficients
//! f_v, f_(l+v) … with the powers [τᵛ]₁, [τ^(l+v)]₁ … It is a cyclic convolution of length 128 with
//! the powers in reversed order, and so a product of transforms. The transforms of the powers are
//! known before; that leaves 128 sums of 64 multiples of known points, over v, and the inverse
//! transform of the sums.

use algebra::{Domain, Engine, FixedBase, Fr, G1, G1Affine, G1Domain, Products, TableSize};
use erasure::RowPolynomial;
use types::Proof;
use types::limits::{CELL_ELEMENTS, COLUMNS};

use crate::CommitmentError;
use crate::threads::Workers;

/// The sums of a row are made in so many parts, which threads can share.
const PARTS: usize = 4;

/// Scalars of one part of a row's sums: 32 sums of 64 terms.
const PART: usize = COLUMNS / PARTS * CELL_ELEMENTS;

/// The tables, and the domains of the transforms.
#[derive(Debug)]
pub(crate) struct Fk20 {
    /// The transforms of the powers, for a quarter of the 128 frequencies each, in bit-reversed
    /// order: that of the transforms' results.
    tables: Vec<FixedBase>,
    scalars: Domain,
    points: G1Domain,
}

impl Fk20 {
    /// Transforms the 4096 powers and makes the tables.
    pub(crate) fn new(
        engine: Engine,
        powers: &[G1Affine],
        size: TableSize,
        workers: Workers<'_>,
    ) -> Result<Self, CommitmentError> {
        let points = G1Domain::new(COLUMNS)?;
        let infinity = G1Affine::from(G1::infinity());
        let columns = workers.map_pieces(CELL_ELEMENTS, CELL_ELEMENTS, |piece| {
            let mut reversed = vec![infinity; piece.len() * COLUMNS];
            for (v, block) in piece.zip(reversed.chunks_exact_mut(COLUMNS)) {
                let strided = powers[v..].iter().step_by(CELL_ELEMENTS);
                for (place, power) in block.iter_mut().rev().zip(strided) {
                    *place = *power;
                }
            }
            points.fft(engine, &mut reversed)?;
            Ok(reversed)
        })?;
        let columns = columns.concat();
        let frequencies: Vec<G1Affine> = (0..COLUMNS)
            .flat_map(|g| columns.iter().skip(g).step_by(COLUMNS).copied())
            .collect();
        let tables = workers.map_pieces(PARTS, 1, |part| {
            let points = &frequencies[part.start * PART..part.end * PART];
            Ok(FixedBase::new(engine, points, COLUMNS / PARTS, size)?)
        })?;
        Ok(Self {
            tables,
            scalars: Domain::new(COLUMNS)?,
            points,
        })
    }

    /// The 128 proofs of each row, one row after the other.
    pub(crate) fn prove(
        &self,
        engine: Engine,
        rows: &[RowPolynomial],
        workers: Workers<'_>,
    ) -> Result<Vec<Proof>, CommitmentError> {
        let matrices = rows
            .iter()
            .map(|row| {
                // Line u of the matrix is f_(lu) … f_(lu+63); its columns are transformed.
                // They bring the 1/128 of the inverse transform with them.
                let mut matrix = row.coefficients().to_vec();
                engine.scale_rows(&mut matrix, &[self.points.size_inverse()])?;
                matrix.resize(COLUMNS * CELL_ELEMENTS, Fr::ZERO);
                engine.fft_columns(&self.scalars, &mut matrix)?;
                Ok(matrix)
            })
            .collect::<Result<Vec<_>, CommitmentError>>()?;
        let sums = workers.map_pieces(PARTS, 1, |part| {
            let scalars: Vec<Fr> = matrices
                .iter()
                .flat_map(|matrix| &matrix[part.start * PART..part.end * PART])
                .copied()
                .collect();
            Ok(self.tables[part.start].sums(&scalars)?)
        })?;

        let mut points = Vec::with_capacity(rows.len() * COLUMNS);
        for row in 0..rows.len() {
            for part in &sums {
                points.extend_from_slice(&part[row * COLUMNS / PARTS..][..COLUMNS / PARTS]);
            }
        }
        let share = |count: usize, products: &Products<'_>| workers.share(count, products);
        let domain = &self.points;
        let quotients = domain.ifft_low_unscaled_shared(engine, &points, &share)?;
        let proofs = domain.fft_padded_shared(engine, &quotients, &share)?;
        let proofs = engine.write_points(&proofs);
        Ok(proofs.into_iter().map(Proof::new).collect())
    }

    /// Bytes that the tables take.
    pub(crate) fn table_bytes(&self) -> usize {
        self.tables.iter().map(FixedBase::table_bytes).sum()
    }
}
