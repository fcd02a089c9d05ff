//! Scalars in halves, by the curve's endomorphism (Gallant, Lambert, Vanstone, CRYPTO 2001).
//!
//! φ(x, y) = (β·x, y) multiplies a point of G1 by −z², where z is the parameter of BLS12-381. With
//! k = k₁ + k₂·z² thus k·P = k₁·P − k₂·φ(P), and both halves have 128 bits.

use blst::blst_fp;

use crate::Fr;

/// The cube root of one in the base field that belongs to −z², in blst's Montgomery form.
pub(crate) const BETA: blst_fp = blst_fp {
    l: [
        0x30f1_361b_798a_64e8,
        0xf3b8_ddab_7ece_5a2a,
        0x16a8_ca3a_c615_77f7,
        0xc26a_2ff8_74fd_029b,
        0x3636_b766_6070_1c6e,
        0x051b_a4ab_241b_6160,
    ],
};

/// −z, the curve's parameter but for its sign.
pub(crate) const SEED: u64 = 0xd201_0000_0001_0000;

/// Places of [`Signed::sparse_digits`]: 128 bits, and a carry.
pub(crate) const PLACES: usize = 129;

/// Below this many bits are the magnitudes of [`Halves::nearest`].
pub(crate) const NEAREST_BITS: usize = 127;

/// z²; r = z⁴ − z² + 1.
pub(crate) const SEED_SQUARED: u128 = SEED as u128 * SEED as u128;

/// An integer with a sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Signed {
    pub(crate) negative: bool,
    pub(crate) magnitude: u128,
}

impl From<u128> for Signed {
    fn from(magnitude: u128) -> Self {
        plus(magnitude)
    }
}

/// A scalar k in halves: k·P = first·P + second·φ(P).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Halves {
    pub(crate) first: Signed,
    pub(crate) second: Signed,
}

impl Halves {
    /// Halves below z², the first not negative and the second not positive.
    pub(crate) fn of(scalar: &Fr) -> Self {
        let (quotient, rest) = divide(scalar);
        Self {
            first: plus(rest),
            second: minus(quotient),
        }
    }

    /// Halves as short as can be: at most z²/2 + 1 in magnitude.
    pub(crate) fn nearest(scalar: &Fr) -> Self {
        let (mut quotient, rest) = divide(scalar);
        let mut first = rest.cast_signed();
        if rest > SEED_SQUARED / 2 {
            quotient += 1;
            first = rest.wrapping_sub(SEED_SQUARED).cast_signed();
        }
        let mut second = quotient.cast_signed();
        if quotient > SEED_SQUARED / 2 {
            // (−1, 1 − z²) stands for −r, as k₁ + k₂·z².
            first -= 1;
            second = quotient.wrapping_sub(SEED_SQUARED - 1).cast_signed();
        }
        let signed = |negative, half: i128| Signed {
            negative,
            magnitude: half.unsigned_abs(),
        };
        Self {
            first: signed(first < 0, first),
            second: signed(second > 0, second),
        }
    }

    /// Halves that are both odd, of at most z² + 1 each.
    ///
    /// (1, z² − 1) and (z², −1) stand for multiples of r, as k₁ + k₂·z². As z² is even, one of
    /// them, or their sum, changes the parities as they have to be.
    pub(crate) fn odd(scalar: &Fr) -> Self {
        let (quotient, rest) = divide(scalar);
        // The second half is that of −φ(P) until the end.
        let (first, second) = match (rest % 2 == 1, quotient % 2 == 1) {
            (true, true) => (plus(rest), plus(quotient)),
            (true, false) => (minus(SEED_SQUARED - rest), plus(quotient + 1)),
            (false, true) => (
                minus(SEED_SQUARED + 1 - rest),
                difference(quotient, SEED_SQUARED - 2),
            ),
            (false, false) => (difference(rest, 1), difference(quotient, SEED_SQUARED - 1)),
        };
        Self {
            first,
            second: Signed {
                negative: !second.negative,
                ..second
            },
        }
    }
}

