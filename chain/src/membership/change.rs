//! A change of a validator set.

use super::{SetEdit, UnverifiedApproval};
use crate::digest::set_change_digest;
use crate::{
    Digest, Error, PublicKey, PublicKeyBytes, Result, SigningKey, Validator, ValidatorSet,
};
use std::collections::BTreeMap;
use types::{ChainId, Epoch, Reader, SetHash, Writer};

const WHAT: &str = "set change";

/// A change as it was received, or as an operator wrote it down.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnverifiedSetChange {
    /// The chain.
    pub chain_id: ChainId,
    /// The set that is to change, whose members decide.
    pub set: SetHash,
    /// The epoch from whose first block the change holds.
    pub epoch: Epoch,
    /// What happens to whom: keys ascending, each once.
    pub edits: Vec<SetEdit>,
}

impl UnverifiedSetChange {
    /// Most edits of a change: with these, the fullest block still fits its bound.
    pub const MAX_EDITS: usize = 512;
    /// Most bytes of an encoding.
    pub const MAX_BYTES: usize = 2 * 32 + 8 + 2 + Self::MAX_EDITS * SetEdit::MAX_BYTES;

    /// A change with these edits, brought into order.
    #[must_use]
    pub fn new(chain_id: ChainId, set: SetHash, epoch: Epoch, mut edits: Vec<SetEdit>) -> Self {
        edits.sort_by_key(SetEdit::key);
        Self {
            chain_id,
            set,
            epoch,
            edits,
        }
    }

    /// Checks the change against the set that it is to change, and makes the next one. Whether
    /// its epoch comes next is for the block to say.
    ///
    /// # Errors
    /// [`Error::WrongChain`], [`Error::WrongSet`]; [`Error::OutOfRange`] for no edits or too
    /// many; [`Error::EditOrder`]; [`Error::NotAMember`], [`Error::AlreadyAMember`] or
    /// [`Error::SameWeight`] for an edit that changes nothing; [`Error::PublicKey`],
    /// [`Error::SignaturePoint`] or [`Error::Possession`] for a key that nobody has proven to
    /// hold; whatever [`ValidatorSet::new`] refuses of the result.
    pub fn verify(self, chain: &ChainId, set: &ValidatorSet) -> Result<SetChange> {
        self.check_place(chain, set)?;
        check_count(self.edits.len())?;
        self.check_order()?;
        let next = self.apply(set)?;
        for edit in &self.edits {
            if let SetEdit::Join {
                key, possession, ..
            } = edit
            {
                possession.verify(&PublicKey::try_from(*key)?)?;
            }
        }
        Ok(SetChange {
            digest: self.digest(),
            unverified: self,
            next,
        })
    }

    /// What approvals sign: the encoding under [`types::Tag::SetChange`].
    #[must_use]
    pub fn digest(&self) -> Digest {
        set_change_digest(&self.encode())
    }

    pub(super) fn check_place(&self, chain: &ChainId, set: &ValidatorSet) -> Result<()> {
        if self.chain_id != *chain {
            return Err(Error::WrongChain {
                got: self.chain_id,
                expected: *chain,
            });
        }
        set.check_hash(self.set)
    }

    fn check_order(&self) -> Result<()> {
        let pairs = self.edits.iter().zip(self.edits.iter().skip(1));
        for (place, (before, edit)) in (1..).zip(pairs) {
            if before.key() >= edit.key() {
                let got = edit.key();
                return Err(Error::EditOrder { place, got });
            }
        }
        Ok(())
    }

