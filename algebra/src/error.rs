//! What can be wrong with bytes or sizes handed to the algebra.

use std::ops::RangeInclusive;

/// Why an operation of this crate refused its input.
///
/// The decoding variants are the fault of whoever made the bytes; the size variants are the
/// fault of the calling code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AlgebraError {
    /// The 32 bytes encode an integer that is not below the group order (fault of the sender).
    #[error("scalar is not canonical: the integer is not below the group order")]
    NonCanonicalScalar,
    /// The 48 bytes are not a compressed encoding of a curve point (fault of the sender).
    #[error("not the compressed encoding of a point on the curve")]
    NotOnCurve,
    /// The point is on the curve but outside the group of prime order (fault of the sender).
    #[error("point is on the curve but outside the subgroup of prime order")]
    NotInSubgroup,
    /// Zero has no inverse (fault of the caller).
    #[error("zero has no inverse")]
    ZeroInverse,
    /// No FFT domain of this size exists (fault of the caller): not a power of two, or above 2^32.
    #[error("no domain of size {got}: a power of two up to 2^32 is expected")]
    DomainSize {
        /// The size asked for.
        got: usize,
    },
    /// A domain of one point has no half (fault of the caller).
    #[error("a domain of one point has no half")]
    NoHalf,
    /// No engine of this name runs on this machine (fault of whoever configured it).
    #[error("no engine {got:?}: {reason}")]
    NoSuchEngine {
        /// The name asked for.
        got: String,
        /// What is missing, or expected.
        reason: &'static str,
    },
    /// A count that cannot be worked with (fault of the caller).
    #[error("got {got} {what}, expected {expected:?}")]
    Count {
        /// What is counted.
        what: &'static str,
        /// How many there are.
        got: usize,
        /// How many there may be.
        expected: RangeInclusive<usize>,
    },
    /// Two slices that belong together differ in length (fault of the caller).
    #[error("got a slice of length {got}, expected {expected}")]
    Length {
        /// The length found.
        got: usize,
        /// The length that the other argument calls for.
        expected: usize,
    },
}

impl AlgebraError {
    /// Whether the bytes of a peer caused this; otherwise the calling code did.
    #[must_use]
    pub fn is_peer_fault(&self) -> bool {
        matches!(
            self,
            Self::NonCanonicalScalar | Self::NotOnCurve | Self::NotInSubgroup
        )
    }
}

/// That a slice is as long as the other argument calls for.
pub(crate) fn same_length(got: usize, expected: usize) -> Result<(), AlgebraError> {
    if got == expected {
        Ok(())
    } else {
        Err(AlgebraError::Length { got, expected })
    }
}

/// That a slice of this length is whole blocks, or rows, of `size` ≥ 1; otherwise the next such
/// length is expected.
pub(crate) fn whole_blocks(got: usize, size: usize) -> Result<(), AlgebraError> {
    same_length(got, got.next_multiple_of(size))
}
