//! Assay's nouns in the shapes that Malachite asks for.
//!
//! The value under consensus is the header's hash alone; the block's bytes travel as the one
//! part of a proposal and are kept beside. So all precommits for a block sign the same 32
//! bytes and aggregate.

use chain::{PublicKey, SigningKey, ValidatorAddress, ValidatorSet, VoteKind};
use mala::{NilOrVal, Round, SignedExtension, VoteType};
use malachite::app::types::core as mala;
use std::fmt;
use std::sync::Arc;
use types::{HeaderHash, Height, SetHash};

/// Malachite's context for Assay.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct AssayContext;

/// A height as Malachite counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(super) struct BlockHeight(pub Height);

impl fmt::Display for BlockHeight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl mala::Height for BlockHeight {
    const ZERO: Self = Self(Height::GENESIS);
    const INITIAL: Self = Self(Height::FIRST);

    fn increment_by(&self, n: u64) -> Self {
        Self(Height::new(self.0.get().saturating_add(n)))
    }

    fn decrement_by(&self, n: u64) -> Option<Self> {
        self.0.get().checked_sub(n).map(|h| Self(Height::new(h)))
    }

    fn as_u64(&self) -> u64 {
        self.0.get()
    }
}

/// A validator's address, 20 bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Address(pub [u8; 20]);

impl Address {
    /// The address of nobody: an observer's, which no validator set contains.
    pub(super) const NOBODY: Self = Self([0; 20]);

    /// The address in `chain`'s own type.
    #[must_use]
    pub(super) fn to_chain(self) -> ValidatorAddress {
        ValidatorAddress::new(self.0)
    }
}

impl From<ValidatorAddress> for Address {
    fn from(address: ValidatorAddress) -> Self {
        Self(*address.as_bytes())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl mala::Address for Address {}

/// What is voted for: a header's hash.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct ValueId(pub HeaderHash);

impl fmt::Display for ValueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for ValueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl mala::Value for ValueId {
    type Id = Self;

    fn id(&self) -> Self {
        *self
    }
}

/// The one part of a proposal: the whole block, at most 256 KiB, still unverified. Whoever
/// passes it on passes on the proposer's signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// The height it is proposed for.
    pub height: BlockHeight,
    /// The round it is proposed in.
    pub round: Round,
    /// The round in which it had a polka, when it is proposed again.
    pub valid_round: Round,
    /// Who proposes it in this round.
    pub proposer: Address,
    /// The block's encoding.
    pub block: bytes::Bytes,
    /// The proposer's, over everything else.
    pub signature: Signature,
}

impl mala::ProposalPart<AssayContext> for Part {
    fn is_first(&self) -> bool {
        true
    }

    fn is_last(&self) -> bool {
        true
    }
}

/// A proposal message: it names the block by its header's hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Proposal {
    /// The height.
    pub height: BlockHeight,
    /// The round.
    pub round: Round,
    /// The block proposed.
    pub value: ValueId,
    /// The round of its polka, when it is proposed again.
    pub pol_round: Round,
    /// The proposer.
    pub proposer: Address,
}

impl mala::Proposal<AssayContext> for Proposal {
    fn height(&self) -> BlockHeight {
        self.height
    }

    fn round(&self) -> Round {
        self.round
    }

    fn value(&self) -> &ValueId {
        &self.value
    }

    fn take_value(self) -> ValueId {
        self.value
    }

    fn pol_round(&self) -> Round {
        self.pol_round
    }

    fn validator_address(&self) -> &Address {
        &self.proposer
    }
}

/// A prevote or a precommit. The voter is not part of what is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Vote {
    /// Prevote or precommit.
    pub kind: VoteType,
    /// The height.
    pub height: BlockHeight,
    /// The round.
    pub round: Round,
    /// The block voted for, or nil.
    pub value: NilOrVal<ValueId>,
    /// The voter.
    pub voter: Address,
}

impl mala::Vote<AssayContext> for Vote {
    fn height(&self) -> BlockHeight {
        self.height
    }

    fn round(&self) -> Round {
        self.round
    }

    fn value(&self) -> &NilOrVal<ValueId> {
        &self.value
    }

    fn take_value(self) -> NilOrVal<ValueId> {
        self.value
    }

    fn vote_type(&self) -> VoteType {
        self.kind
    }

    fn validator_address(&self) -> &Address {
        &self.voter
    }

    fn extension(&self) -> Option<&SignedExtension<AssayContext>> {
        None
    }

    fn take_extension(&mut self) -> Option<SignedExtension<AssayContext>> {
        None
    }

    // Extensions are disabled at every height; the engine never asks for one.
    fn extend(self, _: SignedExtension<AssayContext>) -> Self {
        self
    }
}

/// A member of a validator set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member {
    address: Address,
    key: PublicKey,
    weight: u64,
}

impl mala::Validator<AssayContext> for Member {
    fn address(&self) -> &Address {
        &self.address
    }

    fn public_key(&self) -> &PublicKey {
        &self.key
    }

    fn voting_power(&self) -> u64 {
        self.weight
    }
}

/// A validator set with its members laid out for Malachite, in the set's own order.
#[derive(Clone)]
pub(super) struct Members {
    set: ValidatorSet,
    members: Arc<[Member]>,
}

