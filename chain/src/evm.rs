//! What Ethereum's contracts take: addresses there, and points as EIP-2537 encodes them.

use crate::bls::SignaturePoint;
use crate::{PossessionProof, PublicKey, Result, Signature};
use types::hex_bytes;

hex_bytes! {
    /// An account of L1, contracts included.
    L1Address, 20, "L1 address"
}

/// The id of an L1 chain (EIP-155).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct L1ChainId(u64);

impl L1ChainId {
    /// Names a chain.
    #[must_use]
    pub const fn new(id: u64) -> Self {
        Self(id)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

/// Bytes of a point of G1 as EIP-2537 encodes it: x and y.
pub const G1_BYTES: usize = 2 * PADDED;
/// Bytes of a point of G2 as EIP-2537 encodes it: x.c0, x.c1, y.c0 and y.c1.
pub const G2_BYTES: usize = 4 * PADDED;

/// Bytes of a field element, and those of its EIP-2537 form: the first 16 are zero.
const ELEMENT: usize = 48;
const PADDED: usize = 64;

impl PublicKey {
    /// The point as EIP-2537 encodes it.
    #[must_use]
    pub fn to_eip2537(&self) -> [u8; G1_BYTES] {
        let mut encoded = [0; G1_BYTES];
        pad(&self.point().serialize(), [0, 1], &mut encoded);
        encoded
    }
}

impl Signature {
    /// The point as EIP-2537 encodes it.
    ///
    /// # Errors
    /// [`crate::Error::SignaturePoint`] for bytes that are no signature.
    pub fn to_eip2537(&self) -> Result<[u8; G2_BYTES]> {
        SignaturePoint::decode("signature", self.as_bytes()).map(encode)
    }
}

impl PossessionProof {
    /// The point as EIP-2537 encodes it.
    ///
    /// # Errors
    /// [`crate::Error::SignaturePoint`] for bytes that are no signature.
    pub fn to_eip2537(&self) -> Result<[u8; G2_BYTES]> {
        SignaturePoint::decode("proof of possession", self.as_bytes()).map(encode)
    }
}

fn encode(point: SignaturePoint) -> [u8; G2_BYTES] {
    let mut encoded = [0; G2_BYTES];
    // blst puts an element's second coefficient first, EIP-2537 last.
    pad(&point.serialize(), [1, 0, 3, 2], &mut encoded);
    encoded
}

/// Writes the elements at these places of `plain`, each behind its zeros.
fn pad<const N: usize>(plain: &[u8], order: [usize; N], encoded: &mut [u8]) {
    for (slot, place) in encoded.chunks_exact_mut(PADDED).zip(order) {
        slot[PADDED - ELEMENT..].copy_from_slice(&plain[place * ELEMENT..][..ELEMENT]);
    }
}
