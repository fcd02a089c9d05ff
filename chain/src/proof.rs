//! The proof that a chain ordered a blob and that validators hold it: what a poster keeps.
//!
//! It needs nothing but the validator set. The set's signatures cover the header, the header's
//! index root covers the blob's entry, the entry's id is the hash of the description, and the
//! description has the commitments that the bytes themselves are held against.

use crate::{
    AvailabilityCertificate, Error, FinalHeader, Result, UnverifiedAvailability, UnverifiedHeader,
    ValidatorSet,
};
use types::{
    BlobId, BlobMeta, ChainId, Height, IndexEntry, MerkleProof, PlacementProof, Reader, Writer,
};

#[cfg(test)]
mod tests;

/// A proof as it was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnverifiedBlobProof {
    /// The header of the block that ordered the blob, with its certificate.
    pub header: UnverifiedHeader,
    /// The blob's entry, with its path to the header's index root.
    pub placement: PlacementProof,
    /// The blob's description.
    pub meta: BlobMeta,
    /// The certificate that the block references.
    pub availability: UnverifiedAvailability,
}

impl UnverifiedBlobProof {
    /// The version of the encoding.
    pub const VERSION: u16 = 1;
    /// Most bytes of an encoding.
    pub const MAX_BYTES: usize = 2
        + 4 * 2
        + UnverifiedHeader::MAX_BYTES
        + IndexEntry::BYTES
        + MerkleProof::MAX_BYTES
        + BlobMeta::MAX_BYTES
        + UnverifiedAvailability::MAX_BYTES;

    /// Reads the four parts, each in its own encoding.
    ///
    /// # Errors
    /// Whatever is wrong with one of them.
    pub fn from_parts(
        header: &[u8],
        placement: &[u8],
        meta: &[u8],
        availability: &[u8],
    ) -> Result<Self> {
        Ok(Self {
            header: UnverifiedHeader::decode(header)?,
            placement: PlacementProof::decode(placement)?,
            meta: BlobMeta::decode(meta)?,
            availability: UnverifiedAvailability::decode(availability)?,
        })
    }

    /// Checks the whole chain of reasons, from the set to the blob.
    ///
    /// # Errors
    /// As [`Self::verify_by`].
    pub fn verify(self, chain: &ChainId, set: &ValidatorSet) -> Result<BlobProof> {
        self.verify_by(chain, set, set)
    }

    /// As [`Self::verify`] for a block that a set has ordered just after another one certified
    /// the blob: `set` is the header's, `certifier` the one that the certificate names.
    ///
    /// # Errors
    /// Whatever is wrong with the header or a certificate; [`Error::Noun`] for a path that does
    /// not lead to the index root; [`Error::WrongProof`] for parts that are each right and do
    /// not belong together.
    pub fn verify_by(
        self,
        chain: &ChainId,
        set: &ValidatorSet,
        certifier: &ValidatorSet,
    ) -> Result<BlobProof> {
        let id = self.meta.id();
        let belongs = |what, got: BlobId| {
            if got == id {
                Ok(())
            } else {
                Err(Error::WrongProof {
                    what,
                    got,
                    expected: id,
                })
            }
        };
        belongs("certificate", self.availability.terms.blob)?;

        let header = self.header.verify(chain, set)?;
        let entry = self.placement.verify(&header.header().index_root)?;
        belongs("index entry", entry.id())?;
        // The id covers namespace, mode and length, so an entry that differs in them lies.
        if IndexEntry::new(&self.meta, entry.placement().first())? != entry {
            return Err(Error::WrongEntry {
                entry: entry.placement().first().as_usize(),
                blob: id,
            });
        }
        let availability = self.availability.verify(chain, certifier)?;
        Ok(BlobProof {
            header,
            entry,
            meta: self.meta,
            availability,
        })
    }

    /// `version u16`, then header, placement, description and certificate, each as
    /// `length u16 ‖ encoding`: what stands in a proof's file.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let parts = [
            self.header.encode(),
            self.placement.encode(),
            self.meta.encode(),
            self.availability.encode(),
        ];
        let head = Writer::new().u16(Self::VERSION);
        parts
            .iter()
            .fold(head, |w, part| {
                // None is near this long; cutting the length makes it malformed, not misread.
                let length = u16::try_from(part.len()).unwrap_or(u16::MAX);
                w.u16(length).raw(part)
            })
            .finish()
    }

    /// Reads an encoding.
    ///
    /// # Errors
    /// [`Error::TooLarge`], [`Error::OutOfRange`] for another version, whatever is wrong with a
    /// part, bytes missing or left over.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        const WHAT: &str = "blob proof";
        if bytes.len() > Self::MAX_BYTES {
            return Err(Error::TooLarge {
                what: WHAT,
                got: bytes.len(),
                max: Self::MAX_BYTES,
            });
        }
        let mut reader = Reader::new(WHAT, bytes);
        let version = reader.u16()?;
        if version != Self::VERSION {
            return Err(Error::OutOfRange {
                what: "version of a blob proof",
                got: version.into(),
                min: Self::VERSION.into(),
                max: Self::VERSION.into(),
            });
        }
        let mut part = || {
            let length = usize::from(reader.u16()?);
            reader.raw(length)
        };
        let (header, placement, meta, availability) = (part()?, part()?, part()?, part()?);
        reader.finish()?;
        Self::from_parts(header, placement, meta, availability)
    }
}

/// A proof whose every part holds, against the chain and the sets named in its header and in its
/// certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobProof {
    header: FinalHeader,
    entry: IndexEntry,
    meta: BlobMeta,
    availability: AvailabilityCertificate,
}

impl BlobProof {
    /// The blob.
    #[must_use]
    pub const fn id(&self) -> BlobId {
        self.entry.id()
    }

    /// The height that ordered it.
    #[must_use]
    pub const fn height(&self) -> Height {
        self.header.header().height
    }

    /// The header of the block that ordered it.
    #[must_use]
    pub const fn header(&self) -> &FinalHeader {
        &self.header
    }

    /// The blob's place in the block.
    #[must_use]
    pub const fn entry(&self) -> &IndexEntry {
        &self.entry
    }

    /// The blob's description. Its commitments are the blob's: compute those of the bytes and
    /// compare.
    #[must_use]
    pub const fn meta(&self) -> &BlobMeta {
        &self.meta
    }

    /// The certificate that the block references.
    #[must_use]
    pub const fn availability(&self) -> &AvailabilityCertificate {
        &self.availability
    }
}
