//! The one code behind rows and columns: P values become 2P.
//!
//! Value i of the 2P stands at ω₂ₚ^brp(i), so the first P values are the polynomial of degree
//! below P on the P-th roots of unity, and the second P are the same polynomial on their coset
//! ω₂ₚ·⟨ωₚ⟩, in the same order (EIP-7594).

use algebra::{Coset, Domain, Fr};

use crate::ErasureError;

/// The points of the code from P values to 2P.
#[derive(Clone, Debug)]
pub(crate) struct Doubling {
    data: Domain,
    parity: Coset,
}

impl Doubling {
    /// The code for `half` values, a power of two.
    pub(crate) fn new(half: usize) -> Result<Self, ErasureError> {
        Ok(Self {
            data: Domain::new(half)?,
            parity: Coset::new(half, Fr::root_of_unity(2 * half)?)?,
        })
    }

    /// P.
    pub(crate) fn half(&self) -> usize {
        self.data.size()
    }

    /// The points of the data.
    pub(crate) fn data(&self) -> &Domain {
        &self.data
    }

    /// The points of the parity.
    pub(crate) fn parity(&self) -> &Coset {
        &self.parity
    }
}
