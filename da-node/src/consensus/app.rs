//! The message loop: every question of the engine is answered exactly once, and none waits for
//! another. Whatever takes time (building, judging, committing, waiting for the next height)
//! runs in a task of its own.
//!
//! A proposal's part is always answered with "nothing yet", since the engine's host waits for
//! that answer before it hears anything else. The judged value is handed to consensus when the
//! judgement is there, be it late; one that needs data first is judged again until its height
//! is decided.

use super::admission::Admission;
use super::codec::{MAX_SYNC_VALUES, WireCodec};
use super::context::{Address, AssayContext, BlockHeight, Members, defined};
use super::engine::Links;
use super::evidence;
use super::recovery::Role;
use super::signing::address_of;
use super::values::Values;
use super::{Application, ConsensusConfig, ConsensusError, Result, Status, pacing};
use chain::{FinalityCertificate, SigningKey, UnverifiedBlock};
use malachite::app::consensus::VoteExtensionError;
use malachite::app::engine::host::Next;
use malachite::app::streaming::StreamContent;
use malachite::app::types::MisbehaviorEvidence;
use malachite::app::types::core::{
    CommitCertificate, ExtendedCommitCertificate, HeightParams, LinearTimeouts, VoteExtensions,
};
use malachite::app::types::sync::RawDecidedValue;
use malachite::{AppMsg, Reply};
use malachite_codec::Codec;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use types::Height;

/// What the tasks of one run share.
pub(super) struct Session {
    pub(super) app: Arc<dyn Application>,
    pub(super) links: Links,
    pub(super) values: Arc<Values>,
    pub(super) me: Address,
    /// None while observing: nothing is signed then.
    pub(super) key: Option<Arc<SigningKey>>,
    pub(super) chain_id: types::ChainId,
    pub(super) admission: Admission,
    timeouts: LinearTimeouts,
    pub(super) status: watch::Sender<Status>,
    pub(super) committed: watch::Sender<Height>,
    failure: mpsc::UnboundedSender<ConsensusError>,
}

/// Why a run ended.
pub(super) enum RunEnd {
    /// The engine's messages ended.
    EngineGone,
    /// Something failed that cannot be answered for.
    Failed(ConsensusError),
    /// Whoever started the node wants it stopped.
    StopAsked,
    /// The height until which this node observes has been decided.
    Passed,
}

fn timeouts(params: &chain::ChainParams) -> LinearTimeouts {
    // A dead proposer costs the propose timeout at each of its turns.
    let propose = Duration::from_millis(params.block_interval_ms.clamp(1_000, 3_000));
    let vote = Duration::from_secs(1);
    LinearTimeouts {
        propose,
        prevote: vote,
        precommit: vote,
        rebroadcast: propose + vote + vote,
        ..Default::default()
    }
}

/// Answers a question. When nobody waits any more, the engine is stopping.
pub(super) fn answer<T>(reply: Reply<T>, value: T) {
    if reply.send(value).is_err() {
        tracing::debug!("an answer came too late: the engine is stopping");
    }
}

/// Runs the loop until it ends.
pub(super) async fn run(
    config: &ConsensusConfig,
    app: Arc<dyn Application>,
    role: Role,
    links: Links,
    mut messages: mpsc::Receiver<AppMsg<AssayContext>>,
    status: watch::Sender<Status>,
    stop: &CancellationToken,
) -> RunEnd {
    let (me, key, observe_until) = match role {
        Role::Validating => (address_of(&config.key), Some(Arc::clone(&config.key)), None),
        Role::ObservingUntil(height) => (Address::NOBODY, None, Some(height)),
    };
    let values = match Values::load(Arc::clone(&app)) {
        Ok(values) => Arc::new(values),
        Err(e) => return RunEnd::Failed(e),
    };
    let (failure, mut failures) = mpsc::unbounded_channel();
    let (committed, mut decided) = watch::channel(app.tip());
    let session = Arc::new(Session {
        admission: Admission::new(config.chain_id, Arc::clone(&app), Arc::clone(&values)),
        app,
        links,
        values,
        me,
        key,
        chain_id: config.chain_id,
        timeouts: timeouts(&config.params),
        status,
        committed,
        failure,
    });
    // Dropped at the end, and every task with it.
    let mut tasks = JoinSet::new();
    let passed = async {
        match observe_until {
            Some(height) => decided.wait_for(|tip| *tip >= height).await.is_ok(),
            None => std::future::pending().await,
        }
    };
    tokio::pin!(passed);
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => return RunEnd::StopAsked,
            Some(error) = failures.recv() => return RunEnd::Failed(error),
            _ = &mut passed => return RunEnd::Passed,
            Some(_) = tasks.join_next(), if !tasks.is_empty() => {}
            message = messages.recv() => match message {
                Some(message) => session.take(message, &mut tasks),
                None => return RunEnd::EngineGone,
            },
        }
    }
}

