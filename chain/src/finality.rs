//! Finality certificates: precommits of more than two thirds of the weight, in one signature.

use crate::availability::{MAX_BITMAP_BYTES, read_bitmap, write_bitmap};
use crate::bls::{self, SignaturePoint};
use crate::{
    Bitmap, Digest, Error, PublicKey, Result, Signature, Validator, ValidatorAddress,
    ValidatorIndex, ValidatorSet, VoteKind, Weight, vote_digest,
};
use std::collections::{BTreeMap, BTreeSet};
use types::{ChainId, HeaderHash, Height, Reader, Round, SetHash, Writer};

const WHAT: &str = "finality certificate";

/// A finality certificate as it was received. All its precommits are of one round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnverifiedFinality {
    /// The height decided.
    pub height: Height,
    /// The round in which it was decided.
    pub round: Round,
    /// The header decided on.
    pub header: HeaderHash,
    /// The set that decided.
    pub set: SetHash,
    /// The bytes of the signers' [`Bitmap`].
    pub signers: Vec<u8>,
    /// The claimed aggregate of precommits.
    pub signature: Signature,
}

impl UnverifiedFinality {
    /// Most bytes of an encoding.
    pub const MAX_BYTES: usize = 8 + 4 + 32 + 32 + 2 + MAX_BITMAP_BYTES + Signature::BYTES;

    /// Checks that more than two thirds of the set's weight have precommitted to the header.
    ///
    /// # Errors
    /// [`Error::WrongSet`], [`Error::BitmapLength`], [`Error::StrayBits`], [`Error::Quorum`],
    /// [`Error::SignaturePoint`], or [`Error::Aggregate`], which is also what precommits of
    /// another chain or of mixed rounds give.
    pub fn verify(self, chain: &ChainId, set: &ValidatorSet) -> Result<FinalityCertificate> {
        set.check_hash(self.set)?;
        let (signers, signed_weight) = set.quorum(WHAT, &self.signers)?;

        let point = SignaturePoint::decode(WHAT, self.signature.as_bytes())?;

        let digest = self.digest(chain);
        let keys = set.members_of(&signers).map(Validator::key);
        bls::verify_aggregate(WHAT, keys, &digest, point)?;
        Ok(FinalityCertificate {
            chain_id: *chain,
            height: self.height,
            round: self.round,
            header: self.header,
            set: self.set,
            signers,
            signed_weight,
            total_weight: set.total_weight(),
            signature: self.signature,
        })
    }

    fn digest(&self, chain: &ChainId) -> Digest {
        precommit_digest(chain, &self.set, self.height, self.round, &self.header)
    }

    /// `height u64 ‖ round u32 ‖ header hash ‖ set hash ‖ bitmap length u16 ‖ bitmap ‖ signature`.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let head = Writer::new()
            .u64(self.height.get())
            .u32(self.round.get())
            .raw(self.header.as_bytes())
            .raw(self.set.as_bytes());
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
            height: Height::new(reader.u64()?),
            round: Round::new(reader.u32()?),
            header: HeaderHash::new(reader.array()?),
            set: SetHash::new(reader.array()?),
            signers: read_bitmap(reader)?,
            signature: Signature::new(reader.array()?),
        })
    }
}

fn precommit_digest(
    chain: &ChainId,
    set: &SetHash,
    height: Height,
    round: Round,
    header: &HeaderHash,
) -> Digest {
    vote_digest(chain, set, height, round, VoteKind::Precommit, Some(header))
}

/// A certificate that validators of more than two thirds of the set's weight have signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FinalityCertificate {
    chain_id: ChainId,
    height: Height,
    round: Round,
    header: HeaderHash,
    set: SetHash,
    signers: Bitmap,
    signed_weight: Weight,
    total_weight: Weight,
    signature: Signature,
}

