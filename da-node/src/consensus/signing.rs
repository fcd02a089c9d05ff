//! Signing and verifying what the engine sends, over `chain`'s digests.

use super::context::{
    Address, AssayContext, BlockHeight, Proposal, Signature, Vote, defined, vote_kind,
};
use super::vote_guard::{SignedStep, StepKind, VoteGuard};
use super::{ConsensusError, Result};
use crate::crash_point::{self, Step};
use async_trait::async_trait;
use chain::{
    Digest, PublicKey, SigningKey, peer_binding_digest, proposal_digest, proposal_part_digest,
    vote_digest,
};
use malachite::app::types::core::{
    NilOrVal, Round, SignedMessage, ValidatorProof, VoteExtensionScope, VoteType,
};
use malachite_signing::{Error, Signer, VerificationResult, Verifier};
use std::sync::{Arc, Mutex, PoisonError};
use types::{ChainId, HeaderHash, Height, SetHash};

/// Tells which validator set signs at a height.
pub(super) type SetHashes = Arc<dyn Fn(Height) -> SetHash + Send + Sync>;

/// What signatures are bound to: the chain, and the set of the height.
#[derive(Clone)]
pub(super) struct Domain {
    pub(super) chain_id: ChainId,
    pub(super) set_hashes: SetHashes,
}

impl Domain {
    /// What a vote signs; none in the nil round, in which nothing is signed.
    pub(super) fn vote(&self, vote: &Vote) -> Option<Digest> {
        let round = defined(vote.round)?;
        let set = (self.set_hashes)(vote.height.0);
        let (height, kind, value) = (vote.height.0, vote_kind(vote.kind), voted(vote));
        Some(vote_digest(
            &self.chain_id,
            &set,
            height,
            round,
            kind,
            value.as_ref(),
        ))
    }

    /// What a proposal signs; none in the nil round.
    pub(super) fn proposal(&self, p: &Proposal) -> Option<Digest> {
        let round = defined(p.round)?;
        let set = (self.set_hashes)(p.height.0);
        let pol_round = defined(p.pol_round);
        Some(proposal_digest(
            &self.chain_id,
            &set,
            p.height.0,
            round,
            pol_round,
            &p.value.0,
        ))
    }

    fn check(
        &self,
        digest: Option<Digest>,
        signature: &Signature,
        key: &PublicKey,
    ) -> VerificationResult {
        let valid = digest.is_some_and(|d| key.verify(&d, &signature.to_chain()).is_ok());
        VerificationResult::from_bool(valid)
    }
}

fn voted(vote: &Vote) -> Option<HeaderHash> {
    match vote.value {
        NilOrVal::Nil => None,
        NilOrVal::Val(id) => Some(id.0),
    }
}

/// Verifies the votes and proposals of others, and notices those that are our own and were not
/// signed here.
pub(super) struct BlsVerifier {
    pub(super) domain: Domain,
    /// Our own key; none while we are told to contradict ourselves.
    pub(super) own: Option<PublicKey>,
    pub(super) guard: Arc<Mutex<VoteGuard>>,
}

impl BlsVerifier {
    /// A valid signature of ours is held against what was signed here.
    fn witness(&self, key: &PublicKey, step: Option<SignedStep>) {
        let Some(step) = step.filter(|_| Some(*key) == self.own) else {
            return;
        };
        let mut guard = self.guard.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = guard.witness(step) {
            tracing::error!(%error, "nothing more is signed");
        }
    }
}

/// Signs ours, each only after the guard has recorded it.
pub(super) struct BlsSigner {
    pub(super) domain: Domain,
    pub(super) key: Arc<SigningKey>,
    pub(super) guard: Arc<Mutex<VoteGuard>>,
}

/// What a part signs; none in the nil round.
pub(super) fn part_digest(
    chain_id: &ChainId,
    set: &SetHash,
    height: BlockHeight,
    (round, valid_round): (Round, Round),
    block: &[u8],
) -> Option<Digest> {
    let (round, pol_round) = (defined(round)?, defined(valid_round));
    Some(proposal_part_digest(
        chain_id, set, height.0, round, pol_round, block,
    ))
}

/// Binds a network identity to a validator's key.
pub(super) fn prove_identity(
    chain_id: &ChainId,
    key: &SigningKey,
    peer_id: Vec<u8>,
) -> ValidatorProof<AssayContext> {
    let signature = key.sign_digest(&peer_binding_digest(chain_id, &peer_id));
    let public = key.public_key().to_bytes().as_bytes().to_vec();
    ValidatorProof::new(public, peer_id, signature.into())
}

