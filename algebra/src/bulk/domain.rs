//! Fourier transforms of points.

use std::ops::Range;

use super::points::{butterflies, multiply};
use crate::error::whole_blocks;
use crate::glv::Multiplier;
use crate::{AlgebraError, Domain, Engine, Fr, G1Affine};

/// The roots of unity of order 2^k, for transforms of points.
///
/// Nearly all of the work are multiples of points by roots. Blocks that are transformed in one call
/// share what can be shared, so many of them are best handed over together.
#[derive(Clone, Debug)]
pub struct G1Domain {
    size: usize,
    size_inverse: Fr,
    /// ω^k for k below half the size.
    forward: Vec<Multiplier>,
    /// ω^(−k).
    backward: Vec<Multiplier>,
    /// ω^(−k) / size.
    backward_scaled: Vec<Multiplier>,
}

/// Makes the products of a range of what there is to multiply.
pub type Products<'a> = dyn Fn(Range<usize>) -> Vec<G1Affine> + Sync + 'a;

/// Shares the multiplications of a transform out to threads: given how many there are and what
/// makes a range of them, it returns all, in order. Ranges that start at multiples of 16 leave
/// every engine its pace.
pub type Share<'a> = dyn Fn(usize, &Products<'_>) -> Vec<G1Affine> + 'a;

/// All at once, by the thread that asks.
fn alone(count: usize, products: &Products<'_>) -> Vec<G1Affine> {
    products(0..count)
}

/// What the inverse transform has to give.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scale {
    /// The coefficients.
    Exact,
    /// The coefficients times the size.
    TimesSize,
}

impl G1Domain {
    /// The domain of `size` points.
    ///
    /// # Errors
    /// [`AlgebraError::DomainSize`] unless `size` is a power of two up to 2^32.
    pub fn new(size: usize) -> Result<Self, AlgebraError> {
        let roots = Domain::new(size)?;
        let size_inverse = Fr::from_u64(size as u64).inverse()?;
        let powers = |factor: Fr, inverse: bool| {
            (0..size / 2)
                .map(|k| Multiplier::new(factor * roots.point(if inverse { size - k } else { k })))
                .collect()
        };
        Ok(Self {
            size,
            size_inverse,
            forward: powers(Fr::ONE, false),
            backward: powers(Fr::ONE, true),
            backward_scaled: powers(size_inverse, true),
        })
    }

    /// How many points the domain has.
    #[must_use]
    pub fn size(&self) -> usize {
        self.size
    }

    /// 1 / size: what [`G1Domain::ifft_low_unscaled`] leaves to be multiplied.
    #[must_use]
    pub fn size_inverse(&self) -> Fr {
        self.size_inverse
    }

    /// Coefficients in natural order to evaluations in bit-reversed order, in place, for each
    /// block of [`G1Domain::size`] points.
    ///
    /// # Errors
    /// [`AlgebraError::Length`] unless there are whole blocks.
    pub fn fft(&self, engine: Engine, points: &mut [G1Affine]) -> Result<(), AlgebraError> {
        whole_blocks(points.len(), self.size)?;
        self.scatter(engine, points, self.size / 2, &alone);
        Ok(())
    }

    /// As [`G1Domain::fft`], of blocks of half the size that zeros fill up. It saves the additions
    /// of the first layer.
    ///
    /// # Errors
    /// [`AlgebraError::Length`] unless there are whole blocks of half the size,
    /// [`AlgebraError::NoHalf`] when the domain has one point.
    pub fn fft_padded(
        &self,
        engine: Engine,
        points: &[G1Affine],
    ) -> Result<Vec<G1Affine>, AlgebraError> {
        self.fft_padded_shared(engine, points, &alone)
    }

    /// As [`G1Domain::fft_padded`], its multiplications shared out.
    ///
    /// # Errors
    /// As [`G1Domain::fft_padded`].
    pub fn fft_padded_shared(
        &self,
        engine: Engine,
        points: &[G1Affine],
        share: &Share<'_>,
    ) -> Result<Vec<G1Affine>, AlgebraError> {
        let half = self.half(points.len())?;
        let mut out = Vec::with_capacity(2 * points.len());
        for block in points.chunks_exact(half) {
            out.extend_from_slice(block);
            out.extend_from_slice(block);
        }
        self.turn(engine, &mut out, half, &self.forward, share);
        self.scatter(engine, &mut out, half / 2, share);
        Ok(out)
    }

    /// Evaluations in bit-reversed order to coefficients in natural order, in place, for each
    /// block of [`G1Domain::size`] points.
    ///
    /// # Errors
    /// [`AlgebraError::Length`] unless there are whole blocks.
    pub fn ifft(&self, engine: Engine, points: &mut [G1Affine]) -> Result<(), AlgebraError> {
        self.ifft_shared(engine, points, &alone)
    }

    /// As [`G1Domain::ifft`], its multiplications shared out.
    ///
    /// # Errors
    /// As [`G1Domain::ifft`].
    pub fn ifft_shared(
        &self,
        engine: Engine,
        points: &mut [G1Affine],
        share: &Share<'_>,
    ) -> Result<(), AlgebraError> {
        whole_blocks(points.len(), self.size)?;
        if self.size > 1 {
            self.gather(engine, points, Scale::Exact, share);
            self.add_halves(engine, points, self.size / 2);
        }
        Ok(())
    }

