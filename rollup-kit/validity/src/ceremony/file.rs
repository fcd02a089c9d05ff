//! A ceremony's bytes: a format, the SHA-256 of all that follows, and then it.
//!
//! Points are compressed. How long a file must be follows from its head, and is checked before
//! anything is decoded.

use crate::{Error, Result};
use ark_bls12_381::{G1Affine, G2Affine};
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use rayon::prelude::*;
use sha2::{Digest, Sha256};

pub(super) const G1_BYTES: usize = 48;
pub(super) const G2_BYTES: usize = 96;
pub(super) const HASH_BYTES: usize = 32;
pub(super) const MAGIC_BYTES: usize = 8;

/// Wraps what was written.
pub(super) fn sealed(magic: &[u8; MAGIC_BYTES], body: &[u8]) -> Vec<u8> {
    let mut bytes = magic.to_vec();
    bytes.extend(Sha256::digest(body));
    bytes.extend(body);
    bytes
}

/// A body that is whole, and its checksum.
pub(super) fn unsealed<'a>(
    magic: &[u8; MAGIC_BYTES],
    bytes: &'a [u8],
) -> Result<(&'a [u8], [u8; HASH_BYTES])> {
    let mut reader = Reader::new(bytes);
    let format = reader.take(MAGIC_BYTES)?;
    if format != magic {
        return Err(differs("the format", format, magic));
    }
    let said = reader.take(HASH_BYTES)?;
    let body = reader.rest();
    let got: [u8; HASH_BYTES] = Sha256::digest(body).into();
    if got != said {
        return Err(differs("the checksum", &got, said));
    }
    Ok((body, got))
}

/// A file that says something else than was asked for.
pub(super) fn differs(what: &'static str, got: &[u8], expected: &[u8]) -> Error {
    Error::CeremonyFile {
        what,
        got: hex::encode(got),
        expected: hex::encode(expected),
    }
}

/// Takes bytes off the front.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(count).ok_or(Error::Encoding {
            what: "a ceremony's file",
            got: self.bytes.len(),
            expected: count,
        })?;
        self.bytes = rest;
        Ok(taken)
    }

    /// A number that a count or a size is, never above `most`.
    pub(super) fn number(&mut self, what: &'static str, most: usize) -> Result<usize> {
        let bytes = self.take(4)?;
        let number = bytes
            .iter()
            .fold(0, |number, b| number << 8 | usize::from(*b));
        if number > most {
            return Err(Error::CeremonyFile {
                what,
                got: number.to_string(),
                expected: format!("at most {most}"),
            });
        }
        Ok(number)
    }

    /// Checks that so many bytes are left, no more and no fewer.
    pub(super) const fn expect(&self, left: usize) -> Result<()> {
        if self.bytes.len() != left {
            return Err(Error::Encoding {
                what: "a ceremony's file",
                got: self.bytes.len(),
                expected: left,
            });
        }
        Ok(())
    }

    pub(super) const fn rest(&mut self) -> &'a [u8] {
        let rest = self.bytes;
        self.bytes = &[];
        rest
    }

    pub(super) fn g1(&mut self) -> Result<G1Affine> {
        point(self.take(G1_BYTES)?)
    }

    pub(super) fn g2(&mut self) -> Result<G2Affine> {
        point(self.take(G2_BYTES)?)
    }

    pub(super) fn many_g1(&mut self, count: usize) -> Result<Vec<G1Affine>> {
        let bytes = self.take(count.saturating_mul(G1_BYTES))?;
        bytes.par_chunks(G1_BYTES).map(point).collect()
    }

    pub(super) fn many_g2(&mut self, count: usize) -> Result<Vec<G2Affine>> {
        let bytes = self.take(count.saturating_mul(G2_BYTES))?;
        bytes.par_chunks(G2_BYTES).map(point).collect()
    }
}

/// A point of its group, in the only encoding it has.
fn point<P: CanonicalDeserialize + CanonicalSerialize>(bytes: &[u8]) -> Result<P> {
    let refused = || Error::Encoding {
        what: "a ceremony's point",
        got: bytes.len(),
        expected: bytes.len(),
    };
    let point = P::deserialize_compressed(bytes).map_err(|_| refused())?;
    let mut again = Vec::with_capacity(bytes.len());
    point
        .serialize_compressed(&mut again)
        .map_err(|_| refused())?;
    if again == bytes {
        Ok(point)
    } else {
        Err(refused())
    }
}

pub(super) fn g1_bytes(point: &G1Affine) -> [u8; G1_BYTES] {
    let mut bytes = [0; G1_BYTES];
    // The buffer is as long as the encoding, so nothing can fail.
    let written = point.serialize_compressed(&mut bytes[..]);
    debug_assert!(written.is_ok());
    bytes
}

pub(super) fn g2_bytes(point: &G2Affine) -> [u8; G2_BYTES] {
    let mut bytes = [0; G2_BYTES];
    // The buffer is as long as the encoding, so nothing can fail.
    let written = point.serialize_compressed(&mut bytes[..]);
    debug_assert!(written.is_ok());
    bytes
}
