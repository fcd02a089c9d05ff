//! Availability certificates: receipts of more than two thirds of the weight, in one signature.

use crate::batch::{Claim, verify_claims};
use crate::bls::{self, SignaturePoint};
use crate::{Bitmap, Error, ReceiptTerms, Result, Signature, ValidatorSet, Weight};
use types::{BlobId, ChainId, Reader, Writer};

pub(crate) const WHAT: &str = "availability certificate";

/// Most bytes of a bitmap.
pub(crate) const MAX_BITMAP_BYTES: usize = ValidatorSet::MAX_MEMBERS.div_ceil(8);

/// Reads `length u16 ‖ bitmap`, the length within bounds.
pub(crate) fn read_bitmap(reader: &mut Reader<'_>) -> Result<Vec<u8>> {
    let length = usize::from(reader.u16()?);
    if length > MAX_BITMAP_BYTES {
        return Err(Error::TooLarge {
            what: "bitmap",
            got: length,
            max: MAX_BITMAP_BYTES,
        });
    }
    Ok(reader.raw(length)?.to_vec())
}

/// Writes `length u16 ‖ bitmap`.
pub(crate) fn write_bitmap(writer: Writer, bitmap: &[u8]) -> Writer {
    // Longer ones cannot be decoded; cutting the length makes them malformed, not misread.
    let length = u16::try_from(bitmap.len()).unwrap_or(u16::MAX);
    writer.u16(length).raw(bitmap)
}

/// An availability certificate as it was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnverifiedAvailability {
    /// What every signer promises.
    pub terms: ReceiptTerms,
    /// The bytes of the signers' [`Bitmap`].
    pub signers: Vec<u8>,
    /// The claimed aggregate.
    pub signature: Signature,
}

impl UnverifiedAvailability {
    /// Most bytes of an encoding.
    pub const MAX_BYTES: usize = ReceiptTerms::BYTES + 2 + MAX_BITMAP_BYTES + Signature::BYTES;

    /// Checks that more than two thirds of the set's weight have signed the terms.
    ///
    /// # Errors
    /// [`Error::WrongChain`], [`Error::WrongSet`], [`Error::BitmapLength`],
    /// [`Error::StrayBits`], [`Error::Quorum`], [`Error::SignaturePoint`] or
    /// [`Error::Aggregate`].
    pub fn verify(self, chain: &ChainId, set: &ValidatorSet) -> Result<AvailabilityCertificate> {
        let (certificate, point) = self.parse(chain, set)?;
        let keys = set
            .members_of(&certificate.signers)
            .map(|member| member.key());
        bls::verify_aggregate(WHAT, keys, &certificate.terms.digest(), point)?;
        Ok(certificate)
    }

    /// As [`Self::verify`] for each of many, in one batch of pairings; `certifier` says which
    /// set has to have signed.
    pub(crate) fn verify_all<'a>(
        certificates: Vec<Self>,
        chain: &ChainId,
        certifier: impl Fn(&ReceiptTerms) -> Result<&'a ValidatorSet>,
    ) -> Result<Vec<AvailabilityCertificate>> {
        let mut verified = Vec::with_capacity(certificates.len());
        let mut claims = Vec::with_capacity(certificates.len());
        for certificate in certificates {
            certificate.terms.check_chain(chain)?;
            let set = certifier(&certificate.terms)?;
            let (certificate, signature) = certificate.parse(chain, set)?;
            let keys = set
                .members_of(&certificate.signers)
                .map(|member| member.key());
            let (key, signers) = bls::aggregate_keys(WHAT, keys)?;
            claims.push(Claim {
                key,
                signers,
                digest: certificate.terms.digest(),
                signature,
            });
            verified.push(certificate);
        }
        verify_claims(WHAT, &claims)?;
        Ok(verified)
    }

    /// All checks but the pairing: the result must not leave this file before that.
    fn parse(
        self,
        chain: &ChainId,
        set: &ValidatorSet,
    ) -> Result<(AvailabilityCertificate, SignaturePoint)> {
        self.terms.check_place(chain, set)?;
        let (signers, signed_weight) = set.quorum(WHAT, &self.signers)?;
        let point = SignaturePoint::decode(WHAT, self.signature.as_bytes())?;
        let certificate = AvailabilityCertificate {
            terms: self.terms,
            signers,
            signed_weight,
            total_weight: set.total_weight(),
            signature: self.signature,
        };
        Ok((certificate, point))
    }

    /// `terms ‖ bitmap length u16 ‖ bitmap ‖ signature`.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let head = Writer::new().raw(&self.terms.encode());
        write_bitmap(head, &self.signers)
            .raw(self.signature.as_bytes())
            .finish()
    }

    /// Reads an encoding.
    ///
    /// # Errors
    /// [`Error::TooLarge`] for a bitmap over any set's size, bytes missing or left over.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(WHAT, bytes);
        let certificate = Self::read(&mut reader)?;
        reader.finish()?;
        Ok(certificate)
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            terms: ReceiptTerms::read(reader)?,
            signers: read_bitmap(reader)?,
            signature: Signature::new(reader.array()?),
        })
    }
}

/// A certificate that validators of more than two thirds of the weight of the set named in its
/// terms have signed: as long as less than a third of the weight is Byzantine, more than a
/// third is honest and holds its custody of every row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AvailabilityCertificate {
    terms: ReceiptTerms,
    signers: Bitmap,
    signed_weight: Weight,
    total_weight: Weight,
    signature: Signature,
}

impl AvailabilityCertificate {
    /// For the collector alone, which has verified every receipt in the aggregate.
    pub(crate) const fn from_receipts(
        terms: ReceiptTerms,
        signers: Bitmap,
        signed_weight: Weight,
        total_weight: Weight,
        signature: Signature,
    ) -> Self {
        Self {
            terms,
            signers,
            signed_weight,
            total_weight,
            signature,
        }
    }

    /// What its signers promise; names the chain and the set against which it was verified.
    #[must_use]
    pub const fn terms(&self) -> &ReceiptTerms {
        &self.terms
    }

    /// The blob.
    #[must_use]
    pub const fn blob(&self) -> BlobId {
        self.terms.blob
    }

    /// Who has signed.
    #[must_use]
    pub const fn signers(&self) -> &Bitmap {
        &self.signers
    }

    /// The signers' weight.
    #[must_use]
    pub const fn signed_weight(&self) -> Weight {
        self.signed_weight
    }

    /// The set's weight.
    #[must_use]
    pub const fn total_weight(&self) -> Weight {
        self.total_weight
    }

    /// The form to hand on.
    #[must_use]
    pub fn to_unverified(&self) -> UnverifiedAvailability {
        UnverifiedAvailability {
            terms: self.terms,
            signers: self.signers.encode(),
            signature: self.signature,
        }
    }

    /// The encoding of [`Self::to_unverified`].
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        self.to_unverified().encode()
    }
}
