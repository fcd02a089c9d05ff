//! Proposals: ours built once and published, those of others judged, and values that a
//! certificate covers already taken over.

use super::app::{Session, answer};
use super::codec::Undecided;
use super::context::{Address, AssayContext, BlockHeight, Members, Part, ValueId, defined};
use super::values::HEIGHTS_AHEAD;
use super::{Judgement, Result};
use bytes::Bytes;
use chain::UnverifiedBlock;
use malachite::Reply;
use malachite::app::engine::host::SyncedValueOutcome;
use malachite::app::streaming::StreamContent;
use malachite::app::types::core::{Round, Validity};
use malachite::app::types::streaming::{StreamId, StreamMessage};
use malachite::app::types::{LocallyProposedValue, ProposedValue};
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio::task::JoinSet;
use types::{Height, Tag, tagged_hash};

/// Longest that one judgement may take before it is asked again.
const JUDGE_LIMIT: Duration = Duration::from_millis(1500);
/// Pause between two judgements of a block whose data is not here yet.
const JUDGE_AGAIN: Duration = Duration::from_millis(200);
/// Most blocks being judged at once.
const MAX_JUDGING: usize = 64;

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
        self.publish(&own);
    }

    async fn build(&self, height: BlockHeight, round: Round) -> Result<Undecided> {
        let at = defined(round).unwrap_or_default();
        let block = self.app.propose(height.0, at).await?;
        let proposed = ProposedValue {
            height,
            round,
            valid_round: Round::Nil,
            proposer: self.me,
            value: ValueId(block.header.hash()),
            validity: Validity::Valid,
        };
        let built = Undecided {
            proposed,
            block: block.encode().into(),
        };
        self.values.keep(built.clone()).await?;
        Ok(built)
    }

    /// Publishes a value's part under a stream id never used before: gossip drops repeats.
    fn publish(&self, value: &Undecided) {
        let p = &value.proposed;
        let part = Part {
            height: p.height,
            round: p.round,
            valid_round: p.valid_round,
            proposer: p.proposer,
            block: value.block.clone(),
        };
        let id: [u8; 16] = rand::random();
        let id = StreamId::new(Bytes::copy_from_slice(&id));
        self.links
            .publish(StreamMessage::new(id, 0, StreamContent::Data(part)));
    }

    /// Takes a part off the network: cheap checks here, judgement in a task.
    pub(super) fn received(self: &Arc<Self>, part: Part, tasks: &mut JoinSet<()>) {
        let (tip, height) = (self.app.tip().get(), part.height.0.get());
        if height <= tip || height > tip.saturating_add(HEIGHTS_AHEAD) {
            return;
        }
        self.app.saw(part.height.0);
        let members = Members::new(self.app.validators(part.height.0));
        if members.proposer_address(part.height, part.round) != part.proposer {
            tracing::debug!(proposer = %part.proposer, "a part of somebody whose turn it is not");
            return;
        }
        let block = match decode_for(&part) {
            Ok(block) => block,
            Err(error) => {
                tracing::warn!(%error, proposer = %part.proposer, "a proposal does not read");
                return;
            }
        };
        let key = (part.height.0, tagged_hash(Tag::BlockValue, &[&part.block]));
        {
            let mut judging = self.judging.lock().unwrap_or_else(PoisonError::into_inner);
            if judging.len() >= MAX_JUDGING || !judging.insert(key) {
                return;
            }
        }
        let this = Arc::clone(self);
        tasks.spawn(async move {
            if let Err(error) = this.judge(part, block).await {
                this.fail(error);
            }
            this.judging
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .remove(&key);
        });
    }

    /// Judges until there is a verdict, then keeps the value and hands it to consensus.
    async fn judge(&self, part: Part, block: UnverifiedBlock) -> Result<()> {
        let id = ValueId(block.header.hash());
        let known = self.values.find(part.height, id);
        let judged = known.is_some_and(|v| v.proposed.validity.is_valid() && v.block == part.block);
        let validity = if judged {
            Some(Validity::Valid)
        } else {
            self.verdict(part.height.0, &block).await
        };
        let Some(validity) = validity else {
            return Ok(());
        };
        let proposed = ProposedValue {
            height: part.height,
            round: part.round,
            valid_round: part.valid_round,
            proposer: part.proposer,
            value: id,
            validity,
        };
        self.values
            .keep(Undecided {
                proposed: proposed.clone(),
                block: part.block,
            })
            .await?;
        self.links.deliver(proposed);
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

    /// A value that a certificate covers already, from a peer that is ahead.
    pub(super) async fn synced(&self, part: Part) -> SyncedValueOutcome<AssayContext> {
        self.app.saw(part.height.0);
        let block = match decode_for(&part) {
            Ok(block) => block,
            Err(error) => {
                tracing::warn!(%error, "a synced value does not read");
                return SyncedValueOutcome::PeerFault;
            }
        };
        match tokio::time::timeout(JUDGE_LIMIT, self.app.accept_decided(&block)).await {
            Ok(Judgement::Valid) => {}
            Ok(Judgement::Invalid(reason)) => {
                tracing::warn!(reason, "a synced value is invalid");
                return SyncedValueOutcome::PeerFault;
            }
            Ok(Judgement::NotYet) | Err(_) => return SyncedValueOutcome::LocalTransientError,
        }
        let proposed = ProposedValue {
            height: part.height,
            round: part.round,
            valid_round: Round::Nil,
            proposer: part.proposer,
            value: ValueId(block.header.hash()),
            validity: Validity::Valid,
        };
        match self
            .values
            .keep(Undecided {
                proposed: proposed.clone(),
                block: part.block,
            })
            .await
        {
            Ok(()) => SyncedValueOutcome::Verdict(proposed),
            Err(error) => {
                self.fail(error);
                SyncedValueOutcome::LocalTransientError
            }
        }
    }

    pub(super) async fn restream(
        &self,
        height: BlockHeight,
        round: Round,
        valid_round: Round,
        proposer: Address,
        id: ValueId,
    ) {
        let Some(found) = self.values.find(height, id) else {
            tracing::warn!(%height, %id, "a value to be sent again is not here");
            return;
        };
        let proposed = ProposedValue {
            round,
            valid_round,
            proposer,
            ..found.proposed
        };
        let again = Undecided {
            proposed,
            block: found.block,
        };
        match self.values.keep(again.clone()).await {
            Ok(()) => self.publish(&again),
            Err(error) => self.fail(error),
        }
    }
}

/// Reads a part's block and checks that it is for the part's height.
fn decode_for(part: &Part) -> Result<UnverifiedBlock> {
    let block = UnverifiedBlock::decode(&part.block)?;
    let (got, expected) = (block.header.height.get(), part.height.0.get());
    if got != expected {
        return Err(types::Error::OutOfRange {
            what: "height of a proposed block",
            got,
            min: expected,
            max: expected,
        }
        .into());
    }
    Ok(block)
}
