//! Scalars in halves, by the curve's endomorphism (Gallant, Lambert, Vanstone).
//!
//! φ(x, y) = (β·x, y) multiplies a point of G1 by −z², where z is the parameter of BLS12-381. With
//! k = k₁ + k₂·z² thus k·P = k₁·P − k₂·φ(P), and both halves have 128 bits.

use crate::Fr;

/// The cube root of one in the base field that belongs to −z², as words of 64 bits.
pub(crate) const BETA: [u64; 6] = [
    0x2e01_ffff_fffe_fffe,
    0xde17_d813_620a_0002,
    0xddb3_a93b_e6f8_9688,
    0xba69_c607_6a0f_77ea,
    0x5f19_672f_df76_ce51,
    0,
];

/// −z, the curve's parameter but for its sign.
pub(crate) const SEED: u64 = 0xd201_0000_0001_0000;

/// Places of [`Signed::sparse_digits`]: 128 bits, and a carry.
pub(crate) const PLACES: usize = 129;

/// z².
const SEED_SQUARED: u128 = SEED as u128 * SEED as u128;

/// An integer with a sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Signed {
    pub(crate) negative: bool,
    pub(crate) magnitude: u128,
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
    let bytes = scalar.to_scalar().b;
    let (low, high) = bytes.split_at(16);
    let word = |half: &[u8]| {
        half.iter()
            .rev()
            .fold(0u128, |word, byte| word << 8 | u128::from(*byte))
    };
    let (mut quotient, mut rest) = (0u128, word(high));
    // r is below 2^127·z², so the upper half is below z².
    let mut low = word(low);
    for _ in 0..128 {
        let carry = rest >> 127 == 1;
        rest = rest << 1 | low >> 127;
        low <<= 1;
        quotient <<= 1;
        if carry || rest >= SEED_SQUARED {
            rest = rest.wrapping_sub(SEED_SQUARED);
            quotient |= 1;
        }
    }
    (quotient, rest)
}

#[cfg(test)]
mod tests;
