//! Products of pairings.

use blst::{
    blst_final_exp, blst_fp6, blst_fp12, blst_fp12_is_one, blst_fp12_mul, blst_fp12_one,
    blst_miller_loop_lines, blst_precompute_lines,
};

use crate::{G1Affine, G2Affine};

/// Lines of Miller's loop per point of G2, as blst counts them.
const LINES: usize = 68;

/// A point of G2 with the lines of Miller's loop computed: pairings with it cost a third less.
#[derive(Clone, Debug)]
pub struct G2Prepared(Option<Box<[blst_fp6; LINES]>>);

impl G2Prepared {
    /// Computes the lines.
    #[must_use]
    pub fn new(point: &G2Affine) -> Self {
        if point.is_infinity() {
            return Self(None);
        }
        let mut lines = Box::new([blst_fp6::default(); LINES]);
        // SAFETY: blst writes 68 lines, which `lines` has; the point is live and not infinity.
        unsafe { blst_precompute_lines(lines.as_mut_ptr(), &raw const point.0) };
        Self(Some(lines))
    }
}

/// Whether Π e(aᵢ, bᵢ) is one; no pairs at all are.
#[must_use]
pub fn pairing_product_is_one(pairs: &[(G1Affine, &G2Prepared)]) -> bool {
    // SAFETY: blst returns a pointer to a constant of static lifetime.
    let mut product: blst_fp12 = unsafe { *blst_fp12_one() };
    for (g1, g2) in pairs {
        // A pairing with infinity is one.
        let Some(lines) = &g2.0 else { continue };
        if g1.is_infinity() {
            continue;
        }
        let mut value = blst_fp12::default();
        // SAFETY: there are as many lines as blst reads; blst allows the product to alias a
        // factor; all pointers are live.
        unsafe {
            blst_miller_loop_lines(&raw mut value, lines.as_ptr(), &raw const g1.0);
            let out = &raw mut product;
            blst_fp12_mul(out, out, &raw const value);
        }
    }
    let mut out = blst_fp12::default();
    // SAFETY: both pointers are to live values.
    unsafe {
        blst_final_exp(&raw mut out, &raw const product);
        blst_fp12_is_one(&raw const out)
    }
}
