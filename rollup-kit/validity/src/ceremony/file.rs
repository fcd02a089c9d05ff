//! A ceremony's bytes: a format, the SHA-256 of all that follows, and then it.
//!
//! Points are compressed. How long a file must be follows from its head, and is checked before
//! anything is decoded.

use crate::{Error, Result};
pub(super) use algebra::{G1_BYTES, G2_BYTES};
use algebra::{G1Affine, G2Affine};
use sha2::{Digest, Sha256};

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

    pub(super) const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(super) const fn rest(&mut self) -> &'a [u8] {
        let rest = self.bytes;
        self.bytes = &[];
        rest
    }

    pub(super) fn g1(&mut self) -> Result<G1Affine> {
        let (bytes, _) = self.take(G1_BYTES)?.as_chunks::<G1_BYTES>();
        G1Affine::from_compressed(&bytes[0]).map_err(|_| no_point(G1_BYTES))
    }

    pub(super) fn g2(&mut self) -> Result<G2Affine> {
        let (bytes, _) = self.take(G2_BYTES)?.as_chunks::<G2_BYTES>();
        G2Affine::from_compressed(&bytes[0]).map_err(|_| no_point(G2_BYTES))
    }

    pub(super) fn many_g1(&mut self, count: usize) -> Result<Vec<G1Affine>> {
        super::points::read_g1(self.take(count.saturating_mul(G1_BYTES))?)
    }

    pub(super) fn many_g2(&mut self, count: usize) -> Result<Vec<G2Affine>> {
        super::points::read_g2(self.take(count.saturating_mul(G2_BYTES))?)
    }
}

/// So many bytes are no point of the group, in the only encoding that it has.
pub(super) const fn no_point(length: usize) -> Error {
    Error::Encoding {
        what: "a ceremony's point",
        got: length,
        expected: length,
    }
}

/// Appends points.
pub(super) fn write_g1(body: &mut Vec<u8>, points: &[G1Affine]) {
    points
        .iter()
        .for_each(|point| body.extend(point.to_compressed()));
}

/// Appends points of G2.
pub(super) fn write_g2(body: &mut Vec<u8>, points: &[G2Affine]) {
    points
        .iter()
        .for_each(|point| body.extend(point.to_compressed()));
}
