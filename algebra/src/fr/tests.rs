//! The sums written out here against blst's.

use blst::{blst_fr, blst_fr_add, blst_fr_sub};

use super::{Fr, ORDER};

/// Elements whose limbs carry and borrow everywhere, as blst keeps them.
fn samples() -> Vec<Fr> {
    let mut largest = ORDER;
    largest[0] -= 1;
    let mut out: Vec<Fr> = [
        [0; 4],
        [1, 0, 0, 0],
        [u64::MAX, 0, 0, 0],
        [u64::MAX, u64::MAX, u64::MAX, 0],
        [0, 0, 0, ORDER[3]],
        [ORDER[0], ORDER[1], ORDER[2], ORDER[3] - 1],
        largest,
    ]
    .map(|l| Fr(blst_fr { l }))
    .to_vec();
    let mut next = Fr::from_u64(3);
    for _ in 0..40 {
        out.push(next);
        out.push(-next);
        next = next * next + Fr::ONE;
    }
    out
}

#[test]
fn sums_and_differences_agree_with_blst() {
    let samples = samples();
    for a in &samples {
        for b in &samples {
            let (mut sum, mut difference) = (Fr::ZERO, Fr::ZERO);
            // SAFETY: all pointers are to live field elements.
            unsafe {
                blst_fr_add(&raw mut sum.0, &raw const a.0, &raw const b.0);
                blst_fr_sub(&raw mut difference.0, &raw const a.0, &raw const b.0);
            }
            assert_eq!(*a + *b, sum);
            assert_eq!(*a - *b, difference);
        }
    }
}