impl FinalityCertificate {
    /// Aggregates precommits for one header. Checks them in one pairing; if some signature is
    /// bad, singles it out and goes on with the good ones as long as they suffice.
    ///
    /// # Errors
    /// [`Error::Quorum`] when all signatures are good but too few, [`Error::Culprits`] when
    /// too few are good.
    pub fn aggregate(
        chain: &ChainId,
        set: &ValidatorSet,
        height: Height,
        round: Round,
        header: &HeaderHash,
        votes: impl IntoIterator<Item = (ValidatorAddress, Signature)>,
    ) -> Result<Self> {
        let digest = precommit_digest(chain, &set.hash(), height, round, header);
        let Gathered {
            mut good,
            mut culprits,
        } = Gathered::new(set, &digest, votes);

        if !good.is_empty() && !hold_together(&good, &digest) {
            good.retain(|_, vote| {
                let address = vote.validator.address();
                let key = vote.validator.key();
                let one = bls::verify_one(WHAT, address, key, &digest, vote.point);
                if one.is_err() {
                    culprits.insert(address);
                }
                one.is_ok()
            });
        }

        let (got, total) = (weight(&good), set.total_weight());
        let points: Vec<_> = good.values().map(|vote| vote.point).collect();
        let signature = SignaturePoint::aggregate(&points).filter(|_| set.has_quorum(got));
        let Some(signature) = signature else {
            return Err(if culprits.is_empty() {
                Error::Quorum {
                    what: WHAT,
                    got,
                    total,
                }
            } else {
                Error::Culprits {
                    got,
                    total,
                    culprits: culprits.into_iter().collect(),
                }
            });
        };
        let mut signers = Bitmap::new(set.len());
        for index in good.keys() {
            signers.set(*index)?;
        }
        Ok(Self {
            chain_id: *chain,
            height,
            round,
            header: *header,
            set: set.hash(),
            signers,
            signed_weight: got,
            total_weight: total,
            signature,
        })
    }

    /// The chain against which it was verified.
    #[must_use]
    pub const fn chain_id(&self) -> ChainId {
        self.chain_id
    }

    /// The height decided.
    #[must_use]
    pub const fn height(&self) -> Height {
        self.height
    }

    /// The round in which it was decided.
    #[must_use]
    pub const fn round(&self) -> Round {
        self.round
    }

    /// The header decided on.
    #[must_use]
    pub const fn header(&self) -> HeaderHash {
        self.header
    }

    /// The set that decided.
    #[must_use]
    pub const fn set_hash(&self) -> SetHash {
        self.set
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
    pub fn to_unverified(&self) -> UnverifiedFinality {
        UnverifiedFinality {
            height: self.height,
            round: self.round,
            header: self.header,
            set: self.set,
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

/// A member's precommit whose bytes are a signature, by whomever.
struct Vote<'a> {
    validator: &'a Validator,
    point: SignaturePoint,
}

struct Gathered<'a> {
    good: BTreeMap<ValidatorIndex, Vote<'a>>,
    culprits: BTreeSet<ValidatorAddress>,
}

impl<'a> Gathered<'a> {
    /// Sorts votes by member. Of two that claim to be the same member's, the one that verifies
    /// is kept, so that nobody can crowd out another's vote.
    fn new(
        set: &'a ValidatorSet,
        digest: &Digest,
        votes: impl IntoIterator<Item = (ValidatorAddress, Signature)>,
    ) -> Self {
        let mut good: BTreeMap<ValidatorIndex, Vote<'a>> = BTreeMap::new();
        let mut culprits = BTreeSet::new();
        for (address, signature) in votes {
            let point = SignaturePoint::decode(WHAT, signature.as_bytes());
            let (Some((index, validator)), Ok(point)) = (set.find(&address), point) else {
                culprits.insert(address);
                continue;
            };
            match good.get(&index) {
                Some(vote) if vote.point == point => {}
                Some(_) => {
                    let verified = bls::verify_one(WHAT, address, validator.key(), digest, point);
                    if verified.is_ok() {
                        good.insert(index, Vote { validator, point });
                    }
                }
                None => {
                    good.insert(index, Vote { validator, point });
                }
            }
        }
        Self { good, culprits }
    }
}

fn weight(votes: &BTreeMap<ValidatorIndex, Vote<'_>>) -> Weight {
    votes
        .values()
        .map(|vote| vote.validator.weight())
        .fold(Weight::ZERO, Weight::plus)
}

fn hold_together(votes: &BTreeMap<ValidatorIndex, Vote<'_>>, digest: &Digest) -> bool {
    let points: Vec<_> = votes.values().map(|vote| vote.point).collect();
    let keys = votes
        .values()
        .map(|vote| -> &PublicKey { vote.validator.key() });
    SignaturePoint::aggregate(&points)
        .and_then(|sum| SignaturePoint::decode(WHAT, sum.as_bytes()).ok())
        .is_some_and(|sum| bls::verify_aggregate(WHAT, keys, digest, sum).is_ok())
}
