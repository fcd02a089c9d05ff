//! A member's word that it wants a change.

use super::{SetChange, SetChangeCertificate, UnverifiedSetChange};
use crate::bls::{self, SignaturePoint};
use crate::{
    Bitmap, Digest, Error, Result, Signature, ValidatorAddress, ValidatorIndex, ValidatorSet,
    Weight,
};
use types::{ChainId, Reader, Writer};

const WHAT: &str = "approval";

/// An approval as it was received, of a change that stands beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnverifiedApproval {
    /// Who is claimed to have signed.
    pub signer: ValidatorAddress,
    /// The claimed signature over the change's digest.
    pub signature: Signature,
}

impl UnverifiedApproval {
    /// Bytes of an encoding.
    pub const BYTES: usize = ValidatorAddress::BYTES + Signature::BYTES;

    /// Checks that a member of the set that is to change has approved the change. It costs one
    /// pairing, whatever the change holds; so it stands before the change's own check wherever
    /// a stranger sends both.
    ///
    /// # Errors
    /// [`Error::WrongChain`], [`Error::WrongSet`], [`Error::UnknownValidator`],
    /// [`Error::SignaturePoint`] or [`Error::Signature`].
    pub fn verify(
        self,
        change: &UnverifiedSetChange,
        chain: &ChainId,
        set: &ValidatorSet,
    ) -> Result<Approval> {
        change.check_place(chain, set)?;
        let (signer, validator) = set.find(&self.signer).ok_or(Error::UnknownValidator {
            got: self.signer,
            set: set.hash(),
        })?;

        let point = SignaturePoint::decode(WHAT, self.signature.as_bytes())?;

        let digest = change.digest();
        bls::verify_one(WHAT, self.signer, validator.key(), &digest, point)?;
        Ok(Approval {
            signer,
            weight: validator.weight(),
            digest,
            unverified: self,
            point,
        })
    }

    /// `signer ‖ signature`.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        Writer::new()
            .raw(self.signer.as_bytes())
            .raw(self.signature.as_bytes())
            .finish()
    }

    /// Reads an encoding.
    ///
    /// # Errors
    /// Bytes missing or left over.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(WHAT, bytes);
        let approval = Self {
            signer: ValidatorAddress::new(reader.array()?),
            signature: Signature::new(reader.array()?),
        };
        reader.finish()?;
        Ok(approval)
    }
}

/// An approval that a member has signed. Its index is a place in the set that the change names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    signer: ValidatorIndex,
    weight: Weight,
    digest: Digest,
    unverified: UnverifiedApproval,
    point: SignaturePoint,
}

impl Approval {
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

    /// The digest of the change that it approves.
    #[must_use]
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// The form to hand on.
    #[must_use]
    pub const fn to_unverified(&self) -> UnverifiedApproval {
        self.unverified
    }
}

/// Gathers the approvals of one change until they make a certificate.
#[derive(Debug, Clone)]
pub struct ApprovalCollector {
    change: SetChange,
    set: ValidatorSet,
    signers: Bitmap,
    weight: Weight,
    approvals: Vec<Approval>,
}

impl ApprovalCollector {
    /// None gathered yet of this set's approvals.
    ///
    /// # Errors
    /// [`Error::WrongSet`] for a change of another set.
    pub fn new(change: SetChange, set: ValidatorSet) -> Result<Self> {
        set.check_hash(change.set_hash())?;
        Ok(Self {
            signers: Bitmap::new(set.len()),
            change,
            set,
            weight: Weight::ZERO,
            approvals: Vec::new(),
        })
    }

    /// Adds an approval; returns the weight gathered so far.
    ///
    /// # Errors
    /// [`Error::WrongChange`] for an approval of another change, [`Error::DuplicateApproval`].
    pub fn add(&mut self, approval: Approval) -> Result<Weight> {
        // The digest covers the set's hash, so the approval's index is a place in this set.
        if approval.digest != self.change.digest() {
            return Err(Error::WrongChange {
                got: approval.digest,
                expected: self.change.digest(),
            });
        }
        if self.signers.contains(approval.signer) {
            return Err(Error::DuplicateApproval {
                signer: approval.address(),
            });
        }
        self.signers.set(approval.signer)?;
        self.weight = self.weight.plus(approval.weight);
        self.approvals.push(approval);
        Ok(self.weight)
    }

    /// The change.
    #[must_use]
    pub const fn change(&self) -> &SetChange {
        &self.change
    }

    /// The set whose members approve.
    #[must_use]
    pub const fn set(&self) -> &ValidatorSet {
        &self.set
    }

    /// The weight gathered so far.
    #[must_use]
    pub const fn signed_weight(&self) -> Weight {
        self.weight
    }

    /// Who has approved so far.
    #[must_use]
    pub const fn signers(&self) -> &Bitmap {
        &self.signers
    }

    /// What was gathered so far, in the order in which it came.
    #[must_use]
    pub fn approvals(&self) -> &[Approval] {
        &self.approvals
    }

    /// The certificate, once more than two thirds of the weight have approved.
    #[must_use]
    pub fn finish(&self) -> Option<SetChangeCertificate> {
        if !self.set.has_quorum(self.weight) {
            return None;
        }
        let points: Vec<_> = self.approvals.iter().map(|a| a.point).collect();
        let signature = SignaturePoint::aggregate(&points)?;
        Some(SetChangeCertificate::from_approvals(
            self.change.clone(),
            self.signers.clone(),
            self.weight,
            self.set.total_weight(),
            signature,
        ))
    }
}
