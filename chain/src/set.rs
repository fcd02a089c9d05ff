//! Validator sets.

use crate::{Bitmap, Error, PublicKey, Result, ValidatorAddress};
use std::collections::HashMap;
use std::sync::Arc;
use types::{Height, Reader, Round, SetHash, Tag, Writer, tagged_hash};

/// Voting weight, proportional to stake.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    serde::Serialize,
    serde::Deserialize,
)]
#[serde(transparent)]
pub struct Weight(u64);

impl Weight {
    /// No weight.
    pub const ZERO: Self = Self(0);

    /// Names a weight.
    #[must_use]
    pub const fn new(weight: u64) -> Self {
        Self(weight)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Both weights together, saturating; weights of one set never saturate.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl std::fmt::Display for Weight {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// A member's place in its set, which is sorted by key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct ValidatorIndex(u16);

impl ValidatorIndex {
    /// Names a place; whether a set has it is for the set to say.
    #[must_use]
    pub const fn new(index: u16) -> Self {
        Self(index)
    }

    /// The index.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }

    /// The index, for slices.
    #[must_use]
    pub const fn as_usize(self) -> usize {
        self.0 as usize
    }
}

impl std::fmt::Display for ValidatorIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// One member of a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Validator {
    key: PublicKey,
    weight: Weight,
}

impl Validator {
    /// A member with this key and weight; a set refuses one without weight.
    #[must_use]
    pub const fn new(key: PublicKey, weight: Weight) -> Self {
        Self { key, weight }
    }

    /// Its key.
    #[must_use]
    pub const fn key(&self) -> &PublicKey {
        &self.key
    }

    /// Its weight.
    #[must_use]
    pub const fn weight(&self) -> Weight {
        self.weight
    }

    /// Its short name.
    #[must_use]
    pub fn address(&self) -> ValidatorAddress {
        self.key.address()
    }
}

/// A set of validators: 1 to [`ValidatorSet::MAX_MEMBERS`], sorted by key, each key once, each
/// with a weight. Cheap to clone.
#[derive(Clone)]
pub struct ValidatorSet(Arc<Inner>);

struct Inner {
    members: Vec<Validator>,
    /// The sums of the weights up to and including each member.
    cumulative: Vec<u64>,
    places: HashMap<ValidatorAddress, ValidatorIndex>,
    hash: SetHash,
}

impl ValidatorSet {
    /// Most members of a set.
    pub const MAX_MEMBERS: usize = 1024;
    /// Most weight of a set.
    pub const MAX_TOTAL: Weight = Weight(u64::MAX / 4);
    /// Bytes of one member's encoding.
    const MEMBER_BYTES: usize = PublicKey::BYTES + 8;

    /// Sorts the members and checks them against the laws of a set.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] for no members, too many, one without weight or too much weight
    /// in total; [`Error::DuplicateKey`].
    pub fn new(mut members: Vec<Validator>) -> Result<Self> {
        check_count(members.len())?;
        members.sort_unstable_by_key(|member| member.key);
        let mut total = 0_u64;
        let mut cumulative = Vec::with_capacity(members.len());
        let mut places = HashMap::with_capacity(members.len());
        for (index, member) in (0..=u16::MAX).map(ValidatorIndex).zip(&members) {
            let max = Self::MAX_TOTAL.0;
            let out_of_range = |what, got| Error::OutOfRange {
                what,
                got,
                min: 1,
                max,
            };
            if member.weight == Weight::ZERO {
                return Err(out_of_range("weight of a validator", 0));
            }
            total = total.saturating_add(member.weight.0);
            if total > max {
                return Err(out_of_range("weight of a validator set", total));
            }
            cumulative.push(total);
            if places.insert(member.address(), index).is_some() {
                let key = member.key.to_bytes();
                return Err(Error::DuplicateKey { key });
            }
        }
        let hash = SetHash::new(tagged_hash(Tag::ValidatorSet, &[&encode(&members)]));
        Ok(Self(Arc::new(Inner {
            members,
            cumulative,
            places,
            hash,
        })))
    }

    /// `SHA-256(tag ‖ encoding)`.
    #[must_use]
    pub fn hash(&self) -> SetHash {
        self.0.hash
    }

    /// How many members it has.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a set is never empty")]
    pub fn len(&self) -> usize {
        self.0.members.len()
    }

    /// The members with their places, in order.
    pub fn iter(&self) -> impl Iterator<Item = (ValidatorIndex, &Validator)> {
        (0..=u16::MAX).map(ValidatorIndex).zip(&self.0.members)
    }

    /// The member at a place.
    #[must_use]
    pub fn get(&self, index: ValidatorIndex) -> Option<&Validator> {
        self.0.members.get(index.as_usize())
    }

    /// The member with this address.
    #[must_use]
    pub fn find(&self, address: &ValidatorAddress) -> Option<(ValidatorIndex, &Validator)> {
        let index = *self.0.places.get(address)?;
        self.get(index).map(|member| (index, member))
    }

    /// The member with this key.
    #[must_use]
    pub fn find_key(&self, key: &PublicKey) -> Option<(ValidatorIndex, &Validator)> {
        let place = self.0.members.binary_search_by_key(key, |m| m.key).ok()?;
        let index = ValidatorIndex(u16::try_from(place).ok()?);
        self.get(index).map(|member| (index, member))
    }

    /// The members' weight together.
    #[must_use]
    pub fn total_weight(&self) -> Weight {
        Weight(self.0.cumulative.last().copied().unwrap_or_default())
    }

    /// Whether this weight is strictly more than two thirds of the set's.
    #[must_use]
    pub fn has_quorum(&self, signed: Weight) -> bool {
        3 * u128::from(signed.0) > 2 * u128::from(self.total_weight().0)
    }

    /// The weight of the members in the bitmap.
    ///
    /// # Errors
    /// [`Error::BitmapLength`] for a bitmap of a set of another size.
    pub fn weight_of(&self, signers: &Bitmap) -> Result<Weight> {
        self.check_members(signers)?;
        Ok(self
            .members_of(signers)
            .map(Validator::weight)
            .fold(Weight::ZERO, Weight::plus))
    }

    /// The members in the bitmap, which must be this set's.
    pub(crate) fn members_of(&self, signers: &Bitmap) -> impl Iterator<Item = &Validator> {
        signers.iter().filter_map(|index| self.get(index))
    }

    fn check_members(&self, signers: &Bitmap) -> Result<()> {
        if signers.members() == self.len() {
            Ok(())
        } else {
            Err(Error::BitmapLength {
                got: signers.members().div_ceil(8),
                expected: self.len().div_ceil(8),
                members: self.len(),
            })
        }
    }

    /// The bitmap and its weight, when that is more than two thirds.
    pub(crate) fn quorum(&self, what: &'static str, bitmap: &[u8]) -> Result<(Bitmap, Weight)> {
        let signers = Bitmap::decode(self.len(), bitmap)?;
        let got = self.weight_of(&signers)?;
        if self.has_quorum(got) {
            Ok((signers, got))
        } else {
            Err(Error::Quorum {
                what,
                got,
                total: self.total_weight(),
            })
        }
    }

    pub(crate) fn check_hash(&self, got: SetHash) -> Result<()> {
        if got == self.hash() {
            Ok(())
        } else {
            Err(Error::WrongSet {
                got,
                expected: self.hash(),
            })
        }
    }

    /// `count u16`, then per member `key ‖ weight u64`, keys ascending.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        encode(&self.0.members)
    }

    /// Reads an encoding; all keys are checked to be points of the subgroup. Whether their
    /// owners have proven to hold their secrets follows from a trusted hash alone.
    ///
    /// # Errors
    /// As [`Self::new`]; [`Error::PublicKey`]; [`Error::UnsortedKeys`]; bytes missing or left.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new("validator set", bytes);
        let count = usize::from(reader.u16()?);
        check_count(count)?;
        let expected = count * Self::MEMBER_BYTES;
        if reader.remaining() < expected {
            return Err(Error::Noun(types::Error::Length {
                what: "validator set",
                got: reader.remaining(),
                expected,
            }));
        }
        let mut members: Vec<Validator> = Vec::with_capacity(count);
        for place in 0..count {
            let key = PublicKey::from_bytes(&reader.array()?)?;
            let got = key.to_bytes();
            match members.last().map(|last| last.key.cmp(&key)) {
                Some(std::cmp::Ordering::Equal) => return Err(Error::DuplicateKey { key: got }),
                Some(std::cmp::Ordering::Greater) => {
                    return Err(Error::UnsortedKeys { place, got });
                }
                _ => members.push(Validator::new(key, Weight(reader.u64()?))),
            }
        }
        reader.finish()?;
        Self::new(members)
    }