impl Session {
    fn params(&self, height: Height) -> HeightParams<AssayContext> {
        let members = Members::new(self.app.validators(height));
        // No target time: pacing is the application's.
        HeightParams::new(members, self.timeouts, None)
    }

    pub(super) fn fail(&self, error: ConsensusError) {
        tracing::error!(%error, "consensus cannot go on");
        // Nobody listens only when the run has ended already.
        let _ = self.failure.send(error);
    }

    fn take(self: &Arc<Self>, message: AppMsg<AssayContext>, tasks: &mut JoinSet<()>) {
        let this = Arc::clone(self);
        match message {
            AppMsg::ConsensusReady { reply } => {
                tasks.spawn(async move { this.ready(reply).await });
            }
            AppMsg::StartedRound {
                height,
                round,
                reply_value,
                ..
            } => {
                self.status.send_modify(|status| {
                    status.height = height.0;
                    status.round = defined(round).unwrap_or_default();
                });
                answer(reply_value, self.values.at(height));
            }
            AppMsg::GetValue {
                height,
                round,
                timeout,
                reply,
            } => {
                tasks.spawn(async move { this.propose(height, round, timeout, reply).await });
            }
            AppMsg::ReceivedProposalPart { part, reply, .. } => {
                answer(reply, None);
                if let StreamContent::Data(part) = part.content {
                    self.received(part, tasks);
                }
            }
            AppMsg::ProcessSyncedValue {
                height,
                round,
                proposer,
                value_bytes,
                reply,
            } => {
                tasks.spawn(async move {
                    let outcome = this.synced(height, round, proposer, value_bytes).await;
                    answer(reply, outcome);
                });
            }
            AppMsg::Decided {
                certificate,
                extensions,
                reply,
            } => {
                tasks.spawn(async move {
                    match this.commit(certificate, extensions).await {
                        Ok(()) => answer(reply, ()),
                        Err(error) => this.fail(error),
                    }
                });
            }
            AppMsg::Finalized {
                certificate,
                evidence,
                reply,
                ..
            } => {
                tasks.spawn(async move {
                    this.report(certificate.height.0, evidence).await;
                    this.next(certificate.height, reply).await;
                });
            }
            AppMsg::RestreamProposal {
                height,
                round,
                valid_round,
                address,
                value_id,
            } => {
                tasks.spawn(async move {
                    let rounds = (round, valid_round);
                    this.restream(height, rounds, address, value_id).await;
                });
            }
            AppMsg::GetDecidedValues { range, reply } => {
                tasks.spawn(async move { answer(reply, this.decided(range).await) });
            }
            AppMsg::GetHistoryMinHeight { reply } => {
                answer(reply, BlockHeight(self.app.history_min()));
            }
            // No height has extensions: none is made, and none is acceptable.
            AppMsg::ExtendVote { reply, .. } => answer(reply, None),
            AppMsg::VerifyVoteExtensions {
                extensions, reply, ..
            } => {
                let refuse =
                    |(address, ())| (address, Err(VoteExtensionError::InvalidVoteExtension));
                answer(reply, extensions.into_iter().map(refuse).collect());
            }
        }
    }

    async fn ready(&self, reply: Reply<(BlockHeight, HeightParams<AssayContext>)>) {
        let Some(height) = self.app.tip().next() else {
            return self.fail(ConsensusError::Application("no height is left".into()));
        };
        let others = self.app.validators(height).len().saturating_sub(1);
        pacing::wait_for_peers(&self.links.network, others).await;
        self.app.ready_for(height).await;
        answer(reply, (BlockHeight(height), self.params(height)));
    }

