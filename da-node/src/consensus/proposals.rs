//! Proposals: ours built once and published, those of others judged, and values that a
//! certificate covers already taken over.

use super::admission::{Admitted, Refusal, decode_for};
use super::app::{Session, answer};
use super::codec::Undecided;
use super::context::{Address, AssayContext, BlockHeight, Part, ValueId, defined};
use super::signing::part_digest;
use super::values::{Kept, Source};
use super::{ConsensusError, Judgement, Result, pacing};
use bytes::Bytes;
use chain::UnverifiedBlock;
use malachite::Reply;
use malachite::app::engine::host::SyncedValueOutcome;
use malachite::app::streaming::StreamContent;
use malachite::app::types::core::{Round, Validity};
use malachite::app::types::streaming::{StreamId, StreamMessage};
use malachite::app::types::{LocallyProposedValue, ProposedValue};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use types::Height;

/// Longest that one judgement may take before it is asked again.
const JUDGE_LIMIT: Duration = Duration::from_millis(1500);
/// Pause between two judgements of a block whose data is not here yet.
const JUDGE_AGAIN: Duration = Duration::from_millis(200);

impl Session {
    /// Proposes: the stored value if this round has one of ours, never a second one.
    pub(super) async fn propose(
        &self,
        height: BlockHeight,
        round: Round,
        timeout: Duration,
        reply: Reply<LocallyProposedValue<AssayContext>>,
    ) {
        let own = match self.values.own(height, round, self.me) {
            Some(own) => own,
            None => match tokio::time::timeout(timeout, self.build(height, round)).await {
                Ok(Ok(built)) => built,
                Ok(Err(error)) => {
                    // Without an answer the round goes to the next proposer.
                    tracing::warn!(%height, %round, %error, "no block could be proposed");
                    return;
                }
                Err(_) => {
                    tracing::warn!(%height, %round, ?timeout, "building a block took too long");
                    return;
                }
            },
        };
        answer(
            reply,
            LocallyProposedValue::new(height, round, own.proposed.value),
        );
        self.publish(own);
    }

    async fn build(&self, height: BlockHeight, round: Round) -> Result<Undecided> {
        let at = defined(round).unwrap_or_default();
        let block = self.app.propose(height.0, at).await?;
        let id = ValueId(block.header.hash());
        let built = self.ours((height, id), (round, Round::Nil), block.encode().into())?;
        self.values.keep(built.clone(), Source::Own).await?;
        Ok(built)
    }

    /// A value that this node proposes, or proposes again, with its signature.
    fn ours(
        &self,
        (height, value): (BlockHeight, ValueId),
        (round, valid_round): (Round, Round),
        block: Bytes,
    ) -> Result<Undecided> {
        let set = self.app.validators(height.0).hash();
        let rounds = (round, valid_round);
        let digest = part_digest(&self.chain_id, &set, height, rounds, &block);
        let (Some(key), Some(digest)) = (&self.key, digest) else {
            return Err(ConsensusError::Engine(
                "asked to propose while observing, or in the nil round".into(),
            ));
        };
        Ok(Undecided {
            proposed: ProposedValue {
                height,
                round,
                valid_round,
                proposer: self.me,
                value,
                validity: Validity::Valid,
            },
            block,
            signature: Some(key.sign_digest(&digest).into()),
        })
    }

    /// Publishes a value's part under a stream id never used before: gossip drops repeats.
    fn publish(&self, value: Undecided) {
        let p = value.proposed;
        let Some(signature) = value.signature else {
            tracing::error!(height = %p.height, value = %p.value, "a value without a proposer");
            return;
        };
        let part = Part {
            height: p.height,
            round: p.round,
            valid_round: p.valid_round,
            proposer: p.proposer,
            block: value.block,
            signature,
        };
        let id: [u8; 16] = rand::random();
        let id = StreamId::new(Bytes::copy_from_slice(&id));
        self.links
            .publish(StreamMessage::new(id, 0, StreamContent::Data(part)));
    }

    /// Takes a part off the network: checks here, judgement in a task.
    pub(super) fn received(self: &Arc<Self>, part: Part, tasks: &mut JoinSet<()>) {
        let at = {
            let status = self.status.borrow();
            (status.height, status.round)
        };
        let (height, round, proposer) = (part.height, part.round, part.proposer);
        let admitted = match self.admission.admit(part, at) {
            Ok(admitted) => admitted,
            Err(Refusal::Known) => return,
            Err(refusal) => {
                tracing::debug!(%height, %round, %proposer, %refusal, "a part is not looked at");
                return;
            }
        };
        let this = Arc::clone(self);
        tasks.spawn(async move {
            match this.judge(&admitted).await {
                Ok(()) => {}
                Err(full @ ConsensusError::RoundFull { .. }) => {
                    tracing::warn!(%full, %proposer, "a proposal is not kept");
                }
                Err(error) => this.fail(error),
            }
        });
    }

