//! Receipts: a validator's word that it keeps its share of a blob.

use crate::bls::{self, SignaturePoint};
use crate::{
    AvailabilityCertificate, Bitmap, ChainParams, Digest, Error, Result, Signature, SigningKey,
    ValidatorAddress, ValidatorIndex, ValidatorSet, Weight, receipt_digest,
};
use types::{BlobId, ChainId, Reader, SetHash, Timestamp, Writer};

const WHAT: &str = "receipt";

/// What a receipt promises: that this set's signer has verified and durably stored its custody
/// of the blob's every row at the one time, and keeps it until the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ReceiptTerms {
    /// The chain.
    pub chain_id: ChainId,
    /// The set whose members sign.
    pub set: SetHash,
    /// The blob.
    pub blob: BlobId,
    /// When the node that took the blob did so.
    pub accepted_at: Timestamp,
    /// Until when it is kept.
    pub expires_at: Timestamp,
}

impl ReceiptTerms {
    /// Bytes of an encoding.
    pub const BYTES: usize = 3 * 32 + 2 * 8;

    /// What the signers sign.
    #[must_use]
    pub fn digest(&self) -> Digest {
        receipt_digest(
            &self.chain_id,
            &self.set,
            &self.blob,
            self.accepted_at,
            self.expires_at,
        )
    }

    /// Signs the terms.
    #[must_use]
    pub fn sign(&self, key: &SigningKey) -> UnverifiedReceipt {
        UnverifiedReceipt {
            signer: key.public_key().address(),
            terms: *self,
            signature: key.sign_digest(&self.digest()),
        }
    }

    /// Checks that the blob was accepted about now and is kept for as long as the chain demands.
    ///
    /// # Errors
    /// [`Error::AcceptedAt`] or [`Error::ExpiresAt`].
    pub fn check_times(&self, params: &ChainParams, now: Timestamp) -> Result<()> {
        if self.accepted_at.get().abs_diff(now.get()) > params.clock_drift_ms {
            return Err(Error::AcceptedAt {
                got: self.accepted_at,
                now,
                drift_ms: params.clock_drift_ms,
            });
        }
        self.check_expiry(params)
    }

    pub(crate) fn check_expiry(&self, params: &ChainParams) -> Result<()> {
        let expected = self.accepted_at.plus_millis(params.retention_ms);
        if self.expires_at == expected {
            Ok(())
        } else {
            Err(Error::ExpiresAt {
                got: self.expires_at,
                expected,
            })
        }
    }

    pub(crate) fn check_place(&self, chain: &ChainId, set: &ValidatorSet) -> Result<()> {
        self.check_chain(chain)?;
        set.check_hash(self.set)
    }

    pub(crate) fn check_chain(&self, chain: &ChainId) -> Result<()> {
        if self.chain_id == *chain {
            Ok(())
        } else {
            Err(Error::WrongChain {
                got: self.chain_id,
                expected: *chain,
            })
        }
    }

    /// `chain id ‖ set hash ‖ blob id ‖ accepted at u64 ‖ expires at u64`: what is hashed for
    /// the digest.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        Writer::new()
            .raw(self.chain_id.as_bytes())
            .raw(self.set.as_bytes())
            .raw(self.blob.as_bytes())
            .u64(self.accepted_at.get())
            .u64(self.expires_at.get())
            .finish()
    }

    /// Reads an encoding.
    ///
    /// # Errors
    /// Bytes missing or left over.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new("receipt terms", bytes);
        let terms = Self::read(&mut reader)?;
        reader.finish()?;
        Ok(terms)
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            chain_id: ChainId::new(reader.array()?),
            set: SetHash::new(reader.array()?),
            blob: BlobId::new(reader.array()?),
            accepted_at: Timestamp::new(reader.u64()?),
            expires_at: Timestamp::new(reader.u64()?),
        })
    }
}

impl std::fmt::Display for ReceiptTerms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "blob {} from {} to {} by set {} of chain {}",
            self.blob, self.accepted_at, self.expires_at, self.set, self.chain_id
        )
    }
}

/// A receipt as it was received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnverifiedReceipt {
    /// Who is claimed to have signed.
    pub signer: ValidatorAddress,
    /// The terms.
    pub terms: ReceiptTerms,
    /// The claimed signature.
    pub signature: Signature,
}

impl UnverifiedReceipt {
    /// Bytes of an encoding.
    pub const BYTES: usize = ValidatorAddress::BYTES + ReceiptTerms::BYTES + Signature::BYTES;

