//! Integers as signed digits.

use crate::glv::Signed;

/// Calls `digit(w, |d|, d < 0)` for every digit d of the integer, the least first: `count` digits
/// from −2^(width−1) to 2^(width−1), which is enough when `count·width` is above the integer's
/// bits.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "a digit has few bits")]
pub(crate) fn signed_digits(
    integer: Signed,
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
