//! Rows as polynomials that are opened at a point (EIP-4844).

use algebra::{Domain, Engine, Fr, bit_reverse};
use types::limits::ROW_ELEMENTS;

use crate::CommitmentError;

/// What evaluating and dividing a row's polynomial needs.
#[derive(Debug)]
pub(crate) struct Openings {
    /// The points of a row's elements.
    #[cfg(feature = "prove")]
    pub(crate) domain: Domain,
    /// 1/x for the points x of the elements 0, 2, 4 …
    inverse_points: Vec<Fr>,
    /// 1/4096.
    size_inverse: Fr,
}

impl Openings {
    pub(crate) fn new() -> Result<Self, CommitmentError> {
        let domain = Domain::new(ROW_ELEMENTS)?;
        let half = ROW_ELEMENTS / 2;
        let inverse_points = (0..half)
            .map(|i| domain.point(ROW_ELEMENTS - bit_reverse(i, half.trailing_zeros())))
            .collect();
        Ok(Self {
            #[cfg(feature = "prove")]
            domain,
            inverse_points,
            size_inverse: Fr::from_u64(ROW_ELEMENTS as u64).inverse()?,
        })
    }

    /// The value at `z` of the polynomial with these 4096 values.
    ///
    /// In bit-reversed order the values at x and −x are neighbours. With f(X) = e(X²) + X·o(X²),
    /// the polynomial g = e + z·o has g(z²) = f(z) and half as many values, which are
    /// (a + b)/2 + z·(a − b)/(2x): twelve halvings leave the value. Nothing is inverted, so that a
    /// `z` among the points is a point like any other; the halves are made up for in the end.
    pub(crate) fn evaluate(
        &self,
        engine: Engine,
        mut values: Vec<Fr>,
        z: Fr,
    ) -> Result<Fr, CommitmentError> {
        let mut power = z;
        while values.len() > 1 {
            let (pairs, _) = values.as_chunks::<2>();
            let mut sums: Vec<Fr> = pairs.iter().map(|[a, b]| *a + *b).collect();
            let mut differences: Vec<Fr> = pairs.iter().map(|[a, b]| *a - *b).collect();
            // The points of the smaller domains are those of the larger one's beginning, since
            // squaring a point doubles its exponent.
            engine.mul_each(&mut differences, &self.inverse_points[..sums.len()])?;
            engine.add_scaled(&mut sums, &differences, power)?;
            power = power.square();
            values = sums;
        }
        Ok(values.first().copied().unwrap_or(Fr::ZERO) * self.size_inverse)
    }
}

/// Divides by X − `z`: the quotient's coefficients replace the polynomial's, and the remainder,
/// which is the value at `z`, is returned.
#[cfg(feature = "prove")]
pub(crate) fn divide(coefficients: &mut [Fr], z: Fr) -> Fr {
    let mut carry = Fr::ZERO;
    for coefficient in coefficients.iter_mut().rev() {
        let value = *coefficient + z * carry;
        *coefficient = std::mem::replace(&mut carry, value);
    }
    carry
}

#[cfg(test)]
mod tests;