    /// Checks that a member of the set has signed the terms that were asked for.
    ///
    /// # Errors
    /// [`Error::WrongChain`], [`Error::WrongSet`], [`Error::WrongTerms`],
    /// [`Error::UnknownValidator`], [`Error::SignaturePoint`] or [`Error::Signature`].
    pub fn verify(
        self,
        chain: &ChainId,
        set: &ValidatorSet,
        expected: &ReceiptTerms,
    ) -> Result<Receipt> {
        self.terms.check_place(chain, set)?;
        if self.terms != *expected {
            return Err(Error::WrongTerms {
                got: Box::new(self.terms),
                expected: Box::new(*expected),
            });
        }
        let (signer, validator) = set.find(&self.signer).ok_or(Error::UnknownValidator {
            got: self.signer,
            set: set.hash(),
        })?;

        let point = SignaturePoint::decode(WHAT, self.signature.as_bytes())?;

        let digest = self.terms.digest();
        bls::verify_one(WHAT, self.signer, validator.key(), &digest, point)?;
        Ok(Receipt {
            signer,
            weight: validator.weight(),
            unverified: self,
            point,
        })
    }

    /// `signer ‖ terms ‖ signature`.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        Writer::new()
            .raw(self.signer.as_bytes())
            .raw(&self.terms.encode())
            .raw(self.signature.as_bytes())
            .finish()
    }

    /// Reads an encoding.
    ///
    /// # Errors
    /// Bytes missing or left over.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(WHAT, bytes);
        let receipt = Self {
            signer: ValidatorAddress::new(reader.array()?),
            terms: ReceiptTerms::read(&mut reader)?,
            signature: Signature::new(reader.array()?),
        };
        reader.finish()?;
        Ok(receipt)
    }
}

/// A receipt that a member of the set named in its terms has signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    signer: ValidatorIndex,
    weight: Weight,
    unverified: UnverifiedReceipt,
    point: SignaturePoint,
}

impl Receipt {
    /// Whose it is.
    #[must_use]
    pub const fn signer(&self) -> ValidatorIndex {
        self.signer
    }

    /// The signer's address.
    #[must_use]
    pub const fn address(&self) -> ValidatorAddress {
        self.unverified.signer
    }

    /// The signer's weight.
    #[must_use]
    pub const fn weight(&self) -> Weight {
        self.weight
    }

    /// What it promises.
    #[must_use]
    pub const fn terms(&self) -> &ReceiptTerms {
        &self.unverified.terms
    }

    /// The form to hand on.
    #[must_use]
    pub const fn to_unverified(&self) -> UnverifiedReceipt {
        self.unverified
    }
}

/// Gathers the receipts of one blob until they make a certificate.
#[derive(Debug, Clone)]
pub struct ReceiptCollector {
    terms: ReceiptTerms,
    set: ValidatorSet,
    signers: Bitmap,
    weight: Weight,
    points: Vec<SignaturePoint>,
}

impl ReceiptCollector {
    /// None gathered yet of this set's receipts for these terms.
    #[must_use]
    pub fn new(terms: ReceiptTerms, set: ValidatorSet) -> Self {
        Self {
            terms,
            signers: Bitmap::new(set.len()),
            set,
            weight: Weight::ZERO,
            points: Vec::new(),
        }
    }

    /// Adds a receipt; returns the weight gathered so far.
    ///
    /// # Errors
    /// [`Error::WrongTerms`] for a receipt of other terms, [`Error::WrongSet`] when the terms
    /// are not of this collector's set, [`Error::DuplicateReceipt`].
    // By value: a receipt is used up.
    #[expect(clippy::needless_pass_by_value, reason = "a receipt counts once")]
    pub fn add(&mut self, receipt: Receipt) -> Result<Weight> {
        if *receipt.terms() != self.terms {
            return Err(Error::WrongTerms {
                got: Box::new(*receipt.terms()),
                expected: Box::new(self.terms),
            });
        }
        // The receipt's index is a place in the set that its terms name.
        self.set.check_hash(self.terms.set)?;
        if self.signers.contains(receipt.signer) {
            return Err(Error::DuplicateReceipt {
                signer: receipt.address(),
            });
        }
        self.signers.set(receipt.signer)?;
        self.weight = self.weight.plus(receipt.weight);
        self.points.push(receipt.point);
        Ok(self.weight)
    }

    /// The terms that receipts must have.
    #[must_use]
    pub const fn terms(&self) -> &ReceiptTerms {
        &self.terms
    }

    /// The weight gathered so far.
    #[must_use]
    pub const fn signed_weight(&self) -> Weight {
        self.weight
    }

    /// Who has signed so far.
    #[must_use]
    pub const fn signers(&self) -> &Bitmap {
        &self.signers
    }

    /// The certificate, once more than two thirds of the weight have signed.
    #[must_use]
    pub fn finish(&self) -> Option<AvailabilityCertificate> {
        if !self.set.has_quorum(self.weight) {
            return None;
        }
        let signature = SignaturePoint::aggregate(&self.points)?;
        Some(AvailabilityCertificate::from_receipts(
            self.terms,
            self.signers.clone(),
            self.weight,
            self.set.total_weight(),
            signature,
        ))
    }
}