    async fn next(&self, height: BlockHeight, reply: Reply<Next<AssayContext>>) {
        // The engine says "finalized" right after "decided": the block is stored first.
        let mut committed = self.committed.subscribe();
        if committed.wait_for(|tip| *tip >= height.0).await.is_err() {
            return;
        }
        let (values, pruned) = (Arc::clone(&self.values), height);
        let pruning = tokio::task::spawn_blocking(move || values.prune(pruned)).await;
        if let Ok(Err(error)) = pruning {
            return self.fail(error);
        }
        let Some(next) = height.0.next() else {
            return self.fail(ConsensusError::Application("no height is left".into()));
        };
        self.app.ready_for(next).await;
        answer(reply, Next::Start(BlockHeight(next), self.params(next)));
    }

    /// Stores a decided block with its aggregated certificate.
    async fn commit(
        &self,
        certificate: CommitCertificate<AssayContext>,
        extensions: VoteExtensions<AssayContext>,
    ) -> Result<()> {
        let (height, id) = (certificate.height, certificate.value_id);
        if self.app.tip() < height.0 {
            let unknown = ConsensusError::UnknownDecision {
                height: height.0,
                value: id.0,
            };
            let value = self.values.decided(height, id).ok_or(unknown)?;
            let block = UnverifiedBlock::decode(&value.block)?;
            let finality = self.aggregate(certificate.clone()).await?;
            let extended = ExtendedCommitCertificate::from_commit_certificate_and_extensions(
                certificate,
                extensions,
            );
            let raw = WireCodec.encode(&RawDecidedValue::new(value.block, extended))?;
            self.app.commit(block, finality, raw).await?;
        }
        self.committed.send_if_modified(|tip| {
            let higher = *tip < height.0;
            *tip = (*tip).max(height.0);
            higher
        });
        Ok(())
    }

    async fn aggregate(
        &self,
        certificate: CommitCertificate<AssayContext>,
    ) -> Result<FinalityCertificate> {
        let (chain_id, set) = (self.chain_id, self.app.validators(certificate.height.0));
        let aggregated = tokio::task::spawn_blocking(move || {
            let signatures = certificate.commit_signatures.iter();
            FinalityCertificate::aggregate(
                &chain_id,
                &set,
                certificate.height.0,
                defined(certificate.round).unwrap_or_default(),
                &certificate.value_id.0,
                signatures.map(|s| (s.address.to_chain(), s.signature.to_chain())),
            )
        });
        let aggregated = aggregated
            .await
            .map_err(|e| ConsensusError::Engine(e.to_string()))?;
        Ok(aggregated?)
    }

    /// Decided values for a peer that catches up: as many of the range as are here in a row.
    async fn decided(
        &self,
        range: RangeInclusive<BlockHeight>,
    ) -> Vec<RawDecidedValue<AssayContext>> {
        let (mut height, end) = (range.start().0, range.end().0);
        let mut values = Vec::new();
        while height <= end && values.len() < MAX_SYNC_VALUES {
            let Some(raw) = self.app.decided(height).await else {
                break;
            };
            match WireCodec.decode(raw) {
                Ok(value) => values.push(value),
                Err(error) => {
                    tracing::error!(%height, %error, "a stored decision does not read");
                    break;
                }
            }
            let Some(next) = height.next() else { break };
            height = next;
        }
        values
    }

    /// Keeps what convicts validators of contradicting themselves at a height.
    async fn report(self: &Arc<Self>, height: Height, evidence: MisbehaviorEvidence<AssayContext>) {
        if evidence.is_empty() {
            return;
        }
        let this = Arc::clone(self);
        // Each takes two pairings and a synced write.
        let kept = tokio::task::spawn_blocking(move || {
            let set = this.app.validators(height);
            for found in evidence::equivocations(set.hash(), &evidence) {
                match found.verify(&this.chain_id, &set) {
                    Ok(equivocation) => this.app.evidence(&equivocation),
                    Err(error) => tracing::warn!(%height, %error, "evidence does not hold"),
                }
            }
        });
        if let Err(error) = kept.await {
            tracing::error!(%error, "evidence is not kept");
        }
    }
}
