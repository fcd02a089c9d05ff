//! A set-up by many: keys whose secret nobody knows unless all contributors shared theirs.
//!
//! Two phases, after Bowe, Gabizon and Miers (eprint 2017/1050), as Kohlweiss, Maller, Siim and
//! Volkhov prove them secure without a beacon (eprint 2021/219):
//!
//! * [`Powers`] of τ, α and β serve every circuit up to a size. What they begin with is no secret,
//!   so a ceremony needs contributions of its own here, as in the second phase.
//! * [`Ceremony`] multiplies one circuit's δ. It begins with [`Parameters`], which follow from the
//!   powers and the circuit alone.
//!
//! A contribution multiplies by a secret, shows the secret in the other group, and proves that it
//! is known at this place of the transcript: the hash of the transcript so far, as a point, times
//! the secret. So none can be left out, repeated, moved or replaced without the ones after it
//! failing. What was cut off at the end can only be missed by who contributed it: everybody keeps
//! the hash that [`Ceremony::contribute`] returns, and looks for it in the final transcript.
//!
//! Bytes from others are [`UnverifiedPowers`] and [`UnverifiedCeremony`] until `verify`.

mod circuit;
mod disk;
mod file;
mod folder;
mod parameters;
mod phase2;
mod points;
mod powers;
mod record;
mod secret;
mod share;

pub use circuit::Circuit;
pub use folder::{CeremonyFolder, Recheck, Verified};
pub use parameters::{Beginning, Parameters, UnverifiedParameters};
pub use phase2::{Ceremony, UnverifiedCeremony};
pub use powers::{Power, Powers, UnverifiedPowers};
use rayon::prelude::*;
pub use secret::Typed;
use sha2::{Digest, Sha256};
use std::fmt;

/// Most contributions of a phase.
pub const MAX_CONTRIBUTIONS: usize = 1024;
/// Most characters of what a contributor types for its secret.
pub const MAX_TEXT: usize = 4096;

const CHAIN_TAG: &[u8] = b"assay/ceremony-chain/v1";
const COEFFICIENT_TAG: &[u8] = b"assay/ceremony-coefficient/v1";

/// What a transcript was after a contribution: its contributor's receipt.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TranscriptHash([u8; 32]);

impl TranscriptHash {
    /// Of bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    fn begun(tag: &[u8], parts: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        for part in [tag].iter().chain(parts) {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
        Self(hasher.finalize().into())
    }

    /// After one more contribution.
    fn after(&self, contribution: &[u8]) -> Self {
        Self::begun(CHAIN_TAG, &[&self.0, contribution])
    }
}

impl fmt::Display for TranscriptHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for TranscriptHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Independent coefficients of 128 bits out of a hash of everything they are to test: who chose
/// the points did not know them.
fn coefficients(seed: &[u8; 32], count: usize) -> Vec<u128> {
    let of = |i: usize| {
        let place = (i as u64).to_be_bytes();
        let hash = TranscriptHash::begun(COEFFICIENT_TAG, &[seed, &place]);
        let bytes = hash.0[..16].iter();
        bytes.fold(0, |number, byte| number << 8 | u128::from(*byte))
    };
    (0..count).into_par_iter().map(of).collect()
}

#[cfg(test)]
mod tests;
