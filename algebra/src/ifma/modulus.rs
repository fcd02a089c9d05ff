//! The two primes of BLS12-381 in limbs of 52 bits.

use crate::fr::ORDER;
use crate::scalar::BASE_PRIME;

/// Bits of a limb: what `vpmadd52` multiplies.
pub(crate) const LIMB_BITS: u32 = 52;
/// The limb's ones.
pub(crate) const LIMB_MASK: u64 = (1 << LIMB_BITS) - 1;

/// A prime p in `L` limbs, with what Montgomery's reduction by R = 2^(52·L) needs of it.
pub(crate) trait Modulus<const L: usize> {
    /// The prime as little-endian limbs of 52 bits.
    const P: [u64; L];
    /// −p⁻¹ mod 2^52.
    const NEG_INVERSE: u64 = neg_inverse(Self::P[0]);
}

/// The base field, 381 bits: sums and differences of up to 2^17 multiples of p need no reduction
/// before a product.
pub(crate) enum BaseField {}

/// The scalar field, 255 bits.
pub(crate) enum ScalarField {}

impl Modulus<8> for BaseField {
    const P: [u64; 8] = split(&BASE_PRIME);
}

impl BaseField {
    /// R mod p: one in Montgomery's form.
    pub(crate) const ONE: [u64; 8] = power_of_two(&Self::P, 416);
    /// R² mod p: takes an integer into Montgomery's form.
    pub(crate) const R_SQUARED: [u64; 8] = power_of_two(&Self::P, 832);
}

impl Modulus<5> for ScalarField {
    const P: [u64; 5] = split(&ORDER);
}

/// Little-endian limbs of 64 bits as limbs of 52.
pub(crate) const fn split<const W: usize, const L: usize>(words: &[u64; W]) -> [u64; L] {
    let mut limbs = [0; L];
    let mut i = 0;
    while i < L {
        let bit = 52 * i;
        let (word, shift) = (bit / 64, bit % 64);
        let mut limb = if word < W { words[word] >> shift } else { 0 };
        if shift > 12 && word + 1 < W {
            limb |= words[word + 1] << (64 - shift);
        }
        limbs[i] = limb & LIMB_MASK;
        i += 1;
    }
    limbs
}

/// Little-endian limbs of 52 bits, each below 2^52, as limbs of 64.
#[cfg(test)]
pub(crate) const fn join<const L: usize, const W: usize>(limbs: &[u64; L]) -> [u64; W] {
    let mut words = [0; W];
    let mut i = 0;
    while i < L {
        let bit = 52 * i;
        let (word, shift) = (bit / 64, bit % 64);
        if word < W {
            words[word] |= limbs[i] << shift;
        }
        if shift > 12 && word + 1 < W {
            words[word + 1] |= limbs[i] >> (64 - shift);
        }
        i += 1;
    }
    words
}

/// k·p for a small k.
pub(crate) const fn multiple<const L: usize>(p: &[u64; L], k: u64) -> [u64; L] {
    let mut out = [0; L];
    let mut carry = 0u128;
    let mut i = 0;
    while i < L {
        let sum = p[i] as u128 * k as u128 + carry;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the mask takes the rest off"
        )]
        let low = sum as u64 & LIMB_MASK;
        out[i] = low;
        carry = sum >> LIMB_BITS;
        i += 1;
    }
    assert!(carry == 0, "the multiple needs more limbs");
    out
}

/// 2^exponent mod p.
pub(crate) const fn power_of_two<const L: usize>(p: &[u64; L], exponent: u32) -> [u64; L] {
    let mut one = [0; L];
    one[0] = 1;
    scale(p, &one, exponent)
}

/// 2^exponent times a value below p, mod p, by doubling.
pub(crate) const fn scale<const L: usize>(
    p: &[u64; L],
    value: &[u64; L],
    exponent: u32,
) -> [u64; L] {
    let mut value = *value;
    let mut e = 0;
    while e < exponent {
        value = multiple(&value, 2);
        value = subtract_if_above(&value, p);
        e += 1;
    }
    value
}

/// a − p when that is not negative, else a.
const fn subtract_if_above<const L: usize>(a: &[u64; L], p: &[u64; L]) -> [u64; L] {
    let mut out = [0; L];
    let mut borrow = 0u64;
    let mut i = 0;
    while i < L {
        let difference = a[i].wrapping_sub(p[i]).wrapping_sub(borrow);
        borrow = difference >> 63;
        out[i] = difference & LIMB_MASK;
        i += 1;
    }
    if borrow == 1 { *a } else { out }
}

/// −p⁻¹ mod 2^52 by Newton's iteration, which doubles the right bits each time.
const fn neg_inverse(low: u64) -> u64 {
    let mut inverse = 1u64;
    let mut i = 0;
    while i < 6 {
        inverse = inverse.wrapping_mul(2u64.wrapping_sub(low.wrapping_mul(inverse)));
        i += 1;
    }
    inverse.wrapping_neg() & LIMB_MASK
}
