//! The scalar field of BLS12-381.

use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use blst::{
    blst_bendian_from_scalar, blst_fr, blst_fr_cneg, blst_fr_eucl_inverse, blst_fr_from_scalar,
    blst_fr_from_uint64, blst_fr_mul, blst_fr_sqr, blst_scalar, blst_scalar_fr_check,
    blst_scalar_from_be_bytes, blst_scalar_from_bendian, blst_scalar_from_fr,
};

use crate::AlgebraError;

/// Bytes of a canonical scalar.
pub const FR_BYTES: usize = 32;

/// log2 of the largest power of two that divides r − 1.
pub(crate) const TWO_ADICITY: u32 = 32;

/// The group order r, little-endian limbs.
pub(crate) const ORDER: [u64; 4] = [
    0xffff_ffff_0000_0001,
    0x53bd_a402_fffe_5bfe,
    0x3339_d808_09a1_d805,
    0x73ed_a753_299d_7d48,
];

/// (r − 1) / 2^32, little-endian limbs: the exponent that takes the generator 7 to a root of
/// unity of order 2^32.
const ODD_PART: [u64; 4] = [
    0xfffe_5bfe_ffff_ffff,
    0x09a1_d805_53bd_a402,
    0x299d_7d48_3339_d808,
    0x0000_0000_73ed_a753,
];

/// An element of the scalar field of BLS12-381, kept in Montgomery form and always reduced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(transparent)]
pub struct Fr(pub(crate) blst_fr);

impl Fr {
    /// The neutral element of addition.
    pub const ZERO: Self = Self(blst_fr { l: [0; 4] });

    /// The neutral element of multiplication: 2^256 mod r, since the form is Montgomery's.
    pub const ONE: Self = Self(blst_fr {
        l: [
            0x0000_0001_ffff_fffe,
            0x5884_b7fa_0003_4802,
            0x998c_4fef_ecbc_4ff5,
            0x1824_b159_acc5_056f,
        ],
    });

    /// Reads the canonical big-endian encoding, as EIP-4844 defines it.
    ///
    /// # Errors
    /// [`AlgebraError::NonCanonicalScalar`] when the integer is not below r.
    pub fn from_be_bytes(bytes: &[u8; FR_BYTES]) -> Result<Self, AlgebraError> {
        let mut scalar = blst_scalar::default();
        let mut out = blst_fr::default();
        // SAFETY: `bytes` is 32 readable bytes; `scalar` and `out` are live and exclusively ours.
        unsafe {
            blst_scalar_from_bendian(&raw mut scalar, bytes.as_ptr());
            if !blst_scalar_fr_check(&raw const scalar) {
                return Err(AlgebraError::NonCanonicalScalar);
            }
            blst_fr_from_scalar(&raw mut out, &raw const scalar);
        }
        Ok(Self(out))
    }

    /// Reduces a big-endian integer of 256 bits modulo r: how EIP-4844 turns a hash into a scalar.
    #[must_use]
    pub fn from_be_bytes_reduced(bytes: &[u8; FR_BYTES]) -> Self {
        let mut scalar = blst_scalar::default();
        let mut out = blst_fr::default();
        // SAFETY: `bytes` is readable for the length given; `scalar` and `out` are live and ours.
        // The returned flag says only whether the result is zero, which is a valid scalar here.
        unsafe {
            let _ = blst_scalar_from_be_bytes(&raw mut scalar, bytes.as_ptr(), bytes.len());
            blst_fr_from_scalar(&raw mut out, &raw const scalar);
        }
        Self(out)
    }

    /// The canonical big-endian encoding.
    #[must_use]
    pub fn to_be_bytes(&self) -> [u8; FR_BYTES] {
        let scalar = self.to_scalar();
        let mut out = [0; FR_BYTES];
        // SAFETY: `out` is 32 writable bytes and `scalar` is live.
        unsafe { blst_bendian_from_scalar(out.as_mut_ptr(), &raw const scalar) };
        out
    }

    /// The integer itself, out of Montgomery form, as group operations want it.
    pub(crate) fn to_scalar(self) -> blst_scalar {
        let mut scalar = blst_scalar::default();
        // SAFETY: both pointers are to live values of the right type.
        unsafe { blst_scalar_from_fr(&raw mut scalar, &raw const self.0) };
        scalar
    }

    /// The scalar of a small integer.
    #[must_use]
    pub fn from_u64(value: u64) -> Self {
        let limbs = [value, 0, 0, 0];
        let mut out = blst_fr::default();
        // SAFETY: the function reads four limbs, which `limbs` has, and writes `out`.
        unsafe { blst_fr_from_uint64(&raw mut out, limbs.as_ptr()) };
        Self(out)
    }

    /// The scalar of an integer of 128 bits.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "the halves of the integer")]
    pub fn from_u128(value: u128) -> Self {
        let limbs = [value as u64, (value >> 64) as u64, 0, 0];
        let mut out = blst_fr::default();
        // SAFETY: the function reads four limbs, which `limbs` has, and writes `out`.
        unsafe { blst_fr_from_uint64(&raw mut out, limbs.as_ptr()) };
        Self(out)
    }

