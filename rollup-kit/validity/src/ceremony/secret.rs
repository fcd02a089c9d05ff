//! A contributor's secrets.

use super::MAX_TEXT;
use crate::{Error, Result};
use ark_bls12_381::Fr;
use ark_ff::{PrimeField, Zero};
use rand::CryptoRng;
use sha2::{Digest, Sha512};
use std::io::BufRead;
use zeroize::Zeroizing;

const SECRET_TAG: &[u8] = b"assay/ceremony-secret/v1";

/// What a contributor types besides the system's randomness; wiped when it goes.
#[derive(Default)]
pub struct Typed(Zeroizing<String>);

impl Typed {
    /// A line, cut to [`MAX_TEXT`] bytes.
    ///
    /// # Errors
    /// The reader's.
    pub fn line(reader: impl BufRead) -> std::io::Result<Self> {
        // Of full capacity, so that nothing is left behind where it grew.
        let mut text = Zeroizing::new(String::with_capacity(MAX_TEXT));
        reader.take(MAX_TEXT as u64).read_line(&mut text)?;
        Ok(Self(text))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Typed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Typed(..)")
    }
}

/// Secrets out of the system's randomness and whatever the contributor typed: either is enough.
/// Everything they are made of is wiped.
pub(super) fn secrets<const N: usize>(
    rng: &mut impl CryptoRng,
    text: &str,
) -> Result<Zeroizing<[Fr; N]>> {
    if text.len() > MAX_TEXT {
        return Err(Error::Encoding {
            what: "the contributor's text",
            got: text.len(),
            expected: MAX_TEXT,
        });
    }
    let mut seed = Zeroizing::new([0u8; 64]);
    rng.fill_bytes(seed.as_mut());
    let mut made = Zeroizing::new([Fr::zero(); N]);
    for (place, secret) in (0u64..).zip(made.iter_mut()) {
        // Zero comes out with probability 2⁻²⁵⁵, and would be noticed by whoever verifies.
        let mut hasher = Sha512::new();
        hasher.update(SECRET_TAG);
        hasher.update(place.to_be_bytes());
        hasher.update(seed.as_ref());
        hasher.update(text);
        let digest: Zeroizing<[u8; 64]> = Zeroizing::new(hasher.finalize().into());
        *secret = Fr::from_le_bytes_mod_order(digest.as_ref());
    }
    Ok(made)
}
