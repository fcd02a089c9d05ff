//! Set-change certificates: approvals of more than two thirds of the weight, in one signature.

use super::{SetChange, UnverifiedSetChange};
use crate::availability::{MAX_BITMAP_BYTES, read_bitmap, write_bitmap};
use crate::bls::{self, SignaturePoint};
use crate::{Bitmap, Result, Signature, Validator, ValidatorSet, Weight};
use types::{ChainId, Reader, Writer};

const WHAT: &str = "set-change certificate";

/// A set-change certificate as it was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnverifiedSetChangeCertificate {
    /// What every signer approves.
    pub change: UnverifiedSetChange,
    /// The bytes of the signers' [`Bitmap`].
    pub signers: Vec<u8>,
    /// The claimed aggregate.
    pub signature: Signature,
}

impl UnverifiedSetChangeCertificate {
    /// Most bytes of an encoding.
    pub const MAX_BYTES: usize =
        UnverifiedSetChange::MAX_BYTES + 2 + MAX_BITMAP_BYTES + Signature::BYTES;

    /// Checks that more than two thirds of the weight of the set that is to change have
    /// approved, and then the change itself.
    ///
    /// # Errors
    /// [`crate::Error::WrongChain`], [`crate::Error::WrongSet`],
    /// [`crate::Error::BitmapLength`], [`crate::Error::StrayBits`], [`crate::Error::Quorum`],
    /// [`crate::Error::SignaturePoint`], [`crate::Error::Aggregate`], or whatever
    /// [`UnverifiedSetChange::verify`] refuses.
    pub fn verify(self, chain: &ChainId, set: &ValidatorSet) -> Result<SetChangeCertificate> {
        self.change.check_place(chain, set)?;
        let (signers, signed_weight) = set.quorum(WHAT, &self.signers)?;

        let point = SignaturePoint::decode(WHAT, self.signature.as_bytes())?;

        let keys = set.members_of(&signers).map(Validator::key);
        bls::verify_aggregate(WHAT, keys, &self.change.digest(), point)?;
        Ok(SetChangeCertificate {
            change: self.change.verify(chain, set)?,
            signers,
            signed_weight,
            total_weight: set.total_weight(),
            signature: self.signature,
        })
    }

    /// `change ‖ bitmap length u16 ‖ bitmap ‖ signature`.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let head = Writer::new().raw(&self.change.encode());
        write_bitmap(head, &self.signers)
            .raw(self.signature.as_bytes())
            .finish()
    }

    /// Reads an encoding.
    ///
    /// # Errors
    /// Whatever is wrong with the change, [`crate::Error::TooLarge`] for a bitmap over any
    /// set's size, bytes missing or left over.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(WHAT, bytes);
        let certificate = Self::read(&mut reader)?;
        reader.finish()?;
        Ok(certificate)
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            change: UnverifiedSetChange::read(reader)?,
            signers: read_bitmap(reader)?,
            signature: Signature::new(reader.array()?),
        })
    }
}

/// A certificate that members of more than two thirds of the weight of the set that changes
/// have approved the change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetChangeCertificate {
    change: SetChange,
    signers: Bitmap,
    signed_weight: Weight,
    total_weight: Weight,
    signature: Signature,
}

impl SetChangeCertificate {
    /// For the collector alone, which has verified every approval in the aggregate.
    pub(super) const fn from_approvals(
        change: SetChange,
        signers: Bitmap,
        signed_weight: Weight,
        total_weight: Weight,
        signature: Signature,
    ) -> Self {
        Self {
            change,
            signers,
            signed_weight,
            total_weight,
            signature,
        }
    }

    /// What was approved; names the chain and the set against which it was verified.
    #[must_use]
    pub const fn change(&self) -> &SetChange {
        &self.change
    }

    /// Who has approved.
    #[must_use]
    pub const fn signers(&self) -> &Bitmap {
        &self.signers
    }

    /// The signers' weight.
    #[must_use]
    pub const fn signed_weight(&self) -> Weight {
        self.signed_weight
    }

    /// The weight of the set that changes.
    #[must_use]
    pub const fn total_weight(&self) -> Weight {
        self.total_weight
    }

    /// The form to hand on.
    #[must_use]
    pub fn to_unverified(&self) -> UnverifiedSetChangeCertificate {
        UnverifiedSetChangeCertificate {
            change: self.change.as_unverified().clone(),
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