    /// Whether this is zero.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        *self == Self::ZERO
    }

    /// The square.
    #[must_use]
    pub fn square(&self) -> Self {
        let mut out = blst_fr::default();
        // SAFETY: both pointers are to live field elements.
        unsafe { blst_fr_sqr(&raw mut out, &raw const self.0) };
        Self(out)
    }

    /// The power to a small exponent; anything to the power 0 is one.
    #[must_use]
    pub fn pow(&self, exponent: u64) -> Self {
        self.pow_limbs(&[exponent])
    }

    fn pow_limbs(&self, exponent: &[u64]) -> Self {
        let mut out = Self::ONE;
        for limb in exponent.iter().rev() {
            for bit in (0..64).rev() {
                out = out.square();
                if (limb >> bit) & 1 == 1 {
                    out *= *self;
                }
            }
        }
        out
    }

    /// The multiplicative inverse.
    ///
    /// # Errors
    /// [`AlgebraError::ZeroInverse`] for zero.
    pub fn inverse(&self) -> Result<Self, AlgebraError> {
        if self.is_zero() {
            return Err(AlgebraError::ZeroInverse);
        }
        let mut out = blst_fr::default();
        // SAFETY: both pointers are to live field elements.
        unsafe { blst_fr_eucl_inverse(&raw mut out, &raw const self.0) };
        Ok(Self(out))
    }

    /// The primitive root of unity of order `size` that EIP-4844 and EIP-7594 use: a power of 7.
    ///
    /// # Errors
    /// [`AlgebraError::DomainSize`] unless `size` is a power of two up to 2^32.
    pub fn root_of_unity(size: usize) -> Result<Self, AlgebraError> {
        let refused = AlgebraError::DomainSize { got: size };
        if !size.is_power_of_two() {
            return Err(refused);
        }
        let squarings = TWO_ADICITY
            .checked_sub(size.trailing_zeros())
            .ok_or(refused)?;
        let mut root = Self::from_u64(7).pow_limbs(&ODD_PART);
        for _ in 0..squarings {
            root = root.square();
        }
        Ok(root)
    }
}

/// Inverts every element in place with one inversion (Montgomery's trick).
///
/// # Errors
/// [`AlgebraError::ZeroInverse`] when any element is zero; the slice is then unchanged.
pub fn batch_invert(values: &mut [Fr]) -> Result<(), AlgebraError> {
    let mut prefix = Vec::with_capacity(values.len());
    let mut product = Fr::ONE;
    for value in values.iter() {
        prefix.push(product);
        product *= *value;
    }
    let mut suffix = product.inverse()?;
    for (value, before) in values.iter_mut().zip(prefix).rev() {
        let inverse = suffix * before;
        suffix *= *value;
        *value = inverse;
    }
    Ok(())
}

impl Add for Fr {
    type Output = Self;
    #[inline]
    fn add(mut self, rhs: Self) -> Self {
        self += rhs;
        self
    }
}

// Sums and differences are written out here, because a transform spends as much time in calls to
// them as in products.
impl AddAssign for Fr {
    #[inline]
    fn add_assign(&mut self, rhs: Self) {
        // Below 2r, which is below 2^256.
        let (sum, _) = zip_carrying(&self.0.l, &rhs.0.l, u64::carrying_add);
        let (reduced, below) = zip_carrying(&sum, &ORDER, u64::borrowing_sub);
        // A branch would be taken at random.
        self.0.l = select(below, &sum, &reduced);
    }
}

impl Sub for Fr {
    type Output = Self;
    #[inline]
    fn sub(mut self, rhs: Self) -> Self {
        self -= rhs;
        self
    }
}

impl SubAssign for Fr {
    #[inline]
    fn sub_assign(&mut self, rhs: Self) {
        let (difference, negative) = zip_carrying(&self.0.l, &rhs.0.l, u64::borrowing_sub);
        let above = select(negative, &ORDER, &[0; 4]);
        self.0.l = zip_carrying(&difference, &above, u64::carrying_add).0;
    }
}

/// `a` when the condition holds, else `b`, without a branch.
#[inline]
fn select(condition: bool, a: &[u64; 4], b: &[u64; 4]) -> [u64; 4] {
    let mask = u64::from(condition).wrapping_neg();
    std::array::from_fn(|i| (a[i] & mask) | (b[i] & !mask))
}

/// Applies a step with carry, limb by limb from the lowest, and says what is carried at the end.
#[inline]
fn zip_carrying(
    a: &[u64; 4],
    b: &[u64; 4],
    step: impl Fn(u64, u64, bool) -> (u64, bool),
) -> ([u64; 4], bool) {
    let (l0, carry) = step(a[0], b[0], false);
    let (l1, carry) = step(a[1], b[1], carry);
    let (l2, carry) = step(a[2], b[2], carry);
    let (l3, carry) = step(a[3], b[3], carry);
    ([l0, l1, l2, l3], carry)
}

impl Mul for Fr {
    type Output = Self;
    fn mul(mut self, rhs: Self) -> Self {
        self *= rhs;
        self
    }
}

impl MulAssign for Fr {
    fn mul_assign(&mut self, rhs: Self) {
        let out = &raw mut self.0;
        // SAFETY: blst allows the result to alias an operand; all pointers are live.
        unsafe { blst_fr_mul(out, out, &raw const rhs.0) };
    }
}

impl Neg for Fr {
    type Output = Self;
    fn neg(mut self) -> Self {
        let out = &raw mut self.0;
        // SAFETY: blst allows the result to alias the operand; the pointer is live.
        unsafe { blst_fr_cneg(out, out, true) };
        self
    }
}

impl Sum for Fr {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests;