    /// Judges until there is a verdict, then keeps the value and hands it to consensus.
    async fn judge(&self, admitted: &Admitted) -> Result<()> {
        let (part, block) = (admitted.part(), admitted.block());
        // A block can be judged once its parent is here.
        let is_next = |tip: &Height| tip.next().is_none_or(|next| next >= part.height.0);
        let mut committed = self.committed.subscribe();
        if committed.wait_for(is_next).await.is_err() {
            return Ok(());
        }
        pacing::show(&*self.app, part.height.0);
        let validity = if self.values.judged_valid(part.height, &part.block) {
            Some(Validity::Valid)
        } else {
            self.verdict(part.height.0, block).await
        };
        let Some(validity) = validity else {
            return Ok(());
        };
        let proposed = ProposedValue {
            height: part.height,
            round: part.round,
            valid_round: part.valid_round,
            proposer: part.proposer,
            value: ValueId(block.header.hash()),
            validity,
        };
        let value = Undecided {
            proposed: proposed.clone(),
            block: part.block.clone(),
            signature: Some(part.signature),
        };
        match self.values.keep(value, Source::Received).await? {
            Kept::New => self.links.deliver(proposed),
            // Consensus has been told, or is told when its next round starts.
            Kept::Known => {}
        }
        Ok(())
    }

    /// The application's verdict; none when the height was decided before there was one.
    async fn verdict(&self, height: Height, block: &UnverifiedBlock) -> Option<Validity> {
        while self.app.tip() < height {
            match tokio::time::timeout(JUDGE_LIMIT, self.app.judge(block)).await {
                Ok(Judgement::Valid) => return Some(Validity::Valid),
                Ok(Judgement::Invalid(reason)) => {
                    tracing::warn!(%height, reason, "a proposal is invalid");
                    return Some(Validity::Invalid);
                }
                Ok(Judgement::NotYet) | Err(_) => tokio::time::sleep(JUDGE_AGAIN).await,
            }
        }
        None
    }

    /// A value that a certificate covers already, from a peer that is ahead. The engine compares
    /// the value with the certificate when it has the answer.
    pub(super) async fn synced(
        &self,
        height: BlockHeight,
        round: Round,
        proposer: Address,
        bytes: Bytes,
    ) -> SyncedValueOutcome<AssayContext> {
        let block = match decode_for(height, &bytes) {
            Ok(block) => block,
            Err(error) => {
                tracing::warn!(%error, "a synced value does not read");
                return SyncedValueOutcome::PeerFault;
            }
        };
        match tokio::time::timeout(JUDGE_LIMIT, self.app.accept_decided(&block)).await {
            Ok(Judgement::Valid) => {}
            Ok(Judgement::Invalid(reason)) => {
                // Nothing of it is kept: another peer is asked.
                tracing::warn!(reason, "a synced value is invalid");
                return SyncedValueOutcome::PeerFault;
            }
            Ok(Judgement::NotYet) | Err(_) => return SyncedValueOutcome::LocalTransientError,
        }
        let proposed = ProposedValue {
            height,
            round,
            valid_round: Round::Nil,
            proposer,
            value: ValueId(block.header.hash()),
            validity: Validity::Valid,
        };
        let value = Undecided {
            proposed: proposed.clone(),
            block: bytes,
            signature: None,
        };
        match self.values.keep(value, Source::Synced).await {
            Ok(Kept::New | Kept::Known) => SyncedValueOutcome::Verdict(proposed),
            Err(error) => {
                self.fail(error);
                SyncedValueOutcome::LocalTransientError
            }
        }
    }

    /// Publishes a value once more: proposed again by this node, under its own signature, or as
    /// somebody else proposed it, under theirs. The engine matches a value with the proposals of
    /// every round, so that whichever round's part is here will do.
    pub(super) async fn restream(
        &self,
        height: BlockHeight,
        rounds: (Round, Round),
        proposer: Address,
        id: ValueId,
    ) {
        let Some(found) = self.values.proposed(height, id, rounds) else {
            tracing::warn!(%height, %id, "a value to be sent again is not here");
            return;
        };
        if proposer != self.me {
            return self.publish(found);
        }
        let kept = async {
            let again = self.ours((height, id), rounds, found.block)?;
            self.values.keep(again.clone(), Source::Own).await?;
            Ok(again)
        };
        match kept.await {
            Ok(again) => self.publish(again),
            Err(error) => self.fail(error),
        }
    }
}