    /// The lower half of the coefficients that [`G1Domain::ifft`] gives, block by block, but times
    /// the size of the domain. It saves a multiplication for every coefficient; where the points
    /// are sums of multiples, [`G1Domain::size_inverse`] can go into the scalars of those.
    ///
    /// # Errors
    /// [`AlgebraError::Length`] unless there are whole blocks, [`AlgebraError::NoHalf`] when the
    /// domain has one point.
    pub fn ifft_low_unscaled(
        &self,
        engine: Engine,
        points: &[G1Affine],
    ) -> Result<Vec<G1Affine>, AlgebraError> {
        self.ifft_low_unscaled_shared(engine, points, &alone)
    }

    /// As [`G1Domain::ifft_low_unscaled`], its multiplications shared out.
    ///
    /// # Errors
    /// As [`G1Domain::ifft_low_unscaled`].
    pub fn ifft_low_unscaled_shared(
        &self,
        engine: Engine,
        points: &[G1Affine],
        share: &Share<'_>,
    ) -> Result<Vec<G1Affine>, AlgebraError> {
        whole_blocks(points.len(), self.size)?;
        let half = self.half(points.len() / 2)?;
        let mut points = points.to_vec();
        self.gather(engine, &mut points, Scale::TimesSize, share);
        self.add_halves(engine, &mut points, half);
        Ok(points
            .chunks_exact(self.size)
            .flat_map(|block| &block[..half])
            .copied()
            .collect())
    }

    /// Half the size, for so many points in blocks of it.
    fn half(&self, points: usize) -> Result<usize, AlgebraError> {
        if self.size == 1 {
            return Err(AlgebraError::NoHalf);
        }
        let half = self.size / 2;
        whole_blocks(points, half)?;
        Ok(half)
    }

    /// Decimation in frequency (Gentleman, Sande), from layers of `half` on downwards.
    fn scatter(&self, engine: Engine, points: &mut [G1Affine], half: usize, share: &Share<'_>) {
        let mut half = half;
        while half > 0 {
            self.add_halves(engine, points, half);
            self.turn(engine, points, half, &self.forward, share);
            half /= 2;
        }
    }

    /// Decimation in time (Cooley, Tukey) but for the last layer's sums; the scale goes into that
    /// layer's roots.
    fn gather(&self, engine: Engine, points: &mut [G1Affine], scale: Scale, share: &Share<'_>) {
        let mut half = 1;
        while half < self.size / 2 {
            self.turn(engine, points, half, &self.backward, share);
            self.add_halves(engine, points, half);
            half *= 2;
        }
        if scale == Scale::TimesSize {
            self.turn(engine, points, half, &self.backward, share);
            return;
        }
        // The lower half of a block takes the scale alone: that is the first of the scaled roots.
        let roots = &self.backward_scaled;
        let low = std::iter::repeat_n(&roots[0], half);
        let block = low.chain(roots);
        let factors: Vec<&Multiplier> = block.cycle().take(points.len()).collect();
        let products = share(points.len(), &|range: Range<usize>| {
            multiply(engine, &points[range.clone()], &factors[range])
        });
        points.copy_from_slice(&products);
    }

    /// Multiplies the upper half of each `2·half` points by the powers of that layer's root.
    fn turn(
        &self,
        engine: Engine,
        points: &mut [G1Affine],
        half: usize,
        roots: &[Multiplier],
        share: &Share<'_>,
    ) {
        let stride = self.size / (2 * half);
        let blocks = points.len() / (2 * half);
        // One multiplies nothing. Equal roots stand side by side, for they share work.
        let (positions, factors): (Vec<usize>, Vec<&Multiplier>) = (1..half)
            .flat_map(|k| (0..blocks).map(move |block| (block, k)))
            .map(|(block, k)| (2 * half * block + half + k, &roots[k * stride]))
            .unzip();
        let chosen: Vec<G1Affine> = positions.iter().map(|at| points[*at]).collect();
        let products = share(chosen.len(), &|range: Range<usize>| {
            multiply(engine, &chosen[range.clone()], &factors[range])
        });
        for (at, product) in positions.iter().zip(products) {
            points[*at] = product;
        }
    }

    /// (u, t) to (u + t, u − t), of both halves of each `2·half` points.
    fn add_halves(&self, engine: Engine, points: &mut [G1Affine], half: usize) {
        let mut pairs: Vec<[G1Affine; 2]> = points
            .chunks_exact(2 * half)
            .flat_map(|block| {
                let (low, high) = block.split_at(half);
                low.iter().zip(high).map(|(u, t)| [*u, *t])
            })
            .collect();
        butterflies(engine, &mut pairs);
        let mut pairs = pairs.into_iter();
        for block in points.chunks_exact_mut(2 * half) {
            let (low, high) = block.split_at_mut(half);
            for ((u, t), [sum, difference]) in low.iter_mut().zip(high).zip(&mut pairs) {
                (*u, *t) = (sum, difference);
            }
        }
    }
}
