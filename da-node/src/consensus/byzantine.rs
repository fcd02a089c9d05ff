//! A validator that lies: it stands between an engine and its network and says to the others what
//! its [faults](crate::Faults) make of what the engine says. Only a node that was started with
//! such faults has one.
//!
//! The engine behind it is correct and stays so. What is said falsely is signed here, past the
//! record of signed steps, which knows nothing of it.

use super::context::{AssayContext, Part, Proposal, ValueId, Vote, defined};
use super::signing::{Domain, address_of, part_digest};
use crate::faults::{FaultSwitch, Faults, Order, Spoken, order, other_block, other_vote};
use async_trait::async_trait;
use bytes::Bytes;
use chain::{SigningKey, UnverifiedBlock};
use malachite::app::consensus::{LivenessMsg, SignedConsensusMsg};
use malachite::app::engine::network::{NetworkMsg, NetworkRef};
use malachite::app::streaming::StreamContent;
use malachite::app::types::core::{NilOrVal, Round, SignedMessage};
use malachite::app::types::streaming::{StreamId, StreamMessage};
use ractor::{Actor, ActorCell, ActorProcessingErr, ActorRef, SpawnErr};
use std::sync::Arc;

type Message = NetworkMsg<AssayContext>;

/// Who lies, and how.
pub(super) struct Liar {
    pub(super) domain: Domain,
    pub(super) key: Arc<SigningKey>,
    pub(super) faults: FaultSwitch,
}

impl Liar {
    /// Stands before a network: who speaks to what this returns speaks through the liar.
    pub(super) async fn stand_before(
        self,
        network: NetworkRef<AssayContext>,
        supervisor: ActorCell,
    ) -> Result<NetworkRef<AssayContext>, SpawnErr> {
        tracing::warn!(faults = ?self.faults.get(), "BYZANTINE: this validator lies");
        let (liar, _) = Actor::spawn_linked(None, self, network, supervisor).await?;
        Ok(liar)
    }

    /// What is said in place of a message, in this order.
    fn say(&self, faults: &Faults, message: Message) -> Vec<Message> {
        if faults.drops_votes && spoken(&message).is_some_and(Spoken::has_vote) {
            return Vec::new();
        }
        if !faults.equivocates {
            return vec![message];
        }
        match message {
            Message::PublishConsensusMsg(SignedConsensusMsg::Vote(vote)) => {
                let lie = self.other_vote(&vote.message);
                let (height, round) = (vote.message.height.0, vote.message.round);
                let first = order(height, defined(round).unwrap_or_default());
                let truth = publish(SignedConsensusMsg::Vote(vote));
                match (first, lie.map(SignedConsensusMsg::Vote).map(publish)) {
                    (_, None) => vec![truth],
                    (Order::TruthFirst, Some(lie)) => vec![truth, lie],
                    (Order::LieFirst, Some(lie)) => vec![lie, truth],
                }
            }
            Message::PublishProposalPart(message) => {
                let lie = match &message.content {
                    StreamContent::Data(part) => self.other_proposal(part),
                    StreamContent::Fin => None,
                };
                let truth = Message::PublishProposalPart(message);
                std::iter::once(truth)
                    .chain(lie.into_iter().flatten())
                    .collect()
            }
            other => vec![other],
        }
    }

    fn other_vote(&self, vote: &Vote) -> Option<SignedMessage<AssayContext, Vote>> {
        let voted = match vote.value {
            NilOrVal::Nil => None,
            NilOrVal::Val(id) => Some(id.0),
        };
        let lie = Vote {
            value: NilOrVal::Val(ValueId(other_vote(voted))),
            ..vote.clone()
        };
        let digest = self.domain.vote(&lie)?;
        Some(SignedMessage::new(
            lie,
            self.key.sign_digest(&digest).into(),
        ))
    }

    /// A second block of our own for the round, and the proposal that names it.
    fn other_proposal(&self, part: &Part) -> Option<[Message; 2]> {
        // What somebody else proposed is passed on as it is, and so is what had a polka.
        if part.proposer != address_of(&self.key) || part.valid_round != Round::Nil {
            return None;
        }
        let block = other_block(&UnverifiedBlock::decode(&part.block).ok()?);
        let proposal = Proposal {
            height: part.height,
            round: part.round,
            value: ValueId(block.header.hash()),
            pol_round: part.valid_round,
            proposer: part.proposer,
        };
        let digest = self.domain.proposal(&proposal)?;
        let proposal = SignedMessage::new(proposal, self.key.sign_digest(&digest).into());

        let bytes = Bytes::from(block.encode());
        let set = (self.domain.set_hashes)(part.height.0);
        let rounds = (part.round, part.valid_round);
        let digest = part_digest(&self.domain.chain_id, &set, part.height, rounds, &bytes)?;
        let part = Part {
            block: bytes,
            signature: self.key.sign_digest(&digest).into(),
            ..part.clone()
        };
        let id: [u8; 16] = rand::random();
        let id = StreamId::new(Bytes::copy_from_slice(&id));
        let part = StreamMessage::new(id, 0, StreamContent::Data(part));
        Some([
            Message::PublishProposalPart(part),
            publish(SignedConsensusMsg::Proposal(proposal)),
        ])
    }
}

fn publish(message: SignedConsensusMsg<AssayContext>) -> Message {
    Message::PublishConsensusMsg(message)
}

/// What a message says to other validators, if it says anything in a round.
fn spoken(message: &Message) -> Option<Spoken> {
    match message {
        Message::PublishConsensusMsg(SignedConsensusMsg::Vote(_))
        | Message::PublishLivenessMsg(LivenessMsg::Vote(_)) => Some(Spoken::Vote),
        Message::PublishLivenessMsg(
            LivenessMsg::PolkaCertificate(_) | LivenessMsg::SkipRoundCertificate(_),
        ) => Some(Spoken::Certificate),
        Message::PublishConsensusMsg(SignedConsensusMsg::Proposal(_))
        | Message::PublishProposalPart(_) => Some(Spoken::Proposal),
        _ => None,
    }
}

#[async_trait]
impl Actor for Liar {
    type Msg = Message;
    type State = NetworkRef<AssayContext>;
    type Arguments = NetworkRef<AssayContext>;

    async fn pre_start(
        &self,
        _: ActorRef<Message>,
        network: NetworkRef<AssayContext>,
    ) -> Result<NetworkRef<AssayContext>, ActorProcessingErr> {
        Ok(network)
    }

    async fn handle(
        &self,
        _: ActorRef<Message>,
        message: Message,
        network: &mut NetworkRef<AssayContext>,
    ) -> Result<(), ActorProcessingErr> {
        for said in self.say(&self.faults.get(), message) {
            network.cast(said)?;
        }
        Ok(())
    }
}