/// A scalar made ready to multiply points.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Multiplier {
    pub(crate) scalar: Fr,
    /// [`Signed::odd_digits`] of the odd halves.
    pub(crate) digits: [u128; 2],
}

impl Multiplier {
    pub(crate) fn new(scalar: Fr) -> Self {
        let Halves { first, second } = Halves::odd(&scalar);
        Self {
            scalar,
            digits: [first.odd_digits(), second.odd_digits()],
        }
    }
}

impl Signed {
    /// For an odd integer, u with integer = 2·u − (2^128 − 1): the digits of u to base 16 are those
    /// of the integer to the odd digits 2·d − 15.
    pub(crate) fn odd_digits(self) -> u128 {
        let half = self.magnitude >> 1;
        if self.negative {
            (1 << 127) - 1 - half
        } else {
            (1 << 127) + half
        }
    }

    /// The non-adjacent form of width five: odd digits between −15 and 15, at least five places
    /// apart, from the lowest place on.
    pub(crate) fn sparse_digits(self) -> [i8; PLACES] {
        const WIDTH: u32 = 5;
        let mut out = [0; PLACES];
        let mut rest = self.magnitude;
        let mut place = 0;
        while rest != 0 {
            let zeros = rest.trailing_zeros();
            rest >>= zeros;
            place += zeros as usize;
            let low = (rest % (1 << WIDTH)) as i8;
            rest >>= WIDTH;
            let digit = if low < 1 << (WIDTH - 1) {
                low
            } else {
                rest += 1;
                low - (1 << WIDTH)
            };
            out[place] = if self.negative { -digit } else { digit };
            place += WIDTH as usize;
        }
        out
    }
}

fn plus(magnitude: u128) -> Signed {
    Signed {
        negative: false,
        magnitude,
    }
}

fn minus(magnitude: u128) -> Signed {
    Signed {
        negative: true,
        magnitude,
    }
}

/// a − b.
fn difference(a: u128, b: u128) -> Signed {
    if a < b { minus(b - a) } else { plus(a - b) }
}

/// Quotient and rest of the scalar by z²: as r = z⁴ − z² + 1, both are below z².
fn divide(scalar: &Fr) -> (u128, u128) {
    // Barrett: with m = ⌊2^255 / z²⌋ the quotient is at most 2 too small.
    const RECIPROCAL: u128 = reciprocal();
    let bytes = scalar.to_scalar().b;
    let word = |start: usize| {
        let half: [u8; 16] = std::array::from_fn(|i| bytes[start + i]);
        u128::from_le_bytes(half)
    };
    let (low, high) = (word(0), word(16));
    let (_, mut quotient) = wide(high << 1 | low >> 127, RECIPROCAL);
    // The rest is below 3·z² < 2^130: its low 128 bits and what is above them.
    let (taken_low, taken_high) = wide(quotient, SEED_SQUARED);
    let (mut rest, borrow) = low.overflowing_sub(taken_low);
    let mut above = high
        .wrapping_sub(taken_high)
        .wrapping_sub(u128::from(borrow));
    while above > 0 || rest >= SEED_SQUARED {
        let (less, borrow) = rest.overflowing_sub(SEED_SQUARED);
        rest = less;
        above -= u128::from(borrow);
        quotient += 1;
    }
    (quotient, rest)
}

/// ⌊2^255 / z²⌋ by long division.
const fn reciprocal() -> u128 {
    // 2^127 < z² < 2^128: the quotient has 128 bits, of which the first is one.
    let mut rest = 1u128 << 127;
    let mut quotient = 0;
    let mut i = 0;
    while i < 128 {
        let overflow = rest >> 127 == 1;
        rest <<= 1;
        quotient <<= 1;
        if overflow || rest >= SEED_SQUARED {
            rest = rest.wrapping_sub(SEED_SQUARED);
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

#[cfg(test)]
mod tests;
