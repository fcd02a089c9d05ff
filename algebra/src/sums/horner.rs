//! Σ 2^i · Dᵢ for many lists of points.

use blst::{blst_p1, blst_p1_double};

use super::{Adder, Term};
use crate::{G1, G1Affine};

/// Below this many sums, an inversion per step costs more than projective coordinates.
const FEW: usize = 12;

/// For every `bits` points the sum of 2^i times point i.
pub(crate) fn horner<A: Adder>(adder: &mut A, points: &[A::Point], bits: usize) -> Vec<G1Affine> {
    let sums = points.len() / bits;
    if sums < FEW {
        let points = adder.store(points);
        return points.chunks_exact(bits).map(projective).collect();
    }
    // The sums so far, and behind them the next points.
    let mut values = vec![A::INFINITY; 2 * sums];
    let mut added = vec![A::INFINITY; sums];
    let pairs: Vec<_> = (0..sums).map(|s| [term(s), term(sums + s)]).collect();
    for bit in (0..bits).rev() {
        let (so_far, next) = values.split_at_mut(sums);
        adder.double(so_far);
        for (next, points) in next.iter_mut().zip(points.chunks_exact(bits)) {
            *next = points[bit];
        }
        adder.add(&values, &pairs, &mut added);
        values[..sums].copy_from_slice(&added);
    }
    adder.store(&added)
}

#[expect(clippy::cast_possible_truncation, reason = "far fewer sums than 2^31")]
fn term(index: usize) -> Term {
    Term::new(index as u32, false)
}

fn projective(points: &[G1Affine]) -> G1Affine {
    let mut sum = G1::infinity();
    for point in points.iter().rev() {
        let doubled: *mut blst_p1 = &raw mut sum.0;
        // SAFETY: the point is live and ours; blst allows the result to alias the operand.
        unsafe { blst_p1_double(doubled, doubled) };
        sum += G1::from(*point);
    }
    sum.into()
}
