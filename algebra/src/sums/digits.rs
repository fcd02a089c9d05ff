//! Scalars as short signed integers, and those as signed digits.

use blst::blst_scalar;

/// z = x², x the parameter of BLS12-381; r = z² − z + 1.
pub(crate) const Z: u128 = 0xd201_0000_0001_0000 * 0xd201_0000_0001_0000;

/// Below this many bits are the magnitudes of the halves of a scalar.
pub(crate) const HALF_BITS: usize = 127;

/// An integer of at most 128 bits and a sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Short {
    pub(crate) magnitude: u128,
    pub(crate) negative: bool,
}

impl From<u128> for Short {
    fn from(magnitude: u128) -> Self {
        Self {
            magnitude,
            negative: false,
        }
    }
}

/// Two integers below 2^127 in magnitude, `low + z·high ≡ scalar` modulo r.
///
/// z·P = −φ(P) for an endomorphism φ that costs a product, so a multiple by 255 bits becomes two
/// by half of them (Gallant, Lambert, Vanstone, CRYPTO 2001). z is so near to √r that division by
/// it, rounded to the nearest, does all there is to do.
pub(crate) fn halve(scalar: &blst_scalar) -> [Short; 2] {
    let word = |i: usize| {
        let bytes: [u8; 16] = std::array::from_fn(|j| scalar.b[i + j]);
        u128::from_le_bytes(bytes)
    };
    let (k0, k1) = (word(0), word(16));
    // Barrett: with m = ⌊2^255 / z⌋ the quotient is at most 2 too small.
    const RECIPROCAL: u128 = reciprocal();
    let top = k1 << 1 | k0 >> 127;
    let (_, mut high) = wide(top, RECIPROCAL);
    // The remainder is below 3z < 2^130: its low 128 bits and what is above them.
    let (p0, p1) = wide(high, Z);
    let (mut low, borrow) = k0.overflowing_sub(p0);
    let mut above = k1.wrapping_sub(p1).wrapping_sub(u128::from(borrow));
    while above > 0 || low >= Z {
        let (difference, borrow) = low.overflowing_sub(Z);
        low = difference;
        above -= u128::from(borrow);
        high += 1;
    }
    // To the nearest: magnitudes up to z/2 + 1.
    let mut low = if low > Z / 2 {
        high += 1;
        low.wrapping_sub(Z).cast_signed()
    } else {
        low.cast_signed()
    };
    let high = if high > Z / 2 {
        // z·high = z·(high − z) + z² and z² ≡ z − 1.
        low -= 1;
        high.wrapping_sub(Z - 1).cast_signed()
    } else {
        high.cast_signed()
    };
    [low, high].map(|half| Short {
        magnitude: half.unsigned_abs(),
        negative: half < 0,
    })
}

/// ⌊2^255 / z⌋ by long division.
const fn reciprocal() -> u128 {
    // 2^127 < z < 2^128: one bit of the quotient after another.
    let mut remainder = 1u128 << 127;
    let mut quotient = 0u128;
    let mut i = 0;
    if remainder >= Z {
        remainder -= Z;
        quotient = 1;
    }
    while i < 128 {
        let overflow = remainder >> 127 == 1;
        remainder <<= 1;
        quotient <<= 1;
        if overflow || remainder >= Z {
            remainder = remainder.wrapping_sub(Z);
            quotient |= 1;
        }
        i += 1;
    }
    quotient
}

/// The low and the high half of a product.
#[expect(clippy::cast_possible_truncation, reason = "the halves of words")]
fn wide(a: u128, b: u128) -> (u128, u128) {
    let (a0, a1) = (u128::from(a as u64), a >> 64);
    let (b0, b1) = (u128::from(b as u64), b >> 64);
    let (ll, lh, hl, hh) = (a0 * b0, a0 * b1, a1 * b0, a1 * b1);
    let middle = (ll >> 64) + u128::from(lh as u64) + u128::from(hl as u64);
    (
        u128::from(ll as u64) | middle << 64,
        hh + (lh >> 64) + (hl >> 64) + (middle >> 64),
    )
}

/// Calls `digit(w, |d|, d < 0)` for every digit d of the integer, the least first: `count` digits
/// from −2^(width−1) to 2^(width−1), which is enough when `count·width` is above the integer's
/// bits.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "a digit has few bits")]
pub(crate) fn signed_digits(
    integer: Short,
    width: u32,
    count: usize,
    mut digit: impl FnMut(usize, u32, bool),
) {
    let (full, half) = (1u32 << width, 1u32 << (width - 1));
    let mut rest = integer.magnitude;
    let mut carry = 0;
    for window in 0..count {
        let d = (rest as u32 & (full - 1)) + carry;
        rest >>= width;
        carry = u32::from(d > half);
        let magnitude = if d > half { full - d } else { d };
        digit(window, magnitude, (carry == 1) != integer.negative);
    }
}
