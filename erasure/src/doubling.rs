//! The one code behind rows and columns: P values become 2P.
//!
//! Value i of the 2P stands at ω₂ₚ^brp(i), so the first P values are the polynomial of degree
//! below P on the P-th roots of unity, and the second P are the same polynomial on their coset
//! ω₂ₚ·⟨ωₚ⟩, in the same order (EIP-7594).

use algebra::{Domain, Fr, bit_reverse, bit_reverse_permute};

use crate::ErasureError;

/// The code from P values to 2P.
#[derive(Clone, Debug)]
pub(crate) struct Doubling {
    half: Domain,
    /// ω₂ₚ, which takes the data's points to the parity's.
    shift: Fr,
}

impl Doubling {
    /// The code for `half` values, a power of two.
    pub(crate) fn new(half: usize) -> Result<Self, ErasureError> {
        Ok(Self {
            half: Domain::new(half)?,
            shift: Fr::root_of_unity(2 * half)?,
        })
    }

    /// P.
    pub(crate) fn half(&self) -> usize {
        self.half.size()
    }

    /// The domain point of a position below 2P.
    pub(crate) fn point(&self, position: usize) -> Fr {
        let half = self.half();
        let point = self
            .half
            .point(bit_reverse(position & (half - 1), half.trailing_zeros()));
        if position < half {
            point
        } else {
            point * self.shift
        }
    }

    /// Replaces the P values of the data by the P values of the parity.
    pub(crate) fn extend(&self, values: &mut [Fr]) -> Result<(), ErasureError> {
        bit_reverse_permute(values)?;
        self.half.ifft(values)?;
        self.half.coset_fft(values, self.shift)?;
        bit_reverse_permute(values)?;
        Ok(())
    }

    /// The P data values of a polynomial given by its coefficients.
    pub(crate) fn evaluate(&self, coefficients: &mut [Fr]) -> Result<(), ErasureError> {
        self.half.fft(coefficients)?;
        bit_reverse_permute(coefficients)?;
        Ok(())
    }
}
