//! Field elements in bulk: rows, cells, and the points that commit to them.

use crate::hex_bytes::hex_bytes;
use crate::limits::{CELL_BYTES, ELEMENT_BYTES, POINT_BYTES, ROW_BYTES};
use crate::{Error, Result};

/// The order of BLS12-381's scalar field, big-endian.
const MODULUS: [u8; ELEMENT_BYTES] = [
    0x73, 0xed, 0xa7, 0x53, 0x29, 0x9d, 0x7d, 0x48, 0x33, 0x39, 0xd8, 0x08, 0x09, 0xa1, 0xd8, 0x05,
    0x53, 0xbd, 0xa4, 0x02, 0xff, 0xfe, 0x5b, 0xfe, 0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x01,
];

hex_bytes! {
    /// A claimed KZG commitment to a row: a compressed G1 point (EIP-4844 `KZGCommitment`).
    /// Whether it is a point of the right group is for the `commitments` crate to find out.
    Commitment, POINT_BYTES, "commitment"
}

hex_bytes! {
    /// A claimed KZG opening proof: a compressed G1 point (EIP-4844 `KZGProof`).
    Proof, POINT_BYTES, "proof"
}

/// The first 32-byte element that is not below the modulus, if there is one.
#[must_use]
pub fn first_noncanonical(bytes: &[u8]) -> Option<usize> {
    bytes
        .chunks(ELEMENT_BYTES)
        .position(|element| *element >= MODULUS[..])
}

fn canonical<const N: usize>(what: &'static str, bytes: &[u8]) -> Result<Box<[u8; N]>> {
    if bytes.len() != N {
        return Err(Error::Length {
            what,
            got: bytes.len(),
            expected: N,
        });
    }
    if let Some(element) = first_noncanonical(bytes) {
        let got = &bytes[element * ELEMENT_BYTES..][..ELEMENT_BYTES];
        return Err(Error::NonCanonicalElement {
            element,
            got: hex::encode(got),
        });
    }
    let boxed: Box<[u8]> = bytes.into();
    boxed.try_into().map_err(|b: Box<[u8]>| Error::Length {
        what,
        got: b.len(),
        expected: N,
    })
}

macro_rules! elements {
    ($(#[$doc:meta])* $name:ident, $n:expr, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash)]
        pub struct $name(Box<[u8; $n]>);

        impl $name {
            /// Bytes of the encoding.
            pub const BYTES: usize = $n;

            /// Reads canonical big-endian elements.
            ///
            /// # Errors
            /// [`Error::Length`] for any other length, [`Error::NonCanonicalElement`] for an
            /// element at or above the modulus.
            pub fn from_slice(bytes: &[u8]) -> Result<Self> {
                canonical($what, bytes).map(Self)
            }

            /// All elements zero.
            #[must_use]
            pub fn zero() -> Self {
                Self(Box::new([0; $n]))
            }

            /// The bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; $n] {
                &self.0
            }

            /// The elements, 32 bytes each.
            pub fn elements(&self) -> impl ExactSizeIterator<Item = &[u8; ELEMENT_BYTES]> {
                self.0.as_chunks::<ELEMENT_BYTES>().0.iter()
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}({}…)", stringify!($name), hex::encode(&self.0[..8]))
            }
        }
    };
}

elements! {
    /// 4096 canonical elements, 131,072 bytes: exactly an EIP-4844 blob.
    Row, ROW_BYTES, "row"
}

elements! {
    /// 64 canonical elements, 2,048 bytes: exactly an EIP-7594 cell.
    Cell, CELL_BYTES, "cell"
}
