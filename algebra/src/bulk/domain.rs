//! Fourier transforms of points.

use crate::{AlgebraError, Domain, Engine, Fr, G1, G1Affine, bit_reverse_permute};

/// The roots of unity of order 2^k, for transforms of points.
#[derive(Clone, Debug)]
pub struct G1Domain {
    roots: Domain,
    size_inverse: Fr,
}

impl G1Domain {
    /// The domain of `size` points.
    ///
    /// # Errors
    /// [`AlgebraError::DomainSize`] unless `size` is a power of two up to 2^32.
    pub fn new(size: usize) -> Result<Self, AlgebraError> {
        Ok(Self {
            roots: Domain::new(size)?,
            size_inverse: Fr::from_u64(size as u64).inverse()?,
        })
    }

    /// How many points the domain has.
    #[must_use]
    pub fn size(&self) -> usize {
        self.roots.size()
    }

    /// Coefficients in natural order to evaluations in bit-reversed order, in place, for each
    /// block of [`G1Domain::size`] points.
    ///
    /// # Errors
    /// [`AlgebraError::Length`] unless there are whole blocks.
    pub fn fft(&self, engine: Engine, points: &mut [G1Affine]) -> Result<(), AlgebraError> {
        let _ = engine;
        for block in self.blocks(points)? {
            self.transform(block, false);
            bit_reverse_permute(block)?;
        }
        Ok(())
    }

    /// Evaluations in bit-reversed order to coefficients in natural order, in place, for each
    /// block of [`G1Domain::size`] points.
    ///
    /// # Errors
    /// [`AlgebraError::Length`] unless there are whole blocks.
    pub fn ifft(&self, engine: Engine, points: &mut [G1Affine]) -> Result<(), AlgebraError> {
        let _ = engine;
        for block in self.blocks(points)? {
            bit_reverse_permute(block)?;
            self.transform(block, true);
            for point in block.iter_mut() {
                *point = (G1::from(*point) * self.size_inverse).into();
            }
        }
        Ok(())
    }

    fn blocks<'a>(
        &self,
        points: &'a mut [G1Affine],
    ) -> Result<impl Iterator<Item = &'a mut [G1Affine]>, AlgebraError> {
        let (got, size) = (points.len(), self.size());
        if got % size != 0 {
            return Err(AlgebraError::Length {
                got,
                expected: got.next_multiple_of(size),
            });
        }
        Ok(points.chunks_exact_mut(size))
    }

    fn transform(&self, block: &mut [G1Affine], inverse: bool) {
        let size = self.size();
        let mut points: Vec<G1> = block.iter().map(|p| G1::from(*p)).collect();
        let _ = bit_reverse_permute(&mut points);
        let mut half = 1;
        while half < size {
            let stride = size / (2 * half);
            for block in points.chunks_exact_mut(2 * half) {
                let (low, high) = block.split_at_mut(half);
                for (k, (a, b)) in low.iter_mut().zip(high).enumerate() {
                    let step = k * stride;
                    let root = self.roots.point(if inverse { size - step } else { step });
                    let t = if k == 0 { *b } else { *b * root };
                    *b = *a - t;
                    *a += t;
                }
            }
            half *= 2;
        }
        for (out, point) in block.iter_mut().zip(points) {
            *out = point.into();
        }
    }
}
