//! Polynomials from any P of their 2P values.
//!
//! With Z the polynomial that vanishes at the missing points, the product of Z and the wanted
//! polynomial is known everywhere; dividing by Z on a coset, where it has no root, leaves the
//! wanted one. All columns of a matrix that miss the same rows share Z.

use std::ops::Mul;

use algebra::{Coset, Domain, Engine, Fr, batch_invert, bit_reverse};

use crate::ErasureError;

/// The domains of decoding, for any choice of missing points.
#[derive(Clone, Debug)]
pub(crate) struct Decoder {
    /// The 2P points.
    whole: Domain,
    /// P points aside from all roots of unity of 2-power order.
    aside: Coset,
}

/// A choice of missing points, prepared.
#[derive(Clone, Debug)]
pub(crate) struct Erasures {
    missing: Vec<usize>,
    /// Z at the 2P points, in bit-reversed order.
    vanishing: Vec<Fr>,
    /// 1/Z at the points aside, in bit-reversed order.
    quotients: Vec<Fr>,
}

impl Erasures {
    /// Z at the point of a position below 2P.
    pub(crate) fn vanishing(&self, position: usize) -> Fr {
        self.vanishing[position]
    }

    /// The derivative of Z at the point of a missing position.
    pub(crate) fn derivative(&self, decoder: &Decoder, position: usize) -> Fr {
        let point = decoder.point(position);
        self.missing
            .iter()
            .filter(|other| **other != position)
            .map(|other| point - decoder.point(*other))
            .fold(Fr::ONE, Fr::mul)
    }
}

impl Decoder {
    /// For polynomials of degree below `half`, a power of two.
    pub(crate) fn new(half: usize) -> Result<Self, ErasureError> {
        Ok(Self {
            whole: Domain::new(2 * half)?,
            // The field's generator lies in no subgroup of 2-power order.
            aside: Coset::new(half, Fr::from_u64(7))?,
        })
    }

    /// The point of a position below 2P.
    pub(crate) fn point(&self, position: usize) -> Fr {
        let bits = self.whole.size().trailing_zeros();
        self.whole.point(bit_reverse(position, bits))
    }

    /// Prepares for these missing positions: distinct, and at most P.
    pub(crate) fn erasures(
        &self,
        missing: &[usize],
        engine: Engine,
    ) -> Result<Erasures, ErasureError> {
        let mut vanishing = vec![Fr::ZERO; self.whole.size()];
        vanishing[0] = Fr::ONE;
        for (degree, position) in missing.iter().enumerate() {
            let root = self.point(*position);
            // Times x − root, from the top down.
            for i in (0..=degree).rev() {
                let coefficient = vanishing[i];
                vanishing[i + 1] += coefficient;
                vanishing[i] = -(root * coefficient);
            }
        }
        let mut quotients = self.folded(&vanishing, engine)?;
        engine.coset_fft(&self.aside, &mut quotients)?;
        batch_invert(&mut quotients)?;
        engine.fft(&self.whole, &mut vanishing)?;
        Ok(Erasures {
            missing: missing.to_vec(),
            vanishing,
            quotients,
        })
    }

    /// Replaces each column of a row-major matrix of the 2P values, those of missing points zero,
    /// by the P coefficients of its polynomial of degree below P.
    ///
    /// Fails with [`ErasureError::Inconsistent`] when a column has no such polynomial.
    pub(crate) fn decode(
        &self,
        erasures: &Erasures,
        mut matrix: Vec<Fr>,
        engine: Engine,
    ) -> Result<Vec<Fr>, ErasureError> {
        let (half, width) = (self.aside.size(), matrix.len() / self.whole.size());
        engine.scale_rows(&mut matrix, &erasures.vanishing)?;
        engine.ifft_columns(&self.whole, &mut matrix)?;
        // The product vanishes at the missing points, so Z divides it; the quotient has a degree
        // below P exactly when the product's is below P + deg Z.
        let degree = half + erasures.missing.len();
        if matrix[degree * width..].iter().any(|c| !c.is_zero()) {
            return Err(ErasureError::Inconsistent);
        }
        let mut quotient = self.folded(&matrix, engine)?;
        engine.coset_fft_columns(&self.aside, &mut quotient)?;
        engine.scale_rows(&mut quotient, &erasures.quotients)?;
        engine.coset_ifft_columns(&self.aside, &mut quotient)?;
        Ok(quotient)
    }

    /// The remainders of columns of 2P coefficients modulo xᴾ − sᴾ, which is zero at the points
    /// aside: s is their shift.
    fn folded(&self, matrix: &[Fr], engine: Engine) -> Result<Vec<Fr>, ErasureError> {
        let (low, high) = matrix.split_at(matrix.len() / 2);
        let power = self.aside.shift().pow(self.aside.size() as u64);
        let mut low = low.to_vec();
        engine.add_scaled(&mut low, high, power)?;
        Ok(low)
    }
}
