//! Headers with the certificate that makes them final.

use crate::{Error, FinalityCertificate, Result, UnverifiedFinality, ValidatorSet};
use types::{ChainId, Header, HeaderHash, Reader, SetHash, Writer};

/// A header and its certificate as they were received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnverifiedHeader {
    /// The header.
    pub header: Header,
    /// The certificate that is claimed to be its own.
    pub finality: UnverifiedFinality,
}

impl UnverifiedHeader {
    /// Most bytes of an encoding.
    pub const MAX_BYTES: usize = Header::BYTES + UnverifiedFinality::MAX_BYTES;

    /// Checks that the certificate is this header's and by the set that the header names.
    ///
    /// # Errors
    /// [`Error::WrongChain`], [`Error::WrongSet`], [`Error::WrongHeight`],
    /// [`Error::WrongHeader`], or whatever is wrong with the certificate.
    pub fn verify(self, chain: &ChainId, set: &ValidatorSet) -> Result<FinalHeader> {
        let Self { header, finality } = self;
        if header.chain_id != *chain {
            return Err(Error::WrongChain {
                got: header.chain_id,
                expected: *chain,
            });
        }
        set.check_hash(header.validators)?;
        if finality.height != header.height {
            return Err(Error::WrongHeight {
                what: "finality certificate",
                got: finality.height,
                expected: header.height,
            });
        }
        let hash = header.hash();
        if finality.header != hash {
            return Err(Error::WrongHeader {
                got: hash,
                expected: finality.header,
            });
        }

        let certificate = finality.verify(chain, set)?;
        Ok(FinalHeader {
            header,
            hash,
            certificate,
        })
    }

    /// `header ‖ finality certificate`.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        Writer::new()
            .raw(&self.header.encode())
            .raw(&self.finality.encode())
            .finish()
    }

    /// Reads an encoding.
    ///
    /// # Errors
    /// Whatever is wrong with its fields, bytes missing or left over.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new("certified header", bytes);
        let header = Header::decode(reader.raw(Header::BYTES)?)?;
        let finality = UnverifiedFinality::read(&mut reader)?;
        reader.finish()?;
        Ok(Self { header, finality })
    }
}

/// A header that the set it names has made final.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FinalHeader {
    header: Header,
    hash: HeaderHash,
    certificate: FinalityCertificate,
}

impl FinalHeader {
    /// The header.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// Its hash.
    #[must_use]
    pub const fn hash(&self) -> HeaderHash {
        self.hash
    }

    /// What makes it final.
    #[must_use]
    pub const fn certificate(&self) -> &FinalityCertificate {
        &self.certificate
    }

    /// The set against which it was verified.
    #[must_use]
    pub const fn set_hash(&self) -> SetHash {
        self.certificate.set_hash()
    }

    /// The form to hand on.
    #[must_use]
    pub fn to_unverified(&self) -> UnverifiedHeader {
        UnverifiedHeader {
            header: self.header,
            finality: self.certificate.to_unverified(),
        }
    }

    /// The encoding of [`Self::to_unverified`].
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        self.to_unverified().encode()
    }
}
