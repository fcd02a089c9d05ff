//! Fourier transforms over the 2-power roots of unity of the scalar field.

use std::sync::OnceLock;

use crate::error::same_length;
use crate::{AlgebraError, Fr};

mod plan;

#[cfg(target_arch = "x86_64")]
pub(crate) use plan::Layers;
pub(crate) use plan::Plan;

/// Reverses the lowest `bits` bits of `index`; `index` must be below 2^bits.
#[must_use]
pub fn bit_reverse(index: usize, bits: u32) -> usize {
    if bits == 0 {
        return index;
    }
    index.reverse_bits() >> (usize::BITS - bits)
}

/// Reorders a slice whose length is a power of two by [`bit_reverse`] of its indices.
///
/// # Errors
/// [`AlgebraError::DomainSize`] for any other length.
pub fn bit_reverse_permute<T>(values: &mut [T]) -> Result<(), AlgebraError> {
    let size = values.len();
    if !size.is_power_of_two() {
        return Err(AlgebraError::DomainSize { got: size });
    }
    let bits = size.trailing_zeros();
    for i in 0..size {
        let j = bit_reverse(i, bits);
        if i < j {
            values.swap(i, j);
        }
    }
    Ok(())
}

/// The powers of a root of unity of order 2^k, with what a transform over them needs.
#[derive(Clone, Debug)]
pub struct Domain {
    /// All powers ω^0 .. ω^(size−1).
    roots: Vec<Fr>,
    size_inverse: Fr,
    tables: Tables,
}

/// What transforms in bulk look up, made when it is first needed.
#[derive(Clone, Debug, Default)]
struct Tables {
    plan: OnceLock<Plan>,
    #[cfg(target_arch = "x86_64")]
    ifma: OnceLock<crate::ifma::FftTables>,
}

impl Domain {
    /// The domain of `size` points, of the root that EIP-7594 uses.
    ///
    /// # Errors
    /// [`AlgebraError::DomainSize`] unless `size` is a power of two up to 2^32.
    pub fn new(size: usize) -> Result<Self, AlgebraError> {
        let omega = Fr::root_of_unity(size)?;
        let mut roots = Vec::with_capacity(size);
        let mut power = Fr::ONE;
        for _ in 0..size {
            roots.push(power);
            power *= omega;
        }
        let size_inverse = Fr::from_u64(size as u64).inverse()?;
        Ok(Self {
            roots,
            size_inverse,
            tables: Tables::default(),
        })
    }

    /// How many points the domain has.
    #[must_use]
    pub fn size(&self) -> usize {
        self.roots.len()
    }

    /// The point ω^(index mod size).
    #[must_use]
    pub fn point(&self, index: usize) -> Fr {
        self.roots[index & (self.size() - 1)]
    }

    /// 1 / size.
    pub(crate) fn size_inverse(&self) -> Fr {
        self.size_inverse
    }

    /// The factors of transforms in bulk.
    pub(crate) fn plan(&self) -> &Plan {
        self.tables.plan.get_or_init(|| Plan::plain(self))
    }

    /// The factors in the form of the AVX-512 code.
    #[cfg(target_arch = "x86_64")]
    pub(crate) fn ifma_tables(&self) -> &crate::ifma::FftTables {
        let make = || crate::ifma::FftTables::new(self.plan());
        self.tables.ifma.get_or_init(make)
    }

    /// Coefficients to evaluations, in place, both in natural order.
    ///
    /// # Errors
    /// [`AlgebraError::Length`] unless there are as many values as points.
    pub fn fft(&self, values: &mut [Fr]) -> Result<(), AlgebraError> {
        self.transform(values, false)
    }

    /// Evaluations to coefficients, in place, both in natural order.
    ///
    /// # Errors
    /// [`AlgebraError::Length`] unless there are as many values as points.
    pub fn ifft(&self, values: &mut [Fr]) -> Result<(), AlgebraError> {
        self.transform(values, true)?;
        for value in values {
            *value *= self.size_inverse;
        }
        Ok(())
    }

    /// Coefficients to evaluations at `shift`·ω^i, in place.
    ///
    /// # Errors
    /// [`AlgebraError::Length`] unless there are as many values as points.
    pub fn coset_fft(&self, values: &mut [Fr], shift: Fr) -> Result<(), AlgebraError> {
        scale_by_powers(values, shift);
        self.fft(values)
    }

    /// Evaluations at `shift`·ω^i to coefficients, in place.
    ///
    /// # Errors
    /// [`AlgebraError::Length`] unless there are as many values as points;
    /// [`AlgebraError::ZeroInverse`] when `shift` is zero.
    pub fn coset_ifft(&self, values: &mut [Fr], shift: Fr) -> Result<(), AlgebraError> {
        let back = shift.inverse()?;
        self.ifft(values)?;
        scale_by_powers(values, back);
        Ok(())
    }

    /// Cooley and Tukey's decimation in time; the inverse walks the roots backwards.
    fn transform(&self, values: &mut [Fr], inverse: bool) -> Result<(), AlgebraError> {
        let size = self.size();
        same_length(values.len(), size)?;
        bit_reverse_permute(values)?;
        let mut half = 1;
        while half < size {
            let stride = size / (2 * half);
            for block in values.chunks_exact_mut(2 * half) {
                let (low, high) = block.split_at_mut(half);
                for (k, (a, b)) in low.iter_mut().zip(high).enumerate() {
                    let step = k * stride;
                    let t = if k == 0 {
                        *b
                    } else {
                        *b * self.roots[if inverse { size - step } else { step }]
                    };
                    *b = *a - t;
                    *a += t;
                }
            }
            half *= 2;
        }
        Ok(())
    }
}

fn scale_by_powers(values: &mut [Fr], base: Fr) {
    let mut power = Fr::ONE;
    for value in values {
        *value *= power;
        power *= base;
    }
}

/// The points `shift`·ω^i, for transforms in bulk.
#[derive(Clone, Debug)]
pub struct Coset {
    domain: Domain,
    shift: Fr,
    plan: Plan,
    #[cfg(target_arch = "x86_64")]
    ifma: OnceLock<crate::ifma::FftTables>,
}

impl Coset {
    /// The coset of the domain of `size` points by `shift`, with its factors tabled: about as much
    /// work as one transform.
    ///
    /// # Errors
    /// [`AlgebraError::DomainSize`] unless `size` is a power of two up to 2^32,
    /// [`AlgebraError::ZeroInverse`] when `shift` is zero.
    pub fn new(size: usize, shift: Fr) -> Result<Self, AlgebraError> {
        let domain = Domain::new(size)?;
        Ok(Self {
            plan: Plan::shifted(&domain, shift)?,
            domain,
            shift,
            #[cfg(target_arch = "x86_64")]
            ifma: OnceLock::new(),
        })
    }

    /// How many points the coset has.
    #[must_use]
    pub fn size(&self) -> usize {
        self.domain.size()
    }

    /// What takes the domain's points to the coset's.
    #[must_use]
    pub fn shift(&self) -> Fr {
        self.shift
    }

    /// The domain that is shifted.
    #[must_use]
    pub fn domain(&self) -> &Domain {
        &self.domain
    }

    /// The factors of transforms in bulk.
    pub(crate) fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The factors in the form of the AVX-512 code.
    #[cfg(target_arch = "x86_64")]
    pub(crate) fn ifma_tables(&self) -> &crate::ifma::FftTables {
        let make = || crate::ifma::FftTables::new(&self.plan);
        self.ifma.get_or_init(make)
    }
}