    /// Who proposes. The turn t = height + round takes the point frac(t · φ) of the unit
    /// interval, φ being the golden ratio, and the member in whose share of the weight it
    /// falls. That is deterministic and needs no history; over any stretch of T turns a member
    /// of share w has wT proposals but for O(log T), the least irregular that a rotation can
    /// be (three-distance theorem); and nobody below 38 % of the weight has two turns in a row,
    /// so a proposer that is down costs one round.
    #[must_use]
    pub fn proposer(&self, height: Height, round: Round) -> &Validator {
        /// 2^64 / φ, odd.
        const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
        let turn = height.get().wrapping_add(u64::from(round.get()));
        let point = turn.wrapping_mul(GOLDEN);
        let share = (u128::from(point) * u128::from(self.total_weight().0)) >> 64;
        let place = self
            .0
            .cumulative
            .partition_point(|&sum| u128::from(sum) <= share);
        // `share` lies below the total, so `place` lies within the set.
        &self.0.members[place.min(self.len() - 1)]
    }
}

impl PartialEq for ValidatorSet {
    fn eq(&self, other: &Self) -> bool {
        self.hash() == other.hash()
    }
}

impl Eq for ValidatorSet {}

impl std::fmt::Debug for ValidatorSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ValidatorSet({} members, {})", self.len(), self.hash())
    }
}

fn check_count(count: usize) -> Result<()> {
    if (1..=ValidatorSet::MAX_MEMBERS).contains(&count) {
        Ok(())
    } else {
        Err(Error::OutOfRange {
            what: "validators of a set",
            got: count as u64,
            min: 1,
            max: ValidatorSet::MAX_MEMBERS as u64,
        })
    }
}

fn encode(members: &[Validator]) -> Vec<u8> {
    // At most MAX_MEMBERS by construction.
    let count = u16::try_from(members.len()).unwrap_or(u16::MAX);
    members
        .iter()
        .fold(Writer::new().u16(count), |w, member| {
            w.raw(member.key.to_bytes().as_bytes()).u64(member.weight.0)
        })
        .finish()
}