impl Members {
    /// Lays out a set.
    #[must_use]
    pub(super) fn new(set: ValidatorSet) -> Self {
        let members = set
            .iter()
            .map(|(_, validator)| Member {
                address: validator.address().into(),
                key: *validator.key(),
                weight: validator.weight().get(),
            })
            .collect();
        Self { set, members }
    }

    /// Who proposes in this round.
    fn proposer(&self, height: BlockHeight, round: Round) -> &Member {
        let round = types::Round::new(round.as_u32().unwrap_or(0));
        let address = Address::from(self.set.proposer(height.0, round).address());
        let found = self.members.iter().find(|m| m.address == address);
        #[expect(
            clippy::expect_used,
            reason = "the proposer is drawn from the very set that `members` was made of"
        )]
        found.expect("the proposer is a member")
    }

    /// The address that proposes in this round, and its key.
    #[must_use]
    pub(super) fn turn(&self, height: BlockHeight, round: Round) -> (Address, &PublicKey) {
        let proposer = self.proposer(height, round);
        (proposer.address, &proposer.key)
    }

    /// The set's hash.
    #[must_use]
    pub(super) fn hash(&self) -> SetHash {
        self.set.hash()
    }
}

impl PartialEq for Members {
    fn eq(&self, other: &Self) -> bool {
        self.hash() == other.hash()
    }
}

impl Eq for Members {}

impl fmt::Debug for Members {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Members({} of {})", self.members.len(), self.hash())
    }
}

impl mala::ValidatorSet<AssayContext> for Members {
    fn count(&self) -> usize {
        self.members.len()
    }

    fn total_voting_power(&self) -> u64 {
        self.set.total_weight().get()
    }

    fn get_by_address(&self, address: &Address) -> Option<&Member> {
        self.members.iter().find(|m| m.address == *address)
    }

    fn get_by_index(&self, index: usize) -> Option<&Member> {
        self.members.get(index)
    }
}

/// A BLS signature as received, 96 bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Signature(pub [u8; 96]);

impl Signature {
    /// The signature in `chain`'s own type.
    #[must_use]
    pub(super) fn to_chain(self) -> chain::Signature {
        chain::Signature::new(self.0)
    }
}

impl From<chain::Signature> for Signature {
    fn from(signature: chain::Signature) -> Self {
        Self(*signature.as_bytes())
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({}…)", hex::encode(&self.0[..8]))
    }
}

/// BLS over BLS12-381, keys in G1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bls;

impl mala::SigningScheme for Bls {
    type DecodingError = String;
    type Signature = Signature;
    type PublicKey = PublicKey;
    type PrivateKey = Arc<SigningKey>;

    fn decode_signature(bytes: &[u8]) -> Result<Signature, String> {
        bytes
            .try_into()
            .map(Signature)
            .map_err(|_| format!("signature: got {} bytes, expected 96", bytes.len()))
    }

    fn encode_signature(signature: &Signature) -> Vec<u8> {
        signature.0.to_vec()
    }

    fn decode_public_key(bytes: &[u8]) -> Result<PublicKey, String> {
        let bytes = bytes
            .try_into()
            .map_err(|_| format!("public key: got {} bytes, expected 48", bytes.len()))?;
        PublicKey::from_bytes(bytes).map_err(|e| e.to_string())
    }

    fn encode_public_key(key: &PublicKey) -> Vec<u8> {
        key.to_bytes().as_bytes().to_vec()
    }
}

impl mala::Context for AssayContext {
    type Address = Address;
    type Height = BlockHeight;
    type ProposalPart = Part;
    type Proposal = Proposal;
    type Validator = Member;
    type ValidatorSet = Members;
    type Timeouts = mala::LinearTimeouts;
    type Value = ValueId;
    type Vote = Vote;
    type Extension = ();
    type SigningScheme = Bls;

    fn select_proposer<'a>(
        &self,
        validators: &'a Members,
        height: BlockHeight,
        round: Round,
    ) -> &'a Member {
        validators.proposer(height, round)
    }

    fn new_proposal(
        &self,
        height: BlockHeight,
        round: Round,
        value: ValueId,
        pol_round: Round,
        proposer: Address,
    ) -> Proposal {
        Proposal {
            height,
            round,
            value,
            pol_round,
            proposer,
        }
    }

    fn new_prevote(
        &self,
        height: BlockHeight,
        round: Round,
        value: NilOrVal<ValueId>,
        voter: Address,
    ) -> Vote {
        Vote {
            kind: VoteType::Prevote,
            height,
            round,
            value,
            voter,
        }
    }

    fn new_precommit(
        &self,
        height: BlockHeight,
        round: Round,
        value: NilOrVal<ValueId>,
        voter: Address,
    ) -> Vote {
        Vote {
            kind: VoteType::Precommit,
            height,
            round,
            value,
            voter,
        }
    }
}

/// The kind of a vote in `chain`'s own type.
pub(super) const fn vote_kind(kind: VoteType) -> VoteKind {
    match kind {
        VoteType::Prevote => VoteKind::Prevote,
        VoteType::Precommit => VoteKind::Precommit,
    }
}

/// A round in `types`' own type; none for Malachite's nil round.
pub(super) fn defined(round: Round) -> Option<types::Round> {
    round.as_u32().map(types::Round::new)
}