    /// The set that the edits make. Keys of those who join are decoded, their possession is
    /// left open.
    fn apply(&self, set: &ValidatorSet) -> Result<ValidatorSet> {
        let mut members: BTreeMap<PublicKeyBytes, Validator> = set
            .iter()
            .map(|(_, member)| (member.key().to_bytes(), *member))
            .collect();
        for edit in &self.edits {
            let key = edit.key();
            let missing = || Error::NotAMember {
                key,
                set: set.hash(),
            };
            match *edit {
                SetEdit::Join { weight, .. } => {
                    let validator = Validator::new(PublicKey::try_from(key)?, weight);
                    if members.insert(key, validator).is_some() {
                        return Err(Error::AlreadyAMember {
                            key,
                            set: set.hash(),
                        });
                    }
                }
                SetEdit::Leave { .. } => {
                    members.remove(&key).ok_or_else(missing)?;
                }
                SetEdit::Reweigh { weight, .. } => {
                    let member = members.get_mut(&key).ok_or_else(missing)?;
                    if member.weight() == weight {
                        return Err(Error::SameWeight { key, weight });
                    }
                    *member = Validator::new(*member.key(), weight);
                }
            }
        }
        ValidatorSet::new(members.into_values().collect())
    }

    /// `chain id ‖ set hash ‖ epoch u64 ‖ count u16`, then per edit `kind u8 ‖ key`, and for
    /// those who join (1) `weight u64 ‖ proof of possession`, for those who leave (2) nothing,
    /// for those who are reweighed (3) `weight u64`; keys ascending.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        // More edits cannot be decoded; a cut count makes them malformed, not misread.
        let count = u16::try_from(self.edits.len()).unwrap_or(u16::MAX);
        let head = Writer::new()
            .raw(self.chain_id.as_bytes())
            .raw(self.set.as_bytes())
            .u64(self.epoch.get())
            .u16(count);
        self.edits
            .iter()
            .fold(head, |writer, edit| edit.write(writer))
            .finish()
    }

    /// Reads an encoding.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] for no edits, too many or one of an unknown kind;
    /// [`Error::EditOrder`]; bytes missing or left over.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(WHAT, bytes);
        let change = Self::read(&mut reader)?;
        reader.finish()?;
        Ok(change)
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self> {
        let chain_id = ChainId::new(reader.array()?);
        let set = SetHash::new(reader.array()?);
        let epoch = Epoch::new(reader.u64()?);
        let count = usize::from(reader.u16()?);
        check_count(count)?;
        let edits = (0..count)
            .map(|_| SetEdit::read(reader))
            .collect::<Result<_>>()?;
        let change = Self {
            chain_id,
            set,
            epoch,
            edits,
        };
        change.check_order()?;
        Ok(change)
    }
}

fn check_count(count: usize) -> Result<()> {
    if (1..=UnverifiedSetChange::MAX_EDITS).contains(&count) {
        Ok(())
    } else {
        Err(Error::OutOfRange {
            what: "edits of a set change",
            got: count as u64,
            min: 1,
            max: UnverifiedSetChange::MAX_EDITS as u64,
        })
    }
}

/// A change that a set can undergo, and the set that it makes. Whether members want it is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetChange {
    unverified: UnverifiedSetChange,
    digest: Digest,
    next: ValidatorSet,
}

impl SetChange {
    /// The chain.
    #[must_use]
    pub const fn chain_id(&self) -> ChainId {
        self.unverified.chain_id
    }

    /// The set that changes, against which it was verified.
    #[must_use]
    pub const fn set_hash(&self) -> SetHash {
        self.unverified.set
    }

    /// The epoch from whose first block it holds.
    #[must_use]
    pub const fn epoch(&self) -> Epoch {
        self.unverified.epoch
    }

    /// What happens to whom.
    #[must_use]
    pub fn edits(&self) -> &[SetEdit] {
        &self.unverified.edits
    }

    /// What approvals sign.
    #[must_use]
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// The set that it makes: always another one.
    #[must_use]
    pub const fn next_set(&self) -> &ValidatorSet {
        &self.next
    }

    /// Approves it.
    #[must_use]
    pub fn approve(&self, key: &SigningKey) -> UnverifiedApproval {
        UnverifiedApproval {
            signer: key.public_key().address(),
            signature: key.sign_digest(&self.digest),
        }
    }

    /// The form to hand on.
    #[must_use]
    pub const fn as_unverified(&self) -> &UnverifiedSetChange {
        &self.unverified
    }
}