impl BlsSigner {
    async fn sign(&self, step: Option<SignedStep>, digest: Option<Digest>) -> Result<Signature> {
        let (Some(step), Some(digest)) = (step, digest) else {
            return Err(ConsensusError::Engine(
                "asked to sign in the nil round".into(),
            ));
        };
        let guard = Arc::clone(&self.guard);
        // The guard syncs a file: not on the runtime's threads.
        tokio::task::spawn_blocking(move || {
            guard
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .authorize(step)
        })
        .await
        .map_err(|e| ConsensusError::Engine(e.to_string()))??;
        crash_point::reach(Step::Sign);
        let address = self.key.public_key().address();
        crash_point::note(|| step.journal_line(&address))
            .map_err(|e| ConsensusError::Engine(e.to_string()))?;
        let signature = self.key.sign_digest(&digest).into();
        // The engine logs it before it sends it.
        crash_point::reach(Step::Send);
        Ok(signature)
    }
}

/// The step that a vote takes; none in the nil round.
pub(super) fn vote_step(vote: &Vote) -> Option<SignedStep> {
    Some(SignedStep {
        height: vote.height.0,
        round: defined(vote.round)?,
        kind: match vote.kind {
            VoteType::Prevote => StepKind::Prevote,
            VoteType::Precommit => StepKind::Precommit,
        },
        value: voted(vote),
        pol_round: None,
    })
}

/// The step that a proposal takes; none in the nil round.
pub(super) fn proposal_step(proposal: &Proposal) -> Option<SignedStep> {
    Some(SignedStep {
        height: proposal.height.0,
        round: defined(proposal.round)?,
        kind: StepKind::Proposal,
        value: Some(proposal.value.0),
        pol_round: defined(proposal.pol_round),
    })
}

#[async_trait]
impl Signer<AssayContext> for BlsSigner {
    async fn sign_vote(&self, vote: Vote) -> Result<SignedMessage<AssayContext, Vote>, Error> {
        let (step, digest) = (vote_step(&vote), self.domain.vote(&vote));
        let signature = self.sign(step, digest).await.map_err(Error::from_source)?;
        Ok(SignedMessage::new(vote, signature))
    }

    async fn sign_proposal(
        &self,
        proposal: Proposal,
    ) -> Result<SignedMessage<AssayContext, Proposal>, Error> {
        let (step, digest) = (proposal_step(&proposal), self.domain.proposal(&proposal));
        let signature = self.sign(step, digest).await.map_err(Error::from_source)?;
        Ok(SignedMessage::new(proposal, signature))
    }

    async fn sign_vote_extension(
        &self,
        _: VoteExtensionScope<AssayContext>,
        (): (),
    ) -> Result<SignedMessage<AssayContext, ()>, Error> {
        Err(Error::from_source(ConsensusError::Engine(
            "asked to sign a vote extension, which no height has".into(),
        )))
    }

    async fn sign_validator_proof(
        &self,
        _public_key: Vec<u8>,
        peer_id: Vec<u8>,
    ) -> Result<ValidatorProof<AssayContext>, Error> {
        Ok(prove_identity(&self.domain.chain_id, &self.key, peer_id))
    }
}

#[async_trait]
impl Verifier<AssayContext> for BlsVerifier {
    async fn verify_signed_vote(
        &self,
        vote: &Vote,
        signature: &Signature,
        key: &PublicKey,
    ) -> Result<VerificationResult, Error> {
        let result = self.domain.check(self.domain.vote(vote), signature, key);
        if matches!(result, VerificationResult::Valid) {
            self.witness(key, vote_step(vote));
        }
        Ok(result)
    }

    async fn verify_signed_proposal(
        &self,
        proposal: &Proposal,
        signature: &Signature,
        key: &PublicKey,
    ) -> Result<VerificationResult, Error> {
        let digest = self.domain.proposal(proposal);
        let result = self.domain.check(digest, signature, key);
        if matches!(result, VerificationResult::Valid) {
            self.witness(key, proposal_step(proposal));
        }
        Ok(result)
    }

    async fn verify_signed_vote_extension(
        &self,
        _: &VoteExtensionScope<AssayContext>,
        (): &(),
        _: &Signature,
        _: &PublicKey,
    ) -> Result<VerificationResult, Error> {
        Ok(VerificationResult::Invalid)
    }

    async fn verify_validator_proof(
        &self,
        proof: &ValidatorProof<AssayContext>,
    ) -> Result<VerificationResult, Error> {
        let Ok(key) = proof.decoded_public_key() else {
            return Ok(VerificationResult::Invalid);
        };
        let digest = peer_binding_digest(&self.domain.chain_id, &proof.peer_id);
        Ok(self.domain.check(Some(digest), &proof.signature, &key))
    }
}

/// The address under which a key votes.
pub(super) fn address_of(key: &SigningKey) -> Address {
    key.public_key().address().into()
}
